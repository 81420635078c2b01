#include "identity/identity_core.h"

#include "base/calendar.h"
#include "base/id.h"
#include "hl7/batch.h"
#include "hl7/hl7.h"
#include "identity/deliver.h"
#include "identity/park.h"
#include "identity/patients.h"

/* The id that the gateway gave, or the same made anew for a message that came without headers. */
static struct ho_slice message_id(const struct ho_event *event, struct ho_arena *arena)
{
    char id[HO_ID_SIZE];
    const struct ho_slice parts[] = {event->key, event->value};
    return event->message_id.len ? event->message_id
                                 : ho_arena_slice(arena, ho_id_make(id, "msg", parts, HO_LENGTH(parts)));
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

/* What a frame says: its patients (rules 2, 3 and 20); without any, why. Keep it while they are used. */
struct frame {
    struct ho_hl7 first; /* the index of the first message: an arena would keep 20 KB of each */
    struct patient patients[IDENTITY_PATIENTS_MAX + 1];
    const char *reason;
    const char *in_part; /* the reason, when something of the frame is about no patient, or cannot be read; else NULL */
};

/* What makes UTF-8 of a message's hexadecimal escapes. */
struct reading {
    const struct identity_env *env;
    struct ho_hl7_utf8 utf8;
};

static struct ho_slice text_utf8(const void *arg, struct ho_slice value, struct ho_arena *arena)
{
    const struct reading *reading = arg;
    return reading->env->text_utf8(reading->env->charsets, &reading->utf8, value, arena);
}

/* Index of one message; false when it cannot be read. */
static bool parse(const struct identity_env *env, struct ho_slice bytes, struct ho_arena *arena, struct ho_hl7 *msg)
{
    struct reading *reading = NULL;
    if (env->utf8) {
        reading = HO_ARENA_NEW(arena, struct reading);
        *reading = (struct reading){env, env->utf8(env->charsets, bytes, arena)};
        bytes = reading->utf8.bytes;
    }
    if (ho_hl7_parse(msg, bytes, NULL) != HO_OK || !ho_hl7_get(msg, "MSH", 9, 1).len)
        return false;
    msg->utf8 = reading ? text_utf8 : NULL;
    msg->utf8_arg = reading;
    return true;
}

static bool has_message(struct ho_slice bytes)
{
    struct ho_hl7_batch batch;
    struct ho_slice message;
    ho_hl7_batch_init(&batch, bytes);
    return ho_hl7_batch_next(&batch, &message);
}

/* How far a frame was read. */
struct reached {
    struct ho_hl7 *msg;
    size_t count; /* of patients */
    bool readable;
};

/* Takes one message of the frame; the count of its patients so far. */
static size_t read_message(struct frame *out, const struct ho_event *event, struct ho_slice id, struct ho_arena *arena,
                           struct reached at)
{
    const char *reason = at.readable ? not_a_patient(at.msg) : "identity.2 not HL7";
    bool whole = at.readable && !at.msg->quirks.beyond;
    if (reason && (!out->reason || !at.readable))
        out->reason = reason;
    if (!whole)
        out->in_part = "identity.2 in part";
    else if (reason && !out->in_part)
        out->in_part = "identity.3 in part";
    return reason ? at.count : patients_read(at.msg, event->key, id, arena, (struct patients){out->patients, at.count});
}

/* Message by message, each in its own character set. A frame in UTF-16 shows its messages only once it is UTF-8. */
static size_t read_frame(struct frame *out, const struct identity_env *env, const struct ho_event *event,
                         struct ho_slice id, struct ho_arena *arena)
{
    struct ho_hl7_batch batch;
    struct ho_slice bytes = event->value, message;
    struct reached at = {&out->first, 0, false};
    out->reason = out->in_part = NULL;
    if (env->utf8 && !has_message(bytes))
        bytes = env->utf8(env->charsets, bytes, arena).bytes;
    ho_hl7_batch_init(&batch, bytes);
    while (at.count <= IDENTITY_PATIENTS_MAX && ho_hl7_batch_next(&batch, &message)) {
        size_t before = at.count;
        at.readable = parse(env, message, arena, at.msg);
        at.count = read_message(out, event, id, arena, at);
        if (at.count > before && batch.rest.len) /* its patients borrow it */
            at.msg = HO_ARENA_NEW(arena, struct ho_hl7);
    }
    if (batch.stray_lines)
        out->in_part = "identity.2 in part";
    if (!batch.messages)
        out->reason = bytes.len && *bytes.ptr == '<' ? "identity.2 XML" : "identity.2 not HL7";
    if (at.count <= IDENTITY_PATIENTS_MAX)
        return at.count;
    out->reason = "identity.2 too many patients";
    return 0;
}

size_t identity_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                           struct ho_slice keys[HO_STATES_MAX])
{
    struct frame frame;
    struct ho_slice id = message_id(event, arena);
    size_t n = 0, count = read_frame(&frame, env, event, id, arena);
    keys[n++] = patients_slot(event->key, "seen", id, arena);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < frame.patients[i].key_count; k++) {
            size_t at = 0;
            while (at < n && !ho_slice_equal(keys[at], frame.patients[i].keys[k]))
                at++;
            if (at == n && n < HO_STATES_MAX)
                keys[n++] = frame.patients[i].keys[k];
        }
    return n;
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

