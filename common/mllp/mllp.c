#include "mllp/mllp.h"

#define START 0x0b
#define END 0x1c
#define KEEP_BYTES_MAX 65536 /* a larger buffer is given back after its frame */

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

void ho_mllp_init(struct ho_mllp *mllp, size_t frame_bytes_max)
{
    *mllp = (struct ho_mllp){0};
    ho_buf_init(&mllp->held, frame_bytes_max + 1); /* and the 0x1C, until the byte behind it is known */
}

void ho_mllp_release(struct ho_mllp *mllp)
{
    ho_buf_release(&mllp->held);
}

static void drop_held(struct ho_mllp *mllp)
{
    size_t max = mllp->held.max;
    if (mllp->held.cap > KEEP_BYTES_MAX) {
        ho_buf_release(&mllp->held);
        ho_buf_init(&mllp->held, max);
    } else {
        ho_buf_clear(&mllp->held);
    }
    mllp->clear_held = false;
}

static bool ends_after(char c)
{
    return c == '\r' || c == '\n' || c == '\0' || c == START;
}

static void skip_junk(struct ho_mllp *mllp, struct ho_slice *in)
{
    while (in->len && *in->ptr != START) {
        if (*in->ptr != '\r' && *in->ptr != '\n' && *in->ptr != '\0')
            mllp->junk++;
        *in = skip(*in, 1);
    }
    if (in->len) {
        *in = skip(*in, 1);
        mllp->inside = true;
    }
}

/* Index of the first 0x1C of s that ends a frame, or s.len. A last 0x1C is not decided here. */
static size_t find_end(struct ho_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *end = memchr(s.ptr + i, END, s.len - i);
        if (!end)
            return s.len;
        i = (size_t)(end - s.ptr);
        if (i + 1 < s.len && ends_after(s.ptr[i + 1]))
            return i;
    }
    return s.len;
}

/* Index of the 0x0B where the sender began again, or s.len. */
static size_t find_restart(struct ho_slice s)
{
    for (size_t i = 0; i + 4 <= s.len; i++) {
        const char *start = memchr(s.ptr + i, START, s.len - i);
        if (!start)
            return s.len;
        i = (size_t)(start - s.ptr);
        if (i + 4 <= s.len && (memcmp(start + 1, "MSH", 3) == 0 || memcmp(start + 1, "FHS", 3) == 0 ||
                               memcmp(start + 1, "BHS", 3) == 0))
            return i;
    }
    return s.len;
}

/* Hands out a completed frame, in parts where the sender began again within it. The parts live in held, since they
 * outlast the piece of input that they came in. */
static enum ho_mllp_event hand_out(struct ho_mllp *mllp, struct ho_slice frame, struct ho_slice *ret_bytes)
{
    size_t restart = find_restart(frame);
    *ret_bytes = (struct ho_slice){frame.ptr, restart};
    if (restart == frame.len) {
        mllp->ready = (struct ho_slice){NULL, 0};
        return HO_MLLP_FRAME;
    }
    if (!mllp->held.data || frame.ptr < mllp->held.data || frame.ptr > mllp->held.data + mllp->held.len) {
        ho_buf_clear(&mllp->held);
        ho_buf_append_slice(&mllp->held, frame);
        *ret_bytes = (struct ho_slice){mllp->held.data, restart};
        frame.ptr = mllp->held.data;
    }
    mllp->clear_held = true;
    mllp->ready = skip(frame, restart + 1);
    return HO_MLLP_BROKEN;
}

static enum ho_mllp_event complete(struct ho_mllp *mllp, struct ho_slice frame, struct ho_slice *ret_bytes)
{
    bool skipped = mllp->skipping;
    mllp->inside = mllp->skipping = mllp->at_end = false;
    if (skipped)
        return HO_MLLP_MORE; /* it was reported when it passed the limit */
    return hand_out(mllp, frame, ret_bytes);
}

static struct ho_slice without_end(const struct ho_buf *held)
{
    return (struct ho_slice){held->len ? held->data : "", held->len ? held->len - 1 : 0};
}

