/* The index. Below the line that reads MSH, a message is one pass over 16 bytes at a time that stops at field
 * separators and line ends only. */
#include "hl7/hl7.h"

#include "base/scan.h"

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_alnum(char c)
{
    return is_upper(upper(c)) || (c >= '0' && c <= '9');
}

static bool is_end(char c)
{
    return c == '\r' || c == '\n';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\0';
}

/* Punctuation only: a letter, digit, blank or control as separator would cut words apart. */
static bool is_separator(char c)
{
    return c > ' ' && c < 0x7f && !is_alnum(c);
}

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

static struct ho_slice skip_blanks(struct ho_slice s)
{
    while (s.len && is_blank(*s.ptr))
        s = skip(s, 1);
    return s;
}

/* The name that a line begins with, or false when the line is no segment. field is the separator, 0 when not known. */
static bool read_name(struct ho_slice line, char field, char ret_name[4])
{
    char name[4] = {0};
    if (line.len < 3 || (line.len > 3 && field && line.ptr[3] != field))
        return false;
    for (int i = 0; i < 3; i++)
        name[i] = upper(line.ptr[i]);
    if (!is_upper(name[0]) || !is_alnum(name[1]) || !is_alnum(name[2]))
        return false;
    memcpy(ret_name, name, sizeof name);
    return true;
}

/* A header of a message or batch, with separators of its own: "MSH", "FHS" or "BHS" and punctuation. */
static bool is_header(struct ho_slice line, const char *name)
{
    char read[4];
    return line.len > 3 && is_separator(line.ptr[3]) && read_name(line, 0, read) && memcmp(read, name, 4) == 0;
}

/* I1. MSH-2 by position; two forms that lost or doubled a backslash on their way are understood. */
static void read_encoding(struct ho_hl7 *msg, struct ho_slice encoding)
{
    char e[6] = {0};
    memcpy(e, encoding.ptr, encoding.len);
    if (encoding.len == 3 && e[2] == '&') {
        e[3] = '&';
        e[2] = 0;
    } else if (encoding.len > 4 && e[2] == e[3]) {
        memmove(e + 3, e + 4, 2);
        e[5] = 0;
    }
    msg->component = e[0];
    msg->repetition = e[1];
    msg->escape = e[2];
    msg->subcomponent = e[3];
    msg->truncation = e[4];
    msg->quirks.odd_encoding = encoding.len < 4 || encoding.len > 5 || (encoding.len == 5 && !e[4]);
}

static bool distinct(const struct ho_hl7 *msg)
{
    const char all[] = {msg->field, msg->component, msg->repetition, msg->escape, msg->subcomponent, msg->truncation};
    for (size_t i = 0; i < sizeof all; i++)
        for (size_t j = i + 1; j < sizeof all; j++)
            if (all[i] && all[i] == all[j])
                return false;
    return true;
}

static bool read_separators(struct ho_hl7 *msg, struct ho_slice line)
{
    if (line.len < 5 || !is_separator(line.ptr[3]))
        return false;
    msg->field = line.ptr[3];
    struct ho_slice encoding = skip(line, 4);
    const char *end = memchr(encoding.ptr, msg->field, encoding.len);
    if (end)
        encoding.len = (size_t)(end - encoding.ptr);
    while (encoding.len && is_blank(encoding.ptr[encoding.len - 1]))
        encoding.len--;
    if (encoding.len < 1 || encoding.len > 6)
        return false;
    for (size_t i = 0; i < encoding.len; i++)
        if (!is_separator(encoding.ptr[i]))
            return false;
    read_encoding(msg, encoding);
    return distinct(msg);
}

/* Finds MSH behind a byte order mark, blanks and batch headers (I3), and reads the separators. *ret_at is where it
 * begins. */
static enum ho_status read_header(struct ho_hl7 *msg, size_t *ret_at, struct ho_error *err)
{
    struct ho_slice rest = msg->bytes;
    msg->quirks.mark = rest.len >= 3 && memcmp(rest.ptr, "\xef\xbb\xbf", 3) == 0;
    rest = skip(rest, msg->quirks.mark ? 3 : 0);
    for (;;) {
        struct ho_slice line = skip_blanks(rest);
        msg->quirks.blanks_before += line.len < rest.len && line.len && !is_end(*line.ptr);
        if (!line.len)
            return ho_fail(err, HO_INVALID, "no MSH segment");
        rest = line;
        line.len = ho_scan_either(line, 0, '\r', '\n');
        if (is_header(line, "MSH")) {
            *ret_at = (size_t)(line.ptr - msg->bytes.ptr);
            return read_separators(msg, line)
                       ? HO_OK
                       : ho_fail(err, HO_INVALID, "MSH-1 and MSH-2 do not give distinct separators");
        }
        if (is_header(line, "FHS") || is_header(line, "BHS"))
            msg->quirks.batch_headers++;
        else if (line.len)
            return ho_fail(err, HO_INVALID, "the message does not begin with MSH");
        rest = skip(rest, line.len < rest.len ? line.len + 1 : line.len);
    }
}

/* Where the pass is. */
struct pass {
    size_t line;       /* where the line begins */
    size_t marks;      /* separators kept in msg->fields */
    size_t line_marks; /* of these, how many before this line */
    bool full;         /* this line's separators did not all fit */
    unsigned ends;     /* kinds of line ends seen: 1 CR, 2 LF, 4 CRLF */
    bool stop;         /* a second MSH */
};

