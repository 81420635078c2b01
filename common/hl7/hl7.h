/*
 * hl7: an index over the bytes of one HL7 v2 message, and typed access to it. Zero-copy: all slices borrow from the
 * message. Separators come from MSH-1 and MSH-2; segments end with CR, LF or CRLF; a final end may be missing.
 *
 * Tolerated, since real feeds send it: blank lines, blanks before a segment name, lower case names, blanks or batch
 * headers (FHS, BHS) before MSH, MSH-2 of 2 to 6 characters (`^~\\&` with a doubled escape and `^~&` without one too),
 * any distinct punctuation as separators. A line that is no segment (a CR inside a field) is kept with an empty name.
 *
 * Absent and null differ: a field that is not there or empty gives ptr NULL; `""` (delete the value, HL7 2.A.5.3) gives
 * a slice for which ho_hl7_is_null is true.
 */
#ifndef HO_HL7_H
#define HO_HL7_H

#include "base/arena.h"
#include "base/base.h"

#define HO_HL7_SEGMENTS_MAX 512

struct ho_hl7_segment {
    struct ho_slice text; /* without its line end */
    char name[4];         /* upper case, terminated; "" for a line that is no segment */
};

struct ho_hl7 {
    struct ho_slice bytes; /* this message: from the start of what was given up to a second MSH */
    struct ho_slice rest;  /* from a second MSH on: the next message of the same frame or batch; else absent */
    char field, component, repetition, escape, subcomponent; /* separators; subcomponent and escape 0 when not given */
    struct ho_hl7_segment segments[HO_HL7_SEGMENTS_MAX];
    size_t count;
};

/* Indexes a message in one pass. HO_INVALID: no MSH at the start, separators missing or not distinct; HO_LIMIT: too many
 * segments. msg borrows bytes; after a failure only the segment MSH may be read, and only when count is not 0. */
enum ho_status ho_hl7_parse(struct ho_hl7 *msg, struct ho_slice bytes, struct ho_error *err) HO_MUST_CHECK;

/* The nth (from 0) segment of that name, or NULL. */
const struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7 *msg, const char *name, size_t nth);
/* HL7 numbering: field 1 is the first after the name; MSH-1 is the separator itself, MSH-2 the encoding characters. */
struct ho_slice ho_hl7_field(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field);
/* 0 for an absent field. */
size_t ho_hl7_repetitions(const struct ho_hl7 *msg, struct ho_slice field);
struct ho_slice ho_hl7_repetition(const struct ho_hl7 *msg, struct ho_slice field, size_t nth); /* from 0 */
struct ho_slice ho_hl7_component(const struct ho_hl7 *msg, struct ho_slice repetition, int component); /* from 1 */
struct ho_slice ho_hl7_subcomponent(const struct ho_hl7 *msg, struct ho_slice component, int subcomponent);
/* First repetition's component of a field of the first such segment: ho_hl7_get(&m, "PV1", 19, 1). */
struct ho_slice ho_hl7_get(const struct ho_hl7 *msg, const char *segment, int field, int component);
bool ho_hl7_is_null(struct ho_slice value); /* exactly `""` */
/* Escapes resolved (\F\ \S\ \T\ \R\ \E\ \Xdd\); unknown or unterminated ones stay as they are. Borrowed from value when
 * there is nothing to do, else in arena. */
struct ho_slice ho_hl7_unescape(const struct ho_hl7 *msg, struct ho_slice value, struct ho_arena *arena);

enum ho_hl7_precision {
    HO_HL7_NO_TIME = 0,
    HO_HL7_YEAR, HO_HL7_MONTH, HO_HL7_DAY, HO_HL7_HOUR, HO_HL7_MINUTE, HO_HL7_SECOND, HO_HL7_MILLISECOND
};

/* A DTM/TS as written. */
struct ho_hl7_time {
    enum ho_hl7_precision precision;
    int64_t local_ms;   /* the civil time as if it were UTC; missing parts are their smallest */
    bool has_offset;
    int32_t offset_min; /* minutes east, when has_offset */
    int32_t local_date; /* yyyymmdd */
};

/* YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ], also with a TS precision component (^D) ignored, 17 digits for milliseconds,
 * blanks around it, and second 60, which is the next minute's first. Years 1800 to 9999.
 * False for anything else (plain words, month 91, zeros, 15 digits); *ret_time untouched then. */
bool ho_hl7_time(struct ho_slice text, struct ho_hl7_time *ret_time);

#endif
