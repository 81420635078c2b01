/* The framer at every split. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "mllp/mllp.h"

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
