#include "encounters/live.h"

#include "encounters/moved.h"

typedef struct encounters_state_message message;
typedef struct encounters_state_visit visit;
typedef struct encounters_entry entry;
typedef struct encounters_group group;

#define KIND(name) ENCOUNTERS_STATE_MESSAGE_KIND_##name

static bool same_place(const visit *a, const visit *b)
{
    return ho_slice_equal(a->feed, b->feed) && ho_slice_equal(a->facility, b->facility);
}

/* Adds in the order of rank. */
static void add_entry(group *g, const visit *v, const message *m)
{
    size_t at = g->count++;
    for (; at > 0 && encounters_rank(m, g->entries[at - 1].message) < 0; at--)
        g->entries[at] = g->entries[at - 1];
    g->entries[at] = (entry){m, v, NULL, encounters_segment_of(m->class)};
}

/* Rule 21: how near a numbered visit is to a message without number; lower is better, INT64_MAX: not at all. */
static int64_t distance(const group *g, const message *m, const struct encounters_policy *policy)
{
    int64_t when = encounters_when(m), began = INT64_MIN, ended = INT64_MIN;
    enum encounters_segment segment = encounters_segment_of(m->class);
    for (size_t i = 0; i < g->count; i++) {
        const entry *e = &g->entries[i];
        int64_t its = encounters_when(e->message);
        if (e->visit->visit.len && m->account.len && ho_slice_equal(e->message->account, m->account))
            return 0;
        if (e->message->kind == KIND(ARRIVE) && its <= when + policy->same_stay_ms && its > began &&
            (m->kind != KIND(ARRIVE) || (e->segment == segment && its >= when - policy->same_stay_ms)))
            began = its;
        if (e->message->kind == KIND(END) && its > ended)
            ended = its;
    }
    bool over = ended != INT64_MIN && ended >= began && ended + policy->reuse_ms < when;
    if (began == INT64_MIN || over)
        return INT64_MAX;
    return when > began ? when - began + 1 : began - when + 1;
}

static group *host_of(struct encounters_groups *groups, size_t numbered, const visit *v, const message *m,
                      const struct encounters_policy *policy)
{
    group *best = NULL;
    int64_t nearest = INT64_MAX;
    for (size_t i = 0; i < numbered && m->kind != KIND(PREADMIT); i++) {
        int64_t its = same_place(groups->items[i].visit, v) ? distance(&groups->items[i], m, policy) : INT64_MAX;
        if (its < nearest) {
            nearest = its;
            best = &groups->items[i];
        }
    }
    return best;
}

/* The group of that number, with room for all that may join it. */
static group *group_of(struct encounters_groups *groups, const struct encounters_state *state, const visit *v,
                       struct ho_slice number, struct ho_arena *arena)
{
    size_t room = 0;
    for (size_t i = 0; i < groups->count; i++)
        if (same_place(groups->items[i].visit, v) &&
            ho_slice_equal(encounters_alias(state, groups->items[i].visit), number))
            return &groups->items[i];
    for (size_t i = 0; i < state->visits.count; i++) {
        const visit *other = &state->visits.items[i];
        if (groups->in && !groups->in[i])
            continue;
        if (same_place(other, v) && (!other->visit.len || ho_slice_equal(encounters_alias(state, other), number)))
            room += other->messages.count;
    }
    group *g = &groups->items[groups->count++];
    *g = (group){.visit = v, .entries = HO_ARENA_ARRAY(arena, entry, room), .numberless = !v->visit.len};
    return g;
}

