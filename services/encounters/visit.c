#include "encounters/visit.h"

typedef struct encounters_state_message message;
typedef struct encounters_state_visit visit;

#define KIND(name) ENCOUNTERS_STATE_MESSAGE_KIND_##name

/* Kinds of which one is kept, whatever its time; those that name a class have one a class. */
static bool is_single(enum encounters_state_message_kind kind)
{
    return kind == KIND(DELETE) || (kind >= KIND(CLASS_FIRST) && kind <= KIND(DEATH));
}

static bool is_of_class(enum encounters_state_message_kind kind)
{
    return !is_single(kind) || kind == KIND(CLASS_FIRST) || kind == KIND(CLASS_LAST);
}

static bool same_entry(const message *a, const message *b)
{
    if (a->kind != b->kind || (is_of_class(a->kind) && a->class != b->class))
        return false;
    return is_single(a->kind) || encounters_when(a) == encounters_when(b);
}

/* Does `news` take the place of `known`? The lowest rank stands for CLASS_FIRST and DEATH, else the highest. */
static bool outranks(const message *news, const message *known)
{
    int order = encounters_rank(news, known);
    return news->kind == KIND(CLASS_FIRST) || news->kind == KIND(DEATH) ? order < 0 : order > 0;
}

/* Kinds share the room by groups, so that many transfers cannot push out an arrival. */
static int group_of(enum encounters_state_message_kind kind)
{
    if (kind == KIND(ARRIVE) || kind == KIND(PREADMIT))
        return 0;
    if (kind == KIND(TRANSFER))
        return 1;
    if (kind == KIND(END) || kind == KIND(CONVERT_OUT))
        return 2;
    return is_single(kind) ? 3 : 4;
}

/* The lowest rank of a full group leaves: -1 when there is room. What is left is the same for any order of adding. */
static int leaves(const visit *v, const message *news)
{
    static const size_t room[] = {8, 12, 8, ENCOUNTERS_MESSAGES_MAX, 12};
    int group = group_of(news->kind), lowest = -1;
    size_t count = 0;
    for (size_t i = 0; i < v->messages.count; i++) {
        const message *m = &v->messages.items[i];
        if (group_of(m->kind) != group)
            continue;
        count++;
        if (lowest < 0 || encounters_rank(m, &v->messages.items[lowest]) < 0)
            lowest = (int)i;
    }
    return count < room[group] ? -1 : lowest;
}

bool encounters_visit_add(visit *v, const message *news, struct ho_arena *arena)
{
    for (size_t i = 0; i < v->messages.count; i++)
        if (same_entry(&v->messages.items[i], news)) {
            if (!outranks(news, &v->messages.items[i]))
                return false;
            v->messages.items[i] = *news;
            return true;
        }
    int out = leaves(v, news);
    if (out >= 0) {
        if (encounters_rank(news, &v->messages.items[out]) < 0)
            return false;
        v->messages.items[out] = *news;
        return true;
    }
    message *items = ho_arena_grow(arena, v->messages.items, v->messages.count * sizeof *items, sizeof *items);
    items[v->messages.count++] = *news;
    v->messages.items = items;
    return true;
}

bool encounters_visit_restrict(visit *v, struct encounters_state_restriction flag, struct ho_arena *arena)
{
    size_t at = 0, count = v->restrictions.count;
    for (; at < count; at++) {
        int order = ho_slice_compare(v->restrictions.items[at].source, flag.source);
        order = order ? order : ho_slice_compare(v->restrictions.items[at].code, flag.code);
        if (order == 0)
            return false;
        if (order > 0)
            break;
    }
    if (count == ENCOUNTERS_RESTRICTIONS_MAX)
        return false;
    struct encounters_state_restriction *items = HO_ARENA_ARRAY(arena, struct encounters_state_restriction, count + 1);
    if (at)
        memcpy(items, v->restrictions.items, at * sizeof *items);
    items[at] = flag;
    if (count > at)
        memcpy(items + at + 1, v->restrictions.items + at, (count - at) * sizeof *items);
    v->restrictions.items = items;
    v->restrictions.count = count + 1;
    return true;
}

int encounters_visit_compare(const visit *a, const visit *b)
{
    int order = ho_slice_compare(a->feed, b->feed);
    order = order ? order : ho_slice_compare(a->facility, b->facility);
    return order ? order : ho_slice_compare(a->visit, b->visit);
}

visit *encounters_visit_put(struct encounters_state *state, const visit *key, struct ho_arena *arena)
{
    size_t at = 0, count = state->visits.count;
    for (; at < count; at++) {
        int order = encounters_visit_compare(&state->visits.items[at], key);
        if (order == 0)
            return &state->visits.items[at];
        if (order > 0)
            break;
    }
    visit *items = HO_ARENA_ARRAY(arena, visit, count + 1);
    if (at)
        memcpy(items, state->visits.items, at * sizeof *items);
    items[at] = *key;
    if (count > at)
        memcpy(items + at + 1, state->visits.items + at, (count - at) * sizeof *items);
    state->visits.items = items;
    state->visits.count = count + 1;
    return &items[at];
}

void encounters_visit_remove(struct encounters_state *state, size_t index, struct ho_arena *arena)
{
    size_t count = state->visits.count - 1;
    visit *items = HO_ARENA_ARRAY(arena, visit, count);
    if (index)
        memcpy(items, state->visits.items, index * sizeof *items);
    if (count > index)
        memcpy(items + index, state->visits.items + index + 1, (count - index) * sizeof *items);
    state->visits.items = items;
    state->visits.count = count;
}
