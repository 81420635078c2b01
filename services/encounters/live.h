/*
 * live: which messages of a member still stand. Pure: a function of the set, whatever order it came in. Visits that are
 * one (rule 22) become one group; messages without a visit number find their visit (rule 21); then cancels, downgrades
 * and deletions are applied in the order of rank (rules 10, 13, 14, 19, 23 of encounters_core.h).
 */
#ifndef ENCOUNTERS_LIVE_H
#define ENCOUNTERS_LIVE_H

#include "base/arena.h"
#include "encounters/message.h"
#include "encounters/policy.h"

struct encounters_entry {
    const struct encounters_state_message *message;
    const struct encounters_state_visit *visit;        /* that it came under */
    const struct encounters_state_message *killed_by;  /* NULL: it stands */
    enum encounters_segment segment;                   /* of its class */
};

/* All messages of one visit, by rank. */
struct encounters_group {
    const struct encounters_state_visit *visit; /* its first: feed, facility and number */
    struct encounters_entry *entries;
    size_t count;
    const struct encounters_state_message *barrier; /* highest that took an admission back; NULL: none did */
    bool numberless;
};

struct encounters_groups {
    const bool *in; /* the visits to look at, by index; NULL: all */
    struct encounters_group *items;
    size_t count;
};

/* groups->in is set. */
void encounters_live(const struct encounters_state *state, const struct encounters_policy *policy,
                     struct ho_arena *arena, struct encounters_groups *groups);

#endif
