#include "unit/identity/world.h"

#include <criterion/criterion.h>

#include "hl7/charset.h"

void world_init(struct world *w)
{
    struct ho_error err;
    memset(w, 0, sizeof *w);
    roster_init(&w->env.roster);
    cr_assert_eq(ho_feeds_load(&w->env.feeds, "/nonexistent", &err), HO_OK);
    w->env.zones = ho_calloc(1, sizeof *w->env.zones);
    cr_assert_eq(ho_zone_load(w->env.zones, "America/New_York", &err), HO_OK);
    w->env.policies.count = 1;
    w->env.policies.items[0] = (struct identity_policy){
        .version = "identity@2026-01-01", .effective = 20260101, .family_same = 30, .family_near = 15, .family_part = 15,
        .given_same = 20, .given_part = 10, .birth_same = 30, .birth_beside = 15, .sex_same = 5, .zip_same = 15,
        .phone_same = 20, .threshold = 90, .margin = 25, .park_days = 30};
    w->env.charsets = ho_hl7_charsets_new();
    w->env.utf8 = ho_hl7_to_utf8;
    w->env.text_utf8 = ho_hl7_text_utf8;
    w->env.matched = ho_avro_reader_new(&adt_matched_record);
    w->reader = ho_avro_reader_new(&identity_state_record);
    w->now_ms = INT64_C(1793550000000);
}

void world_release(struct world *w)
{
    for (size_t i = 0; i < w->state_count; i++)
        ho_buf_release(&w->states[i]);
    roster_release(&w->env.roster);
    ho_hl7_charsets_free(w->env.charsets);
    ho_feeds_release(&w->env.feeds);
    ho_zone_release(w->env.zones);
    ho_free(w->env.zones);
    ho_avro_reader_free(w->env.matched);
    ho_avro_reader_free(w->reader);
    ho_arena_release(&w->arena);
}

static size_t world_state(struct world *w, struct ho_slice key)
{
    for (size_t i = 0; i < w->state_count; i++)
        if (ho_slice_is(key, w->keys[i]))
            return i;
    cr_assert_lt(w->state_count, WORLD_STATES_MAX);
    ho_slice_copy(key, w->keys[w->state_count], sizeof w->keys[0]);
    ho_buf_init(&w->states[w->state_count], 1 << 24);
    return w->state_count++;
}

struct identity_state *world_decode(struct world *w, size_t at)
{
    struct identity_state *state = ho_arena_alloc(&w->arena, sizeof *state);
    struct ho_slice bytes = ho_arena_slice(&w->arena, ho_buf_slice(&w->states[at]));
    enum ho_status status = bytes.len ? ho_avro_decode(w->reader, bytes, &w->arena, state, NULL)
                                      : ho_avro_from_json(&identity_state_record, HO_SLICE("{}"), &w->arena, state, NULL);
    cr_assert_eq(status, HO_OK);
    return state;
}

static void world_write(struct world *w, const struct ho_effect *effect)
{
    struct world_out *out = &w->out[w->out_count++];
    cr_assert_lt(w->out_count, WORLD_OUT_MAX);
    memset(out, 0, sizeof *out);
    ho_slice_copy(effect->key, out->key, sizeof out->key);
    ho_slice_copy(effect->id, out->id, sizeof out->id);
    if (effect->output == IDENTITY_MATCHED) {
        const struct adt_matched *adt = effect->record;
        out->matched = true;
        ho_slice_copy(adt->member_id, out->member, sizeof out->member);
        ho_slice_copy(adt->match_rule, out->rule, sizeof out->rule);
        ho_slice_copy(adt->message_id, out->message, sizeof out->message);
        ho_slice_copy(adt->event, out->event, sizeof out->event);
        cr_assert(ho_hl7_is_utf8(adt->attending_name) && ho_hl7_is_utf8(adt->admit_reason));
        out->move = adt->has_move;
        if (adt->has_move) {
            ho_slice_copy(adt->move.from, out->from, sizeof out->from);
            ho_slice_copy(adt->move.to, out->to, sizeof out->to);
            ho_slice_copy(adt->move.patient, out->patient, sizeof out->patient);
            ho_slice_copy(adt->move.account, out->account, sizeof out->account);
            ho_slice_copy(adt->move.visit, out->visit, sizeof out->visit);
            cr_assert(ho_slice_is(effect->key, out->from));
        }
        cr_assert(ho_slice_is(effect->key, out->member));
        /* What is written can be read: every field is there. */
        struct ho_buf buf;
        struct adt_matched again;
        ho_buf_init(&buf, 1 << 20);
        ho_avro_encode(&adt_matched_record, adt, &buf);
        cr_assert_eq(ho_avro_decode(w->env.matched, ho_arena_slice(&w->arena, ho_buf_slice(&buf)), &w->arena, &again, NULL), HO_OK);
        ho_buf_release(&buf);
        return;
    }
    const struct adt_unmatched *adt = effect->record;
    ho_slice_copy(adt->reason, out->rule, sizeof out->rule);
    ho_slice_copy(adt->message_id, out->message, sizeof out->message);
    ho_slice_copy(adt->event, out->event, sizeof out->event);
    out->state = adt->state;
    out->candidates = adt->candidates;
}

