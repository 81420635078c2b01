/*
 * moves: merges, moves and changes of a feed's identifiers (HL7 v2 chapter 3: the source is in MRG, the target in PID and
 * PV1). Pure.
 *
 *  identity.17 A hospital never merges members, only the roster does; its merge or move takes that feed's facts along.
 *              Patient: A18 A30 A34 A36 A39 A40 A43 A46 A47, all that stands under MRG-1. Account: A35 A41 A44 A49, what
 *              stands under MRG-3. Visit: A42 A45 A50 A51, what stands under MRG-5 (A51: MRG-6). The message goes to the
 *              member of PID; one record with `move` goes to each other member that the number MRG-1 was noted with
 *              (adt_matched.avsc). So it is when the roster replaced a member id that a number was noted with: the
 *              number's next message takes the facts along. Two pairs in one message are two.
 *  identity.19 Refused and told, never parked: a merge of a number into itself (PID-3 may hold the losing one beside the
 *              target), one whose source is missing, and one that would close a circle - the same merge again with PID
 *              and MRG swapped. The same merge once more changes nothing.
 */
#ifndef IDENTITY_MOVES_H
#define IDENTITY_MOVES_H

#include "adt_matched.h"
#include "base/arena.h"
#include "hl7/hl7.h"

#define MOVES_FROM_MAX 4 /* other members that one number was noted with, newest first */

enum moves_scope { MOVES_NONE, MOVES_PATIENT, MOVES_ACCOUNT, MOVES_VISIT };

enum moves_scope moves_scope_of(struct ho_slice event);
/* What moves, by the message: feed, patient, account and visit of move; from and to empty. False: refused, source
 * missing or nothing would change. losing and target are the patient numbers of MRG-1 and PID-3, may be absent: a target
 * known by its plan id alone has none. */
bool moves_read(const struct ho_hl7 *msg, const struct adt_matched *adt, struct ho_slice losing, struct ho_slice target,
                struct adt_matched_move *ret_move);

#endif
