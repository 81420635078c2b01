/* ho doctor: what is wrong, why, and a command that can do no harm. */
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "ho.h"
#include "redis/redis.h"

#define LOG_TAIL_BYTES 65536
#define LOOK_AGAIN_US 2000000
#define MEGABYTE 1048576ULL

static void tell(struct ho_diagnosis *diagnosis, const char *kind, const char *what, const char *cause,
                 const char *attempt)
{
    if (!diagnosis->stack->as_json) {
        printf("%s%s: %s\n  try: %s\n", strcmp(kind, "note") == 0 ? "(note) " : "", what, cause, attempt);
        return;
    }
    json_t *row = json_pack("{s:s,s:s,s:s}", kind, what, "cause", cause, "try", attempt);
    char *text = row ? json_dumps(row, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    printf("%s\n", text ? text : "{\"problem\":\"a text that is no UTF-8\"}");
    json_decref(row);
    ho_free(text);
}

void ho_found(struct ho_diagnosis *diagnosis, const char *what, const char *cause, const char *attempt)
{
    diagnosis->problems++;
    tell(diagnosis, "problem", what, cause, attempt);
}

void ho_noted(struct ho_diagnosis *diagnosis, const char *what, const char *cause, const char *attempt)
{
    diagnosis->notes++;
    tell(diagnosis, "note", what, cause, attempt);
}

/* Kafka ends itself when it cannot write: with the disk full nothing else matters. */
static void check_disk(struct ho_diagnosis *diagnosis)
{
    struct statvfs disk;
    char cause[300], attempt[400];
    if (statvfs(diagnosis->stack->dir, &disk))
        return;
    uint64_t free_mb = (uint64_t)disk.f_bavail * disk.f_frsize / MEGABYTE;
    uint64_t all_mb = (uint64_t)disk.f_blocks * disk.f_frsize / MEGABYTE;
    bool full = free_mb < 64 || free_mb * 100 < all_mb, filling = free_mb < 1024 || free_mb * 10 < all_mb;
    snprintf(cause, sizeof cause, "%llu MB of %llu MB are free below %s%s", (unsigned long long)free_mb,
             (unsigned long long)all_mb, diagnosis->stack->dir,
             full ? "; on a full disk Kafka ends itself, and the gateway answers AR" : "");
    snprintf(attempt, sizeof attempt, "make room there (no file of the stack's own); then deploy/stack up --dir %s",
             diagnosis->stack->dir);
    if (full)
        ho_found(diagnosis, "disk", cause, attempt);
    else if (filling)
        ho_noted(diagnosis, "disk", cause, attempt);
}

static void check_redis(struct ho_diagnosis *diagnosis)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_redis *redis = NULL;
    char attempt[400];
    snprintf(attempt, sizeof attempt, "deploy/stack up --dir %s; the daemons wait, and rebuild the view from Kafka",
             diagnosis->stack->dir);
    if (ho_redis_open(diagnosis->stack->redis, 2000, &redis, &err) != HO_OK) {
        diagnosis->redis_away = true;
        ho_found(diagnosis, "redis", err.text, attempt);
    }
    ho_redis_close(redis);
}

/* The last line of the daemon's log that says something went wrong, else the last line. Our logs hold no person's data. */
static void last_word(const struct ho_diagnosis *diagnosis, const char *name, char out[300])
{
    static char text[LOG_TAIL_BYTES];
    char path[1024];
    out[0] = '\0';
    snprintf(path, sizeof path, "%s/log/%s.log", diagnosis->stack->dir, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    if (fseek(file, -(long)(sizeof text - 1), SEEK_END))
        rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    bool serious = false;
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        bool this_one = strstr(line, "level=error") || strstr(line, "ended with code");
        if (*line && (this_one || !serious))
            snprintf(out, 300, "%.299s", line);
        serious |= this_one;
    }
}

