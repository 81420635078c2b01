/*
 * types: the data types of ADT as structs of slices into the message. Escapes stay as they are (ho_hl7_unescape
 * resolves one when it is needed); components that a version appends are ignored, those that a sender leaves out are
 * absent.
 *
 * Every slice keeps three things apart (I6 of hl7.h): ptr NULL is absent, len 0 is empty, `""` is null. A struct's
 * `presence` says the same of the whole repetition; with HO_HL7_NULL its first slice is `""` and the others are absent.
 * Identifiers are text: leading zeros, blanks and any length are kept.
 */
#ifndef HO_HL7_TYPES_H
#define HO_HL7_TYPES_H

#include "hl7/hl7.h"

enum ho_hl7_presence { HO_HL7_ABSENT, HO_HL7_EMPTY, HO_HL7_NULL, HO_HL7_VALUE };
enum ho_hl7_presence ho_hl7_presence(struct ho_slice value);

/* Parts between separators, in order, empty ones too. An absent slice has none, an empty one has one that is empty. */
struct ho_hl7_walk {
    struct ho_slice rest;
    char separator; /* 0 separates nothing */
    bool done;
};
struct ho_hl7_walk ho_hl7_walk(struct ho_slice s, char separator);
bool ho_hl7_next(struct ho_hl7_walk *walk, struct ho_slice *ret_part);
/* The repetitions of a field of the first such segment:
 *     struct ho_hl7_walk walk = ho_hl7_each(msg, "PID", 3);
 *     while (ho_hl7_next(&walk, &repetition)) { struct ho_hl7_cx id = ho_hl7_cx(msg, repetition); ... } */
struct ho_hl7_walk ho_hl7_each(const struct ho_hl7 *msg, const char *segment, int field);
/* The nth (from 0) of these parts, absent when there are fewer. */
struct ho_slice ho_hl7_part(struct ho_slice s, char separator, size_t nth);
/* As ho_hl7_field, with empty and absent kept apart. */
struct ho_slice ho_hl7_raw(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field);

struct ho_hl7_hd { /* who assigned an identifier; a facility, an application */
    struct ho_slice name, universal_id, universal_type;
};

struct ho_hl7_cx { /* an identifier */
    enum ho_hl7_presence presence;
    struct ho_slice id, check_digit, scheme;
    struct ho_hl7_hd authority;
    struct ho_slice type; /* table 0203: MR, AN, MB ... */
    struct ho_hl7_hd facility;
    struct ho_slice effective, expires;
};

struct ho_hl7_xpn { /* a person's name */
    enum ho_hl7_presence presence;
    struct ho_slice family;              /* its first subcomponent, the surname */
    struct ho_slice family_prefix, own_family; /* "van", and the surname before marriage */
    struct ho_slice given, further, suffix, prefix, degree;
    struct ho_slice type; /* table 0200: L legal, A alias ... */
};

struct ho_hl7_xad { /* an address */
    enum ho_hl7_presence presence;
    struct ho_slice street; /* its first subcomponent, the whole line */
    struct ho_slice other, city, state, zip, country, type, county;
};

struct ho_hl7_xtn { /* a telephone number or e-mail address */
    enum ho_hl7_presence presence;
    struct ho_slice formatted; /* component 1, the only one of old senders */
    struct ho_slice use, equipment, email, country, area, local, extension, text;
    struct ho_slice unformatted; /* component 12, from 2.7 */
};

struct ho_hl7_xcn { /* a person with an identifier: a doctor */
    enum ho_hl7_presence presence;
    struct ho_slice id, family, given, further, suffix, prefix, degree;
    struct ho_hl7_hd authority;
    struct ho_slice name_type, id_type; /* id_type NPI: id is one */
    struct ho_hl7_hd facility;
};

struct ho_hl7_pl { /* where a patient is */
    enum ho_hl7_presence presence;
    struct ho_slice point_of_care, room, bed;
    struct ho_hl7_hd facility;
    struct ho_slice status, type, building, floor, description;
};

struct ho_hl7_cwe { /* a code (also CE): IS and ID of old versions have `code` alone */
    enum ho_hl7_presence presence;
    struct ho_slice code, text, system;
    struct ho_slice other_code, other_text, other_system;
    struct ho_slice version, other_version, original;
};

/* Each reads one repetition of a field (or a field that does not repeat). */
struct ho_hl7_cx ho_hl7_cx(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_xpn ho_hl7_xpn(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_xad ho_hl7_xad(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_xtn ho_hl7_xtn(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_xcn ho_hl7_xcn(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_pl ho_hl7_pl(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_cwe ho_hl7_cwe(const struct ho_hl7 *msg, struct ho_slice repetition);
struct ho_hl7_hd ho_hl7_hd(const struct ho_hl7 *msg, struct ho_slice field); /* a field of its own: MSH-4, EVN-7 */

/* The zone of MSH-7, which is the default for every time of the message (MSH-7's definition). It is the offset of the
 * day that the message was built: for a time of another season a feed's zone with its transitions is the better
 * default. */
bool ho_hl7_default_offset(const struct ho_hl7 *msg, int32_t *ret_offset_min);

#endif
