/* The answer's bytes: rules 6 to 8 and 12. */
#include "gateway/gateway_core.h"

struct problem {
    const char *reason, *code, *text; /* word of the metric; HL7 table 0357 */
    int field;                        /* of MSH; 0: the message as a whole */
};

static const struct problem problems[] = {
    [GATEWAY_STORE] = {"", "0", "", 0},
    [GATEWAY_CONTENT] = {"content", "199", "the message is stored, but its content will not be understood", 0},
    [GATEWAY_UNREADABLE] = {"unreadable", "100", "the message does not begin with a readable MSH segment", 0},
    [GATEWAY_NO_TYPE] = {"no_type", "200", "the message type is empty", 9},
    [GATEWAY_TYPE] = {"type", "200", "this feed does not accept the message type", 9},
    [GATEWAY_EVENT] = {"event", "201", "this feed does not accept the event", 9},
    [GATEWAY_PROCESSING_ID] = {"processing_id", "202", "this feed does not accept the processing id", 11},
    [GATEWAY_VERSION] = {"version", "203", "this feed does not accept the version", 12},
    [GATEWAY_AWAY] = {"away", "207", "the message could not be stored now; send it again", 0},
    [GATEWAY_TOO_LONG] = {"too_long", "104", "the message is longer than the limit", 0}};

const char *gateway_reason(enum gateway_verdict verdict)
{
    return problems[verdict].reason;
}

const char *gateway_code_text(enum gateway_code code)
{
    static const char *const texts[GATEWAY_CODES] = {"AA", "AE", "AR", "CA", "CE", "CR", "none"};
    return texts[code];
}

static bool asked(struct ho_slice condition, bool good)
{
    if (ho_slice_is(condition, "NE"))
        return false;
    return ho_slice_is(condition, "ER") ? !good : ho_slice_is(condition, "SU") ? good : true;
}

static bool is_ne_or_empty(struct ho_slice condition)
{
    return !condition.len || ho_slice_is(condition, "NE");
}

static enum gateway_code original(enum gateway_verdict verdict)
{
    switch (verdict) {
    case GATEWAY_STORE:
        return GATEWAY_AA;
    case GATEWAY_CONTENT:
    case GATEWAY_TOO_LONG:
        return GATEWAY_AE;
    case GATEWAY_UNREADABLE:
    case GATEWAY_NO_TYPE:
    case GATEWAY_TYPE:
    case GATEWAY_EVENT:
    case GATEWAY_PROCESSING_ID:
    case GATEWAY_VERSION:
    case GATEWAY_AWAY:
        return GATEWAY_AR;
    }
    HO_ASSERT(!"a verdict");
    return GATEWAY_AR;
}

/* CR is for what MSH says; all else that keeps a message from being committed is CE. */
static enum gateway_code enhanced(enum gateway_verdict verdict)
{
    enum gateway_code code = original(verdict);
    if (verdict == GATEWAY_AWAY)
        return GATEWAY_CE;
    return code == GATEWAY_AA ? GATEWAY_CA : code == GATEWAY_AE ? GATEWAY_CE : GATEWAY_CR;
}

enum gateway_code gateway_code(const struct gateway_header *header, const struct ho_feed *feed, enum gateway_verdict verdict)
{
    struct ho_slice accept = header->accept_ack, application = header->application_ack;
    bool good = verdict == GATEWAY_STORE, automatic = feed->ack == HO_FEED_ACK_AUTO;
    if (feed->ack == HO_FEED_ACK_ENHANCED || (automatic && !is_ne_or_empty(accept)))
        return asked(accept, good) ? enhanced(verdict) : GATEWAY_SILENT;
    if (automatic && !is_ne_or_empty(application))
        return asked(application, good) ? original(verdict) : GATEWAY_SILENT;
    return automatic && accept.len ? GATEWAY_SILENT : original(verdict);
}

