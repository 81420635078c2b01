/* listen: the sockets on which connections come. */
#ifndef GATEWAY_LISTEN_SHELL_H
#define GATEWAY_LISTEN_SHELL_H

#include "gateway/state_shell.h"

/* Listens for each feed that has an address. HO_INVALID, HO_AWAY: which feed and address. */
enum ho_status listen_open(struct gateway *gateway, struct ho_error *err) HO_MUST_CHECK;
/* Those that could not accept, for want of files, try again. */
void listen_again(struct gateway *gateway);
/* Nobody new. */
void listen_stop(struct gateway *gateway);

#endif
