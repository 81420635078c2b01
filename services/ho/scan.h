/* scan: committed records of a topic, for commands that look for some of them. */
#ifndef HO_SCAN_H
#define HO_SCAN_H

#include "ho.h"

struct rd_kafka_message_s;

/* Called with each record; false ends the scan. */
typedef bool ho_scan_take(void *arg, const struct rd_kafka_message_s *message);

struct ho_scan {
    const char *topic;   /* without namespace */
    const int64_t *from; /* first offset of each partition, -1 leaves one out; NULL: all of them from the start */
    ho_scan_take *take;
    void *arg;
};

/* Reads a topic to its present end. HO_NOT_FOUND: no such topic; HO_AWAY: Kafka stopped answering on the way. */
enum ho_status ho_scan(const struct ho_stack *stack, const struct ho_scan *scan, struct ho_error *err) HO_MUST_CHECK;
/* How many partitions a topic has. */
enum ho_status ho_scan_partitions(const struct ho_stack *stack, const char *topic, int32_t *ret_count,
                                  struct ho_error *err) HO_MUST_CHECK;
/* Appends a record's value as one line of JSON, whichever form it has; false, and nothing, when none of our schemas fits. */
bool ho_scan_render(const struct rd_kafka_message_s *message, struct ho_buf *out);
/* The same as a tree, or NULL. The caller's. */
json_t *ho_scan_value(const struct rd_kafka_message_s *message);

#endif
