#include "encounters/reach.h"

#include "base/calendar.h"
#include "encounters/message.h"
#include "encounters/told.h"

typedef struct encounters_state_visit visit;

/* Rule 16 compares local dates: a day apart, in any two zones. */
#define DATES_APART_MS (4 * HO_DAY_MS)

struct encounters_span {
    int64_t first_ms, last_ms;
    bool names; /* a prior visit */
};

static struct encounters_span span_of(const visit *v)
{
    struct encounters_span span = {INT64_MAX / 2, INT64_MIN / 2, false};
    for (size_t i = 0; i < v->messages.count; i++) {
        int64_t when = encounters_when(&v->messages.items[i]);
        span.first_ms = when < span.first_ms ? when : span.first_ms;
        span.last_ms = when > span.last_ms ? when : span.last_ms;
        span.names |= v->messages.items[i].prior_visit.len > 0;
    }
    return span;
}

static bool names(const visit *v, const visit *prior)
{
    for (size_t i = 0; i < v->messages.count && ho_slice_equal(v->feed, prior->feed); i++)
        if (ho_slice_equal(v->messages.items[i].prior_visit, prior->visit))
            return true;
    return false;
}

static bool joined(const struct encounters_reach *reach, const visit *visits, size_t a, size_t b)
{
    const struct encounters_span *one = &reach->spans[a], *two = &reach->spans[b];
    return (one->first_ms - reach->near_ms <= two->last_ms && two->first_ms - reach->near_ms <= one->last_ms) ||
           (one->names && names(&visits[a], &visits[b])) || (two->names && names(&visits[b], &visits[a]));
}

static void spread(struct encounters_reach *reach, const struct encounters_state *state)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < state->visits.count; i++)
            for (size_t k = 0; k < state->visits.count && !reach->in[i]; k++)
                if (reach->in[k] && joined(reach, state->visits.items, i, k))
                    reach->in[i] = grew = true;
    }
}

/* What reaches further than that, or is bounded over all: rules 21, 22, 24, 25 and 26, and what is not all told yet. */
static bool reaches_all(const struct encounters_state *state)
{
    if (state->aliases.count || state->moves.count || state->visits.count > ENCOUNTERS_VISITS_MAX ||
        state->stays.count > ENCOUNTERS_STAYS_MAX / 2)
        return true;
    for (size_t i = 0; i < state->visits.count; i++)
        if (!state->visits.items[i].visit.len || state->visits.items[i].overdue_stay_ms)
            return true;
    for (size_t i = 0; i < state->stays.count; i++)
        if (!state->stays.items[i].due_ms)
            return true;
    return false;
}

static int64_t near_ms(const struct encounters_policy *policy)
{
    const int64_t times[] = {policy->er_close_ms, policy->observation_close_ms, policy->er_to_stay_ms,
                             policy->same_stay_ms};
    int64_t most = DATES_APART_MS;
    for (size_t i = 0; i < HO_LENGTH(times); i++)
        most = times[i] > most ? times[i] : most;
    return most;
}

void encounters_reach_before(struct encounters_reach *reach, const struct encounters_state *state,
                             const struct encounters_policy *policy, size_t at, struct ho_arena *arena)
{
    *reach = (struct encounters_reach){.near_ms = near_ms(policy)};
    if (reaches_all(state))
        return;
    reach->in = HO_ARENA_ARRAY(arena, bool, state->visits.count);
    reach->spans = HO_ARENA_ARRAY(arena, struct encounters_span, state->visits.count);
    for (size_t i = 0; i < state->visits.count; i++)
        reach->spans[i] = span_of(&state->visits.items[i]);
    reach->in[at] = true;
    spread(reach, state);
}

void encounters_reach_after(struct encounters_reach *reach, const struct encounters_state *state, size_t at)
{
    if (!reach->in)
        return;
    reach->spans[at] = span_of(&state->visits.items[at]);
    spread(reach, state);
}
