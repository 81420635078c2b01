/* A row per rule; and the member's row may come late without changing what is told. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "alert.h"
#include "care_event.h"
#include "facility.h"
#include "member.h"
#include "notify/notify_core.h"
#include "notify_state.h"
#include "provider.h"
#include "unit/decide.h"

static struct notify_env env;
static struct ho_arena arena;
static struct ho_avro_reader *event_reader;

static void *from_json(const struct ho_avro_record *record, const char *json)
{
    struct ho_error err = {HO_OK, ""};
    void *value = ho_arena_alloc(&arena, ho_avro_size(record));
    cr_assert_eq(ho_avro_from_json(record, ho_slice_of(json), &arena, value, &err), HO_OK, "%s", err.text);
    return value;
}

static void setup(void)
{
    env.policy = (struct notify_policy){"notify@2026-01-01", 2, 2, 0, 30};
    ho_directory_init(&env.providers, &provider_record);
    ho_directory_init(&env.facilities, &facility_record);
    env.events = event_reader = ho_avro_reader_new(&care_event_record);
    ho_directory_set(&env.providers, HO_SLICE("P1"), from_json(&provider_record, "{\"provider_id\":\"P1\",\"family\":\"One\"}"));
    ho_directory_set(&env.facilities, HO_SLICE("NEWPATH"),
                     from_json(&facility_record, "{\"facility_id\":\"NEWPATH\",\"name\":\"New Path Recovery\",\"sensitivity\":\"part2\"}"));
}

static void teardown(void)
{
    ho_directory_release(&env.providers);
    ho_directory_release(&env.facilities);
    ho_avro_reader_free(event_reader);
    ho_arena_release(&arena);
}

TestSuite(notify, .init = setup, .fini = teardown);

static struct care_event news(enum care_event_care_event_kind kind, int32_t revision, int32_t date, const char *place)
{
    struct ho_slice empty = HO_SLICE("");
    struct care_event out = {.event_id = HO_SLICE("evt_1"), .revision = revision, .kind = kind, .member_id = HO_SLICE("M1"),
                             .change = revision == 1 ? CARE_EVENT_CARE_EVENT_CHANGE_NEW : CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED,
                             .encounter_id = HO_SLICE("enc_1"), .facility = ho_slice_of(place), .feed = HO_SLICE("f"),
                             .visit = HO_SLICE("V1"), .has_occurred = true};
    out.occurred.local_date = date;
    out.occurred.source = out.attending_name = out.disposition = out.rule = empty;
    out.message_id = out.control_id = out.source_topic = empty;
    return out;
}

/* As from Kafka: the record and its bytes. */
static const struct ho_effects *run_news(struct decider *d, const struct care_event *record)
{
    struct ho_buf bytes;
    ho_buf_init(&bytes, 1 << 20);
    ho_avro_encode(&care_event_record, record, &bytes);
    struct ho_event event = {.input = NOTIFY_CARE_EVENTS, .key = HO_SLICE("M1"), .record = record,
                             .value = ho_arena_slice(&arena, ho_buf_slice(&bytes)), .now_ms = 1000};
    ho_buf_release(&bytes);
    return decider_run(d, &event);
}

#define MEMBER(pcp) "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,\"pcp\":[" pcp "]}"
#define P1_OCTOBER "{\"from\":20260101,\"to\":20261031,\"provider_id\":\"P1\"}"
#define P2_NOVEMBER "{\"from\":20261101,\"provider_id\":\"P2\"}"

static const struct ho_effects *run_member(struct decider *d, const char *json)
{
    struct ho_event event = {.input = NOTIFY_MEMBERS, .key = HO_SLICE("M1"), .record = from_json(&member_record, json),
                             .now_ms = 2000};
    return decider_run(d, &event);
}

#define ADMITTED CARE_EVENT_CARE_EVENT_KIND_ADMITTED

static const struct {
    const char *name;
    enum care_event_care_event_kind kind;
    int32_t date;
    const char *place, *recipient; /* NULL: nobody is told */
    bool fallback, withheld;
} rows[] = {
    {"1 admission", ADMITTED, 20261015, "GENERAL", "P1", false, false},
    {"2 discharge", CARE_EVENT_CARE_EVENT_KIND_DISCHARGED, 20261015, "GENERAL", "P1", false, false},
    {"3 ER visit", CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED, 20261015, "GENERAL", "P1", false, false},
    {"4 last day of the span", ADMITTED, 20261031, "GENERAL", "P1", false, false},
    {"4 and 9 first day of the next, provider's row unknown", ADMITTED, 20261101, "GENERAL", "P2", true, false},
    {"5 before any span", ADMITTED, 20251231, "GENERAL", NULL, false, false},
    {"10 a facility that tells too much", ADMITTED, 20261015, "NEWPATH", "P1", false, true},
    {"11 observation", CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_STARTED, 20261015, "GENERAL", NULL, false, false},
};

