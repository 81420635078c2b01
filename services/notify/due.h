/* due: which rule tells an event, by when, and until when it is worth telling. Pure. Rules 1 to 8 of notify_core.h. */
#ifndef NOTIFY_DUE_H
#define NOTIFY_DUE_H

#include "notify/policy.h"

/* Number of the rule that tells this kind. */
const char *notify_rule_of(enum notify_state_alert_event_kind kind);
/* Date at the facility; without any time, the UTC date on which the plan knew. */
int32_t notify_event_date(const struct notify_state_news *news, int64_t at_ms);
/* End of the day that lies `days` after date, at the facility's offset of the event. */
int64_t notify_end_of_day(const struct notify_state_news *news, int32_t date, int days);
/* Rule 24: what came late is worth telling as long as what came at once. */
int64_t notify_expires(const struct notify_policy *policy, const struct notify_state_news *news, int64_t at_ms);

#endif
