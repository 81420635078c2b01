/*
 * plain: the picture of a history by a plain reading of its final facts: every day asked anew, no state, no windows kept.
 * Written from the rules, not from the core: of the core it uses the policy's numbers and code list alone.
 */
#ifndef TEST_RISK_PLAIN_H
#define TEST_RISK_PLAIN_H

#include "risk/risk_policy.h"
#include "unit/risk/history.h"

struct plain {
    int computed, tier, previous, changed_at, held_until, points;
    bool overridden;
    int features[RISK_FEATURES];
    int lace, hospital, charlson_points, standing;
};

struct plain plain_read(const struct history *h, const struct risk_policy *numbers, int32_t date);

#endif
