/*
 * alert_text: what an alert says, in English. Pure. The push text is safe for a lock screen: it holds no health
 * information and no name, so that a notification service may show it as it is.
 */
#ifndef NOTIFY_ALERT_TEXT_H
#define NOTIFY_ALERT_TEXT_H

#include "alert.h"
#include "base/arena.h"
#include "notify_state.h"

struct notify_asking {
    bool dead, hospice; /* no follow-up is asked for */
    int32_t date;       /* of the event */
    int ask_days;       /* until so many days after it; 0: no date */
    enum notify_state_disposition_class disposition;
};

/* Fills out->action from the kind of event. */
void notify_ask(const struct notify_asking *asking, struct alert *out, struct ho_arena *arena);
/* Empty for UNKNOWN. */
struct ho_slice notify_disposition_words(enum notify_state_disposition_class class);
/* "2026-11-02 at 11:30" at the facility, as exact as it was sent; empty when it was not. */
struct ho_slice notify_when(const struct alert_alert_times *times, struct ho_arena *arena);
/* "I50.32-like code text; ..." */
struct ho_slice notify_diagnoses(const struct alert_alert_encounter *encounter, struct ho_arena *arena);
struct ho_slice notify_place(const struct alert_alert_encounter *encounter);
/* Fills push, subject and body from the rest of the alert. late_hours: from which age on it is said. */
void notify_alert_text(struct alert *out, int late_hours, struct ho_arena *arena);

#endif
