/* A row per rule: what is answered to which bytes. */
#include <criterion/criterion.h>

#include "gateway/gateway_core.h"

#define WHEN "20261124120000+0000"

static const struct {
    const char *name, *bytes;
    enum gateway_verdict verdict;
    const char *answer; /* NULL: only the verdict counts */
} rows[] = {
    {"1 and 7 accepted: swapped, echoed", "MSH|^~\\&|EHR|GEN|PLAN|HO|2026||ADT^A01|  0a |P|2.5.1\rPID|1\r", GATEWAY_STORE,
     "MSH|^~\\&|PLAN|HO|EHR|GEN|" WHEN "||ACK^A01|HO1|P|2.5.1\rMSA|AA|  0a \r"},
    {"7 odd separators", "MSH@~&#\\@EHR@GEN@PLAN@HO@2026@@ADT~A03@7@P@2.3\r", GATEWAY_STORE,
     "MSH@~&#\\@PLAN@HO@EHR@GEN@" WHEN "@@ACK~A03@HO1@P@2.3\rMSA@AA@7\r"},
    {"6 enhanced mode", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.5|||AL|NE\r", GATEWAY_STORE,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|P|2.5\rMSA|CA|1\r"},
    {"3 empty MSH-11 is taken", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1||2.5\r", GATEWAY_STORE, NULL},
    {"3 P^T is taken", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P^T|2.5\r", GATEWAY_STORE, NULL},
    {"3 another processing id, ERR of 2.5", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.5\r", GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|X|2.5\rMSA|AR|1\rERR|||202^MSH-11 is not accepted on this feed^HL70357|E|||"
     "MSH-11 is not accepted on this feed\r"},
    {"8 ERR of 2.4", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|X|2.4\r", GATEWAY_PROCESSING_ID,
     "MSH|^~\\&|P|H|E|G|" WHEN "||ACK^A01|HO1|X|2.4\rMSA|AR|1\rERR|MSH^1^^202\r"},
    {"3 no type", "MSH|^~\\&|E|G|P|H|2026|||1|P|2.5\r", GATEWAY_NO_TYPE, NULL},
    {"2 no MSH", "PID|1\r", GATEWAY_UNREADABLE, NULL},
    {"2 nothing", "", GATEWAY_UNREADABLE, NULL},
    {"4 content is not judged here", "MSH|^~\\&|E|G|P|H|never||ADT^A99|1|P|2.5\rgarbage\r", GATEWAY_STORE, NULL},
    {"LF ends", "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.5\nPID|1\n", GATEWAY_STORE, NULL},
};

Test(gateway, each_frame_gets_its_answer)
{
    const struct ho_feed feed = {.id = "default", .processing_ids = "PTD"};
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct gateway_header header;
        struct ho_buf out;
        enum gateway_verdict verdict = gateway_read(ho_slice_of(rows[i].bytes), &feed, &header);
        cr_assert_eq(verdict, rows[i].verdict, "%s: %d", rows[i].name, (int)verdict);
        ho_buf_init(&out, 65536);
        gateway_answer(&header, verdict, WHEN, "HO1", &out);
        if (rows[i].answer)
            cr_assert(ho_slice_is(ho_buf_slice(&out), rows[i].answer), "%s: %.*s", rows[i].name,
                      HO_SLICE_ARG(ho_buf_slice(&out)));
        ho_buf_release(&out);
    }
}

Test(gateway, kafka_away_is_never_a_positive_answer)
{
    const struct ho_feed feed = {.id = "default", .processing_ids = "PTD"};
    struct gateway_header header;
    struct ho_buf out;
    cr_assert_eq(gateway_read(ho_slice_of(rows[0].bytes), &feed, &header), GATEWAY_STORE);
    ho_buf_init(&out, 65536);
    gateway_answer(&header, GATEWAY_AWAY, WHEN, "HO1", &out);
    ho_buf_append_byte(&out, '\0');
    cr_assert(strstr(out.data, "MSA|AR|  0a \r") && strstr(out.data, "|207^"), "%s", out.data);
    ho_buf_release(&out);
}
