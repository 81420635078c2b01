/*
 * facts: the care events that a stay's picture amounts to, one after another. Pure: the same picture gives the same
 * events, revision and change aside.
 */
#ifndef ENCOUNTERS_FACTS_H
#define ENCOUNTERS_FACTS_H

#include "care_event.h"
#include "encounters/stay.h"

#define ENCOUNTERS_FACTS_MAX 64 /* of one stay */

struct encounters_fact {
    enum care_event_care_event_kind kind;
    int64_t which; /* tells several of a kind apart: their time; 0: there is one */
    enum encounters_segment segment;
    const struct encounters_state_message *message; /* that it rests on */
    const char *rule;
};

/* The facts of a stay, in the order of telling; how many. Those of a stay within another one are none. */
size_t encounters_facts(const struct encounters_stay *stay, struct encounters_fact facts[ENCOUNTERS_FACTS_MAX]);

/* Fills all of the event that follows from the picture: all but ids of event and member, revision, change, policy. */
void encounters_fill(const struct encounters_stay *stay, const struct encounters_fact *fact, struct ho_arena *arena,
                     struct care_event *event);

/* Hashes of time, class, place, outcome, details, links, flags; and of all that decides whether it is told again. */
enum { FACT_TIME, FACT_CLASS, FACT_PLACE, FACT_OUTCOME, FACT_DETAILS, FACT_LINKS, FACT_FLAGS, FACT_PARTS };
extern const char *const encounters_part_names[FACT_PARTS];
uint64_t encounters_content(const struct care_event *event, int32_t parts[FACT_PARTS]);

#endif
