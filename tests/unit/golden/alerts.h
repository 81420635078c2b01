/*
 * alerts: notify behind encounters in a story. Every member's PCP is P1; every place of the stories is known.
 *
 *   alert MEMBER KIND ENCOUNTER ALERT.1 ...    event's kind, kind and revision of the alert
 * ~ names what a correction changes, `after-er` that it refers to the ER visit's alert, `restricted` that something is
 * withheld.
 */
#ifndef TEST_GOLDEN_ALERTS_H
#define TEST_GOLDEN_ALERTS_H

#include "alert.h"
#include "facility.h"
#include "member.h"
#include "notify/notify_shell.h"
#include "notify_state.h"
#include "provider.h"
#include "unit/decide.h"

static struct notify_env alerts_env;

static inline void *alerts_json(const struct ho_avro_record *record, struct ho_slice json, struct ho_arena *arena)
{
    struct ho_error err = {HO_OK, ""};
    void *value = ho_arena_alloc(arena, ho_avro_size(record));
    cr_assert_eq(ho_avro_from_json(record, json, arena, value, &err), HO_OK, "%s", err.text);
    return value;
}

static inline void alerts_open(struct ho_arena *arena)
{
    static const char *const places[] = {"GENERAL", "COUNTY", "ANNEX"};
    struct ho_error err = {HO_OK, ""};
    ho_directory_init(&alerts_env.providers, &provider_record);
    ho_directory_init(&alerts_env.facilities, &facility_record);
    cr_assert_eq(notify_policies_load(&alerts_env.policies, HO_SOURCE_DIR "/deploy/policy", &err), HO_OK, "%s", err.text);
    ho_directory_set(&alerts_env.providers, HO_SLICE("P1"),
                     alerts_json(&provider_record, HO_SLICE("{\"provider_id\":\"P1\",\"family\":\"One\"}"), arena));
    for (size_t i = 0; i < HO_LENGTH(places); i++)
        ho_directory_set(&alerts_env.facilities, ho_slice_of(places[i]),
                         alerts_json(&facility_record, ho_arena_printf(arena, "{\"facility_id\":\"%s\"}", places[i]), arena));
}

static inline void alerts_close(void)
{
    ho_directory_release(&alerts_env.providers);
    ho_directory_release(&alerts_env.facilities);
    notify_policies_release(&alerts_env.policies);
}

static inline void alerts_begin(struct decider *d, const char *id, struct ho_arena *arena)
{
    struct ho_slice json = ho_arena_printf(arena, "{\"member_id\":\"%s\",\"family\":\"Doe\",\"birth_date\":19500101,"
                                                  "\"pcp\":[{\"from\":20200101,\"provider_id\":\"P1\"}]}", id);
    struct ho_event event = {.input = NOTIFY_MEMBERS, .key = ho_slice_of(id),
                             .record = alerts_json(&member_record, json, arena), .now_ms = 1};
    decider_init(d, notify_decide, &alerts_env, &notify_state_record);
    decider_run(d, &event);
}

static inline void alerts_print(struct ho_buf *out, const char *who, const char *encounter, const struct alert *a)
{
    ho_buf_printf(out, "alert %s %s %s %s.%d", who, alert_alert_event_kind_names[a->why.event_kind], encounter,
                  alert_alert_kind_names[a->identity.kind], a->identity.revision);
    for (size_t i = 0; i < a->correction.changes.count && a->identity.kind == ALERT_ALERT_KIND_CORRECTION; i++)
        ho_buf_printf(out, "%s%.*s", i ? "," : " ~", HO_SLICE_ARG(a->correction.changes.items[i].field));
    ho_buf_printf(out, "%s%s", a->identity.refers_to.len ? " after-er" : "",
                  ho_slice_is(a->filtering.sensitivity, "normal") ? "" : " restricted");
    ho_buf_printf(out, " by %.*s\n", HO_SLICE_ARG(a->why.rule));
}

#endif
