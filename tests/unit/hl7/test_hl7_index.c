/* The index over a message (I1 to I8 of hl7.h): a row for each form that real senders use. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buf.h"
#include "hl7/types.h"

static struct ho_hl7 msg;

static bool is(struct ho_slice s, const char *text)
{
    return text ? s.ptr && ho_slice_is(s, text) : !s.ptr;
}

/* I1. What PID-3 of the message reads as, by separators that MSH gives. */
static const struct {
    const char *name, *bytes;
    const char *id, *authority, *sub; /* PID-3.1 of the first, PID-3.4.1 of the second repetition, PID-3.4.2 */
    bool odd;
} encodings[] = {
    {"I1 four", "MSH|^~\\&|A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", false},
    {"I1 five, 2.7", "MSH|^~\\&#|A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", false},
    {"I1 three: no escape", "MSH|^~&|A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", true},
    {"I1 three: no subcomponent", "MSH|^~\\|A\rPID|1||7~8^^^X&Y\r", "7", "X&Y", NULL, true},
    {"I1 two", "MSH|^~|A\rPID|1||7~8^^^X&Y\r", "7", "X&Y", NULL, true},
    {"I1 one: nothing repeats", "MSH|^|A\rPID|1||7~8^^^X&Y\r", "7~8", NULL, NULL, true},
    {"I1 a doubled escape", "MSH|^~\\\\&|A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", true},
    {"I1 a doubled escape, 2.7", "MSH|^~\\\\&#|A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", true},
    {"I1 ~ for components", "MSH|~^\\&|A\rPID|1||7^8~~~X&Y\r", "7", "X", "Y", false},
    {"I1 a brace", "MSH|^~\\}|A\rPID|1||7~8^^^X}Y\r", "7", "X", "Y", false},
    {"I1 all others", "MSH@~&#\\@A\rPID@1@@7&8~~~X\\Y\r", "7", "X", "Y", false},
    {"I1 blanks behind", "MSH|^~\\&  |A\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", false},
    {"I1 MSH ends with it", "MSH|^~\\&\rPID|1||7~8^^^X&Y\r", "7", "X", "Y", false},
};

Test(hl7_index, I1_separators_come_from_the_message)
{
    for (size_t i = 0; i < HO_LENGTH(encodings); i++) {
        struct ho_error err = {0};
        const char *name = encodings[i].name;
        cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(encodings[i].bytes), &err), HO_OK, "%s: %s", name, err.text);
        struct ho_slice ids = ho_hl7_field(&msg, ho_hl7_segment(&msg, "PID", 0), 3);
        struct ho_slice authority = ho_hl7_component(&msg, ho_hl7_repetition(&msg, ids, 1), 4);
        cr_assert(is(ho_hl7_get(&msg, "PID", 3, 1), encodings[i].id), "%s", name);
        cr_assert(is(ho_hl7_subcomponent(&msg, authority, 1), encodings[i].authority), "%s", name);
        cr_assert(is(ho_hl7_subcomponent(&msg, authority, 2), encodings[i].sub), "%s", name);
        cr_assert_eq(msg.quirks.odd_encoding, encodings[i].odd, "%s", name);
    }
}

