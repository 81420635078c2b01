/* A row per rule of matching, and the near misses. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/identity/world.h"

static struct world w;

#define COVERED "\"coverage\":[{\"from\":20260101}]"
#define ADD(id, rest) world_member(&w, id, "{\"member_id\":\"" id "\"," rest "}", false)

static void setup(void)
{
    world_init(&w);
    ADD("M1", "\"family\":\"Smith-Jones\",\"birth_date\":19500101," COVERED);
    ADD("M2", "\"family\":\"Smith-Jones\",\"birth_date\":19500101," COVERED);
    ADD("M3", "\"family\":\"Núñez\",\"birth_date\":19600202,\"coverage\":[{\"from\":20260101,\"to\":20260630}]");
    ADD("OLD", "\"family\":\"Smith-Jones\",\"birth_date\":19500101,\"replaced_by\":\"M1\"");
    ADD("C1", "\"family\":\"Circle\",\"birth_date\":19700707,\"replaced_by\":\"C2\"");
    ADD("C2", "\"family\":\"Circle\",\"birth_date\":19700707,\"replaced_by\":\"C1\"");
    /* Demographics alone: Ana has all, the twins share all but the given name, the namesakes share a house. */
    ADD("A1", "\"family\":\"García López\",\"given\":\"Ana María\",\"birth_date\":19480811,\"sex\":\"F\",\"zip\":\"63101\",\"phone\":\"314-555-0101\"," COVERED);
    ADD("T1", "\"family\":\"Fisher\",\"given\":\"Paul\",\"birth_date\":19480812,\"sex\":\"M\",\"zip\":\"63102\",\"phone\":\"3145550106\"," COVERED);
    ADD("T2", "\"family\":\"Fisher\",\"given\":\"Peter\",\"birth_date\":19480812,\"sex\":\"M\",\"zip\":\"63102\",\"phone\":\"3145550106\"," COVERED);
    ADD("N1", "\"family\":\"Nguyen\",\"given\":\"Kim\",\"birth_date\":19550505,\"sex\":\"F\",\"zip\":\"63103\",\"phone\":\"3145550201\"," COVERED);
    ADD("N2", "\"family\":\"Nguyễn\",\"given\":\"Kim\",\"birth_date\":19550505,\"sex\":\"F\",\"zip\":\"63103\",\"phone\":\"3145550202\"," COVERED);
    ADD("U1", "\"family\":\"Unplaced\",\"given\":\"Ida\",\"birth_date\":19510505,\"sex\":\"F\"," COVERED);
    ADD("U2", "\"family\":\"Unplaced\",\"given\":\"Ida\",\"birth_date\":19510505,\"sex\":\"F\",\"zip\":\"63104\"," COVERED);
    ADD("E1", "\"family\":\"Ended\",\"given\":\"Eva\",\"birth_date\":19490909,\"sex\":\"F\",\"zip\":\"63105\",\"coverage\":[{\"from\":20250101,\"to\":20251231}]");
    ADD("H1", "\"family\":\"Hart\",\"given\":\"Hugo\",\"birth_date\":19400303,\"sex\":\"M\"," COVERED);
    ADD("R0", "\"family\":\"Renamed\",\"given\":\"Rita\",\"birth_date\":19530303,\"sex\":\"F\",\"zip\":\"63106\",\"replaced_by\":\"R1\"");
    ADD("R1", "\"family\":\"Renamed\",\"given\":\"Rita\",\"birth_date\":19530303,\"sex\":\"F\",\"zip\":\"63106\"," COVERED);
}

static void teardown(void)
{
    world_release(&w);
}

TestSuite(identity, .init = setup, .fini = teardown);

#define MSH "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A01|1|P|2.5.1\rEVN|A01|20261101120000\r"
#define PV1 "PV1|1|I\r"


#define PID(name, birth, sex, address, phone) \
    MSH "PID|1||77^^^GEN^MR||" name "||" birth "|" sex "|||" address "||" phone "\r" PV1
