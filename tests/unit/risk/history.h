/*
 * history: a member's invented history: what happened (facts), and the records that told it, with corrections, voids and
 * late news. One stream for each topic, whose order stands; everything else may be mixed.
 */
#ifndef TEST_RISK_HISTORY_H
#define TEST_RISK_HISTORY_H

#include "base/base.h"

#define STREAMS 5
#define RECORDS_MAX 160
#define FIRST_DATE 20250401 /* facts lie from here to 500 days later */

struct record {
    const void *value;
    int64_t ts_ms;
};

struct history {
    uint64_t random;
    struct record records[STREAMS][RECORDS_MAX];
    size_t counts[STREAMS];
};

/* A number from 0 to sides - 1. */
int dice(uint64_t *random, int sides);
/* The history of a seed; its records live until the next one is made, or released. */
void history_make(struct history *h, uint64_t seed);
void history_release(void);

#endif
