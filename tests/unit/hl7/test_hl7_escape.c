/* Escapes: what is known is resolved, what is not keeps its bytes. */
#include <criterion/criterion.h>

#include "hl7/hl7.h"

static const struct {
    const char *name, *encoding, *text;
    struct ho_slice plain;
} rows[] = {
    {"the five", "^~\\&", "\\F\\\\S\\\\T\\\\R\\\\E\\", HO_SLICE("|^&~\\")},
    {"within words", "^~\\&", "Smith\\F\\Jones \\T\\ Sons", HO_SLICE("Smith|Jones & Sons")},
    {"the message's own separators", "~&#\\", "#F##S##R##E##T#", HO_SLICE("|~&#\\")},
    {"a backslash is data there", "~&#\\", "a\\F\\b", HO_SLICE("a\\F\\b")},
    {"truncation, 2.7", "^~\\&#", "cut\\P\\", HO_SLICE("cut#")},
    {"truncation without a character", "^~\\&", "cut\\P\\F\\", HO_SLICE("cut\\P\\F\\")},
    {"no repetition to stand for", "^", "a\\R\\F\\", HO_SLICE("a\\R\\F\\")},
    {"no escape character", "^~&", "a\\F\\b", HO_SLICE("a\\F\\b")},
    {"subcomponents not given", "^~\\", "a\\T\\b", HO_SLICE("a&b")},
    {"hex", "^~\\&", "\\X48656c6C6F\\", HO_SLICE("Hello")},
    {"hex with a NUL", "^~\\&", "a\\X00\\b", HO_SLICE("a\0b")},
    {"hex side by side", "^~\\&", "\\X0D\\\\X0A\\", HO_SLICE("\r\n")},
    {"hex of odd length", "^~\\&", "\\X0D0\\", HO_SLICE("\\X0D0\\")},
    {"hex of nothing", "^~\\&", "\\X\\", HO_SLICE("\\X\\")},
    {"hex of letters", "^~\\&", "\\XYZ\\", HO_SLICE("\\XYZ\\")},
    {"formatting passes whole", "^~\\&", "\\H\\bold\\N\\ \\.br\\ \\.sp+2\\", HO_SLICE("\\H\\bold\\N\\ \\.br\\ \\.sp+2\\")},
    {"its end begins nothing", "^~\\&", "\\H\\F\\", HO_SLICE("\\H\\F\\")},
    {"character sets pass whole", "^~\\&", "\\C2842\\\\M244B\\\\Z9\\", HO_SLICE("\\C2842\\\\M244B\\\\Z9\\")},
    {"a backslash as data", "^~\\&", "BSV 4\\5 re", HO_SLICE("BSV 4\\5 re")},
    {"a backslash alone", "^~\\&", "\\", HO_SLICE("\\")},
    {"two", "^~\\&", "\\\\", HO_SLICE("\\\\")},
    {"at the end", "^~\\&", "name\\", HO_SLICE("name\\")},
    {"data, then an escape", "^~\\&", "4\\5 \\F\\ 6", HO_SLICE("4\\5 | 6")},
    {"not terminated", "^~\\&", "a\\F", HO_SLICE("a\\F")},
    {"not terminated hex", "^~\\&", "a\\X0D", HO_SLICE("a\\X0D")},
    {"lower case is none", "^~\\&", "\\f\\", HO_SLICE("\\f\\")},
    {"escaped twice", "^~\\&", "\\E\\X09\\E\\", HO_SLICE("\\X09\\")},
    {"escaped twice, with strays", "^~\\&", "\\\\E\\\\X09\\\\E\\\\", HO_SLICE("\\\\\t\\\\")},
    {"bytes over 0x7f", "^~\\&", "M\xc3\xbcller\\T\\Co", HO_SLICE("M\xc3\xbcller&Co")},
    {"nothing", "^~\\&", "", HO_SLICE("")},
};

Test(hl7_escape, known_ones_are_resolved_and_others_keep_their_bytes)
{
    static struct ho_hl7 msg;
    struct ho_arena arena = {0};
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_slice header = ho_arena_printf(&arena, "MSH|%s|A", rows[i].encoding);
        cr_assert_eq(ho_hl7_parse(&msg, header, NULL), HO_OK, "%s", rows[i].name);
        struct ho_slice plain = ho_hl7_unescape(&msg, ho_slice_of(rows[i].text), &arena);
        cr_assert(ho_slice_equal(plain, rows[i].plain), "%s: [%.*s]", rows[i].name, HO_SLICE_ARG(plain));
    }
    cr_assert_null(ho_hl7_unescape(&msg, (struct ho_slice){NULL, 0}, &arena).ptr);
    ho_arena_release(&arena);
}
