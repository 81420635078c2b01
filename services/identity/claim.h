/*
 * claim: what a message says of who its patient is, and nothing else: it is what a parked message keeps. Pure.
 *
 *  identity.4  Candidates for a member id, in this order: PID-3 of type MB, IN1-49, IN1-36, IN2-61 (of every such
 *              segment), and any other PID-3 whose type is empty. Local numbers (MR, PI, AN ...) never are: they are the feed's.
 * The feed's own patient number is PID-3 of type MR, else PI, else PT, else the first that is no number of a plan, an
 * account, a visit or a government; else PID-2. It is never more than unique within the feed.
 */
#ifndef IDENTITY_CLAIM_H
#define IDENTITY_CLAIM_H

#include "hl7/hl7.h"
#include "identity_state.h"

#define CLAIM_MEMBER_IDS_MAX 6
#define CLAIM_PHONES_MAX 3
#define CLAIM_LOCALS_MAX 2
#define CLAIM_ID_MAX 64 /* a longer identifier is not kept: it is nobody's */

/* The feed's patient numbers of PID-3, best first, without skip (may be absent); how many. */
size_t claim_locals(const struct ho_hl7 *msg, struct ho_slice skip, struct ho_slice out[CLAIM_LOCALS_MAX]);
/* That of MRG-1; absent when there is none. */
struct ho_slice claim_merged(const struct ho_hl7 *msg);
/* Fills member_ids, names, birth date, sex, zip and phones; the rest is zero. Texts live in arena. */
void claim_read(const struct ho_hl7 *msg, struct ho_arena *arena, struct identity_state_parked *out);

#endif
