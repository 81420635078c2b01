/*
 * step: one event through a core, without Kafka and Redis. The processor's batches and the in-memory runner both stand
 * on it, so that they cannot differ in what a core is given and in what becomes of its answer.
 */
#ifndef HO_STEP_H
#define HO_STEP_H

#include "base/buf.h"
#include "processor/processor.h"

#define HO_RECORD_BYTES_MAX 3900000 /* below message.max.bytes, with room for headers */

struct ho_step {
    const struct ho_processor_spec *spec;
    struct ho_avro_reader *state_reader;
    void *fresh;              /* a state as its schema's defaults say */
    struct ho_slice fresh_bytes;
    struct ho_arena permanent; /* of the two */
    struct ho_arena *arena;   /* of the batch; the owner resets it */
    struct ho_buf scratch;    /* encoded states and effects of the last event */
    struct ho_effects effects;
};

/* Encoded states of one event (empty: a new key); they must stay where they are until the next step. */
struct ho_states {
    struct ho_slice items[HO_STATES_MAX];
    size_t count;
};

/* What became of an event. Slices are valid until the next step. */
struct ho_step_result {
    enum ho_outcome outcome;
    const char *reason; /* a code; of HO_POISON never NULL */
    bool changed[HO_STATES_MAX];
    struct ho_slice states[HO_STATES_MAX]; /* encoded, of those that changed; empty: as a new key's, so it is purged */
    int64_t due_ms[HO_STATES_MAX];         /* HO_NEVER */
    const struct ho_effect *effects;
    struct ho_slice values[HO_EFFECTS_MAX]; /* encoded */
    size_t effect_count;
};

/* The state's schema must give every field a default: that is a new key's state. Asserted. */
void ho_step_init(struct ho_step *step, const struct ho_processor_spec *spec, struct ho_arena *arena);
void ho_step_release(struct ho_step *step);

/* Runs one event over its states. An output or a state that passes HO_RECORD_BYTES_MAX is HO_POISON. HO_FAILED: a state
 * cannot be read. */
enum ho_status ho_step_run(struct ho_step *step, const struct ho_event *event, const struct ho_states *states,
                           struct ho_step_result *ret_result, struct ho_error *err) HO_MUST_CHECK;

/* What an encoded state says of itself, as far as the spec asks. */
struct ho_step_look {
    int64_t due_ms; /* HO_NEVER */
    struct ho_tokens tokens;
    struct ho_views views;
};
/* HO_FAILED: the state cannot be read. */
enum ho_status ho_step_look(struct ho_step *step, struct ho_slice key, struct ho_slice state,
                            struct ho_step_look *ret_look, struct ho_error *err) HO_MUST_CHECK;

#endif
