#include "risk/risk_facts.h"

#include "base/calendar.h"
#include "risk/hra.h"

typedef struct risk_state_event ev; /* file-local short names: the records' own are long */
typedef struct risk_state_coded coded;
typedef struct risk_state_answers answers;
typedef struct risk_state_override over;

#define DUPLICATE "risk.2 duplicate"
#define NOT_PRODUCTION "risk.1 not production"
#define KIND "risk.1 kind without points"
#define NO_DATE "risk.1 without a date"

int32_t risk_day(int32_t yyyymmdd)
{
    if (yyyymmdd < 19700101 || !ho_date_valid(yyyymmdd / 10000, yyyymmdd / 100 % 100, yyyymmdd % 100))
        return 0;
    return (int32_t)ho_days_of_date(yyyymmdd);
}

/* What the sorted lists have in common: items of one size that begin with the id; events have a second id first. */
struct list {
    char *items;
    size_t count, size, max;
    size_t day_offset;
};

static struct ho_slice id_of(const struct list *list, size_t index)
{
    struct ho_slice id;
    memcpy(&id, list->items + index * list->size, sizeof id);
    return id;
}

static int32_t day_of(const struct list *list, size_t index)
{
    int32_t day;
    memcpy(&day, list->items + index * list->size + list->day_offset, sizeof day);
    return day;
}

