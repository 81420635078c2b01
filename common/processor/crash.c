/*
 * A fatal signal inside a decoder or decide (nothing else: not kill -9, not an exit by our own rule) leaves topic,
 * partition and offset in a file that was opened at start. After the third time at the same offset the record goes to
 * the dead letters, unread, as processor.crashed.
 */
#include "processor/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/log.h"

#define CRASHES_MAX 3
#define MARKS_MAX 4096
#define STACK_SIZE 65536

struct mark {
    char topic[HO_KAFKA_NAME_SIZE];
    int32_t partition;
    int64_t offset;
    int count;
};

static struct mark *marks; /* of earlier lives */
static size_t mark_count;
static int fd = -1;
static const rd_kafka_message_t *volatile deciding;

void ho_crash_enter(const rd_kafka_message_t *message)
{
    deciding = message;
}

void ho_crash_leave(void)
{
    deciding = NULL;
}

/* Decimal digits at the end of out; where they begin. Safe in a signal handler, as snprintf is not. */
static char *digits(char out[24], int64_t number)
{
    char *at = out + 23;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    return at;
}

static void put(const char *text)
{
    ssize_t written = write(fd, text, strlen(text));
    (void)written;
}

static void on_fatal(int number)
{
    const rd_kafka_message_t *message = deciding;
    char text[24];
    if (message && fd >= 0) {
        put(rd_kafka_topic_name(message->rkt));
        put(" ");
        put(digits(text, message->partition));
        put(" ");
        put(digits(text, message->offset));
        put("\n");
        fsync(fd);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void count_mark(const struct mark *mark)
{
    for (size_t i = 0; i < mark_count; i++)
        if (marks[i].partition == mark->partition && marks[i].offset == mark->offset &&
            strcmp(marks[i].topic, mark->topic) == 0) {
            marks[i].count++;
            return;
        }
    if (mark_count < MARKS_MAX) {
        marks[mark_count] = *mark;
        marks[mark_count++].count = 1;
    }
}

/* A line that was cut by a full disk is no mark. */
static void read_marks(const char *path)
{
    char line[HO_KAFKA_NAME_SIZE + 64];
    FILE *file = fopen(path, "r");
    marks = ho_calloc(MARKS_MAX, sizeof *marks);
    while (file && fgets(line, sizeof line, file)) {
        struct mark mark = {.count = 0};
        long long offset;
        if (sscanf(line, "%255s %d %lld", mark.topic, &mark.partition, &offset) != 3)
            continue;
        mark.offset = offset;
        count_mark(&mark);
    }
    if (file)
        fclose(file);
}

bool ho_crash_is_poison(const rd_kafka_message_t *message)
{
    for (size_t i = 0; i < mark_count; i++)
        if (marks[i].count >= CRASHES_MAX && marks[i].offset == message->offset &&
            marks[i].partition == message->partition && strcmp(marks[i].topic, rd_kafka_topic_name(message->rkt)) == 0)
            return true;
    return false;
}

enum ho_status ho_crash_open(struct ho_processor *proc, struct ho_error *err)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%s.%s.crashes", proc->common.state_dir, proc->common.ns, proc->spec->name,
             proc->common.instance);
    read_marks(path);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return ho_fail(err, HO_INVALID, "%s: %s; processor.state_dir must be a folder that this daemon may write", path,
                       strerror(errno));
    for (size_t i = 0; i < mark_count; i++)
        ho_log(HO_LOG_WARN, "crashed before", "topic=%s partition=%d offset=%lld times=%d", marks[i].topic,
               marks[i].partition, (long long)marks[i].offset, marks[i].count);
    stack_t stack = {.ss_sp = ho_malloc(STACK_SIZE), .ss_size = STACK_SIZE};
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < HO_LENGTH(signals); i++) {
        struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK};
        sigaction(signals[i], &action, NULL);
    }
    return HO_OK;
}
