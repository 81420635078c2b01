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
 * Tables are read to their end before the events of the same assignment: assign() is called with the tables alone,
 * and again with everything when the last table has reached its end (pause and resume of 2.0.2 are broken).
 */
#include "processor/internal.h"

#include <stdio.h>

#include "clock/clock.h"
#include "log/log.h"

#define CALL_TIMEOUT_MS 30000
#define RESTORE_CHUNK 1000
#define RESTORE_WAIT_US 180000000

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

static enum ho_status log_ends(struct ho_processor *proc, const char *topic, int32_t partition, int64_t *ret_begin,
                               int64_t *ret_end, struct ho_error *err)
{
    rd_kafka_resp_err_t rc =
        rd_kafka_query_watermark_offsets(proc->ends, topic, partition, ret_begin, ret_end, CALL_TIMEOUT_MS);
    return rc ? ho_fail(err, HO_AWAY, "ends of %s [%d]: %s", topic, partition, rd_kafka_err2str(rc)) : HO_OK;
}

/* The partition's position passes control records, the end-of-partition event passes aborted tails: either will do. */
static int64_t restore_position(rd_kafka_t *reader, const char *topic, int32_t partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row = rd_kafka_topic_partition_list_add(list, topic, partition);
    int64_t position = rd_kafka_position(reader, list) == RD_KAFKA_RESP_ERR_NO_ERROR ? row->offset : -1;
    rd_kafka_topic_partition_list_destroy(list);
    return position;
}

static enum ho_status assign_restorer(struct ho_processor *proc, int32_t partition, int64_t from,
                                      struct ho_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, proc->changelog, partition)->offset = from;
    rd_kafka_resp_err_t rc = rd_kafka_assign(proc->restorer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return rc ? ho_fail(err, HO_AWAY, "restoring %s: %s", proc->changelog, rd_kafka_err2str(rc)) : HO_OK;
}

/* Reads the changelog from its beginning to its end, read_committed, for the first record that counts. */
static enum ho_status has_records(struct ho_processor *proc, const struct ho_part *part, int64_t begin, int64_t end,
                                  bool *ret_has, struct ho_error *err)
{
    int64_t position = begin, begin_us = ho_clock_monotonic_us();
    enum ho_status status = begin < end ? assign_restorer(proc, part->id, begin, err) : HO_OK;
    bool found = false;
    while (status == HO_OK && position < end && !found) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(proc->restorer, 200);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            position = message->offset;
        found = message && !message->err;
        if (message)
            rd_kafka_message_destroy(message);
        int64_t reached = restore_position(proc->restorer, proc->changelog, part->id);
        position = reached > position ? reached : position;
        if (ho_clock_monotonic_us() - begin_us > RESTORE_WAIT_US || ho_processor_stopping())
            status = ho_fail(err, HO_AWAY, "%s [%d] could not be read to its end %lld", proc->changelog, part->id,
                             (long long)end);
    }
    rd_kafka_assign(proc->restorer, NULL);
    *ret_has = found;
    return status;
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
    bool has = false;
    if (has_all_offsets(proc, part))
        return HO_OK;
    enum ho_status status = has_records(proc, part, changelog_begin, changelog_end, &has, err);
    for (size_t i = 0; i < proc->input_count && status == HO_OK; i++) {
        int64_t begin = 0, end = 0;
        if (part->next[i] >= 0)
            continue;
        if (has)
            return ho_fail(err, HO_INVALID,
                           "%s [%d] has no committed offset, but %s [%d] is not empty: offsets were lost, and starting "
                           "again would tell everything twice. Set the group's offsets by hand or use a new namespace",
                           proc->input_names[i], part->id, proc->changelog, part->id);
        status = log_ends(proc, proc->input_names[i], part->id, &begin, &end, err);
        part->next[i] = begin;
    }
    return status;
}

struct restore {
    struct ho_slice keys[RESTORE_CHUNK], values[RESTORE_CHUNK];
    rd_kafka_message_t *messages[RESTORE_CHUNK];
    size_t count;
    int64_t read; /* states read of this partition */
};

static enum ho_status restore_flush(struct ho_processor *proc, struct ho_part *part, struct restore *restore,
                                    int64_t after, struct ho_error *err)
{
    enum ho_status status = ho_redis_flush(proc->redis, &part->keys, proc->owner, part->applied, after, restore->keys,
                                           restore->values, restore->count, err);
    for (size_t i = 0; i < restore->count; i++)
        rd_kafka_message_destroy(restore->messages[i]);
    restore->read += (int64_t)restore->count;
    restore->count = 0;
    if (status == HO_OK)
        part->applied = after;
    return status;
}

/* Takes one message of the changelog; *ret_position is where reading has come to. */
static enum ho_status restore_take(struct ho_processor *proc, struct ho_part *part, struct restore *restore,
                                   rd_kafka_message_t *message, int64_t *ret_position, struct ho_error *err)
{
    if (message->err) {
        enum ho_status status = HO_OK;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            *ret_position = message->offset;
        else
            status = ho_fail(err, HO_AWAY, "restoring %s [%d]: %s", proc->changelog, part->id,
                             rd_kafka_message_errstr(message));
        rd_kafka_message_destroy(message);
        return status;
    }
    size_t i = restore->count++;
    restore->messages[i] = message;
    restore->keys[i] = (struct ho_slice){message->key, message->key_len};
    restore->values[i] = (struct ho_slice){message->payload ? message->payload : "", message->len};
    *ret_position = message->offset + 1;
    return restore->count == RESTORE_CHUNK ? restore_flush(proc, part, restore, *ret_position, err) : HO_OK;
}

