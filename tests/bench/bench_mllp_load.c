/*
 * Hospitals: so many connections, each with one message on its way, opened at once; for a time, the first part of which
 * does not count. Prints a line of JSON: rate, latencies in ms, and what went wrong.
 *
 * bench_mllp_load PORT CONNECTIONS WARM_MS RUN_MS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock/clock.h"

#define LATENCIES_MAX 4000000
#define LAST_ANSWERS_US 10000000
#define BODY "EVN|A01|20261101120000\rPID|1||77^^^X^MR||FAMILY^GIVEN||19400101|F|||1 STREET^^TOWN^NY^10001||5551234\r"    \
             "PV1|1|I|4N^1^1||||1234^DOCTOR^DANA|||MED||||1|||1234^DOCTOR^DANA|INP|V1|||||||||||||||||||||||||20261101120000\r" \
             "DG1|1|I10|I50.9^Heart failure^I10|||A\rIN1|1|PLAN|PLAN|HEALTH PLAN|||||||||||FAMILY^GIVEN|18|19400101|||||||||||" \
             "|||||||M000001\r"

struct connection {
    int fd, epoll;
    int64_t sent_us; /* 0: nothing on its way */
    char in[1024];
    size_t have;
    bool open;
};

static float *latencies;
static size_t measured, answered, refused, broken, unopened;
static int64_t begin_us, count_from_us, end_us;
static uint64_t number;

static void drop(struct connection *connection, size_t *count)
{
    (*count)++;
    close(connection->fd);
    connection->fd = -1;
    connection->sent_us = 0;
}

static void send_one(struct connection *connection)
{
    char message[2048];
    int len = snprintf(message, sizeof message, "\x0bMSH|^~\\&|EHR|GEN|PLAN|HO|20261101120000||ADT^A01|L%llx-%llx|P|2.5.1\r%s\x1c\r",
                       (unsigned long long)begin_us, (unsigned long long)number++, BODY);
    connection->sent_us = ho_clock_monotonic_us();
    if (send(connection->fd, message, (size_t)len, MSG_NOSIGNAL) != len)
        drop(connection, &broken);
}

static void take_answer(struct connection *connection, int64_t now_us)
{
    bool good = memmem(connection->in, connection->have, "MSA|AA|", 7);
    refused += !good;
    answered++;
    if (good && connection->sent_us >= count_from_us && now_us <= end_us && measured < LATENCIES_MAX)
        latencies[measured++] = (float)(now_us - connection->sent_us) / 1000;
    connection->sent_us = 0;
    connection->have = 0;
    if (now_us < end_us)
        send_one(connection);
}

static void on_event(struct connection *connection, uint32_t what)
{
    if (!connection->open) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error || (what & EPOLLHUP)) {
            drop(connection, &unopened);
            return;
        }
        connection->open = true;
        epoll_ctl(connection->epoll, EPOLL_CTL_MOD, connection->fd, &event);
        send_one(connection);
        return;
    }
    ssize_t n = read(connection->fd, connection->in + connection->have, sizeof connection->in - connection->have);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            drop(connection, &broken);
        return;
    }
    connection->have += (size_t)n;
    if (memmem(connection->in, connection->have, "\x1c\r", 2))
        take_answer(connection, ho_clock_monotonic_us());
}

static void open_all(struct connection *connections, int64_t count, int64_t port, int epoll)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int64_t i = 0; i < count; i++) {
        struct connection *connection = &connections[i];
        struct epoll_event event = {.events = EPOLLOUT, .data.ptr = connection};
        int one = 1;
        *connection = (struct connection){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), .epoll = epoll};
        HO_ASSERT(connection->fd >= 0);
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(connection->fd, (struct sockaddr *)&addr, sizeof addr) && errno != EINPROGRESS)
            drop(connection, &unopened);
        else
            epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
    }
}

static size_t waiting(const struct connection *connections, int64_t count)
{
    size_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += connections[i].fd >= 0 && (connections[i].sent_us || !connections[i].open);
    return sum;
}

static int by_size(const void *a, const void *b)
{
    float x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static double part(double share)
{
    return measured ? (double)latencies[(size_t)((double)(measured - 1) * share)] : 0;
}

int main(int argc, char **argv)
{
    int64_t port, count, warm_ms, run_ms;
    struct epoll_event events[256];
    struct rlimit files;
    HO_ASSERT(argc == 5 && ho_slice_to_int64(ho_slice_of(argv[1]), &port) && ho_slice_to_int64(ho_slice_of(argv[2]), &count) &&
              ho_slice_to_int64(ho_slice_of(argv[3]), &warm_ms) && ho_slice_to_int64(ho_slice_of(argv[4]), &run_ms));
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    latencies = ho_calloc(LATENCIES_MAX, sizeof *latencies);
    struct connection *connections = ho_calloc((size_t)count, sizeof *connections);
    begin_us = ho_clock_monotonic_us();
    count_from_us = begin_us + warm_ms * 1000;
    end_us = count_from_us + run_ms * 1000;
    int epoll = epoll_create1(0);
    open_all(connections, count, port, epoll);
    size_t left = (size_t)count;
    while (left && ho_clock_monotonic_us() < end_us + LAST_ANSWERS_US) {
        int n = epoll_wait(epoll, events, 256, 20);
        for (int i = 0; i < n; i++)
            on_event(events[i].data.ptr, events[i].events);
        if (ho_clock_monotonic_us() > end_us)
            left = waiting(connections, count);
    }
    qsort(latencies, measured, sizeof *latencies, by_size);
    printf("{\"rate\":%.0f,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"answered\":%zu,\"refused\":%zu,\"unanswered\":%zu,"
           "\"broken\":%zu,\"unopened\":%zu}\n",
           (double)measured * 1000 / (double)run_ms, part(0.5), part(0.99), part(1), answered, refused,
           waiting(connections, count), broken, unopened);
    return 0;
}
