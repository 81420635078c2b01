#include "encounters/told.h"

#include "base/id.h"
#include "encounters/moved.h"

typedef struct encounters_state_stay told_stay;
typedef struct encounters_state_fact told_fact;
typedef struct encounters_stay stay;
typedef struct encounters_telling telling;

#define EFFECTS_ROOM (HO_EFFECTS_MAX - 4)

_Static_assert(CARE_EVENT_CARE_EVENT_KIND_COUNT == ENCOUNTERS_STATE_CARE_EVENT_KIND_COUNT, "one CareEventKind");

static bool is_of(const told_stay *told, const struct encounters_state_visit *v)
{
    return ho_slice_equal(told->visit, v->visit) && ho_slice_equal(told->facility, v->facility) &&
           ho_slice_equal(told->feed, v->feed);
}

/* Does what was told of `told` belong to this stay, by any of its visits? */
static bool is_about(const told_stay *told, const stay *s)
{
    for (const stay *part = s; part; part = part->next_guest) {
        const struct encounters_state_visit *last = NULL;
        for (size_t i = 0; i < part->group->count; i++) {
            const struct encounters_state_visit *v = part->group->entries[i].visit;
            if (v != last && is_of(told, v))
                return true;
            last = v;
        }
    }
    return false;
}

static int64_t apart(const told_stay *told, const stay *s)
{
    return told->start_ms > s->start_ms ? told->start_ms - s->start_ms : s->start_ms - told->start_ms;
}

static void give(stay *s, const told_stay *told)
{
    s->told = told;
    s->encounter_id = told->encounter_id;
}

/* Where a stay and what was told of it have nobody else, there is nothing to choose. */
static void match_plain(struct encounters_picture *p, const struct encounters_state *state, const bool *about, bool *taken)
{
    size_t count = state->stays.count;
    for (size_t i = 0; i < p->count; i++) {
        size_t mine = count, others = 0;
        for (size_t k = 0; k < count; k++)
            if (about[i * count + k]) {
                others += mine != count;
                mine = k;
            }
        for (size_t n = 0; n < p->count && mine != count; n++)
            others += n != i && about[n * count + mine];
        if (mine != count && !others) {
            taken[mine] = true;
            give(&p->stays[i], &state->stays.items[mine]);
        }
    }
}

/* Visits without a number and those that became another are all looked at: else a group is a visit. */
static bool *find_aside(const telling *t)
{
    const struct encounters_groups *groups = &t->picture->groups;
    size_t count = t->state->stays.count, room = count + t->picture->count;
    bool *aside = groups->in ? HO_ARENA_ARRAY(t->effects->arena, bool, room) : NULL;
    for (size_t k = 0; aside && k < count; k++) {
        aside[k] = true;
        for (size_t i = 0; i < groups->count && aside[k]; i++)
            aside[k] = !is_of(&t->state->stays.items[k], groups->items[i].visit);
    }
    return aside;
}

/* Rule 7: of all that may belong together, the nearest in time first. */
static void match_told(telling *t, bool *taken)
{
    struct encounters_picture *p = t->picture;
    struct encounters_state *state = t->state;
    size_t count = state->stays.count;
    bool *about = HO_ARENA_ARRAY(t->effects->arena, bool, p->count * count + 1);
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < count && !p->stays[i].within; k++)
            about[i * count + k] = !(t->aside && t->aside[k]) && is_about(&state->stays.items[k], &p->stays[i]);
    match_plain(p, state, about, taken);
    for (;;) {
        size_t best_stay = 0, best_told = count;
        for (size_t i = 0; i < p->count; i++)
            for (size_t k = 0; k < count && !p->stays[i].told; k++)
                if (about[i * count + k] && !taken[k] &&
                    (best_told == count || apart(&state->stays.items[k], &p->stays[i]) <
                                               apart(&state->stays.items[best_told], &p->stays[best_stay]))) {
                    best_stay = i;
                    best_told = k;
                }
        if (best_told == count)
            return;
        taken[best_told] = true;
        give(&p->stays[best_stay], &state->stays.items[best_told]);
    }
}

static bool id_used(const struct encounters_state *state, size_t count, struct ho_slice id)
{
    for (size_t i = 0; i < count; i++)
        if (ho_slice_equal(state->stays.items[i].encounter_id, id))
            return true;
    return false;
}

/* At first sight; a visit that came from another member brings its own. */
static struct ho_slice new_id(const telling *t, const stay *s, size_t count)
{
    char id[HO_ID_SIZE];
    struct ho_arena *arena = t->effects->arena;
    const struct encounters_state_visit *v = s->group->visit;
    const struct ho_slice parts[] = {v->feed, v->visit, t->message_id.len ? t->message_id : s->group->entries[0].message->rank_id,
                                     ho_arena_numbered(arena, HO_SLICE(""), "", s->start_ms, "")};
    if (v->encounter_id.len && !id_used(t->state, count, v->encounter_id))
        return v->encounter_id;
    struct ho_slice out = ho_id_make(id, "enc", parts, 3);
    if (id_used(t->state, count, out))
        out = ho_id_make(id, "enc", parts, 4);
    return ho_arena_slice(arena, out);
}

