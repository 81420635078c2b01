/* fill: an alert's content from an event, the member's row, the tables and what the filter lets through. Pure. */
#ifndef NOTIFY_FILL_H
#define NOTIFY_FILL_H

#include "alert.h"
#include "notify/filter.h"
#include "notify/notify_core.h"

/* One event being told: what the rules look at, so that they take few parameters. */
struct notify_telling {
    const struct notify_env *env;
    const struct ho_event *event; /* that runs now */
    struct notify_state *state;
    struct ho_effects *effects;
    struct notify_state_fact *fact;
    int32_t date;                       /* of the fact */
    const struct notify_policy *policy; /* of that date */
    const struct notify_list *list;
    struct notify_filter filter;
};

/* Sets fact and what follows from it. */
void notify_look(struct notify_telling *t, struct notify_state_fact *fact);
/* All of an alert but its kind, revision, recipient, correction and texts. */
void notify_fill(const struct notify_telling *t, struct alert *out);
/* Rule 20. */
void notify_fill_pcp(const struct notify_telling *t, const struct notify_state_pcp_span *span,
                     struct alert_alert_recipient *out);
/* Id of the alert about `kind` of an encounter to a role. */
struct ho_slice notify_alert_id(const struct notify_telling *t, struct ho_slice encounter_id,
                                enum notify_state_alert_event_kind kind, const char *role);

#endif
