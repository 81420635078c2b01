/* Rows per rule: what a first message tells, what a second one does to it, and what is never told. */
#include <criterion/criterion.h>

#include "base/calendar.h"
#include "unit/encounters/short.h"

#define ID(name) CARE_EVENT_CARE_EVENT_KIND_##name

static const struct {
    const char *name, *event;
    char class;
    int kind; /* -1: nothing is told */
} first[] = {
    {"1 A01 inpatient", "A01", 'I', ID(ADMITTED)},
    {"1 A06 inpatient", "A06", 'I', ID(ADMITTED)},
    {"1 A01 obstetrics", "A01", 'B', ID(ADMITTED)},
    {"2 A04 emergency", "A04", 'E', ID(ER_ARRIVED)},
    {"2 A01 emergency is no admission", "A01", 'E', ID(ER_ARRIVED)},
    {"3 A04 observation", "A04", 'S', ID(OBSERVATION_STARTED)},
    {"4 A03 inpatient", "A03", 'I', ID(DISCHARGED)},
    {"4 A03 emergency", "A03", 'E', ID(ER_DEPARTED)},
    {"4 A03 observation", "A03", 'S', ID(OBSERVATION_ENDED)},
    {"4 A03 of an outpatient ends nothing", "A03", 'O', -1},
    {"8 A04 inpatient is no admission", "A04", 'I', -1},
    {"8 A04 outpatient", "A04", 'O', -1},
    {"8 A01 recurring", "A01", 'R', -1},
    {"8 unknown class is never guessed", "A01", 'U', -1},
    {"8 not handled", "A60", 'I', -1},
    {"10 a cancel of nothing", "A11", 'I', -1},
    {"13 A07 to observation", "A07", 'S', ID(OBSERVATION_STARTED)},
    {"13 A07 to outpatient", "A07", 'O', -1},
    {"13 A07 of class inpatient contradicts itself", "A07", 'I', -1},
    {"14 an update alone is no admission", "A08", 'I', -1},
    {"15 a transfer without a stay waits", "A02", 'I', -1},
    {"15 A09 moves nobody", "A09", 'I', -1},
    {"17 A05", "A05", 'P', ID(PREADMITTED)},
    {"17 A14", "A14", 'I', ID(PREADMITTED)},
    {"17 A01 of class preadmit", "A01", 'P', ID(PREADMITTED)},
    {"17 A05 of an outpatient", "A05", 'O', -1},
    {"18 a leave without a stay waits", "A21", 'I', -1},
    {"19 A23 of nothing", "A23", 'I', -1},
};

Test(encounters, each_first_message_tells_what_its_rule_says)
{
    for (size_t i = 0; i < HO_LENGTH(first); i++) {
        struct decider d;
        const struct short_message m = {first[i].event, first[i].class, 'A', 'g', 'G', 10, 10, 1, 0, 'a'};
        decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
        const struct ho_effects *effects = short_run(&d, &m, 1);
        cr_assert_eq(effects->count, first[i].kind < 0 ? 0 : 1, "%s: %zu", first[i].name, effects->count);
        if (first[i].kind >= 0) {
            const struct care_event *told = effects->items[0].record;
            cr_assert_eq((int)told->kind, first[i].kind, "%s", first[i].name);
            cr_assert_eq(told->revision, 1, "%s", first[i].name);
            cr_assert_eq(told->change, CARE_EVENT_CARE_EVENT_CHANGE_NEW, "%s", first[i].name);
        }
        decider_release(&d);
    }
}

