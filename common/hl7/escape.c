/* Escape sequences. Whatever is not understood keeps its bytes: a lone backslash is data in real feeds. */
#include "hl7/hl7.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool all_hex(struct ho_slice digits)
{
    for (size_t i = 0; i < digits.len; i++)
        if (hex_value(digits.ptr[i]) < 0)
            return false;
    return digits.len > 0 && digits.len % 2 == 0;
}

/* The single character that a body stands for, or 0. */
static char literal(const struct ho_hl7 *msg, struct ho_slice body)
{
    if (body.len != 1)
        return 0;
    switch (body.ptr[0]) {
    case 'F':
        return msg->field;
    case 'S':
        return msg->component;
    case 'T':
        return msg->subcomponent ? msg->subcomponent : '&';
    case 'R':
        return msg->repetition;
    case 'E':
        return msg->escape;
    case 'P':
        return msg->truncation;
    default:
        return 0;
    }
}

/* A sequence of the standard that we pass on whole: \H\ \N\ \.br\ \Cxxyy\ \Mxxyyzz\ \Zxx\, and one for a separator
 * that this message has not. Its closing character must not be read as the opening of the next one. */
static bool passes_whole(struct ho_slice body)
{
    static const char single[] = "HNPR";
    if (body.len == 1)
        return memchr(single, body.ptr[0], sizeof single - 1) != NULL;
    if (body.len && body.ptr[0] == '.')
        return true;
    return body.len > 1 && memchr("CMZ", body.ptr[0], 3) && all_hex((struct ho_slice){body.ptr + 1, body.len - 1});
}

static size_t put_hex(struct ho_slice digits, char *out)
{
    for (size_t i = 0; i < digits.len; i += 2)
        out[i / 2] = (char)(hex_value(digits.ptr[i]) * 16 + hex_value(digits.ptr[i + 1]));
    return digits.len / 2;
}

/* Resolves the sequence that begins at s (an escape character). Returns the bytes taken; *ret_put those written. */
static size_t resolve(const struct ho_hl7 *msg, struct ho_slice s, char *out, size_t *ret_put)
{
    const char *end = memchr(s.ptr + 1, msg->escape, s.len - 1);
    struct ho_slice body = {s.ptr + 1, end ? (size_t)(end - s.ptr - 1) : 0};
    char c = end ? literal(msg, body) : 0;
    struct ho_slice digits = {body.ptr + 1, body.len ? body.len - 1 : 0};
    if (c) {
        *out = c;
        *ret_put = 1;
        return body.len + 2;
    }
    if (end && body.len && body.ptr[0] == 'X' && all_hex(digits)) {
        *ret_put = put_hex(digits, out);
        return body.len + 2;
    }
    size_t kept = end && passes_whole(body) ? body.len + 2 : 1;
    memcpy(out, s.ptr, kept);
    *ret_put = kept;
    return kept;
}

struct ho_slice ho_hl7_unescape(const struct ho_hl7 *msg, struct ho_slice value, struct ho_arena *arena)
{
    if (!value.ptr || !msg->escape || !memchr(value.ptr, msg->escape, value.len))
        return value;
    char *out = ho_arena_alloc(arena, value.len + 1); /* no sequence is shorter than what it stands for */
    size_t len = 0;
    unsigned char above = 0; /* of all that escapes gave: has it a byte over 0x7F */
    for (size_t i = 0; i < value.len;) {
        size_t put = 1;
        if (value.ptr[i] == msg->escape) {
            i += resolve(msg, (struct ho_slice){value.ptr + i, value.len - i}, out + len, &put);
        } else {
            out[len] = value.ptr[i++];
        }
        for (; put; put--)
            above |= (unsigned char)out[len++];
    }
    struct ho_slice plain = {out, len};
    return msg->utf8 && above & 0x80 ? msg->utf8(msg->utf8_arg, plain, arena) : plain;
}
