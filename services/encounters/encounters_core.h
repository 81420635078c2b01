/*
 * encounters: from ADT messages of one member to facts about stays and visits. Pure: same state and event, same result.
 *
 * The outcome is the same for any order and any duplication of a member's messages, up to the renaming of encounter ids:
 * each fact (a stay's admission, its discharge, ...) is decided by the message that ranks highest, not by the last one.
 *
 *  encounters.1  A01 with class INPATIENT or OBSTETRICS: the stay has ADMITTED.
 *  encounters.2  A01 or A04 with class EMERGENCY: the visit has ER_ARRIVED. The event code alone never tells (HL7 v2.9.1
 *                chapter 3: trigger events are not tied to a patient class).
 *  encounters.3  A01 or A04 with class OBSERVATION: OBSERVATION_STARTED.
 *  encounters.4  A03: DISCHARGED, ER_DEPARTED or OBSERVATION_ENDED by its class.
 *  encounters.5  Duplicate: the fact is known with the same content, whatever the control id: nothing is told.
 *  encounters.6  Correction: a message that ranks higher (EVN-2, else MSH-7; then message id) with other content: the
 *                fact's next revision, CORRECTED. One that ranks lower changes nothing.
 *  encounters.7  A stay is known by feed, facility and visit number. Without a visit number each arrival or departure
 *                stands alone, by kind and time; empty numbers never match each other otherwise.
 *  encounters.8  Ignored and counted: events not handled here, classes without a stay, unknown classes, and messages
 *                whose processing id is not P (training, debugging).
 *  encounters.9  A late fact is told late, never suppressed: A01 after its A03 tells ADMITTED then.
 */
#ifndef ENCOUNTERS_CORE_H
#define ENCOUNTERS_CORE_H

#include "processor/decide.h"

#define ENCOUNTERS_STAYS_MAX 24

enum encounters_output { ENCOUNTERS_CARE_EVENTS };

void encounters_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);

#endif
