/*
 * ho dlq: dead letters: what lies there, why, and how it comes back.
 *
 *  dlq.1  A dead letter is open until a record with header ho-redriven that names its place (topic/partition/offset of the
 *         dead letter) lies on the topic that it came from; what is not open is not written again, so redrive may be
 *         broken off and repeated.
 *  dlq.2  redrive writes the original key, bytes, headers and Kafka timestamp to the original topic, into the partition of
 *         the key, behind newer records of it: facts carry their own time, and ids come from facts, so daemons take it as
 *         they take a late message.
 *  dlq.3  Without --yes redrive only says what it would write.
 *  dlq.4  One without key cannot be re-driven: no partition is right for it.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "kafka/kafka.h"
#include "scan.h"

#define REDRIVEN "ho-redriven"
#define ERRORS "__connect.errors."

struct letter {
    struct ho_slice key, value, topic, reason, detail; /* topic: with namespace */
    const char *home;            /* the topic without; NULL: none of this namespace's catalogue */
    rd_kafka_headers_t *headers; /* of the original: without reasons */
    int64_t time_ms, offset, original_offset;
    int32_t partition, original_partition;
    bool redriven;
};

struct letters {
    const struct ho_stack *stack;
    const char *only_reason;
    char topic[96]; /* dlq.<daemon>, without namespace */
    struct ho_arena arena;
    struct letter *items;
    size_t count, cap;
};

/* ---- reading */

static struct ho_slice kept(struct letters *letters, struct ho_slice text)
{
    return text.ptr ? ho_arena_slice(&letters->arena, text) : text;
}

static rd_kafka_headers_t *original_headers(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *all = NULL, *out = rd_kafka_headers_new(12);
    const char *name;
    const void *value;
    size_t size;
    if (!rd_kafka_message_headers(message, &all))
        for (size_t i = 0; !rd_kafka_header_get_all(all, i, &name, &value, &size); i++)
            if (strncmp(name, ERRORS, sizeof ERRORS - 1) != 0 && strcmp(name, REDRIVEN) != 0)
                rd_kafka_header_add(out, name, -1, value, (ssize_t)size);
    return out;
}

static int64_t number(struct ho_slice text)
{
    int64_t value = -1;
    return ho_slice_to_int64(text, &value) ? value : -1;
}

static const char *home_of(const struct letters *letters, struct ho_slice topic)
{
    size_t ns = strlen(letters->stack->ns);
    if (topic.len <= ns + 1 || memcmp(topic.ptr, letters->stack->ns, ns) != 0 || topic.ptr[ns] != '.')
        return NULL;
    const struct ho_topic *row = ho_kafka_topic((struct ho_slice){topic.ptr + ns + 1, topic.len - ns - 1});
    return row ? row->name : NULL;
}

static bool take_letter(void *arg, const rd_kafka_message_t *message)
{
    struct letters *letters = arg;
    struct ho_slice reason = ho_kafka_header(message, ERRORS "exception.class.name");
    rd_kafka_timestamp_type_t type;
    if (letters->only_reason && !ho_slice_is(reason, letters->only_reason))
        return true;
    if (letters->count == letters->cap) {
        letters->cap = letters->cap ? 2 * letters->cap : 64;
        letters->items = ho_realloc(letters->items, letters->cap * sizeof *letters->items);
    }
    letters->items[letters->count++] = (struct letter){
        .key = kept(letters, (struct ho_slice){message->key, message->key_len}),
        .value = kept(letters, (struct ho_slice){message->payload, message->len}),
        .topic = kept(letters, ho_kafka_header(message, ERRORS "topic")),
        .home = home_of(letters, ho_kafka_header(message, ERRORS "topic")),
        .reason = kept(letters, reason),
        .detail = kept(letters, ho_kafka_header(message, ERRORS "exception.message")),
        .headers = original_headers(message),
        .time_ms = rd_kafka_message_timestamp(message, &type),
        .partition = message->partition,
        .offset = message->offset,
        .original_partition = (int32_t)number(ho_kafka_header(message, ERRORS "partition")),
        .original_offset = number(ho_kafka_header(message, ERRORS "offset"))};
    return true;
}

/* A place as the header ho-redriven tells it. */
static struct ho_slice place_of(const struct letters *letters, const struct letter *letter, char out[HO_KAFKA_NAME_SIZE])
{
    int len = snprintf(out, HO_KAFKA_NAME_SIZE, "%s.%s/%d/%lld", letters->stack->ns, letters->topic, letter->partition,
                       (long long)letter->offset);
    return (struct ho_slice){out, (size_t)len};
}

