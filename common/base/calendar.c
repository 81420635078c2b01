/* Days and dates by the era method: 400 years are 146,097 days; a year begins in March, so that February is last. */
#include "base/calendar.h"

#include <stdio.h>

int64_t ho_days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void ho_civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

bool ho_date_valid(int year, int month, int day)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month != 2 || day <= 28 || leap;
}

int32_t ho_date_of_days(int64_t days)
{
    int year, month, day;
    ho_civil_from_days(days, &year, &month, &day);
    return year * 10000 + month * 100 + day;
}

int64_t ho_days_of_date(int32_t yyyymmdd)
{
    return ho_days_from_civil(yyyymmdd / 10000, yyyymmdd / 100 % 100, yyyymmdd % 100);
}

char *ho_utc_format(int64_t utc_ms, char out[HO_UTC_SIZE])
{
    int year, month, day;
    int64_t days = (utc_ms >= 0 ? utc_ms : utc_ms - (HO_DAY_MS - 1)) / HO_DAY_MS;
    int ms = (int)(utc_ms - days * HO_DAY_MS);
    ho_civil_from_days(days, &year, &month, &day);
    snprintf(out, HO_UTC_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year % 10000, month, day, ms / 3600000,
             ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
    return out;
}

/* count digits at *at; advances. */
static bool digits(struct ho_slice text, size_t *at, size_t count, int *ret_value)
{
    int value = 0;
    if (text.len < *at + count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = text.ptr[(*at)++];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *ret_value = value;
    return true;
}

static bool literal(struct ho_slice text, size_t *at, char c)
{
    if (*at >= text.len || text.ptr[*at] != c)
        return false;
    (*at)++;
    return true;
}

bool ho_utc_parse(struct ho_slice text, int64_t *ret_utc_ms)
{
    size_t at = 0;
    int year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
    if (!digits(text, &at, 4, &year) || !literal(text, &at, '-') || !digits(text, &at, 2, &month) ||
        !literal(text, &at, '-') || !digits(text, &at, 2, &day) || !ho_date_valid(year, month, day))
        return false;
    if (at < text.len) {
        if (!literal(text, &at, 'T') || !digits(text, &at, 2, &hour) || !literal(text, &at, ':') ||
            !digits(text, &at, 2, &minute))
            return false;
        bool seconds = literal(text, &at, ':');
        if (seconds && !digits(text, &at, 2, &second))
            return false;
        if (seconds && literal(text, &at, '.') && !digits(text, &at, 3, &ms))
            return false;
        if (!literal(text, &at, 'Z') || hour > 23 || minute > 59 || second > 59)
            return false;
    }
    if (at != text.len)
        return false;
    *ret_utc_ms = ho_days_from_civil(year, month, day) * HO_DAY_MS +
                  ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms;
    return true;
}
