#include "identity/park.h"

#include "identity/roster.h"

/* Different keys that the items from first on wait for; counting ends above HO_TOKENS_MAX. */
static size_t count_keys(const struct identity_state_parked *items, size_t first, size_t count)
{
    int64_t keys[HO_TOKENS_MAX + 1];
    size_t n = 0;
    for (size_t i = first; i < count; i++)
        for (size_t k = 0; k < items[i].waits.count && n <= HO_TOKENS_MAX; k++) {
            size_t at = 0;
            while (at < n && keys[at] != items[i].waits.items[k])
                at++;
            if (at == n)
                keys[n++] = items[i].waits.items[k];
        }
    return n;
}

static size_t count_bytes(const struct identity_state_parked *items, size_t first, size_t count)
{
    size_t bytes = 0;
    for (size_t i = first; i < count; i++)
        bytes += items[i].record.len;
    return bytes;
}

/* Rule 15: the oldest go until the rest is within the bounds. */
static struct identity_state_parked_list bound(struct identity_state *state, struct identity_state_parked *items,
                                               size_t count)
{
    size_t gone = 0;
    while (gone < count && (count - gone > PARK_MAX || count_bytes(items, gone, count) > PARK_BYTES_MAX ||
                            count_keys(items, gone, count) > HO_TOKENS_MAX))
        gone++;
    state->parked.items = items + gone;
    state->parked.count = count - gone;
    return (struct identity_state_parked_list){items, gone};
}

struct identity_state_parked_list park_add(struct identity_state *state, const struct identity_state_parked *item,
                                           struct ho_arena *arena)
{
    size_t count = state->parked.count;
    struct identity_state_parked *items = HO_ARENA_ARRAY(arena, struct identity_state_parked, count + 1);
    if (count)
        memcpy(items, state->parked.items, count * sizeof *items);
    items[count] = *item;
    return bound(state, items, count + 1);
}

struct identity_state_parked_list park_replace(struct identity_state *state, size_t index,
                                               const struct identity_state_parked *item, struct ho_arena *arena)
{
    size_t count = state->parked.count;
    struct identity_state_parked *items = HO_ARENA_ARRAY(arena, struct identity_state_parked, count);
    memcpy(items, state->parked.items, count * sizeof *items);
    items[index] = *item;
    return bound(state, items, count);
}

struct identity_state_parked_list park_expire(struct identity_state *state, int64_t now_ms, struct ho_arena *arena)
{
    size_t count = state->parked.count, kept = 0;
    struct identity_state_parked_list out = {HO_ARENA_ARRAY(arena, struct identity_state_parked, count), 0};
    struct identity_state_parked *items = HO_ARENA_ARRAY(arena, struct identity_state_parked, count);
    for (size_t i = 0; i < count; i++) {
        if (state->parked.items[i].expires_ms <= now_ms)
            out.items[out.count++] = state->parked.items[i];
        else
            items[kept++] = state->parked.items[i];
    }
    state->parked.items = items;
    state->parked.count = kept;
    return out;
}

void park_remove(struct identity_state *state, size_t index, struct ho_arena *arena)
{
    size_t count = state->parked.count - 1;
    struct identity_state_parked *items = HO_ARENA_ARRAY(arena, struct identity_state_parked, count + 1);
    memcpy(items, state->parked.items, index * sizeof *items);
    memcpy(items + index, state->parked.items + index + 1, (count - index) * sizeof *items);
    state->parked.items = items;
    state->parked.count = count;
}

int64_t park_next_due(const struct identity_state *state)
{
    int64_t due_ms = HO_NEVER;
    for (size_t i = 0; i < state->parked.count; i++)
        if (state->parked.items[i].expires_ms < due_ms)
            due_ms = state->parked.items[i].expires_ms;
    return due_ms;
}

void park_waits(const struct identity_state *state, struct ho_tokens *tokens)
{
    for (size_t i = 0; i < state->parked.count; i++)
        for (size_t k = 0; k < state->parked.items[i].waits.count; k++)
            ho_tokens_add(tokens, roster_token((uint64_t)state->parked.items[i].waits.items[k], tokens->arena));
}
