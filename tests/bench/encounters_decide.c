/*
 * encounters_decide - events a second that encounters_decide takes on one core, codec aside: members whose state begins
 * empty, members with five stays before, and the duplicates of a resent day. By the time of the CPU; best of ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "adt_matched.h"
#include "base/calendar.h"
#include "encounters/encounters_core.h"

#define ROUNDS 15
#define MEMBERS 2000
#define TOGETHER 20 /* states that are measured at once, in the memory of one batch */
#define WAY 8 /* messages of one way through a hospital */
#define HOUR INT64_C(3600000)
#define FLOOR_PER_S 100000 /* of the slowest case: fails below */

static const struct encounters_env env = {
    .policy = {"encounters@2026-01-01", 48 * HOUR, 120 * HOUR, 720 * HOUR, 12 * HOUR, 4 * HOUR, 24 * HOUR}};

static const struct {
    const char *event;
    enum adt_matched_patient_class class;
    int hour;
} way[WAY] = {{"A04", ADT_MATCHED_PATIENT_CLASS_EMERGENCY, 8},  {"A08", ADT_MATCHED_PATIENT_CLASS_EMERGENCY, 9},
              {"A06", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 12}, {"A08", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 15},
              {"A02", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 30}, {"A08", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 55},
              {"A03", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 90}, {"A08", ADT_MATCHED_PATIENT_CLASS_INPATIENT, 110}};

static struct adt_matched messages[8][WAY];
static struct adt_matched_diagnosis diagnosis;

static struct ho_slice name(const char *lead, int a, int b)
{
    char out[64];
    snprintf(out, sizeof out, "%s%02d%02d", lead, a, b);
    return ho_slice_of(ho_strdup(out));
}

static void make_messages(void)
{
    diagnosis = (struct adt_matched_diagnosis){HO_SLICE("I5032"), HO_SLICE("Heart failure"), HO_SLICE("W"), 1,
                                               HO_SLICE("I10"), false};
    for (int v = 0; v < 8; v++)
        for (int i = 0; i < WAY; i++) {
            struct adt_matched *m = &messages[v][i];
            int64_t at = INT64_C(1772323200000) + v * 60 * 24 * HOUR + way[i].hour * HOUR;
            *m = (struct adt_matched){.message_id = name("msg_abcdefghijklmnopqrst", v, i), .feed = HO_SLICE("general"),
                                      .control_id = HO_SLICE("C1"), .event = ho_slice_of(way[i].event),
                                      .member_id = HO_SLICE("M100001"), .class = way[i].class,
                                      .visit = name("V50", 0, v), .facility = HO_SLICE("GENERAL"),
                                      .patient = HO_SLICE("88001"), .attending_id = HO_SLICE("1234"),
                                      .attending_name = HO_SLICE("DOCTOR, DANA"), .point_of_care = name("N", i, v),
                                      .has_occurred = true, .has_recorded = true};
            m->occurred = (struct adt_matched_hl7_time){at, true, -300, ADT_MATCHED_PRECISION_SECOND, HO_SLICE("EVN-2"),
                                                        ho_date_of_days(at / HO_DAY_MS)};
            m->recorded = m->occurred;
            m->diagnoses.items = &diagnosis;
            m->diagnoses.count = 1;
        }
}

static size_t told;

static void decide(struct encounters_state *state, const struct adt_matched *m, struct ho_effects *effects)
{
    struct ho_event event = {.key = m->member_id, .record = m, .now_ms = m->recorded.utc_ms};
    void *states[] = {state};
    effects->count = 0;
    effects->outcome = HO_APPLIED;
    encounters_decide(&env, &event, states, effects);
    told += effects->count;
}

/* ns an event, after `before` stays. */
static double run(int before, bool again)
{
    static struct ho_effects effects;
    static struct ho_arena arena;
    double best = 1e18;
    effects.arena = &arena;
    for (int round = 0; round < ROUNDS; round++) {
        clock_t spent = 0;
        for (int member = 0; member < MEMBERS; member += TOGETHER) {
            static struct encounters_state states[TOGETHER];
            ho_arena_reset(&arena);
            for (int k = 0; k < TOGETHER; k++) {
                states[k] = (struct encounters_state){.due_ms = INT64_MAX};
                for (int v = 0; v < before + again; v++)
                    for (int i = 0; i < WAY; i++)
                        decide(&states[k], &messages[v][i], &effects);
            }
            clock_t began = clock(); /* of the processor, since others may run beside us */
            for (int k = 0; k < TOGETHER; k++)
                for (int i = 0; i < WAY; i++)
                    decide(&states[k], &messages[before][i], &effects);
            spent += clock() - began;
        }
        double ns = (double)spent * 1e9 / CLOCKS_PER_SEC / (MEMBERS * WAY);
        best = ns < best ? ns : best;
    }
    return best;
}

int main(void)
{
    static const struct {
        const char *name;
        int before;
        bool again;
    } cases[] = {{"empty state", 0, false}, {"five stays before", 5, false}, {"duplicates after five stays", 5, true}};
    double slowest = 0;
    make_messages();
    for (size_t i = 0; i < HO_LENGTH(cases); i++) {
        double ns = run(cases[i].before, cases[i].again);
        printf("%-28s %8.0f ns  %10.0f events/s\n", cases[i].name, ns, 1e9 / ns);
        slowest = ns > slowest ? ns : slowest;
    }
    if (!told || 1e9 / slowest < FLOOR_PER_S) {
        printf("below %d events/s\n", FLOOR_PER_S);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