#define SUBSCRIBER(id) "IN1|1|||||||||||||||||||||||||||||||||||" id "\r"

static const struct {
    const char *name, *bytes, *member, *rule; /* member NULL: not matched, with that reason */
} rows[] = {
    {"4 PID-3 of type MB", MSH "PID|1||M1^^^PLAN^MB||SMITH JONES^A||19500101\r" PV1, "M1", "identity.5"},
    {"4 PID-3 without type", MSH "PID|1||M1||SMITH JONES^A||19500101\r" PV1, "M1", "identity.5"},
    {"4 a local number never counts", MSH "PID|1||M1^^^GEN^MR||X^A||19500101\r" PV1, NULL, "identity.9"},
    {"4 IN1-36", MSH "PID|1||9^^^GEN^MR||Smith-Jones^A||19500101\r" PV1 SUBSCRIBER("M2"), "M2", "identity.5"},
    {"4 IN1-36 of the second insurance", MSH "PID|1||9^^^GEN^MR||Smith-Jones^A||19500101\r" PV1 SUBSCRIBER("MEDICARE") SUBSCRIBER("M2"), "M2", "identity.5"},
    {"4 IN1-49", MSH "PID|1||9^^^GEN^MR||Smith-Jones^A||19500101\r" PV1 "IN1|1||||||||||||||||||||||||||||||||||||||||||||||||M2^^^PLAN\r", "M2", "identity.5"},
    {"4 IN2-61", MSH "PID|1||9^^^GEN^MR||Smith-Jones^A||19500101\r" PV1 "IN2|1||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||M2\r", "M2", "identity.5"},
    {"4 null and empty repetitions", MSH "PID|1||\"\"^^^X^MB~~M1^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, "M1", "identity.5"},
    {"5 name alone, accents folded", MSH "PID|1||M3^^^PLAN^MB||NUNEZ^X||\r" PV1, NULL, "identity.10"},
    {"5 a name in Latin-1", MSH "PID|1||M3^^^PLAN^MB||N\xda\xd1" "EZ^X||\r" PV1, NULL, "identity.10"},
    {"5 names in hexadecimal", MSH "PID|1||H1^^^PLAN^MB||H\\XE4\\rt^Hugo||19400303\r" "PV1|1|I|||||1^M\\XFC\\ller^J\\XF6\\rg\r",
     "H1", "identity.5"},
    {"5 names in a set of Windows, the attending's too", MSH "PID|1||H1^^^PLAN^MB||H\xe4rt^Hugo||19400303\r" "PV1|1|I|||||1^M\xfcller^J\xf6rg\r",
     "H1", "identity.5"},
    {"5 birth date alone", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||19500101\r" PV1, "M1", "identity.5"},
    {"5 birth date with time", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||195001010000-0500\r" PV1, "M1", "identity.5"},
    {"5 family name alone, without birth date", MSH "PID|1||H1^^^PLAN^MB||Hart^Hugo||\r" PV1, "H1", "identity.5"},
    {"5 family and given name, another birth date", MSH "PID|1||H1^^^PLAN^MB||Hart^Hugo||19410303\r" PV1, "H1", "identity.5"},
    {"5 a generation is no part of the name", MSH "PID|1||H1^^^PLAN^MB||Hart Jr.^Hugo||\r" PV1, "H1", "identity.5"},
    {"5 the wife of the subscriber, of his name", MSH "PID|1||7^^^GEN^MR||Hart^Helga||19430404\r" PV1 SUBSCRIBER("H1"), NULL, "identity.8"},
    {"6 two members agree", MSH "PID|1||M1^^^PLAN^MB~M2^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, NULL, "identity.6"},
    {"6 a twin under the other's id", MSH "PID|1||T1^^^PLAN^MB||Fisher^Peter||19480812|M|||^^^^63102\r" PV1, NULL, "identity.6"},
    {"5 a twin under his own id", MSH "PID|1||T2^^^PLAN^MB||Fisher^Peter||19480812|M|||^^^^63102\r" PV1, "T2", "identity.5"},
    {"7 a replaced id", MSH "PID|1||OLD^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, "M1", "identity.5"},
    {"7 a circle", MSH "PID|1||C1^^^PLAN^MB||Circle^A||19700707\r" PV1, NULL, "identity.7"},
    {"8 neither agrees", MSH "PID|1||M1^^^PLAN^MB||OTHER^A||19510101\r" PV1, NULL, "identity.8"},
    {"8 the subscriber's id on a wife's visit", MSH "PID|1||7^^^GEN^MR||WIFE^W||19520303\r" PV1 SUBSCRIBER("M1"), NULL, "identity.8"},
    {"8 somebody of that name and date came near", MSH "PID|1||X9^^^PLAN^MB||Smith-Jones^A||19500101\r" PV1, NULL, "identity.8"},
    {"9 not a member", MSH "PID|1||X9^^^PLAN^MB||Stranger^A||19500101\r" PV1, NULL, "identity.9"},
    {"9 no PID-3", MSH "PID|1||||Stranger^A||19500101\r" PV1, NULL, "identity.9"},
    {"9 no PID at all", MSH PV1, NULL, "identity.9"},
    {"no PV1", MSH "PID|1||M1^^^PLAN^MB||Smith-Jones^A||19500101\r", "M1", "identity.5"},
    {"12 all, by ZIP", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "F", "1 Elm^^St. Louis^MO^63101-1234", ""), "A1", "identity.12"},
    {"12 all, by phone", PID("Garc\xc3\xad" "a-L\xc3\xb3pez^Ana-Mar\xc3\xad" "a", "19480811", "female", "", "(314)555-0101^PRN^PH"), "A1", "identity.12"},
    {"12 phone in its parts", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "F", "", "^PRN^PH^^1^314^5550101"), "A1", "identity.12"},
    {"12 a seven-digit phone", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "F", "", "555-0101"), "A1", "identity.12"},
    {"12 the legal name, not the alias", PID("Smith^A^^^^^A~GARCIA LOPEZ^ANA MARIA^^^^^L", "19480811", "F", "^^^^63101", ""), "A1", "identity.12"},
    {"12 a name and a date alone never match", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "F", "", ""), NULL, "identity.8"},
    {"12 a member whose place nobody knows", PID("Hart^Hugo", "19400303", "M", "^^^^63101", "3145550101"), NULL, "identity.8"},
    {"12 another house", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "F", "^^^^90210", "2125550000"), NULL, "identity.8"},
    {"12 another sex", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "M", "^^^^63101", "314-555-0101"), NULL, "identity.8"},
    {"12 a twin", PID("Fisher^Paul", "19480812", "M", "^^^^63102", "3145550106"), "T1", "identity.12"},
    {"12 the twin who is no member", PID("Fisher^Pablo", "19480812", "M", "^^^^63102", "3145550106"), NULL, "identity.8"},
    {"12 namesakes of one house, the phone of one: both are in the ZIP", PID("Nguyen^Kim", "19550505", "F", "^^^^63103", "3145550201"), NULL, "identity.14"},
    {"12 namesakes: the phone is of one alone", PID("Nguyen^Kim", "19550505", "F", "", "3145550201"), "N1", "identity.12"},
    {"12 a namesake whose place is not known", PID("Unplaced^Ida", "19510505", "F", "^^^^63104", ""), NULL, "identity.14"},
    {"10 exact, but not covered that day", PID("Ended^Eva", "19490909", "F", "^^^^63105", ""), NULL, "identity.10"},
    {"12 a replaced row and the one that stands are one", PID("Renamed^Rita", "19530303", "F", "^^^^63106", ""), "R1", "identity.12"},
    {"13 one letter of the family name", PID("GARCIA LOPES^ANA MARIA", "19480811", "F", "^^^^63101", "314-555-0101"), "A1", "identity.13"},
    {"13 one of two family names", PID("GARCIA^ANA MARIA", "19480811", "F", "^^^^63101", "314-555-0101"), "A1", "identity.13"},
    {"13 a day beside, with ZIP and phone", PID("GARCIA LOPEZ^ANA MARIA", "19480810", "F", "^^^^63101", "314-555-0101"), "A1", "identity.13"},
    {"13 a day beside, with ZIP alone", PID("GARCIA LOPEZ^ANA MARIA", "19480810", "F", "^^^^63101", ""), NULL, "identity.8"},
    {"13 two days beside", PID("GARCIA LOPEZ^ANA MARIA", "19480809", "F", "^^^^63101", "314-555-0101"), NULL, "identity.9"},
    {"13 a part of the given name", PID("GARCIA LOPEZ^ANA", "19480811", "F", "^^^^63101", ""), "A1", "identity.13"},
    {"13 sex not sent", PID("GARCIA LOPEZ^ANA MARIA", "19480811", "U", "^^^^63101", ""), "A1", "identity.13"},
    {"13 another second given name: a sister", PID("GARCIA LOPEZ^ANA LUISA", "19480811", "F", "^^^^63101", "314-555-0101"), NULL, "identity.8"},
    {"13 a twin a day beside, his phone", PID("Fisher^Paul", "19480811", "M", "^^^^63102", "3145550106"), "T1", "identity.13"},
    {"13 no birth date", PID("GARCIA LOPEZ^ANA MARIA", "", "F", "^^^^63101", "314-555-0101"), NULL, "identity.9"},
    {"14 two within the margin", PID("Nguyen^Kim", "19550504", "F", "^^^^63103", "3145550201"), NULL, "identity.14"},
};