/* "2.3.1" is below 2.5; an empty or odd version is taken for a new one. */
static bool old_version(struct ho_slice version)
{
    return version.len >= 3 && version.ptr[0] == '2' && version.ptr[1] == '.' && version.ptr[2] < '5' &&
           version.ptr[2] >= '0' && (version.len == 3 || version.ptr[3] < '0' || version.ptr[3] > '9');
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

/* Our own words, in which a sender's odd separators must separate nothing. */
static void put_words(struct ho_buf *out, const struct gateway_header *header, const char *words)
{
    for (; *words; words++) {
        bool separates = *words == header->field || *words == header->component || *words == header->subcomponent ||
                         (header->encoding.len && memchr(header->encoding.ptr, *words, header->encoding.len));
        ho_buf_append_byte(out, separates ? ' ' : *words);
    }
}

/* ELD of 2.4: segment, sequence, field, and the code as a CE, whose parts are subcomponents here. */
static void put_eld(struct ho_buf *out, const struct gateway_header *header, const struct problem *problem)
{
    char c = header->component, s = header->subcomponent;
    ho_buf_printf(out, "ERR%cMSH%c1%c", header->field, c, c);
    if (problem->field)
        ho_buf_printf(out, "%d", problem->field);
    ho_buf_printf(out, "%c%s", c, problem->code);
    if (!s)
        return;
    ho_buf_append_byte(out, s);
    put_words(out, header, problem->text);
    ho_buf_printf(out, "%cHL70357", s);
}

/* ERR-2 where, ERR-3 the code, ERR-4 an error, ERR-8 for people. */
static void put_error(struct ho_buf *out, const struct gateway_header *header, const struct problem *problem)
{
    char c = header->component, f = header->field;
    ho_buf_printf(out, "ERR%c%cMSH%c1", f, f, c);
    if (problem->field)
        ho_buf_printf(out, "%c%d", c, problem->field);
    ho_buf_printf(out, "%c%s%c", f, problem->code, c);
    put_words(out, header, problem->text);
    ho_buf_printf(out, "%cHL70357%cE%c%c%c%c", c, f, f, f, f, f);
    put_words(out, header, problem->text);
}

static void put_type(struct ho_buf *out, const struct gateway_header *header)
{
    put_text(out, header, "ACK");
    if (!header->event.len)
        return;
    ho_buf_append_byte(out, header->component);
    ho_buf_append_slice(out, header->event);
    if (!old_version(header->version))
        ho_buf_printf(out, "%cACK", header->component);
}

static void put_message(struct ho_buf *out, const struct gateway_header *header, const char *const when_and_id[2],
                        enum gateway_code code, const struct problem *problem)
{
    ho_buf_printf(out, "MSH%c", header->field);
    ho_buf_append_slice(out, header->encoding);
    put_field(out, header, header->receiver);
    put_field(out, header, header->receiver_facility);
    put_field(out, header, header->sender);
    put_field(out, header, header->sender_facility);
    put_text(out, header, when_and_id[0]);
    put_text(out, header, "");
    put_type(out, header);
    put_text(out, header, when_and_id[1]);
    put_field(out, header, header->processing_id.len ? header->processing_id : HO_SLICE("P"));
    put_field(out, header, header->version.len ? header->version : HO_SLICE("2.5.1"));
    ho_buf_append(out, "\rMSA", 4);
    put_text(out, header, gateway_code_text(code));
    put_field(out, header, header->control_id);
    ho_buf_append_byte(out, '\r');
    if (code == GATEWAY_AA || code == GATEWAY_CA)
        return;
    if (old_version(header->version))
        put_eld(out, header, problem);
    else
        put_error(out, header, problem);
    ho_buf_append_byte(out, '\r');
}

enum gateway_code gateway_answer(const struct gateway_header *header, const struct ho_feed *feed,
                                 enum gateway_verdict verdict, const char *const when_and_id[2], struct ho_buf *out)
{
    enum gateway_code code = gateway_code(header, feed, verdict);
    bool stored = verdict == GATEWAY_STORE || verdict == GATEWAY_CONTENT;
    if (feed->release2)
        ho_buf_append(out, stored ? "\x0b\x06\x1c\r" : "\x0b\x15\x1c\r", 4);
    if (code == GATEWAY_SILENT || (feed->release2 && !stored))
        return code;
    ho_buf_append(out, "\x0b", 1);
    put_message(out, header, when_and_id, code, &problems[verdict]);
    ho_buf_append(out, "\x1c\r", 2);
    return code;
}
