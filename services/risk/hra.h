/*
 * hra: what the answers of an assessment are worth, by the policy of its date. Pure.
 *
 *  hra.1  A question gives the points of the greatest `at least` that its value reaches, once; domains medical and
 *         psychosocial sum up apart.
 *  hra.2  A need (long-term services, housing, food, transport) is yes or no by its answer; not asked is unknown, not no.
 *  hra.3  The symptom grade is the answer itself; -1: not asked.
 *  hra.4  Questions that the policy does not name count nothing.
 */
#ifndef RISK_HRA_H
#define RISK_HRA_H

#include "assessment.h"
#include "risk/risk_policy.h"

enum risk_need { RISK_NEED_UNKNOWN, RISK_NEED_NO, RISK_NEED_YES };
#define RISK_NEEDS 4 /* RISK_LTSS to RISK_TRANSPORT */
#define RISK_NEED_OF(needs, index) ((enum risk_need)((uint32_t)(needs) >> 2 * (index) & 3U))

struct hra_points {
    int medical, psychosocial;
    int needs;   /* two bits each, RISK_NEED_OF */
    int symptom; /* grade; -1 */
};

struct hra_points hra_score(const struct risk_policy *policy, const struct assessment *assessment);

#endif
