#include "hl7/hl7.h"

#include "base/calendar.h"

#define YEAR_MIN 1800
#define OFFSET_HOURS_MAX 14

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct ho_slice trim(struct ho_slice s)
{
    const char *precision = s.len ? memchr(s.ptr, '^', s.len) : NULL;
    if (precision)
        s.len = (size_t)(precision - s.ptr);
    while (s.len && s.ptr[0] == ' ')
        s = (struct ho_slice){s.ptr + 1, s.len - 1};
    while (s.len && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

static size_t count_digits(struct ho_slice s)
{
    size_t count = 0;
    while (count < s.len && is_digit(s.ptr[count]))
        count++;
    return count;
}

/* The value of len digits at ptr; the caller has checked that they are digits. */
static int number(const char *ptr, size_t len)
{
    int value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (ptr[i] - '0');
    return value;
}

/* "+HHMM" or "-HHMM", the whole of s. */
static bool read_offset(struct ho_slice s, int32_t *ret_offset_min)
{
    if (s.len != 5 || (s.ptr[0] != '+' && s.ptr[0] != '-') || count_digits((struct ho_slice){s.ptr + 1, 4}) != 4)
        return false;
    int hours = number(s.ptr + 1, 2), minutes = number(s.ptr + 3, 2);
    if (hours > OFFSET_HOURS_MAX || minutes > 59)
        return false;
    *ret_offset_min = (s.ptr[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

/* Digits as a fraction of a second, in milliseconds, cut and not rounded. */
static int fraction_ms(const char *ptr, size_t len)
{
    int ms = 0;
    for (size_t i = 0; i < 3; i++)
        ms = ms * 10 + (i < len ? ptr[i] - '0' : 0);
    return ms;
}

struct parts {
    int year, month, day, hour, minute, second, ms;
};

static bool in_range(const struct parts *p)
{
    return p->year >= YEAR_MIN && ho_date_valid(p->year, p->month, p->day) && p->hour <= 23 && p->minute <= 59 &&
           p->second <= 60;
}

/* The precision that a count of digits means, or HO_HL7_NO_TIME. */
static enum ho_hl7_precision precision_of(size_t digits)
{
    switch (digits) {
    case 4:
        return HO_HL7_YEAR;
    case 6:
        return HO_HL7_MONTH;
    case 8:
        return HO_HL7_DAY;
    case 10:
        return HO_HL7_HOUR;
    case 12:
        return HO_HL7_MINUTE;
    case 14:
        return HO_HL7_SECOND;
    case 17:
        return HO_HL7_MILLISECOND;
    default:
        return HO_HL7_NO_TIME;
    }
}

static void read_parts(const char *ptr, enum ho_hl7_precision precision, struct parts *p)
{
    *p = (struct parts){.year = number(ptr, 4), .month = 1, .day = 1};
    if (precision >= HO_HL7_MONTH)
        p->month = number(ptr + 4, 2);
    if (precision >= HO_HL7_DAY)
        p->day = number(ptr + 6, 2);
    if (precision >= HO_HL7_HOUR)
        p->hour = number(ptr + 8, 2);
    if (precision >= HO_HL7_MINUTE)
        p->minute = number(ptr + 10, 2);
    if (precision >= HO_HL7_SECOND)
        p->second = number(ptr + 12, 2);
    if (precision == HO_HL7_MILLISECOND)
        p->ms = number(ptr + 14, 3);
}

static void to_time(const struct parts *p, struct ho_hl7_time *time)
{
    time->local_date = p->year * 10000 + p->month * 100 + p->day;
    time->local_ms = ho_days_from_civil(p->year, p->month, p->day) * HO_DAY_MS +
                     ((p->hour * INT64_C(60) + p->minute) * 60 + p->second) * 1000 + p->ms;
}

bool ho_hl7_time(struct ho_slice text, struct ho_hl7_time *ret_time)
{
    struct ho_slice s = trim(text);
    struct ho_hl7_time time = {0};
    struct parts parts;
    size_t digits = count_digits(s);
    time.precision = precision_of(digits);
    if (time.precision == HO_HL7_NO_TIME)
        return false;
    read_parts(s.ptr, time.precision, &parts);
    s = (struct ho_slice){s.ptr + digits, s.len - digits};
    if (s.len && s.ptr[0] == '.') {
        struct ho_slice fraction = {s.ptr + 1, count_digits((struct ho_slice){s.ptr + 1, s.len - 1})};
        if (time.precision != HO_HL7_SECOND || !fraction.len)
            return false;
        parts.ms = fraction_ms(fraction.ptr, fraction.len);
        time.precision = HO_HL7_MILLISECOND;
        s = (struct ho_slice){s.ptr + 1 + fraction.len, s.len - 1 - fraction.len};
    }
    time.has_offset = s.len > 0;
    if ((s.len && !read_offset(s, &time.offset_min)) || !in_range(&parts))
        return false;
    to_time(&parts, &time);
    *ret_time = time;
    return true;
}
