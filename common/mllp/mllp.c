/* An automaton over the special bytes 0x0B and 0x1C; all between them is taken at once. What a special byte means is
 * decided by the bytes behind it, which may come in a later piece: until then it is undecided, and counts towards
 * nothing. */
#include "mllp/mllp.h"

#include "base/scan.h"

#define START 0x0b
#define END 0x1c
#define ACK 0x06
#define NAK 0x15
#define UNDECIDED_MAX 3
#define KEEP_BYTES_MAX 65536 /* a larger buffer is given back after its frame */

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

void ho_mllp_init(struct ho_mllp *mllp, size_t frame_bytes_max)
{
    *mllp = (struct ho_mllp){0};
    ho_buf_init(&mllp->held, frame_bytes_max + UNDECIDED_MAX);
}

void ho_mllp_release(struct ho_mllp *mllp)
{
    ho_buf_release(&mllp->held);
}

static size_t frame_max(const struct ho_mllp *mllp)
{
    return mllp->held.max - UNDECIDED_MAX;
}

/* Ends the life of what was handed out; a frame that began again goes on from its first letters. */
static void drop_handed(struct ho_mllp *mllp)
{
    size_t max = mllp->held.max;
    if (mllp->clear_held && mllp->held.cap > KEEP_BYTES_MAX) {
        ho_buf_release(&mllp->held);
        ho_buf_init(&mllp->held, max);
    } else if (mllp->clear_held) {
        ho_buf_clear(&mllp->held);
    }
    if (mllp->carry)
        ho_buf_append(&mllp->held, mllp->carried, sizeof mllp->carried);
    mllp->clear_held = mllp->carry = false;
}

/* F1. */
static void skip_junk(struct ho_mllp *mllp, struct ho_slice *in)
{
    const char *start = memchr(in->ptr, START, in->len);
    size_t len = start ? (size_t)(start - in->ptr) : in->len;
    for (size_t i = 0; i < len; i++)
        mllp->counts.junk += in->ptr[i] != '\r' && in->ptr[i] != '\n' && in->ptr[i] != '\0';
    *in = skip(*in, start ? len + 1 : len);
    if (start)
        mllp->state = HO_MLLP_INSIDE;
}

enum decision { DATA, WAIT, ENDS, BEGINS_AGAIN };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* F3. MSH, FHS or BHS, of which `got` are the bytes before c, from 0x0B on. */
static enum decision decide_begin(const char *got, size_t len, char c)
{
    static const char names[][4] = {"MSH", "FHS", "BHS"};
    for (size_t i = 0; i < HO_LENGTH(names); i++) {
        size_t same = 0;
        while (same + 1 < len && upper(got[same + 1]) == names[i][same])
            same++;
        if (same + 1 == len && upper(c) == names[i][same])
            return same == 2 ? BEGINS_AGAIN : WAIT;
    }
    return DATA;
}

/* What the undecided bytes are, by the byte behind them. */
static enum decision decide(const struct ho_mllp *mllp, char c)
{
    if (mllp->undecided[0] == START)
        return decide_begin(mllp->undecided, mllp->undecided_len, c);
    return c == '\r' || c == '\n' || c == '\0' || c == START ? ENDS : DATA; /* F2 */
}

/* The frame whose last bytes are the first `at` of *in, without the undecided ones. */
static struct ho_slice frame_to(struct ho_mllp *mllp, struct ho_slice in, size_t at)
{
    struct ho_slice whole = {in.ptr, at};
    if (mllp->held.len) {
        ho_buf_append_slice(&mllp->held, whole);
        whole = ho_buf_slice(&mllp->held);
        mllp->clear_held = true;
    }
    whole.len -= mllp->undecided_len;
    return whole;
}

/* F6. */
static enum ho_mllp_event complete(struct ho_mllp *mllp, struct ho_slice frame, struct ho_slice *ret_bytes)
{
    *ret_bytes = frame;
    if (frame.len == 1 && frame.ptr[0] == ACK) {
        mllp->counts.acks++;
        return HO_MLLP_ACK;
    }
    if (frame.len == 1 && frame.ptr[0] == NAK) {
        mllp->counts.naks++;
        return HO_MLLP_NAK;
    }
    mllp->counts.frames++;
    return HO_MLLP_FRAME;
}

/* The undecided 0x1C before in[at] ended the frame. */
static enum ho_mllp_event end_frame(struct ho_mllp *mllp, struct ho_slice *in, size_t at, struct ho_slice *ret_bytes)
{
    bool told = mllp->state == HO_MLLP_SKIPPING; /* when it passed the limit */
    struct ho_slice frame = told ? (struct ho_slice){"", 0} : frame_to(mllp, *in, at);
    mllp->counts.no_cr += in->ptr[at] != '\r';
    mllp->state = HO_MLLP_OUTSIDE;
    mllp->undecided_len = 0;
    *in = skip(*in, in->ptr[at] == START ? at : at + 1);
    return told ? HO_MLLP_MORE : complete(mllp, frame, ret_bytes);
}