/* Where id is, or belongs. */
static size_t place(const struct list *list, struct ho_slice id, bool *ret_found)
{
    size_t low = 0, high = list->count;
    *ret_found = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = ho_slice_compare(id_of(list, middle), id);
        *ret_found |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rule 5: the oldest item's index, the lowest id of several. */
static size_t oldest(const struct list *list)
{
    size_t found = 0;
    for (size_t i = 1; i < list->count; i++)
        if (day_of(list, i) < day_of(list, found))
            found = i;
    return found;
}

/* Puts item at its place; then the oldest goes when there are too many. */
static void put(const struct risk_taking *t, struct list *list, const void *item)
{
    bool found;
    struct ho_slice id;
    memcpy(&id, item, sizeof id);
    size_t at = place(list, id, &found);
    if (found) {
        memcpy(list->items + at * list->size, item, list->size);
        return;
    }
    char *items = ho_arena_array(t->arena, list->size, list->count + 1);
    if (at)
        memcpy(items, list->items, at * list->size);
    memcpy(items + at * list->size, item, list->size);
    if (list->count > at)
        memcpy(items + (at + 1) * list->size, list->items + at * list->size, (list->count - at) * list->size);
    list->items = items;
    list->count++;
    if (list->count <= list->max)
        return;
    at = oldest(list);
    list->count--;
    memmove(items + at * list->size, items + (at + 1) * list->size, (list->count - at) * list->size);
    t->state->cut = true;
}

#define LIST(field, type, bound)                                                                                       \
    {                                                                                                                  \
        .items = (void *)(field)->items, .count = (field)->count, .size = sizeof(type), .max = (bound),                \
        .day_offset = offsetof(type, day)                                                                              \
    }

/* Events by encounter, then event: one list key of both. */
static size_t event_place(const struct risk_state *state, const ev *news, bool *ret_found)
{
    size_t low = 0, high = state->events.count;
    *ret_found = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const ev *item = &state->events.items[middle];
        int order = ho_slice_compare(item->encounter_id, news->encounter_id);
        if (order == 0)
            order = ho_slice_compare(item->event_id, news->event_id);
        *ret_found |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop_oldest_event(struct risk_state *state)
{
    size_t at = 0;
    for (size_t i = 1; i < state->events.count; i++)
        if (state->events.items[i].day < state->events.items[at].day)
            at = i;
    state->events.count--;
    memmove(state->events.items + at, state->events.items + at + 1, (state->events.count - at) * sizeof(ev));
    state->cut = true;
}

static void put_event(const struct risk_taking *t, const ev *news, size_t at)
{
    struct risk_state *state = t->state;
    size_t count = state->events.count;
    ev *items = HO_ARENA_ARRAY(t->arena, ev, count + 1);
    if (at)
        memcpy(items, state->events.items, at * sizeof *items);
    items[at] = *news;
    if (count > at)
        memcpy(items + at + 1, state->events.items + at, (count - at) * sizeof *items);
    state->events.items = items;
    state->events.count = count + 1;
    if (state->events.count > RISK_EVENTS_MAX)
        drop_oldest_event(state);
}

/* Rule 3: is PV1-10 one of the policy's oncology services? */
static bool listed(const char *list, struct ho_slice code)
{
    while (*list) {
        size_t len = strcspn(list, " ");
        if (ho_slice_equal((struct ho_slice){list, len}, code))
            return true;
        list += len + (list[len] == ' ');
    }
    return false;
}

static bool one_of(struct ho_slice text, const char *letters)
{
    return text.len == 1 && strchr(letters, text.ptr[0]) != NULL;
}

static int32_t disposition_flags(enum care_event_disposition_class class)
{
    switch (class) {
    case CARE_EVENT_DISPOSITION_CLASS_DIED:
        return RISK_DIED | RISK_OUTSIDE;
    case CARE_EVENT_DISPOSITION_CLASS_SNF:
    case CARE_EVENT_DISPOSITION_CLASS_ACUTE:
    case CARE_EVENT_DISPOSITION_CLASS_REHAB:
    case CARE_EVENT_DISPOSITION_CLASS_LTACH:
    case CARE_EVENT_DISPOSITION_CLASS_PSYCHIATRIC:
    case CARE_EVENT_DISPOSITION_CLASS_HOSPICE:
    case CARE_EVENT_DISPOSITION_CLASS_OTHER:
        return RISK_OUTSIDE;
    case CARE_EVENT_DISPOSITION_CLASS_UNKNOWN:
    case CARE_EVENT_DISPOSITION_CLASS_HOME:
    case CARE_EVENT_DISPOSITION_CLASS_HOME_HEALTH:
    case CARE_EVENT_DISPOSITION_CLASS_AMA:
    case CARE_EVENT_DISPOSITION_CLASS_NOT_DISCHARGED:
        break;
    }
    return 0;
}

static bool nonacute(enum care_event_facility_kind kind)
{
    return kind == CARE_EVENT_FACILITY_KIND_SNF || kind == CARE_EVENT_FACILITY_KIND_IRF ||
           kind == CARE_EVENT_FACILITY_KIND_LTACH || kind == CARE_EVENT_FACILITY_KIND_HOSPICE;
}

static int32_t flags_of(const struct risk_policy *policy, const struct care_event *event)
{
    int32_t flags = disposition_flags(event->disposition_class);
    if (event->arrived_by_er || one_of(event->admission_type, "EU125"))
        flags |= RISK_URGENT;
    else if (event->admission_type.len)
        flags |= RISK_ELECTIVE;
    if (event->death)
        flags |= RISK_DIED | RISK_OUTSIDE;
    if (event->hospital_service.len)
        flags |= RISK_SERVICE | (listed(policy->oncology_services, event->hospital_service) ? RISK_ONCOLOGY : 0);
    if (event->presumed)
        flags |= RISK_PRESUMED;
    if (nonacute(event->facility_kind))
        flags |= RISK_NONACUTE;
    return flags;
}

static bool counts(enum care_event_care_event_kind kind)
{
    switch (kind) {
    case CARE_EVENT_CARE_EVENT_KIND_ADMITTED:
    case CARE_EVENT_CARE_EVENT_KIND_DISCHARGED:
    case CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED:
    case CARE_EVENT_CARE_EVENT_KIND_ER_DEPARTED:
    case CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_STARTED:
    case CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_ENDED:
    case CARE_EVENT_CARE_EVENT_KIND_UPDATED:
        return true;
    case CARE_EVENT_CARE_EVENT_KIND_UNKNOWN:
    case CARE_EVENT_CARE_EVENT_KIND_TRANSFERRED:
    case CARE_EVENT_CARE_EVENT_KIND_PREADMITTED:
    case CARE_EVENT_CARE_EVENT_KIND_LEAVE_STARTED:
    case CARE_EVENT_CARE_EVENT_KIND_LEAVE_ENDED:
        break;
    }
    return false;
}

static struct ho_slice link_of(const struct care_event *event)
{
    bool stay = event->kind == CARE_EVENT_CARE_EVENT_KIND_ADMITTED || event->kind == CARE_EVENT_CARE_EVENT_KIND_DISCHARGED;
    return stay ? event->er_encounter_id : event->became;
}

static ev event_of(const struct risk_taking *t, const struct care_event *event)
{
    ev out = {.event_id = event->event_id,
              .encounter_id = event->encounter_id,
              .kind = (int32_t)event->kind,
              .revision = event->revision,
              .voided = event->change == CARE_EVENT_CARE_EVENT_CHANGE_VOIDED ||
                        event->processing_id != CARE_EVENT_PROCESSING_PRODUCTION,
              .start_day = event->has_admitted ? risk_day(event->admitted.local_date) : 0,
              .link = link_of(event)};
    out.day = event->has_occurred ? risk_day(event->occurred.local_date) : 0;
    if (event->kind == CARE_EVENT_CARE_EVENT_KIND_ADMITTED && !out.day)
        out.day = out.start_day;
    const struct risk_policy *policy = risk_policy_on(t->env, out.day);
    out.flags = flags_of(policy, event);
    for (size_t i = 0; i < event->diagnoses.count; i++)
        out.groups |= (int32_t)charlson_groups_of(&policy->charlson, event->diagnoses.items[i].code);
    return out;
}

const char *risk_take_event(const struct risk_taking *t, const struct care_event *event)
{
    bool found;
    if (!counts(event->kind))
        return KIND;
    ev news = {.event_id = event->event_id, .encounter_id = event->encounter_id};
    size_t at = event_place(t->state, &news, &found);
    if (!found && event->processing_id != CARE_EVENT_PROCESSING_PRODUCTION)
        return NOT_PRODUCTION;
    if (found && t->state->events.items[at].revision >= event->revision)
        return DUPLICATE;
    news = event_of(t, event);
    if (found)
        t->state->events.items[at] = news;
    else
        put_event(t, &news, at);
    return NULL;
}

const char *risk_take_assessment(const struct risk_taking *t, const struct assessment *assessment)
{
    bool found;
    struct list list = LIST(&t->state->assessments, answers, RISK_ASSESSMENTS_MAX);
    size_t at = place(&list, assessment->assessment_id, &found);
    int32_t day = risk_day(assessment->date);
    if (found && t->state->assessments.items[at].revision >= assessment->revision)
        return DUPLICATE;
    if (!day && found)
        day = t->state->assessments.items[at].day;
    if (!day)
        return NO_DATE;
    if (assessment->kind == ASSESSMENT_ASSESSMENT_KIND_UNKNOWN)
        return KIND;
    struct hra_points points = hra_score(risk_policy_on(t->env, day), assessment);
    answers news = {.assessment_id = assessment->assessment_id,
                    .revision = assessment->revision,
                    .voided = assessment->change == ASSESSMENT_FACT_CHANGE_VOIDED ||
                              assessment->outcome != ASSESSMENT_ASSESSMENT_OUTCOME_COMPLETED,
                    .day = day,
                    .hra = assessment->kind != ASSESSMENT_ASSESSMENT_KIND_SYMPTOM_CHECK,
                    .medical = points.medical,
                    .psychosocial = points.psychosocial,
                    .needs = points.needs,
                    .symptom = points.symptom};
    put(t, &list, &news);
    t->state->assessments.items = (void *)list.items;
    t->state->assessments.count = list.count;
    return NULL;
}

/* Rule 4: the lab's item and its value in our unit; false when HOSPITAL does not ask for it. */
static bool read_lab(const struct risk_policy *policy, const struct clinical_fact *fact, coded *news)
{
    for (size_t i = 0; i < policy->lab_count && fact->has_value_milli; i++) {
        const struct risk_lab *lab = &policy->labs[i];
        if (!ho_slice_is(fact->code, lab->loinc) || !ho_slice_is(fact->unit, lab->unit))
            continue;
        if (fact->value_milli < 0 || fact->value_milli > INT32_MAX)
            return false;
        news->groups = (int32_t)lab->item;
        news->value_milli = fact->value_milli * lab->numerator / lab->denominator;
        return true;
    }
    return false;
}

static const char *put_coded(const struct risk_taking *t, struct risk_state_coded_list *facts, size_t max, bool read,
                             const coded *news)
{
    bool found;
    struct list list = LIST(facts, coded, max);
    size_t at = place(&list, news->fact_id, &found);
    if (found && facts->items[at].revision >= news->revision)
        return DUPLICATE;
    coded kept = *news;
    kept.voided |= !read;
    if (!kept.day && found)
        kept.day = facts->items[at].day;
    if (!kept.day)
        return NO_DATE;
    if (!found && kept.voided && kept.revision == 1) /* nothing to take back, and no lower revision can come */
        return KIND;
    put(t, &list, &kept);
    facts->items = (void *)list.items;
    facts->count = list.count;
    return NULL;
}

const char *risk_take_clinical(const struct risk_taking *t, const struct clinical_fact *fact)
{
    int32_t day = risk_day(fact->date);
    const struct risk_policy *policy = risk_policy_on(t->env, day);
    coded news = {.fact_id = fact->fact_id,
                  .revision = fact->revision,
                  .voided = fact->change == CLINICAL_FACT_FACT_CHANGE_VOIDED,
                  .day = day};
    switch (fact->kind) {
    case CLINICAL_FACT_CLINICAL_KIND_DIAGNOSIS:
        news.groups = (int32_t)charlson_groups_of(&policy->charlson, fact->code);
        return put_coded(t, &t->state->diagnoses, RISK_DIAGNOSES_MAX, news.groups != 0, &news);
    case CLINICAL_FACT_CLINICAL_KIND_LAB: {
        bool read = read_lab(policy, fact, &news);
        return put_coded(t, &t->state->labs, RISK_LABS_KEPT_MAX, read, &news);
    }
    case CLINICAL_FACT_CLINICAL_KIND_PROCEDURE:
        return put_coded(t, &t->state->procedures, RISK_PROCEDURES_MAX, true, &news);
    case CLINICAL_FACT_CLINICAL_KIND_UNKNOWN:
    case CLINICAL_FACT_CLINICAL_KIND_VISIT:
    case CLINICAL_FACT_CLINICAL_KIND_MEDICATION:
        break;
    }
    return KIND;
}

const char *risk_take_action(const struct risk_taking *t, const struct care_action *action)
{
    bool found, set = action->kind == CARE_ACTION_ACTION_KIND_TIER_OVERRIDE;
    struct list list = LIST(&t->state->overrides, over, RISK_OVERRIDES_MAX);
    size_t at = place(&list, action->action_id, &found);
    int32_t day = risk_day(action->date);
    if (found && t->state->overrides.items[at].revision >= action->revision)
        return DUPLICATE;
    bool kind = set ? action->tier != CARE_ACTION_RISK_TIER_UNKNOWN
                    : action->kind == CARE_ACTION_ACTION_KIND_TIER_OVERRIDE_ENDED;
    if (!found && !kind)
        return KIND;
    if (!day && found)
        day = t->state->overrides.items[at].day;
    if (!day)
        return NO_DATE;
    over news = {.action_id = action->action_id,
                 .revision = action->revision,
                 .voided = action->change == CARE_ACTION_FACT_CHANGE_VOIDED || !kind,
                 .day = day,
                 .at_ms = action->at_ms,
                 .tier = set ? (int32_t)action->tier : 0,
                 .until_day = set ? risk_day(action->until) : 0,
                 .by = action->by,
                 .reason = action->reason};
    put(t, &list, &news);
    t->state->overrides.items = (void *)list.items;
    t->state->overrides.count = list.count;
    return NULL;
}

const char *risk_take_member(const struct risk_taking *t, const struct member *row)
{
    struct risk_state *state = t->state;
    size_t count = row ? row->coverage.count : 0;
    struct risk_state_span *spans = HO_ARENA_ARRAY(t->arena, struct risk_state_span, count);
    for (size_t i = 0; i < count; i++) {
        const struct member_coverage *span = &row->coverage.items[i];
        spans[i] = (struct risk_state_span){risk_day(span->from), risk_day(span->to), span->hospice};
    }
    struct ho_slice zone = row ? row->zone : HO_SLICE("");
    if (!ho_slice_equal(zone, state->zone)) /* days of the old zone say nothing in the new one: timers bring them again */
        state->fired_day = 0;
    state->zone = zone;
    state->member_known = row != NULL;
    state->birth_date = row ? row->birth_date : 0;
    state->deceased_day = row ? risk_day(row->deceased_date) : 0;
    state->coverage.items = spans;
    state->coverage.count = count;
    return NULL;
}
