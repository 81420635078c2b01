/* short: ADT messages of a few words for the tests of encounters, and what was told last as lines without ids. */
#ifndef TEST_ENCOUNTERS_SHORT_H
#define TEST_ENCOUNTERS_SHORT_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "adt_matched.h"
#include "base/calendar.h"
#include "care_event.h"
#include "encounters/encounters_core.h"
#include "encounters/told.h"
#include "encounters/visit.h"
#include "encounters_move.h"
#include "unit/decide.h"

#define HOUR INT64_C(3600000)
#define SHORT_DAY INT64_C(1772323200000) /* 2026-03-01 00:00 UTC; times are hours after it */

static const struct encounters_env short_env = {
    .policy = {"encounters@2026-01-01", 48 * HOUR, 120 * HOUR, 720 * HOUR, 12 * HOUR, 4 * HOUR, 24 * HOUR}};

struct short_message {
    const char *event;
    char class;     /* E I B S (observation) O P U (unknown) */
    char visit;     /* 0: none; else its letter */
    char feed;      /* 'g' or 'n' */
    char facility;  /* 'G' or 'C' */
    int occurred;   /* hours; -1: none */
    int recorded;   /* hours */
    int note;       /* disposition, unit, diagnosis or attending: what differs */
    char prior;     /* MRG-5 */
    char id;        /* message id */
};

static inline enum adt_matched_patient_class short_class(char letter)
{
    const char *at = strchr("UEIOSPRBN", letter);
    cr_assert(at && letter, "class %c", letter);
    return (enum adt_matched_patient_class)(at - "UEIOSPRBN");
}

static inline struct ho_slice short_text(struct ho_arena *arena, const char *lead, char letter)
{
    return letter ? ho_arena_printf(arena, "%s%c", lead, letter) : HO_SLICE("");
}

static inline struct adt_matched_hl7_time short_time(int hours, const char *source)
{
    int64_t ms = SHORT_DAY + hours * HOUR;
    return (struct adt_matched_hl7_time){ms, false, 0, ADT_MATCHED_PRECISION_MINUTE, ho_slice_of(source),
                                         ho_date_of_days(ms / HO_DAY_MS)};
}

static inline struct adt_matched *short_adt(const struct short_message *m, struct ho_arena *arena)
{
    static const char *const dispositions[] = {"", "01", "02", "03"};
    static const enum adt_matched_disposition_class classes[] = {
        ADT_MATCHED_DISPOSITION_CLASS_UNKNOWN, ADT_MATCHED_DISPOSITION_CLASS_HOME, ADT_MATCHED_DISPOSITION_CLASS_ACUTE,
        ADT_MATCHED_DISPOSITION_CLASS_SNF};
    struct ho_slice empty = HO_SLICE("");
    struct adt_matched *out = HO_ARENA_NEW(arena, struct adt_matched);
    *out = (struct adt_matched){.message_id = short_text(arena, "msg_", m->id),
                                .feed = m->feed == 'n' ? HO_SLICE("network") : HO_SLICE("general"),
                                .control_id = empty,
                                .event = ho_slice_of(m->event),
                                .member_id = HO_SLICE("M1"),
                                .class = short_class(m->class),
                                .visit = short_text(arena, "V", m->visit),
                                .facility = short_text(arena, "F", m->facility),
                                .has_occurred = m->occurred >= 0,
                                .has_recorded = true,
                                .patient = HO_SLICE("77"),
                                .point_of_care = short_text(arena, "U", (char)('0' + m->note)),
                                .prior_point_of_care = empty,
                                .attending_id = short_text(arena, "D", (char)('0' + m->note)),
                                .attending_name = short_text(arena, "D", (char)('0' + m->note)),
                                .disposition = ho_slice_of(dispositions[m->note % 4]),
                                .has_merge = m->prior != 0,
                                .merge = {empty, empty, short_text(arena, "V", m->prior)}};
    out->disposition_class = classes[m->note % 4];
    out->occurred = short_time(m->occurred, "EVN-6");
    out->recorded = short_time(m->recorded, "EVN-2");
    if (m->note >= 2) {
        out->diagnoses.items = HO_ARENA_NEW(arena, struct adt_matched_diagnosis);
        out->diagnoses.items[0] = (struct adt_matched_diagnosis){
            short_text(arena, "I5", (char)('0' + m->note)), empty, HO_SLICE("W"), 1, empty, false};
        out->diagnoses.count = 1;
    }
    return out;
}

static inline const struct ho_effects *short_run(struct decider *d, const struct short_message *m, int64_t now_ms)
{
    struct ho_event event = {.key = HO_SLICE("M1"), .record = short_adt(m, &d->arena), .now_ms = now_ms};
    return decider_run(d, &event);
}

static inline struct encounters_state short_state(struct decider *d)
{
    struct encounters_state state;
    void *out = &state;
    struct ho_slice bytes = ho_arena_slice(&d->arena, ho_buf_slice(&d->state));
    cr_assert_eq(bytes.len ? ho_avro_decode(d->reader, bytes, &d->arena, out, NULL)
                           : ho_avro_from_json(d->record, HO_SLICE("{}"), &d->arena, out, NULL), HO_OK);
    return state;
}

#endif
