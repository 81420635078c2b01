/*
 * What is told in the end does not depend on the order or the number of the messages: HO_STORIES random stories (10,000 by
 * default) of up to 12 messages, each in random orders with duplicates and timers in between, small ones in every order.
 * HO_SEED begins elsewhere. A story that fails is made as small as it can be, and printed with its seed.
 *
 * And a message changes nothing beyond its reach (reach.h): after each of a long life's, a look at all finds no more to tell.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "unit/encounters/short.h"

#define MESSAGES_MAX 12
#define EVENTS_MAX 512
#define TEXT_SIZE 16384

struct random {
    uint64_t state;
};

static unsigned below(struct random *random, unsigned bound)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (unsigned)(random->state >> 33) % bound;
}

struct story {
    struct short_message items[MESSAGES_MAX];
    size_t count;
};

/* Anything: few visits, few times, ties of rank, classes that contradict, numbers that are not there. */
static struct short_message any_message(struct random *random)
{
    static const char *const events[] = {"A01", "A01", "A04", "A04", "A06", "A07", "A03", "A03", "A03", "A08", "A08",
                                         "A11", "A11", "A13", "A13", "A02", "A12", "A05", "A38", "A21", "A22", "A52",
                                         "A53", "A23", "A42"};
    static const char classes[] = "IIIEEESSOUBP", visits[] = "AAABBX";
    int occurred = (int)below(random, 8) * (below(random, 4) ? 3 : 40), late = (int)below(random, 5);
    struct short_message m = {.event = events[below(random, HO_LENGTH(events))],
                              .class = classes[below(random, sizeof classes - 1)],
                              .visit = below(random, 9) ? visits[below(random, sizeof visits - 1)] : 0,
                              .feed = below(random, 4) ? 'g' : 'n',
                              .facility = below(random, 6) ? 'G' : 'C',
                              .occurred = occurred,
                              .recorded = occurred + (below(random, 3) ? 0 : late),
                              .note = (int)below(random, 4)};
    if (ho_slice_is(ho_slice_of(m.event), "A23") && below(random, 3))
        m.event = "A08";
    if (ho_slice_is(ho_slice_of(m.event), "A06") || ho_slice_is(ho_slice_of(m.event), "A42"))
        m.prior = below(random, 2) ? "ABX"[below(random, 3)] : 0;
    return m;
}

/* A way through a hospital as it happens: arrival, change, end, and something that goes wrong. */
static void add_way(struct random *random, struct story *story)
{
    static const char *const ways[] = {"A04E A06I A03I", "A04E A01I A03I", "A04E A03E",      "A01I A02I A03I",
                                       "A04S A06I A03I", "A01I A07S A03S", "A05P A01I A03I", "A01I A21I A22I A03I",
                                       "A01E A08I A03I", "A04E A03E A01I", "A01I A03I A13I A03I", "A01I A11I"};
    const char *way = ways[below(random, HO_LENGTH(ways))];
    char visit = "ABC"[below(random, 3)];
    int hour = (int)below(random, 60);
    bool other_number = below(random, 4) == 0, network = below(random, 5) == 0;
    for (const char *at = way; *at && story->count < MESSAGES_MAX; at += at[4] ? 5 : 4) {
        static const char *const names[] = {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A13", "A21", "A22"};
        struct short_message m = {.class = at[3], .visit = visit, .feed = network ? 'n' : 'g', .facility = 'G',
                                  .occurred = hour, .recorded = hour + (int)below(random, 2), .note = (int)below(random, 4)};
        for (size_t i = 0; i < HO_LENGTH(names); i++)
            if (strncmp(names[i], at, 3) == 0)
                m.event = names[i];
        if (other_number && at != way && m.class == 'I')
            m.visit = (char)(visit + 3);
        story->items[story->count++] = m;
        hour += 1 + (int)below(random, 20);
    }
}

static void make_story(uint64_t seed, struct story *story)
{
    struct random random = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    for (int i = 0; i < 8; i++)
        below(&random, 2);
    story->count = 0;
    size_t size = 2 + below(&random, MESSAGES_MAX - 1);
    if (below(&random, 2))
        while (story->count < size && below(&random, 4))
            add_way(&random, story);
    while (story->count < size)
        story->items[story->count++] = any_message(&random);
    for (size_t i = 0; i < story->count; i++)
        story->items[i].id = (char)('a' + i);
}

/* The last revision of every event id. */
struct told {
    struct care_event *events[EVENTS_MAX];
    size_t count;
};

static void take(struct told *told, const struct ho_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        struct care_event *event = (struct care_event *)(uintptr_t)effects->items[i].record;
        size_t at = 0;
        while (at < told->count && !ho_slice_equal(told->events[at]->event_id, event->event_id))
            at++;
        cr_assert_lt(at, (size_t)EVENTS_MAX);
        cr_assert_eq(event->revision, at == told->count ? 1 : told->events[at]->revision + 1, "revisions follow");
        told->count += at == told->count;
        told->events[at] = event;
    }
}

