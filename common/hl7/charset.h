/*
 * charset: a message's bytes as UTF-8, before it is indexed (in BIG-5 and GB 18030 a character may hold the byte of a
 * separator). By ICU: a shell, which keeps its converters; one of these for each thread. Never fails and never loses a
 * byte: what cannot be read is read as CP1252, where each byte is a character of its own, and `notes` says so.
 *
 * C1  No byte over 0x7F: as it is, whatever MSH-18 says.
 * C2  MSH-18 empty, ASCII, or a name that is not known: bytes that are UTF-8 are UTF-8, else CP1252.
 * C3  UNICODE UTF-8 (and UTF-8, UTF8, UNICODE): as it is; each byte outside a valid sequence is read as CP1252 alone,
 *     since a name cut off in the middle of a character must not spoil the others.
 * C4  8859/1, 8859/15, CP1252: bytes that are UTF-8 are UTF-8 (no word of these sets looks like it), else CP1252, or
 *     8859/15 where that is declared. 8859/1 is read as CP1252: its bytes 0x80 to 0x9F are controls that nobody means.
 * C5  The other 8859/n and sets of one byte that ICU knows: by ICU's table; a byte that has no character there as
 *     CP1252.
 * C6  GB 18030-2000, BIG-5, KS X 1001, EUC-JP, Shift_JIS: by ICU; bytes that are no character as CP1252.
 * C7  UTF-16 is known by its mark or by the NULs in its first letters, whatever MSH-18 says; a last odd byte is
 *     framing. Out of frame marks of two bytes it begins with a NUL and is read as big-endian: little-endian text
 *     beyond Latin-1 comes out wrong.
 * C8  MSH-18 repeats: the first names the set. Switches within the text (\Cxxyy\ \Mxxyyzz\) stay as they are, and it is
 *     noted.
 * C9  Names are read without case, blanks and punctuation: UNICODE UTF-8 is "unicode_utf8"; ISO before 8859 does not
 *     matter.
 */
#ifndef HO_HL7_CHARSET_H
#define HO_HL7_CHARSET_H

#include "base/arena.h"
#include "base/base.h"

enum ho_hl7_charset_note {
    HO_HL7_CHARSET_CONTRADICTED = 1 << 0, /* bytes over 0x7F that MSH-18, or its absence, does not allow: C2 C3 C4 */
    HO_HL7_CHARSET_UNKNOWN = 1 << 1,      /* MSH-18 names a set that is not known, and it mattered */
    HO_HL7_CHARSET_BYTES = 1 << 2,        /* single bytes were read as CP1252: C3 C5 C6 */
    HO_HL7_CHARSET_UTF16 = 1 << 3,        /* C7 */
    HO_HL7_CHARSET_REPEATS = 1 << 4       /* C8 */
};

struct ho_hl7_utf8 {
    struct ho_slice bytes; /* the message; borrowed from it when nothing was to be done, else in arena */
    const char *charset;   /* what it was read as: "ASCII", "UTF-8" or ICU's name; static or owned by charsets */
    unsigned notes;
    const struct ho_hl7_charset *set; /* private */
};

struct ho_hl7_charsets;
struct ho_hl7_charsets *ho_hl7_charsets_new(void);
void ho_hl7_charsets_free(struct ho_hl7_charsets *charsets); /* NULL is fine */

struct ho_hl7_utf8 ho_hl7_to_utf8(struct ho_hl7_charsets *charsets, struct ho_slice message, struct ho_arena *arena);
/* A value after ho_hl7_unescape: \Xdd\ gives bytes of the message's own set, which are made UTF-8 here. Valid UTF-8 is
 * borrowed. */
struct ho_slice ho_hl7_text_utf8(const struct ho_hl7_charsets *charsets, const struct ho_hl7_utf8 *message,
                                 struct ho_slice value, struct ho_arena *arena);
bool ho_hl7_is_utf8(struct ho_slice s);

#endif
