/*
 * notify: whom to tell of what, once. Pure: same state, lookups and event, same result.
 *
 *  notify.1  ADMITTED is told to the PCP of that date, until the end of the second day after (HEDIS TRC: notice of
 *            inpatient admission, day of admission to A+2).
 *  notify.2  DISCHARGED is told to the PCP of that date, until the end of D+2 (HEDIS TRC: receipt of discharge
 *            information).
 *  notify.3  ER_ARRIVED is told to the PCP of that date, until the end of the same day (plan's rule).
 *  notify.4  The PCP of that date: the member's attribution span that holds the event's date at the facility.
 *  notify.5  No member row yet, or no PCP on that date: the event waits in the state, at most NOTIFY_PENDING_MAX, and is
 *            told with the same content when a row brings one. Waiting is never telling twice.
 *  notify.6  A member's row replaces what is known of the member; then rule 5's events are tried again.
 *  notify.7  Duplicate: this revision of the event was told already.
 *  notify.8  A corrected or voided event: the alert's next revision, to exactly who was told. One that was never told is
 *            told as rule 1 to 3 say, or, voided, not at all.
 *  notify.9  The provider's row is not known: told all the same, marked fallback, reachable by the provider's id.
 *  notify.10 A facility whose name reveals the kind of treatment (42 CFR Part 2 and the like) is withheld.
 *  notify.11 Ignored and counted: kinds that nobody is told of, and events that are not of production.
 */
#ifndef NOTIFY_CORE_H
#define NOTIFY_CORE_H

#include "notify/directory.h"
#include "processor/decide.h"

#define NOTIFY_PENDING_MAX 32
#define NOTIFY_TOLD_MAX 96

enum notify_input { NOTIFY_CARE_EVENTS, NOTIFY_MEMBERS };
enum notify_output { NOTIFY_ALERTS_PCP };

/* From deploy/policy/notify/<date>.json. Days are calendar days after the event's date at the facility. */
struct notify_policy {
    char version[32]; /* notify@2026-01-01 */
    int admitted_days, discharged_days, er_days;
    int expires_days;
};

struct notify_env {
    struct notify_policy policy;
    struct ho_directory providers, facilities;
    const struct ho_avro_reader *events; /* reads the events that waited */
};

void notify_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);

#endif