static void add_segment(struct ho_hl7 *msg, struct pass *pass, struct ho_slice text)
{
    struct ho_hl7_segment *segment = &msg->segments[msg->count++];
    segment->text = text;
    segment->first = (uint16_t)pass->line_marks;
    segment->separators = pass->full ? HO_HL7_UNINDEXED : (uint16_t)(pass->marks - pass->line_marks);
    memset(segment->name, 0, sizeof segment->name);
    if (!read_name(text, msg->field, segment->name))
        msg->quirks.no_segments++; /* I4 */
    else if (!is_upper(text.ptr[0]) || upper(text.ptr[1]) != text.ptr[1] || upper(text.ptr[2]) != text.ptr[2])
        msg->quirks.lower_names++;
}

/* Takes the line that ends before `end`. */
static void take_line(struct ho_hl7 *msg, struct pass *pass, size_t end)
{
    struct ho_slice whole = {msg->bytes.ptr + pass->line, end - pass->line};
    struct ho_slice text = whole.len && is_blank(*whole.ptr) ? skip_blanks(whole) : whole;
    if (text.len && msg->count && is_header(text, "MSH")) { /* I5 */
        pass->stop = true;
        return;
    }
    msg->quirks.blanks_before += text.len && text.len < whole.len;
    if (!text.len || msg->count == HO_HL7_SEGMENTS_MAX) {
        msg->quirks.beyond += text.len > 0; /* I7 */
        pass->marks = pass->line_marks;
    } else {
        add_segment(msg, pass, text);
        if (pass->full)
            pass->marks = pass->line_marks;
    }
    pass->line_marks = pass->marks;
    pass->full = false;
}

/* I2. A line end at `at`; the LF of a CRLF is its second half. */
static void end_line(struct ho_hl7 *msg, struct pass *pass, size_t at)
{
    const char *ptr = msg->bytes.ptr;
    bool second = ptr[at] == '\n' && at == pass->line && at > 0 && ptr[at - 1] == '\r';
    if (second) {
        pass->ends |= 4;
    } else {
        bool pair = ptr[at] == '\r' && at + 1 < msg->bytes.len && ptr[at + 1] == '\n';
        pass->ends |= ptr[at] == '\n' ? 2 : pair ? 0 : 1;
        msg->quirks.blank_lines += at == pass->line;
        take_line(msg, pass, at);
    }
    if (!pass->stop)
        pass->line = at + 1;
}

static void mark(struct ho_hl7 *msg, struct pass *pass, size_t at)
{
    if (pass->marks < HO_HL7_FIELDS_MAX)
        msg->fields[pass->marks++] = (uint32_t)at;
    else
        pass->full = true;
}

static void index_message(struct ho_hl7 *msg, struct pass *pass)
{
    const char *ptr = msg->bytes.ptr;
    size_t len = msg->bytes.len, at = pass->line;
    for (; at + HO_SCAN_BLOCK <= len && !pass->stop; at += HO_SCAN_BLOCK) {
        unsigned bits = ho_scan_block(ptr + at, msg->field, '\r', '\n');
        for (; bits && !pass->stop; bits &= bits - 1) {
            size_t hit = at + (size_t)__builtin_ctz(bits);
            if (ptr[hit] == msg->field)
                mark(msg, pass, hit);
            else
                end_line(msg, pass, hit);
        }
    }
    for (; at < len && !pass->stop; at++) {
        if (ptr[at] == msg->field)
            mark(msg, pass, at);
        else if (is_end(ptr[at]))
            end_line(msg, pass, at);
    }
    if (!pass->stop)
        take_line(msg, pass, len);
}

enum ho_status ho_hl7_parse(struct ho_hl7 *msg, struct ho_slice bytes, struct ho_error *err)
{
    struct pass pass = {0};
    msg->bytes = bytes;
    msg->rest = (struct ho_slice){NULL, 0};
    msg->field = msg->component = msg->repetition = msg->escape = msg->subcomponent = msg->truncation = 0;
    msg->quirks = (struct ho_hl7_quirks){0};
    msg->utf8 = NULL;
    msg->utf8_arg = NULL;
    msg->count = 0;
    if (bytes.len > UINT32_MAX)
        return ho_fail(err, HO_LIMIT, "a message of %zu bytes", bytes.len);
    enum ho_status status = read_header(msg, &pass.line, err);
    if (status != HO_OK)
        return status;
    index_message(msg, &pass);
    if (pass.stop) {
        msg->bytes.len = pass.line;
        msg->rest = skip(bytes, pass.line);
    }
    msg->quirks.mixed_ends = (pass.ends & (pass.ends - 1)) != 0;
    return HO_OK;
}

const struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7 *msg, const char *name, size_t nth)
{
    char wanted[4] = {0};
    if (!name[0] || strlen(name) != 3)
        return NULL;
    memcpy(wanted, name, 3);
    for (size_t i = 0; i < msg->count; i++)
        if (memcmp(msg->segments[i].name, wanted, 4) == 0 && nth-- == 0)
            return &msg->segments[i];
    return NULL;
}
