/* Times: T1 to T9 of time.h, a row for each form that real senders use, and what is refused with its reason. */
#include <criterion/criterion.h>

#include "base/calendar.h"
#include "hl7/time.h"

/* Good ones: the civil time as ISO, its precision, the offset ("" none) and whether a rule beyond the standard was
 * needed. */
static const struct {
    const char *rule, *text;
    enum ho_hl7_precision precision;
    const char *local;
    int offset_min; /* NONE: no zone */
    bool odd;
} good[] = {
#define NONE 9999
    {"T1 year", "2026", HO_HL7_YEAR, "2026-01-01T00:00:00.000Z", NONE, false},
    {"T1 month", "202611", HO_HL7_MONTH, "2026-11-01T00:00:00.000Z", NONE, false},
    {"T1 day", "20261124", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T1 leap day", "20280229", HO_HL7_DAY, "2028-02-29T00:00:00.000Z", NONE, false},
    {"T1 before 1970", "19000301", HO_HL7_DAY, "1900-03-01T00:00:00.000Z", NONE, false},
    {"T1 first year", "1800", HO_HL7_YEAR, "1800-01-01T00:00:00.000Z", NONE, false},
    {"T1 hour", "2026112407", HO_HL7_HOUR, "2026-11-24T07:00:00.000Z", NONE, false},
    {"T1 minute", "202611240716", HO_HL7_MINUTE, "2026-11-24T07:16:00.000Z", NONE, false},
    {"T1 second", "20261124071615", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", NONE, false},
    {"T2 one digit", "20261124071615.5", HO_HL7_MILLISECOND, "2026-11-24T07:16:15.500Z", NONE, false},
    {"T2 four digits", "20261124071615.1239", HO_HL7_MILLISECOND, "2026-11-24T07:16:15.123Z", NONE, false},
    {"T2 cut, not rounded", "20261231235959.999999999", HO_HL7_MILLISECOND, "2026-12-31T23:59:59.999Z", NONE, false},
    {"T3 without a dot", "20110613122406637", HO_HL7_MILLISECOND, "2011-06-13T12:24:06.637Z", NONE, true},
    {"T3 and a zone", "20110613122406637-0500", HO_HL7_MILLISECOND, "2011-06-13T12:24:06.637Z", -300, true},
    {"T4 second 60", "20261124071660", HO_HL7_SECOND, "2026-11-24T07:17:00.000Z", NONE, true},
    {"T4 at the year's end", "20261231235960", HO_HL7_SECOND, "2027-01-01T00:00:00.000Z", NONE, true},
    {"T6 date", "2026-11-24", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, true},
    {"T6 minute and zone", "2026-11-24T07:16-05:00", HO_HL7_MINUTE, "2026-11-24T07:16:00.000Z", -300, true},
    {"T6 a blank for T", "2026-11-24 07:16:15", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", NONE, true},
    {"T6 milliseconds, UTC", "2026-11-24T07:16:15.123Z", HO_HL7_MILLISECOND, "2026-11-24T07:16:15.123Z", 0, true},
    {"T7 west", "20261124071615-0500", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", -300, false},
    {"T7 quarters of an hour", "20261124071615+0215", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", 135, false},
    {"T7 a day with zone", "19480212-0500", HO_HL7_DAY, "1948-02-12T00:00:00.000Z", -300, false},
    {"T7 a year with zone", "2026-0500", HO_HL7_YEAR, "2026-01-01T00:00:00.000Z", -300, false},
    {"T7 a year east", "2026+0100", HO_HL7_YEAR, "2026-01-01T00:00:00.000Z", 60, false},
    {"T7 Z", "20261124071615Z", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", 0, true},
    {"T7 fourteen hours", "20261124071615+1400", HO_HL7_SECOND, "2026-11-24T07:16:15.000Z", 840, false},
    {"T8 blanks", "  20261124 ", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, true},
    {"T9 D", "20261124^D", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T9 D of a minute", "202611240716^D", HO_HL7_DAY, "2026-11-24T07:16:00.000Z", NONE, false},
    {"T9 L is month", "20261124^L", HO_HL7_MONTH, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T9 Y", "20260101^Y", HO_HL7_YEAR, "2026-01-01T00:00:00.000Z", NONE, false},
    {"T9 S is not finer", "20261124^S", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T9 S of milliseconds", "20261124071615.123^S", HO_HL7_SECOND, "2026-11-24T07:16:15.123Z", NONE, false},
    {"T9 anything else", "20261124^day", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T9 nothing", "20261124^", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
    {"T9 a third component", "20261124^D^x", HO_HL7_DAY, "2026-11-24T00:00:00.000Z", NONE, false},
};

Test(hl7_time, read_by_the_rules)
{
    for (size_t i = 0; i < HO_LENGTH(good); i++) {
        struct ho_hl7_time time;
        char local[HO_UTC_SIZE];
        const char *rule = good[i].rule;
        cr_assert_eq(ho_hl7_time_read(ho_slice_of(good[i].text), &time), HO_HL7_TIME_READ, "%s", rule);
        cr_assert_eq(time.precision, good[i].precision, "%s: %d", rule, (int)time.precision);
        cr_assert_str_eq(ho_utc_format(time.local_ms, local), good[i].local, "%s: %s", rule, local);
        cr_assert_eq(time.local_date, ho_date_of_days(time.local_ms >= 0 ? time.local_ms / HO_DAY_MS
                                                                         : -((-time.local_ms - 1) / HO_DAY_MS) - 1), "%s", rule);
        cr_assert_eq(time.has_offset, good[i].offset_min != NONE, "%s", rule);
        cr_assert_eq(time.offset_min, good[i].offset_min == NONE ? 0 : good[i].offset_min, "%s", rule);
        cr_assert_eq(time.odd, good[i].odd, "%s", rule);
    }
}

static const struct {
    const char *rule, *text;
    enum ho_hl7_time_verdict verdict;
} bad[] = {
    {"nothing", "", HO_HL7_TIME_NONE},
    {"blanks", "   ", HO_HL7_TIME_NONE},
    {"null", "\"\"", HO_HL7_TIME_NONE},
    {"a precision alone", "^D", HO_HL7_TIME_NONE},
    {"T1 five digits", "20261", HO_HL7_TIME_FORM},
    {"T1 seven digits", "2026112", HO_HL7_TIME_FORM},
    {"T1 two digits", "26", HO_HL7_TIME_FORM},
    {"T2 a fraction of a minute", "202611240716.5", HO_HL7_TIME_FORM},
    {"T2 a dot alone", "20261124071615.", HO_HL7_TIME_FORM},
    {"T2 two fractions", "20261124071615.1.2", HO_HL7_TIME_FORM},
    {"T2 a fraction of milliseconds", "20110613122406637.5", HO_HL7_TIME_FORM},
    {"T3 fifteen digits", "201106131224066", HO_HL7_TIME_FORM},
    {"T3 sixteen digits", "2011061312240663", HO_HL7_TIME_FORM},
    {"T3 eighteen digits", "201106131224066371", HO_HL7_TIME_FORM},
    {"T3 very many digits", "20110613122406637123456789012345678901234567890", HO_HL7_TIME_FORM},
    {"T4 second 61", "20261124071661", HO_HL7_TIME_RANGE},
    {"T5 month 91", "20269101", HO_HL7_TIME_RANGE},
    {"T5 month 13", "20261301", HO_HL7_TIME_RANGE},
    {"T5 month 00", "20260001", HO_HL7_TIME_RANGE},
    {"T5 30 February", "20260230", HO_HL7_TIME_RANGE},
    {"T5 no leap year", "20260229", HO_HL7_TIME_RANGE},
    {"T5 zeros", "00000000", HO_HL7_TIME_RANGE},
    {"T5 fourteen zeros", "00000000000000", HO_HL7_TIME_RANGE},
    {"T5 hour 24", "202611242400", HO_HL7_TIME_RANGE},
    {"T5 minute 60", "202611240760", HO_HL7_TIME_RANGE},
    {"T5 the year 1799", "17991231", HO_HL7_TIME_RANGE},
    {"T6 words", "yesterday", HO_HL7_TIME_FORM},
    {"T6 month first", "11/24/2026", HO_HL7_TIME_FORM},
    {"T6 month first, dashes", "11-24-2026", HO_HL7_TIME_FORM},
    {"T6 hour alone", "2026-11-24T07", HO_HL7_TIME_FORM},
    {"T6 month alone", "2026-11", HO_HL7_TIME_ZONE},
    {"T6 a fraction of a minute", "2026-11-24T07:16.5", HO_HL7_TIME_FORM},
    {"T6 range", "2026-13-24", HO_HL7_TIME_RANGE},
    {"T6 words behind", "2026-11-24 noon", HO_HL7_TIME_FORM},
    {"T6 another letter", "2026-11-24X07:16", HO_HL7_TIME_FORM},
    {"T6 a slash", "2026-11/24", HO_HL7_TIME_ZONE},
    {"T7 two digits", "20261124071615-05", HO_HL7_TIME_ZONE},
    {"T7 fifteen hours", "20261124071615+1500", HO_HL7_TIME_ZONE},
    {"T7 minutes", "20261124071615+0260", HO_HL7_TIME_ZONE},
    {"T7 letters", "20261124071615-0x00", HO_HL7_TIME_ZONE},
    {"T7 a name", "20261124071615EST", HO_HL7_TIME_FORM},
    {"T7 something behind", "20261124071615-0500x", HO_HL7_TIME_ZONE},
    {"T8 a blank within", "20261124 0716", HO_HL7_TIME_FORM},
};

Test(hl7_time, refused_with_a_reason_and_nothing_written)
{
    for (size_t i = 0; i < HO_LENGTH(bad); i++) {
        struct ho_hl7_time time = {.local_date = 7};
        cr_assert_eq(ho_hl7_time_read(ho_slice_of(bad[i].text), &time), bad[i].verdict, "%s", bad[i].rule);
        cr_assert_eq(time.local_date, 7, "%s", bad[i].rule);
        cr_assert_not(ho_hl7_time(ho_slice_of(bad[i].text), &time), "%s", bad[i].rule);
    }
    struct ho_hl7_time time;
    cr_assert_eq(ho_hl7_time_read((struct ho_slice){NULL, 0}, &time), HO_HL7_TIME_NONE);
}

Test(hl7_time, the_precision_stands_behind_the_messages_own_separator)
{
    struct ho_hl7_time time;
    cr_assert_eq(ho_hl7_ts(HO_SLICE("202611240716~D"), '~', &time), HO_HL7_TIME_READ);
    cr_assert_eq(time.precision, HO_HL7_DAY);
    cr_assert_eq(ho_hl7_ts(HO_SLICE("202611240716^D"), '~', &time), HO_HL7_TIME_FORM);
    cr_assert_eq(ho_hl7_ts(HO_SLICE("202611240716"), 0, &time), HO_HL7_TIME_READ);
}

/* A birth date is the eight digits, whatever zone follows: a UTC midnight must not shift it. */
Test(hl7_time, a_birth_date_is_never_converted)
{
    static const char *births[] = {"19480212", "194802120000", "19480212000000-0500", "19480212050000+0000", "19480212235959.9999+1400"};
    for (size_t i = 0; i < HO_LENGTH(births); i++) {
        struct ho_hl7_time time;
        cr_assert(ho_hl7_time(ho_slice_of(births[i]), &time), "%s", births[i]);
        cr_assert_eq(time.local_date, 19480212, "%s", births[i]);
    }
}

/* Every day that exists reads as itself, and no other does: 1800 to 2100, against the calendar's own count. */
Test(hl7_time, every_day_and_no_other)
{
    for (int year = 1800; year <= 2100; year++)
        for (int month = 0; month <= 13; month++)
            for (int day = 0; day <= 32; day++) {
                const char text[8] = {(char)('0' + year / 1000), (char)('0' + year / 100 % 10), (char)('0' + year / 10 % 10),
                                      (char)('0' + year % 10),   (char)('0' + month / 10),      (char)('0' + month % 10),
                                      (char)('0' + day / 10),    (char)('0' + day % 10)};
                struct ho_hl7_time time;
                bool read = ho_hl7_time((struct ho_slice){text, 8}, &time);
                cr_assert_eq(read, ho_date_valid(year, month, day), "%.8s", text);
                if (read)
                    cr_assert_eq(time.local_date, year * 10000 + month * 100 + day, "%.8s", text);
            }
}
