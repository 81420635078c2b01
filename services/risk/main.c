/*
 * NAME      ho-risk - keeps every member's risk stratification current: tier with reasons, LACE, HOSPITAL, windows, HRA
 * CONSUMES  care.events, assessments, clinical.facts, care.actions and members, by member id
 * PRODUCES  care.risk, by member id: a record for every difference that a reader would see
 * STATE     risk.changelog; Redis {<ns>:risk:<p>}:s, one RiskState per member; :v:risk, what readers see
 * DECIDES   risk_core.h, rules risk.1 to risk.7, on picture.h, windows.h, lace.h, hospital.h, charlson.h, hra.h, tier.h
 * ON FAILURE  an unreadable record goes to dlq.risk; Kafka or Redis away: waits, lag grows, nothing is lost; fenced by
 *           another instance, or an outcome unknown: exits 1, and the restart puts it right
 * CONFIG    --help; policies from policy.dir/risk/<date>.json and the lists that they name
 * SEE ALSO  common/processor/processor.h, schemas/care_risk.avsc, schemas/README.md (the view)
 */
#include "assessment.h"
#include "care_action.h"
#include "care_event.h"
#include "care_risk.h"
#include "clinical_fact.h"
#include "member.h"
#include "processor/processor.h"
#include "risk/risk_core.h"
#include "risk/risk_shell.h"
#include "risk_state.h"

static struct risk_config config;
static struct risk_env env;

static const struct ho_option options[] = {
    {"policy", "dir", HO_OPTION_TEXT, "/usr/share/handoff/policy", 0, 0, "folder of the policies", false,
     offsetof(struct risk_config, policy_dir)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct ho_input inputs[] = {[RISK_CARE_EVENTS] = {"care.events", &care_event_record, HO_INPUT_URGENT},
                                         [RISK_ASSESSMENTS] = {"assessments", &assessment_record, HO_INPUT_BULK},
                                         [RISK_CLINICAL_FACTS] = {"clinical.facts", &clinical_fact_record, HO_INPUT_BULK},
                                         [RISK_CARE_ACTIONS] = {"care.actions", &care_action_record, HO_INPUT_URGENT},
                                         [RISK_MEMBERS] = {"members", &member_record, HO_INPUT_TABLE},
                                         {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[RISK_CARE_RISK] = {"care.risk", &care_risk_record}, {NULL, NULL}};

static const char *const loose[] = {"revision", NULL};

static const struct ho_processor_spec spec = {
    .name = "risk",
    .manual = "ho-risk - keeps every member's risk stratification current",
    .inputs = inputs,
    .outputs = outputs,
    .state = &risk_state_record,
    .decide = risk_decide,
    .next_due = risk_next_due,
    .view = risk_view,
    .loose = loose,
    .commit_interval_ms = 100, /* nobody waits for it: alerts go first */
    .options = options,
    .config = &config,
    .setup = risk_setup,
    .env = &env,
};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
