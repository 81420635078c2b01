/* connection: reads, writes, pauses, times out. Rules 13 and 15. */
#ifndef GATEWAY_CONNECTION_SHELL_H
#define GATEWAY_CONNECTION_SHELL_H

#include "gateway/state_shell.h"

/* Takes fd, which is non-blocking. */
void connection_open(struct listener *listener, int fd);
/* One write, when the peer takes it; else the rest follows when it does. */
void connection_write(struct connection *connection, struct ho_slice data);
/* A connection that is to close, and has nothing more to say, goes. */
void connection_close_if_done(struct connection *connection);
/* At the end of each event: those that can be read again are, those that are dead go. */
void connections_settle(struct gateway *gateway);
/* Ends those that have waited too long. */
void connections_sweep(struct gateway *gateway);
/* Nothing more is read; each goes with its last answer. */
void connections_drain(struct gateway *gateway);

#endif
