#include "encounters/facts.h"

_Static_assert(sizeof(struct care_event_hl7_time) == sizeof(struct encounters_state_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct care_event_diagnosis) == sizeof(struct encounters_state_diagnosis), "one Diagnosis");
_Static_assert(sizeof(struct care_event_restriction) == sizeof(struct encounters_state_restriction), "one Restriction");
_Static_assert(CARE_EVENT_DISPOSITION_CLASS_COUNT == ENCOUNTERS_STATE_DISPOSITION_CLASS_COUNT, "one DispositionClass");
_Static_assert(CARE_EVENT_FACILITY_KIND_COUNT == ENCOUNTERS_STATE_FACILITY_KIND_COUNT, "one FacilityKind");
_Static_assert(CARE_EVENT_PATIENT_CLASS_COUNT == ENCOUNTERS_STATE_PATIENT_CLASS_COUNT, "one PatientClass");

typedef struct encounters_state_message message;
typedef struct encounters_stay stay;
typedef struct encounters_fact fact;

#define KIND(name) ENCOUNTERS_STATE_MESSAGE_KIND_##name
#define EVENT(name) CARE_EVENT_CARE_EVENT_KIND_##name

struct list {
    fact *items;
    size_t count;
};

static void add(struct list *list, enum care_event_care_event_kind kind, enum encounters_segment segment,
                const message *m, const char *rule)
{
    bool many = kind == EVENT(TRANSFERRED) || kind == EVENT(LEAVE_STARTED) || kind == EVENT(LEAVE_ENDED);
    fact news = {kind, many ? encounters_when(m) : 0, segment, m, rule};
    for (size_t i = 0; many && i < list->count; i++)
        if (list->items[i].kind == kind && list->items[i].which == news.which) { /* two classes: the highest rank, which comes last */
            list->items[i] = news;
            return;
        }
    if (list->count < ENCOUNTERS_FACTS_MAX)
        list->items[list->count++] = news;
}

/* Rules 4, 11, 12 and 24: who said that this part ended; NULL: it goes on. */
static const message *end_of(const stay *s, enum encounters_segment segment, const char **ret_rule)
{
    const struct encounters_part *part = &s->parts[segment];
    const stay *next = segment == SEGMENT_STAY ? NULL : s->became[segment];
    *ret_rule = next ? (next == s ? "encounters.11" : "encounters.12") : part->end ? "encounters.4" : "encounters.24";
    if (part->end || !part->arrival)
        return part->end;
    if (next) {
        const struct encounters_part *into = &next->parts[s->became_segment[segment]];
        return into->arrival ? into->arrival : into->end;
    }
    return part->presumed ? part->arrival : NULL;
}

static void add_part(const stay *s, struct list *list, enum encounters_segment segment)
{
    static const enum care_event_care_event_kind begins[] = {EVENT(ER_ARRIVED), EVENT(OBSERVATION_STARTED),
                                                             EVENT(ADMITTED)};
    static const enum care_event_care_event_kind ends[] = {EVENT(ER_DEPARTED), EVENT(OBSERVATION_ENDED),
                                                           EVENT(DISCHARGED)};
    static const char *const rules[] = {"encounters.2", "encounters.3", "encounters.1"};
    const message *arrival = s->parts[segment].arrival;
    const char *rule = rules[segment];
    if (arrival && arrival->kind == KIND(CONVERT_OUT))
        rule = "encounters.13";
    else if (arrival && arrival->kind != KIND(ARRIVE))
        rule = "encounters.14";
    if (arrival)
        add(list, begins[segment], segment, arrival, rule);
    const message *end = end_of(s, segment, &rule);
    if (end)
        add(list, ends[segment], segment, end, rule);
}

/* The arrival of what the stay is mostly about. */
static const message *main_arrival(const stay *s, enum encounters_segment *ret_segment)
{
    for (int i = SEGMENT_COUNT - 1; i >= 0; i--)
        if (s->parts[i].arrival) {
            *ret_segment = (enum encounters_segment)i;
            return s->parts[i].arrival;
        }
    *ret_segment = SEGMENT_NONE;
    return NULL;
}

