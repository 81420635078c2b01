/*
 * alert_text: what an alert says. Pure. The push text is safe for a lock screen: it holds no health information
 *, so that a notification service may show it as it is.
 */
#ifndef NOTIFY_ALERT_TEXT_H
#define NOTIFY_ALERT_TEXT_H

#include "alert.h"

/* Fills push, subject, body and action from the rest of the alert. */
void notify_alert_text(struct alert *out, struct ho_arena *arena);

#endif
