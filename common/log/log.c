#include "log/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/calendar.h"
#include "clock/clock.h"

#define LINE_BYTES_MAX 2048 /* below PIPE_BUF, so that a pipe too takes a line in one piece */
#define MSG_BYTES_MAX 256

static char daemon_name[64] = "handoff";
static _Atomic int least_level = HO_LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error"};

void ho_log_open(const char *daemon, enum ho_log_level least)
{
    snprintf(daemon_name, sizeof daemon_name, "%s", daemon);
    atomic_store(&least_level, (int)least);
}

/* What stands between quotes: a quote or a backslash of its own gets a backslash. */
static const char *escape(const char *text, char out[MSG_BYTES_MAX])
{
    size_t len = 0;
    for (; *text && len < MSG_BYTES_MAX - 2; text++) {
        if (*text == '"' || *text == '\\')
            out[len++] = '\\';
        out[len++] = *text;
    }
    out[len] = '\0';
    return out;
}

/* One write for the whole line, so that lines of several threads do not mix. What is too long is cut. */
void ho_log(enum ho_log_level level, const char *msg, const char *fmt, ...)
{
    char line[LINE_BYTES_MAX], when[HO_UTC_SIZE], quoted[MSG_BYTES_MAX];
    va_list args;
    if ((int)level < atomic_load(&least_level))
        return;
    int head = snprintf(line, sizeof line, "ts=%s level=%s daemon=%s msg=\"%s\" ",
                        ho_utc_format(ho_clock_wall_ms(), when), level_names[level], daemon_name, escape(msg, quoted));
    HO_ASSERT(head > 0 && (size_t)head < sizeof line);
    va_start(args, fmt);
    int tail = vsnprintf(line + head, sizeof line - (size_t)head, fmt, args);
    va_end(args);
    size_t len = tail < 0 ? (size_t)head : (size_t)head + (size_t)tail;
    if (len > sizeof line - 1)
        len = sizeof line - 1;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20)
            line[i] = ' ';
    while (len > 0 && line[len - 1] == ' ')
        len--;
    line[len] = '\n';
    if (write(STDERR_FILENO, line, len + 1) < 0)
        return; /* nobody reads stderr: there is no place to say so */
}
