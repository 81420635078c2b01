/* Rule 25: facts that go from member to member, in any order, twice, to and fro, and more of them than fit in one batch. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "unit/encounters/short.h"

#define MEMBERS 2
#define ITEMS_MAX 256
#define EVENTS_MAX 512

struct item {
    int member;
    struct ho_event event;
};

struct world {
    struct decider members[MEMBERS];
    struct ho_arena arena;
    struct item items[ITEMS_MAX]; /* what has not been read yet */
    size_t count;
    struct care_event *last[EVENTS_MAX]; /* the last revision of every event */
    size_t told;
    size_t moves;
};

static const char *const ids[MEMBERS] = {"M1", "M2"};

static void init(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (int i = 0; i < MEMBERS; i++)
        decider_init(&w->members[i], encounters_decide, &short_env, &encounters_state_record);
}

static void release(struct world *w)
{
    for (int i = 0; i < MEMBERS; i++)
        decider_release(&w->members[i]);
    ho_arena_release(&w->arena);
}

static void add(struct world *w, int member, int input, const void *record)
{
    cr_assert_lt(w->count, (size_t)ITEMS_MAX);
    w->items[w->count++] = (struct item){
        member, {.input = input, .key = ho_slice_of(ids[member]), .record = record, .now_ms = (int64_t)w->count + 1}};
}

static void add_message(struct world *w, int member, const struct short_message *m)
{
    add(w, member, ENCOUNTERS_ADT_MATCHED, short_adt(m, &w->arena));
}

/* Patient 77 of feed general is the other member's, from that hour on. */
static void add_move(struct world *w, int from, const char *to, int recorded)
{
    const struct short_message m = {"A40", 'O', 0, 'g', 'G', recorded, recorded, 0, 0, (char)('A' + from)};
    struct adt_matched *adt = short_adt(&m, &w->arena);
    adt->member_id = ho_slice_of(ids[from]);
    adt->has_move = true;
    adt->move = (struct adt_matched_move){adt->member_id, ho_slice_of(to), adt->feed, HO_SLICE("77"), HO_SLICE(""),
                                          HO_SLICE("")};
    add(w, from, ENCOUNTERS_ADT_MATCHED, adt);
}

static void take(struct world *w, struct care_event *event)
{
    size_t at = 0;
    while (at < w->told && !ho_slice_equal(w->last[at]->event_id, event->event_id))
        at++;
    cr_assert_lt(at, (size_t)EVENTS_MAX);
    cr_assert_eq(event->revision, at == w->told ? 1 : w->last[at]->revision + 1, "revisions follow");
    w->told += at == w->told;
    w->last[at] = event;
}

static void run(struct world *w, const struct item *item)
{
    const struct ho_effects *effects = decider_run(&w->members[item->member], &item->event);
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].output == ENCOUNTERS_CARE_EVENTS)
            take(w, (struct care_event *)(uintptr_t)effects->items[i].record);
        else {
            add(w, ho_slice_is(effects->items[i].key, "M2"), ENCOUNTERS_MOVES_IN, effects->items[i].record);
            w->moves++;
        }
}

/* Reads all in that order of chance, some of it twice, then lets the timers run that have work left. */
static void settle(struct world *w, unsigned *seed, bool twice)
{
    int steps = 0;
    while (w->count) {
        size_t at = (size_t)rand_r(seed) % w->count;
        struct item item = w->items[at];
        cr_assert_lt(steps++, 2000, "facts that run in a circle");
        if (!twice || rand_r(seed) % 4)
            w->items[at] = w->items[--w->count];
        run(w, &item);
        for (int i = 0; i < MEMBERS && !w->count; i++) {
            struct encounters_state state = short_state(&w->members[i]);
            if (state.due_ms < SHORT_DAY) /* work left over, and no visit that hangs */
                add(w, i, HO_EVENT_TIMER, NULL);
        }
    }
}

/* What stands for a member: kinds and hours, sorted. */
static void standing(const struct world *w, int member, char out[4096])
{
    char lines[128][32];
    size_t count = 0;
    for (size_t i = 0; i < w->told; i++) {
        const struct care_event *e = w->last[i];
        if (e->change != CARE_EVENT_CARE_EVENT_CHANGE_VOIDED && ho_slice_is(e->member_id, ids[member]) && count < 128)
            snprintf(lines[count++], 32, "%s %lld ", care_event_care_event_kind_names[e->kind],
                     e->has_occurred ? (long long)((e->occurred.utc_ms - SHORT_DAY) / HOUR) : -1LL);
    }
    qsort(lines, count, sizeof *lines, (int (*)(const void *, const void *))strcmp);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strncat(out, lines[i], 4095 - strlen(out));
}

