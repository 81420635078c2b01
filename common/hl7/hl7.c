#include "hl7/hl7.h"

static const struct ho_slice absent = {NULL, 0};

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

static struct ho_slice present(struct ho_slice s)
{
    return s.len ? s : absent;
}

/* Takes the next line that is not blank, without blanks before it. False at the end. */
static bool next_line(struct ho_slice *rest, struct ho_slice *ret_line)
{
    while (rest->len && (is_end(*rest->ptr) || is_blank(*rest->ptr)))
        *rest = skip(*rest, 1);
    if (!rest->len)
        return false;
    size_t len = 0;
    while (len < rest->len && !is_end(rest->ptr[len]))
        len++;
    *ret_line = (struct ho_slice){rest->ptr, len};
    *rest = skip(*rest, len);
    return true;
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

static bool is_batch_header(struct ho_slice line)
{
    char name[4];
    return read_name(line, 0, name) && (strcmp(name, "FHS") == 0 || strcmp(name, "BHS") == 0);
}

/* MSH-2 by position; two forms that lost or doubled a backslash on their way are understood. */
static void read_encoding(struct ho_hl7 *msg, struct ho_slice encoding)
{
    const char *e = encoding.ptr;
    msg->component = e[0];
    msg->repetition = e[1];
    msg->escape = encoding.len > 2 ? e[2] : 0;
    msg->subcomponent = encoding.len > 3 ? e[3] : 0;
    if (encoding.len == 3 && e[2] == '&') {
        msg->escape = 0;
        msg->subcomponent = '&';
    } else if (encoding.len > 4 && e[2] == e[3]) {
        msg->subcomponent = e[4];
    }
}

static bool distinct(const struct ho_hl7 *msg)
{
    const char all[] = {msg->field, msg->component, msg->repetition, msg->escape, msg->subcomponent};
    for (size_t i = 0; i < sizeof all; i++)
        for (size_t j = i + 1; j < sizeof all; j++)
            if (all[i] && all[i] == all[j])
                return false;
    return true;
}

static bool read_separators(struct ho_hl7 *msg, struct ho_slice line)
{
    if (line.len < 6 || !is_separator(line.ptr[3]))
        return false;
    msg->field = line.ptr[3];
    struct ho_slice encoding = skip(line, 4);
    const char *end = memchr(encoding.ptr, msg->field, encoding.len);
    if (end)
        encoding.len = (size_t)(end - encoding.ptr);
    while (encoding.len && is_blank(encoding.ptr[encoding.len - 1]))
        encoding.len--;
    if (encoding.len < 2 || encoding.len > 6)
        return false;
    for (size_t i = 0; i < encoding.len; i++)
        if (!is_separator(encoding.ptr[i]))
            return false;
    read_encoding(msg, encoding);
    return distinct(msg);
}

/* A second MSH may bring separators of its own, so the first message's do not decide. */
static bool starts_message(struct ho_slice line)
{
    char name[4];
    return line.len > 3 && is_separator(line.ptr[3]) && read_name(line, 0, name) && strcmp(name, "MSH") == 0;
}

/* Finds MSH behind batch headers and reads the separators. */
static enum ho_status read_header(struct ho_hl7 *msg, struct ho_slice *rest, struct ho_error *err)
{
    struct ho_slice line;
    char name[4];
    if (rest->len >= 3 && memcmp(rest->ptr, "\xef\xbb\xbf", 3) == 0)
        *rest = skip(*rest, 3);
    do {
        if (!next_line(rest, &line))
            return ho_fail(err, HO_INVALID, "no MSH segment");
    } while (is_batch_header(line));
    if (!read_name(line, 0, name) || strcmp(name, "MSH") != 0)
        return ho_fail(err, HO_INVALID, "the message does not begin with MSH");
    if (!read_separators(msg, line))
        return ho_fail(err, HO_INVALID, "MSH-1 and MSH-2 do not give distinct separators");
    msg->segments[0].text = line;
    memcpy(msg->segments[0].name, "MSH", 4);
    msg->count = 1;
    return HO_OK;
}

enum ho_status ho_hl7_parse(struct ho_hl7 *msg, struct ho_slice bytes, struct ho_error *err)
{
    struct ho_slice rest = bytes, line;
    msg->bytes = bytes;
    msg->rest = absent;
    msg->count = 0;
    enum ho_status status = read_header(msg, &rest, err);
    if (status != HO_OK)
        return status;
    while (next_line(&rest, &line)) {
        if (starts_message(line)) {
            msg->bytes.len = (size_t)(line.ptr - bytes.ptr);
            msg->rest = skip(bytes, msg->bytes.len);
            return HO_OK;
        }
        if (msg->count == HO_HL7_SEGMENTS_MAX)
            return ho_fail(err, HO_LIMIT, "more than %d segments", HO_HL7_SEGMENTS_MAX);
        struct ho_hl7_segment *segment = &msg->segments[msg->count++];
        *segment = (struct ho_hl7_segment){.text = line};
        (void)read_name(line, msg->field, segment->name);
    }
    return HO_OK;
}

const struct ho_hl7_segment *ho_hl7_segment(const struct ho_hl7 *msg, const char *name, size_t nth)
{
    for (size_t i = 0; i < msg->count; i++)
        if (strcmp(msg->segments[i].name, name) == 0 && nth-- == 0)
            return &msg->segments[i];
    return NULL;
}

/* The nth part (from 0) between separators; absent when missing or empty. A separator of 0 separates nothing. */
static struct ho_slice part(struct ho_slice s, char separator, size_t nth)
{
    if (!separator)
        return nth == 0 ? present(s) : absent;
    while (s.len) {
        const char *end = memchr(s.ptr, separator, s.len);
        size_t len = end ? (size_t)(end - s.ptr) : s.len;
        if (nth-- == 0)
            return present((struct ho_slice){s.ptr, len});
        if (!end)
            return absent;
        s = skip(s, len + 1);
    }
    return absent;
}

struct ho_slice ho_hl7_field(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field)
{
    if (!segment || field < 1 || segment->text.len < 4)
        return absent;
    bool header = strcmp(segment->name, "MSH") == 0;
    if (header && field == 1)
        return (struct ho_slice){segment->text.ptr + 3, 1};
    return part(segment->text, msg->field, (size_t)(header ? field - 1 : field));
}

size_t ho_hl7_repetitions(const struct ho_hl7 *msg, struct ho_slice field)
{
    if (!field.ptr || !field.len)
        return 0;
    size_t count = 1;
    for (size_t i = 0; i < field.len; i++)
        count += field.ptr[i] == msg->repetition;
    return count;
}

struct ho_slice ho_hl7_repetition(const struct ho_hl7 *msg, struct ho_slice field, size_t nth)
{
    return part(field, msg->repetition, nth);
}

struct ho_slice ho_hl7_component(const struct ho_hl7 *msg, struct ho_slice repetition, int component)
{
    return component < 1 ? absent : part(repetition, msg->component, (size_t)component - 1);
}

struct ho_slice ho_hl7_subcomponent(const struct ho_hl7 *msg, struct ho_slice component, int subcomponent)
{
    return subcomponent < 1 ? absent : part(component, msg->subcomponent, (size_t)subcomponent - 1);
}

struct ho_slice ho_hl7_get(const struct ho_hl7 *msg, const char *segment, int field, int component)
{
    struct ho_slice value = ho_hl7_field(msg, ho_hl7_segment(msg, segment, 0), field);
    if (field <= 2 && strcmp(segment, "MSH") == 0)
        return component == 1 ? value : absent;
    return ho_hl7_component(msg, ho_hl7_repetition(msg, value, 0), component);
}

bool ho_hl7_is_null(struct ho_slice value)
{
    return value.len == 2 && memcmp(value.ptr, "\"\"", 2) == 0;
}
