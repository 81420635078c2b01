/* ho tail: records of a topic as lines. Values are shown with --phi alone, since most hold a person's data. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "clock/clock.h"
#include "kafka/kafka.h"
#include "scan.h"

#define LINE_BYTES_MAX ((size_t)32 << 20)

#define ANSWER_US 60000000

/* What of a topic's records is personal data. */
struct hiding {
    bool key, value;
};

/* Keys that are a member's, or may hold one; values of all but a few topics. What the catalogue does not know is hidden. */
static struct hiding hiding_of(const struct ho_stack *stack, const char *full_name)
{
    static const char *const open_keys[] = {"feed id", "provider id", "facility id", "now", "fingerprint, or topic:<name>"};
    static const char *const open_topics[] = {"schemas", "clock", "providers", "facilities"};
    const struct ho_topic *row = ho_kafka_topic(ho_slice_of(full_name + strlen(stack->ns) + 1));
    struct hiding hiding = {true, true};
    for (size_t i = 0; row && i < HO_LENGTH(open_keys); i++)
        hiding.key &= strcmp(row->key, open_keys[i]) != 0;
    for (size_t i = 0; row && i < HO_LENGTH(open_topics); i++)
        hiding.value &= strcmp(row->name, open_topics[i]) != 0;
    return hiding;
}

static void put_value(struct ho_buf *out, const rd_kafka_message_t *message)
{
    struct ho_slice value = {message->payload, message->len};
    if (!value.ptr)
        ho_buf_printf(out, "null");
    else if (!ho_scan_render(message, out))
        ho_put_text(out, value);
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
            ho_buf_printf(out, "%s", i ? "," : "");
            ho_put_text(out, ho_slice_of(name));
            ho_buf_append_byte(out, ':');
            ho_put_text(out, (struct ho_slice){value, size});
        }
    ho_buf_append_byte(out, '}');
}

static void put_json(struct ho_buf *out, const rd_kafka_message_t *message, int64_t time_ms, struct hiding hide)
{
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    ho_buf_printf(out, "{\"topic\":\"%s\",\"partition\":%d,\"offset\":%lld", rd_kafka_topic_name(message->rkt),
                  message->partition, (long long)message->offset);
    if (hide.key || hide.value)
        ho_buf_printf(out, ",\"hidden\":[%s%s%s],\"value_bytes\":%zu", hide.key ? "\"key\"" : "",
                      hide.key && hide.value ? "," : "", hide.value ? "\"value\"" : "", value.len);
    if (!hide.key) {
        ho_buf_printf(out, ",\"key\":");
        ho_put_text(out, key);
    }
    ho_buf_printf(out, ",\"timestamp\":%lld,\"headers\":", (long long)time_ms);
    put_headers(out, message);
    if (!hide.value) {
        ho_buf_printf(out, ",\"value\":");
        put_value(out, message);
    }
    ho_buf_append_byte(out, '}');
}

static void put_line(struct ho_buf *out, const rd_kafka_message_t *message, int64_t time_ms, struct hiding hide)
{
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    char when[HO_UTC_SIZE];
    ho_buf_printf(out, "%s [%d] %lld  ", rd_kafka_topic_name(message->rkt), message->partition, (long long)message->offset);
    ho_buf_append_slice(out, hide.key ? ho_slice_of("(key hidden)") : key);
    ho_buf_printf(out, "  %s  ", ho_utc_format(time_ms, when));
    put_headers(out, message);
    if (hide.value)
        ho_buf_printf(out, value.ptr ? "  (%zu bytes hidden)" : "  null", value.len);
    else
        ho_buf_printf(out, "  ");
    if (!hide.value)
        put_value(out, message);
}

static void print_record(const struct ho_stack *stack, const rd_kafka_message_t *message, struct hiding hide,
                         struct ho_buf *out)
{
    rd_kafka_timestamp_type_t type;
    int64_t time_ms = rd_kafka_message_timestamp(message, &type);
    ho_buf_clear(out);
    if (stack->as_json)
        put_json(out, message, time_ms, hide);
    else
        put_line(out, message, time_ms, hide);
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

/* Until the end, or for ever. False when Kafka stopped answering on the way to the end. */
static bool read_records(const struct ho_stack *stack, rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *open,
                         bool until_end, struct hiding hide)
{
    struct ho_buf line;
    int64_t heard_us = ho_clock_monotonic_us();
    ho_buf_init(&line, LINE_BYTES_MAX);
    while ((!until_end || open->cnt) && !(until_end && ho_clock_monotonic_us() - heard_us > ANSWER_US)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        if (!message)
            continue;
        if (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            heard_us = ho_clock_monotonic_us();
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(open, rd_kafka_topic_name(message->rkt), message->partition);
        else if (message->err)
            ho_complain(1, "%s", rd_kafka_message_errstr(message));
        else
            print_record(stack, message, hide, &line);
        rd_kafka_message_destroy(message);
    }
    ho_buf_release(&line);
    return open->cnt == 0;
}

int ho_cmd_tail(struct ho_stack *stack, int argc, char **argv)
{
    bool from_start = ho_take_flag(&argc, argv, "--from-start"), until_end = ho_take_flag(&argc, argv, "--until-end");
    bool phi = ho_take_flag(&argc, argv, "--phi");
    ho_check_words("tail", argc, argv, 1, 1);
    rd_kafka_t *consumer = ho_open_consumer(stack);
    rd_kafka_topic_partition_list_t *open = assign(stack, consumer, argv[0], from_start);
    struct hiding hide = phi ? (struct hiding){false, false} : hiding_of(stack, open->elems[0].topic);
    if (hide.key || hide.value)
        ho_complain(0, "%s of %s are personal data and hidden; --phi shows them",
                    !hide.key ? "values" : hide.value ? "keys and values" : "keys", open->elems[0].topic);
    bool whole = read_records(stack, consumer, open, until_end, hide);
    rd_kafka_topic_partition_list_destroy(open);
    rd_kafka_destroy(consumer);
    return whole ? 0 : ho_complain(HO_EXIT_FAILED, "kafka stopped answering before the end");
}
