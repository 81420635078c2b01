/*
 * internal: what the files of the processor share. One thread runs the loop; the HTTP thread reads the fields marked
 * `shared`, under parts_lock or lock.
 *
 *   processor.c  the loop: gather a batch, run it         open.c    handles of Kafka and Redis, counts of partitions
 *   batch.c      load, decide, commit                     produce.c records of the running transaction
 *   flush.c      the view, after the commit               assign.c  rebalance, claim, first-start rule
 *   restore.c    the changelog into the view              timer.c   partition time, due states
 *   wake.c       states that wait for rows of lookups     side.c    schemas and lookups, read whole
 *   crash.c      records that crash a core                status.c  /healthz /readyz /status, watchdog
 *   step.c       one event through a core                 cache.c   states at hand
 */
#ifndef HO_PROCESSOR_INTERNAL_H
#define HO_PROCESSOR_INTERNAL_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kafka/kafka.h"
#include "metrics/metrics.h"
#include "processor/cache.h"
#include "processor/step.h"
#include "redis/redis.h"

#define HO_INPUTS_MAX 12
#define HO_OUTPUTS_MAX 12
#define HO_LOOKUPS_MAX 4
#define HO_TIMERS_MAX 1000 /* due states that one batch takes */
#define HO_WAKES_MAX 500   /* woken states that one batch takes */

/* Settings that every processor has. */
struct ho_common_config {
    const char *ns, *instance, *http, *log_level, *clock, *bootstrap, *redis, *state_dir, *fault;
    int64_t redis_timeout_ms, redis_wait_ms, session_timeout_ms;
    int64_t cache_bytes, batch_records, bulk_records, commit_interval_ms, watchdog_s;
};

struct ho_part {
    int32_t id;
    bool owned;
    bool touched;                 /* by the present batch */
    int64_t applied;              /* offset in the changelog of the last flush sent */
    int64_t written;              /* offset behind our last changelog record, from delivery reports */
    int64_t next[HO_INPUTS_MAX];  /* shared: next offset to process of each input, committed or to be committed */
    int64_t taken[HO_INPUTS_MAX]; /* the same with the present batch */
    int64_t last_ms[HO_INPUTS_MAX]; /* timestamp of the last record processed, INT64_MIN before the first */
    bool at_end[HO_INPUTS_MAX];   /* the end of this input was seen since the assignment */
    bool first[HO_INPUTS_MAX];    /* no offset was committed yet: its first start */
    int64_t time_ms;              /* shared: the partition's time; it never goes back */
    int64_t due_ms;               /* earliest due time in the view; HO_NEVER, or INT64_MIN when not asked yet */
    struct ho_redis_part keys;
};

/* One event of a batch, and what became of it before decide saw it. */
struct ho_item {
    rd_kafka_message_t *message; /* NULL: a timer or a wake */
    struct ho_part *part;
    struct ho_event event;
    struct ho_cache_entry *entries[HO_STATES_MAX];
    size_t entry_count;
    const char *dead, *detail; /* reason code and words when it goes to the dead letters; detail in the arena */
};

struct ho_waiting; /* wake.c: who waits for what */

struct ho_processor {
    const struct ho_processor_spec *spec;
    struct ho_config *config;
    struct ho_common_config common;
    size_t input_count, output_count, lookup_count;
    struct ho_avro_reader *input_readers[HO_INPUTS_MAX], *lookup_readers[HO_LOOKUPS_MAX];
    char input_names[HO_INPUTS_MAX][HO_KAFKA_NAME_SIZE];

    rd_kafka_t *consumer; /* of the group; reads the urgent inputs */
    rd_kafka_t *bulk;     /* reads the other inputs of the partitions that the group gave us; NULL without any */
    rd_kafka_t *side;     /* schemas and lookups */
    rd_kafka_t *restorer; /* changelog, read_committed */
    rd_kafka_t *ends;     /* ends of logs, read_uncommitted */
    rd_kafka_t *producers[2];
    rd_kafka_topic_t *output_topics[2][HO_OUTPUTS_MAX], *changelog_topics[2], *dlq_topics[2];
    int32_t output_partitions[HO_OUTPUTS_MAX];
    char output_types[HO_OUTPUTS_MAX][96]; /* ce_type */
    char changelog[HO_KAFKA_NAME_SIZE], schemas[HO_KAFKA_NAME_SIZE];

    struct ho_redis *redis;
    char owner[40], *cluster;
    struct ho_part *parts;
    int32_t part_count;
    bool reading_tables; /* events wait until the tables were read to their end */
    bool kafka_away; /* the broker did not answer when it was asked last */
    bool assigned, failed, discard; /* discard: a transaction was aborted; nothing counts until the next assignment */
    int64_t discard_since_us;
    unsigned generation; /* assignments and revocations seen */
    struct ho_error failure;

    struct ho_step step;
    struct ho_cache cache;
    struct ho_waiting *waiting;
    struct ho_arena arena; /* of one batch */
    struct ho_item *items;
    size_t item_count, item_cap;
    struct ho_cache_entry **changed; /* entries that the present batch changed */
    size_t changed_count;
    uint64_t batch, acknowledged; /* transactions begun; the last one whose states are in the view */
    int64_t batch_begin_us, committed_us;
    uint64_t unknown_schema; /* fingerprint that was waited for in vain */
    int64_t side_ms;         /* timestamp of the newest row of a lookup */
    int64_t time_asked_us, time_clock_ms; /* of the last look at the ends of inputs */
    rd_kafka_topic_partition_list_t *side_missing; /* partitions of side not yet read to their end */
    rd_kafka_topic_partition_list_t *side_next;    /* shared: next offset of each partition of side */

    pthread_mutex_t lock;       /* of state and reason */
    pthread_mutex_t parts_lock; /* of owned, next, applied, time and side_next, for /status */
    char state[16], reason[256]; /* shared */
    _Atomic int64_t loop_us;     /* shared: monotonic time of the last turn of the loop */
    _Atomic int64_t waiting_count, due_count; /* shared */
    struct ho_metric *m_events, *m_timers, *m_wakes, *m_batches, *m_load, *m_decide, *m_offsets, *m_commit, *m_flush,
        *m_settle, *m_batch;
};

/* Whose turn it is of the two producers: they alternate, so that a transaction never waits for the markers of the last. */
static inline unsigned ho_turn(const struct ho_processor *proc)
{
    return proc->batch & 1;
}

/* processor.c: what the daemon is doing, for /readyz and /status. state: starting, waiting, restoring, running. */
void ho_processor_say(struct ho_processor *proc, const char *state, const char *fmt, ...) HO_PRINTF(3, 4);
/* Remembers the first failure; the loop ends with it. */
void ho_processor_fail(struct ho_processor *proc, const struct ho_error *err);
/* True once SIGTERM or SIGINT came. */
bool ho_processor_stopping(void);
/* The loop lives: the watchdog and /healthz look at it. */
void ho_processor_turns(struct ho_processor *proc);

#include "processor/parts.h"

#endif
