/*
 * Properties of invented histories: neither the interleaving of topics, nor duplication, nor when timers come changes the
 * last state and the last record; and both are what a plain reading of the final facts gives, written anew here.
 */
#include <stdlib.h>

#include "unit/risk/history.h"
#include "unit/risk/plain.h"
#include "unit/risk/world.h"

TestSuite(risk_properties, .init = world_setup, .fini = world_teardown, .timeout = 300);

/* Some day after the last timestamp: long after, or so soon that nothing more happens. */
static int32_t end_date(uint64_t seed)
{
    return ho_date_of_days(ho_days_of_date(20260726) + (int64_t)(seed % 90));
}

#define SEEDS 200

struct outcome {
    struct ho_slice state, risk; /* encoded, revisions 0 */
    const struct care_risk *last;
};

static struct ho_slice encoded(const struct ho_avro_record *record, const void *value)
{
    struct ho_buf bytes;
    ho_buf_init(&bytes, 1 << 20);
    ho_avro_encode(record, value, &bytes);
    struct ho_slice out = ho_arena_slice(&facts_arena, ho_buf_slice(&bytes));
    ho_buf_release(&bytes);
    return out;
}

/* A copy that lives as long as the test. */
static const struct care_risk *kept(const struct care_risk *risk)
{
    struct ho_avro_reader *reader = ho_avro_reader_new(&care_risk_record);
    struct care_risk *out = HO_ARENA_NEW(&facts_arena, struct care_risk);
    cr_assert_eq(ho_avro_decode(reader, encoded(&care_risk_record, risk), &facts_arena, out, NULL), HO_OK);
    ho_avro_reader_free(reader);
    return out;
}

enum how {
    STRAIGHT, /* one topic after the other, timers at the end */
    MIXED,    /* topics in any order */
    TWICE,    /* and records again */
    TICKING   /* and timers in between, ahead of records that come late */
};

static void feed_record(struct decider *d, int stream, const struct record *record, const struct care_risk **last)
{
    const struct care_risk *told = feed(d, (enum risk_input)stream, record->value, record->ts_ms);
    *last = told ? told : *last;
}

static void play(struct decider *d, const struct history *h, enum how how, uint64_t *random, int64_t end_ms,
                 const struct care_risk **last)
{
    size_t at[STREAMS] = {0}, left = 0;
    int64_t newest = 0;
    for (int s = 0; s < STREAMS; s++)
        left += h->counts[s];
    while (left) {
        int s = 0;
        do
            s = how == STRAIGHT ? s + (at[s] == h->counts[s]) : dice(random, STREAMS);
        while (at[s] == h->counts[s]);
        const struct record *record = &h->records[s][at[s]++];
        left--;
        feed_record(d, s, record, last);
        newest = record->ts_ms > newest ? record->ts_ms : newest;
        if (how >= TWICE && dice(random, 3) == 0 && s != RISK_MEMBERS)
            feed_record(d, s, &h->records[s][dice(random, (int)at[s])], last);
        if (how == TICKING && dice(random, 2) == 0) {
            int64_t clock = newest + dice(random, 60) * HO_DAY_MS;
            *last = until(d, clock < end_ms ? clock : end_ms, *last);
        }
    }
}

static struct outcome run(const struct history *h, enum how how, uint64_t seed, uint64_t order)
{
    struct decider d;
    const struct care_risk *last = NULL;
    uint64_t random = order * UINT64_C(0x9e3779b97f4a7c15) | 1;
    world_init(&d);
    play(&d, h, how, &random, noon(end_date(seed)), &last);
    last = until(&d, noon(end_date(seed)), last);
    struct outcome out = {.risk = HO_SLICE(""), .last = last ? kept(last) : NULL};
    struct risk_state state = *state_of(&d);
    state.revision = 0;
    out.state = encoded(&risk_state_record, &state);
    if (out.last) {
        struct care_risk risk = *out.last;
        risk.revision = 0;
        out.risk = encoded(&care_risk_record, &risk);
    }
    decider_release(&d);
    return out;
}

