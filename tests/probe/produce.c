/*
 * Records from lines of ten columns, tab between, "-" for what is absent:
 *   topic key timestamp_ms kind id amount rate other due_ms mark
 * kind: of probe.moves and probe.cancels a ProbeKind; TOMBSTONE; RAW: rate holds the value's bytes in hexadecimal, and other
 * the partition, if not the key's; anything else of the other topics. probe.rates takes amount as factor, probe.profiles as bound. `clock` is written once all
 * before it is acknowledged, its value the timestamp.
 */
#include "probe_tool.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "avro/describe.h"
#include "clock/clock.h"
#include "probe_amount.h"
#include "probe_move.h"
#include "probe_profile.h"
#include "probe_rate.h"

enum column { TOPIC, KEY, TIME, KIND, ID, AMOUNT, RATE, OTHER, DUE, MARK, COLUMNS };

static int64_t number(const char *text)
{
    int64_t value = 0;
    if (strcmp(text, "-") != 0 && !ho_slice_to_int64(ho_slice_of(text), &value))
        tool_die("no number: %s", text);
    return value;
}

static struct ho_slice absent_or(const char *text)
{
    return strcmp(text, "-") == 0 ? (struct ho_slice){NULL, 0} : ho_slice_of(text);
}

static int symbol(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    tool_die("no symbol: %s", text);
}

static void put_hex(const char *text, struct ho_buf *out)
{
    unsigned byte = 0;
    for (; text[0] && text[1]; text += 2) {
        if (sscanf(text, "%2x", &byte) != 1)
            tool_die("no hexadecimal: %s", text);
        ho_buf_append_byte(out, (char)byte);
    }
}

static void put_move(char *const row[COLUMNS], struct ho_buf *out)
{
    struct probe_move move = {
        .id = number(row[ID]),
        .kind = (enum probe_move_probe_kind)symbol(row[KIND], probe_move_probe_kind_names, PROBE_MOVE_PROBE_KIND_COUNT),
        .amount = number(row[AMOUNT]),
        .rate = absent_or(row[RATE]),
        .other = absent_or(row[OTHER]),
        .due_ms = number(row[DUE]),
        .mark = PROBE_MOVE_PROBE_MARK_NONE};
    if (strcmp(row[MARK], "-") != 0)
        move.mark =
            (enum probe_move_probe_mark)symbol(row[MARK], probe_move_probe_mark_names, PROBE_MOVE_PROBE_MARK_COUNT);
    ho_avro_encode(&probe_move_record, &move, out);
}

static void put_value(char *const row[COLUMNS], struct ho_buf *out)
{
    if (strcmp(row[KIND], "RAW") == 0) {
        put_hex(row[RATE], out);
    } else if (strcmp(row[TOPIC], "probe.moves") == 0 || strcmp(row[TOPIC], "probe.cancels") == 0) {
        put_move(row, out);
    } else if (strcmp(row[TOPIC], "probe.amounts") == 0) {
        struct probe_amount amount = {number(row[ID]), number(row[AMOUNT])};
        ho_avro_encode(&probe_amount_record, &amount, out);
    } else if (strcmp(row[TOPIC], "probe.profiles") == 0) {
        struct probe_profile profile = {number(row[AMOUNT])};
        ho_avro_encode(&probe_profile_record, &profile, out);
    } else if (strcmp(row[TOPIC], "probe.rates") == 0) {
        struct probe_rate rate = {number(row[AMOUNT])};
        ho_avro_encode(&probe_rate_record, &rate, out);
    } else if (strcmp(row[TOPIC], "clock") == 0) {
        ho_buf_append_slice(out, ho_slice_of(row[TIME]));
    } else {
        tool_die("what goes to %s is not known", row[TOPIC]);
    }
}

static bool split(char *line, char *row[COLUMNS])
{
    char *save = NULL;
    size_t len = strlen(line), count = 0;
    if (len && line[len - 1] == '\n')
        line[len - 1] = '\0';
    for (char *cell = strtok_r(line, "\t", &save); cell && count < COLUMNS; cell = strtok_r(NULL, "\t", &save))
        row[count++] = cell;
    return count == COLUMNS;
}

static int32_t partitions_of(struct tool *tool, rd_kafka_t *kafka, const char *topic)
{
    static struct {
        char topic[64];
        int32_t count;
    } known[16];
    for (size_t i = 0; i < HO_LENGTH(known); i++) {
        if (known[i].count && strcmp(known[i].topic, topic) == 0)
            return known[i].count;
        if (known[i].count)
            continue;
        snprintf(known[i].topic, sizeof known[i].topic, "%s", topic);
        return known[i].count = tool_partitions(tool, kafka, topic);
    }
    tool_die("too many topics");
}

static void put(struct tool *tool, rd_kafka_t *kafka, char *const row[COLUMNS], struct ho_buf *buf)
{
    char name[HO_KAFKA_NAME_SIZE];
    bool tombstone = strcmp(row[KIND], "TOMBSTONE") == 0;
    struct ho_slice key = absent_or(row[KEY]);
    int32_t count = partitions_of(tool, kafka, row[TOPIC]);
    int32_t partition = key.ptr ? ho_kafka_partition(key, count) : 0;
    if (strcmp(row[KIND], "RAW") == 0 && strcmp(row[OTHER], "-") != 0)
        partition = (int32_t)number(row[OTHER]);
    ho_kafka_name(name, tool->ns, row[TOPIC]);
    ho_buf_clear(buf);
    if (!tombstone)
        put_value(row, buf);
    if (strcmp(row[TOPIC], "clock") == 0)
        tool_flush(kafka);
    rd_kafka_resp_err_t rc;
    do {
        rc = rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_PARTITION(partition),
                               RD_KAFKA_V_KEY(key.ptr, key.len),
                               RD_KAFKA_V_VALUE(tombstone ? NULL : buf->data, tombstone ? 0 : buf->len),
                               RD_KAFKA_V_TIMESTAMP(number(row[TIME])), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                               RD_KAFKA_V_OPAQUE(&tool_failures), RD_KAFKA_V_END);
        rd_kafka_poll(kafka, rc == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
    } while (rc == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    if (rc)
        tool_die("writing %s: %s", name, rd_kafka_err2str(rc));
}

int probe_produce(struct tool *tool)
{
    static char line[1 << 20];
    char *row[COLUMNS];
    struct ho_buf buf;
    int64_t rate = tool_number(tool, "--rate", 0), count = 0, begin_us = ho_clock_monotonic_us();
    rd_kafka_t *kafka = tool_open(tool, HO_KAFKA_PRODUCER, NULL);
    ho_buf_init(&buf, (size_t)8 << 20);
    while (fgets(line, sizeof line, stdin)) {
        if (!split(line, row))
            tool_die("line %lld has not ten columns", (long long)count + 1);
        put(tool, kafka, row, &buf);
        count++;
        while (rate && count * 1000000 / rate > ho_clock_monotonic_us() - begin_us)
            rd_kafka_poll(kafka, 1);
    }
    tool_flush(kafka);
    ho_buf_release(&buf);
    printf("%lld\n", (long long)count);
    return 0;
}
