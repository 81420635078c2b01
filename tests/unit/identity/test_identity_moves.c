/* Merges, moves and changes of a feed's numbers: where facts go, what is refused, late messages, several patients. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/identity/world.h"

static struct world w;

#define ROW(id, family, given) \
    world_member(&w, id, "{\"member_id\":\"" id "\",\"family\":\"" family "\",\"given\":\"" given "\",\"birth_date\":19500101,\"sex\":\"F\",\"zip\":\"63101\",\"coverage\":[{\"from\":20260101}]}", true)

static void setup(void)
{
    world_init(&w);
    ROW("M1", "Anders", "Anna");
    ROW("M2", "Brown", "Berta");
    ROW("M3", "Clark", "Clara");
}

static void teardown(void)
{
    world_release(&w);
}

TestSuite(moves, .init = setup, .fini = teardown);

#define HEAD(event, control) \
    "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^" event "|" control "|P|2.5.1\rEVN|" event "|20261101120000\r"
#define MESSAGE(event, control, pid, more) HEAD(event, control) "PID|1||" pid "\r" more
#define ANNA(number) number "^^^GEN^MR~M1^^^PLAN^MB||Anders^Anna||19500101|F"
#define BERTA(number) number "^^^GEN^MR~M2^^^PLAN^MB||Brown^Berta||19500101|F"
#define CLARA(number) number "^^^GEN^MR~M3^^^PLAN^MB||Clark^Clara||19500101|F"

static struct world_out *last(size_t back)
{
    cr_assert_gt(w.out_count, back);
    return &w.out[w.out_count - 1 - back];
}

static size_t moves_of(const char *from, const char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < w.out_count; i++)
        n += w.out[i].move && strcmp(w.out[i].from, from) == 0 && strcmp(w.out[i].to, to) == 0;
    return n;
}

/* After: number 7 was seen with Anna (M1), number 8 with Berta (M2), visit V7 under 7. */
static void seen(const char *feed)
{
    world_send(&w, feed, MESSAGE("A01", "s1", ANNA("7"), "PV1|1|I|||||||||||||||||V7\r"));
    world_send(&w, feed, MESSAGE("A01", "s2", BERTA("8"), "PV1|1|I|||||||||||||||||V8\r"));
}

