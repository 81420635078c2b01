/*
 * visit: the set of all that messages under one visit number said. Pure. A set has no order: adding the same messages in
 * any order and number gives the same set (rules 5 and 7 of encounters_core.h).
 */
#ifndef ENCOUNTERS_VISIT_H
#define ENCOUNTERS_VISIT_H

#include "base/arena.h"
#include "encounters/message.h"

#define ENCOUNTERS_MESSAGES_MAX 64   /* of one visit */
#define ENCOUNTERS_RESTRICTIONS_MAX 16

/* Adds one message: one a kind, class and time, that of the highest rank. False when nothing changed. */
bool encounters_visit_add(struct encounters_state_visit *visit, const struct encounters_state_message *message,
                          struct ho_arena *arena);
/* Adds a flag, once. */
bool encounters_visit_restrict(struct encounters_state_visit *visit, struct encounters_state_restriction flag,
                               struct ho_arena *arena);
/* The visit of that key, put in when it is not there; visits stand in the order of feed, facility, visit. */
struct encounters_state_visit *encounters_visit_put(struct encounters_state *state,
                                                    const struct encounters_state_visit *key, struct ho_arena *arena);
void encounters_visit_remove(struct encounters_state *state, size_t index, struct ho_arena *arena);
int encounters_visit_compare(const struct encounters_state_visit *a, const struct encounters_state_visit *b);

#endif
