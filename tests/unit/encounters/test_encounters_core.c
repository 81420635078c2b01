/* A row per rule, and the property that order and duplication change nothing but names. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "adt_matched.h"
#include "care_event.h"
#include "encounters/encounters_core.h"
#include "encounters_state.h"
#include "unit/decide.h"

static struct adt_matched adt(const char *id, const char *event, enum adt_matched_patient_class class,
                              const char *visit, int64_t occurred, int64_t recorded)
{
    struct adt_matched out = {.message_id = ho_slice_of(id),
                              .feed = HO_SLICE("general"),
                              .control_id = ho_slice_of(id),
                              .event = ho_slice_of(event),
                              .member_id = HO_SLICE("M1"),
                              .class = class,
                              .visit = ho_slice_of(visit),
                              .facility = HO_SLICE("GENERAL"),
                              .has_occurred = true,
                              .has_recorded = true};
    out.occurred.utc_ms = occurred;
    out.recorded.utc_ms = recorded;
    struct ho_slice empty = HO_SLICE("");
    out.match_rule = out.class_raw = out.account = out.point_of_care = out.hospital_service = empty;
    out.admission_type = out.admit_source = out.attending_id = out.attending_name = empty;
    out.disposition = out.disposition_raw = out.sensitivity = out.source_topic = empty;
    out.occurred.source = out.recorded.source = empty;
    return out;
}

static const struct ho_effects *run(struct decider *d, const struct adt_matched *message)
{
    struct ho_event event = {.key = HO_SLICE("M1"), .record = message, .now_ms = 1};
    return decider_run(d, &event);
}

#define I ADT_MATCHED_PATIENT_CLASS_INPATIENT
#define E ADT_MATCHED_PATIENT_CLASS_EMERGENCY
#define OBS ADT_MATCHED_PATIENT_CLASS_OBSERVATION

static const struct {
    const char *name, *event;
    enum adt_matched_patient_class class;
    int kind; /* -1: nothing is told */
} first[] = {
    {"1 A01 inpatient", "A01", I, CARE_EVENT_CARE_EVENT_KIND_ADMITTED},
    {"1 A01 obstetrics", "A01", ADT_MATCHED_PATIENT_CLASS_OBSTETRICS, CARE_EVENT_CARE_EVENT_KIND_ADMITTED},
    {"2 A04 emergency", "A04", E, CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED},
    {"2 A01 emergency is no admission", "A01", E, CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED},
    {"3 A04 observation", "A04", OBS, CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_STARTED},
    {"4 A03 inpatient", "A03", I, CARE_EVENT_CARE_EVENT_KIND_DISCHARGED},
    {"4 A03 emergency", "A03", E, CARE_EVENT_CARE_EVENT_KIND_ER_DEPARTED},
    {"4 A03 observation", "A03", OBS, CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_ENDED},
    {"8 A04 inpatient is no admission", "A04", I, -1},
    {"8 A04 outpatient", "A04", ADT_MATCHED_PATIENT_CLASS_OUTPATIENT, -1},
    {"8 unknown class is never guessed", "A01", ADT_MATCHED_PATIENT_CLASS_UNKNOWN, -1},
    {"8 A08 not handled", "A08", I, -1},
};

Test(encounters, each_first_message_tells_what_its_rule_says)
{
    for (size_t i = 0; i < HO_LENGTH(first); i++) {
        struct decider d;
        struct adt_matched message = adt("m1", first[i].event, first[i].class, "V1", 100, 100);
        decider_init(&d, encounters_decide, NULL, &encounters_state_record);
        const struct ho_effects *effects = run(&d, &message);
        cr_assert_eq(effects->count, first[i].kind < 0 ? 0 : 1, "%s", first[i].name);
        if (first[i].kind < 0) {
            cr_assert_eq(effects->outcome, HO_IGNORED, "%s", first[i].name);
        } else {
            const struct care_event *told = effects->items[0].record;
            cr_assert_eq((int)told->kind, first[i].kind, "%s", first[i].name);
            cr_assert_eq(told->revision, 1, "%s", first[i].name);
        }
        decider_release(&d);
    }
}

/* What a second message does after "m1 A01 I V1 occurred 100, recorded 100". */
static const struct {
    const char *name, *id, *event, *visit;
    int64_t occurred, recorded;
    size_t effects;
    int32_t revision;
} second[] = {
    {"5 same bytes", "m1", "A01", "V1", 100, 100, 0, 0},
    {"5 same fact, other control id", "m2", "A01", "V1", 100, 100, 0, 0},
    {"5 same fact, recorded later", "m2", "A01", "V1", 100, 200, 0, 0},
    {"6 other time, recorded later", "m2", "A01", "V1", 90, 200, 1, 2},
    {"6 other time, recorded earlier", "m2", "A01", "V1", 90, 50, 0, 0},
    {"7 another visit", "m2", "A01", "V2", 100, 100, 1, 1},
    {"7 no visit number matches nothing", "m2", "A01", "", 100, 100, 1, 1},
    {"4 the discharge of the same stay", "m2", "A03", "V1", 300, 300, 1, 1},
};

