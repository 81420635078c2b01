/*
 * The fenced view over hiredis 0.14. One connection, loads and flushes in order. A context with an error is dead: every
 * call then answers HO_AWAY until ho_redis_open makes a new one. Replies are checked for NULL, error and type.
 */
#include "redis/redis.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ho_lua.h"

struct ho_redis {
    redisContext *context;
    const char **argv; /* of the command being built, kept to allocate once */
    size_t *lens;
    size_t count, cap;
    char address[256];
};

static void args_clear(struct ho_redis *redis)
{
    redis->count = 0;
}

static void arg(struct ho_redis *redis, const void *data, size_t len)
{
    if (redis->count == redis->cap) {
        redis->cap = redis->cap ? redis->cap * 2 : 256;
        redis->argv = ho_realloc(redis->argv, redis->cap * sizeof *redis->argv);
        redis->lens = ho_realloc(redis->lens, redis->cap * sizeof *redis->lens);
    }
    redis->argv[redis->count] = data ? data : "";
    redis->lens[redis->count++] = len;
}

static void arg_text(struct ho_redis *redis, const char *text)
{
    arg(redis, text, strlen(text));
}

/* "FCALL function 2 states meta owner", as every call begins. */
static void begin_call(struct ho_redis *redis, const char *command, const char *function,
                       const struct ho_redis_part *part, const char *owner)
{
    args_clear(redis);
    arg_text(redis, command);
    arg_text(redis, function);
    arg_text(redis, "2");
    arg_text(redis, part->states);
    arg_text(redis, part->meta);
    arg_text(redis, owner);
}

/* Runs the built command. *ret_reply (freed by the caller) has the type asked for. */
static enum ho_status run(struct ho_redis *redis, int type, redisReply **ret_reply, struct ho_error *err)
{
    redisContext *context = redis->context;
    redisReply *reply = redisCommandArgv(context, (int)redis->count, redis->argv, redis->lens);
    if (!reply)
        return ho_fail(err, HO_AWAY, "redis at %s does not answer: %s", redis->address, context->errstr);
    enum ho_status status = HO_OK;
    if (reply->type == REDIS_REPLY_ERROR)
        status = strncmp(reply->str, "FENCED", 6) == 0
                     ? ho_fail(err, HO_FENCED, "redis at %s: %s", redis->address, reply->str)
                     : ho_fail(err, HO_AWAY, "redis at %s refuses: %s", redis->address, reply->str);
    else if (type && reply->type != type)
        status = ho_fail(err, HO_FAILED, "redis at %s: a reply of type %d, not %d", redis->address, reply->type, type);
    if (status != HO_OK) {
        freeReplyObject(reply);
        return status;
    }
    *ret_reply = reply;
    return HO_OK;
}

static enum ho_status load_library(struct ho_redis *redis, struct ho_error *err)
{
    redisReply *reply = NULL;
    args_clear(redis);
    arg_text(redis, "FUNCTION");
    arg_text(redis, "LOAD");
    arg_text(redis, "REPLACE");
    arg_text(redis, ho_lua);
    enum ho_status status = run(redis, 0, &reply, err);
    if (status == HO_OK)
        freeReplyObject(reply);
    return status;
}

enum ho_status ho_redis_open(const char *address, int64_t timeout_ms, struct ho_redis **ret_redis,
                             struct ho_error *err)
{
    char host[200];
    int64_t port = 0;
    const char *colon = strrchr(address, ':');
    if (!colon || !ho_slice_to_int64(ho_slice_of(colon + 1), &port) || port < 1 || port > 65535)
        return ho_fail(err, HO_INVALID, "redis address \"%s\" is not host:port", address);
    ho_slice_copy((struct ho_slice){address, (size_t)(colon - address)}, host, sizeof host);
    struct timeval timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    redisContext *context = redisConnectWithTimeout(host, (int)port, timeout);
    if (!context || context->err) {
        enum ho_status status = ho_fail(err, HO_AWAY, "redis at %s: %s; is redis-server up and the address right?",
                                        address, context ? context->errstr : "no memory");
        if (context)
            redisFree(context);
        return status;
    }
    redisSetTimeout(context, timeout);
    redisEnableKeepAlive(context);
    struct ho_redis *redis = ho_calloc(1, sizeof *redis);
    redis->context = context;
    snprintf(redis->address, sizeof redis->address, "%s", address);
    enum ho_status status = load_library(redis, err);
    if (status != HO_OK) {
        ho_redis_close(redis);
        return status;
    }
    *ret_redis = redis;
    return HO_OK;
}

