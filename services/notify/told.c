#include "notify/told.h"

#include "notify/alert_text.h"

static const char *const names[NOTIFY_SHOWN_COUNT] = {"time",      "place", "class",   "attending", "disposition",
                                                      "diagnoses", "death", "patient", "asked"};

struct notify_state_fact *notify_find(struct notify_state *state, struct ho_slice event_id)
{
    for (size_t i = 0; i < state->facts.count; i++)
        if (ho_slice_equal(state->facts.items[i].event_id, event_id))
            return &state->facts.items[i];
    return NULL;
}

void notify_remove(struct notify_state *state, size_t index)
{
    struct notify_state_fact *items = state->facts.items;
    memmove(items + index, items + index + 1, (state->facts.count - index - 1) * sizeof *items);
    state->facts.count--;
}

/* Rule 26: the first expired one, else the first that was told, else the first. */
static size_t victim(const struct notify_state *state)
{
    for (size_t i = 0; i < state->facts.count; i++)
        if (!state->facts.items[i].has_news)
            return i;
    for (size_t i = 0; i < state->facts.count; i++)
        if (state->facts.items[i].revision)
            return i;
    return 0;
}

struct notify_state_fact *notify_add(struct notify_state *state, struct ho_arena *arena)
{
    if (state->facts.count == NOTIFY_FACTS_MAX) {
        size_t at = victim(state);
        const struct notify_state_fact *gone = &state->facts.items[at];
        state->dropped += gone->has_news && gone->revision == 0;
        notify_remove(state, at);
    }
    size_t count = state->facts.count;
    struct notify_state_fact *items = HO_ARENA_ARRAY(arena, struct notify_state_fact, count + 1);
    if (count)
        memcpy(items, state->facts.items, count * sizeof *items);
    state->facts.items = items;
    state->facts.count = count + 1;
    items[count].queue_due_ms = HO_NEVER;
    items[count].expires_at_ms = HO_NEVER;
    return &items[count];
}

static struct ho_slice class_words(enum alert_patient_class class)
{
    switch (class) {
    case ALERT_PATIENT_CLASS_EMERGENCY:
        return HO_SLICE("emergency");
    case ALERT_PATIENT_CLASS_INPATIENT:
    case ALERT_PATIENT_CLASS_OBSTETRICS: /* not in an alert: fill.c */
        return HO_SLICE("inpatient");
    case ALERT_PATIENT_CLASS_OBSERVATION:
        return HO_SLICE("observation");
    case ALERT_PATIENT_CLASS_UNKNOWN:
    case ALERT_PATIENT_CLASS_OUTPATIENT:
    case ALERT_PATIENT_CLASS_PREADMIT:
    case ALERT_PATIENT_CLASS_RECURRING:
    case ALERT_PATIENT_CLASS_NOT_APPLICABLE:
        break;
    }
    return HO_SLICE("");
}

void notify_show(const struct alert *alert, struct ho_arena *arena, struct ho_slice ret_shown[NOTIFY_SHOWN_COUNT])
{
    const struct alert_alert_member *who = &alert->member;
    ret_shown[NOTIFY_SHOWN_WHEN] = notify_when(&alert->times, arena);
    ret_shown[NOTIFY_SHOWN_PLACE] = notify_place(&alert->encounter);
    ret_shown[NOTIFY_SHOWN_CLASS] = class_words(alert->encounter.class);
    ret_shown[NOTIFY_SHOWN_ATTENDING] = alert->encounter.attending_name;
    ret_shown[NOTIFY_SHOWN_DISPOSITION] = alert->encounter.disposition_words;
    ret_shown[NOTIFY_SHOWN_DIAGNOSES] = notify_diagnoses(&alert->encounter, arena);
    ret_shown[NOTIFY_SHOWN_DEATH] = alert->encounter.death ? HO_SLICE("died") : HO_SLICE("");
    ret_shown[NOTIFY_SHOWN_PATIENT] =
        ho_arena_printf(arena, "%.*s %.*s, born %04d-%02d-%02d", HO_SLICE_ARG(who->given), HO_SLICE_ARG(who->family),
                        who->birth_date / 10000, who->birth_date / 100 % 100, who->birth_date % 100);
    ret_shown[NOTIFY_SHOWN_ASKED] = alert->action.asked;
}

