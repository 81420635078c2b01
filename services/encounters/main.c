/*
 * NAME      ho-encounters - facts about stays and visits from matched ADT messages
 * CONSUMES  adt.matched and encounters.moves, by member id; topic facilities, whole
 * PRODUCES  care.events, by member id; encounters.moves, by the member who gets a visit
 * STATE     encounters.changelog; Redis {<ns>:encounters:<p>}:s, one EncountersState per member; timers in :due
 * DECIDES   encounters_core.h, rules encounters.1 to encounters.27
 * ON FAILURE  an unreadable record goes to dlq.encounters; Kafka or Redis away: waits, lag grows, nothing is lost;
 *           fenced by another instance, or an outcome unknown: exits 1, and the restart puts it right
 * CONFIG    --help; policy: deploy/policy/encounters/<date>.json, the newest
 * SEE ALSO  common/processor/processor.h, schemas/README.md
 */
#include "adt_matched.h"
#include "care_event.h"
#include "encounters/encounters_shell.h"
#include "encounters_move.h"
#include "encounters_state.h"
#include "facility.h"
#include "processor/processor.h"

static struct encounters_config config;
static struct encounters_env env;

static const struct ho_option options[] = {
    {"policy", "dir", HO_OPTION_TEXT, "/usr/share/handoff/policy", 0, 0, "folder of the policies", false,
     offsetof(struct encounters_config, policy_dir)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct ho_input inputs[] = {
    [ENCOUNTERS_ADT_MATCHED] = {"adt.matched", &adt_matched_record, HO_INPUT_URGENT},
    [ENCOUNTERS_MOVES_IN] = {"encounters.moves", &encounters_move_record, HO_INPUT_URGENT},
    {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[ENCOUNTERS_CARE_EVENTS] = {"care.events", &care_event_record},
                                           [ENCOUNTERS_MOVES] = {"encounters.moves", &encounters_move_record},
                                           {NULL, NULL}};
static const struct ho_lookup lookups[] = {{"facilities", &facility_record, encounters_on_facility}, {NULL, NULL, NULL}};

static const struct ho_processor_spec spec = {
    .name = "encounters",
    .manual = "ho-encounters - facts about stays and visits from matched ADT messages",
    .inputs = inputs,
    .outputs = outputs,
    .lookups = lookups,
    .state = &encounters_state_record,
    .decide = encounters_decide,
    .next_due = encounters_next_due,
    .waits = encounters_waits,
    .options = options,
    .config = &config,
    .setup = encounters_setup,
    .env = &env,
};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
