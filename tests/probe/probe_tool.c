/*
 * NAME      probe-tool - puts records into the probe's topics and reads them back
 * SYNOPSIS  probe-tool VERB --kafka HOST:PORT --ns NS ...
 *           create [--partitions N]     the topics of the probe's catalogue, and its schemas
 *           produce [--rate N]          records as lines of standard input, at full speed or N a second; see produce.c
 *           read --topic T [--hex]      committed records, a JSON object each
 *           hang --topic T --key K      begins a transaction, writes one record, says "open", and stays
 *           members --group G           the state of a group and its members' ids, a JSON object
 *           offsets --group G --topics T,T   what a group has committed, and the ends, a JSON object each partition
 */
#include "probe_tool.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int create(struct tool *tool)
{
    struct ho_error err;
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_PRODUCER, NULL);
    int created = 0;
    if (ho_kafka_create_topics(kafka, tool->ns, (int)tool_number(tool, "--partitions", 4), true, &created, &err) != HO_OK)
        tool_die("%s", err.text);
    printf("%d\n", created);
    return 0;
}

static void check(rd_kafka_error_t *error)
{
    if (error)
        tool_die("%s", rd_kafka_error_string(error));
}

static int hang(struct tool *tool)
{
    char topic[HO_KAFKA_NAME_SIZE], value[] = "open";
    const char *key = tool_text(tool, "--key", NULL), *name = tool_text(tool, "--topic", NULL);
    char id[128];
    snprintf(id, sizeof id, "%s.probe-hang", tool->ns);
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_TRANSACTIONAL, id);
    int32_t partition = ho_kafka_partition(ho_slice_of(key), tool_partitions(tool, kafka, name));
    check(rd_kafka_init_transactions(kafka, -1));
    check(rd_kafka_begin_transaction(kafka));
    rd_kafka_resp_err_t rc = rd_kafka_producev(
        kafka, RD_KAFKA_V_TOPIC(ho_kafka_name(topic, tool->ns, name)), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE(value, strlen(value)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_OPAQUE(&tool_failures), RD_KAFKA_V_END);
    if (rc)
        tool_die("%s", rd_kafka_err2str(rc));
    tool_flush(kafka);
    printf("open\n");
    fflush(stdout);
    for (;;)
        pause();
}

/* Committed offsets of a group beside the ends, one line a partition. */
static int offsets(struct tool *tool)
{
    char topics[512], name[HO_KAFKA_NAME_SIZE], *save = NULL;
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_CONSUMER, tool_text(tool, "--group", NULL));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    snprintf(topics, sizeof topics, "%s", tool_text(tool, "--topics", NULL));
    for (char *topic = strtok_r(topics, ",", &save); topic; topic = strtok_r(NULL, ",", &save))
        for (int32_t p = tool_partitions(tool, kafka, topic) - 1; p >= 0; p--)
            rd_kafka_topic_partition_list_add(list, ho_kafka_name(name, tool->ns, topic), p);
    rd_kafka_resp_err_t rc = rd_kafka_committed(kafka, list, 30000);
    if (rc)
        tool_die("committed: %s", rd_kafka_err2str(rc));
    for (int i = 0; i < list->cnt; i++) {
        int64_t begin = 0, end = 0;
        rd_kafka_topic_partition_t *row = &list->elems[i];
        rc = rd_kafka_query_watermark_offsets(kafka, row->topic, row->partition, &begin, &end, 30000);
        if (rc)
            tool_die("ends: %s", rd_kafka_err2str(rc));
        printf("{\"topic\":\"%s\",\"partition\":%d,\"committed\":%lld,\"end\":%lld}\n",
               row->topic + strlen(tool->ns) + 1, row->partition, (long long)row->offset, (long long)end);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return 0;
}

static int members(struct tool *tool)
{
    const struct rd_kafka_group_list *groups = NULL;
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_PRODUCER, NULL);
    rd_kafka_resp_err_t rc = rd_kafka_list_groups(kafka, tool_text(tool, "--group", NULL), &groups, 30000);
    if (rc || groups->group_cnt != 1)
        tool_die("groups: %s, %d", rd_kafka_err2str(rc), groups ? groups->group_cnt : 0);
    const struct rd_kafka_group_info *group = &groups->groups[0];
    printf("{\"state\":\"%s\",\"members\":[", group->state);
    for (int i = 0; i < group->member_cnt; i++)
        printf("%s\"%s\"", i ? "," : "", group->members[i].member_id);
    printf("]}\n");
    rd_kafka_group_list_destroy(groups);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct tool *tool);
    } verbs[] = {{"create", create}, {"produce", probe_produce}, {"read", probe_read}, {"hang", hang},
                 {"offsets", offsets}, {"members", members}};
    struct tool tool;
    for (size_t i = 0; argc > 1 && i < HO_LENGTH(verbs); i++) {
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        tool_init(&tool, argc, argv);
        int code = verbs[i].run(&tool);
        fflush(stdout);
        _exit(code);
    }
    tool_die("verbs: create, produce, read, hang, offsets, members");
}