Test(notify, each_event_goes_to_whom_its_rule_says)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct decider d;
        struct care_event event = news(rows[i].kind, 1, rows[i].date, rows[i].place);
        decider_init(&d, notify_decide, &env, &notify_state_record);
        run_member(&d, MEMBER(P1_OCTOBER "," P2_NOVEMBER));
        const struct ho_effects *effects = run_news(&d, &event);
        cr_assert_eq(effects->count, rows[i].recipient ? 1 : 0, "%s", rows[i].name);
        if (rows[i].recipient) {
            const struct alert *out = effects->items[0].record;
            cr_assert(ho_slice_is(out->recipient.provider_id, rows[i].recipient), "%s", rows[i].name);
            cr_assert_eq(out->recipient.fallback, rows[i].fallback, "%s", rows[i].name);
            cr_assert_eq(out->encounter.facility_id.len == 0, rows[i].withheld, "%s", rows[i].name);
            cr_assert_null(strstr(out->body.ptr, "New Path"), "%s", rows[i].name);
            cr_assert_null(strstr(out->push.ptr, "Doe"), "%s", rows[i].name);
            cr_assert_eq(run_news(&d, &event)->outcome, HO_IGNORED, "7 %s", rows[i].name);
        }
        decider_release(&d);
    }
}

Test(notify, a_member_who_comes_late_is_told_of_once_and_the_same)
{
    struct decider early, late;
    struct care_event event = news(ADMITTED, 1, 20261015, "GENERAL");
    decider_init(&early, notify_decide, &env, &notify_state_record);
    decider_init(&late, notify_decide, &env, &notify_state_record);
    run_member(&early, MEMBER(P1_OCTOBER));
    const struct alert *told = run_news(&early, &event)->items[0].record;
    cr_assert_eq(run_news(&late, &event)->count, 0);
    cr_assert_eq(run_news(&late, &event)->count, 0); /* waiting twice is waiting once */
    const struct ho_effects *effects = run_member(&late, MEMBER(P1_OCTOBER));
    cr_assert_eq(effects->count, 1);
    const struct alert *told_late = effects->items[0].record;
    cr_assert(ho_slice_equal(told->identity.alert_id, told_late->identity.alert_id));
    cr_assert(ho_slice_equal(told->body, told_late->body));
    cr_assert_eq(told->times.decided_ms, told_late->times.decided_ms);
    cr_assert_eq(run_member(&late, MEMBER(P1_OCTOBER))->count, 0);
    decider_release(&early);
    decider_release(&late);
}

Test(notify, a_correction_goes_to_who_was_told_even_after_the_pcp_changed)
{
    struct decider d;
    struct care_event one = news(ADMITTED, 1, 20261015, "GENERAL"), two = news(ADMITTED, 2, 20261014, "GENERAL");
    decider_init(&d, notify_decide, &env, &notify_state_record);
    run_member(&d, MEMBER(P1_OCTOBER));
    run_news(&d, &one);
    run_member(&d, MEMBER("{\"from\":20260101,\"provider_id\":\"P2\"}"));
    const struct ho_effects *effects = run_news(&d, &two);
    cr_assert_eq(effects->count, 1);
    const struct alert *out = effects->items[0].record;
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_CORRECTION);
    cr_assert_eq(out->identity.revision, 2);
    cr_assert(ho_slice_is(out->recipient.provider_id, "P1"));
    two.revision = 3;
    two.change = CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    out = run_news(&d, &two)->items[0].record;
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_RETRACTION);
    decider_release(&d);
}

Test(notify, waiting_events_are_bounded_and_dropping_is_counted)
{
    struct decider d;
    struct notify_state state;
    char id[16];
    decider_init(&d, notify_decide, &env, &notify_state_record);
    for (int i = 0; i < NOTIFY_PENDING_MAX + 5; i++) {
        struct care_event event = news(ADMITTED, 1, 20261015, "GENERAL");
        snprintf(id, sizeof id, "evt_%d", i);
        event.event_id = ho_slice_of(id);
        run_news(&d, &event);
    }
    cr_assert_eq(ho_avro_decode(d.reader, ho_buf_slice(&d.state), &d.arena, &state, NULL), HO_OK);
    cr_assert_eq(state.pending.count, NOTIFY_PENDING_MAX);
    cr_assert_eq(state.dropped, 5);
    decider_release(&d);
}
