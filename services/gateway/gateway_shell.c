#include "gateway/gateway_shell.h"

#include <signal.h>
#include <sys/resource.h>

#include "clock/clock.h"
#include "gateway/connection_shell.h"
#include "gateway/listen_shell.h"
#include "gateway/pages_shell.h"
#include "gateway/store_shell.h"
#include "kafka/kafka.h"
#include "log/log.h"

#define FILES_BESIDE 256 /* open files that are no connections: Kafka, pages, listeners */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *gateway = arg;
    (void)fd;
    (void)what;
    store_poll(gateway);
    connections_sweep(gateway);
    listen_again(gateway);
    pages_refresh(gateway);
    if (!atomic_load(&gateway->stopping))
        return;
    bool late = ho_clock_monotonic_us() / 1000 - gateway->stop_ms >= gateway->config->drain_ms;
    if (late)
        ho_log(HO_LOG_WARN, "not all was answered", "in_flight=%lld", (long long)atomic_load(&gateway->in_flight));
    if (late || !gateway->connections)
        event_base_loopexit(gateway->base, NULL);
}

/* Drain: nobody new, nothing more is read, what is on its way is answered, then each connection closes. */
static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *gateway = arg;
    (void)fd;
    (void)what;
    if (atomic_exchange(&gateway->stopping, true))
        return;
    gateway->stop_ms = ho_clock_monotonic_us() / 1000;
    ho_log(HO_LOG_INFO, "stopping", "in_flight=%lld connections=%lld", (long long)atomic_load(&gateway->in_flight),
           (long long)atomic_load(&gateway->connection_count));
    listen_stop(gateway);
    connections_drain(gateway);
}

static void open_feeds(struct gateway *gateway)
{
    const struct gateway_config *config = gateway->config;
    uint32_t count = (uint32_t)config->resend_count, bytes = (uint32_t)config->resend_bytes;
    gateway->feeds = ho_calloc(gateway->declared.count, sizeof *gateway->feeds);
    for (size_t i = 0; i < gateway->declared.count; i++) {
        struct feed *feed = &gateway->feeds[i];
        feed->gateway = gateway;
        feed->is = &gateway->declared.items[i];
        feed->producer = feed->wanted = feed->is->hold ? GATEWAY_PATIENT : GATEWAY_QUICK;
        feed->last_waiting = &feed->waiting;
        feed->last_paused = &feed->paused;
        window_init(&feed->window, ho_malloc(window_size(count, bytes)), count, bytes);
    }
}

static enum ho_status check(const struct gateway_config *config, struct ho_error *err)
{
    struct rlimit files = {0, 0};
    if (config->connection_bytes_max < 2 * config->frame_bytes_max || config->feed_bytes_max < config->connection_bytes_max ||
        config->total_bytes_max < config->feed_bytes_max)
        return ho_fail(err, HO_INVALID, "mllp.connection_bytes_max must be twice mllp.frame_bytes_max at least, and "
                                        "mllp.feed_bytes_max and mllp.total_bytes_max no less than the one before");
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max != RLIM_INFINITY && (int64_t)files.rlim_max < config->connections_max + FILES_BESIDE)
        return ho_fail(err, HO_INVALID, "mllp.connections_max is %lld, but this process may open %lld files only (%d are "
                                        "needed beside)", (long long)config->connections_max, (long long)files.rlim_max,
                       FILES_BESIDE);
    return HO_OK;
}

static enum ho_status open_tls(struct gateway *gateway, struct ho_error *err)
{
    const struct gateway_config *config = gateway->config;
    if (!config->tls_certificate[0] && !config->tls_listen[0])
        return HO_OK;
    return stream_tls_open(&gateway->tls, config->tls_certificate, config->tls_key, config->tls_ca, err);
}

static enum ho_status open_all(struct gateway *gateway, const struct ho_config *config, struct ho_http **ret_http,
                               struct ho_error *err)
{
    enum ho_status status = check(gateway->config, err);
    if (status == HO_OK)
        status = ho_feeds_load(&gateway->declared, gateway->config->feeds_dir, err);
    if (status == HO_OK)
        status = open_tls(gateway, err);
    if (status == HO_OK && strcmp(gateway->config->clock, "topic") == 0)
        status = ho_kafka_follow_clock(gateway->config->bootstrap, gateway->config->ns, config, err);
    if (status != HO_OK)
        return status;
    open_feeds(gateway);
    pages_register(gateway);
    status = store_open(gateway, config, err);
    if (status == HO_OK)
        status = listen_open(gateway, err);
    return status == HO_OK ? pages_start(gateway, ret_http, err) : status;
}

static enum ho_status run(struct gateway *gateway, const struct ho_config *config, struct ho_error *err)
{
    const struct timeval tick = {0, 50000};
    struct ho_http *http = NULL;
    gateway->base = event_base_new();
    gateway->started_s = ho_clock_wall_ms() / 1000;
    ho_buf_init(&gateway->scratch, 65536);
    enum ho_status status = open_all(gateway, config, &http, err);
    if (status != HO_OK)
        return status;
    struct event *timer = event_new(gateway->base, -1, EV_PERSIST, on_tick, gateway);
    struct event *term = evsignal_new(gateway->base, SIGTERM, on_stop, gateway);
    struct event *interrupt = evsignal_new(gateway->base, SIGINT, on_stop, gateway);
    event_add(timer, &tick);
    event_add(term, NULL);
    event_add(interrupt, NULL);
    event_base_dispatch(gateway->base);
    ho_http_stop(http);
    store_close(gateway);
    return HO_OK;
}

int gateway_main(int argc, char **argv, const char *manual, const struct ho_option *options,
                 struct gateway_config *config)
{
    static struct gateway gateway;
    struct ho_error err = {HO_OK, ""};
    struct ho_option_table table = {options, config};
    struct ho_config *loaded = NULL;
    enum ho_status status = ho_config_load(argc, argv, &table, 1, &loaded, &err);
    ho_log_open("gateway", HO_LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    if (status == HO_NOT_FOUND) {
        ho_config_print_help(manual, &table, 1);
        return 0;
    }
    gateway.config = config;
    bool usage = status != HO_OK;
    if (status == HO_OK)
        status = run(&gateway, loaded, &err);
    if (status == HO_OK)
        return 0;
    ho_log(HO_LOG_ERROR, "ended", "error=\"%s\"", err.text);
    return usage || status == HO_INVALID ? 64 : 1;
}
