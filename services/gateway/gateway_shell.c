#include "gateway/gateway_shell.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/id.h"
#include "clock/clock.h"
#include "gateway/gateway_core.h"
#include "http/http.h"
#include "kafka/kafka.h"
#include "log/log.h"
#include "metrics/metrics.h"
#include "mllp/mllp.h"

#define UNANSWERED_MAX 64 /* frames of one connection before it is no longer read */
#define ANSWER_BYTES_MAX 65536

struct gateway;

struct listener {
    struct gateway *gateway;
    const struct ho_feed *feed;
    struct evconnlistener *socket;
    int32_t partition;
};

/* One frame on its way, and its answer once that is known. Stays in its connection's queue until answered in turn. */
struct frame {
    struct frame *next;
    struct connection *connection; /* NULL: the peer has gone */
    struct ho_buf answer;
    bool answered;
    struct ho_slice bytes; /* owned: the answer needs MSH again */
    char id[HO_ID_SIZE];
};

struct connection {
    struct listener *listener;
    struct bufferevent *socket;
    struct ho_mllp mllp;
    struct frame *first, **last;
    size_t waiting;
    bool paused;
};

struct gateway {
    const struct gateway_config *config;
    struct event_base *base;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    struct ho_feeds feeds;
    struct listener *listeners;
    size_t listener_count;
    int wake[2];
    bool stopping;
    _Atomic int64_t connections, received, in_flight, answers;
    struct ho_metric *m_received, *m_stored, *m_refused, *m_connections;
};

static void answer_frame(struct gateway *gateway, struct frame *frame, enum gateway_verdict verdict)
{
    char when[32], utc[HO_UTC_SIZE], id[32];
    struct gateway_header header;
    (void)gateway_read(frame->bytes, frame->connection->listener->feed, &header);
    ho_utc_format(ho_clock_now_ms(), utc);
    snprintf(when, sizeof when, "%.4s%.2s%.2s%.2s%.2s%.2s+0000", utc, utc + 5, utc + 8, utc + 11, utc + 14, utc + 17);
    snprintf(id, sizeof id, "HO%lld", (long long)atomic_fetch_add(&gateway->answers, 1));
    struct ho_buf message;
    ho_buf_init(&message, ANSWER_BYTES_MAX);
    gateway_answer(&header, verdict, when, id, &message);
    ho_mllp_frame(&frame->answer, ho_buf_slice(&message));
    ho_buf_release(&message);
    frame->answered = true;
    ho_metric_add(verdict == GATEWAY_STORE ? gateway->m_stored : gateway->m_refused, 1);
}

static void frame_free(struct frame *frame)
{
    ho_buf_release(&frame->answer);
    ho_free((void *)(uintptr_t)frame->bytes.ptr);
    ho_free(frame);
}

static void read_frames(struct connection *connection);

/* Answers leave in the order of the frames, each by one write. */
static void send_answers(struct connection *connection)
{
    while (connection->first && connection->first->answered) {
        struct frame *frame = connection->first;
        connection->first = frame->next;
        if (!connection->first)
            connection->last = &connection->first;
        connection->waiting--;
        bufferevent_write(connection->socket, frame->answer.data, frame->answer.len);
        frame_free(frame);
    }
    if (connection->paused && connection->waiting < UNANSWERED_MAX / 2 && !connection->listener->gateway->stopping) {
        connection->paused = false;
        bufferevent_enable(connection->socket, EV_READ);
        read_frames(connection);
    }
}

static void close_connection(struct connection *connection)
{
    struct gateway *gateway = connection->listener->gateway;
    for (struct frame *frame = connection->first, *next; frame; frame = next) {
        next = frame->next;
        frame->connection = NULL;
        if (frame->answered)
            frame_free(frame); /* else its delivery report frees it */
    }
    ho_mllp_release(&connection->mllp);
    bufferevent_free(connection->socket);
    ho_free(connection);
    ho_metric_set(gateway->m_connections, atomic_fetch_sub(&gateway->connections, 1) - 1);
}

