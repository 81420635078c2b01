/*
 * gateway's shell: sockets on one side, Kafka on the other, one thread, and the one of the pages, which reads atomics only.
 *
 *   listen_shell.c      accepts                                   state_shell.h   what they share
 *   connection_shell.c  reads, writes, pauses, times out          stream_shell.c  plain or TLS bytes
 *   answers_shell.c     a frame from its last byte to its answer  pages_shell.c   metrics, /status
 *   store_shell.c       the producers
 */
#ifndef GATEWAY_SHELL_H
#define GATEWAY_SHELL_H

#include "config/config.h"

struct gateway_config {
    const char *ns, *instance, *http, *log_level, *clock, *bootstrap, *listen, *feeds_dir;
    const char *tls_listen, *tls_certificate, *tls_key, *tls_ca;
    int64_t frame_bytes_max, connections_max, store_ms, idle_ms, frame_ms, handshake_ms, drain_ms;
    int64_t connection_bytes_max, feed_bytes_max, total_bytes_max, resend_count, resend_bytes;
};

/* Runs until SIGTERM or SIGINT; the exit code: 0 stopped, 1 failed, 64 wrong configuration. */
int gateway_main(int argc, char **argv, const char *manual, const struct ho_option *options,
                 struct gateway_config *config);

#endif
