/*
 * From messages to events with their states at hand. What cannot be read is marked for the dead letters, with the reason;
 * it never stops the partition.
 */
#include "processor/internal.h"

#include "clock/clock.h"

#define SCHEMA_WAIT_US 60000000

static void dead(struct ho_processor *proc, struct ho_item *item, const char *reason, const char *detail)
{
    item->dead = reason;
    item->detail = ho_arena_slice(&proc->arena, ho_slice_of(detail)).ptr;
}

static uint64_t fingerprint_of(struct ho_slice value)
{
    uint64_t fingerprint = 0;
    if (value.len >= HO_AVRO_HEADER)
        memcpy(&fingerprint, value.ptr + 2, sizeof fingerprint);
    return fingerprint;
}

/* An unknown schema waits until `schemas` was read for 60 s more: its writer may have published it just now. */
static enum ho_status decode(struct ho_processor *proc, struct ho_item *item, struct ho_error *err)
{
    const struct ho_input *input = &proc->spec->inputs[item->event.input];
    struct ho_avro_reader *reader = proc->input_readers[item->event.input];
    void *record = ho_arena_alloc(&proc->arena, ho_avro_size(input->record));
    int64_t begin_us = ho_clock_monotonic_us();
    uint64_t fingerprint = fingerprint_of(item->event.value);
    for (bool waited = false;; waited = true) {
        ho_crash_enter(item->message);
        enum ho_status status = ho_avro_decode(reader, item->event.value, &proc->arena, record, err);
        ho_crash_leave();
        if (status == HO_OK)
            item->event.record = record;
        if (status == HO_OK && waited)
            ho_processor_say(proc, "running", "the schema has come");
        if (status != HO_NOT_FOUND || fingerprint == proc->unknown_schema || ho_processor_stopping())
            return status;
        if (ho_clock_monotonic_us() - begin_us > SCHEMA_WAIT_US) {
            proc->unknown_schema = fingerprint;
            ho_processor_say(proc, "running", "a schema never came: its records go to the dead letters");
            return status;
        }
        ho_processor_say(proc, "waiting", "topic %s: %s", input->topic, err->text);
        ho_processor_turns(proc);
        ho_side_serve(proc, 200);
    }
}

static void read_item(struct ho_processor *proc, struct ho_item *item)
{
    struct ho_error err;
    struct ho_slice key = item->event.key;
    const struct ho_input *input = &proc->spec->inputs[item->event.input];
    if (!key.ptr || key.len == 0) {
        dead(proc, item, "processor.no_key", "the record has no key");
        return;
    }
    if (ho_kafka_partition(key, proc->part_count) != item->message->partition) {
        dead(proc, item, "processor.wrong_partition",
             "the key belongs to another partition: the writer's partitioner is not murmur2");
        return;
    }
    if (ho_crash_is_poison(item->message)) {
        dead(proc, item, "processor.crashed", "the process died three times while it was deciding on this record");
        return;
    }
    if (!item->event.value.ptr || !input->record)
        return;
    enum ho_status status = decode(proc, item, &err);
    if (status != HO_OK)
        dead(proc, item, status == HO_NOT_FOUND ? "processor.unknown_schema" : "processor.unreadable", err.text);
}

static void find_entries(struct ho_processor *proc, struct ho_item *item)
{
    struct ho_slice keys[HO_STATES_MAX] = {item->event.key};
    size_t count = 1;
    if (proc->spec->state_keys && item->message) {
        ho_crash_enter(item->message);
        count = proc->spec->state_keys(proc->spec->env, &item->event, &proc->arena, keys);
        ho_crash_leave();
    }
    HO_ASSERT(count > 0 && count <= HO_STATES_MAX);
    for (size_t i = 0; i < count; i++) {
        HO_ASSERT(keys[i].len > 0);
        for (size_t j = 0; j < i; j++) /* two states of one key would overwrite each other */
            HO_ASSERT(!ho_slice_equal(keys[i], keys[j]));
        item->entries[i] = ho_cache_get(&proc->cache, item->part->id, keys[i]);
    }
    item->entry_count = count;
}

/* Entries of the batch that are not at hand, of one partition. */
static size_t list_missing(struct ho_processor *proc, const struct ho_part *part, struct ho_cache_entry **missing)
{
    size_t count = 0;
    for (size_t i = 0; i < proc->item_count; i++) {
        const struct ho_item *item = &proc->items[i];
        for (size_t k = 0; item->part == part && k < item->entry_count; k++) {
            struct ho_cache_entry *entry = item->entries[k];
            if (entry->loaded || entry->listed)
                continue;
            entry->listed = true;
            missing[count++] = entry;
        }
    }
    return count;
}

static enum ho_status take_loaded(struct ho_processor *proc, struct ho_cache_entry *entry, struct ho_slice value,
                                  struct ho_error *err)
{
    struct ho_step_look look;
    ho_cache_set(&proc->cache, entry, value);
    entry->loaded = true;
    if (!proc->spec->next_due)
        return HO_OK;
    enum ho_status status = ho_step_look(&proc->step, entry->key, entry->value, &look, err);
    entry->due_ms = look.due_ms;
    return status;
}

/* States that are not at hand, of one partition, by one call. */
static enum ho_status load_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    struct ho_cache_entry **missing =
        HO_ARENA_ARRAY(&proc->arena, struct ho_cache_entry *, proc->item_count * HO_STATES_MAX);
    size_t count = list_missing(proc, part, missing);
    if (count == 0)
        return HO_OK;
    struct ho_redis_row *rows = HO_ARENA_ARRAY(&proc->arena, struct ho_redis_row, count);
    struct ho_redis_claim claim = {&part->keys, proc->owner, part->applied};
    for (size_t i = 0; i < count; i++)
        rows[i].key = missing[i]->key;
    enum ho_status status = ho_redis_load(proc->redis, &claim, rows, count, &proc->arena, err);
    for (size_t i = 0; i < count; i++) {
        missing[i]->listed = false;
        if (status == HO_OK)
            status = take_loaded(proc, missing[i], rows[i].value, err);
    }
    return status;
}

enum ho_status ho_read_items(struct ho_processor *proc, struct ho_error *err)
{
    for (size_t i = 0; i < proc->item_count; i++) {
        struct ho_item *item = &proc->items[i];
        if (item->message)
            read_item(proc, item);
        if (!item->dead)
            find_entries(proc, item);
    }
    enum ho_status status = HO_OK;
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++)
        while (proc->parts[p].touched && (status = load_part(proc, &proc->parts[p], err)) == HO_AWAY)
            if (ho_open_redis_again(proc, err) != HO_OK)
                return HO_AWAY;
    return status;
}
