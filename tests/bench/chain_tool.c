/*
 * NAME      chain-tool - from a hospital's socket to an alert, and the least that three transactional hops can be
 * SYNOPSIS  chain-tool hop  --kafka HOST:PORT --ns NS --in TOPIC --out TOPIC --changelog TOPIC --bytes B
 *           chain-tool raw  --kafka HOST:PORT --ns NS --rate R --seconds S
 *           chain-tool mllp --kafka HOST:PORT --ns NS --rate R --seconds S --to HOST:PORT --run NAME
 *
 * hop: consumes, produces each record with its changelog record, commits; two producers that alternate; until it is ended.
 * raw: writes adt.raw, reads alerts.pcp behind three hops. mllp: sends admissions of members M000001 to M001000 over one
 * connection, each without waiting for the answers before, and reads the alerts. Both print delays as a JSON object.
 */
#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alert.h"
#include "clock/clock.h"
#include "tool.h"

#define BATCH_MAX 2000
#define PARTS_MAX 64
#define MEMBERS 1000
#define RECORD_MAX 4096
#define MESSAGE_BYTES 700 /* of a raw record: about that of an admission */

static void check(rd_kafka_error_t *error)
{
    if (error)
        tool_die("%s", rd_kafka_error_string(error));
}

/* ---- one raw hop */

struct hop {
    rd_kafka_t *consumer, *producers[2];
    rd_kafka_topic_t *out[2], *changelog[2];
    char in[HO_KAFKA_NAME_SIZE];
    int32_t partitions;
    size_t bytes, count;
    rd_kafka_message_t *messages[BATCH_MAX];
    int64_t next[PARTS_MAX];
    unsigned turn;
};

static void hop_open(struct hop *hop, const struct tool *tool)
{
    char name[HO_KAFKA_NAME_SIZE], id[HO_KAFKA_NAME_SIZE + 32];
    const char *in = tool_text(tool, "--in", NULL);
    hop->bytes = (size_t)tool_number(tool, "--bytes", 1000);
    HO_ASSERT(hop->bytes <= RECORD_MAX);
    ho_kafka_name(hop->in, tool->ns, in);
    for (int i = 0; i < 2; i++) {
        snprintf(id, sizeof id, "%s-%d", hop->in, i);
        hop->producers[i] = tool_open(tool, HO_KAFKA_TRANSACTIONAL, id);
        check(rd_kafka_init_transactions(hop->producers[i], -1));
        hop->out[i] = rd_kafka_topic_new(hop->producers[i], ho_kafka_name(name, tool->ns, tool_text(tool, "--out", NULL)), NULL);
        ho_kafka_name(name, tool->ns, tool_text(tool, "--changelog", NULL));
        hop->changelog[i] = rd_kafka_topic_new(hop->producers[i], name, NULL);
    }
    snprintf(id, sizeof id, "hop-%s", hop->in);
    hop->consumer = tool_open(tool, HO_KAFKA_CONSUMER, id);
    hop->partitions = tool_assign(tool, hop->consumer, in, false);
    for (int32_t p = 0; p < hop->partitions; p++)
        hop->next[p] = -1;
}

static void hop_take(struct hop *hop, rd_kafka_message_t *message)
{
    if (message->err)
        rd_kafka_message_destroy(message);
    else
        hop->messages[hop->count++] = message;
}

/* The record's first bytes, which say when it was sent, and its key go on; the rest is as long as ours would be. */
static void hop_produce(struct hop *hop, const rd_kafka_message_t *message)
{
    static char value[RECORD_MAX];
    int which = hop->turn & 1;
    memcpy(value, message->payload, sizeof(int64_t));
    struct ho_slice key = {(const char *)message->payload + sizeof(int64_t), 7};
    memcpy(value + sizeof(int64_t), key.ptr, key.len);
    int32_t partition = ho_kafka_partition(key, hop->partitions);
    if (rd_kafka_produce(hop->out[which], partition, RD_KAFKA_MSG_F_COPY, value, hop->bytes, key.ptr, key.len, NULL) == -1 ||
        rd_kafka_produce(hop->changelog[which], message->partition, RD_KAFKA_MSG_F_COPY, value, hop->bytes, key.ptr, key.len, NULL) == -1)
        tool_die("%s", rd_kafka_err2str(rd_kafka_last_error()));
    hop->next[message->partition] = message->offset + 1;
}

