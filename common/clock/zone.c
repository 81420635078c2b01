#include "clock/zone.h"

#include <stdio.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#define FROM_MS INT64_C(0)               /* 1970 */
#define UNTIL_MS INT64_C(4102444800000)  /* 2100 */
#define STEPS_MAX 1024

static int32_t offset_at(UCalendar *calendar, UErrorCode *code)
{
    int32_t ms = ucal_get(calendar, UCAL_ZONE_OFFSET, code) + ucal_get(calendar, UCAL_DST_OFFSET, code);
    return ms / 60000;
}

enum ho_status ho_zone_load(struct ho_zone *zone, const char *name, struct ho_error *err)
{
    UChar wide[64], canonical[64];
    UErrorCode code = U_ZERO_ERROR;
    UBool system = 0;
    *zone = (struct ho_zone){.steps = NULL};
    u_uastrncpy(wide, name, 63);
    wide[63] = 0;
    ucal_getCanonicalTimeZoneID(wide, -1, canonical, 64, &system, &code);
    if (U_FAILURE(code) || !system || strlen(name) >= sizeof zone->name)
        return ho_fail(err, HO_INVALID, "time zone \"%s\" is not known (an IANA name is wanted)", name);
    UCalendar *calendar = ucal_open(wide, -1, "en_US", UCAL_GREGORIAN, &code);
    if (U_FAILURE(code))
        return ho_fail(err, HO_FAILED, "time zone %s: %s", name, u_errorName(code));
    snprintf(zone->name, sizeof zone->name, "%s", name);
    zone->steps = ho_calloc(STEPS_MAX, sizeof *zone->steps);
    ucal_setMillis(calendar, (UDate)FROM_MS, &code);
    zone->steps[zone->count++] = (struct ho_zone_step){INT64_MIN, offset_at(calendar, &code)};
    UDate next = 0;
    while (zone->count < STEPS_MAX &&
           ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &next, &code) && next < (UDate)UNTIL_MS) {
        ucal_setMillis(calendar, next, &code);
        zone->steps[zone->count++] = (struct ho_zone_step){(int64_t)next, offset_at(calendar, &code)};
    }
    ucal_close(calendar);
    if (U_SUCCESS(code))
        return HO_OK;
    ho_zone_release(zone);
    return ho_fail(err, HO_FAILED, "time zone %s: %s", name, u_errorName(code));
}

void ho_zone_release(struct ho_zone *zone)
{
    ho_free(zone->steps);
    *zone = (struct ho_zone){.steps = NULL};
}
