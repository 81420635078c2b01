#include "risk/picture.h"

#include "base/calendar.h"

const char *const risk_gap_names[RISK_GAPS] = {"member",    "zone",        "admission_type", "admit_date",
                                               "discharge", "hra_missing", "hra_overdue",    "history_cut"};

typedef struct risk_picture pic; /* file-local short names */
typedef struct risk_state_answers answers;

#define BIT(feature) (1U << (feature))

int32_t risk_local_day(const struct ho_zone *zone, int64_t utc_ms)
{
    int64_t local = utc_ms + ho_zone_offset_min(zone, utc_ms) * INT64_C(60000);
    return (int32_t)((local >= 0 ? local : local - (HO_DAY_MS - 1)) / HO_DAY_MS);
}

/* Rule 1. */
static int32_t day_of(const struct risk_state *state, const struct risk_history *history, int32_t seen_day)
{
    int32_t day = state->fired_day > seen_day ? state->fired_day : seen_day;
    for (size_t i = 0; i < state->events.count; i++)
        if (!state->events.items[i].voided && state->events.items[i].day == day + 1) {
            day++;
            break;
        }
    return history->died_day && day > history->died_day ? history->died_day : day;
}

static int32_t end_of(const struct risk_stay *stay, const struct risk_policy *policy)
{
    return stay->end != RISK_OPEN ? stay->end : stay->start + policy->open_stay_days;
}

/* Groups of all facts dated first to last. */
static uint32_t groups_between(const struct risk_state *state, int32_t first, int32_t last)
{
    uint32_t groups = 0;
    for (size_t i = 0; i < state->events.count; i++) {
        const struct risk_state_event *event = &state->events.items[i];
        if (!event->voided && event->groups && event->day >= first && event->day <= last)
            groups |= (uint32_t)event->groups;
    }
    for (size_t i = 0; i < state->diagnoses.count; i++) {
        const struct risk_state_coded *fact = &state->diagnoses.items[i];
        if (!fact->voided && fact->day >= first && fact->day <= last)
            groups |= (uint32_t)fact->groups;
    }
    return groups;
}

/* Rule 2: C of the stay. */
static int stay_points(const struct risk_state *state, const struct risk_stay *stay, const struct risk_policy *policy)
{
    int32_t first = risk_months_before(stay->start, policy->charlson_months);
    uint32_t groups = stay->groups | groups_between(state, first, end_of(stay, policy));
    return groups ? charlson_points(&policy->charlson, groups) : 0;
}

static bool er_counts(const struct risk_visit *visit, int stay, int32_t start, int32_t first)
{
    return visit->day >= first && visit->day <= start && visit->stay != stay;
}

static int stay_er_visits(const struct risk_history *history, size_t index, const struct risk_policy *policy)
{
    const struct risk_stay *stay = &history->stays[index];
    int32_t first = history->visit_count ? risk_months_before(stay->start, policy->lace_er_months) : 0;
    int count = 0;
    for (size_t i = 0; i < history->visit_count; i++)
        count += er_counts(&history->visits[i], (int)index, stay->start, first);
    return count;
}

bool risk_counts_for_er(const pic *picture, const struct risk_visit *visit)
{
    return er_counts(visit, picture->stay, picture->history.stays[picture->stay].start, picture->er_since);
}

/* The item's latest lab of the stay; NULL when none came. */
static const struct risk_state_coded *lab_of(const struct risk_state *state, const struct risk_stay *stay,
                                             enum risk_lab_item item)
{
    const struct risk_state_coded *found = NULL;
    for (size_t i = 0; i < state->labs.count; i++) {
        const struct risk_state_coded *lab = &state->labs.items[i];
        if (!lab->voided && lab->groups == (int32_t)item && lab->day >= stay->start && lab->day <= stay->end &&
            (!found || lab->day >= found->day))
            found = lab;
    }
    return found;
}

static int admissions_before(const struct risk_history *history, size_t index, int months)
{
    int32_t first = risk_months_before(history->stays[index].start, months);
    int count = 0;
    for (size_t i = 0; i < index; i++)
        count += history->stays[i].start >= first;
    return count;
}