/* The one place where a message becomes acknowledged: Kafka has it, on every in-sync replica. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *report, void *opaque)
{
    struct gateway *gateway = opaque;
    struct frame *frame = report->_private;
    (void)kafka;
    atomic_fetch_sub(&gateway->in_flight, 1);
    bool stored = ho_kafka_stored(report);
    if (!stored)
        ho_log(HO_LOG_WARN, "not stored", "message=%s error=\"%s\"", frame->id,
               report->err ? rd_kafka_err2str(report->err) : "no offset was told");
    if (!frame->connection) {
        frame_free(frame);
        return;
    }
    answer_frame(gateway, frame, stored ? GATEWAY_STORE : GATEWAY_AWAY);
    send_answers(frame->connection);
}

static rd_kafka_headers_t *headers_of(const struct ho_feed *feed, const struct frame *frame, int64_t now_ms)
{
    char number[24];
    const char *const rows[][2] = {{"ce_specversion", "1.0"},         {"ce_id", frame->id},
                                   {"ce_source", "handoff/gateway"},  {"ce_type", "handoff.adt_raw.v1"},
                                   {"content-type", "application/hl7-v2"}, {"ho-feed", feed->id},
                                   {"ho-message-id", frame->id},      {"ho-received-ms", number},
                                   {"ho-mode", "live"}};
    snprintf(number, sizeof number, "%lld", (long long)now_ms);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(HO_LENGTH(rows));
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        rd_kafka_header_add(headers, rows[i][0], -1, rows[i][1], -1);
    return headers;
}

/* Hands the frame to Kafka. False when its queue is full: the sender is told to send again. */
static bool store(struct gateway *gateway, const struct listener *listener, struct frame *frame)
{
    int64_t now_ms = ho_clock_now_ms();
    rd_kafka_headers_t *headers = headers_of(listener->feed, frame, now_ms);
    rd_kafka_resp_err_t rc = rd_kafka_producev(
        gateway->producer, RD_KAFKA_V_RKT(gateway->topic), RD_KAFKA_V_PARTITION(listener->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(listener->feed->id, strlen(listener->feed->id)),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)frame->bytes.ptr, frame->bytes.len), RD_KAFKA_V_TIMESTAMP(now_ms),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(frame), RD_KAFKA_V_END);
    if (rc) {
        rd_kafka_headers_destroy(headers);
        ho_log(HO_LOG_WARN, "not taken", "message=%s error=\"%s\"", frame->id, rd_kafka_err2str(rc));
        return false;
    }
    atomic_fetch_add(&gateway->in_flight, 1);
    return true;
}

static void take_frame(struct connection *connection, struct ho_slice bytes, bool too_long)
{
    struct gateway *gateway = connection->listener->gateway;
    struct gateway_header header;
    struct frame *frame = ho_calloc(1, sizeof *frame);
    char *copy = ho_malloc(bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    frame->bytes = (struct ho_slice){copy, bytes.len};
    frame->connection = connection;
    ho_buf_init(&frame->answer, ANSWER_BYTES_MAX);
    *connection->last = frame;
    connection->last = &frame->next;
    connection->waiting++;
    atomic_fetch_add(&gateway->received, 1);
    ho_metric_add(gateway->m_received, 1);
    const struct ho_slice parts[] = {ho_slice_of(connection->listener->feed->id), frame->bytes};
    ho_id_make(frame->id, "msg", parts, HO_LENGTH(parts));
    enum gateway_verdict verdict = gateway_read(frame->bytes, connection->listener->feed, &header);
    if (too_long)
        verdict = GATEWAY_TOO_LONG;
    if (verdict == GATEWAY_STORE && store(gateway, connection->listener, frame))
        return;
    answer_frame(gateway, frame, verdict == GATEWAY_STORE ? GATEWAY_AWAY : verdict);
}

static void read_frames(struct connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->socket);
    size_t len = evbuffer_get_length(input);
    while (len && connection->waiting < UNANSWERED_MAX) {
        const char *data = (const char *)evbuffer_pullup(input, (ev_ssize_t)len);
        struct ho_slice rest = {data, len}, bytes;
        enum ho_mllp_event event = HO_MLLP_FRAME;
        while (event != HO_MLLP_MORE && connection->waiting < UNANSWERED_MAX) {
            event = ho_mllp_next(&connection->mllp, &rest, &bytes);
            if (event == HO_MLLP_FRAME || event == HO_MLLP_TOO_LONG)
                take_frame(connection, bytes, event == HO_MLLP_TOO_LONG);
        }
        evbuffer_drain(input, len - rest.len);
        len = evbuffer_get_length(input);
        if (event == HO_MLLP_MORE)
            break;
    }
    if (connection->waiting >= UNANSWERED_MAX) {
        connection->paused = true;
        bufferevent_disable(connection->socket, EV_READ);
    }
}

static void on_read(struct bufferevent *socket, void *arg)
{
    (void)socket;
    read_frames(arg);
    send_answers(arg);
}

