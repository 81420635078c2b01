/* The index over a message, times, and the framer at every split. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "hl7/hl7.h"
#include "kafka/kafka.h"
#include "mllp/mllp.h"

#define BODY "MSH|^~\\&|A|B|||20261101||ADT^A01|1|P|2.5\rPID|1||x^^^y~\"\"|a\\F\\b\\Z9\\|\rPV1|1|I\r"

static const struct {
    const char *name, *bytes;
} line_ends[] = {{"CR", "MSH|^~\\&|A\rPID|1||7\rPV1|1|I\r"},
                 {"LF", "MSH|^~\\&|A\nPID|1||7\nPV1|1|I\n"},
                 {"CRLF and blank lines", "MSH|^~\\&|A\r\n\r\nPID|1||7\r\n\r\nPV1|1|I"},
                 {"mixed, none at the end", "MSH|^~\\&|A\nPID|1||7\r\rPV1|1|I"}};

Test(hl7, any_line_end_gives_the_same_segments)
{
    static struct ho_hl7 msg;
    for (size_t i = 0; i < HO_LENGTH(line_ends); i++) {
        cr_assert_eq(ho_hl7_parse(&msg, ho_slice_of(line_ends[i].bytes), NULL), HO_OK, "%s", line_ends[i].name);
        cr_assert(ho_slice_is(ho_hl7_get(&msg, "PID", 3, 1), "7"), "%s", line_ends[i].name);
        cr_assert(ho_slice_is(ho_hl7_get(&msg, "PV1", 2, 1), "I"), "%s", line_ends[i].name);
    }
}

Test(hl7, fields_repetitions_null_and_escapes)
{
    static struct ho_hl7 msg;
    struct ho_arena arena = {0};
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE(BODY), NULL), HO_OK);
    struct ho_slice ids = ho_hl7_field(&msg, ho_hl7_segment(&msg, "PID", 0), 3);
    cr_assert_eq(ho_hl7_repetitions(&msg, ids), 2);
    cr_assert(ho_slice_is(ho_hl7_component(&msg, ho_hl7_repetition(&msg, ids, 0), 4), "y"));
    cr_assert(ho_hl7_is_null(ho_hl7_repetition(&msg, ids, 1)));
    cr_assert_null(ho_hl7_get(&msg, "PID", 5, 1).ptr);
    cr_assert_null(ho_hl7_get(&msg, "ZZZ", 5, 1).ptr);
    cr_assert(ho_slice_is(ho_hl7_get(&msg, "MSH", 2, 1), "^~\\&") || ho_hl7_field(&msg, ho_hl7_segment(&msg, "MSH", 0), 2).len == 4);
    struct ho_slice plain = ho_hl7_unescape(&msg, ho_hl7_get(&msg, "PID", 4, 1), &arena);
    cr_assert(ho_slice_is(plain, "a|b\\Z9\\"), "%.*s", HO_SLICE_ARG(plain));
    ho_arena_release(&arena);
}

static const struct {
    const char *text;
    bool good;
    enum ho_hl7_precision precision;
    int64_t local_ms;
} times[] = {{"2026", true, HO_HL7_YEAR, 1767225600000},
             {"20261101", true, HO_HL7_DAY, 1793491200000},
             {"202611011200", true, HO_HL7_MINUTE, 1793534400000},
             {"20261101120000.5-0500", true, HO_HL7_MILLISECOND, 1793534400500},
             {"20110613122406637", true, HO_HL7_MILLISECOND, 1307967846637},
             {"20261301", false, HO_HL7_NO_TIME, 0},
             {"00000000", false, HO_HL7_NO_TIME, 0},
             {"20260230", false, HO_HL7_NO_TIME, 0},
             {"yesterday", false, HO_HL7_NO_TIME, 0},
             {"", false, HO_HL7_NO_TIME, 0}};

Test(hl7, times_keep_their_precision_or_are_refused)
{
    for (size_t i = 0; i < HO_LENGTH(times); i++) {
        struct ho_hl7_time time;
        cr_assert_eq(ho_hl7_time(ho_slice_of(times[i].text), &time), times[i].good, "%s", times[i].text);
        if (times[i].good) {
            cr_assert_eq(time.precision, times[i].precision, "%s", times[i].text);
            cr_assert_eq(time.local_ms, times[i].local_ms, "%s: %lld", times[i].text, (long long)time.local_ms);
        }
    }
}

/* Feeds bytes in two pieces; frames are told to out, '|' behind each. */
static void feed(struct ho_slice all, size_t cut, char *out, size_t size)
{
    struct ho_mllp mllp;
    size_t n = 0;
    ho_mllp_init(&mllp, 64);
    out[0] = '\0';
    for (int piece = 0; piece < 2; piece++) {
        struct ho_slice in = piece ? (struct ho_slice){all.ptr + cut, all.len - cut} : (struct ho_slice){all.ptr, cut};
        struct ho_slice bytes;
        for (;;) {
            enum ho_mllp_event event = ho_mllp_next(&mllp, &in, &bytes);
            if (event == HO_MLLP_MORE)
                break;
            n += (size_t)snprintf(out + n, size - n, "%s%.*s|", event == HO_MLLP_FRAME ? "" : "!",
                                  event == HO_MLLP_FRAME ? (int)bytes.len : 0, bytes.ptr);
        }
    }
    ho_mllp_release(&mllp);
}

static const struct {
    const char *name;
    struct ho_slice bytes;
    const char *frames;
} streams[] = {{"two glued", {"\x0b" "one\x1c\r\x0b" "two\x1c\r", 12}, "one|two|"},
               {"NULs and junk between", {"junk\0\x0b" "one\x1c\r\0\0\r\n\x0b" "two\x1c\r", 21}, "one|two|"},
               {"an unfinished one gives nothing", {"\x0b" "one\x1c\r\x0b" "tw", 9}, "one|"}};

Test(mllp, every_split_gives_the_same_frames)
{
    char out[256];
    for (size_t i = 0; i < HO_LENGTH(streams); i++)
        for (size_t cut = 0; cut <= streams[i].bytes.len; cut++) {
            feed(streams[i].bytes, cut, out, sizeof out);
            cr_assert_str_eq(out, streams[i].frames, "%s at %zu: %s", streams[i].name, cut, out);
        }
}

Test(mllp, a_frame_over_the_limit_is_told_and_the_next_is_served)
{
    char long_one[200], out[256];
    memset(long_one, 'x', sizeof long_one);
    long_one[0] = 0x0b;
    memcpy(long_one + 150, "\x1c\r\x0b" "ok\x1c\r", 7);
    feed((struct ho_slice){long_one, 157}, 80, out, sizeof out);
    cr_assert_str_eq(out, "!|ok|", "%s", out);
}

/* Partitions of the Java client (org.apache.kafka.common.utils.Utils.murmur2, its own unit test's values). */
static const struct {
    const char *key;
    int32_t hash;
} hashes[] = {{"21", -973932308}, {"foobar", -790332482}, {"a-little-bit-long-string", -985981536},
              {"a-little-bit-longer-string", -1486304829}, {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971}};

Test(kafka, the_partitioner_is_the_java_clients)
{
    for (size_t i = 0; i < HO_LENGTH(hashes); i++)
        cr_assert_eq(ho_kafka_partition(ho_slice_of(hashes[i].key), 1000003),
                     (int32_t)(((uint32_t)hashes[i].hash & 0x7fffffffU) % 1000003U), "%s", hashes[i].key);
}
