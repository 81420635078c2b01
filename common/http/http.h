/*
 * http: the four pages of a daemon, /healthz /readyz /metrics /status, on libmicrohttpd in a thread of its own.
 * Bound to loopback unless told otherwise.
 */
#ifndef HO_HTTP_H
#define HO_HTTP_H

#include "base/base.h"
#include "base/buf.h"

struct ho_http_pages {
    void *arg;
    /* Each writes its body to out and returns the HTTP status (200 or 503). Called on the HTTP thread. */
    int (*healthz)(void *arg, struct ho_buf *out);
    int (*readyz)(void *arg, struct ho_buf *out);
    int (*status)(void *arg, struct ho_buf *out); /* application/json */
};

struct ho_http;
/* address is "host:port". HO_AWAY with the port when it is in use. pages is copied. */
enum ho_status ho_http_start(const char *address, const struct ho_http_pages *pages, struct ho_http **ret_http,
                             struct ho_error *err) HO_MUST_CHECK;
/* The port that is listened on, also when 0 was asked for. */
int ho_http_port(const struct ho_http *http);
void ho_http_stop(struct ho_http *http);

#endif
