/*
 * picture: everything that follows from the facts of one member on one day. Pure: facts, policies and the day alone.
 *
 *  picture.1  The day is that of the member's zone at the greatest timestamp seen, or that a timer brought; an event dated
 *             one day later by its facility's zone takes it along. After death the day of death stays.
 *  picture.2  LACE is that of the latest stay begun (windows.1 and 2), by the policy of its first day: L to the day while
 *             it goes on (provisional), to its end after that; A when urgent or by the ER; C by the diagnoses of its own
 *             events and of all facts dated to its end, not older than charlson_months before it; E by the ER visits of
 *             the 6 months before and of its first day that did not lead to it.
 *  picture.3  LACE, HOSPITAL and the readmission count for the tier until lace_counts_days after the end, or until the
 *             next stay.
 *  picture.4  HOSPITAL only of a stay that ended with both labs in it (hospital.1).
 *  picture.5  Charlson groups are those of the charlson_months up to the day, whatever told them.
 *  picture.6  The latest HRA by date counts until the next one; it is due again hra_again_days later, the first one
 *             hra_first_days after the coverage began. The symptom trend compares the last two grades.
 *  picture.7  Standing: deceased, in hospice, covered or not, by the row of members; unknown while none has come.
 *  picture.8  Gaps say what is not known and would matter.
 */
#ifndef RISK_PICTURE_H
#define RISK_PICTURE_H

#include "risk/hra.h"
#include "risk/tier.h"
#include "risk/windows.h"

enum risk_standing { RISK_STANDING_UNKNOWN, RISK_COVERED, RISK_HOSPICE, RISK_NOT_COVERED, RISK_DECEASED };
enum risk_trend { RISK_TREND_UNKNOWN, RISK_BETTER, RISK_SAME, RISK_WORSE };

enum risk_gap {
    RISK_GAP_MEMBER, RISK_GAP_ZONE, RISK_GAP_ADMISSION_TYPE, RISK_GAP_ADMIT_DATE, RISK_GAP_DISCHARGE, RISK_GAP_HRA_MISSING,
    RISK_GAP_HRA_OVERDUE, RISK_GAP_HISTORY_CUT, RISK_GAPS
};
extern const char *const risk_gap_names[RISK_GAPS];

struct risk_picture {
    int32_t seen_day; /* of the greatest timestamp seen */
    int32_t day;      /* rule 1 */
    int32_t as_of;    /* newest day on which an input changed; 0: none */
    int32_t next_day; /* earliest day on which one changes by time alone; 0: none */
    const struct risk_policy *policy; /* of the day */
    const struct ho_zone *zone;
    enum risk_standing standing;
    uint32_t gaps; /* a bit each */
    struct risk_tiers tiers;
    int stay; /* index of the latest stay; -1: none */
    const struct risk_policy *stay_policy; /* of its first day */
    struct lace lace;
    int32_t year_before, er_since; /* first day of 12 months; of E's 6 months, when there is a stay */
    int stay_days, comorbidity_points, readmission_days; /* readmission_days -1: none */
    bool provisional;
    struct hospital hospital;
    struct hospital_input hospital_input; /* what came of it, when the stay ended */
    bool service_known;
    uint32_t groups; /* rule 5, severe forms instead of mild ones */
    int charlson_points;
    const struct risk_state_answers *hra;
    int32_t hra_due; /* 0: not known */
    enum risk_trend trend;
    struct risk_history history;
};

void risk_picture_of(const struct risk_env *env, const struct risk_state *state, struct risk_picture *ret_picture);
/* Is that visit one of E of the latest stay? */
bool risk_counts_for_er(const struct risk_picture *picture, const struct risk_visit *visit);
/* The member's local day of a time. */
int32_t risk_local_day(const struct ho_zone *zone, int64_t utc_ms);

#endif