static bool same_diagnoses(const message *a, const message *b)
{
    if (a->diagnoses.count != b->diagnoses.count)
        return false;
    for (size_t i = 0; i < a->diagnoses.count; i++) {
        const struct encounters_state_diagnosis *x = &a->diagnoses.items[i], *y = &b->diagnoses.items[i];
        if (!ho_slice_equal(x->code, y->code) || !ho_slice_equal(x->type, y->type) || !ho_slice_equal(x->text, y->text))
            return false;
    }
    return true;
}

/* Rule 20: later messages say other details than the arrival did. NULL: none. */
static const message *later_details(const stay *s, const message *arrival)
{
    const message *d = s->detail, *g = s->news;
    bool details = d && encounters_rank(d, arrival) > 0 &&
                   ((d->attending_name.len && !ho_slice_equal(d->attending_name, arrival->attending_name)) ||
                    (d->attending_id.len && !ho_slice_equal(d->attending_id, arrival->attending_id)) ||
                    (d->admission_type.len && !ho_slice_equal(d->admission_type, arrival->admission_type)) ||
                    (d->admit_source.len && !ho_slice_equal(d->admit_source, arrival->admit_source)) ||
                    (d->hospital_service.len && !ho_slice_equal(d->hospital_service, arrival->hospital_service)) ||
                    d->has_expected);
    bool diagnoses = g && encounters_rank(g, arrival) > 0 && !same_diagnoses(g, arrival);
    return diagnoses && (!details || encounters_rank(g, d) > 0) ? g : details ? d : NULL;
}

static void add_moves(const stay *s, struct list *list)
{
    for (size_t i = 0; i < s->move_count; i++) {
        const message *m = s->moves[i];
        if (m->kind == KIND(LEAVE))
            add(list, EVENT(LEAVE_STARTED), SEGMENT_STAY, m, "encounters.18");
        else if (m->kind == KIND(RETURN))
            add(list, EVENT(LEAVE_ENDED), SEGMENT_STAY, m, "encounters.18");
        else if (encounters_segment_of(m->class) != SEGMENT_ER && m->point_of_care.len &&
                 !ho_slice_equal(m->point_of_care, m->prior_point_of_care))
            add(list, EVENT(TRANSFERRED), SEGMENT_STAY, m, "encounters.15");
    }
}

size_t encounters_facts(const stay *s, fact facts[ENCOUNTERS_FACTS_MAX])
{
    struct list list = {facts, 0};
    enum encounters_segment segment;
    const message *arrival = main_arrival(s, &segment);
    if (s->within)
        return 0;
    if (s->preadmit)
        add(&list, EVENT(PREADMITTED), SEGMENT_NONE, s->preadmit, "encounters.17");
    for (int i = 0; i < SEGMENT_COUNT; i++)
        add_part(s, &list, (enum encounters_segment)i);
    if (encounters_has(s, SEGMENT_STAY) || encounters_has(s, SEGMENT_OBSERVATION))
        add_moves(s, &list);
    const message *later = arrival ? later_details(s, arrival) : NULL;
    if (later)
        add(&list, EVENT(UPDATED), segment, later, "encounters.20");
    return list.count;
}

static enum care_event_patient_class class_of(const fact *f)
{
    static const enum care_event_patient_class classes[] = {CARE_EVENT_PATIENT_CLASS_EMERGENCY,
                                                            CARE_EVENT_PATIENT_CLASS_OBSERVATION,
                                                            CARE_EVENT_PATIENT_CLASS_INPATIENT};
    if (f->segment == SEGMENT_NONE || encounters_segment_of(f->message->class) == f->segment)
        return (enum care_event_patient_class)f->message->class;
    return classes[f->segment];
}