Test(encounters, each_second_message_adds_or_corrects_or_does_nothing)
{
    for (size_t i = 0; i < HO_LENGTH(second); i++) {
        struct decider d;
        struct adt_matched one = adt("m1", "A01", I, "V1", 100, 100);
        struct adt_matched two = adt(second[i].id, second[i].event, I, second[i].visit, second[i].occurred,
                                     second[i].recorded);
        decider_init(&d, encounters_decide, NULL, &encounters_state_record);
        run(&d, &one);
        const struct ho_effects *effects = run(&d, &two);
        cr_assert_eq(effects->count, second[i].effects, "%s", second[i].name);
        if (effects->count)
            cr_assert_eq(((const struct care_event *)effects->items[0].record)->revision, second[i].revision, "%s",
                         second[i].name);
        decider_release(&d);
    }
}

Test(encounters, training_messages_change_nothing)
{
    struct decider d;
    struct adt_matched message = adt("m1", "A01", I, "V1", 100, 100);
    message.processing_id = ADT_MATCHED_PROCESSING_TRAINING;
    decider_init(&d, encounters_decide, NULL, &encounters_state_record);
    cr_assert_eq(run(&d, &message)->outcome, HO_IGNORED);
    decider_release(&d);
}

/* Facts of the final state without ids and revisions, in one order: what must not depend on the order of arrival. */
static void fold(struct decider *d, char out[1024])
{
    struct encounters_state state;
    size_t n = 0;
    out[0] = '\0';
    cr_assert_eq(ho_avro_decode(d->reader, ho_buf_slice(&d->state), &d->arena, &state, NULL), HO_OK);
    for (const char *visit = "VW"; *visit; visit++)
        for (int kind = 0; kind < ENCOUNTERS_STATE_CARE_EVENT_KIND_COUNT; kind++)
            for (size_t i = 0; i < state.stays.count; i++)
                for (size_t k = 0; k < state.stays.items[i].facts.count; k++) {
                    const struct encounters_state_fact *fact = &state.stays.items[i].facts.items[k];
                    if (state.stays.items[i].visit.ptr[0] == *visit && (int)fact->kind == kind)
                        n += (size_t)snprintf(out + n, 1024 - n, "%c %d %lld %lld %.*s;", *visit, kind,
                                              (long long)fact->occurred.utc_ms, (long long)fact->rank_ms,
                                              HO_SLICE_ARG(fact->rank_id));
                }
}

/* Plays the story in an order, each message once or twice; the content told last of each stay and kind goes to out. */
static void play(const struct adt_matched *story, const size_t *order, size_t count, bool twice, char out[1024])
{
    struct decider d;
    decider_init(&d, encounters_decide, NULL, &encounters_state_record);
    for (size_t i = 0; i < count; i++)
        for (int again = 0; again <= twice; again++)
            run(&d, &story[order[i]]);
    fold(&d, out);
    decider_release(&d);
}

static void permute(const struct adt_matched *story, size_t *order, size_t at, size_t count, const char *expected)
{
    char got[1024];
    if (at == count) {
        for (int twice = 0; twice < 2; twice++) {
            play(story, order, count, twice, got);
            cr_assert_str_eq(got, expected);
        }
        return;
    }
    for (size_t i = at; i < count; i++) {
        size_t swap = order[at];
        order[at] = order[i];
        order[i] = swap;
        permute(story, order, at + 1, count, expected);
        swap = order[at];
        order[at] = order[i];
        order[i] = swap;
    }
}

Test(encounters, every_order_and_duplication_ends_in_the_same_facts)
{
    const struct adt_matched story[] = {
        adt("a", "A04", E, "V", 10, 11),  adt("b", "A01", I, "V", 20, 21), adt("c", "A01", I, "V", 25, 31),
        adt("d", "A03", I, "V", 40, 41), adt("e", "A03", I, "V", 45, 41), adt("f", "A01", I, "W", 50, 51)};
    size_t order[HO_LENGTH(story)] = {0, 1, 2, 3, 4, 5};
    char expected[1024];
    play(story, order, HO_LENGTH(story), false, expected);
    cr_assert(strstr(expected, " 25 31 c;"), "the higher rank wins: %s", expected);
    cr_assert(strstr(expected, " 45 41 e;"), "the message id breaks the tie: %s", expected);
    permute(story, order, 0, HO_LENGTH(story), expected);
}

Test(encounters, the_state_stays_bounded)
{
    struct decider d;
    struct encounters_state state;
    char visit[16];
    decider_init(&d, encounters_decide, NULL, &encounters_state_record);
    for (int i = 0; i < 200; i++) {
        snprintf(visit, sizeof visit, "V%d", i);
        struct adt_matched message = adt(visit, "A01", I, visit, i, i);
        cr_assert_eq(run(&d, &message)->count, 1);
    }
    cr_assert_eq(ho_avro_decode(d.reader, ho_buf_slice(&d.state), &d.arena, &state, NULL), HO_OK);
    cr_assert_eq(state.stays.count, ENCOUNTERS_STAYS_MAX);
    cr_assert_eq(state.folded, 200 - ENCOUNTERS_STAYS_MAX);
    decider_release(&d);
}
