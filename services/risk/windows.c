#include "risk/windows.h"

typedef struct risk_state_event ev; /* file-local short name */

#define IS(event, name) ((event)->kind == CARE_EVENT_CARE_EVENT_KIND_##name)

/* A date and its month's length. The calendar of Neri and Schneider (2022, "Euclidean affine functions"), on 32 bits: base's
 * goes over all years and is slower, and windows ask for months all the time. */
struct date {
    uint32_t year, month, date; /* month from 0 */
};

#define DAYS_TO_1970 719468U /* from 0000-03-01 */

static inline struct date date_of(int32_t day)
{
    uint32_t n1 = 4 * ((uint32_t)day + DAYS_TO_1970) + 3, century = n1 / 146097;
    uint32_t n2 = (n1 % 146097) | 3;
    uint64_t p2 = UINT64_C(2939745) * n2;
    uint32_t year = 100 * century + (uint32_t)(p2 >> 32), of_year = (uint32_t)p2 / 2939745 / 4;
    uint32_t n3 = 2141 * of_year + 197913, late = of_year >= 306;
    return (struct date){year + late, (n3 >> 16) - 1 - 12 * late, n3 % 65536 / 2141 + 1};
}

static int32_t day_of(uint32_t year, uint32_t month, uint32_t date)
{
    uint32_t late = month < 2, y = year - late, m = month + 1 + 12 * late, century = y / 100;
    return (int32_t)(1461 * y / 4 - century + century / 4 + (979 * m - 2919) / 32 + date - 1) - (int32_t)DAYS_TO_1970;
}

static uint32_t length_of(uint32_t year, uint32_t month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month] + (month == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

int32_t risk_date(int32_t day)
{
    struct date of = date_of(day);
    return (int32_t)(of.year * 10000 + (of.month + 1) * 100 + of.date);
}

int32_t risk_months_before(int32_t day, int months)
{
    struct date of = date_of(day < 0 ? 0 : day);
    uint32_t index = of.year * 12 + of.month - (uint32_t)months, year = index / 12, month = index % 12;
    uint32_t last = length_of(year, month);
    return day_of(year, month, of.date < last ? of.date : last);
}

int32_t risk_months_end(int32_t day, int months)
{
    struct date of = date_of(day < 0 ? 0 : day);
    uint32_t index = of.year * 12 + of.month + (uint32_t)months, year = index / 12, month = index % 12;
    uint32_t last = length_of(year, month);
    if (of.date >= last || of.date == length_of(of.year, of.month)) /* the whole target month holds it */
        return day_of(year, month, last) + 1;
    return day_of(year, month, of.date + 1);
}

int risk_stay_days(const struct risk_stay *stay, int32_t day, int open_stay_days)
{
    int32_t end = stay->end < day ? stay->end : day;
    if (stay->end == RISK_OPEN && end - stay->start > open_stay_days)
        end = stay->start + open_stay_days;
    return end > stay->start ? end - stay->start : 0;
}

/* A part of a stay before parts are joined: what one ADMITTED and its DISCHARGED say. */
struct part {
    struct risk_stay stay;
    struct ho_slice er_link;
    int joined; /* index of the stay */
};

struct parts {
    struct part items[RISK_STAYS_MAX];
    size_t count;
};

static struct part *add_part(struct parts *parts, const ev *event, int32_t start)
{
    if (parts->count == RISK_STAYS_MAX)
        return NULL;
    struct part *part = &parts->items[parts->count++];
    *part = (struct part){.stay = {.start = start,
                                   .end = RISK_OPEN,
                                   .encounter_id = event->encounter_id,
                                   .flags = event->flags & (RISK_URGENT | RISK_ELECTIVE),
                                   .start_known = true}};
    return part;
}

/* The part that a discharge ends: the one that begins on the day it names, else the latest before it still open. */
static struct part *part_of(struct parts *parts, size_t first, const ev *event)
{
    struct part *found = NULL;
    for (size_t i = first; i < parts->count; i++) {
        struct part *part = &parts->items[i];
        if (part->stay.end != RISK_OPEN)
            continue;
        if (event->start_day && part->stay.start == event->start_day)
            return part;
        if ((!event->day || part->stay.start <= event->day) && (!found || part->stay.start > found->stay.start))
            found = part;
    }
    return found;
}

static void end_part(struct parts *parts, size_t first, const ev *event)
{
    struct part *part = part_of(parts, first, event);
    if (!part) { /* rule 1: no ADMITTED has come */
        if (!event->day || !(part = add_part(parts, event, event->start_day ? event->start_day : event->day)))
            return;
        part->stay.start_known = event->start_day != 0;
    }
    if (event->day)
        part->stay.end = event->day > part->stay.start ? event->day : part->stay.start;
    part->stay.end_known = event->day != 0 && !(event->flags & RISK_PRESUMED);
    part->stay.flags |= event->flags;
    if (event->link.len)
        part->er_link = event->link;
}

/* Events of one encounter lie side by side: [from, to). */
static void read_encounter(const struct risk_state *state, size_t from, size_t to, struct parts *parts)
{
    size_t first = parts->count;
    uint32_t groups = 0;
    for (size_t i = from; i < to; i++) {
        const ev *event = &state->events.items[i];
        groups |= event->voided ? 0 : (uint32_t)event->groups;
        if (!IS(event, ADMITTED) || event->voided || !event->day || event->flags & RISK_NONACUTE)
            continue;
        struct part *part = add_part(parts, event, event->day);
        if (part)
            part->er_link = event->link;
    }
    for (size_t i = from; i < to; i++) {
        const ev *event = &state->events.items[i];
        if (IS(event, DISCHARGED) && !event->voided && !(event->flags & RISK_NONACUTE))
            end_part(parts, first, event);
    }
    for (size_t i = first; i < parts->count; i++)
        parts->items[i].stay.groups = groups;
}

static int part_order(const struct part *a, const struct part *b)
{
    if (a->stay.start != b->stay.start)
        return a->stay.start < b->stay.start ? -1 : 1;
    if (a->stay.end != b->stay.end)
        return a->stay.end < b->stay.end ? -1 : 1;
    return ho_slice_compare(a->stay.encounter_id, b->stay.encounter_id);
}

static void sort_parts(struct parts *parts)
{
    for (size_t i = 1; i < parts->count; i++) {
        struct part part = parts->items[i];
        size_t at = i;
        for (; at > 0 && part_order(&part, &parts->items[at - 1]) < 0; at--)
            parts->items[at] = parts->items[at - 1];
        parts->items[at] = part;
    }
}

/* Rule 2. */
static bool joins(const struct risk_stay *stay, const struct risk_stay *next, int open_stay_days)
{
    int32_t end = stay->end != RISK_OPEN ? stay->end : stay->start + open_stay_days;
    return next->start - end <= 1;
}

static void join(struct risk_stay *stay, const struct risk_stay *next)
{
    if (stay->end == RISK_OPEN || next->end > stay->end) {
        stay->end = next->end;
        stay->end_known = next->end_known;
        stay->flags &= ~(RISK_DIED | RISK_OUTSIDE | RISK_ONCOLOGY | RISK_SERVICE);
        stay->flags |= next->flags & (RISK_DIED | RISK_OUTSIDE | RISK_ONCOLOGY | RISK_SERVICE);
    }
    stay->groups |= next->groups;
}

static void join_parts(struct parts *parts, int open_stay_days, struct risk_history *history)
{
    sort_parts(parts);
    for (size_t i = 0; i < parts->count; i++) {
        struct risk_stay *last = history->stay_count ? &history->stays[history->stay_count - 1] : NULL;
        if (last && joins(last, &parts->items[i].stay, open_stay_days)) {
            join(last, &parts->items[i].stay);
        } else {
            if (last && last->end == RISK_OPEN) { /* rule 3: another began long after */
                last->end = last->start + open_stay_days;
                last->end_known = false;
            }
            history->stays[history->stay_count++] = parts->items[i].stay;
        }
        parts->items[i].joined = (int)history->stay_count - 1;
    }
}

/* Rule 4: the stay that a visit with this encounter, which became `became`, led to. */
static int led_to(const struct parts *parts, struct ho_slice encounter_id, struct ho_slice became)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        if (ho_slice_equal(part->er_link, encounter_id) || ho_slice_equal(part->stay.encounter_id, encounter_id) ||
            (became.len && ho_slice_equal(part->stay.encounter_id, became)))
            return part->joined;
    }
    return became.len ? -2 : -1;
}

