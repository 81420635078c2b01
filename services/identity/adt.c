#include "identity/adt.h"

/* Unescaped text; empty for absent and for `""`. */
static struct ho_slice plain(const struct ho_hl7 *msg, struct ho_slice value, struct ho_arena *arena)
{
    if (!value.ptr || ho_hl7_is_null(value))
        return HO_SLICE("");
    return ho_hl7_unescape(msg, value, arena);
}

static struct ho_slice text(const struct ho_hl7 *msg, const char *segment, int field, int component,
                            struct ho_arena *arena)
{
    return plain(msg, ho_hl7_get(msg, segment, field, component), arena);
}

/* Context of one message's times, so that a missing one and a bad one can be told apart. */
struct times {
    const struct ho_hl7 *msg;
    const struct ho_zone *zone;
    int32_t bad;
};

static bool read_time(struct times *times, const char *source, const char *segment, int field,
                      struct adt_matched_hl7_time *out)
{
    struct ho_hl7_time time;
    struct ho_slice value = ho_hl7_get(times->msg, segment, field, 1);
    if (!value.len || ho_hl7_is_null(value))
        return false;
    if (!ho_hl7_time(value, &time)) {
        times->bad++;
        return false;
    }
    int64_t utc_ms = time.local_ms - (time.has_offset ? time.offset_min * INT64_C(60000) : 0);
    int32_t offset_min = time.offset_min;
    if (!time.has_offset && times->zone) {
        utc_ms = ho_zone_to_utc(times->zone, time.local_ms);
        offset_min = ho_zone_offset_min(times->zone, utc_ms);
    }
    *out = (struct adt_matched_hl7_time){.utc_ms = utc_ms,
                                         .has_offset_min = time.has_offset || times->zone,
                                         .offset_min = offset_min,
                                         .precision = (enum adt_matched_precision)(time.precision - HO_HL7_YEAR),
                                         .source = ho_slice_of(source),
                                         .local_date = time.local_date};
    return true;
}

/* The chain: EVN-6, PV1-44 or PV1-45 by event, EVN-2, MSH-7. */
static void choose_occurred(struct adt_matched *out)
{
    bool arrival = ho_slice_is(out->event, "A01") || ho_slice_is(out->event, "A04") || ho_slice_is(out->event, "A06");
    const struct adt_matched_hl7_time *chain[] = {
        out->has_occurred ? &out->occurred : NULL,
        arrival && out->has_admit_time ? &out->admit_time : NULL,
        ho_slice_is(out->event, "A03") && out->has_discharge_time ? &out->discharge_time : NULL,
        out->has_recorded ? &out->recorded : NULL,
        out->has_message_time ? &out->message_time : NULL};
    for (size_t i = 0; i < HO_LENGTH(chain); i++)
        if (chain[i]) {
            out->occurred = *chain[i];
            out->has_occurred = true;
            return;
        }
}

static void read_times(const struct ho_hl7 *msg, const struct ho_zone *zone, struct adt_matched *out)
{
    struct times times = {msg, zone, 0};
    out->has_recorded = read_time(&times, "EVN-2", "EVN", 2, &out->recorded);
    out->has_message_time = read_time(&times, "MSH-7", "MSH", 7, &out->message_time);
    out->has_admit_time = read_time(&times, "PV1-44", "PV1", 44, &out->admit_time);
    out->has_discharge_time = read_time(&times, "PV1-45", "PV1", 45, &out->discharge_time);
    out->has_expected_admit = read_time(&times, "PV2-8", "PV2", 8, &out->expected_admit);
    out->has_expected_discharge = read_time(&times, "PV2-9", "PV2", 9, &out->expected_discharge);
    out->has_expected_return = read_time(&times, "PV2-47", "PV2", 47, &out->expected_return);
    out->has_death_time = read_time(&times, "PID-29", "PID", 29, &out->death_time);
    out->has_occurred = read_time(&times, "EVN-6", "EVN", 6, &out->occurred);
    out->bad_times = times.bad;
    choose_occurred(out);
}

