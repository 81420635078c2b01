/* tool: what the programs of the tests share: options, handles, and an end with a reason. Not for daemons. */
#ifndef PROBE_TOOL_H
#define PROBE_TOOL_H

#include "base/base.h"
#include "kafka/kafka.h"

struct rd_kafka_s;

struct tool {
    int argc;
    char **argv;
    const char *kafka, *ns;
};

/* Reads --kafka and --ns; argv[1] is the verb. */
void tool_init(struct tool *tool, int argc, char **argv);
_Noreturn void tool_die(const char *fmt, ...) HO_PRINTF(1, 2);
/* The value behind --name, or fallback; NULL as fallback: it must be there. */
const char *tool_text(const struct tool *tool, const char *name, const char *fallback);
int64_t tool_number(const struct tool *tool, const char *name, int64_t fallback);
bool tool_flag(const struct tool *tool, const char *name);

/* A handle with the house's settings and, for a transactional one, that id. NULL: no id, no group. */
struct rd_kafka_s *tool_open(const struct tool *tool, enum ho_kafka_role role, const char *id);
/* Partitions of a topic without namespace. */
int32_t tool_partitions(const struct tool *tool, struct rd_kafka_s *kafka, const char *topic);
/* Of a consumer: all partitions of the topic from the beginning, or from the end. How many. */
int32_t tool_assign(const struct tool *tool, struct rd_kafka_s *consumer, const char *topic, bool from_end);
/* Waits for every delivery; ends where one failed. The opaque of a record is &tool_failures. */
void tool_flush(struct rd_kafka_s *producer);
extern int tool_failures;

#endif
