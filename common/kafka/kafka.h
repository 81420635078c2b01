/*
 * kafka: what producers, consumers and tools share: configuration with house defaults, topic names and their creation
 * from the catalogue, headers, and the murmur2 partitioner of the Java client. librdkafka's types are opaque here.
 */
#ifndef HO_KAFKA_H
#define HO_KAFKA_H

#include "base/base.h"
#include "base/buf.h"
#include "config/config.h"
#include "topics.h" /* generated: ho_topics[] from schemas/topics.json */

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_headers_s;
struct rd_kafka_message_s;

enum ho_kafka_role { HO_KAFKA_CONSUMER, HO_KAFKA_PRODUCER, HO_KAFKA_TRANSACTIONAL };

/* House defaults (nagle off, linger 0, retry.backoff 5, read_committed, range, no auto commit,
 * partitioner murmur2_random, dr_msg_cb set: it counts a failed delivery in the int * that a record has as opaque, if any), then [kafka.consumer] or [kafka.producer] of config (may be NULL).
 * HO_INVALID names the key that librdkafka refuses. *ret_conf belongs to the caller until rd_kafka_new takes it. */
enum ho_status ho_kafka_conf(enum ho_kafka_role role, const char *bootstrap, const struct ho_config *config,
                             struct rd_kafka_conf_s **ret_conf, struct ho_error *err) HO_MUST_CHECK;
/* rd_kafka_new; takes conf in every case. Log lines of librdkafka go to ho_log. */
enum ho_status ho_kafka_open(enum ho_kafka_role role, struct rd_kafka_conf_s *conf, struct rd_kafka_s **ret_kafka,
                             struct ho_error *err) HO_MUST_CHECK;
enum ho_status ho_kafka_set(struct rd_kafka_conf_s *conf, const char *key, const char *value,
                            struct ho_error *err) HO_MUST_CHECK;

/* Partition of a key as the Java client's DefaultPartitioner gives it: (murmur2(key) & 0x7fffffff) % partitions. */
int32_t ho_kafka_partition(struct ho_slice key, int32_t partitions);

/* "<ns>.<topic>"; out of at least 256 bytes; returns out. */
#define HO_KAFKA_NAME_SIZE 256
char *ho_kafka_name(char out[HO_KAFKA_NAME_SIZE], const char *ns, const char *topic);
/* The catalogue's row of a name without namespace, or NULL. */
const struct ho_topic *ho_kafka_topic(struct ho_slice topic);

/* Creates what is missing of the catalogue (idempotent), member topics with `member_partitions`, and writes to topic
 * `schemas` every schema and every topic's partition count. keep_all: retention.ms=-1 (replay, simulation, tests).
 * HO_INVALID when a topic exists with another count. ret_created may be NULL. */
enum ho_status ho_kafka_create_topics(struct rd_kafka_s *kafka, const char *ns, int member_partitions, bool keep_all,
                                      int *ret_created, struct ho_error *err) HO_MUST_CHECK;
/* Count of a full topic name. HO_NOT_FOUND when there is no such topic, HO_AWAY when the broker does not answer. */
enum ho_status ho_kafka_partition_count(struct rd_kafka_s *kafka, const char *full_name, int32_t *ret_count,
                                        struct ho_error *err) HO_MUST_CHECK;

/* Starts a thread that follows `<ns>.clock` and hands each value to ho_clock_set; returns once the present last value is
 * set, or the topic is known to be empty. For replay, simulation and tests. Lives until the process ends. */
enum ho_status ho_kafka_follow_clock(const char *bootstrap, const char *ns, const struct ho_config *config,
                                     struct ho_error *err) HO_MUST_CHECK;

/* Whether a delivery report says that the broker has the record: no error, and the offset at which it lies. A report
 * without offset may stand for a record that is nowhere. */
bool ho_kafka_stored(const struct rd_kafka_message_s *report);

/* A header's value as a slice of the message, absent when missing. */
struct ho_slice ho_kafka_header(const struct rd_kafka_message_s *message, const char *name);

#endif
