/*
 * One batch, one transaction: load, decide, produce, send offsets, commit; then flush. The flush never precedes its
 * commit, since Redis cannot be rolled back.
 *
 * After an abort nothing that the process holds is trusted: the cache is dropped, and records count again only from the
 * next assignment on, which reads committed offsets and states anew.
 */
#include "processor/internal.h"

#include <stdio.h>

#include "clock/clock.h"
#include "log/log.h"

#define SCHEMA_WAIT_US 60000000

int ho_batch_input(const struct ho_processor *proc, const char *topic)
{
    for (size_t i = 0; i < proc->input_count; i++)
        if (strcmp(topic, proc->input_names[i]) == 0)
            return (int)i;
    return -1;
}

void ho_batch_drop(struct ho_processor *proc)
{
    for (size_t i = 0; i < proc->item_count; i++)
        rd_kafka_message_destroy(proc->items[i].message);
    for (size_t i = 0; i < proc->changed_count; i++)
        proc->changed[i]->listed = false;
    proc->item_count = proc->changed_count = 0;
    /* What was gathered and not committed moves no offset, least of all of a partition that is no longer ours. */
    for (int32_t p = 0; p < proc->part_count; p++)
        proc->parts[p].touched = false;
    ho_arena_reset(&proc->arena);
}

static void take_end(struct ho_processor *proc, const rd_kafka_message_t *message)
{
    int input = ho_batch_input(proc, rd_kafka_topic_name(message->rkt));
    struct ho_part *part = &proc->parts[message->partition];
    if (input < 0 || !part->owned)
        return;
    part->at_end[input] = true;
    /* The end lies behind control records, which nobody hands out. It counts once this
     * partition's records of the batch, if any, are through. */
    if (message->offset > part->taken[input])
        part->taken[input] = message->offset;
    if (!part->touched && message->offset > part->next[input]) {
        pthread_mutex_lock(&proc->parts_lock);
        part->next[input] = message->offset;
        pthread_mutex_unlock(&proc->parts_lock);
    }
}

static void fill_event(struct ho_processor *proc, struct ho_item *item, int input)
{
    const rd_kafka_message_t *message = item->message;
    struct ho_event *event = &item->event;
    rd_kafka_timestamp_type_t type;
    struct ho_slice received = ho_kafka_header(message, "ho-received-ms");
    *event = (struct ho_event){.input = input,
                               .key = {message->key, message->key_len},
                               .value = {message->payload, message->len},
                               .now_ms = rd_kafka_message_timestamp(message, &type),
                               .topic = ho_slice_of(proc->spec->inputs[input].topic),
                               .partition = message->partition,
                               .offset = message->offset,
                               .feed = ho_kafka_header(message, "ho-feed"),
                               .message_id = ho_kafka_header(message, "ho-message-id"),
                               .mode = ho_kafka_header(message, "ho-mode")};
    if (received.ptr)
        ho_slice_to_int64(received, &event->received_ms);
}

void ho_batch_add(struct ho_processor *proc, rd_kafka_message_t *message)
{
    int input = message->rkt ? ho_batch_input(proc, rd_kafka_topic_name(message->rkt)) : -1;
    bool ours = input >= 0 && proc->assigned && !proc->discard && proc->parts[message->partition].owned;
    if (message->err) {
        struct ho_error err;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && ours) {
            take_end(proc, message);
        } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            ho_fail(&err, HO_INVALID, "%s; records were deleted before they were read", rd_kafka_message_errstr(message));
            ho_processor_fail(proc, &err);
        } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ho_log(HO_LOG_WARN, "kafka", "error=\"%s\"", rd_kafka_message_errstr(message));
        }
    }
    /* A record from before our position was fetched for an assignment of earlier on. */
    if (message->err || !ours || message->offset < proc->parts[message->partition].taken[input]) {
        rd_kafka_message_destroy(message);
        return;
    }
    struct ho_item *item = &proc->items[proc->item_count++];
    *item = (struct ho_item){.message = message, .part = &proc->parts[message->partition]};
    item->part->taken[input] = message->offset + 1;
    item->part->touched = true;
    fill_event(proc, item, input);
}

