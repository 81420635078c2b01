/*
 * Who waits for which row of a lookup: in memory by token, in the view by state, written with the state. A row's arrival
 * wakes the states of its tokens; an assignment wakes all, since rows may have come while nobody listened. A state that
 * finds nothing new simply waits on.
 */
#include "processor/internal.h"

#include "base/id.h"

#define CAP_MIN 256

/* One state that waits. */
struct sleeper {
    struct sleeper *next; /* of the same slot of `states` */
    struct ho_buf key, tokens;
    int32_t partition;
    bool woken; /* is in the queue */
};

/* One token of one state. */
struct link {
    struct link *next; /* of the same slot of `links` */
    struct sleeper *sleeper;
    uint64_t token; /* hash: a collision wakes one state too many, which is harmless */
};

struct ho_waiting {
    struct sleeper **states;
    struct link **links;
    size_t cap, count;      /* of states; links have as many slots */
    struct sleeper **queue; /* woken, in order */
    size_t queue_count, queue_cap, queue_begin;
};

struct ho_waiting *ho_waiting_new(void)
{
    struct ho_waiting *waiting = ho_calloc(1, sizeof *waiting);
    waiting->cap = CAP_MIN;
    waiting->states = ho_calloc(CAP_MIN, sizeof(struct sleeper *));
    waiting->links = ho_calloc(CAP_MIN, sizeof(struct link *));
    return waiting;
}

size_t ho_waiting_count(const struct ho_waiting *waiting)
{
    return waiting->count;
}

static uint64_t hash_state(int32_t partition, struct ho_slice key)
{
    return ho_hash64(key.ptr, key.len) + (uint64_t)partition * UINT64_C(0x9e3779b97f4a7c15);
}

static struct sleeper **find(const struct ho_waiting *waiting, int32_t partition, struct ho_slice key)
{
    struct sleeper **at = &waiting->states[hash_state(partition, key) & (waiting->cap - 1)];
    while (*at && !((*at)->partition == partition && ho_slice_equal(ho_buf_slice(&(*at)->key), key)))
        at = &(*at)->next;
    return at;
}

/* The next line of *tokens, taken off it; absent at the end. */
static struct ho_slice next_line(struct ho_slice *tokens)
{
    const char *end = tokens->len ? memchr(tokens->ptr, '\n', tokens->len) : NULL;
    if (!end)
        return (struct ho_slice){NULL, 0};
    struct ho_slice line = {tokens->ptr, (size_t)(end - tokens->ptr)};
    *tokens = (struct ho_slice){end + 1, tokens->len - line.len - 1};
    return line;
}

static void unlink_tokens(struct ho_waiting *waiting, const struct sleeper *sleeper)
{
    struct ho_slice tokens = ho_buf_slice(&sleeper->tokens);
    for (struct ho_slice line = next_line(&tokens); line.ptr; line = next_line(&tokens)) {
        struct link **at = &waiting->links[ho_hash64(line.ptr, line.len) & (waiting->cap - 1)];
        while (*at && (*at)->sleeper != sleeper)
            at = &(*at)->next;
        struct link *link = *at;
        if (!link)
            continue;
        *at = link->next;
        ho_free(link);
    }
}

static void link_tokens(struct ho_waiting *waiting, struct sleeper *sleeper)
{
    struct ho_slice tokens = ho_buf_slice(&sleeper->tokens);
    for (struct ho_slice line = next_line(&tokens); line.ptr; line = next_line(&tokens)) {
        struct link *link = ho_calloc(1, sizeof *link);
        link->token = ho_hash64(line.ptr, line.len);
        link->sleeper = sleeper;
        struct link **slot = &waiting->links[link->token & (waiting->cap - 1)];
        link->next = *slot;
        *slot = link;
    }
}

static void sleeper_free(struct sleeper *sleeper)
{
    ho_buf_release(&sleeper->key);
    ho_buf_release(&sleeper->tokens);
    ho_free(sleeper);
}

static void leave_queue(struct ho_waiting *waiting, const struct sleeper *sleeper)
{
    for (size_t i = waiting->queue_begin; sleeper->woken && i < waiting->queue_count; i++)
        if (waiting->queue[i] == sleeper)
            waiting->queue[i] = NULL;
}

static void grow(struct ho_waiting *waiting)
{
    struct sleeper **states = waiting->states;
    struct link **links = waiting->links;
    size_t cap = waiting->cap;
    waiting->cap *= 2;
    waiting->states = ho_calloc(waiting->cap, sizeof *states);
    waiting->links = ho_calloc(waiting->cap, sizeof *links);
    for (size_t i = 0; i < cap; i++) {
        for (struct sleeper *s = states[i], *after; s; s = after) {
            after = s->next;
            struct sleeper **slot =
                &waiting->states[hash_state(s->partition, ho_buf_slice(&s->key)) & (waiting->cap - 1)];
            s->next = *slot;
            *slot = s;
        }
        for (struct link *l = links[i], *after; l; l = after) {
            after = l->next;
            l->next = waiting->links[l->token & (waiting->cap - 1)];
            waiting->links[l->token & (waiting->cap - 1)] = l;
        }
    }
    ho_free(states);
    ho_free(links);
}

