#include "hl7/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "base/scan.h"
#include "hl7/types.h"

#define SETS_MAX 40
#define OTHER_SETS_MAX 16 /* sets by names that only ICU knows: senders' names must not use up the room */
#define NAME_MAX_BYTES 32
#define UTF8_MAX 3 /* bytes of a character of the basic plane */

/* A set of one byte is a table; one of more bytes has a converter. */
struct ho_hl7_charset {
    char name[NAME_MAX_BYTES];
    UConverter *converter;
    UChar characters[256]; /* U+FFFF: none */
};

struct ho_hl7_charsets {
    struct ho_hl7_charset sets[SETS_MAX];
    size_t count;
    struct ho_hl7 header;
    const struct ho_hl7_charset *western;
    char not_known[NAME_MAX_BYTES]; /* the last such name, so that ICU is not asked for each message */
};

enum reading { ASCII, UTF8, WESTERN, TABLE, MULTI, UNKNOWN };

/* C9. Names as they are left by read_name; sets of one byte that are not here are ICU's to know. */
static const struct {
    const char *name;
    enum reading reading;
    const char *icu;
} names[] = {
    {"", ASCII, NULL},
    {"ascii", ASCII, NULL},
    {"usascii", ASCII, NULL},
    {"isoir6", ASCII, NULL},
    {"unicode", UTF8, NULL},
    {"unicodeutf8", UTF8, NULL},
    {"utf8", UTF8, NULL},
    {"8859", WESTERN, "windows-1252"},
    {"88591", WESTERN, "windows-1252"},
    {"latin1", WESTERN, "windows-1252"},
    {"isoir100", WESTERN, "windows-1252"},
    {"cp1252", WESTERN, "windows-1252"},
    {"1252", WESTERN, "windows-1252"},
    {"windows1252", WESTERN, "windows-1252"},
    {"ansi", WESTERN, "windows-1252"},
    {"885915", WESTERN, "ISO-8859-15"},
    {"88592", TABLE, "ISO-8859-2"},
    {"88593", TABLE, "ISO-8859-3"},
    {"88594", TABLE, "ISO-8859-4"},
    {"88595", TABLE, "ISO-8859-5"},
    {"88596", TABLE, "ISO-8859-6"},
    {"88597", TABLE, "ISO-8859-7"},
    {"88598", TABLE, "ISO-8859-8"},
    {"88599", TABLE, "ISO-8859-9"},
    {"885910", TABLE, "ISO-8859-10"},
    {"885911", TABLE, "ISO-8859-11"},
    {"885913", TABLE, "ISO-8859-13"},
    {"885914", TABLE, "ISO-8859-14"},
    {"gb180302000", MULTI, "gb18030"},
    {"gb18030", MULTI, "gb18030"},
    {"big5", MULTI, "Big5"},
    {"ksx1001", MULTI, "windows-949"},
    {"eucjp", MULTI, "EUC-JP"},
    {"shiftjis", MULTI, "Shift_JIS"},
};

static const struct ho_hl7_charset *open_set(struct ho_hl7_charsets *charsets, const char *icu);

struct ho_hl7_charsets *ho_hl7_charsets_new(void)
{
    struct ho_hl7_charsets *charsets = ho_calloc(1, sizeof *charsets);
    charsets->western = open_set(charsets, "windows-1252");
    HO_ASSERT(charsets->western);
    return charsets;
}

void ho_hl7_charsets_free(struct ho_hl7_charsets *charsets)
{
    for (size_t i = 0; charsets && i < charsets->count; i++)
        ucnv_close(charsets->sets[i].converter);
    ho_free(charsets);
}

/* The characters of single bytes. False where ASCII is not itself: such a set cannot have written MSH. */
static bool fill_table(struct ho_hl7_charset *set)
{
    for (int byte = 0; byte < 256; byte++) {
        UErrorCode error = U_ZERO_ERROR;
        const char one = (char)byte;
        UChar out[2] = {0};
        ucnv_reset(set->converter);
        int32_t len = ucnv_toUChars(set->converter, out, 2, &one, 1, &error);
        set->characters[byte] = U_SUCCESS(error) && len == 1 ? out[0] : 0xffff;
        if (byte >= 0x20 && byte < 0x7f && set->characters[byte] != byte)
            return false;
    }
    return true;
}

