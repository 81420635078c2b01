#include "unit/risk/plain.h"

#include <stdlib.h>

#include "unit/risk/world.h"

static const struct risk_policy *policy; /* of the history that is read */

#define STILL_THERE 9999999
struct pstay {
    int from, to; /* days */
    bool acute;
    uint32_t groups;
    const char *ids[16];
    int parts;
};

struct pworld {
    const struct care_event *events[RECORDS_MAX];
    const struct clinical_fact *facts[RECORDS_MAX];
    const struct history *h;
    const struct member *member;
    size_t event_count, fact_count;
    struct pstay stays[64];
    int stay_count, died;
};

static int pday(int32_t date)
{
    return (int)ho_days_of_date(date);
}

/* Is day x within n months up to d? By years, months and days as people count them. */
static bool within_months(int x, int d, int n)
{
    int date = ho_date_of_days(d), y = date / 10000, m = date / 100 % 100 - n, day = date % 100;
    for (; m < 1; m += 12)
        y--;
    while (!ho_date_valid(y, m, day))
        day--;
    return x <= d && ho_date_of_days(x) >= y * 10000 + m * 100 + day;
}

static bool stands(const struct care_event *event)
{
    return event->change != CARE_EVENT_CARE_EVENT_CHANGE_VOIDED && event->processing_id == CARE_EVENT_PROCESSING_PRODUCTION;
}

static void collect(struct pworld *w, const struct history *h)
{
    for (size_t i = 0; i < h->counts[RISK_CARE_EVENTS]; i++) {
        const struct care_event *event = h->records[RISK_CARE_EVENTS][i].value;
        bool last = true;
        for (size_t k = 0; k < h->counts[RISK_CARE_EVENTS]; k++) {
            const struct care_event *other = h->records[RISK_CARE_EVENTS][k].value;
            last &= !(ho_slice_equal(other->event_id, event->event_id) && other->revision > event->revision);
        }
        if (last && stands(event))
            w->events[w->event_count++] = event;
    }
    for (size_t i = 0; i < h->counts[RISK_CLINICAL_FACTS]; i++) {
        const struct clinical_fact *fact = h->records[RISK_CLINICAL_FACTS][i].value;
        if (fact->revision == 2 && fact->change != CLINICAL_FACT_FACT_CHANGE_VOIDED)
            w->facts[w->fact_count++] = fact;
    }
    if (h->counts[RISK_MEMBERS])
        w->member = h->records[RISK_MEMBERS][h->counts[RISK_MEMBERS] - 1].value;
}

static uint32_t codes_of(const struct care_event *event)
{
    uint32_t groups = 0;
    for (size_t i = 0; i < event->diagnoses.count; i++)
        groups |= charlson_groups_of(&policy->charlson, event->diagnoses.items[i].code);
    return groups;
}

static const struct care_event *find(const struct pworld *w, struct ho_slice encounter, enum care_event_care_event_kind kind)
{
    for (size_t i = 0; i < w->event_count; i++)
        if (w->events[i]->kind == kind && ho_slice_equal(w->events[i]->encounter_id, encounter))
            return w->events[i];
    return NULL;
}

static bool is_acute(const struct care_event *event)
{
    return event && (event->arrived_by_er || ho_slice_is(event->admission_type, "1"));
}

/* One stay of an encounter, before transfers are joined. false: it has none. */
static bool stay_of(const struct pworld *w, struct ho_slice encounter, struct pstay *out)
{
    const struct care_event *in = find(w, encounter, KIND(ADMITTED)), *left = find(w, encounter, KIND(DISCHARGED));
    const struct care_event *any = in ? in : left;
    if (!any || any->facility_kind == CARE_EVENT_FACILITY_KIND_SNF)
        return false;
    int to = left ? pday(left->occurred.local_date) : STILL_THERE;
    int from = in ? pday(in->occurred.local_date) : to;
    if (left && to < from && in) { /* told to have left before: this one is another stay that nobody saw begin */
        to = STILL_THERE;
    }
    *out = (struct pstay){.from = from, .to = to, .acute = is_acute(in) || is_acute(left), .ids = {encounter.ptr}, .parts = 1};
    for (size_t i = 0; i < w->event_count; i++)
        if (ho_slice_equal(w->events[i]->encounter_id, encounter))
            out->groups |= codes_of(w->events[i]);
    return true;
}

