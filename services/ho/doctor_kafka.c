/* The part of ho doctor that asks the brokers: who answers, with which settings, and what the topics look like. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>

#include "ho.h"
#include "kafka/kafka.h"

#define ASK_MS 5000
#define RETENTION_MIN 525600 /* a year: a daemon that stood still for less finds its offsets */
#define MESSAGE_BYTES_MIN 4000000

static const struct {
    const char *name;
    int64_t least;
    const char *else_what;
} wanted[] = {
    {"offsets.retention.minutes", RETENTION_MIN,
     "a daemon that stands still longer loses its place, and refuses to start, since it would tell everything twice"},
    {"message.max.bytes", MESSAGE_BYTES_MIN, "a large message is refused for ever, and its daemon stands still"},
};

static void check_value(struct ho_diagnosis *diagnosis, int broker, const char *name, const char *value)
{
    char what[64], cause[400], attempt[300];
    int64_t number = 0;
    for (size_t i = 0; i < HO_LENGTH(wanted); i++) {
        if (strcmp(wanted[i].name, name) != 0 || (ho_slice_to_int64(ho_slice_of(value), &number) && number >= wanted[i].least))
            continue;
        snprintf(what, sizeof what, "kafka, broker %d", broker);
        snprintf(cause, sizeof cause, "%s is %s, not %lld or more: %s", name, value, (long long)wanted[i].least,
                 wanted[i].else_what);
        snprintf(attempt, sizeof attempt, "%s=%lld in the broker's server.properties, then restart the brokers one after the other",
                 name, (long long)wanted[i].least);
        ho_found(diagnosis, what, cause, attempt);
    }
}

static void read_settings(struct ho_diagnosis *diagnosis, int broker, rd_kafka_event_t *event)
{
    size_t rows = 0, count = 0;
    const rd_kafka_DescribeConfigs_result_t *result = event ? rd_kafka_event_DescribeConfigs_result(event) : NULL;
    const rd_kafka_ConfigResource_t **found = result ? rd_kafka_DescribeConfigs_result_resources(result, &rows) : NULL;
    char what[64];
    if (rows == 1 && !rd_kafka_ConfigResource_error(found[0])) {
        const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(found[0], &count);
        for (size_t i = 0; i < count; i++)
            if (rd_kafka_ConfigEntry_value(entries[i]))
                check_value(diagnosis, broker, rd_kafka_ConfigEntry_name(entries[i]), rd_kafka_ConfigEntry_value(entries[i]));
        return;
    }
    snprintf(what, sizeof what, "kafka, broker %d", broker);
    ho_noted(diagnosis, what, "its settings cannot be read, so offsets.retention.minutes is not known",
             "grant DescribeConfigs on the cluster to who runs ho");
}

static void check_settings(struct ho_diagnosis *diagnosis, rd_kafka_t *kafka, int broker)
{
    char id[16], text[256];
    snprintf(id, sizeof id, "%d", broker);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, id);
    rd_kafka_AdminOptions_set_request_timeout(options, ASK_MS, text, sizeof text);
    rd_kafka_DescribeConfigs(kafka, &resource, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ASK_MS + 1000);
    read_settings(diagnosis, broker, event);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
}

static void check_replicas(struct ho_diagnosis *diagnosis, const rd_kafka_metadata_topic_t *topic)
{
    int headless = 0, thin = 0;
    char cause[300];
    for (int i = 0; i < topic->partition_cnt; i++) {
        headless += topic->partitions[i].leader < 0;
        thin += topic->partitions[i].isr_cnt < topic->partitions[i].replica_cnt;
    }
    if (!headless && !thin)
        return;
    snprintf(cause, sizeof cause, "%d of %d partitions have no leader, %d lack a replica in sync: a broker is down or behind",
             headless, topic->partition_cnt, thin);
    ho_found(diagnosis, topic->topic, cause, "start the brokers that are down; they catch up by themselves");
}

/* Offsets count transaction markers too, so a number would be wrong: there are some, or none. */
static void check_dead_letters(struct ho_diagnosis *diagnosis, rd_kafka_t *kafka, const rd_kafka_metadata_topic_t *topic)
{
    int64_t begin = 0, end = 0;
    char attempt[800];
    for (int p = 0; p < topic->partition_cnt; p++) {
        if (rd_kafka_query_watermark_offsets(kafka, topic->topic, p, &begin, &end, ASK_MS) || begin >= end)
            continue;
        snprintf(attempt, sizeof attempt, "ho tail %s --from-start --until-end --stack %s; the headers say where and why",
                 topic->topic, diagnosis->stack->dir);
        ho_noted(diagnosis, topic->topic, "records that could not be understood were set aside", attempt);
        return;
    }
}

static void check_topic(struct ho_diagnosis *diagnosis, rd_kafka_t *kafka, const struct ho_topic *row)
{
    char name[HO_KAFKA_NAME_SIZE], attempt[500];
    struct ho_error err = {HO_OK, ""};
    const struct rd_kafka_metadata *meta = NULL;
    int32_t count = 0;
    ho_kafka_name(name, diagnosis->stack->ns, row->name);
    snprintf(attempt, sizeof attempt, "ho topics create --stack %s --partitions N, N as the other member topics have",
             diagnosis->stack->dir);
    if (ho_kafka_partition_count(kafka, name, &count, &err) != HO_OK) {
        ho_found(diagnosis, name, err.text, attempt);
        return;
    }
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, name, NULL);
    if (rd_kafka_metadata(kafka, 0, topic, &meta, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        check_replicas(diagnosis, &meta->topics[0]);
        if (strncmp(row->name, "dlq.", 4) == 0)
            check_dead_letters(diagnosis, kafka, &meta->topics[0]);
        rd_kafka_metadata_destroy(meta);
    }
    rd_kafka_topic_destroy(topic);
}

static int brokers_named(const char *bootstrap)
{
    int count = 1;
    for (; *bootstrap; bootstrap++)
        count += *bootstrap == ',';
    return count;
}

void ho_doctor_kafka(struct ho_diagnosis *diagnosis)
{
    const struct ho_stack *stack = diagnosis->stack;
    const struct rd_kafka_metadata *meta = NULL;
    char cause[300], attempt[800];
    rd_kafka_t *kafka = ho_open_producer(stack);
    rd_kafka_resp_err_t rc = rd_kafka_metadata(kafka, 0, NULL, &meta, ASK_MS);
    int answering = rc ? 0 : meta->broker_cnt;
    snprintf(attempt, sizeof attempt, "deploy/stack up --dir %s; else read %s/log/kafka-*.log", stack->dir, stack->dir);
    if (rc)
        snprintf(cause, sizeof cause, "no broker answers on %s: %s", stack->kafka, rd_kafka_err2str(rc));
    else
        snprintf(cause, sizeof cause, "%d of %d brokers are up", answering, brokers_named(stack->kafka));
    diagnosis->kafka_away = rc != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (answering < brokers_named(stack->kafka))
        ho_found(diagnosis, "kafka", cause, attempt);
    for (int i = 0; i < answering; i++)
        check_settings(diagnosis, kafka, meta->brokers[i].id);
    for (size_t i = 0; answering && i < ho_topics_count; i++)
        check_topic(diagnosis, kafka, &ho_topics[i]);
    if (meta)
        rd_kafka_metadata_destroy(meta);
    rd_kafka_destroy(kafka);
}
