#include "encounters/told.h"
#include "encounters/visit.h"

typedef struct encounters_state_visit visit;
typedef struct encounters_stay stay;
typedef struct encounters_telling telling;

#define SPARE_MAX 4 /* visits of which nothing was told that are kept before any other must go */

static int64_t last_when(const visit *v)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < v->messages.count; i++) {
        int64_t when = encounters_when(&v->messages.items[i]);
        last = when > last ? when : last;
    }
    return last;
}

static bool is_told(const struct encounters_state *state, const visit *v)
{
    for (size_t i = 0; i < state->stays.count; i++) {
        const struct encounters_state_stay *told = &state->stays.items[i];
        if (ho_slice_equal(told->visit, v->visit) && ho_slice_equal(told->facility, v->facility) &&
            ho_slice_equal(told->feed, v->feed))
            return true;
    }
    return false;
}

/* The oldest of those of which nothing was told, when there are many; else the oldest. */
static size_t oldest(const struct encounters_state *state)
{
    size_t spare = 0, found = state->visits.count;
    for (size_t i = 0; i < state->visits.count; i++)
        spare += !is_told(state, &state->visits.items[i]);
    for (size_t i = 0; i < state->visits.count; i++) {
        const visit *v = &state->visits.items[i];
        if (spare > SPARE_MAX && is_told(state, v))
            continue;
        if (found == state->visits.count || last_when(v) < last_when(&state->visits.items[found]))
            found = i;
    }
    return found;
}

static bool is_in(const telling *t, const stay *s, const bool *out)
{
    for (size_t i = 0; i < s->group->count; i++)
        if (out[s->group->entries[i].visit - t->state->visits.items])
            return true;
    return false;
}

static bool take(const telling *t, const stay *s, bool *out)
{
    bool grew = false;
    for (size_t i = 0; s && i < s->group->count; i++) {
        bool *its = &out[s->group->entries[i].visit - t->state->visits.items];
        grew |= !*its;
        *its = true;
    }
    return grew;
}

/* All visits that the events of those in `out` speak of, so that no event loses a link to what is gone. */
static void take_linked(const telling *t, bool *out)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < t->picture->count; i++) {
            const stay *s = &t->picture->stays[i];
            const stay *const linked[] = {s, s->host, s->er, s->observation, s->before, s->became[0], s->became[1]};
            bool any = false;
            for (size_t k = 0; k < HO_LENGTH(linked); k++)
                any |= linked[k] && is_in(t, linked[k], out);
            for (size_t k = 0; k < HO_LENGTH(linked) && any; k++)
                grew |= take(t, linked[k], out);
        }
    }
}

static void remember(struct encounters_state *state, const struct encounters_state_stay *told, struct ho_arena *arena)
{
    size_t keep = state->folded.count, skip = keep == ENCOUNTERS_FOLDED_MAX ? 1 : 0;
    struct encounters_state_folded *items = HO_ARENA_ARRAY(arena, struct encounters_state_folded, keep - skip + 1);
    if (keep > skip)
        memcpy(items, state->folded.items + skip, (keep - skip) * sizeof *items);
    items[keep - skip] =
        (struct encounters_state_folded){told->feed, told->facility, told->visit, told->encounter_id, told->start_ms};
    state->folded.items = items;
    state->folded.count = keep - skip + 1;
}

/* What was told of a visit goes with it. */
static void drop_told(struct encounters_state *state, const visit *v, struct ho_arena *arena)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->stays.count; i++) {
        const struct encounters_state_stay *told = &state->stays.items[i];
        if (ho_slice_equal(told->visit, v->visit) && ho_slice_equal(told->facility, v->facility) &&
            ho_slice_equal(told->feed, v->feed)) {
            if (v->visit.len)
                remember(state, told, arena);
        } else
            state->stays.items[kept++] = *told;
    }
    state->stays.count = kept;
}

void encounters_fold(telling *t)
{
    struct encounters_state *state = t->state;
    struct ho_arena *arena = t->effects->arena;
    if (state->visits.count <= ENCOUNTERS_VISITS_MAX || t->more)
        return;
    bool *out = HO_ARENA_ARRAY(arena, bool, state->visits.count);
    out[oldest(state)] = true;
    take_linked(t, out);
    size_t kept = 0;
    for (size_t i = 0; i < state->visits.count; i++) {
        if (!out[i])
            continue;
        drop_told(state, &state->visits.items[i], arena);
        state->folded_count++;
    }
    for (size_t i = 0; i < state->visits.count; i++)
        if (!out[i])
            state->visits.items[kept++] = state->visits.items[i];
    state->visits.count = kept;
}

bool encounters_folded(const struct encounters_state *state, const visit *v)
{
    for (size_t i = 0; i < state->folded.count && v->visit.len; i++) {
        const struct encounters_state_folded *f = &state->folded.items[i];
        if (ho_slice_equal(f->visit, v->visit) && ho_slice_equal(f->facility, v->facility) &&
            ho_slice_equal(f->feed, v->feed))
            return true;
    }
    return false;
}