static void on_event(struct bufferevent *socket, short what, void *arg)
{
    struct connection *connection = arg;
    struct ho_slice bytes;
    (void)socket;
    if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
        return;
    /* A frame whose final CR never came is whole; one without its end is not, and gets no answer. */
    if (ho_mllp_quiet(&connection->mllp, &bytes) == HO_MLLP_FRAME)
        take_frame(connection, bytes, false);
    close_connection(connection);
}

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer, int peer_len, void *arg)
{
    struct listener *listener = arg;
    struct gateway *gateway = listener->gateway;
    int one = 1;
    (void)socket;
    (void)peer;
    (void)peer_len;
    if (atomic_load(&gateway->connections) >= gateway->config->connections_max) {
        ho_log(HO_LOG_WARN, "too many connections", "feed=%s max=%lld", listener->feed->id,
               (long long)gateway->config->connections_max);
        evutil_closesocket(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    struct connection *connection = ho_calloc(1, sizeof *connection);
    connection->listener = listener;
    connection->last = &connection->first;
    ho_mllp_init(&connection->mllp, (size_t)gateway->config->frame_bytes_max);
    connection->socket = bufferevent_socket_new(gateway->base, fd, BEV_OPT_CLOSE_ON_FREE);
    HO_ASSERT(connection->socket);
    bufferevent_setcb(connection->socket, on_read, NULL, on_event, connection);
    bufferevent_enable(connection->socket, EV_READ | EV_WRITE);
    ho_metric_set(gateway->m_connections, atomic_fetch_add(&gateway->connections, 1) + 1);
}

static enum ho_status listen_on(struct gateway *gateway, struct listener *listener, const char *address,
                                struct ho_error *err)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&addr, &len))
        return ho_fail(err, HO_INVALID, "mllp address \"%s\" is not host:port", address);
    listener->socket = evconnlistener_new_bind(gateway->base, on_accept, listener,
                                               LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 4096,
                                               (struct sockaddr *)&addr, len);
    if (!listener->socket)
        return ho_fail(err, HO_AWAY, "cannot listen on %s for feed %s: %s; is the port in use?", address,
                       listener->feed->id, strerror(errno));
    ho_log(HO_LOG_INFO, "listening", "feed=%s address=%s", listener->feed->id, address);
    return HO_OK;
}

/* The default feed on mllp.listen; each feed with a port on that port of the same host. */
static enum ho_status listen_all(struct gateway *gateway, int32_t partitions, struct ho_error *err)
{
    const char *listen = gateway->config->listen, *colon = strrchr(listen, ':');
    enum ho_status status = HO_OK;
    gateway->listeners = ho_calloc(gateway->feeds.count, sizeof *gateway->listeners);
    for (size_t i = 0; i < gateway->feeds.count && status == HO_OK; i++) {
        const struct ho_feed *feed = &gateway->feeds.items[i];
        char address[256];
        if (i > 0 && !feed->port)
            continue;
        snprintf(address, sizeof address, "%s", listen);
        if (feed->port && colon)
            snprintf(address, sizeof address, "%.*s:%lld", (int)(colon - listen), listen, (long long)feed->port);
        struct listener *listener = &gateway->listeners[gateway->listener_count++];
        *listener = (struct listener){gateway, feed, NULL, ho_kafka_partition(ho_slice_of(feed->id), partitions)};
        status = listen_on(gateway, listener, address, err);
    }
    return status;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *gateway = arg;
    char bytes[256];
    (void)what;
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
    rd_kafka_poll(gateway->producer, 0);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *gateway = arg;
    (void)fd;
    (void)what;
    rd_kafka_poll(gateway->producer, 0);
    if (gateway->stopping && atomic_load(&gateway->in_flight) == 0)
        event_base_loopexit(gateway->base, NULL);
}

/* Drain: nobody new, nothing more is read, what is in flight is answered. */
static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *gateway = arg;
    (void)fd;
    (void)what;
    gateway->stopping = true;
    for (size_t i = 0; i < gateway->listener_count; i++)
        evconnlistener_disable(gateway->listeners[i].socket);
    ho_log(HO_LOG_INFO, "stopping", "in_flight=%lld", (long long)atomic_load(&gateway->in_flight));
}

static enum ho_status open_kafka(struct gateway *gateway, const struct ho_config *config, struct ho_error *err)
{
    char text[32], name[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_PRODUCER, gateway->config->bootstrap, config, &conf, err);
    if (status != HO_OK)
        return status;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, gateway);
    snprintf(text, sizeof text, "%lld", (long long)gateway->config->store_ms);
    status = ho_kafka_set(conf, "message.timeout.ms", text, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_PRODUCER, conf, &gateway->producer, err);
    if (status != HO_OK)
        return status;
    gateway->topic = rd_kafka_topic_new(gateway->producer, ho_kafka_name(name, gateway->config->ns, "adt.raw"), NULL);
    HO_ASSERT(pipe2(gateway->wake, O_NONBLOCK | O_CLOEXEC) == 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(gateway->producer);
    rd_kafka_queue_io_event_enable(queue, gateway->wake[1], "1", 1);
    rd_kafka_queue_destroy(queue);
    return HO_OK;
}

