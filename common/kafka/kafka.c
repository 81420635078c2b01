/*
 * Handles, settings and small helpers over librdkafka 2.0.2. The traps that these settings avoid:
 *  - Nagle is on by default and can cost a delayed ACK of 40 ms.
 *  - Without a delivery callback nothing wakes the flush inside commit_transaction: it sleeps in steps of 10 ms.
 *  - CONCURRENT_TRANSACTIONS is retried after retry.backoff.ms, 100 ms by default.
 *  - With several requests in flight an idempotent producer can lose the first batch of a partition and report it as
 *    persisted, without an offset: the batch is refused (a topic made just now has no leader yet), the one behind it is
 *    accepted, since the broker has no state of that producer, and the first one's retry is then called a duplicate.
 *    One request in flight at a time leaves no second one to be accepted.
 *  - An input consumer must be read_committed, or committed offsets of a transaction still open are not waited for.
 */
#include "kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/log.h"

struct pair {
    const char *key, *value;
};

static const struct pair common_pairs[] = {{"socket.nagle.disable", "true"},
                                           {"socket.connection.setup.timeout.ms", "5000"},
                                           {"reconnect.backoff.max.ms", "1000"},
                                           {"log_level", "5"}};
static const struct pair consumer_pairs[] = {{"enable.auto.commit", "false"},
                                             {"enable.auto.offset.store", "false"},
                                             {"isolation.level", "read_committed"},
                                             {"auto.offset.reset", "error"},
                                             {"partition.assignment.strategy", "range"},
                                             {"enable.partition.eof", "true"},
                                             {"fetch.wait.max.ms", "100"},
                                             {"fetch.error.backoff.ms", "20"},
                                             {"allow.auto.create.topics", "false"}};
static const struct pair producer_pairs[] = {{"enable.idempotence", "true"},
                                             {"max.in.flight.requests.per.connection", "1"},
                                             {"linger.ms", "0"},
                                             {"retry.backoff.ms", "5"},
                                             {"message.max.bytes", "4000000"},
                                             {"queue.buffering.max.messages", "1000000"},
                                             {"partitioner", "murmur2_random"}};

enum ho_status ho_kafka_set(rd_kafka_conf_t *conf, const char *key, const char *value, struct ho_error *err)
{
    char text[256];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK)
        return ho_fail(err, HO_INVALID, "kafka setting %s: %s", key, text);
    return HO_OK;
}

static enum ho_status set_all(rd_kafka_conf_t *conf, const struct pair *pairs, size_t count, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < count && status == HO_OK; i++)
        status = ho_kafka_set(conf, pairs[i].key, pairs[i].value, err);
    return status;
}

struct passthrough {
    rd_kafka_conf_t *conf;
    struct ho_error *err;
    enum ho_status status;
};

/* What exactly-once, the order of a key or a partition's owner rests on is not for a configuration file to change. */
static const char *const fixed_keys[] = {"enable.auto.commit", "enable.auto.offset.store", "isolation.level", "auto.offset.reset",
                                         "partition.assignment.strategy", "enable.partition.eof", "group.id",
                                         "group.instance.id", "enable.idempotence", "transactional.id", "acks",
                                         "request.required.acks", "partitioner", "allow.auto.create.topics"};

static void set_passthrough(void *arg, const char *key, const char *value)
{
    struct passthrough *pass = arg;
    for (size_t i = 0; i < HO_LENGTH(fixed_keys) && pass->status == HO_OK; i++)
        if (strcmp(key, fixed_keys[i]) == 0)
            pass->status = ho_fail(pass->err, HO_INVALID, "kafka setting %s is ours: nothing may be lost or told twice by it", key);
    if (pass->status == HO_OK)
        pass->status = ho_kafka_set(pass->conf, key, value, pass->err);
}

static void on_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    enum ho_log_level ours = level <= 3 ? HO_LOG_WARN : level <= 5 ? HO_LOG_INFO : HO_LOG_DEBUG;
    ho_log(ours, "kafka client", "facility=%s text=\"%s\"", facility, text);
}

bool ho_kafka_stored(const rd_kafka_message_t *report)
{
    return !report->err && report->offset >= 0;
}

