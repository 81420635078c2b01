/* Topics of the catalogue, made once; and the topic `schemas`, by which readers know every writer and every count. */
#include "kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>

#include "records.h"

#define CREATE_TIMEOUT_MS 30000
#define PUBLISH_TRIES 10

static void set_topic_config(rd_kafka_NewTopic_t *topic, const char *key, const char *value)
{
    HO_ASSERT(rd_kafka_NewTopic_set_config(topic, key, value) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

static rd_kafka_NewTopic_t *describe(const char *ns, const struct ho_topic *row, int partitions, bool keep_all)
{
    char name[HO_KAFKA_NAME_SIZE], retention[32], text[256];
    ho_kafka_name(name, ns, row->name);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, -1, text, sizeof text);
    HO_ASSERT(topic);
    snprintf(retention, sizeof retention, "%lld", keep_all ? -1LL : (long long)row->retention_ms);
    set_topic_config(topic, "cleanup.policy", row->compact ? "compact" : "delete");
    if (row->compact) {
        set_topic_config(topic, "min.cleanable.dirty.ratio", "0.2");
        set_topic_config(topic, "segment.ms", "3600000");
    } else {
        set_topic_config(topic, "retention.ms", retention);
    }
    set_topic_config(topic, "max.message.bytes", "4000000");
    set_topic_config(topic, "message.timestamp.before.max.ms", "9223372036854775807");
    set_topic_config(topic, "message.timestamp.after.max.ms", "9223372036854775807");
    return topic;
}

/* Waits for the admin event; "exists already" is success, and counts what is new. */
static enum ho_status read_results(rd_kafka_queue_t *queue, int *ret_created, struct ho_error *err)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CREATE_TIMEOUT_MS + 5000);
    if (!event)
        return ho_fail(err, HO_AWAY, "kafka did not answer the creation of topics in %d s", CREATE_TIMEOUT_MS / 1000);
    enum ho_status status = HO_OK;
    if (rd_kafka_event_error(event))
        status = ho_fail(err, HO_AWAY, "creating topics: %s", rd_kafka_event_error_string(event));
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
    size_t count = 0;
    const rd_kafka_topic_result_t **rows = result ? rd_kafka_CreateTopics_result_topics(result, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t rc = rd_kafka_topic_result_error(rows[i]);
        if (!rc && ret_created)
            (*ret_created)++;
        else if (rc && rc != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            status = ho_fail(err, HO_FAILED, "topic %s: %s", rd_kafka_topic_result_name(rows[i]),
                             rd_kafka_topic_result_error_string(rows[i]));
    }
    rd_kafka_event_destroy(event);
    return status;
}

/* Creation answers before every broker knows the topic, so absence is asked again for a while. */
static enum ho_status check_count(rd_kafka_t *kafka, const char *ns, const struct ho_topic *row, int expected,
                                  struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    int32_t count = 0;
    enum ho_status status = HO_NOT_FOUND;
    ho_kafka_name(name, ns, row->name);
    for (int tries = 0; tries < 50 && status == HO_NOT_FOUND; tries++) {
        status = ho_kafka_partition_count(kafka, name, &count, err);
        if (status == HO_NOT_FOUND)
            rd_kafka_poll(kafka, 100);
    }
    if (status == HO_OK && count != expected)
        return ho_fail(err, HO_INVALID,
                       "topic %s has %d partitions, not %d: a new count is a new namespace and a replay", name, count,
                       expected);
    return status;
}

static enum ho_status publish(rd_kafka_t *kafka, const char *topic, const char *key, const char *value,
                              int *failures, struct ho_error *err)
{
    rd_kafka_resp_err_t rc = rd_kafka_producev(
        kafka, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE((void *)(uintptr_t)value, strlen(value)),
        RD_KAFKA_V_OPAQUE(failures), RD_KAFKA_V_END);
    return rc ? ho_fail(err, HO_FAILED, "writing %s: %s", topic, rd_kafka_err2str(rc)) : HO_OK;
}

static enum ho_status publish_once(rd_kafka_t *kafka, const char *ns, int member_partitions, int *failures,
                                   struct ho_error *err)
{
    char topic[HO_KAFKA_NAME_SIZE], key[HO_KAFKA_NAME_SIZE], value[64];
    enum ho_status status = HO_OK;
    ho_kafka_name(topic, ns, "schemas");
    for (size_t i = 0; i < ho_records_count && status == HO_OK; i++) {
        snprintf(key, sizeof key, "%016llx", (unsigned long long)ho_avro_fingerprint(ho_records[i]));
        status = publish(kafka, topic, key, ho_avro_json(ho_records[i]), failures, err);
    }
    for (size_t i = 0; i < ho_topics_count && status == HO_OK; i++) {
        int count = ho_topics[i].partitions ? ho_topics[i].partitions : member_partitions;
        snprintf(key, sizeof key, "topic:%s", ho_topics[i].name);
        snprintf(value, sizeof value, "{\"partitions\":%d}", count);
        status = publish(kafka, topic, key, value, failures, err);
    }
    if (status == HO_OK && rd_kafka_flush(kafka, CREATE_TIMEOUT_MS))
        status = ho_fail(err, HO_AWAY, "kafka did not take the records of %s in %d s", topic, CREATE_TIMEOUT_MS / 1000);
    return status;
}

/* A topic made just now may still be unknown to the client's or the broker's metadata, and its first records then fail.
 * The topic is compacted and the records are the same each time, so all are written again until none fails. */
static enum ho_status publish_schemas(rd_kafka_t *kafka, const char *ns, int member_partitions, struct ho_error *err)
{
    static int failures; /* outlives a flush that ends early */
    for (int tries = 0; tries < PUBLISH_TRIES; tries++) {
        failures = 0;
        enum ho_status status = publish_once(kafka, ns, member_partitions, &failures, err);
        if (status != HO_OK || failures == 0)
            return status;
        rd_kafka_poll(kafka, 200);
    }
    return ho_fail(err, HO_AWAY, "%d records of %s.schemas were not written, %d times over", failures, ns,
                   PUBLISH_TRIES);
}

enum ho_status ho_kafka_create_topics(rd_kafka_t *kafka, const char *ns, int member_partitions, bool keep_all,
                                      int *ret_created, struct ho_error *err)
{
    rd_kafka_NewTopic_t *topics[64];
    HO_ASSERT(ho_topics_count <= HO_LENGTH(topics));
    for (size_t i = 0; i < ho_topics_count; i++)
        topics[i] = describe(ns, &ho_topics[i], ho_topics[i].partitions ? ho_topics[i].partitions : member_partitions,
                             keep_all);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    char text[256];
    rd_kafka_AdminOptions_set_operation_timeout(options, CREATE_TIMEOUT_MS, text, sizeof text);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    if (ret_created)
        *ret_created = 0;
    rd_kafka_CreateTopics(kafka, topics, ho_topics_count, options, queue);
    enum ho_status status = read_results(queue, ret_created, err);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy_array(topics, ho_topics_count);
    for (size_t i = 0; i < ho_topics_count && status == HO_OK; i++)
        status = check_count(kafka, ns, &ho_topics[i],
                             ho_topics[i].partitions ? ho_topics[i].partitions : member_partitions, err);
    return status == HO_OK ? publish_schemas(kafka, ns, member_partitions, err) : status;
}
