/*
 * DAEMON --verify [--phi]: what this processor's core makes, in memory, of its inputs as they lie in Kafka, compared with
 * what it made. To be run when nothing is on its way (ho drain). Compared, record by record:
 *   committed offsets   every input record lies before them
 *   outputs             read_committed, those whose ce_source is ours: each ce_id once; the last revision of each id
 *   dead letters        topic, partition and offset of the originals
 *   changelog's fold    with the model's states
 *   Redis               with the fold: states and applied offset byte by byte; due times, waiting states and views with
 *                       what the fold's states say
 * Ignored: the spec's `loose` fields (revision counters and the like, which depend on the order of topics), timestamps of
 * records, and headers but ce_id and ce_source.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "processor/internal.h"

#include "clock/clock.h"
#include "base/id.h"
#include "processor/form.h"
#include "processor/memory.h"
#include "records.h"

#define READ_WAIT_US 60000000
#define SHOWN_MAX 20
#define CONFLUENT_HEADER 5 /* where [registry] url is set */

struct verify {
    struct ho_processor *proc;
    struct ho_memory memory;
    struct ho_arena arena;
    struct ho_cache fold, ids, last; /* states by key; count of a ce_id; last revision by id, value its record */
    rd_kafka_message_t **messages;   /* of the topic read last */
    size_t count, cap;
    int64_t differences, compared;
    bool phi;
};

/* ---- reading topics */

static bool at_end(rd_kafka_t *reader, const char *topic, int32_t partition, int64_t end, const rd_kafka_message_t *got)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row = rd_kafka_topic_partition_list_add(list, topic, partition);
    bool past = rd_kafka_position(reader, list) == RD_KAFKA_RESP_ERR_NO_ERROR && row->offset >= end;
    rd_kafka_topic_partition_list_destroy(list);
    return past || (got && got->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && got->offset >= end);
}

static void keep(struct verify *v, rd_kafka_message_t *message)
{
    if (v->count == v->cap) {
        v->cap = v->cap ? 2 * v->cap : 1024;
        v->messages = ho_realloc(v->messages, v->cap * sizeof(rd_kafka_message_t *));
    }
    v->messages[v->count++] = message;
}

/* Appends one partition's committed records to v->messages. */
static enum ho_status read_partition(struct verify *v, const char *topic, int32_t partition, struct ho_error *err)
{
    int64_t begin = 0, end = 0, begin_us = ho_clock_monotonic_us();
    rd_kafka_t *reader = v->proc->restorer;
    enum ho_status status = ho_assign_ends(v->proc, topic, partition, &begin, &end, err);
    if (status != HO_OK || begin >= end)
        return status;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = begin;
    rd_kafka_assign(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    for (bool done = false; !done && status == HO_OK;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, 100);
        bool record = message && !message->err;
        done = record ? message->offset + 1 >= end : at_end(reader, topic, partition, end, message);
        if (record)
            keep(v, message);
        else if (message)
            rd_kafka_message_destroy(message);
        if (!done && ho_clock_monotonic_us() - begin_us > READ_WAIT_US)
            status = ho_fail(err, HO_AWAY, "%s [%d] could not be read to its end", topic, partition);
    }
    rd_kafka_assign(reader, NULL);
    return status;
}

static void forget_messages(struct verify *v)
{
    for (size_t i = 0; i < v->count; i++)
        rd_kafka_message_destroy(v->messages[i]);
    v->count = 0;
}

static enum ho_status read_topic(struct verify *v, const char *full_name, struct ho_error *err)
{
    int32_t partitions = 0;
    enum ho_status status = ho_kafka_partition_count(v->proc->ends, full_name, &partitions, err);
    for (int32_t p = 0; p < partitions && status == HO_OK; p++)
        status = read_partition(v, full_name, p, err);
    return status;
}

/* ---- telling */

static void differs(struct verify *v, const char *what, struct ho_slice key, const char *how)
{
    if (v->differences++ >= SHOWN_MAX)
        return;
    if (v->phi)
        printf("%s of %.*s: %s\n", what, HO_SLICE_ARG(key), how);
    else
        printf("%s of key hash %016llx: %s\n", what, (unsigned long long)ho_hash64(key.ptr, key.len), how);
}

