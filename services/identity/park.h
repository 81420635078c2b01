/*
 * park: messages that wait in the ring slot of their patient number. Pure; lists are made anew in the arena.
 *
 *  identity.15 A slot holds at most PARK_MAX messages, PARK_BYTES_MAX bytes of them and HO_TOKENS_MAX different keys to
 *              wait for; the oldest goes, and adt.unmatched says so (EVICTED). After park_days of the policy a timer
 *              gives a message up, and says so (EXPIRED).
 *  identity.16 When a row comes that a parked message waits for, after a load and an assignment, and when its number is
 *              linked or merged, it is tried again by the rules of match.h. What leaves, and the record that it leaves
 *              as, are one transaction.
 */
#ifndef IDENTITY_PARK_H
#define IDENTITY_PARK_H

#include "base/arena.h"
#include "identity_state.h"
#include "processor/decide.h"

#define PARK_MAX 16
#define PARK_BYTES_MAX 262144

/* Takes the item in; what had to go for it, perhaps the item itself, comes back, oldest first. */
struct identity_state_parked_list park_add(struct identity_state *state, const struct identity_state_parked *item,
                                           struct ho_arena *arena);
/* Puts item in the place of one; what had to go for it, as park_add. */
struct identity_state_parked_list park_replace(struct identity_state *state, size_t index,
                                               const struct identity_state_parked *item, struct ho_arena *arena);
/* Takes out those that expire at now_ms or before, oldest first. */
struct identity_state_parked_list park_expire(struct identity_state *state, int64_t now_ms, struct ho_arena *arena);
void park_remove(struct identity_state *state, size_t index, struct ho_arena *arena);
/* Earliest expiry, or HO_NEVER. */
int64_t park_next_due(const struct identity_state *state);
void park_waits(const struct identity_state *state, struct ho_tokens *tokens);

#endif
