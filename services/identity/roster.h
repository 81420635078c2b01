/*
 * roster: of every member what matching needs, by member id. Filled by the shell from the topic members, const to the
 * core. Holds folded names only (ho_fold_name), no address or phone.
 */
#ifndef IDENTITY_ROSTER_H
#define IDENTITY_ROSTER_H

#include "base/arena.h"
#include "member.h"

#define ROSTER_SPANS_MAX 16
#define ROSTER_NAME_SIZE 48

struct roster_row {
    struct roster_row *next;
    char *id;                    /* owned */
    char family[ROSTER_NAME_SIZE]; /* folded */
    char *replaced_by;           /* owned; NULL: stands by itself */
    int32_t birth_date;          /* yyyymmdd */
    int32_t from[ROSTER_SPANS_MAX], to[ROSTER_SPANS_MAX]; /* coverage; to 0: open */
    size_t spans;
    bool present;
};

struct roster {
    struct roster_row **slots;
    size_t cap, count;
};

void roster_init(struct roster *roster);
void roster_release(struct roster *roster);
void roster_set(struct roster *roster, struct ho_slice id, const struct member *row); /* NULL removes */
const struct roster_row *roster_find(const struct roster *roster, struct ho_slice id);
bool roster_covered(const struct roster_row *row, int32_t date);

/* Upper-case ASCII letters of a name: accents of Latin-1 fall, blanks, hyphens and apostrophes go. Terminated, cut. */
char *roster_fold_name(struct ho_slice name, char out[ROSTER_NAME_SIZE]);

#endif
