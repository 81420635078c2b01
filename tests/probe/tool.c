#include "tool.h"

#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/log.h"

int tool_failures;

void tool_die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");
    exit(1);
}

const char *tool_text(const struct tool *tool, const char *name, const char *fallback)
{
    for (int i = 1; i + 1 < tool->argc; i++)
        if (strcmp(tool->argv[i], name) == 0)
            return tool->argv[i + 1];
    if (!fallback)
        tool_die("%s: %s is wanted", tool->argv[0], name);
    return fallback;
}

int64_t tool_number(const struct tool *tool, const char *name, int64_t fallback)
{
    const char *text = tool_text(tool, name, "");
    int64_t value = fallback;
    if (*text && !ho_slice_to_int64(ho_slice_of(text), &value))
        tool_die("%s is no number: %s", name, text);
    return value;
}

bool tool_flag(const struct tool *tool, const char *name)
{
    for (int i = 1; i < tool->argc; i++)
        if (strcmp(tool->argv[i], name) == 0)
            return true;
    return false;
}

void tool_init(struct tool *tool, int argc, char **argv)
{
    *tool = (struct tool){.argc = argc, .argv = argv};
    ho_log_open("probe", HO_LOG_WARN);
    tool->kafka = tool_text(tool, "--kafka", NULL);
    tool->ns = tool_text(tool, "--ns", "ho");
}

rd_kafka_t *tool_open(const struct tool *tool, enum ho_kafka_role role, const char *id)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *kafka = NULL;
    struct ho_error err;
    enum ho_status status = ho_kafka_conf(role, tool->kafka, NULL, &conf, &err);
    if (status == HO_OK && role == HO_KAFKA_CONSUMER)
        status = ho_kafka_set(conf, "group.id", id ? id : "probe-reader", &err);
    else if (status == HO_OK && id)
        status = ho_kafka_set(conf, "transactional.id", id, &err);
    if (status == HO_OK && role == HO_KAFKA_TRANSACTIONAL)
        status = ho_kafka_set(conf, "transaction.timeout.ms", "4000", &err); /* what is left open is soon ended */
    if (status == HO_OK)
        status = ho_kafka_open(role, conf, &kafka, &err);
    if (status != HO_OK)
        tool_die("%s", err.text);
    return kafka;
}

int32_t tool_partitions(const struct tool *tool, rd_kafka_t *kafka, const char *topic)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err;
    int32_t count = 0;
    enum ho_status status = HO_AWAY;
    for (int tries = 0; tries < 12 && status == HO_AWAY; tries++) /* of up to 5 s: the broker may be on its way up */
        status = ho_kafka_partition_count(kafka, ho_kafka_name(name, tool->ns, topic), &count, &err);
    if (status != HO_OK)
        tool_die("%s", err.text);
    return count;
}

int32_t tool_assign(const struct tool *tool, rd_kafka_t *consumer, const char *topic, bool from_end)
{
    char name[HO_KAFKA_NAME_SIZE];
    int32_t count = tool_partitions(tool, consumer, topic);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    ho_kafka_name(name, tool->ns, topic);
    for (int32_t p = 0; p < count; p++)
        rd_kafka_topic_partition_list_add(list, name, p)->offset =
            from_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t rc = rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (rc)
        tool_die("assign %s: %s", name, rd_kafka_err2str(rc));
    return count;
}

void tool_flush(rd_kafka_t *producer)
{
    rd_kafka_resp_err_t rc = rd_kafka_flush(producer, 120000);
    if (rc || tool_failures)
        tool_die("%d records were not written, %s", tool_failures, rd_kafka_err2str(rc));
}