static int by_place(const void *a, const void *b)
{
    const struct letter *x = a, *y = b;
    if (x->partition != y->partition)
        return x->partition < y->partition ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static bool take_redriven(void *arg, const rd_kafka_message_t *message)
{
    struct letters *letters = arg;
    char prefix[HO_KAFKA_NAME_SIZE];
    struct ho_slice redriven = ho_kafka_header(message, REDRIVEN);
    size_t len = (size_t)snprintf(prefix, sizeof prefix, "%s.%s/", letters->stack->ns, letters->topic);
    if (redriven.len <= len || memcmp(redriven.ptr, prefix, len) != 0)
        return true;
    struct ho_slice rest = {redriven.ptr + len, redriven.len - len};
    const char *slash = memchr(rest.ptr, '/', rest.len);
    if (!slash)
        return true;
    size_t head = (size_t)(slash - rest.ptr);
    struct letter wanted = {.partition = (int32_t)number((struct ho_slice){rest.ptr, head}),
                            .offset = number((struct ho_slice){slash + 1, rest.len - head - 1})};
    struct letter *letter = bsearch(&wanted, letters->items, letters->count, sizeof wanted, by_place);
    if (letter)
        letter->redriven = true;
    return true;
}

/* dlq.1: a copy lies behind its original, whose partition is that of the key unless its writer was wrong. */
static enum ho_status look_for_copies(struct letters *letters, const char *home, struct ho_error *err)
{
    int32_t partitions = 0;
    enum ho_status status = ho_scan_partitions(letters->stack, home, &partitions, err);
    if (status != HO_OK)
        return status;
    int64_t *from = HO_ARENA_ARRAY(&letters->arena, int64_t, (size_t)partitions);
    for (int32_t p = 0; p < partitions; p++)
        from[p] = -1;
    for (size_t i = 0; i < letters->count; i++) {
        const struct letter *letter = &letters->items[i];
        if (letter->home != home || !letter->key.len)
            continue;
        int32_t p = ho_kafka_partition(letter->key, partitions);
        int64_t behind = p == letter->original_partition ? letter->original_offset + 1 : 0;
        from[p] = from[p] < 0 || behind < from[p] ? behind : from[p];
    }
    struct ho_scan scan = {home, from, take_redriven, letters};
    return ho_scan(letters->stack, &scan, err);
}

static enum ho_status read_letters(struct letters *letters, struct ho_error *err)
{
    struct ho_scan scan = {letters->topic, NULL, take_letter, letters};
    enum ho_status status = ho_scan(letters->stack, &scan, err);
    if (letters->count)
        qsort(letters->items, letters->count, sizeof *letters->items, by_place);
    for (size_t t = 0; t < ho_topics_count && status == HO_OK; t++) {
        bool is_home = false;
        for (size_t i = 0; i < letters->count && !is_home; i++)
            is_home = letters->items[i].home == ho_topics[t].name;
        if (is_home)
            status = look_for_copies(letters, ho_topics[t].name, err);
    }
    return status;
}

/* ---- showing */

static void put_fields(const struct letters *letters, const struct letter *letter, bool phi, struct ho_buf *out)
{
    char place[HO_KAFKA_NAME_SIZE], when[HO_UTC_SIZE];
    ho_buf_printf(out, "{\"place\":");
    ho_put_text(out, place_of(letters, letter, place));
    ho_buf_printf(out, ",\"topic\":");
    ho_put_text(out, letter->topic);
    ho_buf_printf(out, ",\"partition\":%d,\"offset\":%lld,\"time\":\"%s\",\"reason\":", letter->original_partition,
                  (long long)letter->original_offset, ho_utc_format(letter->time_ms, when));
    ho_put_text(out, letter->reason);
    ho_buf_printf(out, ",\"detail\":");
    ho_put_text(out, letter->detail);
    ho_buf_printf(out, ",\"value_bytes\":%zu,\"redriven\":%s", letter->value.len, letter->redriven ? "true" : "false");
    if (phi) {
        ho_buf_printf(out, ",\"key\":");
        ho_put_text(out, letter->key);
        ho_buf_printf(out, ",\"value\":");
        ho_put_text(out, letter->value);
    }
    ho_buf_printf(out, "}\n");
}

static void show_one(const struct letters *letters, const struct letter *letter, bool phi)
{
    char place[HO_KAFKA_NAME_SIZE], when[HO_UTC_SIZE];
    struct ho_buf out;
    ho_buf_init(&out, (size_t)32 << 20);
    if (letters->stack->as_json) {
        put_fields(letters, letter, phi, &out);
    } else {
        ho_buf_printf(&out, "%.*s  from %.*s/%d/%lld  %s  %.*s: %.*s  %zu bytes%s%s", HO_SLICE_ARG(place_of(letters, letter, place)),
                      HO_SLICE_ARG(letter->topic), letter->original_partition, (long long)letter->original_offset,
                      ho_utc_format(letter->time_ms, when), HO_SLICE_ARG(letter->reason), HO_SLICE_ARG(letter->detail),
                      letter->value.len, phi ? "  key " : "", letter->redriven ? "  re-driven" : "");
        if (phi) {
            ho_buf_append_slice(&out, letter->key);
            ho_buf_printf(&out, "\n    ");
            ho_put_text(&out, letter->value);
        }
        ho_buf_append_byte(&out, '\n');
    }
    fwrite(out.data, 1, out.len, stdout);
    ho_buf_release(&out);
}

static int show(struct letters *letters, bool phi)
{
    if (!phi)
        ho_complain(0, "keys and values of dead letters are personal data and hidden; --phi shows them");
    for (size_t i = 0; i < letters->count; i++)
        show_one(letters, &letters->items[i], phi);
    return 0;
}

static size_t count_reason(const struct letters *letters, struct ho_slice reason, bool only_open)
{
    size_t count = 0;
    for (size_t i = 0; i < letters->count; i++)
        count += ho_slice_equal(letters->items[i].reason, reason) && !(only_open && letters->items[i].redriven);
    return count;
}

static void list_reasons(const struct letters *letters)
{
    for (size_t i = 0; i < letters->count; i++) {
        struct ho_slice reason = letters->items[i].reason;
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= !ho_slice_equal(letters->items[k].reason, reason);
        if (first)
            printf(letters->stack->as_json ? "{\"topic\":\"%s\",\"reason\":\"%.*s\",\"letters\":%zu,\"open\":%zu}\n"
                                           : "%-16s %-32.*s %zu, %zu of them open\n",
                   letters->topic, HO_SLICE_ARG(reason), count_reason(letters, reason, false), count_reason(letters, reason, true));
    }
}

/* ---- coming back */

struct outcome {
    size_t written, not_stored, skipped;
};

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *report, void *opaque)
{
    (void)kafka;
    struct outcome *outcome = opaque;
    outcome->not_stored += !ho_kafka_stored(report);
}

