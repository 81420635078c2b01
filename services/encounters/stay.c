#include "encounters/stay.h"

typedef struct encounters_state_message message;
typedef struct encounters_entry entry;
typedef struct encounters_group group;
typedef struct encounters_stay stay;

#define KIND(name) ENCOUNTERS_STATE_MESSAGE_KIND_##name

/* An arrival or an end on a group's time line. */
struct point {
    const message *message;
    enum encounters_segment segment; /* NONE: an end whose class says nothing */
    bool arrival;
};

struct line {
    struct point *items; /* by time, then rank */
    size_t count;
};

bool encounters_has(const stay *s, enum encounters_segment segment)
{
    return s->parts[segment].arrival || s->parts[segment].end;
}

static void add_point(struct line *line, const message *m, enum encounters_segment segment, bool arrival)
{
    size_t at = line->count++;
    int64_t when = encounters_when(m);
    for (; at > 0; at--) {
        int64_t before = encounters_when(line->items[at - 1].message);
        if (before < when || (before == when && encounters_rank(line->items[at - 1].message, m) <= 0))
            break;
        line->items[at] = line->items[at - 1];
    }
    line->items[at] = (struct point){m, segment, arrival};
}

static const message *arrival_on(const struct line *line, enum encounters_segment segment)
{
    const message *found = NULL;
    for (size_t i = 0; i < line->count; i++)
        if (line->items[i].arrival && line->items[i].segment == segment &&
            (!found || encounters_rank(found, line->items[i].message) < 0))
            found = line->items[i].message;
    return found;
}

/* Rule 14: the first update that names the segment after `base`, and after what took the segment back. */
static const message *named_class(const group *g, enum encounters_segment segment, const message *base)
{
    const message *found = NULL;
    for (size_t i = 0; i < g->count && !found; i++) {
        const entry *e = &g->entries[i];
        bool names = e->message->kind == KIND(CLASS_FIRST) || e->message->kind == KIND(CLASS_LAST);
        bool after = encounters_when(e->message) >= encounters_when(base) &&
                     (segment != SEGMENT_STAY || !g->barrier || encounters_rank(g->barrier, e->message) < 0);
        if (names && after && !e->killed_by && e->segment == segment)
            found = e->message;
    }
    return found;
}

/* Rule 14: the admission that an update took back, or NULL. */
static const message *downgraded(const group *g)
{
    const message *found = NULL;
    bool by_update = g->barrier && g->barrier->kind == KIND(CLASS_LAST);
    for (size_t i = 0; i < g->count && by_update; i++)
        if (g->entries[i].killed_by == g->barrier && g->entries[i].message->kind == KIND(ARRIVE))
            found = g->entries[i].message;
    return found;
}

/* Rules 13 and 14: arrivals that no arrival message says. */
static void add_implied(const group *g, struct line *line)
{
    const message *er = arrival_on(line, SEGMENT_ER), *base = er ? er : arrival_on(line, SEGMENT_OBSERVATION);
    for (size_t i = 0; i < g->count; i++) {
        const entry *e = &g->entries[i];
        bool out = e->message->kind == KIND(CONVERT_OUT) && !e->killed_by;
        if (out && (e->segment == SEGMENT_OBSERVATION || (e->segment == SEGMENT_ER && !er)))
            add_point(line, e->message, e->segment, true);
    }
    if (!base)
        base = downgraded(g);
    if (base && !arrival_on(line, SEGMENT_OBSERVATION)) {
        const message *named = named_class(g, SEGMENT_OBSERVATION, base);
        if (named)
            add_point(line, named, SEGMENT_OBSERVATION, true);
    }
    if (base && !arrival_on(line, SEGMENT_STAY)) {
        const message *named = named_class(g, SEGMENT_STAY, base);
        if (named)
            add_point(line, named, SEGMENT_STAY, true);
    }
}

static void make_line(const group *g, struct ho_arena *arena, struct line *line)
{
    line->items = HO_ARENA_ARRAY(arena, struct point, g->count + 2);
    line->count = 0;
    for (size_t i = 0; i < g->count; i++) {
        const entry *e = &g->entries[i];
        if (!e->killed_by && (e->message->kind == KIND(ARRIVE) || e->message->kind == KIND(END)))
            add_point(line, e->message, e->segment, e->message->kind == KIND(ARRIVE));
    }
    add_implied(g, line);
}

static void set_higher(const message **slot, const message *m)
{
    if (!*slot || encounters_rank(*slot, m) < 0)
        *slot = m;
}

/* Rule 4: an end whose class says nothing ends what began last and is open. */
static enum encounters_segment open_segment(const stay *s)
{
    enum encounters_segment found = SEGMENT_NONE;
    for (int i = 0; i < SEGMENT_COUNT; i++) {
        const struct encounters_part *part = &s->parts[i];
        if (part->arrival && !part->end &&
            (found == SEGMENT_NONE || encounters_when(part->arrival) >= encounters_when(s->parts[found].arrival)))
            found = (enum encounters_segment)i;
    }
    return found;
}