static void add_visit(struct risk_visit *visits, size_t *count, struct risk_visit visit)
{
    size_t at = (*count)++;
    for (; at > 0 && (visits[at - 1].day > visit.day ||
                      (visits[at - 1].day == visit.day &&
                       ho_slice_compare(visits[at - 1].encounter_id, visit.encounter_id) > 0));
         at--)
        visits[at] = visits[at - 1];
    visits[at] = visit;
}

static void read_visits(const struct risk_state *state, size_t from, size_t to, const struct parts *parts,
                        struct risk_history *history)
{
    struct ho_slice visit_became = {"", 0}, observation_became = {"", 0};
    for (size_t i = from; i < to; i++) {
        const ev *event = &state->events.items[i];
        if (IS(event, ER_DEPARTED) && !event->voided)
            visit_became = event->link;
        if (IS(event, OBSERVATION_ENDED) && !event->voided)
            observation_became = event->link;
    }
    for (size_t i = from; i < to; i++) {
        const ev *event = &state->events.items[i];
        if (event->voided || !event->day || (!IS(event, ER_ARRIVED) && !IS(event, OBSERVATION_STARTED)))
            continue;
        struct ho_slice became = IS(event, ER_ARRIVED) ? visit_became : observation_became;
        struct risk_visit visit = {event->day, event->encounter_id, led_to(parts, event->encounter_id, became)};
        if (IS(event, ER_ARRIVED))
            add_visit(history->visits, &history->visit_count, visit);
        else
            add_visit(history->observations, &history->observation_count, visit);
    }
}

static size_t encounter_end(const struct risk_state *state, size_t from)
{
    size_t to = from + 1;
    while (to < state->events.count &&
           ho_slice_equal(state->events.items[to].encounter_id, state->events.items[from].encounter_id))
        to++;
    return to;
}

void risk_history_build(const struct risk_state *state, int open_stay_days, struct risk_history *ret_history)
{
    struct parts parts;
    parts.count = 0;
    ret_history->stay_count = ret_history->visit_count = ret_history->observation_count = 0;
    ret_history->died_day = state->deceased_day;
    for (size_t from = 0, to; from < state->events.count; from = to) {
        to = encounter_end(state, from);
        read_encounter(state, from, to, &parts);
    }
    join_parts(&parts, open_stay_days, ret_history);
    for (size_t from = 0, to; from < state->events.count; from = to) {
        to = encounter_end(state, from);
        read_visits(state, from, to, &parts, ret_history);
    }
    for (size_t i = 0; i < state->events.count; i++) {
        const ev *event = &state->events.items[i];
        bool died = !event->voided && event->flags & RISK_DIED && event->day && !IS(event, ADMITTED) &&
                    !IS(event, ER_ARRIVED) && !IS(event, OBSERVATION_STARTED);
        if (died && (!ret_history->died_day || event->day < ret_history->died_day))
            ret_history->died_day = event->day;
    }
}
