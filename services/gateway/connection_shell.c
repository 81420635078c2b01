#include "gateway/connection_shell.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

#include "clock/clock.h"
#include "gateway/answers_shell.h"
#include "log/log.h"

#define FRAMES_MAX 64       /* of one connection unanswered */
#define RESERVE_BYTES 262144 /* a feed below it is read whatever the others hold */
#define END_MS 200          /* of silence after 0x1C, which end a frame that lacks its CR */
#define KEEP_BYTES 4096     /* of a framer between two frames */
#define SEND_BYTES 65536    /* that the kernel keeps for a slow peer: no more, else its progress is seen too late */
#define ROUND 64            /* paused connections of a feed that are looked at in one go */

static int64_t now_ms(void)
{
    return ho_clock_monotonic_us() / 1000;
}

static void count_end(struct connection *connection, enum gateway_end end)
{
    ho_metric_add(connection->gateway->metrics.ends[end], 1);
}

/* It takes part in nothing from here on, and goes at the end of this event, since callers still hold it. */
static void kill_connection(struct connection *connection)
{
    if (connection->dead)
        return;
    connection->dead = true;
    event_del(&connection->readable);
    event_del(&connection->writable);
    connection->next_dead = connection->gateway->dead;
    connection->gateway->dead = connection;
}

/* Counts what the framer holds, and the answers that the peer does not take: they are memory of the feed's too. */
static void count_held(struct connection *connection)
{
    size_t held = connection->framing + connection->unsent.len;
    int64_t more = (int64_t)held - (int64_t)connection->held;
    if (!more)
        return;
    atomic_fetch_add(&connection->feed->bytes, more);
    atomic_fetch_add(&connection->gateway->bytes, more);
    connection->held = held;
}

static void hold_framing(struct connection *connection, size_t framing)
{
    connection->framing = framing;
    count_held(connection);
}

static void leave_paused(struct connection *connection)
{
    struct feed *feed = connection->feed;
    struct connection **at = &feed->paused;
    while (*at != connection)
        at = &(*at)->next_paused;
    *at = connection->next_paused;
    if (!*at)
        feed->last_paused = at;
    connection->wait.paused = false;
    connection->gateway->paused--;
    atomic_fetch_sub(&feed->paused_count, 1);
}

