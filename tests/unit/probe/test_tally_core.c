/* The probe's own core: what it comes to is the same for every order. A probe that is not confluent proves nothing. */
#include "unit/decide.h"

#include "probe_amount.h"
#include "probe_move.h"
#include "tally_core.h"

#define KEY HO_SLICE("K1")
#define EVENTS 12

static uint64_t seed;

static size_t any(size_t below)
{
    seed = tally_scramble(seed);
    return seed % below;
}

struct row {
    int input;
    int64_t now_ms;
    struct probe_move move;
    int64_t amount; /* of bulk */
};

static const struct row rows[EVENTS] = {
    {TALLY_MOVES, 100, {.id = 1, .kind = PROBE_MOVE_PROBE_KIND_ADD, .amount = 5}, 0},
    {TALLY_MOVES, 110, {.id = 2, .kind = PROBE_MOVE_PROBE_KIND_ADD, .amount = 7, .rate = {"R001", 4}}, 0},
    {TALLY_MOVES, 120, {.id = 3, .kind = PROBE_MOVE_PROBE_KIND_ADD, .amount = 11, .rate = {"R002", 4}}, 0},
    {TALLY_MOVES, 130, {.id = 10, .kind = PROBE_MOVE_PROBE_KIND_REMIND, .due_ms = 200}, 0}, /* fires */
    {TALLY_MOVES, 130, {.id = 11, .kind = PROBE_MOVE_PROBE_KIND_REMIND, .due_ms = 200}, 0}, /* cancelled in time */
    {TALLY_CANCELS, 199, {.id = 11, .kind = PROBE_MOVE_PROBE_KIND_CANCEL}, 0},
    {TALLY_MOVES, 130, {.id = 12, .kind = PROBE_MOVE_PROBE_KIND_REMIND, .due_ms = 150}, 0}, /* cancelled at that very time */
    {TALLY_CANCELS, 150, {.id = 12, .kind = PROBE_MOVE_PROBE_KIND_CANCEL}, 0},
    {TALLY_CANCELS, 151, {.id = 12, .kind = PROBE_MOVE_PROBE_KIND_CANCEL}, 0},
    {TALLY_AMOUNTS, 140, {.id = 20}, 3},
    {TALLY_AMOUNTS, 141, {.id = 21}, 4},
    {TALLY_MOVES, 142, {.id = 22, .kind = PROBE_MOVE_PROBE_KIND_NOTHING}, 0},
};

static int run(struct decider *d, int input, int64_t now_ms, const void *record)
{
    struct ho_event event = {.input = input, .key = KEY, .record = record, .now_ms = now_ms};
    const struct ho_effects *effects = decider_run(d, &event);
    int fired = 0;
    for (size_t i = 0; i < effects->count; i++)
        fired += effects->items[i].output == TALLY_REMINDERS;
    return fired;
}

static const struct tally_state *state_of(struct decider *d)
{
    struct tally_state *state = HO_ARENA_NEW(&d->arena, struct tally_state);
    cr_assert_eq(ho_avro_decode(d->reader, ho_arena_slice(&d->arena, ho_buf_slice(&d->state)), &d->arena, state, NULL),
                 HO_OK);
    return state;
}

/* Runs the rows in an order of chance; the rates come somewhere in between, and timers fire as the loop fires them:
 * once all records stamped before that time were read. Reminders fired. */
