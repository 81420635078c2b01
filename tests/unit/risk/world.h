/* world: the risk core with the policy as it is shipped, and facts in few words. Member M1 lives in the plan's zone. */
#ifndef TEST_RISK_WORLD_H
#define TEST_RISK_WORLD_H

#include <stdarg.h>
#include <stdio.h>

#include "base/calendar.h"
#include "risk/risk_core.h"
#include "risk/risk_record.h"
#include "risk/risk_shell.h"
#include "unit/decide.h"

static struct risk_env env;
static struct ho_arena facts_arena; /* records live as long as the test */

static inline void world_setup(void)
{
    struct ho_error err = {HO_OK, ""};
    struct risk_config config = {HO_SOURCE_DIR "/deploy/policy"};
    cr_assert_eq(risk_setup(&env, &config, &err), HO_OK, "%s", err.text);
}

static inline void world_teardown(void)
{
    risk_env_release(&env);
    ho_arena_release(&facts_arena);
}

/* Noon of that date in UTC: the same date in the plan's zone. */
static inline int64_t noon(int32_t date)
{
    return ho_days_of_date(date) * HO_DAY_MS + HO_DAY_MS / 2;
}

#define KIND(name) CARE_EVENT_CARE_EVENT_KIND_##name

/* Revision 1 of kind of an encounter, on date; change fields of what is returned. */
static inline struct care_event *care(enum care_event_care_event_kind kind, const char *encounter, int32_t date)
{
    struct care_event *out = HO_ARENA_NEW(&facts_arena, struct care_event);
    out->event_id = ho_arena_printf(&facts_arena, "evt_%s_%s", encounter, care_event_care_event_kind_names[kind]);
    out->encounter_id = ho_slice_of(encounter);
    out->revision = 1;
    out->kind = kind;
    out->facility_kind = CARE_EVENT_FACILITY_KIND_HOSPITAL;
    out->has_occurred = true;
    out->occurred.local_date = date;
    return out;
}

/* Codes with a space between. */
static inline struct care_event *with_codes(struct care_event *event, const char *codes)
{
    event->diagnoses.items = HO_ARENA_ARRAY(&facts_arena, struct care_event_diagnosis, 8);
    for (event->diagnoses.count = 0; *codes; event->diagnoses.count++) {
        size_t len = strcspn(codes, " ");
        event->diagnoses.items[event->diagnoses.count].code = (struct ho_slice){codes, len};
        codes += len + (codes[len] == ' ');
    }
    return event;
}

static inline struct care_event *urgent(struct care_event *event)
{
    event->admission_type = HO_SLICE("1");
    return event;
}

HO_PRINTF(2, 3)
static inline void *record_of(const struct ho_avro_record *record, const char *fmt, ...)
{
    char json[2048];
    struct ho_error err = {HO_OK, ""};
    va_list args;
    va_start(args, fmt);
    vsnprintf(json, sizeof json, fmt, args);
    va_end(args);
    void *value = ho_arena_alloc(&facts_arena, ho_avro_size(record));
    struct ho_slice copy = ho_arena_slice(&facts_arena, ho_slice_of(json));
    cr_assert_eq(ho_avro_from_json(record, copy, &facts_arena, value, &err), HO_OK, "%s: %s", json, err.text);
    return value;
}

/* Runs one record; the last care.risk that it made, or NULL. */
static inline const struct care_risk *feed(struct decider *d, enum risk_input input, const void *record, int64_t now_ms)
{
    struct ho_event event = {.input = (int)input, .key = HO_SLICE("M1"), .record = record, .now_ms = now_ms};
    const struct ho_effects *effects = decider_run(d, &event);
    return effects->count ? effects->items[0].record : NULL;
}

static inline const struct risk_state *state_of(struct decider *d)
{
    void *state = ho_arena_alloc(&d->arena, ho_avro_size(d->record));
    struct ho_slice bytes = ho_arena_slice(&d->arena, ho_buf_slice(&d->state));
    enum ho_status status = bytes.len ? ho_avro_decode(d->reader, bytes, &d->arena, state, NULL)
                                      : ho_avro_from_json(d->record, HO_SLICE("{}"), &d->arena, state, NULL);
    cr_assert_eq(status, HO_OK);
    return state;
}

/* Fires what is due up to that time; the last care.risk of that, or `last`. */
static inline const struct care_risk *until(struct decider *d, int64_t time_ms, const struct care_risk *last)
{
    for (int64_t due = risk_next_due(state_of(d)); due <= time_ms; due = risk_next_due(state_of(d))) {
        const struct care_risk *told = feed(d, (enum risk_input)HO_EVENT_TIMER, NULL, due);
        cr_assert_gt(risk_next_due(state_of(d)), due, "a timer moves on");
        last = told ? told : last;
    }
    return last;
}

static inline void world_init(struct decider *d)
{
    decider_init(d, risk_decide, &env, &risk_state_record);
}

#endif
