#include "identity/deliver.h"

#include "adt_unmatched.h"
#include "identity/links.h"
#include "identity/moves.h"
#include "identity/park.h"

#define RECORD_BYTES_MAX ((size_t)4 << 20)
/* Effects that one patient can have at most: all of a slot goes, or it is told with its moves. */
#define PATIENT_EFFECTS_MAX (PARK_MAX + 2 * MOVES_FROM_MAX + IDENTITY_PATIENTS_MAX)

static size_t room(const struct delivery *d)
{
    return HO_EFFECTS_MAX - d->effects->count;
}

static struct matcher matcher_of(const struct delivery *d)
{
    return (struct matcher){&d->env->roster, &d->env->policies};
}

static struct identity_state *slot_of(const struct delivery *d, struct ho_slice local_id)
{
    struct ho_slice key = patients_slot(d->feed, "local", local_id, d->effects->arena);
    for (size_t i = 0; i < d->count; i++)
        if (ho_slice_equal(d->keys[i], key))
            return d->states[i];
    return NULL;
}

/* adt.unmatched. A second telling of the same message has revision 2 in its id. */
static void tell(struct delivery *d, const struct adt_matched *adt, const char *reason, int32_t candidates,
                 enum adt_unmatched_unmatched_state state)
{
    struct adt_unmatched *out = HO_ARENA_NEW(d->effects->arena, struct adt_unmatched);
    bool again = state == ADT_UNMATCHED_UNMATCHED_STATE_EXPIRED || state == ADT_UNMATCHED_UNMATCHED_STATE_EVICTED;
    *out = (struct adt_unmatched){.message_id = adt->message_id,
                                  .feed = adt->feed,
                                  .control_id = adt->control_id,
                                  .event = adt->event,
                                  .reason = ho_slice_of(reason),
                                  .state = state,
                                  .candidates = candidates,
                                  .source_topic = adt->source_topic,
                                  .source_partition = adt->source_partition,
                                  .source_offset = adt->source_offset,
                                  .received_ms = adt->received_ms};
    struct ho_slice id = again ? ho_arena_printf(d->effects->arena, "%.*s.2", HO_SLICE_ARG(adt->message_id))
                               : adt->message_id;
    ho_effects_add(d->effects, IDENTITY_UNMATCHED, d->feed, out, id);
}

/* The record of a message that waited; of one that cannot be read any more, what else is known. */
static struct adt_matched *waited(const struct delivery *d, const struct identity_state_parked *item, bool *ret_readable)
{
    struct ho_arena *arena = d->effects->arena;
    struct adt_matched *adt = HO_ARENA_NEW(arena, struct adt_matched);
    *ret_readable = ho_avro_decode(d->env->matched, item->record, arena, adt, NULL) == HO_OK;
    if (*ret_readable)
        return adt;
    *adt = (struct adt_matched){.message_id = item->message_id, .feed = d->feed, .received_ms = item->at_ms};
    adt->control_id = adt->event = adt->source_topic = HO_SLICE("");
    return adt;
}

static void tell_waited(struct delivery *d, const struct identity_state_parked_list *gone,
                        enum adt_unmatched_unmatched_state state)
{
    const struct matcher matcher = matcher_of(d);
    const struct match_local local = {{NULL, 0}, {NULL, 0}};
    for (size_t i = 0; i < gone->count; i++) {
        bool readable = false;
        const struct adt_matched *adt = waited(d, &gone->items[i], &readable);
        char *reason = ho_arena_alloc(d->effects->arena, gone->items[i].reason.len + 1);
        ho_slice_copy(gone->items[i].reason, reason, gone->items[i].reason.len + 1);
        tell(d, adt, reason, match_find(&matcher, &gone->items[i], &local).near, state);
    }
}

