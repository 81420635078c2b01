/*
 * windows: which stays and visits there were, and which of them a window holds. Pure.
 *
 *  windows.1  A stay is an inpatient one: ADMITTED that stands, or DISCHARGED that tells the first day. Nursing facility,
 *             rehabilitation, long-term care and hospice are none; observation is none unless it becomes inpatient.
 *  windows.2  Direct transfer: the next stay begins 0 or 1 calendar day after the end of the one before, or while that
 *             one goes on: one stay, from the first day to the last. Two stays lie two days or more apart.
 *  windows.3  A stay that nobody ended goes on, and counts the policy's open_stay_days at most; then it is a gap, as is
 *             an end that is presumed.
 *  windows.4  An ER visit is ER_ARRIVED that stands. It led to a stay when that stay names it, when it says what it
 *             became, or when both are one encounter.
 *  windows.5  Days of stay are a difference of dates; the same day is 0.
 *  windows.6  A window of n days holds a day until the n-th day after it; one of n calendar months holds what is not
 *             older than the same day n months before, the last of a month that is shorter.
 *  windows.7  Readmission: a stay that begins 30 days or less after the one before ended, both being no transfer.
 */
#ifndef RISK_WINDOWS_H
#define RISK_WINDOWS_H

#include "risk/risk_facts.h"

#define RISK_OPEN INT32_MAX /* end of a stay that goes on */
#define RISK_STAYS_MAX 64
#define RISK_VISITS_MAX RISK_EVENTS_MAX

struct risk_stay {
    int32_t start, end; /* days */
    struct ho_slice encounter_id; /* of the first part */
    uint32_t groups;    /* of its own diagnoses */
    int32_t flags;      /* of the first part's admission and the last part's discharge */
    bool start_known, end_known; /* the end of an open stay may be presumed: rule 3 */
};

struct risk_visit {
    int32_t day;
    struct ho_slice encounter_id;
    int stay; /* index of the stay that it led to; -1: none; -2: to one that does not count */
};

struct risk_history {
    struct risk_stay stays[RISK_STAYS_MAX]; /* by first day */
    size_t stay_count;
    struct risk_visit visits[RISK_VISITS_MAX]; /* by day */
    size_t visit_count;
    struct risk_visit observations[RISK_VISITS_MAX];
    size_t observation_count;
    int32_t died_day; /* 0: not known to have died */
};

void risk_history_build(const struct risk_state *state, int open_stay_days, struct risk_history *ret_history);
/* Rules 3 and 5: days of the stay up to `day`. */
int risk_stay_days(const struct risk_stay *stay, int32_t day, int open_stay_days);

/* Rule 6: the first day of n months up to `day`, and the first day on which n months no longer hold `day`. */
int32_t risk_months_before(int32_t day, int months);
int32_t risk_months_end(int32_t day, int months);
/* yyyymmdd of a day. */
int32_t risk_date(int32_t day);

#endif