static const struct {
    const char *name, *bytes, *error;
} refused[] = {
    {"nothing", "", "no MSH segment"},
    {"a letter for a separator", "MSHA^~\\&|A", "the message does not begin with MSH"},
    {"a control for a separator", "MSH\x7f^~\\&|A", "the message does not begin with MSH"},
    {"a batch header and no line end", "FHS|^~\\&|A", "no MSH segment"},
    {"blanks alone", " \r\n\t\r", "no MSH segment"},
    {"another segment first", "EVN|A01\rMSH|^~\\&|A\r", "the message does not begin with MSH"},
    {"XML", "<ADT_A01 xmlns=\"urn:hl7-org:v2xml\">", "the message does not begin with MSH"},
    {"MSH alone", "MSH", "the message does not begin with MSH"},
    {"a batch without a message", "FHS|^~\\&|A\rBHS|^~\\&|A\r", "no MSH segment"},
    {"a trailer first", "FHS|^~\\&|A\rBTS|0\r", "the message does not begin with MSH"},
    {"I1 empty MSH-2", "MSH||A\r", "MSH-1 and MSH-2 do not give distinct separators"},
    {"I1 no MSH-2", "MSH|\r", "MSH-1 and MSH-2 do not give distinct separators"},
    {"I1 the same twice", "MSH|^^\\&|A\r", "MSH-1 and MSH-2 do not give distinct separators"},
    {"I1 a letter", "MSH|^~\\A|A\r", "MSH-1 and MSH-2 do not give distinct separators"},
    {"I1 seven", "MSH|^~\\&#@!|A\r", "MSH-1 and MSH-2 do not give distinct separators"},
    {"I1 a blank between", "MSH|^ \\&|A\r", "MSH-1 and MSH-2 do not give distinct separators"},
};

Test(hl7_index, what_is_no_message_is_refused_with_words)
{
    for (size_t i = 0; i < HO_LENGTH(refused); i++) {
        struct ho_error err = {0};
        cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(refused[i].bytes), &err), HO_INVALID, "%s", refused[i].name);
        cr_assert_str_eq(err.text, refused[i].error, "%s", refused[i].name);
        cr_assert_eq(msg.count, 0, "%s", refused[i].name);
    }
}

static const struct {
    const char *name;
    struct ho_slice bytes;
    struct ho_hl7_quirks quirks;
} lines[] = {
    {"I2 CR", HO_SLICE("MSH|^~\\&|A\rPID|1||7\rPV1|1|I\r"), {0}},
    {"I2 LF", HO_SLICE("MSH|^~\\&|A\nPID|1||7\nPV1|1|I\n"), {0}},
    {"I2 CRLF", HO_SLICE("MSH|^~\\&|A\r\nPID|1||7\r\nPV1|1|I\r\n"), {0}},
    {"I2 none at the end", HO_SLICE("MSH|^~\\&|A\rPID|1||7\rPV1|1|I"), {0}},
    {"I2 doubled CR", HO_SLICE("MSH|^~\\&|A\r\rPID|1||7\r\rPV1|1|I\r\r"), {.blank_lines = 3}},
    {"I2 CRLF and blank lines", HO_SLICE("MSH|^~\\&|A\r\n\r\nPID|1||7\r\n\r\nPV1|1|I"), {.blank_lines = 2}},
    {"I2 mixed", HO_SLICE("MSH|^~\\&|A\nPID|1||7\rPV1|1|I\r\n"), {.mixed_ends = true}},
    {"I2 LFCR", HO_SLICE("MSH|^~\\&|A\n\rPID|1||7\n\rPV1|1|I"), {.mixed_ends = true, .blank_lines = 2}},
    {"I3 blanks before", HO_SLICE("  MSH|^~\\&|A\r PID|1||7\r\tPV1|1|I\r"), {.blanks_before = 3}},
    {"I3 NULs before", HO_SLICE("\0\0MSH|^~\\&|A\r\0PID|1||7\rPV1|1|I\r\0\0"), {.blanks_before = 2}},
    {"I3 lower case", HO_SLICE("msh|^~\\&|A\rpid|1||7\rPv1|1|I\r"), {.lower_names = 3}},
    {"I3 a byte order mark", HO_SLICE("\xef\xbb\xbfMSH|^~\\&|A\rPID|1||7\rPV1|1|I\r"), {.mark = true}},
    {"I3 batch headers", HO_SLICE("FHS|^~\\&|F\rBHS|^~\\&|B\rMSH|^~\\&|A\rPID|1||7\rPV1|1|I\r"), {.batch_headers = 2}},
    {"I3 lower case at the end", HO_SLICE("MSH|^~\\&|A\rPIdD\rPId|1||7\rPV1|1|I\r"), {.lower_names = 1, .no_segments = 1}},
    {"I4 names of signs", HO_SLICE("MSH|^~\\&|A\rPI-|1\r1ID|1\rP D|1\rPID|1||7\rPV1|1|I\r"), {.no_segments = 3}},
    {"I4 a line end in a field", HO_SLICE("MSH|^~\\&|A\rPID|1||7||note\rgoes on\rPV1|1|I\r"), {.no_segments = 1}},
    {"I4 words that begin like MSH", HO_SLICE("MSH|^~\\&|A\rPID|1||7||x\rMSH is what\rPV1|1|I\r"), {.no_segments = 1}},
};

