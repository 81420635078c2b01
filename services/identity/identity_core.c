#include "identity/identity_core.h"

#include "adt_matched.h"
#include "adt_unmatched.h"
#include "base/calendar.h"
#include "base/id.h"
#include "hl7/hl7.h"
#include "identity/adt.h"
#include "identity_state.h"

#define REPLACED_STEPS_MAX 8

/* The id that the gateway gave, or the same made anew for a message that came without headers. */
static struct ho_slice message_id(const struct ho_event *event, char out[HO_ID_SIZE])
{
    const struct ho_slice parts[] = {event->key, event->value};
    return event->message_id.len ? event->message_id : ho_id_make(out, "msg", parts, HO_LENGTH(parts));
}

size_t identity_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                           struct ho_slice keys[HO_STATES_MAX])
{
    char id[HO_ID_SIZE];
    (void)env;
    struct ho_slice message = message_id(event, id);
    unsigned slot = (unsigned)(ho_hash64(message.ptr, message.len) % IDENTITY_SLOTS);
    struct ho_slice feed = event->key.len <= 64 ? event->key : (struct ho_slice){event->key.ptr, 64};
    keys[0] = ho_arena_printf(arena, "%.*s/seen/%u", HO_SLICE_ARG(feed), slot);
    return 1;
}

/* Rule 1. */
static bool seen_before(const struct identity_state *state, struct ho_slice id)
{
    for (size_t i = 0; i < state->seen.count; i++)
        if (ho_slice_equal(state->seen.items[i].message_id, id))
            return true;
    return false;
}

static void remember(struct identity_state *state, struct ho_slice id, int64_t at_ms, struct ho_arena *arena)
{
    size_t keep = state->seen.count, skip = keep >= IDENTITY_SLOT_IDS ? keep - IDENTITY_SLOT_IDS + 1 : 0;
    keep -= skip;
    struct identity_state_seen *items = HO_ARENA_ARRAY(arena, struct identity_state_seen, keep + 1);
    if (keep)
        memcpy(items, state->seen.items + skip, keep * sizeof *items);
    items[keep] = (struct identity_state_seen){ho_arena_slice(arena, id), at_ms};
    state->seen.items = items;
    state->seen.count = keep + 1;
}

/* Rule 3; NULL when the message is about a patient. */
static const char *not_a_patient(const struct ho_hl7 *msg)
{
    static const char *const events[] = {"A19", "A20", "A56", "A57", "A58", "A59"};
    if (!ho_slice_is(ho_hl7_get(msg, "MSH", 9, 1), "ADT"))
        return "identity.3 not ADT";
    for (size_t i = 0; i < HO_LENGTH(events); i++)
        if (ho_slice_is(ho_hl7_get(msg, "MSH", 9, 2), events[i]))
            return "identity.3 no patient";
    return NULL;
}

struct matching {
    const struct roster *roster;
    char family[ROSTER_NAME_SIZE];
    int64_t birth_date; /* 0: not sent */
    const struct roster_row *match;
    size_t known; /* candidates that the roster knows */
    bool conflict, circle;
};

/* Rule 7. */
static const struct roster_row *resolve(const struct roster *roster, const struct roster_row *row)
{
    for (int steps = 0; row && row->replaced_by; steps++) {
        if (steps == REPLACED_STEPS_MAX)
            return NULL;
        row = roster_find(roster, ho_slice_of(row->replaced_by));
    }
    return row;
}

/* Rules 5 and 6. */
static void consider(struct matching *m, struct ho_slice id)
{
    const struct roster_row *row = roster_find(m->roster, id);
    if (!row)
        return;
    m->known++;
    bool agrees = (m->birth_date && m->birth_date == row->birth_date) ||
                  (m->family[0] && strcmp(m->family, row->family) == 0);
    if (!agrees)
        return;
    const struct roster_row *stands = resolve(m->roster, row);
    if (!stands)
        m->circle = true;
    else if (m->match && m->match != stands)
        m->conflict = true;
    else
        m->match = stands;
}

/* Rule 4. */
static void consider_all(struct matching *m, const struct ho_hl7 *msg)
{
    const struct ho_hl7_segment *pid = ho_hl7_segment(msg, "PID", 0);
    struct ho_slice ids = pid ? ho_hl7_field(msg, pid, 3) : (struct ho_slice){NULL, 0};
    size_t count = ids.ptr ? ho_hl7_repetitions(msg, ids) : 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            struct ho_slice cx = ho_hl7_repetition(msg, ids, i), type = ho_hl7_component(msg, cx, 5);
            if (pass == 0 ? ho_slice_is(type, "MB") : type.len == 0)
                consider(m, ho_hl7_component(msg, cx, 1));
        }
        if (pass == 1)
            return;
        consider(m, ho_hl7_get(msg, "IN1", 49, 1));
        consider(m, ho_hl7_get(msg, "IN1", 36, 1));
        consider(m, ho_hl7_get(msg, "IN2", 61, 1));
    }
}

