/*
 * arena: memory of one batch. Everything allocated lives until the next ho_arena_reset, which keeps the blocks, so a
 * steady state allocates nothing. Not thread-safe.
 */
#ifndef HO_ARENA_H
#define HO_ARENA_H

#include "base/base.h"

struct ho_arena_block;
struct ho_arena {
    struct ho_arena_block *first, *current;
    size_t used; /* bytes used in current */
};

/* A zeroed struct ho_arena is ready for use. */
void ho_arena_reset(struct ho_arena *arena);
void ho_arena_release(struct ho_arena *arena);

/* Zeroed, aligned to 16 bytes; never NULL, also for size 0. */
void *ho_arena_alloc(struct ho_arena *arena, size_t size);
/* The same for count items of size bytes; asserts that the product fits. */
void *ho_arena_array(struct ho_arena *arena, size_t size, size_t count);
void *ho_arena_copy(struct ho_arena *arena, const void *data, size_t size);
/* The size bytes at ptr with more zeroed bytes behind them: in place when ptr was allocated last, else a copy. */
void *ho_arena_grow(struct ho_arena *arena, void *ptr, size_t size, size_t more);
/* A copy of s in the arena, with a zero behind it; absent stays absent. */
struct ho_slice ho_arena_slice(struct ho_arena *arena, struct ho_slice s);
/* The four as one text: what ids and words need, without printf's cost. */
struct ho_slice ho_arena_numbered(struct ho_arena *arena, struct ho_slice before, const char *between, int64_t number,
                                  const char *after);
/* Formatted text in the arena. */
struct ho_slice ho_arena_printf(struct ho_arena *arena, const char *fmt, ...) HO_PRINTF(2, 3);

#define HO_ARENA_NEW(arena, type) ((type *)ho_arena_alloc((arena), sizeof(type)))
#define HO_ARENA_ARRAY(arena, type, count) ((type *)ho_arena_array((arena), sizeof(type), (count)))

#endif
