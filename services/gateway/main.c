/*
 * NAME      ho-gateway - takes hospitals' HL7 v2 messages over MLLP into Kafka
 * CONSUMES  MLLP connections (release 1), by feed: feeds.dir/<id>.ini with a port, or the default feed on mllp.listen
 * PRODUCES  adt.raw, by feed: the unframed bytes; and the answer, positive only once Kafka has the message
 * STATE     none beyond the frames in flight
 * DECIDES   gateway_core.h, rules gateway.1 to gateway.8
 * ON FAILURE  Kafka away: AR with ERR 207 after mllp.store_ms, and nothing is acknowledged that is not stored; a slow
 *           connection is no longer read; a port in use: exits 1 and says which
 * CONFIG    --help
 * SEE ALSO  common/mllp/mllp.h, common/feed/feed.h
 */
#include "gateway/gateway_shell.h"

static struct gateway_config config;

static const struct ho_option options[] = {
    {"handoff", "namespace", HO_OPTION_TEXT, "ho", 0, 0, "prefix of topics", false, offsetof(struct gateway_config, ns)},
    {"handoff", "instance", HO_OPTION_TEXT, "1", 0, 0, "name of this instance", false,
     offsetof(struct gateway_config, instance)},
    {"handoff", "http", HO_OPTION_TEXT, "127.0.0.1:0", 0, 0, "host:port of /healthz /readyz /metrics /status", false,
     offsetof(struct gateway_config, http)},
    {"handoff", "log_level", HO_OPTION_TEXT, "info", 0, 0, "debug, info, warn or error", false,
     offsetof(struct gateway_config, log_level)},
    {"handoff", "clock", HO_OPTION_TEXT, "wall", 0, 0, "wall, or topic in replay, simulation and tests", false,
     offsetof(struct gateway_config, clock)},
    {"kafka", "bootstrap", HO_OPTION_TEXT, NULL, 0, 0, "host:port,... of the brokers", false,
     offsetof(struct gateway_config, bootstrap)},
    {"mllp", "listen", HO_OPTION_TEXT, "127.0.0.1:2575", 0, 0, "host:port of the default feed", false,
     offsetof(struct gateway_config, listen)},
    {"mllp", "frame_bytes_max", HO_OPTION_INT, "1048576", 1024, 3000000, "bytes of the longest message", false,
     offsetof(struct gateway_config, frame_bytes_max)},
    {"mllp", "connections_max", HO_OPTION_INT, "4096", 1, 60000, "connections at once", false,
     offsetof(struct gateway_config, connections_max)},
    {"mllp", "store_ms", HO_OPTION_INT, "20000", 100, 600000, "ms to wait for Kafka before answering AR", false,
     offsetof(struct gateway_config, store_ms)},
    {"feeds", "dir", HO_OPTION_TEXT, "/etc/handoff/feeds", 0, 0, "folder of feeds/<id>.ini", false,
     offsetof(struct gateway_config, feeds_dir)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

int main(int argc, char **argv)
{
    return gateway_main(argc, argv, "ho-gateway - takes hospitals' HL7 v2 messages over MLLP into Kafka", options,
                        &config);
}
