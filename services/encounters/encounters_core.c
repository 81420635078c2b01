#include "encounters/encounters_core.h"

#include "base/id.h"
#include "encounters/moved.h"
#include "encounters/reach.h"
#include "encounters/told.h"
#include "encounters/visit.h"

_Static_assert(sizeof(struct adt_matched_restriction) == sizeof(struct encounters_state_restriction), "one Restriction");

typedef struct encounters_state_visit visit;

#define FORWARDS_MAX 16 /* visits that one event sends to other members; the rest follows by a timer */

/* One call's worth of context. */
struct deciding {
    const struct encounters_env *env;
    const struct ho_event *event;
    struct encounters_state *state;
    struct ho_effects *effects;
    struct encounters_telling telling;
    struct care_event voided;
    struct encounters_reach reach;
};

size_t encounters_place_at(const struct encounters_env *env, struct ho_slice id, bool *ret_there)
{
    size_t low = 0, high = env->place_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ho_slice_compare(ho_slice_of(env->places[middle].id), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_there = low < env->place_count && ho_slice_is(id, env->places[low].id);
    return low;
}

/* Rule 27. */
static enum encounters_state_facility_kind kind_of_place(const struct encounters_env *env, struct ho_slice id)
{
    bool there;
    size_t at = encounters_place_at(env, id, &there);
    return there ? env->places[at].kind : ENCOUNTERS_STATE_FACILITY_KIND_UNKNOWN;
}

static bool find_places(struct deciding *d)
{
    bool changed = false;
    for (size_t i = 0; i < d->state->visits.count; i++) {
        visit *v = &d->state->visits.items[i];
        if (v->facility_kind == ENCOUNTERS_STATE_FACILITY_KIND_UNKNOWN)
            v->facility_kind = kind_of_place(d->env, v->facility);
        changed |= v->facility_kind != ENCOUNTERS_STATE_FACILITY_KIND_UNKNOWN;
    }
    return changed;
}

/* NULL when the set changed, else the reason why not. */
static const char *take_message(struct deciding *d, const struct adt_matched *adt)
{
    struct encounters_reading reading;
    struct ho_arena *arena = d->effects->arena;
    struct ho_slice empty = HO_SLICE("");
    visit key = {.feed = adt->feed, .facility = adt->facility, .visit = adt->visit, .encounter_id = empty,
                 .hop_id = empty, .hop_from = empty};
    bool changed = false;
    encounters_read(adt, &reading);
    if (reading.ignored)
        return reading.ignored;
    if (!adt->visit.len && reading.items[0].kind == ENCOUNTERS_STATE_MESSAGE_KIND_DELETE)
        return "encounters.19 no visit number";
    if (encounters_folded(d->state, &key))
        return "encounters.26 visit folded away";
    key.facility_kind = kind_of_place(d->env, adt->facility);
    visit *v = encounters_visit_put(d->state, &key, arena);
    size_t at = (size_t)(v - d->state->visits.items);
    encounters_reach_before(&d->reach, d->state, &d->env->policy, at, arena);
    for (size_t i = 0; i < reading.count; i++)
        changed |= encounters_visit_add(v, &reading.items[i], arena);
    for (size_t i = 0; i < adt->restrictions.count; i++) {
        struct encounters_state_restriction flag;
        memcpy(&flag, &adt->restrictions.items[i], sizeof flag);
        changed |= encounters_visit_restrict(v, flag, arena);
    }
    encounters_reach_after(&d->reach, d->state, at);
    v->last_ms = d->event->now_ms > v->last_ms ? d->event->now_ms : v->last_ms;
    return changed ? NULL : "encounters.5 duplicate";
}

static const char *void_rule(const struct adt_matched *adt)
{
    static const struct {
        char event[4];
        const char *rule;
    } rows[] = {{"A07", "encounters.13"}, {"A08", "encounters.14"}, {"A23", "encounters.19"}, {"A42", "encounters.22"},
                {"A50", "encounters.22"}, {"A11", "encounters.10"}, {"A12", "encounters.10"}, {"A13", "encounters.10"},
                {"A27", "encounters.10"}, {"A38", "encounters.10"}, {"A52", "encounters.10"}, {"A53", "encounters.10"}};
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        if (ho_slice_is(adt->event, rows[i].event))
            return rows[i].rule;
    return "encounters.6";
}

static const char *take_adt(struct deciding *d, const struct adt_matched *adt)
{
    if (!adt)
        return "encounters.8 no message";
    d->voided = (struct care_event){.processing_id = CARE_EVENT_PROCESSING_PRODUCTION,
                                    .message_id = adt->message_id,
                                    .control_id = adt->control_id,
                                    .received_ms = adt->received_ms,
                                    .source_topic = adt->source_topic,
                                    .source_partition = adt->source_partition,
                                    .source_offset = adt->source_offset};
    d->telling.message_id = adt->message_id;
    if (adt->processing_id != ADT_MATCHED_PROCESSING_PRODUCTION)
        return "encounters.8 not production";
    d->telling.void_rule = adt->has_move ? "encounters.25" : void_rule(adt);
    if (adt->has_move)
        return encounters_move_add(d->state, adt, d->effects->arena);
    if (ho_slice_is(adt->event, "A42") || ho_slice_is(adt->event, "A50"))
        return encounters_alias_add(d->state, adt, d->effects->arena);
    return take_message(d, adt);
}

static const char *take_move(struct deciding *d, const struct encounters_move *move)
{
    if (!move)
        return "encounters.8 no message";
    d->telling.message_id = move->message_id;
    d->telling.void_rule = "encounters.25";
    d->voided.message_id = move->message_id;
    return encounters_move_in(d->state, move, d->effects->arena) ? NULL : "encounters.5 duplicate";
}

/* What was told of it keeps its encounter at the other member. */
static void keep_encounter(const struct encounters_state *state, visit *v)
{
    for (size_t i = 0; i < state->stays.count; i++) {
        const struct encounters_state_stay *told = &state->stays.items[i];
        if (ho_slice_equal(told->visit, v->visit) && ho_slice_equal(told->facility, v->facility) &&
            ho_slice_equal(told->feed, v->feed)) {
            v->encounter_id = told->encounter_id;
            return;
        }
    }
}

/* Rule 25. */
static void forward(struct deciding *d)
{
    struct ho_arena *arena = d->effects->arena;
    size_t sent = 0;
    for (size_t i = 0; i < d->state->visits.count;) {
        visit *v = &d->state->visits.items[i];
        const struct encounters_state_move_rule *rule = encounters_moved(d->state, v);
        if (!rule || !rule->to.len) {
            i++;
            continue;
        }
        if (sent++ == FORWARDS_MAX) {
            d->telling.more = true;
            return;
        }
        keep_encounter(d->state, v);
        struct encounters_move *out = encounters_move_out(v, rule, d->event->key, arena);
        char id[HO_ID_SIZE];
        const struct ho_slice parts[] = {out->from, out->to, v->feed, v->facility, v->visit, rule->rank_id,
                                         d->telling.message_id};
        d->telling.moved_to = rule->to;
        d->telling.void_rule = "encounters.25";
        ho_effects_add(d->effects, ENCOUNTERS_MOVES, rule->to, out,
                       ho_arena_slice(arena, ho_id_make(id, "mov", parts, HO_LENGTH(parts))));
        d->effects->reason = "encounters.25";
        encounters_visit_remove(d->state, i, arena);
    }
}

static int64_t next_timer(const struct encounters_state *state)
{
    int64_t due_ms = INT64_MAX;
    for (size_t i = 0; i < state->stays.count; i++)
        due_ms = state->stays.items[i].due_ms < due_ms ? state->stays.items[i].due_ms : due_ms;
    return due_ms;
}

/* Draws, lets timers fire that are due, tells what changed, folds, and says when the next timer is due. */
static void settle(struct deciding *d)
{
    struct encounters_picture picture;
    struct ho_arena *arena = d->effects->arena;
    const struct encounters_policy *policy = &d->env->policy;
    forward(d);
    encounters_draw(d->state, policy, d->reach.in, arena, &picture);
    if (d->event->input == HO_EVENT_TIMER && encounters_expire(d->state, &picture, policy, d->event->now_ms))
        encounters_draw(d->state, policy, NULL, arena, &picture);
    d->telling.picture = &picture;
    encounters_tell(&d->telling);
    int64_t due_ms = next_timer(d->state);
    encounters_fold(&d->telling);
    d->state->due_ms = d->telling.more ? d->event->now_ms : due_ms;
}

void encounters_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    struct deciding d = {.env = env, .event = event, .state = states[0], .effects = effects};
    const char *ignored = NULL;
    d.telling = (struct encounters_telling){.state = d.state,
                                            .policy = &d.env->policy,
                                            .member_id = event->key,
                                            .void_rule = "encounters.6",
                                            .voided = &d.voided,
                                            .effects = effects,
                                            .output = ENCOUNTERS_CARE_EVENTS};
    d.voided.processing_id = CARE_EVENT_PROCESSING_PRODUCTION;
    effects->reason = NULL;
    if (event->input == ENCOUNTERS_ADT_MATCHED)
        ignored = take_adt(&d, event->record);
    else if (event->input == ENCOUNTERS_MOVES_IN)
        ignored = take_move(&d, event->record);
    else if (event->input == HO_EVENT_WAKE)
        ignored = find_places(&d) ? NULL : "encounters.27 no facility known";
    if (ignored) {
        effects->outcome = HO_IGNORED;
        effects->reason = ignored;
        return;
    }
    settle(&d);
    if (!effects->reason)
        effects->reason = event->input == HO_EVENT_TIMER ? "encounters.24" : "encounters.5 nothing new";
}

int64_t encounters_next_due(const void *state)
{
    int64_t due_ms = ((const struct encounters_state *)state)->due_ms;
    return due_ms == INT64_MAX ? HO_NEVER : due_ms;
}

void encounters_waits(const void *state_, struct ho_tokens *tokens)
{
    const struct encounters_state *state = state_;
    for (size_t i = 0; i < state->visits.count && tokens->count < HO_TOKENS_MAX; i++) {
        const visit *v = &state->visits.items[i];
        if (v->facility_kind == ENCOUNTERS_STATE_FACILITY_KIND_UNKNOWN)
            ho_tokens_add(tokens, ho_arena_printf(tokens->arena, "facilities/%.*s", HO_SLICE_ARG(v->facility)));
    }
}