/* Rule 17: the record that takes facts of feed and patient (account, visit) away from another member. */
static void take_away(struct delivery *d, const struct adt_matched *adt, struct adt_matched_move move, size_t number)
{
    struct adt_matched *out = ho_arena_copy(d->effects->arena, adt, sizeof *adt);
    out->has_move = true;
    move.to = adt->member_id;
    move.feed = adt->feed;
    out->move = move;
    out->member_id = move.from;
    struct ho_slice id = ho_arena_printf(d->effects->arena, "%.*s.move%zu", HO_SLICE_ARG(adt->message_id), number + 1);
    ho_effects_add(d->effects, IDENTITY_MATCHED, move.from, out, id);
}

static bool one_member(const struct roster *roster, struct ho_slice a, const struct roster_row *row)
{
    const struct roster_row *other = roster_find(roster, a);
    return other && roster_stands(roster, other) == row;
}

/* Rule 11: notes with whom the number was seen; rule 17: what is under member ids that the roster replaced follows. */
static bool note(struct delivery *d, struct identity_state *slot, const struct identity_state_parked *claim,
                 const struct adt_matched *adt, const struct match *match)
{
    static const char *const kept[] = {"identity.5", "identity.12", "identity.13"};
    struct ho_arena *arena = d->effects->arena;
    struct identity_state_link link = {claim->local_id, adt->member_id, HO_SLICE(""), adt->message_id, claim->at_ms};
    struct ho_slice visits = HO_SLICE("");
    bool changed = false;
    const struct identity_state_alias *gone = links_alias(slot, claim->local_id);
    if (!claim->local_id.len || (gone && gone->member_id.len))
        return false;
    struct identity_state_string_list others = links_members(slot, claim->local_id, adt->member_id, arena);
    for (size_t i = 0; i < others.count && i < MOVES_FROM_MAX; i++) {
        struct adt_matched_move move = {.from = others.items[i], .patient = claim->local_id};
        move.account = move.visit = visits;
        if (!one_member(&d->env->roster, others.items[i], match->row))
            continue;
        take_away(d, adt, move, MOVES_FROM_MAX + i);
        link.rule = links_forget(slot, claim->local_id, others.items[i], arena);
        changed = true;
    }
    for (size_t i = 0; i < HO_LENGTH(kept); i++)
        if (strcmp(match->rule, kept[i]) == 0)
            link.rule = ho_slice_of(kept[i]);
    changed = (link.rule.len && links_learn(slot, &link, arena)) || changed;
    return links_name_aliases(slot, claim->local_id, adt->member_id, arena) || changed;
}

/* It goes to its member, and takes along what moves. True when the slot's links changed. */
static bool hand_over(struct delivery *d, struct identity_state *slot, const struct identity_state_parked *claim,
                      struct adt_matched *adt, const struct match *match)
{
    adt->member_id = ho_arena_slice(d->effects->arena, ho_slice_of(roster_text(match->row, ROSTER_ID)));
    adt->match_rule = ho_slice_of(match->rule);
    adt->match_policy = ho_slice_of(identity_policy_of(&d->env->policies, claim->date)->version);
    struct adt_matched_move move = adt->move;
    adt->has_move = false;
    ho_effects_add(d->effects, IDENTITY_MATCHED, adt->member_id, adt, adt->message_id);
    for (size_t i = 0; i < claim->from_members.count; i++)
        if (!ho_slice_equal(claim->from_members.items[i], adt->member_id)) {
            move.from = claim->from_members.items[i];
            take_away(d, adt, move, i);
        }
    return note(d, slot, claim, adt, match);
}

static void hold(struct delivery *d, struct identity_state *slot, struct identity_state_parked *claim,
                 const struct adt_matched *adt, const struct match *match)
{
    const struct matcher matcher = matcher_of(d);
    struct ho_arena *arena = d->effects->arena;
    struct ho_buf buf;
    int64_t *waits = HO_ARENA_ARRAY(arena, int64_t, MATCH_WAITS_MAX);
    claim->waits = (struct identity_state_long_list){waits, match_waits(&matcher, claim, match, waits)};
    if (!claim->waits.count && !claim->local_id.len) { /* rule 20 */
        tell(d, adt, match->rule, match->near, ADT_UNMATCHED_UNMATCHED_STATE_REFUSED);
        return;
    }
    ho_buf_init(&buf, RECORD_BYTES_MAX);
    ho_avro_encode(&adt_matched_record, adt, &buf);
    claim->record = buf.full ? HO_SLICE("") : ho_arena_slice(arena, ho_buf_slice(&buf));
    ho_buf_release(&buf);
    claim->reason = ho_slice_of(match->rule);
    claim->expires_ms = claim->at_ms + identity_policy_of(&d->env->policies, claim->date)->park_days * INT64_C(86400000);
    tell(d, adt, match->rule, match->near, ADT_UNMATCHED_UNMATCHED_STATE_PARKED);
    struct identity_state_parked_list gone = park_add(slot, claim, arena);
    tell_waited(d, &gone, ADT_UNMATCHED_UNMATCHED_STATE_EVICTED);
}

