/*
 * hl7: an index over the bytes of one HL7 v2 message. Zero-copy: all slices borrow from the message. One pass finds
 * segments and fields; what is below a field is found when asked for. types.h reads data types, time.h times, batch.h
 * splits frames and files into messages, charset.h makes UTF-8 of a message before it comes here.
 *
 * I1  Separators come from MSH-1 and MSH-2 by position: any distinct punctuation, MSH-2 of 1 to 6 characters. The fifth
 *     is the truncation character of 2.7. `^~\\&` (the escape doubled on its way) and `^~&` (lost) are understood.
 * I2  A segment ends with CR, LF or both in any mixture; the last end may be missing. Blank lines are skipped.
 * I3  Blanks and NULs before a segment's name, lower-case names, a byte order mark and batch headers (FHS, BHS) before
 *     MSH are tolerated and counted in `quirks`.
 * I4  A line that is no segment (a line end inside a field) is kept with an empty name, and counted.
 * I5  A second MSH ends the message: the rest is in `rest`.
 * I6  Absent (ptr NULL), empty (ptr set, len 0) and null (`""`: delete the value, HL7 2.A.5.3) are three things. The
 *     plain functions give absent for empty; those of types.h keep all three apart.
 * I7  Limits never refuse a message and never lie: segments over the first HO_HL7_SEGMENTS_MAX are counted in
 *     `quirks.beyond`, not indexed; fields over HO_HL7_FIELDS_MAX are found by reading their segment again.
 * I8  The order of segments and unknown ones (Z or not) mean nothing here.
 */
#ifndef HO_HL7_H
#define HO_HL7_H

#include "base/arena.h"
#include "base/base.h"
#include "hl7/time.h"

#define HO_HL7_SEGMENTS_MAX 512
#define HO_HL7_FIELDS_MAX 1024      /* of a whole message; beyond, access is slower */
#define HO_HL7_REPETITIONS_MAX 1024 /* that ho_hl7_repetitions tells; an iterator gives all */

struct ho_hl7_segment {
    struct ho_slice text; /* without its line end and the blanks before it */
    char name[4];         /* upper case, terminated; "" for a line that is no segment */
    uint16_t first;       /* private: its first field separator in `fields` */
    uint16_t separators;  /* private: their count, or HO_HL7_UNINDEXED */
};
#define HO_HL7_UNINDEXED UINT16_MAX

/* What was tolerated, for the feed's report. */
struct ho_hl7_quirks {
    uint32_t lower_names, blanks_before, blank_lines, no_segments, beyond; /* lines of each kind; beyond: see I7 */
    uint32_t batch_headers;
    bool mark;          /* a byte order mark */
    bool mixed_ends;    /* more than one kind of CR, LF, CRLF */
    bool odd_encoding;  /* MSH-2 is none of four characters or, from 2.7, five */
};

struct ho_hl7 {
    struct ho_slice bytes; /* this message: from the start of what was given up to a second MSH */
    struct ho_slice rest;  /* from a second MSH on: the next message of the same frame or batch; else absent */
    char field, component, repetition, escape, subcomponent, truncation; /* separators; 0 when not given */
    struct ho_hl7_quirks quirks;
    /* Set by the caller after parsing, else NULL: makes UTF-8 of a value in which \Xdd\ gave bytes over 0x7F (charset.h). */
    struct ho_slice (*utf8)(const void *utf8_arg, struct ho_slice value, struct ho_arena *arena);
    const void *utf8_arg;
    size_t count;
    struct ho_hl7_segment segments[HO_HL7_SEGMENTS_MAX];
    uint32_t fields[HO_HL7_FIELDS_MAX]; /* private: where the field separators are, from bytes.ptr */
};

/* HO_INVALID: no MSH at the start, separators missing or not distinct; HO_LIMIT: over 4 GB. msg borrows bytes and needs
 * no preparation; after a failure count is 0. It is large (16 KB): keep one rather than one a message. */
enum ho_status ho_hl7_parse(struct ho_hl7 *msg, struct ho_slice bytes, struct ho_error *err) HO_MUST_CHECK;

/* The nth (from 0) segment of that name, or NULL. */
const struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7 *msg, const char *name, size_t nth);
/* HL7 numbering: field 1 is the first after the name; MSH-1 is the separator itself, MSH-2 the encoding characters. */
struct ho_slice ho_hl7_field(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field);
/* 0 for an absent field; never more than HO_HL7_REPETITIONS_MAX. */
size_t ho_hl7_repetitions(const struct ho_hl7 *msg, struct ho_slice field);
struct ho_slice ho_hl7_repetition(const struct ho_hl7 *msg, struct ho_slice field, size_t nth); /* from 0 */
struct ho_slice ho_hl7_component(const struct ho_hl7 *msg, struct ho_slice repetition, int component); /* from 1 */
struct ho_slice ho_hl7_subcomponent(const struct ho_hl7 *msg, struct ho_slice component, int subcomponent);
/* First repetition's component of a field of the first such segment: ho_hl7_get(&m, "PV1", 19, 1). */
struct ho_slice ho_hl7_get(const struct ho_hl7 *msg, const char *segment, int field, int component);
bool ho_hl7_is_null(struct ho_slice value); /* exactly `""` */

/* Escapes resolved, on demand. \F\ \S\ \T\ \R\ \E\ give the separators, \P\ the truncation character where there is
 * one, \Xdd..\ bytes. Formatting (\H\ \N\ \.br\ ...) and switches of character set (\Cxxyy\ \Mxxyyzz\ \Zxx\) pass
 * whole; what is unknown or not terminated keeps its bytes, since a lone backslash is data in real feeds. Borrowed from
 * value when there is nothing to do, else in arena. Never longer than value where msg->utf8 is NULL. */
struct ho_slice ho_hl7_unescape(const struct ho_hl7 *msg, struct ho_slice value, struct ho_arena *arena);

#endif
