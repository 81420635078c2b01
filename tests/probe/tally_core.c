#include "tally_core.h"

#include <stdio.h>

#include "probe_amount.h"
#include "probe_done.h"
#include "probe_move.h"
#include "probe_profile.h"
#include "probe_reminder.h"
#include "probe_told.h"

int tally_rate(struct ho_slice id)
{
    int64_t number = -1;
    if (id.len != 4 || id.ptr[0] != 'R' || !ho_slice_to_int64((struct ho_slice){id.ptr + 1, 3}, &number))
        return -1;
    return number >= 0 && number < TALLY_RATES_MAX ? (int)number : -1;
}

uint64_t tally_scramble(uint64_t id)
{
    uint64_t z = id + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t plus(int64_t a, uint64_t b)
{
    return (int64_t)((uint64_t)a + b);
}

size_t tally_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                        struct ho_slice keys[HO_STATES_MAX])
{
    const struct probe_move *move = event->record;
    (void)env;
    (void)arena;
    keys[0] = event->key;
    if (!move || event->input > TALLY_CANCELS || !move->other.ptr)
        return 1;
    keys[1] = move->other;
    return 2;
}

/* Rule 5. */
static void tell(struct ho_slice key, struct tally_state *state, struct ho_effects *effects)
{
    struct probe_told *told = HO_ARENA_NEW(effects->arena, struct probe_told);
    state->revision++;
    *told = (struct probe_told){.key = key,
                                .revision = state->revision,
                                .count = state->count,
                                .sum = state->sum,
                                .mix = state->mix,
                                .bulk_count = state->bulk_count,
                                .bulk_sum = state->bulk_sum,
                                .has_bound = state->has_bound,
                                .bound = state->bound,
                                .waiting = (int32_t)state->waiting.count};
    for (size_t i = 0; i < state->reminders.count; i++)
        told->fired += state->reminders.items[i].fired;
    ho_effects_add(effects, TALLY_TOLD, key, told,
                   ho_arena_printf(effects->arena, "tell_%.*s.%lld", HO_SLICE_ARG(key), (long long)state->revision));
}

static struct probe_done *done(int64_t id, int32_t revision, struct ho_effects *effects)
{
    struct probe_done *record = HO_ARENA_NEW(effects->arena, struct probe_done);
    struct ho_slice key = ho_arena_printf(effects->arena, "%lld", (long long)id);
    record->id = id;
    record->revision = revision;
    ho_effects_add(effects, TALLY_DONE, key, record,
                   ho_arena_printf(effects->arena, "done_%lld.%d", (long long)id, (int)revision));
    return record;
}

static void count(struct tally_state *state, int64_t id, int64_t value)
{
    state->count++;
    state->sum += value;
    state->mix = plus(state->mix, tally_scramble((uint64_t)id));
}

/* Rule 3: by id, so that the order of arrival leaves no trace. */
static bool wait(struct tally_state *state, const struct tally_state_waiting *news, struct ho_arena *arena)
{
    size_t at = 0, old = state->waiting.count;
    if (old == TALLY_LIST_MAX)
        return false;
    struct tally_state_waiting *items = HO_ARENA_ARRAY(arena, struct tally_state_waiting, old + 1);
    while (at < old && state->waiting.items[at].id < news->id)
        at++;
    for (size_t i = 0; i < old; i++)
        items[i < at ? i : i + 1] = state->waiting.items[i];
    items[at] = *news;
    state->waiting.items = items;
    state->waiting.count = old + 1;
    return true;
}

