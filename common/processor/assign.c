/*
 * A partition becomes ours in this order, and in no other:
 *   1. committed offsets of the inputs, read_committed: waits for offsets of a transaction that is still open;
 *   2. end of the changelog, read_uncommitted: what a transaction that committed just now wrote lies before it;
 *   3. claim in Redis: from here on an earlier owner's load or flush is refused;
 *   4. changelog, read_committed, from the applied offset to that end, into the view;
 *   5. assign with explicit offsets.
 * Were 2 before 1, a transaction could commit between them: its offsets would count and its states would not.
 *
 * First start: an input without a committed offset starts at its beginning only where the changelog is empty. Otherwise
 * offsets were lost, and starting again would tell everything twice: the daemon refuses. Empty means that no committed
 * record is in it: a daemon killed within its very first transaction leaves aborted records and a marker behind.
 *
 * Tables are read to their end before the events of the same assignment, bulk topics when they are read for the first
 * time. A second consumer, outside the group, reads both, of the partitions that the group gave us: so urgent records
 * are never behind them in one queue (pause and resume of 2.0.2 are broken).
 */
#include "processor/internal.h"

#include <stdio.h>

#include "clock/clock.h"
#include "log/log.h"

#define CALL_TIMEOUT_MS 30000

static enum ho_status committed_offsets(struct ho_processor *proc, struct ho_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            rd_kafka_topic_partition_list_add(list, proc->input_names[i], p);
    rd_kafka_resp_err_t rc = rd_kafka_committed(proc->consumer, list, CALL_TIMEOUT_MS);
    enum ho_status status = HO_OK;
    if (rc)
        status = ho_fail(err, HO_AWAY, "committed offsets: %s", rd_kafka_err2str(rc));
    for (int k = 0; k < list->cnt && status == HO_OK; k++) {
        const rd_kafka_topic_partition_t *row = &list->elems[k];
        int input = ho_batch_input(proc, row->topic);
        if (row->err)
            status = ho_fail(err, HO_AWAY, "committed offset of %s: %s", row->topic, rd_kafka_err2str(row->err));
        else
            proc->parts[row->partition].next[input] = row->offset; /* negative: none */
    }
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

enum ho_status ho_assign_ends(struct ho_processor *proc, const char *topic, int32_t partition, int64_t *ret_begin,
                              int64_t *ret_end, struct ho_error *err)
{
    rd_kafka_resp_err_t rc =
        rd_kafka_query_watermark_offsets(proc->ends, topic, partition, ret_begin, ret_end, CALL_TIMEOUT_MS);
    return rc ? ho_fail(err, HO_AWAY, "ends of %s [%d]: %s", topic, partition, rd_kafka_err2str(rc)) : HO_OK;
}

static bool has_all_offsets(const struct ho_processor *proc, const struct ho_part *part)
{
    for (size_t i = 0; i < proc->input_count; i++)
        if (part->next[i] < 0)
            return false;
    return true;
}

static enum ho_status first_start(struct ho_processor *proc, struct ho_part *part, int64_t changelog_begin,
                                  int64_t changelog_end, struct ho_error *err)
{
    int64_t first = changelog_begin;
    if (has_all_offsets(proc, part))
        return HO_OK;
    enum ho_status status = ho_restore_first_record(proc, part, &first, changelog_end, err);
    for (size_t i = 0; i < proc->input_count && status == HO_OK; i++) {
        int64_t begin = 0, end = 0;
        if (part->next[i] >= 0)
            continue;
        if (first < changelog_end)
            return ho_fail(err, HO_INVALID,
                           "%s [%d] has no committed offset, but %s [%d] is not empty: offsets were lost, and starting "
                           "again would tell everything twice. Set the group's offsets by hand or use a new namespace",
                           proc->input_names[i], part->id, proc->changelog, part->id);
        status = ho_assign_ends(proc, proc->input_names[i], part->id, &begin, &end, err);
        part->next[i] = begin;
    }
    return status;
}

static enum ho_status take_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    int64_t begin = 0, end = 0, claimed = -1;
    struct ho_redis_claim claim = {&part->keys, proc->owner, -1};
    enum ho_status status = ho_assign_ends(proc, proc->changelog, part->id, &begin, &end, err);
    ho_fault("end_read");
    if (status == HO_OK)
        status = first_start(proc, part, begin, end, err);
    if (status == HO_OK)
        status = ho_redis_claim_part(proc->redis, &claim, proc->cluster, end, &claimed, err);
    ho_fault("claimed");
    part->applied = claimed;
    part->written = end;
    part->due_ms = INT64_MIN;
    part->time_ms = INT64_MIN;
    if (status == HO_OK)
        status = ho_restore_part(proc, part, begin, end, err);
    ho_fault("restored");
    if (status == HO_OK)
        status = ho_wake_assign(proc, part, err);
    ho_arena_reset(&proc->arena);
    return status;
}

