/* What came, when, and what it did: the time line, the alerts, and what could not be understood. */
#include "member_page.h"

static bool is(const json_t *value, const char *path, const char *text)
{
    return strcmp(member_text(value, path), text) == 0;
}

/* The message that an event rests on, when it came with it; else the last of the same time; -1: a timer or a late row. */
static int owner_of(const json_t *messages, const json_t *event)
{
    int found = -1;
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *message = json_array_get(messages, i);
        if (member_number(message, "at_ms") != member_number(event, "at_ms"))
            continue;
        found = (int)i;
        if (is(message, "value.message_id", member_text(event, "value.message_id")))
            break;
    }
    return found;
}

static json_t *effect_of(const json_t *record)
{
    const json_t *event = json_object_get(record, "value"), *changed = json_object_get(event, "changed");
    return json_pack("{s:s,s:s,s:I,s:O,s:s,s:o,s:b,s:s,s:s}", "event", member_text(event, "kind"), "change", member_text(event, "change"),
                     "revision", (json_int_t)member_number(event, "revision"), "changed", changed ? changed : json_null(),
                     "encounter_id", member_text(event, "encounter_id"), "occurred",
                     member_clock(event, "occurred"), "presumed", json_is_true(json_object_get(event, "presumed")),
                     "rule", member_text(event, "rule"), "policy", member_text(event, "policy"));
}

static void place(json_t *line, int64_t at_ms, json_t *entry)
{
    size_t at = json_array_size(line);
    json_object_set_new(entry, "at_ms", json_integer(at_ms));
    while (at && member_number(json_array_get(line, at - 1), "at_ms") > at_ms)
        at--;
    json_array_insert_new(line, at, entry);
}

static json_t *message_of(struct member_page *m, const json_t *record)
{
    const json_t *adt = json_object_get(record, "value");
    int64_t occurred = member_number(adt, "occurred.utc_ms"), received = member_number(adt, "received_ms");
    received = received ? received : member_number(record, "at_ms");
    json_t *entry = json_pack("{s:s,s:o,s:o,s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:[]}", "what", "message", "occurred", member_clock(adt, "occurred"),
                              "received", member_time(received), "precision", member_text(adt, "occurred.precision"), "feed",
                              member_place(m, member_text(adt, "feed")), "control_id", member_text(adt, "control_id"), "message",
                              member_text(adt, "event"), "class", member_text(adt, "class"), "processing", member_text(adt, "processing_id"),
                              "message_id", member_text(adt, "message_id"), "effects");
    json_object_set_new(entry, "delay_ms", occurred ? json_integer(received - occurred) : json_null());
    json_object_set_new(entry, "visit", member_private(m, "hospital's numbers", member_text(adt, "visit")));
    json_object_set_new(entry, "moves_away", json_boolean(is(adt, "move.from", m->id)));
    return entry;
}

static json_t *alone(const json_t *record)
{
    return json_pack("{s:s,s:o,s:s,s:s,s:[o]}", "what", "event", "received", member_time(member_number(record, "at_ms")), "control_id",
                     member_text(record, "value.control_id"), "message_id", member_text(record, "value.message_id"), "effects",
                     effect_of(record));
}

static void add_messages(struct member_page *m, json_t *line)
{
    const json_t *messages = member_records(m, "adt.matched"), *events = member_records(m, "care.events");
    json_t *reasons = member_reasons(m), *entries = json_array();
    for (size_t i = 0; i < json_array_size(messages); i++)
        json_array_append_new(entries, message_of(m, json_array_get(messages, i)));
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        int owner = owner_of(messages, event);
        if (owner >= 0)
            json_array_append_new(json_object_get(json_array_get(entries, (size_t)owner), "effects"), effect_of(event));
        else
            place(line, member_number(event, "at_ms"), alone(event));
    }
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *entry = json_array_get(entries, i), *reason = json_object_get(reasons, member_text(entry, "message_id"));
        if (json_array_size(json_object_get(entry, "effects")) == 0)
            json_object_set(entry, "reason", reason ? reason : json_null());
        place(line, member_number(json_array_get(messages, i), "at_ms"), json_incref(entry));
    }
    json_decref(entries);
    json_decref(reasons);
}

static void add_tiers(const struct member_page *m, json_t *line)
{
    const json_t *rows = member_records(m, "care.risk");
    const char *before = "";
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *record = json_array_get(rows, i);
        if (!is(record, "value.tier", before))
            place(line, member_number(record, "at_ms"),
                  json_pack("{s:s,s:o,s:s,s:s,s:I,s:s}", "what", "tier", "received", member_time(member_number(record, "at_ms")), "tier",
                            member_text(record, "value.tier"), "before", before, "revision",
                            (json_int_t)member_number(record, "value.revision"), "policy", member_text(record, "value.policy")));
        before = member_text(record, "value.tier");
    }
}