/* Rule 4; the stay has ended. */
static struct hospital_input hospital_input_of(const struct risk_state *state, const struct risk_history *history,
                                               size_t index, const struct risk_policy *policy)
{
    const struct risk_stay *stay = &history->stays[index];
    const struct risk_state_coded *hemoglobin = lab_of(state, stay, RISK_HEMOGLOBIN);
    const struct risk_state_coded *sodium = lab_of(state, stay, RISK_SODIUM);
    struct hospital_input out = {.has_hemoglobin = hemoglobin != NULL, .has_sodium = sodium != NULL};
    if (!hemoglobin || !sodium)
        return out;
    int admissions = admissions_before(history, index, 12);
    out.hemoglobin_low = hemoglobin->value_milli < policy->hemoglobin_below_milli;
    out.sodium_low = sodium->value_milli < policy->sodium_below_milli;
    out.oncology = (stay->flags & RISK_ONCOLOGY) != 0;
    for (size_t i = 0; i < state->procedures.count; i++) {
        const struct risk_state_coded *fact = &state->procedures.items[i];
        out.procedure |= !fact->voided && fact->day >= stay->start && fact->day <= stay->end;
    }
    out.urgent = (stay->flags & RISK_URGENT) != 0;
    out.admissions_some = admissions >= policy->admissions_some;
    out.admissions_many = admissions >= policy->admissions_many;
    out.stay_days = stay->end - stay->start;
    return out;
}

/* Days between the stay and the one before it; -1 when that is no readmission (windows.7). */
static int readmission_days(const struct risk_history *history, size_t index, const struct risk_policy *policy)
{
    if (index == 0)
        return -1;
    int days = history->stays[index].start - history->stays[index - 1].end;
    return days <= policy->readmission_days ? days : -1;
}

/* features[0] of 30 days, [1] of 6 months, [2] of 12 months, each as bits; rule windows.6. */
static void add_windows(struct risk_changes *changes, int32_t day, const uint32_t features[3])
{
    risk_changes_add(changes, day, features[0] | features[1] | features[2]);
    if (features[0])
        risk_changes_take(changes, day + 31, features[0]);
    if (features[1])
        risk_changes_take(changes, risk_months_end(day, 6), features[1]);
    risk_changes_take(changes, risk_months_end(day, 12), features[2]);
}

/* What LACE, HOSPITAL and the readmission of one stay do to the tier, day by day: rules 2 to 4. */
static void add_scores(const struct risk_env *env, const struct risk_state *state, const struct risk_history *history,
                       size_t index, struct risk_changes *changes)
{
    static const int steps[] = {0, 1, 2, 3, 4, 7, 14}; /* lace.1 */
    const struct risk_stay *stay = &history->stays[index];
    const struct risk_policy *policy = risk_policy_on(env, stay->start);
    int32_t end = end_of(stay, policy), until = end + policy->lace_counts_days + 1;
    int points = stay_points(state, stay, policy), er_visits = stay_er_visits(history, index, policy);
    if (index + 1 < history->stay_count && history->stays[index + 1].start < until)
        until = history->stays[index + 1].start;
    for (size_t i = 0; i < HO_LENGTH(steps); i++) {
        if (stay->start + steps[i] > end || stay->start + steps[i] >= until)
            break;
        struct lace lace = lace_score(steps[i], stay->flags & RISK_URGENT, points, er_visits);
        risk_changes_set(changes, stay->start + steps[i], RISK_LACE, lace.total);
    }
    risk_changes_set(changes, until, RISK_LACE, 0);
    if (state->labs.count && stay->end != RISK_OPEN) {
        struct hospital_input input = hospital_input_of(state, history, index, policy);
        risk_changes_set(changes, stay->end, RISK_HOSPITAL, hospital_score(&input).total);
        risk_changes_set(changes, until, RISK_HOSPITAL, 0);
    }
    if (readmission_days(history, index, policy) >= 0) {
        risk_changes_set(changes, stay->start, RISK_READMISSION, 1);
        risk_changes_set(changes, until, RISK_READMISSION, 0);
    }
    risk_changes_mark(changes, end);
}

static void add_history(const struct risk_env *env, const struct risk_state *state, const struct risk_history *history,
                        struct risk_changes *changes)
{
    static const uint32_t admissions[] = {BIT(RISK_ADMISSIONS_30), BIT(RISK_ADMISSIONS_6), BIT(RISK_ADMISSIONS_12)};
    static const uint32_t visits[] = {BIT(RISK_ER_30), BIT(RISK_ER_6), BIT(RISK_ER_12)};
    static const uint32_t released[] = {BIT(RISK_ER_30), BIT(RISK_ER_6), BIT(RISK_ER_12) | BIT(RISK_ER_RELEASED_12)};
    static const uint32_t observations[] = {0, 0, BIT(RISK_OBSERVATIONS_12)};
    for (size_t i = 0; i < history->stay_count; i++) {
        add_scores(env, state, history, i, changes);
        add_windows(changes, history->stays[i].start, admissions);
    }
    for (size_t i = 0; i < history->visit_count; i++)
        add_windows(changes, history->visits[i].day, history->visits[i].stay == -1 ? released : visits);
    for (size_t i = 0; i < history->observation_count; i++)
        if (history->observations[i].stay == -1)
            add_windows(changes, history->observations[i].day, observations);
}

