#include "identity/adt.h"

static struct ho_slice text(const struct ho_hl7 *msg, const char *segment, int field, int component,
                            struct ho_arena *arena)
{
    struct ho_slice value = ho_hl7_get(msg, segment, field, component);
    if (!value.ptr || ho_hl7_is_null(value))
        return HO_SLICE("");
    return ho_hl7_unescape(msg, value, arena);
}

static bool read_time(const struct ho_hl7 *msg, const char *segment, int field, const char *source,
                      const struct ho_zone *zone, struct adt_matched_hl7_time *out)
{
    struct ho_hl7_time time;
    if (!ho_hl7_time(ho_hl7_get(msg, segment, field, 1), &time))
        return false;
    int64_t utc_ms = time.local_ms - (time.has_offset ? time.offset_min * INT64_C(60000) : 0);
    int32_t offset_min = time.offset_min;
    if (!time.has_offset && zone) {
        utc_ms = ho_zone_to_utc(zone, time.local_ms);
        offset_min = ho_zone_offset_min(zone, utc_ms);
    }
    *out = (struct adt_matched_hl7_time){.utc_ms = utc_ms,
                                         .has_offset_min = time.has_offset || zone,
                                         .offset_min = offset_min,
                                         .precision = (enum adt_matched_precision)(time.precision - HO_HL7_YEAR),
                                         .source = ho_slice_of(source),
                                         .local_date = time.local_date};
    return true;
}

static void read_times(const struct ho_hl7 *msg, const struct ho_zone *zone, struct adt_matched *out)
{
    out->has_recorded = read_time(msg, "EVN", 2, "EVN-2", zone, &out->recorded);
    out->has_message_time = read_time(msg, "MSH", 7, "MSH-7", zone, &out->message_time);
    out->has_admit_time = read_time(msg, "PV1", 44, "PV1-44", zone, &out->admit_time);
    out->has_discharge_time = read_time(msg, "PV1", 45, "PV1-45", zone, &out->discharge_time);
    out->has_occurred = read_time(msg, "EVN", 6, "EVN-6", zone, &out->occurred);
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

static void read_diagnoses(const struct ho_hl7 *msg, struct ho_arena *arena, struct adt_matched *out)
{
    struct adt_matched_diagnosis *items = HO_ARENA_ARRAY(arena, struct adt_matched_diagnosis, ADT_DIAGNOSES_MAX);
    size_t count = 0;
    const struct ho_hl7_segment *dg1;
    for (; count < ADT_DIAGNOSES_MAX && (dg1 = ho_hl7_segment(msg, "DG1", count)); count++) {
        struct ho_slice coded = ho_hl7_repetition(msg, ho_hl7_field(msg, dg1, 3), 0);
        struct ho_slice code = ho_hl7_component(msg, coded, 1), words = ho_hl7_component(msg, coded, 2);
        struct ho_slice kind = ho_hl7_component(msg, ho_hl7_repetition(msg, ho_hl7_field(msg, dg1, 6), 0), 1);
        char *plain = ho_arena_alloc(arena, code.len + 1);
        size_t len = 0;
        int64_t priority = 0;
        for (size_t i = 0; i < code.len; i++)
            if (code.ptr[i] != '.')
                plain[len++] = code.ptr[i];
        ho_slice_to_int64(ho_hl7_field(msg, dg1, 15), &priority);
        words = words.len ? words : ho_hl7_field(msg, dg1, 4);
        items[count] = (struct adt_matched_diagnosis){
            .code = {plain, len},
            .text = words.ptr ? ho_hl7_unescape(msg, words, arena) : HO_SLICE(""),
            .type = kind.ptr ? kind : HO_SLICE(""),
            .priority = priority >= 0 && priority <= 99 ? (int32_t)priority : 0};
    }
    out->diagnoses.items = items;
    out->diagnoses.count = count;
}

void adt_read(const struct ho_hl7 *msg, const struct ho_feed *feed, const struct ho_zone *zone, struct ho_arena *arena,
              struct adt_matched *out)
{
    struct ho_slice family = text(msg, "PV1", 7, 2, arena), given = text(msg, "PV1", 7, 3, arena);
    struct ho_slice mode = text(msg, "MSH", 11, 1, arena), sender = text(msg, "MSH", 4, 1, arena);
    struct ho_slice death = text(msg, "PID", 30, 1, arena), died_at = text(msg, "PID", 29, 1, arena);
    struct ho_slice class_code = text(msg, "PV1", 2, 1, arena), disposition = text(msg, "PV1", 36, 1, arena);
    struct ho_slice mapped = ho_feed_disposition(feed, disposition);
    *out = (struct adt_matched){
        .feed = ho_slice_of(feed->id),
        .control_id = text(msg, "MSH", 10, 1, arena),
        .event = text(msg, "MSH", 9, 2, arena),
        .processing_id = ho_slice_is(mode, "T")   ? ADT_MATCHED_PROCESSING_TRAINING
                         : ho_slice_is(mode, "D") ? ADT_MATCHED_PROCESSING_DEBUGGING
                                                  : ADT_MATCHED_PROCESSING_PRODUCTION,
        .class = class_of(ho_feed_class(feed, class_code)),
        .class_raw = class_code,
        .visit = text(msg, "PV1", 19, 1, arena),
        .account = text(msg, "PID", 18, 1, arena),
        .facility = feed->facility[0] ? ho_slice_of(feed->facility) : sender.len ? sender : ho_slice_of(feed->id),
        .point_of_care = text(msg, "PV1", 3, 1, arena),
        .hospital_service = text(msg, "PV1", 10, 1, arena),
        .admission_type = text(msg, "PV1", 4, 1, arena),
        .admit_source = text(msg, "PV1", 14, 1, arena),
        .attending_id = text(msg, "PV1", 7, 1, arena),
        .attending_name = family.len || given.len
                              ? ho_arena_printf(arena, "%.*s, %.*s", HO_SLICE_ARG(family), HO_SLICE_ARG(given))
                              : HO_SLICE(""),
        .disposition_raw = disposition,
        .disposition = mapped.ptr ? mapped : HO_SLICE(""),
        .death = ho_slice_is(death, "Y") || died_at.len > 0,
        .sensitivity = HO_SLICE("normal")};
    read_times(msg, zone, out);
    read_diagnoses(msg, arena, out);
}
