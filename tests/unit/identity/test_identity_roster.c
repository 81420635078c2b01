/* The roster: found by id and by block, joined spans, chains of replacement, rows that change and go; its size. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "clock/clock.h"
#include "identity/fold.h"
#include "identity/roster.h"

static struct roster roster;

static void setup(void)
{
    roster_init(&roster);
}

static void teardown(void)
{
    roster_release(&roster);
}

TestSuite(roster, .init = setup, .fini = teardown);

static void add(const char *json)
{
    struct ho_arena arena = {0};
    struct ho_error err;
    struct member row;
    cr_assert_eq(ho_avro_from_json(&member_record, ho_slice_of(json), &arena, &row, &err), HO_OK, "%s", err.text);
    roster_set(&roster, row.member_id, &row);
    ho_arena_release(&arena);
}

static size_t in_block(enum roster_index index, const char *name, int32_t birth)
{
    size_t n = 0;
    uint64_t key = roster_block_key(index, name, birth);
    for (const struct roster_row *row = roster_first(&roster, index, key); row; row = roster_next(&roster, index, key, row))
        n++;
    return n;
}

Test(roster, rows_are_found_change_and_go)
{
    add("{\"member_id\":\"M1\",\"family\":\"Smith-Jones\",\"given\":\"Ann Mary\",\"birth_date\":19500101,\"phone\":\"314-555-0101\",\"zip\":\"63101-0001\"}");
    add("{\"member_id\":\"M2\",\"family\":\"Smith Jones\",\"given\":\"Ann\",\"birth_date\":19500101}");
    cr_expect_eq(in_block(ROSTER_BY_FAMILY, "SMITHJONES", 19500101), 2);
    cr_expect_eq(in_block(ROSTER_BY_GIVEN, "ANN", 19500101), 2);
    cr_expect_eq(in_block(ROSTER_BY_GIVEN, "ANN", 19500102), 0);
    const struct roster_row *row = roster_find(&roster, HO_SLICE("M1"));
    cr_assert_not_null(row);
    cr_expect_str_eq(roster_text(row, ROSTER_PHONE), "3145550101");
    cr_expect_str_eq(roster_text(row, ROSTER_ZIP), "63101");
    add("{\"member_id\":\"M1\",\"family\":\"Other\",\"given\":\"Ann\",\"birth_date\":19500101}");
    cr_expect_eq(in_block(ROSTER_BY_FAMILY, "SMITHJONES", 19500101), 1);
    cr_expect_eq(in_block(ROSTER_BY_FAMILY, "OTHER", 19500101), 1);
    roster_set(&roster, HO_SLICE("M2"), NULL);
    cr_expect_null(roster_find(&roster, HO_SLICE("M2")));
    cr_expect_eq(in_block(ROSTER_BY_GIVEN, "ANN", 19500101), 1);
    add("{\"member_id\":\"M2\",\"family\":\"Back\",\"birth_date\":19500101}");
    cr_expect_not_null(roster_find(&roster, HO_SLICE("M2")));
    cr_expect_eq(roster.count, 2);
}

static const struct {
    const char *name, *spans;
    int32_t date;
    bool covered;
    size_t count;
} spans[] = {
    {"before", "[{\"from\":20260101}]", 20251231, false, 1},
    {"first day", "[{\"from\":20260101}]", 20260101, true, 1},
    {"last day", "[{\"from\":20250101,\"to\":20251231}]", 20251231, true, 1},
    {"behind", "[{\"from\":20250101,\"to\":20251231}]", 20260101, false, 1},
    {"between two", "[{\"from\":20250101,\"to\":20250131},{\"from\":20250301}]", 20250215, false, 2},
    {"one after the other is one", "[{\"from\":20250201,\"to\":20250228},{\"from\":20250101,\"to\":20250131}]", 20250201, true, 1},
    {"one within another", "[{\"from\":20250101,\"to\":20251231},{\"from\":20250201,\"to\":20250228}]", 20251001, true, 1},
    {"open swallows", "[{\"from\":20250101},{\"from\":20260201,\"to\":20260228}]", 20270101, true, 1},
    {"none", "[]", 20260101, false, 0},
};

Test(roster, coverage_is_of_the_date)
{
    for (size_t i = 0; i < HO_LENGTH(spans); i++) {
        char json[512];
        snprintf(json, sizeof json, "{\"member_id\":\"M1\",\"family\":\"A\",\"birth_date\":19500101,\"coverage\":%s}", spans[i].spans);
        add(json);
        const struct roster_row *row = roster_find(&roster, HO_SLICE("M1"));
        cr_expect_eq(roster_covered(row, spans[i].date), spans[i].covered, "%s", spans[i].name);
        cr_expect_eq(row->span_count, spans[i].count, "%s: %d", spans[i].name, row->span_count);
    }
}

Test(roster, more_spans_than_fit_lose_the_oldest)
{
    char json[8192];
    int n = snprintf(json, sizeof json, "{\"member_id\":\"M1\",\"family\":\"A\",\"birth_date\":19500101,\"coverage\":[");
    for (int year = 1930; year < 2030; year++)
        n += snprintf(json + n, sizeof json - (size_t)n, "%s{\"from\":%d0101,\"to\":%d0301}", year > 1930 ? "," : "", year, year);
    snprintf(json + n, sizeof json - (size_t)n, "]}");
    add(json);
    const struct roster_row *row = roster_find(&roster, HO_SLICE("M1"));
    cr_expect_eq(row->span_count, ROSTER_SPANS_MAX);
    cr_expect(roster_covered(row, 20290201));
    cr_expect_not(roster_covered(row, 19300201));
}

Test(roster, chains_lead_to_who_stands_and_circles_to_nobody)
{
    add("{\"member_id\":\"A\",\"family\":\"X\",\"birth_date\":19500101,\"replaced_by\":\"B\"}");
    cr_expect_null(roster_stands(&roster, roster_find(&roster, HO_SLICE("A"))));
    add("{\"member_id\":\"B\",\"family\":\"X\",\"birth_date\":19500101,\"replaced_by\":\"C\"}");
    add("{\"member_id\":\"C\",\"family\":\"X\",\"birth_date\":19500101}");
    cr_expect_eq(roster_stands(&roster, roster_find(&roster, HO_SLICE("A"))), roster_find(&roster, HO_SLICE("C")));
    add("{\"member_id\":\"C\",\"family\":\"X\",\"birth_date\":19500101,\"replaced_by\":\"A\"}");
    cr_expect_null(roster_stands(&roster, roster_find(&roster, HO_SLICE("A"))));
}

/* Typical rows: what a member costs, and how long loading takes. The bound is for 1,000,000 members in 600 MB. */
Test(roster, a_hundred_thousand_members_stay_small_and_are_all_found)
{
    enum { MEMBERS = 100000 };
    char id[16], family[32], given[32], phone[16], zip[8];
    struct member_coverage coverage[2] = {{.from = 20240101, .to = 20241231}, {.from = 20250201}};
    int64_t begin_us = ho_clock_monotonic_us();
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(id, sizeof id, "M%08d", i);
        snprintf(family, sizeof family, "Familyname%d", i / 3);
        snprintf(given, sizeof given, "Givenname%d", i % 997);
        snprintf(phone, sizeof phone, "314%07d", i);
        snprintf(zip, sizeof zip, "%05d", 63000 + i % 500);
        struct member row = {.member_id = ho_slice_of(id), .family = ho_slice_of(family), .given = ho_slice_of(given),
                             .birth_date = 19300101 + i % 28 + 100 * (i % 12) + 10000 * (i % 40), .sex = MEMBER_SEX_F,
                             .phone = ho_slice_of(phone), .zip = ho_slice_of(zip), .coverage = {coverage, 2}};
        roster_set(&roster, row.member_id, &row);
    }
    int64_t took_us = ho_clock_monotonic_us() - begin_us;
    size_t tables = (roster.cap + 1) * sizeof(struct roster_row *) + ROSTER_INDEXES * roster.cap * sizeof(uint32_t);
    double each = (double)(roster.bytes + tables) / MEMBERS + 16; /* 16: what malloc adds to an allocation */
    printf("roster: %d members, %.0f bytes each, %.0f ns each to load\n", MEMBERS, each, (double)took_us * 1000 / MEMBERS);
    cr_expect_lt(each, 600);
    for (int i = 0; i < MEMBERS; i += 7) {
        snprintf(id, sizeof id, "M%08d", i);
        cr_assert_not_null(roster_find(&roster, ho_slice_of(id)), "%s", id);
    }
}