static enum adt_matched_patient_class class_of(struct ho_slice code)
{
    static const struct {
        const char *code;
        enum adt_matched_patient_class class;
    } rows[] = {{"E", ADT_MATCHED_PATIENT_CLASS_EMERGENCY},   {"I", ADT_MATCHED_PATIENT_CLASS_INPATIENT},
                {"O", ADT_MATCHED_PATIENT_CLASS_OUTPATIENT},  {"OBS", ADT_MATCHED_PATIENT_CLASS_OBSERVATION},
                {"P", ADT_MATCHED_PATIENT_CLASS_PREADMIT},    {"R", ADT_MATCHED_PATIENT_CLASS_RECURRING},
                {"B", ADT_MATCHED_PATIENT_CLASS_OBSTETRICS},  {"N", ADT_MATCHED_PATIENT_CLASS_NOT_APPLICABLE}};
    for (size_t i = 0; code.ptr && i < HO_LENGTH(rows); i++)
        if (ho_slice_is(code, rows[i].code))
            return rows[i].class;
    return ADT_MATCHED_PATIENT_CLASS_UNKNOWN;
}

enum adt_matched_disposition_class adt_disposition_class(struct ho_slice code)
{
    static const struct {
        const char *codes;
        enum adt_matched_disposition_class class;
    } rows[] = {{"01 81", ADT_MATCHED_DISPOSITION_CLASS_HOME},
                {"06 86", ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH},
                {"03 04 61 64 83 84 89 92", ADT_MATCHED_DISPOSITION_CLASS_SNF},
                {"02 05 43 66 82 85 88 94", ADT_MATCHED_DISPOSITION_CLASS_ACUTE},
                {"62 90", ADT_MATCHED_DISPOSITION_CLASS_REHAB},
                {"63 91", ADT_MATCHED_DISPOSITION_CLASS_LTACH},
                {"65 93", ADT_MATCHED_DISPOSITION_CLASS_PSYCHIATRIC},
                {"50 51", ADT_MATCHED_DISPOSITION_CLASS_HOSPICE},
                {"07", ADT_MATCHED_DISPOSITION_CLASS_AMA},
                {"20 40 41 42", ADT_MATCHED_DISPOSITION_CLASS_DIED},
                {"09 30", ADT_MATCHED_DISPOSITION_CLASS_NOT_DISCHARGED}};
    if (!code.len)
        return ADT_MATCHED_DISPOSITION_CLASS_UNKNOWN;
    for (size_t i = 0; code.len == 2 && i < HO_LENGTH(rows); i++)
        for (const char *at = rows[i].codes; *at; at += at[2] ? 3 : 2)
            if (memcmp(at, code.ptr, 2) == 0)
                return rows[i].class;
    return ADT_MATCHED_DISPOSITION_CLASS_OTHER;
}

static struct adt_matched_diagnosis read_diagnosis(const struct ho_hl7 *msg, const struct ho_hl7_segment *dg1,
                                                   struct ho_arena *arena)
{
    struct ho_slice coded = ho_hl7_repetition(msg, ho_hl7_field(msg, dg1, 3), 0);
    struct ho_slice code = plain(msg, ho_hl7_component(msg, coded, 1), arena);
    struct ho_slice words = plain(msg, ho_hl7_component(msg, coded, 2), arena);
    struct ho_slice system = plain(msg, ho_hl7_component(msg, coded, 3), arena);
    struct ho_slice kind = ho_hl7_component(msg, ho_hl7_repetition(msg, ho_hl7_field(msg, dg1, 6), 0), 1);
    char *undotted = ho_arena_alloc(arena, code.len + 1);
    size_t len = 0;
    int64_t priority = 0;
    for (size_t i = 0; i < code.len; i++)
        if (code.ptr[i] != '.')
            undotted[len++] = code.ptr[i];
    ho_slice_to_int64(ho_hl7_field(msg, dg1, 15), &priority);
    return (struct adt_matched_diagnosis){
        .code = {undotted, len},
        .text = words.len ? words : plain(msg, ho_hl7_field(msg, dg1, 4), arena),
        .type = plain(msg, kind, arena),
        .priority = priority >= 0 && priority <= 99 ? (int32_t)priority : 0,
        .system = system.len ? system : plain(msg, ho_hl7_field(msg, dg1, 2), arena),
        .confidential = ho_slice_is(ho_hl7_field(msg, dg1, 18), "Y")};
}

