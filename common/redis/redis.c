/*
 * The fenced view over hiredis 0.14. One connection, loads and flushes in order. A context with an error is dead: every
 * call then answers HO_AWAY until ho_redis_reopen makes a new one. Replies are checked for NULL, error and type.
 */
#include "redis/redis.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

#include "base/buf.h"
#include "ho_lua.h"

#define OWED_MAX 1024 /* flushes without an answer: one a partition */
#define COMMAND_BYTES_MAX ((size_t)1 << 30)

struct ho_redis {
    redisContext *context;
    const char **argv; /* of the command being built, kept to allocate once */
    size_t *lens;
    size_t count, cap;
    char (*numbers)[24]; /* texts of numbers among the arguments; as many as arguments */
    size_t number_count, number_cap;
    struct ho_buf owed[OWED_MAX]; /* formatted flushes without an answer, oldest first; buffers are kept */
    size_t owed_count;
    char address[256];
    int64_t timeout_ms;
};

/* ---- building a command */

static void arg(struct ho_redis *redis, struct ho_slice value)
{
    if (redis->count == redis->cap) {
        redis->cap = redis->cap ? redis->cap * 2 : 256;
        redis->argv = ho_realloc(redis->argv, redis->cap * sizeof *redis->argv);
        redis->lens = ho_realloc(redis->lens, redis->cap * sizeof *redis->lens);
    }
    redis->argv[redis->count] = value.ptr ? value.ptr : "";
    redis->lens[redis->count++] = value.len;
}

static void arg_text(struct ho_redis *redis, const char *text)
{
    arg(redis, ho_slice_of(text));
}

/* Room for n numbers must have been asked for: arguments point into it. */
static void arg_number(struct ho_redis *redis, int64_t number)
{
    HO_ASSERT(redis->number_count < redis->number_cap);
    char *text = redis->numbers[redis->number_count++];
    int len = snprintf(text, sizeof redis->numbers[0], "%lld", (long long)number);
    arg(redis, (struct ho_slice){text, (size_t)len});
}

/* "FCALL function 4 states meta due waits owner", as every call begins. */
static void begin_call(struct ho_redis *redis, const char *function, const struct ho_redis_claim *claim,
                       size_t numbers)
{
    if (redis->number_cap < numbers) {
        redis->numbers = ho_realloc(redis->numbers, numbers * sizeof redis->numbers[0]);
        redis->number_cap = numbers;
    }
    redis->count = redis->number_count = 0;
    arg_text(redis, "FCALL");
    arg_text(redis, function);
    arg_text(redis, "4");
    arg_text(redis, claim->part->states);
    arg_text(redis, claim->part->meta);
    arg_text(redis, claim->part->due);
    arg_text(redis, claim->part->waits);
    arg_text(redis, claim->owner);
}

/* "*12\r\n" or "$3\r\n"; by hand, since it comes before every argument. */
static void put_length(struct ho_buf *out, char kind, size_t number)
{
    char text[24], *at = text + sizeof text;
    *--at = '\n';
    *--at = '\r';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    *--at = kind;
    ho_buf_append(out, at, (size_t)(text + sizeof text - at));
}

/* The command as the protocol writes it. */
static void format(const struct ho_redis *redis, struct ho_buf *out)
{
    ho_buf_clear(out);
    put_length(out, '*', redis->count);
    for (size_t i = 0; i < redis->count; i++) {
        put_length(out, '$', redis->lens[i]);
        ho_buf_append(out, redis->argv[i], redis->lens[i]);
        ho_buf_append(out, "\r\n", 2);
    }
    HO_ASSERT(!out->full);
}

/* ---- sending and answers */

static enum ho_status away(struct ho_redis *redis, struct ho_error *err)
{
    return ho_fail(err, HO_AWAY, "redis at %s does not answer: %s", redis->address, redis->context->errstr);
}

static enum ho_status send_all(struct ho_redis *redis, struct ho_error *err)
{
    int done = 0;
    while (!done)
        if (redisBufferWrite(redis->context, &done) != REDIS_OK)
            return away(redis, err);
    return HO_OK;
}