static void drop_loose(json_t *json, const char *const *loose)
{
    size_t index;
    json_t *value;
    const char *key;
    for (size_t i = 0; loose && loose[i]; i++)
        json_object_del(json, loose[i]);
    json_object_foreach(json, key, value) drop_loose(value, loose);
    json_array_foreach(json, index, value) drop_loose(value, loose);
}

static json_t *strict_json(const struct ho_avro_record *record, struct ho_slice value, const char *const *loose)
{
    struct ho_buf text;
    ho_buf_init(&text, (size_t)64 << 20);
    size_t head = value.ptr[0] == 0 ? CONFLUENT_HEADER : HO_AVRO_HEADER;
    struct ho_slice body = {value.ptr + head, value.len - head};
    json_t *json = value.ptr[0] == '{' ? json_loadb(value.ptr, value.len, 0, NULL) : NULL; /* as [output] json asked for */
    if (!json && value.len >= head && ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, &text, NULL) == HO_OK)
        json = json_loadb(text.data, text.len, 0, NULL);
    ho_buf_release(&text);
    drop_loose(json, loose);
    return json;
}

/* Records are equal when their bytes are, or what is left of them without loose fields. */
static bool same(const struct verify *v, const struct ho_avro_record *record, struct ho_slice a, struct ho_slice b)
{
    if (ho_slice_equal(a, b))
        return true;
    if (a.len == 0 || b.len == 0)
        return false;
    json_t *left = strict_json(record, a, v->proc->spec->loose), *right = strict_json(record, b, v->proc->spec->loose);
    bool equal = left && right && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return equal;
}

/* ---- the model */

static int by_time(const void *a, const void *b)
{
    const rd_kafka_message_t *x = *(rd_kafka_message_t *const *)a, *y = *(rd_kafka_message_t *const *)b;
    rd_kafka_timestamp_type_t type;
    int64_t tx = rd_kafka_message_timestamp(x, &type), ty = rd_kafka_message_timestamp(y, &type);
    int names = strcmp(rd_kafka_topic_name(x->rkt), rd_kafka_topic_name(y->rkt));
    if (tx != ty)
        return tx < ty ? -1 : 1;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    return names ? names : x->offset < y->offset ? -1 : x->offset > y->offset;
}

static struct ho_slice schema_id_of(const struct verify *v, const rd_kafka_message_t *message)
{
    return v->proc->common.registry[0] ? ho_kafka_header(message, "__value_schema_id") : (struct ho_slice){NULL, 0};
}

static enum ho_status feed(struct verify *v, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    qsort(v->messages, v->count, sizeof(rd_kafka_message_t *), by_time);
    for (size_t i = 0; i < v->count && status == HO_OK; i++) {
        struct ho_item item = {.message = v->messages[i], .part = &v->proc->parts[v->messages[i]->partition]};
        ho_batch_fill_event(v->proc, &item, ho_batch_input(v->proc, rd_kafka_topic_name(item.message->rkt)));
        v->memory.schema_id = schema_id_of(v, item.message);
        bool misplaced = ho_kafka_partition(item.event.key, v->proc->part_count) != item.message->partition;
        if (misplaced || item.event.key.len == 0)
            ho_memory_refuse(&v->memory, &item.event, misplaced ? "processor.wrong_partition" : "processor.no_key");
        else
            status = ho_memory_put(&v->memory, &item.event, item.event.now_ms - 1, err);
    }
    return status == HO_OK ? ho_memory_finish(&v->memory, ho_clock_now_ms(), err) : status;
}

static enum ho_status feed_lookups(struct verify *v, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = read_topic(v, v->proc->schemas, err);
    for (size_t i = 0; i < v->count; i++)
        ho_memory_learn(&v->memory, (struct ho_slice){v->messages[i]->payload, v->messages[i]->len});
    forget_messages(v);
    for (size_t l = 0; l < v->memory.lookup_count && status == HO_OK; l++) {
        status = read_topic(v, ho_kafka_name(name, v->proc->common.ns, v->proc->spec->lookups[l].topic), err);
        for (size_t i = 0; i < v->count && status == HO_OK; i++) {
            const rd_kafka_message_t *m = v->messages[i];
            v->memory.schema_id = schema_id_of(v, m);
            status = ho_memory_row(&v->memory, l, (struct ho_slice){m->key, m->key_len},
                                   (struct ho_slice){m->payload, m->len}, err);
        }
        forget_messages(v);
    }
    return status;
}

