#include "encounters/stay.h"

#include "base/calendar.h"

typedef struct encounters_state_message message;
typedef struct encounters_state_visit visit;
typedef struct encounters_stay stay;
typedef struct encounters_picture picture;

static const visit *visit_of(const stay *s)
{
    return s->group->visit;
}

static bool same_facility(const stay *a, const stay *b)
{
    return ho_slice_equal(visit_of(a)->facility, visit_of(b)->facility);
}

static bool near(const message *a, const message *b, int64_t apart_ms)
{
    int64_t apart = a && b ? encounters_when(a) - encounters_when(b) : INT64_MAX;
    return apart <= apart_ms && apart >= -apart_ms;
}

/* Rule 23: two senders' stays are one when they arrived, or, where one of them does not know that, ended together. */
static bool same_stay(const stay *a, const stay *b, int64_t apart_ms)
{
    if (ho_slice_equal(visit_of(a)->feed, visit_of(b)->feed) || !same_facility(a, b))
        return false;
    for (int i = 0; i < SEGMENT_COUNT; i++) {
        const struct encounters_part *one = &a->parts[i], *two = &b->parts[i];
        if (near(one->arrival, two->arrival, apart_ms))
            return true;
        if ((!one->arrival || !two->arrival) && near(one->end, two->end, apart_ms))
            return true;
    }
    return false;
}

static void set_higher(const message **slot, const message *m)
{
    if (m && (!*slot || encounters_rank(*slot, m) < 0))
        *slot = m;
}

/* The host keeps what its own sender said, and takes what only the other said. */
static void take_in(stay *host, stay *guest)
{
    for (int i = 0; i < SEGMENT_COUNT; i++) {
        if (!host->parts[i].arrival)
            host->parts[i].arrival = guest->parts[i].arrival;
        if (!host->parts[i].end)
            host->parts[i].end = guest->parts[i].end;
    }
    set_higher(&host->detail, guest->detail);
    set_higher(&host->diagnoses, guest->diagnoses);
    set_higher(&host->news, guest->news);
    set_higher(&host->disposition, guest->disposition);
    if (!host->death)
        host->death = guest->death;
    if (!host->preadmit)
        host->preadmit = guest->preadmit;
    if (!host->move_count) {
        host->moves = guest->moves;
        host->move_count = guest->move_count;
    }
    if (guest->start_ms < host->start_ms)
        host->start_ms = guest->start_ms;
    guest->within = true;
    guest->host = host;
    guest->next_guest = host->next_guest;
    host->next_guest = guest;
}

void encounters_unify(picture *p, const struct encounters_policy *policy)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = i + 1; k < p->count; k++)
            if (!p->stays[i].within && !p->stays[k].within &&
                same_stay(&p->stays[i], &p->stays[k], policy->same_stay_ms))
                take_in(&p->stays[i], &p->stays[k]);
}

static void lead(stay *from, enum encounters_segment segment, stay *to, enum encounters_segment into)
{
    from->became[segment] = to;
    from->became_segment[segment] = into;
    if (segment == SEGMENT_ER)
        to->er = from;
    else
        to->observation = from;
}

/* Rule 11: under one number an ER visit goes on as the observation or the stay, an observation as the stay. */
static void link_within(stay *s)
{
    const struct encounters_part *er = &s->parts[SEGMENT_ER], *observation = &s->parts[SEGMENT_OBSERVATION];
    bool stays = encounters_has(s, SEGMENT_STAY), observed = encounters_has(s, SEGMENT_OBSERVATION);
    bool first = observation->arrival && (!s->parts[SEGMENT_STAY].arrival ||
                                          encounters_when(observation->arrival) <= encounters_when(s->parts[SEGMENT_STAY].arrival));
    if (er->arrival && (stays || observed))
        lead(s, SEGMENT_ER, s, stays && !first ? SEGMENT_STAY : SEGMENT_OBSERVATION);
    if (stays && first)
        lead(s, SEGMENT_OBSERVATION, s, SEGMENT_STAY);
}

static bool is_transfer_out(const message *end)
{
    return end->disposition_class == ENCOUNTERS_STATE_DISPOSITION_CLASS_ACUTE ||
           end->disposition_class == ENCOUNTERS_STATE_DISPOSITION_CLASS_LTACH ||
           end->disposition_class == ENCOUNTERS_STATE_DISPOSITION_CLASS_PSYCHIATRIC;
}

