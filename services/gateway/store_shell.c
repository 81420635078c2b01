/*
 * What the producers are, and why:
 *  - QUICK does not linger, BULK lingers half a millisecond, PATIENT is QUICK without a time limit, for feeds that hold.
 *  - One request in flight a broker. With more, an idempotent producer of librdkafka 2.0.2 can report as persisted, without
 *    an offset, a batch that is nowhere (common/kafka/kafka.c). The broker handles the requests of one connection one after
 *    the other anyway, so nothing is waited for that would not be; and while a request is out, messages gather for the next
 *    one, so that batches grow with the load. A report without an offset is answered as not stored in any case.
 *  - A feed whose producer does not linger hands over what has gathered once nothing of its own is on the way (rule 14). With
 *    more, librdkafka 2.0.2 sends no sooner, but its thread turns without sleeping: a partition with over five messages out
 *    gives no request (a limit of the idempotent producer), and a message whose linger is over wants one at once. That took
 *    most of the processor's time at 16 connections. Lingering, messages gather better there than here.
 *  - The payload is not copied: the frame owns it until the report.
 */
#include "gateway/store_shell.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/id.h"
#include "clock/clock.h"
#include "gateway/answers_shell.h"
#include "gateway/connection_shell.h"
#include "kafka/kafka.h"
#include "log/log.h"

static rd_kafka_headers_t *headers_of(const struct frame *frame, int64_t now_ms)
{
    char number[24], trace[64], mode[2] = {frame->header.mode, '\0'};
    size_t len = strlen(frame->id);
    const char *const rows[][2] = {{"ce_specversion", "1.0"},
                                   {"ce_id", frame->id},
                                   {"ce_source", "handoff/gateway"},
                                   {"ce_type", "handoff.adt_raw.v1"},
                                   {"content-type", "application/hl7-v2"},
                                   {"traceparent", trace},
                                   {"ho-feed", frame->feed->is->id},
                                   {"ho-message-id", frame->id},
                                   {"ho-received-ms", number},
                                   {"ho-mode", "live"},
                                   {"ho-processing-id", mode}};
    size_t count = HO_LENGTH(rows) - (mode[0] ? 0 : 1);
    /* A message has one trace, however often it is sent; each time it is received is a span of that. */
    snprintf(trace, sizeof trace, "00-%016llx%016llx-%016llx-01", (unsigned long long)ho_hash64(frame->id, len),
             (unsigned long long)ho_hash64(frame->id, len - 1),
             (unsigned long long)(ho_hash64(&frame->begin_us, sizeof frame->begin_us) | 1));
    snprintf(number, sizeof number, "%lld", (long long)now_ms);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_header_add(headers, rows[i][0], -1, rows[i][1], -1);
    return headers;
}

static void produce(struct frame *frame)
{
    struct feed *feed = frame->feed;
    struct producer *producer = &feed->gateway->producers[feed->producer];
    /* Kafka is away, and one message is under way that will tell when it is back: the others need not wait for that. */
    if (producer->away && producer->in_flight && !feed->is->hold) {
        answer_frame(frame, GATEWAY_AWAY);
        return;
    }
    int64_t now_ms = ho_clock_now_ms();
    rd_kafka_headers_t *headers = headers_of(frame, now_ms);
    rd_kafka_resp_err_t rc = rd_kafka_producev(
        producer->kafka, RD_KAFKA_V_RKT(producer->topic), RD_KAFKA_V_PARTITION(feed->partition), RD_KAFKA_V_MSGFLAGS(0),
        RD_KAFKA_V_KEY(feed->is->id, strlen(feed->is->id)), RD_KAFKA_V_VALUE(frame->bytes, frame->len),
        RD_KAFKA_V_TIMESTAMP(now_ms), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(frame), RD_KAFKA_V_END);
    if (rc) {
        rd_kafka_headers_destroy(headers);
        ho_log(HO_LOG_WARN, "not taken", "message=%s error=\"%s\"", frame->id, rd_kafka_err2str(rc));
        answer_frame(frame, GATEWAY_AWAY);
        return;
    }
    feed->at_kafka++;
    producer->in_flight++;
}

static void produce_waiting(struct feed *feed)
{
    struct frame *frame = feed->waiting, *next;
    feed->waiting = NULL;
    feed->last_waiting = &feed->waiting;
    bool refused = feed->gateway->producers[feed->producer].away && !feed->is->hold;
    if (feed->producer != feed->wanted)
        ho_metric_add(feed->gateway->metrics.changes, 1);
    feed->producer = feed->wanted;
    for (; frame; frame = next) {
        next = frame->next_waiting;
        frame->next_waiting = NULL;
        if (refused) /* Kafka is away: they have waited for that; the next one asks whether it is back */
            answer_frame(frame, GATEWAY_AWAY);
        else
            produce(frame);
    }
}

/* Whether it is handed over now, rather than once nothing of the feed is on the way. */
static bool goes_now(const struct feed *feed)
{
    const struct producer *producer = &feed->gateway->producers[feed->producer];
    if (feed->wanted != feed->producer || feed->waiting)
        return false;
    return !feed->at_kafka || feed->producer == GATEWAY_BULK || (producer->away && !feed->is->hold);
}

void store_frame(struct frame *frame)
{
    struct feed *feed = frame->feed;
    if (feed->wanted == feed->producer)
        feed->wanted = gateway_producer(feed->is, feed->producer, (size_t)atomic_load(&feed->gateway->in_flight));
    if (feed->wanted != feed->producer && !feed->at_kafka)
        feed->producer = feed->wanted;
    if (goes_now(feed)) {
        produce(frame);
        return;
    }
    *feed->last_waiting = frame;
    feed->last_waiting = &frame->next_waiting;
}

