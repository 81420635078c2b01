/*
 * risk: the stratification of one member. Pure: same state, policies and event, same result. What it says, revision apart,
 * follows from the facts known and the date (picture.h), so any order of the topics gives the same last record.
 *
 *  risk.1  Ignored and counted: records that are not of production, kinds without points, records without a date, and
 *          tombstones of logs (facts.3).
 *  risk.2  Ignored and counted: a revision that is known already, or a lower one (facts.1).
 *  risk.3  A fact that is new, corrected or voided (facts.1 to 5): the picture is made anew; risk.6.
 *  risk.4  A row of members (facts.6), the same.
 *  risk.5  A timer: the day that the state waited for has come, at midnight where the member lives: LACE to date of a stay
 *          that goes on, a window's end, a hold's or an override's end, an HRA that is due, a policy's first day.
 *  risk.6  care.risk is written when a reader would see a difference, and once at least when anything is known of the
 *          member beyond the row of members. Its revision is the next one.
 *  risk.7  not_for_coverage is always true.
 */
#ifndef RISK_CORE_H
#define RISK_CORE_H

#include "processor/decide.h"
#include "risk/picture.h"

enum risk_input { RISK_CARE_EVENTS, RISK_ASSESSMENTS, RISK_CLINICAL_FACTS, RISK_CARE_ACTIONS, RISK_MEMBERS };
enum risk_output { RISK_CARE_RISK };

void risk_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
int64_t risk_next_due(const void *state);
/* View `risk`, a hash by member id: schemas/README.md says how to read it. */
void risk_view(struct ho_slice key, const void *state, struct ho_views *views);

#endif
