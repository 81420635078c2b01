#include "encounters/message.h"

_Static_assert(sizeof(struct adt_matched_hl7_time) == sizeof(struct encounters_state_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct adt_matched_diagnosis) == sizeof(struct encounters_state_diagnosis), "one Diagnosis");
_Static_assert(ADT_MATCHED_PATIENT_CLASS_COUNT == ENCOUNTERS_STATE_PATIENT_CLASS_COUNT, "one PatientClass");

_Static_assert(ADT_MATCHED_DISPOSITION_CLASS_COUNT == ENCOUNTERS_STATE_DISPOSITION_CLASS_COUNT, "one DispositionClass");

typedef struct encounters_state_message message;

#define KIND(name) ENCOUNTERS_STATE_MESSAGE_KIND_##name

/* What an event code can say; the class says the rest. */
static const struct {
    char event[4];
    enum encounters_state_message_kind kind; /* UNKNOWN: an update, by class and details alone */
} events[] = {
    {"A01", KIND(ARRIVE)},        {"A02", KIND(TRANSFER)},        {"A03", KIND(END)},
    {"A04", KIND(ARRIVE)},        {"A05", KIND(PREADMIT)},        {"A06", KIND(ARRIVE)},
    {"A07", KIND(CONVERT_OUT)},   {"A08", KIND(UNKNOWN)},         {"A11", KIND(CANCEL_ARRIVE)},
    {"A12", KIND(CANCEL_TRANSFER)}, {"A13", KIND(CANCEL_END)},    {"A14", KIND(PREADMIT)},
    {"A21", KIND(LEAVE)},         {"A22", KIND(RETURN)},          {"A23", KIND(DELETE)},
    {"A27", KIND(CANCEL_PREADMIT)}, {"A38", KIND(CANCEL_PREADMIT)}, {"A52", KIND(CANCEL_LEAVE)},
    {"A53", KIND(CANCEL_RETURN)}, {"A54", KIND(UNKNOWN)},
};

enum encounters_segment encounters_segment_of(enum encounters_state_patient_class class)
{
    switch (class) {
    case ENCOUNTERS_STATE_PATIENT_CLASS_EMERGENCY:
        return SEGMENT_ER;
    case ENCOUNTERS_STATE_PATIENT_CLASS_OBSERVATION:
        return SEGMENT_OBSERVATION;
    case ENCOUNTERS_STATE_PATIENT_CLASS_INPATIENT:
    case ENCOUNTERS_STATE_PATIENT_CLASS_OBSTETRICS:
        return SEGMENT_STAY;
    case ENCOUNTERS_STATE_PATIENT_CLASS_UNKNOWN:
    case ENCOUNTERS_STATE_PATIENT_CLASS_OUTPATIENT:
    case ENCOUNTERS_STATE_PATIENT_CLASS_PREADMIT:
    case ENCOUNTERS_STATE_PATIENT_CLASS_RECURRING:
    case ENCOUNTERS_STATE_PATIENT_CLASS_NOT_APPLICABLE:
        break;
    }
    return SEGMENT_NONE;
}

int encounters_rank(const message *a, const message *b)
{
    if (a->rank_ms != b->rank_ms)
        return a->rank_ms < b->rank_ms ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return ho_slice_compare(a->rank_id, b->rank_id);
}

/* All that is kept of a message whatever it says. */
static message common_of(const struct adt_matched *adt)
{
    message out = {.class = (enum encounters_state_patient_class)adt->class,
                   .event = adt->event,
                   .rank_ms = adt->has_recorded       ? adt->recorded.utc_ms
                              : adt->has_message_time ? adt->message_time.utc_ms
                                                      : adt->received_ms,
                   .rank_id = adt->message_id,
                   .has_occurred = adt->has_occurred,
                   .account = adt->account,
                   .patient = adt->patient,
                   .control_id = adt->control_id,
                   .source_topic = adt->source_topic,
                   .source_partition = adt->source_partition,
                   .source_offset = adt->source_offset,
                   .received_ms = adt->received_ms};
    memcpy(&out.occurred, &adt->occurred, sizeof out.occurred);
    return out;
}

static void add_details(const struct adt_matched *adt, message *out)
{
    out->attending_name = adt->attending_name;
    out->attending_id = adt->attending_id;
    out->admission_type = adt->admission_type;
    out->admit_source = adt->admit_source;
    out->hospital_service = adt->hospital_service;
    out->point_of_care = adt->point_of_care;
    out->has_expected = adt->has_expected_discharge;
    memcpy(&out->expected, &adt->expected_discharge, sizeof out->expected);
}

static void add_diagnoses(const struct adt_matched *adt, message *out)
{
    memcpy(&out->diagnoses, &adt->diagnoses, sizeof out->diagnoses);
}

static void add_outcome(const struct adt_matched *adt, message *out)
{
    out->disposition = adt->disposition;
    out->disposition_class = (enum encounters_state_disposition_class)adt->disposition_class;
    out->discharged_to = adt->discharged_to;
    out->death = adt->death;
}

static message *add(struct encounters_reading *reading, const message *common, enum encounters_state_message_kind kind)
{
    HO_ASSERT(reading->count < ENCOUNTERS_READING_MAX);
    message *out = &reading->items[reading->count++];
    *out = *common;
    out->kind = kind;
    return out;
}

