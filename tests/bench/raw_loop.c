/*
 * NAME      raw-loop - the least that consume, transform, produce can be with librdkafka: the limit that ho-plain is beside
 * SYNOPSIS  raw-loop --kafka HOST:PORT --ns NS --redis HOST:PORT --events N [--mode copy|changelog|flush|redis]
 *
 * One thread; the house's settings, two producers that alternate, batches, partitions, headers, record sizes. Mode redis
 * uses the same functions of the view: a load and a flush of every event's state, in turn. Mode flush leaves the loads
 * out, as if every state were at hand. No decoding, no core, no cache, no metrics, no care for anything that fails: it
 * ends. Prints a JSON object.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "clock/clock.h"
#include "raw_view.h"
#include "tool.h"

#define BATCH_MAX 5000 /* as the daemon's processor.batch_records */
#define PARTS_MAX 64
#define STATE_BYTES 96 /* of ho-plain: header, count and a payload of 80 */
#define SAMPLES_MAX 200000

struct raw {
    rd_kafka_t *consumer, *producers[2];
    rd_kafka_topic_t *out[2], *changelog[2];
    int32_t partitions;
    unsigned turn;
    bool with_changelog, with_load, with_flush;
    struct raw_view *view;
    rd_kafka_message_t *messages[BATCH_MAX];
    size_t count;
    char in[HO_KAFKA_NAME_SIZE];
    int64_t next[PARTS_MAX], written[PARTS_MAX];
    int64_t offsets_us[SAMPLES_MAX], commit_us[SAMPLES_MAX];
    size_t commits;
};
static struct raw raw;

static void check(rd_kafka_error_t *error)
{
    if (error)
        tool_die("%s", rd_kafka_error_string(error));
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    int64_t *written = message->_private;
    (void)kafka;
    (void)opaque;
    if (message->err)
        tool_die("%s", rd_kafka_err2str(message->err));
    if (written && message->offset >= *written)
        *written = message->offset + 1;
}

static void open_producer(const struct tool *tool, int which)
{
    char id[128], name[HO_KAFKA_NAME_SIZE], text[256];
    rd_kafka_conf_t *conf = NULL;
    struct ho_error err;
    snprintf(id, sizeof id, "%s.raw.%c", tool->ns, "ab"[which]);
    if (ho_kafka_conf(HO_KAFKA_TRANSACTIONAL, tool->kafka, NULL, &conf, &err) != HO_OK)
        tool_die("%s", err.text);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (rd_kafka_conf_set(conf, "transactional.id", id, text, sizeof text) ||
        ho_kafka_open(HO_KAFKA_TRANSACTIONAL, conf, &raw.producers[which], &err) != HO_OK)
        tool_die("%s %s", text, err.text);
    raw.out[which] = rd_kafka_topic_new(raw.producers[which], ho_kafka_name(name, tool->ns, "bench.out"), NULL);
    raw.changelog[which] = rd_kafka_topic_new(raw.producers[which], ho_kafka_name(name, tool->ns, "raw.changelog"), NULL);
    check(rd_kafka_init_transactions(raw.producers[which], -1));
}

static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t why, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)opaque;
    if (why != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(kafka, NULL);
        return;
    }
    if (rd_kafka_committed(kafka, list, 30000))
        tool_die("committed offsets");
    for (int i = 0; i < list->cnt; i++) {
        rd_kafka_topic_partition_t *row = &list->elems[i];
        row->offset = row->offset < 0 ? 0 : row->offset;
        raw.next[row->partition] = row->offset;
    }
    rd_kafka_assign(kafka, list);
}

static void open_consumer(const struct tool *tool)
{
    char text[256];
    rd_kafka_conf_t *conf = NULL;
    struct ho_error err;
    snprintf(text, sizeof text, "%s.raw", tool->ns);
    if (ho_kafka_conf(HO_KAFKA_CONSUMER, tool->kafka, NULL, &conf, &err) != HO_OK ||
        ho_kafka_set(conf, "group.id", text, &err) != HO_OK || ho_kafka_set(conf, "group.instance.id", "raw", &err) != HO_OK)
        tool_die("%s", err.text);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    if (ho_kafka_open(HO_KAFKA_CONSUMER, conf, &raw.consumer, &err) != HO_OK)
        tool_die("%s", err.text);
    raw.partitions = tool_partitions(tool, raw.consumer, "bench.in");
    if (raw.partitions > PARTS_MAX)
        tool_die("at most %d partitions", PARTS_MAX);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, ho_kafka_name(raw.in, tool->ns, "bench.in"), RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(raw.consumer, topics))
        tool_die("subscribe");
    rd_kafka_topic_partition_list_destroy(topics);
}

static void gather(void)
{
    int timeout_ms = 100;
    for (raw.count = 0; raw.count < BATCH_MAX;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(raw.consumer, timeout_ms);
        if (!message)
            return;
        if (message->err) {
            rd_kafka_message_destroy(message);
            continue;
        }
        raw.messages[raw.count++] = message;
        timeout_ms = 0;
    }
}