/* Rule 12: may `to`'s part `into` have begun as `from`'s part `segment`? */
static bool may_lead(const stay *from, enum encounters_segment segment, const stay *to, enum encounters_segment into,
                     const struct encounters_policy *policy)
{
    const message *arrival = from->parts[segment].arrival, *end = from->parts[segment].end;
    const message *next = to->parts[into].arrival;
    bool one_feed = ho_slice_equal(visit_of(from)->feed, visit_of(to)->feed);
    if (from == to || from->within || !arrival || from->became[segment])
        return false;
    if (one_feed && next->prior_visit.len && ho_slice_equal(next->prior_visit, visit_of(from)->visit))
        return true;
    int64_t open_ms = segment == SEGMENT_ER ? policy->er_close_ms : policy->observation_close_ms;
    int64_t since = encounters_when(next) - encounters_when(arrival);
    int64_t after = end ? encounters_when(next) - encounters_when(end) : 0;
    if (same_facility(from, to))
        return since >= 0 && (end ? after <= policy->er_to_stay_ms : since <= open_ms);
    return since >= 0 && end && is_transfer_out(end) && after <= HO_DAY_MS && after >= -HO_DAY_MS / 2;
}

/* The latest that may. */
static void link_from(picture *p, enum encounters_segment segment, stay *to, enum encounters_segment into,
                      const struct encounters_policy *policy)
{
    stay *best = NULL;
    for (size_t i = 0; i < p->count; i++) {
        stay *from = &p->stays[i];
        if (may_lead(from, segment, to, into, policy) &&
            (!best || encounters_when(best->parts[segment].arrival) < encounters_when(from->parts[segment].arrival)))
            best = from;
    }
    if (best)
        lead(best, segment, to, into);
}

/* The next of the stays that have arrived in that segment, by time: NULL at the end. */
static stay *next_arrival(picture *p, enum encounters_segment segment, const stay *last)
{
    stay *found = NULL;
    for (size_t i = 0; i < p->count; i++) {
        stay *s = &p->stays[i];
        if (s->within || !s->parts[segment].arrival)
            continue;
        int64_t when = encounters_when(s->parts[segment].arrival);
        if (last) {
            int64_t before = encounters_when(last->parts[segment].arrival);
            if (when < before || (when == before && s <= last))
                continue;
        }
        if (!found || when < encounters_when(found->parts[segment].arrival))
            found = s;
    }
    return found;
}

static int32_t next_day(int32_t date)
{
    return ho_date_of_days(ho_days_of_date(date) + 1);
}

/* Rule 16: the stay at another facility that ended in a transfer on the day of this admission or the day before. */
static void link_before(picture *p, stay *to)
{
    const message *arrival = to->parts[SEGMENT_STAY].arrival;
    for (size_t i = 0; i < p->count; i++) {
        stay *from = &p->stays[i];
        const message *end = from->parts[SEGMENT_STAY].end;
        if (from == to || from->within || !end || !end->has_occurred || !arrival->has_occurred || same_facility(from, to))
            continue;
        const message *said = from->disposition && encounters_rank(from->disposition, end) > 0 ? from->disposition : end;
        int32_t out = end->occurred.local_date, in = arrival->occurred.local_date;
        bool soon = (in == out || in == next_day(out)) && encounters_when(arrival) + HO_DAY_MS / 2 >= encounters_when(end);
        if (is_transfer_out(said) && soon &&
            (!to->before || encounters_when(to->before->parts[SEGMENT_STAY].end) < encounters_when(end)))
            to->before = from;
    }
}

void encounters_link(picture *p, const struct encounters_policy *policy)
{
    for (size_t i = 0; i < p->count; i++)
        if (!p->stays[i].within)
            link_within(&p->stays[i]);
    if (p->count < 2)
        return;
    for (stay *s = next_arrival(p, SEGMENT_STAY, NULL); s; s = next_arrival(p, SEGMENT_STAY, s)) {
        if (!s->observation)
            link_from(p, SEGMENT_OBSERVATION, s, SEGMENT_STAY, policy);
        if (!s->er)
            link_from(p, SEGMENT_ER, s, SEGMENT_STAY, policy);
        link_before(p, s);
    }
    for (stay *s = next_arrival(p, SEGMENT_OBSERVATION, NULL); s; s = next_arrival(p, SEGMENT_OBSERVATION, s))
        if (!s->er)
            link_from(p, SEGMENT_ER, s, SEGMENT_OBSERVATION, policy);
    for (size_t i = 0; i < p->count; i++) {
        stay *s = &p->stays[i];
        if (!s->er && s->observation && s->observation != s)
            s->er = s->observation->er;
    }
}

