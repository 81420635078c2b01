/*
 * tier: the tier of every day, from what changed on which day. Pure: it looks at days, never at the order of arrival, so the
 * same facts give the same tier whenever they came, and a fact taken back takes all that it did with it.
 *
 *  tier.1  On a day the rules of that day's policy are asked in order; of one feature the first that holds is the reason.
 *          The computed tier is the highest that a reason asks for, LOW when there is none.
 *  tier.2  Up at once: the tier is never below the computed one.
 *  tier.3  Down slowly: the tier is the highest computed one of this day and the hold_days before.
 *  tier.4  An override counts from its day to its last day, whatever is computed, until a later action ends or replaces it.
 *  tier.5  An override to a lower tier ends by itself when the computed tier rises above that of the override's day.
 *  tier.6  Of several overrides the one of the latest day counts, then of the latest time, then of the greatest id.
 */
#ifndef RISK_TIER_H
#define RISK_TIER_H

#include "risk/risk_facts.h"

#define RISK_CHANGES_MAX 2048

/* Days on which features change, packed so that numbers sort as days do; of one day in the order of adding. Set count to
 * 0, until and next_day before adding. */
struct risk_changes {
    uint64_t items[RISK_CHANGES_MAX];
    size_t count;
    int32_t until;    /* the day that is asked for: of later ones the earliest is enough */
    int32_t next_day; /* that one; 0: none */
};

/* Days outside 1970 to 2100 count as the nearest of these. */
void risk_changes_add(struct risk_changes *changes, int32_t day, uint32_t features); /* one more of each; 1 << feature */
void risk_changes_take(struct risk_changes *changes, int32_t day, uint32_t features); /* one less */
void risk_changes_set(struct risk_changes *changes, int32_t day, enum risk_feature feature, int value);
/* Nothing but that something may differ from this day on. */
void risk_changes_mark(struct risk_changes *changes, int32_t day);
/* To be called once all are added. */
void risk_changes_sort(struct risk_changes *changes);

struct risk_tiers {
    int32_t features[RISK_FEATURES]; /* on the day */
    uint32_t reasons;                /* rule 1: a bit for each rule of the day's policy */
    int points;
    enum risk_tier computed, tier, previous;
    int32_t changed_day; /* first day of the tier; 0: it was never another */
    int32_t held_day;    /* last day of rule 3; 0: not held */
    const struct risk_state_override *override; /* in force; NULL: none */
    int32_t last_day;    /* newest day, up to the day, on which something changed; 0: none */
    int32_t next_day;    /* earliest day after it on which something changes; 0: none */
};

void risk_tiers_of(const struct risk_env *env, const struct risk_state *state, const struct risk_changes *changes,
                   int32_t day, struct risk_tiers *ret_tiers);

#endif
