/*
 * NAME      ho-notify - tells the primary care provider of an admission, a discharge, an ER visit: once; and what changes
 * CONSUMES  care.events, care.risk and members, by member id; providers and facilities, read whole
 * PRODUCES  alerts.pcp, alerts.careteam (what no PCP could be told), audit (who was given what), by member id
 * STATE     notify.changelog; Redis {<ns>:notify:<p>}:s, one NotifyState per member: what was told to whom
 * DECIDES   notify_core.h, rules notify.1 to notify.26
 * ON FAILURE  an unreadable record goes to dlq.notify; Kafka or Redis away: waits, lag grows, nothing is lost; fenced by
 *           another instance, or an outcome unknown: exits 1, and the restart puts it right
 * CONFIG    --help; policy from policy.dir/notify/<date>.json, code list from policy.dir/sensitivity/<date>.tsv
 * SEE ALSO  common/processor/processor.h, schemas/alert.avsc
 */
#include "alert.h"
#include "audit.h"
#include "care_event.h"
#include "care_risk.h"
#include "facility.h"
#include "member.h"
#include "notify/notify_shell.h"
#include "notify_state.h"
#include "processor/processor.h"
#include "provider.h"

static struct notify_config config;
static struct notify_env env;

static const struct ho_option options[] = {
    {"policy", "dir", HO_OPTION_TEXT, "/usr/share/handoff/policy", 0, 0, "folder of the policies", false,
     offsetof(struct notify_config, policy_dir)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct ho_input inputs[] = {[NOTIFY_CARE_EVENTS] = {"care.events", &care_event_record, HO_INPUT_URGENT},
                                         [NOTIFY_MEMBERS] = {"members", &member_record, HO_INPUT_TABLE},
                                         [NOTIFY_CARE_RISK] = {"care.risk", &care_risk_record, HO_INPUT_URGENT},
                                         {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[NOTIFY_ALERTS_PCP] = {"alerts.pcp", &alert_record},
                                           [NOTIFY_ALERTS_CARETEAM] = {"alerts.careteam", &alert_record},
                                           [NOTIFY_AUDIT] = {"audit", &audit_record},
                                           {NULL, NULL}};
static const struct ho_lookup lookups[] = {{"providers", &provider_record, notify_on_provider},
                                           {"facilities", &facility_record, notify_on_facility},
                                           {NULL, NULL, NULL}};

static const struct ho_processor_spec spec = {
    .name = "notify",
    .manual = "ho-notify - tells the primary care provider of an admission, a discharge, an ER visit: once",
    .inputs = inputs,
    .outputs = outputs,
    .lookups = lookups,
    .state = &notify_state_record,
    .decide = notify_decide,
    .next_due = notify_next_due,
    .waits = notify_waits,
    .loose = notify_loose,
    .options = options,
    .config = &config,
    .setup = notify_setup,
    .env = &env,
};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