static void read_diagnoses(const struct ho_hl7 *msg, struct ho_arena *arena, struct adt_matched *out)
{
    struct adt_matched_diagnosis *items = NULL;
    size_t count = 0;
    const struct ho_hl7_segment *dg1;
    for (size_t nth = 0; count < ADT_DIAGNOSES_MAX && (dg1 = ho_hl7_segment(msg, "DG1", nth)); nth++) {
        if (ho_slice_is(ho_hl7_field(msg, dg1, 21), "D"))
            continue;
        if (!items)
            items = HO_ARENA_ARRAY(arena, struct adt_matched_diagnosis, ADT_DIAGNOSES_MAX);
        items[count++] = read_diagnosis(msg, dg1, arena);
    }
    out->diagnoses.items = items;
    out->diagnoses.count = count;
}

/* A flag once; "N" and nothing are no restriction. */
static void restrict_by(struct adt_matched *out, const char *source, struct ho_slice code)
{
    struct adt_matched_restriction_list *list = &out->restrictions;
    if (!code.len || ho_slice_is(code, "N") || list->count == ADT_RESTRICTIONS_MAX)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (ho_slice_is(list->items[i].source, source) && ho_slice_equal(list->items[i].code, code))
            return;
    list->items[list->count++] = (struct adt_matched_restriction){ho_slice_of(source), code};
}

static void read_restrictions(const struct ho_hl7 *msg, struct ho_arena *arena, struct adt_matched *out)
{
    const struct ho_hl7_segment *arv;
    out->restrictions.items = HO_ARENA_ARRAY(arena, struct adt_matched_restriction, ADT_RESTRICTIONS_MAX);
    restrict_by(out, "PD1-12", text(msg, "PD1", 12, 1, arena));
    restrict_by(out, "PV1-16", text(msg, "PV1", 16, 1, arena));
    restrict_by(out, "PV2-22", text(msg, "PV2", 22, 1, arena));
    for (size_t i = 0; i < out->diagnoses.count; i++)
        if (out->diagnoses.items[i].confidential)
            restrict_by(out, "DG1-18", HO_SLICE("Y"));
    for (size_t nth = 0; nth < ADT_RESTRICTIONS_MAX && (arv = ho_hl7_segment(msg, "ARV", nth)); nth++) {
        struct ho_slice what = ho_hl7_repetition(msg, ho_hl7_field(msg, arv, 3), 0);
        struct ho_slice level = ho_hl7_repetition(msg, ho_hl7_field(msg, arv, 7), 0);
        restrict_by(out, "ARV-3", plain(msg, ho_hl7_component(msg, what, 1), arena));
        restrict_by(out, "ARV-7", plain(msg, ho_hl7_component(msg, level, 1), arena));
    }
}

/* How well a CX says the patient's own number at this feed: its type code, 0 for numbers of other things. */
static int patient_weight(struct ho_slice type)
{
    static const char *const others[] = {"MB", "MC", "MA", "SS", "SSN", "AN", "VN", "NPI", "DL", "HC", "PT"};
    for (size_t i = 0; i < HO_LENGTH(others); i++)
        if (ho_slice_is(type, others[i]))
            return 0;
    return ho_slice_is(type, "MR") ? 3 : ho_slice_is(type, "PI") ? 2 : 1;
}

/* The patient's number in a repeated CX: type MR before PI before the first other; empty when there is none. */
static struct ho_slice patient_number(const struct ho_hl7 *msg, const char *segment, int field, struct ho_arena *arena)
{
    const struct ho_hl7_segment *where = ho_hl7_segment(msg, segment, 0);
    struct ho_slice ids = where ? ho_hl7_field(msg, where, field) : (struct ho_slice){NULL, 0}, best = HO_SLICE("");
    size_t count = ids.ptr ? ho_hl7_repetitions(msg, ids) : 0;
    int weight = 0;
    for (size_t i = 0; i < count; i++) {
        struct ho_slice cx = ho_hl7_repetition(msg, ids, i);
        struct ho_slice id = plain(msg, ho_hl7_component(msg, cx, 1), arena);
        int its = id.len ? patient_weight(ho_hl7_component(msg, cx, 5)) : 0;
        if (its > weight) {
            weight = its;
            best = id;
        }
    }
    return best;
}

static void read_merge(const struct ho_hl7 *msg, struct ho_arena *arena, struct adt_matched *out)
{
    out->has_merge = ho_hl7_segment(msg, "MRG", 0) != NULL;
    out->merge = (struct adt_matched_merge){.patient = patient_number(msg, "MRG", 1, arena),
                                            .account = text(msg, "MRG", 3, 1, arena),
                                            .visit = text(msg, "MRG", 5, 1, arena)};
}

