/* Local times of zones as ICU knows them, and the clock that never goes back. */
#include <criterion/criterion.h>

#include "base/calendar.h"
#include "clock/clock.h"
#include "clock/zone.h"

static const struct {
    const char *name, *zone, *local, *utc;
} rows[] = {
    {"winter", "America/New_York", "2026-01-15T12:00Z", "2026-01-15T17:00Z"},
    {"summer", "America/New_York", "2026-07-15T12:00Z", "2026-07-15T16:00Z"},
    {"before the gap", "America/New_York", "2026-03-08T01:59:59.999Z", "2026-03-08T06:59:59.999Z"},
    {"first of the gap: forward", "America/New_York", "2026-03-08T02:00Z", "2026-03-08T07:00Z"},
    {"in the gap: forward", "America/New_York", "2026-03-08T02:30Z", "2026-03-08T07:30Z"},
    {"after the gap", "America/New_York", "2026-03-08T03:00Z", "2026-03-08T07:00Z"},
    {"before the overlap", "America/New_York", "2026-11-01T00:59Z", "2026-11-01T04:59Z"},
    {"in the overlap: the first", "America/New_York", "2026-11-01T01:30Z", "2026-11-01T05:30Z"},
    {"end of the overlap", "America/New_York", "2026-11-01T01:59:59.999Z", "2026-11-01T05:59:59.999Z"},
    {"after the overlap", "America/New_York", "2026-11-01T02:00Z", "2026-11-01T07:00Z"},
    {"Arizona in winter", "America/Phoenix", "2026-01-15T12:00Z", "2026-01-15T19:00Z"},
    {"Arizona in summer", "America/Phoenix", "2026-07-15T12:00Z", "2026-07-15T19:00Z"},
    {"Arizona has no gap", "America/Phoenix", "2026-03-08T02:30Z", "2026-03-08T09:30Z"},
    {"Hawaii", "Pacific/Honolulu", "2026-07-15T12:00Z", "2026-07-15T22:00Z"},
    {"an old name", "US/Eastern", "2026-07-15T12:00Z", "2026-07-15T16:00Z"},
    {"half an hour", "Asia/Kolkata", "2026-07-15T12:00Z", "2026-07-15T06:30Z"},
    {"a change of half an hour", "Australia/Lord_Howe", "2026-04-05T01:45Z", "2026-04-04T14:45Z"},
    {"a day that was left out", "Pacific/Apia", "2011-12-30T12:00Z", "2011-12-30T22:00Z"},
    {"the rules before 2007", "America/New_York", "2006-03-20T12:00Z", "2006-03-20T17:00Z"},
    {"the last years of the table", "America/New_York", "2099-07-15T12:00Z", "2099-07-15T16:00Z"},
    {"before the table", "America/New_York", "1950-01-15T12:00Z", "1950-01-15T17:00Z"},
};

static int64_t ms(const char *text)
{
    int64_t value = 0;
    cr_assert(ho_utc_parse(ho_slice_of(text), &value), "%s", text);
    return value;
}

Test(zone, local_times_become_utc_around_every_kind_of_change)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_zone zone;
        struct ho_error err;
        char got[HO_UTC_SIZE];
        cr_assert_eq(ho_zone_load(&zone, rows[i].zone, &err), HO_OK, "%s: %s", rows[i].name, err.text);
        int64_t utc_ms = ho_zone_to_utc(&zone, ms(rows[i].local));
        cr_assert_eq(utc_ms, ms(rows[i].utc), "%s: %s", rows[i].name, ho_utc_format(utc_ms, got));
        ho_zone_release(&zone);
    }
}

/* A UTC time shown locally and read back is itself, or, in the second pass of an overlap, the first pass. */
Test(zone, local_times_read_back_for_a_century)
{
    static const char *const names[] = {"America/New_York",    "America/Los_Angeles", "America/Anchorage",
                                        "Australia/Lord_Howe", "America/St_Johns",    "Africa/Casablanca"};
    for (size_t i = 0; i < HO_LENGTH(names); i++) {
        struct ho_zone zone;
        cr_assert_eq(ho_zone_load(&zone, names[i], NULL), HO_OK);
        for (size_t s = 1; s < zone.count; s++) {
            cr_assert_lt(zone.steps[s - 1].from_utc_ms, zone.steps[s].from_utc_ms);
            for (int64_t quarter = -12; quarter <= 12; quarter++) {
                int64_t utc_ms = zone.steps[s].from_utc_ms + quarter * 900000;
                int64_t local_ms = utc_ms + ho_zone_offset_min(&zone, utc_ms) * INT64_C(60000);
                int64_t back_ms = ho_zone_to_utc(&zone, local_ms);
                cr_assert_leq(back_ms, utc_ms, "%s step %zu quarter %d", names[i], s, (int)quarter);
                cr_assert_eq(back_ms + ho_zone_offset_min(&zone, back_ms) * INT64_C(60000), local_ms);
            }
        }
        ho_zone_release(&zone);
    }
}

Test(zone, a_name_that_is_no_zone_is_refused_by_name)
{
    static const char *const names[] = {
        "Mars/Olympus",      "",
        "america/new_york ", "GMT+5",
        "Etc/Unknown",       "A/name/that/is/far/too/long/to/be/the/name/of/a/time/zone/anywhere/at/all"};
    for (size_t i = 0; i < HO_LENGTH(names); i++) {
        struct ho_zone zone;
        struct ho_error err = {HO_OK, ""};
        cr_assert_eq(ho_zone_load(&zone, names[i], &err), HO_INVALID, "%s", names[i]);
        cr_assert(strstr(err.text, names[i]), "%s", err.text);
        ho_zone_release(&zone);
    }
}

Test(clock, care_time_is_the_wall_until_set_and_never_goes_back)
{
    int64_t wall_ms = ho_clock_wall_ms();
    cr_assert_geq(ho_clock_now_ms(), wall_ms);
    ho_clock_set(1000);
    cr_assert_eq(ho_clock_now_ms(), 1000);
    ho_clock_set(999);
    cr_assert_eq(ho_clock_now_ms(), 1000);
    ho_clock_set(2000);
    cr_assert_eq(ho_clock_now_ms(), 2000);
    int64_t before_us = ho_clock_monotonic_us();
    cr_assert_geq(ho_clock_monotonic_us(), before_us);
}
