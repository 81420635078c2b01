/*
 * deliver: what becomes of a patient's message once its claim is read: it goes to its member, it waits, or it is refused;
 * and what leaves the park with it. Pure. Rules 11 and 15 to 20; the header of each module has their text.
 */
#ifndef IDENTITY_DELIVER_H
#define IDENTITY_DELIVER_H

#include "adt_matched.h"
#include "identity/adt.h"
#include "identity/identity_core.h"
#include "identity/patients.h"

struct delivery {
    const struct identity_env *env;
    const struct ho_event *event;
    struct ho_effects *effects;
    struct ho_slice feed; /* key of the message; of a timer or a wake what stands before the key's first slash */
    struct ho_slice keys[HO_STATES_MAX];
    struct identity_state *states[HO_STATES_MAX];
    size_t count;
    struct identity_trace *trace; /* NULL when nobody asks */
};

void deliver_patient(struct delivery *d, const struct patient *patient, struct identity_state_parked *claim,
                     struct adt_matched *adt);
/* Rule 16: all that waits in the slot is tried again. */
void deliver_sweep(struct delivery *d, struct identity_state *slot);
/* Rule 15: what is over is told and gone. */
void deliver_expired(struct delivery *d, struct identity_state *slot);

#endif