Test(identity, each_message_finds_its_member_or_waits_with_its_rule)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        char feed[16];
        snprintf(feed, sizeof feed, "feed-%zu", i); /* a feed of its own: no link of another row helps */
        size_t at = world_send(&w, feed, rows[i].bytes);
        cr_assert_eq(w.out_count, at + 1, "%s", rows[i].name);
        cr_expect_eq(w.out[at].matched, rows[i].member != NULL, "%s: %s", rows[i].name, w.out[at].rule);
        cr_expect_str_eq(w.out[at].rule, rows[i].rule, "%s: %s", rows[i].name, w.out[at].rule);
        cr_expect_str_eq(w.out[at].key, rows[i].member ? rows[i].member : feed, "%s: %s", rows[i].name, w.out[at].key);
        /* Rule 1: the same bytes again. */
        world_send(&w, feed, rows[i].bytes);
        cr_expect_eq(w.outcome, HO_IGNORED, "%s", rows[i].name);
        cr_expect_eq(w.out_count, at + 1, "%s", rows[i].name);
    }
}

static const struct {
    const char *name, *bytes;
    enum ho_outcome outcome;
    const char *reason;
} others[] = {
    {"2 not HL7", "PID|1||M1\r", HO_POISON, "identity.2 not HL7"},
    {"2 empty", "", HO_POISON, "identity.2 not HL7"},
    {"2 XML", "<ADT_A01 xmlns='urn:hl7-org:v2xml'/>", HO_POISON, "identity.2 XML"},
    {"2 no MSH-9", "MSH|^~\\&|EHR|GEN\r", HO_POISON, "identity.2 not HL7"},
    {"2 more patients than a message may have", MSH "PID|1\rPID|2\rPID|3\rPID|4\rPID|5\rPID|6\rPID|7\rPID|8\rPID|9\r",
     HO_POISON, "identity.2 too many patients"},
    {"3 not ADT", "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|1|P|2.5\r", HO_IGNORED, "identity.3 not ADT"},
    {"2 two that cannot be read", "MSH|^~\\&|EHR|GEN\rMSH|\rZZZ|1\r", HO_POISON, "identity.2 not HL7"},
    {"2 one that cannot be read beside one that is not ADT", "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|1|P|2.5\rMSH|\r", HO_POISON,
     "identity.2 not HL7"},
    {"3 bed status", "MSH|^~\\&|EHR|GEN|P|H|2026||ADT^A20|1|P|2.5\r", HO_IGNORED, "identity.3 no patient"},
};

