/*
 * A partition's time: the smallest, over its inputs, of the clock where that input is at its end, and otherwise of the
 * smaller of the clock and the last record's timestamp. It never goes back. A timer fires only when due by that time: so
 * never ahead of a backlog that may cancel it.
 *
 * "At its end" is asked of the broker after the clock was read, uncommitted records counted: an end seen before could
 * hide a record that came before the clock's value, and a record behind an open transaction may cancel a timer too.
 */
#include "processor/internal.h"

#include "clock/clock.h"

#define ASK_EVERY_US 20000   /* while something is due */
#define TELL_EVERY_US 500000 /* for /status */
#define ASK_TIMEOUT_MS 2000

bool ho_timer_is_due(const struct ho_part *part, const struct ho_cache_entry *entry)
{
    return entry->due_ms <= part->time_ms;
}

static rd_kafka_topic_partition_list_t *owned_inputs(const struct ho_processor *proc)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    for (int32_t p = 0; p < proc->part_count; p++)
        for (size_t i = 0; proc->parts[p].owned && i < proc->input_count; i++)
            rd_kafka_topic_partition_list_add(list, proc->input_names[i], p)->offset = RD_KAFKA_OFFSET_END;
    return list;
}

/* An input's time: the clock's at its end, else that of its last record, but never more than the clock's. */
static int64_t input_time(const struct ho_part *part, int input, int64_t end, int64_t clock_ms)
{
    int64_t last_ms = part->last_ms[input];
    return part->next[input] >= end || last_ms > clock_ms ? clock_ms : last_ms;
}

static void advance(struct ho_processor *proc, const rd_kafka_topic_partition_list_t *ends, int64_t clock_ms)
{
    for (int k = 0; k < ends->cnt;) {
        struct ho_part *part = &proc->parts[ends->elems[k].partition];
        int64_t time_ms = clock_ms;
        bool known = true;
        for (; k < ends->cnt && ends->elems[k].partition == part->id; k++) {
            const rd_kafka_topic_partition_t *row = &ends->elems[k];
            int64_t one = input_time(part, ho_batch_input(proc, row->topic), row->offset, clock_ms);
            known = known && !row->err && row->offset >= 0;
            time_ms = one < time_ms ? one : time_ms;
        }
        if (!known || time_ms <= part->time_ms)
            continue;
        pthread_mutex_lock(&proc->parts_lock);
        part->time_ms = time_ms;
        pthread_mutex_unlock(&proc->parts_lock);
    }
}

static bool something_due(const struct ho_processor *proc, int64_t clock_ms)
{
    for (int32_t p = 0; p < proc->part_count; p++)
        if (proc->parts[p].owned && proc->parts[p].due_ms <= clock_ms)
            return true;
    return false;
}

/* The one question that is asked all the time, also when there is nothing to do: who asks /readyz hears of it. */
static void tell_kafka(struct ho_processor *proc, rd_kafka_resp_err_t rc)
{
    if (rc)
        ho_processor_say(proc, "waiting", "kafka at %s does not answer: %s", proc->common.bootstrap, rd_kafka_err2str(rc));
    else if (proc->kafka_away)
        ho_processor_say(proc, "running", "kafka answers again");
    proc->kafka_away = rc != RD_KAFKA_RESP_ERR_NO_ERROR;
}

void ho_timer_tell_time(struct ho_processor *proc)
{
    int64_t now_us = ho_clock_monotonic_us(), clock_ms = ho_clock_now_ms();
    bool by_topic = strcmp(proc->common.clock, "topic") == 0, stepped = by_topic && clock_ms != proc->time_clock_ms;
    bool due = proc->spec->next_due && something_due(proc, clock_ms);
    int64_t every_us = due ? ASK_EVERY_US : TELL_EVERY_US;
    if (by_topic && !ho_clock_is_set()) /* it never goes back, so the wall clock must not come before the topic's */
        return;
    if (!proc->assigned || proc->reading_tables || (!stepped && now_us - proc->time_asked_us < every_us))
        return;
    rd_kafka_topic_partition_list_t *list = owned_inputs(proc);
    rd_kafka_resp_err_t rc = list->cnt ? rd_kafka_offsets_for_times(proc->ends, list, ASK_TIMEOUT_MS) : 0;
    proc->time_asked_us = now_us;
    tell_kafka(proc, rc);
    if (!rc)
        advance(proc, list, clock_ms);
    /* While an input lags the same clock is looked at again. */
    proc->time_clock_ms = rc ? proc->time_clock_ms : clock_ms;
    for (int32_t p = 0; p < proc->part_count; p++)
        if (proc->parts[p].owned && proc->parts[p].time_ms < clock_ms)
            proc->time_clock_ms = INT64_MIN;
    rd_kafka_topic_partition_list_destroy(list);
}

/* Adds the states of one partition whose index entry is due; the rest is asked for in the next turn. */
static enum ho_status collect_part(struct ho_processor *proc, struct ho_part *part, size_t *room, struct ho_error *err)
{
    struct ho_redis_row *rows = HO_ARENA_ARRAY(&proc->arena, struct ho_redis_row, *room);
    struct ho_redis_claim claim = {&part->keys, proc->owner, part->applied};
    size_t count = *room;
    enum ho_status status;
    while ((status = ho_redis_due(proc->redis, &claim, rows, &count, &proc->arena, err)) == HO_AWAY)
        if (ho_open_redis_again(proc, err) != HO_OK)
            return HO_AWAY;
    if (status != HO_OK)
        return status;
    bool all = count < *room;
    part->due_ms = all ? HO_NEVER : part->time_ms;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].due_ms > part->time_ms) {
            part->due_ms = rows[i].due_ms;
            break;
        }
        ho_batch_add_event(proc, part, HO_EVENT_TIMER, rows[i].key);
        (*room)--;
    }
    return HO_OK;
}

enum ho_status ho_timer_collect(struct ho_processor *proc, struct ho_error *err)
{
    size_t room = HO_TIMERS_MAX;
    enum ho_status status = HO_OK;
    if (!proc->spec->next_due || !proc->assigned || proc->discard)
        return HO_OK;
    for (int32_t p = 0; p < proc->part_count && status == HO_OK && room > 0; p++)
        if (proc->parts[p].owned && proc->parts[p].due_ms <= proc->parts[p].time_ms)
            status = collect_part(proc, &proc->parts[p], &room, err);
    return status;
}
