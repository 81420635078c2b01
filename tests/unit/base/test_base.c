#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "base/id.h"

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
    int year, month, day;
    bool valid;
} dates[] = {{2024, 2, 29, true},  {2000, 2, 29, true},  {2026, 2, 28, true},  {9999, 12, 31, true},
             {1, 1, 1, true},      {2026, 2, 29, false}, {1900, 2, 29, false}, {2100, 2, 29, false},
             {2026, 4, 31, false}, {2026, 13, 1, false}, {2026, 0, 1, false},  {2026, 1, 0, false},
             {2026, 1, 32, false}, {0, 1, 1, false},     {10000, 1, 1, false}};

Test(base, a_date_is_valid_when_the_calendar_has_it)
{
    for (size_t i = 0; i < HO_LENGTH(dates); i++)
        cr_assert_eq(ho_date_valid(dates[i].year, dates[i].month, dates[i].day), dates[i].valid, "%d-%d-%d",
                     dates[i].year, dates[i].month, dates[i].day);
    cr_assert_eq(ho_days_from_civil(2024, 3, 1) - ho_days_from_civil(2024, 2, 28), 2);
    cr_assert_eq(ho_days_from_civil(2026, 3, 1) - ho_days_from_civil(2026, 2, 28), 1);
    cr_assert_eq(ho_days_from_civil(2026, 11, 24), 20781);
}

static const struct {
    const char *text;
    bool good;
    int64_t value;
} numbers[] = {{"0", true, 0},
               {"-7", true, -7},
               {"007", true, 7},
               {"9223372036854775807", true, INT64_MAX},
               {"-9223372036854775808", true, INT64_MIN},
               {"9223372036854775808", false, 0},
               {"", false, 0},
               {"-", false, 0},
               {"+1", false, 0},
               {" 1", false, 0},
               {"1 ", false, 0},
               {"0x1", false, 0},
               {"1e3", false, 0}};

Test(base, a_number_is_the_whole_slice_or_nothing)
{
    for (size_t i = 0; i < HO_LENGTH(numbers); i++) {
        int64_t got = 42;
        cr_assert_eq(ho_slice_to_int64(ho_slice_of(numbers[i].text), &got), numbers[i].good, "%s", numbers[i].text);
        cr_assert_eq(got, numbers[i].good ? numbers[i].value : 42, "%s", numbers[i].text);
    }
}

Test(base, slices_compare_as_bytes_and_copies_are_cut)
{
    char out[4];
    cr_assert(ho_slice_compare(HO_SLICE("ab"), HO_SLICE("abc")) < 0);
    cr_assert(ho_slice_compare(HO_SLICE("b"), HO_SLICE("abc")) > 0);
    cr_assert(ho_slice_compare(HO_SLICE("\xff"), HO_SLICE("a")) > 0);
    cr_assert_eq(ho_slice_compare(HO_SLICE("abc"), HO_SLICE("abc")), 0);
    cr_assert(ho_slice_equal(ho_slice_of(NULL), HO_SLICE("")) && ho_slice_of(NULL).ptr == NULL);
    cr_assert_str_eq(ho_slice_copy(HO_SLICE("abcdef"), out, sizeof out), "abc");
    cr_assert_str_eq(ho_slice_copy(ho_slice_of(NULL), out, sizeof out), "");
}

Test(base, an_error_may_be_built_from_its_own_text)
{
    struct ho_error err = {HO_OK, "inner"};
    cr_assert_eq(ho_fail(&err, HO_AWAY, "outer: %s", err.text), HO_AWAY);
    cr_assert_str_eq(err.text, "outer: inner");
    cr_assert_eq(ho_fail(NULL, HO_LIMIT, "nobody listens"), HO_LIMIT);
}