static void dead(struct ho_item *item, const char *reason, const char *detail)
{
    item->dead = reason;
    ho_slice_copy(ho_slice_of(detail), item->detail, sizeof item->detail);
}

/* An unknown schema waits until `schemas` was read for 60 s more: its writer may have published it just now. */
static enum ho_status decode(struct ho_processor *proc, struct ho_item *item, struct ho_error *err)
{
    const struct ho_input *input = &proc->spec->inputs[item->event.input];
    struct ho_avro_reader *reader = proc->input_readers[item->event.input];
    void *record = ho_arena_alloc(&proc->arena, ho_avro_size(input->record));
    int64_t begin_us = ho_clock_monotonic_us();
    for (;;) {
        enum ho_status status = ho_avro_decode(reader, item->event.value, &proc->arena, record, err);
        if (status == HO_OK)
            item->event.record = record;
        if (status != HO_NOT_FOUND)
            return status;
        if (ho_clock_monotonic_us() - begin_us > SCHEMA_WAIT_US || ho_processor_stopping())
            return status;
        ho_processor_say(proc, "waiting", "topic %s: %s", input->topic, err->text);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        ho_side_serve(proc, 200);
    }
}

static void read_item(struct ho_processor *proc, struct ho_item *item)
{
    struct ho_error err;
    struct ho_slice key = item->event.key;
    const struct ho_input *input = &proc->spec->inputs[item->event.input];
    if (!key.ptr || key.len == 0) {
        dead(item, "processor.no_key", "the record has no key");
        return;
    }
    if (ho_kafka_partition(key, proc->part_count) != item->message->partition) {
        dead(item, "processor.wrong_partition",
             "the key belongs to another partition: the writer's partitioner is not murmur2");
        return;
    }
    if (!item->event.value.ptr || !input->record)
        return;
    enum ho_status status = decode(proc, item, &err);
    if (status != HO_OK)
        dead(item, status == HO_NOT_FOUND ? "processor.unknown_schema" : "processor.unreadable", err.text);
}

static void find_entry(struct ho_processor *proc, struct ho_item *item)
{
    struct ho_slice keys[HO_STATES_MAX] = {item->event.key};
    if (proc->spec->state_keys)
        HO_ASSERT(proc->spec->state_keys(proc->spec->env, &item->event, &proc->arena, keys) == 1);
    item->entry = ho_cache_get(&proc->cache, item->part->id, keys[0]);
}

/* States that are not at hand, of one partition, by one call. */
static enum ho_status load_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    struct ho_cache_entry **missing = HO_ARENA_ARRAY(&proc->arena, struct ho_cache_entry *, proc->item_count);
    struct ho_slice *keys = HO_ARENA_ARRAY(&proc->arena, struct ho_slice, proc->item_count);
    struct ho_slice *values = HO_ARENA_ARRAY(&proc->arena, struct ho_slice, proc->item_count);
    size_t count = 0;
    for (size_t i = 0; i < proc->item_count; i++) {
        struct ho_cache_entry *entry = proc->items[i].entry;
        if (proc->items[i].part != part || !entry || entry->loaded || entry->listed)
            continue;
        entry->listed = true;
        missing[count] = entry;
        keys[count++] = entry->key;
    }
    if (count == 0)
        return HO_OK;
    enum ho_status status = ho_redis_load(proc->redis, &part->keys, proc->owner, part->applied, keys, count,
                                          &proc->arena, values, err);
    for (size_t i = 0; i < count; i++) {
        missing[i]->listed = false;
        if (status != HO_OK)
            continue;
        ho_cache_set(&proc->cache, missing[i], values[i]);
        missing[i]->loaded = true;
    }
    return status;
}

