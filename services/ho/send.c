/* ho send: messages of files over MLLP, one after the other, each answered before the next. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "hl7/hl7.h"
#include "ho.h"
#include "mllp/mllp.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)
#define ANSWER_SECONDS 30

struct sending {
    const struct ho_stack *stack;
    int fd;
    struct ho_mllp mllp;
    size_t sent, negative;
    bool any_ack;
};

static int dial(const char *address)
{
    char host[200];
    const char *colon = strrchr(address, ':');
    int64_t port = 0;
    const struct timeval timeout = {ANSWER_SECONDS, 0};
    struct sockaddr_in addr = {.sin_family = AF_INET};
    if (!colon || !ho_slice_to_int64(ho_slice_of(colon + 1), &port))
        return -1;
    ho_slice_copy((struct ho_slice){address, (size_t)(colon - address)}, host, sizeof host);
    addr.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &addr.sin_addr) != 1)
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool write_all(int fd, struct ho_slice bytes)
{
    while (bytes.len) {
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return true;
}

/* Prints one line for an answer; false when it is negative or unreadable. */
static bool report(const struct sending *sending, const char *file, struct ho_slice control, struct ho_slice answer,
                   int64_t us)
{
    static struct ho_hl7 msg;
    struct ho_slice code = {NULL, 0};
    if (ho_hl7_parse(&msg, answer, NULL) == HO_OK)
        code = ho_hl7_get(&msg, "MSA", 1, 1);
    bool good = ho_slice_is(code, "AA") || ho_slice_is(code, "CA");
    if (sending->stack->as_json) {
        struct ho_buf line;
        ho_buf_init(&line, FILE_BYTES_MAX);
        ho_buf_printf(&line, "{\"file\":");
        ho_put_text(&line, ho_slice_of(file));
        ho_buf_printf(&line, ",\"control_id\":");
        ho_put_text(&line, control);
        ho_buf_printf(&line, ",\"ack\":");
        ho_put_text(&line, code);
        printf("%.*s,\"ms\":%.2f}\n", HO_SLICE_ARG(ho_buf_slice(&line)), (double)us / 1000);
        ho_buf_release(&line);
    } else {
        printf("%s  %.*s  %.*s  %.2f ms\n", file, HO_SLICE_ARG(control), HO_SLICE_ARG(code), (double)us / 1000);
    }
    return good;
}

static bool exchange(struct sending *sending, const char *file, struct ho_slice message)
{
    static struct ho_hl7 msg;
    struct ho_buf frame;
    char piece[65536];
    struct ho_slice control = {NULL, 0}, answer;
    if (ho_hl7_parse(&msg, message, NULL) == HO_OK)
        control = ho_hl7_get(&msg, "MSH", 10, 1);
    int64_t begin_us = ho_clock_monotonic_us();
    ho_buf_init(&frame, FILE_BYTES_MAX);
    ho_mllp_frame(&frame, message);
    bool sent = write_all(sending->fd, ho_buf_slice(&frame));
    ho_buf_release(&frame);
    while (sent) {
        ssize_t n = recv(sending->fd, piece, sizeof piece, 0);
        if (n <= 0)
            break;
        struct ho_slice rest = {piece, (size_t)n};
        if (ho_mllp_next(&sending->mllp, &rest, &answer) != HO_MLLP_FRAME)
            continue;
        sending->sent++;
        if (!report(sending, file, control, answer, ho_clock_monotonic_us() - begin_us))
            sending->negative++;
        return true;
    }
    ho_complain(1, "%s: control id %.*s: no answer in %d s, or the connection broke", file, HO_SLICE_ARG(control),
                ANSWER_SECONDS);
    return false;
}

/* One message is what stands before a blank line; line ends become CR. */
static bool send_file(struct sending *sending, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct ho_buf message;
    char line[65536];
    bool good = true;
    if (!file)
        return ho_complain(0, "%s cannot be read", path);
    ho_buf_init(&message, FILE_BYTES_MAX);
    for (bool more = true; more && good;) {
        more = fgets(line, sizeof line, file) != NULL;
        size_t len = more ? strcspn(line, "\r\n") : 0;
        if (more && (len || line[0] == '\r')) {
            bool whole = line[len] == '\n' || line[len] == '\r' || !line[len];
            ho_buf_append(&message, line, len);
            /* A line that holds CR inside is a message in HL7's own form: keep it as it is. */
            if (line[len] == '\r' && line[len + 1] != '\n')
                ho_buf_append(&message, line + len, strcspn(line + len, "\n"));
            else if (whole)
                ho_buf_append_byte(&message, '\r');
            continue;
        }
        if (message.len)
            good = exchange(sending, path, ho_buf_slice(&message));
        ho_buf_clear(&message);
    }
    ho_buf_release(&message);
    fclose(file);
    return good;
}

int ho_cmd_send(struct ho_stack *stack, int argc, char **argv)
{
    struct sending sending = {.stack = stack};
    const char *to = ho_take_option(&argc, argv, "--to", stack->mllp);
    sending.any_ack = ho_take_flag(&argc, argv, "--any-ack");
    ho_check_words("send", argc, argv, 1, INT32_MAX);
    sending.fd = dial(to);
    if (sending.fd < 0)
        return ho_complain(HO_EXIT_FAILED, "nobody listens on %s; is the gateway up?", to);
    ho_mllp_init(&sending.mllp, HO_MLLP_FRAME_BYTES_MAX);
    bool good = true;
    for (int i = 0; i < argc && good; i++)
        good = send_file(&sending, argv[i]);
    close(sending.fd);
    return good && (sending.any_ack || !sending.negative) ? 0 : HO_EXIT_FAILED;
}