/* Reads one answer. type 0: any. *ret_reply (freed by the caller) has the type asked for. */
static enum ho_status answer(struct ho_redis *redis, int type, redisReply **ret_reply, struct ho_error *err)
{
    redisReply *reply = NULL;
    if (redisGetReply(redis->context, (void **)&reply) != REDIS_OK)
        return away(redis, err);
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

size_t ho_redis_owed(const struct ho_redis *redis)
{
    return redis->owed_count;
}

enum ho_status ho_redis_settle(struct ho_redis *redis, struct ho_error *err)
{
    while (redis->owed_count) {
        redisReply *reply = NULL;
        enum ho_status status = answer(redis, REDIS_REPLY_INTEGER, &reply, err);
        if (status != HO_OK) {
            /* An error that is not a refusal (no memory) leaves answers out of step: begin anew. */
            if (status == HO_AWAY && !redis->context->err)
                redis->context->err = REDIS_ERR_OTHER;
            return status;
        }
        freeReplyObject(reply);
        struct ho_buf first = redis->owed[0];
        memmove(redis->owed, redis->owed + 1, (redis->owed_count - 1) * sizeof first);
        redis->owed[--redis->owed_count] = first;
    }
    return HO_OK;
}

/* Runs the built command after all that is owed was answered. */
static enum ho_status run(struct ho_redis *redis, int type, redisReply **ret_reply, struct ho_error *err)
{
    if (redis->context->err)
        return away(redis, err);
    if (redisAppendCommandArgv(redis->context, (int)redis->count, redis->argv, redis->lens) != REDIS_OK)
        return away(redis, err);
    enum ho_status status = send_all(redis, err);
    if (status == HO_OK)
        status = ho_redis_settle(redis, err);
    return status == HO_OK ? answer(redis, type, ret_reply, err) : status;
}

/* ---- the connection */

static enum ho_status load_library(struct ho_redis *redis, struct ho_error *err)
{
    redisReply *reply = NULL;
    redis->count = 0;
    arg_text(redis, "FUNCTION");
    arg_text(redis, "LOAD");
    arg_text(redis, "REPLACE");
    arg_text(redis, ho_lua);
    if (redisAppendCommandArgv(redis->context, (int)redis->count, redis->argv, redis->lens) != REDIS_OK)
        return away(redis, err);
    enum ho_status status = answer(redis, 0, &reply, err);
    if (status == HO_OK)
        freeReplyObject(reply);
    return status;
}

static enum ho_status connect_to(struct ho_redis *redis, struct ho_error *err)
{
    char host[200];
    int64_t port = 0;
    const char *colon = strrchr(redis->address, ':');
    if (!colon || !ho_slice_to_int64(ho_slice_of(colon + 1), &port) || port < 1 || port > 65535)
        return ho_fail(err, HO_INVALID, "redis address \"%s\" is not host:port", redis->address);
    ho_slice_copy((struct ho_slice){redis->address, (size_t)(colon - redis->address)}, host, sizeof host);
    struct timeval timeout = {redis->timeout_ms / 1000, redis->timeout_ms % 1000 * 1000};
    redisContext *context = redisConnectWithTimeout(host, (int)port, timeout);
    if (!context || context->err) {
        enum ho_status status = ho_fail(err, HO_AWAY, "redis at %s: %s; is redis-server up and the address right?",
                                        redis->address, context ? context->errstr : "no memory");
        if (context)
            redisFree(context);
        return status;
    }
    redisSetTimeout(context, timeout);
    redisEnableKeepAlive(context);
    if (redis->context)
        redisFree(redis->context);
    redis->context = context;
    return load_library(redis, err);
}

enum ho_status ho_redis_open(const char *address, int64_t timeout_ms, struct ho_redis **ret_redis,
                             struct ho_error *err)
{
    struct ho_redis *redis = ho_calloc(1, sizeof *redis);
    snprintf(redis->address, sizeof redis->address, "%s", address);
    redis->timeout_ms = timeout_ms;
    for (size_t i = 0; i < OWED_MAX; i++)
        ho_buf_init(&redis->owed[i], COMMAND_BYTES_MAX);
    enum ho_status status = connect_to(redis, err);
    if (status != HO_OK) {
        ho_redis_close(redis);
        return status;
    }
    *ret_redis = redis;
    return HO_OK;
}

enum ho_status ho_redis_reopen(struct ho_redis *redis, struct ho_error *err)
{
    enum ho_status status = connect_to(redis, err);
    for (size_t i = 0; i < redis->owed_count && status == HO_OK; i++)
        if (redisAppendFormattedCommand(redis->context, redis->owed[i].data, redis->owed[i].len) != REDIS_OK)
            status = away(redis, err);
    return status == HO_OK ? send_all(redis, err) : status;
}

void ho_redis_forget(struct ho_redis *redis)
{
    if (redis->owed_count) /* their answers would be taken for others' */
        redis->context->err = REDIS_ERR_OTHER;
    redis->owed_count = 0;
}

void ho_redis_close(struct ho_redis *redis)
{
    if (!redis)
        return;
    if (redis->context)
        redisFree(redis->context);
    for (size_t i = 0; i < OWED_MAX; i++)
        ho_buf_release(&redis->owed[i]);
    ho_free(redis->argv);
    ho_free(redis->lens);
    ho_free(redis->numbers);
    ho_free(redis);
}

/* ---- calls */

static void key_name(char out[192], const char *ns, const char *processor, int32_t partition, const char *what)
{
    int len = snprintf(out, 192, "{%s:%s:%d}:%s", ns, processor, partition, what);
    HO_ASSERT(len > 0 && len < 192);
}

void ho_redis_part_init(struct ho_redis_part *part, const char *ns, const char *processor, int32_t partition)
{
    key_name(part->states, ns, processor, partition, "s");
    key_name(part->meta, ns, processor, partition, "m");
    key_name(part->due, ns, processor, partition, "due");
    key_name(part->waits, ns, processor, partition, "w");
}

enum ho_status ho_redis_claim_part(struct ho_redis *redis, const struct ho_redis_claim *claim, const char *cluster,
                                   int64_t end, int64_t *ret_applied, struct ho_error *err)
{
    redisReply *reply = NULL;
    begin_call(redis, "ho_claim", claim, 1);
    arg_text(redis, cluster);
    arg_number(redis, end);
    enum ho_status status = run(redis, REDIS_REPLY_STRING, &reply, err);
    if (status != HO_OK)
        return status;
    if (!ho_slice_to_int64((struct ho_slice){reply->str, (size_t)reply->len}, ret_applied))
        status = ho_fail(err, HO_FAILED, "redis at %s: the applied offset is not a number", redis->address);
    freeReplyObject(reply);
    return status;
}

static struct ho_slice value_of(const redisReply *item, struct ho_arena *arena)
{
    if (item->type != REDIS_REPLY_STRING)
        return (struct ho_slice){NULL, 0};
    return ho_arena_slice(arena, (struct ho_slice){item->str, (size_t)item->len});
}

enum ho_status ho_redis_load(struct ho_redis *redis, const struct ho_redis_claim *claim, struct ho_redis_row *rows,
                             size_t count, struct ho_arena *arena, struct ho_error *err)
{
    redisReply *reply = NULL;
    begin_call(redis, "ho_load", claim, 1);
    arg_number(redis, claim->applied);
    for (size_t i = 0; i < count; i++)
        arg(redis, rows[i].key);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    if (reply->elements != count)
        status = ho_fail(err, HO_FAILED, "redis at %s: %zu values for %zu keys", redis->address,
                         (size_t)reply->elements, count);
    for (size_t i = 0; i < count && status == HO_OK; i++)
        rows[i].value = value_of(reply->element[i], arena);
    freeReplyObject(reply);
    return status;
}

enum ho_status ho_redis_due(struct ho_redis *redis, const struct ho_redis_claim *claim, struct ho_redis_row *rows,
                            size_t *count, struct ho_arena *arena, struct ho_error *err)
{
    redisReply *reply = NULL;
    begin_call(redis, "ho_due", claim, 2);
    arg_number(redis, claim->applied);
    arg_number(redis, (int64_t)*count);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    size_t n = reply->elements / 2 < *count ? reply->elements / 2 : *count;
    for (size_t i = 0; i < n && status == HO_OK; i++) {
        const redisReply *score = reply->element[2 * i + 1];
        rows[i].key = value_of(reply->element[2 * i], arena);
        if (score->type != REDIS_REPLY_STRING ||
            !ho_slice_to_int64((struct ho_slice){score->str, (size_t)score->len}, &rows[i].due_ms))
            status = ho_fail(err, HO_FAILED, "redis at %s: a due time is not a number", redis->address);
    }
    freeReplyObject(reply);
    *count = n;
    return status;
}

enum ho_status ho_redis_waits(struct ho_redis *redis, const struct ho_redis_claim *claim,
                              struct ho_redis_row **ret_rows, size_t *ret_count, struct ho_arena *arena,
                              struct ho_error *err)
{
    redisReply *reply = NULL;
    begin_call(redis, "ho_waits", claim, 1);
    arg_number(redis, claim->applied);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    size_t count = reply->elements / 2;
    struct ho_redis_row *rows = HO_ARENA_ARRAY(arena, struct ho_redis_row, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct ho_redis_row){.key = value_of(reply->element[2 * i], arena),
                                        .tokens = value_of(reply->element[2 * i + 1], arena)};
    freeReplyObject(reply);
    *ret_rows = rows;
    *ret_count = count;
    return HO_OK;
}

static void add_row(struct ho_redis *redis, const struct ho_redis_row *row, enum ho_redis_columns columns)
{
    arg(redis, row->key);
    arg(redis, row->value);
    if (columns >= HO_REDIS_DUE) {
        if (row->due_ms == INT64_MAX)
            arg_text(redis, "");
        else
            arg_number(redis, row->due_ms);
    }
    if (columns >= HO_REDIS_WAITS)
        arg(redis, row->tokens);
}

static void add_view(struct ho_redis *redis, const struct ho_redis_view_op *op)
{
    arg_text(redis, op->sorted ? (op->remove ? "Z" : "z") : (op->remove ? "H" : "h"));
    arg(redis, op->view);
    arg(redis, op->field);
    if (op->sorted && !op->remove)
        arg_number(redis, op->score);
    else
        arg(redis, op->remove ? HO_SLICE("") : op->value);
}

enum ho_status ho_redis_flush(struct ho_redis *redis, const struct ho_redis_flush *flush, struct ho_error *err)
{
    HO_ASSERT(redis->owed_count < OWED_MAX);
    begin_call(redis, "ho_flush", &flush->claim, 4 + flush->count + flush->view_count);
    arg_number(redis, flush->claim.applied);
    arg_number(redis, flush->after);
    arg_number(redis, flush->columns);
    arg_number(redis, (int64_t)flush->count);
    for (size_t i = 0; i < flush->count; i++)
        add_row(redis, &flush->rows[i], flush->columns);
    for (size_t i = 0; i < flush->view_count; i++)
        add_view(redis, &flush->views[i]);
    struct ho_buf *kept = &redis->owed[redis->owed_count++];
    format(redis, kept);
    if (redis->context->err || redisAppendFormattedCommand(redis->context, kept->data, kept->len) != REDIS_OK)
        return away(redis, err);
    return send_all(redis, err);
}

static struct ho_redis_row *find_row(const struct ho_redis_dump *dump, struct ho_slice key)
{
    for (size_t i = 0; i < dump->count; i++)
        if (ho_slice_equal(dump->rows[i].key, key))
            return &dump->rows[i];
    return NULL;
}

static bool take_dump(const redisReply *reply, struct ho_redis_dump *dump, struct ho_arena *arena)
{
    const redisReply *states = reply->element[1], *due = reply->element[2], *waits = reply->element[3],
                     *views = reply->element[4];
    bool good = ho_slice_to_int64(value_of(reply->element[0], arena), &dump->applied);
    dump->rows = HO_ARENA_ARRAY(arena, struct ho_redis_row, states->elements / 2);
    dump->views = HO_ARENA_ARRAY(arena, struct ho_redis_view_op, views->elements / 4);
    for (; dump->count < states->elements / 2; dump->count++)
        dump->rows[dump->count] = (struct ho_redis_row){.key = value_of(states->element[2 * dump->count], arena),
                                                        .value = value_of(states->element[2 * dump->count + 1], arena),
                                                        .due_ms = INT64_MAX,
                                                        .tokens = HO_SLICE("")};
    for (size_t i = 0; i + 1 < due->elements && good; i += 2) {
        struct ho_redis_row *row = find_row(dump, value_of(due->element[i], arena));
        good = row && ho_slice_to_int64(value_of(due->element[i + 1], arena), &row->due_ms);
    }
    for (size_t i = 0; i + 1 < waits->elements && good; i += 2) {
        struct ho_redis_row *row = find_row(dump, value_of(waits->element[i], arena));
        good = row != NULL;
        if (row)
            row->tokens = value_of(waits->element[i + 1], arena);
    }
    for (size_t i = 0; i + 3 < views->elements && good; i += 4, dump->view_count++) {
        struct ho_redis_view_op *op = &dump->views[dump->view_count];
        op->view = value_of(views->element[i], arena);
        op->sorted = ho_slice_is(value_of(views->element[i + 1], arena), "zset");
        op->field = value_of(views->element[i + 2], arena);
        op->value = value_of(views->element[i + 3], arena);
        good = !op->sorted || ho_slice_to_int64(op->value, &op->score);
    }
    return good;
}

enum ho_status ho_redis_dump(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_redis_dump *ret_dump,
                             struct ho_arena *arena, struct ho_error *err)
{
    redisReply *reply = NULL;
    struct ho_redis_claim claim = {part, "", 0};
    begin_call(redis, "ho_dump", &claim, 0);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    *ret_dump = (struct ho_redis_dump){.count = 0};
    if (reply->elements != 5 || !take_dump(reply, ret_dump, arena))
        status = ho_fail(err, HO_FAILED, "redis at %s: %s holds what no flush wrote: a due time or a waiting state of a "
                                         "key without state", redis->address, part->states);
    freeReplyObject(reply);
    return status;
}

enum ho_status ho_redis_peek(struct ho_redis *redis, const struct ho_redis_part *part, struct ho_slice key,
                             struct ho_arena *arena, struct ho_slice *ret_value, struct ho_error *err)
{
    redisReply *reply = NULL;
    redis->count = 0;
    arg_text(redis, "HMGET");
    arg_text(redis, part->states);
    arg(redis, key);
    enum ho_status status = run(redis, REDIS_REPLY_ARRAY, &reply, err);
    if (status != HO_OK)
        return status;
    if (reply->elements == 1)
        *ret_value = value_of(reply->element[0], arena);
    else
        status = ho_fail(err, HO_FAILED, "redis at %s: HMGET gave no value", redis->address);
    freeReplyObject(reply);
    return status;
}
