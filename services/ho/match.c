/*
 * ho match: what identity says of a message and why, by identity's own rules, the roster of the topic members and the
 * links of the stack's view. Nothing is written. Names and birth dates are shown with --phi alone.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "adt_matched.h"
#include "adt_unmatched.h"
#include "base/buf.h"
#include "clock/clock.h"
#include "ho.h"
#include "identity/identity_shell.h"
#include "identity_state.h"
#include "kafka/kafka.h"
#include "redis/redis.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)
#define TEXT_SIZE 512

struct matching {
    struct ho_stack *stack;
    struct identity_env env;
    struct ho_redis *redis;
    struct ho_arena arena;
    struct ho_avro_reader *members, *states;
    int32_t partitions;
    const char *feed, *wanted; /* wanted: a message id */
    bool phi;
    size_t shown;
};

/* Reads a topic to its end; each row goes to take, which returns false to stop. */
static void read_topic(struct matching *m, const char *topic, bool (*take)(struct matching *, const rd_kafka_message_t *))
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    rd_kafka_t *consumer = ho_open_consumer(m->stack);
    if (ho_kafka_partition_count(consumer, ho_kafka_name(name, m->stack->ns, topic), &m->partitions, &err) != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    rd_kafka_topic_partition_list_t *open = rd_kafka_topic_partition_list_new(m->partitions);
    for (int32_t p = 0; p < m->partitions; p++)
        rd_kafka_topic_partition_list_add(open, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, open);
    for (bool more = true; open->cnt && more;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(open, name, message->partition);
        else if (!message->err)
            more = take(m, message);
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(open);
    rd_kafka_destroy(consumer);
}

static bool take_member(struct matching *m, const rd_kafka_message_t *message)
{
    struct ho_arena arena = {0};
    struct member row;
    struct ho_slice key = {message->key, message->key_len}, value = {message->payload, message->len};
    if (!value.ptr)
        identity_on_member(&m->env, key, NULL, NULL);
    else if (ho_avro_decode(m->members, value, &arena, &row, NULL) == HO_OK)
        identity_on_member(&m->env, key, &row, NULL);
    else
        ho_complain(1, "a row of members cannot be read: offset %lld", (long long)message->offset);
    ho_arena_release(&arena);
    return true;
}

/* The state as the view has it; a fresh one when there is none. */
static void *state_of(struct matching *m, struct ho_slice feed, struct ho_slice key)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_redis_part part;
    struct ho_slice value = {NULL, 0};
    struct identity_state *state = ho_arena_alloc(&m->arena, sizeof *state);
    ho_redis_part_init(&part, m->stack->ns, "identity", ho_kafka_partition(feed, m->partitions));
    enum ho_status status = ho_redis_peek(m->redis, &part, key, &m->arena, &value, &err);
    if (status == HO_OK && value.len)
        status = ho_avro_decode(m->states, value, &m->arena, state, &err);
    else if (status == HO_OK)
        status = ho_avro_from_json(&identity_state_record, HO_SLICE("{}"), &m->arena, state, &err);
    if (status != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "identity's view: %s", err.text));
    return state;
}

static const char *id_of(const struct roster_row *row)
{
    return row ? roster_text(row, ROSTER_ID) : "nobody";
}

static void print_steps(const struct matching *m, const struct identity_trace *trace, size_t at)
{
    const struct match *match = &trace->items[at].match;
    const struct identity_state_parked *claim = trace->items[at].claim;
    const struct identity_policy *policy = identity_policy_of(&m->env.policies, claim->date);
    if (m->phi)
        printf("  claim        %.*s, %.*s  born %d  sex %s  zip %.*s  number %.*s\n", HO_SLICE_ARG(claim->family),
               HO_SLICE_ARG(claim->given), claim->birth_date, member_sex_names[claim->sex], HO_SLICE_ARG(claim->zip),
               HO_SLICE_ARG(claim->local_id));
    printf("  identity.5   ids: %zu in the message, %zu in the roster, agrees: %s%s%s\n", claim->member_ids.count,
           match->ids_known, id_of(match->by_id), match->conflict ? "; two members agree" : "",
           match->circle ? "; a circle of replacements" : "");
    printf("  identity.%s  the feed's number: %s\n", trace->items[at].local.alias.len ? "18" : "11", id_of(match->by_local));
    printf("  identity.12  exact: %s%s; as good: %zu%s\n", id_of(match->exact), match->uncovered ? " covered that day" : "",
           match->rivals, match->full ? "; too many to read" : "");
    printf("  identity.13  score: best %d, next %d, of %d with a margin of %d (%s)\n", match->best_score, match->next_score,
           policy->threshold, policy->margin, policy->version);
}

