/*
 * NAME      ho-identity - names the member of every ADT message, or parks it; never a guess
 * CONSUMES  adt.raw, by feed; members, read whole
 * PRODUCES  adt.matched, by member id; adt.unmatched, by feed
 * STATE     identity.changelog; Redis {<ns>:identity:<p>}:s, ring slots <feed>/seen/<slot> of message ids and
 *           <feed>/local/<slot> of the feed's patient numbers: links, aliases and parked messages
 * DECIDES   identity_core.h, rules identity.1 to identity.20; what a message says: adt.h
 * ON FAILURE  what is not HL7 goes to dlq.identity; Kafka or Redis away: waits, lag grows, nothing is lost; fenced by
 *           another instance, or an outcome unknown: exits 1, and the restart puts it right
 * CONFIG    --help; feeds from feeds.dir/<id>.ini (common/feed/feed.h), policy.dir/identity/<date>.json (policy.h)
 * SEE ALSO  common/processor/processor.h, schemas/adt_matched.avsc
 */
#include "adt_matched.h"
#include "adt_unmatched.h"
#include "identity/identity_shell.h"
#include "identity_state.h"
#include "member.h"
#include "processor/processor.h"

static struct identity_config config;
static struct identity_env env;

static const struct ho_option options[] = {
    {"feeds", "dir", HO_OPTION_TEXT, "/etc/handoff/feeds", 0, 0, "folder of feeds/<id>.ini", false,
     offsetof(struct identity_config, feeds_dir)},
    {"policy", "dir", HO_OPTION_TEXT, "/usr/share/handoff/policy", 0, 0, "folder of the policies", false,
     offsetof(struct identity_config, policy_dir)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct ho_input inputs[] = {{"adt.raw", NULL, HO_INPUT_URGENT}, {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[IDENTITY_MATCHED] = {"adt.matched", &adt_matched_record},
                                           [IDENTITY_UNMATCHED] = {"adt.unmatched", &adt_unmatched_record},
                                           {NULL, NULL}};
static const struct ho_lookup lookups[] = {{"members", &member_record, identity_on_member}, {NULL, NULL, NULL}};

static const struct ho_processor_spec spec = {
    .name = "identity",
    .manual = "ho-identity - names the member of every ADT message, or parks it; never a guess",
    .inputs = inputs,
    .outputs = outputs,
    .lookups = lookups,
    .state = &identity_state_record,
    .state_keys = identity_state_keys,
    .decide = identity_decide,
    .next_due = identity_next_due,
    .waits = identity_waits,
    .on_schema = identity_on_schema,
    .options = options,
    .config = &config,
    .setup = identity_setup,
    .env = &env,
};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