/* What it waits for changes with the roster: a chain of replaced_by became longer. True when another one had to go. */
static bool wait_for_more(struct delivery *d, struct identity_state *slot, size_t index, const struct match *match)
{
    const struct matcher matcher = matcher_of(d);
    struct ho_arena *arena = d->effects->arena;
    struct identity_state_parked *item = ho_arena_copy(arena, &slot->parked.items[index], sizeof *item);
    int64_t *waits = HO_ARENA_ARRAY(arena, int64_t, MATCH_WAITS_MAX);
    size_t count = match_waits(&matcher, item, match, waits), known = item->waits.count;
    if (count == known && (!count || memcmp(waits, item->waits.items, count * sizeof *waits) == 0))
        return false;
    item->waits = (struct identity_state_long_list){waits, count};
    struct identity_state_parked_list gone = park_replace(slot, index, item, arena);
    tell_waited(d, &gone, ADT_UNMATCHED_UNMATCHED_STATE_EVICTED);
    return gone.count > 0;
}

/* Tries the waiting messages once; true when the links changed, so that others may follow. */
static bool sweep_once(struct delivery *d, struct identity_state *slot)
{
    const struct matcher matcher = matcher_of(d);
    struct ho_arena *arena = d->effects->arena;
    bool changed = false, readable = false;
    for (size_t i = 0; i < slot->parked.count && room(d) > PARK_MAX + 2 * MOVES_FROM_MAX;) {
        struct identity_state_parked *item = ho_arena_copy(arena, &slot->parked.items[i], sizeof *item);
        struct match_local local = links_of(slot, item->local_id, &d->env->roster);
        struct match match = match_find(&matcher, item, &local);
        struct adt_matched *adt = match.row ? waited(d, item, &readable) : NULL;
        if (adt && readable) {
            park_remove(slot, i, arena);
            d->effects->reason = "identity.16";
            changed = hand_over(d, slot, item, adt, &match) || changed;
            continue;
        }
        changed = wait_for_more(d, slot, i, &match) || changed;
        i++;
    }
    return changed;
}

void deliver_sweep(struct delivery *d, struct identity_state *slot)
{
    for (size_t i = 0; i <= 2 * PARK_MAX && slot->parked.count && sweep_once(d, slot); i++)
        ;
}

void deliver_expired(struct delivery *d, struct identity_state *slot)
{
    struct identity_state_parked_list gone = park_expire(slot, d->event->now_ms, d->effects->arena);
    d->effects->reason = "identity.15 expired";
    tell_waited(d, &gone, ADT_UNMATCHED_UNMATCHED_STATE_EXPIRED);
}

/* What the feed's numbers of PID-3 say. A number that was merged into another one of the same list gives way to it. */
static struct match_local local_of(const struct delivery *d, const struct patient *patient)
{
    struct match_local out = {{NULL, 0}, {NULL, 0}};
    for (size_t i = 0; i < patient->local_count; i++) {
        const struct identity_state *slot = slot_of(d, patient->locals[i]);
        const struct identity_state_alias *alias = slot ? links_alias(slot, patient->locals[i]) : NULL;
        size_t other = patient->local_count - 1 - i;
        if (!slot || (alias && other != i && ho_slice_equal(alias->to_local, patient->locals[other])))
            continue;
        struct match_local local = links_of(slot, patient->locals[i], &d->env->roster);
        out.alias = out.alias.len ? out.alias : local.alias;
        out.link = out.link.len ? out.link : local.link;
    }
    return out;
}

