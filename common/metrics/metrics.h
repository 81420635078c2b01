/*
 * metrics: counters, gauges and histograms in Prometheus text format 0.0.4. Registered at start-up or at first use of
 * a label value (bounded); increments are plain atomics. Labels never hold a person's data.
 */
#ifndef HO_METRICS_H
#define HO_METRICS_H

#include "base/base.h"
#include "base/buf.h"

struct ho_metric; /* one series */

/* Finds or makes the series `name{label="value"}`; label may be NULL. Names end in _total, _seconds, _bytes as
 * Prometheus' conventions say. A name has one kind; help must outlive the process. Names are cut at 95 bytes, labels at
 * 47, values at 95. Thread-safe. Never NULL: past 4096 series all newcomers are one, ho_metrics_overflow_total. */
struct ho_metric *ho_counter(const char *name, const char *help, const char *label, const char *value);
struct ho_metric *ho_gauge(const char *name, const char *help, const char *label, const char *value);
/* Seconds; buckets from 0.5 ms to 60 s, doubling. */
struct ho_metric *ho_histogram(const char *name, const char *help, const char *label, const char *value);

void ho_metric_add(struct ho_metric *metric, int64_t n);
void ho_metric_set(struct ho_metric *metric, int64_t value);
void ho_metric_observe_us(struct ho_metric *metric, int64_t us);
int64_t ho_metric_value(const struct ho_metric *metric);
void ho_metrics_render(struct ho_buf *out);

#endif
