#include "encounters/encounters_core.h"

#include "adt_matched.h"
#include "base/id.h"
#include "care_event.h"
#include "encounters_state.h"

_Static_assert(sizeof(struct adt_matched_hl7_time) == sizeof(struct encounters_state_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct adt_matched_hl7_time) == sizeof(struct care_event_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct adt_matched_diagnosis) == sizeof(struct care_event_diagnosis), "one Diagnosis");
_Static_assert(ADT_MATCHED_PATIENT_CLASS_COUNT == CARE_EVENT_PATIENT_CLASS_COUNT, "one PatientClass");

typedef struct adt_matched msg; /* file-local short names: the records' own are long */
typedef struct encounters_state_stay stay;
typedef struct encounters_state_fact fact;

static void ignore(struct ho_effects *effects, const char *reason)
{
    effects->outcome = HO_IGNORED;
    effects->reason = reason;
}

/* Rules 1 to 4: what a message says happened; UNKNOWN when it says nothing that is kept here. */
static enum encounters_state_care_event_kind kind_of(const msg *adt, const char **ret_rule)
{
    bool a01 = ho_slice_is(adt->event, "A01"), a03 = ho_slice_is(adt->event, "A03");
    *ret_rule = a03 ? "encounters.4" : "encounters.8";
    switch (adt->class) {
    case ADT_MATCHED_PATIENT_CLASS_INPATIENT:
    case ADT_MATCHED_PATIENT_CLASS_OBSTETRICS:
        if (a03)
            return ENCOUNTERS_STATE_CARE_EVENT_KIND_DISCHARGED;
        *ret_rule = a01 ? "encounters.1" : "encounters.8";
        return a01 ? ENCOUNTERS_STATE_CARE_EVENT_KIND_ADMITTED : ENCOUNTERS_STATE_CARE_EVENT_KIND_UNKNOWN;
    case ADT_MATCHED_PATIENT_CLASS_EMERGENCY:
        *ret_rule = a03 ? "encounters.4" : "encounters.2";
        return a03 ? ENCOUNTERS_STATE_CARE_EVENT_KIND_ER_DEPARTED : ENCOUNTERS_STATE_CARE_EVENT_KIND_ER_ARRIVED;
    case ADT_MATCHED_PATIENT_CLASS_OBSERVATION:
        *ret_rule = a03 ? "encounters.4" : "encounters.3";
        return a03 ? ENCOUNTERS_STATE_CARE_EVENT_KIND_OBSERVATION_ENDED
                   : ENCOUNTERS_STATE_CARE_EVENT_KIND_OBSERVATION_STARTED;
    case ADT_MATCHED_PATIENT_CLASS_UNKNOWN:
    case ADT_MATCHED_PATIENT_CLASS_OUTPATIENT:
    case ADT_MATCHED_PATIENT_CLASS_PREADMIT:
    case ADT_MATCHED_PATIENT_CLASS_RECURRING:
    case ADT_MATCHED_PATIENT_CLASS_NOT_APPLICABLE:
        break;
    }
    return ENCOUNTERS_STATE_CARE_EVENT_KIND_UNKNOWN;
}

/* Rule 8, in the order of the reasons; NULL when the message is one of ours. */
static const char *not_ours(const msg *adt)
{
    bool handled = ho_slice_is(adt->event, "A01") || ho_slice_is(adt->event, "A03") || ho_slice_is(adt->event, "A04");
    if (!handled)
        return "encounters.8 event not handled";
    if (adt->processing_id != ADT_MATCHED_PROCESSING_PRODUCTION)
        return "encounters.8 not production";
    if (adt->class == ADT_MATCHED_PATIENT_CLASS_UNKNOWN)
        return "encounters.8 class unknown";
    return NULL;
}

