/* Waiting: what is told, what wakes it, what ends it; links; and that order, doubling and restarts change nothing. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/identity/world.h"

static struct world w;

static void setup(void)
{
    world_init(&w);
}

static void teardown(void)
{
    world_release(&w);
}

TestSuite(park, .init = setup, .fini = teardown);

#define MESSAGE(event, control, pid) \
    "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^" event "|" control "|P|2.5.1\rEVN|" event "|20261101120000\r" \
    "PID|1||" pid "\rPV1|1|I|||||||||||||||||V1\r"
#define ANNA_ID "A7^^^GEN^MR~M1^^^PLAN^MB||Anders^Anna||19500101|F|||^^^^63101"
#define ANNA_NAME "A7^^^GEN^MR||Anders^Anna||19500101|F|||^^^^63101"
#define ANNA_NUMBER "A7^^^GEN^MR||Anders^A.||19500101"
#define ROW(rest) "{\"member_id\":\"M1\",\"family\":\"Anders\",\"given\":\"Anna\",\"birth_date\":19500101,\"sex\":\"F\",\"zip\":\"63101\"" rest "}"
#define COVERED ",\"coverage\":[{\"from\":20260101}]"

static size_t matched(const char *member)
{
    size_t n = 0;
    for (size_t i = 0; i < w.out_count; i++)
        n += w.out[i].matched && !w.out[i].move && strcmp(w.out[i].member, member) == 0;
    return n;
}

static const struct {
    const char *name, *message, *rule, *row, *then; /* parked by rule; the row that explains it, and by which rule */
} late[] = {
    {"16 its id comes", MESSAGE("A01", "1", ANNA_ID), "identity.9", ROW(COVERED), "identity.5"},
    {"16 its name comes", MESSAGE("A01", "1", ANNA_NAME), "identity.9", ROW(COVERED), "identity.12"},
    {"16 a name a day beside comes", MESSAGE("A01", "1", "A7^^^GEN^MR||Anders^Anna||19500102|F|||^^^^63101||3145550101"), "identity.9",
     ROW(COVERED ",\"phone\":\"3145550101\""), "identity.13"},
};

Test(park, a_late_row_explains_a_message_once)
{
    for (size_t i = 0; i < HO_LENGTH(late); i++) {
        char feed[16];
        snprintf(feed, sizeof feed, "feed-%zu", i);
        world_member(&w, "M1", NULL, true);
        size_t at = world_send(&w, feed, late[i].message);
        cr_expect_str_eq(w.out[at].rule, late[i].rule, "%s: %s", late[i].name, w.out[at].rule);
        cr_expect_eq(w.out[at].state, ADT_UNMATCHED_UNMATCHED_STATE_PARKED, "%s", late[i].name);
        world_member(&w, "X1", "{\"member_id\":\"X1\",\"family\":\"Else\",\"birth_date\":19500101" COVERED "}", true);
        cr_expect_eq(w.out_count, at + 1, "%s: somebody else's row", late[i].name);
        world_member(&w, "M1", late[i].row, true);
        cr_assert_eq(w.out_count, at + 2, "%s", late[i].name);
        cr_expect(w.out[at + 1].matched, "%s", late[i].name);
        cr_expect_str_eq(w.out[at + 1].rule, late[i].then, "%s: %s", late[i].name, w.out[at + 1].rule);
        cr_expect_str_eq(w.out[at + 1].message, w.out[at].message, "%s", late[i].name);
        world_member(&w, "M1", late[i].row, true);
        world_wake(&w, NULL);
        cr_expect_eq(w.out_count, at + 2, "%s: once", late[i].name);
        world_send(&w, feed, late[i].message);
        cr_expect_eq(w.out_count, at + 2, "%s: the same bytes after it left", late[i].name);
        cr_expect_eq(world_parked(&w), 0, "%s", late[i].name);
    }
}

Test(park, coverage_that_comes_late_explains_it_too)
{
    world_member(&w, "M1", ROW(",\"coverage\":[{\"from\":20250101,\"to\":20251231}]"), true);
    size_t at = world_send(&w, "f", MESSAGE("A01", "1", ANNA_NAME));
    cr_expect_str_eq(w.out[at].rule, "identity.10");
    world_member(&w, "M1", ROW(COVERED), true);
    cr_expect_eq(matched("M1"), 1);
}

