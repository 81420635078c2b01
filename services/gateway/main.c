/*
 * NAME      ho-gateway - takes hospitals' HL7 v2 messages over MLLP into Kafka
 * CONSUMES  MLLP connections (releases 1 and 2), plain or TLS, by feed: feeds.dir/<id>.ini with a port or a certificate's
 *           name, or the default feed on mllp.listen
 * PRODUCES  adt.raw, by feed: the unframed bytes; and the answer, positive only once Kafka has the message
 * STATE     the frames in flight, and a bounded window of answers for resends; both in memory
 * DECIDES   gateway_core.h, rules gateway.1 to gateway.15
 * ON FAILURE  Kafka away: AR with ERR 207 after mllp.store_ms and at once from then on, or, for a feed that holds, no answer
 *           until it is back; nothing is acknowledged that is not stored. Too much in flight: what causes it is not read.
 *           A port in use: exits 1 and says which. TERM: answers what is in flight, closes, exits 0
 * CONFIG    --help
 * SEE ALSO  common/mllp/mllp.h, common/feed/feed.h
 */
#include "gateway/gateway_shell.h"

#define MANUAL "ho-gateway - takes hospitals' HL7 v2 messages over MLLP into Kafka"
#define TEXT(section, key, fallback, help, field) \
    {section, key, HO_OPTION_TEXT, fallback, 0, 0, help, false, offsetof(struct gateway_config, field)}
#define INT(section, key, fallback, min, max, help) \
    {section, #key, HO_OPTION_INT, fallback, min, max, help, false, offsetof(struct gateway_config, key)}

static struct gateway_config config;

static const struct ho_option options[] = {
    TEXT("handoff", "namespace", "ho", "prefix of topics", ns),
    TEXT("handoff", "instance", "1", "name of this instance", instance),
    TEXT("handoff", "http", "127.0.0.1:0", "host:port of /healthz /readyz /metrics /status", http),
    TEXT("handoff", "log_level", "info", "debug, info, warn or error", log_level),
    TEXT("handoff", "clock", "wall", "wall, or topic in replay, simulation and tests", clock),
    TEXT("kafka", "bootstrap", NULL, "host:port,... of the brokers", bootstrap),
    TEXT("feeds", "dir", "/etc/handoff/feeds", "folder of feeds/<id>.ini", feeds_dir),
    TEXT("tls", "listen", "", "host:port where a client's certificate names its feed; empty: none", tls_listen),
    TEXT("tls", "certificate", "", "PEM file: our certificate and its chain", tls_certificate),
    TEXT("tls", "key", "", "PEM file: its key", tls_key),
    TEXT("tls", "ca", "", "PEM file: authorities of clients' certificates", tls_ca),
    TEXT("mllp", "listen", "127.0.0.1:2575", "host:port of the default feed", listen),
    INT("mllp", frame_bytes_max, "1048576", 1024, 3000000, "bytes of the longest message"),
    INT("mllp", connections_max, "4096", 1, 60000, "connections at once"),
    INT("mllp", connection_bytes_max, "2097152", 2048, 1 << 30, "bytes in flight of a connection before it is not read"),
    INT("mllp", feed_bytes_max, "8388608", 2048, 1 << 30, "bytes in flight of a feed"),
    INT("mllp", total_bytes_max, "25165824", 2048, 1 << 30, "bytes in flight in all"),
    INT("mllp", store_ms, "4000", 100, 600000, "ms to wait for Kafka before answering AR"),
    INT("mllp", idle_ms, "86400000", 0, 1000000000, "ms without a frame before a connection is closed; 0: never"),
    INT("mllp", frame_ms, "30000", 100, 3600000, "ms for a frame to end, and for the peer to take its answers"),
    INT("mllp", handshake_ms, "10000", 100, 3600000, "ms for a TLS handshake"),
    INT("mllp", drain_ms, "10000", 100, 600000, "ms on TERM to answer what is in flight"),
    INT("mllp", resend_count, "1024", 1, 65536, "answers of a feed that are kept for resends"),
    INT("mllp", resend_bytes, "262144", 1024, 1 << 30, "bytes of those answers"),
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

int main(int argc, char **argv)
{
    return gateway_main(argc, argv, MANUAL, options, &config);
}
