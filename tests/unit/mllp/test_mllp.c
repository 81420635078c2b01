/* The framer (F1 to F6 of mllp.h): a row for each form that real peers send, at every cut, byte by byte and in random pieces;
 * and random streams against a naive framer that sees all bytes at once. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "mllp/mllp.h"

#define FRAME_MAX 16
#define SEED UINT64_C(20261125)

static uint64_t state;

static unsigned below(unsigned n) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* Events as text: a frame stands between [ and ], one too long between { and }, a broken one between ( and ). */
static void put_event(struct ho_buf *out, enum ho_mllp_event event, struct ho_slice bytes)
{
    static const char marks[][2] = {[HO_MLLP_FRAME] = {'[', ']'},  [HO_MLLP_TOO_LONG] = {'{', '}'},
                                    [HO_MLLP_BROKEN] = {'(', ')'}, [HO_MLLP_ACK] = {'+', '+'},
                                    [HO_MLLP_NAK] = {'-', '-'}};
    ho_buf_append_byte(out, marks[event][0]);
    ho_buf_append_slice(out, bytes);
    ho_buf_append_byte(out, marks[event][1]);
}

struct run {
    struct ho_mllp mllp;
    struct ho_buf events;
};

static void begin(struct run *run)
{
    ho_mllp_init(&run->mllp, FRAME_MAX);
    ho_buf_init(&run->events, 1 << 16);
}

/* From a copy of exactly that size, so that reading behind it is seen, and reading it later too. */
static void feed(struct run *run, const char *ptr, size_t len)
{
    char *copy = ho_malloc(len + 1);
    struct ho_slice in = {copy, len}, bytes;
    enum ho_mllp_event event;
    memcpy(copy, ptr, len);
    while ((event = ho_mllp_next(&run->mllp, &in, &bytes)) != HO_MLLP_MORE) {
        cr_assert_leq(bytes.len, FRAME_MAX);
        put_event(&run->events, event, bytes);
    }
    cr_assert_eq(in.len, 0);
    ho_free(copy);
}

static void end(struct run *run)
{
    struct ho_slice bytes;
    enum ho_mllp_event event;
    while ((event = ho_mllp_close(&run->mllp, &bytes)) != HO_MLLP_MORE)
        put_event(&run->events, event, bytes);
    cr_assert_not(ho_mllp_unfinished(&run->mllp));
    ho_mllp_release(&run->mllp);
}

static bool same_counts(const struct ho_mllp_counts *a, const struct ho_mllp_counts *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* numbers only, no padding */
}

