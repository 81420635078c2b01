/*
 * risks: risk behind encounters in a story. Every member is covered since 2020 and lives in the plan's zone; risk reads the
 * policy that is shipped. `> risk` asks what it says of everybody at the time of the story, `> risk 2026-12-20` at noon UTC of
 * that day, after the timers that are due by then.
 *
 *   risk MEMBER AS-OF TIER lace=TOTAL(L,A,C,E) er=N admissions=N by RULE ...
 * Counts are those of 12 months. lace=- is none; `to-date` that the stay goes on; `outside` that its validation has no such
 * discharge; `released` ER visits without an admission; `observations` likewise; `readmission` days after the stay before;
 * `held` to which day above the rules' own tier; `gaps` what is not known, without the assessment that no story has.
 */
#ifndef TEST_GOLDEN_RISKS_H
#define TEST_GOLDEN_RISKS_H

#include "care_risk.h"
#include "member.h"
#include "risk/risk_core.h"
#include "risk/risk_shell.h"
#include "risk_state.h"
#include "unit/decide.h"

static struct risk_env risks_env;

struct risks {
    struct decider decider;
    const struct care_risk *last; /* NULL: nothing was told */
};

static inline void risks_open(void)
{
    struct ho_error err = {HO_OK, ""};
    struct risk_config config = {HO_SOURCE_DIR "/deploy/policy"};
    cr_assert_eq(risk_setup(&risks_env, &config, &err), HO_OK, "%s", err.text);
}

static inline void risks_take(struct risks *r, const struct ho_event *event)
{
    const struct ho_effects *effects = decider_run(&r->decider, event);
    for (size_t i = 0; i < effects->count; i++)
        r->last = effects->items[i].record;
}

static inline void risks_begin(struct risks *r, const char *id, struct ho_arena *arena)
{
    struct ho_error err = {HO_OK, ""};
    struct member *row = HO_ARENA_NEW(arena, struct member);
    struct ho_slice json = ho_arena_printf(arena, "{\"member_id\":\"%s\",\"family\":\"Doe\",\"birth_date\":19500101,"
                                                  "\"coverage\":[{\"from\":20200101}]}", id);
    cr_assert_eq(ho_avro_from_json(&member_record, json, arena, row, &err), HO_OK, "%s", err.text);
    struct ho_event event = {.input = RISK_MEMBERS, .key = ho_slice_of(id), .record = row, .now_ms = 1};
    r->last = NULL;
    decider_init(&r->decider, risk_decide, &risks_env, &risk_state_record);
    risks_take(r, &event);
}

static inline int64_t risks_due(struct decider *d)
{
    struct risk_state state;
    if (!d->state.len)
        return HO_NEVER;
    cr_assert_eq(ho_avro_decode(d->reader, ho_buf_slice(&d->state), &d->arena, &state, NULL), HO_OK);
    return risk_next_due(&state);
}

static inline void risks_until(struct risks *r, const char *id, int64_t time_ms)
{
    for (int64_t due = risks_due(&r->decider); due <= time_ms; due = risks_due(&r->decider)) {
        struct ho_event event = {.input = HO_EVENT_TIMER, .key = ho_slice_of(id), .now_ms = due};
        risks_take(r, &event);
        cr_assert_gt(risks_due(&r->decider), due, "a timer moves on");
    }
}

static inline void risks_print_lace(struct ho_buf *out, const struct care_risk *risk)
{
    const struct care_risk_lace *lace = &risk->lace;
    if (!risk->has_lace)
        ho_buf_printf(out, " lace=-");
    else
        ho_buf_printf(out, " lace=%d(%d,%d,%d,%d)%s%s", lace->total, lace->length, lace->acute, lace->comorbidity, lace->er,
                      lace->provisional ? " to-date" : "", lace->outside_validation ? " outside" : "");
}

static inline void risks_print(struct ho_buf *out, const char *who, const struct care_risk *risk)
{
    const char *lead = " gaps=";
    ho_buf_printf(out, "risk %s %d %s", who, risk->as_of, care_risk_risk_tier_names[risk->tier]);
    risks_print_lace(out, risk);
    ho_buf_printf(out, " er=%d", risk->er_visits.months_12);
    if (risk->er_released_12_months)
        ho_buf_printf(out, " released=%d", risk->er_released_12_months);
    ho_buf_printf(out, " admissions=%d", risk->admissions.months_12);
    if (risk->observations_12_months)
        ho_buf_printf(out, " observations=%d", risk->observations_12_months);
    if (risk->has_readmission_days)
        ho_buf_printf(out, " readmission=%d", risk->readmission_days);
    if (risk->held_until)
        ho_buf_printf(out, " held=%d", risk->held_until);
    for (size_t i = 0; i < risk->gaps.count; i++)
        if (risk->gaps.items[i].len < 3 || strncmp(risk->gaps.items[i].ptr, "hra", 3) != 0) {
            ho_buf_printf(out, "%s%.*s", lead, HO_SLICE_ARG(risk->gaps.items[i]));
            lead = ",";
        }
    for (size_t i = 0; i < risk->reasons.count; i++)
        ho_buf_printf(out, "%s%.*s", i ? "," : " by ", HO_SLICE_ARG(risk->reasons.items[i].rule));
    ho_buf_printf(out, "\n");
}

#endif
