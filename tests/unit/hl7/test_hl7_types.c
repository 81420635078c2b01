/* Typed access: each type's components by name, presence, and the forms that old and new versions give them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "hl7/types.h"

static struct ho_hl7 msg;

static void parse(const char *pid)
{
    static char text[1024];
    snprintf(text, sizeof text, "MSH|^~\\&|APP^1.2.3^ISO|FAC\rPID|%s\r", pid);
    cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(text), NULL), HO_OK);
}

static struct ho_slice repetition(int field, size_t nth)
{
    struct ho_slice got = {NULL, 0};
    struct ho_hl7_walk walk = ho_hl7_each(&msg, "PID", field);
    while (ho_hl7_next(&walk, &got))
        if (nth-- == 0)
            return got;
    return (struct ho_slice){NULL, 0};
}

#define IS(slice, text) cr_assert(ho_slice_is(slice, text), #slice ": [%.*s]", HO_SLICE_ARG(slice))
#define ABSENT(slice) cr_assert_eq(ho_hl7_presence(slice), HO_HL7_ABSENT, #slice ": [%.*s]", HO_SLICE_ARG(slice))
#define EMPTY(slice) cr_assert_eq(ho_hl7_presence(slice), HO_HL7_EMPTY, #slice ": [%.*s]", HO_SLICE_ARG(slice))

Test(hl7_types, cx_an_identifier_with_everything)
{
    parse("1||007 8^4^M11^STMARY&1.2.3&ISO^MR^FAC&4.5&ISO^20260101^20271231^later");
    struct ho_hl7_cx id = ho_hl7_cx(&msg, repetition(3, 0));
    cr_assert_eq(id.presence, HO_HL7_VALUE);
    IS(id.id, "007 8"); /* blanks and leading zeros are the identifier's own */
    IS(id.check_digit, "4");
    IS(id.scheme, "M11");
    IS(id.authority.name, "STMARY");
    IS(id.authority.universal_id, "1.2.3");
    IS(id.authority.universal_type, "ISO");
    IS(id.type, "MR");
    IS(id.facility.universal_id, "4.5");
    IS(id.effective, "20260101");
    IS(id.expires, "20271231");
}

/* hl7-adt 8.6: null and empty repetitions, and an authority's name where its type code stands. */
Test(hl7_types, cx_repetitions_that_are_null_or_empty)
{
    parse("1||29^^X^PI~\"\"~~12345678901234567890123");
    static const enum ho_hl7_presence want[] = {HO_HL7_VALUE, HO_HL7_NULL, HO_HL7_EMPTY, HO_HL7_VALUE};
    struct ho_slice got;
    size_t count = 0;
    for (struct ho_hl7_walk walk = ho_hl7_each(&msg, "PID", 3); ho_hl7_next(&walk, &got); count++)
        cr_assert_eq(ho_hl7_cx(&msg, got).presence, want[count], "%zu", count);
    cr_assert_eq(count, HO_LENGTH(want));
    struct ho_hl7_cx first = ho_hl7_cx(&msg, repetition(3, 0)), null = ho_hl7_cx(&msg, repetition(3, 1));
    EMPTY(first.check_digit);
    IS(first.authority.name, "PI");
    ABSENT(first.authority.universal_id);
    ABSENT(first.type);
    IS(null.id, "\"\"");
    ABSENT(null.type);
    IS(ho_hl7_cx(&msg, repetition(3, 3)).id, "12345678901234567890123");
    struct ho_hl7_cx none = ho_hl7_cx(&msg, repetition(4, 0));
    cr_assert_eq(none.presence, HO_HL7_ABSENT);
    ABSENT(none.id);
}

Test(hl7_types, xpn_a_name_old_and_new)
{
    parse("1||||van der Berg&van der&Berg&&^Anna^Q^Jr^Dr^PhD^L~O\\T\\Brien^\"\"");
    struct ho_hl7_xpn name = ho_hl7_xpn(&msg, repetition(5, 0)), alias = ho_hl7_xpn(&msg, repetition(5, 1));
    IS(name.family, "van der Berg");
    IS(name.family_prefix, "van der");
    IS(name.own_family, "Berg");
    IS(name.given, "Anna");
    IS(name.further, "Q");
    IS(name.suffix, "Jr");
    IS(name.prefix, "Dr");
    IS(name.degree, "PhD");
    IS(name.type, "L");
    IS(alias.family, "O\\T\\Brien"); /* escapes are resolved on demand, never before the cut */
    cr_assert(ho_hl7_is_null(alias.given));
    ABSENT(alias.type);
}

