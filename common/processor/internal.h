/*
 * internal: what the files of the processor share. One thread runs the loop; the HTTP thread reads the fields marked
 * `shared`, under lock.
 *
 *   processor.c  start, loop, stop          assign.c  rebalance, claim, restore, first-start rule
 *   batch.c      one batch: load, decide, produce, commit, flush
 *   side.c       schemas and lookups, read whole       status.c  /healthz /readyz /status
 */
#ifndef HO_PROCESSOR_INTERNAL_H
#define HO_PROCESSOR_INTERNAL_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kafka/kafka.h"
#include "metrics/metrics.h"
#include "processor/cache.h"
#include "processor/processor.h"
#include "redis/redis.h"

#define HO_INPUTS_MAX 12
#define HO_OUTPUTS_MAX 12
#define HO_LOOKUPS_MAX 4
#define HO_BATCH_MAX 2000           /* records of one transaction */
#define HO_RECORD_BYTES_MAX 3900000 /* below message.max.bytes, with room for headers */

/* Settings that every processor has. */
struct ho_common_config {
    const char *ns, *instance, *http, *log_level, *clock;
    const char *bootstrap, *redis;
    int64_t redis_timeout_ms, redis_wait_ms, cache_bytes, session_timeout_ms;
};

struct ho_part {
    int32_t id;
    bool owned;
    bool touched;                /* by the present batch */
    int64_t applied;             /* offset in the changelog that the view has reached */
    int64_t written;             /* offset behind our last changelog record, from delivery reports */
    int64_t next[HO_INPUTS_MAX]; /* shared: next offset to process of each input, committed or to be committed */
    int64_t taken[HO_INPUTS_MAX]; /* the same with the present batch */
    bool at_end[HO_INPUTS_MAX];  /* the end of this input was seen since the assignment */
    struct ho_redis_part keys;
};

/* What became of a record before decide saw it. */
struct ho_item {
    rd_kafka_message_t *message;
    struct ho_part *part;
    struct ho_event event;
    struct ho_cache_entry *entry;
    const char *dead; /* reason code when it goes to the dead letters */
    char detail[256];
};

struct ho_processor {
    const struct ho_processor_spec *spec;
    struct ho_config *config;
    struct ho_common_config common;
    size_t input_count, output_count, lookup_count;
    struct ho_avro_reader *input_readers[HO_INPUTS_MAX], *lookup_readers[HO_LOOKUPS_MAX], *state_reader;
    char input_names[HO_INPUTS_MAX][HO_KAFKA_NAME_SIZE];

    rd_kafka_t *consumer; /* of the group */
    rd_kafka_t *side;     /* schemas and lookups */
    rd_kafka_t *restorer; /* changelog, read_committed */
    rd_kafka_t *ends;     /* ends of logs, read_uncommitted */
    rd_kafka_t *producers[2];
    rd_kafka_topic_t *output_topics[2][HO_OUTPUTS_MAX], *changelog_topics[2], *dlq_topics[2];
    int32_t output_partitions[HO_OUTPUTS_MAX];
    char output_types[HO_OUTPUTS_MAX][96]; /* ce_type */
    char changelog[HO_KAFKA_NAME_SIZE], schemas[HO_KAFKA_NAME_SIZE];
    unsigned turn; /* transactions begun: its lowest bit says whose turn it is */

    struct ho_redis *redis;
    char owner[40], *cluster;
    struct ho_part *parts;
    int32_t part_count;
    bool reading_tables; /* events wait until the tables were read to their end */
    bool assigned, failed, discard; /* discard: a transaction was aborted; nothing counts until the next assignment */
    int64_t discard_since_us;
    unsigned generation; /* assignments and revocations seen */
    struct ho_error failure;

    struct ho_cache cache;
    struct ho_arena arena;      /* of one batch */
    struct ho_arena permanent;  /* of the whole life */
    struct ho_buf scratch;
    void *fresh_state;          /* a state as its schema's defaults say */
    struct ho_item items[HO_BATCH_MAX];
    size_t item_count;
    struct ho_cache_entry **changed; /* entries that the present batch changed */
    size_t changed_count;
    rd_kafka_topic_partition_list_t *side_missing; /* partitions of side not yet read to their end */
    rd_kafka_topic_partition_list_t *side_next;    /* shared: next offset of each partition of side */

    pthread_mutex_t lock;       /* of state and reason */
    pthread_mutex_t parts_lock; /* of owned, next, applied and side_next, for /status */
    char state[16], reason[256]; /* shared */
    _Atomic int64_t loop_us;     /* shared: monotonic time of the last turn of the loop */
    struct ho_metric *m_events, *m_batches, *m_load, *m_decide, *m_commit, *m_flush, *m_batch;
};

/* processor.c: what the daemon is doing, for /readyz and /status. state: starting, waiting, restoring, running. */
void ho_processor_say(struct ho_processor *proc, const char *state, const char *fmt, ...) HO_PRINTF(3, 4);
/* Remembers the first failure; the loop ends with it. */
void ho_processor_fail(struct ho_processor *proc, const struct ho_error *err);
/* True once SIGTERM or SIGINT came. */
bool ho_processor_stopping(void);
/* Connects Redis, waiting at most wait_ms (-1: until stopped). */
enum ho_status ho_processor_redis(struct ho_processor *proc, int64_t wait_ms, struct ho_error *err) HO_MUST_CHECK;

/* side.c */
enum ho_status ho_side_start(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
void ho_side_serve(struct ho_processor *proc, int timeout_ms);

/* assign.c */
void ho_assign_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t why, rd_kafka_topic_partition_list_t *list,
                         void *opaque);
/* Once the last table has reached its end, the events follow. Call between batches. */
void ho_assign_tables_done(struct ho_processor *proc);

/* batch.c */
int ho_batch_input(const struct ho_processor *proc, const char *topic); /* index, or -1 */
void ho_batch_add(struct ho_processor *proc, rd_kafka_message_t *message);
void ho_batch_drop(struct ho_processor *proc);
enum ho_status ho_batch_run(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;

/* produce.c: records of the running transaction. */
void ho_produce_configure(rd_kafka_conf_t *conf); /* sets the delivery callback that follows the changelog's offsets */
void ho_produce_types(struct ho_processor *proc); /* ce_type of each output */
enum ho_status ho_produce_effect(struct ho_processor *proc, const struct ho_item *item, const struct ho_effect *effect,
                                 struct ho_slice value, struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_produce_dead(struct ho_processor *proc, const struct ho_item *item,
                               struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_produce_state(struct ho_processor *proc, const struct ho_cache_entry *entry,
                                struct ho_error *err) HO_MUST_CHECK;

/* status.c */
int ho_status_healthz(void *arg, struct ho_buf *out);
int ho_status_readyz(void *arg, struct ho_buf *out);
int ho_status_page(void *arg, struct ho_buf *out);

#endif
