/*
 * Start, loop and end of a stateful daemon: configuration; HTTP, so that somebody can ask why it waits; Kafka and Redis
 * (open.c); then turns of the loop, one batch each, until a signal or a failure.
 */
#include "processor/internal.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "clock/clock.h"
#include "http/http.h"
#include "log/log.h"
#include "records.h"

#define POLL_MS 50
#define POLL_BUSY_MS 5 /* where the clock is a topic, or bulk inputs wait beside */
#define DISCARD_SLACK_US 15000000
#define STOP_MAX_S 20
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
    {"processor", "batch_records", HO_OPTION_INT, "5000", 1, 100000, "records of one transaction, at most", false,
     offsetof(struct ho_common_config, batch_records)},
    {"processor", "bulk_records", HO_OPTION_INT, "500", 1, 100000,
     "records of tables and bulk topics among them, while events wait", false,
     offsetof(struct ho_common_config, bulk_records)},
    {"processor", "commit_interval_ms", HO_OPTION_INT, "-1", -1, 60000,
     "least ms between two commits; -1: the daemon's own", false, offsetof(struct ho_common_config, commit_interval_ms)},
    {"processor", "state_dir", HO_OPTION_TEXT, "/var/lib/handoff", 0, 0, "folder for the marks of crashes", false,
     offsetof(struct ho_common_config, state_dir)},
    {"processor", "watchdog_s", HO_OPTION_INT, "300", 0, 86400,
     "s without a turn of the loop after which the process ends; 0: never", false,
     offsetof(struct ho_common_config, watchdog_s)},
    {"output", "json", HO_OPTION_TEXT, "", 0, 0, "topics alerts.* to be written as JSON, with commas between", false,
     offsetof(struct ho_common_config, json)},
    {"registry", "url", HO_OPTION_TEXT, "", 0, 0, "schema registry; when given, outputs have Confluent's wire format", true,
     offsetof(struct ho_common_config, registry)},
    {"registry", "timeout_ms", HO_OPTION_INT, "1000", 50, 10000, "ms to wait for one answer of the registry", false,
     offsetof(struct ho_common_config, registry_timeout_ms)},
    {"processor", "fault", HO_OPTION_TEXT, "", 0, 0, "tests only: POINT:N[:stop], where to end (fault.c)", false,
     offsetof(struct ho_common_config, fault)},
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

void ho_processor_turns(struct ho_processor *proc)
{
    atomic_store(&proc->loop_us, ho_clock_monotonic_us());
}

/* Adds what a consumer has, at most `most` records; waits at most timeout_ms for the first one. */
static void poll_into(struct ho_processor *proc, rd_kafka_t *consumer, size_t most, int timeout_ms)
{
    unsigned generation = proc->generation;
    for (size_t end = proc->item_count + most; proc->item_count < end && !proc->failed;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, timeout_ms);
        if (generation != proc->generation) { /* a rebalance ran inside the poll, and dropped what was gathered */
            generation = proc->generation;
            end = proc->item_count + most;
        }
        if (!message)
            return;
        ho_batch_add(proc, message);
        timeout_ms = 0;
    }
}

static int64_t commit_interval_us(const struct ho_processor *proc)
{
    int64_t own = proc->common.commit_interval_ms;
    return (own >= 0 ? own : proc->spec->commit_interval_ms) * 1000;
}

/* Poll once, then drain what is there: batches grow with the load, and without load nothing waits. Only where commits
 * have a pace is a batch held open until it is time. */
static void gather(struct ho_processor *proc)
{
    size_t most = (size_t)proc->common.batch_records, bulk = (size_t)proc->common.bulk_records;
    bool busy = proc->bulk || strcmp(proc->common.clock, "topic") == 0;
    int timeout_ms = proc->item_count ? 0 : busy ? POLL_BUSY_MS : POLL_MS;
    int64_t due_us = proc->committed_us + commit_interval_us(proc);
    if (proc->reading_tables) /* nobody waits for events yet, but the group wants to be polled */
        most = 0;
    poll_into(proc, proc->consumer, most ? most : 1, most ? timeout_ms : 0);
    if (proc->bulk)
        poll_into(proc, proc->bulk, most ? bulk : (size_t)proc->common.batch_records, most ? 0 : timeout_ms);
    for (int64_t now_us; proc->item_count && proc->item_count < most && (now_us = ho_clock_monotonic_us()) < due_us;)
        poll_into(proc, proc->consumer, most - proc->item_count, (int)((due_us - now_us) / 1000) + 1);
}

