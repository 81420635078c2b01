/* ho tail: records of a topic as lines. Values are shown with --phi alone, since most hold a person's data. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "avro/avro.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "ho.h"
#include "kafka/kafka.h"
#include "records.h"

#define LINE_BYTES_MAX ((size_t)32 << 20)

static void put_text(struct ho_buf *out, struct ho_slice text)
{
    ho_buf_append_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f)
            ho_buf_printf(out, "\\u%04x", c);
        else
            ho_buf_append_byte(out, (char)c);
    }
    ho_buf_append_byte(out, '"');
}

static const struct ho_avro_record *record_of(struct ho_slice value)
{
    uint64_t fingerprint = 0;
    if (value.len < HO_AVRO_HEADER || (unsigned char)value.ptr[0] != 0xc3 || value.ptr[1] != 1)
        return NULL;
    for (size_t i = 0; i < 8; i++)
        fingerprint |= (uint64_t)(unsigned char)value.ptr[2 + i] << 8 * i;
    for (size_t i = 0; i < ho_records_count; i++)
        if (ho_avro_fingerprint(ho_records[i]) == fingerprint)
            return ho_records[i];
    return NULL;
}

static void put_value(struct ho_buf *out, struct ho_slice value, bool phi)
{
    const struct ho_avro_record *record = record_of(value);
    size_t begin = out->len;
    if (!value.ptr) {
        ho_buf_printf(out, "null");
        return;
    }
    if (!phi) {
        ho_buf_printf(out, "\"(%zu bytes; --phi shows them)\"", value.len);
        return;
    }
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, record ? value.len - HO_AVRO_HEADER : 0};
    if (record && ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, out, NULL) == HO_OK)
        return;
    out->len = begin;
    put_text(out, value);
}

static void put_headers(struct ho_buf *out, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name;
    const void *value;
    size_t size;
    ho_buf_append_byte(out, '{');
    if (!rd_kafka_message_headers(message, &headers))
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
            ho_buf_printf(out, "%s\"%s\":", i ? "," : "", name);
            put_text(out, (struct ho_slice){value, size});
        }
    ho_buf_append_byte(out, '}');
}

static void print_record(const struct ho_stack *stack, const rd_kafka_message_t *message, bool phi, struct ho_buf *out)
{
    rd_kafka_timestamp_type_t type;
    int64_t time_ms = rd_kafka_message_timestamp(message, &type);
    const char *topic = rd_kafka_topic_name(message->rkt);
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    char when[HO_UTC_SIZE];
    ho_buf_clear(out);
    if (stack->as_json) {
        ho_buf_printf(out, "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld,\"key\":", topic, message->partition,
                      (long long)message->offset);
        put_text(out, key);
        ho_buf_printf(out, ",\"timestamp\":%lld,\"headers\":", (long long)time_ms);
        put_headers(out, message);
        ho_buf_printf(out, ",\"value\":");
        put_value(out, value, phi);
        ho_buf_append_byte(out, '}');
    } else {
        ho_buf_printf(out, "%s [%d] %lld  %.*s  %s  ", topic, message->partition, (long long)message->offset,
                      HO_SLICE_ARG(key), ho_utc_format(time_ms, when));
        put_headers(out, message);
        ho_buf_printf(out, "  ");
        put_value(out, value, phi);
    }
    ho_buf_append_byte(out, '\n');
    fwrite(out->data, 1, out->len, stdout);
    fflush(stdout);
}

static rd_kafka_topic_partition_list_t *assign(const struct ho_stack *stack, rd_kafka_t *consumer, const char *topic,
                                               bool from_start)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    int32_t count = 0;
    if (strncmp(topic, stack->ns, strlen(stack->ns)) == 0 && topic[strlen(stack->ns)] == '.')
        snprintf(name, sizeof name, "%s", topic);
    else
        ho_kafka_name(name, stack->ns, topic);
    enum ho_status status = ho_kafka_partition_count(consumer, name, &count, &err);
    if (status != HO_OK)
        exit(ho_complain(status == HO_NOT_FOUND ? HO_EXIT_NOT_FOUND : HO_EXIT_FAILED, "%s", err.text));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int32_t p = 0; p < count; p++)
        rd_kafka_topic_partition_list_add(list, name, p)->offset =
            from_start ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    rd_kafka_assign(consumer, list);
    return list;
}

int ho_cmd_tail(struct ho_stack *stack, int argc, char **argv)
{
    bool from_start = ho_take_flag(&argc, argv, "--from-start"), until_end = ho_take_flag(&argc, argv, "--until-end");
    bool phi = ho_take_flag(&argc, argv, "--phi");
    if (argc != 1)
        return ho_complain(HO_EXIT_USAGE, "ho tail TOPIC [--from-start] [--until-end] [--phi]");
    rd_kafka_t *consumer = ho_open_consumer(stack);
    rd_kafka_topic_partition_list_t *open = assign(stack, consumer, argv[0], from_start);
    struct ho_buf line;
    ho_buf_init(&line, LINE_BYTES_MAX);
    while (!until_end || open->cnt) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(open, rd_kafka_topic_name(message->rkt), message->partition);
        else if (message->err)
            ho_complain(1, "%s", rd_kafka_message_errstr(message));
        else
            print_record(stack, message, phi, &line);
        rd_kafka_message_destroy(message);
    }
    ho_buf_release(&line);
    rd_kafka_topic_partition_list_destroy(open);
    rd_kafka_destroy(consumer);
    return 0;
}