static const struct {
    const char *text;
    bool good;
    int64_t utc_ms;
} times[] = {{"1970-01-01", true, 0},
             {"2026-11-01T17:00:00.000Z", true, 1793552400000},
             {"2026-11-01T17:00Z", true, 1793552400000},
             {"2026-11-01T17:00:00.123Z", true, 1793552400123},
             {"2026-11-01T17:00:59Z", true, 1793552459000},
             {"2024-02-29", true, 1709164800000},
             {"1969-12-31T23:59:59.999Z", true, -1},
             {"2026-13-01", false, 0},
             {"2026-02-29", false, 0},
             {"2100-02-29", false, 0},
             {"2026-00-10", false, 0},
             {"0000-01-01", false, 0},
             {"2026-11-01T17:00", false, 0},
             {"2026-11-01T24:00Z", false, 0},
             {"2026-11-01T17:60Z", false, 0},
             {"2026-11-01T17:00:60Z", false, 0},
             {"2026-11-01T17:00.123Z", false, 0},
             {"2026-11-01T17:00:00.12Z", false, 0},
             {"2026-11-01T17:00:00.1234Z", false, 0},
             {"2026-11-01T17:00Z ", false, 0},
             {"2026-11-01T", false, 0},
             {"2026-11-1", false, 0},
             {"2026/11/01", false, 0},
             {"soon", false, 0},
             {"", false, 0}};

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
    cr_assert_str_eq(ho_utc_format(1709164800000, out), "2024-02-29T00:00:00.000Z");
    for (int64_t ms = ho_days_from_civil(1900, 1, 1) * HO_DAY_MS; ms < ho_days_from_civil(2200, 1, 1) * HO_DAY_MS;
         ms += 7 * HO_DAY_MS + 12345678) {
        int64_t back = 0;
        cr_assert(ho_utc_parse(ho_slice_of(ho_utc_format(ms, out)), &back) && back == ms, "%s", out);
    }
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

/* Made by another implementation of XXH3 and of base32: an id is stored for ever, so it must never change. */
Test(base, ids_are_what_they_always_were)
{
    char out[HO_ID_SIZE], xs[1000];
    memset(xs, 'x', sizeof xs);
    const struct ho_slice empty[] = {HO_SLICE("")}, two[] = {HO_SLICE("ab"), HO_SLICE("c")};
    const struct ho_slice absent[] = {ho_slice_of(NULL)}, large[] = {HO_SLICE("north"), {xs, sizeof xs}};
    cr_assert_str_eq(ho_id_make(out, "msg", NULL, 0).ptr, "msg_tgvanuybi6mnqyabymsendkjp4");
    cr_assert_str_eq(ho_id_make(out, "msg", empty, 1).ptr, "msg_fqfivgo4cr6virodwsoqgvtfwi");
    cr_assert_str_eq(ho_id_make(out, "msg", absent, 1).ptr, "msg_fqfivgo4cr6virodwsoqgvtfwi");
    cr_assert_str_eq(ho_id_make(out, "enc", two, 2).ptr, "enc_6lw2e4elz7krzqc4b3smt5qeia");
    cr_assert_str_eq(ho_id_make(out, "alert", large, 2).ptr, "alert_on6r47rkk656vuj3bwfn7utple");
    cr_assert_eq(ho_hash64("handoff", 7), UINT64_C(0xe6072262920f48c9));
}

