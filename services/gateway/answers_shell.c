#include "gateway/answers_shell.h"

#include <stdio.h>

#include "base/calendar.h"
#include "clock/clock.h"
#include "gateway/connection_shell.h"
#include "gateway/store_shell.h"

#define FRAME_COST (sizeof(struct frame) + 64) /* beside its bytes */

static void count_bytes(struct frame *frame, int64_t sign)
{
    int64_t bytes = sign * (int64_t)(frame->len + FRAME_COST);
    atomic_fetch_add(&frame->feed->bytes, bytes);
    atomic_fetch_add(&frame->feed->gateway->bytes, bytes);
    if (frame->connection)
        frame->connection->bytes += (size_t)bytes; /* wraps around and back */
}

static struct frame *new_frame(struct connection *connection, struct ho_slice bytes)
{
    struct frame *frame = ho_malloc(sizeof *frame + bytes.len + 1);
    *frame = (struct frame){.connection = connection, .feed = connection->feed, .len = bytes.len};
    if (bytes.len)
        memcpy(frame->bytes, bytes.ptr, bytes.len);
    frame->bytes[bytes.len] = '\0';
    frame->begin_us = ho_clock_monotonic_us();
    *connection->last = frame;
    connection->last = &frame->next;
    connection->wait.frames++;
    count_bytes(frame, 1);
    return frame;
}

static void free_frame(struct frame *frame)
{
    count_bytes(frame, -1);
    ho_free(frame->answer);
    ho_free(frame);
}

/* The frame leaves its connection's queue, of which it is the first. */
static void pop(struct connection *connection)
{
    struct frame *frame = connection->first;
    connection->first = frame->next;
    if (!connection->first)
        connection->last = &connection->first;
    connection->wait.frames--;
    free_frame(frame);
}

/* Its answer is known: it leaves at once when it is the frame's turn, and with it those behind that only waited for it. */
static void deliver(struct frame *frame, struct ho_slice answer)
{
    struct connection *connection = frame->connection;
    frame->on_its_way = false;
    frame->answered = true;
    if (!connection) {
        free_frame(frame);
        return;
    }
    if (connection->dead)
        return; /* forget_frames frees it */
    if (connection->first != frame) {
        frame->answer = ho_malloc(answer.len + 1);
        memcpy(frame->answer, answer.ptr, answer.len);
        frame->answer_len = answer.len;
        return;
    }
    connection_write(connection, answer);
    pop(connection);
    while (connection->first && connection->first->answered) {
        connection_write(connection, (struct ho_slice){connection->first->answer, connection->first->answer_len});
        pop(connection);
    }
    connection_close_if_done(connection);
}

static struct frame **bucket_of(struct gateway *gateway, const char *id)
{
    return &gateway->buckets[ho_hash64(id, strlen(id)) % BUCKETS];
}

/* The same message, on its way to Kafka; the id holds feed and bytes. */
static struct frame *find_on_its_way(struct gateway *gateway, const char *id)
{
    struct frame *frame = *bucket_of(gateway, id);
    while (frame && strcmp(frame->id, id) != 0)
        frame = frame->chained;
    return frame;
}

static void enter_bucket(struct gateway *gateway, struct frame *frame)
{
    struct frame **bucket = bucket_of(gateway, frame->id);
    frame->chained = *bucket;
    *bucket = frame;
}

static void leave_bucket(struct gateway *gateway, struct frame *frame)
{
    struct frame **at = bucket_of(gateway, frame->id);
    while (*at && *at != frame)
        at = &(*at)->chained;
    if (*at)
        *at = frame->chained;
    frame->chained = NULL;
}

static const char *when(struct gateway *gateway)
{
    char utc[HO_UTC_SIZE];
    int64_t now_ms = ho_clock_now_ms();
    if (gateway->when_s == now_ms / 1000 && gateway->when[0])
        return gateway->when;
    gateway->when_s = now_ms / 1000;
    ho_utc_format(now_ms, utc);
    snprintf(gateway->when, sizeof gateway->when, "%.4s%.2s%.2s%.2s%.2s%.2s+0000", utc, utc + 5, utc + 8, utc + 11, utc + 14,
             utc + 17);
    return gateway->when;
}

static bool is_stored(enum gateway_verdict verdict)
{
    return verdict == GATEWAY_STORE || verdict == GATEWAY_CONTENT;
}

static void count_answer(struct feed *feed, enum gateway_verdict verdict, enum gateway_code code)
{
    ho_metric_add(feed->m_codes[code], 1);
    if (verdict != GATEWAY_STORE)
        ho_metric_add(feed->gateway->metrics.reasons[verdict], 1);
    atomic_fetch_add(is_stored(verdict) ? &feed->stored : &feed->refused, 1);
}