/* Redis away: wait in place, as long as the configuration says, then end; the next start waits outside the group. */
static enum ho_status redis_again(struct ho_processor *proc, struct ho_error *err)
{
    ho_log(HO_LOG_WARN, "redis away", "error=\"%s\"", err->text);
    ho_processor_say(proc, "waiting", "%s", err->text);
    enum ho_status status = ho_processor_redis(proc, proc->common.redis_wait_ms, err);
    if (status == HO_OK)
        ho_processor_say(proc, "running", "redis is back");
    return status;
}

static enum ho_status load(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < proc->item_count; i++) {
        read_item(proc, &proc->items[i]);
        if (!proc->items[i].dead)
            find_entry(proc, &proc->items[i]);
    }
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++) {
        if (!proc->parts[p].touched)
            continue;
        while ((status = load_part(proc, &proc->parts[p], err)) == HO_AWAY)
            if (redis_again(proc, err) != HO_OK)
                return HO_AWAY;
    }
    ho_metric_observe_us(proc->m_load, ho_clock_monotonic_us() - begin_us);
    return status;
}

static void count_reason(const char *name, const char *help, const char *reason)
{
    ho_metric_add(ho_counter(name, help, "reason", reason ? reason : "none"), 1);
}

static enum ho_status keep_state(struct ho_processor *proc, struct ho_item *item, const void *state)
{
    struct ho_cache_entry *entry = item->entry;
    ho_buf_clear(&proc->scratch);
    ho_avro_encode(proc->spec->state, state, &proc->scratch);
    struct ho_slice value = ho_buf_slice(&proc->scratch);
    if (proc->scratch.full || value.len > HO_RECORD_BYTES_MAX)
        return HO_LIMIT;
    if (entry->value.ptr && ho_slice_equal(entry->value, value))
        return HO_OK;
    ho_cache_set(&proc->cache, entry, value);
    entry->dirty = true;
    entry->time_ms = item->event.now_ms;
    if (!entry->listed) {
        entry->listed = true;
        proc->changed[proc->changed_count++] = entry;
    }
    return HO_OK;
}

/* Encodes all effects before the first is produced: one that is too large takes the whole event with it. */
static enum ho_status encode_effects(struct ho_processor *proc, const struct ho_effects *effects,
                                     struct ho_slice *ret_values)
{
    for (size_t i = 0; i < effects->count; i++) {
        ho_buf_clear(&proc->scratch);
        ho_avro_encode(proc->spec->outputs[effects->items[i].output].record, effects->items[i].record, &proc->scratch);
        if (proc->scratch.full || proc->scratch.len > HO_RECORD_BYTES_MAX)
            return HO_LIMIT;
        ret_values[i] = ho_arena_slice(&proc->arena, ho_buf_slice(&proc->scratch));
    }
    return HO_OK;
}

static enum ho_status apply(struct ho_processor *proc, struct ho_item *item, const struct ho_effects *effects,
                            const void *state, struct ho_error *err)
{
    struct ho_slice values[HO_EFFECTS_MAX];
    if (encode_effects(proc, effects, values) != HO_OK || keep_state(proc, item, state) != HO_OK) {
        dead(item, "processor.too_large", "an output or the state would pass the limit of a record");
        return HO_OK;
    }
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < effects->count && status == HO_OK; i++)
        status = ho_produce_effect(proc, item, &effects->items[i], values[i], err);
    if (effects->reason)
        count_reason("ho_applied_total", "Events applied, by rule.", effects->reason);
    return status;
}

static enum ho_status read_state(struct ho_processor *proc, const struct ho_cache_entry *entry, void *state,
                                 struct ho_error *err)
{
    if (!entry->value.ptr || entry->value.len == 0) {
        memcpy(state, proc->fresh_state, ho_avro_size(proc->spec->state));
        return HO_OK;
    }
    /* The bytes may move while this event changes them, so decode from a copy of the batch. */
    struct ho_slice copy = ho_arena_slice(&proc->arena, entry->value);
    enum ho_status status = ho_avro_decode(proc->state_reader, copy, &proc->arena, state, err);
    return status == HO_OK ? HO_OK
                           : ho_fail(err, HO_FAILED, "a state of %s cannot be read; was the daemon downgraded?",
                                     proc->spec->name);
}

