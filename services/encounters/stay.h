/*
 * stay: what the messages that stand add up to: one stay of an ER visit, an observation, an inpatient stay, in any
 * combination under one visit number; and how stays lead to each other. Pure.
 */
#ifndef ENCOUNTERS_STAY_H
#define ENCOUNTERS_STAY_H

#include "encounters/live.h"

struct encounters_part {
    const struct encounters_state_message *arrival; /* NULL: not known */
    const struct encounters_state_message *end;
    bool presumed; /* nobody ended it; end is NULL */
};

struct encounters_stay {
    const struct encounters_group *group;
    struct encounters_part parts[SEGMENT_COUNT];
    const struct encounters_state_message *preadmit;
    const struct encounters_state_message *detail, *diagnoses, *disposition, *death; /* latest; NULL: none */
    const struct encounters_state_message *news; /* latest diagnoses of an update alone */
    const struct encounters_state_message **moves; /* transfers and leaves that stand, by time */
    size_t move_count;
    int64_t start_ms;               /* earliest time known */
    bool within;                    /* another sender's stay is the same, and holds all of this one (rule 23) */
    struct encounters_stay *host;   /* that one */
    struct encounters_stay *next_guest; /* of a host: those within it */
    struct encounters_stay *er, *observation, *before; /* where its admission came from; NULL: from nowhere known */
    struct encounters_stay *became[SEGMENT_COUNT];     /* what its ER visit, its observation went on as */
    enum encounters_segment became_segment[SEGMENT_COUNT];
    int64_t due_ms; /* when a timer may change this; INT64_MAX: never */
    const struct encounters_state_stay *told; /* set by told.c */
    struct ho_slice encounter_id;             /* set by told.c */
};

struct encounters_picture {
    struct encounters_groups groups;
    struct encounters_stay *stays;
    size_t count;
};

/* Everything of one member, or of the visits in `in` (reach.h; by index, NULL: all). */
void encounters_draw(const struct encounters_state *state, const struct encounters_policy *policy, const bool *in,
                     struct ho_arena *arena, struct encounters_picture *picture);

/* Parts of encounters_draw. link.c: rules 11, 12, 16, 23 and 24. */
void encounters_unify(struct encounters_picture *picture, const struct encounters_policy *policy);
void encounters_link(struct encounters_picture *picture, const struct encounters_policy *policy);
void encounters_presume(struct encounters_picture *picture, const struct encounters_policy *policy);

/* Rule 24: marks what is due by now as overdue; false when nothing was. The picture is old then: draw it again. */
bool encounters_expire(struct encounters_state *state, const struct encounters_picture *picture,
                       const struct encounters_policy *policy, int64_t now_ms);

/* An arrival or an end of that part is known. */
bool encounters_has(const struct encounters_stay *stay, enum encounters_segment segment);

#endif
