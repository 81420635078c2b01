/*
 * gateway_shell: sockets on the one side, Kafka on the other, one thread. A frame waits in its connection's queue until
 * the delivery report says that every in-sync replica has it; answers leave in the order of the frames.
 */
#ifndef GATEWAY_SHELL_H
#define GATEWAY_SHELL_H

#include "config/config.h"

struct gateway_config {
    const char *ns, *instance, *http, *log_level, *clock, *bootstrap, *listen, *feeds_dir;
    int64_t frame_bytes_max, connections_max, store_ms;
};

/* Runs until SIGTERM or SIGINT; the exit code: 0 stopped, 1 failed, 64 wrong configuration. */
int gateway_main(int argc, char **argv, const char *manual, const struct ho_option *options,
                 struct gateway_config *config);

#endif
