#include <criterion/criterion.h>
#include <stdio.h>

#include "processor/cache.h"

static struct ho_cache_entry *get(struct ho_cache *cache, int number)
{
    char key[24];
    snprintf(key, sizeof key, "k%d", number);
    return ho_cache_get(cache, number % 4, ho_slice_of(key));
}

static void set(struct ho_cache *cache, int number, uint64_t batch)
{
    struct ho_cache_entry *entry = get(cache, number);
    char value[64];
    int len = snprintf(value, sizeof value, "value of %d", number);
    ho_cache_set(cache, entry, (struct ho_slice){value, (size_t)len});
    entry->changed_in = batch;
    entry->loaded = true;
}

Test(cache, what_is_dirty_outlives_a_trim)
{
    struct ho_cache cache;
    ho_cache_init(&cache, 1000);
    for (int i = 0; i < 5000; i++)
        set(&cache, i, i % 1000 == 0 ? 8 : 7);
    ho_cache_trim(&cache, 7);
    for (int i = 0; i < 5000; i += 1000)
        cr_assert(get(&cache, i)->loaded, "%d was dropped before its flush was acknowledged", i);
    ho_cache_trim(&cache, 8);
    cr_assert_leq(cache.bytes, 1000);
    ho_cache_release(&cache);
}

Test(cache, the_bound_holds_and_what_is_used_stays)
{
    struct ho_cache cache;
    ho_cache_init(&cache, 40000);
    for (int i = 0; i < 20000; i++) {
        set(&cache, i, 1);
        cr_assert(get(&cache, 7 * (i / 100))->key.len); /* one in use all the time */
        if (i % 50 == 0)
            ho_cache_trim(&cache, 1);
        cr_assert_leq(cache.bytes, 40000 + 60 * 300);
    }
    ho_cache_trim(&cache, 1);
    cr_assert_leq(cache.bytes, 40000);
    ho_cache_release(&cache);
}

/* Whatever was dropped in between: an entry is found with its own value, or not loaded. */
Test(cache, an_entry_never_shows_another_ones_value)
{
    struct ho_cache cache;
    char expected[64];
    unsigned random = 12345;
    ho_cache_init(&cache, 30000);
    for (int step = 0; step < 200000; step++) {
        random = random * 1103515245u + 12345u;
        int number = (int)(random >> 16) % 3000;
        struct ho_cache_entry *entry = get(&cache, number);
        snprintf(expected, sizeof expected, "value of %d", number);
        if (entry->loaded)
            cr_assert(ho_slice_is(entry->value, expected), "step %d", step);
        else
            cr_assert_eq(entry->value.len, 0, "step %d: a new entry has a value", step);
        set(&cache, number, 1);
        if (step % 97 == 0)
            ho_cache_trim(&cache, 1);
        if (step % 50001 == 50000)
            ho_cache_clear(&cache);
    }
    ho_cache_release(&cache);
}
