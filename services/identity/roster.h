/*
 * roster: of every member what matching needs. Filled by the shell from the topic members, const to the core. A row is
 * one allocation (some 120 bytes), found by member id and by two blocks: family name and birth date, first given name
 * and birth date. Every member that a rule may match is in one of the two, at the birth date or a day beside it.
 * Names are folded (fold.h); of the address the ZIP code alone is kept.
 */
#ifndef IDENTITY_ROSTER_H
#define IDENTITY_ROSTER_H

#include "base/arena.h"
#include "member.h"
#include "processor/decide.h"

#define ROSTER_SPANS_MAX 64  /* spans of coverage, joined where one follows the other; the newest count */
#define ROSTER_STEPS_MAX 8   /* of replaced_by */

enum roster_index { ROSTER_BY_ID, ROSTER_BY_FAMILY, ROSTER_BY_GIVEN, ROSTER_INDEXES };
enum roster_text { ROSTER_ID, ROSTER_FAMILY, ROSTER_GIVEN, ROSTER_PHONE, ROSTER_ZIP, ROSTER_REPLACED_BY, ROSTER_TEXTS };

struct roster_span {
    int32_t from, to; /* yyyymmdd; to 0: open */
};

struct roster_row {
    uint32_t next[ROSTER_INDEXES]; /* of the same bucket; 0: the last */
    int32_t birth_date;            /* yyyymmdd */
    uint8_t sex;                   /* enum member_sex */
    uint8_t span_count;
    uint8_t text[ROSTER_TEXTS]; /* offsets behind the spans; each text ends with a zero */
    bool present;               /* false: a tombstone took it away */
    struct roster_span spans[]; /* then the texts */
};

struct roster {
    struct roster_row **rows; /* 1 to count; a member keeps its number */
    uint32_t *heads[ROSTER_INDEXES];
    size_t cap, count, bytes; /* cap a power of two; bytes of all rows */
};

void roster_init(struct roster *roster);
void roster_release(struct roster *roster);
void roster_set(struct roster *roster, struct ho_slice id, const struct member *row); /* NULL removes */
/* Tokens (decide.h) of all that a row may explain: its id, its blocks and those a day beside. For the row as it was and
 * as it is, since one that went or changed may leave another one alone. */
void roster_wake(const struct roster *roster, struct ho_slice id, struct ho_tokens *wake);

const char *roster_text(const struct roster_row *row, enum roster_text which); /* "" when there is none */
const struct roster_row *roster_find(const struct roster *roster, struct ho_slice id);
/* Follows replaced_by; NULL for a circle, more than ROSTER_STEPS_MAX steps or an end that is not there. */
const struct roster_row *roster_stands(const struct roster *roster, const struct roster_row *row);
bool roster_covered(const struct roster_row *row, int32_t date);

/* Keys of the indexes, also what parked messages wait for. Of a given name the first word counts. */
uint64_t roster_id_key(struct ho_slice id);
uint64_t roster_block_key(enum roster_index index, const char *name, int32_t birth_date);
/* The first row of a block and those after it, NULL at the end. */
const struct roster_row *roster_first(const struct roster *roster, enum roster_index index, uint64_t key);
const struct roster_row *roster_next(const struct roster *roster, enum roster_index index, uint64_t key,
                                     const struct roster_row *row);
/* The token of a key, in arena. */
struct ho_slice roster_token(uint64_t key, struct ho_arena *arena);
/* yyyymmdd moved by days. */
int32_t roster_date_beside(int32_t date, int days);

#endif
