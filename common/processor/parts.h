/* parts: what each file of the processor gives to the others. Included by internal.h alone. */
#ifndef HO_PROCESSOR_PARTS_H
#define HO_PROCESSOR_PARTS_H

/* open.c: everything before the group is joined, in the order that processor.c's head gives. */
enum ho_status ho_open_all(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
/* Connects Redis anew, waiting at most wait_ms (-1: until stopped). Flushes without an answer are sent again. */
enum ho_status ho_open_redis(struct ho_processor *proc, int64_t wait_ms, struct ho_error *err) HO_MUST_CHECK;
/* Redis is away: waits in place as long as the configuration says. HO_AWAY: end, and wait outside the group. */
enum ho_status ho_open_redis_again(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;

/* What verify.c needs, without joining the group or claiming anything. */
enum ho_status ho_open_for_verify(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;

/* verify.c: the exit code: 0 no difference, 3 differences (printed), 1 it could not be compared. phi: keys in full. */
int ho_verify(struct ho_processor *proc, bool phi);

/* side.c */
enum ho_status ho_side_start(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
void ho_side_serve(struct ho_processor *proc, int timeout_ms);

/* assign.c */
void ho_assign_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t why, rd_kafka_topic_partition_list_t *list,
                         void *opaque);
/* Once the last table has reached its end, the events follow. Call between batches. */
void ho_assign_tables_done(struct ho_processor *proc);
enum ho_status ho_assign_ends(struct ho_processor *proc, const char *topic, int32_t partition, int64_t *ret_begin,
                              int64_t *ret_end, struct ho_error *err) HO_MUST_CHECK;

/* restore.c: the committed changelog from the applied offset to `end` into the view. */
enum ho_status ho_restore_part(struct ho_processor *proc, struct ho_part *part, int64_t begin, int64_t end,
                               struct ho_error *err) HO_MUST_CHECK;
/* *ret_begin becomes the offset of the first committed record between it and end, or end when there is none. */
enum ho_status ho_restore_first_record(struct ho_processor *proc, const struct ho_part *part, int64_t *ret_begin,
                                       int64_t end, struct ho_error *err) HO_MUST_CHECK;

/* batch.c */
int ho_batch_input(const struct ho_processor *proc, const char *topic); /* index, or -1 */
/* Takes a message, or frees it when it is not ours. */
void ho_batch_add(struct ho_processor *proc, rd_kafka_message_t *message);
/* Fills item->event from item->message. */
void ho_batch_fill_event(const struct ho_processor *proc, struct ho_item *item, int input);
/* Adds a timer or a wake of one state. */
void ho_batch_add_event(struct ho_processor *proc, struct ho_part *part, enum ho_event_kind kind, struct ho_slice key);
void ho_batch_drop(struct ho_processor *proc);
enum ho_status ho_batch_run(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;

/* read.c: from messages to events with states. An item that cannot be read gets a reason for the dead letters. */
enum ho_status ho_read_items(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;

/* flush.c: sends the states that the committed batch changed; and waits for the answers. */
enum ho_status ho_flush_send(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_flush_settle(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
/* Sends rows (key and value filled) of one partition; what the values before showed in views is taken back. */
struct ho_rows {
    struct ho_redis_row *items;
    struct ho_slice *before; /* used where the spec has views */
    size_t count;
    int64_t after; /* applied offset that they move the view to */
};
enum ho_status ho_flush_rows(struct ho_processor *proc, struct ho_part *part, const struct ho_rows *rows,
                             struct ho_error *err) HO_MUST_CHECK;

/* timer.c */
void ho_timer_tell_time(struct ho_processor *proc);
enum ho_status ho_timer_collect(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
/* Whether the state is due by its partition's time. */
bool ho_timer_is_due(const struct ho_part *part, const struct ho_cache_entry *entry);

/* wake.c */
struct ho_waiting *ho_waiting_new(void);
void ho_waiting_clear(struct ho_waiting *waiting);
void ho_waiting_free(struct ho_waiting *waiting);
/* Replaces what a state waits for; tokens are lines. */
void ho_waiting_set(struct ho_waiting *waiting, int32_t partition, struct ho_slice key, struct ho_slice tokens);
/* States that wait for token are woken. */
void ho_waiting_wake(struct ho_waiting *waiting, struct ho_slice token);
size_t ho_waiting_count(const struct ho_waiting *waiting);
/* Reads who waits in the partition out of the view, and wakes all: rows may have come meanwhile. */
enum ho_status ho_wake_assign(struct ho_processor *proc, struct ho_part *part, struct ho_error *err) HO_MUST_CHECK;
void ho_wake_collect(struct ho_processor *proc);

/* crash.c: a record during whose decoding or decision the process died three times goes to the dead letters. */
enum ho_status ho_crash_open(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
void ho_crash_enter(const rd_kafka_message_t *message);
void ho_crash_leave(void);
bool ho_crash_is_poison(const rd_kafka_message_t *message);

/* fault.c: ends (or stops) the process at a named point, where tests say so; nothing in a build without HO_FAULTS. */
enum ho_status ho_fault_open(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
void ho_fault(const char *point);

/* produce.c: records of the running transaction. */
void ho_produce_configure(rd_kafka_conf_t *conf); /* sets the delivery callback that follows the changelog's offsets */
void ho_produce_types(struct ho_processor *proc); /* ce_type of each output */
enum ho_status ho_produce_effect(struct ho_processor *proc, const struct ho_item *item, const struct ho_effect *effect,
                                 struct ho_slice value, struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_produce_dead(struct ho_processor *proc, const struct ho_item *item,
                               struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_produce_state(struct ho_processor *proc, const struct ho_cache_entry *entry,
                                struct ho_error *err) HO_MUST_CHECK;

/* form.c: which form each output has. HO_INVALID: the configuration names what cannot be. */
enum ho_status ho_form_open(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
/* The value in its output's form, valid until the next one; *ret_type is replaced by its content-type. */
struct ho_slice ho_form_write(struct ho_processor *proc, int output, struct ho_slice value, const char **ret_type);
/* Registers the schemas of the outputs, where there is a registry; waits until it answers. HO_INVALID: it refuses one. */
enum ho_status ho_form_register(struct ho_processor *proc, struct ho_error *err) HO_MUST_CHECK;
/* ho_form_normal (form.h), waiting for the registry. HO_NOT_FOUND: a schema never came. HO_AWAY: end, and wait outside. */
struct ho_formed;
enum ho_status ho_form_read(struct ho_processor *proc, struct ho_formed *formed, struct ho_error *err) HO_MUST_CHECK;

/* status.c */
int ho_status_healthz(void *arg, struct ho_buf *out);
int ho_status_readyz(void *arg, struct ho_buf *out);
int ho_status_page(void *arg, struct ho_buf *out);
void ho_status_watch(struct ho_processor *proc); /* starts the watchdog */

#endif
