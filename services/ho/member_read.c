/*
 * Reads all that Kafka and Redis hold of one member. Values are decoded by the schema that their writer published, so that
 * records of earlier versions are read as they were written.
 */
#include "member_page.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "avro/avro.h"
#include "base/buf.h"
#include "clock/clock.h"
#include "kafka/kafka.h"
#include "redis/redis.h"

#define VALUE_BYTES_MAX ((size_t)32 << 20)
#define ANSWER_US 30000000

struct reading {
    struct member_page *m;
    rd_kafka_t *consumer;
    rd_kafka_topic_partition_list_t *open;
};

json_t *member_decode(const struct member_page *m, struct ho_slice value)
{
    char fingerprint[17];
    uint64_t number = 0;
    struct ho_buf text;
    json_t *json = NULL;
    if (value.len < HO_AVRO_HEADER || (unsigned char)value.ptr[0] != 0xc3 || value.ptr[1] != 1)
        return NULL;
    for (size_t i = 0; i < 8; i++)
        number |= (uint64_t)(unsigned char)value.ptr[2 + i] << 8 * i;
    snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long)number);
    const char *schema = json_string_value(json_object_get(m->schemas, fingerprint));
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    ho_buf_init(&text, VALUE_BYTES_MAX);
    if (schema && ho_avro_to_json(ho_slice_of(schema), body, &text, NULL) == HO_OK && !text.full)
        json = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
    ho_buf_release(&text);
    return json;
}