static void make_groups(const struct encounters_state *state, const struct encounters_policy *policy,
                        struct ho_arena *arena, struct encounters_groups *groups)
{
    groups->items = HO_ARENA_ARRAY(arena, group, state->visits.count);
    groups->count = 0;
    for (size_t i = 0; i < state->visits.count; i++) {
        const visit *v = &state->visits.items[i];
        if (!v->visit.len || (groups->in && !groups->in[i]) || encounters_moved(state, v))
            continue;
        group *g = group_of(groups, state, v, encounters_alias(state, v), arena);
        for (size_t k = 0; k < v->messages.count; k++)
            add_entry(g, v, &v->messages.items[k]);
    }
    size_t numbered = groups->count;
    /* Hosts are chosen before anything joins them, so that what has joined cannot matter. */
    for (size_t i = 0; i < state->visits.count; i++) {
        const visit *v = &state->visits.items[i];
        if (v->visit.len || encounters_moved(state, v))
            continue;
        size_t count = v->messages.count;
        group **hosts = HO_ARENA_ARRAY(arena, group *, count), *own = NULL;
        for (size_t k = 0; k < count; k++)
            hosts[k] = host_of(groups, numbered, v, &v->messages.items[k], policy);
        for (size_t k = 0; k < count; k++) {
            if (!hosts[k] && !own)
                own = group_of(groups, state, v, v->visit, arena);
            add_entry(hosts[k] ? hosts[k] : own, v, &v->messages.items[k]);
        }
    }
}

/* What a cancel is about. */
static bool is_target(const entry *e, const entry *cancel)
{
    const message *m = e->message, *c = cancel->message;
    bool stay = cancel->segment == SEGMENT_STAY;
    if (e->killed_by || encounters_rank(m, c) >= 0)
        return false;
    if (c->kind == KIND(CANCEL_ARRIVE)) /* its class may be the one after the cancel; inpatient is what it was */
        return m->kind == KIND(ARRIVE) && (!stay || e->segment == SEGMENT_STAY);
    if (c->kind == KIND(CONVERT_OUT))
        return m->kind == KIND(ARRIVE) && e->segment == SEGMENT_STAY;
    if (c->kind == KIND(CANCEL_END))
        return m->kind == KIND(END) &&
               (cancel->segment == SEGMENT_NONE || e->segment == SEGMENT_NONE || e->segment == cancel->segment);
    if (c->kind == KIND(CANCEL_TRANSFER))
        return m->kind == KIND(TRANSFER);
    if (c->kind == KIND(CANCEL_PREADMIT))
        return m->kind == KIND(PREADMIT);
    return (c->kind == KIND(CANCEL_LEAVE) && m->kind == KIND(LEAVE)) ||
           (c->kind == KIND(CANCEL_RETURN) && m->kind == KIND(RETURN));
}

/* EVN-6 of a cancel names what it cancels by its time; else it is the latest word on it. */
static entry *target_of(group *g, const entry *cancel)
{
    entry *found = NULL;
    const message *c = cancel->message;
    bool named = c->has_occurred && ho_slice_is(c->occurred.source, "EVN-6");
    for (size_t i = 0; i < g->count; i++) {
        entry *e = &g->entries[i];
        if (!is_target(e, cancel))
            continue;
        if (named && encounters_when(e->message) == encounters_when(c))
            return e;
        found = e; /* entries stand by rank: the last one is the highest */
    }
    return found;
}

/* Where under a number that is used again the stay of `target` begins. */
static int64_t window_of(const group *g, const entry *target, int64_t reuse_ms)
{
    int64_t begin = INT64_MIN, at = encounters_when(target->message);
    for (size_t i = 0; i < g->count; i++) {
        int64_t end = encounters_when(g->entries[i].message);
        if (g->entries[i].message->kind == KIND(END) && end + reuse_ms < at && end >= begin)
            begin = end + 1;
    }
    return begin;
}

static void note_barrier(group *g, const message *c)
{
    if (!g->barrier || encounters_rank(g->barrier, c) < 0)
        g->barrier = c;
}

/* Takes back target and the earlier words on the same thing: a correction does not fall back to what it corrected. */
static void kill_all(group *g, const entry *target, const message *c, int64_t reuse_ms)
{
    const message *t = target->message;
    enum encounters_segment segment = target->segment;
    int64_t begin = window_of(g, target, reuse_ms), at = encounters_when(t);
    bool arrival = t->kind == KIND(ARRIVE), single = t->kind == KIND(TRANSFER) || t->kind == KIND(LEAVE) || t->kind == KIND(RETURN);
    for (size_t i = 0; i < g->count && encounters_rank(g->entries[i].message, c) < 0; i++) {
        entry *e = &g->entries[i];
        int64_t its = encounters_when(e->message);
        bool same = e->message->kind == t->kind && e->segment == segment && (single ? its == at : its >= begin);
        bool its_end = arrival && e->message->kind == KIND(END) && e->segment == segment && its >= at;
        if (!e->killed_by && (same || its_end))
            e->killed_by = c;
    }
    if (arrival && segment == SEGMENT_STAY)
        note_barrier(g, c);
}

