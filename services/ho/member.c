/* ho member: what the views hold of one member. Names and birth date are shown with --phi alone. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>

#include "avro/avro.h"
#include "base/calendar.h"
#include "encounters_state.h"
#include "ho.h"
#include "kafka/kafka.h"
#include "notify_state.h"
#include "processor/decide.h"
#include "redis/redis.h"

struct view {
    struct ho_stack *stack;
    struct ho_redis *redis;
    struct ho_arena arena;
    int32_t partitions;
    struct ho_slice id;
};

/* The member's state of a processor into *ret_state; false when there is none. */
static bool read_state(struct view *view, const char *processor, const struct ho_avro_record *record, void *ret_state)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_redis_part part;
    struct ho_slice value = {NULL, 0};
    struct ho_avro_reader *reader = ho_avro_reader_new(record);
    ho_redis_part_init(&part, view->stack->ns, processor, ho_kafka_partition(view->id, view->partitions));
    enum ho_status status = ho_redis_peek(view->redis, &part, view->id, &view->arena, &value, &err);
    if (status == HO_OK && value.len)
        status = ho_avro_decode(reader, value, &view->arena, ret_state, &err);
    ho_avro_reader_free(reader);
    if (status != HO_OK)
        ho_complain(1, "%s: %s", processor, err.text);
    return status == HO_OK && value.len;
}

static void print_stays(const struct encounters_state *state)
{
    char when[HO_UTC_SIZE];
    for (size_t i = 0; i < state->stays.count; i++) {
        const struct encounters_state_stay *stay = &state->stays.items[i];
        printf("stay  %.*s  feed %.*s  facility %.*s  visit %.*s\n", HO_SLICE_ARG(stay->encounter_id),
               HO_SLICE_ARG(stay->feed), HO_SLICE_ARG(stay->facility), HO_SLICE_ARG(stay->visit));
        for (size_t k = 0; k < stay->facts.count; k++) {
            const struct encounters_state_fact *fact = &stay->facts.items[k];
            printf("  %-20s %s  revision %d%s\n", encounters_state_care_event_kind_names[fact->kind],
                   fact->has_occurred ? ho_utc_format(fact->occurred.utc_ms, when) : "time not sent", fact->revision,
                   fact->voided ? "  withdrawn" : "");
        }
    }
}

static void print_alerts(const struct notify_state *state)
{
    char when[HO_UTC_SIZE];
    size_t waiting = 0;
    for (size_t i = 0; i < state->facts.count; i++) {
        const struct notify_state_fact *told = &state->facts.items[i];
        waiting += told->revision == 0 && told->queue_due_ms != HO_NEVER;
        if (told->revision)
            printf("alert %.*s.%d  %-12s to pcp %.*s  decided %s%s\n", HO_SLICE_ARG(told->alert_id), told->revision,
                   notify_state_alert_event_kind_names[told->kind], HO_SLICE_ARG(told->provider_id),
                   ho_utc_format(told->decided_ms, when), told->retracted ? "  withdrawn" : "");
        else if (told->queue_revision)
            printf("care team was told of %s, since no PCP could be%s\n", notify_state_alert_event_kind_names[told->kind],
                   told->queue_closed ? "  withdrawn" : "");
    }
    if (waiting)
        printf("waiting for a PCP: %zu events\n", waiting);
}

static void print_json(const struct encounters_state *stays, const struct notify_state *told)
{
    size_t alerts = 0, waiting = 0;
    printf("{\"stays\":%zu,\"alerts\":[", stays->stays.count);
    for (size_t i = 0; i < told->facts.count; i++) {
        const struct notify_state_fact *fact = &told->facts.items[i];
        waiting += fact->revision == 0 && fact->queue_due_ms != HO_NEVER;
        if (fact->revision)
            printf("%s{\"alert_id\":\"%.*s\",\"revision\":%d,\"kind\":\"%s\"}", alerts++ ? "," : "",
                   HO_SLICE_ARG(fact->alert_id), fact->revision, notify_state_alert_event_kind_names[fact->kind]);
    }
    printf("],\"pending\":%zu}\n", waiting);
}

int ho_cmd_member(struct ho_stack *stack, int argc, char **argv)
{
    bool phi = ho_take_flag(&argc, argv, "--phi");
    struct ho_error err = {HO_OK, ""};
    struct view view = {.stack = stack};
    struct encounters_state stays = {.folded = 0};
    struct notify_state told = {.dropped = 0};
    char name[HO_KAFKA_NAME_SIZE];
    ho_check_words("member", argc, argv, 1, 1);
    view.id = ho_slice_of(argv[0]);
    rd_kafka_t *kafka = ho_open_producer(stack);
    enum ho_status status =
        ho_kafka_partition_count(kafka, ho_kafka_name(name, stack->ns, "members"), &view.partitions, &err);
    rd_kafka_destroy(kafka);
    if (status == HO_OK)
        status = ho_redis_open(stack->redis, 5000, &view.redis, &err);
    if (status != HO_OK)
        return ho_complain(HO_EXIT_FAILED, "%s", err.text);
    bool has_stays = read_state(&view, "encounters", &encounters_state_record, &stays);
    bool has_told = read_state(&view, "notify", &notify_state_record, &told);
    ho_redis_close(view.redis);
    if (!has_stays && !has_told)
        return ho_complain(HO_EXIT_NOT_FOUND, "no daemon knows member %s", argv[0]);
    if (stack->as_json) {
        print_json(&stays, &told);
        return 0;
    }
    printf("member %s", argv[0]);
    if (phi)
        printf("  %.*s, %.*s  born %d", HO_SLICE_ARG(told.family), HO_SLICE_ARG(told.given), told.birth_date);
    else
        printf("  (name and birth date are hidden; --phi shows them)");
    printf("\n");
    print_stays(&stays);
    print_alerts(&told);
    return 0;
}
