#include "notify/due.h"

#include "base/calendar.h"

const char *notify_rule_of(enum notify_state_alert_event_kind kind)
{
    switch (kind) {
    case NOTIFY_STATE_ALERT_EVENT_KIND_ADMITTED:
        return "notify.1";
    case NOTIFY_STATE_ALERT_EVENT_KIND_DISCHARGED:
        return "notify.2";
    case NOTIFY_STATE_ALERT_EVENT_KIND_ER_ARRIVED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_ER_DEPARTED:
        return "notify.3";
    case NOTIFY_STATE_ALERT_EVENT_KIND_OBSERVATION_STARTED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_OBSERVATION_ENDED:
        return "notify.4";
    case NOTIFY_STATE_ALERT_EVENT_KIND_MEMBER_DECEASED:
        return "notify.6";
    case NOTIFY_STATE_ALERT_EVENT_KIND_UNKNOWN:
    case NOTIFY_STATE_ALERT_EVENT_KIND_TRANSFERRED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_PREADMITTED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_LEAVE_STARTED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_LEAVE_ENDED:
    case NOTIFY_STATE_ALERT_EVENT_KIND_UPDATED:
        break;
    }
    return "notify.7";
}

int32_t notify_event_date(const struct notify_state_news *news, int64_t at_ms)
{
    return news->has_occurred ? news->occurred.local_date : ho_date_of_days(at_ms / HO_DAY_MS);
}

int64_t notify_end_of_day(const struct notify_state_news *news, int32_t date, int days)
{
    int32_t offset_min = news->has_occurred && news->occurred.has_offset_min ? news->occurred.offset_min : 0;
    return (ho_days_of_date(date) + days + 1) * HO_DAY_MS - offset_min * INT64_C(60000) - 1;
}

int64_t notify_expires(const struct notify_policy *policy, const struct notify_state_news *news, int64_t at_ms)
{
    int32_t happened = notify_event_date(news, at_ms), known = ho_date_of_days(at_ms / HO_DAY_MS);
    return notify_end_of_day(news, happened > known ? happened : known, policy->expires_days);
}