/* ---- committed offsets */

static enum ho_status check_offsets(struct verify *v, struct ho_error *err)
{
    char key[64];
    struct ho_processor *proc = v->proc;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (size_t i = 0; i < proc->input_count; i++)
        for (int32_t p = 0; p < proc->part_count; p++)
            rd_kafka_topic_partition_list_add(list, proc->input_names[i], p);
    rd_kafka_resp_err_t rc = rd_kafka_committed(proc->consumer, list, 30000);
    for (size_t i = 0; i < v->count && !rc; i++) {
        const rd_kafka_message_t *m = v->messages[i];
        const rd_kafka_topic_partition_t *row =
            rd_kafka_topic_partition_list_find(list, rd_kafka_topic_name(m->rkt), m->partition);
        v->compared++;
        if (row->offset > m->offset)
            continue;
        snprintf(key, sizeof key, "%d", m->partition);
        differs(v, "committed offset", ho_slice_of(key), "an input record lies behind it: not read yet, or lost");
    }
    rd_kafka_topic_partition_list_destroy(list);
    return rc ? ho_fail(err, HO_AWAY, "committed offsets: %s", rd_kafka_err2str(rc)) : HO_OK;
}

/* ---- outputs */

/* "alt_x.3" is revision 3 of alt_x; an id without such an end has no revisions. */
static struct ho_slice base_of(struct ho_slice id, int64_t *ret_revision)
{
    size_t dot = id.len;
    while (dot > 0 && id.ptr[dot - 1] != '.')
        dot--;
    struct ho_slice end = {id.ptr + dot, id.len - dot};
    *ret_revision = 0;
    return dot > 1 && ho_slice_to_int64(end, ret_revision) ? (struct ho_slice){id.ptr, dot - 1} : id;
}

/* Ids of one output share a cache with those of the others: the output's number stands for the partition. */
static void take_last(struct ho_cache *last, int output, struct ho_slice id, struct ho_slice value)
{
    int64_t revision;
    struct ho_cache_entry *entry = ho_cache_get(last, output, base_of(id, &revision));
    if (entry->loaded && entry->time_ms > revision)
        return;
    entry->loaded = true;
    entry->time_ms = revision;
    ho_cache_set(last, entry, value);
}

static void take_output(struct verify *v, const rd_kafka_message_t *message, int output, const char *source)
{
    struct ho_slice id = ho_kafka_header(message, "ce_id");
    if (!ho_slice_is(ho_kafka_header(message, "ce_source"), source))
        return;
    struct ho_cache_entry *count = ho_cache_get(&v->ids, output, id);
    if (count->changed_in++)
        differs(v, v->proc->spec->outputs[output].topic, id, "doubled: this id and revision is there before");
    take_last(&v->last, output, id, (struct ho_slice){message->payload, message->len});
}

static void compare_last(struct verify *v, struct ho_cache *model)
{
    const struct ho_output *outputs = v->proc->spec->outputs;
    for (size_t i = 0; i < model->cap; i++) {
        const struct ho_cache_entry *mine = model->slots[i];
        if (!mine)
            continue;
        struct ho_cache_entry *theirs = ho_cache_get(&v->last, mine->partition, mine->key);
        v->compared++;
        if (!theirs->loaded)
            differs(v, outputs[mine->partition].topic, mine->key, "lost: the model made it");
        else if (!same(v, outputs[mine->partition].record, mine->value, theirs->value))
            differs(v, outputs[mine->partition].topic, mine->key, "different in its last revision");
    }
    for (size_t i = 0; i < v->last.cap; i++) {
        const struct ho_cache_entry *theirs = v->last.slots[i];
        if (theirs && theirs->loaded && !ho_cache_get(model, theirs->partition, theirs->key)->loaded)
            differs(v, outputs[theirs->partition].topic, theirs->key, "too many: the model does not make it");
    }
}

static enum ho_status check_outputs(struct verify *v, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE], source[96];
    struct ho_cache model;
    enum ho_status status = HO_OK;
    snprintf(source, sizeof source, "handoff/%s", v->proc->spec->name);
    for (size_t o = 0; o < v->proc->output_count && status == HO_OK; o++) {
        status = read_topic(v, ho_kafka_name(name, v->proc->common.ns, v->proc->spec->outputs[o].topic), err);
        for (size_t i = 0; i < v->count; i++)
            take_output(v, v->messages[i], (int)o, source);
        forget_messages(v);
    }
    ho_cache_init(&model, SIZE_MAX);
    for (const struct ho_memory_output *out = v->memory.first; out; out = out->next)
        take_last(&model, out->output, out->id, out->value);
    if (status == HO_OK)
        compare_last(v, &model);
    ho_cache_release(&model);
    return status;
}

