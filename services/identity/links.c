#include "identity/links.h"

static bool may_match(const struct identity_state_link *link)
{
    return ho_slice_is(link->rule, "identity.5") || ho_slice_is(link->rule, "identity.12");
}

static struct ho_slice stands_for(const struct roster *roster, struct ho_slice member_id)
{
    const struct roster_row *row = roster_find(roster, member_id);
    row = row ? roster_stands(roster, row) : NULL;
    return row ? ho_slice_of(roster_text(row, ROSTER_ID)) : member_id;
}

const struct identity_state_alias *links_alias(const struct identity_state *state, struct ho_slice local_id)
{
    for (size_t i = 0; i < state->aliases.count; i++)
        if (ho_slice_equal(state->aliases.items[i].local_id, local_id))
            return &state->aliases.items[i];
    return NULL;
}

struct match_local links_of(const struct identity_state *state, struct ho_slice local_id, const struct roster *roster)
{
    struct match_local out = {{NULL, 0}, {NULL, 0}};
    const struct identity_state_alias *alias = links_alias(state, local_id);
    struct ho_slice only = {NULL, 0};
    if (alias && alias->member_id.len)
        out.alias = alias->member_id;
    for (size_t i = 0; i < state->links.count; i++) {
        const struct identity_state_link *link = &state->links.items[i];
        if (!ho_slice_equal(link->local_id, local_id))
            continue;
        struct ho_slice member_id = stands_for(roster, link->member_id);
        if (only.len && !ho_slice_equal(only, member_id))
            return (struct match_local){out.alias, {NULL, 0}};
        only = member_id;
        out.link = may_match(link) ? link->member_id : out.link;
    }
    return out;
}

bool links_learn(struct identity_state *state, const struct identity_state_link *link, struct ho_arena *arena)
{
    size_t keep = 0;
    struct identity_state_link *items = HO_ARENA_ARRAY(arena, struct identity_state_link, state->links.count + 1);
    for (size_t i = 0; i < state->links.count; i++) {
        const struct identity_state_link *known = &state->links.items[i];
        bool same = ho_slice_equal(known->local_id, link->local_id) && ho_slice_equal(known->member_id, link->member_id);
        if (same && (may_match(known) || !may_match(link)))
            return false;
        if (!same && !(i == 0 && state->links.count >= LINKS_MAX))
            items[keep++] = *known;
    }
    items[keep++] = *link;
    state->links.items = items;
    state->links.count = keep;
    return true;
}

struct identity_state_string_list links_members(const struct identity_state *state, struct ho_slice local_id,
                                                struct ho_slice without, struct ho_arena *arena)
{
    struct identity_state_string_list out = {HO_ARENA_ARRAY(arena, struct ho_slice, MOVES_FROM_MAX), 0};
    for (size_t i = state->links.count; i-- > 0 && out.count < MOVES_FROM_MAX;) {
        const struct identity_state_link *link = &state->links.items[i];
        bool wanted = ho_slice_equal(link->local_id, local_id) && !ho_slice_equal(link->member_id, without);
        for (size_t k = 0; wanted && k < out.count; k++)
            wanted = !ho_slice_equal(out.items[k], link->member_id);
        if (wanted)
            out.items[out.count++] = link->member_id;
    }
    return out;
}

static bool took_in(const struct identity_state *state, struct ho_slice local_id, struct ho_slice other)
{
    for (size_t i = 0; i < state->absorbed.count; i++)
        if (ho_slice_equal(state->absorbed.items[i].local_id, local_id) &&
            ho_slice_equal(state->absorbed.items[i].from_local, other))
            return true;
    return false;
}

bool links_circle(const struct identity_state *losing_slot, struct ho_slice losing, struct ho_slice target)
{
    return ho_slice_equal(losing, target) || took_in(losing_slot, losing, target);
}