static const struct {
    const char *name, *bytes;
    const char *to;                      /* member of the message; NULL: not matched */
    const char *rule;
    const char *from, *patient, *account, *visit; /* from NULL: nothing moves */
} rows[] = {
    {"17 A40 merges 7 into 8", MESSAGE("A40", "1", BERTA("8"), "MRG|7^^^GEN^MR\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A40 with MRG without type", MESSAGE("A40", "1", BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A18", MESSAGE("A18", "1", BERTA("8"), "MRG|7\rPV1|1|N\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A30", MESSAGE("A30", "1", BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A34", MESSAGE("A34", "1", BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A36", MESSAGE("A36", "1", BERTA("8"), "MRG|7||ACC\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A39", MESSAGE("A39", "1", BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A43", MESSAGE("A43", "1", BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 A47 renames", MESSAGE("A47", "1", ANNA("77"), "MRG|7\r"), "M1", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A46 renames", MESSAGE("A46", "1", ANNA("77"), "MRG|7\r"), "M1", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A44 moves an account", MESSAGE("A44", "1", BERTA("8") "||||||||||ACC", "MRG|7||ACC\r"), "M2", "identity.5", "M1", "7", "ACC", ""},
    {"17 A35 in one patient", MESSAGE("A35", "1", BERTA("8") "||||||||||NEW", "MRG|8||ACC\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A41 without the patient's number", MESSAGE("A41", "1", BERTA("8") "||||||||||NEW", "MRG|||ACC\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A49", MESSAGE("A49", "1", BERTA("8") "||||||||||NEW", "MRG|||ACC\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A45 takes a visit from another patient", MESSAGE("A45", "1", BERTA("8"), "MRG|7||||V7\rPV1|1|I|||||||||||||||||V7\r"), "M2", "identity.5", "M1", "7", "", "V7"},
    {"17 A42", MESSAGE("A42", "1", BERTA("8"), "MRG|||||V8\rPV1|1|I|||||||||||||||||V9\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A50 renames a visit", MESSAGE("A50", "1", BERTA("8"), "MRG|||||V8\rPV1|1|I|||||||||||||||||V9\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"17 A51", MESSAGE("A51", "1", BERTA("8"), "MRG||||||ALT\rPV1|1|I|||||||||||||||||V9\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"19 into itself", MESSAGE("A40", "1", BERTA("8"), "MRG|8\r"), NULL, "identity.19", NULL, NULL, NULL, NULL},
    {"19 PID-3 holds both", MESSAGE("A40", "1", "7^^^GEN^MR~" BERTA("8"), "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"19 no MRG", MESSAGE("A40", "1", BERTA("8"), ""), NULL, "identity.19", NULL, NULL, NULL, NULL},
    {"19 MRG of a plan's number alone", MESSAGE("A40", "1", BERTA("8"), "MRG|M1^^^PLAN^MB\r"), NULL, "identity.19", NULL, NULL, NULL, NULL},
    {"19 a visit renamed to itself", MESSAGE("A50", "1", BERTA("8"), "MRG|||||V8\rPV1|1|I|||||||||||||||||V8\r"), NULL, "identity.19", NULL, NULL, NULL, NULL},
    {"19 an account moved to where it is", MESSAGE("A44", "1", BERTA("8") "||||||||||ACC", "MRG|8||ACC\r"), NULL, "identity.19", NULL, NULL, NULL, NULL},
    {"17 a target known by its plan id alone", MESSAGE("A40", "1", "M2^^^PLAN^MB||Brown^Berta||19500101|F", "MRG|7\r"), "M2", "identity.5", "M1", "7", "", ""},
    {"17 a number that nobody saw", MESSAGE("A40", "1", BERTA("8"), "MRG|99\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
    {"11 the losing number's link names a target without ids", MESSAGE("A40", "1", "78^^^GEN^MR||Anders^Anna||19500101", "MRG|7\r"), "M1", "identity.11", NULL, NULL, NULL, NULL},
    {"no merge: A06 with the old account in MRG", MESSAGE("A06", "1", BERTA("8"), "MRG|7||ACC\rPV1|1|I\r"), "M2", "identity.5", NULL, NULL, NULL, NULL},
};

Test(moves, each_event_takes_along_what_it_says)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        char feed[16];
        snprintf(feed, sizeof feed, "feed-%zu", i);
        seen(feed);
        size_t at = world_send(&w, feed, rows[i].bytes);
        cr_assert_eq(w.out_count, at + 1 + (rows[i].from != NULL), "%s: %zu records", rows[i].name, w.out_count - at);
        cr_expect_str_eq(w.out[at].rule, rows[i].rule, "%s: %s", rows[i].name, w.out[at].rule);
        cr_expect_not(w.out[at].move, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at].member, rows[i].to ? rows[i].to : "", "%s", rows[i].name);
        if (!rows[i].to)
            cr_expect_eq(w.out[at].state, ADT_UNMATCHED_UNMATCHED_STATE_REFUSED, "%s", rows[i].name);
        if (!rows[i].from)
            continue;
        cr_expect(w.out[at + 1].move, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at + 1].from, rows[i].from, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at + 1].to, rows[i].to, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at + 1].patient, rows[i].patient, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at + 1].account, rows[i].account, "%s", rows[i].name);
        cr_expect_str_eq(w.out[at + 1].visit, rows[i].visit, "%s: %s", rows[i].name, w.out[at + 1].visit);
        cr_expect_str_neq(w.out[at + 1].id, w.out[at].id, "%s", rows[i].name);
    }
}

Test(moves, late_messages_of_the_losing_number_follow_it)
{
    seen("f");
    world_send(&w, "f", MESSAGE("A40", "1", BERTA("8"), "MRG|7\r"));
    cr_expect_eq(moves_of("M1", "M2"), 1);
    world_send(&w, "f", MESSAGE("A03", "2", ANNA("7"), "PV1|1|I|||||||||||||||||V7\r"));
    cr_expect_str_eq(last(0)->member, "M2");
    cr_expect_str_eq(last(0)->rule, "identity.18");
    world_send(&w, "g", MESSAGE("A03", "2", ANNA("7"), "PV1|1|I|||||||||||||||||V7\r"));
    cr_expect_str_eq(last(0)->member, "M1", "another feed's 7 is another patient's");
    /* PID-3 holds the live number and the one that went: the live one speaks. */
    world_send(&w, "f", MESSAGE("A08", "3", "7^^^GEN^MR~8^^^GEN^MR||Brown^B||19500101", ""));
    cr_expect_str_eq(last(0)->member, "M2");
    cr_expect_eq(moves_of("M1", "M2"), 1);
}

Test(moves, the_same_merge_again_and_swapped_changes_nothing)
{
    seen("f");
    world_send(&w, "f", MESSAGE("A40", "1", BERTA("8"), "MRG|7\r"));
    size_t at = world_send(&w, "f", MESSAGE("A40", "2", BERTA("8"), "MRG|7\r"));
    cr_expect_eq(w.out_count, at + 1, "nothing is left under 7");
    world_send(&w, "f", MESSAGE("A40", "3", ANNA("7"), "MRG|8\r"));
    cr_expect_str_eq(last(0)->rule, "identity.19");
    cr_expect_eq(moves_of("M2", "M1"), 0);
    world_send(&w, "f", MESSAGE("A03", "4", BERTA("8"), ""));
    cr_expect_str_eq(last(0)->member, "M2");
}

Test(moves, circles_over_several_numbers_are_refused)
{
    seen("f");
    world_send(&w, "f", MESSAGE("A01", "0", CLARA("9"), ""));
    world_send(&w, "f", MESSAGE("A40", "1", BERTA("8"), "MRG|7\r"));
    world_send(&w, "f", MESSAGE("A40", "2", CLARA("9"), "MRG|8\r"));
    cr_expect_eq(moves_of("M2", "M3"), 1);
    world_send(&w, "f", MESSAGE("A40", "3", ANNA("7"), "MRG|9\r"));
    cr_expect_str_eq(last(0)->rule, "identity.19", "9 took in 8, which took in 7: %s", last(0)->rule);
    cr_expect_eq(moves_of("M3", "M1"), 0);
}

Test(moves, what_waits_under_the_losing_number_goes_with_it)
{
    world_send(&w, "f", MESSAGE("A04", "1", "7^^^GEN^MR||Unknown^Jane||", ""));
    cr_expect_eq(world_parked(&w), 1);
    world_send(&w, "f", MESSAGE("A40", "2", BERTA("8"), "MRG|7\r"));
    cr_expect_eq(world_parked(&w), 0);
    cr_expect_str_eq(last(0)->member, "M2");
    cr_expect_str_eq(last(0)->event, "A04");
    cr_expect_str_eq(last(0)->rule, "identity.18");
}

Test(moves, a_merge_that_waits_takes_its_facts_along_when_it_leaves)
{
    seen("f");
    size_t at = world_send(&w, "f", MESSAGE("A40", "1", "11^^^GEN^MR~M4^^^PLAN^MB||Davis^Dora||19520202|F", "MRG|7\r"));
    cr_expect_eq(w.out_count, at + 1);
    cr_expect_eq(w.out[at].state, ADT_UNMATCHED_UNMATCHED_STATE_PARKED);
    /* Until then a late message goes where the others of its number are; encounters takes it along with them. */
    at = world_send(&w, "f", MESSAGE("A03", "2", "7^^^GEN^MR||Anders^A.||19500101", "PV1|1|I|||||||||||||||||V7\r"));
    cr_expect_str_eq(w.out[at].rule, "identity.11");
    cr_expect_str_eq(w.out[at].member, "M1");
    world_member(&w, "M4", "{\"member_id\":\"M4\",\"family\":\"Davis\",\"birth_date\":19520202,\"coverage\":[{\"from\":20260101}]}", true);
    cr_expect_eq(w.out_count, at + 3);
    cr_expect_str_eq(w.out[at + 1].member, "M4");
    cr_expect_eq(moves_of("M1", "M4"), 1);
    cr_expect_str_eq(last(0)->patient, "7");
}

Test(moves, the_roster_s_own_merge_takes_a_number_s_facts_along_with_its_next_message)
{
    seen("f");
    world_member(&w, "M1", "{\"member_id\":\"M1\",\"family\":\"Anders\",\"birth_date\":19500101,\"replaced_by\":\"M3\"}", true);
    size_t at = world_send(&w, "f", MESSAGE("A03", "1", ANNA("7"), "PV1|1|I|||||||||||||||||V7\r"));
    cr_expect_eq(w.out_count, at + 2);
    cr_expect_str_eq(w.out[at].member, "M3");
    cr_expect_eq(moves_of("M1", "M3"), 1);
    cr_expect_str_eq(last(0)->patient, "7");
    world_send(&w, "f", MESSAGE("A08", "2", "7^^^GEN^MR||Clark^C||19500101", ""));
    cr_expect_str_eq(last(0)->rule, "identity.11");
    cr_expect_eq(moves_of("M1", "M3"), 1, "once");
}

Test(moves, a_message_about_two_patients_is_two)
{
    size_t at = world_send(&w, "f", HEAD("A17", "1") "PID|1||" ANNA("7") "\rPV1|1|I|4N^1^1||||||||||||||||VA\rPID|2||" BERTA("8") "\rPV1|2|I|4N^2^1||||||||||||||||VB\r");
    cr_assert_eq(w.out_count, at + 2);
    cr_expect_str_eq(w.out[at].member, "M1");
    cr_expect_str_eq(w.out[at + 1].member, "M2");
    cr_expect_str_neq(w.out[at].message, w.out[at + 1].message);
    /* Two pairs of PID and MRG: what does not fit into the states of one event is told. */
    seen("g");
    at = world_send(&w, "g", HEAD("A40", "1") "PID|1||" CLARA("9") "\rMRG|7\rPID|2||" CLARA("9") "\rMRG|8\r");
    cr_expect_eq(w.out_count, at + 4);
    cr_expect_eq(moves_of("M1", "M3") + moves_of("M2", "M3"), 2);
    at = world_send(&w, "g", HEAD("A40", "2") "PID|1||" ANNA("21") "\rMRG|22\rPID|2||" ANNA("23") "\rMRG|24\rPID|3||" ANNA("25") "\rMRG|26\rPID|4||" ANNA("27") "\rMRG|28\r");
    cr_expect_eq(w.out_count, at + 4, "each pair is told once");
    for (size_t i = at; i < w.out_count; i++)
        cr_expect(w.out[i].matched || (strcmp(w.out[i].rule, "identity.20") == 0 && w.out[i].state == ADT_UNMATCHED_UNMATCHED_STATE_REFUSED));
    /* Two messages in one frame. */
    at = world_send(&w, "f", MESSAGE("A40", "9", BERTA("8"), "MRG|7\r") "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|2|P|2.5\rOBX|1\r" MESSAGE("A08", "10", CLARA("9"), ""));
    cr_expect_eq(w.out_count, at + 3);
    cr_expect_str_eq(w.out[at].member, "M2");
    cr_expect_eq(moves_of("M1", "M2"), 1);
    cr_expect_str_eq(last(0)->member, "M3");
    cr_expect_str_eq(w.reason, "identity.3 in part");
}
