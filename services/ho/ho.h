/*
 * ho: what the commands share. Exit codes: 0 done, 1 failed, 2 not found, 64 wrong usage.
 */
#ifndef HO_HO_H
#define HO_HO_H

#include <jansson.h>

#include "base/arena.h"
#include "base/base.h"

#define HO_EXIT_FAILED 1
#define HO_EXIT_NOT_FOUND 2
#define HO_EXIT_USAGE 64

struct rd_kafka_s;
struct ho_buf;

/* A running stack as DIR/stack.json tells of it, and the options that every command takes. */
struct ho_stack {
    json_t *json;
    const char *dir, *ns, *kafka, *redis, *mllp;
    bool as_json;
};

struct ho_command {
    const char *name, *summary;
    const char *usage; /* one line or several, each without "ho NAME" */
    const char *text;  /* what --help says beside: options, and what the exit codes mean */
    int (*run)(struct ho_stack *stack, int argc, char **argv);
};
extern const struct ho_command ho_commands[];
extern const size_t ho_commands_count;

/* Takes --stack DIR, --json and --help out of argv (argc is lowered). HO_INVALID: no such stack. */
enum ho_status ho_stack_open(struct ho_stack *stack, int *argc, char **argv, struct ho_error *err) HO_MUST_CHECK;
/* Takes `--name value` out of argv; fallback when it is not there. */
const char *ho_take_option(int *argc, char **argv, const char *name, const char *fallback);
bool ho_take_flag(int *argc, char **argv, const char *name);
int64_t ho_take_number(int *argc, char **argv, const char *name, int64_t fallback);
/* After all options were taken: refuses what still looks like one, and another count of words than least to most. Ends the
 * program with HO_EXIT_USAGE; `command` names the command whose usage is shown. */
void ho_check_words(const char *command, int argc, char **argv, int least, int most);
/* Says what is wrong on stderr; returns code. */
int ho_complain(int code, const char *fmt, ...) HO_PRINTF(2, 3);

/* Clients: a producer (acks=all), or a consumer without a group that reads committed records. */
struct rd_kafka_s *ho_open_producer(const struct ho_stack *stack);
struct rd_kafka_s *ho_open_consumer(const struct ho_stack *stack);
/* GET http://address/page, body to out; the HTTP status, 0 when nobody answers. */
int ho_http_get(const char *address, const char *page, struct ho_buf *out);

/* A text of the JSON object, "" when it has none of that name. */
const char *ho_text_of(const json_t *json, const char *key);
/* Appends bytes as a JSON string; bytes beyond ASCII as \u00xx. */
void ho_put_text(struct ho_buf *out, struct ho_slice text);

/* What doctor finds. Printed at once; only problems count. */
struct ho_diagnosis {
    const struct ho_stack *stack;
    int problems, notes;
    bool kafka_away, redis_away;
};
/* attempt is a command that can do no harm, or what to do by hand. */
void ho_found(struct ho_diagnosis *diagnosis, const char *what, const char *cause, const char *attempt);
void ho_noted(struct ho_diagnosis *diagnosis, const char *what, const char *cause, const char *attempt);
void ho_doctor_kafka(struct ho_diagnosis *diagnosis);

int ho_cmd_topics(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_roster(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_providers(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_facilities(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_assessments(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_clinical_facts(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_care_actions(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_send(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_tail(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_member(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_match(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_dlq(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_why(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_feed(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_drain(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_doctor(struct ho_stack *stack, int argc, char **argv);

#endif
