/* policy: the numbers of encounters, from deploy/policy/encounters/<date>.json. All in ms. */
#ifndef ENCOUNTERS_POLICY_H
#define ENCOUNTERS_POLICY_H

#include <stdint.h>

struct encounters_policy {
    char version[32];             /* encounters@2026-01-01 */
    int64_t er_close_ms;          /* an ER visit that nobody ends is closed, as presumed */
    int64_t observation_close_ms; /* so is an observation */
    int64_t stay_overdue_ms;      /* an inpatient stay that nobody ends: closed when the member is seen elsewhere */
    int64_t er_to_stay_ms;        /* an admission this soon after an ER departure goes on from it */
    int64_t same_stay_ms;         /* two senders' times of one arrival differ at most by this */
    int64_t reuse_ms;             /* an arrival this long after an end is another stay under the same number */
};

#endif
