/*
 * identity: whose message is this? Deterministic by the plan's own member id; never a guess. Pure.
 *
 *  identity.1  Duplicate: a message id (feed and bytes) seen before in its ring slot is dropped.
 *  identity.2  A value that is not HL7 v2 with MSH-9 is poison: it goes to the dead letters.
 *  identity.3  Ignored and counted: messages that are not ADT, and events that carry no patient (A19 A20 A56-A59).
 *  identity.4  Candidates, in this order: PID-3 of type MB, IN1-49, IN1-36, IN2-61, and any other PID-3 whose type is
 *              empty. Only ids that the roster knows count. Local numbers (MR, PI, AN ...) never do: they are the feed's.
 *  identity.5  A candidate matches when birth date (8 digits, never converted) or family name (folded) agrees; IN1-36 is
 *              often the subscriber's, so an id alone is not enough.
 *  identity.6  Two different members agree: parked.
 *  identity.7  A replaced member id leads to the one that stands, at most 8 steps; a circle is parked.
 *  identity.8  Known ids, but none agrees: parked. No id, or none known: parked as identity.9.
 *  identity.10 The member has no coverage on the event's date: parked.
 * Parked means adt.unmatched, with the rule and without anything of the person.
 */
#ifndef IDENTITY_CORE_H
#define IDENTITY_CORE_H

#include "clock/zone.h"
#include "feed/feed.h"
#include "identity/roster.h"
#include "processor/decide.h"

#define IDENTITY_SLOTS 4096   /* ring slots of seen ids, per feed */
#define IDENTITY_SLOT_IDS 16  /* ids a slot: a window of at least some 30,000 messages a feed */

enum identity_output { IDENTITY_MATCHED, IDENTITY_UNMATCHED };

struct identity_env {
    struct ho_feeds feeds;
    struct ho_zone *zones; /* one a feed, in their order */
    struct roster roster;
};

size_t identity_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                           struct ho_slice keys[HO_STATES_MAX]);
void identity_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);

#endif
