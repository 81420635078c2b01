/*
 * lace: the LACE index (van Walraven 2010). Pure.
 *
 *  lace.1  L by days of stay, a difference of dates: <1: 0; 1: 1; 2: 2; 3: 3; 4-6: 4; 7-13: 5; from 14: 7.
 *  lace.2  A: 3 when the admission was urgent or by the ER.
 *  lace.3  C by the sum of the comorbidity weights: 0 to 3 as they are, from 4: 5.
 *  lace.4  E by ER visits in the 6 months before, that of this admission left out: 0 to 3 as they are, from 4: 4.
 *  lace.5  Bands: 0-4 low, 5-9 moderate, from 10 high.
 *  lace.6  Expected probability by the logistic curve through the published ends, 2.0 % at 0 and 43.7 % at 19.
 */
#ifndef RISK_LACE_H
#define RISK_LACE_H

#include "base/base.h"

enum risk_tier { RISK_TIER_UNKNOWN, RISK_TIER_LOW, RISK_TIER_MODERATE, RISK_TIER_HIGH };

struct lace {
    int length, acute, comorbidity, er, total;
};

struct lace lace_score(int stay_days, bool acute, int comorbidity_points, int er_visits);
enum risk_tier lace_band(int total);
int lace_probability_permille(int total);

#endif