/* What the group's visits know of its timers, and its latest activity. */
static void activity(const stay *s, int64_t overdue[SEGMENT_COUNT], int64_t *ret_last_ms, int64_t *ret_when_ms)
{
    const int64_t none = INT64_MIN;
    overdue[SEGMENT_ER] = overdue[SEGMENT_OBSERVATION] = overdue[SEGMENT_STAY] = none;
    *ret_last_ms = *ret_when_ms = none;
    for (size_t i = 0; i < s->group->count; i++) {
        const visit *v = s->group->entries[i].visit;
        const int64_t its[] = {v->overdue_er_ms, v->overdue_observation_ms, v->overdue_stay_ms};
        int64_t when = encounters_when(s->group->entries[i].message);
        for (int k = 0; k < SEGMENT_COUNT; k++)
            overdue[k] = its[k] && its[k] > overdue[k] ? its[k] : overdue[k];
        *ret_last_ms = v->last_ms > *ret_last_ms ? v->last_ms : *ret_last_ms;
        *ret_when_ms = when > *ret_when_ms ? when : *ret_when_ms;
    }
}

static bool seen_elsewhere(const picture *p, const stay *s, int64_t after_ms)
{
    for (size_t i = 0; i < p->count; i++) {
        const stay *other = &p->stays[i];
        for (int k = 0; k < SEGMENT_COUNT && !other->within && !same_facility(other, s); k++)
            if (other->parts[k].arrival && encounters_when(other->parts[k].arrival) > after_ms)
                return true;
    }
    return false;
}

/* Rule 24. */
void encounters_presume(picture *p, const struct encounters_policy *policy)
{
    const int64_t wait[] = {policy->er_close_ms, policy->observation_close_ms, policy->stay_overdue_ms};
    int64_t overdue[SEGMENT_COUNT], last_ms, when_ms;
    for (size_t i = 0; i < p->count; i++) {
        stay *s = &p->stays[i];
        s->due_ms = INT64_MAX;
        if (s->within)
            continue;
        activity(s, overdue, &last_ms, &when_ms);
        for (int k = 0; k < SEGMENT_COUNT; k++) {
            struct encounters_part *part = &s->parts[k];
            if (!part->arrival || part->end || (k != SEGMENT_STAY && s->became[k]))
                continue;
            int64_t when = encounters_when(part->arrival), due = (when > last_ms ? when : last_ms) + wait[k];
            if (when <= overdue[k])
                part->presumed = k != SEGMENT_STAY || seen_elsewhere(p, s, when_ms);
            else if (due < s->due_ms)
                s->due_ms = due;
        }
    }
}

static void set_overdue(visit *v, int segment, int64_t when)
{
    int64_t *fields[] = {&v->overdue_er_ms, &v->overdue_observation_ms, &v->overdue_stay_ms};
    if (*fields[segment] < when)
        *fields[segment] = when;
}

bool encounters_expire(struct encounters_state *state, const picture *p, const struct encounters_policy *policy,
                       int64_t now_ms)
{
    const int64_t wait[] = {policy->er_close_ms, policy->observation_close_ms, policy->stay_overdue_ms};
    int64_t overdue[SEGMENT_COUNT], last_ms, when_ms;
    bool changed = false;
    for (size_t i = 0; i < p->count; i++) {
        const stay *s = &p->stays[i];
        activity(s, overdue, &last_ms, &when_ms);
        for (int k = 0; k < SEGMENT_COUNT && !s->within; k++) {
            const struct encounters_part *part = &s->parts[k];
            if (!part->arrival || part->end || part->presumed || (k != SEGMENT_STAY && s->became[k]))
                continue;
            int64_t when = encounters_when(part->arrival);
            if (when <= overdue[k] || (when > last_ms ? when : last_ms) + wait[k] > now_ms)
                continue;
            for (size_t e = 0; e < s->group->count; e++)
                set_overdue(&state->visits.items[s->group->entries[e].visit - state->visits.items], k, when);
            changed = true;
        }
    }
    return changed;
}
