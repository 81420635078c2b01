/*
 * moved: visit numbers that became others, and facts that belong to another member (rules 22 and 25 of
 * encounters_core.h). Pure.
 *
 * A move has a rank. It takes only facts that no move of the same or a higher rank brought here, so facts that two
 * members' rules would send to and fro come to rest: the rank grows with every hop, and the latest word wins.
 */
#ifndef ENCOUNTERS_MOVED_H
#define ENCOUNTERS_MOVED_H

#include "adt_matched.h"
#include "base/arena.h"
#include "encounters_move.h"
#include "encounters_state.h"

#define ENCOUNTERS_ALIASES_MAX 16
#define ENCOUNTERS_MOVES_MAX 16

/* The number under which this visit is known now; a circle of numbers has the least of them. */
struct ho_slice encounters_alias(const struct encounters_state *state, const struct encounters_state_visit *visit);
/* A42, A50: the number in MRG-5 became that in PV1-19. NULL when it changed something, else the reason. */
const char *encounters_alias_add(struct encounters_state *state, const struct adt_matched *adt, struct ho_arena *arena);

/* The rule that takes this visit away, or NULL. */
const struct encounters_state_move_rule *encounters_moved(const struct encounters_state *state,
                                                          const struct encounters_state_visit *visit);
/* adt->move is set. NULL when it changed something, else the reason. */
const char *encounters_move_add(struct encounters_state *state, const struct adt_matched *adt, struct ho_arena *arena);

/* The record that carries a visit to another member. */
struct encounters_move *encounters_move_out(const struct encounters_state_visit *visit,
                                            const struct encounters_state_move_rule *rule, struct ho_slice member_id,
                                            struct ho_arena *arena);
/* Adds what came to the state; false when all of it was known. */
bool encounters_move_in(struct encounters_state *state, const struct encounters_move *move, struct ho_arena *arena);

#endif
