/*
 * patients: the patients of one message, and the states that they need. Pure.
 *
 *  identity.20 Each PID with what follows it, up to the next, is a message of its own with the header's segments: A17
 *              holds two patients, a merge holds pairs of PID and MRG.
 */
#ifndef IDENTITY_PATIENTS_H
#define IDENTITY_PATIENTS_H

#include "hl7/hl7.h"
#include "identity/claim.h"
#include "identity/identity_core.h"
#include "processor/decide.h"

struct patient {
    const struct ho_hl7 *msg;
    struct ho_slice message_id;
    struct ho_slice locals[CLAIM_LOCALS_MAX]; /* PID-3, best first; the losing number of a merge is not among them */
    size_t local_count;
    struct ho_slice losing; /* MRG-1; absent when there is none */
    bool itself;            /* PID-3 holds the losing number alone */
    struct ho_slice keys[CLAIM_LOCALS_MAX + 1]; /* of their slots: locals (or the message's, without any), then losing's */
    size_t key_count;
};

struct patients {
    struct patient *items; /* IDENTITY_PATIENTS_MAX + 1 of them */
    size_t count;
};

/* Appends the patients of a message, which they borrow, up to IDENTITY_PATIENTS_MAX + 1; how many there are then. */
size_t patients_read(const struct ho_hl7 *msg, struct ho_slice feed, struct ho_slice message_id, struct ho_arena *arena,
                     struct patients to);
/* <feed>/<kind>/<slot of text>. */
struct ho_slice patients_slot(struct ho_slice feed, const char *kind, struct ho_slice text, struct ho_arena *arena);

#endif