static struct ho_slice render(struct frame *frame, enum gateway_verdict verdict)
{
    struct gateway *gateway = frame->feed->gateway;
    char id[32];
    /* 20 characters, as old receivers want: unlike those of an earlier run of ours. */
    snprintf(id, sizeof id, "HO%llx-%llx", (long long)gateway->started_s, (long long)gateway->answers++);
    const char *const when_and_id[] = {when(gateway), id};
    ho_buf_clear(&gateway->scratch);
    count_answer(frame->feed, verdict, gateway_answer(&frame->header, frame->feed->is, verdict, when_and_id, &gateway->scratch));
    return ho_buf_slice(&gateway->scratch);
}

/* Rules 10 and 11, once Kafka has the message. */
static void remember(struct frame *frame, struct ho_slice answer)
{
    struct ho_slice known;
    struct feed *feed = frame->feed;
    if (window_look(&feed->window, frame->id, frame->control, &known) == WINDOW_REUSED) {
        atomic_fetch_add(&feed->reused, 1);
        ho_metric_add(feed->m_reused, 1);
    }
    window_put(&feed->window, frame->id, frame->control, answer);
}

void answer_frame(struct frame *frame, enum gateway_verdict verdict)
{
    struct feed *feed = frame->feed;
    struct frame *follower = frame->followers, *next;
    struct ho_slice answer = render(frame, verdict);
    frame->followers = NULL;
    if (frame->on_its_way) {
        atomic_fetch_sub(&feed->in_flight, 1);
        atomic_fetch_sub(&feed->gateway->in_flight, 1);
        if (frame->control)
            leave_bucket(feed->gateway, frame);
    }
    if (is_stored(verdict)) {
        ho_metric_observe_us(feed->gateway->metrics.ack, ho_clock_monotonic_us() - frame->begin_us);
        remember(frame, answer);
    }
    deliver(frame, answer);
    for (; follower; follower = next) {
        next = follower->next_waiting;
        deliver(follower, answer);
    }
}

static void resent(struct frame *frame)
{
    atomic_fetch_add(&frame->feed->resent, 1);
    ho_metric_add(frame->feed->m_resent, 1);
}

/* Rule 10: true when the frame needs no record of its own. */
static bool answered_before(struct frame *frame)
{
    struct ho_slice answer;
    if (window_look(&frame->feed->window, frame->id, frame->control, &answer) == WINDOW_RESENT) {
        resent(frame);
        deliver(frame, answer);
        return true;
    }
    struct frame *leader = frame->control ? find_on_its_way(frame->feed->gateway, frame->id) : NULL;
    if (!leader)
        return false;
    resent(frame);
    frame->on_its_way = true;
    frame->next_waiting = leader->followers;
    leader->followers = frame;
    return true;
}

static void start(struct frame *frame)
{
    struct feed *feed = frame->feed;
    const struct ho_slice parts[] = {ho_slice_of(feed->is->id), {frame->bytes, frame->len}};
    ho_id_make(frame->id, "msg", parts, HO_LENGTH(parts));
    frame->control = gateway_control(&frame->header);
    if (answered_before(frame))
        return;
    frame->on_its_way = true;
    atomic_fetch_add(&feed->in_flight, 1);
    atomic_fetch_add(&feed->gateway->in_flight, 1);
    if (frame->control)
        enter_bucket(feed->gateway, frame);
    store_frame(frame);
}

void take_frame(struct connection *connection, struct ho_slice bytes, bool too_long)
{
    struct feed *feed = connection->feed;
    struct frame *frame = new_frame(connection, bytes);
    atomic_fetch_add(&feed->received, 1);
    atomic_fetch_add(&feed->gateway->received, 1);
    atomic_store(&feed->last_ms, ho_clock_now_ms());
    frame->verdict = gateway_read((struct ho_slice){frame->bytes, frame->len}, feed->is, &frame->header);
    if (too_long)
        frame->verdict = GATEWAY_TOO_LONG;
    if (is_stored(frame->verdict))
        start(frame);
    else
        answer_frame(frame, frame->verdict);
}

void forget_frames(struct connection *connection)
{
    for (struct frame *frame = connection->first, *next; frame; frame = next) {
        next = frame->next;
        if (frame->on_its_way) {
            connection->bytes -= frame->len + FRAME_COST;
            frame->connection = NULL;
        } else {
            free_frame(frame);
        }
    }
    connection->first = NULL;
    connection->last = &connection->first;
}
