#include "gateway/pages_shell.h"

#include <stdio.h>

#include "clock/clock.h"
#include "gateway/store_shell.h"

static void register_feed(struct feed *feed)
{
    const char *id = feed->is->id;
    for (int code = 0; code < GATEWAY_CODES; code++) {
        char name[64] = "ho_mllp_answers_";
        const char *text = gateway_code_text((enum gateway_code)code);
        size_t len = strlen(name);
        for (; *text; text++)
            name[len++] = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        snprintf(name + len, sizeof name - len, "_total");
        feed->m_codes[code] = ho_counter(name, "Answers with this code, by feed; a resend's stored answer is not one.", "feed", id);
    }
    feed->m_resent = ho_counter("ho_mllp_resent_total", "Messages that got a stored answer again.", "feed", id);
    feed->m_reused = ho_counter("ho_mllp_control_id_reused_total", "Messages with the control id of another one.", "feed", id);
    feed->m_connections = ho_gauge("ho_mllp_feed_connections", "Open connections of a feed.", "feed", id);
    feed->m_bytes = ho_gauge("ho_mllp_feed_bytes", "Bytes of a feed that are on their way, or begun.", "feed", id);
    feed->m_paused = ho_gauge("ho_mllp_feed_paused", "Connections of a feed that are not read for now.", "feed", id);
    feed->m_last = ho_gauge("ho_mllp_last_message_seconds", "When a feed's last message came, Unix time; 0: none.", "feed", id);
}

void pages_register(struct gateway *gateway)
{
    static const char *const ends[] = {[GATEWAY_GOES_ON] = "none",       [GATEWAY_END_HANDSHAKE] = "handshake",
                                       [GATEWAY_END_FRAME] = "frame",    [GATEWAY_END_ANSWERS] = "answers",
                                       [GATEWAY_END_IDLE] = "idle",      [GATEWAY_FRAME_ENDS] = "none"};
    struct gateway_metrics *metrics = &gateway->metrics;
    for (int v = GATEWAY_CONTENT; v <= GATEWAY_TOO_LONG; v++)
        metrics->reasons[v] = ho_counter("ho_mllp_refusals_total", "Negative outcomes by reason.", "reason",
                                         gateway_reason((enum gateway_verdict)v));
    for (size_t i = 0; i < HO_LENGTH(ends); i++)
        metrics->ends[i] = ho_counter("ho_mllp_timeouts_total", "Connections that ended for waiting too long.", "what", ends[i]);
    metrics->limit = ho_counter("ho_mllp_connections_refused_total", "Connections that were not taken.", "reason", "limit");
    metrics->certificate = ho_counter("ho_mllp_connections_refused_total", "Connections that were not taken.", "reason",
                                      "certificate");
    metrics->cut = ho_counter("ho_mllp_cut_frames_total", "Frames that a closed connection cut off.", NULL, NULL);
    metrics->broken = ho_counter("ho_mllp_broken_frames_total", "Frames in which the sender began again.", NULL, NULL);
    metrics->junk = ho_counter("ho_mllp_junk_bytes_total", "Bytes outside of frames.", NULL, NULL);
    metrics->failed = ho_counter("ho_mllp_not_stored_total", "Reports of Kafka that a message was not stored.", NULL, NULL);
    metrics->changes = ho_counter("ho_mllp_producer_changes_total", "Changes of a feed's producer.", NULL, NULL);
    metrics->ack = ho_histogram("ho_mllp_ack_seconds", "From a message's last byte to its answer, when stored.", NULL, NULL);
    metrics->connections = ho_gauge("ho_mllp_connections", "Open connections.", NULL, NULL);
    metrics->bytes = ho_gauge("ho_mllp_bytes", "Bytes that are on their way, or begun.", NULL, NULL);
    metrics->in_flight = ho_gauge("ho_mllp_in_flight", "Messages on their way.", NULL, NULL);
    metrics->away = ho_gauge("ho_mllp_kafka_away", "1 while Kafka did not take the last message.", NULL, NULL);
    for (size_t i = 0; i < gateway->declared.count; i++)
        register_feed(&gateway->feeds[i]);
}