static enum ho_status restore_read(struct ho_processor *proc, struct ho_part *part, int64_t from, int64_t end,
                                   struct ho_error *err)
{
    struct restore *restore = ho_calloc(1, sizeof *restore);
    enum ho_status status = HO_OK;
    int64_t position = from, begin_us = ho_clock_monotonic_us();
    while (status == HO_OK && position < end) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(proc->restorer, 200);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        if (message) {
            status = restore_take(proc, part, restore, message, &position, err);
            continue;
        }
        int64_t reached = restore_position(proc->restorer, proc->changelog, part->id);
        if (reached > position)
            position = reached;
        ho_processor_say(proc, "restoring", "%s [%d] at %lld of %lld; an open transaction may hold it up",
                         proc->changelog, part->id, (long long)position, (long long)end);
        if (ho_clock_monotonic_us() - begin_us > RESTORE_WAIT_US || ho_processor_stopping())
            status = ho_fail(err, HO_AWAY, "%s [%d] could not be read to its end %lld", proc->changelog, part->id,
                             (long long)end);
    }
    if (status == HO_OK)
        status = restore_flush(proc, part, restore, end, err);
    if (status == HO_OK)
        ho_log(HO_LOG_INFO, "restored", "partition=%d records=%lld ms=%lld", part->id, (long long)restore->read,
               (long long)(ho_clock_monotonic_us() - begin_us) / 1000);
    for (size_t i = 0; i < restore->count; i++)
        rd_kafka_message_destroy(restore->messages[i]);
    ho_free(restore);
    return status;
}

static enum ho_status restore_part(struct ho_processor *proc, struct ho_part *part, int64_t begin, int64_t end,
                                   struct ho_error *err)
{
    if (part->applied == end)
        return HO_OK;
    int64_t from = part->applied < begin ? begin : part->applied; /* an empty view has applied -1 */
    enum ho_status status = assign_restorer(proc, part->id, from, err);
    if (status == HO_OK)
        status = restore_read(proc, part, from, end, err);
    rd_kafka_assign(proc->restorer, NULL);
    return status;
}

static enum ho_status take_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    int64_t begin = 0, end = 0, claimed = -1;
    enum ho_status status = log_ends(proc, proc->changelog, part->id, &begin, &end, err);
    if (status == HO_OK)
        status = first_start(proc, part, begin, end, err);
    if (status == HO_OK)
        status = ho_redis_claim(proc->redis, &part->keys, proc->owner, proc->cluster, end, &claimed, err);
    part->applied = claimed;
    if (status == HO_OK)
        status = restore_part(proc, part, begin, end, err);
    part->written = end;
    return status;
}

static bool has_tables(const struct ho_processor *proc)
{
    for (size_t i = 0; i < proc->input_count; i++)
        if (proc->spec->inputs[i].kind == HO_INPUT_TABLE)
            return true;
    return false;
}

/* Gives the consumer explicit offsets: of the tables alone, or of everything. */
static enum ho_status assign_inputs(struct ho_processor *proc, bool tables_only, struct ho_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            if (!tables_only || proc->spec->inputs[i].kind == HO_INPUT_TABLE)
                rd_kafka_topic_partition_list_add(list, proc->input_names[i], p)->offset = proc->parts[p].next[i];
    rd_kafka_resp_err_t rc = rd_kafka_assign(proc->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    proc->reading_tables = tables_only;
    return rc ? ho_fail(err, HO_FAILED, "assign: %s", rd_kafka_err2str(rc)) : HO_OK;
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
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++) {
        struct ho_part *part = &proc->parts[p];
        memset(part->at_end, 0, sizeof part->at_end);
        if (!part->owned)
            continue;
        owned++;
        ho_processor_say(proc, "restoring", "partition %d", p);
        status = take_part(proc, part, err);
        memcpy(part->taken, part->next, sizeof part->taken);
    }
    if (status == HO_OK)
        status = assign_inputs(proc, has_tables(proc) && owned > 0, err);
    if (status == HO_OK)
        ho_processor_say(proc, proc->reading_tables ? "restoring" : "running",
                         proc->reading_tables ? "reading tables to their end" : "%d partitions", owned);
    return status;
}

static void give_up_all(struct ho_processor *proc)
{
    for (int32_t p = 0; p < proc->part_count; p++)
        proc->parts[p].owned = false;
    ho_cache_clear(&proc->cache);
    proc->assigned = proc->discard = proc->reading_tables = false;
}

void ho_assign_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t why, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    struct ho_processor *proc = opaque;
    struct ho_error err = {HO_OK, ""};
    pthread_mutex_lock(&proc->parts_lock);
    proc->generation++;
    give_up_all(proc);
    pthread_mutex_unlock(&proc->parts_lock);
    if (why != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(consumer, NULL);
        ho_processor_say(proc, "waiting", "for an assignment of partitions");
        return;
    }
    enum ho_status status = take_all(proc, list, &err);
    if (status == HO_OK)
        proc->assigned = true;
    else
        ho_processor_fail(proc, &err);
}

static bool tables_at_end(const struct ho_processor *proc)
{
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            if (proc->spec->inputs[i].kind == HO_INPUT_TABLE && !proc->parts[p].at_end[i])
                return false;
    return true;
}

void ho_assign_tables_done(struct ho_processor *proc)
{
    struct ho_error err = {HO_OK, ""};
    if (!proc->reading_tables || !proc->assigned || !tables_at_end(proc))
        return;
    if (assign_inputs(proc, false, &err) != HO_OK)
        ho_processor_fail(proc, &err);
    else
        ho_processor_say(proc, "running", "tables read");
}
