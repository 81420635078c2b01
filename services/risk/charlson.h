/*
 * charlson: groups of comorbidity from ICD-10 codes, and what they are worth to LACE. Pure.
 *
 *  charlson.1  A code belongs to every group that lists a prefix of it; dots do not count, letters of any case do.
 *  charlson.2  The severe form of a condition switches the mild one off (weights file, column "off when").
 *  charlson.3  Groups of one item count once together: mild liver or renal disease is one condition of LACE.
 *  charlson.4  The weights are LACE's (Schneeweiss 2003), not those of Charlson 1987.
 */
#ifndef RISK_CHARLSON_H
#define RISK_CHARLSON_H

#include "base/base.h"

#define CHARLSON_GROUPS_MAX 24
#define CHARLSON_PREFIXES_MAX 640

struct charlson_group {
    char key[16];
    int points;
    char item[32];
    char off_when[16]; /* key of the severe form; "-": none */
    uint32_t off_bit;  /* bit of that group; 0: none */
    int item_first;    /* first group of the same item */
};

struct charlson_prefix {
    uint32_t code;   /* three or four characters, first in the highest byte */
    uint32_t groups; /* a bit each */
};

struct charlson {
    struct charlson_group groups[CHARLSON_GROUPS_MAX];
    size_t group_count;
    struct charlson_prefix prefixes[CHARLSON_PREFIXES_MAX]; /* sorted by code */
    size_t prefix_count;
};

/* The first len characters of a code as a number; 0 when it is shorter. */
uint32_t charlson_pack(struct ho_slice code, size_t len);
uint32_t charlson_groups_of(const struct charlson *list, struct ho_slice code);
/* Rule 2. */
uint32_t charlson_effective(const struct charlson *list, uint32_t groups);
/* Rules 2 to 4: LACE's sum. */
int charlson_points(const struct charlson *list, uint32_t groups);

#endif