static const struct ho_hl7_charset *opened(const struct ho_hl7_charsets *charsets, const char *icu)
{
    for (size_t i = 0; i < charsets->count; i++)
        if (strcmp(charsets->sets[i].name, icu) == 0)
            return &charsets->sets[i];
    return NULL;
}

/* ICU's set of that name, from the second time on without ICU; NULL when there is none, or no room for one more. */
static const struct ho_hl7_charset *open_set(struct ho_hl7_charsets *charsets, const char *icu)
{
    UErrorCode error = U_ZERO_ERROR;
    const struct ho_hl7_charset *known = opened(charsets, icu);
    if (known || charsets->count == SETS_MAX)
        return known;
    struct ho_hl7_charset *set = &charsets->sets[charsets->count];
    set->converter = ucnv_open(icu, &error);
    if (U_FAILURE(error))
        return NULL;
    ucnv_setToUCallBack(set->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &error);
    bool single = ucnv_getMaxCharSize(set->converter) == 1;
    if (U_FAILURE(error) || (single && !fill_table(set))) {
        ucnv_close(set->converter);
        return NULL;
    }
    if (single) {
        ucnv_close(set->converter);
        set->converter = NULL;
    }
    ho_slice_copy(ho_slice_of(icu), set->name, sizeof set->name);
    charsets->count++;
    return set;
}

