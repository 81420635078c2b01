/* send: an alert and its audit record become effects. Pure. Rules 12, 16, 17 and 23 of notify_core.h. */
#ifndef NOTIFY_SEND_H
#define NOTIFY_SEND_H

#include "notify/told.h"

struct notify_sending {
    const struct alert *base; /* from notify_fill */
    enum alert_alert_kind kind;
    const char *reason;                   /* in words; of corrections and retractions */
    const struct notify_changes *changes; /* of corrections and retractions, else NULL */
    int32_t supersedes;
};

/* To the PCP of that span; the alert's next revision. */
void notify_send_pcp(const struct notify_telling *t, const struct notify_sending *sending,
                     const struct notify_state_pcp_span *span);
/* To the care team's work list. */
void notify_send_careteam(const struct notify_telling *t, const struct notify_sending *sending);
/* Rule 22, nothing: the audit record of an alert that was not made. */
void notify_audit_withheld(const struct notify_telling *t);

#endif
