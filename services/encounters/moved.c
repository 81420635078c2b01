#include "encounters/moved.h"

#include "encounters/visit.h"

_Static_assert(sizeof(struct encounters_move_visit) == sizeof(struct encounters_state_visit), "one Visit");
_Static_assert(sizeof(struct encounters_move_message) == sizeof(struct encounters_state_message), "one Message");

typedef struct encounters_state_alias alias;
typedef struct encounters_state_move_rule rule;
typedef struct encounters_state_visit visit;

static int compare(int64_t a_ms, struct ho_slice a_id, int64_t b_ms, struct ho_slice b_id)
{
    if (a_ms != b_ms)
        return a_ms < b_ms ? -1 : 1;
    return ho_slice_compare(a_id, b_id);
}

static int64_t rank_ms(const struct adt_matched *adt)
{
    return adt->has_recorded ? adt->recorded.utc_ms : adt->has_message_time ? adt->message_time.utc_ms : adt->received_ms;
}

static const alias *find_alias(const struct encounters_state *state, struct ho_slice feed, struct ho_slice from)
{
    for (size_t i = 0; i < state->aliases.count; i++)
        if (ho_slice_equal(state->aliases.items[i].feed, feed) && ho_slice_equal(state->aliases.items[i].from, from))
            return &state->aliases.items[i];
    return NULL;
}

struct ho_slice encounters_alias(const struct encounters_state *state, const visit *v)
{
    struct ho_slice at = v->visit, least;
    const alias *step = at.len ? find_alias(state, v->feed, at) : NULL;
    for (size_t steps = 0; step; steps++) {
        at = step->to;
        if (steps == ENCOUNTERS_ALIASES_MAX)
            break;
        step = find_alias(state, v->feed, at);
    }
    if (!step)
        return at;
    /* In a circle: all its numbers have the same least one. */
    least = at;
    for (size_t steps = 0; steps <= ENCOUNTERS_ALIASES_MAX; steps++) {
        at = find_alias(state, v->feed, at)->to;
        least = ho_slice_compare(at, least) < 0 ? at : least;
    }
    return least;
}

const char *encounters_alias_add(struct encounters_state *state, const struct adt_matched *adt, struct ho_arena *arena)
{
    struct ho_slice from = adt->has_merge ? adt->merge.visit : (struct ho_slice){NULL, 0};
    alias news = {adt->feed, from, adt->visit, rank_ms(adt), adt->message_id};
    if (!from.len || !adt->visit.len || ho_slice_equal(from, adt->visit))
        return "encounters.22 no two visit numbers";
    alias *items = HO_ARENA_ARRAY(arena, alias, state->aliases.count + 1);
    size_t count = 0, lowest = 0;
    for (size_t i = 0; i < state->aliases.count; i++) {
        const alias *known = &state->aliases.items[i];
        bool same = ho_slice_equal(known->feed, news.feed) && ho_slice_equal(known->from, news.from);
        if (same && compare(known->rank_ms, known->rank_id, news.rank_ms, news.rank_id) >= 0)
            return "encounters.5 duplicate";
        if (!same)
            items[count++] = *known;
    }
    items[count++] = news;
    for (size_t i = 1; i < count; i++)
        if (compare(items[i].rank_ms, items[i].rank_id, items[lowest].rank_ms, items[lowest].rank_id) < 0)
            lowest = i;
    if (count > ENCOUNTERS_ALIASES_MAX)
        items[lowest] = items[--count];
    state->aliases.items = items;
    state->aliases.count = count;
    return NULL;
}

static bool in_scope(const rule *r, const visit *v)
{
    bool patient = !r->patient.len, account = !r->account.len;
    if ((r->feed.len && !ho_slice_equal(r->feed, v->feed)) || (r->visit.len && !ho_slice_equal(r->visit, v->visit)))
        return false;
    for (size_t i = 0; i < v->messages.count; i++) {
        patient = patient || ho_slice_equal(r->patient, v->messages.items[i].patient);
        account = account || ho_slice_equal(r->account, v->messages.items[i].account);
    }
    return patient && account;
}

