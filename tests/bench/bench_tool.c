/*
 * NAME      bench-tool - fills bench.in, and measures one hop from bench.in to bench.out
 * SYNOPSIS  bench-tool fill --kafka HOST:PORT --ns NS --events N --keys K [--first I] [--bytes B]
 *           bench-tool hop --kafka HOST:PORT --ns NS --rate R --seconds S [--keys K] [--bytes B]
 *
 * Keys come in a scattered order, each as often as any other. Prints a JSON object.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_event.h"
#include "clock/clock.h"
#include "tool.h"

#define PAYLOAD_MAX 4096

struct writer {
    rd_kafka_t *kafka;
    rd_kafka_topic_t *topic;
    int32_t partitions;
    int64_t keys;
    size_t bytes;
    struct ho_buf buf;
};

static void writer_open(struct writer *writer, const struct tool *tool)
{
    char name[HO_KAFKA_NAME_SIZE];
    writer->kafka = tool_open(tool, HO_KAFKA_PRODUCER, NULL);
    writer->topic = rd_kafka_topic_new(writer->kafka, ho_kafka_name(name, tool->ns, "bench.in"), NULL);
    writer->partitions = tool_partitions(tool, writer->kafka, "bench.in");
    writer->keys = tool_number(tool, "--keys", 10000);
    writer->bytes = (size_t)tool_number(tool, "--bytes", 130);
    if (writer->bytes > PAYLOAD_MAX)
        tool_die("--bytes is at most %d", PAYLOAD_MAX);
    ho_buf_init(&writer->buf, 1 << 20);
}

static void put(struct writer *writer, int64_t number)
{
    static const char payload[PAYLOAD_MAX];
    char key[24];
    int64_t which = (int64_t)((uint64_t)number * 7919 % (uint64_t)writer->keys);
    size_t key_len = (size_t)snprintf(key, sizeof key, "M%07lld", (long long)which);
    struct bench_event event = {ho_clock_monotonic_us(), number, {payload, writer->bytes}};
    int32_t partition = ho_kafka_partition((struct ho_slice){key, key_len}, writer->partitions);
    ho_buf_clear(&writer->buf);
    ho_avro_encode(&bench_event_record, &event, &writer->buf);
    while (rd_kafka_produce(writer->topic, partition, RD_KAFKA_MSG_F_COPY, writer->buf.data, writer->buf.len, key, key_len,
                            &tool_failures) == -1) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            tool_die("%s", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(writer->kafka, 5);
    }
}

static int fill(struct tool *tool)
{
    struct writer writer = {0};
    int64_t events = tool_number(tool, "--events", 0), first = tool_number(tool, "--first", 0);
    int64_t begin_us = ho_clock_monotonic_us();
    writer_open(&writer, tool);
    for (int64_t i = first; i < first + events; i++) {
        put(&writer, i);
        if (i % 1000 == 0)
            rd_kafka_poll(writer.kafka, 0);
    }
    tool_flush(writer.kafka);
    printf("{\"events\":%lld,\"seconds\":%.2f}\n", (long long)events, (double)(ho_clock_monotonic_us() - begin_us) / 1e6);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static bool take(rd_kafka_message_t *message, struct ho_avro_reader *reader, struct ho_arena *arena, int64_t *ret_sent_us)
{
    struct bench_event event;
    struct ho_slice value = {message->payload, message->len};
    bool good = !message->err && ho_avro_decode(reader, value, arena, &event, NULL) == HO_OK;
    if (good)
        *ret_sent_us = event.sent_us;
    rd_kafka_message_destroy(message);
    ho_arena_reset(arena);
    return good;
}

static int hop(struct tool *tool)
{
    struct writer writer = {0};
    struct ho_arena arena = {0};
    struct ho_avro_reader *reader = ho_avro_reader_new(&bench_event_record);
    int64_t rate = tool_number(tool, "--rate", 500), total = rate * tool_number(tool, "--seconds", 10);
    int64_t *delays_us = ho_calloc((size_t)total + 1, sizeof *delays_us), sent = 0, got = 0, sent_us = 0;
    writer_open(&writer, tool);
    rd_kafka_t *consumer = tool_open(tool, HO_KAFKA_CONSUMER, NULL);
    int32_t missing = tool_assign(tool, consumer, "bench.out", true);
    while (missing) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        missing -= message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (message)
            rd_kafka_message_destroy(message);
    }
    int64_t begin_us = ho_clock_monotonic_us();
    while (got < total && ho_clock_monotonic_us() - begin_us < total * 1000000 / rate + 10000000) {
        for (; sent < total && begin_us + sent * 1000000 / rate <= ho_clock_monotonic_us(); sent++)
            put(&writer, sent);
        rd_kafka_poll(writer.kafka, 0);
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1);
        if (message && take(message, reader, &arena, &sent_us) && sent_us >= begin_us)
            delays_us[got++] = ho_clock_monotonic_us() - sent_us;
    }
    qsort(delays_us, (size_t)got, sizeof *delays_us, compare);
    if (!got)
        tool_die("nothing came out");
    printf("{\"rate\":%lld,\"sent\":%lld,\"got\":%lld,\"p50_ms\":%.1f,\"p90_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n",
           (long long)rate, (long long)sent, (long long)got, (double)delays_us[got / 2] / 1e3,
           (double)delays_us[got * 9 / 10] / 1e3, (double)delays_us[got * 99 / 100] / 1e3, (double)delays_us[got - 1] / 1e3);
    return 0;
}

int main(int argc, char **argv)
{
    struct tool tool;
    tool_init(&tool, argc, argv);
    int code = strcmp(argv[1], "fill") == 0 ? fill(&tool) : strcmp(argv[1], "hop") == 0 ? hop(&tool) : 64;
    fflush(stdout);
    _exit(code);
}
