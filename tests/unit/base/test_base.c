#include <criterion/criterion.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "base/id.h"
#include "clock/zone.h"
#include "processor/cache.h"

Test(base, days_and_dates_agree_over_300_years)
{
    for (int64_t day = ho_days_from_civil(1900, 1, 1); day < ho_days_from_civil(2200, 1, 1); day++) {
        int y, m, d;
        ho_civil_from_days(day, &y, &m, &d);
        cr_assert(ho_date_valid(y, m, d));
        cr_assert_eq(ho_days_from_civil(y, m, d), day);
        cr_assert_eq(ho_days_of_date(ho_date_of_days(day)), day);
    }
    cr_assert(ho_date_valid(2024, 2, 29) && !ho_date_valid(2026, 2, 29) && !ho_date_valid(2100, 2, 29));
    cr_assert_eq(ho_days_from_civil(1970, 1, 1), 0);
}

static const struct {
    const char *text;
    bool good;
    int64_t utc_ms;
} times[] = {{"1970-01-01", true, 0}, {"2026-11-01T17:00:00.000Z", true, 1793552400000}, {"2026-11-01T17:00Z", true, 1793552400000},
             {"2026-13-01", false, 0}, {"2026-11-01T17:00", false, 0}, {"soon", false, 0}, {"", false, 0}};

Test(base, utc_times_are_read_and_written)
{
    for (size_t i = 0; i < HO_LENGTH(times); i++) {
        int64_t got = -1;
        cr_assert_eq(ho_utc_parse(ho_slice_of(times[i].text), &got), times[i].good, "%s", times[i].text);
        if (times[i].good)
            cr_assert_eq(got, times[i].utc_ms, "%s", times[i].text);
    }
    char out[HO_UTC_SIZE];
    cr_assert_str_eq(ho_utc_format(-1, out), "1969-12-31T23:59:59.999Z");
}

Test(base, ids_know_where_a_part_ends)
{
    char one[HO_ID_SIZE], two[HO_ID_SIZE];
    const struct ho_slice a[] = {HO_SLICE("ab"), HO_SLICE("c")}, b[] = {HO_SLICE("a"), HO_SLICE("bc")};
    struct ho_slice id = ho_id_make(one, "evt", a, 2);
    cr_assert_eq(id.len, 4 + 26);
    cr_assert_str_neq(one, ho_id_make(two, "evt", b, 2).ptr);
    cr_assert_str_eq(one, ho_id_make(two, "evt", a, 2).ptr);
}

Test(base, a_buffer_stops_at_its_maximum_and_says_so)
{
    struct ho_buf buf;
    ho_buf_init(&buf, 10);
    ho_buf_append(&buf, "12345678", 8);
    ho_buf_append(&buf, "abc", 3);
    cr_assert(buf.full && buf.len == 8);
    ho_buf_clear(&buf);
    ho_buf_printf(&buf, "%d", 42);
    cr_assert(!buf.full && ho_slice_is(ho_buf_slice(&buf), "42"));
    ho_buf_release(&buf);
}

Test(base, an_arena_keeps_its_blocks)
{
    struct ho_arena arena = {0};
    char *first = ho_arena_alloc(&arena, 100);
    for (int i = 0; i < 1000; i++)
        memset(ho_arena_alloc(&arena, 1000), 1, 1000);
    ho_arena_alloc(&arena, 1 << 20);
    ho_arena_reset(&arena);
    cr_assert_eq((void *)ho_arena_alloc(&arena, 100), (void *)first);
    cr_assert_eq(first[50], 0, "memory is zeroed again");
    ho_arena_release(&arena);
}

static const struct {
    const char *name;
    int month, day, hour;
    int64_t utc_hour; /* of the same date */
} local[] = {{"winter", 1, 15, 12, 17},        {"summer", 7, 15, 12, 16},  {"before the gap", 3, 8, 1, 6},
             {"in the gap: forward", 3, 8, 2, 7}, {"after the gap", 3, 8, 3, 7}, {"in the overlap: the first", 11, 1, 1, 5},
             {"after the overlap", 11, 1, 2, 7}};

Test(zone, local_times_become_utc_around_both_changes)
{
    struct ho_zone zone;
    struct ho_error err;
    cr_assert_eq(ho_zone_load(&zone, "America/New_York", &err), HO_OK);
    for (size_t i = 0; i < HO_LENGTH(local); i++) {
        int64_t day = ho_days_from_civil(2026, local[i].month, local[i].day) * HO_DAY_MS;
        cr_assert_eq(ho_zone_to_utc(&zone, day + local[i].hour * 3600000), day + local[i].utc_hour * 3600000, "%s",
                     local[i].name);
    }
    ho_zone_release(&zone);
    cr_assert_eq(ho_zone_load(&zone, "Mars/Olympus", &err), HO_INVALID);
}

Test(cache, dirty_entries_outlive_a_trim)
{
    struct ho_cache cache;
    char key[16];
    ho_cache_init(&cache, 1000);
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        struct ho_cache_entry *entry = ho_cache_get(&cache, i % 4, ho_slice_of(key));
        ho_cache_set(&cache, entry, ho_slice_of(key));
        entry->dirty = i % 1000 == 0;
        cr_assert_eq(ho_cache_get(&cache, i % 4, ho_slice_of(key)), entry);
    }
    ho_cache_trim(&cache);
    cr_assert_eq(cache.count, 5);
    cr_assert(ho_slice_is(ho_cache_get(&cache, 0, HO_SLICE("k4000"))->value, "k4000"));
    cr_assert_null(ho_cache_get(&cache, 1, HO_SLICE("k1"))->value.ptr);
    ho_cache_release(&cache);
}