static const struct {
    const char *name;
    struct ho_slice bytes, events;
    struct ho_mllp_counts counts;
} rows[] = {
#define ROW(name, bytes, events, ...) {name, HO_SLICE(bytes), HO_SLICE(events), __VA_ARGS__}
    ROW("one", "\x0bone\x1c\r", "[one]", {.frames = 1}),
    ROW("two glued", "\x0bone\x1c\r\x0btwo\x1c\r", "[one][two]", {.frames = 2}),
    ROW("of no bytes", "\x0b\x1c\r", "[]", {.frames = 1}),
    ROW("F1 NULs between", "\x0bone\x1c\r\0\0\0\x0btwo\x1c\r", "[one][two]", {.frames = 2}),
    ROW("F1 line ends between", "\r\n\x0bone\x1c\r\n\x0btwo\x1c\r\n", "[one][two]", {.frames = 2}),
    ROW("F1 junk before and between", "GET /\x0bone\x1c\rping\x0btwo\x1c\r", "[one][two]", {.frames = 2, .junk = 9}),
    ROW("F1 a message without a frame", "MSH|^~\\&|A\rPID|1\r", "", {.junk = 15}),
    ROW("F1 an end without a beginning", "\x1c\r\x0bone\x1c\r", "[one]", {.frames = 1, .junk = 1}),
    ROW("F2 LF for CR", "\x0bone\x1c\n\x0btwo\x1c\r", "[one][two]", {.frames = 2, .no_cr = 1}),
    ROW("F2 no CR, the next at once", "\x0bone\x1c\x0btwo\x1c\r", "[one][two]", {.frames = 2, .no_cr = 1}),
    ROW("F2 no CR, NULs", "\x0bone\x1c\0\0\x0btwo\x1c\r", "[one][two]", {.frames = 2, .no_cr = 1}),
    ROW("F2 no CR at the end", "\x0bone\x1c", "[one]", {.frames = 1, .no_cr = 1}),
    ROW("F2 0x1C as data", "\x0bo\x1cne\x1c\r", "[o\x1cne]", {.frames = 1}),
    ROW("F2 0x1C twice", "\x0bone\x1c\x1c\r", "[one\x1c]", {.frames = 1}),
    ROW("F3 0x0B as data", "\x0bo\x0bne\x1c\r", "[o\x0bne]", {.frames = 1}),
    ROW("F3 0x0B and a letter", "\x0bo\x0bMne\x1c\r", "[o\x0bMne]", {.frames = 1}),
    ROW("F3 0x0B and two letters", "\x0bo\x0bMSne\x1c\r", "[o\x0bMSne]", {.frames = 1}),
    ROW("F3 0x0B and the end", "\x0bone\x0b\x1c\r", "[one\x0b]", {.frames = 1}),
    ROW("F3 0x0B within 0x0B", "\x0bo\x0bM\x0bMS\x0bMne\x1c\r", "[o\x0bM\x0bMS\x0bMne]", {.frames = 1}),
    ROW("F3 begins again", "\x0bhalf\x0bMSH|two\x1c\r", "(half)[MSH|two]", {.frames = 1, .broken = 1}),
    ROW("F3 a batch begins again", "\x0bhalf\x0b" "FHS|\x0b" "bhs|\x1c\r", "(half)(FHS|)[bhs|]", {.frames = 1, .broken = 2}),
    ROW("F3 0x0B twice", "\x0b\x0bMSH|one\x1c\r", "[MSH|one]", {.frames = 1, .junk = 1}),
    ROW("F3 begins again behind a 0x1C", "\x0bhalf\x1c\x0bMSH|\x1c\r", "[half][MSH|]", {.frames = 2, .no_cr = 1}),
    ROW("F4 as long as the limit", "\x0b" "0123456789abcdef\x1c\r", "[0123456789abcdef]", {.frames = 1}),
    ROW("F4 one more", "\x0b" "0123456789abcdefg\x1c\r\x0bok\x1c\r", "{0123456789abcdef}[ok]", {.frames = 1, .too_long = 1}),
    ROW("F4 one more, undecided", "\x0b" "0123456789abcdef\x1cg\x1c\r\x0bok\x1c\r", "{0123456789abcdef}[ok]",
        {.frames = 1, .too_long = 1}),
    ROW("F4 the limit and 0x0B", "\x0b" "0123456789abcdef\x0bMSH|\x1c\r", "(0123456789abcdef)[MSH|]",
        {.frames = 1, .broken = 1}),
    ROW("F4 never ends, then begins again", "\x0b" "0123456789abcdefghijk\x0bMSH|ok\x1c\r", "{0123456789abcdef}[MSH|ok]",
        {.frames = 1, .too_long = 1}),
    ROW("F4 0x1C as data while skipping", "\x0b" "0123456789abcdefgh\x1cij\x1c\r\x0bok\x1c\r", "{0123456789abcdef}[ok]",
        {.frames = 1, .too_long = 1}),
    ROW("F4 told though it never ends", "\x0b" "0123456789abcdefgh", "{0123456789abcdef}", {.too_long = 1}),
    ROW("F5 cut off", "\x0bone\x1c\r\x0btw", "[one]", {.frames = 1, .truncated = 1}),
    ROW("F5 cut off behind 0x0B", "\x0bone\x1c\r\x0b", "[one]", {.frames = 1, .truncated = 1}),
    ROW("F5 cut off where it may begin again", "\x0bone\x0bMS", "", {.truncated = 1}),
    ROW("F6 stored", "\x0b\x06\x1c\r", "+\x06+", {.acks = 1}),
    ROW("F6 not stored, then a message", "\x0b\x15\x1c\r\x0bone\x1c\r", "-\x15-[one]", {.frames = 1, .naks = 1}),
    ROW("F6 a message may begin like one", "\x0b\x06\x06\x1c\r", "[\x06\x06]", {.frames = 1}),
};

static void check(size_t row, struct run *run, const char *how, size_t where)
{
    struct ho_slice got;
    end(run);
    got = ho_buf_slice(&run->events);
    cr_assert(ho_slice_equal(got, rows[row].events), "%s, %s %zu: %.*s", rows[row].name, how, where, HO_SLICE_ARG(got));
    cr_assert(same_counts(&run->mllp.counts, &rows[row].counts), "%s, %s %zu: counts", rows[row].name, how, where);
    ho_buf_release(&run->events);
}

