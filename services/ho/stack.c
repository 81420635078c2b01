#include <netdb.h>
#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "ho.h"
#include "kafka/kafka.h"

int ho_complain(int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "ho: ");
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\n");
    va_end(args);
    return code;
}

static void drop_args(int *argc, char **argv, int at, int count)
{
    for (int i = at; i + count <= *argc; i++)
        argv[i] = i + count < *argc ? argv[i + count] : NULL;
    *argc -= count;
}

const char *ho_take_option(int *argc, char **argv, const char *name, const char *fallback)
{
    for (int i = 0; i + 1 < *argc; i++)
        if (strcmp(argv[i], name) == 0) {
            const char *value = argv[i + 1];
            drop_args(argc, argv, i, 2);
            return value;
        }
    return fallback;
}

bool ho_take_flag(int *argc, char **argv, const char *name)
{
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], name) == 0) {
            drop_args(argc, argv, i, 1);
            return true;
        }
    return false;
}

int64_t ho_take_number(int *argc, char **argv, const char *name, int64_t fallback)
{
    const char *text = ho_take_option(argc, argv, name, NULL);
    int64_t value = fallback;
    if (text && !ho_slice_to_int64(ho_slice_of(text), &value))
        exit(ho_complain(HO_EXIT_USAGE, "%s wants a whole number, not \"%s\"", name, text));
    return value;
}

void ho_check_words(const char *command, int argc, char **argv, int least, int most)
{
    size_t i = 0;
    for (int k = 0; k < argc; k++)
        if (argv[k][0] == '-' && argv[k][1])
            exit(ho_complain(HO_EXIT_USAGE, "ho %s: %s is no option of it, is given twice, or wants a value; ho %s --help",
                             command, argv[k], command));
    if (argc >= least && argc <= most)
        return;
    while (i + 1 < ho_commands_count && strcmp(ho_commands[i].name, command) != 0)
        i++;
    exit(ho_complain(HO_EXIT_USAGE, "wanted: ho %s %.*s", command, (int)strcspn(ho_commands[i].usage, "\n"),
                     ho_commands[i].usage));
}

const char *ho_text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

void ho_put_text(struct ho_buf *out, struct ho_slice text)
{
    ho_buf_append_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f)
            ho_buf_printf(out, "\\u%04x", c);
        else
            ho_buf_append_byte(out, (char)c);
    }
    ho_buf_append_byte(out, '"');
}

enum ho_status ho_stack_open(struct ho_stack *stack, int *argc, char **argv, struct ho_error *err)
{
    char path[1024];
    json_error_t where;
    *stack = (struct ho_stack){.dir = ho_take_option(argc, argv, "--stack", ".handoff/stack"),
                               .as_json = ho_take_flag(argc, argv, "--json")};
    snprintf(path, sizeof path, "%s/stack.json", stack->dir);
    stack->json = json_load_file(path, 0, &where);
    if (!stack->json)
        return ho_fail(err, HO_INVALID, "%s: %s; `deploy/stack up --dir %s` makes a stack", path, where.text,
                       stack->dir);
    stack->ns = ho_text_of(stack->json, "namespace");
    stack->kafka = ho_text_of(stack->json, "kafka");
    stack->redis = ho_text_of(stack->json, "redis");
    stack->mllp = ho_text_of(stack->json, "mllp");
    return HO_OK;
}

static rd_kafka_t *open_client(const struct ho_stack *stack, enum ho_kafka_role role)
{
    struct ho_error err = {HO_OK, ""};
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *kafka = NULL;
    enum ho_status status = ho_kafka_conf(role, stack->kafka, NULL, &conf, &err);
    if (status == HO_OK && role == HO_KAFKA_CONSUMER)
        status = ho_kafka_set(conf, "group.id", "handoff-ho-reader", &err); /* assign() wants a name; never joined */
    if (status == HO_OK)
        status = ho_kafka_open(role, conf, &kafka, &err);
    if (status != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    return kafka;
}

rd_kafka_t *ho_open_producer(const struct ho_stack *stack)
{
    return open_client(stack, HO_KAFKA_PRODUCER);
}

rd_kafka_t *ho_open_consumer(const struct ho_stack *stack)
{
    return open_client(stack, HO_KAFKA_CONSUMER);
}

static int connect_to(const char *address)
{
    char host[200];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    const struct timeval timeout = {10, 0};
    const char *colon = strrchr(address, ':');
    if (!colon)
        return -1;
    ho_slice_copy((struct ho_slice){address, (size_t)(colon - address)}, host, sizeof host);
    if (getaddrinfo(host, colon + 1, &hints, &found))
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        if (connect(fd, found->ai_addr, found->ai_addrlen)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

int ho_http_get(const char *address, const char *page, struct ho_buf *out)
{
    char request[512], piece[4096];
    int fd = connect_to(address), code = 0;
    if (fd < 0)
        return 0;
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n", page, address);
    ssize_t got = write(fd, request, (size_t)len) == len ? 1 : 0;
    struct ho_buf raw;
    ho_buf_init(&raw, (size_t)16 << 20);
    while (got > 0 && (got = read(fd, piece, sizeof piece)) > 0)
        ho_buf_append(&raw, piece, (size_t)got);
    close(fd);
    ho_buf_append_byte(&raw, '\0');
    const char *body = raw.data ? strstr(raw.data, "\r\n\r\n") : NULL;
    if (body && sscanf(raw.data, "HTTP/1.%*c %d", &code) == 1)
        ho_buf_append(out, body + 4, strlen(body + 4));
    ho_buf_release(&raw);
    return body ? code : 0;
}
