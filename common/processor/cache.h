/*
 * cache: the states that a process has at hand, as encoded bytes, by partition and key. Bounded: ho_cache_trim drops
 * clean entries, those not used for longest first, until the bytes are within the bound. A dirty entry stays until its
 * flush is acknowledged. Dropped entries are used again, so a steady state allocates nothing.
 */
#ifndef HO_CACHE_H
#define HO_CACHE_H

#include "base/base.h"

struct ho_cache_entry {
    uint64_t hash;
    struct ho_slice key;   /* owned */
    struct ho_slice value; /* owned; ptr NULL: no state */
    size_t key_cap, value_cap;
    struct ho_slice before; /* arena of the batch that changes it: value before the batch, where views need it */
    int64_t time_ms;        /* timestamp of the event that changed it last */
    int64_t due_ms;         /* when the state is due next, HO_NEVER */
    uint64_t changed_in;    /* batch that changed it last; newer than the view until that batch's flush is acknowledged */
    int32_t partition;
    bool loaded; /* value is that of the view, or newer */
    bool listed; /* in the batch's list of misses, or of changes */
    bool used;   /* since the last look of trim */
};

struct ho_cache {
    struct ho_cache_entry **slots; /* open addressing, a power of two */
    size_t cap, count, bytes, bytes_max, hand;
    struct ho_cache_entry **spare; /* dropped, for use again */
    size_t spare_count, spare_cap;
};

void ho_cache_init(struct ho_cache *cache, size_t bytes_max);
void ho_cache_release(struct ho_cache *cache);
/* The entry of a key, made (not loaded) when absent. Valid until trim, clear or release. */
struct ho_cache_entry *ho_cache_get(struct ho_cache *cache, int32_t partition, struct ho_slice key);
/* Copies value into the entry; an absent value means no state. */
void ho_cache_set(struct ho_cache *cache, struct ho_cache_entry *entry, struct ho_slice value);
/* Drops entries changed in no batch after `acknowledged` while the bound is passed. No pointer to an entry may be held. */
void ho_cache_trim(struct ho_cache *cache, uint64_t acknowledged);
void ho_cache_clear(struct ho_cache *cache);

#endif
