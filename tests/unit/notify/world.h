/* world: notify's core with the policies that are shipped, two providers, three places, and short ways to say events. */
#ifndef TEST_NOTIFY_WORLD_H
#define TEST_NOTIFY_WORLD_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "alert.h"
#include "audit.h"
#include "facility.h"
#include "member.h"
#include "notify/notify_core.h"
#include "notify/notify_shell.h"
#include "notify_state.h"
#include "provider.h"
#include "say.h"
#include "unit/decide.h"

static struct notify_env env;

#define P1_ROW "{\"provider_id\":\"P1\",\"npi\":\"1\",\"family\":\"One\",\"channel\":\"FAX\",\"address\":\"555\"}"
#define P2_ROW "{\"provider_id\":\"P2\",\"npi\":\"2\",\"family\":\"Two\",\"channel\":\"PORTAL\",\"address\":\"two\"}"
#define GENERAL_ROW "{\"facility_id\":\"GENERAL\",\"name\":\"General Hospital\",\"phone\":\"77\",\"kind\":\"HOSPITAL\"}"

static inline void provider_row(const char *id, const char *json)
{
    ho_directory_set(&env.providers, ho_slice_of(id), json ? from_json(&provider_record, json) : NULL);
}

static inline void place_row(const char *id, const char *json)
{
    ho_directory_set(&env.facilities, ho_slice_of(id), json ? from_json(&facility_record, json) : NULL);
}

static inline void world_setup(void)
{
    struct ho_error err = {HO_OK, ""};
    ho_directory_init(&env.providers, &provider_record);
    ho_directory_init(&env.facilities, &facility_record);
    cr_assert_eq(notify_policies_load(&env.policies, HO_SOURCE_DIR "/deploy/policy", &err), HO_OK, "%s", err.text);
    provider_row("P1", P1_ROW);
    provider_row("P2", P2_ROW);
    place_row("GENERAL", GENERAL_ROW);
    place_row("ELM", "{\"facility_id\":\"ELM\",\"name\":\"Elm House\",\"kind\":\"SNF\"}");
    place_row("NEWPATH", "{\"facility_id\":\"NEWPATH\",\"name\":\"New Path Recovery\",\"phone\":\"88\",\"sensitivity\":\"part2\"}");
    place_row("MIND", "{\"facility_id\":\"MIND\",\"name\":\"Mind Clinic\",\"kind\":\"PSYCHIATRIC\"}");
}

static inline void world_teardown(void)
{
    ho_directory_release(&env.providers);
    ho_directory_release(&env.facilities);
    notify_policies_release(&env.policies);
    ho_arena_release(&arena);
}

static inline const struct ho_effects *run_news_at(struct decider *d, struct care_event record, int64_t now_ms)
{
    struct care_event *kept = ho_arena_copy(&arena, &record, sizeof record);
    struct ho_event event = {.input = NOTIFY_CARE_EVENTS, .key = HO_SLICE("M1"), .record = kept, .now_ms = now_ms};
    return decider_run(d, &event);
}

static inline const struct ho_effects *run_news(struct decider *d, struct care_event record)
{
    return run_news_at(d, record, record.received_ms);
}

static inline const struct ho_effects *run_member(struct decider *d, const char *json)
{
    struct ho_event event = {.input = NOTIFY_MEMBERS, .key = HO_SLICE("M1"),
                             .record = json ? from_json(&member_record, json) : NULL, .now_ms = T0 + 120000};
    return decider_run(d, &event);
}

static inline const struct ho_effects *run_kind(struct decider *d, enum ho_event_kind kind, int64_t now_ms)
{
    struct ho_event event = {.input = (int)kind, .key = HO_SLICE("M1"), .now_ms = now_ms};
    return decider_run(d, &event);
}

static inline void begin(struct decider *d, const char *member)
{
    decider_init(d, notify_decide, &env, &notify_state_record);
    if (member)
        run_member(d, member);
}

static inline struct notify_state state_of(struct decider *d)
{
    struct notify_state state;
    cr_assert_eq(ho_avro_decode(d->reader, ho_buf_slice(&d->state), &d->arena, &state, NULL), HO_OK);
    return state;
}

/* The n-th record of an output, NULL past the last. */
static inline const void *nth(const struct ho_effects *effects, int output, size_t n)
{
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].output == output && n-- == 0)
            return effects->items[i].record;
    return NULL;
}

static inline const struct alert *alert_at(const struct ho_effects *effects, size_t n)
{
    return nth(effects, NOTIFY_ALERTS_PCP, n);
}

static inline size_t count_of(const struct ho_effects *effects, int output)
{
    size_t count = 0;
    while (nth(effects, output, count))
        count++;
    return count;
}

#endif
