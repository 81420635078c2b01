/* The topic `clock`, followed by a thread of its own: whoever stamps or waits reads the same care time. */
#include "kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "clock/clock.h"
#include "log/log.h"

#define END_WAIT_US 30000000

static void take(const rd_kafka_message_t *message)
{
    int64_t now_ms = 0;
    if (message->payload && ho_slice_to_int64((struct ho_slice){message->payload, message->len}, &now_ms))
        ho_clock_set(now_ms);
    else
        ho_log(HO_LOG_WARN, "clock record is not a number", "offset=%lld", (long long)message->offset);
}

/* One poll; true at the end of the topic. */
static bool step(rd_kafka_t *kafka, int timeout_ms)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, timeout_ms);
    if (!message)
        return false;
    bool end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (!message->err)
        take(message);
    rd_kafka_message_destroy(message);
    return end;
}

static void *follow(void *arg)
{
    for (;;)
        step(arg, 1000);
    return NULL;
}

enum ho_status ho_kafka_follow_clock(const char *bootstrap, const char *ns, const struct ho_config *config,
                                     struct ho_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *kafka = NULL;
    char topic[HO_KAFKA_NAME_SIZE];
    enum ho_status status = ho_kafka_conf(HO_KAFKA_CONSUMER, bootstrap, config, &conf, err);
    if (status == HO_OK) /* assign() needs a group's name; the group is never joined */
        status = ho_kafka_set(conf, "group.id", "handoff-clock-reader", err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_CONSUMER, conf, &kafka, err);
    if (status != HO_OK)
        return status;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, ho_kafka_name(topic, ns, "clock"), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    bool end = false;
    for (int64_t begin_us = ho_clock_monotonic_us(); !end && ho_clock_monotonic_us() - begin_us < END_WAIT_US;)
        end = step(kafka, 100);
    pthread_t thread;
    if (!end || pthread_create(&thread, NULL, follow, kafka))
        return ho_fail(err, HO_AWAY, "topic %s cannot be followed; is the broker up?", topic);
    pthread_detach(thread);
    return HO_OK;
}