static enum ho_status check_dead_letters(struct verify *v, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE], topic[96], offset[32];
    size_t expected = 0, found = 0;
    snprintf(topic, sizeof topic, "dlq.%s", v->proc->spec->name);
    enum ho_status status = read_topic(v, ho_kafka_name(name, v->proc->common.ns, topic), err);
    for (const struct ho_memory_dead *dead = v->memory.dead; dead; dead = dead->next, expected++) {
        size_t copies = 0;
        snprintf(offset, sizeof offset, "%lld", (long long)dead->offset);
        for (size_t i = 0; i < v->count; i++)
            copies += ho_slice_is(ho_kafka_header(v->messages[i], "__connect.errors.topic"),
                                  v->proc->input_names[dead->input]) &&
                      v->messages[i]->partition == dead->partition &&
                      ho_slice_is(ho_kafka_header(v->messages[i], "__connect.errors.offset"), offset);
        found += copies;
        v->compared++;
        if (copies != 1)
            differs(v, topic, ho_slice_of(offset), copies ? "a dead letter is there twice" : "a dead letter is missing");
    }
    if (v->count > found)
        printf("%s: %zu records that the model does not refuse (crashes, unknown schemas, wrong partitions)\n", topic,
               v->count - found);
    forget_messages(v);
    return status;
}

/* ---- states */

static enum ho_status read_fold(struct verify *v, struct ho_error *err)
{
    enum ho_status status = read_topic(v, v->proc->changelog, err);
    for (size_t i = 0; i < v->count; i++) {
        const rd_kafka_message_t *m = v->messages[i];
        struct ho_cache_entry *entry = ho_cache_get(&v->fold, m->partition, (struct ho_slice){m->key, m->key_len});
        ho_cache_set(&v->fold, entry, (struct ho_slice){m->payload ? m->payload : "", m->len});
    }
    forget_messages(v);
    return status;
}

static void compare_states(struct verify *v)
{
    for (size_t i = 0; i < v->memory.states.cap; i++) {
        const struct ho_cache_entry *mine = v->memory.states.slots[i];
        if (!mine)
            continue;
        v->compared++;
        if (!same(v, v->proc->spec->state, mine->value, ho_cache_get(&v->fold, mine->partition, mine->key)->value))
            differs(v, "state in the changelog", mine->key, "different from the model's");
    }
    for (size_t i = 0; i < v->fold.cap; i++) {
        const struct ho_cache_entry *theirs = v->fold.slots[i];
        if (theirs && theirs->value.len &&
            ho_cache_get(&v->memory.states, theirs->partition, theirs->key)->value.len == 0)
            differs(v, "state in the changelog", theirs->key, "the model has none");
    }
}

static struct ho_slice tokens_of(const struct ho_tokens *tokens, struct ho_arena *arena)
{
    struct ho_slice text = HO_SLICE("");
    for (size_t i = 0; i < tokens->count; i++)
        text = ho_arena_printf(arena, "%.*s%.*s\n", HO_SLICE_ARG(text), HO_SLICE_ARG(tokens->items[i]));
    return text;
}

static void check_view_entries(struct verify *v, const struct ho_redis_dump *dump, const struct ho_step_look *look,
                               struct ho_slice key, size_t *seen)
{
    for (size_t i = 0; i < look->views.count; i++) {
        const struct ho_view_entry *entry = &look->views.items[i];
        bool found = false;
        for (size_t k = 0; k < dump->view_count && !found; k++) {
            const struct ho_redis_view_op *op = &dump->views[k];
            found = ho_slice_equal(op->view, entry->view) && ho_slice_equal(op->field, entry->field) &&
                    (entry->value.ptr ? ho_slice_equal(op->value, entry->value) : op->sorted && op->score == entry->score);
        }
        (*seen)++;
        v->compared++;
        if (!found)
            differs(v, "view in Redis", key, "an entry is missing or different");
    }
}