/* Rule 7: the visit number, or the name of a stay that stands alone. */
static struct ho_slice visit_of(const msg *adt, enum encounters_state_care_event_kind kind, struct ho_arena *arena)
{
    if (adt->visit.len)
        return adt->visit;
    return ho_arena_printf(arena, "~%s~%lld", encounters_state_care_event_kind_names[kind],
                           adt->has_occurred ? (long long)adt->occurred.utc_ms : 0LL);
}

static stay *find_stay(struct encounters_state *state, const msg *adt, struct ho_slice visit)
{
    for (size_t i = 0; i < state->stays.count; i++) {
        stay *s = &state->stays.items[i];
        if (ho_slice_equal(s->feed, adt->feed) && ho_slice_equal(s->facility, adt->facility) &&
            ho_slice_equal(s->visit, visit))
            return s;
    }
    return NULL;
}

/* A new stay at the end; past the bound the oldest is folded away. */
static stay *add_stay(struct encounters_state *state, const struct ho_event *event, const msg *adt,
                      struct ho_slice visit, struct ho_arena *arena)
{
    char id[HO_ID_SIZE];
    const struct ho_slice parts[] = {adt->feed, visit, adt->message_id};
    size_t keep = state->stays.count, skip = 0;
    if (keep == ENCOUNTERS_STAYS_MAX) {
        keep--;
        skip = 1;
        state->folded++;
    }
    stay *stays = HO_ARENA_ARRAY(arena, stay, keep + 1);
    if (keep)
        memcpy(stays, state->stays.items + skip, keep * sizeof *stays);
    stays[keep] = (stay){.encounter_id = ho_arena_slice(arena, ho_id_make(id, "enc", parts, HO_LENGTH(parts))),
                         .feed = adt->feed,
                         .facility = adt->facility,
                         .visit = visit,
                         .first_ms = event->now_ms};
    state->stays.items = stays;
    state->stays.count = keep + 1;
    return &stays[keep];
}

static fact *find_fact(stay *s, enum encounters_state_care_event_kind kind)
{
    for (size_t i = 0; i < s->facts.count; i++)
        if (s->facts.items[i].kind == kind)
            return &s->facts.items[i];
    return NULL;
}

static fact *add_fact(stay *s, struct ho_arena *arena)
{
    fact *facts = HO_ARENA_ARRAY(arena, fact, s->facts.count + 1);
    if (s->facts.count)
        memcpy(facts, s->facts.items, s->facts.count * sizeof *facts);
    s->facts.items = facts;
    return &facts[s->facts.count++];
}

static fact fact_of(const msg *adt, enum encounters_state_care_event_kind kind)
{
    fact out = {.kind = kind,
                .class = (enum encounters_state_patient_class)adt->class,
                .rank_ms = adt->has_recorded       ? adt->recorded.utc_ms
                           : adt->has_message_time ? adt->message_time.utc_ms
                                                   : 0,
                .rank_id = adt->message_id,
                .has_occurred = adt->has_occurred,
                .processing_id = (enum encounters_state_processing)adt->processing_id,
                .disposition = adt->disposition,
                .death = adt->death,
                .attending_name = adt->attending_name};
    memcpy(&out.occurred, &adt->occurred, sizeof out.occurred);
    return out;
}

static bool same_content(const fact *a, const fact *b)
{
    return a->class == b->class && a->has_occurred == b->has_occurred &&
           (!a->has_occurred || a->occurred.utc_ms == b->occurred.utc_ms) &&
           ho_slice_equal(a->disposition, b->disposition) && a->death == b->death;
}

static int rank(const fact *a, const fact *b)
{
    if (a->rank_ms != b->rank_ms)
        return a->rank_ms < b->rank_ms ? -1 : 1;
    return ho_slice_compare(a->rank_id, b->rank_id);
}

static bool is_departure(enum encounters_state_care_event_kind kind)
{
    return kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_DISCHARGED ||
           kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_ER_DEPARTED ||
           kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_OBSERVATION_ENDED;
}

