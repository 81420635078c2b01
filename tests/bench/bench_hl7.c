/*
 * bench_hl7 - bytes a second of one core: the index, the index with the fields that identity reads, the same behind the
 * character sets, the framer. Beside each stands memchr for a byte that is not there, over the same bytes in the same
 * round: the ratio is what can be compared between machines and busy hours. Best of ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "clock/clock.h"
#include "hl7/charset.h"
#include "hl7/types.h"
#include "mllp/mllp.h"

#define CORPUS_BYTES (8 << 20)
#define ROUNDS 40
#define FLOOR_MB_S 500

static const char small_adt[] =
    "MSH|^~\\&|EPICADT|STMARY|HUB|PLAN|20261103081500-0500||ADT^A01^ADT_A01|%07d|P|2.5.1|||AL|NE||8859/1\r"
    "EVN|A01|20261103081500-0500|||REG12^Clerk^Anna|20261103081200-0500\r"
    "PID|1||%08d^^^STMARY^MR~H%08d^^^PLAN^MB||S\xe1mple^Nora^Q^^Mrs^^L||19480212|F||2106-3|12 Example Street^^Springfield^MA^01103^USA"
    "^H||(413)555-0134^PRN^PH|||M|CAT|V%07d^^^STMARY^AN|999-00-1234|||||||||||N\r"
    "PV1|1|I|3W^312^A^STMARY||||1234567890^Grey^Alan^^^Dr^^^NPI|||MED||||7|||1234567890^Grey^Alan|I|V%07d^^^STMARY^VN|MCR|||||||"
    "|||||||||||||||||20261103081200-0500\r"
    "DG1|1||I50.9^Heart failure, unspecified^I10|||A\rIN1|1|DSNP01|PLAN|Example Health Plan|||||||||||||Sample^Nora|SEL|19480212"
    "||||||||||||||||||H%08d\r";

struct work {
    const char *name;
    size_t (*run)(struct ho_slice corpus); /* answers something that depends on all of it */
};

static struct ho_buf messages, framed;
static size_t *lengths, count;

static void make_corpus(void)
{
    char text[4096];
    ho_buf_init(&messages, CORPUS_BYTES + sizeof text);
    ho_buf_init(&framed, 2 * CORPUS_BYTES);
    lengths = calloc(CORPUS_BYTES / 512, sizeof *lengths);
    for (int i = 0; messages.len < CORPUS_BYTES; i++) {
        int len = snprintf(text, sizeof text, small_adt, i, i, i, i, i, i);
        ho_buf_append(&messages, text, (size_t)len);
        for (int n = 0; i % 4 == 0 && n < 12; n++) /* as a full ADT carries them */
            ho_buf_printf(&messages, "OBX|%d|NM|8867-4^Heart rate^LN||%d|/min|60-100||||F|||20261103081%d00\r", n, 60 + n, n % 10);
        size_t begin = count ? lengths[count - 1] : 0;
        lengths[count++] = messages.len;
        ho_mllp_frame(&framed, (struct ho_slice){messages.data + begin, messages.len - begin});
    }
}

static struct ho_slice message(size_t i)
{
    size_t begin = i ? lengths[i - 1] : 0;
    return (struct ho_slice){messages.data + begin, lengths[i] - begin};
}

static size_t run_memchr(struct ho_slice corpus)
{
    size_t sum = 0;
    (void)corpus;
    for (size_t i = 0; i < count; i++) {
        struct ho_slice m = message(i);
        sum += memchr(m.ptr, '\x01', m.len) == NULL;
    }
    return sum;
}

static size_t run_index(struct ho_slice corpus)
{
    static struct ho_hl7 msg;
    size_t sum = 0;
    (void)corpus;
    for (size_t i = 0; i < count; i++)
        if (ho_hl7_parse(&msg, message(i), NULL) == HO_OK)
            sum += msg.count;
    return sum;
}