static enum ho_status decide_item(struct ho_processor *proc, struct ho_item *item, struct ho_error *err)
{
    static struct ho_effects effects; /* large; one thread */
    void *state = ho_arena_alloc(&proc->arena, ho_avro_size(proc->spec->state));
    enum ho_status status = read_state(proc, item->entry, state, err);
    if (status != HO_OK)
        return status;
    effects.count = 0;
    effects.outcome = HO_APPLIED;
    effects.reason = NULL;
    effects.arena = &proc->arena;
    proc->spec->decide(proc->spec->env, &item->event, &state, &effects);
    switch (effects.outcome) {
    case HO_APPLIED:
        return apply(proc, item, &effects, state, err);
    case HO_IGNORED:
        count_reason("ho_ignored_total", "Events ignored on purpose, by reason.", effects.reason);
        return HO_OK;
    case HO_POISON:
        dead(item, effects.reason ? effects.reason : "poison", "decide could not understand the record");
        return HO_OK;
    }
    HO_ASSERT(!"an outcome");
    return HO_FAILED;
}

static enum ho_status decide(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < proc->item_count && status == HO_OK; i++) {
        struct ho_item *item = &proc->items[i];
        if (!item->dead)
            status = decide_item(proc, item, err);
        if (status != HO_OK || !item->dead)
            continue;
        count_reason("ho_dead_letters_total", "Records sent to the dead letters, by reason.", item->dead);
        ho_log(HO_LOG_WARN, "dead letter", "topic=%s partition=%d offset=%lld reason=%s detail=\"%s\"",
               rd_kafka_topic_name(item->message->rkt), item->message->partition, (long long)item->message->offset,
               item->dead, item->detail);
        status = ho_produce_dead(proc, item, err);
    }
    for (size_t i = 0; i < proc->changed_count && status == HO_OK; i++)
        status = ho_produce_state(proc, proc->changed[i], err);
    ho_metric_observe_us(proc->m_decide, ho_clock_monotonic_us() - begin_us);
    return status;
}

/* All inputs of a touched partition, so that each has a committed offset from its first transaction on. */
static rd_kafka_topic_partition_list_t *offsets(const struct ho_processor *proc)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].touched && i < proc->input_count; i++)
            rd_kafka_topic_partition_list_add(list, proc->input_names[i], p)->offset = proc->parts[p].taken[i];
    return list;
}

/* Sends offsets and commits. Retriable errors are tried again, as their contract says. */
static rd_kafka_error_t *commit(struct ho_processor *proc)
{
    rd_kafka_t *producer = proc->producers[proc->turn & 1];
    rd_kafka_topic_partition_list_t *list = offsets(proc);
    rd_kafka_error_t *error = NULL;
    do {
        if (error)
            rd_kafka_error_destroy(error);
        rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(proc->consumer);
        error = rd_kafka_send_offsets_to_transaction(producer, list, group, -1);
        rd_kafka_consumer_group_metadata_destroy(group);
    } while (error && rd_kafka_error_is_retriable(error) && !rd_kafka_error_txn_requires_abort(error));
    rd_kafka_topic_partition_list_destroy(list);
    if (error)
        return error;
    do {
        if (error)
            rd_kafka_error_destroy(error);
        error = rd_kafka_commit_transaction(producer, -1);
    } while (error && rd_kafka_error_is_retriable(error) && !rd_kafka_error_txn_requires_abort(error));
    return error;
}

