#include "processor/cache.h"

#include "base/id.h"

#define CAP_MIN 1024

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
    return sizeof *entry + entry->key.len + entry->value_cap;
}

void ho_cache_clear(struct ho_cache *cache)
{
    for (size_t i = 0; i < cache->cap; i++) {
        if (cache->slots[i])
            entry_free(cache->slots[i]);
        cache->slots[i] = NULL;
    }
    cache->count = cache->bytes = 0;
}

void ho_cache_release(struct ho_cache *cache)
{
    ho_cache_clear(cache);
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

struct ho_cache_entry *ho_cache_get(struct ho_cache *cache, int32_t partition, struct ho_slice key)
{
    uint64_t hash = ho_hash64(key.ptr, key.len) + (uint64_t)partition * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = hash & (cache->cap - 1); cache->slots[i]; i = (i + 1) & (cache->cap - 1)) {
        struct ho_cache_entry *entry = cache->slots[i];
        if (entry->hash == hash && entry->partition == partition && ho_slice_equal(entry->key, key))
            return entry;
    }
    if (cache->count * 2 >= cache->cap)
        grow(cache);
    struct ho_cache_entry *entry = ho_calloc(1, sizeof *entry);
    char *copy = ho_malloc(key.len + 1);
    if (key.len)
        memcpy(copy, key.ptr, key.len);
    *entry = (struct ho_cache_entry){.hash = hash, .partition = partition, .key = {copy, key.len}};
    insert(cache, entry);
    cache->count++;
    cache->bytes += entry_bytes(entry);
    return entry;
}

void ho_cache_set(struct ho_cache *cache, struct ho_cache_entry *entry, struct ho_slice value)
{
    char *data = (char *)(uintptr_t)entry->value.ptr;
    if (!value.ptr) {
        ho_free(data);
        cache->bytes -= entry->value_cap;
        entry->value = (struct ho_slice){NULL, 0};
        entry->value_cap = 0;
        return;
    }
    if (!data || entry->value_cap < value.len) {
        size_t cap = value.len + value.len / 4 + 16;
        data = ho_realloc(data, cap);
        cache->bytes += cap - entry->value_cap;
        entry->value_cap = cap;
    }
    memcpy(data, value.ptr, value.len);
    entry->value = (struct ho_slice){data, value.len};
}

void ho_cache_trim(struct ho_cache *cache)
{
    if (cache->bytes <= cache->bytes_max)
        return;
    struct ho_cache_entry **old = cache->slots;
    cache->slots = ho_calloc(cache->cap, sizeof *cache->slots);
    cache->count = cache->bytes = 0;
    for (size_t i = 0; i < cache->cap; i++) {
        if (!old[i])
            continue;
        if (!old[i]->dirty) {
            entry_free(old[i]);
            continue;
        }
        insert(cache, old[i]);
        cache->count++;
        cache->bytes += entry_bytes(old[i]);
    }
    ho_free(old);
}