static size_t ascii_run(struct ho_slice s, size_t from)
{
    size_t i = from;
    uint64_t word;
    for (; i + sizeof word <= s.len; i += sizeof word) {
        memcpy(&word, s.ptr + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
        i++;
    return i - from;
}

/* Bytes of the valid sequence at s.ptr[at], 0 when it is none. */
static size_t sequence(struct ho_slice s, size_t at)
{
    const uint8_t *bytes = (const uint8_t *)s.ptr;
    size_t i = at, len = s.len;
    UChar32 c;
    U8_NEXT(bytes, i, len, c);
    return c < 0 ? 0 : i - at;
}

bool ho_hl7_is_utf8(struct ho_slice s)
{
    for (size_t i = ascii_run(s, 0), len; i < s.len; i += ascii_run(s, i)) {
        if (!(len = sequence(s, i)))
            return false;
        i += len;
    }
    return true;
}

static UChar character(const struct ho_hl7_charsets *charsets, const struct ho_hl7_charset *set, unsigned char byte)
{
    UChar c = set->converter ? 0xffff : set->characters[byte];
    return c != 0xffff ? c : charsets->western->characters[byte];
}

/* Bytes to UTF-8 by a set's table. What is UTF-8 already stays where keep is set. */
static struct ho_slice by_table(const struct ho_hl7_charsets *charsets, const struct ho_hl7_charset *set,
                                struct ho_slice s, bool keep, struct ho_arena *arena)
{
    char *out = ho_arena_alloc(arena, s.len * UTF8_MAX + 1);
    size_t len = 0;
    for (size_t i = 0, run; i < s.len;) {
        run = ascii_run(s, i);
        run = run || !keep ? run : sequence(s, i);
        memcpy(out + len, s.ptr + i, run);
        len += run;
        i += run;
        if (!run) {
            UChar32 c = character(charsets, set, (unsigned char)s.ptr[i++]);
            U8_APPEND_UNSAFE(out, len, c);
        }
    }
    return (struct ho_slice){out, len};
}

static bool table_lacks(const struct ho_hl7_charset *set, struct ho_slice s)
{
    for (size_t i = ascii_run(s, 0); i < s.len; i++, i += ascii_run(s, i))
        if (set->characters[(unsigned char)s.ptr[i]] == 0xffff)
            return true;
    return false;
}

/* C6, C7. Bytes to UTF-8 by ICU. It stops at what is no character; these bytes are put as CP1252. */
static struct ho_slice by_icu(const struct ho_hl7_charsets *charsets, const struct ho_hl7_charset *set,
                              struct ho_slice s, unsigned *notes, struct ho_arena *arena)
{
    UChar *wide = HO_ARENA_ARRAY(arena, UChar, s.len + 2), *at = wide;
    const char *from = s.ptr, *end = s.ptr + s.len;
    UErrorCode error;
    ucnv_reset(set->converter);
    do {
        char bad[8];
        int8_t count = sizeof bad;
        UErrorCode other = U_ZERO_ERROR;
        error = U_ZERO_ERROR;
        ucnv_toUnicode(set->converter, &at, wide + s.len + 2, &from, end, NULL, true, &error);
        HO_ASSERT(error != U_BUFFER_OVERFLOW_ERROR); /* no byte is more than one unit of UTF-16 */
        if (U_FAILURE(error))
            ucnv_getInvalidChars(set->converter, bad, &count, &other);
        for (int8_t i = 0; U_FAILURE(error) && U_SUCCESS(other) && i < count; i++)
            *at++ = charsets->western->characters[(unsigned char)bad[i]];
        *notes |= U_FAILURE(error) ? (unsigned)HO_HL7_CHARSET_BYTES : 0;
    } while (U_FAILURE(error));
    size_t size = (size_t)(at - wide) * UTF8_MAX + 1;
    char *out = ho_arena_alloc(arena, size);
    int32_t len = 0;
    error = U_ZERO_ERROR;
    u_strToUTF8WithSub(out, (int32_t)size, &len, wide, (int32_t)(at - wide), 0xfffd, NULL, &error);
    HO_ASSERT(U_SUCCESS(error));
    return (struct ho_slice){out, (size_t)len};
}

/* C9. MSH-18's first repetition without case, blanks and punctuation, and without ISO before digits. */
static void read_name(struct ho_slice declared, char name[NAME_MAX_BYTES])
{
    size_t len = 0;
    for (size_t i = 0; i < declared.len && len + 1 < NAME_MAX_BYTES; i++) {
        char c = declared.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            name[len++] = c;
        if (len == 3 && memcmp(name, "iso", 3) == 0 && i + 2 < declared.len && memchr(declared.ptr + i + 1, '8', 2))
            len = 0;
    }
    name[len] = '\0';
}

/* MSH-18 of the first line that is MSH. */
static struct ho_slice declared_set(struct ho_hl7_charsets *charsets, struct ho_slice message, unsigned *notes)
{
    const struct ho_slice none = {NULL, 0};
    struct ho_hl7 *header = &charsets->header;
    for (size_t at = 0; at < message.len;) {
        struct ho_slice line = {message.ptr + at, ho_scan_either(message, at, '\r', '\n') - at};
        at += line.len + 1;
        if (ho_hl7_parse(header, line, NULL) != HO_OK)
            continue;
        struct ho_slice field = ho_hl7_field(header, &header->segments[0], 18);
        *notes |= ho_hl7_repetitions(header, field) > 1 ? (unsigned)HO_HL7_CHARSET_REPEATS : 0;
        return ho_hl7_is_null(field) ? none : ho_hl7_repetition(header, field, 0);
    }
    return none;
}

/* C7. ICU's name, or NULL. *s is without the byte order mark. */
static const char *utf16_of(struct ho_slice *s)
{
    bool mark = s->len >= 2 && (memcmp(s->ptr, "\xff\xfe", 2) == 0 || memcmp(s->ptr, "\xfe\xff", 2) == 0);
    if (mark) {
        const char *name = s->ptr[0] == '\xff' ? "UTF-16LE" : "UTF-16BE";
        *s = (struct ho_slice){s->ptr + 2, s->len - 2};
        return name;
    }
    if (s->len < 6)
        return NULL;
    if (!s->ptr[0] && !s->ptr[2] && !s->ptr[4] && s->ptr[1] && s->ptr[3] && s->ptr[5])
        return "UTF-16BE";
    return s->ptr[0] && s->ptr[2] && s->ptr[4] && !s->ptr[1] && !s->ptr[3] && !s->ptr[5] ? "UTF-16LE" : NULL;
}

static enum reading find_reading(struct ho_hl7_charsets *charsets, struct ho_slice declared,
                                 const struct ho_hl7_charset **ret_set)
{
    char name[NAME_MAX_BYTES], raw[NAME_MAX_BYTES];
    read_name(declared, name);
    for (size_t i = 0; i < HO_LENGTH(names); i++)
        if (strcmp(name, names[i].name) == 0) {
            *ret_set = names[i].icu ? open_set(charsets, names[i].icu) : charsets->western;
            return *ret_set ? names[i].reading : UNKNOWN;
        }
    ho_slice_copy(declared, raw, sizeof raw);
    bool may = charsets->count < OTHER_SETS_MAX && strcmp(raw, charsets->not_known) != 0;
    *ret_set = may ? open_set(charsets, raw) : opened(charsets, raw);
    if (*ret_set && !(*ret_set)->converter)
        return TABLE;
    memcpy(charsets->not_known, raw, sizeof raw);
    *ret_set = charsets->western;
    return UNKNOWN;
}

/* There are bytes over 0x7F: reads them as declared (C2 to C6). */
static void read_as(struct ho_hl7_charsets *charsets, enum reading reading, struct ho_hl7_utf8 *to,
                    struct ho_arena *arena)
{
    struct ho_slice s = to->bytes;
    bool utf8 = reading != TABLE && reading != MULTI && ho_hl7_is_utf8(s), told = reading == UTF8;
    to->notes |= reading == UNKNOWN ? (unsigned)HO_HL7_CHARSET_UNKNOWN : 0;
    if (utf8) {
        to->notes |= told ? 0 : (unsigned)HO_HL7_CHARSET_CONTRADICTED;
        to->charset = "UTF-8";
        return;
    }
    if (reading == MULTI) {
        to->bytes = by_icu(charsets, to->set, s, &to->notes, arena);
    } else {
        bool allowed = reading == WESTERN || reading == TABLE;
        to->notes |= allowed ? 0 : (unsigned)HO_HL7_CHARSET_CONTRADICTED;
        to->notes |= told || (reading == TABLE && table_lacks(to->set, s)) ? (unsigned)HO_HL7_CHARSET_BYTES : 0;
        to->bytes = by_table(charsets, to->set, s, told, arena);
    }
    to->charset = told ? "UTF-8" : to->set->name;
}

struct ho_hl7_utf8 ho_hl7_to_utf8(struct ho_hl7_charsets *charsets, struct ho_slice message, struct ho_arena *arena)
{
    struct ho_hl7_utf8 to = {.bytes = message, .charset = "ASCII", .set = charsets->western};
    struct ho_slice text = message;
    const char *utf16 = utf16_of(&text);
    if (utf16) {
        const struct ho_hl7_charset *set = open_set(charsets, utf16);
        HO_ASSERT(set);
        text.len -= text.len % 2;
        to.notes = HO_HL7_CHARSET_UTF16;
        to.charset = set->name;
        to.bytes = by_icu(charsets, set, text, &to.notes, arena);
        return to;
    }
    struct ho_slice declared = declared_set(charsets, message, &to.notes);
    enum reading reading = find_reading(charsets, declared, &to.set);
    if (ascii_run(message, 0) < message.len)
        read_as(charsets, reading, &to, arena);
    return to;
}

struct ho_slice ho_hl7_text_utf8(const struct ho_hl7_charsets *charsets, const struct ho_hl7_utf8 *message,
                                 struct ho_slice value, struct ho_arena *arena)
{
    return ho_hl7_is_utf8(value) ? value : by_table(charsets, message->set, value, true, arena);
}