static struct sleeper *add(struct ho_waiting *waiting, int32_t partition, struct ho_slice key)
{
    struct sleeper *sleeper = ho_calloc(1, sizeof *sleeper);
    ho_buf_init(&sleeper->key, 1 << 20);
    ho_buf_init(&sleeper->tokens, 1 << 20);
    ho_buf_append_slice(&sleeper->key, key);
    sleeper->partition = partition;
    if (waiting->count++ >= waiting->cap)
        grow(waiting);
    struct sleeper **slot = &waiting->states[hash_state(partition, key) & (waiting->cap - 1)];
    sleeper->next = *slot;
    *slot = sleeper;
    return sleeper;
}

static void drop(struct ho_waiting *waiting, struct sleeper **at)
{
    struct sleeper *sleeper = *at;
    *at = sleeper->next;
    unlink_tokens(waiting, sleeper);
    leave_queue(waiting, sleeper);
    sleeper_free(sleeper);
    waiting->count--;
}

void ho_waiting_set(struct ho_waiting *waiting, int32_t partition, struct ho_slice key, struct ho_slice tokens)
{
    struct sleeper **at = find(waiting, partition, key), *sleeper = *at;
    if (sleeper && ho_slice_equal(ho_buf_slice(&sleeper->tokens), tokens))
        return;
    if (sleeper && tokens.len == 0) {
        drop(waiting, at);
        return;
    }
    if (tokens.len == 0)
        return;
    if (sleeper)
        unlink_tokens(waiting, sleeper);
    else
        sleeper = add(waiting, partition, key);
    ho_buf_clear(&sleeper->tokens);
    ho_buf_append_slice(&sleeper->tokens, tokens);
    link_tokens(waiting, sleeper);
}

void ho_waiting_clear(struct ho_waiting *waiting)
{
    waiting->queue_begin = waiting->queue_count = 0;
    for (size_t i = 0; i < waiting->cap; i++)
        while (waiting->states[i])
            drop(waiting, &waiting->states[i]);
}

void ho_waiting_free(struct ho_waiting *waiting)
{
    ho_waiting_clear(waiting);
    ho_free(waiting->states);
    ho_free(waiting->links);
    ho_free(waiting->queue);
    ho_free(waiting);
}

static void wake(struct ho_waiting *waiting, struct sleeper *sleeper)
{
    if (sleeper->woken)
        return;
    if (waiting->queue_count == waiting->queue_cap) {
        waiting->queue_cap = waiting->queue_cap ? waiting->queue_cap * 2 : CAP_MIN;
        waiting->queue = ho_realloc(waiting->queue, waiting->queue_cap * sizeof(struct sleeper *));
    }
    sleeper->woken = true;
    waiting->queue[waiting->queue_count++] = sleeper;
}

void ho_waiting_wake(struct ho_waiting *waiting, struct ho_slice token)
{
    uint64_t hash = ho_hash64(token.ptr, token.len);
    for (const struct link *link = waiting->links[hash & (waiting->cap - 1)]; link; link = link->next)
        if (link->token == hash)
            wake(waiting, link->sleeper);
}

enum ho_status ho_wake_assign(struct ho_processor *proc, struct ho_part *part, struct ho_error *err)
{
    struct ho_redis_claim claim = {&part->keys, proc->owner, part->applied};
    struct ho_redis_row *rows = NULL;
    size_t count = 0;
    if (!proc->spec->waits)
        return HO_OK;
    enum ho_status status = ho_redis_waits(proc->redis, &claim, &rows, &count, &proc->arena, err);
    for (size_t i = 0; i < count && status == HO_OK; i++) {
        ho_waiting_set(proc->waiting, part->id, rows[i].key, rows[i].tokens);
        struct sleeper *sleeper = *find(proc->waiting, part->id, rows[i].key);
        if (sleeper)
            wake(proc->waiting, sleeper);
    }
    atomic_store(&proc->waiting_count, (int64_t)proc->waiting->count);
    return status;
}

void ho_wake_collect(struct ho_processor *proc)
{
    struct ho_waiting *waiting = proc->waiting;
    size_t room = HO_WAKES_MAX;
    while (waiting->queue_begin < waiting->queue_count && room > 0 && proc->assigned && !proc->discard) {
        struct sleeper *sleeper = waiting->queue[waiting->queue_begin++];
        if (!sleeper)
            continue;
        sleeper->woken = false;
        ho_batch_add_event(proc, &proc->parts[sleeper->partition], HO_EVENT_WAKE,
                           ho_arena_slice(&proc->arena, ho_buf_slice(&sleeper->key)));
        room--;
    }
    if (waiting->queue_begin == waiting->queue_count)
        waiting->queue_begin = waiting->queue_count = 0;
}
