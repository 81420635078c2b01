/*
 * Handles of Kafka and Redis. Order, and why: the clock, if a topic tells it; counts of partitions; producers A and B with
 * init_transactions on both, which ends what an earlier life of this instance left open, before any committed offset is
 * read; schemas and lookups read to their end; Redis; then the group.
 */
#include "processor/internal.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock/clock.h"
#include "log/log.h"

#define SIDE_WAIT_US 120000000
#define SIDE_POLL_MS 100

enum ho_status ho_open_redis(struct ho_processor *proc, int64_t wait_ms, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    for (useconds_t pause_us = 50000;; pause_us = pause_us < 1000000 ? pause_us * 2 : pause_us) {
        enum ho_status status =
            proc->redis ? ho_redis_reopen(proc->redis, err)
                        : ho_redis_open(proc->common.redis, proc->common.redis_timeout_ms, &proc->redis, err);
        if (status != HO_AWAY || ho_processor_stopping())
            return status;
        if (wait_ms >= 0 && ho_clock_monotonic_us() - begin_us > wait_ms * 1000)
            return status;
        ho_processor_say(proc, "waiting", "%s", err->text);
        ho_processor_turns(proc);
        usleep(pause_us);
    }
}

enum ho_status ho_open_redis_again(struct ho_processor *proc, struct ho_error *err)
{
    ho_log(HO_LOG_WARN, "redis away", "error=\"%s\"", err->text);
    ho_processor_say(proc, "waiting", "%s", err->text);
    enum ho_status status = ho_open_redis(proc, proc->common.redis_wait_ms, err);
    if (status == HO_OK)
        ho_processor_say(proc, "running", "redis is back");
    return status;
}

static enum ho_status open_producer(struct ho_processor *proc, int which, struct ho_error *err)
{
    char id[256], name[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_TRANSACTIONAL, proc->common.bootstrap, proc->config, &conf, err);
    if (status != HO_OK)
        return status;
    snprintf(id, sizeof id, "%s.%s.%s.%c", proc->common.ns, proc->spec->name, proc->common.instance, "ab"[which]);
    ho_produce_configure(conf);
    status = ho_kafka_set(conf, "transactional.id", id, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_TRANSACTIONAL, conf, &proc->producers[which], err);
    if (status != HO_OK)
        return status;
    rd_kafka_t *producer = proc->producers[which];
    for (size_t i = 0; i < proc->output_count; i++)
        proc->output_topics[which][i] =
            rd_kafka_topic_new(producer, ho_kafka_name(name, proc->common.ns, proc->spec->outputs[i].topic), NULL);
    proc->changelog_topics[which] = rd_kafka_topic_new(producer, proc->changelog, NULL);
    snprintf(id, sizeof id, "dlq.%s", proc->spec->name);
    proc->dlq_topics[which] = rd_kafka_topic_new(producer, ho_kafka_name(name, proc->common.ns, id), NULL);
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_init_transactions(producer, 5000);
        if (!error)
            return HO_OK;
        bool again = rd_kafka_error_is_retriable(error) && !ho_processor_stopping();
        status = ho_fail(err, HO_AWAY, "transactions of %s: %s", proc->spec->name, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        if (!again)
            return status;
        ho_processor_say(proc, "waiting", "%s; is the broker up and the address right?", err->text);
        ho_processor_turns(proc);
    }
}

static enum ho_status open_reader(struct ho_processor *proc, const char *isolation, const char *suffix,
                                  rd_kafka_t **ret_kafka, struct ho_error *err)
{
    char group[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_CONSUMER, proc->common.bootstrap, proc->config, &conf, err);
    snprintf(group, sizeof group, "%s.%s.%s", proc->common.ns, proc->spec->name, suffix);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "group.id", group, err);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "isolation.level", isolation, err);
    return status == HO_OK ? ho_kafka_open(HO_KAFKA_CONSUMER, conf, ret_kafka, err) : status;
}

/* The handle alone, which can also ask for committed offsets without ever joining. */
static enum ho_status open_group_handle(struct ho_processor *proc, struct ho_error *err)
{
    char text[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_CONSUMER, proc->common.bootstrap, proc->config, &conf, err);
    if (status != HO_OK)
        return status;
    rd_kafka_conf_set_rebalance_cb(conf, ho_assign_rebalance);
    rd_kafka_conf_set_opaque(conf, proc);
    snprintf(text, sizeof text, "%s.%s", proc->common.ns, proc->spec->name);
    status = ho_kafka_set(conf, "group.id", text, err);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "group.instance.id", proc->common.instance, err);
    snprintf(text, sizeof text, "%lld", (long long)proc->common.session_timeout_ms);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "session.timeout.ms", text, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_CONSUMER, conf, &proc->consumer, err);
    return status;
}