const rule *encounters_moved(const struct encounters_state *state, const visit *v)
{
    const rule *found = NULL;
    for (size_t i = 0; i < state->moves.count; i++) {
        const rule *r = &state->moves.items[i];
        if (compare(r->rank_ms, r->rank_id, v->hop_ms, v->hop_id) > 0 && in_scope(r, v) &&
            (!found || compare(r->rank_ms, r->rank_id, found->rank_ms, found->rank_id) > 0))
            found = r;
    }
    return found;
}

static bool same_scope(const rule *a, const rule *b)
{
    return ho_slice_equal(a->feed, b->feed) && ho_slice_equal(a->patient, b->patient) &&
           ho_slice_equal(a->account, b->account) && ho_slice_equal(a->visit, b->visit);
}

const char *encounters_move_add(struct encounters_state *state, const struct adt_matched *adt, struct ho_arena *arena)
{
    const struct adt_matched_move *m = &adt->move;
    rule news = {m->to, m->feed, m->patient, m->account, m->visit, rank_ms(adt), adt->message_id};
    if (ho_slice_equal(m->to, adt->member_id))
        return "encounters.25 a move to itself";
    if (!m->feed.len && (m->patient.len || m->account.len || m->visit.len))
        return "encounters.25 a feed's number without its feed";
    rule *items = HO_ARENA_ARRAY(arena, rule, state->moves.count + 1);
    size_t count = 0, lowest = 0;
    for (size_t i = 0; i < state->moves.count; i++) {
        const rule *known = &state->moves.items[i];
        if (same_scope(known, &news) && compare(known->rank_ms, known->rank_id, news.rank_ms, news.rank_id) >= 0)
            return "encounters.5 duplicate";
        if (!same_scope(known, &news))
            items[count++] = *known;
    }
    items[count++] = news;
    for (size_t i = 1; i < count; i++)
        if (compare(items[i].rank_ms, items[i].rank_id, items[lowest].rank_ms, items[lowest].rank_id) < 0)
            lowest = i;
    if (count > ENCOUNTERS_MOVES_MAX)
        items[lowest] = items[--count];
    state->moves.items = items;
    state->moves.count = count;
    return NULL;
}

struct encounters_move *encounters_move_out(const visit *v, const rule *r, struct ho_slice member_id,
                                            struct ho_arena *arena)
{
    struct encounters_move *out = HO_ARENA_NEW(arena, struct encounters_move);
    visit copy = *v;
    copy.hop_ms = r->rank_ms;
    copy.hop_id = r->rank_id;
    copy.hop_from = member_id;
    *out = (struct encounters_move){
        .from = member_id, .to = r->to, .rule = HO_SLICE("encounters.25"), .message_id = r->rank_id};
    memcpy(&out->visit, &copy, sizeof out->visit);
    return out;
}

bool encounters_move_in(struct encounters_state *state, const struct encounters_move *move, struct ho_arena *arena)
{
    visit came;
    memcpy(&came, &move->visit, sizeof came);
    visit key = came;
    key.messages.count = key.restrictions.count = 0;
    key.hop_ms = 0;
    key.hop_id = HO_SLICE("");
    visit *v = encounters_visit_put(state, &key, arena);
    bool changed = false;
    for (size_t i = 0; i < came.messages.count; i++)
        changed |= encounters_visit_add(v, &came.messages.items[i], arena);
    for (size_t i = 0; i < came.restrictions.count; i++)
        changed |= encounters_visit_restrict(v, came.restrictions.items[i], arena);
    if (compare(came.hop_ms, came.hop_id, v->hop_ms, v->hop_id) > 0) {
        v->hop_ms = came.hop_ms;
        v->hop_id = came.hop_id;
        v->hop_from = came.hop_from;
        changed = true;
    }
    v->last_ms = came.last_ms > v->last_ms ? came.last_ms : v->last_ms;
    return changed;
}