/* A text of 12 letters cut in two at every place, and in three at every pair of places, gives as many ids. */
Test(base, every_cut_of_a_text_has_its_own_id)
{
    static const char text[] = "aaaaaaaaaaaa";
    char ids[128][HO_ID_SIZE];
    size_t count = 0;
    for (size_t i = 0; i <= 12; i++)
        for (size_t j = i; j <= 12; j++) {
            const struct ho_slice parts[] = {{text, i}, {text + i, j - i}, {text + j, 12 - j}};
            ho_id_make(ids[count++], "id", parts, 3);
            const struct ho_slice pair[] = {{text, i}, {text + i, 12 - i}};
            if (j == 12)
                ho_id_make(ids[count++], "id", pair, 2);
        }
    cr_assert_eq(count, 91 + 13);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(ids[i], ids[j]);
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

Test(base, a_buffer_takes_a_text_longer_than_its_scratch)
{
    struct ho_buf buf;
    ho_buf_init(&buf, 5000);
    cr_assert(ho_slice_is(ho_buf_slice(&buf), "") && ho_buf_slice(&buf).ptr);
    ho_buf_printf(&buf, "%01000d", 7);
    ho_buf_append_byte(&buf, '!');
    ho_buf_append_slice(&buf, ho_slice_of(NULL));
    cr_assert(buf.len == 1001 && !buf.full && memcmp(buf.data + 998, "07!", 3) == 0);
    ho_buf_printf(&buf, "%04000d", 7);
    cr_assert(buf.full && buf.len == 1001);
    ho_buf_append_byte(&buf, '!');
    cr_assert_eq(buf.len, 1001, "full stays full, also for what would fit");
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

/* Needs come in another order in each round: blocks are found again, none is added without end. */
Test(base, an_arena_does_not_grow_with_the_order_of_needs)
{
    static const size_t needs[] = {100, 200000, 70000, 1 << 20, 65536, 300000, 0};
    struct ho_arena arena = {0};
    const char *seen[64];
    size_t count = 0;
    for (size_t round = 0; round < 5000; round++) {
        ho_arena_reset(&arena);
        for (size_t i = 0; i < HO_LENGTH(needs); i++) {
            const char *got = ho_arena_alloc(&arena, needs[(i * 3 + round * (round % 5 + 1)) % HO_LENGTH(needs)]);
            size_t at = 0;
            cr_assert_eq((uintptr_t)got % 16, 0);
            while (at < count && seen[at] != got)
                at++;
            cr_assert(at < HO_LENGTH(seen) - 1, "round %zu", round);
            seen[at] = got;
            count += at == count;
        }
    }
    ho_arena_release(&arena);
}

Test(base, an_arena_grows_what_was_allocated_last_in_place)
{
    struct ho_arena arena = {0};
    char *text = ho_arena_copy(&arena, "abc", 3);
    char *more = ho_arena_grow(&arena, text, 3, 40);
    cr_assert_eq(more, text);
    cr_assert(memcmp(more, "abc\0\0", 5) == 0 && !more[42]);
    char *behind = ho_arena_copy(&arena, "x", 1);
    cr_assert(behind >= more + 43, "the room is its own");
    char *copy = ho_arena_grow(&arena, more, 43, 1);
    cr_assert_neq(copy, more, "something lies behind it");
    cr_assert(memcmp(copy, more, 43) == 0 && !copy[43] && *behind == 'x');
    char *large = ho_arena_grow(&arena, copy, 44, 1 << 20);
    cr_assert_neq(large, copy, "no room in the block");
    cr_assert(memcmp(large, more, 43) == 0 && !large[43 + (1 << 20)]);
    cr_assert_not_null(ho_arena_grow(&arena, NULL, 0, 8), "from nothing");
    ho_arena_release(&arena);
}

Test(base, an_arena_puts_numbers_into_texts)
{
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {{0, "id.0!"}, {7, "id.7!"}, {-12, "id.-12!"}, {INT64_MAX, "id.9223372036854775807!"},
                {INT64_MIN, "id.-9223372036854775808!"}};
    struct ho_arena arena = {0};
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        cr_assert_str_eq(ho_arena_numbered(&arena, HO_SLICE("id"), ".", rows[i].number, "!").ptr, rows[i].text);
    cr_assert_str_eq(ho_arena_numbered(&arena, (struct ho_slice){NULL, 0}, "", 1, "").ptr, "1");
    ho_arena_release(&arena);
}

Test(base, an_arena_copies_texts)
{
    struct ho_arena arena = {0};
    struct ho_slice copy = ho_arena_slice(&arena, (struct ho_slice){"abcdef", 3});
    cr_assert(copy.len == 3 && strcmp(copy.ptr, "abc") == 0);
    cr_assert_null(ho_arena_slice(&arena, ho_slice_of(NULL)).ptr);
    cr_assert_not_null(ho_arena_slice(&arena, HO_SLICE("")).ptr);
    cr_assert_eq(memcmp(ho_arena_copy(&arena, "xyz", 3), "xyz", 3), 0);
    cr_assert(ho_slice_is(ho_arena_printf(&arena, "%s-%d", "a", 1), "a-1"));
    ho_arena_release(&arena);
}

Test(base, an_array_too_large_to_count_ends_the_process, .signal = SIGABRT)
{
    struct ho_arena arena = {0};
    ho_arena_array(&arena, 16, SIZE_MAX / 8);
}
