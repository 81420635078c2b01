#include "gateway/gateway_core.h"

#include <stdlib.h>

struct problem {
    const char *code, *text; /* HL7 table 0357 */
};

static struct problem problem_of(enum gateway_verdict verdict)
{
    switch (verdict) {
    case GATEWAY_STORE:
        break;
    case GATEWAY_UNREADABLE:
        return (struct problem){"100", "the message does not begin with a readable MSH segment"};
    case GATEWAY_NO_TYPE:
        return (struct problem){"200", "MSH-9 is empty"};
    case GATEWAY_PROCESSING_ID:
        return (struct problem){"202", "MSH-11 is not accepted on this feed"};
    case GATEWAY_AWAY:
        return (struct problem){"207", "the message could not be stored now; send it again"};
    case GATEWAY_TOO_LONG:
        return (struct problem){"104", "the frame is longer than the limit"};
    }
    return (struct problem){"0", ""};
}

enum gateway_verdict gateway_read(struct ho_slice bytes, const struct ho_feed *feed, struct gateway_header *header)
{
    /* Only MSH is parsed here: the rest is identity's. */
    const char *end = bytes.ptr;
    while (end < bytes.ptr + bytes.len && *end != '\r' && *end != '\n')
        end++;
    static _Thread_local struct ho_hl7 msg; /* large */
    *header = (struct gateway_header){.field = '|', .component = '^', .encoding = HO_SLICE("^~\\&")};
    if (ho_hl7_parse(&msg, (struct ho_slice){bytes.ptr, (size_t)(end - bytes.ptr)}, NULL) != HO_OK)
        return GATEWAY_UNREADABLE;
    const struct ho_hl7_segment *msh = ho_hl7_segment(&msg, "MSH", 0);
    *header = (struct gateway_header){.readable = true,
                                      .field = msg.field,
                                      .component = msg.component,
                                      .encoding = ho_hl7_field(&msg, msh, 2),
                                      .sender = ho_hl7_field(&msg, msh, 3),
                                      .sender_facility = ho_hl7_field(&msg, msh, 4),
                                      .receiver = ho_hl7_field(&msg, msh, 5),
                                      .receiver_facility = ho_hl7_field(&msg, msh, 6),
                                      .type = ho_hl7_get(&msg, "MSH", 9, 1),
                                      .event = ho_hl7_get(&msg, "MSH", 9, 2),
                                      .control_id = ho_hl7_field(&msg, msh, 10),
                                      .processing_id = ho_hl7_field(&msg, msh, 11),
                                      .version = ho_hl7_field(&msg, msh, 12),
                                      .enhanced = ho_hl7_field(&msg, msh, 15).len || ho_hl7_field(&msg, msh, 16).len};
    struct ho_slice mode = ho_hl7_get(&msg, "MSH", 11, 1);
    if (!header->type.len)
        return GATEWAY_NO_TYPE;
    bool accepted = mode.len == 0 || (mode.len == 1 && mode.ptr[0] && strchr(feed->processing_ids, mode.ptr[0]));
    return accepted ? GATEWAY_STORE : GATEWAY_PROCESSING_ID;
}

static const char *ack_code(const struct gateway_header *header, enum gateway_verdict verdict)
{
    bool good = verdict == GATEWAY_STORE;
    return header->enhanced ? (good ? "CA" : "CR") : (good ? "AA" : "AR");
}

/* "2.3.1" is below 2.5; an empty or odd version is taken for a new one. */
static bool old_version(struct ho_slice version)
{
    return version.len >= 3 && version.ptr[0] == '2' && version.ptr[1] == '.' && version.ptr[2] < '5' &&
           version.ptr[2] >= '0';
}

static void put_field(struct ho_buf *out, const struct gateway_header *header, struct ho_slice value)
{
    ho_buf_append_byte(out, header->field);
    ho_buf_append_slice(out, value);
}

static void put_text(struct ho_buf *out, const struct gateway_header *header, const char *value)
{
    put_field(out, header, ho_slice_of(value));
}

static void put_err(struct ho_buf *out, const struct gateway_header *header, enum gateway_verdict verdict)
{
    struct problem problem = problem_of(verdict);
    char c = header->component, f = header->field;
    ho_buf_printf(out, "ERR");
    if (old_version(header->version)) /* ERR-1: segment, sequence, field, code and text */
        ho_buf_printf(out, "%cMSH%c1%c%c%s", f, c, c, c, problem.code);
    else
        ho_buf_printf(out, "%c%c%c%s%c%s%cHL70357%cE%c%c%c%s", f, f, f, problem.code, c, problem.text, c, f, f, f, f,
                      problem.text);
    ho_buf_append_byte(out, '\r');
}

void gateway_answer(const struct gateway_header *header, enum gateway_verdict verdict, const char *when, const char *id,
                    struct ho_buf *out)
{
    ho_buf_printf(out, "MSH%c", header->field);
    ho_buf_append_slice(out, header->encoding);
    put_field(out, header, header->receiver);
    put_field(out, header, header->receiver_facility);
    put_field(out, header, header->sender);
    put_field(out, header, header->sender_facility);
    put_text(out, header, when);
    put_text(out, header, "");
    put_text(out, header, "ACK");
    if (header->event.len) {
        ho_buf_append_byte(out, header->component);
        ho_buf_append_slice(out, header->event);
    }
    put_text(out, header, id);
    put_field(out, header, header->processing_id.len ? header->processing_id : HO_SLICE("P"));
    put_field(out, header, header->version.len ? header->version : HO_SLICE("2.5.1"));
    ho_buf_printf(out, "\rMSA%c%s", header->field, ack_code(header, verdict));
    put_field(out, header, header->control_id);
    ho_buf_append_byte(out, '\r');
    if (verdict != GATEWAY_STORE)
        put_err(out, header, verdict);
}
