/* Character sets: C1 to C9 of charset.h. The family name of a message stands for all of it. */
#include <criterion/criterion.h>
#include <unicode/ucnv.h>

#include "hl7/charset.h"
#include "hl7/types.h"
#include "mllp/mllp.h"

static const struct {
    const char *rule, *declared, *family, *utf8, *charset;
    unsigned notes;
} rows[] = {
    {"C1 nothing declared", "", "Sample", "Sample", "ASCII", 0},
    {"C1 anything declared", "8859/7", "Sample", "Sample", "ASCII", 0},
    {"C1 a name that is not known", "KLINGON", "Sample", "Sample", "ASCII", 0},
    {"C2 UTF-8 bytes", "", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", HO_HL7_CHARSET_CONTRADICTED},
    {"C2 ASCII that is UTF-8", "ASCII", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", HO_HL7_CHARSET_CONTRADICTED},
    {"C2 ASCII that is CP1252", "ASCII", "M\xfcller\x92s", "M\xc3\xbcller\xe2\x80\x99s", "windows-1252", HO_HL7_CHARSET_CONTRADICTED},
    {"C2 null", "\"\"", "M\xfcller", "M\xc3\xbcller", "windows-1252", HO_HL7_CHARSET_CONTRADICTED},
    {"C2 bytes that CP1252 has not", "", "a\x81\x8d\x8f\x90\x9d", "a\xc2\x81\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d", "windows-1252",
     HO_HL7_CHARSET_CONTRADICTED},
    {"C2 not known, UTF-8", "KLINGON", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C2 not known, not UTF-8", "KLINGON", "M\xfcller", "M\xc3\xbcller", "windows-1252",
     HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C2 UTF-8 too long for its character", "", "\xc0\xaf", "\xc3\x80\xc2\xaf", "windows-1252", HO_HL7_CHARSET_CONTRADICTED},
    {"C2 a surrogate in UTF-8", "", "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xe2\x82\xac", "windows-1252", HO_HL7_CHARSET_CONTRADICTED},
    {"C3 UTF-8", "UNICODE UTF-8", "\xe5\xb1\xb1\xf0\x9f\x98\x80", "\xe5\xb1\xb1\xf0\x9f\x98\x80", "UTF-8", 0},
    {"C3 cut off in a character", "UNICODE UTF-8", "M\xc3\xbcller \xe5\xb1", "M\xc3\xbcller \xc3\xa5\xc2\xb1", "UTF-8",
     HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_BYTES},
    {"C3 CP1252 among it", "UTF-8", "M\xc3\xbcller M\xfcller", "M\xc3\xbcller M\xc3\xbcller", "UTF-8",
     HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_BYTES},
    {"C4 8859/1", "8859/1", "M\xfcller", "M\xc3\xbcller", "windows-1252", 0},
    {"C4 8859/1 with CP1252's quote", "8859/1", "O\x92" "Brien", "O\xe2\x80\x99" "Brien", "windows-1252", 0},
    {"C4 8859/1 that is UTF-8", "8859/1", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", HO_HL7_CHARSET_CONTRADICTED},
    {"C4 CP1252", "CP1252", "\x80uro", "\xe2\x82\xacuro", "windows-1252", 0},
    {"C4 its long name", "WINDOWS-1252", "\x80uro", "\xe2\x82\xacuro", "windows-1252", 0},
    {"C4 8859/15", "8859/15", "\xa4uro", "\xe2\x82\xacuro", "ISO-8859-15", 0},
    {"C5 8859/2", "8859/2", "Nov\xe1k \xa3", "Nov\xc3\xa1k \xc5\x81", "ISO-8859-2", 0},
    {"C5 8859/5", "8859/5", "\xb8\xd2\xd0\xdd", "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "ISO-8859-5", 0},
    {"C5 8859/7, believed though it might be UTF-8", "8859/7", "\xce\xb1", "\xce\x9e\xc2\xb1", "ISO-8859-7", 0},
    {"C5 8859/9", "8859/9", "I\xfe\xfdk", "I\xc5\x9f\xc4\xb1k", "ISO-8859-9", 0},
    {"C5 a byte that has no character", "8859/7", "\xe1\xff", "\xce\xb1\xc3\xbf", "ISO-8859-7", HO_HL7_CHARSET_BYTES},
    {"C5 a set that ICU knows", "windows-1251", "\xc8\xe2\xe0\xed", "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "windows-1251", 0},
    {"C5 no EBCDIC", "ibm-037", "M\xfcller", "M\xc3\xbcller", "windows-1252", HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C6 GB 18030", "GB 18030-2000", "\xcd\xf5", "\xe7\x8e\x8b", "gb18030", 0},
    {"C6 BIG-5, a backslash within", "BIG-5", "\xb3\x5c", "\xe8\xa8\xb1", "Big5", 0},
    {"C6 KS X 1001", "KS X 1001", "\xb1\xe8", "\xea\xb9\x80", "windows-949", 0},
    {"C6 bytes that are none", "GB 18030-2000", "\xcd\xf5\xff", "\xe7\x8e\x8b\xc3\xbf", "gb18030", HO_HL7_CHARSET_BYTES},
    {"C8 the first of two", "8859/2~8859/5", "\xa3", "\xc5\x81", "ISO-8859-2", HO_HL7_CHARSET_REPEATS},
    {"C8 the first is empty", "~ISO IR87", "a\\C2842\\", "a\\C2842\\", "ASCII", HO_HL7_CHARSET_REPEATS},
    {"C2 the form of a surrogate pair in UTF-8", "", "\xf5\x80\x80\x80", "\xc3\xb5\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
     "windows-1252", HO_HL7_CHARSET_CONTRADICTED},
    {"C5 a name too long to keep", "a name of a set that nobody can have meant {8859/2}", "\xfc", "\xc3\xbc", "windows-1252",
     HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C6 EUC-JP", "EUC-JP", "\xbb\xb3\xc5\xc4", "\xe5\xb1\xb1\xe7\x94\xb0", "EUC-JP", 0},
    {"C6 one that is not listed", "ISO-2022-JP", "\xfc", "\xc3\xbc", "windows-1252",
     HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C9 iso alone", "ISO", "\xfc", "\xc3\xbc", "windows-1252", HO_HL7_CHARSET_CONTRADICTED | HO_HL7_CHARSET_UNKNOWN},
    {"C9 unicode_utf8", "unicode_utf8", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", 0},
    {"C9 UTF8", "UTF8", "M\xc3\xbcller", "M\xc3\xbcller", "UTF-8", 0},
    {"C9 ISO-8859-2", "ISO-8859-2", "\xa3", "\xc5\x81", "ISO-8859-2", 0},
    {"C9 iso8859/2", "iso8859/2", "\xa3", "\xc5\x81", "ISO-8859-2", 0},
    {"C9 ISO IR100", "ISO IR100", "\xfc", "\xc3\xbc", "windows-1252", 0},
};

static struct ho_slice message(const char *declared, const char *family, struct ho_arena *arena)
{
    return ho_arena_printf(arena, "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5||||||%s\rPID|1||7||%s^X\r", declared, family);
}

static struct ho_slice family_of(struct ho_slice bytes)
{
    static struct ho_hl7 msg;
    cr_assert_eq(ho_hl7_parse(&msg, bytes, NULL), HO_OK);
    return ho_hl7_get(&msg, "PID", 5, 1);
}

Test(hl7_charset, every_declaration_true_or_not_gives_utf8)
{
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    for (int pass = 0; pass < 2; pass++) /* the second with sets that are open */
        for (size_t i = 0; i < HO_LENGTH(rows); i++) {
            struct ho_slice in = message(rows[i].declared, rows[i].family, &arena);
            struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, in, &arena);
            cr_assert(ho_slice_is(family_of(out.bytes), rows[i].utf8), "%s: %.*s", rows[i].rule, HO_SLICE_ARG(family_of(out.bytes)));
            cr_assert_str_eq(out.charset, rows[i].charset, "%s: %s", rows[i].rule, out.charset);
            cr_assert_eq(out.notes, rows[i].notes, "%s: notes %x", rows[i].rule, out.notes);
            cr_assert(ho_hl7_is_utf8(out.bytes), "%s", rows[i].rule);
            if (strcmp(rows[i].family, rows[i].utf8) == 0)
                cr_assert_eq(out.bytes.ptr, in.ptr, "%s: copied for nothing", rows[i].rule);
        }
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
}

Test(hl7_charset, C7_utf16_by_its_mark_or_its_nuls)
{
    static const char text[] = "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5||||||ASCII\rPID|1||7||M\xc3\xbcller\xf0\x9f\x98\x80^X\r";
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    for (int form = 0; form < 8; form++) {
        char wide[1024];
        UErrorCode error = U_ZERO_ERROR;
        size_t len = form & 1 ? 2 : 0;
        memcpy(wide, form & 2 ? "\xff\xfe" : "\xfe\xff", 2);
        len += (size_t)ucnv_convert(form & 2 ? "UTF-16LE" : "UTF-16BE", "UTF-8", wide + len, (int32_t)(sizeof wide - len), text,
                                    sizeof text - 1, &error);
        if (form & 4)
            wide[len++] = '\0'; /* of a frame end of two bytes */
        struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, (struct ho_slice){wide, len}, &arena);
        cr_assert(ho_slice_is(out.bytes, text), "form %d: %.*s", form, HO_SLICE_ARG(out.bytes));
        cr_assert_eq(out.notes, HO_HL7_CHARSET_UTF16, "form %d", form);
    }
    struct ho_hl7_utf8 odd = ho_hl7_to_utf8(charsets, HO_SLICE("\0M\0S\0H\xd8\0\0|"), &arena);
    cr_assert(ho_slice_equal(odd.bytes, HO_SLICE("MSH\xc3\x98\0|")), "%.*s", HO_SLICE_ARG(odd.bytes));
    cr_assert_eq(odd.notes, HO_HL7_CHARSET_UTF16 | HO_HL7_CHARSET_BYTES);
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
}

/* connect#6048: frame marks of two bytes. The framer takes 0x0B and 0x1C of them, and what is left is read here. */
Test(hl7_charset, C7_utf16_out_of_a_frame_of_two_byte_marks)
{
    static const char *orders[] = {"UTF-16BE", "UTF-16LE"};
    static const char text[] = "\x0bMSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1||7||M\xc3\xbcller^X\r\x1c\r";
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    for (size_t i = 0; i < HO_LENGTH(orders); i++) {
        char wide[1024];
        UErrorCode error = U_ZERO_ERROR;
        struct ho_mllp mllp;
        struct ho_slice bytes, in = {wide, 0};
        in.len = (size_t)ucnv_convert(orders[i], "UTF-8", wide, sizeof wide, text, sizeof text - 1, &error);
        ho_mllp_init(&mllp, 1000);
        cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_FRAME, "%s", orders[i]);
        struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, bytes, &arena);
        cr_assert(ho_slice_is(family_of(out.bytes), "M\xc3\xbcller"), "%s: %.*s", orders[i], HO_SLICE_ARG(out.bytes));
        ho_mllp_release(&mllp);
    }
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
}

Test(hl7_charset, hex_escapes_are_bytes_of_the_messages_own_set)
{
    static const struct {
        const char *declared, *family, *plain;
    } hex[] = {{"8859/1", "M\\XFC\\ller", "M\xc3\xbcller"},   {"8859/2", "\\XA3\\", "\xc5\x81"},
               {"UNICODE UTF-8", "\\XC3BC\\", "\xc3\xbc"},    {"UNICODE UTF-8", "\\XFC\\", "\xc3\xbc"},
               {"", "M\\XFC\\ller", "M\xc3\xbcller"},         {"BIG-5", "\\XFC\\", "\xc3\xbc"},
               {"8859/5", "\xb8\\XD2\\", "\xd0\x98\xd0\xb2"}, {"", "plain", "plain"}};
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    static struct ho_hl7 msg;
    for (size_t i = 0; i < HO_LENGTH(hex); i++) {
        struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, message(hex[i].declared, hex[i].family, &arena), &arena);
        cr_assert_eq(ho_hl7_parse(&msg, out.bytes, NULL), HO_OK);
        struct ho_slice value = ho_hl7_unescape(&msg, ho_hl7_get(&msg, "PID", 5, 1), &arena);
        value = ho_hl7_text_utf8(charsets, &out, value, &arena);
        cr_assert(ho_slice_is(value, hex[i].plain), "%s %s: %.*s", hex[i].declared, hex[i].family, HO_SLICE_ARG(value));
    }
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
}

/* Whatever senders write in MSH-18, sets that are named in the standard stay readable. */
Test(hl7_charset, many_odd_names_use_up_no_room)
{
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    for (int page = 0; page < 2000; page++)
        (void)ho_hl7_to_utf8(charsets, message(ho_arena_printf(&arena, "ibm-%d", page).ptr, "\xfc", &arena), &arena);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_hl7_utf8 out = ho_hl7_to_utf8(charsets, message(rows[i].declared, rows[i].family, &arena), &arena);
        if (strcmp(rows[i].declared, "windows-1251") != 0)
            cr_assert_eq(out.notes, rows[i].notes, "%s: notes %x", rows[i].rule, out.notes);
    }
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
    ho_hl7_charsets_free(NULL);
}

/* Each byte of each set of one byte gives a character of its own, so that none is lost. */
Test(hl7_charset, no_two_bytes_become_one_character)
{
    static const char *sets[] = {"", "8859/1", "8859/15", "UTF-8", "KLINGON", "GB 18030-2000"};
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    struct ho_arena arena = {0};
    for (size_t s = 0; s < HO_LENGTH(sets); s++)
        for (int a = 0x80; a < 0x100; a++)
            for (int b = a + 1; b < 0x100; b++) {
                const char one[] = {(char)a, ' ', 0}, two[] = {(char)b, ' ', 0};
                struct ho_slice x = family_of(ho_hl7_to_utf8(charsets, message(sets[s], one, &arena), &arena).bytes);
                struct ho_slice y = family_of(ho_hl7_to_utf8(charsets, message(sets[s], two, &arena), &arena).bytes);
                cr_assert_not(ho_slice_equal(x, y), "%s: %02x and %02x", sets[s], (unsigned)a, (unsigned)b);
                ho_arena_reset(&arena);
            }
    ho_hl7_charsets_free(charsets);
    ho_arena_release(&arena);
}
