/*
 * NAME      ho-encounters - facts about stays and visits from matched ADT messages
 * CONSUMES  adt.matched, by member id
 * PRODUCES  care.events, by member id
 * STATE     encounters.changelog; Redis {<ns>:encounters:<p>}:s, one EncountersState per member
 * DECIDES   encounters_core.h, rules encounters.1 to encounters.9
 * ON FAILURE  an unreadable record goes to dlq.encounters; Kafka or Redis away: waits, lag grows, nothing is lost;
 *           fenced by another instance, or an outcome unknown: exits 1, and the restart puts it right
 * CONFIG    --help
 * SEE ALSO  common/processor/processor.h, schemas/README.md
 */
#include "adt_matched.h"
#include "care_event.h"
#include "encounters/encounters_core.h"
#include "encounters_state.h"
#include "processor/processor.h"

static const struct ho_input inputs[] = {{"adt.matched", &adt_matched_record, HO_INPUT_URGENT}, {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[ENCOUNTERS_CARE_EVENTS] = {"care.events", &care_event_record}, {NULL, NULL}};

static const struct ho_processor_spec spec = {
    .name = "encounters",
    .manual = "ho-encounters - facts about stays and visits from matched ADT messages",
    .inputs = inputs,
    .outputs = outputs,
    .state = &encounters_state_record,
    .decide = encounters_decide,
};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
