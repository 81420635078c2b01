/*
 * Records of the running transaction. Derived records inherit the Kafka timestamp, the feed, the trace and the mode of
 * the record that caused them. Partitions are chosen here, by the Java client's murmur2, never by the client library.
 */
#include "processor/internal.h"

#include <ctype.h>
#include <stdio.h>

static rd_kafka_t *producer(const struct ho_processor *proc)
{
    return proc->producers[ho_turn(proc)];
}

/* Served inside the commit. A changelog record carries its partition, whose written offset it moves. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka;
    (void)opaque;
    struct ho_part *part = message->_private;
    if (part && ho_kafka_stored(message) && message->offset >= part->written)
        part->written = message->offset + 1;
}

void ho_produce_configure(rd_kafka_conf_t *conf)
{
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
}

/* "handoff.CareEvent" becomes "handoff.care_event.v1". */
void ho_produce_types(struct ho_processor *proc)
{
    for (size_t i = 0; i < proc->output_count; i++) {
        const char *name = ho_avro_name(proc->spec->outputs[i].record), *dot = strrchr(name, '.');
        char *out = proc->output_types[i];
        size_t len = (size_t)snprintf(out, sizeof proc->output_types[i], "handoff.");
        for (const char *c = dot ? dot + 1 : name; *c && len + 8 < sizeof proc->output_types[i]; c++) {
            if (isupper((unsigned char)*c) && out[len - 1] != '.')
                out[len++] = '_';
            out[len++] = (char)tolower((unsigned char)*c);
        }
        snprintf(out + len, sizeof proc->output_types[i] - len, ".v1");
    }
}

struct record {
    rd_kafka_topic_t *topic;
    int32_t partition;
    struct ho_slice key, value;
    int64_t time_ms;
    rd_kafka_headers_t *headers; /* taken over; may be NULL */
    struct ho_part *part;        /* for the changelog only */
};

/* A full queue is served until there is room: the broker's pace is ours. */
static enum ho_status produce(struct ho_processor *proc, const struct record *record, struct ho_error *err)
{
    for (;;) {
        rd_kafka_vu_t args[8] = {
            {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = record->topic},
            {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
            {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
            {.vtype = RD_KAFKA_VTYPE_KEY,
             .u.mem = {.ptr = (void *)(uintptr_t)record->key.ptr, .size = record->key.len}},
            {.vtype = RD_KAFKA_VTYPE_VALUE,
             .u.mem = {.ptr = (void *)(uintptr_t)record->value.ptr, .size = record->value.len}},
            {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->time_ms},
            {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record->part},
            {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = record->headers}};
        rd_kafka_error_t *error = rd_kafka_produceva(producer(proc), args, record->headers ? 8 : 7);
        if (!error)
            return HO_OK;
        bool full = rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL;
        enum ho_status status = full ? HO_OK
                                     : ho_fail(err, HO_FAILED, "writing %s: %s", rd_kafka_topic_name(record->topic),
                                               rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        if (!full) {
            if (record->headers)
                rd_kafka_headers_destroy(record->headers);
            return status;
        }
        rd_kafka_poll(producer(proc), 10);
    }
}

static void header(rd_kafka_headers_t *headers, const char *name, struct ho_slice value)
{
    if (value.ptr)
        rd_kafka_header_add(headers, name, -1, value.ptr, (ssize_t)value.len);
}

static void header_text(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    header(headers, name, ho_slice_of(value));
}

static const char *const passed_on[] = {"traceparent", "tracestate", "ho-feed", "ho-received-ms", "ho-message-id",
                                        "ho-mode"};

enum ho_status ho_produce_effect(struct ho_processor *proc, const struct ho_item *item, const struct ho_effect *effect,
                                 struct ho_slice value, struct ho_error *err)
{
    char source[96];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(12);
    snprintf(source, sizeof source, "handoff/%s", proc->spec->name);
    header_text(headers, "ce_specversion", "1.0");
    header(headers, "ce_id", effect->id);
    header_text(headers, "ce_source", source);
    header_text(headers, "ce_type", proc->output_types[effect->output]);
    header_text(headers, "content-type", "application/avro");
    for (size_t i = 0; item->message && i < HO_LENGTH(passed_on); i++)
        if (!effect->hide_feed || strcmp(passed_on[i], "ho-feed") != 0)
            header(headers, passed_on[i], ho_kafka_header(item->message, passed_on[i]));
    struct record record = {.topic = proc->output_topics[ho_turn(proc)][effect->output],
                            .partition = ho_kafka_partition(effect->key, proc->output_partitions[effect->output]),
                            .key = effect->key,
                            .value = value,
                            .time_ms = item->event.now_ms,
                            .headers = headers};
    return produce(proc, &record, err);
}

/* The original key, bytes, headers and timestamp, with Kafka Connect's reason headers. */
enum ho_status ho_produce_dead(struct ho_processor *proc, const struct ho_item *item, struct ho_error *err)
{
    char number[24];
    rd_kafka_headers_t *original = NULL;
    rd_kafka_headers_t *headers = rd_kafka_message_headers(item->message, &original) ? rd_kafka_headers_new(8)
                                                                                     : rd_kafka_headers_copy(original);
    header_text(headers, "__connect.errors.topic", rd_kafka_topic_name(item->message->rkt));
    snprintf(number, sizeof number, "%d", item->message->partition);
    header_text(headers, "__connect.errors.partition", number);
    snprintf(number, sizeof number, "%lld", (long long)item->message->offset);
    header_text(headers, "__connect.errors.offset", number);
    header_text(headers, "__connect.errors.connector.name", proc->spec->name);
    header_text(headers, "__connect.errors.exception.class.name", item->dead);
    header_text(headers, "__connect.errors.exception.message", item->detail);
    struct record record = {.topic = proc->dlq_topics[ho_turn(proc)],
                            .partition = item->message->partition,
                            .key = item->event.key,
                            .value = {item->message->payload, item->message->len},
                            .time_ms = item->event.now_ms,
                            .headers = headers};
    return produce(proc, &record, err);
}

enum ho_status ho_produce_state(struct ho_processor *proc, const struct ho_cache_entry *entry, struct ho_error *err)
{
    struct record record = {.topic = proc->changelog_topics[ho_turn(proc)],
                            .partition = entry->partition,
                            .key = entry->key,
                            .value = {entry->value.ptr ? entry->value.ptr : "", entry->value.len},
                            .time_ms = entry->time_ms,
                            .part = &proc->parts[entry->partition]};
    return produce(proc, &record, err);
}
