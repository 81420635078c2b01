/*
 * ho roster|providers|facilities load, and ho assessments|clinical.facts|care.actions load: a file is checked whole before
 * anything is written. Of a table only rows that differ from what the topic holds are written; of a log only records that it
 * does not hold yet, in the order of the file.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assessment.h"
#include "avro/avro.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "care_action.h"
#include "clinical_fact.h"
#include "clock/clock.h"
#include "facility.h"
#include "ho.h"
#include "kafka/kafka.h"
#include "load_rules.h"
#include "member.h"
#include "provider.h"

#define LINE_BYTES_MAX 1048576

#define ANSWER_US 60000000

struct row {
    struct ho_slice key, value;
    size_t line;
    bool same; /* as the topic holds it */
};

struct load {
    struct ho_stack *stack;
    const char *topic, *path;
    const struct ho_avro_record *record;
    struct ho_arena arena;
    struct row *rows;
    size_t count, bad;
    bool log; /* a key has many records, each of which stands */
};

static void refuse(struct load *load, size_t line, const char *why)
{
    load->bad++;
    ho_complain(1, "%s:%zu: %s", load->path, line, why);
}

/* The key is the record's first field, as in every table of ours and in the logs that are loaded. */
static void add_row(struct load *load, size_t line, struct ho_slice json)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_buf bytes;
    void *value = ho_arena_alloc(&load->arena, ho_avro_size(load->record));
    if (ho_avro_from_json(load->record, json, &load->arena, value, &err) != HO_OK) {
        refuse(load, line, err.text);
        return;
    }
    struct ho_slice key;
    memcpy(&key, value, sizeof key);
    const char *why = load->record == &member_record || load->log ? ho_member_id_refusal(key) : key.len ? NULL : "the id is empty";
    if (why) {
        refuse(load, line, why);
        return;
    }
    ho_buf_init(&bytes, LINE_BYTES_MAX);
    ho_avro_encode(load->record, value, &bytes);
    load->rows = ho_realloc(load->rows, (load->count + 1) * sizeof *load->rows);
    load->rows[load->count++] = (struct row){key, ho_arena_slice(&load->arena, ho_buf_slice(&bytes)), line, false};
    ho_buf_release(&bytes);
}

static void read_line(struct load *load, struct ho_csv *table, size_t number, struct ho_slice text)
{
    struct ho_buf json;
    char why[256];
    ho_buf_init(&json, (size_t)2 * LINE_BYTES_MAX);
    if (!table)
        ho_buf_append_slice(&json, text);
    else if (!table->count ? !ho_csv_header(table, text, ho_avro_json(load->record), &load->arena, why)
                           : !ho_csv_row(table, text, &json, why))
        refuse(load, number, why);
    if (json.len)
        add_row(load, number, ho_buf_slice(&json));
    ho_buf_release(&json);
}

/* table is NULL for a file of JSON. A header that is refused ends the reading: every row would be wrong. */
static void read_file(struct load *load, struct ho_csv *table)
{
    static char line[LINE_BYTES_MAX];
    size_t number = 0;
    FILE *file = fopen(load->path, "rb");
    if (!file)
        exit(ho_complain(HO_EXIT_FAILED, "%s cannot be read", load->path));
    while (fgets(line, sizeof line, file) && !(table && load->bad && !table->count)) {
        size_t skip = number == 0 && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a mark that spreadsheets write */
        struct ho_slice text = {line + skip, strcspn(line + skip, "\r\n")};
        bool whole = strchr(line, '\n') || feof(file);
        number++;
        if (!whole) {
            refuse(load, number, "a line longer than 1 MiB, or with a zero byte");
            break;
        }
        if (text.len)
            read_line(load, table, number, text);
    }
    fclose(file);
}