static rd_kafka_t *open_writer(const struct letters *letters, struct outcome *outcome)
{
    struct ho_error err = {HO_OK, ""};
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *producer = NULL;
    enum ho_status status = ho_kafka_conf(HO_KAFKA_PRODUCER, letters->stack->kafka, NULL, &conf, &err);
    if (status == HO_OK) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        rd_kafka_conf_set_opaque(conf, outcome);
        status = ho_kafka_open(HO_KAFKA_PRODUCER, conf, &producer, &err);
    }
    if (status != HO_OK)
        exit(ho_complain(HO_EXIT_FAILED, "%s", err.text));
    return producer;
}

static enum ho_status write_one(const struct letters *letters, rd_kafka_t *producer, const struct letter *letter, struct ho_error *err)
{
    char name[HO_KAFKA_NAME_SIZE], place[HO_KAFKA_NAME_SIZE];
    int32_t partitions = 0;
    ho_slice_copy(letter->topic, name, sizeof name);
    enum ho_status status = ho_kafka_partition_count(producer, name, &partitions, err);
    if (status != HO_OK)
        return status;
    struct ho_slice from = place_of(letters, letter, place);
    rd_kafka_headers_t *headers = rd_kafka_headers_copy(letter->headers);
    rd_kafka_header_add(headers, REDRIVEN, -1, from.ptr, (ssize_t)from.len);
    rd_kafka_resp_err_t rc;
    while ((rc = rd_kafka_producev(
                producer, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_PARTITION(ho_kafka_partition(letter->key, partitions)),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(letter->key.ptr, letter->key.len),
                RD_KAFKA_V_VALUE((void *)(uintptr_t)letter->value.ptr, letter->value.len),
                RD_KAFKA_V_TIMESTAMP(letter->time_ms), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END)) ==
           RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(producer, 10);
    if (rc)
        rd_kafka_headers_destroy(headers);
    return rc ? ho_fail(err, HO_FAILED, "writing %s: %s", name, rd_kafka_err2str(rc)) : HO_OK;
}

static bool can_come_back(const struct letters *letters, const struct letter *letter)
{
    const char *why = NULL;
    char place[HO_KAFKA_NAME_SIZE];
    if (letter->redriven)
        why = "was re-driven before";
    else if (!letter->home)
        why = "does not say which topic of this namespace it came from";
    else if (!letter->key.len)
        why = "has no key, so no partition is right for it";
    if (why)
        ho_complain(0, "%.*s %s; left where it is", HO_SLICE_ARG(place_of(letters, letter, place)), why);
    return !why;
}

static int redrive(struct letters *letters, bool yes)
{
    struct outcome outcome = {0, 0, 0};
    struct ho_error err = {HO_OK, ""};
    rd_kafka_t *producer = yes ? open_writer(letters, &outcome) : NULL;
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < letters->count && status == HO_OK; i++) {
        struct letter *letter = &letters->items[i];
        if (!can_come_back(letters, letter)) {
            outcome.skipped++;
            continue;
        }
        if (yes)
            status = write_one(letters, producer, letter, &err);
        else
            show_one(letters, letter, false);
        outcome.written += status == HO_OK;
    }
    if (yes && (rd_kafka_flush(producer, 60000) || outcome.not_stored || status != HO_OK)) {
        ho_complain(0, "%s; run it again: what is back already is left out", status == HO_OK ? "Kafka did not take every record" : err.text);
        return HO_EXIT_FAILED;
    }
    if (yes)
        rd_kafka_destroy(producer);
    printf(letters->stack->as_json ? "{\"%s\":%zu,\"left\":%zu}\n" : "%s %zu, left %zu%s\n",
           letters->stack->as_json ? (yes ? "redriven" : "would_redrive") : (yes ? "re-driven:" : "would re-drive:"), outcome.written,
           outcome.skipped, yes ? "" : "; --yes does it");
    return 0;
}

