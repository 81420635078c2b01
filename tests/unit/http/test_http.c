/* The four pages, asked for by a bare socket, as a probe or a stranger would. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "metrics/metrics.h"

static int healthz(void *arg, struct ho_buf *out)
{
    (void)arg;
    ho_buf_printf(out, "ok\n");
    return 200;
}

static int readyz(void *arg, struct ho_buf *out)
{
    const char *reason = arg;
    ho_buf_printf(out, "%s\n", reason);
    return 503;
}

static int status_page(void *arg, struct ho_buf *out)
{
    (void)arg;
    ho_buf_printf(out, "{\"daemon\":\"test\"}");
    return 200;
}

static char reason[] = "redis away";
static const struct ho_http_pages pages = {reason, healthz, readyz, status_page};

/* The whole answer to request, until the server closes. */
static void ask(int port, const char *request, char *answer, size_t size)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    size_t len = 0;
    ssize_t got;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    cr_assert_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    while (len + 1 < size && (got = recv(fd, answer + len, size - 1 - len, 0)) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    close(fd);
}

static const struct {
    const char *name, *request_line;
    const char *status_line, *type, *body; /* body: words of it, or "" for none at all */
} rows[] = {
    {"health", "GET /healthz", "HTTP/1.1 200 ", "Content-Type: text/plain; charset=utf-8\r\n", "\r\n\r\nok\n"},
    {"readiness says why not", "GET /readyz", "HTTP/1.1 503 ", "Content-Type: text/plain", "\r\n\r\nredis away\n"},
    {"status", "GET /status", "HTTP/1.1 200 ", "Content-Type: application/json\r\n", "\r\n\r\n{\"daemon\":\"test\"}"},
    {"metrics", "GET /metrics", "HTTP/1.1 200 ", "Content-Type: text/plain; version=0.0.4",
     "\nho_http_tests_total 1\n"},
    {"a query is not looked at", "GET /healthz?x=1", "HTTP/1.1 200 ", "Content-Type: text/plain", "\r\n\r\nok\n"},
    {"no body for HEAD", "HEAD /healthz", "HTTP/1.1 200 ", "Content-Length: 3\r\n", ""},
    {"nothing at the root", "GET /", "HTTP/1.1 404 ", "Content-Type: text/plain", "there are /healthz"},
    {"nothing below a page", "GET /status/x", "HTTP/1.1 404 ", "Content-Type: text/plain", "there are /healthz"},
    {"no file", "GET /../etc/passwd", "HTTP/1.1 404 ", "Content-Type: text/plain", "there are /healthz"},
    {"nothing is taken", "POST /status", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", "only GET"},
    {"nothing is deleted", "DELETE /metrics", "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n", "only GET"},
};

Test(http, each_page_answers_as_it_should)
{
    struct ho_http *http = NULL;
    struct ho_error err = {HO_OK, ""};
    static char request[256], answer[65536];
    ho_metric_add(ho_counter("ho_http_tests_total", "Tests.", NULL, NULL), 1);
    cr_assert_eq(ho_http_start("127.0.0.1:0", &pages, &http, &err), HO_OK, "%s", err.text);
    cr_assert_gt(ho_http_port(http), 0);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", rows[i].request_line);
        ask(ho_http_port(http), request, answer, sizeof answer);
        cr_assert_eq(strncmp(answer, rows[i].status_line, strlen(rows[i].status_line)), 0, "%s: %s", rows[i].name,
                     answer);
        cr_assert(strstr(answer, rows[i].type), "%s: %s", rows[i].name, answer);
        if (rows[i].body[0])
            cr_assert(strstr(answer, rows[i].body), "%s: %s", rows[i].name, answer);
        else
            cr_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n", "%s: %s", rows[i].name, answer);
    }
    ho_http_stop(http);
    ho_http_stop(NULL);
}

Test(http, what_is_no_request_does_not_end_the_daemon)
{
    struct ho_http *http = NULL;
    static char answer[65536];
    cr_assert_eq(ho_http_start("localhost:0", &pages, &http, NULL), HO_OK);
    ask(ho_http_port(http), "\x16\x03\x01 no\r\n\r\n", answer, sizeof answer);
    ask(ho_http_port(http), "GET /healthz HTTP/1.0\r\n\r\n", answer, sizeof answer);
    cr_assert(strstr(answer, "\r\n\r\nok\n"), "%s", answer);
    ho_http_stop(http);
}

Test(http, a_port_in_use_is_named)
{
    struct ho_http *http = NULL, *second = NULL;
    struct ho_error err = {HO_OK, ""};
    char address[32];
    cr_assert_eq(ho_http_start("127.0.0.1:0", &pages, &http, NULL), HO_OK);
    snprintf(address, sizeof address, "127.0.0.1:%d", ho_http_port(http));
    cr_assert_eq(ho_http_start(address, &pages, &second, &err), HO_AWAY);
    cr_assert(strstr(err.text, address) && strstr(err.text, "Address already in use"), "%s", err.text);
    cr_assert_null(second);
    ho_http_stop(http);
    cr_assert_eq(ho_http_start(address, &pages, &second, &err), HO_OK, "free again: %s", err.text);
    ho_http_stop(second);
}

Test(http, an_address_that_is_none_is_refused)
{
    static const char *const addresses[] = {"",        "127.0.0.1", "127.0.0.1:",     "127.0.0.1:65536", "127.0.0.1:-1",
                                            "here:80", ":80",       "127.0.0.1:http", "1.2.3:80"};
    for (size_t i = 0; i < HO_LENGTH(addresses); i++) {
        struct ho_http *http = NULL;
        struct ho_error err = {HO_OK, ""};
        cr_assert_eq(ho_http_start(addresses[i], &pages, &http, &err), HO_INVALID, "%s", addresses[i]);
        cr_assert(strstr(err.text, addresses[i]), "%s", err.text);
    }
}