static void add_actions(const struct member_page *m, json_t *line)
{
    const json_t *rows = member_records(m, "care.actions");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *record = json_array_get(rows, i), *action = json_object_get(record, "value");
        place(line, member_number(record, "at_ms"),
              json_pack("{s:s,s:o,s:o,s:s,s:s,s:s,s:s,s:I}", "what", "action", "received", member_time(member_number(record, "at_ms")),
                        "occurred", member_time(member_number(action, "at_ms")), "kind", member_text(action, "kind"), "change",
                        member_text(action, "change"), "outcome", member_text(action, "outcome"), "by", member_text(action, "by"),
                        "revision", (json_int_t)member_number(action, "revision")));
    }
}

void member_line(struct member_page *m)
{
    json_t *line = json_array();
    add_messages(m, line);
    add_tiers(m, line);
    add_actions(m, line);
    json_object_set_new(m->page, "time_line", line);
}

static json_t *alert_of(struct member_page *m, const char *topic, const json_t *record)
{
    const json_t *alert = json_object_get(record, "value");
    return json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:o,s:o,s:s,s:s,s:s}", "topic", topic, "alert_id",
                     member_text(alert, "identity.alert_id"), "revision", (json_int_t)member_number(alert, "identity.revision"), "kind",
                     member_text(alert, "identity.kind"), "event", member_text(alert, "why.event_kind"), "to",
                     member_text(alert, "recipient.role"), "provider_id", member_text(alert, "recipient.provider_id"), "provider",
                     member_text(alert, "recipient.family"), "decided", member_time(member_number(record, "at_ms")), "due",
                     member_time(member_number(alert, "identity.due_at_ms")), "due_basis", member_text(alert, "identity.due_basis"),
                     "expires", member_time(member_number(alert, "identity.expires_at_ms")), "feed",
                     member_place(m, member_text(alert, "why.feed")), "control_id", member_text(alert, "why.control_id"), "rule",
                     member_text(alert, "why.rule"), "policy", member_text(alert, "why.policy"));
}

/* Events that notify holds back, since it knows nobody to tell: told to the care team's queue, or on the way to it. Of now,
 * whatever --at says. */
static json_t *waiting_of(const struct member_page *m)
{
    const json_t *state = json_object_get(m->states, "notify"), *facts = json_object_get(state, "facts");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(facts); i++) {
        const json_t *fact = json_array_get(facts, i);
        bool queued = member_number(fact, "queue_due_ms") != INT64_MAX ||
                      (member_number(fact, "queue_revision") > 0 && !json_is_true(member_at(fact, "queue_closed")));
        count += is(fact, "alert_id", "") && queued;
    }
    return json_is_object(state) ? json_integer((json_int_t)count) : json_null();
}

void member_alerts(struct member_page *m)
{
    json_t *list = json_array(), *rows;
    const char *topic;
    json_object_foreach(m->records, topic, rows)
        for (size_t i = 0; strncmp(topic, "alerts.", 7) == 0 && i < json_array_size(rows); i++) {
            const json_t *record = json_array_get(rows, i);
            if (json_is_object(member_at(record, "value.identity")))
                place(list, member_number(record, "at_ms"), alert_of(m, topic, record));
        }
    json_object_set_new(m->page, "alerts", list);
    json_object_set_new(m->page, "waiting_for_a_recipient", waiting_of(m));
}

void member_dead(struct member_page *m)
{
    json_t *list = json_array(), *rows;
    const char *topic;
    json_object_foreach(m->records, topic, rows)
        for (size_t i = 0; strncmp(topic, "dlq.", 4) == 0 && i < json_array_size(rows); i++) {
            const json_t *record = json_array_get(rows, i), *headers = json_object_get(record, "headers");
            const char *reason = json_string_value(json_object_get(headers, "__connect.errors.exception.class.name"));
            const char *source = json_string_value(json_object_get(headers, "__connect.errors.topic"));
            place(list, member_number(record, "at_ms"),
                  json_pack("{s:s,s:I,s:I,s:o,s:s,s:s}", "topic", topic, "partition", (json_int_t)member_number(record, "partition"),
                            "offset", (json_int_t)member_number(record, "offset"), "at", member_time(member_number(record, "at_ms")),
                            "reason", reason ? reason : "not said", "from", source ? source : "not said"));
        }
    json_object_set_new(m->page, "dead_letters", list);
}
