/*
 * zone: an IANA time zone as a const table of transitions, so that pure code can turn local times to UTC. Loaded from
 * ICU once (ho_zone_load, 1970 to 2099).
 */
#ifndef HO_ZONE_H
#define HO_ZONE_H

#include "base/base.h"

struct ho_zone_step {
    int64_t from_utc_ms;
    int32_t offset_min; /* minutes east of UTC from then on */
};

struct ho_zone {
    char name[64];
    struct ho_zone_step *steps; /* first step's from_utc_ms is INT64_MIN */
    size_t count;
};

/* HO_INVALID for a name that ICU does not know. Release with ho_zone_release. */
enum ho_status ho_zone_load(struct ho_zone *zone, const char *name, struct ho_error *err) HO_MUST_CHECK;
void ho_zone_release(struct ho_zone *zone);
int32_t ho_zone_offset_min(const struct ho_zone *zone, int64_t utc_ms);
/* Local milliseconds (a civil time counted as if it were UTC) to UTC. In a gap the offset before the gap is taken (the
 * wall time moves forward); in an overlap the first (daylight) of the two. */
int64_t ho_zone_to_utc(const struct ho_zone *zone, int64_t local_ms);

#endif
