/*
 * told: what was told of a member's stays, and what must be told now. Pure. The difference between the picture and what
 * was told is the effects: NEW, CORRECTED, VOIDED, each with the next revision (rules 6, 9 and 26 of encounters_core.h).
 */
#ifndef ENCOUNTERS_TOLD_H
#define ENCOUNTERS_TOLD_H

#include "encounters/facts.h"
#include "processor/decide.h"

#define ENCOUNTERS_STAYS_MAX 48   /* told stays of a member that are kept */
#define ENCOUNTERS_VISITS_MAX 24  /* visits that are kept whole */
#define ENCOUNTERS_FOLDED_MAX 64

struct encounters_telling {
    struct encounters_state *state;
    struct encounters_picture *picture;
    const struct encounters_policy *policy;
    struct ho_slice member_id, message_id; /* key; message that is the occasion, empty for a timer */
    const char *void_rule;                 /* why something is taken back, if it is */
    struct care_event *voided;             /* the occasion's feed and source: what a void rests on */
    struct ho_slice moved_to;              /* of voids: the member who has the facts now */
    bool *aside; /* told stays of visits that are not looked at, by index; NULL: none */
    struct ho_effects *effects;
    int output;                            /* care.events */
    bool more;                             /* there was no room for all: a timer goes on with it */
};

/* Gives every stay its encounter, tells what changed, and keeps it in the state. */
void encounters_tell(struct encounters_telling *telling);
/* Rule 26: the oldest visits beyond the bound go, with what was told of them and of those they are linked with. */
void encounters_fold(struct encounters_telling *telling);
/* Was this visit folded away? */
bool encounters_folded(const struct encounters_state *state, const struct encounters_state_visit *visit);

#endif
