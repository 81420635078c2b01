/* ho topics create | list */
#include <librdkafka/rdkafka.h>
#include <stdio.h>

#include "ho.h"
#include "kafka/kafka.h"

static int create(struct ho_stack *stack, int argc, char **argv)
{
    struct ho_error err = {HO_OK, ""};
    int64_t partitions = ho_take_number(&argc, argv, "--partitions", 12);
    bool keep_all = ho_take_flag(&argc, argv, "--keep-all");
    int created = 0;
    ho_check_words("topics", argc, argv, 0, 0);
    if (partitions < 1 || partitions > 1000)
        return ho_complain(HO_EXIT_USAGE, "--partitions must be 1 to 1000");
    rd_kafka_t *kafka = ho_open_producer(stack);
    enum ho_status status = ho_kafka_create_topics(kafka, stack->ns, (int)partitions, keep_all, &created, &err);
    rd_kafka_destroy(kafka);
    if (status != HO_OK)
        return ho_complain(HO_EXIT_FAILED, "%s", err.text);
    printf(stack->as_json ? "{\"created\":%d,\"topics\":%zu}\n" : "created %d of %zu topics\n", created, ho_topics_count);
    return 0;
}

static int list(const struct ho_stack *stack, int argc, char **argv)
{
    ho_check_words("topics", argc, argv, 0, 0);
    for (size_t i = 0; i < ho_topics_count; i++) {
        const struct ho_topic *row = &ho_topics[i];
        printf(stack->as_json ? "{\"topic\":\"%s.%s\",\"key\":\"%s\",\"partitions\":%d,\"compact\":%s}\n"
                              : "%s.%-22s key %-30s partitions %-3d compact %s\n",
               stack->ns, row->name, row->key, row->partitions, row->compact ? "true" : "false");
    }
    return 0;
}

int ho_cmd_topics(struct ho_stack *stack, int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "create") == 0)
        return create(stack, argc - 1, argv + 1);
    if (argc > 0 && strcmp(argv[0], "list") == 0)
        return list(stack, argc - 1, argv + 1);
    return ho_complain(HO_EXIT_USAGE, "wanted: ho topics create, or ho topics list");
}