Test(mllp, every_cut_gives_the_same_frames)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        for (size_t cut = 0; cut <= rows[i].bytes.len; cut++) {
            struct run run;
            begin(&run);
            feed(&run, rows[i].bytes.ptr, cut);
            feed(&run, rows[i].bytes.ptr + cut, rows[i].bytes.len - cut);
            check(i, &run, "cut at", cut);
        }
}

Test(mllp, pieces_of_any_size_give_the_same_frames)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        for (size_t step = 1; step <= 9; step++) {
            struct run run;
            begin(&run);
            for (size_t at = 0; at < rows[i].bytes.len; at += step)
                feed(&run, rows[i].bytes.ptr + at, step < rows[i].bytes.len - at ? step : rows[i].bytes.len - at);
            check(i, &run, "pieces of", step);
        }
}

/* What a 0x1C or 0x0B at `at` inside a frame is, seeing all: 'e' it ends, 'b' it begins again, 'd' data. */
static char naive_kind(struct ho_slice s, size_t at)
{
    char c[3] = {0};
    for (size_t i = 0; i < 3; i++)
        c[i] = at + 1 + i < s.len ? s.ptr[at + 1 + i] : (char)0xff;
    if (s.ptr[at] == 0x1c)
        return at + 1 == s.len || c[0] == '\r' || c[0] == '\n' || c[0] == '\0' || c[0] == 0x0b ? 'e' : 'd';
    return memcmp(c, "MSH", 3) == 0 || memcmp(c, "FHS", 3) == 0 || memcmp(c, "BHS", 3) == 0 ? 'b' : 'd';
}

static enum ho_mllp_event naive_event(struct ho_slice frame)
{
    if (ho_slice_is(frame, "\x06"))
        return HO_MLLP_ACK;
    return ho_slice_is(frame, "\x15") ? HO_MLLP_NAK : HO_MLLP_FRAME;
}

/* Where the last bytes begin that might become a beginning; the stream ends before anybody can tell. */
static size_t decided_to(struct ho_slice s)
{
    static const char *begins[] = {"\x0bMS", "\x0b" "FH", "\x0b" "BH"};
    for (size_t len = 3; len > 0; len--)
        for (size_t i = 0; i < HO_LENGTH(begins); i++)
            if (s.len >= len && memcmp(s.ptr + s.len - len, begins[i], len) == 0)
                return s.len - len;
    return s.len;
}

/* The framer over the whole stream; one byte is decided at a time. */
static void naive(struct ho_slice s, struct ho_buf *out)
{
    bool inside = false;
    size_t from = 0, decided = decided_to(s);
    for (size_t i = 0; i < s.len; i++) {
        bool special = s.ptr[i] == 0x0b || s.ptr[i] == 0x1c;
        char kind = !inside || !special ? 'd' : naive_kind(s, i);
        struct ho_slice frame = {s.ptr + from, i - from};
        bool over = inside && frame.len > FRAME_MAX;
        if (kind == 'd' && i < decided && inside && i - from == FRAME_MAX)
            put_event(out, HO_MLLP_TOO_LONG, (struct ho_slice){s.ptr + from, FRAME_MAX});
        if (!inside && s.ptr[i] == 0x0b) {
            inside = true;
            from = i + 1;
        } else if (kind == 'b') {
            if (!over && frame.len)
                put_event(out, HO_MLLP_BROKEN, frame);
            from = i + 1;
        } else if (kind == 'e') {
            if (!over)
                put_event(out, naive_event(frame), frame);
            inside = false;
        }
    }
}

Test(mllp, random_streams_in_random_pieces_are_framed_as_a_naive_framer_does)
{
    static const char alphabet[] = "\x0b\x0b\x0b\x1c\x1c\r\n\0MSHFHSBHSx\x06\x15yz";
    for (uint64_t round = 0; round < 40000; round++) {
        char text[120];
        struct run run;
        struct ho_buf want;
        struct ho_slice all = {text, 0};
        state = SEED + round;
        for (size_t len = below(sizeof text); all.len < len;) {
            if (below(4) == 0 && all.len + 4 <= len) {
                memcpy(text + all.len, "\x0bMSH", 4);
                all.len += 4;
            } else {
                text[all.len++] = alphabet[below(sizeof alphabet - 1)];
            }
        }
        begin(&run);
        ho_buf_init(&want, 1 << 16);
        naive(all, &want);
        for (size_t at = 0, step; at < all.len; at += step) {
            step = 1 + below(1 + (unsigned)(all.len - at));
            step = step > all.len - at ? all.len - at : step;
            feed(&run, text + at, step);
        }
        end(&run);
        cr_assert(ho_slice_equal(ho_buf_slice(&run.events), ho_buf_slice(&want)), "seed %llu: %.*s, not %.*s",
                  (unsigned long long)(SEED + round), HO_SLICE_ARG(ho_buf_slice(&run.events)), HO_SLICE_ARG(ho_buf_slice(&want)));
        ho_buf_release(&run.events);
        ho_buf_release(&want);
    }
}