static enum ho_status open_group(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = open_group_handle(proc, err);
    if (status != HO_OK)
        return status;
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)proc->input_count);
    for (size_t i = 0; i < proc->input_count; i++)
        rd_kafka_topic_partition_list_add(topics, proc->input_names[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t rc = rd_kafka_subscribe(proc->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return rc ? ho_fail(err, HO_FAILED, "subscribe: %s", rd_kafka_err2str(rc)) : HO_OK;
}

/* Counts of all inputs and of the changelog must be one number, or a state would have two homes. */
static enum ho_status check_counts(struct ho_processor *proc, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = ho_kafka_partition_count(proc->ends, proc->changelog, &proc->part_count, err);
    for (size_t i = 0; i < proc->input_count && status == HO_OK; i++) {
        int32_t count = 0;
        status = ho_kafka_partition_count(proc->ends, proc->input_names[i], &count, err);
        if (status == HO_OK && count != proc->part_count)
            status = ho_fail(err, HO_INVALID, "%s has %d partitions, %s has %d: they must agree", proc->input_names[i],
                             count, proc->changelog, proc->part_count);
    }
    for (size_t i = 0; i < proc->output_count && status == HO_OK; i++)
        status = ho_kafka_partition_count(proc->ends,
                                          ho_kafka_name(name, proc->common.ns, proc->spec->outputs[i].topic),
                                          &proc->output_partitions[i], err);
    return status;
}

static enum ho_status wait_counts(struct ho_processor *proc, struct ho_error *err)
{
    for (;;) {
        enum ho_status status = check_counts(proc, err);
        if ((status != HO_AWAY && status != HO_NOT_FOUND) || ho_processor_stopping())
            return status;
        ho_processor_say(proc, "waiting", "%s", err->text);
        ho_processor_turns(proc);
        rd_kafka_message_t *none = rd_kafka_consumer_poll(proc->ends, 500);
        if (none)
            rd_kafka_message_destroy(none);
    }
}

static enum ho_status open_parts(struct ho_processor *proc)
{
    proc->parts = ho_calloc((size_t)proc->part_count, sizeof *proc->parts);
    for (int32_t p = 0; p < proc->part_count; p++) {
        proc->parts[p].id = p;
        ho_redis_part_init(&proc->parts[p].keys, proc->common.ns, proc->spec->name, p);
    }
    unsigned char random[16];
    HO_ASSERT(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(proc->owner + 2 * i, 3, "%02x", random[i]);
    return HO_OK;
}

static bool has_bulk(const struct ho_processor *proc)
{
    for (size_t i = 0; i < proc->input_count; i++)
        if (proc->spec->inputs[i].kind != HO_INPUT_URGENT)
            return true;
    return false;
}

/* What a run and a comparison both stand on. counts: wait_counts, or check_counts where nobody would wait. */
static enum ho_status open_ground(struct ho_processor *proc, enum ho_status (*counts)(struct ho_processor *, struct ho_error *),
                                  struct ho_error *err)
{
    enum ho_status status = HO_OK;
    if (strcmp(proc->common.clock, "topic") == 0)
        status = ho_kafka_follow_clock(proc->common.bootstrap, proc->common.ns, proc->config, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_uncommitted", "ends", &proc->ends, err);
    if (status == HO_OK)
        status = counts(proc, err);
    return status == HO_OK ? open_parts(proc) : status;
}

/* Schemas and lookups to their end; what they say of the topics may be a reason to refuse. */
static enum ho_status read_side(struct ho_processor *proc, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    enum ho_status status = ho_side_start(proc, err);
    while (status == HO_OK && proc->side_missing->cnt && !ho_processor_stopping()) {
        ho_processor_say(proc, "starting", "reading schemas and lookups to their end");
        ho_side_serve(proc, SIDE_POLL_MS);
        ho_processor_turns(proc);
        if (ho_clock_monotonic_us() - begin_us > SIDE_WAIT_US)
            status = ho_fail(err, HO_AWAY, "schemas and lookups could not be read to their end");
    }
    if (status != HO_OK || !proc->failed)
        return status;
    *err = proc->failure;
    return err->status;
}

enum ho_status ho_open_all(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = open_ground(proc, wait_counts, err);
    for (int i = 0; i < 2 && status == HO_OK; i++)
        status = open_producer(proc, i, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_committed", "restore", &proc->restorer, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_committed", "side", &proc->side, err);
    if (status == HO_OK && has_bulk(proc))
        status = open_reader(proc, "read_committed", "bulk", &proc->bulk, err);
    if (status == HO_OK)
        status = ho_form_register(proc, err);
    if (status == HO_OK)
        status = read_side(proc, err);
    if (status == HO_OK)
        status = ho_open_redis(proc, -1, err);
    proc->cluster = status == HO_OK ? rd_kafka_clusterid(proc->ends, 10000) : NULL;
    if (status == HO_OK && !proc->cluster)
        status = ho_fail(err, HO_AWAY, "the broker did not tell its cluster id");
    return status == HO_OK ? open_group(proc, err) : status;
}

enum ho_status ho_open_for_verify(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = open_ground(proc, check_counts, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_committed", "verify", &proc->restorer, err);
    if (status == HO_OK)
        status = open_group_handle(proc, err);
    return status == HO_OK ? ho_open_redis(proc, proc->common.redis_wait_ms, err) : status;
}
