/*
 * ho why ALERT_ID: where an alert comes from, followed back by the coordinates that each record carries: every revision of
 * the alert on its topic; the fact of care.events; the message as identity matched it; the bytes on adt.raw as the
 * hospital sent them. What a topic no longer holds is said to be gone, never guessed.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "kafka/kafka.h"
#include "scan.h"

struct why {
    const struct ho_stack *stack;
    const char *alert_id;
    bool phi;
    size_t revisions;
    /* Of the revision being followed; what a record of the step being looked for holds. */
    struct ho_slice key;
    json_t *alert;
    const char *wanted_id;
    json_int_t wanted_revision;
    int64_t wanted_offset;
    bool found;
    struct ho_arena arena;
};

static const char *text_at(const json_t *json, const char *part, const char *name)
{
    const json_t *inner = part ? json_object_get(json, part) : json;
    const char *text = json_string_value(json_object_get(inner, name));
    return text ? text : "";
}

static json_int_t number_at(const json_t *json, const char *part, const char *name)
{
    return json_integer_value(json_object_get(part ? json_object_get(json, part) : json, name));
}

static void print_place(const char *what, const rd_kafka_message_t *message)
{
    char when[HO_UTC_SIZE];
    rd_kafka_timestamp_type_t type;
    printf("  %-8s %s/%d/%lld  %s", what, rd_kafka_topic_name(message->rkt), message->partition, (long long)message->offset,
           ho_utc_format(rd_kafka_message_timestamp(message, &type), when));
}

