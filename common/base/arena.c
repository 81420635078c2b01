#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define BLOCK_SIZE ((size_t)64 << 10)
#define ALIGN 16

struct ho_arena_block {
    struct ho_arena_block *next;
    size_t size;
    _Alignas(ALIGN) char data[];
};

void ho_arena_reset(struct ho_arena *arena)
{
    arena->current = arena->first;
    arena->used = 0;
}

void ho_arena_release(struct ho_arena *arena)
{
    while (arena->first) {
        struct ho_arena_block *next = arena->first->next;
        ho_free(arena->first);
        arena->first = next;
    }
    *arena = (struct ho_arena){0};
}

static struct ho_arena_block *block_new(size_t size)
{
    struct ho_arena_block *block = ho_malloc(sizeof *block + size);
    block->next = NULL;
    block->size = size;
    return block;
}

/*
 * The next block with room: the first kept from before that is large enough, moved to here, else a new one. A block is
 * made only when all that are large enough are in use, so the number of blocks stays that of the hungriest batch.
 */
static void next_block(struct ho_arena *arena, size_t size)
{
    struct ho_arena_block **here = arena->current ? &arena->current->next : &arena->first;
    struct ho_arena_block **link = here;
    while (*link && (*link)->size < size)
        link = &(*link)->next;
    struct ho_arena_block *block = *link;
    if (block)
        *link = block->next;
    else
        block = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
    block->next = *here;
    *here = block;
    arena->current = block;
    arena->used = 0;
}

static void *take(struct ho_arena *arena, size_t size)
{
    HO_ASSERT(size <= SIZE_MAX / 2);
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!arena->current || arena->current->size - arena->used < size)
        next_block(arena, size);
    void *ptr = arena->current->data + arena->used;
    arena->used += size;
    return ptr;
}

void *ho_arena_alloc(struct ho_arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *ho_arena_copy(struct ho_arena *arena, const void *data, size_t size)
{
    void *copy = take(arena, size);
    return size ? memcpy(copy, data, size) : copy;
}

void *ho_arena_grow(struct ho_arena *arena, void *ptr, size_t size, size_t more)
{
    HO_ASSERT(size <= SIZE_MAX / 4 && more <= SIZE_MAX / 4);
    size_t all = (size + more + ALIGN - 1) & ~(size_t)(ALIGN - 1), had = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct ho_arena_block *block = arena->current;
    bool last = block && size && (char *)ptr + had == block->data + arena->used;
    if (last && block->size - arena->used >= all - had) {
        arena->used += all - had;
    } else {
        void *copy = take(arena, size + more);
        ptr = size ? memcpy(copy, ptr, size) : copy;
    }
    memset((char *)ptr + size, 0, more);
    return ptr;
}

void *ho_arena_array(struct ho_arena *arena, size_t size, size_t count)
{
    size_t bytes;
    HO_ASSERT(!__builtin_mul_overflow(size, count, &bytes));
    return ho_arena_alloc(arena, bytes);
}

struct ho_slice ho_arena_slice(struct ho_arena *arena, struct ho_slice s)
{
    if (!s.ptr)
        return s;
    char *copy = take(arena, s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (struct ho_slice){copy, s.len};
}

struct ho_slice ho_arena_numbered(struct ho_arena *arena, struct ho_slice before, const char *between, int64_t number,
                                  const char *after)
{
    char digits[20];
    size_t at = sizeof digits, gap = strlen(between), tail = strlen(after);
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        digits[--at] = '-';
    size_t count = sizeof digits - at;
    char *text = take(arena, before.len + gap + count + tail + 1), *to = text;
    if (before.len)
        to = (char *)memcpy(to, before.ptr, before.len) + before.len;
    to = (char *)memcpy(to, between, gap) + gap;
    to = (char *)memcpy(to, digits + at, count) + count;
    memcpy(to, after, tail + 1);
    return (struct ho_slice){text, before.len + gap + count + tail};
}

struct ho_slice ho_arena_printf(struct ho_arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    HO_ASSERT(len >= 0);
    char *text = take(arena, (size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return (struct ho_slice){text, (size_t)len};
}