Test(hl7_index, I2_I3_I4_what_is_tolerated_is_counted)
{
    for (size_t i = 0; i < HO_LENGTH(lines); i++) {
        struct ho_hl7_quirks got, want = lines[i].quirks;
        cr_assert_eq(ho_hl7_parse(&msg, lines[i].bytes, NULL), HO_OK, "%s", lines[i].name);
        cr_assert(is(ho_hl7_get(&msg, "PID", 3, 1), "7"), "%s", lines[i].name);
        cr_assert(is(ho_hl7_get(&msg, "PV1", 2, 1), "I"), "%s", lines[i].name);
        cr_assert_null(msg.rest.ptr, "%s", lines[i].name);
        got = msg.quirks;
        cr_assert_eq(got.blank_lines, want.blank_lines, "%s: %u blank lines", lines[i].name, got.blank_lines);
        cr_assert_eq(got.blanks_before, want.blanks_before, "%s: %u", lines[i].name, got.blanks_before);
        cr_assert_eq(got.lower_names, want.lower_names, "%s", lines[i].name);
        cr_assert_eq(got.no_segments, want.no_segments, "%s: %u", lines[i].name, got.no_segments);
        cr_assert_eq(got.batch_headers, want.batch_headers, "%s", lines[i].name);
        cr_assert_eq(got.mark, want.mark, "%s", lines[i].name);
        cr_assert_eq(got.mixed_ends, want.mixed_ends, "%s", lines[i].name);
    }
}

Test(hl7_index, I5_a_second_message_of_the_frame_is_told_apart)
{
    static const char two[] = "MSH|^~\\&|A||||||ADT^A40|1\rPID|1||7\n msh@~&#\\@B@@@@@@ORU~R01@2\rOBX@1@TX@7";
    cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(two), NULL), HO_OK);
    cr_assert_eq(msg.count, 2);
    cr_assert(is(ho_hl7_get(&msg, "MSH", 10, 1), "1"));
    cr_assert_eq(msg.bytes.len + msg.rest.len, sizeof two - 1);
    cr_assert_eq(ho_hl7_parse(&msg, msg.rest, NULL), HO_OK);
    cr_assert(is(ho_hl7_get(&msg, "MSH", 10, 1), "2"));
    cr_assert(is(ho_hl7_get(&msg, "OBX", 2, 1), "TX"));
    cr_assert_null(msg.rest.ptr);
}

/* The second header may stand anywhere in the blocks that the pass goes by. */
Test(hl7_index, I5_wherever_the_second_message_begins)
{
    struct ho_buf text;
    ho_buf_init(&text, 4096);
    for (int padding = 0; padding < 40; padding++) {
        ho_buf_clear(&text);
        ho_buf_printf(&text, "MSH|^~\\&|%.*s\rPID|1||7\rMSH|^~\\&|B|||||||2\rPID|1||8\rPV1|1|I||||||||||||\r", padding,
                      "0123456789012345678901234567890123456789");
        cr_assert_eq(ho_hl7_parse(&msg, ho_buf_slice(&text), NULL), HO_OK);
        cr_assert_eq(msg.count, 2, "%d", padding);
        cr_assert(is(ho_hl7_get(&msg, "PID", 3, 1), "7"), "%d", padding);
        cr_assert_eq(ho_hl7_parse(&msg, msg.rest, NULL), HO_OK);
        cr_assert_eq(msg.count, 3, "%d", padding);
        cr_assert(is(ho_hl7_get(&msg, "PID", 3, 1), "8"), "%d", padding);
    }
    ho_buf_release(&text);
}