/* The message that is the fact itself, with all that its event gives. */
static void add_fact(const struct adt_matched *adt, const message *common, enum encounters_state_message_kind kind,
                     struct encounters_reading *reading)
{
    message *out = add(reading, common, kind);
    if (kind >= KIND(CANCEL_ARRIVE))
        return;
    add_details(adt, out);
    add_diagnoses(adt, out);
    add_outcome(adt, out);
    out->has_admit_time = adt->has_admit_time;
    memcpy(&out->admit_time, &adt->admit_time, sizeof out->admit_time);
    out->prior_point_of_care = adt->prior_point_of_care;
    if (adt->has_merge) {
        out->prior_visit = adt->merge.visit;
        out->prior_account = adt->merge.account;
    }
    if (kind == KIND(PREADMIT) || kind == KIND(LEAVE)) {
        bool leave = kind == KIND(LEAVE);
        out->has_expected = leave ? adt->has_expected_return : adt->has_expected_admit;
        memcpy(&out->expected, leave ? &adt->expected_return : &adt->expected_admit, sizeof out->expected);
    }
}

/* Rules 14 and 20: what an update, or a fact beside its own news, says of class and details. */
static void add_update(const struct adt_matched *adt, const message *common, bool details,
                       struct encounters_reading *reading)
{
    if (encounters_segment_of(common->class) != SEGMENT_NONE) {
        message *first = add(reading, common, KIND(CLASS_FIRST)); /* an arrival, if rule 14 makes it one */
        add_details(adt, first);
        add_diagnoses(adt, first);
        *add(reading, common, KIND(CLASS_LAST)) = *first;
        reading->items[reading->count - 1].kind = KIND(CLASS_LAST);
    }
    if (details && (adt->attending_name.len || adt->admission_type.len || adt->hospital_service.len))
        add_details(adt, add(reading, common, KIND(DETAIL)));
    if (adt->diagnoses.count)
        add_diagnoses(adt, add(reading, common, KIND(DIAGNOSES)));
    if (adt->disposition.len)
        add_outcome(adt, add(reading, common, KIND(DISPOSITION)));
    if (adt->death)
        add(reading, common, KIND(DEATH));
}

/* A class whose messages this daemon follows; an unknown one may be of a visit that it follows. */
static bool class_followed(enum adt_matched_patient_class class)
{
    return class == ADT_MATCHED_PATIENT_CLASS_UNKNOWN ||
           encounters_segment_of((enum encounters_state_patient_class)class) != SEGMENT_NONE;
}

/* Rules 1 to 3 and 17: NULL when the class of an arrival says what arrived. */
static const char *read_arrival(const struct adt_matched *adt, const message *common,
                                struct encounters_reading *reading)
{
    enum encounters_segment segment = encounters_segment_of(common->class);
    if (adt->class == ADT_MATCHED_PATIENT_CLASS_PREADMIT)
        add_fact(adt, common, KIND(PREADMIT), reading);
    else if (adt->class == ADT_MATCHED_PATIENT_CLASS_UNKNOWN)
        return "encounters.8 class unknown";
    else if (segment == SEGMENT_NONE)
        return "encounters.8 class without a stay";
    else if (segment == SEGMENT_STAY && ho_slice_is(adt->event, "A04"))
        add_update(adt, common, true, reading); /* a registration is no admission; the class may be news */
    else
        add_fact(adt, common, KIND(ARRIVE), reading);
    return NULL;
}

static const char *read_kind(const struct adt_matched *adt, const message *common,
                             enum encounters_state_message_kind kind, struct encounters_reading *reading)
{
    bool outpatient = !class_followed(adt->class), preadmit = adt->class == ADT_MATCHED_PATIENT_CLASS_PREADMIT;
    if (kind == KIND(ARRIVE))
        return read_arrival(adt, common, reading);
    if (kind == KIND(PREADMIT) && outpatient && !preadmit)
        return "encounters.8 class without a stay";
    if (kind == KIND(CONVERT_OUT) && encounters_segment_of(common->class) == SEGMENT_STAY)
        return "encounters.13 class of an A07 is inpatient";
    if (kind == KIND(CANCEL_ARRIVE) && preadmit)
        kind = KIND(CANCEL_PREADMIT);
    else if (outpatient && (kind == KIND(UNKNOWN) || kind == KIND(TRANSFER) || kind == KIND(LEAVE) || kind == KIND(RETURN)))
        return "encounters.8 class without a stay";
    if (kind != KIND(UNKNOWN))
        add_fact(adt, common, kind, reading);
    if (kind == KIND(UNKNOWN) || kind == KIND(TRANSFER))
        add_update(adt, common, true, reading);
    return reading->count ? NULL : "encounters.8 nothing followed";
}

void encounters_read(const struct adt_matched *adt, struct encounters_reading *reading)
{
    message common = common_of(adt);
    reading->count = 0;
    reading->ignored = "encounters.8 event not handled";
    if (adt->processing_id != ADT_MATCHED_PROCESSING_PRODUCTION) {
        reading->ignored = "encounters.8 not production";
        return;
    }
    for (size_t i = 0; i < HO_LENGTH(events); i++)
        if (ho_slice_is(adt->event, events[i].event)) {
            reading->ignored = read_kind(adt, &common, events[i].kind, reading);
            return;
        }
}
