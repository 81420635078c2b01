/*
 * risk_record: the picture as readers see it: the record, its digest, and what the state keeps of it. Pure.
 */
#ifndef RISK_RECORD_H
#define RISK_RECORD_H

#include "care_risk.h"
#include "risk/picture.h"

/* Of everything in the record but the revision: equal pictures have equal digests. Never 0. */
int64_t risk_digest(const struct risk_picture *picture);
/* The record of member; texts and lists live in arena or borrow from the state, the policy and the event. */
void risk_record_fill(const struct risk_picture *picture, struct ho_slice member, struct ho_arena *arena,
                      struct care_risk *ret_record);
/* Keeps of the record what the view shows. */
void risk_remember(const struct care_risk *record, int64_t digest, struct ho_arena *arena, struct risk_state *state);

#endif