Test(park, a_chain_of_replaced_ids_may_come_link_by_link)
{
    world_send(&w, "f", MESSAGE("A01", "1", "A7^^^GEN^MR~OLD^^^PLAN^MB||Anders^Anna||19500101"));
    world_member(&w, "OLD", "{\"member_id\":\"OLD\",\"family\":\"Anders\",\"birth_date\":19500101,\"replaced_by\":\"MID\"}", true);
    world_member(&w, "MID", "{\"member_id\":\"MID\",\"family\":\"Changed\",\"birth_date\":19500601,\"replaced_by\":\"M1\"}", true);
    cr_expect_eq(w.out_count, 1);
    world_member(&w, "M1", "{\"member_id\":\"M1\",\"family\":\"Changed\",\"birth_date\":19500601" COVERED "}", true);
    cr_expect_eq(matched("M1"), 1, "the end of a chain whose other rows came before it");
}

Test(park, an_ambiguity_ends_when_one_of_two_goes)
{
    world_member(&w, "M1", ROW(COVERED), true);
    world_member(&w, "M2", "{\"member_id\":\"M2\",\"family\":\"Anders\",\"given\":\"Anna\",\"birth_date\":19500101,\"sex\":\"F\",\"zip\":\"63101\"" COVERED "}", true);
    size_t at = world_send(&w, "f", MESSAGE("A01", "1", ANNA_NAME));
    cr_expect_str_eq(w.out[at].rule, "identity.14");
    world_member(&w, "M2", "{\"member_id\":\"M2\",\"family\":\"Anders\",\"given\":\"Hanna\",\"birth_date\":19500101,\"sex\":\"F\",\"zip\":\"63109\"" COVERED "}", true);
    cr_expect_eq(matched("M1"), 1);
}

Test(park, a_learned_link_lets_the_number_s_messages_go)
{
    world_member(&w, "M1", ROW(COVERED), true);
    size_t at = world_send(&w, "f", MESSAGE("A04", "1", ANNA_NUMBER)); /* neither sex nor place */
    cr_expect(!w.out[at].matched);
    size_t other = world_send(&w, "g", MESSAGE("A04", "1", ANNA_NUMBER));
    at = world_send(&w, "f", MESSAGE("A01", "2", ANNA_ID));
    cr_assert_eq(w.out_count, at + 2);
    cr_expect_str_eq(w.out[at].rule, "identity.5");
    cr_expect_str_eq(w.out[at + 1].rule, "identity.11");
    cr_expect_str_eq(w.out[at + 1].event, "A04");
    cr_expect(!w.out[other].matched, "another feed's number of the same digits is another patient's");
    cr_expect_eq(world_parked(&w), 1);
    at = world_send(&w, "f", MESSAGE("A03", "3", ANNA_NUMBER));
    cr_expect_str_eq(w.out[at].rule, "identity.11");
}

static const struct {
    const char *name, *pid, *rule;
} links[] = {
    {"11 contradicted by name and date", "A7^^^GEN^MR||Other^Olga||19600606|F", "identity.9"},
    {"11 the husband under the same number", "A7^^^GEN^MR||Anders^Bert||19480303|M", "identity.9"},
    {"11 birth date alone agrees", "A7^^^GEN^MR||Newname^Anna||19500101|F", "identity.11"},
    {"11 nothing but the number", "A7^^^GEN^MR", "identity.9"},
    {"6 exact demographics name another", "A7^^^GEN^MR||Zander^Zoe||19500101|F|||^^^^63107", "identity.6"},
    {"11 the number beside another one", "B9^^^GEN^PI~A7^^^GEN^MR||Anders^A.||19500101", "identity.11"},
    {"11 an account of the same digits", "A7^^^GEN^AN||Anders^A.||19500101", "identity.8"},
    {"11 the number in PID-2", "|||Anders^A.||19500101", "identity.11"},
};