static void read_places(const struct ho_hl7 *msg, const struct ho_feed *feed, struct ho_arena *arena,
                        struct adt_matched *out)
{
    struct ho_slice sender = text(msg, "MSH", 4, 1, arena);
    out->sending_facility = sender;
    out->facility = feed->facility[0] ? ho_slice_of(feed->facility) : sender.len ? sender : ho_slice_of(feed->id);
    out->servicing_facility = text(msg, "PV1", 39, 1, arena);
    out->event_facility = text(msg, "EVN", 7, 1, arena);
    out->point_of_care = text(msg, "PV1", 3, 1, arena);
    out->prior_point_of_care = text(msg, "PV1", 6, 1, arena);
    out->pending_point_of_care = text(msg, "PV1", 42, 1, arena);
    out->hospital_service = text(msg, "PV1", 10, 1, arena);
}

static void read_visit(const struct ho_hl7 *msg, struct ho_arena *arena, struct adt_matched *out)
{
    struct ho_slice family = text(msg, "PV1", 7, 2, arena), given = text(msg, "PV1", 7, 3, arena);
    struct ho_slice reason = text(msg, "PV2", 3, 2, arena), number = patient_number(msg, "PID", 3, arena);
    out->patient = number.len ? number : text(msg, "PID", 2, 1, arena);
    out->visit = text(msg, "PV1", 19, 1, arena);
    out->alternate_visit = text(msg, "PV1", 50, 1, arena);
    out->preadmit_number = text(msg, "PV1", 5, 1, arena);
    out->account = text(msg, "PID", 18, 1, arena);
    out->admission_type = text(msg, "PV1", 4, 1, arena);
    out->admit_source = text(msg, "PV1", 14, 1, arena);
    out->admit_reason = reason.len ? reason : text(msg, "PV2", 3, 1, arena);
    out->patient_type = text(msg, "PV1", 18, 1, arena);
    out->attending_id = text(msg, "PV1", 7, 1, arena);
    out->attending_name = family.len || given.len
                              ? ho_arena_printf(arena, "%.*s, %.*s", HO_SLICE_ARG(family), HO_SLICE_ARG(given))
                              : HO_SLICE("");
    out->discharged_to = text(msg, "PV1", 37, 1, arena);
}

/* Codes as the feed meant them on the day of the event; a message sent late, or again, means what it meant. */
static void map_codes(const struct adt_source *source, struct adt_matched *out)
{
    int32_t date = out->has_occurred ? out->occurred.local_date : source->received_date;
    struct ho_slice mapped = ho_feed_disposition_on(source->feed, out->disposition_raw, date);
    out->class = class_of(ho_feed_class_on(source->feed, out->class_raw, date));
    out->disposition = mapped.ptr ? mapped : HO_SLICE("");
    out->disposition_class = adt_disposition_class(out->disposition);
}

void adt_read(const struct ho_hl7 *msg, const struct adt_source *source, struct ho_arena *arena, struct adt_matched *out)
{
    struct ho_slice mode = text(msg, "MSH", 11, 1, arena);
    *out = (struct adt_matched){
        .feed = ho_slice_of(source->feed->id),
        .control_id = text(msg, "MSH", 10, 1, arena),
        .event = text(msg, "MSH", 9, 2, arena),
        .event_reason = text(msg, "EVN", 4, 1, arena),
        .processing_id = ho_slice_is(mode, "T")   ? ADT_MATCHED_PROCESSING_TRAINING
                         : ho_slice_is(mode, "D") ? ADT_MATCHED_PROCESSING_DEBUGGING
                                                  : ADT_MATCHED_PROCESSING_PRODUCTION,
        .class_raw = text(msg, "PV1", 2, 1, arena),
        .disposition_raw = text(msg, "PV1", 36, 1, arena),
        .death = ho_slice_is(ho_hl7_get(msg, "PID", 30, 1), "Y") || text(msg, "PID", 29, 1, arena).len > 0,
        .sensitivity = HO_SLICE("normal")};
    read_places(msg, source->feed, arena, out);
    read_visit(msg, arena, out);
    read_times(msg, source->zone, out);
    map_codes(source, out);
    read_diagnoses(msg, arena, out);
    read_restrictions(msg, arena, out);
    read_merge(msg, arena, out);
}
