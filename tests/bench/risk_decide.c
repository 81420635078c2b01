/*
 * risk_decide - events a second that risk's decide() takes on one core, with the policy as it is shipped: members with 1 to 12
 * events (ER visits, stays with three diagnoses each, a lab now and then), each from an empty state; records that are told are
 * made too. States are not decoded or encoded: that is the processor's. By the time of the CPU; best of ROUNDS.
 *
 *     risk_decide [least events a second]      exit 1 when it is slower
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/calendar.h"
#include "risk/risk_core.h"
#include "risk/risk_shell.h"

#define MEMBERS 20000
#define EVENTS_MAX 12
#define ROUNDS 7

static struct risk_env env;
static struct ho_arena world;
static struct ho_event events[MEMBERS][EVENTS_MAX];
static int counts[MEMBERS];
static uint64_t seed = 88172645463325252;

static int dice(int sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)(seed >> 33) % sides;
}

static void add(int member, enum risk_input input, const void *record, int32_t date)
{
    events[member][counts[member]++] = (struct ho_event){.input = (int)input,
                                                         .key = HO_SLICE("M100001"),
                                                         .record = record,
                                                         .now_ms = ho_days_of_date(date) * HO_DAY_MS + HO_DAY_MS / 2};
}

static void add_care(int member, enum care_event_care_event_kind kind, int number, int32_t date)
{
    static struct care_event_diagnosis codes[] = {{.code = HO_SLICE("I5032")}, {.code = HO_SLICE("J441")}, {.code = HO_SLICE("E1142")}};
    struct care_event *event = HO_ARENA_NEW(&world, struct care_event);
    event->encounter_id = ho_arena_printf(&world, "enc_%024d%02d", member, number);
    event->event_id = ho_arena_printf(&world, "evt_%02d%022d%02d", (int)kind, member, number);
    event->revision = 1;
    event->kind = kind;
    event->admission_type = HO_SLICE("1");
    event->has_occurred = true;
    event->occurred.local_date = date;
    if (kind != CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED) {
        event->diagnoses.items = codes;
        event->diagnoses.count = HO_LENGTH(codes);
    }
    add(member, RISK_CARE_EVENTS, event, date);
}

static void add_lab(int member, int32_t date)
{
    struct clinical_fact *fact = HO_ARENA_NEW(&world, struct clinical_fact);
    *fact = (struct clinical_fact){.fact_id = ho_arena_printf(&world, "lab%d", member),
                                   .revision = 1,
                                   .kind = CLINICAL_FACT_CLINICAL_KIND_LAB,
                                   .date = date,
                                   .code = HO_SLICE("718-7"),
                                   .unit = HO_SLICE("g/dL"),
                                   .has_value_milli = true,
                                   .value_milli = 11000};
    add(member, RISK_CLINICAL_FACTS, fact, date);
}

/* Dates rise, as they do in a feed. */
static size_t make_members(void)
{
    size_t total = 0;
    for (int m = 0; m < MEMBERS; m++) {
        int wanted = 1 + (dice(2) ? dice(4) : dice(EVENTS_MAX - 1)), day = dice(200);
        for (int number = 0; counts[m] < wanted; number++, day += 1 + dice(60)) {
            int32_t date = ho_date_of_days(ho_days_of_date(20260101) + day);
            if (dice(3) || counts[m] + 3 > wanted) {
                add_care(m, CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED, number, date);
                continue;
            }
            add_care(m, CARE_EVENT_CARE_EVENT_KIND_ADMITTED, number, date);
            day += dice(9);
            add_lab(m, date);
            add_care(m, CARE_EVENT_CARE_EVENT_KIND_DISCHARGED, number, ho_date_of_days(ho_days_of_date(20260101) + day));
        }
        total += (size_t)counts[m];
    }
    return total;
}

static size_t run(void)
{
    static struct ho_effects effects;
    static struct ho_arena arena;
    size_t told = 0;
    effects.arena = &arena;
    for (int m = 0; m < MEMBERS; m++) {
        struct risk_state state = {.lace = -1};
        void *states[] = {&state};
        for (int i = 0; i < counts[m]; i++) {
            effects.count = 0;
            effects.outcome = HO_APPLIED;
            risk_decide(&env, &events[m][i], states, &effects);
            told += effects.count;
        }
        ho_arena_reset(&arena);
    }
    return told;
}

int main(int argc, char **argv)
{
    struct ho_error err = {HO_OK, ""};
    struct risk_config config = {HO_SOURCE_DIR "/deploy/policy"};
    if (risk_setup(&env, &config, &err) != HO_OK) {
        fprintf(stderr, "risk_decide: %s\n", err.text);
        return 1;
    }
    size_t total = make_members(), told = 0;
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        clock_t begin = clock(); /* of the processor, since others may run beside us */
        told = run();
        double rate = (double)total * CLOCKS_PER_SEC / (double)(clock() - begin);
        best = rate > best ? rate : best;
    }
    printf("risk_decide: %.0f events/s, %.2f us each, of %zu events %zu told\n", best, 1e6 / best, total, told);
    return argc > 1 && best < strtod(argv[1], NULL);
}
