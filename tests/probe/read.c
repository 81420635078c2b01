/* Committed records of a topic, from the beginning to the ends that it has now, a JSON object each. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe_tool.h"
#include "records.h"

static const struct ho_avro_record *record_of(const char *topic)
{
    const struct ho_topic *row = ho_kafka_topic(ho_slice_of(topic));
    for (size_t i = 0; row && row->record && i < ho_records_count; i++)
        if (strcmp(ho_avro_name(ho_records[i]), row->record) == 0)
            return ho_records[i];
    return NULL;
}

static void put_text(struct ho_buf *out, struct ho_slice text)
{
    ho_buf_append_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            ho_buf_append_byte(out, '\\');
        if (c < 0x20 || c > 0x7e)
            ho_buf_printf(out, "\\u%04x", c);
        else
            ho_buf_append_byte(out, (char)c);
    }
    ho_buf_append_byte(out, '"');
}

static void put_headers(const rd_kafka_message_t *message, struct ho_buf *out)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name = NULL;
    const void *value = NULL;
    size_t size = 0;
    ho_buf_printf(out, ",\"headers\":{");
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
            ho_buf_printf(out, "%s", i ? "," : "");
            put_text(out, ho_slice_of(name));
            ho_buf_append_byte(out, ':');
            put_text(out, (struct ho_slice){value, size});
        }
    ho_buf_append_byte(out, '}');
}

static void put_value(const rd_kafka_message_t *message, const struct ho_avro_record *record, bool hex,
                      struct ho_buf *out)
{
    struct ho_error err;
    const unsigned char *bytes = message->payload;
    bool readable = record && message->len > HO_AVRO_HEADER;
    ho_buf_printf(out, ",\"value\":");
    struct ho_slice body = {readable ? (const char *)bytes + HO_AVRO_HEADER : NULL,
                            readable ? message->len - HO_AVRO_HEADER : 0};
    if (!readable || ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, out, &err) != HO_OK)
        ho_buf_printf(out, "null");
    if (!hex)
        return;
    ho_buf_printf(out, ",\"hex\":\"");
    for (size_t i = 0; i < message->len; i++)
        ho_buf_printf(out, "%02x", bytes[i]);
    ho_buf_append_byte(out, '"');
}

static void show(const rd_kafka_message_t *message, const struct ho_avro_record *record, bool hex, struct ho_buf *out)
{
    rd_kafka_timestamp_type_t type;
    ho_buf_clear(out);
    ho_buf_printf(out, "{\"partition\":%d,\"offset\":%lld,\"ts\":%lld,\"key\":", message->partition,
                  (long long)message->offset, (long long)rd_kafka_message_timestamp(message, &type));
    put_text(out, (struct ho_slice){message->key, message->key_len});
    put_headers(message, out);
    put_value(message, record, hex, out);
    ho_buf_printf(out, "}\n");
    fwrite(out->data, 1, out->len, stdout);
}

int probe_read(struct tool *tool)
{
    const char *topic = tool_text(tool, "--topic", NULL);
    const struct ho_avro_record *record = record_of(topic);
    struct ho_buf out;
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_CONSUMER, NULL);
    int32_t missing = tool_assign(tool, kafka, topic, false);
    ho_buf_init(&out, (size_t)64 << 20);
    for (int idle = 0; missing && idle < 300;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, 200);
        idle = message ? 0 : idle + 1;
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            missing--;
        else if (message->err)
            fprintf(stderr, "%s\n", rd_kafka_message_errstr(message));
        else
            show(message, record, tool_flag(tool, "--hex"), &out);
        rd_kafka_message_destroy(message);
    }
    ho_buf_release(&out);
    if (missing)
        tool_die("%s could not be read to its end", topic);
    return 0;
}