static void world_run(struct world *w, struct ho_event *event)
{
    struct ho_slice keys[HO_STATES_MAX];
    void *states[HO_STATES_MAX] = {NULL};
    size_t at[HO_STATES_MAX], count = 1;
    struct ho_effects effects = {.arena = &w->arena};
    event->now_ms = event->input < 0 ? event->now_ms : w->now_ms;
    if (event->input < 0)
        keys[0] = event->key;
    else
        count = identity_state_keys(&w->env, event, &w->arena, keys);
    for (size_t i = 0; i < count; i++) {
        at[i] = world_state(w, keys[i]);
        for (size_t k = 0; k < i; k++)
            cr_assert_neq(at[i], at[k], "one state is asked for twice");
        states[i] = world_decode(w, at[i]);
    }
    identity_decide(&w->env, event, states, &effects);
    w->reason = effects.reason;
    w->outcome = effects.outcome;
    for (size_t i = 0; i < effects.count; i++)
        world_write(w, &effects.items[i]);
    for (size_t i = 0; i < count && effects.outcome == HO_APPLIED; i++) {
        ho_buf_clear(&w->states[at[i]]);
        ho_avro_encode(&identity_state_record, states[i], &w->states[at[i]]);
    }
}

size_t world_send(struct world *w, const char *feed, const char *bytes)
{
    size_t before = w->out_count;
    struct ho_event event = {.key = ho_slice_of(feed), .value = ho_slice_of(bytes), .topic = HO_SLICE("adt.raw")};
    event.offset = w->offset++;
    world_run(w, &event);
    return before;
}

void world_wake(struct world *w, const struct ho_tokens *tokens)
{
    for (size_t i = 0; i < w->state_count; i++) {
        struct ho_tokens waits = {.arena = &w->arena};
        bool wanted = !tokens;
        identity_waits(world_decode(w, i), &waits);
        for (size_t a = 0; a < waits.count; a++)
            for (size_t b = 0; tokens && b < tokens->count; b++)
                wanted = wanted || ho_slice_equal(waits.items[a], tokens->items[b]);
        struct ho_event event = {.input = HO_EVENT_WAKE, .key = ho_slice_of(w->keys[i]), .now_ms = w->now_ms};
        if (wanted && waits.count)
            world_run(w, &event);
    }
}

void world_member(struct world *w, const char *id, const char *json, bool wake)
{
    struct ho_error err = {HO_OK, ""};
    struct member row;
    struct ho_tokens tokens = {.arena = &w->arena};
    if (json)
        cr_assert_eq(ho_avro_from_json(&member_record, ho_slice_of(json), &w->arena, &row, &err), HO_OK, "%s", err.text);
    roster_wake(&w->env.roster, ho_slice_of(id), &tokens);
    roster_set(&w->env.roster, ho_slice_of(id), json ? &row : NULL);
    roster_wake(&w->env.roster, ho_slice_of(id), &tokens);
    if (wake)
        world_wake(w, &tokens);
}

void world_time(struct world *w, int64_t now_ms)
{
    w->now_ms = now_ms;
    for (size_t i = 0; i < w->state_count; i++) {
        int64_t due_ms = identity_next_due(world_decode(w, i));
        struct ho_event event = {.input = HO_EVENT_TIMER, .key = ho_slice_of(w->keys[i]), .now_ms = due_ms};
        if (due_ms <= now_ms) {
            world_run(w, &event);
            cr_assert_gt(identity_next_due(world_decode(w, i)), due_ms);
        }
    }
}

size_t world_parked(struct world *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->state_count; i++)
        count += world_decode(w, i)->parked.count;
    return count;
}