/* Told stays of which all was taken back, and that nothing is about any more, leave first. */
static bool is_spent(const told_stay *told)
{
    for (size_t i = 0; i < told->facts.count; i++)
        if (!told->facts.items[i].voided)
            return false;
    return true;
}

/* Puts the told stays and the new ones into one array; every stay points into it. */
static void give_encounters(telling *t)
{
    struct encounters_picture *p = t->picture;
    struct encounters_state *state = t->state;
    struct ho_arena *arena = t->effects->arena;
    size_t count = state->stays.count, fresh = 0;
    bool *taken = HO_ARENA_ARRAY(arena, bool, count + 1);
    struct encounters_fact facts[ENCOUNTERS_FACTS_MAX];
    match_told(t, taken);
    for (size_t i = 0; i < p->count; i++)
        fresh += !p->stays[i].within && !p->stays[i].told && encounters_facts(&p->stays[i], facts) > 0;
    if (!fresh)
        return;
    told_stay *old = state->stays.items, *items = HO_ARENA_ARRAY(arena, told_stay, count + fresh);
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        if (count - k + kept + fresh > ENCOUNTERS_STAYS_MAX && !taken[k] && is_spent(&old[k]))
            continue;
        for (size_t i = 0; i < p->count; i++)
            if (p->stays[i].told == &old[k])
                p->stays[i].told = &items[kept];
        items[kept++] = old[k];
    }
    state->stays.items = items;
    state->stays.count = kept;
    for (size_t i = 0; i < p->count; i++) {
        stay *s = &p->stays[i];
        bool had = s->told && s->told >= items && s->told < items + kept;
        if (s->within || had || encounters_facts(s, facts) == 0)
            continue;
        const struct encounters_state_visit *v = s->group->visit;
        told_stay *told = &items[state->stays.count];
        *told = (told_stay){.encounter_id = new_id(t, s, state->stays.count),
                            .feed = v->feed,
                            .facility = v->facility,
                            .visit = v->visit,
                            .start_ms = s->start_ms};
        state->stays.count++;
        s->told = told;
        s->encounter_id = told->encounter_id;
    }
}

static told_fact *find_fact(const told_stay *told, enum care_event_care_event_kind kind, int64_t which)
{
    for (size_t i = 0; i < told->facts.count; i++)
        if ((int)told->facts.items[i].kind == (int)kind && told->facts.items[i].which == which)
            return &told->facts.items[i];
    return NULL;
}

static told_fact *add_fact(told_stay *told, const struct encounters_fact *f, struct ho_arena *arena)
{
    told_fact *items = ho_arena_grow(arena, told->facts.items, told->facts.count * sizeof *items, sizeof *items);
    items[told->facts.count] = (told_fact){.kind = (enum encounters_state_care_event_kind)f->kind, .which = f->which};
    told->facts.items = items;
    return &items[told->facts.count++];
}

static void name_changes(const told_fact *known, const int32_t parts[FACT_PARTS], struct ho_arena *arena,
                         struct care_event *event)
{
    event->changed.items = HO_ARENA_ARRAY(arena, struct ho_slice, FACT_PARTS);
    for (size_t i = 0; i < FACT_PARTS; i++)
        if (known->parts.count != FACT_PARTS || known->parts.items[i] != parts[i])
            event->changed.items[event->changed.count++] = ho_slice_of(encounters_part_names[i]);
}

static void keep(told_fact *known, const struct care_event *event, uint64_t content, const int32_t parts[FACT_PARTS],
                 struct ho_arena *arena)
{
    int32_t *kept = HO_ARENA_ARRAY(arena, int32_t, FACT_PARTS);
    memcpy(kept, parts, FACT_PARTS * sizeof *kept);
    known->revision = event->revision;
    known->voided = false;
    known->content = (int64_t)content;
    known->parts.items = kept;
    known->parts.count = FACT_PARTS;
    known->has_occurred = event->has_occurred;
    memcpy(&known->occurred, &event->occurred, sizeof known->occurred);
}

static void send_event(telling *t, struct care_event *event, int64_t which)
{
    char id[HO_ID_SIZE];
    struct ho_arena *arena = t->effects->arena;
    const struct ho_slice parts[] = {t->member_id, event->encounter_id,
                                     ho_slice_of(care_event_care_event_kind_names[event->kind]),
                                     which ? ho_arena_numbered(arena, HO_SLICE(""), "", which, "") : HO_SLICE("")};
    event->event_id = ho_arena_slice(arena, ho_id_make(id, "evt", parts, which ? 4 : 3));
    event->member_id = t->member_id;
    event->policy = ho_slice_of(t->policy->version);
    struct ho_slice ce_id = ho_arena_numbered(arena, event->event_id, ".", event->revision, "");
    ho_effects_add(t->effects, t->output, t->member_id, event, ce_id);
}

