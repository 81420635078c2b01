/* Names, phones and ZIP codes in the form in which they are compared; all Latin letters against ICU. */
#include <criterion/criterion.h>
#include <unicode/utrans.h>
#include <unicode/ustring.h>

#include "identity/fold.h"

static const struct {
    const char *name, *given, *folded;
} names[] = {
    {"ASCII", "o'brien", "OBRIEN"},
    {"typographic apostrophe", "O\xe2\x80\x99" "Brien", "OBRIEN"},
    {"hyphen and blanks", "  Smith -  Jones ", "SMITH JONES"},
    {"non-breaking hyphen", "Smith\xe2\x80\x91Jones", "SMITH JONES"},
    {"Latin-1 in UTF-8", "Nu\xc3\xb1" "ez", "NUNEZ"},
    {"Latin-1 in a byte", "Nu\xf1" "ez", "NUNEZ"},
    {"combining mark", "Nun\xcc\x83" "ez", "NUNEZ"},
    {"Vietnamese", "Nguy\xe1\xbb\x85n", "NGUYEN"},
    {"Polish", "\xc5\x81ukasz", "LUKASZ"},
    {"two letters", "Stra\xc3\x9f" "er \xc3\x86gir", "STRASSER AEGIR"},
    {"digits stay", "Family12", "FAMILY12"},
    {"Cyrillic stays as it is", "\xd0\x98\xd0\xb2", "\xd0\x98\xd0\xb2"},
    {"a cut UTF-8 letter", "Jos\xc3", "JOSA"},
    {"nothing", "-.'", ""},
};

Test(fold, names_lose_what_does_not_count)
{
    char out[FOLD_SIZE];
    for (size_t i = 0; i < HO_LENGTH(names); i++)
        cr_expect_str_eq(fold_name(ho_slice_of(names[i].given), out), names[i].folded, "%s: %s", names[i].name, out);
    cr_expect_str_eq(fold_family(HO_SLICE("Baker Jr."), out), "BAKER");
    cr_expect_str_eq(fold_family(HO_SLICE("Iv"), out), "IV");
}

Test(fold, every_latin_letter_folds_as_icu_does)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar rules[128], text[64];
    u_uastrcpy(rules, "::Latin-ASCII; ::NFD; ::[:Mn:] Remove; ::Upper;");
    u_uastrcpy(text, "test");
    UTransliterator *icu = utrans_openU(text, -1, UTRANS_FORWARD, rules, -1, NULL, &status);
    cr_assert(U_SUCCESS(status), "%s", u_errorName(status));
    size_t compared = 0;
    for (UChar32 code = 0xc0; code <= 0x1eff; code = code == 0x24f ? 0x1e00 : code + 1) {
        char utf8[8], expected[32], out[FOLD_SIZE];
        int32_t len = 0, limit, cap = HO_LENGTH(text);
        size_t n = 0;
        UChar one[2] = {(UChar)code, 0};
        u_strToUTF8(utf8, sizeof utf8, &len, one, 1, &status);
        u_strcpy(text, one);
        limit = len = 1;
        utrans_transUChars(icu, text, &len, cap, 0, &limit, &status);
        for (int32_t i = 0; i < len; i++)
            if (text[i] >= 'A' && text[i] <= 'Z')
                expected[n++] = (char)text[i];
        expected[n] = '\0';
        cr_expect_str_eq(fold_name(ho_slice_of(utf8), out), expected, "U+%04X: %s, not %s", (unsigned)code, out, expected);
        compared++;
    }
    utrans_close(icu);
    cr_expect_eq(compared, 0x24f - 0xc0 + 1 + 0x100);
}

static const struct {
    const char *a, *b;
    enum fold_likeness like;
} likes[] = {
    {"SMITH JONES", "SMITHJONES", FOLD_SAME}, {"GARCIA", "GARCIA LOPEZ", FOLD_PART}, {"LOPEZ", "GARCIA LOPEZ", FOLD_PART},
    {"GARCIA LOPEZ", "GARCIA PEREZ", FOLD_DIFFERENT}, {"SMITH", "SMYTH", FOLD_NEAR}, {"SMITH", "SMIHT", FOLD_NEAR},
    {"SMITH", "SMITHE", FOLD_NEAR}, {"SMITH", "SMYTHE", FOLD_DIFFERENT}, {"LEE", "LIE", FOLD_DIFFERENT},
    {"", "", FOLD_DIFFERENT}, {"A", "A B", FOLD_DIFFERENT}, {"SMITH", "MISTH", FOLD_DIFFERENT},
};

Test(fold, names_are_the_same_near_in_part_or_different)
{
    for (size_t i = 0; i < HO_LENGTH(likes); i++) {
        cr_expect_eq(fold_compare(likes[i].a, likes[i].b), likes[i].like, "%s %s: %d", likes[i].a, likes[i].b,
                     fold_compare(likes[i].a, likes[i].b));
        cr_expect_eq(fold_compare(likes[i].b, likes[i].a), likes[i].like, "%s %s", likes[i].b, likes[i].a);
    }
}

Test(fold, phones_and_zip_codes_are_digits_or_nothing)
{
    char out[FOLD_PHONE_SIZE];
    cr_expect_str_eq(fold_phone(HO_SLICE("+1 (314) 555-0101 x22"), out), "3145550101");
    cr_expect_str_eq(fold_phone(HO_SLICE("555-0101"), out), "5550101");
    cr_expect_str_eq(fold_phone(HO_SLICE("555"), out), "");
    cr_expect_str_eq(fold_phone(HO_SLICE("000-000-0000"), out), "");
    cr_expect_str_eq(fold_phone((struct ho_slice){NULL, 0}, out), "");
    cr_expect_str_eq(fold_zip(HO_SLICE("63101-1234"), out), "63101");
    cr_expect_str_eq(fold_zip(HO_SLICE("6310"), out), "");
    cr_expect_str_eq(fold_zip(HO_SLICE("99999"), out), "");
    cr_expect(fold_same_phone("5550101", "3145550101"));
    cr_expect_not(fold_same_phone("5550102", "3145550101"));
    cr_expect_not(fold_same_phone("", ""));
}