/* Rules 17 to 19 of a message that merges or moves: NULL when it may, else the rule that refuses it. */
static const char *read_move(struct delivery *d, const struct patient *patient, struct identity_state_parked *claim,
                             struct adt_matched *adt)
{
    struct ho_slice target = patient->itself ? patient->losing : claim->local_id;
    struct identity_state *losing = patient->losing.len ? slot_of(d, patient->losing) : NULL;
    struct identity_state *slot = slot_of(d, target);
    if (!moves_read(patient->msg, adt, patient->losing, target, &adt->move))
        return "identity.19";
    if (patient->losing.len && !losing)
        return "identity.20";
    adt->has_move = true; /* in the park too: what moves must be known when it leaves */
    if (!losing || ho_slice_equal(patient->losing, target))
        return NULL;
    const struct identity_state_alias *further = slot && target.len ? links_alias(slot, target) : NULL;
    if (moves_scope_of(adt->event) == MOVES_PATIENT &&
        (links_circle(losing, patient->losing, target) ||
         (further && links_circle(losing, patient->losing, further->to_local))))
        return "identity.19";
    claim->from_members = links_members(losing, patient->losing, HO_SLICE(""), d->effects->arena);
    const struct identity_state_alias *gone = links_alias(losing, patient->losing);
    if (gone && gone->member_id.len && claim->from_members.count < MOVES_FROM_MAX)
        claim->from_members.items[claim->from_members.count++] = gone->member_id;
    return NULL;
}

/* Rule 18: the losing number leads to the target from now on, and what waits under it is tried again. */
static void merge(struct delivery *d, const struct patient *patient, const struct identity_state_parked *claim,
                  const struct adt_matched *adt, struct identity_state *slot)
{
    struct identity_state *losing = slot_of(d, patient->losing);
    const struct identity_state_alias *further = claim->local_id.len ? links_alias(slot, claim->local_id) : NULL;
    struct identity_state_alias alias = {patient->losing, further ? further->to_local : claim->local_id,
                                         adt->member_id.len ? adt->member_id : HO_SLICE(""), adt->message_id,
                                         d->event->now_ms};
    links_merge(losing, slot, &alias, d->effects->arena);
    deliver_sweep(d, losing);
    deliver_sweep(d, slot);
}

void deliver_patient(struct delivery *d, const struct patient *patient, struct identity_state_parked *claim,
                     struct adt_matched *adt)
{
    const struct matcher matcher = matcher_of(d);
    struct identity_state *slot =
        slot_of(d, patient->local_count ? patient->locals[0] : patient->message_id);
    bool merges = moves_scope_of(adt->event) == MOVES_PATIENT;
    bool moves = moves_scope_of(adt->event) != MOVES_NONE;
    const char *refused = !slot || room(d) < PATIENT_EFFECTS_MAX ? "identity.20" : NULL;
    if (!refused && moves)
        refused = read_move(d, patient, claim, adt);
    if (refused) {
        d->effects->reason = refused;
        tell(d, adt, refused, 0, ADT_UNMATCHED_UNMATCHED_STATE_REFUSED);
        return;
    }
    struct match_local local = local_of(d, patient);
    if (merges && !local.alias.len && !local.link.len)
        local.link = links_of(slot_of(d, patient->losing), patient->losing, &d->env->roster).link;
    struct match match = match_find(&matcher, claim, &local);
    if (d->trace && d->trace->count < IDENTITY_PATIENTS_MAX) {
        d->trace->items[d->trace->count].match = match;
        d->trace->items[d->trace->count].local = local;
        d->trace->items[d->trace->count++].claim = claim;
    }
    d->effects->reason = match.rule;
    bool changed = false;
    if (match.row)
        changed = hand_over(d, slot, claim, adt, &match);
    else
        hold(d, slot, claim, adt, &match);
    if (merges)
        merge(d, patient, claim, adt, slot);
    else if (changed)
        deliver_sweep(d, slot);
}
