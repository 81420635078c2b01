/*
 * processor: the exactly-once loop that every stateful daemon stands on. A daemon describes itself by one spec; all
 * Kafka, Redis, signals and HTTP are here.
 *
 * One batch is one Kafka transaction: load states, decide, produce effects and new states (changelog), send the input
 * offsets, commit, flush the states to Redis. Kafka is the truth; Redis is a fenced view that may be lost at any time.
 */
#ifndef HO_PROCESSOR_H
#define HO_PROCESSOR_H

#include "avro/avro.h"
#include "base/arena.h"
#include "base/base.h"
#include "config/config.h"

#define HO_EFFECTS_MAX 64

#define HO_NEVER INT64_MAX /* no due time */

enum ho_input_kind {
    HO_INPUT_URGENT, /* events: drained first */
    HO_INPUT_BULK,   /* many records that nobody waits for: a bounded number a batch; read to its end on the first start */
    HO_INPUT_TABLE   /* as bulk, and keyed by the state's key: read to its end at every assignment before events */
};

/* ho_event.input of what is no record: both come with the state's key alone, and now_ms as said. */
enum ho_event_kind {
    HO_EVENT_TIMER = -1, /* the state said this due time (next_due); now_ms is that time */
    HO_EVENT_WAKE = -2   /* a row that the state waits for (waits) came, or may have come before a restart; now_ms is the
                            timestamp of the newest row read */
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

/* Texts that name what a state waits for, "providers/P1"; the same texts are told by the lookup whose row comes. */
#define HO_TOKENS_MAX 32
struct ho_tokens {
    struct ho_slice items[HO_TOKENS_MAX];
    size_t count;
    struct ho_arena *arena; /* for texts made on the way */
};
/* Appends, unless it is there. Past the maximum it aborts: a core bounds what it waits for. */
void ho_tokens_add(struct ho_tokens *tokens, struct ho_slice token);

/* A topic that every instance reads whole, before any event and then as it grows. */
struct ho_lookup {
    const char *topic;
    const struct ho_avro_record *record;
    /* A row came, or went (row NULL). Borrowed: copy what is kept. env is spec->env. States that wait for one of the
     * tokens added to wake get an HO_EVENT_WAKE. */
    void (*on_row)(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);
};

/* What readers see of a state in Redis, beside the state itself: entries of hashes and of sorted sets named
 * {<ns>:<processor>:<p>}:v:<view>. An entry that a state does not give any more is removed. */
struct ho_view_entry {
    struct ho_slice view;  /* "tier", "work/nurse-7" */
    struct ho_slice field; /* of the hash; member of the sorted set */
    struct ho_slice value; /* of the hash; absent: a sorted set, by score */
    int64_t score;
};
#define HO_VIEWS_MAX 64
struct ho_views {
    struct ho_view_entry items[HO_VIEWS_MAX];
    size_t count;
    struct ho_arena *arena;
};
void ho_views_add(struct ho_views *views, struct ho_view_entry entry);

/* What one record brings to decide. All pointers are borrowed for the time of the batch. */
struct ho_event {
    int input;              /* index into spec->inputs, or an ho_event_kind */
    struct ho_slice key;    /* Kafka key; of a timer or a wake the state's key */
    const void *record;     /* the decoded struct; NULL for a tombstone and for raw inputs */
    struct ho_slice value;  /* the bytes as they came */
    int64_t now_ms;         /* Kafka timestamp of the record: this event's now */
    struct ho_slice topic;  /* without namespace */
    int32_t partition;
    int64_t offset;
    struct ho_slice feed;        /* header ho-feed, or absent */
    struct ho_slice message_id;  /* header ho-message-id, or absent */
    struct ho_slice mode;        /* header ho-mode: live, replay, backfill */
    int64_t received_ms;         /* header ho-received-ms, 0 when absent */
};

struct ho_effect {
    int output;          /* index into spec->outputs */
    struct ho_slice key;
    const void *record;  /* the output's generated struct */
    struct ho_slice id;  /* ce_id: the record's id, or id.revision */
};

enum ho_outcome {
    HO_APPLIED, /* effects and state stand, also when both are empty */
    HO_IGNORED, /* on purpose: counted by reason */
    HO_POISON   /* cannot be understood: the record goes to dlq.<daemon> with the reason */
};

/* Filled by decide. Records, keys and ids that it points to live in arena. */
struct ho_effects {
    struct ho_effect items[HO_EFFECTS_MAX];
    size_t count;
    enum ho_outcome outcome;
    const char *reason; /* static text, a code: "encounters.duplicate"; counted in metrics */
    struct ho_arena *arena;
};

/* Appends an effect. Aborts past HO_EFFECTS_MAX: a core bounds its effects. */
void ho_effects_add(struct ho_effects *effects, int output, struct ho_slice key, const void *record,
                    struct ho_slice id);

struct ho_processor_spec {
    const char *name;   /* "encounters" */
    const char *manual; /* printed by --help, above the options */

    const struct ho_input *inputs; /* ends with topic NULL */
    const struct ho_output *outputs; /* ends with topic NULL */
    const struct ho_lookup *lookups; /* ends with topic NULL; may be NULL */
    const struct ho_avro_record *state; /* schemas/state/<name>.avsc; a new key starts from schema defaults */

    /* The state's key for an event, at most size bytes into out; NULL: the Kafka key itself. Pure. */
    size_t (*state_key)(const struct ho_event *event, char *out, size_t size);
    /* Folds one event into state. Pure: same input, same output. Slices put into state may borrow from event or arena. */
    void (*decide)(const void *env, const struct ho_event *event, void *state, struct ho_effects *effects);
    /* When this state is due next, ms since 1970-01-01 UTC, or HO_NEVER. Pure. NULL: no timers. decide with
     * HO_EVENT_TIMER must move it on. */
    int64_t (*next_due)(const void *state);
    /* What this state waits for among the rows of lookups. Pure. NULL: nothing. */
    void (*waits)(const void *state, struct ho_tokens *tokens);
    /* What readers see. Pure. NULL: nothing beside the state. */
    void (*view)(struct ho_slice key, const void *state, struct ho_views *views);
    int64_t commit_interval_ms; /* least ms between two commits; 0: as soon as there is work */

    const struct ho_option *options; /* the daemon's own rows, may be NULL */
    void *config;                    /* the struct they fill */
    /* Once, after the configuration is read: policy, feeds, zones. */
    enum ho_status (*setup)(void *env, const void *config, struct ho_error *err);
    void *env; /* given to decide as const */
};

/* Runs until SIGTERM or SIGINT; the exit code. 0 stopped, 1 failed (restart is right), 64 wrong usage or configuration. */
int ho_processor_main(int argc, char **argv, const struct ho_processor_spec *spec);

#endif
