/* A row per rule, and the near misses. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "adt_matched.h"
#include "adt_unmatched.h"
#include "clock/zone.h"
#include "identity/identity_core.h"
#include "identity_state.h"
#include "unit/decide.h"

static struct identity_env env;

static void add(const char *json)
{
    struct ho_arena arena = {0};
    struct ho_error err;
    struct member row;
    cr_assert_eq(ho_avro_from_json(&member_record, ho_slice_of(json), &arena, &row, &err), HO_OK, "%s", err.text);
    roster_set(&env.roster, row.member_id, &row);
    ho_arena_release(&arena);
}

static void setup(void)
{
    struct ho_error err;
    roster_init(&env.roster);
    cr_assert_eq(ho_feeds_load(&env.feeds, "/nonexistent", &err), HO_OK);
    env.zones = ho_calloc(1, sizeof *env.zones);
    cr_assert_eq(ho_zone_load(env.zones, "America/New_York", &err), HO_OK);
    add("{\"member_id\":\"M1\",\"family\":\"Smith-Jones\",\"birth_date\":19500101,\"coverage\":[{\"from\":20260101}]}");
    add("{\"member_id\":\"M2\",\"family\":\"Smith-Jones\",\"birth_date\":19500101,\"coverage\":[{\"from\":20260101}]}");
    add("{\"member_id\":\"M3\",\"family\":\"Núñez\",\"birth_date\":19600202,\"coverage\":[{\"from\":20260101,\"to\":20260630}]}");
    add("{\"member_id\":\"OLD\",\"family\":\"Smith-Jones\",\"birth_date\":19500101,\"replaced_by\":\"M1\"}");
    add("{\"member_id\":\"C1\",\"family\":\"Circle\",\"birth_date\":19700707,\"replaced_by\":\"C2\"}");
    add("{\"member_id\":\"C2\",\"family\":\"Circle\",\"birth_date\":19700707,\"replaced_by\":\"C1\"}");
}

static void teardown(void)
{
    roster_release(&env.roster);
    ho_feeds_release(&env.feeds);
    ho_zone_release(env.zones);
    ho_free(env.zones);
}

TestSuite(identity, .init = setup, .fini = teardown);

#define MSH "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A01|1|P|2.5.1\rEVN|A01|20261101120000\r"
#define PV1 "PV1|1|I\r"

static const struct {
    const char *name, *bytes, *member, *reason; /* member NULL: parked with that reason */
} rows[] = {
    {"4 PID-3 of type MB", MSH "PID|1||M1^^^PLAN^MB||SMITH JONES^A||19500101\r" PV1, "M1", NULL},
    {"4 PID-3 without type", MSH "PID|1||M1||SMITH JONES^A||19500101\r" PV1, "M1", NULL},
    {"4 a local number never counts", MSH "PID|1||M1^^^GEN^MR||SMITH JONES^A||19500101\r" PV1, NULL, "identity.9"},
    {"4 IN1-36", MSH "PID|1||9^^^GEN^MR||Smith-Jones^A||19500101\r" PV1
                 "IN1|1|||||||||||||||||||||||||||||||||||M2\r", "M2", NULL},
    {"5 name alone, accents folded", MSH "PID|1||M3^^^PLAN^MB||NUNEZ^X||\r" PV1, NULL, "identity.10"},
    {"5 birth date alone", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||19500101\r" PV1, "M1", NULL},
    {"5 birth date with time", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||195001010000-0500\r" PV1, "M1", NULL},
    {"8 neither agrees", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||19510101\r" PV1, NULL, "identity.8"},
    {"8 the subscriber's id on a wife's visit", MSH "PID|1||7^^^GEN^MR||WIFE^W||19520303\r" PV1
                 "IN1|1|||||||||||||||||||||||||||||||||||M1\r", NULL, "identity.8"},
    {"6 two members agree", MSH "PID|1||M1^^^PLAN^MB~M2^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, NULL, "identity.6"},
    {"7 a replaced id", MSH "PID|1||OLD^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, "M1", NULL},
    {"7 a circle", MSH "PID|1||C1^^^PLAN^MB||Circle^A||19700707\r" PV1, NULL, "identity.7"},
    {"9 not a member", MSH "PID|1||X9^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, NULL, "identity.9"},
    {"9 no PID-3", MSH "PID|1||||Smith-Jones^A||19500101\r" PV1, NULL, "identity.9"},
    {"no PV1", MSH "PID|1||M1^^^PLAN^MB||Smith-Jones^A||19500101\r", "M1", NULL},
};

Test(identity, each_message_finds_its_member_or_is_parked_with_its_rule)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct decider d;
        struct ho_event event = {.key = HO_SLICE("default"), .value = ho_slice_of(rows[i].bytes), .now_ms = 1};
        decider_init(&d, identity_decide, &env, &identity_state_record);
        const struct ho_effects *effects = decider_run(&d, &event);
        cr_assert_eq(effects->count, 1, "%s", rows[i].name);
        if (rows[i].member) {
            const struct adt_matched *out = effects->items[0].record;
            cr_assert_eq(effects->items[0].output, IDENTITY_MATCHED, "%s: %s", rows[i].name, effects->reason);
            cr_assert(ho_slice_is(out->member_id, rows[i].member), "%s", rows[i].name);
        } else {
            const struct adt_unmatched *out = effects->items[0].record;
            cr_assert_eq(effects->items[0].output, IDENTITY_UNMATCHED, "%s", rows[i].name);
            cr_assert(ho_slice_is(out->reason, rows[i].reason), "%s: %.*s", rows[i].name, HO_SLICE_ARG(out->reason));
        }
        /* Rule 1: the same bytes again. */
        effects = decider_run(&d, &event);
        cr_assert_eq(effects->outcome, HO_IGNORED, "%s", rows[i].name);
        cr_assert_eq(effects->count, 0, "%s", rows[i].name);
        decider_release(&d);
    }
}

static const struct {
    const char *name, *bytes;
    enum ho_outcome outcome;
} others[] = {
    {"2 not HL7", "PID|1||M1\r", HO_POISON},
    {"2 empty", "", HO_POISON},
    {"2 no MSH-9", "MSH|^~\\&|EHR|GEN\r", HO_POISON},
    {"3 not ADT", "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|1|P|2.5\r", HO_IGNORED},
    {"3 bed status", "MSH|^~\\&|EHR|GEN|P|H|2026||ADT^A20|1|P|2.5\r", HO_IGNORED},
};

Test(identity, what_is_no_patient_message_is_ignored_or_poison)
{
    for (size_t i = 0; i < HO_LENGTH(others); i++) {
        struct decider d;
        struct ho_event event = {.key = HO_SLICE("default"), .value = ho_slice_of(others[i].bytes), .now_ms = 1};
        decider_init(&d, identity_decide, &env, &identity_state_record);
        cr_assert_eq(decider_run(&d, &event)->outcome, others[i].outcome, "%s", others[i].name);
        decider_release(&d);
    }
}

static const struct {
    const char *name, *evn, *pv1, *event, *source;
    int64_t utc_ms;
} times[] = {
    {"EVN-6 first", "EVN|A01|20261101120000||||20261101110000-0500", "PV1|1|I", "A01", "EVN-6", 1793548800000},
    {"PV1-44 of an arrival", "EVN|A01|20261101120000", "PV1|1|I||||||||||||||||||||||||||||||||||||||||||20261101100000-0500", "A01", "PV1-44", 1793545200000},
    {"PV1-44 says nothing of a discharge", "EVN|A03|20261101120000-0500", "PV1|1|I||||||||||||||||||||||||||||||||||||||||||20261101100000", "A03", "EVN-2", 1793552400000},
    {"EVN-2 that cannot be read falls to MSH-7", "EVN|A01|yesterday", "PV1|1|I", "A01", "MSH-7", 1793552400000},
    {"the feed's zone, in summer", "EVN|A01|20260701120000", "PV1|1|I", "A01", "EVN-2", 1782921600000},
};

Test(identity, times_follow_their_chain)
{
    for (size_t i = 0; i < HO_LENGTH(times); i++) {
        char bytes[1024];
        struct decider d;
        snprintf(bytes, sizeof bytes,
                 "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^%s|1|P|2.5.1\r%s\rPID|1||M1^^^PLAN^MB||Smith-Jones^A||19500101\r%s\r",
                 times[i].event, times[i].evn, times[i].pv1);
        struct ho_event event = {.key = HO_SLICE("default"), .value = ho_slice_of(bytes), .now_ms = 1};
        decider_init(&d, identity_decide, &env, &identity_state_record);
        const struct ho_effects *effects = decider_run(&d, &event);
        cr_assert_eq(effects->count, 1, "%s", times[i].name);
        const struct adt_matched *out = effects->items[0].record;
        cr_assert(ho_slice_is(out->occurred.source, times[i].source), "%s: %.*s", times[i].name,
                  HO_SLICE_ARG(out->occurred.source));
        cr_assert_eq(out->occurred.utc_ms, times[i].utc_ms, "%s: %lld", times[i].name, (long long)out->occurred.utc_ms);
        decider_release(&d);
    }
}
