/*
 * One batch, one transaction: load, decide, produce, send offsets, commit; then the flush is sent, whose answer may come
 * while the next batch is under way. The flush never precedes its commit, since Redis cannot be rolled back.
 *
 * After an abort nothing that the process holds is trusted: the cache is dropped, and records count again only from the
 * next assignment on, which reads committed offsets and states anew. Where no assignment is to be expected, the process
 * ends: a restart is always a correct answer.
 */
#include "processor/internal.h"

#include "clock/clock.h"
#include "log/log.h"

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
        if (proc->items[i].message)
            rd_kafka_message_destroy(proc->items[i].message);
    for (size_t i = 0; i < proc->changed_count; i++)
        proc->changed[i]->listed = false;
    proc->item_count = proc->changed_count = 0;
    /* What was gathered and not committed moves no offset, least of all of a partition that is no longer ours. */
    for (int32_t p = 0; p < proc->part_count; p++) {
        proc->parts[p].touched = false;
        memcpy(proc->parts[p].taken, proc->parts[p].next, sizeof proc->parts[p].taken);
    }
    ho_arena_reset(&proc->arena);
}

/* ---- gathering */

static void take_end(struct ho_processor *proc, const rd_kafka_message_t *message, int input)
{
    struct ho_part *part = &proc->parts[message->partition];
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

void ho_batch_fill_event(const struct ho_processor *proc, struct ho_item *item, int input)
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

static void take_error(struct ho_processor *proc, const rd_kafka_message_t *message, int input, bool ours)
{
    struct ho_error err;
    bool fenced = message->err == RD_KAFKA_RESP_ERR__FATAL || message->err == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (ours)
            take_end(proc, message, input);
    } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        ho_fail(&err, HO_INVALID, "%s; records were deleted before they were read", rd_kafka_message_errstr(message));
        ho_processor_fail(proc, &err);
    } else if (fenced) {
        ho_fail(&err, HO_FENCED, "%s; does another process run as instance %s?", rd_kafka_message_errstr(message),
                proc->common.instance);
        ho_processor_fail(proc, &err);
    } else {
        ho_log(HO_LOG_WARN, "kafka", "error=\"%s\"", rd_kafka_message_errstr(message));
    }
}

void ho_batch_add(struct ho_processor *proc, rd_kafka_message_t *message)
{
    int input = message->rkt ? ho_batch_input(proc, rd_kafka_topic_name(message->rkt)) : -1;
    bool ours = input >= 0 && proc->assigned && !proc->discard && proc->parts[message->partition].owned;
    if (message->err)
        take_error(proc, message, input, ours);
    /* A record from before our position was fetched for an assignment of earlier on. */
    if (message->err || !ours || message->offset < proc->parts[message->partition].taken[input]) {
        rd_kafka_message_destroy(message);
        return;
    }
    HO_ASSERT(proc->item_count < proc->item_cap);
    struct ho_item *item = &proc->items[proc->item_count++];
    *item = (struct ho_item){.message = message, .part = &proc->parts[message->partition]};
    item->part->taken[input] = message->offset + 1;
    item->part->at_end[input] = false;
    item->part->touched = true;
    ho_batch_fill_event(proc, item, input);
}

void ho_batch_add_event(struct ho_processor *proc, struct ho_part *part, enum ho_event_kind kind, struct ho_slice key)
{
    HO_ASSERT(proc->item_count < proc->item_cap);
    struct ho_item *item = &proc->items[proc->item_count++];
    *item = (struct ho_item){.part = part, .event = {.input = kind, .key = key, .now_ms = proc->side_ms,
                                                     .partition = part->id}};
    part->touched = true;
}

/* ---- deciding */

static void count_reason(const char *name, const char *help, const char *reason)
{
    ho_metric_add(ho_counter(name, help, "reason", reason ? reason : "none"), 1);
}

/* The entry's state is written by this batch, to the changelog and to the view. */
static void write_entry(struct ho_processor *proc, struct ho_cache_entry *entry, int64_t time_ms)
{
    if (!entry->listed) {
        entry->listed = true;
        entry->before = proc->spec->view ? ho_arena_slice(&proc->arena, entry->value) : (struct ho_slice){NULL, 0};
        proc->changed[proc->changed_count++] = entry;
    }
    entry->changed_in = proc->batch;
    entry->time_ms = time_ms;
}

static enum ho_status apply(struct ho_processor *proc, const struct ho_item *item, const struct ho_step_result *result,
                            struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < result->effect_count && status == HO_OK; i++)
        status = ho_produce_effect(proc, item, &result->effects[i], result->values[i], err);
    for (size_t i = 0; i < item->entry_count && status == HO_OK; i++)
        if (result->changed[i]) {
            write_entry(proc, item->entries[i], item->event.now_ms);
            ho_cache_set(&proc->cache, item->entries[i], result->states[i]);
            item->entries[i]->due_ms = result->due_ms[i];
        }
    if (result->reason)
        count_reason("ho_applied_total", "Events applied, by rule.", result->reason);
    return status;
}