/* One turn; one batch is one transaction. */
static enum ho_status turn(struct ho_processor *proc, struct ho_error *err)
{
    int64_t session_us = proc->common.session_timeout_ms * 1000;
    ho_processor_turns(proc);
    ho_side_serve(proc, 0);
    ho_timer_tell_time(proc);
    ho_wake_collect(proc);
    enum ho_status status = ho_timer_collect(proc, err);
    if (status != HO_OK)
        return status;
    gather(proc);
    if (proc->discard && ho_clock_monotonic_us() - proc->discard_since_us > session_us + DISCARD_SLACK_US)
        return ho_fail(err, HO_FAILED, "a transaction was aborted and no new assignment came");
    if (proc->item_count) /* rows that came while the poll waited count before the events that it brought */
        ho_side_serve(proc, 0);
    if (!proc->failed && proc->assigned)
        status = proc->item_count ? ho_batch_run(proc, err) : ho_flush_settle(proc, err);
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

/* The handles' own end may hang (librdkafka 2.0.2); what is committed is committed. */
static void on_late(int number)
{
    (void)number;
    _exit(0);
}

/* Graceful: the last batch is committed; its flush gets its answer; then the group is told nothing, being static. */
static void stop(struct ho_processor *proc)
{
    struct ho_error ignored;
    signal(SIGALRM, on_late);
    alarm(STOP_MAX_S);
    ho_batch_drop(proc);
    if (proc->redis && ho_redis_settle(proc->redis, &ignored) != HO_OK)
        ho_log(HO_LOG_WARN, "stopped", "error=\"%s\"", ignored.text);
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
    const char *name = "ho_batch_seconds", *help = "Where the time of a batch goes.";
    proc->m_events = ho_counter("ho_events_total", "Records, timers and wakes processed, in committed transactions.",
                                NULL, NULL);
    proc->m_timers = ho_counter("ho_timers_total", "Timers fired.", NULL, NULL);
    proc->m_batches = ho_counter("ho_batches_total", "Transactions committed.", NULL, NULL);
    proc->m_load = ho_histogram(name, help, "step", "load");
    proc->m_decide = ho_histogram(name, help, "step", "decide");
    proc->m_offsets = ho_histogram(name, help, "step", "offsets");
    proc->m_commit = ho_histogram(name, help, "step", "commit");
    proc->m_settle = ho_histogram(name, help, "step", "settle");
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
    ho_step_init(&proc->step, spec, &proc->arena);
    ho_produce_types(proc);
}

/* Bulk records come on top of a full batch, timers and wakes before it. */
static void init_memory(struct ho_processor *proc)
{
    int64_t bulk = proc->common.bulk_records > proc->common.batch_records ? proc->common.bulk_records
                                                                           : proc->common.batch_records;
    proc->item_cap = (size_t)(proc->common.batch_records + bulk) + HO_TIMERS_MAX + HO_WAKES_MAX;
    proc->items = ho_calloc(proc->item_cap, sizeof *proc->items);
    proc->changed = ho_calloc(proc->item_cap * HO_STATES_MAX, sizeof(struct ho_cache_entry *));
    proc->waiting = ho_waiting_new();
    ho_cache_init(&proc->cache, (size_t)proc->common.cache_bytes);
}

/* Names and memory; then the daemon's own setup. Returns HO_INVALID for what only a person can mend. */
static enum ho_status prepare(struct ho_processor *proc, struct ho_error *err)
{
    char changelog[HO_KAFKA_NAME_SIZE];
    pthread_mutex_init(&proc->lock, NULL);
    pthread_mutex_init(&proc->parts_lock, NULL);
    ho_processor_turns(proc);
    snprintf(changelog, sizeof changelog, "%s.changelog", proc->spec->name);
    ho_kafka_name(proc->changelog, proc->common.ns, changelog);
    ho_kafka_name(proc->schemas, proc->common.ns, "schemas");
    init_memory(proc);
    init_metrics(proc);
    init_records(proc);
    enum ho_status status = ho_form_open(proc, err);
    if (status != HO_OK)
        return status;
    return proc->spec->setup ? proc->spec->setup(proc->spec->env, proc->spec->config, err) : HO_OK;
}

static int run(struct ho_processor *proc)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_http *http = NULL;
    struct ho_http_pages pages = {proc, ho_status_healthz, ho_status_readyz, ho_status_page};
    enum ho_status status = prepare(proc, &err);
    ho_processor_say(proc, "starting", "opening");
    if (status == HO_OK)
        status = ho_crash_open(proc, &err);
    if (status == HO_OK)
        status = ho_fault_open(proc, &err);
    bool usage = status == HO_INVALID;
    if (status == HO_OK)
        status = ho_http_start(proc->common.http, &pages, &http, &err);
    ho_status_watch(proc);
    if (status == HO_OK)
        status = ho_open_all(proc, &err);
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

static int verify(struct ho_processor *proc, bool phi)
{
    struct ho_error err = {HO_OK, ""};
    if (prepare(proc, &err) == HO_OK)
        return ho_verify(proc, phi);
    ho_log(HO_LOG_ERROR, "ended", "error=\"%s\"", err.text);
    return EXIT_USAGE;
}

/* Takes `name` out of the arguments; whether it was there. */
static bool take_flag(int *argc, char **argv, const char *name)
{
    int kept = 0;
    bool found = false;
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], name) == 0)
            found = true;
        else
            argv[kept++] = argv[i];
    *argc = kept;
    return found;
}

int ho_processor_main(int argc, char **argv, const struct ho_processor_spec *spec)
{
    static struct ho_processor proc; /* large: the batch's items */
    struct ho_error err = {HO_OK, ""};
    struct ho_option_table tables[2] = {{common_options, &proc.common}, {spec->options, spec->config}};
    size_t count = spec->options ? 2 : 1;
    proc.spec = spec;
    bool verifies = take_flag(&argc, argv, "--verify"), phi = take_flag(&argc, argv, "--phi");
    enum ho_status status = ho_config_load(argc, argv, tables, count, &proc.config, &err);
    if (status == HO_NOT_FOUND) {
        ho_config_print_help(spec->manual, tables, count);
        printf("\n  --verify [--phi]  compares what this daemon made with what its core makes of its inputs (verify.c)\n");
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
    int code = verifies ? verify(&proc, phi) : run(&proc);
    _exit(code);
}