static void hop_commit(struct hop *hop)
{
    rd_kafka_t *producer = hop->producers[++hop->turn & 1];
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(8);
    check(rd_kafka_begin_transaction(producer));
    for (size_t i = 0; i < hop->count; i++)
        hop_produce(hop, hop->messages[i]);
    for (int32_t p = 0; p < hop->partitions; p++)
        if (hop->next[p] >= 0)
            rd_kafka_topic_partition_list_add(offsets, hop->in, p)->offset = hop->next[p];
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(hop->consumer);
    check(rd_kafka_send_offsets_to_transaction(producer, offsets, group, -1));
    check(rd_kafka_commit_transaction(producer, -1));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    for (size_t i = 0; i < hop->count; i++)
        rd_kafka_message_destroy(hop->messages[i]);
    for (int32_t p = 0; p < hop->partitions; p++)
        hop->next[p] = -1;
    hop->count = 0;
}

_Noreturn static void hop_run(const struct tool *tool)
{
    static struct hop hop;
    hop_open(&hop, tool);
    for (;;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(hop.consumer, 1000);
        for (; message; message = hop.count < BATCH_MAX ? rd_kafka_consumer_poll(hop.consumer, 0) : NULL)
            hop_take(&hop, message);
        if (hop.count)
            hop_commit(&hop);
    }
}

/* ---- the two sources */

struct source {
    rd_kafka_t *kafka; /* of raw */
    rd_kafka_topic_t *topic;
    int fd; /* of mllp */
    const char *run;
};

static void send_raw(struct source *source, int64_t number)
{
    char value[MESSAGE_BYTES] = {0};
    int64_t now_us = ho_clock_monotonic_us();
    memcpy(value, &now_us, sizeof now_us);
    snprintf(value + sizeof now_us, 8, "M%06lld", (long long)(number * 7919 % MEMBERS + 1));
    int32_t partition = ho_kafka_partition(HO_SLICE("default"), 4);
    rd_kafka_produce(source->topic, partition, RD_KAFKA_MSG_F_COPY, value, sizeof value, "default", 7, &tool_failures);
    rd_kafka_poll(source->kafka, 0);
}

