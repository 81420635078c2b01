/*
 * clock: the only place that reads time. The wall clock in production; in replay, simulation and tests the last record
 * of the topic `clock`, which the owner feeds in by ho_clock_set.
 */
#ifndef HO_CLOCK_H
#define HO_CLOCK_H

#include "base/base.h"

int64_t ho_clock_wall_ms(void);      /* UTC milliseconds since 1970 */
int64_t ho_clock_monotonic_us(void); /* for durations only */

/* Care time: the wall clock until ho_clock_set was called once, then the last value set; it never goes back. */
int64_t ho_clock_now_ms(void);
void ho_clock_set(int64_t utc_ms);
bool ho_clock_is_set(void);

#endif
