#include "risk/risk_policy.h"

const char *const risk_feature_names[RISK_FEATURES] = {
    "lace", "hospital", "readmission", "admissions_30_days", "admissions_6_months", "admissions_12_months", "er_30_days",
    "er_6_months", "er_12_months", "er_released_12_months", "observations_12_months", "hra_medical", "hra_psychosocial",
    "long_term_services", "housing", "food", "transport", "symptoms_worse"};

const struct risk_policy *risk_policy_on(const struct risk_env *env, int32_t day)
{
    size_t i = env->policy_count - 1;
    while (i > 0 && env->policies[i].from_day > day)
        i--;
    return &env->policies[i];
}

const struct ho_zone *risk_zone(const struct risk_env *env, struct ho_slice name, bool *ret_known)
{
    *ret_known = true;
    for (size_t i = 0; i < env->zone_count && name.len; i++)
        if (ho_slice_is(name, env->zones[i].name))
            return &env->zones[i];
    *ret_known = name.len == 0;
    return &env->zones[0];
}