/* About what identity reads of a message. */
static size_t read_fields(struct ho_slice bytes)
{
    static const struct {
        const char *segment;
        int field;
    } rows[] = {{"MSH", 4},  {"MSH", 9},  {"MSH", 10}, {"MSH", 11}, {"MSH", 7},  {"EVN", 2},  {"EVN", 6},
                {"PID", 5},  {"PID", 7},  {"PID", 18}, {"PID", 29}, {"PID", 30}, {"PV1", 2},  {"PV1", 3},
                {"PV1", 4},  {"PV1", 7},  {"PV1", 10}, {"PV1", 14}, {"PV1", 19}, {"PV1", 36}, {"PV1", 44},
                {"PV1", 45}, {"IN1", 36}, {"IN1", 49}, {"IN2", 61}, {"DG1", 3}};
    static struct ho_hl7 msg;
    struct ho_hl7_time time;
    struct ho_slice id;
    size_t sum = 0;
    if (ho_hl7_parse(&msg, bytes, NULL) != HO_OK)
        return 0;
    for (size_t r = 0; r < HO_LENGTH(rows); r++)
        sum += ho_hl7_get(&msg, rows[r].segment, rows[r].field, 1).len;
    for (struct ho_hl7_walk walk = ho_hl7_each(&msg, "PID", 3); ho_hl7_next(&walk, &id);)
        sum += ho_hl7_cx(&msg, id).id.len;
    return sum + (ho_hl7_time(ho_hl7_get(&msg, "PV1", 44, 1), &time) ? (size_t)time.precision : 0);
}

static size_t run_fields(struct ho_slice corpus)
{
    size_t sum = 0;
    (void)corpus;
    for (size_t i = 0; i < count; i++)
        sum += read_fields(message(i));
    return sum;
}

static size_t run_charset(struct ho_slice corpus)
{
    static struct ho_hl7_charsets *charsets;
    static struct ho_arena arena;
    size_t sum = 0;
    (void)corpus;
    charsets = charsets ? charsets : ho_hl7_charsets_new();
    for (size_t i = 0; i < count; i++) {
        sum += read_fields(ho_hl7_to_utf8(charsets, message(i), &arena).bytes);
        ho_arena_reset(&arena);
    }
    return sum;
}

static size_t run_framer(struct ho_slice corpus)
{
    struct ho_mllp mllp;
    struct ho_slice bytes;
    size_t sum = 0;
    ho_mllp_init(&mllp, HO_MLLP_FRAME_BYTES_MAX);
    for (size_t at = 0; at < corpus.len; at += 16384) {
        struct ho_slice in = {corpus.ptr + at, corpus.len - at < 16384 ? corpus.len - at : 16384};
        while (ho_mllp_next(&mllp, &in, &bytes) == HO_MLLP_FRAME)
            sum += bytes.len;
    }
    ho_mllp_release(&mllp);
    return sum;
}

static double once(size_t (*run)(struct ho_slice), struct ho_slice corpus)
{
    static volatile size_t sink;
    int64_t begin_us = ho_clock_monotonic_us();
    sink = sink + run(corpus);
    int64_t us = ho_clock_monotonic_us() - begin_us;
    return (double)corpus.len / (double)(us ? us : 1);
}

int main(void)
{
    static const struct work works[] = {{"index", run_index},
                                        {"index and 26 fields", run_fields},
                                        {"to UTF-8, index, fields", run_charset},
                                        {"framer, 16 KB reads", run_framer}};
    bool slow = false;
    make_corpus();
    printf("%zu messages, %zu bytes on average\n", count, messages.len / count);
    printf("%-24s %10s %12s %8s %12s\n", "", "MB/s", "memchr MB/s", "ratio", "messages/s");
    for (size_t w = 0; w < HO_LENGTH(works); w++) {
        struct ho_slice corpus = ho_buf_slice(works[w].run == run_framer ? &framed : &messages);
        double best = 0, floor = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double scan = once(run_memchr, ho_buf_slice(&messages)), speed = once(works[w].run, corpus);
            floor = scan > floor ? scan : floor;
            best = speed > best ? speed : best;
        }
        printf("%-24s %10.0f %12.0f %8.3f %12.0f\n", works[w].name, best, floor, best / floor,
               best * 1e6 / ((double)corpus.len / (double)count));
        slow |= w == 0 && best < FLOOR_MB_S;
    }
    if (slow)
        printf("the index is slower than %d MB/s\n", FLOOR_MB_S);
    free(lengths);
    ho_buf_release(&messages);
    ho_buf_release(&framed);
    return slow;
}
