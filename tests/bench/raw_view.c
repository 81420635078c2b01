#include "raw_view.h"

#include "redis/redis.h"
#include "tool.h"

#define ROWS_MAX 5000
#define PARTS_MAX 64

struct raw_view {
    struct ho_redis *redis;
    struct ho_redis_part parts[PARTS_MAX];
    int64_t applied[PARTS_MAX];
    int32_t partitions;
    struct ho_arena arena;
    struct ho_redis_row rows[ROWS_MAX];
};

static void check(enum ho_status status, const struct ho_error *err)
{
    if (status != HO_OK)
        tool_die("%s", err->text);
}

struct raw_view *raw_view_open(const char *address, const char *ns, int32_t partitions)
{
    static struct raw_view view;
    struct ho_error err;
    view.partitions = partitions;
    check(ho_redis_open(address, 60000, &view.redis, &err), &err);
    for (int32_t p = 0; p < partitions; p++) {
        ho_redis_part_init(&view.parts[p], ns, "raw", p);
        struct ho_redis_claim claim = {&view.parts[p], "raw", -1};
        check(ho_redis_claim_part(view.redis, &claim, "raw", INT64_MAX, &view.applied[p], &err), &err);
    }
    return &view;
}

static size_t choose(struct raw_view *view, const struct raw_row *rows, size_t count, int32_t partition)
{
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].partition != partition)
            continue;
        view->rows[chosen++] = (struct ho_redis_row){.key = rows[i].key, .value = rows[i].state, .due_ms = INT64_MAX};
    }
    return chosen;
}

void raw_view_load(struct raw_view *view, const struct raw_row *rows, size_t count)
{
    struct ho_error err;
    ho_arena_reset(&view->arena);
    for (int32_t p = 0; p < view->partitions; p++) {
        size_t chosen = choose(view, rows, count, p);
        struct ho_redis_claim claim = {&view->parts[p], "raw", view->applied[p]};
        if (chosen)
            check(ho_redis_load(view->redis, &claim, view->rows, chosen, &view->arena, &err), &err);
    }
}

void raw_view_flush(struct raw_view *view, const struct raw_row *rows, size_t count, const int64_t *written)
{
    struct ho_error err;
    check(ho_redis_settle(view->redis, &err), &err); /* of the batch before */
    for (int32_t p = 0; p < view->partitions; p++) {
        size_t chosen = choose(view, rows, count, p);
        struct ho_redis_flush flush = {.claim = {&view->parts[p], "raw", view->applied[p]},
                                       .after = written[p],
                                       .columns = HO_REDIS_VALUES,
                                       .rows = view->rows,
                                       .count = chosen};
        if (!chosen)
            continue;
        check(ho_redis_flush(view->redis, &flush, &err), &err);
        view->applied[p] = written[p];
    }
}