static void fill_details(const message *m, struct care_event *out)
{
    out->attending_name = m->attending_name;
    out->attending_id = m->attending_id;
    out->admission_type = m->admission_type;
    out->admit_source = m->admit_source;
    out->hospital_service = m->hospital_service;
    out->point_of_care = m->point_of_care;
    memcpy(&out->diagnoses, &m->diagnoses, sizeof out->diagnoses);
}

/* Rules 4 and 20: what is known of the outcome, by the end's own message or a later update. */
static void fill_end(const stay *s, const fact *f, struct care_event *out)
{
    const message *end = s->parts[f->segment].end, *said = s->disposition;
    const stay *next = f->segment == SEGMENT_STAY ? NULL : s->became[f->segment];
    bool last = f->segment == SEGMENT_STAY || !s->became[f->segment] || s->became[f->segment] != s;
    out->presumed = s->parts[f->segment].presumed;
    out->has_occurred = out->has_occurred && !out->presumed;
    out->has_discharged = out->has_occurred;
    memcpy(&out->discharged, &out->occurred, sizeof out->discharged);
    if (!end) /* what began next says when it ended, and no more */
        fill_details(s->parts[f->segment].arrival, out);
    if (end) {
        bool late = said && last && encounters_rank(said, end) > 0;
        out->disposition = late ? said->disposition : end->disposition;
        out->disposition_class =
            (enum care_event_disposition_class)(late ? said->disposition_class : end->disposition_class);
        out->discharged_to = late && said->discharged_to.len ? said->discharged_to : end->discharged_to;
        out->death = last && (end->death || s->death);
    }
    out->death = out->death || out->disposition_class == CARE_EVENT_DISPOSITION_CLASS_DIED;
    if (last && s->diagnoses)
        memcpy(&out->diagnoses, &s->diagnoses->diagnoses, sizeof out->diagnoses);
    if (next) {
        const struct encounters_part *into = &next->parts[s->became_segment[f->segment]];
        const message *m = into->arrival ? into->arrival : into->end;
        out->became = next->encounter_id;
        out->became_class = (enum care_event_patient_class)m->class;
    }
}

static void fill_admitted(const stay *s, const fact *f, struct care_event *out)
{
    const message *m = f->message;
    out->has_admitted = m->has_occurred;
    memcpy(&out->admitted, &m->occurred, sizeof out->admitted);
    if (f->kind != EVENT(ADMITTED))
        return;
    out->er_encounter_id = s->er ? s->er->encounter_id : HO_SLICE("");
    out->observation_encounter_id = s->observation ? s->observation->encounter_id : HO_SLICE("");
    out->transferred_from = s->before ? s->before->encounter_id : HO_SLICE("");
    out->arrived_by_er = s->er || ho_slice_is(m->admission_type, "1") || ho_slice_is(m->admission_type, "E") ||
                         ho_slice_is(m->admit_source, "7");
}

static void fill_updated(const stay *s, const fact *f, struct care_event *out)
{
    const message *arrival = s->parts[f->segment].arrival, *d = s->detail;
    fill_details(arrival, out);
    if (d && encounters_rank(d, arrival) > 0) {
        out->attending_name = d->attending_name.len ? d->attending_name : out->attending_name;
        out->attending_id = d->attending_id.len ? d->attending_id : out->attending_id;
        out->admission_type = d->admission_type.len ? d->admission_type : out->admission_type;
        out->admit_source = d->admit_source.len ? d->admit_source : out->admit_source;
        out->hospital_service = d->hospital_service.len ? d->hospital_service : out->hospital_service;
        out->has_expected = d->has_expected;
        memcpy(&out->expected, &d->expected, sizeof out->expected);
    }
    if (s->news && encounters_rank(s->news, arrival) > 0)
        memcpy(&out->diagnoses, &s->news->diagnoses, sizeof out->diagnoses);
    /* When it happened is when it was said: each update would be news by its time alone. */
    out->has_occurred = false;
}

