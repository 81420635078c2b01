#include "clock/clock.h"

#include <stdatomic.h>
#include <time.h>

#define NOT_SET INT64_MIN

static _Atomic int64_t set_ms = NOT_SET;

int64_t ho_clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ho_clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t ho_clock_now_ms(void)
{
    int64_t value = atomic_load(&set_ms);
    return value == NOT_SET ? ho_clock_wall_ms() : value;
}

bool ho_clock_is_set(void)
{
    return atomic_load(&set_ms) != NOT_SET;
}

void ho_clock_set(int64_t utc_ms)
{
    int64_t before = atomic_load(&set_ms);
    while (utc_ms > before && !atomic_compare_exchange_weak(&set_ms, &before, utc_ms))
        ;
}
