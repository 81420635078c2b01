/*
 * calendar: pure arithmetic of the proleptic Gregorian calendar. No zone, no clock. A day is counted from 1970-01-01;
 * a date as number is yyyymmdd (20261124).
 */
#ifndef HO_CALENDAR_H
#define HO_CALENDAR_H

#include "base/base.h"

#define HO_DAY_MS INT64_C(86400000)

int64_t ho_days_from_civil(int year, int month, int day);
void ho_civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day);
bool ho_date_valid(int year, int month, int day);
/* yyyymmdd of days since 1970-01-01, and back. */
int32_t ho_date_of_days(int64_t days);
int64_t ho_days_of_date(int32_t yyyymmdd);
/* "2026-11-24T07:16:15.123Z" for UTC milliseconds; out of at least 32 bytes; returns out. */
#define HO_UTC_SIZE 32
char *ho_utc_format(int64_t utc_ms, char out[HO_UTC_SIZE]);
/* Reads "YYYY-MM-DD" or "YYYY-MM-DDThh:mm[:ss[.fff]]Z"; false when it is neither. */
bool ho_utc_parse(struct ho_slice text, int64_t *ret_utc_ms);

#endif
