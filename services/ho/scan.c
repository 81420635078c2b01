#include "scan.h"

#include <librdkafka/rdkafka.h>

#include "avro/avro.h"
#include "base/buf.h"
#include "clock/clock.h"
#include "kafka/kafka.h"
#include "records.h"

#define ANSWER_US 60000000

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

json_t *ho_scan_value(const rd_kafka_message_t *message)
{
    struct ho_slice value = {message->payload, message->len};
    struct ho_buf text;
    uint64_t fingerprint = 0;
    json_t *json = NULL;
    if (value.len && value.ptr[0] == '{')
        return json_loadb(value.ptr, value.len, 0, NULL);
    if (value.len < HO_AVRO_HEADER || (unsigned char)value.ptr[0] != 0xc3 || value.ptr[1] != 1)
        return NULL;
    for (size_t i = 0; i < 8; i++)
        fingerprint |= (uint64_t)(unsigned char)value.ptr[2 + i] << 8 * i;
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    ho_buf_init(&text, (size_t)64 << 20);
    for (size_t i = 0; i < ho_records_count && !json; i++)
        if (ho_avro_fingerprint(ho_records[i]) == fingerprint &&
            ho_avro_to_json(ho_slice_of(ho_avro_json(ho_records[i])), body, &text, NULL) == HO_OK)
            json = json_loadb(text.data, text.len, 0, NULL);
    ho_buf_release(&text);
    return json;
}