Test(hl7_types, xad_and_xtn)
{
    parse("1||||||||||12 Example St&Example St&12^Apt 2^Springfield^MA^01103-1234^USA^H^^Hampden||"
          "(413)555-0134^PRN^PH~^NET^Internet^a@example.org~^^^^1^413^5550134^7^night^^^+14135550134");
    struct ho_hl7_xad address = ho_hl7_xad(&msg, repetition(11, 0));
    IS(address.street, "12 Example St");
    IS(address.other, "Apt 2");
    IS(address.city, "Springfield");
    IS(address.state, "MA");
    IS(address.zip, "01103-1234");
    IS(address.country, "USA");
    IS(address.type, "H");
    IS(address.county, "Hampden");
    struct ho_hl7_xtn old = ho_hl7_xtn(&msg, repetition(13, 0)), mail = ho_hl7_xtn(&msg, repetition(13, 1)),
                      parts = ho_hl7_xtn(&msg, repetition(13, 2));
    IS(old.formatted, "(413)555-0134");
    IS(old.use, "PRN");
    IS(old.equipment, "PH");
    ABSENT(old.email);
    EMPTY(mail.formatted);
    IS(mail.email, "a@example.org");
    IS(parts.country, "1");
    IS(parts.area, "413");
    IS(parts.local, "5550134");
    IS(parts.extension, "7");
    IS(parts.text, "night");
    IS(parts.unformatted, "+14135550134");
}

Test(hl7_types, xcn_pl_cwe_and_hd)
{
    parse("1||1234567890^Grey&van^Alan^B^Jr^Dr^MD^src^NPPES&2.16&ISO^L^3^NPI^NPI^FAC&9&ISO|3W^312^A^STMARY&1.2&ISO^O^N^B1^3^west|"
          "I50.9^Heart failure^I10^428.0^CHF^I9^2026^2013^hf|I");
    struct ho_hl7_xcn doctor = ho_hl7_xcn(&msg, repetition(3, 0));
    IS(doctor.id, "1234567890");
    IS(doctor.family, "Grey");
    IS(doctor.given, "Alan");
    IS(doctor.further, "B");
    IS(doctor.suffix, "Jr");
    IS(doctor.prefix, "Dr");
    IS(doctor.degree, "MD");
    IS(doctor.authority.name, "NPPES");
    IS(doctor.name_type, "L");
    IS(doctor.id_type, "NPI");
    IS(doctor.facility.universal_type, "ISO");
    struct ho_hl7_pl place = ho_hl7_pl(&msg, repetition(4, 0));
    IS(place.point_of_care, "3W");
    IS(place.room, "312");
    IS(place.bed, "A");
    IS(place.facility.name, "STMARY");
    IS(place.status, "O");
    IS(place.type, "N");
    IS(place.building, "B1");
    IS(place.floor, "3");
    IS(place.description, "west");
    struct ho_hl7_cwe code = ho_hl7_cwe(&msg, repetition(5, 0)), bare = ho_hl7_cwe(&msg, repetition(6, 0));
    IS(code.code, "I50.9");
    IS(code.text, "Heart failure");
    IS(code.system, "I10");
    IS(code.other_code, "428.0");
    IS(code.other_text, "CHF");
    IS(code.other_system, "I9");
    IS(code.version, "2026");
    IS(code.other_version, "2013");
    IS(code.original, "hf");
    IS(bare.code, "I");
    ABSENT(bare.text);
    struct ho_hl7_hd application = ho_hl7_hd(&msg, ho_hl7_get(&msg, "MSH", 3, 1));
    IS(application.name, "APP");
    application = ho_hl7_hd(&msg, ho_hl7_field(&msg, ho_hl7_segment(&msg, "MSH", 0), 3));
    IS(application.universal_id, "1.2.3");
    IS(application.universal_type, "ISO");
}

Test(hl7_types, a_message_without_subcomponents_keeps_the_whole)
{
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE("MSH|^~\\|A\rPID|1||7^^^X&1.2&ISO^MR||A&B^C"), NULL), HO_OK);
    struct ho_hl7_cx id = ho_hl7_cx(&msg, repetition(3, 0));
    IS(id.authority.name, "X&1.2&ISO");
    ABSENT(id.authority.universal_id);
    IS(ho_hl7_xpn(&msg, repetition(5, 0)).family, "A&B");
}

Test(hl7_types, each_walks_nothing_that_is_not_there)
{
    struct ho_slice got;
    parse("1||||");
    struct ho_hl7_walk none = ho_hl7_each(&msg, "ZZZ", 1), empty = ho_hl7_each(&msg, "PID", 3),
                       encoding = ho_hl7_each(&msg, "MSH", 2);
    cr_assert_not(ho_hl7_next(&none, &got));
    cr_assert_not(ho_hl7_next(&empty, &got));
    cr_assert(ho_hl7_next(&encoding, &got) && ho_slice_is(got, "^~\\&"));
    cr_assert_not(ho_hl7_next(&encoding, &got));
}

Test(hl7_types, the_zone_of_msh_7_is_the_default)
{
    static const struct {
        const char *text;
        bool has;
        int32_t offset_min;
    } rows[] = {{"MSH|^~\\&|A||||20261124071615-0500", true, -300}, {"MSH|~^\\&|A||||202611240716+0215~M", true, 135},
                {"MSH|^~\\&|A||||20261124071615", false, 0},      {"MSH|^~\\&|A||||noon-0500", false, 0},
                {"MSH|^~\\&|A", false, 0}};
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        int32_t offset_min = 0;
        cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(rows[i].text), NULL), HO_OK);
        cr_assert_eq(ho_hl7_default_offset(&msg, &offset_min), rows[i].has, "%s", rows[i].text);
        cr_assert_eq(offset_min, rows[i].offset_min, "%s", rows[i].text);
    }
}