/* in[at] is the third letter behind a 0x0B: a new frame. */
static enum ho_mllp_event begin_again(struct ho_mllp *mllp, struct ho_slice *in, size_t at, struct ho_slice *ret_bytes)
{
    bool told = mllp->state == HO_MLLP_SKIPPING;
    struct ho_slice frame = told ? (struct ho_slice){"", 0} : frame_to(mllp, *in, at);
    memcpy(mllp->carried, mllp->undecided + 1, sizeof mllp->carried);
    mllp->carry = true;
    mllp->state = HO_MLLP_INSIDE;
    mllp->undecided_len = 0;
    *in = skip(*in, at);
    if (!told && !frame.len)
        mllp->counts.junk++;
    if (told || !frame.len)
        return HO_MLLP_MORE;
    mllp->counts.broken++;
    *ret_bytes = frame;
    return HO_MLLP_BROKEN;
}

/* F4. Nothing is undecided, and the frame's bytes up to in[at] are more than the limit. */
static enum ho_mllp_event too_long(struct ho_mllp *mllp, struct ho_slice *in, size_t at, struct ho_slice *ret_bytes)
{
    *ret_bytes = (struct ho_slice){in->ptr, frame_max(mllp)};
    if (mllp->held.len) {
        size_t room = mllp->held.max - mllp->held.len;
        ho_buf_append(&mllp->held, in->ptr, at < room ? at : room);
        ret_bytes->ptr = mllp->held.data;
        mllp->clear_held = true;
    }
    *in = skip(*in, at);
    mllp->state = HO_MLLP_SKIPPING;
    mllp->counts.too_long++;
    return HO_MLLP_TOO_LONG;
}

/* Takes bytes of a frame until it ends, begins again, passes the limit, or there are no more. */
static enum ho_mllp_event take_inside(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes)
{
    size_t at = 0;
    while (at < in->len) {
        if (!mllp->undecided_len) {
            at = ho_scan_either(*in, at, START, END);
        } else {
            enum decision decision = decide(mllp, in->ptr[at]);
            if (decision == ENDS)
                return end_frame(mllp, in, at, ret_bytes);
            if (decision == BEGINS_AGAIN)
                return begin_again(mllp, in, at, ret_bytes);
            if (decision == WAIT)
                mllp->undecided[mllp->undecided_len++] = in->ptr[at++];
            else
                mllp->undecided_len = 0;
        }
        if (mllp->undecided_len)
            continue;
        if (mllp->state == HO_MLLP_INSIDE && mllp->held.len + at > frame_max(mllp))
            return too_long(mllp, in, at, ret_bytes);
        if (at < in->len && (in->ptr[at] == START || in->ptr[at] == END))
            mllp->undecided[mllp->undecided_len++] = in->ptr[at++];
    }
    if (mllp->state == HO_MLLP_INSIDE)
        ho_buf_append_slice(&mllp->held, *in);
    *in = skip(*in, in->len);
    return HO_MLLP_MORE;
}

enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes)
{
    enum ho_mllp_event event = HO_MLLP_MORE;
    while (event == HO_MLLP_MORE) {
        drop_handed(mllp);
        if (!in->len)
            break;
        if (mllp->state == HO_MLLP_OUTSIDE)
            skip_junk(mllp, in);
        else
            event = take_inside(mllp, in, ret_bytes);
    }
    return event;
}

enum ho_mllp_event ho_mllp_quiet(struct ho_mllp *mllp, struct ho_slice *ret_bytes)
{
    drop_handed(mllp);
    if (mllp->undecided_len != 1 || mllp->undecided[0] != END)
        return HO_MLLP_MORE;
    struct ho_slice none = {"", 1}; /* as if one more byte had come, that says nothing */
    return end_frame(mllp, &none, 0, ret_bytes);
}

enum ho_mllp_event ho_mllp_close(struct ho_mllp *mllp, struct ho_slice *ret_bytes)
{
    enum ho_mllp_event event = ho_mllp_quiet(mllp, ret_bytes);
    if (event == HO_MLLP_MORE) {
        mllp->counts.truncated += mllp->state == HO_MLLP_INSIDE;
        mllp->state = HO_MLLP_OUTSIDE;
        mllp->undecided_len = 0;
        ho_buf_clear(&mllp->held);
    }
    return event;
}

bool ho_mllp_unfinished(const struct ho_mllp *mllp)
{
    return mllp->state != HO_MLLP_OUTSIDE;
}

void ho_mllp_frame(struct ho_buf *out, struct ho_slice message)
{
    ho_buf_append_byte(out, START);
    ho_buf_append_slice(out, message);
    ho_buf_append(out, "\x1c\r", 2);
}