static const struct ho_feed *feed_of(const struct identity_env *env, const struct ho_event *event,
                                     const struct ho_zone **ret_zone)
{
    const struct ho_feed *feed = ho_feeds_find(&env->feeds, event->key);
    feed = feed ? feed : &env->feeds.items[0];
    *ret_zone = &env->zones[feed - env->feeds.items];
    return feed;
}

static int32_t received_date(const struct ho_event *event)
{
    return ho_date_of_days(event->now_ms / HO_DAY_MS);
}

static void read_adt(struct delivery *d, const struct patient *patient, struct adt_matched *adt)
{
    const struct ho_event *event = d->event;
    const struct ho_zone *zone = NULL;
    const struct ho_feed *feed = feed_of(d->env, event, &zone);
    adt_read(patient->msg, &(struct adt_source){feed, zone, received_date(event)}, d->effects->arena, adt);
    adt->message_id = patient->message_id;
    adt->source_topic = event->topic;
    adt->source_partition = event->partition;
    adt->source_offset = event->offset;
    adt->received_ms = event->received_ms ? event->received_ms : event->now_ms;
}

/* Rules 4 to 20 of one patient. */
static void decide_patient(struct delivery *d, const struct patient *patient)
{
    struct adt_matched *adt = HO_ARENA_NEW(d->effects->arena, struct adt_matched);
    struct identity_state_parked *claim = HO_ARENA_NEW(d->effects->arena, struct identity_state_parked);
    read_adt(d, patient, adt);
    claim_read(patient->msg, d->effects->arena, claim);
    claim->message_id = patient->message_id;
    claim->at_ms = d->event->now_ms;
    claim->date = adt->has_occurred ? adt->occurred.local_date : received_date(d->event);
    claim->local_id = patient->local_count ? patient->locals[0] : HO_SLICE("");
    deliver_patient(d, patient, claim, adt);
}

static void decide_message(struct delivery *d, struct identity_state *seen)
{
    struct ho_arena *arena = d->effects->arena;
    struct frame frame;
    struct ho_slice id = ho_arena_slice(arena, message_id(d->event, arena));
    if (seen_before(seen, id)) {
        d->effects->outcome = HO_IGNORED;
        d->effects->reason = "identity.1 duplicate";
        return;
    }
    size_t count = read_frame(&frame, d->env, d->event, id, arena);
    if (!count) {
        bool poison = strncmp(frame.reason, "identity.2", strlen("identity.2")) == 0;
        d->effects->outcome = poison ? HO_POISON : HO_IGNORED;
        d->effects->reason = frame.reason;
        return;
    }
    remember(seen, id, d->event->now_ms, arena);
    for (size_t i = 0; i < count; i++)
        decide_patient(d, &frame.patients[i]);
    if (frame.in_part)
        d->effects->reason = frame.in_part;
}

void identity_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    identity_decide_traced(env, event, states, effects, NULL);
}

void identity_decide_traced(const void *env, const struct ho_event *event, void *const states[],
                            struct ho_effects *effects, struct identity_trace *trace)
{
    struct delivery d = {.env = env, .event = event, .effects = effects, .feed = event->key, .trace = trace};
    const char *slash = event->key.ptr ? memchr(event->key.ptr, '/', event->key.len) : NULL;
    for (size_t i = 0; i < HO_STATES_MAX; i++)
        d.states[i] = NULL;
    if (event->input == HO_EVENT_TIMER || event->input == HO_EVENT_WAKE) {
        d.states[0] = states[0];
        d.keys[0] = event->key;
        d.count = 1;
        d.feed.len = slash ? (size_t)(slash - event->key.ptr) : event->key.len;
        if (event->input == HO_EVENT_TIMER)
            deliver_expired(&d, d.states[0]);
        else
            deliver_sweep(&d, d.states[0]);
        return;
    }
    d.count = identity_state_keys(env, event, effects->arena, d.keys);
    for (size_t i = 0; i < d.count; i++)
        d.states[i] = states[i];
    decide_message(&d, d.states[0]);
}

int64_t identity_next_due(const void *state)
{
    return park_next_due(state);
}

void identity_waits(const void *state, struct ho_tokens *tokens)
{
    park_waits(state, tokens);
}
