/*
 * processor: the exactly-once loop that every stateful daemon stands on. A daemon describes itself by one spec; all
 * Kafka, Redis, signals and HTTP are here.
 *
 * One batch is one Kafka transaction: load states, decide, produce effects and new states (changelog), send the input
 * offsets, commit, flush the states to Redis. Kafka is the truth; Redis is a fenced view that may be lost at any time.
 */
#ifndef HO_PROCESSOR_H
#define HO_PROCESSOR_H

#include "config/config.h"
#include "processor/decide.h"

enum ho_input_kind {
    HO_INPUT_URGENT, /* events: drained first */
    HO_INPUT_BULK,   /* many records that nobody waits for: a bounded number a batch; read to its end on the first start */
    HO_INPUT_TABLE   /* as bulk, and keyed by the state's key: read to its end at every assignment before events */
};

struct ho_input {
    const char *topic;                   /* without namespace: "care.events" */
    const struct ho_avro_record *record; /* NULL: value is passed on as raw bytes */
    enum ho_input_kind kind;
};

struct ho_output {
    const char *topic;
    const struct ho_avro_record *record;
};

/* A topic that every instance reads whole, before any event and then as it grows. */
struct ho_lookup {
    const char *topic;
    const struct ho_avro_record *record;
    /* A row came, or went (row NULL). Borrowed: copy what is kept. env is spec->env. States that wait for one of the
     * tokens added to wake get an HO_EVENT_WAKE. */
    void (*on_row)(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);
};

struct ho_processor_spec {
    const char *name;   /* "encounters" */
    const char *manual; /* printed by --help, above the options */

    const struct ho_input *inputs; /* ends with topic NULL */
    const struct ho_output *outputs; /* ends with topic NULL */
    const struct ho_lookup *lookups; /* ends with topic NULL; may be NULL */
    const struct ho_avro_record *state; /* schemas/state/<name>.avsc; a new key starts from schema defaults */

    /* Keys of the states that an event needs, the first one at least; how many. All of the event's partition. Pure.
     * NULL: the Kafka key alone. Not asked for timers and wakes, which come to the one state that they are for. */
    size_t (*state_keys)(const void *env, const struct ho_event *event, struct ho_arena *arena,
                         struct ho_slice keys[HO_STATES_MAX]);
    /* Folds one event into its states, in the order of state_keys. Pure: same input, same output. Slices put into a state
     * may borrow from event or arena. */
    void (*decide)(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
    /* When this state is due next, ms since 1970-01-01 UTC, or HO_NEVER. Pure. NULL: no timers. decide with
     * HO_EVENT_TIMER must move it on. */
    int64_t (*next_due)(const void *state);
    /* What this state waits for among the rows of lookups. Pure. NULL: nothing. */
    void (*waits)(const void *state, struct ho_tokens *tokens);
    /* What readers see. Pure. NULL: nothing beside the state. */
    void (*view)(struct ho_slice key, const void *state, struct ho_views *views);
    /* Names of fields, ending with NULL, that depend on the order in which topics are read: revision counters and the like.
     * --verify leaves them out; may be NULL. */
    const char *const *loose;
    int64_t commit_interval_ms; /* least ms between two commits; 0: as soon as there is work */

    /* A writer's schema of the topic `schemas`: for a daemon that keeps encoded records in its states. May be NULL. */
    void (*on_schema)(void *env, struct ho_slice json);

    const struct ho_option *options; /* the daemon's own rows, may be NULL */
    void *config;                    /* the struct they fill */
    /* Once, after the configuration is read: policy, feeds, zones. */
    enum ho_status (*setup)(void *env, const void *config, struct ho_error *err);
    void *env; /* given to decide as const */
};

/* Runs until SIGTERM or SIGINT; the exit code. 0 stopped, 1 failed (restart is right), 64 wrong usage or configuration. */
int ho_processor_main(int argc, char **argv, const struct ho_processor_spec *spec);

#endif