static void free_connection(struct connection *connection)
{
    struct gateway *gateway = connection->gateway;
    if (connection->feed) {
        forget_frames(connection);
        ho_buf_clear(&connection->unsent);
        hold_framing(connection, 0);
        if (connection->wait.paused)
            leave_paused(connection);
        if (connection->feed->elected == connection)
            connection->feed->elected = NULL;
        atomic_fetch_sub(&connection->feed->connections, 1);
    }
    *(connection->previous ? &connection->previous->next : &gateway->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    ho_mllp_release(&connection->mllp);
    ho_buf_release(&connection->unsent);
    stream_close(&connection->stream);
    ho_free(connection);
    atomic_fetch_sub(&gateway->connection_count, 1);
}

/* ---- writing */

static void keep_unsent(struct connection *connection, struct ho_slice data)
{
    ho_buf_append_slice(&connection->unsent, data);
    count_held(connection);
    if (!connection->unsent.full)
        return;
    count_end(connection, GATEWAY_END_ANSWERS);
    kill_connection(connection);
}

static void write_some(struct connection *connection, struct ho_slice data)
{
    size_t len = 0, before = data.len;
    enum stream_result result = STREAM_DONE;
    while (data.len && result == STREAM_DONE) {
        result = stream_write(&connection->stream, data, &len);
        data = (struct ho_slice){data.ptr + len, data.len - len};
    }
    if (result == STREAM_CLOSED) {
        kill_connection(connection);
        return;
    }
    if (!connection->wait.unsent || data.len < before) /* a peer that takes some is slow, not deaf */
        connection->wait.written = now_ms();
    connection->wait.unsent = data.len > 0;
    if (!data.len)
        return;
    keep_unsent(connection, data);
    if (!connection->dead)
        event_add(&connection->writable, NULL);
}

void connection_write(struct connection *connection, struct ho_slice data)
{
    if (connection->dead || !data.len)
        return;
    if (connection->unsent.len)
        keep_unsent(connection, data);
    else
        write_some(connection, data);
}

void connection_close_if_done(struct connection *connection)
{
    if (connection->wait.closing && !connection->first && !connection->unsent.len)
        kill_connection(connection);
}

/* ---- reading */

static bool may_read(const struct connection *connection)
{
    const struct gateway_config *config = connection->gateway->config;
    const struct feed *feed = connection->feed;
    bool elected = feed->elected == connection;
    const struct gateway_load load = {connection->wait.frames,
                                      connection->bytes + connection->held,
                                      elected ? 0 : (size_t)atomic_load(&feed->bytes),
                                      elected ? 0 : (size_t)atomic_load(&connection->gateway->bytes), connection->wait.unsent};
    const struct gateway_load max = {FRAMES_MAX, (size_t)config->connection_bytes_max, (size_t)config->feed_bytes_max,
                                     (size_t)config->total_bytes_max, false};
    return gateway_may_read(&load, &max, RESERVE_BYTES);
}

static void pause_reading(struct connection *connection)
{
    struct feed *feed = connection->feed;
    event_del(&connection->readable);
    connection->wait.paused = true;
    connection->next_paused = NULL;
    *feed->last_paused = connection;
    feed->last_paused = &connection->next_paused;
    connection->gateway->paused++;
    atomic_fetch_add(&feed->paused_count, 1);
}

static void resume_reading(struct connection *connection)
{
    leave_paused(connection);
    connection->wait.read = connection->wait.frame_began = now_ms();
    event_add(&connection->readable, NULL);
    if (stream_pending(&connection->stream))
        event_active(&connection->readable, EV_READ, 0);
}

/* What the framer tells beside frames. */
static void count_framing(struct connection *connection, const struct ho_mllp_counts *before)
{
    const struct gateway_metrics *metrics = &connection->gateway->metrics;
    const struct ho_mllp_counts *now = &connection->mllp.counts;
    if (now->junk != before->junk)
        ho_metric_add(metrics->junk, (int64_t)(now->junk - before->junk));
    if (now->broken != before->broken)
        ho_metric_add(metrics->broken, (int64_t)(now->broken - before->broken));
    if (now->truncated != before->truncated)
        ho_metric_add(metrics->cut, (int64_t)(now->truncated - before->truncated));
}

/* held: the bytes that have come of a frame that goes on; the framer keeps no more than the limit. */
static void hold_frame(struct connection *connection, size_t held)
{
    size_t max = (size_t)connection->gateway->config->frame_bytes_max;
    connection->wait.inside = connection->wait.at_end = ho_mllp_unfinished(&connection->mllp);
    if (!connection->wait.inside && connection->framing > KEEP_BYTES) {
        ho_mllp_release(&connection->mllp); /* between frames a connection costs next to nothing */
        ho_mllp_init(&connection->mllp, max);
    }
    hold_framing(connection, !connection->wait.inside ? 0 : held < max ? held : max);
    if (connection->feed->elected == connection && !connection->wait.inside)
        connection->feed->elected = NULL;
}

/* True when there was a frame; the beginning of one that never ends is none, and commit blocks are no messages. */
static bool take_event(struct connection *connection, enum ho_mllp_event event, struct ho_slice bytes)
{
    if (event == HO_MLLP_FRAME || event == HO_MLLP_TOO_LONG)
        take_frame(connection, bytes, event == HO_MLLP_TOO_LONG);
    return event != HO_MLLP_MORE;
}

static void take_piece(struct connection *connection, struct ho_slice piece)
{
    struct gateway_wait *wait = &connection->wait;
    const struct ho_mllp_counts before = connection->mllp.counts;
    bool goes_on = wait->inside;
    struct ho_slice bytes, rest = piece;
    while (take_event(connection, ho_mllp_next(&connection->mllp, &rest, &bytes), bytes) && !connection->dead)
        goes_on = false;
    count_framing(connection, &before);
    hold_frame(connection, (goes_on ? connection->framing : 0) + piece.len);
    wait->read = now_ms();
    if (wait->inside && !goes_on)
        wait->frame_began = wait->read;
}

/* The peer is silent (rule 15) or says no more: a frame whose final CR never came is whole. */
static void take_rest(struct connection *connection, enum ho_mllp_event (*rest)(struct ho_mllp *, struct ho_slice *))
{
    const struct ho_mllp_counts before = connection->mllp.counts;
    struct ho_slice bytes;
    while (take_event(connection, rest(&connection->mllp, &bytes), bytes) && !connection->dead)
        ;
    count_framing(connection, &before);
    hold_frame(connection, connection->framing);
    connection->wait.at_end = false; /* until more comes */
}

/* Nothing more is read; what was asked is answered. */
static void close_after_answers(struct connection *connection)
{
    event_del(&connection->readable);
    if (connection->wait.paused)
        leave_paused(connection);
    connection->wait.inside = connection->wait.at_end = false;
    connection->wait.read = now_ms();
    connection->wait.closing = true;
    connection_close_if_done(connection);
}

/* The peer says nothing more, but may still read: what it asked is answered. A frame without its end gets no answer. */
static void on_end(struct connection *connection)
{
    take_rest(connection, ho_mllp_close);
    close_after_answers(connection);
}

static void read_some(struct connection *connection)
{
    size_t len = 0;
    enum stream_result result;
    do {
        if (!may_read(connection)) {
            pause_reading(connection);
            return;
        }
        result = stream_read(&connection->stream, connection->gateway->piece, READ_BYTES, &len);
        if (result == STREAM_DONE)
            take_piece(connection, (struct ho_slice){connection->gateway->piece, len});
        else if (result == STREAM_CLOSED)
            on_end(connection);
        else if (result == STREAM_WANTS_WRITE) /* TLS: new keys are to be told first, and the peer does not take it */
            event_add(&connection->writable, NULL);
    } while (result == STREAM_DONE && !connection->dead && stream_pending(&connection->stream));
}

/* ---- beginning */

static void join(struct connection *connection, struct feed *feed)
{
    connection->feed = feed;
    connection->wait.handshake = false;
    connection->wait.read = connection->wait.written = now_ms();
    atomic_fetch_add(&feed->connections, 1);
}

static bool find_name(void *arg, struct ho_slice name)
{
    struct connection *connection = arg;
    struct gateway *gateway = connection->gateway;
    const struct ho_feed *found = ho_feeds_by_name(&gateway->declared, name);
    struct feed *feed = found ? &gateway->feeds[found - gateway->declared.items] : NULL;
    if (!feed || (connection->listener->feed && connection->listener->feed != feed))
        return false;
    join(connection, feed);
    return true;
}

/* The certificate is one of our authorities'; now it must be a feed's. */
static void shake(struct connection *connection)
{
    enum stream_result result = stream_handshake(&connection->stream);
    if (result == STREAM_WANTS_WRITE)
        event_add(&connection->writable, NULL);
    if (result == STREAM_CLOSED) {
        count_end(connection, GATEWAY_END_HANDSHAKE);
        kill_connection(connection);
    }
    if (result != STREAM_DONE)
        return;
    if (stream_peer_names(&connection->stream, find_name, connection)) {
        if (stream_pending(&connection->stream))
            read_some(connection);
        return;
    }
    ho_metric_add(connection->gateway->metrics.certificate, 1);
    ho_log(HO_LOG_WARN, "certificate of no feed", "listener=%s",
           connection->listener->feed ? connection->listener->feed->is->id : "tls");
    kill_connection(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;
    struct gateway *gateway = connection->gateway;
    (void)fd;
    (void)what;
    if (connection->wait.handshake)
        shake(connection);
    else
        read_some(connection);
    connections_settle(gateway);
}

static void write_unsent(struct connection *connection)
{
    struct ho_buf unsent = connection->unsent;
    ho_buf_init(&connection->unsent, unsent.max);
    write_some(connection, ho_buf_slice(&unsent));
    ho_buf_release(&unsent);
    count_held(connection);
    connection_close_if_done(connection);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;
    struct gateway *gateway = connection->gateway;
    (void)fd;
    (void)what;
    if (connection->wait.handshake) {
        shake(connection);
    } else {
        write_unsent(connection);
        if (!connection->dead && !connection->wait.closing && !connection->wait.paused)
            read_some(connection); /* it may have waited for this */
    }
    connections_settle(gateway);
}

void connection_open(struct listener *listener, int fd)
{
    struct gateway *gateway = listener->gateway;
    int one = 1, send_bytes = SEND_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
    struct connection *connection = ho_calloc(1, sizeof *connection);
    *connection = (struct connection){.gateway = gateway, .listener = listener, .next = gateway->connections};
    connection->last = &connection->first;
    connection->wait.handshake = listener->tls;
    connection->wait.opened = now_ms();
    if (gateway->connections)
        gateway->connections->previous = connection;
    gateway->connections = connection;
    ho_mllp_init(&connection->mllp, (size_t)gateway->config->frame_bytes_max);
    ho_buf_init(&connection->unsent, (size_t)gateway->config->connection_bytes_max);
    stream_open(&connection->stream, fd, listener->tls ? gateway->tls : NULL);
    event_assign(&connection->readable, gateway->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    event_assign(&connection->writable, gateway->base, fd, EV_WRITE, on_writable, connection);
    event_add(&connection->readable, NULL);
    atomic_fetch_add(&gateway->connection_count, 1);
    if (!listener->tls)
        join(connection, listener->feed);
}

/* ---- all of them */

/* Where nothing of a feed is at Kafka, and so nothing will make room, one frame that has begun may get whole. */
static void elect(struct feed *feed)
{
    if (feed->elected || atomic_load(&feed->in_flight))
        return;
    for (struct connection *each = feed->paused; each; each = each->next_paused)
        if (each->wait.inside) {
            feed->elected = each;
            return;
        }
}

static void resume_feed(struct feed *feed)
{
    struct connection *last = NULL;
    elect(feed);
    for (int looked = 0; feed->paused && feed->paused != last && looked < ROUND; looked++) {
        struct connection *connection = feed->paused;
        if (may_read(connection) && !connection->dead) {
            resume_reading(connection);
            continue;
        }
        last = last ? last : connection;
        feed->paused = connection->next_paused; /* to the end, so that each has its turn */
        connection->next_paused = NULL;
        if (!feed->paused)
            feed->last_paused = &feed->paused;
        *feed->last_paused = connection;
        feed->last_paused = &connection->next_paused;
    }
}

void connections_settle(struct gateway *gateway)
{
    for (size_t i = 0; gateway->paused && !atomic_load(&gateway->stopping) && i < gateway->declared.count; i++)
        if (gateway->feeds[i].paused)
            resume_feed(&gateway->feeds[i]);
    for (struct connection *connection = gateway->dead, *next; connection; connection = next) {
        next = connection->next_dead;
        free_connection(connection);
    }
    gateway->dead = NULL;
}

void connections_sweep(struct gateway *gateway)
{
    const struct gateway_config *config = gateway->config;
    const struct gateway_patience patience = {config->handshake_ms, config->frame_ms, config->idle_ms, END_MS};
    int64_t now = now_ms();
    for (struct connection *connection = gateway->connections; connection; connection = connection->next) {
        enum gateway_end end = connection->dead ? GATEWAY_GOES_ON : gateway_end(&connection->wait, &patience, now);
        if (end == GATEWAY_GOES_ON)
            continue;
        count_end(connection, end);
        if (end == GATEWAY_FRAME_ENDS)
            take_rest(connection, ho_mllp_quiet);
        else
            kill_connection(connection);
    }
    connections_settle(gateway);
}

void connections_drain(struct gateway *gateway)
{
    for (struct connection *connection = gateway->connections; connection; connection = connection->next)
        if (!connection->dead)
            close_after_answers(connection);
    connections_settle(gateway);
}