static void absorb(struct identity_state *state, struct ho_slice local_id, struct ho_slice other, struct ho_arena *arena)
{
    size_t count = state->absorbed.count, skip = count >= ABSORBED_MAX;
    if (took_in(state, local_id, other))
        return;
    struct identity_state_absorbed *items = HO_ARENA_ARRAY(arena, struct identity_state_absorbed, count + 1);
    if (count)
        memcpy(items, state->absorbed.items + skip, (count - skip) * sizeof *items);
    items[count - skip] = (struct identity_state_absorbed){local_id, other};
    state->absorbed.items = items;
    state->absorbed.count = count - skip + 1;
}

static void set_alias(struct identity_state *state, const struct identity_state_alias *alias, struct ho_arena *arena)
{
    size_t keep = 0;
    struct identity_state_alias *items = HO_ARENA_ARRAY(arena, struct identity_state_alias, state->aliases.count + 1);
    for (size_t i = 0; i < state->aliases.count; i++)
        if (!ho_slice_equal(state->aliases.items[i].local_id, alias->local_id) &&
            !(i == 0 && state->aliases.count >= ALIASES_MAX))
            items[keep++] = state->aliases.items[i];
    items[keep++] = *alias;
    state->aliases.items = items;
    state->aliases.count = keep;
}

static bool is_of(const struct identity_state_link *link, struct ho_slice local_id, struct ho_slice member_id)
{
    return ho_slice_equal(link->local_id, local_id) && (!member_id.ptr || ho_slice_equal(link->member_id, member_id));
}

/* An absent member_id stands for all of the number. */
struct ho_slice links_forget(struct identity_state *state, struct ho_slice local_id, struct ho_slice member_id,
                             struct ho_arena *arena)
{
    size_t keep = 0;
    struct ho_slice rule = HO_SLICE("");
    struct identity_state_link *items = HO_ARENA_ARRAY(arena, struct identity_state_link, state->links.count);
    for (size_t i = 0; i < state->links.count; i++) {
        if (is_of(&state->links.items[i], local_id, member_id))
            rule = state->links.items[i].rule;
        else
            items[keep++] = state->links.items[i];
    }
    state->links.items = items;
    state->links.count = keep;
    return rule;
}

bool links_name_aliases(struct identity_state *state, struct ho_slice to_local, struct ho_slice member_id,
                        struct ho_arena *arena)
{
    bool named = false;
    struct identity_state_alias *items = HO_ARENA_ARRAY(arena, struct identity_state_alias, state->aliases.count);
    for (size_t i = 0; i < state->aliases.count; i++) {
        items[i] = state->aliases.items[i];
        if (ho_slice_equal(items[i].to_local, to_local) && !items[i].member_id.len) {
            items[i].member_id = member_id;
            named = true;
        }
    }
    state->aliases.items = named ? items : state->aliases.items;
    return named;
}

void links_merge(struct identity_state *losing_slot, struct identity_state *target_slot,
                 const struct identity_state_alias *alias, struct ho_arena *arena)
{
    const struct identity_state_absorbed_list before = losing_slot->absorbed;
    if (alias->to_local.len)
        absorb(target_slot, alias->to_local, alias->local_id, arena);
    for (size_t i = 0; alias->to_local.len && i < before.count; i++)
        if (ho_slice_equal(before.items[i].local_id, alias->local_id))
            absorb(target_slot, alias->to_local, before.items[i].from_local, arena);
    for (size_t i = 0; i < losing_slot->links.count; i++) {
        struct identity_state_link link = losing_slot->links.items[i];
        bool goes = alias->to_local.len && ho_slice_equal(link.local_id, alias->local_id) && ho_slice_equal(link.member_id, alias->member_id);
        link.local_id = alias->to_local;
        if (goes && links_learn(target_slot, &link, arena))
            break;
    }
    set_alias(losing_slot, alias, arena);
    if (alias->member_id.len)
        links_forget(losing_slot, alias->local_id, (struct ho_slice){NULL, 0}, arena);
}