Test(hl7_index, I6_absent_empty_and_null_are_three_things)
{
    static const char text[] = "MSH|^~\\&|A\rPID|1|||\"\"|x^^\"\"~\"\"~~y|\r";
    cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(text), NULL), HO_OK);
    const struct ho_hl7_segment *pid = ho_hl7_segment(&msg, "PID", 0);
    static const struct {
        int field;
        enum ho_hl7_presence presence;
    } rows[] = {{1, HO_HL7_VALUE}, {2, HO_HL7_EMPTY},  {3, HO_HL7_EMPTY},  {4, HO_HL7_NULL},  {5, HO_HL7_VALUE},
                {6, HO_HL7_EMPTY}, {7, HO_HL7_ABSENT}, {99, HO_HL7_ABSENT}, {0, HO_HL7_ABSENT}, {-1, HO_HL7_ABSENT}};
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        cr_assert_eq(ho_hl7_presence(ho_hl7_raw(&msg, pid, rows[i].field)), rows[i].presence, "PID-%d", rows[i].field);
    cr_assert_null(ho_hl7_field(&msg, pid, 2).ptr);
    cr_assert_null(ho_hl7_field(&msg, NULL, 2).ptr);
    struct ho_slice names = ho_hl7_field(&msg, pid, 5);
    cr_assert_eq(ho_hl7_repetitions(&msg, names), 4);
    cr_assert(ho_hl7_is_null(ho_hl7_component(&msg, ho_hl7_repetition(&msg, names, 0), 3)));
    cr_assert_null(ho_hl7_component(&msg, ho_hl7_repetition(&msg, names, 0), 2).ptr);
    cr_assert_null(ho_hl7_component(&msg, ho_hl7_repetition(&msg, names, 0), 0).ptr);
    cr_assert(ho_hl7_is_null(ho_hl7_repetition(&msg, names, 1)));
    cr_assert_null(ho_hl7_repetition(&msg, names, 2).ptr);
    cr_assert(is(ho_hl7_repetition(&msg, names, 3), "y"));
    cr_assert_eq(ho_hl7_repetitions(&msg, ho_hl7_field(&msg, pid, 2)), 0);
}

Test(hl7_index, header_fields_count_from_the_separator)
{
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE("MSH|^~\\&|A^1|B\rEVN\rZZ0|x|\r"), NULL), HO_OK);
    cr_assert(is(ho_hl7_get(&msg, "MSH", 1, 1), "|"));
    cr_assert(is(ho_hl7_get(&msg, "MSH", 2, 1), "^~\\&"));
    cr_assert_null(ho_hl7_get(&msg, "MSH", 2, 2).ptr);
    cr_assert(is(ho_hl7_get(&msg, "MSH", 3, 2), "1"));
    cr_assert(is(ho_hl7_get(&msg, "MSH", 4, 1), "B"));
    cr_assert_null(ho_hl7_get(&msg, "MSH", 5, 1).ptr);
    cr_assert_null(ho_hl7_get(&msg, "EVN", 1, 1).ptr);
    cr_assert(is(ho_hl7_get(&msg, "ZZ0", 1, 1), "x"), "a name with a digit");
    cr_assert_null(ho_hl7_subcomponent(&msg, ho_hl7_get(&msg, "ZZ0", 1, 1), 0).ptr);
    cr_assert_null(ho_hl7_segment(&msg, "", 0));
    cr_assert_null(ho_hl7_segment(&msg, "MSHX", 0));
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE("MSH|^~\\&|A\rMSH"), NULL), HO_OK, "a second one that was cut off");
    cr_assert_null(ho_hl7_field(&msg, ho_hl7_segment(&msg, "MSH", 1), 1).ptr);
}