Test(park, a_link_is_used_while_demographics_agree)
{
    for (size_t i = 0; i < HO_LENGTH(links); i++) {
        char bytes[1024], feed[16];
        snprintf(feed, sizeof feed, "feed-%zu", i);
        world_member(&w, "M1", ROW(COVERED), true);
        world_member(&w, "Z1", "{\"member_id\":\"Z1\",\"family\":\"Zander\",\"given\":\"Zoe\",\"birth_date\":19500101,\"sex\":\"F\",\"zip\":\"63107\"" COVERED "}", true);
        world_send(&w, feed, MESSAGE("A01", "1", ANNA_ID));
        snprintf(bytes, sizeof bytes, "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A03|2|P|2.5.1\rEVN|A03|20261101120000\rPID|1|%s|%s\r",
                 links[i].pid[0] == '|' ? "A7" : "", links[i].pid[0] == '|' ? links[i].pid + 1 : links[i].pid);
        size_t at = world_send(&w, feed, bytes);
        cr_expect_str_eq(w.out[at].rule, links[i].rule, "%s: %s", links[i].name, w.out[at].rule);
    }
}

Test(park, a_number_with_two_members_names_nobody)
{
    world_member(&w, "M1", ROW(COVERED), true);
    world_member(&w, "M2", "{\"member_id\":\"M2\",\"family\":\"Anders\",\"given\":\"Berta\",\"birth_date\":19500101" COVERED "}", true);
    world_send(&w, "f", MESSAGE("A01", "1", ANNA_ID));
    world_send(&w, "f", MESSAGE("A01", "2", "A7^^^GEN^MR~M2^^^PLAN^MB||Anders^Berta||19500101"));
    size_t at = world_send(&w, "f", MESSAGE("A03", "3", ANNA_NUMBER));
    cr_expect(!w.out[at].matched);
    cr_expect_eq(matched("M1"), 1);
    cr_expect_eq(matched("M2"), 1);
    /* The roster says that they are one: then so is the number. */
    world_member(&w, "M1", "{\"member_id\":\"M1\",\"family\":\"Anders\",\"birth_date\":19500101,\"replaced_by\":\"M2\"}", true);
    cr_expect_eq(matched("M2"), 2);
}

Test(park, waiting_ends_by_timer_and_is_told)
{
    size_t at = world_send(&w, "f", MESSAGE("A01", "1", ANNA_ID));
    int64_t begin_ms = w.now_ms, day_ms = INT64_C(86400000);
    world_time(&w, begin_ms + 30 * day_ms - 1);
    cr_expect_eq(w.out_count, at + 1);
    world_time(&w, begin_ms + 30 * day_ms);
    cr_assert_eq(w.out_count, at + 2);
    cr_expect_eq(w.out[at + 1].state, ADT_UNMATCHED_UNMATCHED_STATE_EXPIRED);
    cr_expect_str_eq(w.out[at + 1].rule, "identity.9");
    cr_expect_str_eq(w.out[at + 1].message, w.out[at].message);
    cr_expect_str_neq(w.out[at + 1].id, w.out[at].id);
    world_member(&w, "M1", ROW(COVERED), true);
    world_wake(&w, NULL);
    cr_expect_eq(w.out_count, at + 2);
}

Test(park, a_full_slot_loses_its_oldest_and_says_so)
{
    char bytes[1024];
    for (int i = 0; i < 20; i++) {
        snprintf(bytes, sizeof bytes, MESSAGE("A08", "c%d", ANNA_ID), i);
        world_send(&w, "f", bytes);
    }
    size_t evicted = 0;
    for (size_t i = 0; i < w.out_count; i++)
        evicted += w.out[i].state == ADT_UNMATCHED_UNMATCHED_STATE_EVICTED;
    cr_expect_eq(evicted, 4);
    cr_expect_eq(world_parked(&w), 16);
    world_member(&w, "M1", ROW(COVERED), true);
    cr_expect_eq(matched("M1"), 16);
    cr_expect_eq(world_parked(&w), 0);
}