/* Whether an input is read before the events of this assignment: tables always, bulk topics on their first start. */
static bool is_first(const struct ho_processor *proc, const struct ho_part *part, size_t input)
{
    switch (proc->spec->inputs[input].kind) {
    case HO_INPUT_TABLE:
        return true;
    case HO_INPUT_BULK:
        return part->first[input];
    case HO_INPUT_URGENT:
        return false;
    }
    HO_ASSERT(!"a kind of input");
    return false;
}

static bool firsts_at_end(const struct ho_processor *proc)
{
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            if (is_first(proc, &proc->parts[p], i) && !proc->parts[p].at_end[i])
                return false;
    return true;
}

/* Gives one of the two consumers its inputs of our partitions, with explicit offsets. Before the tables are read the group's
 * assignment is answered with an empty list: without a list (NULL) the member would leave its assignment. */
static enum ho_status assign_inputs(struct ho_processor *proc, rd_kafka_t *consumer, bool urgent, struct ho_error *err)
{
    bool later = urgent && proc->reading_tables;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            if (!later && (proc->spec->inputs[i].kind == HO_INPUT_URGENT) == urgent)
                rd_kafka_topic_partition_list_add(list, proc->input_names[i], p)->offset = proc->parts[p].next[i];
    rd_kafka_resp_err_t rc = rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return rc ? ho_fail(err, HO_FAILED, "assign: %s", rd_kafka_err2str(rc)) : HO_OK;
}

/* Tables first; without any the events follow at once. */
static enum ho_status begin_reading(struct ho_processor *proc, int owned, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    if (proc->bulk)
        status = assign_inputs(proc, proc->bulk, false, err);
    proc->reading_tables = owned > 0 && !firsts_at_end(proc);
    return status == HO_OK ? assign_inputs(proc, proc->consumer, true, err) : status;
}

static enum ho_status take_all(struct ho_processor *proc, const rd_kafka_topic_partition_list_t *list,
                               struct ho_error *err)
{
    int owned = 0;
    for (int k = 0; k < list->cnt; k++) {
        HO_ASSERT(list->elems[k].partition < proc->part_count);
        proc->parts[list->elems[k].partition].owned = true;
    }
    enum ho_status status = committed_offsets(proc, err);
    ho_fault("offsets_read");
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++) {
        struct ho_part *part = &proc->parts[p];
        memset(part->at_end, 0, sizeof part->at_end);
        for (size_t i = 0; i < proc->input_count; i++) {
            part->first[i] = part->next[i] < 0;
            part->last_ms[i] = INT64_MIN;
        }
        if (!part->owned)
            continue;
        owned++;
        ho_processor_say(proc, "restoring", "partition %d", p);
        status = take_part(proc, part, err);
        memcpy(part->taken, part->next, sizeof part->taken);
    }
    if (status == HO_OK)
        status = begin_reading(proc, owned, err);
    ho_fault("assigned");
    if (status == HO_OK)
        ho_processor_say(proc, proc->reading_tables ? "restoring" : "running",
                         proc->reading_tables ? "reading tables to their end" : "%d partitions", owned);
    return status;
}

/* What was sent of the last batch is still ours to send; if it does not arrive, the next owner restores it. */
static void give_up_all(struct ho_processor *proc)
{
    struct ho_error ignored;
    if (ho_redis_settle(proc->redis, &ignored) != HO_OK)
        ho_redis_forget(proc->redis);
    if (proc->bulk)
        rd_kafka_assign(proc->bulk, NULL);
    ho_waiting_clear(proc->waiting);
    pthread_mutex_lock(&proc->parts_lock);
    for (int32_t p = 0; p < proc->part_count; p++)
        proc->parts[p].owned = false;
    pthread_mutex_unlock(&proc->parts_lock);
    ho_batch_drop(proc);
    ho_cache_clear(&proc->cache);
    proc->assigned = proc->discard = proc->reading_tables = false;
}

/* A view that is gone (dropped flushes leave its connection dead) is connected anew before partitions are claimed. */
static enum ho_status take_assignment(struct ho_processor *proc, const rd_kafka_topic_partition_list_t *list,
                                      struct ho_error *err)
{
    enum ho_status status = take_all(proc, list, err);
    if (status != HO_AWAY || ho_open_redis_again(proc, err) != HO_OK)
        return status;
    return take_all(proc, list, err);
}

void ho_assign_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t why, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    struct ho_processor *proc = opaque;
    struct ho_error err = {HO_OK, ""};
    proc->generation++;
    give_up_all(proc);
    if (why != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(consumer, NULL);
        ho_processor_say(proc, "waiting", "for an assignment of partitions");
        return;
    }
    enum ho_status status = take_assignment(proc, list, &err);
    if (status == HO_OK)
        proc->assigned = true;
    else
        ho_processor_fail(proc, &err);
}

void ho_assign_tables_done(struct ho_processor *proc)
{
    struct ho_error err = {HO_OK, ""};
    if (!proc->reading_tables || !proc->assigned || !firsts_at_end(proc))
        return;
    proc->reading_tables = false;
    if (assign_inputs(proc, proc->consumer, true, &err) != HO_OK)
        ho_processor_fail(proc, &err);
    else
        ho_processor_say(proc, "running", "tables read");
}
