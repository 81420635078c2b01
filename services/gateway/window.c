#include "gateway/window.h"

#define WINDOW_NONE UINT32_MAX

static uint32_t buckets_of(uint32_t count)
{
    uint32_t buckets = 16;
    while (buckets < count)
        buckets *= 2;
    return buckets;
}

size_t window_size(uint32_t count, uint32_t bytes)
{
    return count * sizeof(struct window_entry) + 2 * sizeof(uint32_t) * (size_t)buckets_of(count) + bytes;
}

void window_init(struct window *window, void *memory, uint32_t count, uint32_t bytes)
{
    uint32_t buckets = buckets_of(count);
    HO_ASSERT(count > 0 && count <= 65536);
    *window = (struct window){.max = count, .bytes_max = bytes, .bucket_mask = buckets - 1};
    window->entries = memory;
    window->id_buckets = (uint32_t *)(void *)(window->entries + count);
    window->control_buckets = window->id_buckets + buckets;
    window->bytes = (char *)(window->control_buckets + buckets);
    memset(window->id_buckets, 0xff, 2 * sizeof(uint32_t) * (size_t)buckets); /* WINDOW_NONE */
}

static uint32_t *id_bucket(const struct window *window, const char *id)
{
    return &window->id_buckets[ho_hash64(id, strlen(id)) & window->bucket_mask];
}

static uint32_t *control_bucket(const struct window *window, uint64_t control)
{
    return &window->control_buckets[control & window->bucket_mask];
}

enum window_found window_look(const struct window *window, const char *id, uint64_t control, struct ho_slice *ret_answer)
{
    const struct window_entry *entry;
    if (!control)
        return WINDOW_NEW;
    for (uint32_t i = *id_bucket(window, id); i != WINDOW_NONE; i = entry->by_id.next) {
        entry = &window->entries[i];
        if (strcmp(entry->id, id) == 0) {
            *ret_answer = (struct ho_slice){window->bytes + entry->offset, entry->len};
            return WINDOW_RESENT;
        }
    }
    for (uint32_t i = *control_bucket(window, control); i != WINDOW_NONE; i = entry->by_control.next) {
        entry = &window->entries[i];
        if (entry->control == control)
            return WINDOW_REUSED;
    }
    return WINDOW_NEW;
}

/* The links of an entry in one of the two indices. */
static struct window_link *link_of(struct window *window, uint32_t number, bool by_id)
{
    return by_id ? &window->entries[number].by_id : &window->entries[number].by_control;
}

static void chain(struct window *window, uint32_t *bucket, uint32_t number, bool by_id)
{
    *link_of(window, number, by_id) = (struct window_link){*bucket, WINDOW_NONE};
    if (*bucket != WINDOW_NONE)
        link_of(window, *bucket, by_id)->previous = number;
    *bucket = number;
}

static void unchain(struct window *window, uint32_t *bucket, uint32_t number, bool by_id)
{
    const struct window_link *link = link_of(window, number, by_id);
    if (link->previous == WINDOW_NONE)
        *bucket = link->next;
    else
        link_of(window, link->previous, by_id)->next = link->next;
    if (link->next != WINDOW_NONE)
        link_of(window, link->next, by_id)->previous = link->previous;
}

static void forget_oldest(struct window *window)
{
    const struct window_entry *entry = &window->entries[window->oldest];
    unchain(window, id_bucket(window, entry->id), window->oldest, true);
    unchain(window, control_bucket(window, entry->control), window->oldest, false);
    window->oldest = (window->oldest + 1) % window->max;
    window->count--;
}

/*
 * Room for len bytes in one piece. The oldest answer is always the next one behind `write`, going round: so what lies
 * between `write` and the end goes first when we begin again at 0, and then what the new answer will cover.
 */
static uint32_t make_room(struct window *window, uint32_t len)
{
    if (window->count == window->max)
        forget_oldest(window);
    if (window->bytes_max - window->write < len) {
        while (window->count && window->entries[window->oldest].offset >= window->write)
            forget_oldest(window);
        window->write = 0;
    }
    while (window->count && window->entries[window->oldest].offset >= window->write &&
           window->entries[window->oldest].offset - window->write < len)
        forget_oldest(window);
    uint32_t offset = window->write;
    window->write += len;
    return offset;
}

void window_put(struct window *window, const char *id, uint64_t control, struct ho_slice answer)
{
    struct ho_slice known;
    uint32_t len = answer.len ? (uint32_t)answer.len : 1; /* no two entries at one place */
    if (!control || answer.len > window->bytes_max || window_look(window, id, control, &known) == WINDOW_RESENT)
        return;
    uint32_t offset = make_room(window, len);
    uint32_t number = (window->oldest + window->count++) % window->max;
    struct window_entry *entry = &window->entries[number];
    *entry = (struct window_entry){.control = control, .offset = offset, .len = (uint32_t)answer.len};
    ho_slice_copy(ho_slice_of(id), entry->id, sizeof entry->id);
    if (answer.len)
        memcpy(window->bytes + offset, answer.ptr, answer.len);
    chain(window, id_bucket(window, id), number, true);
    chain(window, control_bucket(window, control), number, false);
}
