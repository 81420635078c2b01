/*
 * policy: numbers of matching by date of effect, from deploy/policy/identity/<date>.json; filled by the shell, const to
 * the core. A rule takes those of the event's date; events before the first file take the first.
 */
#ifndef IDENTITY_POLICY_H
#define IDENTITY_POLICY_H

#include "base/base.h"

#define IDENTITY_POLICIES_MAX 64

struct identity_policy {
    char version[32];  /* identity@2026-01-01 */
    int32_t effective; /* yyyymmdd */
    int family_same, family_near, family_part;
    int given_same, given_part;
    int birth_same, birth_beside;
    int sex_same, zip_same, phone_same;
    int threshold, margin; /* of rule 13; a name, a date and a sex alone stay below the threshold */
    int park_days;         /* how long a message waits (rule 15) */
};

struct identity_policies {
    struct identity_policy items[IDENTITY_POLICIES_MAX]; /* by date */
    size_t count;                                        /* 1 at least */
};

const struct identity_policy *identity_policy_of(const struct identity_policies *policies, int32_t date);

#endif
