/*
 * match: which member a claim names, by rules in this order; or why none. Pure, and the same for a message that comes,
 * one that leaves the park, and `ho match`.
 *
 *  identity.5  Deterministic: a candidate id that the roster knows matches when birth date (8 digits, never converted) or
 *              family name agrees; IN1-36 is often the subscriber's, so an id alone is not enough, nor is a family name
 *              when birth date and given name are sent and both differ: that is his wife or his son.
 *  identity.6  Two members are named with equal right: parked. So it is when an id, a link or an alias names one member
 *              and exact demographics (rule 12) name another one whose given name is the message's, the first one's not:
 *              twins share all but that.
 *  identity.7  A replaced member id leads to the one that stands, at most 8 steps; a circle is parked.
 *  identity.8  Known ids, or members that came near, but none agrees: parked. Nobody near: parked as identity.9.
 *  identity.10 The member has no coverage on the event's date: parked.
 *  identity.11 Link: this feed's patient number was matched before by rule 5 or 12, to one member only, and birth date or
 *              family name still agrees.
 *  identity.12 Exact: family and given name, birth date and sex, and ZIP or phone; the only such member covered that
 *              day. Another member of that name, birth date and sex, of whom neither ZIP nor phone is known or who shares
 *              one with the message, makes it nobody.
 *  identity.13 Scored, thresholds by the policy of the event's date: birth date equal or a day beside; family name same,
 *              near (one letter) or in part; given name same or in part; not another sex; and ZIP or phone equal. The
 *              best must reach the threshold, and the next one stay a margin below. A name and a date alone never match.
 *  identity.14 More than one is as good, by rule 12 or 13, or a block is too full to be read: parked.
 *  identity.18 Alias: the number was merged into another one, whose member it has now. Before rule 5, since the hospital
 *              took back what it said of the number.
 */
#ifndef IDENTITY_MATCH_H
#define IDENTITY_MATCH_H

#include "identity/policy.h"
#include "identity/roster.h"
#include "identity_state.h"

#define MATCH_CANDIDATES_MAX 64

/* What the feed's own number says; texts of a state. */
struct match_local {
    struct ho_slice alias;  /* member of the number that took this one's place; absent when there is none */
    struct ho_slice link;   /* the one member of rule 11; absent when there is none */
};

struct match {
    const struct roster_row *row; /* whom; NULL: nobody */
    const char *rule;             /* that matched, or that parked */
    int32_t near;                 /* members that came near: known ids, and those of a block */
    /* For the explanation of `ho match`, and for what a parked message waits for. */
    const struct roster_row *by_id, *by_local, *exact, *best; /* what each step found, NULL for nothing */
    size_t ids_known;
    size_t rivals; /* of exact, at least 1 with it */
    int best_score, next_score;
    bool conflict, circle, uncovered, full;
};

struct matcher {
    const struct roster *roster;
    const struct identity_policies *policies;
};

struct match match_find(const struct matcher *matcher, const struct identity_state_parked *claim,
                        const struct match_local *local);
/* Keys of the rows that may explain a claim later, at most MATCH_WAITS_MAX; how many. */
#define MATCH_WAITS_MAX 12
size_t match_waits(const struct matcher *matcher, const struct identity_state_parked *claim, const struct match *match,
                   int64_t out[MATCH_WAITS_MAX]);

#endif
