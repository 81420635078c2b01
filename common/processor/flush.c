/*
 * The view, after the commit. A batch's flush is sent at once and its answer read later, before the next one is sent:
 * meanwhile the next batch is under way. What it carries was formatted when it was sent, so that it never shows a state
 * of a batch that is not committed. An entry is dirty until the answer: entry->changed_in against proc->acknowledged.
 *
 * What a state shows in views is compared with what it showed before, and the difference is sent.
 */
#include "processor/internal.h"

#include "clock/clock.h"

struct view_ops {
    struct ho_redis_view_op *items;
    size_t count, cap;
};

static void add_op(struct ho_processor *proc, struct view_ops *ops, const struct ho_view_entry *entry, bool remove)
{
    if (ops->count == ops->cap) {
        size_t cap = ops->cap ? 2 * ops->cap : 64;
        struct ho_redis_view_op *items = HO_ARENA_ARRAY(&proc->arena, struct ho_redis_view_op, cap);
        if (ops->count)
            memcpy(items, ops->items, ops->count * sizeof *items);
        ops->items = items;
        ops->cap = cap;
    }
    ops->items[ops->count++] = (struct ho_redis_view_op){.remove = remove,
                                                         .sorted = entry->value.ptr == NULL,
                                                         .view = entry->view,
                                                         .field = entry->field,
                                                         .value = entry->value,
                                                         .score = entry->score};
}

static const struct ho_view_entry *find_view(const struct ho_views *views, const struct ho_view_entry *wanted)
{
    for (size_t i = 0; i < views->count; i++)
        if (ho_slice_equal(views->items[i].view, wanted->view) && ho_slice_equal(views->items[i].field, wanted->field))
            return &views->items[i];
    return NULL;
}

static bool same_view(const struct ho_view_entry *a, const struct ho_view_entry *b)
{
    return ho_slice_equal(a->value, b->value) && (a->value.ptr == NULL) == (b->value.ptr == NULL) && a->score == b->score;
}

static void compare_views(struct ho_processor *proc, const struct ho_views *before, const struct ho_views *after,
                          struct view_ops *ops)
{
    for (size_t i = 0; i < before->count; i++)
        if (!find_view(after, &before->items[i]))
            add_op(proc, ops, &before->items[i], true);
    for (size_t i = 0; i < after->count; i++) {
        const struct ho_view_entry *was = find_view(before, &after->items[i]);
        if (!was || !same_view(was, &after->items[i]))
            add_op(proc, ops, &after->items[i], false);
    }
}

static struct ho_slice join_lines(const struct ho_tokens *tokens, struct ho_arena *arena)
{
    size_t len = 0, at = 0;
    for (size_t i = 0; i < tokens->count; i++)
        len += tokens->items[i].len + 1;
    char *text = ho_arena_alloc(arena, len + 1);
    for (size_t i = 0; i < tokens->count; i++) {
        memcpy(text + at, tokens->items[i].ptr, tokens->items[i].len);
        at += tokens->items[i].len;
        text[at++] = '\n';
    }
    return (struct ho_slice){text, len};
}

/* Fills due time, tokens and view operations of a row. */
static enum ho_status describe_row(struct ho_processor *proc, struct ho_redis_row *row, struct ho_slice before,
                                   struct view_ops *ops, struct ho_error *err)
{
    const struct ho_processor_spec *spec = proc->spec;
    struct ho_step_look was, is;
    row->due_ms = HO_NEVER;
    row->tokens = HO_SLICE("");
    if (!spec->next_due && !spec->waits && !spec->view)
        return HO_OK;
    enum ho_status status = ho_step_look(&proc->step, row->key, row->value, &is, err);
    if (status == HO_OK && spec->view)
        status = ho_step_look(&proc->step, row->key, before, &was, err);
    if (status != HO_OK)
        return status;
    row->due_ms = is.due_ms;
    if (spec->waits)
        row->tokens = join_lines(&is.tokens, &proc->arena);
    if (spec->view)
        compare_views(proc, &was.views, &is.views, ops);
    return HO_OK;
}

/* What the process itself knows of due times and of who waits. */
static void remember(struct ho_processor *proc, struct ho_part *part, const struct ho_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct ho_redis_row *row = &rows->items[i];
        if (row->due_ms < part->due_ms)
            part->due_ms = row->due_ms;
        if (proc->spec->waits)
            ho_waiting_set(proc->waiting, part->id, row->key, row->tokens);
    }
}

enum ho_status ho_flush_rows(struct ho_processor *proc, struct ho_part *part, const struct ho_rows *rows,
                             struct ho_error *err)
{
    struct view_ops ops = {NULL, 0, 0};
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < rows->count && status == HO_OK; i++)
        status = describe_row(proc, &rows->items[i], rows->before[i], &ops, err);
    if (status != HO_OK)
        return status;
    struct ho_redis_flush flush = {
        .claim = {&part->keys, proc->owner, part->applied},
        .after = rows->after,
        .columns = proc->spec->waits ? HO_REDIS_WAITS : proc->spec->next_due ? HO_REDIS_DUE : HO_REDIS_VALUES,
        .rows = rows->items,
        .count = rows->count,
        .views = ops.items,
        .view_count = ops.count};
    status = ho_redis_flush(proc->redis, &flush, err);
    if (status != HO_OK && status != HO_AWAY)
        return status;
    pthread_mutex_lock(&proc->parts_lock);
    part->applied = rows->after; /* sent, or kept to be sent again */
    pthread_mutex_unlock(&proc->parts_lock);
    remember(proc, part, rows);
    return status;
}

static enum ho_status send_part(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    struct ho_rows rows = {.items = HO_ARENA_ARRAY(&proc->arena, struct ho_redis_row, proc->changed_count),
                           .before = HO_ARENA_ARRAY(&proc->arena, struct ho_slice, proc->changed_count),
                           .after = part->written};
    for (size_t i = 0; i < proc->changed_count; i++) {
        const struct ho_cache_entry *entry = proc->changed[i];
        if (entry->partition != part->id)
            continue;
        rows.items[rows.count] = (struct ho_redis_row){.key = entry->key, .value = entry->value};
        rows.before[rows.count++] = entry->before;
    }
    return rows.count ? ho_flush_rows(proc, part, &rows, err) : HO_OK;
}

enum ho_status ho_flush_send(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = HO_OK;
    for (int32_t p = 0; p < proc->part_count && status == HO_OK; p++) {
        status = proc->parts[p].touched ? send_part(proc, &proc->parts[p], err) : HO_OK;
        if (status == HO_AWAY)
            status = ho_open_redis_again(proc, err);
    }
    atomic_store(&proc->waiting_count, (int64_t)ho_waiting_count(proc->waiting));
    ho_metric_observe_us(proc->m_flush, ho_clock_monotonic_us() - begin_us);
    return status;
}

enum ho_status ho_flush_settle(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    bool owed = ho_redis_owed(proc->redis) > 0;
    enum ho_status status = ho_redis_settle(proc->redis, err);
    while (status == HO_AWAY) {
        if (ho_open_redis_again(proc, err) != HO_OK)
            return HO_AWAY;
        status = ho_redis_settle(proc->redis, err);
    }
    if (status == HO_OK) {
        /* Called before this batch's own flush is sent, or when idle: all that was sent is in the view. */
        bool sent = proc->item_count == 0;
        proc->acknowledged = sent ? proc->batch : proc->batch - 1;
        if (owed)
            ho_fault("flushed");
    }
    if (owed)
        ho_metric_observe_us(proc->m_settle, ho_clock_monotonic_us() - begin_us);
    return status;
}
