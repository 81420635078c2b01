/*
 * bench_identity - a roster of MEMBERS members: bytes and load time each; then messages a second of one core, keys of states
 * and decision together, for those that carry their plan id, that are found by demographics alone, and of strangers. The
 * states of a message are fresh, so that what a full slot costs is not in it.
 */
#include <malloc.h>
#include <stdio.h>
#include <time.h>

#include "adt_matched.h"
#include "hl7/charset.h"
#include "identity/identity_core.h"
#include "identity_state.h"

#define MEMBERS 1000000
#define MESSAGES 20000
#define BYTES_MAX 600 /* a member */

static struct identity_env env;

static void family_of(int i, char out[32])
{
    snprintf(out, 32, "Family%c%c%d", 'a' + i % 26, 'a' + i / 26 % 26, i / 676 % 50);
}

static int32_t birth_of(int i)
{
    return (1925 + i % 60) * 10000 + (i / 60 % 12 + 1) * 100 + i / 720 % 28 + 1;
}

static void load(void)
{
    char id[16], family[32], given[32], phone[16], zip[8];
    struct ho_arena arena = {0};
    struct member_coverage coverage[2] = {{.from = 20240101, .to = 20241231}, {.from = 20250201}};
    for (int i = 0; i < MEMBERS; i++) {
        family_of(i, family);
        snprintf(id, sizeof id, "M%08d", i);
        snprintf(given, sizeof given, "Given%c", 'a' + i % 23);
        snprintf(phone, sizeof phone, "314%07d", i);
        snprintf(zip, sizeof zip, "%05d", 63000 + i % 500);
        struct member row = {.member_id = ho_slice_of(id), .family = ho_slice_of(family), .given = ho_slice_of(given),
                             .birth_date = birth_of(i), .sex = MEMBER_SEX_F, .phone = ho_slice_of(phone),
                             .zip = ho_slice_of(zip), .coverage = {coverage, 2}};
        struct ho_tokens wake = {.arena = &arena}; /* as the shell does for every row */
        roster_wake(&env.roster, row.member_id, &wake);
        roster_set(&env.roster, row.member_id, &row);
        roster_wake(&env.roster, row.member_id, &wake);
        ho_arena_reset(&arena);
    }
    ho_arena_release(&arena);
}

enum kind { BY_ID, BY_NAME, STRANGER };

static size_t message(enum kind kind, int i, char *out, size_t size)
{
    char family[32], id[32] = "";
    int who = (int)((unsigned)i * 7919u % MEMBERS);
    family_of(who, family);
    if (kind == STRANGER)
        snprintf(family, sizeof family, "Stranger%d", i);
    if (kind == BY_ID)
        snprintf(id, sizeof id, "~M%08d^^^PLAN^MB", who);
    return (size_t)snprintf(out, size,
                            "MSH|^~\\&|EHR|GEN|P|H|20261103081500-0500||ADT^A01^ADT_A01|%d|P|2.5.1\r"
                            "EVN|A01|20261103081500-0500\rPID|1||%d^^^GEN^MR%s||%s^Given%c^Q||%d|F|||12 Example Street^^Town^MO^%05d"
                            "||314%07d\rPV1|1|I|3W^312^A||||1^Grey^Alan||||||||||||V%d\rDG1|1||I50.9^Heart failure^I10|||A\r",
                            i, i, id, family, 'a' + who % 23, birth_of(who), 63000 + who % 500, who, i);
}

static size_t run(enum kind kind)
{
    struct ho_arena arena = {0};
    char bytes[2048];
    size_t matched = 0;
    for (int i = 0; i < MESSAGES; i++) {
        struct ho_slice keys[HO_STATES_MAX];
        void *states[HO_STATES_MAX];
        struct ho_effects effects = {.arena = &arena};
        struct ho_event event = {.key = HO_SLICE("general"), .value = {bytes, message(kind, i, bytes, sizeof bytes)},
                                 .now_ms = INT64_C(1793700000000), .topic = HO_SLICE("adt.raw"), .offset = i};
        size_t count = identity_state_keys(&env, &event, &arena, keys);
        for (size_t k = 0; k < count; k++)
            states[k] = HO_ARENA_NEW(&arena, struct identity_state);
        identity_decide(&env, &event, states, &effects);
        matched += effects.count && effects.items[0].output == IDENTITY_MATCHED;
        ho_arena_reset(&arena);
    }
    ho_arena_release(&arena);
    return matched;
}

static bool open_env(struct ho_error *err)
{
    roster_init(&env.roster);
    env.charsets = ho_hl7_charsets_new();
    env.utf8 = ho_hl7_to_utf8;
    env.text_utf8 = ho_hl7_text_utf8;
    env.matched = ho_avro_reader_new(&adt_matched_record);
    env.policies.count = 1;
    env.policies.items[0] = (struct identity_policy){
        .version = "identity@2026-01-01", .effective = 20260101, .family_same = 30, .family_near = 15, .family_part = 15,
        .given_same = 20, .given_part = 10, .birth_same = 30, .birth_beside = 15, .sex_same = 5, .zip_same = 15,
        .phone_same = 20, .threshold = 90, .margin = 25, .park_days = 30};
    env.zones = ho_calloc(1, sizeof *env.zones);
    return ho_feeds_load(&env.feeds, "/nonexistent", err) == HO_OK && ho_zone_load(env.zones, "America/New_York", err) == HO_OK;
}

int main(void)
{
    static const char *const names[] = {"by plan id", "by demographics", "strangers, parked"};
    struct ho_error err = {HO_OK, ""};
    if (!open_env(&err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    clock_t begin = clock(); /* of this process: other work on the machine does not count */
    load();
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    double bytes = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / MEMBERS;
    printf("roster of %d: %.0f bytes a member, loaded in %.2f s\n", MEMBERS, bytes, seconds);
    bool good = bytes < BYTES_MAX;
    for (size_t i = 0; i < HO_LENGTH(names); i++) {
        begin = clock();
        size_t matched = run((enum kind)i);
        seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        printf("%-20s %7.0f messages/s, %zu of %d matched\n", names[i], MESSAGES / seconds, matched, MESSAGES);
        good = good && (i == STRANGER ? matched == 0 : matched >= MESSAGES * 9 / 10);
    }
    return good ? 0 : 1;
}