void ho_redis_close(struct ho_redis *redis)
{
    if (!redis)
        return;
    redisFree(redis->context);
    ho_free(redis->argv);
    ho_free(redis->lens);
    ho_free(redis);
}

void ho_redis_part_init(struct ho_redis_part *part, const char *ns, const char *processor, int32_t partition)
{
    int states = snprintf(part->states, sizeof part->states, "{%s:%s:%d}:s", ns, processor, partition);
    int meta = snprintf(part->meta, sizeof part->meta, "{%s:%s:%d}:m", ns, processor, partition);
    HO_ASSERT(states < (int)sizeof part->states && meta < (int)sizeof part->meta);
}

enum ho_status ho_redis_claim(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                              const char *cluster, int64_t end, int64_t *ret_applied, struct ho_error *err)
{
    char number[24];
    redisReply *reply = NULL;
    begin_call(redis, "FCALL", "ho_claim", part, owner);
    arg_text(redis, cluster);
    snprintf(number, sizeof number, "%lld", (long long)end);
    arg_text(redis, number);
    enum ho_status status = run(redis, REDIS_REPLY_STRING, &reply, err);
    if (status != HO_OK)
        return status;
    if (!ho_slice_to_int64((struct ho_slice){reply->str, (size_t)reply->len}, ret_applied))
        status = ho_fail(err, HO_FAILED, "redis at %s: the applied offset is not a number", redis->address);
    freeReplyObject(reply);
    return status;
}

/* Copies an array of strings and nils to slices. */
static void take_values(const redisReply *reply, struct ho_arena *arena, struct ho_slice *ret_values)
{
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *item = reply->element[i];
        struct ho_slice value = {NULL, 0};
        if (item->type == REDIS_REPLY_STRING)
            value = ho_arena_slice(arena, (struct ho_slice){item->str, (size_t)item->len});
        ret_values[i] = value;
    }
}

enum ho_status ho_redis_load(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                             int64_t applied, const struct ho_slice *keys, size_t count, struct ho_arena *arena,
                             struct ho_slice *ret_values, struct ho_error *err)
{
    char number[24];
    redisReply *reply = NULL;
    begin_call(redis, "FCALL_RO", "ho_load", part, owner);
    snprintf(number, sizeof number, "%lld", (long long)applied);
    arg_text(redis, number);
    for (size_t i = 0; i < count; i++)
        arg(redis, keys[i].ptr, keys[i].len);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    if (reply->elements == count)
        take_values(reply, arena, ret_values);
    else
        status = ho_fail(err, HO_FAILED, "redis at %s: %zu values for %zu keys", redis->address,
                         (size_t)reply->elements, count);
    freeReplyObject(reply);
    return status;
}

enum ho_status ho_redis_flush(struct ho_redis *redis, const struct ho_redis_part *part, const char *owner,
                              int64_t before, int64_t after, const struct ho_slice *keys,
                              const struct ho_slice *values, size_t count, struct ho_error *err)
{
    char number[2][24];
    redisReply *reply = NULL;
    begin_call(redis, "FCALL", "ho_flush", part, owner);
    snprintf(number[0], sizeof number[0], "%lld", (long long)before);
    snprintf(number[1], sizeof number[1], "%lld", (long long)after);
    arg_text(redis, number[0]);
    arg_text(redis, number[1]);
    for (size_t i = 0; i < count; i++) {
        arg(redis, keys[i].ptr, keys[i].len);
        arg(redis, values[i].ptr, values[i].len);
    }
    enum ho_status status = run(redis, REDIS_REPLY_INTEGER, &reply, err);
    if (status == HO_OK)
        freeReplyObject(reply);
    return status;
}

enum ho_status ho_redis_peek(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_slice key,
                             struct ho_arena *arena, struct ho_slice *ret_value, struct ho_error *err)
{
    redisReply *reply = NULL;
    args_clear(redis);
    arg_text(redis, "HMGET");
    arg_text(redis, part->states);
    arg(redis, key.ptr, key.len);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    if (reply->elements == 1)
        take_values(reply, arena, ret_value);
    else
        status = ho_fail(err, HO_FAILED, "redis at %s: HMGET gave no value", redis->address);
    freeReplyObject(reply);
    return status;
}