/* The one place where a message becomes acknowledged: Kafka has it, on every in-sync replica. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *report, void *opaque)
{
    struct producer *producer = opaque;
    struct frame *frame = report->_private;
    struct feed *feed = frame->feed;
    bool stored = ho_kafka_stored(report);
    (void)kafka;
    producer->in_flight--;
    feed->at_kafka--;
    if (!stored) {
        ho_metric_add(producer->gateway->metrics.failed, 1);
        if (!producer->away)
            ho_log(HO_LOG_WARN, "not stored", "feed=%s message=%s error=\"%s\"", feed->is->id, frame->id,
                   report->err ? rd_kafka_err2str(report->err) : "no offset was told");
    }
    producer->away = report->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    answer_frame(frame, stored ? frame->verdict : GATEWAY_AWAY);
    if (feed->waiting && !feed->at_kafka)
        produce_waiting(feed);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct producer *producer = arg;
    uint64_t count;
    (void)what;
    if (read(fd, &count, sizeof count) != sizeof count)
        return;
    rd_kafka_poll(producer->kafka, 0);
    connections_settle(producer->gateway);
}

void store_poll(struct gateway *gateway)
{
    for (size_t i = 0; i < HO_LENGTH(gateway->producers); i++)
        if (gateway->producers[i].kafka)
            rd_kafka_poll(gateway->producers[i].kafka, 0);
}

bool store_away(const struct gateway *gateway)
{
    for (size_t i = 0; i < HO_LENGTH(gateway->producers); i++)
        if (gateway->producers[i].away)
            return true;
    return false;
}

static enum ho_status configure(struct gateway *gateway, enum gateway_producer which, const struct ho_config *config,
                                rd_kafka_conf_t **ret_conf, struct ho_error *err)
{
    char timeout[32];
    enum ho_status status = ho_kafka_conf(HO_KAFKA_PRODUCER, gateway->config->bootstrap, config, ret_conf, err);
    if (status != HO_OK)
        return status;
    snprintf(timeout, sizeof timeout, "%lld", which == GATEWAY_PATIENT ? 0LL : (long long)gateway->config->store_ms);
    const char *const pairs[][2] = {{"linger.ms", which == GATEWAY_BULK ? "0.5" : "0"},
                                    {"max.in.flight.requests.per.connection", "1"},
                                    {"enable.idempotence", "true"},
                                    {"acks", "all"},
                                    {"message.timeout.ms", timeout}};
    rd_kafka_conf_set_dr_msg_cb(*ret_conf, on_delivery);
    rd_kafka_conf_set_opaque(*ret_conf, &gateway->producers[which]);
    for (size_t i = 0; i < HO_LENGTH(pairs) && status == HO_OK; i++)
        status = ho_kafka_set(*ret_conf, pairs[i][0], pairs[i][1], err);
    if (status != HO_OK)
        rd_kafka_conf_destroy(*ret_conf);
    return status;
}

static enum ho_status open_producer(struct gateway *gateway, enum gateway_producer which, const struct ho_config *config,
                                    struct ho_error *err)
{
    static const uint64_t one = 1;
    char name[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    struct producer *producer = &gateway->producers[which];
    producer->gateway = gateway;
    enum ho_status status = configure(gateway, which, config, &conf, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_PRODUCER, conf, &producer->kafka, err);
    if (status != HO_OK)
        return status;
    producer->topic = rd_kafka_topic_new(producer->kafka, ho_kafka_name(name, gateway->config->ns, "adt.raw"), NULL);
    producer->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    HO_ASSERT(producer->topic && producer->fd >= 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer->kafka);
    rd_kafka_queue_io_event_enable(queue, producer->fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
    event_assign(&producer->wake, gateway->base, producer->fd, EV_READ | EV_PERSIST, on_wake, producer);
    event_add(&producer->wake, NULL);
    return HO_OK;
}

/* Also makes each producer know the topic's leaders, so that its first message does not wait for them. */
static enum ho_status wait_topic(struct producer *producer, int32_t *ret_partitions, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = HO_AWAY;
    ho_kafka_name(name, producer->gateway->config->ns, "adt.raw");
    for (int tries = 0; tries < 12 && (status == HO_AWAY || status == HO_NOT_FOUND); tries++) {
        status = ho_kafka_partition_count(producer->kafka, name, ret_partitions, err);
        if (status != HO_OK)
            rd_kafka_poll(producer->kafka, 500);
    }
    return status;
}

enum ho_status store_open(struct gateway *gateway, const struct ho_config *config, struct ho_error *err)
{
    int32_t partitions = 0;
    bool needed[] = {[GATEWAY_QUICK] = false, [GATEWAY_BULK] = false, [GATEWAY_PATIENT] = false};
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < gateway->declared.count; i++) {
        bool hold = gateway->declared.items[i].hold;
        needed[GATEWAY_QUICK] |= !hold;
        needed[GATEWAY_BULK] |= !hold;
        needed[GATEWAY_PATIENT] |= hold;
    }
    for (size_t i = 0; i < HO_LENGTH(needed) && status == HO_OK; i++)
        if (needed[i]) {
            status = open_producer(gateway, (enum gateway_producer)i, config, err);
            if (status == HO_OK)
                status = wait_topic(&gateway->producers[i], &partitions, err);
        }
    for (size_t i = 0; i < gateway->declared.count && status == HO_OK; i++)
        gateway->feeds[i].partition = ho_kafka_partition(ho_slice_of(gateway->feeds[i].is->id), partitions);
    return status;
}

void store_close(struct gateway *gateway)
{
    for (size_t i = 0; i < HO_LENGTH(gateway->producers); i++)
        if (gateway->producers[i].kafka)
            rd_kafka_flush(gateway->producers[i].kafka, 1000);
}
