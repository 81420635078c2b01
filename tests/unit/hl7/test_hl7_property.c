/* The index against a naive splitter, on random messages. A failure tells the seed of its message. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buf.h"
#include "hl7/types.h"

#define ROUNDS 3000
#define SEED UINT64_C(20261125)

static uint64_t state;

static unsigned below(unsigned n) /* xorshift64*, as it is printed in every textbook */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* The splitter: one byte at a time, nothing remembered. */
static bool naive_part(struct ho_slice s, char separator, size_t nth, struct ho_slice *ret_part)
{
    size_t begin = 0, seen = 0;
    for (size_t i = 0; i <= s.len; i++)
        if (i == s.len || (separator && s.ptr[i] == separator)) {
            if (seen++ == nth) {
                *ret_part = (struct ho_slice){s.ptr + begin, i - begin};
                return true;
            }
            begin = i + 1;
        }
    return false;
}

static bool naive_line(struct ho_slice bytes, size_t *at, struct ho_slice *ret_line)
{
    while (*at < bytes.len && memchr("\r\n \t", bytes.ptr[*at], 5))
        ++*at;
    size_t begin = *at;
    while (*at < bytes.len && bytes.ptr[*at] != '\r' && bytes.ptr[*at] != '\n')
        ++*at;
    *ret_line = (struct ho_slice){bytes.ptr + begin, *at - begin};
    return *at > begin;
}

static void same(struct ho_slice got, bool there, struct ho_slice want, const char *what, uint64_t seed)
{
    bool equal = there ? got.ptr == want.ptr && got.len == want.len : !got.ptr;
    cr_assert(equal, "%s, seed %llu: got [%.*s], want [%.*s]", what, (unsigned long long)seed, HO_SLICE_ARG(got),
              HO_SLICE_ARG(want));
}

static void compare_below(const struct ho_hl7 *msg, struct ho_slice field, uint64_t seed)
{
    struct ho_slice repetition, component, sub, got;
    struct ho_hl7_walk walk = ho_hl7_walk(field, msg->repetition);
    for (size_t r = 0; naive_part(field, msg->repetition, r, &repetition); r++) {
        cr_assert(ho_hl7_next(&walk, &got));
        same(got, true, repetition, "repetition by walk", seed);
        same(ho_hl7_repetition(msg, field, r), repetition.len > 0, repetition, "repetition", seed);
        for (size_t c = 0; naive_part(repetition, msg->component, c, &component); c++) {
            same(ho_hl7_component(msg, repetition, (int)c + 1), component.len > 0, component, "component", seed);
            for (size_t s = 0; naive_part(component, msg->subcomponent, s, &sub); s++)
                same(ho_hl7_subcomponent(msg, component, (int)s + 1), sub.len > 0, sub, "subcomponent", seed);
        }
    }
    cr_assert_not(ho_hl7_next(&walk, &got));
}

static void compare(struct ho_slice bytes, uint64_t seed)
{
    static struct ho_hl7 msg;
    struct ho_slice line, field = {NULL, 0};
    size_t at = 0, count = 0;
    cr_assert_eq(ho_hl7_parse(&msg, bytes, NULL), HO_OK, "seed %llu", (unsigned long long)seed);
    for (; naive_line(bytes, &at, &line); count++) {
        cr_assert_lt(count, msg.count);
        same(msg.segments[count].text, true, line, "segment", seed);
        bool header = count == 0;
        for (size_t f = header ? 2 : 1; f < 12; f++) {
            bool there = naive_part(line, msg.field, header ? f - 1 : f, &field);
            same(ho_hl7_raw(&msg, &msg.segments[count], (int)f), there, field, "field", seed);
            if (there && field.len && !(header && f == 2))
                compare_below(&msg, field, seed);
        }
    }
    cr_assert_eq(count, msg.count, "seed %llu: %zu of %zu", (unsigned long long)seed, msg.count, count);
}

static void put_random_text(struct ho_buf *out, const char separators[5], size_t bytes)
{
    static const char *ends[] = {"\r", "\n", "\r\n", "\r\r", "\n\r\n", "\r  ", "\n\t"};
    static const char *names[] = {"PID", "pv1", "ZZ0", "not a segment", "X", "EVN", "12"};
    while (out->len < bytes)
        switch (below(12)) {
        case 0:
            ho_buf_printf(out, "%s%s%c", ends[below(HO_LENGTH(ends))], names[below(HO_LENGTH(names))], separators[0]);
            break;
        case 1:
        case 2:
        case 3:
        case 4:
            ho_buf_append_byte(out, separators[0]);
            break;
        case 5:
        case 6:
            ho_buf_append_byte(out, separators[1 + below(4)]);
            break;
        case 7:
            ho_buf_append(out, "\"\"", 2);
            break;
        case 8:
            ho_buf_append_byte(out, (char)(0x80 + below(0x80)));
            break;
        default:
            ho_buf_printf(out, "%.*s", (int)below(20), "abcdefghijklmnopqrstuvwxyz");
        }
}

Test(hl7_property, the_index_splits_as_a_naive_splitter_does)
{
    static const char sets[][6] = {"|^~\\&", "|^~\\&", "@~&#\\", "|~^\\}", "$%*!,"};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct ho_buf text;
        const char *s = sets[round % HO_LENGTH(sets)];
        state = SEED + round;
        ho_buf_init(&text, 1 << 16);
        ho_buf_printf(&text, "MSH%c%.4s%c", s[0], s + 1, s[0]);
        put_random_text(&text, s, 16 + below(600));
        compare(ho_buf_slice(&text), SEED + round);
        ho_buf_release(&text);
    }
}

/* The pass goes by blocks of 16 bytes: every length from where MSH begins, so that every block's edge is met. */
Test(hl7_property, every_length_and_every_start_gives_the_same)
{
    static const char text[] = "MSH|^~\\&|A|B\rPID|1||7^^^X&Y~8||N^G\r\nPV1||I|\n\nDG1|1\rZZ1|\"\"|a\\F\\b";
    char moved[sizeof text + 32];
    for (size_t start = 0; start < 16; start++)
        for (size_t len = 13; len < sizeof text; len++) {
            memcpy(moved + start, text, len);
            compare((struct ho_slice){moved + start, len}, start * 1000 + len);
        }
}

Test(hl7_property, unescape_never_grows_and_keeps_what_has_no_escape)
{
    static const char alphabet[] = "\\\\\\\\FSTREPXHNCZM.br09AF ab^";
    static struct ho_hl7 msg;
    struct ho_arena arena = {0};
    cr_assert_eq(ho_hl7_parse(&msg, HO_SLICE("MSH|^~\\&#|A"), NULL), HO_OK);
    for (uint64_t round = 0; round < 20 * ROUNDS; round++) {
        char text[40];
        size_t len = 0;
        state = SEED + round;
        for (size_t end = below(sizeof text); len < end; len++)
            text[len] = alphabet[below(sizeof alphabet - 1)];
        struct ho_slice value = {text, len}, plain = ho_hl7_unescape(&msg, value, &arena);
        cr_assert_leq(plain.len, len);
        if (!memchr(text, '\\', len))
            cr_assert_eq(plain.ptr, text);
        ho_arena_reset(&arena);
    }
    ho_arena_release(&arena);
}
