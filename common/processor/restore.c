/*
 * The changelog, read_committed, from the view's applied offset to the end that was asked for before the claim. Pages
 * are sent while the next ones are read. Done when the position passes that end, or an end-of-partition event lies there:
 * the position passes control records, the event passes aborted tails, so either will do.
 */
#include "processor/internal.h"

#include "base/id.h"
#include "clock/clock.h"
#include "log/log.h"

#define PAGE 4000   /* states of one flush */
#define SLOTS 16384 /* of the page's keys: a power of two, well above PAGE */
#define WAIT_US 180000000
#define POLL_MS 10 /* a tail of control records moves the position alone, and nothing is handed out that would tell */

struct restore {
    struct ho_part *part;
    struct ho_redis_row rows[PAGE];
    struct ho_slice before[PAGE];
    rd_kafka_message_t *messages[PAGE];
    uint16_t slots[SLOTS]; /* 1 + index of the row of a key */
    size_t count;
    bool was_empty;    /* the view, when it was claimed: it holds what earlier pages brought, and no more */
    uint64_t *brought; /* hashes of the keys of earlier pages, open addressing; 0: free */
    size_t brought_cap, brought_count;
    int64_t position, end, read, begin_us;
};

static bool brought_add(uint64_t *slots, size_t cap, uint64_t hash)
{
    size_t slot = hash & (cap - 1);
    while (slots[slot] && slots[slot] != hash)
        slot = (slot + 1) & (cap - 1);
    bool news = slots[slot] == 0;
    slots[slot] = hash;
    return news;
}

/* Whether the view may hold the key, which it holds from now on. */
static bool may_hold(struct restore *restore, struct ho_slice key)
{
    if (!restore->was_empty)
        return true;
    if (2 * restore->brought_count >= restore->brought_cap) {
        size_t cap = restore->brought_cap ? 2 * restore->brought_cap : SLOTS;
        uint64_t *slots = ho_calloc(cap, sizeof *slots);
        for (size_t i = 0; i < restore->brought_cap; i++)
            if (restore->brought[i])
                brought_add(slots, cap, restore->brought[i]);
        ho_free(restore->brought);
        restore->brought = slots;
        restore->brought_cap = cap;
    }
    bool news = brought_add(restore->brought, restore->brought_cap, ho_hash64(key.ptr, key.len) | 1);
    restore->brought_count += news;
    return !news;
}

static int64_t reached(rd_kafka_t *reader, const char *topic, int32_t partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row = rd_kafka_topic_partition_list_add(list, topic, partition);
    int64_t position = rd_kafka_position(reader, list) == RD_KAFKA_RESP_ERR_NO_ERROR ? row->offset : -1;
    rd_kafka_topic_partition_list_destroy(list);
    return position;
}

static enum ho_status assign_restorer(struct ho_processor *proc, int32_t partition, int64_t from, struct ho_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, proc->changelog, partition)->offset = from;
    rd_kafka_resp_err_t rc = rd_kafka_assign(proc->restorer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return rc ? ho_fail(err, HO_AWAY, "restoring %s: %s", proc->changelog, rd_kafka_err2str(rc)) : HO_OK;
}

/* Next record, or NULL when there is none yet; position moves past whatever was skipped. */
static enum ho_status next(struct ho_processor *proc, struct restore *restore, rd_kafka_message_t **ret_message,
                           struct ho_error *err)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(proc->restorer, POLL_MS);
    enum ho_status status = HO_OK;
    ho_processor_turns(proc);
    *ret_message = NULL;
    if (message && !message->err) {
        restore->position = message->offset + 1;
        *ret_message = message;
        return HO_OK;
    }
    int64_t at = reached(proc->restorer, proc->changelog, restore->part->id);
    if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        at = message->offset > at ? message->offset : at;
    else if (message)
        status = ho_fail(err, HO_AWAY, "restoring %s [%d]: %s", proc->changelog, restore->part->id,
                         rd_kafka_message_errstr(message));
    if (message)
        rd_kafka_message_destroy(message);
    restore->position = at > restore->position ? at : restore->position;
    if (status == HO_OK && restore->position < restore->end)
        ho_processor_say(proc, "restoring", "%s [%d] at %lld of %lld; an open transaction may hold it up",
                         proc->changelog, restore->part->id, (long long)restore->position, (long long)restore->end);
    if (status == HO_OK && (ho_clock_monotonic_us() - restore->begin_us > WAIT_US || ho_processor_stopping()))
        status = ho_fail(err, HO_AWAY, "%s [%d] could not be read to its end %lld", proc->changelog, restore->part->id,
                         (long long)restore->end);
    return status;
}

