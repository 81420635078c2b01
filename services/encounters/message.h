/*
 * message: what an ADT message says to encounters, as the few entries of a visit's set that are kept of it. Pure. The
 * event code and the class decide together (rules 1 to 4, 8, 10, 13, 17 to 20 of encounters_core.h).
 */
#ifndef ENCOUNTERS_MESSAGE_H
#define ENCOUNTERS_MESSAGE_H

#include "adt_matched.h"
#include "encounters_state.h"

#define ENCOUNTERS_READING_MAX 6

/* The three things that a visit can be; a class of none of them is followed only where a rule says so. */
enum encounters_segment { SEGMENT_ER, SEGMENT_OBSERVATION, SEGMENT_STAY, SEGMENT_COUNT, SEGMENT_NONE = SEGMENT_COUNT };

struct encounters_reading {
    struct encounters_state_message items[ENCOUNTERS_READING_MAX];
    size_t count;
    const char *ignored; /* the reason, when nothing is kept; else NULL */
};

/* Fills reading; slices borrow from adt. */
void encounters_read(const struct adt_matched *adt, struct encounters_reading *reading);

enum encounters_segment encounters_segment_of(enum encounters_state_patient_class class);
/* Order in which messages have a say: recorded time, then kind (a cancel after what it cancels), then message id. */
int encounters_rank(const struct encounters_state_message *a, const struct encounters_state_message *b);
/* When it happened, ms UTC; when no message says it, when it was recorded. */
static inline int64_t encounters_when(const struct encounters_state_message *message)
{
    return message->has_occurred ? message->occurred.utc_ms : message->rank_ms;
}

#endif