Test(mllp, silence_ends_a_frame_without_cr_and_its_late_cr_is_nothing)
{
    struct run run;
    struct ho_slice bytes = {NULL, 0};
    begin(&run);
    feed(&run, "\x0bone", 4);
    cr_assert_eq(ho_mllp_quiet(&run.mllp, &bytes), HO_MLLP_MORE);
    cr_assert(ho_mllp_unfinished(&run.mllp));
    feed(&run, "\x1c", 1);
    cr_assert_eq(ho_mllp_quiet(&run.mllp, &bytes), HO_MLLP_FRAME);
    cr_assert(ho_slice_is(bytes, "one"));
    cr_assert_eq(ho_mllp_quiet(&run.mllp, &bytes), HO_MLLP_MORE);
    feed(&run, "\r\x0btwo\x1c\r", 7);
    cr_assert(ho_slice_is(ho_buf_slice(&run.events), "[two]"));
    cr_assert_eq(run.mllp.counts.junk, 0);
    end(&run);
    ho_buf_release(&run.events);
}

/* Refused at the first byte over the limit, not when megabytes of it have come; and no more than the limit is ever
 * held. */
Test(mllp, F4_an_endless_frame_is_refused_early_and_holds_nothing)
{
    struct ho_mllp mllp;
    char piece[4096];
    size_t told_at = 0;
    ho_mllp_init(&mllp, 100000);
    memset(piece, 'x', sizeof piece);
    piece[0] = 0x0b;
    for (size_t sent = 0; sent < 10000000; sent += sizeof piece) {
        struct ho_slice in = {piece, sizeof piece}, bytes;
        while (ho_mllp_next(&mllp, &in, &bytes) != HO_MLLP_MORE) {
            cr_assert_eq(told_at, 0);
            cr_assert_eq(bytes.len, 100000);
            told_at = sent + sizeof piece - in.len;
        }
        cr_assert_leq(mllp.held.len, 100003);
        piece[0] = 'x';
    }
    cr_assert(told_at > 100000 && told_at <= 100000 + 1 + sizeof piece, "%zu", told_at);
    cr_assert_eq(mllp.held.len, 0);
    ho_mllp_release(&mllp);
}

Test(mllp, a_frame_that_comes_whole_is_not_copied)
{
    struct ho_mllp mllp;
    static const char text[] = "\x0bone\x1c\r\x0btwo\x1c\r";
    struct ho_slice in = {text, sizeof text - 1}, bytes;
    ho_mllp_init(&mllp, FRAME_MAX);
    cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_FRAME);
    cr_assert_eq(bytes.ptr, text + 1);
    cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_FRAME);
    cr_assert_eq(bytes.ptr, text + 7);
    cr_assert_null(mllp.held.data);
    ho_mllp_release(&mllp);
}

/* Frames of 0x0B alone once cost their length squared. */
Test(mllp, special_bytes_alone_take_the_time_of_their_length)
{
    enum { BYTES = 4 << 20 };
    struct ho_mllp mllp;
    struct ho_slice bytes;
    char *text = ho_malloc(BYTES);
    ho_mllp_init(&mllp, BYTES);
    memset(text, 0x0b, BYTES);
    for (size_t at = 0; at < BYTES; at += 65536) {
        struct ho_slice in = {text + at, 65536};
        cr_assert_eq(ho_mllp_next(&mllp, &in, &bytes), HO_MLLP_MORE);
    }
    ho_mllp_release(&mllp);
    ho_free(text);
}

Test(mllp, what_is_framed_is_read_again)
{
    struct ho_buf out;
    struct run run;
    ho_buf_init(&out, 1000);
    ho_mllp_frame(&out, HO_SLICE("one"));
    ho_mllp_frame(&out, HO_SLICE(""));
    begin(&run);
    feed(&run, out.data, out.len);
    end(&run);
    cr_assert(ho_slice_is(ho_buf_slice(&run.events), "[one][]"));
    ho_buf_release(&run.events);
    ho_buf_release(&out);
}
