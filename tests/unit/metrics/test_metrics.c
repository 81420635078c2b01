/* The exposition text as Prometheus reads it, byte for byte. Criterion runs each test in a process of its own. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "metrics/metrics.h"

static const char golden[] = "# HELP ho_events_total Records \\\\ \"processed\".\\nAll of them.\n"
                             "# TYPE ho_events_total counter\n"
                             "ho_events_total{reason=\"none\"} 3\n"
                             "ho_events_total{reason=\"a \\\"quote\\\", a \\\\ and\\na line\"} 1\n"
                             "# HELP ho_connections Open connections.\n"
                             "# TYPE ho_connections gauge\n"
                             "ho_connections -2\n"
                             "# HELP ho_step_seconds Time of a step.\n"
                             "# TYPE ho_step_seconds histogram\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.0005\"} 2\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.001\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.002\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.004\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.008\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.016\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.032\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.064\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.128\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.256\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"0.512\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"1.024\"} 3\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"2.048\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"4.096\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"8.192\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"16.384\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"32.768\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"65.536\"} 4\n"
                             "ho_step_seconds_bucket{step=\"load\",le=\"+Inf\"} 5\n"
                             "ho_step_seconds_sum{step=\"load\"} 10000002.001001\n"
                             "ho_step_seconds_count{step=\"load\"} 5\n";

static void render(struct ho_buf *out)
{
    ho_buf_init(out, 64 << 20);
    ho_metrics_render(out);
    ho_buf_append_byte(out, '\0');
    cr_assert(!out->full);
}

Test(metrics, the_text_is_the_golden_one)
{
    static const int64_t observed_us[] = {-5, 500, 501, 2000000, INT64_C(10000000000000)};
    static const char help[] = "Records \\ \"processed\".\nAll of them.";
    struct ho_buf out;
    ho_metric_add(ho_counter("ho_events_total", help, "reason", "none"), 1);
    ho_metric_set(ho_gauge("ho_connections", "Open connections.", NULL, NULL), 5);
    struct ho_metric *load = ho_histogram("ho_step_seconds", "Time of a step.", "step", "load");
    ho_metric_add(ho_counter("ho_events_total", help, "reason", "a \"quote\", a \\ and\na line"), 1);
    ho_metric_add(ho_counter("ho_events_total", help, "reason", "none"), 2);
    ho_metric_add(ho_gauge("ho_connections", "Open connections.", NULL, NULL), -7);
    for (size_t i = 0; i < HO_LENGTH(observed_us); i++)
        ho_metric_observe_us(load, observed_us[i]);
    cr_assert_eq(ho_metric_value(load), 5);
    render(&out);
    cr_assert_str_eq(out.data, golden);
    ho_buf_release(&out);
}

Test(metrics, a_value_longer_than_its_place_is_one_series)
{
    char value[300];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    struct ho_metric *first = ho_counter("ho_long_total", "Long.", "what", value);
    cr_assert_eq(ho_counter("ho_long_total", "Long.", "what", value), first);
    cr_assert_neq(ho_counter("ho_long_total", "Long.", "what", "v"), first);
    cr_assert_eq(ho_counter("ho_plain_total", "Plain.", NULL, "unused"),
                 ho_counter("ho_plain_total", "Plain.", NULL, NULL));
}

Test(metrics, past_the_bound_all_newcomers_are_one_that_says_so)
{
    char value[32];
    struct ho_buf out;
    struct ho_metric *first = ho_counter("ho_wild_total", "Wild.", "id", "0");
    for (int i = 0; i < 10000; i++) {
        snprintf(value, sizeof value, "%d", i);
        ho_metric_add(ho_counter("ho_wild_total", "Wild.", "id", value), 1);
    }
    cr_assert_eq(ho_counter("ho_wild_total", "Wild.", "id", "0"), first);
    cr_assert_eq(ho_metric_value(first), 1);
    struct ho_metric *late = ho_histogram("ho_late_seconds", "Late.", NULL, NULL);
    ho_metric_observe_us(late, 7000);
    ho_metric_set(ho_gauge("ho_late", "Late.", NULL, NULL), 7000);
    render(&out);
    cr_assert(strstr(out.data, "# TYPE ho_metrics_overflow_total counter\nho_metrics_overflow_total 5906\n"));
    cr_assert(strstr(out.data, "ho_wild_total{id=\"4095\"} 1\n") && !strstr(out.data, "{id=\"4096\"}"));
    ho_buf_release(&out);
}

Test(metrics, a_name_has_one_kind, .signal = SIGABRT)
{
    ho_counter("ho_thing", "A thing.", NULL, NULL);
    ho_gauge("ho_thing", "A thing.", "of", "another kind");
}

#define THREADS 4
#define ROUNDS 20000

static void *work(void *arg)
{
    char value[16];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(value, sizeof value, "%d", i % 50);
        ho_metric_add(ho_counter("ho_shared_total", "Shared.", "n", value), 1);
        ho_metric_observe_us(ho_histogram("ho_shared_seconds", "Shared.", NULL, NULL), i);
    }
    return arg;
}

Test(metrics, threads_lose_no_increment)
{
    pthread_t threads[THREADS];
    struct ho_buf out;
    int64_t sum = 0;
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, NULL), 0);
    render(&out);
    ho_buf_release(&out);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 50; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        sum += ho_metric_value(ho_counter("ho_shared_total", "Shared.", "n", value));
    }
    cr_assert_eq(sum, THREADS * ROUNDS);
    cr_assert_eq(ho_metric_value(ho_histogram("ho_shared_seconds", "Shared.", NULL, NULL)), THREADS * ROUNDS);
}
