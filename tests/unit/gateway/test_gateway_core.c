/* A row per rule: what is answered to which bytes, what may be read, which producer, when a connection ends. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "gateway/gateway_core.h"

#define WHEN "20261124120000+0000"
#define FROM_2_5 "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01^ACK|HO1|P|2.5\r"
#define SENT "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.5"

static const struct ho_feed open_feed = {.id = "default", .processing_ids = "PTD"};
static const struct ho_feed original = {.id = "o", .processing_ids = "PTD", .ack = HO_FEED_ACK_ORIGINAL};
static const struct ho_feed enhanced = {.id = "e", .processing_ids = "PTD", .ack = HO_FEED_ACK_ENHANCED};
static const struct ho_feed strict = {.id = "s", .processing_ids = "P", .versions = "2.5 2.5.1",
                                      .types = "ADT^A01, ADT^A03 ORU", .error_ack = true};
static const struct ho_feed release2 = {.id = "r", .processing_ids = "P", .release2 = true};

static const struct {
    const char *name, *bytes;
    const struct ho_feed *feed;
    enum gateway_verdict verdict;
    const char *answer; /* NULL: only the verdict counts; without its frame */
} rows[] = {
    {"1 and 7 accepted: swapped, echoed", "MSH|^~\\&|EHR|GEN|PLAN|HO|2026||ADT^A01|  0a |P|2.5.1\rPID|1\r", &open_feed,
     GATEWAY_STORE, "MSH|^~\\&|PLAN|HO|EHR|GEN|" WHEN "||ACK^A01^ACK|HO1|P|2.5.1\rMSA|AA|  0a \r"},
    {"7 odd separators", "MSH@~&#\\@EHR@GEN@PLAN@HO@2026@@ADT~A03@7@P@2.3\r", &open_feed, GATEWAY_STORE,
     "MSH@~&#\\@PLAN@HO@EHR@GEN@" WHEN "@@ACK~A03@HO1@P@2.3\rMSA@AA@7\r"},
    {"7 five encoding characters, version with components", "MSH|^~\\&#|E|G|P|H|2026||ADT^A01|1|P|2.7^^\r", &open_feed,
     GATEWAY_STORE, "MSH|^~\\&#|P|H|E|G|" WHEN "||ACK^A01^ACK|HO1|P|2.7^^\rMSA|AA|1\r"},
    {"7 nothing given", "MSH|^~\\&|||||||ADT|\r", &open_feed, GATEWAY_STORE,
     "MSH|^~\\&|||||" WHEN "||ACK|HO1|P|2.5.1\rMSA|AA|\r"},
    {"7 escapes and bytes of any character set", "MSH|^~\\&|E\\T\\|G\xfc|P|H|2026||ADT^A01|\xe9|P|2.5\r", &open_feed,
     GATEWAY_STORE, "MSH|^~\\&|P|H|E\\T\\|G\xfc|" WHEN "||ACK^A01^ACK|HO1|P|2.5\rMSA|AA|\xe9\r"},
    {"2 no MSH", "PID|1\r", &open_feed, GATEWAY_UNREADABLE,
     "MSH|^~\\&|||||" WHEN "||ACK|HO1|P|2.5.1\rMSA|AR|\rERR||MSH^1|100^the message does not begin with a readable MSH "
     "segment^HL70357|E||||the message does not begin with a readable MSH segment\r"},
    {"2 nothing", "", &open_feed, GATEWAY_UNREADABLE, NULL},
    {"2 an enhanced feed", "hello", &enhanced, GATEWAY_UNREADABLE,
     "MSH|^~\\&|||||" WHEN "||ACK|HO1|P|2.5.1\rMSA|CR|\rERR||MSH^1|100^the message does not begin with a readable MSH "
     "segment^HL70357|E||||the message does not begin with a readable MSH segment\r"},
    {"2 batch headers and blank lines before MSH", "\r\nFHS|^~\\&|B\r BHS|^~\\&|B\r" SENT "\r", &open_feed, GATEWAY_STORE,
     FROM_2_5 "MSA|AA|1\r"},
    {"2 a batch without messages", "FHS|^~\\&|B\rFTS|0\r", &open_feed, GATEWAY_UNREADABLE, NULL},
    {"3 no type", "MSH|^~\\&|E|G|P|H|2026|||1|P|2.5\r", &open_feed, GATEWAY_NO_TYPE,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK|HO1|P|2.5\rMSA|AR|1\rERR||MSH^1^9|200^the message type is empty^HL70357|E||||"
     "the message type is empty\r"},
    {"3 another type", "MSH|^~\\&|E|G|P|H|2026||SIU^S12|1|P|2.5\r", &strict, GATEWAY_TYPE, NULL},
    {"3 a listed type, any event", "MSH|^~\\&|E|G|P|H|2026||ORU^R01|1|P|2.5\r", &strict, GATEWAY_STORE, NULL},
    {"3 another event", "MSH|^~\\&|E|G|P|H|2026||ADT^A08|1|P|2.5\rPID|1\r", &strict, GATEWAY_EVENT, NULL},
    {"3 half of a listed type", "MSH|^~\\&|E|G|P|H|2026||AD^A01|1|P|2.5\r", &strict, GATEWAY_TYPE, NULL},
    {"3 a type without event where events are listed", "MSH|^~\\&|E|G|P|H|2026||ADT|1|P|2.5\r", &strict, GATEWAY_EVENT, NULL},
    {"3 another version", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.3\rPID|1\r", &strict, GATEWAY_VERSION,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|P|2.3\rMSA|AR|1\rERR|MSH^1^12^203&this feed does not accept the version"
     "&HL70357\r"},
    {"3 a listed version with components", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.5.1^USA\rPID|1\r", &strict, GATEWAY_STORE,
     NULL},
    {"3 empty MSH-11 and MSH-12 are taken", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1\rPID|1\r", &strict, GATEWAY_STORE, NULL},
    {"3 P^T is taken", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P^T|2.5\r", &open_feed, GATEWAY_STORE, NULL},
    {"3 T is taken where the feed says so", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|T|2.5\r", &open_feed, GATEWAY_STORE, NULL},
    {"3 T is refused where it does not", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|T|2.5\rPID|1\r", &strict,
     GATEWAY_PROCESSING_ID, NULL},
    {"3 a long processing id", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|PROD|2.5\r", &open_feed, GATEWAY_PROCESSING_ID, NULL},
    {"3 and 8 another processing id, ERR of 2.5", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.5\r", &open_feed,
     GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01^ACK|HO1|X|2.5\rMSA|AR|1\rERR||MSH^1^11|202^this feed does not accept the "
     "processing id^HL70357|E||||this feed does not accept the processing id\r"},
    {"8 ERR of 2.4", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.4\r", &open_feed, GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|X|2.4\rMSA|AR|1\rERR|MSH^1^11^202&this feed does not accept the processing "
     "id&HL70357\r"},
    {"8 ERR of 2.4, a sender without subcomponents", "MSH|^~\\|E|G|P|H|2026||ADT^A01|1|X|2.4\r", &open_feed,
     GATEWAY_PROCESSING_ID, "MSH|^~\\|P|H|E|G|" WHEN "||ACK^A01|HO1|X|2.4\rMSA|AR|1\rERR|MSH^1^11^202\r"},
    {"8 2.10 is no old version", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.10\r", &open_feed, GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01^ACK|HO1|X|2.10\rMSA|AR|1\rERR||MSH^1^11|202^this feed does not accept the "
     "processing id^HL70357|E||||this feed does not accept the processing id\r"},
    {"4 content is not judged", "MSH|^~\\&|E|G|P|H|never||ADT^A99|1|P|2.5\rgarbage\r", &open_feed, GATEWAY_STORE, NULL},
    {"4 content is judged where the feed asks", SENT "\rPV1|1\r", &strict, GATEWAY_CONTENT,
     FROM_2_5 "MSA|AE|1\rERR||MSH^1|199^the message is stored, but its content will not be understood^HL70357|E||||"
              "the message is stored, but its content will not be understood\r"},
    {"4 good content there", SENT "\rPID|1\r", &strict, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"4 other types need no PID", "MSH|^~\\&|E|G|P|H|2026||ORU^R01|1|P|2.5\rOBX|1\r", &strict, GATEWAY_STORE, NULL},
    {"6 as MSH-15 asks: AL", SENT "|||AL|NE\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|CA|1\r"},
    {"6 MSH-15 alone", SENT "|||AL\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|CA|1\r"},
    {"6 success only", SENT "|||SU|NE\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|CA|1\r"},
    {"6 errors only: silence", SENT "|||ER|NE\r", &open_feed, GATEWAY_STORE, ""},
    {"6 never: silence", SENT "|||NE|NE\r", &open_feed, GATEWAY_STORE, ""},
    {"6 never, and nothing said of the application: silence", SENT "|||NE\r", &open_feed, GATEWAY_STORE, ""},
    {"6 only the application's answer", SENT "|||NE|AL\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"6 only the application's answer, MSH-15 empty", SENT "||||AL\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"6 only the application's errors", SENT "|||NE|ER\r", &open_feed, GATEWAY_STORE, ""},
    {"6 MSH-15 empty and MSH-16 NE", SENT "||||NE\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"6 a word that is none", SENT "|||yes|NE\r", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|CA|1\r"},
    {"6 an original feed does not ask", SENT "|||AL|AL\r", &original, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"6 an original feed is never silent", SENT "|||NE|NE\r", &original, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"},
    {"6 an enhanced feed answers what did not ask", SENT "\r", &enhanced, GATEWAY_STORE, FROM_2_5 "MSA|CA|1\r"},
    {"6 an enhanced feed heeds NE", SENT "|||NE|AL\r", &enhanced, GATEWAY_STORE, ""},
    {"6 and 3 refused as CR", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.3|||ER|NE\r", &open_feed, GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|X|2.3\rMSA|CR|1\rERR|MSH^1^11^202&this feed does not accept the processing "
     "id&HL70357\r"},
    {"12 stored", SENT "\r", &release2, GATEWAY_STORE, "\x06\x1c\r\x0b" FROM_2_5 "MSA|AA|1\r"},
    {"12 stored, and no answer wanted", SENT "|||NE|NE\r", &release2, GATEWAY_STORE, "\x06"},
    {"12 refused", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.5\r", &release2, GATEWAY_PROCESSING_ID, "\x15"},
    {"LF ends", SENT "\nPID|1\n", &open_feed, GATEWAY_STORE, FROM_2_5 "MSA|AA|1\r"}};

static struct ho_buf answer_to(const struct ho_feed *feed, const struct gateway_header *header, enum gateway_verdict verdict)
{
    static const char *const when_and_id[] = {WHEN, "HO1"};
    struct ho_buf out;
    ho_buf_init(&out, 65536);
    gateway_answer(header, feed, verdict, when_and_id, &out);
    return out;
}

Test(gateway, each_frame_gets_its_answer)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct gateway_header header;
        char expected[1024] = "";
        enum gateway_verdict verdict = gateway_read(ho_slice_of(rows[i].bytes), rows[i].feed, &header);
        cr_assert_eq(verdict, rows[i].verdict, "%s: %d", rows[i].name, (int)verdict);
        struct ho_buf out = answer_to(rows[i].feed, &header, verdict);
        if (rows[i].answer && rows[i].answer[0])
            snprintf(expected, sizeof expected, "\x0b%s\x1c\r", rows[i].answer);
        if (rows[i].answer)
            cr_assert(ho_slice_is(ho_buf_slice(&out), expected), "%s: %.*s", rows[i].name, HO_SLICE_ARG(ho_buf_slice(&out)));
        ho_buf_release(&out);
    }
}

/* What becomes known later, on a message that was accepted. */
static const struct {
    const char *name, *bytes;
    const struct ho_feed *feed;
    enum gateway_verdict verdict;
    enum gateway_code code;
    const char *err;
} later[] = {{"5 away", SENT "\r", &open_feed, GATEWAY_AWAY, GATEWAY_AR, "|207^"},
             {"5 away, enhanced", SENT "|||AL|NE\r", &open_feed, GATEWAY_AWAY, GATEWAY_CE, "|207^"},
             {"5 away, errors only", SENT "|||ER|NE\r", &open_feed, GATEWAY_AWAY, GATEWAY_CE, "|207^"},
             {"5 away, success only", SENT "|||SU|NE\r", &open_feed, GATEWAY_AWAY, GATEWAY_SILENT, NULL},
             {"9 too long", SENT "\r", &open_feed, GATEWAY_TOO_LONG, GATEWAY_AE, "|104^"},
             {"9 too long, enhanced", SENT "\r", &enhanced, GATEWAY_TOO_LONG, GATEWAY_CE, "|104^"},
             {"4 content, enhanced", SENT "\r", &enhanced, GATEWAY_CONTENT, GATEWAY_CE, "|199^"}};

Test(gateway, what_is_not_stored_is_never_answered_positively)
{
    for (size_t i = 0; i < HO_LENGTH(later); i++) {
        struct gateway_header header;
        char msa[16];
        cr_assert_eq(gateway_read(ho_slice_of(later[i].bytes), later[i].feed, &header), GATEWAY_STORE);
        cr_assert_eq(gateway_code(&header, later[i].feed, later[i].verdict), later[i].code, "%s", later[i].name);
        struct ho_buf out = answer_to(later[i].feed, &header, later[i].verdict);
        ho_buf_append_byte(&out, '\0');
        snprintf(msa, sizeof msa, "MSA|%s|1\r", gateway_code_text(later[i].code));
        cr_assert(!later[i].err || (strstr(out.data, msa) && strstr(out.data, later[i].err)), "%s: %s", later[i].name, out.data);
        cr_assert(later[i].err || out.len == 1, "%s", later[i].name);
        ho_buf_release(&out);
    }
    for (int v = GATEWAY_CONTENT; v <= GATEWAY_TOO_LONG; v++)
        cr_assert(gateway_reason((enum gateway_verdict)v)[0]);
}

/* Our words must not fall apart by a sender's separators: MSA-1 and ERR-4 stay where they are. */
Test(gateway, rule_8_odd_separators_do_not_cut_our_words)
{
    struct gateway_header header;
    const char *bytes = "MSH ~\\&-E-G-P-H";
    cr_assert_eq(gateway_read(ho_slice_of(bytes), &open_feed, &header), GATEWAY_UNREADABLE);
    bytes = "MSH;^~\\.;E;G;P;H;2026;;ADT^A01;1;X;2.5\r";
    cr_assert_eq(gateway_read(ho_slice_of(bytes), &open_feed, &header), GATEWAY_PROCESSING_ID);
    struct ho_buf out = answer_to(&open_feed, &header, GATEWAY_AWAY);
    ho_buf_append_byte(&out, '\0');
    cr_assert(strstr(out.data, "ERR;;MSH^1;207^the message could not be stored now  send it again^HL70357;E;;;;the"), "%s",
              out.data);
    ho_buf_release(&out);
}

Test(gateway, rule_11_a_control_id_is_one_senders)
{
    static const char *const pairs[][2] = {{"MSH|^~\\&|E|G|P|H|2026||ADT^A01|1\r", "MSH|^~\\&|E|G|x|y|z||ADT^A03|1|T\r"},
                                           {"MSH|^~\\&|E|G|P|H|2026||ADT^A01|1\r", "MSH|^~\\&|E|G|P|H|2026||ADT^A01| 1\r"},
                                           {"MSH|^~\\&|E|G|P|H|2026||ADT^A01|1\r", "MSH|^~\\&|F|G|P|H|2026||ADT^A01|1\r"},
                                           {"MSH|^~\\&|E|G|P|H|2026||ADT^A01|1\r", "MSH|^~\\&||EG|P|H|2026||ADT^A01|1\r"}};
    for (size_t i = 0; i < HO_LENGTH(pairs); i++) {
        struct gateway_header a, b;
        (void)gateway_read(ho_slice_of(pairs[i][0]), &open_feed, &a);
        (void)gateway_read(ho_slice_of(pairs[i][1]), &open_feed, &b);
        cr_assert_eq(gateway_control(&a) == gateway_control(&b), i == 0, "pair %zu", i);
    }
    struct gateway_header empty;
    (void)gateway_read(HO_SLICE("MSH|^~\\&|E|G|P|H|2026||ADT^A01||P\r"), &open_feed, &empty);
    cr_assert_eq(gateway_control(&empty), 0);
}

static const struct {
    const char *name;
    struct gateway_load load;
    bool may;
} loads[] = {{"nothing", {0, 0, 0, 0, false}, true},
             {"answers that are not taken", {0, 0, 0, 0, true}, false},
             {"the connection's frames", {4, 0, 0, 0, false}, false},
             {"the connection's bytes", {0, 100, 100, 100, false}, false},
             {"the feed's bytes", {0, 0, 400, 400, false}, false},
             {"all feeds' bytes", {0, 0, 60, 1000, false}, false},
             {"all feeds' bytes, but this one holds little", {0, 0, 49, 1000, false}, true},
             {"just below each", {3, 99, 399, 999, false}, true}};

Test(gateway, rule_13_reading_stops_before_memory_grows)
{
    const struct gateway_load max = {4, 100, 400, 1000, false};
    for (size_t i = 0; i < HO_LENGTH(loads); i++)
        cr_assert_eq(gateway_may_read(&loads[i].load, &max, 50), loads[i].may, "%s", loads[i].name);
}

Test(gateway, rule_14_many_messages_go_to_the_producer_that_lingers)
{
    const struct ho_feed hold = {.hold = true};
    cr_assert_eq(gateway_producer(&open_feed, GATEWAY_QUICK, 0), GATEWAY_QUICK);
    cr_assert_eq(gateway_producer(&open_feed, GATEWAY_QUICK, GATEWAY_MANY - 1), GATEWAY_QUICK);
    cr_assert_eq(gateway_producer(&open_feed, GATEWAY_QUICK, GATEWAY_MANY), GATEWAY_BULK);
    cr_assert_eq(gateway_producer(&open_feed, GATEWAY_BULK, GATEWAY_FEW), GATEWAY_BULK, "it stays where it is");
    cr_assert_eq(gateway_producer(&open_feed, GATEWAY_BULK, GATEWAY_FEW - 1), GATEWAY_QUICK);
    cr_assert_eq(gateway_producer(&hold, GATEWAY_PATIENT, 1000), GATEWAY_PATIENT);
}

static const struct {
    const char *name;
    struct gateway_wait wait;
    int64_t now;
    enum gateway_end end;
} waits[] = {
    {"handshake", {.handshake = true, .opened = 100}, 199, GATEWAY_GOES_ON},
    {"handshake too slow", {.handshake = true, .opened = 100, .read = 190}, 200, GATEWAY_END_HANDSHAKE},
    {"a frame", {.inside = true, .frame_began = 100, .read = 100}, 399, GATEWAY_GOES_ON},
    {"a frame, a byte at a time", {.inside = true, .frame_began = 100, .read = 399}, 400, GATEWAY_END_FRAME},
    {"a frame that we did not read", {.inside = true, .paused = true, .frame_began = 100}, 4000, GATEWAY_GOES_ON},
    {"0x1C and silence", {.inside = true, .at_end = true, .frame_began = 100, .read = 100}, 120, GATEWAY_FRAME_ENDS},
    {"0x1C just now", {.inside = true, .at_end = true, .frame_began = 100, .read = 101}, 120, GATEWAY_GOES_ON},
    {"answers not taken", {.unsent = true, .written = 100, .read = 390}, 400, GATEWAY_END_ANSWERS},
    {"answers not taken, not read either", {.unsent = true, .paused = true, .written = 100}, 400, GATEWAY_END_ANSWERS},
    {"half closed, the answers on their way", {.closing = true, .frames = 1, .read = 100}, 399, GATEWAY_GOES_ON},
    {"half closed too long", {.closing = true, .frames = 1, .read = 100}, 400, GATEWAY_END_ANSWERS},
    {"idle", {.read = 100, .written = 200}, 1200, GATEWAY_END_IDLE},
    {"not yet idle", {.read = 100, .written = 201}, 1200, GATEWAY_GOES_ON},
    {"waiting for Kafka is not idle", {.read = 100, .written = 200, .frames = 1}, 9000, GATEWAY_GOES_ON}};

Test(gateway, rule_15_a_connection_ends_when_its_peer_does_not_go_on)
{
    const struct gateway_patience patience = {100, 300, 1000, 20}, ever = {100, 300, 0, 20};
    for (size_t i = 0; i < HO_LENGTH(waits); i++)
        cr_assert_eq(gateway_end(&waits[i].wait, &patience, waits[i].now), waits[i].end, "%s", waits[i].name);
    const struct gateway_wait old = {.read = 1, .written = 1};
    cr_assert_eq(gateway_end(&old, &ever, INT64_MAX), GATEWAY_GOES_ON);
}