/* Abortable: drop everything and wait for the next assignment. Anything else: end, and let the restart put it right. */
static enum ho_status commit_failed(struct ho_processor *proc, rd_kafka_error_t *error, struct ho_error *err)
{
    bool abortable = rd_kafka_error_txn_requires_abort(error) && !rd_kafka_error_is_fatal(error);
    enum ho_status status = ho_fail(err, HO_FAILED, "transaction: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    ho_metric_add(ho_counter("ho_aborts_total", "Transactions aborted.", NULL, NULL), 1);
    if (!abortable)
        return status;
    ho_log(HO_LOG_WARN, "aborted", "error=\"%s\"", err->text);
    error = rd_kafka_abort_transaction(proc->producers[proc->turn & 1], -1);
    if (error) {
        status = ho_fail(err, HO_FAILED, "abort: %s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        return status;
    }
    ho_batch_drop(proc);
    ho_cache_clear(&proc->cache);
    proc->discard = true;
    proc->discard_since_us = ho_clock_monotonic_us();
    ho_processor_say(proc, "waiting", "a transaction was aborted; waiting for a new assignment");
    return HO_OK;
}

static enum ho_status flush_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    struct ho_slice *keys = HO_ARENA_ARRAY(&proc->arena, struct ho_slice, proc->changed_count);
    struct ho_slice *values = HO_ARENA_ARRAY(&proc->arena, struct ho_slice, proc->changed_count);
    size_t count = 0;
    for (size_t i = 0; i < proc->changed_count; i++) {
        if (proc->changed[i]->partition != part->id)
            continue;
        keys[count] = proc->changed[i]->key;
        values[count++] = proc->changed[i]->value;
    }
    if (count == 0)
        return HO_OK;
    enum ho_status status = ho_redis_flush(proc->redis, &part->keys, proc->owner, part->applied, part->written, keys,
                                           values, count, err);
    if (status == HO_OK) {
        pthread_mutex_lock(&proc->parts_lock);
        part->applied = part->written;
        pthread_mutex_unlock(&proc->parts_lock);
    }
    return status;
}

static enum ho_status flush(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = HO_OK;
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++)
        while ((status = flush_part(proc, &proc->parts[p], err)) == HO_AWAY)
            if (redis_again(proc, err) != HO_OK)
                return HO_AWAY;
    for (size_t i = 0; i < proc->changed_count && status == HO_OK; i++)
        proc->changed[i]->dirty = false;
    ho_metric_observe_us(proc->m_flush, ho_clock_monotonic_us() - begin_us);
    return status;
}

static void finished(struct ho_processor *proc)
{
    pthread_mutex_lock(&proc->parts_lock);
    for (int32_t p = 0; p < proc->part_count; p++) {
        if (proc->parts[p].touched)
            memcpy(proc->parts[p].next, proc->parts[p].taken, sizeof proc->parts[p].next);
        proc->parts[p].touched = false;
    }
    pthread_mutex_unlock(&proc->parts_lock);
    ho_metric_add(proc->m_events, (int64_t)proc->item_count);
    ho_metric_add(proc->m_batches, 1);
}

enum ho_status ho_batch_run(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = load(proc, err);
    if (status != HO_OK)
        return status;
    proc->turn++;
    rd_kafka_error_t *error = rd_kafka_begin_transaction(proc->producers[proc->turn & 1]);
    if (error)
        return commit_failed(proc, error, err);
    status = decide(proc, err);
    if (status != HO_OK)
        return status;
    int64_t commit_us = ho_clock_monotonic_us();
    error = commit(proc);
    ho_metric_observe_us(proc->m_commit, ho_clock_monotonic_us() - commit_us);
    if (error)
        return commit_failed(proc, error, err);
    status = flush(proc, err);
    if (status != HO_OK)
        return status;
    finished(proc);
    ho_batch_drop(proc);
    ho_cache_trim(&proc->cache);
    ho_metric_observe_us(proc->m_batch, ho_clock_monotonic_us() - begin_us);
    return HO_OK;
}
