/*
 * risk_facts: the facts of one member, each by its id in its latest revision. Pure.
 *
 *  facts.1  A revision that is not higher than the known one changes nothing, so neither order nor duplication matters.
 *  facts.2  VOIDED, and a later revision that is no production record, take a fact back with all that it gave.
 *  facts.3  TRAINING and DEBUGGING never count. Of care.events the kinds ADMITTED, DISCHARGED, ER_ARRIVED, ER_DEPARTED,
 *           OBSERVATION_STARTED, OBSERVATION_ENDED count, and UPDATED for its diagnoses; of clinical.facts DIAGNOSIS that
 *           the code list names, LAB that HOSPITAL asks for, PROCEDURE; of care.actions TIER_OVERRIDE and its end.
 *  facts.4  Codes, labs and answers are read by the policy of their own date, when they come.
 *  facts.5  Lists are sorted by id and bounded; past a bound the oldest fact goes, and `cut` says so.
 *  facts.6  A row of members replaces what was known of zone, birth date, death and coverage; a tombstone undoes it.
 */
#ifndef RISK_FACTS_H
#define RISK_FACTS_H

#include "assessment.h"
#include "care_action.h"
#include "care_event.h"
#include "clinical_fact.h"
#include "member.h"
#include "risk/risk_policy.h"
#include "risk_state.h"

#define RISK_EVENTS_MAX 128
#define RISK_DIAGNOSES_MAX 96
#define RISK_LABS_KEPT_MAX 16
#define RISK_PROCEDURES_MAX 16
#define RISK_ASSESSMENTS_MAX 8
#define RISK_OVERRIDES_MAX 8

enum risk_flag {
    RISK_URGENT = 1 << 0,    /* urgent, or by the ER */
    RISK_ELECTIVE = 1 << 1,  /* the sender says that it was not; neither: not known */
    RISK_DIED = 1 << 2,
    RISK_OUTSIDE = 1 << 3,   /* discharged not to the community */
    RISK_ONCOLOGY = 1 << 4,
    RISK_SERVICE = 1 << 5,   /* a hospital service was sent */
    RISK_PRESUMED = 1 << 7,  /* no message said that it ended */
    RISK_NONACUTE = 1 << 6   /* nursing facility, rehabilitation, long-term care, hospice: no stay that counts */
};

struct risk_taking {
    const struct risk_env *env;
    struct risk_state *state;
    struct ho_arena *arena;
};

/* Each: the reason when the record changes nothing, NULL when it changed the state. */
const char *risk_take_event(const struct risk_taking *t, const struct care_event *event);
const char *risk_take_assessment(const struct risk_taking *t, const struct assessment *assessment);
const char *risk_take_clinical(const struct risk_taking *t, const struct clinical_fact *fact);
const char *risk_take_action(const struct risk_taking *t, const struct care_action *action);
/* NULL for a tombstone. */
const char *risk_take_member(const struct risk_taking *t, const struct member *row);

/* Days since 1970-01-01 of yyyymmdd; 0 for what is no date, or lies before. */
int32_t risk_day(int32_t yyyymmdd);

#endif