static rd_kafka_headers_t *headers(const rd_kafka_message_t *message)
{
    char id[80];
    rd_kafka_headers_t *list = rd_kafka_headers_new(12);
    rd_kafka_header_add(list, "ce_specversion", -1, "1.0", -1);
    snprintf(id, sizeof id, "plain_%.*s.%lld", (int)message->key_len, (const char *)message->key, (long long)message->offset);
    rd_kafka_header_add(list, "ce_id", -1, id, -1);
    rd_kafka_header_add(list, "ce_source", -1, "handoff/plain", -1);
    rd_kafka_header_add(list, "ce_type", -1, "handoff.bench_event.v1", -1);
    rd_kafka_header_add(list, "content-type", -1, "application/avro", -1);
    return list;
}

static void produce(rd_kafka_topic_t *topic, int32_t partition, const rd_kafka_message_t *message, size_t len,
                    bool is_state)
{
    rd_kafka_timestamp_type_t type;
    const rd_kafka_vu_t args[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = message->key, .size = message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = message->payload, .size = len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rd_kafka_message_timestamp(message, &type)},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = is_state ? &raw.written[partition] : NULL},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = is_state ? NULL : headers(message)}};
    check(rd_kafka_produceva(raw.producers[raw.turn & 1], args, is_state ? 7 : 8));
}

static void commit(void)
{
    int64_t begin_us = ho_clock_monotonic_us();
    rd_kafka_t *producer = raw.producers[raw.turn & 1];
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(raw.partitions);
    for (int32_t p = 0; p < raw.partitions; p++)
        rd_kafka_topic_partition_list_add(list, raw.in, p)->offset = raw.next[p];
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(raw.consumer);
    check(rd_kafka_send_offsets_to_transaction(producer, list, group, -1));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
    int64_t sent_us = ho_clock_monotonic_us();
    check(rd_kafka_commit_transaction(producer, -1));
    if (raw.commits == SAMPLES_MAX)
        return;
    raw.offsets_us[raw.commits] = sent_us - begin_us;
    raw.commit_us[raw.commits++] = ho_clock_monotonic_us() - sent_us;
}

static size_t state_len(const rd_kafka_message_t *message)
{
    return message->len < STATE_BYTES ? message->len : STATE_BYTES;
}

static void run_batch(void)
{
    static struct raw_row rows[BATCH_MAX];
    for (size_t i = 0; i < raw.count; i++)
        rows[i] = (struct raw_row){raw.messages[i]->partition,
                                   {raw.messages[i]->key, raw.messages[i]->key_len},
                                   {raw.messages[i]->payload, state_len(raw.messages[i])}};
    if (raw.with_load)
        raw_view_load(raw.view, rows, raw.count);
    raw.turn++;
    check(rd_kafka_begin_transaction(raw.producers[raw.turn & 1]));
    for (size_t i = 0; i < raw.count; i++) {
        const rd_kafka_message_t *message = raw.messages[i];
        produce(raw.out[raw.turn & 1], ho_kafka_partition(rows[i].key, raw.partitions), message, message->len, false);
        if (raw.with_changelog)
            produce(raw.changelog[raw.turn & 1], message->partition, message, state_len(message), true);
        raw.next[message->partition] = message->offset + 1;
    }
    commit();
    if (raw.with_flush)
        raw_view_flush(raw.view, rows, raw.count, raw.written);
    for (size_t i = 0; i < raw.count; i++)
        rd_kafka_message_destroy(raw.messages[i]);
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print_times(const char *name, int64_t *times_us)
{
    qsort(times_us, raw.commits, sizeof *times_us, compare);
    printf("\"%s_p50_ms\":%.2f,\"%s_p99_ms\":%.2f", name, (double)times_us[raw.commits / 2] / 1e3, name,
           (double)times_us[raw.commits * 99 / 100] / 1e3);
}

static double cpu_us(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) * 1e6 + (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    struct tool tool;
    tool_init(&tool, argc, argv);
    const char *mode = tool_text(&tool, "--mode", "redis");
    int64_t events = tool_number(&tool, "--events", 0), done = 0, first = 0, begin_us = 0;
    raw.with_load = strcmp(mode, "redis") == 0;
    raw.with_flush = raw.with_load || strcmp(mode, "flush") == 0;
    raw.with_changelog = raw.with_flush || strcmp(mode, "changelog") == 0;
    struct rusage begin_use = {0}, end_use = {0};
    for (int i = 0; i < 2; i++)
        open_producer(&tool, i);
    open_consumer(&tool);
    if (raw.with_flush)
        raw.view = raw_view_open(tool_text(&tool, "--redis", NULL), tool.ns, raw.partitions);
    while (done < events) {
        gather();
        if (raw.count == 0)
            continue;
        run_batch();
        done += (int64_t)raw.count;
        if (!begin_us && done * 10 >= events) { /* the first tenth warms up */
            first = done;
            begin_us = ho_clock_monotonic_us();
            getrusage(RUSAGE_SELF, &begin_use);
            printf("{\"warm\":true}\n");
            fflush(stdout);
        }
    }
    getrusage(RUSAGE_SELF, &end_use);
    double seconds = (double)(ho_clock_monotonic_us() - begin_us) / 1e6;
    printf("{\"mode\":\"%s\",\"events\":%lld,\"rate\":%.0f,\"cpu_us\":%.2f,\"transactions\":%zu,", mode, (long long)done,
           (double)(done - first) / seconds, (cpu_us(&end_use) - cpu_us(&begin_use)) / (double)(done - first), raw.commits);
    print_times("offsets", raw.offsets_us);
    printf(",");
    print_times("commit", raw.commit_us);
    printf("}\n");
    fflush(stdout);
    rd_kafka_consumer_close(raw.consumer);
    _exit(0);
}