static int by_from(const void *a_, const void *b_)
{
    const struct pstay *a = a_, *b = b_;
    return a->from != b->from ? a->from - b->from : a->to != b->to ? (a->to < b->to ? -1 : 1) : strcmp(a->ids[0], b->ids[0]);
}

static void find_stays(struct pworld *w)
{
    struct pstay all[64];
    int count = 0;
    for (size_t i = 0; i < w->event_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= ho_slice_equal(w->events[k]->encounter_id, w->events[i]->encounter_id);
        if (!seen && stay_of(w, w->events[i]->encounter_id, &all[count]))
            count++;
    }
    qsort(all, (size_t)count, sizeof all[0], by_from);
    for (int i = 0; i < count; i++) {
        struct pstay *last = w->stay_count ? &w->stays[w->stay_count - 1] : NULL;
        int end = !last ? 0 : last->to == STILL_THERE ? last->from + policy->open_stay_days : last->to;
        if (!last || all[i].from > end + 1) {
            if (last && last->to == STILL_THERE)
                last->to = end;
            w->stays[w->stay_count++] = all[i];
            continue;
        }
        last->groups |= all[i].groups;
        last->ids[last->parts++] = all[i].ids[0];
        if (last->to == STILL_THERE || all[i].to > last->to)
            last->to = all[i].to;
    }
}

static uint32_t groups_known(const struct pworld *w, int from_months_before, int to)
{
    uint32_t groups = 0;
    for (size_t i = 0; i < w->event_count; i++) {
        int d = pday(w->events[i]->occurred.local_date);
        if (d <= to && within_months(d < from_months_before ? d : from_months_before, from_months_before, 24))
            groups |= codes_of(w->events[i]);
    }
    for (size_t i = 0; i < w->fact_count; i++) {
        int d = pday(w->facts[i]->date);
        if (w->facts[i]->kind == CLINICAL_FACT_CLINICAL_KIND_DIAGNOSIS && d <= to &&
            within_months(d < from_months_before ? d : from_months_before, from_months_before, 24))
            groups |= charlson_groups_of(&policy->charlson, w->facts[i]->code);
    }
    return groups;
}

static bool part_of_stay(const struct pstay *stay, struct ho_slice encounter)
{
    for (int i = 0; i < stay->parts; i++)
        if (ho_slice_is(encounter, stay->ids[i]))
            return true;
    return false;
}

static int stay_end(const struct pstay *stay)
{
    return stay->to == STILL_THERE ? stay->from + policy->open_stay_days : stay->to;
}

static int lace_on(const struct pworld *w, const struct pstay *stay, int d)
{
    static const int length[] = {0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 7};
    int end = stay_end(stay), days = (d < end ? d : end) - stay->from, er = 0;
    uint32_t groups = stay->groups | groups_known(w, stay->from, end);
    int c = charlson_points(&policy->charlson, groups);
    for (size_t i = 0; i < w->event_count; i++) {
        int x = pday(w->events[i]->occurred.local_date);
        er += w->events[i]->kind == KIND(ER_ARRIVED) && within_months(x, stay->from, 6) &&
              !part_of_stay(stay, w->events[i]->encounter_id);
    }
    return length[days > 14 ? 14 : days] + (stay->acute ? 3 : 0) + (c > 3 ? 5 : c) + (er > 4 ? 4 : er);
}

/* -1: a lab is missing, or the stay goes on. */
static int hospital_on(const struct pworld *w, int index, int d)
{
    const struct pstay *stay = &w->stays[index];
    int hb = -1, na = -1, procedure = 0, before = 0;
    if (stay->to == STILL_THERE || stay->to > d)
        return -1;
    for (size_t i = 0; i < w->fact_count; i++) {
        int x = pday(w->facts[i]->date);
        if (x < stay->from || x > stay->to)
            continue;
        hb = ho_slice_is(w->facts[i]->code, "718-7") ? 1 : hb; /* 11.0: low */
        na = ho_slice_is(w->facts[i]->code, "2951-2") ? 1 : na; /* 131: low */
        procedure |= w->facts[i]->kind == CLINICAL_FACT_CLINICAL_KIND_PROCEDURE;
    }
    for (int i = 0; i < index; i++)
        before += within_months(w->stays[i].from, stay->from, 12);
    if (hb < 0 || na < 0)
        return -1;
    return hb + na + procedure + stay->acute + (before > 5 ? 5 : before > 1 ? 2 : 0) + (stay->to - stay->from >= 5 ? 2 : 0);
}