/* The control id says when it was sent. */
static void send_mllp(struct source *source, int64_t number)
{
    char text[2048];
    int member = (int)(number * 7919 % MEMBERS) + 1;
    int len = snprintf(text, sizeof text,
                       "\vMSH|^~\\&|EHR|GENERAL|PLAN|HANDOFF|20261101120000||ADT^A01|%lld|P|2.5.1\rEVN|A01|20261101120000\r"
                       "PID|1||M%06d^^^PLAN^MB||FAMILY%d^GIVEN%d||%d|%s|||12 EXAMPLE STREET^^SPRINGFIELD^MA^01103||413-555-0134\r"
                       "PV1|1|I|4N^1^1||||^DOCTOR^DANA||||||||||||V%s-%lld\rDG1|1||I50.9^HEART FAILURE, UNSPECIFIED^I10|||A\r\x1c\r",
                       (long long)ho_clock_monotonic_us(), member, member, member, 19400101 + member % 28,
                       member % 2 ? "F" : "M", source->run, (long long)number);
    if (send(source->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        tool_die("the gateway does not take what is sent");
    while (recv(source->fd, text, sizeof text, MSG_DONTWAIT) > 0)
        ; /* answers: what counts is the alert */
}

static void dial(struct source *source, const char *address)
{
    const char *colon = strrchr(address, ':');
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(colon ? colon + 1 : "0", NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    source->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(source->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(source->fd, (const struct sockaddr *)&to, sizeof to))
        tool_die("nobody listens at %s", address);
}

/* ---- measuring */

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* When a record that came out was sent; 0 when it is not one of this run's. */
static int64_t sent_us(const rd_kafka_message_t *message, struct ho_avro_reader *reader, struct ho_arena *arena)
{
    int64_t us = 0;
    if (!reader) {
        memcpy(&us, message->payload, sizeof us);
        return us;
    }
    struct alert *alert = HO_ARENA_NEW(arena, struct alert);
    if (ho_avro_decode(reader, (struct ho_slice){message->payload, message->len}, arena, alert, NULL) != HO_OK ||
        !ho_slice_to_int64(alert->why.control_id, &us))
        us = 0;
    ho_arena_reset(arena);
    return us;
}

static void to_the_end(const struct tool *tool, rd_kafka_t *consumer)
{
    for (int32_t missing = tool_assign(tool, consumer, "alerts.pcp", true); missing;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        missing -= message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (message)
            rd_kafka_message_destroy(message);
    }
}

static int measure(const struct tool *tool, struct source *source, void (*send_one)(struct source *source, int64_t number))
{
    struct ho_arena arena = {0};
    struct ho_avro_reader *reader = send_one == send_mllp ? ho_avro_reader_new(&alert_record) : NULL;
    int64_t rate = tool_number(tool, "--rate", 100), total = rate * tool_number(tool, "--seconds", 10), sent = 0, got = 0;
    int64_t *delays_us = ho_calloc((size_t)total + 1, sizeof *delays_us);
    rd_kafka_t *consumer = tool_open(tool, HO_KAFKA_CONSUMER, NULL);
    to_the_end(tool, consumer);
    int64_t begin_us = ho_clock_monotonic_us();
    while (got < total && ho_clock_monotonic_us() - begin_us < total * 1000000 / rate + 20000000) {
        for (; sent < total && begin_us + sent * 1000000 / rate <= ho_clock_monotonic_us(); sent++)
            send_one(source, sent);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1);
        int64_t then_us = message && !message->err ? sent_us(message, reader, &arena) : 0;
        if (then_us >= begin_us)
            delays_us[got++] = ho_clock_monotonic_us() - then_us;
        if (message)
            rd_kafka_message_destroy(message);
    }
    if (!got)
        tool_die("nothing came out");
    qsort(delays_us, (size_t)got, sizeof *delays_us, compare);
    printf("{\"rate\":%lld,\"sent\":%lld,\"got\":%lld,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n", (long long)rate,
           (long long)sent, (long long)got, (double)delays_us[got / 2] / 1e3, (double)delays_us[got * 99 / 100] / 1e3,
           (double)delays_us[got - 1] / 1e3);
    return 0;
}

int main(int argc, char **argv)
{
    struct tool tool;
    struct source source = {.fd = -1};
    char name[HO_KAFKA_NAME_SIZE];
    int code = 64;
    tool_init(&tool, argc, argv);
    if (argc > 1 && strcmp(argv[1], "hop") == 0)
        hop_run(&tool);
    if (argc > 1 && strcmp(argv[1], "raw") == 0) {
        source.kafka = tool_open(&tool, HO_KAFKA_PRODUCER, NULL);
        source.topic = rd_kafka_topic_new(source.kafka, ho_kafka_name(name, tool.ns, "adt.raw"), NULL);
        code = measure(&tool, &source, send_raw);
    } else if (argc > 1 && strcmp(argv[1], "mllp") == 0) {
        source.run = tool_text(&tool, "--run", NULL);
        dial(&source, tool_text(&tool, "--to", NULL));
        code = measure(&tool, &source, send_mllp);
    }
    fflush(stdout);
    _exit(code);
}