static const struct short_message story[] = {
    {"A04", 'E', 'A', 'g', 'G', 1, 1, 1, 0, 'a'}, {"A06", 'I', 'A', 'g', 'G', 5, 5, 1, 0, 'b'},
    {"A03", 'I', 'A', 'g', 'G', 50, 50, 1, 0, 'c'}, {"A01", 'I', 'B', 'g', 'G', 90, 90, 1, 0, 'd'},
    {"A11", 'I', 'B', 'g', 'G', 90, 95, 1, 0, 'e'}, {"A03", 'E', 'C', 'g', 'G', 200, 200, 1, 0, 'f'}};

#define ALL "ADMITTED 5 DISCHARGED 50 ER_ARRIVED 1 ER_DEPARTED 200 ER_DEPARTED 5 "

static const struct {
    const char *name;
    int there, back;          /* hour of the move to M2 and of the one back to M1; -1: none */
    const char *first, *second; /* what stands for M1 and M2 */
} rows[] = {
    {"not moved", -1, -1, ALL, ""},
    {"moved", 100, -1, "", ALL},
    {"moved and back", 100, 150, ALL, ""},
    {"the move back is the older one", 150, 100, "", ALL},
};

Test(encounters_moved, facts_come_to_rest_where_the_latest_word_says_in_any_order)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        for (unsigned round = 1; round <= 200; round++) {
            struct world w;
            char first[4096], second[4096];
            unsigned seed = round;
            init(&w);
            for (size_t k = 0; k < HO_LENGTH(story); k++)
                add_message(&w, 0, &story[k]);
            if (rows[i].there >= 0)
                add_move(&w, 0, "M2", rows[i].there);
            if (rows[i].back >= 0)
                add_move(&w, 1, "M1", rows[i].back);
            settle(&w, &seed, round % 2);
            standing(&w, 0, first);
            standing(&w, 1, second);
            cr_assert_str_eq(first, rows[i].first, "%s, seed %u: M1 has %s", rows[i].name, round, first);
            cr_assert_str_eq(second, rows[i].second, "%s, seed %u: M2 has %s", rows[i].name, round, second);
            release(&w);
        }
}

Test(encounters_moved, what_is_of_nobody_known_is_withdrawn)
{
    for (unsigned round = 1; round <= 50; round++) {
        struct world w;
        char first[4096];
        unsigned seed = round;
        init(&w);
        for (size_t k = 0; k < HO_LENGTH(story); k++)
            add_message(&w, 0, &story[k]);
        add_move(&w, 0, "", 100);
        settle(&w, &seed, round % 2);
        standing(&w, 0, first);
        cr_assert_str_eq(first, "", "seed %u: %s", round, first);
        cr_assert_eq(w.moves, 0);
        release(&w);
    }
}

/* Twenty visits with an admission, an ER visit and transfers each: more than the effects of one batch. */
Test(encounters_moved, more_than_one_batch_holds_follows_by_a_timer)
{
    struct world w;
    char first[4096], expected[4096], second[4096];
    unsigned seed = 1;
    init(&w);
    for (int v = 0; v < 20; v++) {
        const struct short_message way[] = {
            {"A04", 'E', (char)('A' + v), 'g', 'G', v * 200, v * 200, 1, 0, 'a'},
            {"A06", 'I', (char)('A' + v), 'g', 'G', v * 200 + 5, v * 200 + 5, 1, 0, 'b'},
            {"A03", 'I', (char)('A' + v), 'g', 'G', v * 200 + 90, v * 200 + 90, 1, 0, 'd'}};
        for (size_t i = 0; i < HO_LENGTH(way); i++)
            add_message(&w, 0, &way[i]);
    }
    settle(&w, &seed, false);
    standing(&w, 0, expected);
    add_move(&w, 0, "M2", 5000);
    settle(&w, &seed, false);
    standing(&w, 0, first);
    standing(&w, 1, second);
    cr_assert_eq(w.moves, 20, "%zu", w.moves);
    cr_assert_str_eq(first, "", "%s", first);
    cr_assert_str_eq(second, expected);
    release(&w);
}
