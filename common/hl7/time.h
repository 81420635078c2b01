/*
 * time: a DTM or TS as a hospital wrote it: YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ]. Read or refused by these rules,
 * never guessed. Rules marked * are not the standard's: the time is read and `odd` says so.
 *
 * T1  4, 6, 8, 10, 12 or 14 digits in range: years 1800 to 9999, days that exist, hours to 23. Precision is what was
 *     written.
 * T2  .S+ after seconds only; digits after the third are cut, never rounded.
 * T3* 17 digits are 14 and milliseconds. 15 or 16 digits could be several times: refused.
 * T4* Second 60 is the next minute's first.
 * T5  All else in digits is refused: month 91, 30 February, 00000000.
 * T6* ISO 8601: YYYY-MM-DD[Thh:mm[:ss[.f+]]], T or one blank. Other orders (01/02/2026) and words are refused.
 * T7  A zone is +ZZZZ or -ZZZZ, up to 14 hours; *Z and *+ZZ:ZZ are read. A zone of any other form refuses the time.
 * T8* Blanks around it are ignored.
 * T9  A second component of one letter (TS up to 2.5.1: Y L D H M S) makes the precision coarser, never finer; the
 *     digits are kept. Anything else there is ignored.
 *
 * A birth date is local_date: the eight digits, whatever time and zone follow (peers shift it by a day when they
 * convert).
 */
#ifndef HO_HL7_TIME_H
#define HO_HL7_TIME_H

#include "base/base.h"

enum ho_hl7_precision {
    HO_HL7_NO_TIME = 0,
    HO_HL7_YEAR, HO_HL7_MONTH, HO_HL7_DAY, HO_HL7_HOUR, HO_HL7_MINUTE, HO_HL7_SECOND, HO_HL7_MILLISECOND
};

struct ho_hl7_time {
    enum ho_hl7_precision precision;
    int64_t local_ms;   /* the civil time as if it were UTC; missing parts are their smallest */
    bool has_offset;
    bool odd;           /* read by a rule marked * */
    int32_t offset_min; /* minutes east, when has_offset */
    int32_t local_date; /* yyyymmdd of local_ms */
};

/* Why there is no time; for the feed's report. */
enum ho_hl7_time_verdict {
    HO_HL7_TIME_READ,
    HO_HL7_TIME_NONE,   /* absent, empty, blanks or null */
    HO_HL7_TIME_FORM,   /* words, or digits of no known form: T3, T6 */
    HO_HL7_TIME_RANGE,  /* digits out of range: T1, T5 */
    HO_HL7_TIME_ZONE    /* T7 */
};

/* text is a repetition, or its first component alone; '^' separates the second (see ho_hl7_ts). *ret_time is untouched
 * unless HO_HL7_TIME_READ. */
enum ho_hl7_time_verdict ho_hl7_time_read(struct ho_slice text, struct ho_hl7_time *ret_time);
/* The same with another component separator: ho_hl7_ts(repetition, msg->component, &time). */
enum ho_hl7_time_verdict ho_hl7_ts(struct ho_slice repetition, char component, struct ho_hl7_time *ret_time);
bool ho_hl7_time(struct ho_slice text, struct ho_hl7_time *ret_time); /* true when read */

#endif