/* Rule 6. Assessments come sorted by id; here by date. */
static size_t by_date(const struct risk_state *state, const answers *sorted[RISK_ASSESSMENTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < state->assessments.count && count < RISK_ASSESSMENTS_MAX; i++) {
        const answers *item = &state->assessments.items[i];
        size_t at = count;
        if (item->voided)
            continue;
        for (; at > 0 && sorted[at - 1]->day > item->day; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = item;
        count++;
    }
    return count;
}

static void add_assessments(const struct risk_state *state, struct risk_changes *changes, pic *out)
{
    const answers *sorted[RISK_ASSESSMENTS_MAX];
    size_t count = by_date(state, sorted);
    int grade = -1;
    for (size_t i = 0; i < count; i++) {
        const answers *item = sorted[i];
        if (item->hra) {
            risk_changes_set(changes, item->day, RISK_HRA_MEDICAL, item->medical);
            risk_changes_set(changes, item->day, RISK_HRA_PSYCHOSOCIAL, item->psychosocial);
            for (int n = 0; n < RISK_NEEDS; n++)
                risk_changes_set(changes, item->day, (enum risk_feature)(RISK_LTSS + n),
                                 RISK_NEED_OF(item->needs, n) == RISK_NEED_YES);
            out->hra = item->day <= out->day ? item : out->hra;
        }
        if (item->symptom < 0)
            continue;
        risk_changes_set(changes, item->day, RISK_SYMPTOMS_WORSE, grade >= 0 && item->symptom > grade);
        if (item->day <= out->day && grade >= 0)
            out->trend = item->symptom > grade ? RISK_WORSE : item->symptom < grade ? RISK_BETTER : RISK_SAME;
        grade = item->symptom;
    }
}

/* Rule 7, and the day from which the first HRA is due. */
static int32_t add_coverage(const struct risk_state *state, struct risk_changes *changes, pic *out)
{
    int32_t from = 0;
    out->standing = state->member_known ? RISK_NOT_COVERED : RISK_STANDING_UNKNOWN;
    for (size_t i = 0; i < state->coverage.count; i++) {
        const struct risk_state_span *span = &state->coverage.items[i];
        risk_changes_mark(changes, span->from);
        if (span->to)
            risk_changes_mark(changes, span->to + 1);
        if (out->day < span->from || (span->to && out->day > span->to))
            continue;
        from = !from || span->from < from ? span->from : from;
        out->standing = span->hospice || out->standing == RISK_HOSPICE ? RISK_HOSPICE : RISK_COVERED;
    }
    if (out->history.died_day && out->day >= out->history.died_day)
        out->standing = RISK_DECEASED;
    return from;
}

static void add_hra_due(int32_t covered_from, struct risk_changes *changes, pic *out)
{
    if (out->hra)
        out->hra_due = out->hra->day + out->policy->hra_again_days;
    else if (covered_from)
        out->hra_due = covered_from + out->policy->hra_first_days;
    if (!out->hra)
        out->gaps |= 1U << RISK_GAP_HRA_MISSING;
    if (!out->hra_due)
        return;
    risk_changes_mark(changes, out->hra_due + 1);
    if (out->day > out->hra_due)
        out->gaps |= 1U << RISK_GAP_HRA_OVERDUE;
}

static void note_groups(uint32_t groups, int32_t day, int32_t until, int32_t latest[32])
{
    for (; groups && day <= until; groups &= groups - 1) {
        int bit = __builtin_ctz(groups);
        latest[bit] = day > latest[bit] ? day : latest[bit];
    }
}

/* Rule 5: a group leaves when its newest diagnosis is too old; one dated later comes on its day. */
static void add_groups(const struct risk_state *state, struct risk_changes *changes, pic *out)
{
    int months = out->policy->charlson_months;
    int32_t latest[32] = {0}, first = 0, end_of_day = 0, end = 0;
    uint32_t groups = 0;
    for (size_t i = 0; i < state->events.count; i++) {
        const struct risk_state_event *event = &state->events.items[i];
        if (event->voided || !event->groups || !event->day)
            continue;
        note_groups((uint32_t)event->groups, event->day, out->day, latest);
        groups |= (uint32_t)event->groups;
        risk_changes_mark(changes, event->day);
    }
    for (size_t i = 0; i < state->diagnoses.count; i++) {
        const struct risk_state_coded *fact = &state->diagnoses.items[i];
        if (fact->voided)
            continue;
        note_groups((uint32_t)fact->groups, fact->day, out->day, latest);
        groups |= (uint32_t)fact->groups;
        risk_changes_mark(changes, fact->day);
    }
    if (groups)
        first = risk_months_before(out->day, months);
    for (; groups; groups &= groups - 1) {
        int bit = __builtin_ctz(groups);
        if (!latest[bit])
            continue;
        if (latest[bit] != end_of_day) { /* several of one day end together */
            end_of_day = latest[bit];
            end = risk_months_end(end_of_day, months);
            risk_changes_mark(changes, end);
        }
        out->groups |= latest[bit] >= first ? 1U << bit : 0;
    }
    out->charlson_points = out->groups ? charlson_points(&out->policy->charlson, out->groups) : 0;
    out->groups = charlson_effective(&out->policy->charlson, out->groups);
}

/* Rules 2 and 4 of the latest stay begun. */
static void show_stay(const struct risk_env *env, const struct risk_state *state, pic *out)
{
    out->stay = -1;
    out->readmission_days = -1;
    for (size_t i = 0; i < out->history.stay_count; i++)
        if (out->history.stays[i].start <= out->day)
            out->stay = (int)i;
    if (out->stay < 0)
        return;
    size_t index = (size_t)out->stay;
    const struct risk_stay *stay = &out->history.stays[index];
    const struct risk_policy *policy = out->stay_policy = risk_policy_on(env, stay->start);
    out->stay_days = risk_stay_days(stay, out->day, policy->open_stay_days);
    out->er_since = risk_months_before(stay->start, policy->lace_er_months);
    out->comorbidity_points = stay_points(state, stay, policy);
    out->lace = lace_score(out->stay_days, stay->flags & RISK_URGENT, out->comorbidity_points,
                           stay_er_visits(&out->history, index, policy));
    out->provisional = stay->end == RISK_OPEN || stay->end > out->day;
    out->readmission_days = readmission_days(&out->history, index, policy);
    out->service_known = (stay->flags & RISK_SERVICE) != 0;
    if (!out->provisional) {
        out->hospital_input = hospital_input_of(state, &out->history, index, policy);
        out->hospital = hospital_score(&out->hospital_input);
    }
    bool long_open = stay->end == RISK_OPEN && out->day - stay->start >= policy->open_stay_days;
    if (!(stay->flags & (RISK_URGENT | RISK_ELECTIVE)))
        out->gaps |= 1U << RISK_GAP_ADMISSION_TYPE;
    if (!stay->start_known)
        out->gaps |= 1U << RISK_GAP_ADMIT_DATE;
    if (long_open || (stay->end != RISK_OPEN && !stay->end_known))
        out->gaps |= 1U << RISK_GAP_DISCHARGE;
    if (out->provisional && !long_open) { /* LACE to date: every day is another */
        out->as_of = out->day;
        out->next_day = out->day + 1;
    }
}

static void add_marks(const struct risk_env *env, const struct risk_state *state, struct risk_changes *changes)
{
    for (size_t i = 1; i < env->policy_count; i++)
        risk_changes_mark(changes, env->policies[i].from_day);
    for (size_t i = 0; i < state->overrides.count; i++) {
        const struct risk_state_override *item = &state->overrides.items[i];
        if (!item->voided)
            risk_changes_mark(changes, item->day);
        if (!item->voided && item->until_day)
            risk_changes_mark(changes, item->until_day + 1);
    }
}

void risk_picture_of(const struct risk_env *env, const struct risk_state *state, pic *ret_picture)
{
    struct risk_changes changes;
    bool zone_known;
    pic *out = ret_picture;
    memset(out, 0, offsetof(pic, history));
    out->zone = risk_zone(env, state->zone, &zone_known);
    out->seen_day = risk_local_day(out->zone, state->seen_ms);
    risk_history_build(state, risk_policy_on(env, out->seen_day)->open_stay_days, &out->history);
    out->day = day_of(state, &out->history, out->seen_day);
    out->policy = risk_policy_on(env, out->day);
    out->year_before = risk_months_before(out->day, 12);
    changes.count = 0;
    changes.until = out->day;
    changes.next_day = 0;
    add_history(env, state, &out->history, &changes);
    add_assessments(state, &changes, out);
    add_hra_due(add_coverage(state, &changes, out), &changes, out);
    add_groups(state, &changes, out);
    add_marks(env, state, &changes);
    risk_changes_sort(&changes);
    risk_tiers_of(env, state, &changes, out->day, &out->tiers);
    show_stay(env, state, out);
    out->as_of = out->as_of > out->tiers.last_day ? out->as_of : out->tiers.last_day;
    if (!out->next_day || (out->tiers.next_day && out->tiers.next_day < out->next_day))
        out->next_day = out->tiers.next_day;
    if (out->standing == RISK_DECEASED)
        out->next_day = 0;
    out->gaps |= (state->member_known ? 0U : 1U << RISK_GAP_MEMBER) | (zone_known ? 0U : 1U << RISK_GAP_ZONE) |
                 (state->cut ? 1U << RISK_GAP_HISTORY_CUT : 0U);
}
