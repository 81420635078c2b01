/* What a daemon says of itself over HTTP. Ends of logs are asked of the broker at that moment, uncommitted records
 * counted, so that "lag 0" means that nothing is on its way. */
#include "processor/internal.h"

#include "clock/clock.h"

#include <unistd.h>

#include "log/log.h"

#define STUCK_US 120000000
#define ASK_MS 2000

int ho_status_healthz(void *arg, struct ho_buf *out)
{
    struct ho_processor *proc = arg;
    int64_t silent_us = ho_clock_monotonic_us() - atomic_load(&proc->loop_us);
    bool good = silent_us < STUCK_US;
    ho_buf_printf(out, good ? "ok\n" : "the loop has not turned for %lld s\n", (long long)(silent_us / 1000000));
    return good ? 200 : 503;
}

int ho_status_readyz(void *arg, struct ho_buf *out)
{
    struct ho_processor *proc = arg;
    pthread_mutex_lock(&proc->lock);
    bool good = strcmp(proc->state, "running") == 0;
    ho_buf_printf(out, "%s: %s\n", proc->state, proc->reason);
    pthread_mutex_unlock(&proc->lock);
    return good ? 200 : 503;
}

static void append_json_text(struct ho_buf *out, const char *text)
{
    ho_buf_append_byte(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            ho_buf_append_byte(out, '\\');
        ho_buf_append_byte(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
    ho_buf_append_byte(out, '"');
}

static void append_row(struct ho_processor *proc, const char *full_name, int32_t partition, int64_t next,
                       struct ho_buf *out)
{
    int64_t begin = 0, end = -1;
    if (rd_kafka_query_watermark_offsets(proc->ends, full_name, partition, &begin, &end, ASK_MS))
        end = -1;
    next = next < begin ? begin : next; /* not yet known, or deleted below it */
    ho_buf_printf(out, "%s{\"topic\":\"%s\",\"partition\":%d,\"next\":%lld,\"end\":%lld,\"lag\":%lld}",
                  out->data[out->len - 1] == '[' ? "" : ",", full_name + strlen(proc->common.ns) + 1, partition,
                  (long long)next, (long long)end, (long long)(end < 0 ? -1 : end > next ? end - next : 0));
}

static void append_lookups(struct ho_processor *proc, struct ho_buf *out)
{
    pthread_mutex_lock(&proc->parts_lock);
    rd_kafka_topic_partition_list_t *side = rd_kafka_topic_partition_list_copy(proc->side_next);
    pthread_mutex_unlock(&proc->parts_lock);
    for (int k = 0; k < side->cnt; k++)
        append_row(proc, side->elems[k].topic, side->elems[k].partition, side->elems[k].offset, out);
    rd_kafka_topic_partition_list_destroy(side);
}

static void append_parts(struct ho_processor *proc, struct ho_buf *out)
{
    const char *comma = "";
    ho_buf_printf(out, ",\"partitions\":[");
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; i < proc->input_count; i++) {
            pthread_mutex_lock(&proc->parts_lock);
            bool owned = proc->parts[p].owned;
            int64_t next = proc->parts[p].next[i];
            pthread_mutex_unlock(&proc->parts_lock);
            if (owned)
                append_row(proc, proc->input_names[i], p, next, out);
        }
    append_lookups(proc, out);
    ho_buf_printf(out, "],\"applied\":[");
    pthread_mutex_lock(&proc->parts_lock);
    for (int32_t p = 0; p < proc->part_count; p++) {
        if (!proc->parts[p].owned)
            continue;
        int64_t time_ms = proc->parts[p].time_ms;
        ho_buf_printf(out, "%s{\"partition\":%d,\"applied\":%lld,\"time_ms\":%lld}", comma, p,
                      (long long)proc->parts[p].applied, time_ms == INT64_MIN ? 0LL : (long long)time_ms);
        comma = ",";
    }
    pthread_mutex_unlock(&proc->parts_lock);
    ho_buf_printf(out, "],\"timers_fired\":%lld,\"waiting\":%lld", (long long)ho_metric_value(proc->m_timers),
                  (long long)atomic_load(&proc->waiting_count));
}

int ho_status_page(void *arg, struct ho_buf *out)
{
    struct ho_processor *proc = arg;
    pthread_mutex_lock(&proc->lock);
    bool running = strcmp(proc->state, "running") == 0;
    ho_buf_printf(out, "{\"daemon\":\"%s\",\"instance\":\"%s\",\"state\":\"%s\",\"reason\":", proc->spec->name,
                  proc->common.instance, proc->state);
    append_json_text(out, proc->reason);
    pthread_mutex_unlock(&proc->lock);
    ho_buf_printf(out, ",\"time_ms\":%lld", (long long)ho_clock_now_ms());
    if (running)
        append_parts(proc, out);
    ho_buf_printf(out, "}\n");
    return 200;
}

/* Counts its own seconds, not the clock's: a process that was stopped and goes on has lost no turn. */
static void *watch(void *arg)
{
    struct ho_processor *proc = arg;
    int64_t seen_us = 0;
    for (int64_t silent_s = 0; silent_s < proc->common.watchdog_s; silent_s++) {
        sleep(1);
        int64_t loop_us = atomic_load(&proc->loop_us);
        silent_s = loop_us == seen_us ? silent_s : -1;
        seen_us = loop_us;
    }
    ho_log(HO_LOG_ERROR, "watchdog", "error=\"the loop has not turned for %lld s; ending, so that a restart claims again\"",
           (long long)proc->common.watchdog_s);
    _exit(1);
}

void ho_status_watch(struct ho_processor *proc)
{
    pthread_t thread;
    if (proc->common.watchdog_s && !pthread_create(&thread, NULL, watch, proc))
        pthread_detach(thread);
}
