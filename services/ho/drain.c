/* ho drain and ho doctor: what the daemons say of themselves. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "ho.h"
#include "kafka/kafka.h"
#include "redis/redis.h"

#define PAUSE_US 150000

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

/* Sum of lags; -1 when the daemon is not running. Positions go to `seen`, so that two passes can be compared. */
static int64_t lag_of(const json_t *daemon, struct ho_buf *seen)
{
    struct ho_buf body;
    ho_buf_init(&body, (size_t)16 << 20);
    int code = ho_http_get(text_of(daemon, "http"), "/status", &body);
    json_t *page = code == 200 ? json_loadb(body.data, body.len, 0, NULL) : NULL;
    ho_buf_release(&body);
    int64_t lag = page && strcmp(text_of(page, "state"), "running") == 0 ? 0 : -1;
    const json_t *rows = json_object_get(page, "partitions");
    for (size_t i = 0; i < json_array_size(rows) && lag >= 0; i++) {
        int64_t one = json_integer_value(json_object_get(json_array_get(rows, i), "lag"));
        lag = one < 0 ? -1 : lag + one;
        ho_buf_printf(seen, "%lld,", (long long)json_integer_value(json_object_get(json_array_get(rows, i), "next")));
    }
    ho_buf_printf(seen, "%lld;", (long long)json_integer_value(json_object_get(page, "received")));
    lag = lag < 0 ? lag : lag + json_integer_value(json_object_get(page, "in_flight"));
    json_decref(page);
    return lag;
}

/* True when nobody lags; `who` names one that does. */
static bool pass(const struct ho_stack *stack, struct ho_buf *seen, char who[128])
{
    const json_t *daemons = json_object_get(stack->json, "daemons");
    bool idle = true;
    for (size_t i = 0; i < json_array_size(daemons); i++) {
        const json_t *daemon = json_array_get(daemons, i);
        int64_t lag = lag_of(daemon, seen);
        if (lag == 0)
            continue;
        idle = false;
        if (lag < 0)
            snprintf(who, 128, "%s is not running", text_of(daemon, "name"));
        else
            snprintf(who, 128, "%s has %lld to read", text_of(daemon, "name"), (long long)lag);
    }
    return idle;
}

int ho_cmd_drain(struct ho_stack *stack, int argc, char **argv)
{
    int64_t timeout_s = ho_take_number(&argc, argv, "--timeout", 120);
    int64_t deadline_us = ho_clock_monotonic_us() + timeout_s * 1000000;
    struct ho_buf before, now;
    char who[128] = "";
    bool drained = false;
    ho_buf_init(&before, (size_t)1 << 20);
    ho_buf_init(&now, (size_t)1 << 20);
    for (bool idle = false, earlier = false; !drained && ho_clock_monotonic_us() < deadline_us; earlier = idle) {
        ho_buf_clear(&now);
        idle = pass(stack, &now, who);
        drained = idle && earlier && ho_slice_equal(ho_buf_slice(&before), ho_buf_slice(&now));
        struct ho_buf swap = before;
        before = now;
        now = swap;
        if (!drained)
            usleep(PAUSE_US);
    }
    ho_buf_release(&before);
    ho_buf_release(&now);
    if (!drained)
        return ho_complain(HO_EXIT_FAILED, "not drained in %lld s: %s", (long long)timeout_s, who);
    printf(stack->as_json ? "{\"drained\":true}\n" : "drained\n");
    return 0;
}

static int found(const struct ho_stack *stack, const char *what, const char *cause, const char *command)
{
    printf(stack->as_json ? "{\"problem\":\"%s\",\"cause\":\"%s\",\"try\":\"%s\"}\n" : "%s: %s\n  try: %s\n", what, cause,
           command);
    return 1;
}

static int check_topics(const struct ho_stack *stack)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    int problems = 0;
    rd_kafka_t *kafka = ho_open_producer(stack);
    for (size_t i = 0; i < ho_topics_count; i++) {
        int32_t count = 0;
        enum ho_status status =
            ho_kafka_partition_count(kafka, ho_kafka_name(name, stack->ns, ho_topics[i].name), &count, &err);
        if (status == HO_AWAY) {
            problems += found(stack, "kafka", err.text, "look into kafka's log in the stack's folder");
            break;
        }
        if (status != HO_OK)
            problems += found(stack, name, err.text, "ho topics create --partitions N");
    }
    rd_kafka_destroy(kafka);
    return problems;
}

int ho_cmd_doctor(struct ho_stack *stack, int argc, char **argv)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_redis *redis = NULL;
    int problems = check_topics(stack);
    (void)argc;
    (void)argv;
    if (ho_redis_open(stack->redis, 2000, &redis, &err) != HO_OK)
        problems += found(stack, "redis", err.text, "redis-cli ping; the view is rebuilt by itself");
    ho_redis_close(redis);
    const json_t *daemons = json_object_get(stack->json, "daemons");
    for (size_t i = 0; i < json_array_size(daemons); i++) {
        const json_t *daemon = json_array_get(daemons, i);
        struct ho_buf body;
        char reason[256] = "";
        ho_buf_init(&body, 1 << 20);
        int code = ho_http_get(text_of(daemon, "http"), "/readyz", &body);
        ho_slice_copy((struct ho_slice){body.data, body.len ? body.len - 1 : 0}, reason, sizeof reason);
        ho_buf_release(&body);
        if (code != 200)
            problems += found(stack, text_of(daemon, "name"), code ? reason : "does not answer",
                              "read its log in the stack's folder; deploy/stack up starts it again");
    }
    if (!problems)
        printf(stack->as_json ? "{\"problems\":0}\n" : "nothing wrong found\n");
    return problems ? HO_EXIT_FAILED : 0;
}
