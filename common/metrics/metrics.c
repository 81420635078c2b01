/*
 * A fixed table of series, found by name and label. Past its bound all newcomers share one series that says so: a label
 * gone wild costs neither memory nor the daemon.
 */
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define SERIES_MAX 2048
#define BUCKETS 18 /* 0.5 ms doubling: the last bound is 65.536 s */

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct ho_metric {
    enum kind kind;
    char name[96], label[48], value[96];
    const char *help;
    _Atomic int64_t number;           /* counter and gauge; histogram: sum in us */
    _Atomic int64_t buckets[BUCKETS]; /* histogram: observations up to bound i, not cumulated */
    _Atomic int64_t count;            /* histogram: all observations */
};

static struct ho_metric *series[SERIES_MAX];
static size_t series_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct ho_metric *find(const char *name, const char *label, const char *value)
{
    for (size_t i = 0; i < series_count; i++)
        if (strcmp(series[i]->name, name) == 0 && strcmp(series[i]->label, label) == 0 &&
            strcmp(series[i]->value, value) == 0)
            return series[i];
    return NULL;
}

static struct ho_metric *get(enum kind kind, const char *name, const char *help, const char *label, const char *value)
{
    label = label ? label : "";
    value = value ? value : "";
    pthread_mutex_lock(&lock);
    struct ho_metric *metric = find(name, label, value);
    if (!metric && series_count >= SERIES_MAX - 1) {
        kind = COUNTER;
        name = "ho_metrics_overflow_total";
        help = "Increments of series beyond the table's bound.";
        label = value = "";
        metric = find(name, label, value);
    }
    if (!metric) {
        metric = ho_calloc(1, sizeof *metric);
        metric->kind = kind;
        metric->help = help;
        snprintf(metric->name, sizeof metric->name, "%s", name);
        snprintf(metric->label, sizeof metric->label, "%s", label);
        snprintf(metric->value, sizeof metric->value, "%s", value);
        series[series_count++] = metric;
    }
    pthread_mutex_unlock(&lock);
    return metric;
}

struct ho_metric *ho_counter(const char *name, const char *help, const char *label, const char *value)
{
    return get(COUNTER, name, help, label, value);
}

struct ho_metric *ho_gauge(const char *name, const char *help, const char *label, const char *value)
{
    return get(GAUGE, name, help, label, value);
}

struct ho_metric *ho_histogram(const char *name, const char *help, const char *label, const char *value)
{
    return get(HISTOGRAM, name, help, label, value);
}

void ho_metric_add(struct ho_metric *metric, int64_t n)
{
    atomic_fetch_add_explicit(&metric->number, n, memory_order_relaxed);
}

void ho_metric_set(struct ho_metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->number, value, memory_order_relaxed);
}

int64_t ho_metric_value(const struct ho_metric *metric)
{
    return metric->kind == HISTOGRAM ? atomic_load(&metric->count) : atomic_load(&metric->number);
}

void ho_metric_observe_us(struct ho_metric *metric, int64_t us)
{
    size_t i = 0;
    for (int64_t bound = 500; i < BUCKETS && us > bound; i++)
        bound *= 2;
    if (i < BUCKETS)
        atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->number, us, memory_order_relaxed);
}

static void append_escaped(struct ho_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            ho_buf_append_byte(out, '\\');
        if (*text == '\n')
            ho_buf_append(out, "\\n", 2);
        else
            ho_buf_append_byte(out, *text);
    }
}

/* name suffix {label="value",le="bound"}; either label may be missing. */
static void append_name(struct ho_buf *out, const struct ho_metric *metric, const char *suffix, const char *le)
{
    ho_buf_printf(out, "%s%s", metric->name, suffix);
    if (!metric->label[0] && !le) {
        ho_buf_append_byte(out, ' ');
        return;
    }
    ho_buf_append_byte(out, '{');
    if (metric->label[0]) {
        ho_buf_printf(out, "%s=\"", metric->label);
        append_escaped(out, metric->value);
        ho_buf_printf(out, "\"%s", le ? "," : "");
    }
    if (le)
        ho_buf_printf(out, "le=\"%s\"", le);
    ho_buf_append(out, "} ", 2);
}

static void append_histogram(struct ho_buf *out, const struct ho_metric *metric)
{
    char le[32];
    int64_t sum = 0;
    double bound = 0.0005;
    for (size_t i = 0; i < BUCKETS; i++, bound *= 2) {
        sum += atomic_load(&metric->buckets[i]);
        snprintf(le, sizeof le, "%g", bound);
        append_name(out, metric, "_bucket", le);
        ho_buf_printf(out, "%lld\n", (long long)sum);
    }
    long long count = (long long)atomic_load(&metric->count);
    append_name(out, metric, "_bucket", "+Inf");
    ho_buf_printf(out, "%lld\n", count);
    append_name(out, metric, "_sum", NULL);
    ho_buf_printf(out, "%g\n", (double)atomic_load(&metric->number) / 1e6);
    append_name(out, metric, "_count", NULL);
    ho_buf_printf(out, "%lld\n", count);
}

static void append_family(struct ho_buf *out, size_t first)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const struct ho_metric *head = series[first];
    ho_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", head->name, head->help, head->name, kinds[head->kind]);
    for (size_t i = first; i < series_count; i++) {
        if (strcmp(series[i]->name, head->name) != 0)
            continue;
        if (series[i]->kind == HISTOGRAM) {
            append_histogram(out, series[i]);
            continue;
        }
        append_name(out, series[i], "", NULL);
        ho_buf_printf(out, "%lld\n", (long long)atomic_load(&series[i]->number));
    }
}

static bool seen_before(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(series[i]->name, series[index]->name) == 0)
            return true;
    return false;
}

void ho_metrics_render(struct ho_buf *out)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < series_count; i++)
        if (!seen_before(i))
            append_family(out, i);
    pthread_mutex_unlock(&lock);
}