/* hl7-adt 8.14: MSH-11 and MSH-12 are composites in new versions; a reader of old ones meets them as they are. */
Test(hl7_index, a_composite_gives_its_first_component)
{
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE("MSH|^~\\&|A||||||ADT^A01^ADT_A01|  9|P^T|2.5^^|||AL"), NULL), HO_OK);
    cr_assert(is(ho_hl7_get(&msg, "MSH", 11, 1), "P"));
    cr_assert(is(ho_hl7_get(&msg, "MSH", 12, 1), "2.5"));
    cr_assert(is(ho_hl7_get(&msg, "MSH", 9, 2), "A01"));
    cr_assert(is(ho_hl7_field(&msg, ho_hl7_segment(&msg, "MSH", 0), 10), "  9"), "the control id's blanks are its own");
}

/* I7. A message of more segments than are indexed is still read, and a second one behind it is found. */
Test(hl7_index, I7_segments_beyond_the_limit_are_counted)
{
    struct ho_buf text;
    ho_buf_init(&text, 1 << 20);
    ho_buf_printf(&text, "MSH|^~\\&|A\rPID|1||7\r");
    for (int i = 0; i < HO_HL7_SEGMENTS_MAX; i++)
        ho_buf_printf(&text, "OBX|%d|TX\r", i);
    ho_buf_printf(&text, "MSH|^~\\&|B\r");
    cr_assert_eq(ho_hl7_parse(&msg, ho_buf_slice(&text), NULL), HO_OK);
    cr_assert_eq(msg.count, HO_HL7_SEGMENTS_MAX);
    cr_assert_eq(msg.quirks.beyond, 2);
    cr_assert(is(ho_hl7_get(&msg, "PID", 3, 1), "7"));
    cr_assert_eq(msg.rest.len, 11);
    ho_buf_release(&text);
}

/* I7. Fields beyond the table's room are found too: every field of every segment holds its own number. */
Test(hl7_index, I7_fields_beyond_the_limit_are_found)
{
    struct ho_buf text;
    char want[32];
    ho_buf_init(&text, 1 << 20);
    ho_buf_printf(&text, "MSH|^~\\&|A");
    for (int s = 0; s < 40; s++) {
        ho_buf_printf(&text, "\rZ%02d", s);
        for (int f = 1; f <= (s % 3 ? 10 : 150); f++)
            ho_buf_printf(&text, "|%d.%d", s, f);
    }
    cr_assert_eq(ho_hl7_parse(&msg, ho_buf_slice(&text), NULL), HO_OK);
    for (int s = 0; s < 40; s++)
        for (int f = 1, count = s % 3 ? 10 : 150; f <= count + 1; f++) {
            snprintf(want, sizeof want, "%d.%d", s, f);
            cr_assert(is(ho_hl7_field(&msg, &msg.segments[s + 1], f), f > count ? NULL : want), "%s", want);
        }
    ho_buf_release(&text);
}

/* I7. A field of a million repetitions takes the time of its bytes, not of their square. */
Test(hl7_index, I7_a_hostile_field_is_read_in_bounded_time)
{
    enum { BYTES = 1 << 20 };
    struct ho_buf text;
    ho_buf_init(&text, BYTES + 64);
    ho_buf_printf(&text, "MSH|^~\\&|A\rPID|1||");
    for (int i = 0; i < BYTES; i++)
        ho_buf_append_byte(&text, '~');
    cr_assert_eq(ho_hl7_parse(&msg, ho_buf_slice(&text), NULL), HO_OK);
    struct ho_slice ids = ho_hl7_field(&msg, ho_hl7_segment(&msg, "PID", 0), 3), part;
    cr_assert_eq(ho_hl7_repetitions(&msg, ids), HO_HL7_REPETITIONS_MAX);
    size_t count = 0;
    for (struct ho_hl7_walk walk = ho_hl7_each(&msg, "PID", 3); ho_hl7_next(&walk, &part); count++)
        ;
    cr_assert_eq(count, BYTES + 1);
    ho_buf_release(&text);
}