/* Rules 10, 13 and 19. */
static void apply_cancels(group *g, const struct encounters_policy *policy)
{
    for (size_t i = 0; i < g->count; i++) {
        const entry *c = &g->entries[i];
        if (c->killed_by || c->message->kind < KIND(CONVERT_OUT))
            continue;
        if (c->message->kind == KIND(DELETE)) {
            for (size_t k = 0; k < i; k++)
                g->entries[k].killed_by = c->message;
            note_barrier(g, c->message);
            continue;
        }
        const entry *target = target_of(g, c);
        if (target)
            kill_all(g, target, c->message, policy->reuse_ms);
        else if (c->segment == SEGMENT_STAY || c->message->kind == KIND(CONVERT_OUT))
            if (c->message->kind == KIND(CANCEL_ARRIVE) || c->message->kind == KIND(CONVERT_OUT))
                note_barrier(g, c->message);
    }
}

static const entry *highest(const group *g, enum encounters_state_message_kind kind, enum encounters_segment segment)
{
    const entry *found = NULL;
    for (size_t i = 0; i < g->count; i++)
        if (!g->entries[i].killed_by && g->entries[i].message->kind == kind && g->entries[i].segment == segment)
            found = &g->entries[i];
    return found;
}

/* Rule 14: an update that names observation after an admission, before any discharge, takes the admission back. */
static void apply_downgrade(group *g, const struct encounters_policy *policy)
{
    const entry *stay = highest(g, KIND(ARRIVE), SEGMENT_STAY), *end = highest(g, KIND(END), SEGMENT_STAY);
    const entry *said = highest(g, KIND(CLASS_LAST), SEGMENT_OBSERVATION);
    if (stay && said && encounters_rank(stay->message, said->message) < 0 && !end)
        kill_all(g, stay, said->message, policy->reuse_ms);
}

/* Rule 23: what one sender took back, another sender's earlier word does not keep. */
static void apply_across(struct encounters_groups *groups, const entry *dead, const group *from, int64_t same_stay_ms)
{
    for (size_t i = 0; i < groups->count; i++) {
        group *g = &groups->items[i];
        if (ho_slice_equal(g->visit->feed, from->visit->feed) || !ho_slice_equal(g->visit->facility, from->visit->facility))
            continue;
        for (size_t k = 0; k < g->count; k++) {
            entry *e = &g->entries[k];
            int64_t apart = encounters_when(e->message) - encounters_when(dead->message);
            if (e->killed_by || e->message->kind != dead->message->kind || e->segment != dead->segment ||
                apart > same_stay_ms || apart < -same_stay_ms || encounters_rank(e->message, dead->killed_by) > 0)
                continue;
            e->killed_by = dead->killed_by;
            if (e->segment == SEGMENT_STAY && e->message->kind == KIND(ARRIVE))
                note_barrier(g, dead->killed_by);
        }
    }
}

static bool one_feed(const struct encounters_groups *groups)
{
    for (size_t i = 1; i < groups->count; i++)
        if (!ho_slice_equal(groups->items[i].visit->feed, groups->items[0].visit->feed))
            return false;
    return true;
}

void encounters_live(const struct encounters_state *state, const struct encounters_policy *policy,
                     struct ho_arena *arena, struct encounters_groups *groups)
{
    make_groups(state, policy, arena, groups);
    for (size_t i = 0; i < groups->count; i++) {
        apply_cancels(&groups->items[i], policy);
        apply_downgrade(&groups->items[i], policy);
    }
    if (one_feed(groups))
        return;
    for (size_t i = 0; i < groups->count; i++)
        for (size_t k = 0; k < groups->items[i].count; k++) {
            const entry *e = &groups->items[i].entries[k];
            if (e->killed_by && (e->message->kind == KIND(ARRIVE) || e->message->kind == KIND(END)))
                apply_across(groups, e, &groups->items[i], policy->same_stay_ms);
        }
}
