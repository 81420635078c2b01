/* pages: metrics, and the four pages. */
#ifndef GATEWAY_PAGES_SHELL_H
#define GATEWAY_PAGES_SHELL_H

#include "gateway/state_shell.h"
#include "http/http.h"

void pages_register(struct gateway *gateway);
/* Gauges, and the counters that are read rather than told. From the gateway's thread. */
void pages_refresh(struct gateway *gateway);
enum ho_status pages_start(struct gateway *gateway, struct ho_http **ret_http, struct ho_error *err) HO_MUST_CHECK;

#endif
