/* Pure lookups in a loaded zone. */
#include "clock/zone.h"

static size_t step_at(const struct ho_zone *zone, int64_t utc_ms)
{
    size_t low = 0, high = zone->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (zone->steps[middle].from_utc_ms <= utc_ms)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int32_t ho_zone_offset_min(const struct ho_zone *zone, int64_t utc_ms)
{
    return zone->steps[step_at(zone, utc_ms)].offset_min;
}

/* The step valid a day earlier is tried first: in an overlap it is the daylight time, in a gap the offset before. */
int64_t ho_zone_to_utc(const struct ho_zone *zone, int64_t local_ms)
{
    int32_t before = ho_zone_offset_min(zone, local_ms - 86400000 - 14 * 3600000);
    int32_t after = ho_zone_offset_min(zone, local_ms + 86400000);
    int64_t early = local_ms - before * INT64_C(60000), late = local_ms - after * INT64_C(60000);
    if (ho_zone_offset_min(zone, early) == before)
        return early;
    return ho_zone_offset_min(zone, late) == after ? late : early;
}