static int run_shuffled(struct decider *d, struct tally_rates *rates)
{
    size_t order[EVENTS], rate_at = any(EVENTS + 1);
    int fired = 0;
    for (size_t i = 0; i < EVENTS; i++)
        order[i] = i;
    for (size_t i = EVENTS - 1; i > 0; i--) {
        size_t j = any(i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i <= EVENTS; i++) {
        int64_t time_ms = INT64_MAX, due_ms;
        if (i == rate_at) {
            *rates = (struct tally_rates){.factors = {[1] = 2, [2] = 3}, .known = {[1] = true, [2] = true}};
            run(d, HO_EVENT_WAKE, 500, NULL);
        }
        if (i < EVENTS) {
            const struct row *row = &rows[order[i]];
            struct probe_amount amount = {row->move.id, row->amount};
            const void *record = row->input == TALLY_AMOUNTS ? (const void *)&amount : (const void *)&row->move;
            run(d, row->input, row->now_ms, record);
        }
        for (size_t k = i + 1; k < EVENTS; k++)
            time_ms = rows[order[k]].now_ms < time_ms ? rows[order[k]].now_ms : time_ms;
        while (d->state.len && (due_ms = tally_next_due(state_of(d))) != HO_NEVER && due_ms <= time_ms)
            fired += run(d, HO_EVENT_TIMER, due_ms, NULL);
    }
    return fired;
}

Test(tally_core, every_order_comes_to_the_same)
{
    for (uint64_t round = 1; round <= 500; round++) {
        struct decider d;
        struct tally_rates rates = {.known = {false}};
        seed = round;
        decider_init(&d, tally_decide, &rates, &tally_state_record);
        int fired = run_shuffled(&d, &rates);
        const struct tally_state *state = state_of(&d);
        uint64_t mix = tally_scramble(1) + tally_scramble(2) + tally_scramble(3) + tally_scramble(20) + tally_scramble(21);
        cr_assert_eq(fired, 2, "seed %lu fired %d", (unsigned long)round, fired);
        cr_assert(state->count == 3 && state->sum == 5 + 14 + 33, "seed %lu", (unsigned long)round);
        cr_assert(state->bulk_count == 2 && state->bulk_sum == 7, "seed %lu", (unsigned long)round);
        cr_assert_eq((uint64_t)state->mix, mix, "seed %lu", (unsigned long)round);
        cr_assert(state->waiting.count == 0 && state->reminders.count == 3, "seed %lu", (unsigned long)round);
        cr_assert(state->reminders.items[0].fired && !state->reminders.items[1].fired && state->reminders.items[2].fired &&
                      state->reminders.items[2].cancel_ms == 150,
                  "seed %lu", (unsigned long)round);
        decider_release(&d);
    }
}

Test(tally_core, a_second_state_gives_what_the_first_gets)
{
    struct ho_arena arena = {0};
    static struct ho_effects effects;
    struct tally_rates rates = {.known = {false}};
    struct tally_state first = {0}, second = {0};
    struct probe_move move = {.id = 1, .kind = PROBE_MOVE_PROBE_KIND_ADD, .amount = 5, .other = HO_SLICE("K2")};
    struct ho_event event = {.input = TALLY_MOVES, .key = KEY, .record = &move};
    struct ho_slice keys[HO_STATES_MAX];
    void *states[] = {&first, &second};
    effects.arena = &arena;
    cr_assert_eq(tally_state_keys(&rates, &event, &arena, keys), 2);
    cr_assert(ho_slice_is(keys[0], "K1") && ho_slice_is(keys[1], "K2"));
    tally_decide(&rates, &event, states, &effects);
    cr_assert(first.sum == 5 && second.sum == -5 && effects.count == 3);
    ho_arena_release(&arena);
}

Test(tally_core, views_and_waits_say_what_is_open)
{
    struct ho_arena arena = {0};
    static struct ho_views views;
    static struct ho_tokens tokens;
    struct tally_state_waiting waiting[] = {{1, 5, HO_SLICE("R001"), true}, {2, 5, HO_SLICE("R001"), true}};
    struct tally_state state = {.count = 2, .sum = -3, .waiting = {waiting, 2}};
    views.arena = tokens.arena = &arena;
    tally_view(KEY, &state, &views);
    tally_waits(&state, &tokens);
    cr_assert(views.count == 2 && ho_slice_is(views.items[0].value, "2 -3 0 0") && views.items[1].score == 2);
    cr_assert(tokens.count == 1 && ho_slice_is(tokens.items[0], "rates/R001"));
    cr_assert_eq(tally_next_due(&state), HO_NEVER);
    ho_arena_release(&arena);
}
