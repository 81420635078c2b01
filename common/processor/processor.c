/*
 * Start, loop and end of a stateful daemon. Order of the start, and why:
 *   configuration; HTTP, so that somebody can ask why it waits; producers A and B with init_transactions on both, which
 *   ends what an earlier life of this instance left open, before any committed offset is read; schemas and lookups read
 *   to their end; Redis; then the group.
 */
#include "processor/internal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock/clock.h"
#include "http/http.h"
#include "log/log.h"
#include "records.h"

#define POLL_MS 100
#define SIDE_WAIT_US 120000000
#define DISCARD_WAIT_US 120000000
#define EXIT_USAGE 64

static const struct ho_option common_options[] = {
    {"handoff", "namespace", HO_OPTION_TEXT, "ho", 0, 0, "prefix of topics, groups, ids and Redis keys", false,
     offsetof(struct ho_common_config, ns)},
    {"handoff", "instance", HO_OPTION_TEXT, "1", 0, 0, "name of this instance, the same after every restart", false,
     offsetof(struct ho_common_config, instance)},
    {"handoff", "http", HO_OPTION_TEXT, "127.0.0.1:0", 0, 0, "host:port of /healthz /readyz /metrics /status", false,
     offsetof(struct ho_common_config, http)},
    {"handoff", "log_level", HO_OPTION_TEXT, "info", 0, 0, "debug, info, warn or error", false,
     offsetof(struct ho_common_config, log_level)},
    {"handoff", "clock", HO_OPTION_TEXT, "wall", 0, 0, "wall, or topic in replay, simulation and tests", false,
     offsetof(struct ho_common_config, clock)},
    {"kafka", "bootstrap", HO_OPTION_TEXT, NULL, 0, 0, "host:port,... of the brokers", false,
     offsetof(struct ho_common_config, bootstrap)},
    {"kafka", "session_timeout_ms", HO_OPTION_INT, "45000", 1000, 300000, "ms until the group gives up a silent member",
     false, offsetof(struct ho_common_config, session_timeout_ms)},
    {"redis", "address", HO_OPTION_TEXT, NULL, 0, 0, "host:port of Redis", false,
     offsetof(struct ho_common_config, redis)},
    {"redis", "timeout_ms", HO_OPTION_INT, "5000", 10, 600000, "ms to wait for one answer of Redis", false,
     offsetof(struct ho_common_config, redis_timeout_ms)},
    {"redis", "wait_ms", HO_OPTION_INT, "60000", 0, 600000, "ms to wait in place for Redis before leaving the group",
     false, offsetof(struct ho_common_config, redis_wait_ms)},
    {"processor", "cache_bytes", HO_OPTION_INT, "67108864", 65536, INT64_C(1) << 40, "bytes of states kept at hand",
     false, offsetof(struct ho_common_config, cache_bytes)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

bool ho_processor_stopping(void)
{
    return stopping != 0;
}

void ho_processor_say(struct ho_processor *proc, const char *state, const char *fmt, ...)
{
    char reason[sizeof proc->reason];
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    pthread_mutex_lock(&proc->lock);
    bool news = strcmp(proc->state, state) != 0 || strcmp(proc->reason, reason) != 0;
    snprintf(proc->state, sizeof proc->state, "%s", state);
    snprintf(proc->reason, sizeof proc->reason, "%s", reason);
    pthread_mutex_unlock(&proc->lock);
    if (news)
        ho_log(HO_LOG_INFO, "state", "state=%s reason=\"%s\"", state, reason);
}

void ho_processor_fail(struct ho_processor *proc, const struct ho_error *err)
{
    if (proc->failed)
        return;
    proc->failed = true;
    proc->failure = *err;
}

enum ho_status ho_processor_redis(struct ho_processor *proc, int64_t wait_ms, struct ho_error *err)
{
    int64_t begin_us = ho_clock_monotonic_us();
    ho_redis_close(proc->redis);
    proc->redis = NULL;
    for (useconds_t pause_us = 50000;; pause_us = pause_us < 1000000 ? pause_us * 2 : pause_us) {
        enum ho_status status =
            ho_redis_open(proc->common.redis, proc->common.redis_timeout_ms, &proc->redis, err);
        if (status != HO_AWAY)
            return status;
        if (stopping || (wait_ms >= 0 && ho_clock_monotonic_us() - begin_us > wait_ms * 1000))
            return status;
        ho_processor_say(proc, "waiting", "%s", err->text);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        usleep(pause_us);
    }
}

static enum ho_status open_producer(struct ho_processor *proc, int which, struct ho_error *err)
{
    char id[256], name[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_TRANSACTIONAL, proc->common.bootstrap, proc->config, &conf, err);
    if (status != HO_OK)
        return status;
    snprintf(id, sizeof id, "%s.%s.%s.%c", proc->common.ns, proc->spec->name, proc->common.instance, "ab"[which]);
    ho_produce_configure(conf);
    status = ho_kafka_set(conf, "transactional.id", id, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_TRANSACTIONAL, conf, &proc->producers[which], err);
    if (status != HO_OK)
        return status;
    rd_kafka_t *producer = proc->producers[which];
    for (size_t i = 0; i < proc->output_count; i++)
        proc->output_topics[which][i] =
            rd_kafka_topic_new(producer, ho_kafka_name(name, proc->common.ns, proc->spec->outputs[i].topic), NULL);
    proc->changelog_topics[which] = rd_kafka_topic_new(producer, proc->changelog, NULL);
    snprintf(id, sizeof id, "dlq.%s", proc->spec->name);
    proc->dlq_topics[which] = rd_kafka_topic_new(producer, ho_kafka_name(name, proc->common.ns, id), NULL);
    for (;;) {
        rd_kafka_error_t *error = rd_kafka_init_transactions(producer, 5000);
        if (!error)
            return HO_OK;
        bool again = rd_kafka_error_is_retriable(error) && !stopping;
        status = ho_fail(err, HO_AWAY, "transactions of %s: %s", proc->spec->name, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        if (!again)
            return status;
        ho_processor_say(proc, "waiting", "%s; is the broker up and the address right?", err->text);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
    }
}

static enum ho_status open_reader(struct ho_processor *proc, const char *isolation, const char *suffix,
                                  rd_kafka_t **ret_kafka, struct ho_error *err)
{
    char group[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_CONSUMER, proc->common.bootstrap, proc->config, &conf, err);
    snprintf(group, sizeof group, "%s.%s.%s", proc->common.ns, proc->spec->name, suffix);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "group.id", group, err);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "isolation.level", isolation, err);
    return status == HO_OK ? ho_kafka_open(HO_KAFKA_CONSUMER, conf, ret_kafka, err) : status;
}

static enum ho_status open_group(struct ho_processor *proc, struct ho_error *err)
{
    char text[HO_KAFKA_NAME_SIZE];
    rd_kafka_conf_t *conf = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_CONSUMER, proc->common.bootstrap, proc->config, &conf, err);
    if (status != HO_OK)
        return status;
    rd_kafka_conf_set_rebalance_cb(conf, ho_assign_rebalance);
    rd_kafka_conf_set_opaque(conf, proc);
    snprintf(text, sizeof text, "%s.%s", proc->common.ns, proc->spec->name);
    status = ho_kafka_set(conf, "group.id", text, err);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "group.instance.id", proc->common.instance, err);
    snprintf(text, sizeof text, "%lld", (long long)proc->common.session_timeout_ms);
    if (status == HO_OK)
        status = ho_kafka_set(conf, "session.timeout.ms", text, err);
    if (status == HO_OK)
        status = ho_kafka_open(HO_KAFKA_CONSUMER, conf, &proc->consumer, err);
    if (status != HO_OK)
        return status;
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)proc->input_count);
    for (size_t i = 0; i < proc->input_count; i++)
        rd_kafka_topic_partition_list_add(topics, proc->input_names[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t rc = rd_kafka_subscribe(proc->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return rc ? ho_fail(err, HO_FAILED, "subscribe: %s", rd_kafka_err2str(rc)) : HO_OK;
}

/* Counts of all inputs and of the changelog must be one number, or a state would have two homes. */
static enum ho_status check_counts(struct ho_processor *proc, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE];
    enum ho_status status = ho_kafka_partition_count(proc->ends, proc->changelog, &proc->part_count, err);
    for (size_t i = 0; i < proc->input_count && status == HO_OK; i++) {
        int32_t count = 0;
        status = ho_kafka_partition_count(proc->ends, proc->input_names[i], &count, err);
        if (status == HO_OK && count != proc->part_count)
            status = ho_fail(err, HO_INVALID, "%s has %d partitions, %s has %d: they must agree", proc->input_names[i],
                             count, proc->changelog, proc->part_count);
    }
    for (size_t i = 0; i < proc->output_count && status == HO_OK; i++)
        status = ho_kafka_partition_count(proc->ends,
                                          ho_kafka_name(name, proc->common.ns, proc->spec->outputs[i].topic),
                                          &proc->output_partitions[i], err);
    return status;
}

static enum ho_status wait_counts(struct ho_processor *proc, struct ho_error *err)
{
    for (;;) {
        enum ho_status status = check_counts(proc, err);
        if ((status != HO_AWAY && status != HO_NOT_FOUND) || stopping)
            return status;
        ho_processor_say(proc, "waiting", "%s", err->text);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        rd_kafka_message_t *none = rd_kafka_consumer_poll(proc->ends, 500);
        if (none)
            rd_kafka_message_destroy(none);
    }
}

static enum ho_status open_parts(struct ho_processor *proc)
{
    proc->parts = ho_calloc((size_t)proc->part_count, sizeof *proc->parts);
    for (int32_t p = 0; p < proc->part_count; p++) {
        proc->parts[p].id = p;
        ho_redis_part_init(&proc->parts[p].keys, proc->common.ns, proc->spec->name, p);
    }
    unsigned char random[16];
    HO_ASSERT(getrandom(random, sizeof random, 0) == (ssize_t)sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(proc->owner + 2 * i, 3, "%02x", random[i]);
    return HO_OK;
}

static enum ho_status start(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    if (strcmp(proc->common.clock, "topic") == 0)
        status = ho_kafka_follow_clock(proc->common.bootstrap, proc->common.ns, proc->config, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_uncommitted", "ends", &proc->ends, err);
    if (status == HO_OK)
        status = wait_counts(proc, err);
    if (status == HO_OK)
        status = open_parts(proc);
    for (int i = 0; i < 2 && status == HO_OK; i++)
        status = open_producer(proc, i, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_committed", "restore", &proc->restorer, err);
    if (status == HO_OK)
        status = open_reader(proc, "read_committed", "side", &proc->side, err);
    if (status == HO_OK)
        status = ho_side_start(proc, err);
    int64_t begin_us = ho_clock_monotonic_us();
    while (status == HO_OK && proc->side_missing->cnt && !stopping) {
        ho_processor_say(proc, "starting", "reading schemas and lookups to their end");
        ho_side_serve(proc, POLL_MS);
        atomic_store(&proc->loop_us, ho_clock_monotonic_us());
        if (ho_clock_monotonic_us() - begin_us > SIDE_WAIT_US)
            status = ho_fail(err, HO_AWAY, "schemas and lookups could not be read to their end");
    }
    if (status == HO_OK)
        status = ho_processor_redis(proc, -1, err);
    proc->cluster = status == HO_OK ? rd_kafka_clusterid(proc->ends, 10000) : NULL;
    if (status == HO_OK && !proc->cluster)
        status = ho_fail(err, HO_AWAY, "the broker did not tell its cluster id");
    return status == HO_OK ? open_group(proc, err) : status;
}

/* One turn: poll once, then drain what is there; one batch is one transaction. */
static enum ho_status turn(struct ho_processor *proc, struct ho_error *err)
{
    int timeout_ms = POLL_MS;
    atomic_store(&proc->loop_us, ho_clock_monotonic_us());
    ho_side_serve(proc, 0);
    unsigned generation = proc->generation;
    while (proc->item_count < HO_BATCH_MAX) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(proc->consumer, timeout_ms);
        if (generation != proc->generation) { /* a rebalance ran inside the poll: what was gathered is no longer ours */
            ho_batch_drop(proc);
            generation = proc->generation;
        }
        if (!message)
            break;
        ho_batch_add(proc, message);
        timeout_ms = 0;
    }
    if (proc->discard && ho_clock_monotonic_us() - proc->discard_since_us > DISCARD_WAIT_US)
        return ho_fail(err, HO_FAILED, "a transaction was aborted and no new assignment came");
    if (proc->item_count) /* rows that came while the poll waited count before the events that it brought */
        ho_side_serve(proc, 0);
    enum ho_status status = proc->failed || proc->item_count == 0 ? HO_OK : ho_batch_run(proc, err);
    ho_assign_tables_done(proc);
    return status;
}

static enum ho_status loop(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    while (status == HO_OK && !stopping && !proc->failed)
        status = turn(proc, err);
    if (proc->failed) {
        *err = proc->failure;
        status = err->status;
    }
    return status;
}

static void stop(struct ho_processor *proc)
{
    ho_batch_drop(proc);
    if (proc->consumer)
        rd_kafka_consumer_close(proc->consumer);
    ho_redis_close(proc->redis);
}

static enum ho_log_level level_of(const char *text)
{
    return strcmp(text, "debug") == 0   ? HO_LOG_DEBUG
           : strcmp(text, "warn") == 0  ? HO_LOG_WARN
           : strcmp(text, "error") == 0 ? HO_LOG_ERROR
                                        : HO_LOG_INFO;
}

static void init_metrics(struct ho_processor *proc)
{
    proc->m_events = ho_counter("ho_events_total", "Records processed, in committed transactions.", NULL, NULL);
    proc->m_batches = ho_counter("ho_batches_total", "Transactions committed.", NULL, NULL);
    const char *name = "ho_batch_seconds", *help = "Where the time of a batch goes.";
    proc->m_load = ho_histogram(name, help, "step", "load");
    proc->m_decide = ho_histogram(name, help, "step", "decide");
    proc->m_commit = ho_histogram(name, help, "step", "commit");
    proc->m_flush = ho_histogram(name, help, "step", "flush");
    proc->m_batch = ho_histogram(name, help, "step", "all");
}

static void init_records(struct ho_processor *proc)
{
    const struct ho_processor_spec *spec = proc->spec;
    for (; spec->inputs[proc->input_count].topic; proc->input_count++) {
        size_t i = proc->input_count;
        HO_ASSERT(i < HO_INPUTS_MAX);
        ho_kafka_name(proc->input_names[i], proc->common.ns, spec->inputs[i].topic);
        if (spec->inputs[i].record)
            proc->input_readers[i] = ho_avro_reader_new(spec->inputs[i].record);
    }
    for (; spec->outputs[proc->output_count].topic; proc->output_count++)
        HO_ASSERT(proc->output_count + 1 < HO_OUTPUTS_MAX);
    for (; spec->lookups && spec->lookups[proc->lookup_count].topic; proc->lookup_count++) {
        HO_ASSERT(proc->lookup_count < HO_LOOKUPS_MAX);
        proc->lookup_readers[proc->lookup_count] = ho_avro_reader_new(spec->lookups[proc->lookup_count].record);
    }
    proc->state_reader = ho_avro_reader_new(spec->state);
    proc->fresh_state = ho_arena_alloc(&proc->permanent, ho_avro_size(spec->state));
    struct ho_error err;
    if (ho_avro_from_json(spec->state, HO_SLICE("{}"), &proc->permanent, proc->fresh_state, &err) != HO_OK) {
        ho_log(HO_LOG_ERROR, "every field of a state needs a default", "error=\"%s\"", err.text);
        HO_ASSERT(!"state schema with defaults");
    }
    ho_produce_types(proc);
}

static int run(struct ho_processor *proc)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_http *http = NULL;
    struct ho_http_pages pages = {proc, ho_status_healthz, ho_status_readyz, ho_status_page};
    char changelog[HO_KAFKA_NAME_SIZE];
    pthread_mutex_init(&proc->lock, NULL);
    pthread_mutex_init(&proc->parts_lock, NULL);
    atomic_store(&proc->loop_us, ho_clock_monotonic_us());
    snprintf(changelog, sizeof changelog, "%s.changelog", proc->spec->name);
    ho_kafka_name(proc->changelog, proc->common.ns, changelog);
    ho_kafka_name(proc->schemas, proc->common.ns, "schemas");
    ho_buf_init(&proc->scratch, (size_t)64 << 20);
    ho_cache_init(&proc->cache, (size_t)proc->common.cache_bytes);
    proc->changed = ho_calloc(HO_BATCH_MAX, sizeof(struct ho_cache_entry *));
    init_metrics(proc);
    init_records(proc);
    ho_processor_say(proc, "starting", "opening");
    enum ho_status status = HO_OK;
    if (proc->spec->setup)
        status = proc->spec->setup(proc->spec->env, proc->spec->config, &err);
    bool usage = status == HO_INVALID;
    if (status == HO_OK)
        status = ho_http_start(proc->common.http, &pages, &http, &err);
    if (status == HO_OK)
        status = start(proc, &err);
    if (status == HO_OK)
        status = loop(proc, &err);
    bool good = status == HO_OK || (ho_processor_stopping() && status == HO_AWAY);
    if (!good)
        ho_log(HO_LOG_ERROR, "ended", "error=\"%s\"", err.text);
    ho_processor_say(proc, "stopped", "%s", good ? "" : err.text);
    /* A broken handle may hang in its destructor (librdkafka 2.0.2): restart is right, so leave at once. */
    if (good)
        stop(proc);
    ho_http_stop(http);
    return good ? 0 : usage ? EXIT_USAGE : 1;
}

int ho_processor_main(int argc, char **argv, const struct ho_processor_spec *spec)
{
    static struct ho_processor proc; /* large: the batch's items */
    struct ho_error err = {HO_OK, ""};
    struct ho_option_table tables[2] = {{common_options, &proc.common}, {spec->options, spec->config}};
    size_t count = spec->options ? 2 : 1;
    proc.spec = spec;
    enum ho_status status = ho_config_load(argc, argv, tables, count, &proc.config, &err);
    if (status == HO_NOT_FOUND) {
        ho_config_print_help(spec->manual, tables, count);
        return 0;
    }
    ho_log_open(spec->name, status == HO_OK ? level_of(proc.common.log_level) : HO_LOG_INFO);
    if (status != HO_OK) {
        ho_log(HO_LOG_ERROR, "configuration", "error=\"%s\"", err.text);
        return EXIT_USAGE;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    int code = run(&proc);
    _exit(code);
}
