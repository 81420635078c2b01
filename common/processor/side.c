/*
 * What an instance reads whole, beside its group: the topic `schemas`, so that every writer's schema is known before
 * its records, and the lookups. One consumer without a group, from the beginning to the end, then as they grow.
 */
#include "processor/internal.h"

#include "log/log.h"
#include "processor/form.h"

enum ho_status ho_side_start(struct ho_processor *proc, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = HO_OK;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    rd_kafka_topic_partition_list_add(list, proc->schemas, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    for (size_t i = 0; i < proc->lookup_count && status == HO_OK; i++) {
        int32_t count = 0;
        ho_kafka_name(name, proc->common.ns, proc->spec->lookups[i].topic);
        status = ho_kafka_partition_count(proc->side, name, &count, err);
        for (int32_t p = 0; p < count && status == HO_OK; p++)
            rd_kafka_topic_partition_list_add(list, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_resp_err_t rc = status == HO_OK ? rd_kafka_assign(proc->side, list) : RD_KAFKA_RESP_ERR_NO_ERROR;
    proc->side_missing = list;
    proc->side_next = rd_kafka_topic_partition_list_copy(list);
    return rc ? ho_fail(err, HO_FAILED, "reading schemas and lookups: %s", rd_kafka_err2str(rc)) : status;
}

/* A schema of another record does not resolve against a reader: that is no error, each reader takes its own. */
static void learn(struct ho_processor *proc, struct ho_slice json)
{
    struct ho_error ignored;
    bool known = false;
    for (size_t i = 0; i < proc->input_count; i++)
        if (proc->input_readers[i])
            known |= ho_avro_reader_learn(proc->input_readers[i], json, &ignored) == HO_OK;
    for (size_t i = 0; i < proc->lookup_count; i++)
        known |= ho_avro_reader_learn(proc->lookup_readers[i], json, &ignored) == HO_OK;
    known |= ho_avro_reader_learn(proc->step.state_reader, json, &ignored) == HO_OK;
    (void)known;
    if (proc->spec->on_schema)
        proc->spec->on_schema(proc->spec->env, json);
}

/* The member topics' count was recorded when the topics were made. A topic whose count was changed since has keys in two
 * partitions: the daemon refuses, or ends. */
static void check_count(struct ho_processor *proc, struct ho_slice topic, struct ho_slice value)
{
    static const char before[] = "{\"partitions\":";
    char name[HO_KAFKA_NAME_SIZE], text[HO_KAFKA_NAME_SIZE];
    int64_t recorded = 0;
    struct ho_error err;
    ho_kafka_name(name, proc->common.ns, ho_slice_copy(topic, text, sizeof text));
    if (strcmp(name, proc->changelog) != 0 && ho_batch_input(proc, name) < 0)
        return;
    if (value.len <= sizeof before || memcmp(value.ptr, before, sizeof before - 1) != 0 ||
        !ho_slice_to_int64((struct ho_slice){value.ptr + sizeof before - 1, value.len - sizeof before}, &recorded))
        return;
    if (recorded == proc->part_count)
        return;
    ho_fail(&err, HO_INVALID,
            "%s has %d partitions, but %lld were recorded when it was made: its keys have moved. A new count is a new "
            "namespace and a replay",
            name, proc->part_count, (long long)recorded);
    ho_processor_fail(proc, &err);
}

static void take_schema(struct ho_processor *proc, const rd_kafka_message_t *message)
{
    static const char prefix[] = "topic:";
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    if (!message->payload)
        return;
    if (key.len > sizeof prefix - 1 && memcmp(key.ptr, prefix, sizeof prefix - 1) == 0)
        check_count(proc, (struct ho_slice){key.ptr + sizeof prefix - 1, key.len - (sizeof prefix - 1)}, value);
    else
        learn(proc, value);
}

static void take_row(struct ho_processor *proc, size_t lookup, const rd_kafka_message_t *message)
{
    const struct ho_lookup *spec = &proc->spec->lookups[lookup];
    struct ho_slice key = {message->key, message->key_len};
    struct ho_error err;
    void *row = NULL;
    if (message->payload) {
        row = ho_arena_alloc(&proc->arena, ho_avro_size(spec->record));
        struct ho_formed formed = {spec->topic, spec->record, {message->payload, message->len}, {NULL, 0}};
        if (proc->common.registry[0])
            formed.schema_id = ho_kafka_header(message, "__value_schema_id");
        enum ho_status status = ho_form_read(proc, &formed, &err);
        if (status == HO_AWAY) { /* a row must not be passed over */
            ho_processor_fail(proc, &err);
            return;
        }
        if (status == HO_OK)
            status = ho_avro_decode(proc->lookup_readers[lookup], formed.value, &proc->arena, row, &err);
        if (status != HO_OK) {
            ho_metric_add(ho_counter("ho_lookup_rows_unreadable_total", "Rows of lookups that could not be read.",
                                     "topic", spec->topic),
                          1);
            ho_log(HO_LOG_WARN, "lookup row unreadable", "topic=%s partition=%d offset=%lld error=\"%s\"", spec->topic,
                   message->partition, (long long)message->offset, err.text);
            return;
        }
    }
    struct ho_tokens wake = {.arena = &proc->arena};
    spec->on_row(proc->spec->env, key, row, &wake);
    for (size_t i = 0; i < wake.count; i++)
        ho_waiting_wake(proc->waiting, wake.items[i]);
}

static void take(struct ho_processor *proc, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    const char *topic = rd_kafka_topic_name(message->rkt);
    int64_t time_ms = rd_kafka_message_timestamp(message, &type);
    if (strcmp(topic, proc->schemas) == 0) {
        take_schema(proc, message);
        return;
    }
    proc->side_ms = time_ms > proc->side_ms ? time_ms : proc->side_ms;
    for (size_t i = 0; i < proc->lookup_count; i++)
        if (strcmp(topic + strlen(proc->common.ns) + 1, proc->spec->lookups[i].topic) == 0)
            take_row(proc, i, message);
}

/* Where reading has come to, for /status: a lookup that lags is as good a reason to wait as an input. */
static void take_position(struct ho_processor *proc, const rd_kafka_message_t *message, int64_t next)
{
    pthread_mutex_lock(&proc->parts_lock);
    rd_kafka_topic_partition_list_set_offset(proc->side_next, rd_kafka_topic_name(message->rkt), message->partition,
                                             next);
    pthread_mutex_unlock(&proc->parts_lock);
}

static void take_end(struct ho_processor *proc, const rd_kafka_message_t *message)
{
    take_position(proc, message, message->offset);
    rd_kafka_topic_partition_list_del(proc->side_missing, rd_kafka_topic_name(message->rkt), message->partition);
}

void ho_side_serve(struct ho_processor *proc, int timeout_ms)
{
    for (int i = 0; i < 10000; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(proc->side, timeout_ms);
        if (!message)
            return;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            take_end(proc, message);
        } else if (message->err) {
            ho_log(HO_LOG_WARN, "schemas and lookups", "error=\"%s\"", rd_kafka_message_errstr(message));
        } else {
            take(proc, message);
            take_position(proc, message, message->offset + 1);
        }
        rd_kafka_message_destroy(message);
        if (proc->item_count == 0)
            ho_arena_reset(&proc->arena);
        timeout_ms = 0;
    }
}
