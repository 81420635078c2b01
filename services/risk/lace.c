#include "risk/lace.h"

static int length_points(int days)
{
    if (days >= 14)
        return 7;
    if (days >= 7)
        return 5;
    return days >= 4 ? 4 : days < 0 ? 0 : days;
}

struct lace lace_score(int stay_days, bool acute, int comorbidity_points, int er_visits)
{
    struct lace out = {.length = length_points(stay_days),
                       .acute = acute ? 3 : 0,
                       .comorbidity = comorbidity_points >= 4 ? 5 : comorbidity_points,
                       .er = er_visits >= 4 ? 4 : er_visits};
    out.total = out.length + out.acute + out.comorbidity + out.er;
    return out;
}

enum risk_tier lace_band(int total)
{
    return total >= 10 ? RISK_TIER_HIGH : total >= 5 ? RISK_TIER_MODERATE : RISK_TIER_LOW;
}

/* 1000 / (1 + exp(3.8918 - 0.19150 * total)), rounded; the test computes it anew. */
int lace_probability_permille(int total)
{
    static const int permille[] = {20,  24,  29,  35,  42,  50,  60,  72,  86,  103,
                                   122, 144, 169, 197, 230, 265, 304, 346, 391, 437};
    HO_ASSERT(total >= 0 && (size_t)total < HO_LENGTH(permille));
    return permille[total];
}