static int by_key(const void *a, const void *b)
{
    return ho_slice_compare(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static int by_value(const void *a, const void *b)
{
    int order = by_key(a, b);
    return order ? order : ho_slice_compare(((const struct row *)a)->value, ((const struct row *)b)->value);
}

static int by_line(const void *a, const void *b)
{
    size_t one = ((const struct row *)a)->line, two = ((const struct row *)b)->line;
    return one < two ? -1 : one > two;
}

/* A record twice in a file is one record. */
static void sort_log(struct load *load)
{
    size_t kept = 0;
    if (load->count)
        qsort(load->rows, load->count, sizeof *load->rows, by_value);
    for (size_t i = 0; i < load->count; i++)
        if (kept == 0 || by_value(&load->rows[kept - 1], &load->rows[i]) != 0)
            load->rows[kept++] = load->rows[i];
    load->count = kept;
}

/* Which of two rows is right cannot be known. */
static void sort_rows(struct load *load)
{
    char why[256];
    if (load->log) {
        sort_log(load);
        return;
    }
    if (load->count)
        qsort(load->rows, load->count, sizeof *load->rows, by_key);
    for (size_t i = 1; i < load->count; i++) {
        size_t a = load->rows[i - 1].line, b = load->rows[i].line;
        if (!ho_slice_equal(load->rows[i - 1].key, load->rows[i].key))
            continue;
        snprintf(why, sizeof why, "the id of line %zu a second time", a < b ? a : b);
        refuse(load, a < b ? b : a, why);
    }
}

/* Reads the topic to its end and marks the rows that it holds already. */
static void compare(struct load *load)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    int32_t count = 0;
    rd_kafka_t *consumer = ho_open_consumer(load->stack);
    ho_kafka_name(name, load->stack->ns, load->topic);
    if (ho_kafka_partition_count(consumer, name, &count, &err) != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    rd_kafka_topic_partition_list_t *open = rd_kafka_topic_partition_list_new(count);
    for (int32_t p = 0; p < count; p++)
        rd_kafka_topic_partition_list_add(open, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, open);
    int64_t heard_us = ho_clock_monotonic_us();
    while (open->cnt) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 1000);
        if (ho_clock_monotonic_us() - heard_us > ANSWER_US)
            exit(ho_complain(HO_EXIT_FAILED, "kafka stopped answering while %s was read; nothing was written", name));
        if (!message)
            continue;
        if (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            heard_us = ho_clock_monotonic_us();
        struct row wanted = {.key = {message->key, message->key_len}, .value = {message->payload, message->len}};
        struct row *row = message->err || !load->count
                              ? NULL
                              : bsearch(&wanted, load->rows, load->count, sizeof *load->rows,
                                        load->log ? by_value : by_key);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            rd_kafka_topic_partition_list_del(open, name, message->partition);
        else if (row)
            row->same = ho_slice_equal(row->value, wanted.value);
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(open);
    rd_kafka_destroy(consumer);
    if (load->log && load->count)
        qsort(load->rows, load->count, sizeof *load->rows, by_line);
}

static size_t undelivered;

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *report, void *opaque)
{
    (void)kafka;
    (void)opaque;
    undelivered += !ho_kafka_stored(report);
}

static size_t write_rows(struct load *load, int64_t at_ms)
{
    char name[HO_KAFKA_NAME_SIZE];
    struct ho_error err = {HO_OK, ""};
    int32_t partitions = 0;
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *producer = NULL;
    size_t written = 0;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_PRODUCER, load->stack->kafka, NULL, &conf, &err);
    if (status == HO_OK) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        status = ho_kafka_open(HO_KAFKA_PRODUCER, conf, &producer, &err);
    }
    ho_kafka_name(name, load->stack->ns, load->topic);
    if (status == HO_OK)
        status = ho_kafka_partition_count(producer, name, &partitions, &err);
    if (status != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    for (size_t i = 0; i < load->count; i++) {
        const struct row *row = &load->rows[i];
        if (row->same)
            continue;
        while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(name),
                                 RD_KAFKA_V_PARTITION(ho_kafka_partition(row->key, partitions)),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_KEY(row->key.ptr, row->key.len),
                                 RD_KAFKA_V_VALUE((void *)(uintptr_t)row->value.ptr, row->value.len),
                                 RD_KAFKA_V_TIMESTAMP(at_ms), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(producer, 10);
        written++;
    }
    if (rd_kafka_flush(producer, 60000) || undelivered)
        exit(ho_complain(HO_EXIT_FAILED, "kafka did not take every row of %s; load the file again", load->path));
    rd_kafka_destroy(producer);
    return written;
}

static int load_file(struct ho_stack *stack, int argc, char **argv, const char *command,
                     const struct ho_avro_record *record)
{
    bool log = record == &assessment_record || record == &clinical_fact_record || record == &care_action_record;
    struct ho_csv table = {.count = 0};
    const char *at = ho_take_option(&argc, argv, "--at", NULL);
    int64_t at_ms = ho_clock_wall_ms();
    ho_check_words(command, argc, argv, 2, 2);
    if (strcmp(argv[0], "load") != 0)
        return ho_complain(HO_EXIT_USAGE, "wanted: ho %s load FILE, not %s", command, argv[0]);
    if (at && !(ho_utc_parse(ho_slice_of(at), &at_ms) && at_ms >= 0))
        return ho_complain(HO_EXIT_USAGE, "--at wants 2026-01-31 or 2026-01-31T08:00:00Z, not before 1970, not \"%s\"", at);
    const char *topic = record == &member_record ? "members" : command;
    struct load load = {.stack = stack, .topic = topic, .path = argv[1], .record = record, .log = log};
    read_file(&load, record == &member_record || log ? NULL : &table);
    sort_rows(&load);
    if (load.bad)
        return ho_complain(HO_EXIT_FAILED, "%zu lines of %s are wrong; nothing was written", load.bad, load.path);
    compare(&load);
    size_t written = write_rows(&load, at_ms);
    printf(stack->as_json ? "{\"topic\":\"%s\",\"rows\":%zu,\"written\":%zu}\n" : "%s: %zu rows, %zu new or changed\n",
           topic, load.count, written);
    return 0;
}

int ho_cmd_roster(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "roster", &member_record);
}

int ho_cmd_providers(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "providers", &provider_record);
}

int ho_cmd_facilities(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "facilities", &facility_record);
}

int ho_cmd_assessments(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "assessments", &assessment_record);
}

int ho_cmd_clinical_facts(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "clinical.facts", &clinical_fact_record);
}

int ho_cmd_care_actions(struct ho_stack *stack, int argc, char **argv)
{
    return load_file(stack, argc, argv, "care.actions", &care_action_record);
}