static void add_flag(struct care_event *out, const struct encounters_state_restriction *flag)
{
    for (size_t i = 0; i < out->restrictions.count; i++)
        if (ho_slice_equal(out->restrictions.items[i].source, flag->source) &&
            ho_slice_equal(out->restrictions.items[i].code, flag->code))
            return;
    memcpy(&out->restrictions.items[out->restrictions.count++], flag, sizeof *flag);
}

/* Every flag of every message of the visits that make this stay, those of another sender too. */
static void fill_flags(const stay *s, struct ho_arena *arena, struct care_event *out)
{
    size_t room = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (const stay *part = s; part; part = part->next_guest) {
            const struct encounters_state_visit *last = NULL;
            for (size_t i = 0; i < part->group->count; i++) {
                const struct encounters_state_visit *v = part->group->entries[i].visit;
                for (size_t k = 0; pass == 1 && v != last && k < v->restrictions.count; k++)
                    add_flag(out, &v->restrictions.items[k]);
                room += v == last ? 0 : v->restrictions.count;
                last = v;
            }
        }
        if (!room)
            return;
        if (pass == 0)
            out->restrictions.items = HO_ARENA_ARRAY(arena, struct care_event_restriction, room);
    }
}

/* The visit that a message of this stay came under, another sender's too. */
static const struct encounters_state_visit *visit_of(const stay *s, const message *m)
{
    for (const stay *part = s; part; part = part->next_guest)
        for (size_t i = 0; i < part->group->count; i++)
            if (part->group->entries[i].message == m)
                return part->group->entries[i].visit;
    return s->group->visit;
}

static void fill_common(const stay *s, const fact *f, struct care_event *out)
{
    const message *m = f->message;
    bool own = f->segment == SEGMENT_NONE || s->parts[f->segment].end || !s->parts[f->segment].arrival;
    const struct encounters_state_visit *v = visit_of(s, own ? m : s->parts[f->segment].arrival);
    v = v->visit.len ? v : s->group->visit; /* rule 21 */
    *out = (struct care_event){.kind = f->kind,
                               .encounter_id = s->encounter_id,
                               .encounter_class = class_of(f),
                               .facility = v->facility,
                               .facility_kind = (enum care_event_facility_kind)v->facility_kind,
                               .feed = v->feed,
                               .visit = v->visit,
                               .account = m->account,
                               .has_occurred = m->has_occurred,
                               .moved_from = v->hop_from,
                               .processing_id = CARE_EVENT_PROCESSING_PRODUCTION,
                               .rule = ho_slice_of(f->rule),
                               .message_id = m->rank_id,
                               .control_id = m->control_id,
                               .received_ms = m->received_ms,
                               .source_topic = m->source_topic,
                               .source_partition = m->source_partition,
                               .source_offset = m->source_offset};
    memcpy(&out->occurred, &m->occurred, sizeof out->occurred);
    fill_details(m, out);
}

void encounters_fill(const stay *s, const fact *f, struct ho_arena *arena, struct care_event *out)
{
    const message *m = f->message;
    fill_common(s, f, out);
    switch (f->kind) {
    case EVENT(ER_ARRIVED):
    case EVENT(OBSERVATION_STARTED):
    case EVENT(ADMITTED):
        fill_admitted(s, f, out);
        break;
    case EVENT(ER_DEPARTED):
    case EVENT(OBSERVATION_ENDED):
    case EVENT(DISCHARGED):
        out->has_admitted = s->parts[f->segment].end && m->has_admit_time;
        memcpy(&out->admitted, &m->admit_time, sizeof out->admitted);
        fill_end(s, f, out);
        break;
    case EVENT(UPDATED):
        fill_updated(s, f, out);
        break;
    case EVENT(PREADMITTED):
    case EVENT(LEAVE_STARTED):
        out->has_expected = m->has_expected;
        memcpy(&out->expected, &m->expected, sizeof out->expected);
        break;
    case EVENT(TRANSFERRED):
        out->prior_point_of_care = m->prior_point_of_care;
        break;
    case EVENT(LEAVE_ENDED):
    case EVENT(UNKNOWN):
        break;
    }
    fill_flags(s, arena, out);
}
