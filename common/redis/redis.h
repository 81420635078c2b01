/*
 * redis: the fenced view. One partition's states are one hash, written together with the applied offset by one function
 * call, refused unless the caller still owns the partition. Library `ho` (deploy/redis/ho.lua) is loaded at connect.
 *
 * Keys: {<ns>:<processor>:<p>}:s states, :m owner, applied, cluster.
 */
#ifndef HO_REDIS_H
#define HO_REDIS_H

#include "base/arena.h"
#include "base/base.h"

struct ho_redis;

/* address is "host:port". Connects and loads the function library. HO_AWAY when nobody answers. */
enum ho_status ho_redis_open(const char *address, int64_t timeout_ms, struct ho_redis **ret_redis,
                             struct ho_error *err) HO_MUST_CHECK;
void ho_redis_close(struct ho_redis *redis);

struct ho_redis_part {
    char states[192], meta[192]; /* the two keys */
};
void ho_redis_part_init(struct ho_redis_part *part, const char *ns, const char *processor, int32_t partition);

/* Claims the partition for owner. *ret_applied is the applied offset, -1 when there is none. A view of another cluster,
 * or one applied beyond `end`, is unlinked and gives -1. */
enum ho_status ho_redis_claim(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                              const char *cluster, int64_t end, int64_t *ret_applied,
                              struct ho_error *err) HO_MUST_CHECK;

/* States of keys into ret_values (arena), absent where unknown. HO_FENCED unless owner and applied are as said. */
enum ho_status ho_redis_load(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                             int64_t applied, const struct ho_slice *keys, size_t count, struct ho_arena *arena,
                             struct ho_slice *ret_values, struct ho_error *err) HO_MUST_CHECK;

/* Writes states (an empty value removes the key) and moves applied from `before` to `after`. A flush that finds its own
 * owner and `after` already there has succeeded. HO_FENCED as load. */
enum ho_status ho_redis_flush(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                              int64_t before, int64_t after, const struct ho_slice *keys,
                              const struct ho_slice *values, size_t count, struct ho_error *err) HO_MUST_CHECK;

/* One state without any claim, for readers (ho member). */
enum ho_status ho_redis_peek(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_slice key,
                             struct ho_arena *arena, struct ho_slice *ret_value,
                             struct ho_error *err) HO_MUST_CHECK;

#endif