Test(identity, what_is_no_patient_message_is_ignored_or_poison)
{
    for (size_t i = 0; i < HO_LENGTH(others); i++) {
        world_send(&w, "default", others[i].bytes);
        cr_expect_eq(w.outcome, others[i].outcome, "%s", others[i].name);
        cr_expect_str_eq(w.reason, others[i].reason, "%s: %s", others[i].name, w.reason);
        cr_expect_eq(w.out_count, 0, "%s", others[i].name);
    }
}

#define ADT(control, visit) \
    "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A01|" control "|P|2.5.1\rPID|1||M1^^^PLAN^MB||Smith-Jones^A||19500101\r" visit
#define TIMES_8(x) x x x x x x x x
#define LONG TIMES_8(TIMES_8(TIMES_8("OBX|1\r")))

/* Of a frame of several messages, which ones count. */
static const struct {
    const char *name, *bytes;
    size_t matched;
    const char *reason;
} frames[] = {
    {"2 the first cannot be read", "MSH|^~\\&|EHR|GEN\r" ADT("1", PV1), 1, "identity.2 in part"},
    {"2 one in the middle", ADT("2", PV1) "MSH|\rPID|1\r" ADT("3", PV1) ADT("4", PV1), 3, "identity.2 in part"},
    {"2 the last, cut off", ADT("5", PV1) "MSH|^~\\&|EHR|", 1, "identity.2 in part"},
    {"2 within a batch", "FHS|^~\\&\rBHS|^~\\&\r" ADT("6", PV1) "MSH|^~\\&|EHR\r" ADT("7", PV1) "BTS|3\rFTS|1\r", 2, "identity.2 in part"},
    {"2 lines behind the batch", "BHS|^~\\&\r" ADT("8", PV1) "BTS|1\rNTE|1\r", 1, "identity.2 in part"},
    {"2 more segments than are indexed", ADT("9", PV1 LONG) ADT("10", PV1), 2, "identity.2 in part"},
    {"3 one that is not ADT, of two", "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|1|P|2.5\rOBX|1\r" ADT("11", PV1), 1, "identity.3 in part"},
    {"2 before 3", "MSH|^~\\&|EHR|GEN|P|H|2026||ORU^R01|1|P|2.5\rMSH|\r" ADT("12", PV1), 1, "identity.2 in part"},
    {"4 each in a set of its own",
     "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A01|13|P|2.5.1||||||8859/1\rPID|1||H1^^^PLAN^MB||H\xe4rt^Hugo||19400303\r" PV1
     "MSH|^~\\&|EHR|GEN|P|H|20261101120000||ADT^A01|14|P|2.5.1||||||UNICODE UTF-8\rPID|1||H1^^^PLAN^MB||H\xc3\xa4rt^Hugo||19400303\r" PV1,
     2, NULL},
};

Test(identity, a_message_that_cannot_be_read_hides_no_other)
{
    for (size_t i = 0; i < HO_LENGTH(frames); i++) {
        char feed[16];
        size_t matched = 0;
        snprintf(feed, sizeof feed, "frame-%zu", i);
        for (size_t at = world_send(&w, feed, frames[i].bytes); at < w.out_count; at++)
            matched += w.out[at].matched;
        cr_expect_eq(w.outcome, HO_APPLIED, "%s", frames[i].name);
        cr_expect_eq(matched, frames[i].matched, "%s: %zu", frames[i].name, matched);
        const char *reason = w.reason && strstr(w.reason, "in part") ? w.reason : "";
        cr_expect_str_eq(reason, frames[i].reason ? frames[i].reason : "", "%s: %s", frames[i].name, w.reason);
    }
}