/* What the view holds of the page's keys, so that what they showed can be taken back. */
static enum ho_status load_before(struct ho_processor *proc, struct restore *restore, struct ho_error *err)
{
    struct ho_redis_claim claim = {&restore->part->keys, proc->owner, restore->part->applied};
    struct ho_redis_row *rows = HO_ARENA_ARRAY(&proc->arena, struct ho_redis_row, restore->count);
    size_t *of_row = HO_ARENA_ARRAY(&proc->arena, size_t, restore->count), count = 0;
    for (size_t i = 0; i < restore->count; i++) {
        restore->before[i] = (struct ho_slice){NULL, 0};
        if (!may_hold(restore, restore->rows[i].key))
            continue;
        rows[count].key = restore->rows[i].key;
        of_row[count++] = i;
    }
    enum ho_status status = count ? ho_redis_load(proc->redis, &claim, rows, count, &proc->arena, err) : HO_OK;
    for (size_t i = 0; i < count && status == HO_OK; i++)
        restore->before[of_row[i]] = rows[i].value;
    return status;
}

/* The page's row of a key: the one that is there, since only the last state of a page counts, or a new one. */
static size_t row_of(struct restore *restore, struct ho_slice key)
{
    size_t slot = ho_hash64(key.ptr, key.len) & (SLOTS - 1);
    while (restore->slots[slot] && !ho_slice_equal(restore->rows[restore->slots[slot] - 1].key, key))
        slot = (slot + 1) & (SLOTS - 1);
    if (restore->slots[slot])
        return restore->slots[slot] - 1u;
    restore->slots[slot] = (uint16_t)++restore->count;
    return restore->count - 1;
}

static enum ho_status send_page(struct ho_processor *proc, struct restore *restore, int64_t after,
                                struct ho_error *err)
{
    struct ho_rows rows = {restore->rows, restore->before, restore->count, after};
    enum ho_status status = ho_redis_settle(proc->redis, err);
    if (status == HO_OK && proc->spec->view && restore->count)
        status = load_before(proc, restore, err);
    if (status == HO_OK)
        status = ho_flush_rows(proc, restore->part, &rows, err);
    for (size_t i = 0; i < restore->count; i++) {
        rd_kafka_message_destroy(restore->messages[i]);
        restore->messages[i] = NULL;
    }
    restore->read += (int64_t)restore->count;
    restore->count = 0;
    memset(restore->slots, 0, sizeof restore->slots);
    ho_arena_reset(&proc->arena);
    ho_fault("restoring");
    return status;
}

static enum ho_status take(struct ho_processor *proc, struct restore *restore, rd_kafka_message_t *message,
                           struct ho_error *err)
{
    struct ho_slice key = {message->key, message->key_len};
    size_t row = row_of(restore, key);
    if (restore->messages[row])
        rd_kafka_message_destroy(restore->messages[row]);
    restore->messages[row] = message;
    restore->rows[row] = (struct ho_redis_row){.key = key, .value = {message->payload ? message->payload : "", message->len}};
    return restore->count == PAGE ? send_page(proc, restore, restore->position, err) : HO_OK;
}

static enum ho_status read_all(struct ho_processor *proc, struct restore *restore, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    while (status == HO_OK && restore->position < restore->end) {
        rd_kafka_message_t *message = NULL;
        status = next(proc, restore, &message, err);
        if (status == HO_OK && message)
            status = take(proc, restore, message, err);
    }
    if (status == HO_OK)
        status = send_page(proc, restore, restore->end, err);
    return status == HO_OK ? ho_redis_settle(proc->redis, err) : status;
}

enum ho_status ho_restore_part(struct ho_processor *proc, struct ho_part *part, int64_t begin, int64_t end,
                               struct ho_error *err)
{
    if (part->applied == end)
        return HO_OK;
    struct restore *restore = ho_calloc(1, sizeof *restore);
    int64_t from = part->applied < begin ? begin : part->applied; /* an empty view has applied -1 */
    restore->part = part;
    restore->was_empty = part->applied < 0;
    restore->position = from;
    restore->end = end;
    restore->begin_us = ho_clock_monotonic_us();
    enum ho_status status = assign_restorer(proc, part->id, from, err);
    if (status == HO_OK)
        status = read_all(proc, restore, err);
    rd_kafka_assign(proc->restorer, NULL);
    if (status == HO_OK)
        ho_log(HO_LOG_INFO, "restored", "partition=%d records=%lld ms=%lld", part->id, (long long)restore->read,
               (long long)(ho_clock_monotonic_us() - restore->begin_us) / 1000);
    for (size_t i = 0; i < restore->count; i++)
        rd_kafka_message_destroy(restore->messages[i]);
    ho_free(restore->brought);
    ho_free(restore);
    return status;
}

enum ho_status ho_restore_first_record(struct ho_processor *proc, const struct ho_part *part, int64_t *ret_begin,
                                       int64_t end, struct ho_error *err)
{
    struct restore *restore = ho_calloc(1, sizeof *restore);
    struct ho_part copy = *part;
    rd_kafka_message_t *message = NULL;
    restore->part = &copy;
    int64_t begin = *ret_begin;
    restore->position = begin;
    restore->end = end;
    restore->begin_us = ho_clock_monotonic_us();
    enum ho_status status = begin < end ? assign_restorer(proc, part->id, begin, err) : HO_OK;
    while (status == HO_OK && restore->position < end && !message)
        status = next(proc, restore, &message, err);
    rd_kafka_assign(proc->restorer, NULL);
    *ret_begin = message ? message->offset : end;
    if (message)
        rd_kafka_message_destroy(message);
    ho_free(restore);
    return status;
}
