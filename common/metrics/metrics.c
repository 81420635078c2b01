/*
 * Series found by a hash of name and label value, kept in families in the order of their first use. Past its bound all
 * newcomers share one counter that says so: a label gone wild costs neither memory nor the daemon.
 */
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/id.h"

#define SERIES_MAX 4096
#define SLOTS (2 * SERIES_MAX) /* a power of two, never full */
#define BUCKETS 18             /* 0.5 ms doubling: the last bound is 65.536 s */

enum kind { COUNTER, GAUGE, HISTOGRAM, OVERFLOW };

struct name {
    char name[96], label[48], value[96];
};

struct ho_metric {
    enum kind kind;
    struct name id;
    struct ho_metric *next;               /* of its family */
    _Atomic int64_t number;               /* counter and gauge; histogram: sum in us */
    _Atomic int64_t buckets[BUCKETS + 1]; /* histogram: observations up to bound i, not cumulated; then all above */
};

struct family {
    struct family *next;
    const char *help;
    struct ho_metric *first, **last;
};

static struct ho_metric *slots[SLOTS];
static size_t series_count;
static struct family *families, **last_family = &families;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Grows by one with every use of a series that found no room. */
static struct ho_metric overflow = {.kind = OVERFLOW, .id = {.name = "ho_metrics_overflow_total"}};

/* The slot of a series, or the empty one where it would go. */
static struct ho_metric **find(const struct name *id)
{
    size_t slot = ho_hash64(id, sizeof *id);
    for (;; slot++) {
        struct ho_metric **at = &slots[slot & (SLOTS - 1)];
        if (!*at || memcmp(&(*at)->id, id, sizeof *id) == 0)
            return at;
    }
}

static struct family *family_of(const char *name, enum kind kind, const char *help)
{
    for (struct family *family = families; family; family = family->next)
        if (strcmp(family->first->id.name, name) == 0) {
            HO_ASSERT(family->first->kind == kind);
            return family;
        }
    struct family *family = ho_calloc(1, sizeof *family);
    family->help = help;
    family->last = &family->first;
    *last_family = family;
    last_family = &family->next;
    return family;
}

static struct ho_metric *make(const struct name *id, enum kind kind, const char *help)
{
    struct family *family = family_of(id->name, kind, help);
    struct ho_metric *metric = ho_calloc(1, sizeof *metric);
    metric->kind = kind;
    metric->id = *id;
    *family->last = metric;
    family->last = &metric->next;
    series_count++;
    return metric;
}

static struct ho_metric *get(enum kind kind, const char *name, const char *help, const char *label, const char *value)
{
    struct name id;
    memset(&id, 0, sizeof id); /* compared and hashed as bytes */
    ho_slice_copy(ho_slice_of(name), id.name, sizeof id.name);
    ho_slice_copy(ho_slice_of(label), id.label, sizeof id.label);
    if (label)
        ho_slice_copy(ho_slice_of(value), id.value, sizeof id.value);
    pthread_mutex_lock(&lock);
    struct ho_metric **at = find(&id);
    if (!*at && series_count < SERIES_MAX)
        *at = make(&id, kind, help);
    struct ho_metric *metric = *at ? *at : &overflow;
    pthread_mutex_unlock(&lock);
    HO_ASSERT(metric->kind == kind || metric == &overflow);
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
    atomic_fetch_add_explicit(&metric->number, metric->kind == OVERFLOW ? 1 : n, memory_order_relaxed);
}

void ho_metric_set(struct ho_metric *metric, int64_t value)
{
    if (metric->kind == OVERFLOW)
        ho_metric_add(metric, 1);
    else
        atomic_store_explicit(&metric->number, value, memory_order_relaxed);
}

static int64_t observed(const struct ho_metric *metric)
{
    int64_t sum = 0;
    for (size_t i = 0; i <= BUCKETS; i++)
        sum += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
    return sum;
}

int64_t ho_metric_value(const struct ho_metric *metric)
{
    return metric->kind == HISTOGRAM ? observed(metric) : atomic_load_explicit(&metric->number, memory_order_relaxed);
}

void ho_metric_observe_us(struct ho_metric *metric, int64_t us)
{
    if (metric->kind == OVERFLOW) {
        ho_metric_add(metric, 1);
        return;
    }
    size_t i = 0;
    if (us < 0)
        us = 0;
    for (int64_t bound = 500; i < BUCKETS && us > bound; i++)
        bound *= 2;
    atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->number, us, memory_order_relaxed);
}

/* A label's value, or a help text, where a quote stands for itself. */
static void append_escaped(struct ho_buf *out, const char *text, bool quoted)
{
    for (; *text; text++) {
        if (*text == '\\' || (quoted && *text == '"'))
            ho_buf_append_byte(out, '\\');
        if (*text == '\n')
            ho_buf_append(out, "\\n", 2);
        else
            ho_buf_append_byte(out, *text);
    }
}

/* name suffix {label="value",le="bound"} and a space; either label may be missing. */
static void append_name(struct ho_buf *out, const struct name *id, const char *suffix, const char *le)
{
    ho_buf_printf(out, "%s%s", id->name, suffix);
    if (id->label[0]) {
        ho_buf_printf(out, "{%s=\"", id->label);
        append_escaped(out, id->value, true);
        ho_buf_append(out, "\"", 1);
    }
    if (le)
        ho_buf_printf(out, "%sle=\"%s\"", id->label[0] ? "," : "{", le);
    if (id->label[0] || le)
        ho_buf_append_byte(out, '}');
    ho_buf_append_byte(out, ' ');
}

/* All counts are sums of one reading of the buckets, so that the last bucket is the count even while others observe. */
static void append_histogram(struct ho_buf *out, const struct ho_metric *metric)
{
    char le[32];
    long long sum = 0, us;
    double bound = 0.0005;
    for (size_t i = 0; i <= BUCKETS; i++, bound *= 2) {
        sum += (long long)atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        snprintf(le, sizeof le, "%g", bound);
        append_name(out, &metric->id, "_bucket", i < BUCKETS ? le : "+Inf");
        ho_buf_printf(out, "%lld\n", sum);
    }
    us = (long long)atomic_load_explicit(&metric->number, memory_order_relaxed);
    append_name(out, &metric->id, "_sum", NULL);
    ho_buf_printf(out, "%lld.%06lld\n", us / 1000000, us % 1000000);
    append_name(out, &metric->id, "_count", NULL);
    ho_buf_printf(out, "%lld\n", sum);
}

static void append_family(struct ho_buf *out, const struct ho_metric *first, const char *help)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram", "counter"};
    ho_buf_printf(out, "# HELP %s ", first->id.name);
    append_escaped(out, help, false);
    ho_buf_printf(out, "\n# TYPE %s %s\n", first->id.name, kinds[first->kind]);
    for (const struct ho_metric *metric = first; metric; metric = metric->next) {
        if (metric->kind == HISTOGRAM) {
            append_histogram(out, metric);
            continue;
        }
        append_name(out, &metric->id, "", NULL);
        ho_buf_printf(out, "%lld\n", (long long)ho_metric_value(metric));
    }
}

void ho_metrics_render(struct ho_buf *out)
{
    pthread_mutex_lock(&lock);
    for (const struct family *family = families; family; family = family->next)
        append_family(out, family->first, family->help);
    pthread_mutex_unlock(&lock);
    if (ho_metric_value(&overflow) > 0)
        append_family(out, &overflow, "Uses of series for which there was no room.");
}