/* The line of JSON of one step. */
static void print_json(const char *step, const rd_kafka_message_t *message, json_t *value, bool phi)
{
    rd_kafka_timestamp_type_t type;
    json_t *row = json_pack("{s:s, s:s, s:i, s:I, s:I}", "step", step, "topic", rd_kafka_topic_name(message->rkt), "partition",
                            (int)message->partition, "offset", (json_int_t)message->offset, "time_ms",
                            (json_int_t)rd_kafka_message_timestamp(message, &type));
    for (const char *const *name = (const char *const[]){"revision", "rule", "policy", "match_rule", "match_policy", "control_id",
                                                         "message_id", "event_id", "feed", "change", "kind", NULL};
         *name; name++) {
        json_t *field = json_object_get(value, *name);
        field = field ? field : json_object_get(json_object_get(value, "why"), *name);
        field = field ? field : json_object_get(json_object_get(value, "identity"), *name);
        if (field)
            json_object_set(row, *name, field);
    }
    if (json_object_get(value, "recipient"))
        json_object_set(row, "provider_id", json_object_get(json_object_get(value, "recipient"), "provider_id"));
    if (phi && value)
        json_object_set(row, "value", json_object_get(value, "member") ? json_object_get(value, "member") : value);
    json_dumpf(row, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(row);
}

/* ---- steps back */

static bool take_event(void *arg, const rd_kafka_message_t *message)
{
    struct why *why = arg;
    json_t *value = ho_scan_value(message);
    if (strcmp(text_at(value, NULL, "event_id"), why->wanted_id) == 0 && number_at(value, NULL, "revision") == why->wanted_revision) {
        why->found = true;
        if (why->stack->as_json) {
            print_json("event", message, value, why->phi);
        } else {
            print_place("event", message);
            printf("  %s %s revision %lld  rule %s  policy %s\n", text_at(value, NULL, "kind"), text_at(value, NULL, "change"),
                   (long long)why->wanted_revision, text_at(value, NULL, "rule"), text_at(value, NULL, "policy"));
        }
    }
    json_decref(value);
    return !why->found;
}

static bool take_match(void *arg, const rd_kafka_message_t *message)
{
    struct why *why = arg;
    if (!ho_slice_is(ho_kafka_header(message, "ho-message-id"), why->wanted_id))
        return true;
    json_t *value = ho_scan_value(message);
    why->found = true;
    if (why->stack->as_json) {
        print_json("match", message, value, why->phi);
    } else {
        print_place("match", message);
        printf("  rule %s  policy %s\n", text_at(value, NULL, "match_rule"), text_at(value, NULL, "match_policy"));
    }
    json_decref(value);
    return false;
}

static bool take_raw(void *arg, const rd_kafka_message_t *message)
{
    struct why *why = arg;
    struct ho_buf text;
    if (message->offset > why->wanted_offset)
        return false;
    if (message->offset != why->wanted_offset)
        return true;
    why->found = ho_slice_is(ho_kafka_header(message, "ho-message-id"), why->wanted_id);
    if (!why->found)
        return false;
    ho_buf_init(&text, (size_t)32 << 20);
    ho_put_text(&text, (struct ho_slice){message->payload, message->len});
    ho_buf_append_byte(&text, '\0');
    if (why->stack->as_json) {
        json_t *bytes = json_pack("{s:s, s:o}", "message_id", why->wanted_id, "bytes", json_loads(text.data, JSON_DECODE_ANY, NULL));
        print_json("bytes", message, bytes, why->phi);
        json_decref(bytes);
    } else {
        print_place("bytes", message);
        printf("  %zu bytes%s%s\n", message->len, why->phi ? "  " : "", why->phi ? text.data : "");
    }
    ho_buf_release(&text);
    return false;
}

/* One step. The member's partition first; after a merge of members it may lie in another one. */
static enum ho_status step(struct why *why, struct ho_scan scan, int64_t first, struct ho_error *err)
{
    int32_t count = 0;
    bool raw = strcmp(scan.topic, "adt.raw") == 0;
    enum ho_status status = ho_scan_partitions(why->stack, scan.topic, &count, err);
    int32_t home = raw ? (int32_t)number_at(why->alert, "why", "source_partition") : ho_kafka_partition(why->key, count ? count : 1);
    int64_t *from = HO_ARENA_ARRAY(&why->arena, int64_t, (size_t)count + 1);
    scan.from = from;
    scan.arg = why;
    why->found = false;
    for (int pass = 0; pass < (raw ? 1 : 2) && status == HO_OK && !why->found; pass++) {
        for (int32_t p = 0; p < count; p++)
            from[p] = (p == home) == (pass == 0) ? first : -1;
        status = ho_scan(why->stack, &scan, err);
    }
    if (status == HO_OK && !why->found && !why->stack->as_json)
        printf("  %-8s %s.%s holds it no longer\n", "gone", why->stack->ns, scan.topic);
    return status;
}

static enum ho_status follow(struct why *why, struct ho_error *err)
{
    why->wanted_id = text_at(why->alert, "why", "event_id");
    why->wanted_revision = number_at(why->alert, "why", "event_revision");
    enum ho_status status = step(why, (struct ho_scan){"care.events", NULL, take_event, NULL}, 0, err);
    why->wanted_id = text_at(why->alert, "why", "message_id");
    why->wanted_offset = number_at(why->alert, "why", "source_offset");
    if (status == HO_OK)
        status = step(why, (struct ho_scan){"adt.matched", NULL, take_match, NULL}, 0, err);
    if (status == HO_OK && strcmp(text_at(why->alert, "why", "source_topic"), "adt.raw") == 0)
        status = step(why, (struct ho_scan){"adt.raw", NULL, take_raw, NULL}, why->wanted_offset, err);
    return status;
}

/* ---- the alert's revisions */

static void print_alert(struct why *why, const rd_kafka_message_t *message, json_t *value)
{
    if (why->stack->as_json) {
        print_json("alert", message, value, why->phi);
        return;
    }
    printf("%s revision %lld  %s  of %s\n", why->alert_id, (long long)number_at(value, "identity", "revision"),
           text_at(value, "identity", "kind"), text_at(value, "why", "event_kind"));
    print_place("alert", message);
    printf("  to %s %s npi %s  rule %s  policy %s: %s\n", text_at(value, "recipient", "role"), text_at(value, "recipient", "provider_id"),
           text_at(value, "recipient", "npi"), text_at(value, "why", "rule"), text_at(value, "why", "policy"),
           text_at(value, "why", "reason"));
    if (why->phi)
        printf("  member   %.*s %s, %s\n", (int)message->key_len, (const char *)message->key, text_at(value, "member", "family"),
               text_at(value, "member", "given"));
    printf("  message  feed %s  control id %s  %s\n", text_at(value, "why", "feed"), text_at(value, "why", "control_id"),
           text_at(value, "why", "message_id"));
}

static bool take_alert(void *arg, const rd_kafka_message_t *message)
{
    struct why *why = arg;
    struct ho_error err = {HO_OK, ""};
    struct ho_slice id = ho_kafka_header(message, "ce_id");
    size_t len = strlen(why->alert_id);
    if (id.len <= len || memcmp(id.ptr, why->alert_id, len) != 0 || id.ptr[len] != '.')
        return true;
    why->alert = ho_scan_value(message);
    if (!why->alert) {
        ho_complain(0, "%.*s cannot be read", HO_SLICE_ARG(id));
        return true;
    }
    why->revisions++;
    why->key = (struct ho_slice){message->key, message->key_len};
    print_alert(why, message, why->alert);
    if (follow(why, &err) != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    json_decref(why->alert);
    return true;
}

int ho_cmd_why(struct ho_stack *stack, int argc, char **argv)
{
    struct why why = {.stack = stack, .phi = ho_take_flag(&argc, argv, "--phi")};
    struct ho_error err = {HO_OK, ""};
    ho_check_words("why", argc, argv, 1, 1);
    why.alert_id = argv[0];
    for (size_t i = 0; i < ho_topics_count; i++) {
        struct ho_scan scan = {ho_topics[i].name, NULL, take_alert, &why};
        if (strncmp(ho_topics[i].name, "alerts.", 7) == 0 && ho_scan(stack, &scan, &err) != HO_OK)
            return ho_complain(HO_EXIT_FAILED, "%s", err.text);
    }
    ho_arena_release(&why.arena);
    return why.revisions ? 0 : ho_complain(HO_EXIT_NOT_FOUND, "no alert %s is on the topics alerts.*", argv[0]);
}