/* Rules 1 to 3, in one of the event's states. */
static bool add(const struct tally_rates *rates, const struct probe_move *move, struct tally_state *state, bool first,
                struct ho_effects *effects)
{
    int64_t amount = first ? move->amount : -move->amount, factor = 1;
    int rate = move->rate.ptr ? tally_rate(move->rate) : -1;
    bool known = !move->rate.ptr || (rate >= 0 && rates->known[rate]);
    if (known && rate >= 0)
        factor = rates->factors[rate];
    if (!known) {
        struct tally_state_waiting news = {move->id, amount, move->rate, first};
        if (!wait(state, &news, effects->arena))
            return false;
    } else {
        count(state, move->id, amount * factor);
    }
    if (!first)
        return true;
    struct probe_done *record = done(move->id, 1, effects);
    record->has_value = known;
    record->value = known ? amount * factor : 0;
    if (move->mark == PROBE_MOVE_PROBE_MARK_HUGE)
        record->padding = (struct ho_slice){ho_arena_alloc(effects->arena, TALLY_HUGE), TALLY_HUGE};
    return true;
}

static struct tally_state_reminder *reminder(struct tally_state *state, int64_t id, struct ho_arena *arena)
{
    size_t at = 0, old = state->reminders.count;
    while (at < old && state->reminders.items[at].id < id)
        at++;
    if (at < old && state->reminders.items[at].id == id)
        return &state->reminders.items[at];
    if (old == TALLY_LIST_MAX)
        return NULL;
    struct tally_state_reminder *items = HO_ARENA_ARRAY(arena, struct tally_state_reminder, old + 1);
    for (size_t i = 0; i < old; i++)
        items[i < at ? i : i + 1] = state->reminders.items[i];
    items[at] = (struct tally_state_reminder){.id = id};
    state->reminders.items = items;
    state->reminders.count = old + 1;
    return &items[at];
}

/* Rule 4: due, and to be told. */
static bool open_until(const struct tally_state_reminder *one, int64_t *ret_due_ms)
{
    if (!one->has_due_ms || one->fired || (one->has_cancel_ms && one->cancel_ms < one->due_ms))
        return false;
    *ret_due_ms = one->due_ms;
    return true;
}

static bool remind(const struct ho_event *event, const struct probe_move *move, struct tally_state *state,
                   struct ho_effects *effects)
{
    struct tally_state_reminder *one = reminder(state, move->id, effects->arena);
    if (!one)
        return false;
    if (move->kind == PROBE_MOVE_PROBE_KIND_REMIND) {
        one->has_due_ms = true;
        one->due_ms = move->due_ms;
    } else if (!one->has_cancel_ms || event->now_ms < one->cancel_ms) {
        one->has_cancel_ms = true;
        one->cancel_ms = event->now_ms;
    }
    return true;
}

static void fire(const struct ho_event *event, struct tally_state *state, struct ho_effects *effects)
{
    for (size_t i = 0; i < state->reminders.count; i++) {
        struct tally_state_reminder *one = &state->reminders.items[i];
        int64_t due_ms = 0;
        if (!open_until(one, &due_ms) || due_ms > event->now_ms)
            continue;
        struct probe_reminder *record = HO_ARENA_NEW(effects->arena, struct probe_reminder);
        *record = (struct probe_reminder){one->id, event->key, due_ms};
        one->fired = true;
        ho_effects_add(effects, TALLY_REMINDERS, event->key, record,
                       ho_arena_printf(effects->arena, "remind_%lld.1", (long long)one->id));
    }
}

static void wake(const struct tally_rates *rates, struct tally_state *state, struct ho_effects *effects)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->waiting.count; i++) {
        struct tally_state_waiting one = state->waiting.items[i];
        int rate = tally_rate(one.rate);
        if (rate < 0 || !rates->known[rate]) {
            state->waiting.items[kept++] = one;
            continue;
        }
        int64_t value = one.amount * rates->factors[rate];
        count(state, one.id, value);
        if (!one.tells)
            continue;
        struct probe_done *record = done(one.id, 2, effects);
        record->has_value = true;
        record->value = value;
    }
    state->waiting.count = kept;
}

static void poison(struct ho_effects *effects, const char *reason)
{
    effects->outcome = HO_POISON;
    effects->reason = reason;
}

static void ignore(struct ho_effects *effects, const char *reason)
{
    effects->outcome = HO_IGNORED;
    effects->reason = reason;
}