/* One event through the core. A record that cannot be understood is marked; a timer or a wake cannot be such. */
static enum ho_status decide_event(struct ho_processor *proc, struct ho_item *item, struct ho_error *err)
{
    static struct ho_step_result result; /* large; one thread */
    struct ho_states states = {.count = item->entry_count};
    for (size_t i = 0; i < item->entry_count; i++)
        states.items[i] = item->entries[i]->value;
    if (item->message)
        ho_crash_enter(item->message);
    enum ho_status status = ho_step_run(&proc->step, &item->event, &states, &result, err);
    ho_crash_leave();
    if (status != HO_OK)
        return status;
    switch (result.outcome) {
    case HO_APPLIED:
        return apply(proc, item, &result, err);
    case HO_IGNORED:
        count_reason("ho_ignored_total", "Events ignored on purpose, by reason.", result.reason);
        return HO_OK;
    case HO_POISON:
        if (!item->message)
            return ho_fail(err, HO_FAILED, "%s: a timer or a wake was refused: %s", proc->spec->name, result.reason);
        item->dead = result.reason;
        item->detail = "decide could not understand the record, or what it makes of it is too large";
        return HO_OK;
    }
    HO_ASSERT(!"an outcome");
    return HO_FAILED;
}

/* Fires what one state has due by its partition's time, in the order of the due times. */
static enum ho_status fire_due(struct ho_processor *proc, struct ho_part *part, struct ho_cache_entry *entry,
                               struct ho_error *err)
{
    while (ho_timer_is_due(part, entry)) {
        int64_t due_ms = entry->due_ms;
        struct ho_item item = {.part = part, .entries = {entry}, .entry_count = 1};
        item.event = (struct ho_event){.input = HO_EVENT_TIMER, .key = entry->key, .now_ms = due_ms, .partition = part->id};
        enum ho_status status = decide_event(proc, &item, err);
        if (status != HO_OK)
            return status;
        ho_metric_add(proc->m_timers, 1);
        if (entry->due_ms <= due_ms)
            return ho_fail(err, HO_FAILED, "%s: a timer did not move its due time on", proc->spec->name);
    }
    return HO_OK;
}

static enum ho_status send_to_dead_letters(struct ho_processor *proc, const struct ho_item *item, struct ho_error *err)
{
    count_reason("ho_dead_letters_total", "Records sent to the dead letters, by reason.", item->dead);
    ho_log(HO_LOG_WARN, "dead letter", "topic=%s partition=%d offset=%lld reason=%s detail=\"%s\"",
           rd_kafka_topic_name(item->message->rkt), item->message->partition, (long long)item->message->offset,
           item->dead, item->detail);
    return ho_produce_dead(proc, item, err);
}

static enum ho_status decide_item(struct ho_processor *proc, struct ho_item *item, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < item->entry_count && status == HO_OK; i++)
        status = fire_due(proc, item->part, item->entries[i], err);
    if (item->event.input == HO_EVENT_TIMER) {
        /* The index was a wrong hint (another version of the core wrote it): written again, it says what the state says. */
        if (status == HO_OK && !item->entries[0]->listed)
            write_entry(proc, item->entries[0], item->part->time_ms);
        return status;
    }
    if (status == HO_OK && !item->dead)
        status = decide_event(proc, item, err);
    if (status == HO_OK && item->dead)
        status = send_to_dead_letters(proc, item, err);
    if (item->message && item->event.now_ms > item->part->last_ms[item->event.input])
        item->part->last_ms[item->event.input] = item->event.now_ms;
    return status;
}

static enum ho_status decide(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < proc->item_count && status == HO_OK; i++)
        status = decide_item(proc, &proc->items[i], err);
    ho_fault("decided");
    for (size_t i = 0; i < proc->changed_count && status == HO_OK; i++)
        status = ho_produce_state(proc, proc->changed[i], err);
    ho_metric_observe_us(proc->m_decide, ho_clock_monotonic_us() - begin_us);
    return status;
}

/* ---- committing */

/* All inputs of a touched partition: each has a committed offset from its first transaction on, and a transaction of
 * timers alone is fenced like any other. */
static rd_kafka_topic_partition_list_t *offsets(const struct ho_processor *proc)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].touched && i < proc->input_count; i++)
            rd_kafka_topic_partition_list_add(list, proc->input_names[i], p)->offset = proc->parts[p].taken[i];
    return list;
}