static void count_windows(const struct pworld *w, int d, int f[RISK_FEATURES])
{
    for (int i = 0; i < w->stay_count; i++) {
        f[RISK_ADMISSIONS_30] += w->stays[i].from <= d && d - w->stays[i].from <= 30;
        f[RISK_ADMISSIONS_6] += within_months(w->stays[i].from, d, 6);
        f[RISK_ADMISSIONS_12] += within_months(w->stays[i].from, d, 12);
    }
    for (size_t i = 0; i < w->event_count; i++) {
        const struct care_event *event = w->events[i];
        int x = pday(event->occurred.local_date), led = 0;
        for (int s = 0; s < w->stay_count; s++)
            led |= part_of_stay(&w->stays[s], event->encounter_id);
        if (event->kind == KIND(ER_ARRIVED)) {
            f[RISK_ER_30] += x <= d && d - x <= 30;
            f[RISK_ER_6] += within_months(x, d, 6);
            f[RISK_ER_12] += within_months(x, d, 12);
            f[RISK_ER_RELEASED_12] += within_months(x, d, 12) && !led;
        }
        f[RISK_OBSERVATIONS_12] += event->kind == KIND(OBSERVATION_STARTED) && within_months(x, d, 12) && !led;
    }
}

static int answer(const struct assessment *a, int index)
{
    return a->answers.items[index].value;
}

static void read_assessments(const struct pworld *w, int d, int f[RISK_FEATURES])
{
    const struct assessment *hra = NULL, *grade = NULL, *before = NULL;
    for (size_t i = 0; i < w->h->counts[RISK_ASSESSMENTS]; i++) {
        const struct assessment *a = w->h->records[RISK_ASSESSMENTS][i].value;
        if (pday(a->date) > d)
            continue;
        bool later_hra = !hra || a->date > hra->date || (a->date == hra->date && ho_slice_compare(a->assessment_id, hra->assessment_id) > 0);
        if (a->kind != ASSESSMENT_ASSESSMENT_KIND_SYMPTOM_CHECK && later_hra)
            hra = a;
        if (!grade || a->date > grade->date || (a->date == grade->date && ho_slice_compare(a->assessment_id, grade->assessment_id) > 0)) {
            before = grade;
            grade = a;
        } else if (!before || a->date > before->date ||
                   (a->date == before->date && ho_slice_compare(a->assessment_id, before->assessment_id) > 0)) {
            before = a;
        }
    }
    if (hra) { /* the questions of history.h in their order, by hra-2026.tsv */
        f[RISK_HRA_MEDICAL] = answer(hra, 0) >= 2 ? 3 : answer(hra, 0) == 1 ? 2 : 0;
        f[RISK_HRA_PSYCHOSOCIAL] = answer(hra, 1) >= 3 ? 3 : 0;
        f[RISK_LTSS] = answer(hra, 2) > 0;
    }
    f[RISK_SYMPTOMS_WORSE] = before && answer(grade, 3) > answer(before, 3);
}

static int stay_on(const struct pworld *w, int d)
{
    int found = -1;
    for (int i = 0; i < w->stay_count; i++)
        if (w->stays[i].from <= d)
            found = i;
    return found;
}

static void features_on(const struct pworld *w, int d, int f[RISK_FEATURES])
{
    int i = stay_on(w, d);
    memset(f, 0, RISK_FEATURES * sizeof f[0]);
    count_windows(w, d, f);
    read_assessments(w, d, f);
    if (i < 0 || d > stay_end(&w->stays[i]) + 30)
        return;
    f[RISK_LACE] = lace_on(w, &w->stays[i], d);
    int hospital = hospital_on(w, i, d);
    f[RISK_HOSPITAL] = hospital < 0 ? 0 : hospital;
    f[RISK_READMISSION] = i > 0 && w->stays[i].from - w->stays[i - 1].to <= 30;
}