static struct ho_slice line_of(const struct told *told, const struct care_event *e, bool links, struct ho_arena *arena);

/* Feed and visit number are those of the message that was first to say what is told: with two senders, of either. */
/* An encounter's name is what is told of it, links aside: the same whatever its id. */
static uint64_t name_of(const struct told *told, struct ho_slice encounter_id, struct ho_arena *arena)
{
    uint64_t name = 0;
    for (size_t i = 0; i < told->count && encounter_id.len; i++)
        if (ho_slice_equal(told->events[i]->encounter_id, encounter_id) &&
            told->events[i]->change != CARE_EVENT_CARE_EVENT_CHANGE_VOIDED) {
            struct ho_slice line = line_of(told, told->events[i], false, arena);
            uint64_t hash = UINT64_C(14695981039346656037);
            for (size_t k = 0; k < line.len; k++)
                hash = (hash ^ (uint8_t)line.ptr[k]) * UINT64_C(1099511628211);
            name += hash;
        }
    return name;
}

static struct ho_slice line_of(const struct told *told, const struct care_event *e, bool links, struct ho_arena *arena)
{
    struct ho_slice to = HO_SLICE("");
    long long occurred = e->has_occurred ? (long long)((e->occurred.utc_ms - SHORT_DAY) / HOUR) : -1;
    if (links)
        to = ho_arena_printf(arena, "in %llx er %llx obs %llx after %llx became %llx by-er %d",
                             (unsigned long long)name_of(told, e->encounter_id, arena),
                             (unsigned long long)name_of(told, e->er_encounter_id, arena),
                             (unsigned long long)name_of(told, e->observation_encounter_id, arena),
                             (unsigned long long)name_of(told, e->transferred_from, arena),
                             (unsigned long long)name_of(told, e->became, arena), e->arrived_by_er);
    return ho_arena_printf(
        arena, "%s %.*s class %d at %lld disposition %.*s unit %.*s by %.*s dx %.*s presumed %d %.*s\n",
        care_event_care_event_kind_names[e->kind], HO_SLICE_ARG(e->facility),
        (int)e->encounter_class * 10 + (int)e->became_class, occurred, HO_SLICE_ARG(e->disposition),
        HO_SLICE_ARG(e->point_of_care), HO_SLICE_ARG(e->attending_id),
        HO_SLICE_ARG(e->diagnoses.count ? e->diagnoses.items[0].code : HO_SLICE("")), e->presumed, HO_SLICE_ARG(to));
}

static int compare_lines(const void *a, const void *b)
{
    return ho_slice_compare(*(const struct ho_slice *)a, *(const struct ho_slice *)b);
}

static void render(const struct told *told, struct ho_arena *arena, char out[TEXT_SIZE])
{
    struct ho_slice lines[EVENTS_MAX];
    size_t count = 0, n = 0;
    for (size_t i = 0; i < told->count; i++)
        if (told->events[i]->change != CARE_EVENT_CARE_EVENT_CHANGE_VOIDED)
            lines[count++] = line_of(told, told->events[i], true, arena);
    qsort(lines, count, sizeof *lines, compare_lines);
    out[0] = '\0';
    for (size_t i = 0; i < count && n + lines[i].len < TEXT_SIZE; i++) {
        memcpy(out + n, lines[i].ptr, lines[i].len);
        n += lines[i].len;
        out[n] = '\0';
    }
}

