#include "hl7/time.h"

#include "base/calendar.h"

#define YEAR_MIN 1800
#define OFFSET_HOURS_MAX 14
#define DIGITS_MAX 17

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

static struct ho_slice trim(struct ho_slice s) /* T8 */
{
    while (s.len && s.ptr[0] == ' ')
        s = skip(s, 1);
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

/* T7. The whole of s is a zone. */
static bool read_zone(struct ho_slice s, struct ho_hl7_time *time)
{
    char digits[4];
    if (s.len == 1 && s.ptr[0] == 'Z') {
        time->has_offset = time->odd = true;
        return true;
    }
    bool colon = s.len == 6 && s.ptr[3] == ':';
    if ((s.len != 5 && !colon) || (s.ptr[0] != '+' && s.ptr[0] != '-'))
        return false;
    memcpy(digits, s.ptr + 1, 2);
    memcpy(digits + 2, s.ptr + (colon ? 4 : 3), 2);
    if (count_digits((struct ho_slice){digits, sizeof digits}) != sizeof digits)
        return false;
    int hours = number(digits, 2), minutes = number(digits + 2, 2);
    if (hours > OFFSET_HOURS_MAX || minutes > 59)
        return false;
    time->offset_min = (s.ptr[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    time->has_offset = true;
    time->odd |= colon;
    return true;
}

/* T2. Digits as a fraction of a second, in milliseconds. */
static int fraction_ms(struct ho_slice digits)
{
    int ms = 0;
    for (size_t i = 0; i < 3; i++)
        ms = ms * 10 + (i < digits.len ? digits.ptr[i] - '0' : 0);
    return ms;
}

/* T6. The digits of an ISO date and time at the start of s. Returns the bytes taken, 0 when it is none. */
static size_t iso_digits(struct ho_slice s, char digits[DIGITS_MAX], size_t *ret_count)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    size_t at = 0, count = 0;
    for (; at < s.len && form[at]; at++) {
        char c = s.ptr[at];
        bool fits = form[at] == 'd' ? is_digit(c) : c == form[at] || (form[at] == 'T' && c == ' ');
        if (!fits)
            break;
        if (form[at] == 'd')
            digits[count++] = c;
    }
    *ret_count = count;
    return at == 10 || at == 16 || at == 19 ? at : 0;
}

/* T1, T3. The precision that a count of digits means, or HO_HL7_NO_TIME. */
static enum ho_hl7_precision precision_of(size_t digits)
{
    static const enum ho_hl7_precision of[DIGITS_MAX + 1] = {
        [4] = HO_HL7_YEAR,    [6] = HO_HL7_MONTH,   [8] = HO_HL7_DAY,          [10] = HO_HL7_HOUR,
        [12] = HO_HL7_MINUTE, [14] = HO_HL7_SECOND, [17] = HO_HL7_MILLISECOND,
    };
    return digits <= DIGITS_MAX ? of[digits] : HO_HL7_NO_TIME;
}

/* The digits of s, as they are or without the marks of ISO; *s is what follows. */
static bool take_digits(struct ho_slice *s, char digits[DIGITS_MAX], struct ho_hl7_time *time)
{
    size_t count = count_digits(*s), taken = count;
    if (count == 4 && s->len > 7 && s->ptr[4] == '-' && s->ptr[7] == '-') { /* not 2026-0500, a year and a zone */
        taken = iso_digits(*s, digits, &count);
        time->odd = true;
    } else if (count <= DIGITS_MAX) {
        memcpy(digits, s->ptr, count);
    }
    time->precision = precision_of(count);
    time->odd |= time->precision == HO_HL7_MILLISECOND;
    *s = skip(*s, taken);
    return taken && time->precision != HO_HL7_NO_TIME;
}

static bool set_time(const char digits[DIGITS_MAX], int fraction, struct ho_hl7_time *time)
{
    int year = number(digits, 4);
    int month = time->precision >= HO_HL7_MONTH ? number(digits + 4, 2) : 1;
    int day = time->precision >= HO_HL7_DAY ? number(digits + 6, 2) : 1;
    int hour = time->precision >= HO_HL7_HOUR ? number(digits + 8, 2) : 0;
    int minute = time->precision >= HO_HL7_MINUTE ? number(digits + 10, 2) : 0;
    int second = time->precision >= HO_HL7_SECOND ? number(digits + 12, 2) : 0;
    if (year < YEAR_MIN || !ho_date_valid(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return false;
    time->odd |= second == 60; /* T4: the sum below carries it over */
    time->local_ms = ho_days_from_civil(year, month, day) * HO_DAY_MS +
                     ((hour * INT64_C(60) + minute) * 60 + second) * 1000 + fraction;
    int64_t days = time->local_ms / HO_DAY_MS - (time->local_ms % HO_DAY_MS < 0);
    time->local_date = ho_date_of_days(days);
    return true;
}

/* T9. */
static void read_degree(struct ho_slice degree, struct ho_hl7_time *time)
{
    static const char letters[] = "YLDHMS";
    const char *found = degree.len == 1 ? memchr(letters, degree.ptr[0], sizeof letters - 1) : NULL;
    enum ho_hl7_precision precision = HO_HL7_MILLISECOND;
    if (found)
        precision = HO_HL7_YEAR + (enum ho_hl7_precision)(found - letters);
    if (precision < time->precision)
        time->precision = precision;
}

static enum ho_hl7_time_verdict read_value(struct ho_slice s, struct ho_hl7_time *time)
{
    char digits[DIGITS_MAX];
    int fraction = 0;
    if (!take_digits(&s, digits, time))
        return HO_HL7_TIME_FORM;
    if (time->precision == HO_HL7_MILLISECOND)
        fraction = number(digits + 14, 3);
    if (s.len && s.ptr[0] == '.') {
        s = skip(s, 1);
        struct ho_slice part = {s.ptr, count_digits(s)};
        if (time->precision != HO_HL7_SECOND || !part.len)
            return HO_HL7_TIME_FORM;
        fraction = fraction_ms(part);
        time->precision = HO_HL7_MILLISECOND;
        s = skip(s, part.len);
    }
    if (s.len && !read_zone(s, time))
        return s.ptr[0] == '+' || s.ptr[0] == '-' ? HO_HL7_TIME_ZONE : HO_HL7_TIME_FORM;
    return set_time(digits, fraction, time) ? HO_HL7_TIME_READ : HO_HL7_TIME_RANGE;
}

enum ho_hl7_time_verdict ho_hl7_ts(struct ho_slice repetition, char component, struct ho_hl7_time *ret_time)
{
    struct ho_hl7_time time = {0};
    struct ho_slice value = repetition, degree = {NULL, 0};
    const char *end = component && value.len ? memchr(value.ptr, component, value.len) : NULL;
    if (end) {
        value.len = (size_t)(end - value.ptr);
        degree = skip(repetition, value.len + 1);
        const char *next = degree.len ? memchr(degree.ptr, component, degree.len) : NULL;
        degree.len = next ? (size_t)(next - degree.ptr) : degree.len;
    }
    struct ho_slice s = trim(value);
    if (!s.len || (s.len == 2 && memcmp(s.ptr, "\"\"", 2) == 0))
        return HO_HL7_TIME_NONE;
    time.odd = s.len != value.len;
    enum ho_hl7_time_verdict verdict = read_value(s, &time);
    if (verdict != HO_HL7_TIME_READ)
        return verdict;
    read_degree(degree, &time);
    *ret_time = time;
    return HO_HL7_TIME_READ;
}

enum ho_hl7_time_verdict ho_hl7_time_read(struct ho_slice text, struct ho_hl7_time *ret_time)
{
    return ho_hl7_ts(text, '^', ret_time);
}

bool ho_hl7_time(struct ho_slice text, struct ho_hl7_time *ret_time)
{
    return ho_hl7_time_read(text, ret_time) == HO_HL7_TIME_READ;
}
