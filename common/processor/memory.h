/*
 * memory: runs a spec's core in memory, without Kafka and Redis: the model that a real run is compared with (verify.c),
 * and a runner for tests. Rows of lookups come first; records come in the caller's order; due timers of a key fire before
 * its next event, and all of them at the end.
 */
#ifndef HO_MEMORY_H
#define HO_MEMORY_H

#include "processor/cache.h"
#include "processor/step.h"

struct ho_memory_output {
    struct ho_memory_output *next; /* in the order in which they were made */
    int output;
    struct ho_slice key, value, id; /* owned */
    int64_t time_ms;
};

struct ho_memory_dead {
    struct ho_memory_dead *next;
    int input;
    int32_t partition;
    int64_t offset;
    const char *reason;
};

struct ho_memory {
    const struct ho_processor_spec *spec;
    struct ho_step step;
    struct ho_arena arena, kept; /* of one event; of the outputs */
    struct ho_cache states;      /* never trimmed */
    struct ho_avro_reader **readers, **lookup_readers;
    size_t input_count, lookup_count;
    struct ho_memory_output *first, **last;
    struct ho_memory_dead *dead;
    struct ho_forms *forms;     /* the owner's, for values in other forms than single-object encoding; may be NULL */
    struct ho_slice schema_id;  /* header __value_schema_id of the next record or row, or absent */
};

/* Spec's setup must have run. */
void ho_memory_init(struct ho_memory *memory, const struct ho_processor_spec *spec);
void ho_memory_release(struct ho_memory *memory);
void ho_memory_learn(struct ho_memory *memory, struct ho_slice schema_json);
/* A row of a lookup as its topic holds it; an absent value removes it. HO_INVALID: it cannot be read. */
enum ho_status ho_memory_row(struct ho_memory *memory, size_t lookup, struct ho_slice key, struct ho_slice value,
                             struct ho_error *err) HO_MUST_CHECK;
/* One record: event's record is filled here, all else by the caller. time_ms: the partition's time before it. */
enum ho_status ho_memory_put(struct ho_memory *memory, struct ho_event *event, int64_t time_ms,
                             struct ho_error *err) HO_MUST_CHECK;
/* A record that never comes to a core: a dead letter of that reason (static text). */
void ho_memory_refuse(struct ho_memory *memory, const struct ho_event *event, const char *reason);
/* Fires what is due by time_ms. */
enum ho_status ho_memory_finish(struct ho_memory *memory, int64_t time_ms, struct ho_error *err) HO_MUST_CHECK;

#endif