/* Records to read, -1 when the page says nothing of it; the sum of positions, which must grow, to ret_next. */
static int64_t lag_of(const char *address, int64_t *ret_next)
{
    struct ho_buf body;
    ho_buf_init(&body, (size_t)16 << 20);
    int code = ho_http_get(address, "/status", &body);
    json_t *page = code == 200 ? json_loadb(body.data, body.len, 0, NULL) : NULL;
    const json_t *rows = json_object_get(page, "partitions");
    int64_t lag = rows ? 0 : -1;
    *ret_next = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        int64_t one = json_integer_value(json_object_get(json_array_get(rows, i), "lag"));
        lag += one > 0 ? one : 0;
        *ret_next += json_integer_value(json_object_get(json_array_get(rows, i), "next"));
    }
    json_decref(page);
    ho_buf_release(&body);
    return lag;
}

static void check_progress(struct ho_diagnosis *diagnosis, const char *name, const char *address)
{
    int64_t before = 0, after = 0;
    char cause[200], attempt[1024];
    if (lag_of(address, &before) <= 0)
        return;
    usleep(LOOK_AGAIN_US);
    int64_t lag = lag_of(address, &after);
    if (lag <= 0 || after != before)
        return;
    snprintf(cause, sizeof cause, "%lld records to read, and none was read in %d s", (long long)lag, LOOK_AGAIN_US / 1000000);
    snprintf(attempt, sizeof attempt,
             "read %s/log/%s.log; kill -TERM $(cat %s/run/%s.pid) makes its supervisor start it again, and loses nothing",
             diagnosis->stack->dir, name, diagnosis->stack->dir, name);
    ho_found(diagnosis, name, cause, attempt);
}

static void check_daemon(struct ho_diagnosis *diagnosis, const char *name, const char *address)
{
    struct ho_buf body;
    char reason[256] = "", word[300], cause[640], attempt[1024];
    ho_buf_init(&body, 1 << 20);
    int code = ho_http_get(address, "/readyz", &body);
    ho_slice_copy((struct ho_slice){ho_buf_slice(&body).ptr, body.len ? body.len - 1 : 0}, reason, sizeof reason);
    ho_buf_release(&body);
    if (code == 200) {
        if (!diagnosis->kafka_away) /* its page asks Kafka for the ends */
            check_progress(diagnosis, name, address);
        return;
    }
    last_word(diagnosis, name, word);
    if (code)
        snprintf(cause, sizeof cause, "waits: %s", reason);
    else
        snprintf(cause, sizeof cause, "does not answer on %s; last in its log: %s", address, word[0] ? word : "nothing");
    if (diagnosis->kafka_away || diagnosis->redis_away)
        snprintf(attempt, sizeof attempt, "put %s right first; it goes on by itself, or deploy/stack up --dir %s starts it",
                 diagnosis->kafka_away ? "kafka" : "redis", diagnosis->stack->dir);
    else
        snprintf(attempt, sizeof attempt, "deploy/stack up --dir %s starts what does not run; else read %s/log/%s.log",
                 diagnosis->stack->dir, diagnosis->stack->dir, name);
    ho_found(diagnosis, name, cause, attempt);
}

static void check_daemons(struct ho_diagnosis *diagnosis)
{
    const json_t *daemons = json_object_get(diagnosis->stack->json, "daemons");
    for (size_t i = 0; i < json_array_size(daemons); i++)
        check_daemon(diagnosis, ho_text_of(json_array_get(daemons, i), "name"),
                     ho_text_of(json_array_get(daemons, i), "http"));
}

int ho_cmd_doctor(struct ho_stack *stack, int argc, char **argv)
{
    struct ho_diagnosis diagnosis = {.stack = stack};
    ho_check_words("doctor", argc, argv, 0, 0);
    check_disk(&diagnosis);
    ho_doctor_kafka(&diagnosis);
    check_redis(&diagnosis);
    check_daemons(&diagnosis);
    if (stack->as_json)
        printf("{\"problems\":%d,\"notes\":%d}\n", diagnosis.problems, diagnosis.notes);
    else if (!diagnosis.problems)
        printf("nothing wrong found\n");
    return diagnosis.problems ? HO_EXIT_FAILED : 0;
}