const json_t *member_records(const struct member_page *m, const char *topic)
{
    return json_object_get(m->records, topic);
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The member id stands in the bytes as a word of its own. */
static bool names_member(struct ho_slice bytes, const char *id)
{
    size_t len = strlen(id);
    for (size_t i = 0; len && i + len <= bytes.len; i++) {
        bool before = i == 0 || strchr("|^~&\r\n ", bytes.ptr[i - 1]);
        bool after = i + len == bytes.len || strchr("|^~&\r\n ", bytes.ptr[i + len]);
        if (before && after && memcmp(bytes.ptr + i, id, len) == 0)
            return true;
    }
    return false;
}

static json_t *text_of(struct ho_slice text)
{
    json_t *json = text.ptr ? json_stringn(text.ptr, text.len) : NULL;
    return json ? json : json_null(); /* absent, or not UTF-8 */
}

static json_t *headers_of(const rd_kafka_message_t *message)
{
    json_t *out = json_object();
    rd_kafka_headers_t *headers = NULL;
    const char *name;
    const void *value;
    size_t size;
    if (!rd_kafka_message_headers(message, &headers))
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
            json_object_set_new(out, name, text_of((struct ho_slice){value, size}));
    return out;
}

static bool wanted(const struct member_page *m, const char *topic, const rd_kafka_message_t *message, int64_t at_ms)
{
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    if (strcmp(topic, "schemas") == 0)
        return value.ptr != NULL;
    if (strcmp(topic, "providers") == 0 || strcmp(topic, "facilities") == 0)
        return true;
    if (strcmp(topic, "dlq.identity") == 0)
        return at_ms <= m->at_ms && names_member(value, m->id);
    /* A compacted row may be all that is left of earlier ones, so members is judged by its spans. */
    return ho_slice_is(key, m->id) && (at_ms <= m->at_ms || strcmp(topic, "members") == 0);
}

static void take(struct reading *r, const rd_kafka_message_t *message)
{
    struct member_page *m = r->m;
    rd_kafka_timestamp_type_t type;
    const char *topic = rd_kafka_topic_name(message->rkt) + strlen(m->stack->ns) + 1;
    int64_t at_ms = rd_kafka_message_timestamp(message, &type);
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    if (!wanted(m, topic, message, at_ms))
        return;
    if (strcmp(topic, "schemas") == 0) {
        char name[HO_KAFKA_NAME_SIZE];
        json_object_set_new(m->schemas, ho_slice_copy(key, name, sizeof name), text_of(value));
        return;
    }
    json_t *decoded = member_decode(m, value), *list = json_object_get(m->records, topic);
    json_t *row = json_pack("{s:I,s:i,s:I,s:o,s:o,s:o}", "at_ms", (json_int_t)at_ms, "partition", (int)message->partition, "offset",
                            (json_int_t)message->offset, "key", text_of(key), "headers", headers_of(message), "value",
                            decoded ? decoded : json_null());
    size_t at = json_array_size(list);
    while (at && member_number(json_array_get(list, at - 1), "at_ms") > at_ms)
        at--;
    json_array_insert_new(list, at, row);
}

static void add_topic(struct reading *r, const char *topic, bool whole)
{
    struct member_page *m = r->m;
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    int32_t count = 0;
    enum ho_status status = ho_kafka_partition_count(r->consumer, ho_kafka_name(name, m->stack->ns, topic), &count, &err);
    if (status == HO_NOT_FOUND)
        return; /* of a later version than this stack's topics */
    if (status != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    json_object_set_new(m->records, topic, json_array());
    for (int32_t p = 0; p < count; p++)
        if (whole || p == m->partition)
            rd_kafka_topic_partition_list_add(r->open, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
}

static void read_open(struct reading *r)
{
    int64_t heard_us = ho_clock_monotonic_us();
    rd_kafka_assign(r->consumer, r->open);
    while (r->open->cnt) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(r->consumer, 1000);
        if (!message && ho_clock_monotonic_us() - heard_us > ANSWER_US)
            exit(ho_complain(HO_EXIT_FAILED, "kafka stopped answering before the end of %s", r->open->elems[0].topic));
        if (!message)
            continue;
        heard_us = message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF ? heard_us : ho_clock_monotonic_us();
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(r->open, rd_kafka_topic_name(message->rkt), message->partition);
        else if (message->err)
            ho_complain(HO_EXIT_FAILED, "%s", rd_kafka_message_errstr(message));
        else
            take(r, message);
        rd_kafka_message_destroy(message);
    }
}

static void read_topics(struct reading *r)
{
    static const char *const exact[] = {"members", "adt.matched", "encounters.moves", "care.events", "care.risk", "care.actions",
                                        "assessments"};
    add_topic(r, "schemas", true);
    read_open(r);
    for (size_t i = 0; i < HO_LENGTH(exact); i++)
        add_topic(r, exact[i], false);
    add_topic(r, "providers", true);
    add_topic(r, "facilities", true);
    for (size_t i = 0; i < ho_topics_count; i++)
        if (starts(ho_topics[i].name, "alerts.") || starts(ho_topics[i].name, "dlq."))
            add_topic(r, ho_topics[i].name, strcmp(ho_topics[i].name, "dlq.identity") == 0);
    read_open(r);
}

static void read_states(struct member_page *m)
{
    static const char *const processors[] = {"encounters", "risk", "notify"};
    struct ho_redis *redis = NULL;
    struct ho_error err = {HO_OK, ""};
    struct ho_arena arena = {0};
    if (ho_redis_open(m->stack->redis, 5000, &redis, &err) != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    for (size_t i = 0; i < HO_LENGTH(processors); i++) {
        struct ho_redis_part part;
        struct ho_slice value = {NULL, 0};
        ho_redis_part_init(&part, m->stack->ns, processors[i], m->partition);
        if (ho_redis_peek(redis, &part, ho_slice_of(m->id), &arena, &value, &err) != HO_OK)
            exit(ho_complain(HO_EXIT_FAILED, "%s: %s", processors[i], err.text));
        json_t *state = value.len ? member_decode(m, value) : NULL;
        if (state)
            json_object_set_new(m->states, processors[i], state);
    }
    ho_redis_close(redis);
    ho_arena_release(&arena);
}

static void note_sensitive(struct member_page *m)
{
    const json_t *rows = member_records(m, "facilities");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_object_get(json_array_get(rows, i), "value");
        const char *names[] = {member_text(row, "facility_id"), member_text(row, "feed")};
        for (size_t k = 0; k < HO_LENGTH(names); k++)
            if (*names[k] && *member_text(row, "sensitivity"))
                json_object_set_new(m->sensitive, names[k], json_true());
    }
}

void member_read(struct member_page *m)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    struct reading r = {m, ho_open_consumer(m->stack), rd_kafka_topic_partition_list_new(32)};
    if (ho_kafka_partition_count(r.consumer, ho_kafka_name(name, m->stack->ns, "members"), &m->partitions, &err) != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    m->partition = ho_kafka_partition(ho_slice_of(m->id), m->partitions);
    read_topics(&r);
    rd_kafka_topic_partition_list_destroy(r.open);
    rd_kafka_destroy(r.consumer);
    read_states(m);
    note_sensitive(m);
}