/* A 0x1C that ended the last piece: this piece's first byte decides. True when it ended the frame. */
static bool decide_end(struct ho_mllp *mllp, struct ho_slice *in)
{
    bool ended = ends_after(*in->ptr);
    if (ended && *in->ptr != START)
        *in = skip(*in, 1);
    mllp->at_end = false;
    return ended;
}

static size_t frame_max(const struct ho_mllp *mllp)
{
    return mllp->held.max - 1;
}

static enum ho_mllp_event too_long(struct ho_mllp *mllp, struct ho_slice piece, struct ho_slice *ret_bytes)
{
    size_t room = mllp->held.max - mllp->held.len;
    ho_buf_append(&mllp->held, piece.ptr, piece.len < room ? piece.len : room);
    mllp->skipping = true;
    mllp->clear_held = true;
    *ret_bytes = (struct ho_slice){mllp->held.data, frame_max(mllp)};
    return HO_MLLP_TOO_LONG;
}

/* Takes a piece that does not end the frame. */
static enum ho_mllp_event hold(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes)
{
    struct ho_slice piece = *in;
    size_t undecided = piece.ptr[piece.len - 1] == END ? 1 : 0; /* perhaps the end, and then not counted */
    mllp->at_end = undecided;
    *in = skip(*in, in->len);
    if (mllp->skipping)
        return HO_MLLP_MORE;
    if (mllp->held.len + piece.len - undecided > frame_max(mllp))
        return too_long(mllp, piece, ret_bytes);
    ho_buf_append_slice(&mllp->held, piece);
    return HO_MLLP_MORE;
}

/* Takes a piece of len bytes and the 0x1C behind it, which ends the frame. */
static enum ho_mllp_event finish(struct ho_mllp *mllp, struct ho_slice *in, size_t len, struct ho_slice *ret_bytes)
{
    struct ho_slice frame = {in->ptr, len};
    if (!mllp->skipping && mllp->held.len + len > frame_max(mllp)) {
        *in = skip(*in, len); /* the end is met again while skipping */
        return too_long(mllp, frame, ret_bytes);
    }
    *in = skip(*in, in->ptr[len + 1] == START ? len + 1 : len + 2);
    if (mllp->held.len && !mllp->skipping) {
        ho_buf_append_slice(&mllp->held, frame);
        frame = ho_buf_slice(&mllp->held);
        mllp->clear_held = true;
    }
    return complete(mllp, frame, ret_bytes);
}

static enum ho_mllp_event take_inside(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes)
{
    if (mllp->at_end && decide_end(mllp, in)) {
        mllp->clear_held = true;
        return complete(mllp, without_end(&mllp->held), ret_bytes);
    }
    size_t len = find_end(*in);
    return len < in->len ? finish(mllp, in, len, ret_bytes) : hold(mllp, in, ret_bytes);
}

enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes)
{
    if (mllp->ready.ptr)
        return hand_out(mllp, mllp->ready, ret_bytes);
    if (mllp->clear_held)
        drop_held(mllp);
    enum ho_mllp_event event = HO_MLLP_MORE;
    while (in->len && event == HO_MLLP_MORE) {
        if (!mllp->inside)
            skip_junk(mllp, in);
        else
            event = take_inside(mllp, in, ret_bytes);
        if (event == HO_MLLP_MORE && mllp->clear_held)
            drop_held(mllp);
    }
    return event;
}

enum ho_mllp_event ho_mllp_quiet(struct ho_mllp *mllp, struct ho_slice *ret_bytes)
{
    if (mllp->ready.ptr)
        return hand_out(mllp, mllp->ready, ret_bytes);
    if (!mllp->at_end)
        return HO_MLLP_MORE;
    mllp->clear_held = true;
    return complete(mllp, without_end(&mllp->held), ret_bytes);
}

bool ho_mllp_unfinished(const struct ho_mllp *mllp)
{
    return mllp->inside;
}

void ho_mllp_frame(struct ho_buf *out, struct ho_slice message)
{
    ho_buf_append_byte(out, START);
    ho_buf_append_slice(out, message);
    ho_buf_append(out, "\x1c\r", 2);
}
