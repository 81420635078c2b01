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

/* A running stack as DIR/stack.json tells of it, and the options that every command takes. */
struct ho_stack {
    json_t *json;
    const char *dir, *ns, *kafka, *redis, *mllp;
    bool as_json;
};

/* Takes --stack DIR, --json and --help out of argv (argc is lowered). HO_INVALID: no such stack. */
enum ho_status ho_stack_open(struct ho_stack *stack, int *argc, char **argv, struct ho_error *err) HO_MUST_CHECK;
/* Takes `--name value` out of argv; fallback when it is not there. */
const char *ho_take_option(int *argc, char **argv, const char *name, const char *fallback);
bool ho_take_flag(int *argc, char **argv, const char *name);
int64_t ho_take_number(int *argc, char **argv, const char *name, int64_t fallback);
/* Says what is wrong on stderr; returns code. */
int ho_complain(int code, const char *fmt, ...) HO_PRINTF(2, 3);

/* Clients: a producer (acks=all), or a consumer without a group that reads committed records. */
struct rd_kafka_s *ho_open_producer(const struct ho_stack *stack);
struct rd_kafka_s *ho_open_consumer(const struct ho_stack *stack);
/* GET http://address/page, body to out; the HTTP status, 0 when nobody answers. */
struct ho_buf;
int ho_http_get(const char *address, const char *page, struct ho_buf *out);

int ho_cmd_topics(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_roster(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_providers(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_facilities(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_send(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_tail(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_member(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_match(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_drain(struct ho_stack *stack, int argc, char **argv);
int ho_cmd_doctor(struct ho_stack *stack, int argc, char **argv);

#endif