static enum ho_status wait_topic(struct gateway *gateway, int32_t *ret_partitions, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = HO_AWAY;
    ho_kafka_name(name, gateway->config->ns, "adt.raw");
    for (int tries = 0; tries < 12 && (status == HO_AWAY || status == HO_NOT_FOUND); tries++) {
        status = ho_kafka_partition_count(gateway->producer, name, ret_partitions, err);
        if (status != HO_OK)
            rd_kafka_poll(gateway->producer, 500);
    }
    return status;
}

static int healthz(void *arg, struct ho_buf *out)
{
    (void)arg;
    ho_buf_printf(out, "ok\n");
    return 200;
}

static int readyz(void *arg, struct ho_buf *out)
{
    const struct gateway *gateway = arg;
    bool ready = gateway->listener_count > 0 && !gateway->stopping;
    ho_buf_printf(out, ready ? "running\n" : "starting or stopping\n");
    return ready ? 200 : 503;
}

static int status_page(void *arg, struct ho_buf *out)
{
    struct gateway *gateway = arg;
    ho_buf_printf(out,
                  "{\"daemon\":\"gateway\",\"instance\":\"%s\",\"state\":\"%s\",\"time_ms\":%lld,\"connections\":%lld,"
                  "\"received\":%lld,\"in_flight\":%lld}\n",
                  gateway->config->instance, gateway->stopping ? "stopping" : "running", (long long)ho_clock_now_ms(),
                  (long long)atomic_load(&gateway->connections), (long long)atomic_load(&gateway->received),
                  (long long)atomic_load(&gateway->in_flight));
    return 200;
}

static enum ho_status run(struct gateway *gateway, const struct ho_config *config, struct ho_error *err)
{
    struct ho_http *http = NULL;
    struct ho_http_pages pages = {gateway, healthz, readyz, status_page};
    int32_t partitions = 0;
    const struct timeval tick = {0, 50000};
    gateway->base = event_base_new();
    gateway->m_received = ho_counter("ho_mllp_received_total", "Frames received.", NULL, NULL);
    gateway->m_stored = ho_counter("ho_mllp_answers_total", "Answers by kind.", "kind", "positive");
    gateway->m_refused = ho_counter("ho_mllp_answers_total", "Answers by kind.", "kind", "negative");
    gateway->m_connections = ho_gauge("ho_mllp_connections", "Open connections.", NULL, NULL);
    enum ho_status status = ho_feeds_load(&gateway->feeds, gateway->config->feeds_dir, err);
    if (status == HO_OK && strcmp(gateway->config->clock, "topic") == 0)
        status = ho_kafka_follow_clock(gateway->config->bootstrap, gateway->config->ns, config, err);
    if (status == HO_OK)
        status = open_kafka(gateway, config, err);
    if (status == HO_OK)
        status = wait_topic(gateway, &partitions, err);
    if (status == HO_OK)
        status = listen_all(gateway, partitions, err);
    if (status == HO_OK)
        status = ho_http_start(gateway->config->http, &pages, &http, err);
    if (status != HO_OK)
        return status;
    struct event *wake = event_new(gateway->base, gateway->wake[0], EV_READ | EV_PERSIST, on_wake, gateway);
    struct event *timer = event_new(gateway->base, -1, EV_PERSIST, on_tick, gateway);
    struct event *term = evsignal_new(gateway->base, SIGTERM, on_stop, gateway);
    struct event *interrupt = evsignal_new(gateway->base, SIGINT, on_stop, gateway);
    event_add(wake, NULL);
    event_add(timer, &tick);
    event_add(term, NULL);
    event_add(interrupt, NULL);
    event_base_dispatch(gateway->base);
    ho_http_stop(http);
    rd_kafka_flush(gateway->producer, 5000);
    return HO_OK;
}

int gateway_main(int argc, char **argv, const char *manual, const struct ho_option *options,
                 struct gateway_config *config)
{
    static struct gateway gateway;
    struct ho_error err = {HO_OK, ""};
    struct ho_option_table table = {options, config};
    struct ho_config *loaded = NULL;
    enum ho_status status = ho_config_load(argc, argv, &table, 1, &loaded, &err);
    ho_log_open("gateway", HO_LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    if (status == HO_NOT_FOUND) {
        ho_config_print_help(manual, &table, 1);
        return 0;
    }
    gateway.config = config;
    bool usage = status != HO_OK;
    if (status == HO_OK)
        status = run(&gateway, loaded, &err);
    if (status == HO_OK)
        return 0;
    ho_log(HO_LOG_ERROR, "ended", "error=\"%s\"", err.text);
    return usage || status == HO_INVALID ? 64 : 1;
}
