#include "processor/cache.h"

#include "base/id.h"

#define CAP_MIN 1024
#define SPARE_BYTES_MAX 4096 /* a larger one is freed, not kept */

void ho_cache_init(struct ho_cache *cache, size_t bytes_max)
{
    *cache = (struct ho_cache){.bytes_max = bytes_max, .cap = CAP_MIN};
    cache->slots = ho_calloc(cache->cap, sizeof *cache->slots);
}

static void entry_free(struct ho_cache_entry *entry)
{
    ho_free((void *)(uintptr_t)entry->key.ptr);
    ho_free((void *)(uintptr_t)entry->value.ptr);
    ho_free(entry);
}

static size_t entry_bytes(const struct ho_cache_entry *entry)
{
    return sizeof *entry + entry->key_cap + entry->value_cap;
}

/* Keeps the entry and its memory for another key. */
static void entry_spare(struct ho_cache *cache, struct ho_cache_entry *entry)
{
    cache->bytes -= entry_bytes(entry);
    cache->count--;
    if (entry->value_cap > SPARE_BYTES_MAX) {
        entry_free(entry);
        return;
    }
    if (cache->spare_count == cache->spare_cap) {
        cache->spare_cap = cache->spare_cap ? cache->spare_cap * 2 : CAP_MIN;
        cache->spare = ho_realloc(cache->spare, cache->spare_cap * sizeof(struct ho_cache_entry *));
    }
    cache->spare[cache->spare_count++] = entry;
}

void ho_cache_clear(struct ho_cache *cache)
{
    for (size_t i = 0; i < cache->cap; i++)
        if (cache->slots[i])
            entry_spare(cache, cache->slots[i]);
    memset(cache->slots, 0, cache->cap * sizeof(struct ho_cache_entry *));
    HO_ASSERT(cache->count == 0 && cache->bytes == 0);
}

void ho_cache_release(struct ho_cache *cache)
{
    ho_cache_clear(cache);
    for (size_t i = 0; i < cache->spare_count; i++)
        entry_free(cache->spare[i]);
    ho_free(cache->spare);
    ho_free(cache->slots);
    *cache = (struct ho_cache){0};
}

static void insert(struct ho_cache *cache, struct ho_cache_entry *entry)
{
    size_t i = entry->hash & (cache->cap - 1);
    while (cache->slots[i])
        i = (i + 1) & (cache->cap - 1);
    cache->slots[i] = entry;
}

static void grow(struct ho_cache *cache)
{
    struct ho_cache_entry **old = cache->slots;
    size_t old_cap = cache->cap;
    cache->cap *= 2;
    cache->slots = ho_calloc(cache->cap, sizeof *cache->slots);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i])
            insert(cache, old[i]);
    ho_free(old);
}

/* An entry without state for this key, of new memory or of a dropped one's. */
static struct ho_cache_entry *entry_new(struct ho_cache *cache, uint64_t hash, int32_t partition, struct ho_slice key)
{
    struct ho_cache_entry *entry = cache->spare_count ? cache->spare[--cache->spare_count] : ho_calloc(1, sizeof *entry);
    char *text = (char *)(uintptr_t)entry->key.ptr;
    struct ho_slice value = {entry->value.ptr, 0};
    size_t key_cap = entry->key_cap, value_cap = entry->value_cap;
    if (key_cap < key.len + 1) {
        key_cap = key.len + 1;
        text = ho_realloc(text, key_cap);
    }
    if (key.len)
        memcpy(text, key.ptr, key.len);
    *entry = (struct ho_cache_entry){.hash = hash,
                                     .partition = partition,
                                     .key = {text, key.len},
                                     .key_cap = key_cap,
                                     .value = value,
                                     .value_cap = value_cap,
                                     .due_ms = INT64_MAX};
    return entry;
}

struct ho_cache_entry *ho_cache_get(struct ho_cache *cache, int32_t partition, struct ho_slice key)
{
    uint64_t hash = ho_hash64(key.ptr, key.len) + (uint64_t)partition * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = hash & (cache->cap - 1); cache->slots[i]; i = (i + 1) & (cache->cap - 1)) {
        struct ho_cache_entry *entry = cache->slots[i];
        if (entry->hash == hash && entry->partition == partition && ho_slice_equal(entry->key, key)) {
            entry->used = true;
            return entry;
        }
    }
    if (cache->count * 2 >= cache->cap)
        grow(cache);
    struct ho_cache_entry *entry = entry_new(cache, hash, partition, key);
    entry->used = true;
    insert(cache, entry);
    cache->count++;
    cache->bytes += entry_bytes(entry);
    return entry;
}

void ho_cache_set(struct ho_cache *cache, struct ho_cache_entry *entry, struct ho_slice value)
{
    char *data = (char *)(uintptr_t)entry->value.ptr;
    if (!data || entry->value_cap < value.len) {
        size_t cap = value.len + value.len / 4 + 16;
        data = ho_realloc(data, cap);
        cache->bytes += cap - entry->value_cap;
        entry->value_cap = cap;
    }
    if (value.len)
        memcpy(data, value.ptr, value.len);
    entry->value = (struct ho_slice){data, value.len};
}

/* Empties a slot and moves what stands behind it, so that every entry is still found from its own slot on. */
static void remove_slot(struct ho_cache *cache, size_t hole)
{
    size_t mask = cache->cap - 1;
    cache->slots[hole] = NULL;
    for (size_t i = (hole + 1) & mask; cache->slots[i]; i = (i + 1) & mask) {
        size_t home = cache->slots[i]->hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) /* its home lies behind the hole */
            continue;
        cache->slots[hole] = cache->slots[i];
        cache->slots[i] = NULL;
        hole = i;
    }
}

void ho_cache_trim(struct ho_cache *cache, uint64_t acknowledged)
{
    for (size_t looks = 2 * cache->cap; cache->bytes > cache->bytes_max && looks > 0; looks--) {
        struct ho_cache_entry *entry = cache->slots[cache->hand];
        if (entry && !entry->used && entry->changed_in <= acknowledged) {
            remove_slot(cache, cache->hand); /* another may stand here now: look again */
            entry_spare(cache, entry);
            continue;
        }
        if (entry)
            entry->used = false;
        cache->hand = (cache->hand + 1) & (cache->cap - 1);
    }
}
