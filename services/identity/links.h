/*
 * links: what is known of a feed's own patient numbers, in the ring slot of each. Pure; lists are made anew in the arena.
 *
 *  identity.11 A number and the member of a message that carried it are noted, with rule, message and time as evidence.
 *              A link that may match others is of rule 5 or 12 alone, and of one member alone.
 *  identity.18 A number that was merged away (moves.h) leads to the one that took its place. Its links end; those to the
 *              member of the merge go over to that one. While the merge itself waits for its member they stay: late
 *              messages go where the others are, and encounters takes all of them along when the merge leaves the park.
 *  identity.19 No circles: a number never leads to one that it took in, directly or by way of others.
 * A slot is bounded: the oldest entry goes. What goes costs a later look-up by demographics, never a wrong match.
 */
#ifndef IDENTITY_LINKS_H
#define IDENTITY_LINKS_H

#include "base/arena.h"
#include "identity/match.h"
#include "identity/moves.h"
#include "identity_state.h"

#define LINKS_MAX 32
#define ALIASES_MAX 32
#define ABSORBED_MAX 64

/* What the slot says of a number. roster decides whether two members are one by now. */
struct match_local links_of(const struct identity_state *state, struct ho_slice local_id, const struct roster *roster);
/* Rule 11. False when it was known already. */
bool links_learn(struct identity_state *state, const struct identity_state_link *link, struct ho_arena *arena);
/* Members that messages of a number went to, each once, without `without`, newest first, at most MOVES_FROM_MAX. */
struct identity_state_string_list links_members(const struct identity_state *state, struct ho_slice local_id,
                                                struct ho_slice without, struct ho_arena *arena);
/* Takes a link out, or with an absent member_id all of the number; the rule of the last one. */
struct ho_slice links_forget(struct identity_state *state, struct ho_slice local_id, struct ho_slice member_id,
                             struct ho_arena *arena);
/* Aliases of the slot that lead to a number whose member was not known get it. True when there was one. */
bool links_name_aliases(struct identity_state *state, struct ho_slice to_local, struct ho_slice member_id,
                        struct ho_arena *arena);
const struct identity_state_alias *links_alias(const struct identity_state *state, struct ho_slice local_id);

/* Rule 19: whether target, or what target stands for, was taken in by losing. */
bool links_circle(const struct identity_state *losing_slot, struct ho_slice losing, struct ho_slice target);
/* Rule 18. losing_slot and target_slot may be one. */
void links_merge(struct identity_state *losing_slot, struct identity_state *target_slot,
                 const struct identity_state_alias *alias, struct ho_arena *arena);

#endif