static int computed_on(const struct pworld *w, int d, int *ret_points)
{
    int f[RISK_FEATURES], tier = RISK_TIER_LOW, taken[RISK_FEATURES] = {0};
    features_on(w, d, f);
    *ret_points = 0;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct risk_rule *rule = &policy->rules[i];
        if (f[rule->feature] < rule->at_least || taken[rule->feature]++)
            continue;
        tier = (int)rule->tier > tier ? (int)rule->tier : tier;
        *ret_points += rule->points;
    }
    return tier;
}

#define PLAIN_DAYS 800
struct pdays {
    int first;
    int computed[PLAIN_DAYS];
};

static int computed_of(const struct pdays *days, int d)
{
    return d < days->first ? RISK_TIER_LOW : days->computed[d - days->first];
}

static int highest_of(const struct pdays *days, int from, int to)
{
    int tier = RISK_TIER_LOW;
    for (int d = from; d <= to; d++)
        tier = computed_of(days, d) > tier ? computed_of(days, d) : tier;
    return tier;
}

static int tier_of(const struct pworld *w, const struct pdays *days, int d, bool *ret_overridden)
{
    const struct care_action *set = NULL;
    for (size_t i = 0; i < w->h->counts[RISK_CARE_ACTIONS]; i++) {
        const struct care_action *a = w->h->records[RISK_CARE_ACTIONS][i].value;
        bool later_one = !set || a->date > set->date || (a->date == set->date && ho_slice_compare(a->action_id, set->action_id) > 0);
        if (pday(a->date) <= d && later_one)
            set = a;
    }
    *ret_overridden = false;
    if (set && set->kind == CARE_ACTION_ACTION_KIND_TIER_OVERRIDE && (!set->until || d <= pday(set->until))) {
        int then = computed_of(days, pday(set->date)), since = highest_of(days, pday(set->date), d);
        *ret_overridden = !(since > then && since > (int)set->tier);
    }
    return *ret_overridden ? (int)set->tier : highest_of(days, d - policy->hold_days, d);
}

static void plain_tiers(const struct pworld *w, int today, struct plain *out)
{
    struct pdays days = {.first = pday(FIRST_DATE) - 30};
    bool ignored;
    int points;
    for (int d = days.first; d <= today; d++)
        days.computed[d - days.first] = computed_on(w, d, &points);
    out->computed = computed_on(w, today, &out->points);
    out->tier = tier_of(w, &days, today, &out->overridden);
    for (int d = today; d > days.first && !out->changed_at; d--) {
        int before = tier_of(w, &days, d - 1, &ignored);
        if (before != out->tier) {
            out->changed_at = ho_date_of_days(d);
            out->previous = before;
        }
    }
    for (int d = today; !out->overridden && out->tier > out->computed && !out->held_until; d--)
        if (computed_of(&days, d) >= out->tier)
            out->held_until = ho_date_of_days(d + policy->hold_days);
}

struct plain plain_read(const struct history *h, const struct risk_policy *numbers, int32_t date)
{
    policy = numbers;
    struct plain out = {.computed = 0};
    struct pworld w = {.h = h};
    int today = pday(date);
    collect(&w, h);
    find_stays(&w);
    for (size_t i = 0; i < w.event_count; i++) {
        int d = pday(w.events[i]->occurred.local_date);
        if (w.events[i]->disposition_class == CARE_EVENT_DISPOSITION_CLASS_DIED && (!w.died || d < w.died))
            w.died = d;
    }
    today = w.died && w.died < today ? w.died : today;
    plain_tiers(&w, today, &out);
    features_on(&w, today, out.features);
    int i = stay_on(&w, today);
    out.lace = i < 0 ? -1 : lace_on(&w, &w.stays[i], today);
    out.hospital = i < 0 ? -1 : hospital_on(&w, i, today);
    out.charlson_points = charlson_points(&policy->charlson, groups_known(&w, today, today));
    bool covered = w.member && (!w.member->coverage.items[0].to || today <= pday(w.member->coverage.items[0].to));
    out.standing = w.died && today >= w.died ? RISK_DECEASED : covered ? RISK_COVERED : w.member ? RISK_NOT_COVERED : 0;
    return out;
}