static void show(const char *what, const struct ho_avro_record *record, struct ho_slice bytes)
{
    struct ho_buf text;
    struct ho_slice body = {bytes.ptr + HO_AVRO_HEADER, bytes.len > HO_AVRO_HEADER ? bytes.len - HO_AVRO_HEADER : 0};
    ho_buf_init(&text, 1 << 20);
    if (body.len && ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, &text, NULL) == HO_OK)
        fprintf(stderr, "%s %.*s\n", what, HO_SLICE_ARG(ho_buf_slice(&text)));
    ho_buf_release(&text);
}

Test(risk_properties, no_interleaving_duplication_or_tick_changes_the_end)
{
    static const char *const names[] = {"straight", "mixed", "twice", "ticking"};
    struct history *h = malloc(sizeof *h);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        history_make(h, seed);
        struct outcome first = run(h, STRAIGHT, seed, 0);
        for (int how = MIXED; how <= TICKING; how++) {
            struct outcome other = run(h, (enum how)how, seed, seed * 7 + (uint64_t)how);
            bool same = ho_slice_equal(first.state, other.state) && ho_slice_equal(first.risk, other.risk);
            if (!same) {
                show("first", &risk_state_record, first.state);
                show("other", &risk_state_record, other.state);
                show("first", &care_risk_record, first.risk);
                show("other", &care_risk_record, other.risk);
            }
            cr_assert(same, "seed %llu %s", (unsigned long long)seed, names[how]);
        }
        ho_arena_reset(&facts_arena);
    }
    history_release();
    free(h);
}

static void expect(uint64_t seed, const char *what, int64_t told, int64_t wanted)
{
    cr_assert_eq(told, wanted, "seed %llu %s: told %lld, by the facts %lld", (unsigned long long)seed, what, (long long)told,
                 (long long)wanted);
}

Test(risk_properties, what_is_told_is_what_the_facts_say)
{
    struct history *h = malloc(sizeof *h);
    int stays = 0, scored = 0, overridden = 0, held = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        history_make(h, seed + 1000);
        struct outcome out = run(h, TICKING, seed, seed);
        const struct care_risk *risk = out.last;
        if (!risk)
            continue;
        struct plain wanted = plain_read(h, &env.policies[0], end_date(seed));
        expect(seed, "computed tier", risk->computed_tier, wanted.computed);
        expect(seed, "tier", risk->tier, wanted.tier);
        expect(seed, "previous tier", risk->previous_tier, wanted.previous);
        expect(seed, "changed at", risk->changed_at, wanted.changed_at);
        expect(seed, "held until", risk->held_until, wanted.held_until);
        expect(seed, "points", risk->points, wanted.points);
        expect(seed, "override", risk->has_override, wanted.overridden);
        expect(seed, "ER 30", risk->er_visits.days_30, wanted.features[RISK_ER_30]);
        expect(seed, "ER 6", risk->er_visits.months_6, wanted.features[RISK_ER_6]);
        expect(seed, "ER 12", risk->er_visits.months_12, wanted.features[RISK_ER_12]);
        expect(seed, "ER shown", (int64_t)risk->er_visits.encounters.count, wanted.features[RISK_ER_12]);
        expect(seed, "released", risk->er_released_12_months, wanted.features[RISK_ER_RELEASED_12]);
        expect(seed, "admissions 12", risk->admissions.months_12, wanted.features[RISK_ADMISSIONS_12]);
        expect(seed, "observations", risk->observations_12_months, wanted.features[RISK_OBSERVATIONS_12]);
        expect(seed, "lace", risk->has_lace ? risk->lace.total : -1, wanted.lace);
        expect(seed, "hospital", risk->has_hospital ? risk->hospital.total : -1, wanted.hospital);
        expect(seed, "charlson", risk->charlson_points, wanted.charlson_points);
        expect(seed, "standing", risk->standing, wanted.standing);
        stays += risk->has_lace;
        scored += risk->has_hospital;
        overridden += risk->has_override;
        held += risk->held_until != 0;
        ho_arena_reset(&facts_arena);
    }
    cr_expect(stays > 50 && scored > 5 && overridden > 10 && held > 0, "the histories show something: %d %d %d %d", stays,
              scored, overridden, held);
    history_release();
    free(h);
}
