#include "scan.h"

#include <librdkafka/rdkafka.h>

#include "avro/avro.h"
#include "base/buf.h"
#include "clock/clock.h"
#include "kafka/kafka.h"
#include "records.h"

#define ANSWER_US 60000000
#define CONFLUENT_HEADER 5

enum ho_status ho_scan_partitions(const struct ho_stack *stack, const char *topic, int32_t *ret_count, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    rd_kafka_t *kafka = ho_open_producer(stack);
    enum ho_status status = ho_kafka_partition_count(kafka, ho_kafka_name(name, stack->ns, topic), ret_count, err);
    rd_kafka_destroy(kafka);
    return status;
}

/* What retention took away is skipped. */
static rd_kafka_topic_partition_list_t *assign(rd_kafka_t *consumer, const char *name, int32_t count, const int64_t *from)
{
    rd_kafka_topic_partition_list_t *open = rd_kafka_topic_partition_list_new(count);
    for (int32_t p = 0; p < count; p++) {
        int64_t low = 0, high = 0;
        if (from && from[p] < 0)
            continue;
        if (from && rd_kafka_query_watermark_offsets(consumer, name, p, &low, &high, ANSWER_US / 1000))
            low = RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_topic_partition_list_add(open, name, p)->offset =
            !from ? RD_KAFKA_OFFSET_BEGINNING : from[p] > low ? from[p] : low;
    }
    rd_kafka_assign(consumer, open);
    return open;
}

/* False when Kafka stopped answering. */
static bool read_open(rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *open, const struct ho_scan *scan)
{
    int64_t heard_us = ho_clock_monotonic_us();
    bool more = true;
    while (open->cnt && more && ho_clock_monotonic_us() - heard_us < ANSWER_US) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        bool end = message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (message && (!message->err || end))
            heard_us = ho_clock_monotonic_us();
        if (end)
            rd_kafka_topic_partition_list_del(open, rd_kafka_topic_name(message->rkt), message->partition);
        else if (message && !message->err)
            more = scan->take(scan->arg, message);
        if (message)
            rd_kafka_message_destroy(message);
    }
    return !open->cnt || !more;
}

enum ho_status ho_scan(const struct ho_stack *stack, const struct ho_scan *scan, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    int32_t count = 0;
    rd_kafka_t *consumer = ho_open_consumer(stack);
    enum ho_status status =
        ho_kafka_partition_count(consumer, ho_kafka_name(name, stack->ns, scan->topic), &count, err);
    if (status == HO_OK) {
        rd_kafka_topic_partition_list_t *open = assign(consumer, name, count, scan->from);
        if (!read_open(consumer, open, scan))
            status = ho_fail(err, HO_AWAY, "kafka stopped answering before the end of %s", name);
        rd_kafka_topic_partition_list_destroy(open);
    }
    rd_kafka_destroy(consumer);
    return status;
}

/* The record that a topic of the catalogue holds. */
static const struct ho_avro_record *record_of_topic(const char *full_name)
{
    const char *dot = strchr(full_name, '.');
    const struct ho_topic *row = dot ? ho_kafka_topic(ho_slice_of(dot + 1)) : NULL;
    for (size_t i = 0; row && row->record && i < ho_records_count; i++)
        if (strcmp(ho_avro_name(ho_records[i]), row->record) == 0)
            return ho_records[i];
    return NULL;
}

/* Confluent's form says an id that only the registry knows: our own schema of the topic, if it fits to the last byte. */
static bool fits(const struct ho_avro_record *record, struct ho_slice body)
{
    struct ho_arena arena = {0};
    struct ho_avro_plan *plan = NULL;
    void *value = ho_arena_alloc(&arena, ho_avro_size(record));
    bool good = ho_avro_plan_new(record, ho_slice_of(ho_avro_json(record)), &plan, NULL) == HO_OK &&
                ho_avro_plan_run(plan, body, &arena, value, NULL) == HO_OK;
    ho_avro_plan_free(plan);
    ho_arena_release(&arena);
    return good;
}

static const struct ho_avro_record *writer_of(const rd_kafka_message_t *message, size_t *ret_head)
{
    struct ho_slice value = {message->payload, message->len};
    const unsigned char *at = message->payload;
    uint64_t fingerprint = 0;
    if (value.len > CONFLUENT_HEADER && at[0] == 0) {
        const struct ho_avro_record *record = record_of_topic(rd_kafka_topic_name(message->rkt));
        *ret_head = CONFLUENT_HEADER;
        return record && fits(record, (struct ho_slice){value.ptr + CONFLUENT_HEADER, value.len - CONFLUENT_HEADER}) ? record : NULL;
    }
    if (value.len < HO_AVRO_HEADER || at[0] != 0xc3 || at[1] != 1)
        return NULL;
    for (size_t i = 0; i < 8; i++)
        fingerprint |= (uint64_t)at[2 + i] << 8 * i;
    *ret_head = HO_AVRO_HEADER;
    for (size_t i = 0; i < ho_records_count; i++)
        if (ho_avro_fingerprint(ho_records[i]) == fingerprint)
            return ho_records[i];
    return NULL;
}

/* What its header calls JSON, and is: it stands as it is in a line of ours. */
static bool is_json(const rd_kafka_message_t *message)
{
    struct ho_slice value = {message->payload, message->len};
    if (!ho_slice_is(ho_kafka_header(message, "content-type"), "application/json") || !value.len ||
        memchr(value.ptr, '\n', value.len))
        return false;
    json_t *json = json_loadb(value.ptr, value.len, 0, NULL);
    json_decref(json);
    return json != NULL;
}

bool ho_scan_render(const rd_kafka_message_t *message, struct ho_buf *out)
{
    size_t head = 0, begin = out->len;
    struct ho_slice value = {message->payload, message->len};
    const struct ho_avro_record *record = writer_of(message, &head);
    struct ho_slice body = {value.ptr + head, value.len - head};
    if (record && ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, out, NULL) == HO_OK)
        return true;
    out->len = begin;
    if (!is_json(message))
        return false;
    ho_buf_append_slice(out, value);
    return true;
}

json_t *ho_scan_value(const rd_kafka_message_t *message)
{
    struct ho_buf text;
    ho_buf_init(&text, (size_t)64 << 20);
    json_t *json = ho_scan_render(message, &text) ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    ho_buf_release(&text);
    return json;
}