static bool again(const rd_kafka_error_t *error)
{
    return error && rd_kafka_error_is_retriable(error) && !rd_kafka_error_txn_requires_abort(error) &&
           !rd_kafka_error_is_fatal(error);
}

static rd_kafka_error_t *send_offsets(struct ho_processor *proc, rd_kafka_t *producer)
{
    int64_t begin_us = ho_clock_monotonic_us();
    rd_kafka_topic_partition_list_t *list = offsets(proc);
    rd_kafka_error_t *error = NULL;
    do {
        if (error)
            rd_kafka_error_destroy(error);
        ho_processor_turns(proc);
        rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(proc->consumer);
        error = rd_kafka_send_offsets_to_transaction(producer, list, group, -1);
        rd_kafka_consumer_group_metadata_destroy(group);
    } while (again(error));
    rd_kafka_topic_partition_list_destroy(list);
    ho_metric_observe_us(proc->m_offsets, ho_clock_monotonic_us() - begin_us);
    return error;
}

/* Retriable errors are tried again, as their contract says. */
static rd_kafka_error_t *commit(struct ho_processor *proc)
{
    rd_kafka_t *producer = proc->producers[ho_turn(proc)];
    rd_kafka_error_t *error = send_offsets(proc, producer);
    if (error)
        return error;
    ho_fault("offsets_sent");
    int64_t begin_us = ho_clock_monotonic_us();
    do {
        if (error)
            rd_kafka_error_destroy(error);
        ho_processor_turns(proc);
        error = rd_kafka_commit_transaction(producer, -1);
    } while (again(error));
    ho_metric_observe_us(proc->m_commit, ho_clock_monotonic_us() - begin_us);
    return error;
}

/* The group has moved on without us: an assignment will come. */
static bool is_rebalance(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
}

/* Abortable by a rebalance: drop everything and wait for the next assignment. Anything else: end. */
static enum ho_status commit_failed(struct ho_processor *proc, rd_kafka_error_t *error, struct ho_error *err)
{
    bool abortable = rd_kafka_error_txn_requires_abort(error) && !rd_kafka_error_is_fatal(error);
    bool rebalance = is_rebalance(rd_kafka_error_code(error));
    enum ho_status status = ho_fail(err, HO_FAILED, "transaction: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    ho_metric_add(ho_counter("ho_aborts_total", "Transactions aborted.", NULL, NULL), 1);
    if (!abortable)
        return status;
    ho_log(HO_LOG_WARN, "aborted", "error=\"%s\"", err->text);
    error = rd_kafka_abort_transaction(proc->producers[ho_turn(proc)], -1);
    ho_fault("aborted");
    if (error) {
        status = ho_fail(err, HO_FAILED, "abort: %s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        return status;
    }
    if (!rebalance)
        return status;
    ho_batch_drop(proc);
    ho_cache_clear(&proc->cache);
    proc->discard = true;
    proc->discard_since_us = ho_clock_monotonic_us();
    ho_processor_say(proc, "waiting", "a transaction was aborted; waiting for a new assignment");
    return HO_OK;
}

static void finished(struct ho_processor *proc)
{
    pthread_mutex_lock(&proc->parts_lock);
    for (int32_t p = 0; p < proc->part_count; p++)
        if (proc->parts[p].touched)
            memcpy(proc->parts[p].next, proc->parts[p].taken, sizeof proc->parts[p].next);
    pthread_mutex_unlock(&proc->parts_lock);
    ho_metric_add(proc->m_events, (int64_t)proc->item_count);
    ho_metric_add(proc->m_batches, 1);
    proc->committed_us = ho_clock_monotonic_us();
}

enum ho_status ho_batch_run(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = ho_read_items(proc, err);
    ho_metric_observe_us(proc->m_load, ho_clock_monotonic_us() - begin_us);
    if (status != HO_OK)
        return status;
    ho_fault("loaded");
    proc->batch++;
    rd_kafka_error_t *error = rd_kafka_begin_transaction(proc->producers[ho_turn(proc)]);
    if (error)
        return commit_failed(proc, error, err);
    status = decide(proc, err);
    if (status != HO_OK)
        return status;
    ho_fault("produced");
    error = commit(proc);
    if (error)
        return commit_failed(proc, error, err);
    ho_fault("committed");
    finished(proc);
    status = ho_flush_settle(proc, err); /* the one of the batch before */
    if (status == HO_OK)
        status = ho_flush_send(proc, err);
    if (status != HO_OK)
        return status;
    ho_fault("flush_sent");
    ho_batch_drop(proc);
    ho_cache_trim(&proc->cache, proc->acknowledged);
    ho_metric_observe_us(proc->m_batch, ho_clock_monotonic_us() - begin_us);
    return HO_OK;
}
