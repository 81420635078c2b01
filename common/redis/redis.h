/*
 * redis: the fenced view. One partition's states are one hash, written together with the applied offset by one function
 * call, refused unless the caller still owns the partition. Library `ho` (deploy/redis/ho.lua) is loaded at connect.
 *
 * Keys: {<ns>:<processor>:<p>}:s states, :m owner, applied, cluster, :due due times, :w waiting states, :v:<view> views.
 *
 * Flushes are sent without waiting for their answers, which are read, in order, before the answer of the next call. What
 * was sent and not answered is kept, and sent again after ho_redis_reopen: a flush that was applied already succeeds.
 */
#ifndef HO_REDIS_H
#define HO_REDIS_H

#include "base/arena.h"
#include "base/base.h"

struct ho_redis;

/* address is "host:port". Connects and loads the function library. HO_AWAY when nobody answers. */
enum ho_status ho_redis_open(const char *address, int64_t timeout_ms, struct ho_redis **ret_redis,
                             struct ho_error *err) HO_MUST_CHECK;
/* A new connection after HO_AWAY; flushes without an answer are sent again. */
enum ho_status ho_redis_reopen(struct ho_redis *redis, struct ho_error *err) HO_MUST_CHECK;
/* Drops flushes without an answer: their partitions are no longer ours, or will be restored. */
void ho_redis_forget(struct ho_redis *redis);
void ho_redis_close(struct ho_redis *redis);

struct ho_redis_part {
    char states[192], meta[192], due[192], waits[192];
};
void ho_redis_part_init(struct ho_redis_part *part, const char *ns, const char *processor, int32_t partition);

/* A partition that is claimed: HO_FENCED unless owner and applied are what the view holds. */
struct ho_redis_claim {
    const struct ho_redis_part *part;
    const char *owner;
    int64_t applied; /* that of the last flush sent */
};

/* Claims a partition. *ret_applied is the applied offset, -1 when there is none. A view of another cluster, or one
 * applied beyond `end`, is unlinked and gives -1. */
enum ho_status ho_redis_claim_part(struct ho_redis *redis, const struct ho_redis_claim *claim, const char *cluster,
                                   int64_t end, int64_t *ret_applied, struct ho_error *err) HO_MUST_CHECK;

/* One state, as written and read. */
struct ho_redis_row {
    struct ho_slice key, value; /* an empty value is no state */
    int64_t due_ms;             /* INT64_MAX: none */
    struct ho_slice tokens;     /* what the state waits for, a line each */
};
struct ho_redis_view_op {
    bool remove, sorted;
    struct ho_slice view, field, value;
    int64_t score;
};
enum ho_redis_columns { HO_REDIS_VALUES = 2, HO_REDIS_DUE = 3, HO_REDIS_WAITS = 4 };

/* Fills the values of rows (arena), absent where unknown. */
enum ho_status ho_redis_load(struct ho_redis *redis, const struct ho_redis_claim *claim, struct ho_redis_row *rows,
                             size_t count, struct ho_arena *arena, struct ho_error *err) HO_MUST_CHECK;
/* The first *count keys and times of the due index, by time, into rows; *count becomes how many there are. */
enum ho_status ho_redis_due(struct ho_redis *redis, const struct ho_redis_claim *claim, struct ho_redis_row *rows,
                            size_t *count, struct ho_arena *arena, struct ho_error *err) HO_MUST_CHECK;
/* Every waiting state: keys and tokens, in arena. */
enum ho_status ho_redis_waits(struct ho_redis *redis, const struct ho_redis_claim *claim,
                              struct ho_redis_row **ret_rows, size_t *ret_count, struct ho_arena *arena,
                              struct ho_error *err) HO_MUST_CHECK;

struct ho_redis_flush {
    struct ho_redis_claim claim; /* applied: before this flush */
    int64_t after;               /* applied offset that it moves to */
    enum ho_redis_columns columns;
    const struct ho_redis_row *rows;
    size_t count;
    const struct ho_redis_view_op *views;
    size_t view_count;
};
/* Sends a flush; its answer is read by the next call or by ho_redis_settle. HO_AWAY: it is kept for ho_redis_reopen. */
enum ho_status ho_redis_flush(struct ho_redis *redis, const struct ho_redis_flush *flush,
                              struct ho_error *err) HO_MUST_CHECK;
/* Flushes without an answer. */
size_t ho_redis_owed(const struct ho_redis *redis);
/* Reads the answers that are owed. HO_FENCED: another instance owns a partition, or the view is not what we know. */
enum ho_status ho_redis_settle(struct ho_redis *redis, struct ho_error *err) HO_MUST_CHECK;

/* All that one partition's view holds, without any claim: for comparison, not for large views in production. */
struct ho_redis_dump {
    struct ho_redis_row *rows;
    size_t count;
    struct ho_redis_view_op *views;
    size_t view_count;
    int64_t applied; /* -1: none */
};
enum ho_status ho_redis_dump(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_redis_dump *ret_dump,
                             struct ho_arena *arena, struct ho_error *err) HO_MUST_CHECK;

/* One state without any claim, for readers (ho member). */
enum ho_status ho_redis_peek(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_slice key,
                             struct ho_arena *arena, struct ho_slice *ret_value,
                             struct ho_error *err) HO_MUST_CHECK;

#endif