static bool run_timer(struct decider *d, struct told *told)
{
    struct encounters_state state = short_state(d);
    int64_t due = encounters_next_due(&state);
    struct ho_event event = {.input = HO_EVENT_TIMER, .key = HO_SLICE("M1"), .now_ms = due};
    if (due == HO_NEVER)
        return false;
    take(told, decider_run(d, &event));
    return true;
}

/* Plays the messages in that order (indices, some of them twice; -1 is a timer), and then all timers. */
static void play(struct decider *d, const struct story *story, const int *order, size_t count, char out[TEXT_SIZE])
{
    struct told told = {.count = 0};
    int timers = 0;
    ho_buf_clear(&d->state);
    ho_arena_reset(&d->arena);
    for (size_t i = 0; i < count; i++)
        if (order[i] < 0)
            run_timer(d, &told);
        else
            take(&told, short_run(d, &story->items[order[i]], (int64_t)i + 1));
    while (run_timer(d, &told))
        cr_assert_lt(timers++, 200, "a timer that never ends");
    render(&told, &d->arena, out);
}

static char expected[TEXT_SIZE], got[TEXT_SIZE];

/* Plays an order and compares it with the story's own. */
static bool agrees(struct decider *d, const struct story *story, const int *order, size_t count)
{
    play(d, story, order, count, got);
    return strcmp(expected, got) == 0;
}

static void swap(int *a, int *b)
{
    int keep = *a;
    *a = *b;
    *b = keep;
}

static bool every_order(struct decider *d, const struct story *story, int *order, size_t at)
{
    if (at == story->count)
        return agrees(d, story, order, story->count);
    for (size_t i = at; i < story->count; i++) {
        swap(&order[at], &order[i]);
        bool good = every_order(d, story, order, at + 1);
        swap(&order[at], &order[i]);
        if (!good)
            return false;
    }
    return true;
}

static bool some_orders(struct decider *d, const struct story *story, struct random *random, int tries)
{
    for (int t = 0; t < tries; t++) {
        int order[3 * MESSAGES_MAX];
        size_t count = 0;
        for (size_t i = 0; i < story->count; i++) {
            order[count++] = (int)i;
            if (below(random, 3) == 0)
                order[count++] = (int)i;
            if (below(random, 8) == 0)
                order[count++] = -1;
        }
        for (size_t i = count; i > 1; i--)
            swap(&order[i - 1], &order[below(random, (unsigned)i)]);
        if (!agrees(d, story, order, count))
            return false;
    }
    return true;
}

static bool holds(struct decider *d, const struct story *story, uint64_t seed, bool thorough)
{
    int order[MESSAGES_MAX];
    struct random random = {seed * 77 + 5};
    for (size_t i = 0; i < story->count; i++)
        order[i] = (int)i;
    play(d, story, order, story->count, expected);
    if (story->count <= (thorough ? 6 : 4) && !every_order(d, story, order, 0))
        return false;
    return some_orders(d, story, &random, thorough ? 100 : 3);
}

/* Leaves messages out as long as it still fails. */
static void shrink(struct decider *d, struct story *story, uint64_t seed)
{
    for (size_t i = 0; i < story->count;) {
        struct story less = *story;
        memmove(&less.items[i], &less.items[i + 1], (less.count - i - 1) * sizeof less.items[0]);
        less.count--;
        if (less.count && !holds(d, &less, seed, true)) {
            *story = less;
            i = 0;
        } else
            i++;
    }
    holds(d, story, seed, true); /* leaves the two outcomes in expected and got */
}

static void print_story(const struct story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct short_message *m = &story->items[i];
        fprintf(stderr, "  %s %c visit %c feed %c facility %c occurred %d recorded %d note %d prior %c id %c\n", m->event,
                m->class, m->visit ? m->visit : '-', m->feed, m->facility, m->occurred, m->recorded, m->note,
                m->prior ? m->prior : '-', m->id);
    }
}

static uint64_t number_of(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : fallback;
}