/* What a second message does after "A01 I V A of hour 100, recorded 100". */
static const struct {
    const char *name;
    struct short_message message;
    size_t effects;
    int32_t revision; /* of the first effect */
    int kind, change;
} second[] = {
    {"5 same bytes", {"A01", 'I', 'A', 'g', 'G', 100, 100, 1, 0, 'a'}, 0, 0, 0, 0},
    {"5 same fact, other control id", {"A01", 'I', 'A', 'g', 'G', 100, 100, 1, 0, 'b'}, 0, 0, 0, 0},
    {"5 same fact, recorded later", {"A01", 'I', 'A', 'g', 'G', 100, 200, 1, 0, 'b'}, 0, 0, 0, 0},
    {"6 other time, recorded later", {"A01", 'I', 'A', 'g', 'G', 90, 200, 1, 0, 'b'}, 1, 2, ID(ADMITTED), 1},
    {"6 other time, recorded earlier", {"A01", 'I', 'A', 'g', 'G', 90, 50, 1, 0, 'b'}, 0, 0, 0, 0},
    {"7 another visit", {"A01", 'I', 'B', 'g', 'G', 100, 100, 1, 0, 'b'}, 1, 1, ID(ADMITTED), 0},
    {"7 the number of another feed is another visit", {"A01", 'I', 'A', 'n', 'C', 100, 100, 1, 0, 'b'}, 1, 1, ID(ADMITTED), 0},
    {"21 no number, the same arrival", {"A01", 'I', 0, 'g', 'G', 100, 90, 1, 0, 'b'}, 0, 0, 0, 0},
    {"21 no number, an arrival days later", {"A01", 'I', 0, 'g', 'G', 180, 180, 1, 0, 'b'}, 1, 1, ID(ADMITTED), 0},
    {"4 the discharge of the same stay", {"A03", 'I', 'A', 'g', 'G', 300, 300, 1, 0, 'b'}, 1, 1, ID(DISCHARGED), 0},
    {"4 a discharge of unknown class ends what is open", {"A03", 'U', 'A', 'g', 'G', 300, 300, 1, 0, 'b'}, 1, 1, ID(DISCHARGED), 0},
    {"9 an ER arrival that comes late", {"A04", 'E', 'A', 'g', 'G', 95, 95, 1, 0, 'b'}, 3, 1, ID(ER_ARRIVED), 0},
    {"10 its cancel", {"A11", 'I', 'A', 'g', 'G', 100, 110, 1, 0, 'b'}, 1, 2, ID(ADMITTED), 2},
    {"10 a cancel recorded before it", {"A11", 'I', 'A', 'g', 'G', 100, 90, 1, 0, 'b'}, 0, 0, 0, 0},
    {"10 the cancel of another visit", {"A11", 'I', 'B', 'g', 'G', 100, 110, 1, 0, 'b'}, 0, 0, 0, 0},
    {"13 downgraded to outpatient", {"A07", 'O', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 1, 2, ID(ADMITTED), 2},
    {"14 an ER system's update takes nothing back", {"A08", 'E', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 0, 0, 0, 0},
    {"15 a transfer to another unit", {"A02", 'I', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 1, 1, ID(TRANSFERRED), 0},
    {"18 leave", {"A21", 'I', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 1, 1, ID(LEAVE_STARTED), 0},
    {"18 back", {"A22", 'I', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 1, 1, ID(LEAVE_ENDED), 0},
    {"19 deleted, whatever its class", {"A23", 'O', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 1, 2, ID(ADMITTED), 2},
    {"19 deleted without a number", {"A23", 'I', 0, 'g', 'G', 110, 110, 1, 0, 'b'}, 0, 0, 0, 0},
    {"20 other details", {"A08", 'I', 'A', 'g', 'G', 110, 110, 2, 0, 'b'}, 1, 1, ID(UPDATED), 0},
    {"20 the same details", {"A08", 'I', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, 0, 0, 0, 0},
    {"23 another sender of the same stay", {"A01", 'I', 'X', 'n', 'G', 103, 103, 1, 0, 'b'}, 0, 0, 0, 0},
    {"23 another sender, much later", {"A01", 'I', 'X', 'n', 'G', 105, 105, 1, 0, 'b'}, 1, 1, ID(ADMITTED), 0},
};

Test(encounters, each_second_message_adds_or_corrects_or_does_nothing)
{
    for (size_t i = 0; i < HO_LENGTH(second); i++) {
        struct decider d;
        const struct short_message one = {"A01", 'I', 'A', 'g', 'G', 100, 100, 1, 0, 'a'};
        decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
        short_run(&d, &one, 1);
        const struct ho_effects *effects = short_run(&d, &second[i].message, 2);
        cr_assert_eq(effects->count, second[i].effects, "%s: %zu", second[i].name, effects->count);
        if (effects->count) {
            const struct care_event *told = effects->items[0].record;
            cr_assert_eq(told->revision, second[i].revision, "%s: %d", second[i].name, told->revision);
            cr_assert_eq((int)told->kind, second[i].kind, "%s: %d", second[i].name, (int)told->kind);
            cr_assert_eq((int)told->change, second[i].change, "%s: %d", second[i].name, (int)told->change);
        }
        decider_release(&d);
    }
}

Test(encounters, training_messages_change_nothing)
{
    struct decider d;
    const struct short_message m = {"A01", 'I', 'A', 'g', 'G', 10, 10, 1, 0, 'a'};
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    for (int kind = ADT_MATCHED_PROCESSING_TRAINING; kind <= ADT_MATCHED_PROCESSING_DEBUGGING; kind++) {
        struct adt_matched *adt = short_adt(&m, &d.arena);
        adt->processing_id = (enum adt_matched_processing)kind;
        struct ho_event event = {.key = HO_SLICE("M1"), .record = adt, .now_ms = 1};
        cr_assert_eq(decider_run(&d, &event)->outcome, HO_IGNORED);
    }
    decider_release(&d);
}

/* Rule 26: one visit after another, months apart; nothing of the old is told again, and a late word for it is counted. */
Test(encounters, the_state_stays_bounded_and_old_stays_stand)
{
    struct decider d;
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    for (int i = 0; i < 90; i++) {
        struct short_message in = {"A01", 'I', (char)(33 + i), 'g', 'G', i * 500, i * 500, 1, 0, (char)(33 + i)};
        struct short_message out = {"A03", 'I', (char)(33 + i), 'g', 'G', i * 500 + 9, i * 500 + 9, 1, 0, (char)(33 + i)};
        cr_assert_eq(short_run(&d, &in, i)->count, 1, "visit %d", i);
        cr_assert_eq(short_run(&d, &out, i)->count, 1, "visit %d", i);
    }
    struct encounters_state state = short_state(&d);
    cr_assert_leq(state.visits.count, (size_t)ENCOUNTERS_VISITS_MAX);
    cr_assert_leq(state.stays.count, (size_t)ENCOUNTERS_STAYS_MAX);
    cr_assert_eq(state.folded_count, 90 - ENCOUNTERS_VISITS_MAX);
    cr_assert_eq(state.folded.count, (size_t)ENCOUNTERS_FOLDED_MAX);
    const struct short_message late = {"A08", 'I', (char)(33 + 60), 'g', 'G', 30000, 60000, 2, 0, 'z'};
    const struct ho_effects *effects = short_run(&d, &late, 99);
    cr_assert_eq(effects->outcome, HO_IGNORED);
    cr_assert_str_eq(effects->reason, "encounters.26 visit folded away");
    decider_release(&d);
}

/* Rule 26: a stay with more transfers than are kept, and resends without end. */
Test(encounters, a_visit_stays_bounded)
{
    struct decider d;
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    const struct short_message in = {"A01", 'I', 'A', 'g', 'G', 0, 0, 1, 0, 'a'};
    cr_assert_eq(short_run(&d, &in, 1)->count, 1);
    for (int i = 1; i < 300; i++) {
        struct short_message m = {i % 3 ? "A02" : "A08", 'I', 'A', 'g', 'G', i, i, 2 + i % 2, 0, 'b'};
        short_run(&d, &m, 1);
    }
    struct encounters_state state = short_state(&d);
    cr_assert_eq(state.visits.count, 1);
    cr_assert_leq(state.visits.items[0].messages.count, (size_t)ENCOUNTERS_MESSAGES_MAX);
    cr_assert_lt(d.state.len, (size_t)64 * 1024);
    decider_release(&d);
}

/* Rule 27. */
Test(encounters, a_facility_row_that_comes_late_corrects)
{
    struct decider d;
    struct encounters_env env = short_env;
    const struct short_message in = {"A01", 'I', 'A', 'g', 'G', 0, 0, 1, 0, 'a'};
    decider_init(&d, encounters_decide, &env, &encounters_state_record);
    short_run(&d, &in, 1);
    struct encounters_state state = short_state(&d);
    struct ho_tokens tokens = {.arena = &d.arena};
    encounters_waits(&state, &tokens);
    cr_assert(tokens.count == 1 && ho_slice_is(tokens.items[0], "facilities/FG"));
    struct encounters_place place = {"FG", ENCOUNTERS_STATE_FACILITY_KIND_SNF};
    env.places = &place;
    env.place_count = 1;
    struct ho_event wake = {.input = HO_EVENT_WAKE, .key = HO_SLICE("M1"), .now_ms = 5};
    const struct ho_effects *effects = decider_run(&d, &wake);
    cr_assert_eq(effects->count, 1);
    const struct care_event *told = effects->items[0].record;
    cr_assert(told->revision == 2 && told->facility_kind == CARE_EVENT_FACILITY_KIND_SNF);
    cr_assert(told->changed.count == 1 && ho_slice_is(told->changed.items[0], "place"));
    cr_assert_eq(decider_run(&d, &wake)->count, 0);
    state = short_state(&d);
    tokens.count = 0;
    encounters_waits(&state, &tokens);
    cr_assert_eq(tokens.count, 0);
    decider_release(&d);
}

/* Rule 15: one for each time, also where two messages of it name two classes: the later word corrects the earlier. */
Test(encounters, transfers_of_one_time_are_one_event)
{
    static const struct {
        struct short_message message;
        int kind, revision; /* of the one effect */
    } rows[] = {{{"A01", 'I', 'A', 'g', 'G', 100, 100, 1, 0, 'a'}, ID(ADMITTED), 1},
                {{"A02", 'I', 'A', 'g', 'G', 110, 110, 1, 0, 'b'}, ID(TRANSFERRED), 1},
                {{"A02", 'B', 'A', 'g', 'G', 110, 120, 2, 0, 'c'}, ID(TRANSFERRED), 2},
                {{"A21", 'I', 'A', 'g', 'G', 130, 130, 1, 0, 'd'}, ID(LEAVE_STARTED), 1}};
    struct decider d;
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        const struct ho_effects *effects = short_run(&d, &rows[i].message, 1);
        const struct care_event *told = effects->count ? effects->items[effects->count - 1].record : NULL;
        for (size_t k = 0; k < effects->count; k++) {
            const struct care_event *its = effects->items[k].record;
            told = (int)its->kind == rows[i].kind ? its : told;
            cr_assert((int)its->kind == rows[i].kind || its->kind == CARE_EVENT_CARE_EVENT_KIND_UPDATED, "row %zu: kind %d",
                      i, (int)its->kind);
        }
        cr_assert(told, "row %zu", i);
        cr_assert_eq((int)told->kind, rows[i].kind, "row %zu", i);
        cr_assert_eq(told->revision, rows[i].revision, "row %zu: revision %d", i, told->revision);
    }
    decider_release(&d);
}