static bool withheld(const struct notify_telling *t, enum notify_shown field)
{
    switch (field) {
    case NOTIFY_SHOWN_PLACE:
        return t->filter.level >= NOTIFY_PLACE || t->filter.place_unknown;
    case NOTIFY_SHOWN_ATTENDING:
    case NOTIFY_SHOWN_DISPOSITION:
    case NOTIFY_SHOWN_DIAGNOSES:
        return t->filter.level >= NOTIFY_DETAILS;
    case NOTIFY_SHOWN_WHEN:
    case NOTIFY_SHOWN_CLASS:
    case NOTIFY_SHOWN_DEATH:
    case NOTIFY_SHOWN_PATIENT:
    case NOTIFY_SHOWN_ASKED:
    case NOTIFY_SHOWN_COUNT:
        break;
    }
    return false;
}

void notify_compare(const struct notify_telling *t, const struct ho_slice shown[NOTIFY_SHOWN_COUNT],
                    struct notify_changes *changes)
{
    const struct notify_state_string_list *before = &t->fact->shown;
    for (int i = 0; i < NOTIFY_SHOWN_COUNT; i++) {
        struct ho_slice was = (size_t)i < before->count ? before->items[i] : HO_SLICE("");
        if (ho_slice_equal(was, shown[i]) || (shown[i].len == 0 && (was.len == 0 || withheld(t, (enum notify_shown)i))))
            continue;
        changes->items[changes->count++] = (struct alert_alert_change){ho_slice_of(names[i]), was, shown[i]};
    }
}

void notify_all_back(const struct notify_state_fact *fact, struct notify_changes *changes)
{
    for (size_t i = 0; i < fact->shown.count && i < NOTIFY_SHOWN_COUNT; i++)
        if (fact->shown.items[i].len)
            changes->items[changes->count++] =
                (struct alert_alert_change){ho_slice_of(names[i]), fact->shown.items[i], HO_SLICE("")};
}

void notify_keep_shown(const struct notify_telling *t, const struct ho_slice shown[NOTIFY_SHOWN_COUNT])
{
    struct notify_state_string_list *list = &t->fact->shown, before = *list;
    list->items = ho_arena_copy(t->effects->arena, shown, NOTIFY_SHOWN_COUNT * sizeof *shown);
    list->count = NOTIFY_SHOWN_COUNT;
    for (size_t i = 0; i < before.count && i < NOTIFY_SHOWN_COUNT; i++)
        if (shown[i].len == 0 && withheld(t, (enum notify_shown)i))
            list->items[i] = before.items[i];
}

void notify_make_former(struct notify_state_fact *fact, struct ho_arena *arena)
{
    size_t skip = fact->former.count == NOTIFY_FORMER_MAX, keep = fact->former.count - skip;
    struct notify_state_former *items = HO_ARENA_ARRAY(arena, struct notify_state_former, keep + 1);
    if (keep)
        memcpy(items, fact->former.items + skip, keep * sizeof *items);
    items[keep] = (struct notify_state_former){fact->provider_id, fact->span_from, fact->span_to, fact->told_ms,
                                               fact->own_revision};
    fact->former.items = items;
    fact->former.count = keep + 1;
}

int32_t notify_back_again(struct notify_state_fact *fact, struct ho_slice provider_id, int64_t *ret_told_ms)
{
    for (size_t i = 0; i < fact->former.count; i++) {
        struct notify_state_former *one = &fact->former.items[i];
        if (!ho_slice_equal(one->provider_id, provider_id))
            continue;
        int32_t revision = one->own_revision;
        *ret_told_ms = one->told_ms;
        memmove(one, one + 1, (fact->former.count - i - 1) * sizeof *one);
        fact->former.count--;
        return revision;
    }
    return 0;
}