Test(encounters_order, every_order_and_duplication_ends_in_the_same_facts, .timeout = 3600)
{
    struct decider d;
    uint64_t stories = number_of("HO_STORIES", 10000), begin = number_of("HO_SEED", 1), facts = 0;
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    for (uint64_t seed = begin; seed < begin + stories; seed++) {
        struct story story;
        make_story(seed, &story);
        bool good = holds(&d, &story, seed, seed % 100 == 0);
        facts += strlen(expected) > 0;
        if (good)
            continue;
        shrink(&d, &story, seed);
        fprintf(stderr, "HO_SEED=%llu HO_STORIES=1:\n", (unsigned long long)seed);
        print_story(&story);
        cr_assert_fail("seed %llu: told in the story's order:\n%s\nin another:\n%s", (unsigned long long)seed, expected, got);
    }
    cr_assert_gt(facts, stories / 2, "the stories tell something");
    decider_release(&d);
}

#define LIFE_STORIES 5

/* Stories one after another, near or far. All have visit numbers: a message without one reaches all, and where stays of it
 * lie near others, which told stay is whose may change from look to look. Most keep their numbers, for the same reason. */
static size_t make_life(uint64_t seed, struct short_message life[LIFE_STORIES * MESSAGES_MAX])
{
    static const int gaps[] = {0, 30, 100, 200, 400, 2000};
    struct random random = {seed * UINT64_C(0x9e3779b97f4a7c15) + 3};
    bool plain = below(&random, 4) != 0, numbers = below(&random, 2) != 0;
    size_t count = 0;
    for (int n = 0, after = 0; n < LIFE_STORIES; n++, after += gaps[below(&random, HO_LENGTH(gaps))]) {
        struct story story;
        make_story(seed * LIFE_STORIES + (uint64_t)n, &story);
        for (size_t i = 0; i < story.count; i++) {
            struct short_message *m = &life[count];
            *m = story.items[i];
            m->occurred += after;
            m->recorded += after;
            m->id = (char)('!' + count++);
            if (!m->visit || (plain && strcmp(m->event, "A42") == 0))
                *m = (struct short_message){"A08", m->class, 'A', m->feed, m->facility, m->occurred, m->recorded, m->note, 0, m->id};
            if (numbers)
                m->visit = (char)(m->visit + n);
        }
    }
    for (size_t i = count; i > 1 && below(&random, 2); i--) { /* some of the latest come early */
        struct short_message keep = life[i - 1];
        size_t at = below(&random, (unsigned)i);
        life[i - 1] = life[at];
        life[at] = keep;
    }
    return count;
}

Test(encounters_order, a_message_changes_nothing_beyond_its_reach, .timeout = 3600)
{
    struct decider d;
    uint64_t lives = number_of("HO_STORIES", 10000) / 2, begin = number_of("HO_SEED", 1), told = 0;
    decider_init(&d, encounters_decide, &short_env, &encounters_state_record);
    for (uint64_t seed = begin; seed < begin + lives; seed++) {
        struct short_message life[LIFE_STORIES * MESSAGES_MAX];
        size_t count = make_life(seed, life);
        ho_buf_clear(&d.state);
        ho_arena_reset(&d.arena);
        for (size_t i = 0; i < count; i++) {
            struct ho_event look = {.input = HO_EVENT_TIMER, .key = HO_SLICE("M1"), .now_ms = 0}; /* nothing is due by then */
            told += short_run(&d, &life[i], (int64_t)i + 1)->count;
            int64_t due_ms = short_state(&d).due_ms;
            const struct ho_effects *more = decider_run(&d, &look);
            cr_assert_eq(more->count, 0, "HO_SEED=%llu HO_STORIES=2: message %zu of %zu left something to tell: %s",
                         (unsigned long long)seed, i + 1, count, more->count ? more->reason : "");
            cr_assert_eq(short_state(&d).due_ms, due_ms, "HO_SEED=%llu HO_STORIES=2: the timer after message %zu",
                         (unsigned long long)seed, i + 1);
        }
    }
    cr_assert_gt(told, lives, "the lives tell something");
    decider_release(&d);
}
