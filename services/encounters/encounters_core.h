/*
 * encounters: from ADT messages of one member to facts about stays and visits. Pure: same state and event, same result.
 *
 * What messages said is kept as a set per visit (visit.h); which of them still stand (live.h), what they add up to
 * (stay.h, link.c) and the events that this amounts to (facts.h) are functions of that set; the difference to what was
 * told is told (told.h). So the outcome is the same for any order and any duplication of a member's messages, up to the
 * renaming of encounter ids. A message's rank is when it was recorded (EVN-2, else MSH-7, else when it was received);
 * at one time a cancel ranks behind what it may cancel; then the message id.
 *
 *  encounters.1  A01 or A06 with class INPATIENT or OBSTETRICS: ADMITTED.
 *  encounters.2  A01, A04 or A06 with class EMERGENCY: ER_ARRIVED. The event code alone never tells (HL7 v2.9.1 chapter 3:
 *                trigger events are not tied to a patient class).
 *  encounters.3  The same with class OBSERVATION: OBSERVATION_STARTED.
 *  encounters.4  A03: DISCHARGED, ER_DEPARTED or OBSERVATION_ENDED by its class; one of another or an unknown class ends
 *                what began last and is open. PV1-45 on any other message ends nothing.
 *  encounters.5  Duplicate: the set has this already, or says nothing new by it, whatever the control id: nothing is told.
 *  encounters.6  Correction: the fact's next revision, when the highest rank says other than what was told.
 *  encounters.7  A visit is known by feed, facility and visit number. A number used again (an arrival longer than the
 *                policy's reuse time after an end) is another stay, with an encounter of its own.
 *  encounters.8  Ignored and counted: events not handled here, classes without a stay, arrivals of unknown class, A04 of
 *                an inpatient as an admission, and messages whose processing id is not P.
 *  encounters.9  A late fact is told late, never suppressed; it undoes nothing.
 *  encounters.10 A11 A12 A13 A27 A38 A52 A53 take back what ranks before them: that of the time in their EVN-6, else the
 *                latest word, with the earlier words on the same stay. Also when they come before what they cancel.
 *                An A11 of an inpatient takes back an admission alone, never the ER visit before it.
 *  encounters.11 Under one visit number an ER visit goes on as the observation or the inpatient stay, an observation as the
 *                stay: ER_DEPARTED or OBSERVATION_ENDED says what it became. When that is taken back, so is this.
 *  encounters.12 Under two numbers too: MRG-5 of an A06 names the visit before; else the ER visit of the same facility that
 *                is open, or ended within the policy's time before; or that of another facility that ended in a transfer.
 *  encounters.13 A07: the admission, and a discharge before it, are taken back; its class OBSERVATION or EMERGENCY begins.
 *  encounters.14 An update (A08, A02, ...) whose class is inpatient or observation, of a visit known as less: that began
 *                with it. One of observation takes an admission back, until the stay has ended; one of EMERGENCY never.
 *  encounters.15 A02 within a stay to another unit: TRANSFERRED, one for each time. A09 and A10 move nobody.
 *  encounters.16 A discharge to another hospital (02 05 43 66 63 65 and the like) and an admission at another facility on
 *                that day or the next: two encounters, ADMITTED says transferred_from.
 *  encounters.17 A05, A14, A01 and A04 of class PREADMIT: PREADMITTED. Planned: nothing has happened.
 *  encounters.18 A21 and A22: LEAVE_STARTED and LEAVE_ENDED. The bed is kept: no discharge.
 *  encounters.19 A23: all that ranks before it under that visit number is void. Its class says nothing.
 *  encounters.20 Details: arrivals carry those of their own message. Later ones are UPDATED, and late disposition,
 *                diagnoses and death correct the event that ended the stay.
 *  encounters.21 No visit number: the visit of the same account, else the one open at that time at that facility, of the
 *                same feed; an arrival only joins an arrival of its own kind and time. Else it stands alone.
 *  encounters.22 A42 and A50: one visit number became another; both are one visit, a circle of numbers too.
 *  encounters.23 Two senders of one facility whose arrivals lie within the policy's time: one stay. It is told by the
 *                first of them by name, completed by the other; what one took back the other's earlier word does not keep.
 *  encounters.24 An ER visit or an observation that nobody ended is closed by a timer, presumed, without a time; a stay
 *                only when its timer is due and the member is seen elsewhere later.
 *  encounters.25 A record with `move` takes a feed's facts away: to encounters.moves, for late ones too, and what was told
 *                of them is void here. To nobody known: void alone. To oneself: refused. The latest move wins (moved.h).
 *  encounters.26 Bounded: the oldest visits fold away, with what they are linked to, told facts standing; what comes for
 *                them later is counted. Told events beyond one batch's room follow by a timer at once.
 *  encounters.27 The facility's type comes from topic facilities; a row that comes late corrects what was told without it.
 */
#ifndef ENCOUNTERS_CORE_H
#define ENCOUNTERS_CORE_H

#include "encounters/policy.h"
#include "encounters_state.h"
#include "processor/decide.h"

enum encounters_input { ENCOUNTERS_ADT_MATCHED, ENCOUNTERS_MOVES_IN };
enum encounters_output { ENCOUNTERS_CARE_EVENTS, ENCOUNTERS_MOVES };

/* What topic facilities says: its ids in order. */
struct encounters_place {
    char id[64];
    enum encounters_state_facility_kind kind;
};

struct encounters_env {
    struct encounters_policy policy;
    struct encounters_place *places; /* sorted by id */
    size_t place_count;
};

void encounters_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
int64_t encounters_next_due(const void *state);
/* "facilities/<id>" of facilities whose type is not known. */
void encounters_waits(const void *state, struct ho_tokens *tokens);
/* Where that id stands, or would; *ret_there says which. */
size_t encounters_place_at(const struct encounters_env *env, struct ho_slice id, bool *ret_there);

#endif