static void crash(void)
{
    volatile int *volatile nowhere = NULL; /* or the compiler leaves the write out */
    *nowhere = 1; /* rule 7 */
}

static void move(const struct tally_rates *rates, const struct ho_event *event, void *const states[],
                 struct ho_effects *effects)
{
    const struct probe_move *record = event->record;
    bool fits = true;
    if (!record || record->kind == PROBE_MOVE_PROBE_KIND_NOTHING) {
        ignore(effects, "tally.7 nothing to do");
        return;
    }
    if (record->mark == PROBE_MOVE_PROBE_MARK_CRASH)
        crash();
    if (record->mark == PROBE_MOVE_PROBE_MARK_POISON) {
        poison(effects, "tally.7 poison");
        return;
    }
    if (record->kind != PROBE_MOVE_PROBE_KIND_ADD)
        fits = remind(event, record, states[0], effects);
    else
        fits = add(rates, record, states[0], true, effects) &&
               (!record->other.ptr || add(rates, record, states[1], false, effects));
    if (!fits) {
        poison(effects, "tally.full");
        return;
    }
    tell(event->key, states[0], effects);
    if (record->other.ptr)
        tell(record->other, states[1], effects);
}

/* Rule 6. */
static void amount(const struct ho_event *event, struct tally_state *state, struct ho_effects *effects)
{
    const struct probe_amount *record = event->record;
    if (!record) {
        ignore(effects, "tally.7 nothing to do");
        return;
    }
    state->bulk_count++;
    state->bulk_sum += record->amount;
    state->mix = plus(state->mix, tally_scramble((uint64_t)record->id));
    tell(event->key, state, effects);
}

static void profile(const struct ho_event *event, struct tally_state *state, struct ho_effects *effects)
{
    const struct probe_profile *record = event->record;
    state->has_bound = record != NULL;
    state->bound = record ? record->bound : 0;
    tell(event->key, state, effects);
}

void tally_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    const struct tally_rates *rates = env;
    struct tally_state *state = states[0];
    size_t before = state->waiting.count;
    switch (event->input) {
    case HO_EVENT_TIMER:
        fire(event, state, effects);
        if (effects->count)
            tell(event->key, state, effects);
        return;
    case HO_EVENT_WAKE:
        wake(rates, state, effects);
        if (state->waiting.count != before)
            tell(event->key, state, effects);
        return;
    case TALLY_AMOUNTS:
        amount(event, state, effects);
        return;
    case TALLY_PROFILES:
        profile(event, state, effects);
        return;
    default:
        move(rates, event, states, effects);
    }
}

int64_t tally_next_due(const void *state)
{
    const struct tally_state *tally = state;
    int64_t next_ms = HO_NEVER, due_ms = 0;
    for (size_t i = 0; i < tally->reminders.count; i++)
        if (open_until(&tally->reminders.items[i], &due_ms) && due_ms < next_ms)
            next_ms = due_ms;
    return next_ms;
}

void tally_waits(const void *state, struct ho_tokens *tokens)
{
    const struct tally_state *tally = state;
    for (size_t i = 0; i < tally->waiting.count; i++)
        ho_tokens_add(tokens, ho_arena_printf(tokens->arena, "rates/%.*s", HO_SLICE_ARG(tally->waiting.items[i].rate)));
}

void tally_view(struct ho_slice key, const void *state, struct ho_views *views)
{
    const struct tally_state *tally = state;
    int64_t open = (int64_t)tally->waiting.count, due_ms = 0;
    for (size_t i = 0; i < tally->reminders.count; i++)
        open += open_until(&tally->reminders.items[i], &due_ms);
    struct ho_slice totals =
        ho_arena_printf(views->arena, "%lld %lld %lld %lld", (long long)tally->count, (long long)tally->sum,
                        (long long)tally->bulk_count, (long long)tally->bulk_sum);
    ho_views_add(views, (struct ho_view_entry){HO_SLICE("totals"), key, totals, 0});
    if (open)
        ho_views_add(views, (struct ho_view_entry){HO_SLICE("open"), key, {NULL, 0}, open});
}