/* One fact that stands: told when it is news, or other than told. */
static void tell_fact(telling *t, const stay *s, told_stay *told, const struct encounters_fact *f)
{
    int32_t parts[FACT_PARTS];
    struct ho_arena *arena = t->effects->arena;
    told_fact *known = find_fact(told, f->kind, f->which);
    struct care_event scratch, *event = &scratch;
    encounters_fill(s, f, arena, event);
    uint64_t content = encounters_content(event, parts);
    if (known && !known->voided && (uint64_t)known->content == content)
        return;
    if (t->effects->count >= EFFECTS_ROOM) {
        t->more = true;
        return;
    }
    event = ho_arena_copy(arena, &scratch, sizeof scratch);
    event->revision = known ? known->revision + 1 : 1;
    event->change = known ? CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED : CARE_EVENT_CARE_EVENT_CHANGE_NEW;
    if (known && !known->voided)
        name_changes(known, parts, arena, event);
    if (known)
        event->rule = HO_SLICE("encounters.6");
    else
        known = add_fact(told, f, arena);
    if (!t->effects->reason)
        t->effects->reason = event->rule.ptr;
    keep(known, event, content, parts, arena);
    send_event(t, event, f->which);
}

static enum care_event_patient_class class_of(enum encounters_state_care_event_kind kind)
{
    if (kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_ER_ARRIVED || kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_ER_DEPARTED)
        return CARE_EVENT_PATIENT_CLASS_EMERGENCY;
    if (kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_OBSERVATION_STARTED ||
        kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_OBSERVATION_ENDED)
        return CARE_EVENT_PATIENT_CLASS_OBSERVATION;
    return kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_PREADMITTED ? CARE_EVENT_PATIENT_CLASS_PREADMIT
                                                                : CARE_EVENT_PATIENT_CLASS_INPATIENT;
}

/* One told fact that does not stand any more. */
static void void_fact(telling *t, const told_stay *told, told_fact *known)
{
    if (t->effects->count >= EFFECTS_ROOM) {
        t->more = true;
        return;
    }
    struct care_event *event = ho_arena_copy(t->effects->arena, t->voided, sizeof *t->voided);
    event->kind = (enum care_event_care_event_kind)known->kind;
    event->change = CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    event->revision = ++known->revision;
    known->voided = true;
    event->encounter_id = told->encounter_id;
    event->encounter_class = class_of(known->kind);
    event->facility = told->facility;
    event->feed = told->feed;
    event->visit = told->visit;
    event->has_occurred = known->has_occurred;
    memcpy(&event->occurred, &known->occurred, sizeof event->occurred);
    event->rule = ho_slice_of(t->void_rule);
    event->moved_to = t->moved_to;
    if (!t->effects->reason)
        t->effects->reason = t->void_rule;
    send_event(t, event, known->which);
}

static bool stands(const told_fact *known, const struct encounters_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((int)facts[i].kind == (int)known->kind && facts[i].which == known->which)
            return true;
    return false;
}

void encounters_tell(telling *t)
{
    struct encounters_picture *p = t->picture;
    struct ho_arena *arena = t->effects->arena;
    t->aside = find_aside(t);
    give_encounters(t);
    size_t count = t->state->stays.count;
    struct encounters_fact facts[ENCOUNTERS_FACTS_MAX];
    bool *drawn = HO_ARENA_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < p->count; i++) {
        const stay *s = &p->stays[i];
        if (!s->told)
            continue;
        told_stay *told = &t->state->stays.items[s->told - t->state->stays.items];
        drawn[told - t->state->stays.items] = true;
        size_t fact_count = encounters_facts(s, facts);
        told->start_ms = s->start_ms;
        for (size_t k = 0; k < fact_count; k++)
            tell_fact(t, s, told, &facts[k]);
        for (size_t k = 0; k < told->facts.count; k++)
            if (!told->facts.items[k].voided && !stands(&told->facts.items[k], facts, fact_count))
                void_fact(t, told, &told->facts.items[k]);
        told->due_ms = t->more ? 0 : s->due_ms;
    }
    for (size_t i = 0; i < count; i++) {
        told_stay *told = &t->state->stays.items[i];
        if (t->aside && t->aside[i])
            continue;
        for (size_t k = 0; k < told->facts.count && !drawn[i]; k++)
            if (!told->facts.items[k].voided)
                void_fact(t, told, &told->facts.items[k]);
        if (!drawn[i])
            told->due_ms = t->more ? 0 : INT64_MAX;
    }
}