/* ---- the command */

static int list_all(struct ho_stack *stack)
{
    struct ho_error err = {HO_OK, ""};
    for (size_t i = 0; i < ho_topics_count; i++) {
        struct letters letters = {.stack = stack};
        if (strncmp(ho_topics[i].name, "dlq.", 4) != 0)
            continue;
        snprintf(letters.topic, sizeof letters.topic, "%s", ho_topics[i].name);
        if (read_letters(&letters, &err) != HO_OK)
            return ho_complain(HO_EXIT_FAILED, "%s", err.text);
        list_reasons(&letters);
    }
    return 0;
}

/* `--at 2/17`: one dead letter. */
static void keep_one(struct letters *letters, const char *at)
{
    char place[64];
    size_t count = 0;
    for (size_t i = 0; i < letters->count; i++) {
        snprintf(place, sizeof place, "%d/%lld", letters->items[i].partition, (long long)letters->items[i].offset);
        if (strcmp(place, at) == 0)
            letters->items[count++] = letters->items[i];
    }
    letters->count = count;
}

int ho_cmd_dlq(struct ho_stack *stack, int argc, char **argv)
{
    bool phi = ho_take_flag(&argc, argv, "--phi"), yes = ho_take_flag(&argc, argv, "--yes");
    const char *at = ho_take_option(&argc, argv, "--at", NULL);
    struct letters letters = {.stack = stack, .only_reason = ho_take_option(&argc, argv, "--reason", NULL)};
    struct ho_error err = {HO_OK, ""};
    ho_check_words("dlq", argc, argv, 1, 2);
    bool lists = strcmp(argv[0], "list") == 0, shows = strcmp(argv[0], "show") == 0;
    if (lists && argc == 1)
        return list_all(stack);
    if (argc != 2 || lists || !(shows || strcmp(argv[0], "redrive") == 0))
        return ho_complain(HO_EXIT_USAGE, "wanted: ho dlq list, ho dlq show DAEMON or ho dlq redrive DAEMON");
    snprintf(letters.topic, sizeof letters.topic, "dlq.%s", argv[1]);
    enum ho_status status = read_letters(&letters, &err);
    if (status != HO_OK)
        return ho_complain(status == HO_NOT_FOUND ? HO_EXIT_NOT_FOUND : HO_EXIT_FAILED, "%s", err.text);
    if (at)
        keep_one(&letters, at);
    if (!letters.count && (at || letters.only_reason))
        return ho_complain(HO_EXIT_NOT_FOUND, "there is no such dead letter in %s", letters.topic);
    return shows ? show(&letters, phi) : redrive(&letters, yes);
}
