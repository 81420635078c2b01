/* ho drain: waits until the daemons say of themselves that nothing is left to read. */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "ho.h"

#define PAUSE_US 150000

/* Sum of lags; -1 when the daemon is not running. Positions go to `seen`, so that two passes can be compared. */
static int64_t lag_of(const json_t *daemon, struct ho_buf *seen)
{
    struct ho_buf body;
    ho_buf_init(&body, (size_t)16 << 20);
    int code = ho_http_get(ho_text_of(daemon, "http"), "/status", &body);
    json_t *page = code == 200 ? json_loadb(body.data, body.len, 0, NULL) : NULL;
    ho_buf_release(&body);
    int64_t lag = page && strcmp(ho_text_of(page, "state"), "running") == 0 ? 0 : -1;
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
            snprintf(who, 128, "%s is not running", ho_text_of(daemon, "name"));
        else
            snprintf(who, 128, "%s has %lld to read", ho_text_of(daemon, "name"), (long long)lag);
    }
    return idle;
}

int ho_cmd_drain(struct ho_stack *stack, int argc, char **argv)
{
    int64_t timeout_s = ho_take_number(&argc, argv, "--timeout", 120);
    int64_t deadline_us = ho_clock_monotonic_us() + timeout_s * 1000000;
    ho_check_words("drain", argc, argv, 0, 0);
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