/* Its presence alone wakes the flush inside a commit; a failed delivery makes a transaction abortable by itself. Outside
 * of one the writer gives an int as the record's opaque, and finds the failures counted there. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    int *failures = message->_private;
    (void)kafka;
    (void)opaque;
    if (ho_kafka_stored(message))
        return;
    ho_log(HO_LOG_WARN, "not written", "topic=%s error=\"%s\"", rd_kafka_topic_name(message->rkt),
           message->err ? rd_kafka_err2str(message->err) : "no offset was told");
    if (failures)
        (*failures)++;
}

enum ho_status ho_kafka_conf(enum ho_kafka_role role, const char *bootstrap, const struct ho_config *config,
                             rd_kafka_conf_t **ret_conf, struct ho_error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool consumer = role == HO_KAFKA_CONSUMER;
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (!consumer)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    enum ho_status status = ho_kafka_set(conf, "bootstrap.servers", bootstrap, err);
    if (status == HO_OK)
        status = set_all(conf, common_pairs, HO_LENGTH(common_pairs), err);
    if (status == HO_OK)
        status = consumer ? set_all(conf, consumer_pairs, HO_LENGTH(consumer_pairs), err)
                          : set_all(conf, producer_pairs, HO_LENGTH(producer_pairs), err);
    if (status == HO_OK && config) {
        struct passthrough pass = {conf, err, HO_OK};
        ho_config_each_passthrough(config, "common", set_passthrough, &pass);
        ho_config_each_passthrough(config, consumer ? "consumer" : "producer", set_passthrough, &pass);
        status = pass.status;
    }
    if (status != HO_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    *ret_conf = conf;
    return HO_OK;
}

enum ho_status ho_kafka_open(enum ho_kafka_role role, rd_kafka_conf_t *conf, rd_kafka_t **ret_kafka,
                             struct ho_error *err)
{
    char text[256];
    rd_kafka_type_t type = role == HO_KAFKA_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *kafka = rd_kafka_new(type, conf, text, sizeof text);
    if (!kafka) {
        rd_kafka_conf_destroy(conf);
        return ho_fail(err, HO_FAILED, "kafka client: %s", text);
    }
    if (role == HO_KAFKA_CONSUMER)
        rd_kafka_poll_set_consumer(kafka);
    *ret_kafka = kafka;
    return HO_OK;
}

/* murmur2 as org.apache.kafka.common.utils.Utils computes it (seed 0x9747b28c). */
static uint32_t murmur2(const unsigned char *data, size_t len)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28cU ^ (uint32_t)len;
    for (; len >= 4; data += 4, len -= 4) {
        uint32_t k = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
        k *= m;
        k ^= k >> 24;
        h = (h * m) ^ (k * m);
    }
    if (len >= 3)
        h ^= (uint32_t)data[2] << 16;
    if (len >= 2)
        h ^= (uint32_t)data[1] << 8;
    if (len >= 1)
        h = (h ^ data[0]) * m;
    h ^= h >> 13;
    h *= m;
    return h ^ h >> 15;
}

int32_t ho_kafka_partition(struct ho_slice key, int32_t partitions)
{
    HO_ASSERT(partitions > 0);
    return (int32_t)((murmur2((const unsigned char *)key.ptr, key.len) & 0x7fffffffU) % (uint32_t)partitions);
}

char *ho_kafka_name(char out[HO_KAFKA_NAME_SIZE], const char *ns, const char *topic)
{
    int len = snprintf(out, HO_KAFKA_NAME_SIZE, "%s.%s", ns, topic);
    HO_ASSERT(len > 0 && len < HO_KAFKA_NAME_SIZE);
    return out;
}

const struct ho_topic *ho_kafka_topic(struct ho_slice topic)
{
    for (size_t i = 0; i < ho_topics_count; i++)
        if (ho_slice_is(topic, ho_topics[i].name))
            return &ho_topics[i];
    return NULL;
}

enum ho_status ho_kafka_partition_count(rd_kafka_t *kafka, const char *full_name, int32_t *ret_count,
                                        struct ho_error *err)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, full_name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t rc = rd_kafka_metadata(kafka, 0, topic, &metadata, 5000);
    rd_kafka_topic_destroy(topic);
    if (rc)
        return ho_fail(err, HO_AWAY, "kafka does not answer: %s; is the broker up and the address right?",
                       rd_kafka_err2str(rc));
    enum ho_status status = HO_OK;
    const struct rd_kafka_metadata_topic *row = &metadata->topics[0];
    if (row->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        status = ho_fail(err, HO_NOT_FOUND, "there is no topic %s; `ho topics create` makes it", full_name);
    else if (row->err)
        status = ho_fail(err, HO_AWAY, "topic %s: %s", full_name, rd_kafka_err2str(row->err));
    else
        *ret_count = row->partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return status;
}

struct ho_slice ho_kafka_header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(message, &headers) || rd_kafka_header_get_last(headers, name, &value, &size))
        return (struct ho_slice){NULL, 0};
    return (struct ho_slice){value, size};
}