static void print_verdict(const struct matching *m, const struct ho_effect *effect)
{
    const struct adt_matched *matched = effect->output == IDENTITY_MATCHED ? effect->record : NULL;
    const struct adt_unmatched *unmatched = effect->output == IDENTITY_UNMATCHED ? effect->record : NULL;
    if (m->stack->as_json && matched)
        printf("{\"message_id\":\"%.*s\",\"feed\":\"%.*s\",\"event\":\"%.*s\",\"member_id\":\"%.*s\",\"rule\":\"%.*s\",\"moves_from\":\"%.*s\"}\n",
               HO_SLICE_ARG(matched->message_id), HO_SLICE_ARG(matched->feed), HO_SLICE_ARG(matched->event),
               HO_SLICE_ARG(matched->has_move ? matched->move.to : matched->member_id), HO_SLICE_ARG(matched->match_rule),
               HO_SLICE_ARG(matched->has_move ? matched->move.from : HO_SLICE("")));
    else if (m->stack->as_json)
        printf("{\"message_id\":\"%.*s\",\"feed\":\"%.*s\",\"event\":\"%.*s\",\"member_id\":null,\"rule\":\"%.*s\",\"state\":\"%s\",\"candidates\":%d}\n",
               HO_SLICE_ARG(unmatched->message_id), HO_SLICE_ARG(unmatched->feed), HO_SLICE_ARG(unmatched->event),
               HO_SLICE_ARG(unmatched->reason), adt_unmatched_unmatched_state_names[unmatched->state], unmatched->candidates);
    else if (matched && matched->has_move)
        printf("  -> facts move from member %.*s to %.*s\n", HO_SLICE_ARG(matched->move.from), HO_SLICE_ARG(matched->move.to));
    else if (matched)
        printf("  -> member %.*s by %.*s: %.*s %.*s\n", HO_SLICE_ARG(matched->member_id), HO_SLICE_ARG(matched->match_rule),
               HO_SLICE_ARG(matched->event), HO_SLICE_ARG(matched->message_id));
    else
        printf("  -> nobody: %.*s, %s, %d came near: %.*s %.*s\n", HO_SLICE_ARG(unmatched->reason),
               adt_unmatched_unmatched_state_names[unmatched->state], unmatched->candidates, HO_SLICE_ARG(unmatched->event),
               HO_SLICE_ARG(unmatched->message_id));
}

/* Judges one message as identity would now; that it was seen before is said, and does not end it. */
static void judge(struct matching *m, struct ho_event *event, const char *where)
{
    struct ho_slice keys[HO_STATES_MAX];
    void *states[HO_STATES_MAX] = {NULL};
    struct ho_effects effects = {.arena = &m->arena};
    struct identity_trace trace = {.count = 0};
    size_t count = identity_state_keys(&m->env, event, &m->arena, keys);
    for (size_t i = 0; i < count; i++)
        states[i] = state_of(m, event->key, keys[i]);
    ((struct identity_state *)states[0])->seen.count = 0;
    identity_decide_traced(&m->env, event, states, &effects, &trace);
    m->shown++;
    if (!m->stack->as_json)
        printf("%s: message %zu, feed %.*s\n", where, m->shown, HO_SLICE_ARG(event->key));
    for (size_t i = 0; i < trace.count && !m->stack->as_json; i++)
        print_steps(m, &trace, i);
    for (size_t i = 0; i < effects.count; i++)
        print_verdict(m, &effects.items[i]);
    if (!effects.count)
        printf(m->stack->as_json ? "{\"message_id\":null,\"rule\":\"%s\"}\n" : "  -> no message of a patient: %s\n", effects.reason);
    ho_arena_reset(&m->arena);
}

