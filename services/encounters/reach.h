/*
 * reach: which visits a message can have a say in. Pure. Two visits may have a say in each other's events when they are
 * near in time, or one names the other as its prior one (rules 12, 16 and 23 of encounters_core.h); a message reaches its
 * own visit, those near it before or after the message, those near these, and so on. What was told of all others stands.
 */
#ifndef ENCOUNTERS_REACH_H
#define ENCOUNTERS_REACH_H

#include "base/arena.h"
#include "encounters/policy.h"
#include "encounters_state.h"

struct encounters_span;
struct encounters_reach {
    bool *in;                      /* by index of the state's visits; NULL: all of them */
    struct encounters_span *spans; /* the same */
    int64_t near_ms;
};

/* Before the visit at index `at` changes, and after: in holds what it reaches before or after. It may be new. */
void encounters_reach_before(struct encounters_reach *reach, const struct encounters_state *state,
                             const struct encounters_policy *policy, size_t at, struct ho_arena *arena);
void encounters_reach_after(struct encounters_reach *reach, const struct encounters_state *state, size_t at);

#endif
