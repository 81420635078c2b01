#include "raw_view.h"

#include "redis/redis.h"
#include "tool.h"

#define ROWS_MAX 4000
#define PARTS_MAX 64

struct raw_view {
    struct ho_redis *redis;
    struct ho_redis_part parts[PARTS_MAX];
    int64_t applied[PARTS_MAX];
    int32_t partitions;
    struct ho_arena arena;
    struct ho_slice keys[ROWS_MAX], values[ROWS_MAX];
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
        check(ho_redis_claim(view.redis, &view.parts[p], "raw", "raw", INT64_MAX, &view.applied[p], &err), &err);
    }
    return &view;
}

static size_t choose(struct raw_view *view, const struct raw_row *rows, size_t count, int32_t partition)
{
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].partition != partition)
            continue;
        view->keys[chosen] = rows[i].key;
        view->values[chosen++] = rows[i].state;
    }
    return chosen;
}

void raw_view_load(struct raw_view *view, const struct raw_row *rows, size_t count)
{
    struct ho_error err;
    ho_arena_reset(&view->arena);
    for (int32_t p = 0; p < view->partitions; p++) {
        size_t chosen = choose(view, rows, count, p);
        if (chosen)
            check(ho_redis_load(view->redis, &view->parts[p], "raw", view->applied[p], view->keys, chosen, &view->arena,
                                view->values, &err),
                  &err);
    }
}

void raw_view_flush(struct raw_view *view, const struct raw_row *rows, size_t count, const int64_t *written)
{
    struct ho_error err;
    for (int32_t p = 0; p < view->partitions; p++) {
        size_t chosen = choose(view, rows, count, p);
        if (!chosen)
            continue;
        check(ho_redis_flush(view->redis, &view->parts[p], "raw", view->applied[p], written[p], view->keys, view->values,
                             chosen, &err),
              &err);
        view->applied[p] = written[p];
    }
}