/* All content comes from the one message, so that what else is known at this moment cannot matter. */
static void tell(const msg *adt, const stay *s, const fact *f, const char *rule, struct ho_effects *effects)
{
    char id[HO_ID_SIZE];
    struct care_event *out = HO_ARENA_NEW(effects->arena, struct care_event);
    struct ho_slice kind = ho_slice_of(encounters_state_care_event_kind_names[f->kind]);
    const struct ho_slice parts[] = {adt->member_id, s->encounter_id, kind};
    *out = (struct care_event){.event_id = ho_arena_slice(effects->arena, ho_id_make(id, "evt", parts, 3)),
                               .revision = f->revision,
                               .kind = (enum care_event_care_event_kind)f->kind,
                               .change = f->revision == 1 ? CARE_EVENT_CARE_EVENT_CHANGE_NEW
                                                          : CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED,
                               .member_id = adt->member_id,
                               .encounter_id = s->encounter_id,
                               .encounter_class = (enum care_event_patient_class)f->class,
                               .facility = s->facility,
                               .feed = s->feed,
                               .visit = adt->visit,
                               .has_occurred = f->has_occurred,
                               .has_admitted = adt->has_admit_time,
                               .has_discharged = is_departure(f->kind) && f->has_occurred,
                               .attending_name = adt->attending_name,
                               .disposition = f->disposition,
                               .death = f->death,
                               .processing_id = (enum care_event_processing)adt->processing_id,
                               .rule = ho_slice_of(rule),
                               .message_id = adt->message_id,
                               .control_id = adt->control_id,
                               .received_ms = adt->received_ms,
                               .source_topic = adt->source_topic,
                               .source_partition = adt->source_partition,
                               .source_offset = adt->source_offset};
    memcpy(&out->occurred, &f->occurred, sizeof out->occurred);
    memcpy(&out->admitted, &adt->admit_time, sizeof out->admitted);
    memcpy(&out->discharged, &f->occurred, sizeof out->discharged);
    memcpy(&out->diagnoses, &adt->diagnoses, sizeof out->diagnoses);
    struct ho_slice ce_id = ho_arena_printf(effects->arena, "%.*s.%d", HO_SLICE_ARG(out->event_id), out->revision);
    ho_effects_add(effects, ENCOUNTERS_CARE_EVENTS, adt->member_id, out, ce_id);
}

void encounters_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    const msg *adt = event->record;
    struct encounters_state *state = states[0];
    const char *rule = NULL, *reason = adt ? not_ours(adt) : "encounters.8 no message";
    (void)env;
    if (reason) {
        ignore(effects, reason);
        return;
    }
    enum encounters_state_care_event_kind kind = kind_of(adt, &rule);
    if (kind == ENCOUNTERS_STATE_CARE_EVENT_KIND_UNKNOWN) {
        ignore(effects, "encounters.8 class without a stay");
        return;
    }
    struct ho_slice visit = visit_of(adt, kind, effects->arena);
    stay *s = find_stay(state, adt, visit);
    if (!s)
        s = add_stay(state, event, adt, visit, effects->arena);
    fact news = fact_of(adt, kind), *known = find_fact(s, kind);
    effects->reason = rule;
    if (!known) { /* rules 1 to 4 and 9 */
        known = add_fact(s, effects->arena);
        news.told = true;
        news.revision = 1;
        *known = news;
        tell(adt, s, known, rule, effects);
        return;
    }
    bool same = same_content(known, &news);
    if (rank(&news, known) <= 0) { /* rule 6: the known fact ranks higher */
        ignore(effects, same ? "encounters.5 duplicate" : "encounters.6 outranked");
        return;
    }
    news.told = true;
    news.revision = known->revision + (same ? 0 : 1);
    *known = news;
    effects->reason = same ? "encounters.5 duplicate" : "encounters.6 correction";
    if (!same)
        tell(adt, s, known, "encounters.6", effects);
}