/* The points from..to are one stay. */
static void fill_stay(stay *s, const group *g, const struct line *line, size_t from, size_t to)
{
    *s = (stay){.group = g, .start_ms = encounters_when(line->items[from].message)};
    for (size_t i = from; i < to; i++) {
        const struct point *p = &line->items[i];
        if (p->segment != SEGMENT_NONE)
            set_higher(p->arrival ? &s->parts[p->segment].arrival : &s->parts[p->segment].end, p->message);
    }
    for (size_t i = from; i < to; i++)
        if (line->items[i].segment == SEGMENT_NONE) {
            enum encounters_segment open = open_segment(s);
            if (open != SEGMENT_NONE)
                set_higher(&s->parts[open].end, line->items[i].message);
        }
}

/* Rule 7: under a number that is used again, an arrival long after an end is another stay. */
static size_t split(const group *g, const struct line *line, int64_t reuse_ms, stay *out)
{
    size_t count = 0, from = 0;
    int64_t ended = INT64_MIN;
    for (size_t i = 0; i <= line->count; i++) {
        bool last = i == line->count;
        int64_t when = last ? 0 : encounters_when(line->items[i].message);
        if (i > from && (last || (line->items[i].arrival && ended != INT64_MIN && ended + reuse_ms < when))) {
            fill_stay(&out[count++], g, line, from, i);
            from = i;
            ended = INT64_MIN;
        }
        if (!last && !line->items[i].arrival)
            ended = when;
    }
    return count;
}

/* The stay that something at that time belongs to: the last one that began by then, else the first. */
static stay *stay_at(stay *stays, size_t count, int64_t when)
{
    stay *found = &stays[0];
    for (size_t i = 0; i < count; i++)
        if (stays[i].start_ms <= when)
            found = &stays[i];
    return found;
}

static void add_move(stay *s, const message *m, size_t room, struct ho_arena *arena)
{
    if (!s->moves)
        s->moves = HO_ARENA_ARRAY(arena, const message *, room);
    size_t at = s->move_count++;
    for (; at > 0 && encounters_when(m) < encounters_when(s->moves[at - 1]); at--)
        s->moves[at] = s->moves[at - 1];
    s->moves[at] = m;
}

/* Rules 15, 17, 18 and 20. */
static void add_rest(const group *g, stay *stays, size_t count, struct ho_arena *arena)
{
    for (size_t i = 0; i < g->count; i++) {
        const message *m = g->entries[i].message;
        stay *s = stay_at(stays, count, encounters_when(m));
        if (g->entries[i].killed_by)
            continue;
        if (m->kind == KIND(TRANSFER) || m->kind == KIND(LEAVE) || m->kind == KIND(RETURN))
            add_move(s, m, g->count, arena);
        else if (m->kind == KIND(PREADMIT))
            set_higher(&s->preadmit, m);
        else if (m->kind == KIND(DETAIL))
            set_higher(&s->detail, m);
        else if (m->kind == KIND(DISPOSITION))
            set_higher(&s->disposition, m);
        else if (m->kind == KIND(DEATH))
            s->death = m;
        if (m->kind == KIND(DIAGNOSES))
            set_higher(&s->news, m);
        if (m->diagnoses.count)
            set_higher(&s->diagnoses, m);
    }
}

/* A visit that is only planned, or whose facts wait for an arrival. */
static size_t only_planned(const group *g, stay *out)
{
    for (size_t i = 0; i < g->count; i++)
        if (!g->entries[i].killed_by && g->entries[i].message->kind == KIND(PREADMIT)) {
            *out = (stay){.group = g, .start_ms = encounters_when(g->entries[i].message)};
            return 1;
        }
    return 0;
}

static size_t stays_at_most(const group *g)
{
    size_t count = 1;
    for (size_t i = 0; i < g->count; i++)
        count += g->entries[i].message->kind == KIND(ARRIVE) || g->entries[i].message->kind == KIND(CONVERT_OUT);
    return count;
}

void encounters_draw(const struct encounters_state *state, const struct encounters_policy *policy, const bool *in,
                     struct ho_arena *arena, struct encounters_picture *picture)
{
    struct line line;
    size_t room = 0;
    picture->groups.in = in;
    encounters_live(state, policy, arena, &picture->groups);
    for (size_t i = 0; i < picture->groups.count; i++)
        room += stays_at_most(&picture->groups.items[i]);
    picture->stays = HO_ARENA_ARRAY(arena, stay, room);
    picture->count = 0;
    for (size_t i = 0; i < picture->groups.count; i++) {
        const group *g = &picture->groups.items[i];
        stay *first = &picture->stays[picture->count];
        make_line(g, arena, &line);
        size_t count = line.count ? split(g, &line, policy->reuse_ms, first) : only_planned(g, first);
        if (count)
            add_rest(g, first, count, arena);
        picture->count += count;
    }
    encounters_unify(picture, policy);
    encounters_link(picture, policy);
    encounters_presume(picture, policy);
}
