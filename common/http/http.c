#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>

#include "metrics/metrics.h"

#define PAGE_BYTES_MAX ((size_t)8 << 20)
#define CONNECTIONS_MAX 64
#define IDLE_SECONDS 10

struct ho_http {
    struct MHD_Daemon *daemon;
    struct ho_http_pages pages;
};

static int metrics_page(void *arg, struct ho_buf *out)
{
    (void)arg;
    ho_metrics_render(out);
    return 200;
}

struct page {
    int (*write)(void *arg, struct ho_buf *out);
    const char *type;
};

static struct page find_page(const struct ho_http_pages *pages, const char *url)
{
    if (strcmp(url, "/healthz") == 0)
        return (struct page){pages->healthz, "text/plain; charset=utf-8"};
    if (strcmp(url, "/readyz") == 0)
        return (struct page){pages->readyz, "text/plain; charset=utf-8"};
    if (strcmp(url, "/status") == 0)
        return (struct page){pages->status, "application/json"};
    if (strcmp(url, "/metrics") == 0)
        return (struct page){metrics_page, "text/plain; version=0.0.4; charset=utf-8"};
    return (struct page){NULL, "text/plain; charset=utf-8"};
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state)
{
    const struct ho_http *http = arg;
    struct page page = find_page(&http->pages, url);
    struct ho_buf body;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    ho_buf_init(&body, PAGE_BYTES_MAX);
    int code = 405;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        ho_buf_printf(&body, "only GET and HEAD are served\n");
    else if (page.write)
        code = page.write(http->pages.arg, &body);
    else {
        code = 404;
        ho_buf_printf(&body, "there are /healthz /readyz /metrics /status\n");
    }
    if (body.full)
        code = 500; /* a page cut in two would be taken for a whole one */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, body.data ? body.data : (void *)(uintptr_t) "", MHD_RESPMEM_MUST_COPY);
    ho_buf_release(&body);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", page.type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (code == 405)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)code, response);
    MHD_destroy_response(response);
    return result;
}

static enum ho_status parse_address(const char *address, struct sockaddr_in *ret_addr, struct ho_error *err)
{
    char host[64];
    int64_t port = -1;
    const char *colon = strrchr(address, ':');
    *ret_addr = (struct sockaddr_in){.sin_family = AF_INET};
    if (colon)
        ho_slice_copy((struct ho_slice){address, (size_t)(colon - address)}, host, sizeof host);
    if (!colon || !ho_slice_to_int64(ho_slice_of(colon + 1), &port) || port < 0 || port > 65535 ||
        inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ret_addr->sin_addr) != 1)
        return ho_fail(err, HO_INVALID, "http address \"%s\" is not an IPv4 address and a port", address);
    ret_addr->sin_port = htons((uint16_t)port);
    return HO_OK;
}

enum ho_status ho_http_start(const char *address, const struct ho_http_pages *pages, struct ho_http **ret_http,
                             struct ho_error *err)
{
    struct sockaddr_in addr;
    enum ho_status status = parse_address(address, &addr, err);
    if (status != HO_OK)
        return status;
    struct ho_http *http = ho_calloc(1, sizeof *http);
    http->pages = *pages;
    errno = 0;
    http->daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, http,
                                    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&addr, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                                    MHD_OPTION_END);
    if (!http->daemon) {
        ho_free(http);
        return ho_fail(err, HO_AWAY, "http cannot listen on %s: %s; is the port in use? set handoff.http to another",
                       address, strerror(errno));
    }
    *ret_http = http;
    return HO_OK;
}

int ho_http_port(const struct ho_http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void ho_http_stop(struct ho_http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    ho_free(http);
}
