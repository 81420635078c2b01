/*
 * risk_policy: the numbers and lists of deploy/policy/risk, as the shell read them. One policy counts from its date to the
 * next one's; the earliest counts before that too. Fixed once loaded.
 */
#ifndef RISK_POLICY_H
#define RISK_POLICY_H

#include "clock/zone.h"
#include "risk/charlson.h"
#include "risk/hospital.h"

#define RISK_POLICIES_MAX 16
#define RISK_RULES_MAX 31
#define RISK_SCORES_MAX 96
#define RISK_LABS_MAX 32
#define RISK_ZONES_MAX 64

/* What a rule of the tier looks at. The names stand in risk_feature_names, in this order. */
enum risk_feature {
    RISK_LACE, RISK_HOSPITAL, RISK_READMISSION, RISK_ADMISSIONS_30, RISK_ADMISSIONS_6, RISK_ADMISSIONS_12, RISK_ER_30,
    RISK_ER_6, RISK_ER_12, RISK_ER_RELEASED_12, RISK_OBSERVATIONS_12, RISK_HRA_MEDICAL, RISK_HRA_PSYCHOSOCIAL, RISK_LTSS,
    RISK_HOUSING, RISK_FOOD, RISK_TRANSPORT, RISK_SYMPTOMS_WORSE, RISK_FEATURES
};
extern const char *const risk_feature_names[RISK_FEATURES];

struct risk_rule {
    char name[16];
    enum risk_feature feature;
    int at_least, points;
    enum risk_tier tier;
    char words[128]; /* {n}: the feature's value */
    char source[96];
};

enum risk_domain { RISK_MEDICAL, RISK_PSYCHOSOCIAL, RISK_NEED, RISK_GRADE, RISK_DOMAINS };
struct risk_score { /* what an answer is worth */
    char question[32];
    enum risk_domain domain;
    int at_least, points;
};

enum risk_lab_item { RISK_HEMOGLOBIN, RISK_SODIUM, RISK_LAB_ITEMS };
struct risk_lab {
    enum risk_lab_item item;
    char loinc[16], unit[16];
    int numerator, denominator;
};

struct risk_policy {
    char version[32]; /* risk@2026-01-01 */
    int32_t from_day;
    struct charlson charlson;
    struct risk_rule rules[RISK_RULES_MAX];
    size_t rule_count;
    struct risk_score scores[RISK_SCORES_MAX];
    size_t score_count;
    struct risk_lab labs[RISK_LABS_MAX];
    size_t lab_count;
    char oncology_services[128]; /* PV1-10 codes, a space between */
    int hold_days, lace_counts_days, lace_er_months, charlson_months, readmission_days, open_stay_days;
    int frequent_er_visits, hra_first_days, hra_again_days;
    int hemoglobin_below_milli, sodium_below_milli, admissions_some, admissions_many;
};

struct risk_env {
    struct risk_policy *policies; /* by from_day */
    size_t policy_count;
    struct ho_zone zones[RISK_ZONES_MAX]; /* [0]: of members whose row names none */
    size_t zone_count;
};

const struct risk_policy *risk_policy_on(const struct risk_env *env, int32_t day);
/* The zone of that name, or zones[0]; *ret_known says which. */
const struct ho_zone *risk_zone(const struct risk_env *env, struct ho_slice name, bool *ret_known);

#endif