static void begin_matching(struct matching *m, const struct roster *roster, const struct ho_hl7 *msg,
                           struct ho_arena *arena)
{
    struct ho_slice birth = ho_hl7_get(msg, "PID", 7, 1), name = ho_hl7_get(msg, "PID", 5, 1);
    *m = (struct matching){.roster = roster};
    roster_fold_name(name.ptr ? ho_hl7_unescape(msg, ho_hl7_subcomponent(msg, name, 1), arena) : HO_SLICE(""),
                     m->family);
    if (birth.len >= 8)
        ho_slice_to_int64((struct ho_slice){birth.ptr, 8}, &m->birth_date);
}

static const char *verdict(const struct matching *m, int32_t date)
{
    if (m->conflict)
        return "identity.6";
    if (m->circle && !m->match)
        return "identity.7";
    if (!m->match)
        return m->known ? "identity.8" : "identity.9";
    return roster_covered(m->match, date) ? NULL : "identity.10";
}

static void park(const struct ho_event *event, const struct adt_matched *adt, const char *rule, size_t candidates,
                 struct ho_effects *effects)
{
    struct adt_unmatched *out = HO_ARENA_NEW(effects->arena, struct adt_unmatched);
    *out = (struct adt_unmatched){.message_id = adt->message_id,
                                  .feed = adt->feed,
                                  .control_id = adt->control_id,
                                  .event = adt->event,
                                  .reason = ho_slice_of(rule),
                                  .candidates = (int32_t)candidates,
                                  .source_topic = event->topic,
                                  .source_partition = event->partition,
                                  .source_offset = event->offset,
                                  .received_ms = event->received_ms};
    ho_effects_add(effects, IDENTITY_UNMATCHED, event->key, out, out->message_id);
}

static const struct ho_feed *feed_of(const struct identity_env *env, const struct ho_event *event,
                                     const struct ho_zone **ret_zone)
{
    const struct ho_feed *feed = ho_feeds_find(&env->feeds, event->key);
    feed = feed ? feed : &env->feeds.items[0];
    *ret_zone = &env->zones[feed - env->feeds.items];
    return feed;
}

void identity_decide(const void *env_, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    const struct identity_env *env = env_;
    struct identity_state *state = states[0];
    struct ho_arena *arena = effects->arena;
    struct ho_hl7 *msg = HO_ARENA_NEW(arena, struct ho_hl7);
    struct adt_matched *adt = HO_ARENA_NEW(arena, struct adt_matched);
    const struct ho_zone *zone = NULL;
    struct matching m;
    char id[HO_ID_SIZE];
    struct ho_slice message = ho_arena_slice(arena, message_id(event, id));
    if (seen_before(state, message)) {
        effects->outcome = HO_IGNORED;
        effects->reason = "identity.1 duplicate";
        return;
    }
    if (!event->value.ptr || ho_hl7_parse(msg, event->value, NULL) != HO_OK || !ho_hl7_get(msg, "MSH", 9, 1).len) {
        effects->outcome = HO_POISON;
        effects->reason = "identity.2 not HL7";
        return;
    }
    remember(state, message, event->now_ms, arena);
    effects->reason = not_a_patient(msg);
    if (effects->reason) {
        effects->outcome = HO_IGNORED;
        return;
    }
    const struct ho_feed *feed = feed_of(env, event, &zone);
    adt_read(msg, feed, zone, arena, adt);
    adt->message_id = message;
    adt->source_topic = event->topic;
    adt->source_partition = event->partition;
    adt->source_offset = event->offset;
    adt->received_ms = event->received_ms ? event->received_ms : event->now_ms;
    begin_matching(&m, &env->roster, msg, arena);
    consider_all(&m, msg);
    int32_t date = adt->has_occurred ? adt->occurred.local_date : ho_date_of_days(event->now_ms / HO_DAY_MS);
    effects->reason = verdict(&m, date);
    if (effects->reason) {
        park(event, adt, effects->reason, m.known, effects);
        return;
    }
    effects->reason = "identity.5";
    adt->match_rule = HO_SLICE("identity.5");
    adt->member_id = ho_arena_slice(arena, ho_slice_of(m.match->id));
    ho_effects_add(effects, IDENTITY_MATCHED, adt->member_id, adt, message);
}