static bool take_raw(struct matching *m, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    struct ho_slice id = ho_kafka_header(message, "ho-message-id");
    if (!ho_slice_is(id, m->wanted))
        return true;
    char where[TEXT_SIZE];
    struct ho_event event = {.key = {message->key, message->key_len}, .value = {message->payload, message->len},
                             .now_ms = rd_kafka_message_timestamp(message, &type), .topic = HO_SLICE("adt.raw"),
                             .partition = message->partition, .offset = message->offset, .message_id = id};
    snprintf(where, sizeof where, "adt.raw [%d] %lld", message->partition, (long long)message->offset);
    judge(m, &event, where);
    return false;
}

/* One message is what stands before a blank line; line ends become CR. */
static bool judge_file(struct matching *m, const char *path)
{
    static char line[1 << 20];
    struct ho_buf message;
    FILE *file = fopen(path, "rb");
    if (!file)
        return ho_complain(0, "%s cannot be read", path);
    ho_buf_init(&message, FILE_BYTES_MAX);
    for (bool more = true; more; more = more && !feof(file)) {
        more = fgets(line, sizeof line, file) != NULL;
        size_t len = more ? strcspn(line, "\n") : 0;
        while (len && line[len - 1] == '\r')
            len--;
        ho_buf_append(&message, line, len);
        if (len)
            ho_buf_append_byte(&message, '\r');
        if ((len == 0 || feof(file)) && message.len) {
            struct ho_event event = {.key = ho_slice_of(m->feed), .value = ho_buf_slice(&message), .now_ms = ho_clock_now_ms()};
            judge(m, &event, path);
            ho_buf_clear(&message);
        }
    }
    ho_buf_release(&message);
    fclose(file);
    return true;
}

static int open_all(struct matching *m, const char *feeds, const char *policy)
{
    struct ho_error err = {HO_OK, ""};
    struct identity_config config = {feeds, policy};
    enum ho_status status = identity_setup(&m->env, &config, &err);
    if (status == HO_OK)
        status = ho_redis_open(m->stack->redis, 5000, &m->redis, &err);
    if (status != HO_OK)
        return ho_complain(HO_EXIT_FAILED, "%s", err.text);
    m->members = ho_avro_reader_new(&member_record);
    m->states = ho_avro_reader_new(&identity_state_record);
    read_topic(m, "members", take_member);
    return 0;
}

/* The folder of a section in the configuration that the stack gave to identity; empty when it cannot be read. */
static const char *folder_of(const struct ho_stack *stack, const char *section, char out[TEXT_SIZE])
{
    char path[TEXT_SIZE], line[TEXT_SIZE], header[32];
    bool within = false;
    snprintf(path, sizeof path, "%s/etc/identity.ini", stack->dir);
    snprintf(header, sizeof header, "[%s]", section);
    out[0] = '\0';
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (line[0] == '[')
            within = strncmp(line, header, strlen(header)) == 0;
        else if (within && strncmp(line, "dir = ", 6) == 0)
            snprintf(out, TEXT_SIZE, "%.*s", (int)strcspn(line + 6, "\r\n"), line + 6);
    }
    if (file)
        fclose(file);
    return out;
}

int ho_cmd_match(struct ho_stack *stack, int argc, char **argv)
{
    char feeds[TEXT_SIZE], policy[TEXT_SIZE];
    struct matching m = {.stack = stack, .phi = ho_take_flag(&argc, argv, "--phi")};
    m.feed = ho_take_option(&argc, argv, "--feed", "default");
    m.wanted = ho_take_option(&argc, argv, "--message-id", NULL);
    const char *feeds_dir = ho_take_option(&argc, argv, "--feeds", folder_of(stack, "feeds", feeds));
    const char *policy_dir = ho_take_option(&argc, argv, "--policy", folder_of(stack, "policy", policy));
    if ((argc == 0) == !m.wanted)
        return ho_complain(HO_EXIT_USAGE, "ho match FILE... or ho match --message-id ID");
    int code = open_all(&m, feeds_dir, policy_dir);
    if (code == 0 && m.wanted)
        read_topic(&m, "adt.raw", take_raw);
    for (int i = 0; code == 0 && i < argc; i++)
        code = judge_file(&m, argv[i]) ? 0 : HO_EXIT_FAILED;
    if (code == 0 && !m.shown)
        code = ho_complain(HO_EXIT_NOT_FOUND, "no such message");
    ho_redis_close(m.redis);
    ho_arena_release(&m.arena);
    return code;
}