/* One partition of the view against the fold. */
static void compare_view(struct verify *v, int32_t partition, const struct ho_redis_dump *dump)
{
    struct ho_cache rows;
    struct ho_step_look look;
    size_t live = 0, shown = 0;
    ho_cache_init(&rows, SIZE_MAX);
    for (size_t i = 0; i < dump->count; i++)
        ho_cache_get(&rows, partition, dump->rows[i].key)->before = (struct ho_slice){(const char *)&dump->rows[i], 1};
    for (size_t i = 0; i < v->fold.cap; i++) {
        const struct ho_cache_entry *state = v->fold.slots[i];
        if (!state || state->partition != partition || state->value.len == 0)
            continue;
        const struct ho_redis_row *row = (const void *)ho_cache_get(&rows, partition, state->key)->before.ptr;
        bool readable = ho_step_look(&v->memory.step, state->key, state->value, &look, NULL) == HO_OK;
        live++;
        v->compared++;
        if (!row || !ho_slice_equal(row->value, state->value))
            differs(v, "state in Redis", state->key, row ? "different from the changelog's" : "missing");
        else if (!readable || row->due_ms != look.due_ms)
            differs(v, "due time in Redis", state->key, "not what the state says");
        else if (!ho_slice_equal(row->tokens, tokens_of(&look.tokens, &v->arena)))
            differs(v, "waiting state in Redis", state->key, "not what the state says");
        if (readable)
            check_view_entries(v, dump, &look, state->key, &shown);
        ho_arena_reset(&v->memory.arena);
    }
    if (live != dump->count)
        differs(v, "states in Redis", HO_SLICE("partition"), "there are others than in the changelog");
    if (shown != dump->view_count)
        differs(v, "views in Redis", HO_SLICE("partition"), "there are entries that no state gives");
    ho_cache_release(&rows);
}

static enum ho_status check_redis(struct verify *v, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (int32_t p = 0; p < v->proc->part_count && status == HO_OK; p++) {
        struct ho_redis_dump dump = {.count = 0};
        int64_t begin = 0, end = 0;
        status = ho_redis_dump(v->proc->redis, &v->proc->parts[p].keys, &dump, &v->arena, err);
        if (status == HO_OK)
            status = ho_assign_ends(v->proc, v->proc->changelog, p, &begin, &end, err);
        if (status != HO_OK)
            return status;
        if (dump.applied > end)
            differs(v, "applied offset", HO_SLICE("partition"), "beyond the changelog's end");
        compare_view(v, p, &dump);
        ho_arena_reset(&v->arena);
    }
    return status;
}

/* ---- all of it */

static enum ho_status verify_all(struct verify *v, struct ho_error *err)
{
    enum ho_status status = feed_lookups(v, err);
    for (size_t i = 0; i < v->proc->input_count && status == HO_OK; i++)
        status = read_topic(v, v->proc->input_names[i], err);
    if (status == HO_OK)
        status = check_offsets(v, err);
    if (status == HO_OK)
        status = feed(v, err);
    size_t inputs = v->count;
    forget_messages(v);
    if (status == HO_OK)
        status = check_outputs(v, err);
    if (status == HO_OK)
        status = check_dead_letters(v, err);
    if (status == HO_OK)
        status = read_fold(v, err);
    if (status == HO_OK)
        compare_states(v);
    if (status == HO_OK)
        status = check_redis(v, err);
    if (status == HO_OK)
        printf("%s: %zu input records, %lld things compared, %lld differences\n", v->proc->spec->name, inputs,
               (long long)v->compared, (long long)v->differences);
    return status;
}

int ho_verify(struct ho_processor *proc, bool phi)
{
    struct verify v = {.proc = proc, .phi = phi};
    struct ho_error err = {HO_OK, ""};
    ho_memory_init(&v.memory, proc->spec);
    v.memory.forms = proc->forms;
    ho_cache_init(&v.fold, SIZE_MAX);
    ho_cache_init(&v.ids, SIZE_MAX);
    ho_cache_init(&v.last, SIZE_MAX);
    enum ho_status status = ho_open_for_verify(proc, &err);
    if (status == HO_OK)
        status = verify_all(&v, &err);
    if (status != HO_OK)
        fprintf(stderr, "verify: %s\n", err.text);
    fflush(stdout);
    return status != HO_OK ? 1 : v.differences ? 3 : 0;
}