void pages_refresh(struct gateway *gateway)
{
    const struct gateway_metrics *metrics = &gateway->metrics;
    ho_metric_set(metrics->connections, atomic_load(&gateway->connection_count));
    ho_metric_set(metrics->bytes, atomic_load(&gateway->bytes));
    ho_metric_set(metrics->in_flight, atomic_load(&gateway->in_flight));
    ho_metric_set(metrics->away, store_away(gateway));
    for (size_t i = 0; i < gateway->declared.count; i++) {
        struct feed *feed = &gateway->feeds[i];
        ho_metric_set(feed->m_connections, atomic_load(&feed->connections));
        ho_metric_set(feed->m_bytes, atomic_load(&feed->bytes));
        ho_metric_set(feed->m_paused, atomic_load(&feed->paused_count));
        ho_metric_set(feed->m_last, atomic_load(&feed->last_ms) / 1000);
    }
}

static int healthz(void *arg, struct ho_buf *out)
{
    (void)arg;
    ho_buf_printf(out, "ok\n");
    return 200;
}

/* Also ready while Kafka is away: then it is the gateway that says so to the senders. */
static int readyz(void *arg, struct ho_buf *out)
{
    const struct gateway *gateway = arg;
    bool stopping = atomic_load(&gateway->stopping);
    ho_buf_printf(out, stopping ? "stopping\n" : ho_metric_value(gateway->metrics.away) ? "running; Kafka is away\n" : "running\n");
    return stopping ? 503 : 200;
}

static void put_feed(struct ho_buf *out, const struct feed *feed)
{
    static const char *const modes[] = {[HO_FEED_ACK_AUTO] = "auto", [HO_FEED_ACK_ORIGINAL] = "original",
                                        [HO_FEED_ACK_ENHANCED] = "enhanced"};
    ho_buf_printf(out, "{\"feed\":\"%s\",\"port\":%lld,\"tls\":%s,\"ack\":\"%s\",\"release\":%d,\"when_away\":\"%s\"",
                  feed->is->id, (long long)feed->is->port, feed->is->tls_names[0] ? "true" : "false", modes[feed->is->ack],
                  feed->is->release2 ? 2 : 1, feed->is->hold ? "hold" : "refuse");
    ho_buf_printf(out, ",\"connections\":%lld,\"received\":%lld,\"stored\":%lld,\"refused\":%lld,\"resent\":%lld",
                  (long long)atomic_load(&feed->connections), (long long)atomic_load(&feed->received),
                  (long long)atomic_load(&feed->stored), (long long)atomic_load(&feed->refused),
                  (long long)atomic_load(&feed->resent));
    ho_buf_printf(out, ",\"control_id_reused\":%lld,\"in_flight\":%lld,\"bytes\":%lld,\"paused\":%lld,\"last_ms\":%lld}",
                  (long long)atomic_load(&feed->reused), (long long)atomic_load(&feed->in_flight),
                  (long long)atomic_load(&feed->bytes), (long long)atomic_load(&feed->paused_count),
                  (long long)atomic_load(&feed->last_ms));
}

static int status_page(void *arg, struct ho_buf *out)
{
    const struct gateway *gateway = arg;
    ho_buf_printf(out,
                  "{\"daemon\":\"gateway\",\"instance\":\"%s\",\"state\":\"%s\",\"time_ms\":%lld,\"connections\":%lld,"
                  "\"received\":%lld,\"in_flight\":%lld,\"bytes\":%lld,\"kafka_away\":%s,\"feeds\":[",
                  gateway->config->instance, atomic_load(&gateway->stopping) ? "stopping" : "running",
                  (long long)ho_clock_now_ms(), (long long)atomic_load(&gateway->connection_count),
                  (long long)atomic_load(&gateway->received), (long long)atomic_load(&gateway->in_flight),
                  (long long)atomic_load(&gateway->bytes), ho_metric_value(gateway->metrics.away) ? "true" : "false");
    for (size_t i = 0; i < gateway->declared.count; i++) {
        ho_buf_printf(out, i ? "," : "");
        put_feed(out, &gateway->feeds[i]);
    }
    ho_buf_printf(out, "]}\n");
    return 200;
}

enum ho_status pages_start(struct gateway *gateway, struct ho_http **ret_http, struct ho_error *err)
{
    const struct ho_http_pages pages = {gateway, healthz, readyz, status_page};
    return ho_http_start(gateway->config->http, &pages, ret_http, err);
}
