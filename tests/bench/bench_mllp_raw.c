/*
 * The least that an MLLP gateway with honest answers can be: one epoll thread, acks=all, the answer on the delivery report.
 * It parses MSH-10 and nothing else, keeps no window, bounds nothing, sends no headers, and serves no bad peer. What
 * ho-gateway is compared with; producer settings are the same.
 *
 * bench_mllp_raw PORT BOOTSTRAP TOPIC
 */
#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kafka/kafka.h"

#define IN_BYTES 16384
#define EVENTS 256

struct connection {
    int fd;
    size_t have;
    char in[IN_BYTES], control[64];
};

static rd_kafka_t *kafka;
static rd_kafka_topic_t *topic;
static int epoll;

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *report, void *opaque)
{
    struct connection *connection = report->_private;
    char answer[256];
    (void)handle;
    (void)opaque;
    if (!ho_kafka_stored(report))
        return;
    int len = snprintf(answer, sizeof answer, "\x0bMSH|^~\\&|HO|PLAN|||20260101||ACK|1|P|2.5.1\rMSA|AA|%s\r\x1c\r",
                       connection->control);
    if (write(connection->fd, answer, (size_t)len) != len)
        fprintf(stderr, "an answer was not taken\n");
}

static void read_control(struct connection *connection, const char *from, const char *end)
{
    const char *begin = NULL;
    int field = 0;
    for (const char *at = from; at < end && *at != '\r'; at++) {
        if (*at != '|' || ++field < 9)
            continue;
        if (field == 9) {
            begin = at + 1;
            continue;
        }
        ho_slice_copy((struct ho_slice){begin, (size_t)(at - begin)}, connection->control, sizeof connection->control);
        return;
    }
}

static void take(struct connection *connection)
{
    char *at = connection->in, *end = connection->in + connection->have;
    for (;;) {
        char *begin = memchr(at, 0x0b, (size_t)(end - at));
        char *stop = begin ? memmem(begin, (size_t)(end - begin), "\x1c\r", 2) : NULL;
        if (!stop) {
            at = begin ? begin : end;
            break;
        }
        read_control(connection, begin + 1, stop);
        while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, begin + 1, (size_t)(stop - begin - 1), "feed", 4, connection))
            rd_kafka_poll(kafka, 1);
        at = stop + 2;
    }
    connection->have = (size_t)(end - at);
    memmove(connection->in, at, connection->have);
}

static void on_readable(struct connection *connection)
{
    ssize_t n = read(connection->fd, connection->in + connection->have, IN_BYTES - connection->have);
    if (n > 0) {
        connection->have += (size_t)n;
        take(connection);
    } else if (n == 0) {
        close(connection->fd);
    }
}

static void watch(int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *connection = ho_calloc(1, sizeof *connection);
        connection->fd = fd;
        watch(fd, connection);
    }
}

static int listen_on(int64_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    HO_ASSERT(bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(fd, 4096) == 0);
    return fd;
}

static int open_kafka(const char *bootstrap, const char *name)
{
    static const uint64_t one = 1;
    struct ho_error err = {HO_OK, ""};
    rd_kafka_conf_t *conf = NULL;
    int32_t partitions = 0;
    int wake = eventfd(0, EFD_NONBLOCK);
    HO_ASSERT(ho_kafka_conf(HO_KAFKA_PRODUCER, bootstrap, NULL, &conf, &err) == HO_OK);
    HO_ASSERT(ho_kafka_set(conf, "max.in.flight.requests.per.connection", "1", &err) == HO_OK);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    HO_ASSERT(ho_kafka_open(HO_KAFKA_PRODUCER, conf, &kafka, &err) == HO_OK);
    topic = rd_kafka_topic_new(kafka, name, NULL);
    HO_ASSERT(ho_kafka_partition_count(kafka, name, &partitions, &err) == HO_OK);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(kafka);
    rd_kafka_queue_io_event_enable(queue, wake, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
    return wake;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int64_t port = 0;
    HO_ASSERT(argc == 4 && ho_slice_to_int64(ho_slice_of(argv[1]), &port));
    epoll = epoll_create1(0);
    int wake = open_kafka(argv[2], argv[3]), listener = listen_on(port);
    watch(wake, &wake);
    watch(listener, &listener);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, 100);
        for (int i = 0; i < count; i++) {
            uint64_t woken;
            if (events[i].data.ptr == &listener)
                accept_all(listener);
            else if (events[i].data.ptr != &wake)
                on_readable(events[i].data.ptr);
            else if (read(wake, &woken, sizeof woken) < 0)
                continue;
        }
        rd_kafka_poll(kafka, 0);
    }
}
