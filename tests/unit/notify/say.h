/* say: what encounters tells of a stay, in short. */
#ifndef TEST_NOTIFY_SAY_H
#define TEST_NOTIFY_SAY_H

#include <criterion/criterion.h>

#include "care_event.h"

static struct ho_arena arena; /* of a test's own records */

static inline void *from_json(const struct ho_avro_record *record, const char *json)
{
    struct ho_error err = {HO_OK, ""};
    void *value = ho_arena_alloc(&arena, ho_avro_size(record));
    cr_assert_eq(ho_avro_from_json(record, ho_slice_of(json), &arena, value, &err), HO_OK, "%s", err.text);
    return value;
}

#define ADMITTED CARE_EVENT_CARE_EVENT_KIND_ADMITTED
#define DISCHARGED CARE_EVENT_CARE_EVENT_KIND_DISCHARGED
#define ER_ARRIVED CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED
#define ER_DEPARTED CARE_EVENT_CARE_EVENT_KIND_ER_DEPARTED
#define OBSERVED CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_STARTED
#define VOIDED CARE_EVENT_CARE_EVENT_CHANGE_VOIDED

#define T0 INT64_C(1792080000000) /* 2026-10-15 16:00 UTC: 12:00 at the facility */

/* What encounters tells of a stay at GENERAL on 2026-10-15; its event's id is its kind and encounter. */
static inline struct care_event news(enum care_event_care_event_kind kind, const char *encounter, int32_t revision)
{
    struct care_event *out = from_json(
        &care_event_record,
        "{\"event_id\":\"\",\"revision\":1,\"kind\":\"ADMITTED\",\"change\":\"NEW\",\"member_id\":\"M1\",\"encounter_id\":\"\","
        "\"encounter_class\":\"INPATIENT\",\"facility\":\"GENERAL\",\"feed\":\"general\",\"visit\":\"V1\",\"attending_name\":\"DOC, ANN\","
        "\"disposition\":\"\",\"death\":false,\"processing_id\":\"PRODUCTION\",\"rule\":\"encounters.1\",\"message_id\":\"msg_1\","
        "\"control_id\":\"C1\",\"received_ms\":0,\"source_topic\":\"adt.raw\",\"source_partition\":0,\"source_offset\":5}");
    out->event_id = ho_arena_printf(&arena, "evt_%s_%s", care_event_care_event_kind_names[kind], encounter);
    out->encounter_id = ho_slice_of(encounter);
    out->kind = kind;
    out->revision = revision;
    out->change = revision == 1 ? CARE_EVENT_CARE_EVENT_CHANGE_NEW : CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED;
    out->has_occurred = true;
    out->occurred = (struct care_event_hl7_time){T0, true, -240, CARE_EVENT_PRECISION_MINUTE, HO_SLICE("EVN-6"), 20261015};
    out->received_ms = T0 + 60000;
    return *out;
}

static inline struct care_event on_date(struct care_event event, int32_t date)
{
    event.occurred.utc_ms += (date - event.occurred.local_date) * INT64_C(86400000); /* within a month */
    event.occurred.local_date = date;
    return event;
}

static inline struct care_event with_code(struct care_event event, const char *code)
{
    struct care_event_diagnosis *one = HO_ARENA_NEW(&arena, struct care_event_diagnosis);
    *one = (struct care_event_diagnosis){.code = ho_slice_of(code), .text = HO_SLICE("words"), .type = HO_SLICE("A")};
    event.diagnoses.items = one;
    event.diagnoses.count = 1;
    return event;
}

static inline struct care_event with_flag(struct care_event event, const char *source, const char *code)
{
    struct care_event_restriction *one = HO_ARENA_NEW(&arena, struct care_event_restriction);
    *one = (struct care_event_restriction){ho_slice_of(source), ho_slice_of(code)};
    event.restrictions.items = one;
    event.restrictions.count = 1;
    return event;
}

#define MEMBER(pcp) "{\"member_id\":\"M1\",\"family\":\"Doe\",\"given\":\"Ada\",\"birth_date\":19500101,\"phone\":\"9\",\"pcp\":[" pcp "]}"
#define P1_OCTOBER "{\"from\":20260101,\"to\":20261031,\"provider_id\":\"P1\"}"
#define P2_NOVEMBER "{\"from\":20261101,\"provider_id\":\"P2\"}"
#define P2_ALWAYS "{\"from\":20260101,\"provider_id\":\"P2\"}"

static inline bool says(struct ho_slice text, const char *words)
{
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

#endif