Test(park, many_keys_in_one_slot_stay_within_what_may_be_waited_for)
{
    /* One number, sixteen people: a registration desk's dummy number. */
    char bytes[1024];
    for (int i = 0; i < 40; i++) {
        snprintf(bytes, sizeof bytes, MESSAGE("A04", "c%d", "0^^^GEN^MR~X%d^^^PLAN^MB||Family%d^Given||1950010%d"), i, i, i, i % 9 + 1);
        world_send(&w, "f", bytes);
    }
    cr_expect_gt(world_parked(&w), 5);
    for (size_t i = 0; i < w.state_count; i++) {
        struct ho_tokens tokens = {.arena = &w.arena};
        identity_waits(world_decode(&w, i), &tokens);
        cr_expect_leq(tokens.count, HO_TOKENS_MAX);
    }
}

Test(park, what_nothing_could_explain_does_not_wait)
{
    size_t at = world_send(&w, "f", MESSAGE("A01", "1", "^^^GEN^MR"));
    cr_expect_eq(w.out[at].state, ADT_UNMATCHED_UNMATCHED_STATE_REFUSED);
    cr_expect_eq(world_parked(&w), 0);
}

enum { PEOPLE = 8, KINDS = 5, STEPS = PEOPLE * KINDS };
enum kind { THE_ROW, WITH_ID, WITH_PLACE, WITH_NUMBER, A_RESTART }; /* pairs of people share family and birth date */

static void step(enum kind kind, int who, bool twice)
{
    char bytes[1024], id[16];
    snprintf(id, sizeof id, "M%d", who);
#define A_ROW "{\"member_id\":\"M%d\",\"family\":\"Family%d\",\"given\":\"Given%d\",\"birth_date\":1950010%d," \
              "\"sex\":\"F\",\"zip\":\"6310%d\"" COVERED "}"
    if (kind == THE_ROW)
        snprintf(bytes, sizeof bytes, A_ROW, who, who / 2, who, who / 2 + 1, who);
    else if (kind == WITH_ID)
        snprintf(bytes, sizeof bytes, MESSAGE("A01", "i", "L%d^^^GEN^MR~M%d^^^PLAN^MB||Family%d^Given%d||1950010%d"), who, who,
                 who / 2, who, who / 2 + 1);
    else if (kind == WITH_PLACE)
        snprintf(bytes, sizeof bytes, MESSAGE("A08", "p", "L%d^^^GEN^MR||Family%d^Given%d||1950010%d|F|||^^^^6310%d"), who,
                 who / 2, who, who / 2 + 1, who);
    else if (kind == WITH_NUMBER)
        snprintf(bytes, sizeof bytes, MESSAGE("A03", "n", "L%d^^^GEN^MR||Family%d||1950010%d"), who, who / 2, who / 2 + 1);
    if (kind == THE_ROW)
        world_member(&w, id, bytes, true);
    else if (kind == A_RESTART)
        world_wake(&w, NULL);
    else
        world_send(&w, "f", bytes);
    if (twice && kind != THE_ROW && kind != A_RESTART)
        world_send(&w, "f", bytes);
}

/* Members and messages in any order, messages doubled, restarts between: each message reaches its member once. */
Test(park, any_order_of_rows_and_messages_ends_the_same)
{
    unsigned seed = 20261125;
    printf("seed %u\n", seed);
    for (int round = 0; round < 60; round++, seed++) {
        int order[STEPS];
        unsigned random = seed * 2654435761u + 1;
        world_release(&w);
        world_init(&w);
        for (int i = 0; i < STEPS; i++) {
            random = random * 1664525u + 1013904223u;
            int at = (int)((random >> 8) % (unsigned)(i + 1));
            order[i] = order[at];
            order[at] = i;
        }
        for (int i = 0; i < STEPS; i++)
            step((enum kind)(order[i] / PEOPLE), order[i] % PEOPLE, (random >> (i % 20)) & 1);
        for (int who = 0; who < PEOPLE; who++) {
            char id[16];
            snprintf(id, sizeof id, "M%d", who);
            cr_assert_eq(matched(id), 3, "seed %u: member %s has %zu messages", seed, id, matched(id));
        }
        cr_assert_eq(world_parked(&w), 0, "seed %u", seed);
    }
}
