#include "gateway/listen_shell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <stdio.h>

#include "gateway/connection_shell.h"
#include "log/log.h"

#define BACKLOG 4096

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer, int peer_len, void *arg)
{
    struct listener *listener = arg;
    struct gateway *gateway = listener->gateway;
    (void)socket;
    (void)peer;
    (void)peer_len;
    if (atomic_load(&gateway->connection_count) >= gateway->config->connections_max) {
        ho_metric_add(gateway->metrics.limit, 1);
        evutil_closesocket(fd);
        return;
    }
    connection_open(listener, fd);
}

/* Who waits to be accepted would wake us again at once: the listener rests until listen_again. */
static void on_accept_error(struct evconnlistener *socket, void *arg)
{
    struct listener *listener = arg;
    ho_metric_add(listener->gateway->metrics.limit, 1);
    if (!listener->failing)
        ho_log(HO_LOG_WARN, "cannot accept", "error=\"%s\"", strerror(errno));
    evconnlistener_disable(socket);
    listener->failing = listener->resting = true;
}

static enum ho_status listen_on(struct gateway *gateway, struct feed *feed, const char *address, bool tls,
                                struct ho_error *err)
{
    struct sockaddr_storage addr;
    int len = sizeof addr;
    const char *name = feed ? feed->is->id : "by certificate";
    struct listener *listener = &gateway->listeners[gateway->listener_count++];
    *listener = (struct listener){.gateway = gateway, .feed = feed, .tls = tls};
    if (tls && !gateway->tls)
        return ho_fail(err, HO_INVALID, "feed %s is known by its certificate: tls.certificate, tls.key and tls.ca are needed",
                       name);
    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&addr, &len))
        return ho_fail(err, HO_INVALID, "address \"%s\" for feed %s is not host:port", address, name);
    listener->socket = evconnlistener_new_bind(gateway->base, on_accept, listener, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                                               BACKLOG, (struct sockaddr *)&addr, len);
    if (!listener->socket)
        return ho_fail(err, HO_AWAY, "cannot listen on %s for feed %s: %s; is the port in use?", address, name,
                       strerror(errno));
    evconnlistener_set_error_cb(listener->socket, on_accept_error);
    ho_log(HO_LOG_INFO, "listening", "feed=\"%s\" address=%s tls=%s", name, address, tls ? "yes" : "no");
    return HO_OK;
}

/* The default feed on mllp.listen, each feed with a port on that port of the same host, and all certificates' on tls.listen. */
enum ho_status listen_open(struct gateway *gateway, struct ho_error *err)
{
    const char *listen = gateway->config->listen, *colon = strrchr(listen, ':');
    enum ho_status status = HO_OK;
    gateway->listeners = ho_calloc(gateway->declared.count + 1, sizeof *gateway->listeners);
    for (size_t i = 0; i < gateway->declared.count && status == HO_OK; i++) {
        struct feed *feed = &gateway->feeds[i];
        char address[256];
        if (i > 0 && !feed->is->port)
            continue;
        snprintf(address, sizeof address, "%s", listen);
        if (feed->is->port && colon)
            snprintf(address, sizeof address, "%.*s:%lld", (int)(colon - listen), listen, (long long)feed->is->port);
        status = listen_on(gateway, feed, address, feed->is->tls_names[0], err);
    }
    if (status == HO_OK && gateway->config->tls_listen[0])
        status = listen_on(gateway, NULL, gateway->config->tls_listen, true, err);
    return status;
}

void listen_again(struct gateway *gateway)
{
    for (size_t i = 0; i < gateway->listener_count && !atomic_load(&gateway->stopping); i++) {
        struct listener *listener = &gateway->listeners[i];
        listener->failing = listener->resting;
        if (!listener->resting)
            continue;
        listener->resting = false;
        evconnlistener_enable(listener->socket);
    }
}

void listen_stop(struct gateway *gateway)
{
    for (size_t i = 0; i < gateway->listener_count; i++)
        if (gateway->listeners[i].socket)
            evconnlistener_disable(gateway->listeners[i].socket);
}
