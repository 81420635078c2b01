/*
 * mllp: MLLP framing without I/O: bytes in, frames out. A frame is 0x0B, the message, 0x1C, CR.
 *
 * The events depend on the bytes alone, never on how reads split them. Where real peers leave the standard:
 *
 * F1  Bytes outside a frame are skipped; other than NUL, CR and LF they are counted as junk.
 * F2  0x1C ends a frame when CR, LF, NUL or 0x0B follows; before any other byte it is data. When nothing follows, only
 *     the peer's silence can tell: the caller calls ho_mllp_quiet when it pauses, or ho_mllp_close.
 * F3  0x0B inside a frame is data (a vertical tab in a note), unless MSH, FHS or BHS follows in any case: then the
 *     sender began again, what came before is HO_MLLP_BROKEN and is never a message. With nothing before, the first
 *     0x0B is junk.
 * F4  A frame over the limit is told once, as soon as it passes it, as HO_MLLP_TOO_LONG with its beginning; then it is
 *     skipped to its end, or to where the sender begins again, and the next is served.
 * F5  A frame cut off by the end of the connection is no frame: dropped and counted.
 * F6  A frame of the single byte 0x06 or 0x15 is a commit answer of release 2, not a message.
 *
 * No more than the limit is held, and nothing where a frame comes whole in one piece.
 */
#ifndef HO_MLLP_H
#define HO_MLLP_H

#include "base/base.h"
#include "base/buf.h"

#define HO_MLLP_FRAME_BYTES_MAX 1048576 /* default limit */

enum ho_mllp_event {
    HO_MLLP_MORE,     /* all bytes were taken; no frame is complete */
    HO_MLLP_FRAME,    /* a message, unframed; perhaps of no bytes */
    HO_MLLP_TOO_LONG, /* F4: the first bytes, as many as the limit */
    HO_MLLP_BROKEN,   /* F3: the beginning of a frame that never ended; answer nothing */
    HO_MLLP_ACK,      /* F6: 0x06, the peer has stored what we sent; answer nothing */
    HO_MLLP_NAK       /* F6: 0x15, it has not */
};

struct ho_mllp_counts {
    uint64_t frames, too_long, broken, acks, naks;
    uint64_t truncated; /* F5 */
    uint64_t no_cr;     /* F2: frames that something else than CR ended */
    uint64_t junk;      /* F1: bytes */
};

struct ho_mllp {
    struct ho_mllp_counts counts;
    /* The rest is private. */
    struct ho_buf held;   /* the frame so far, when it came in more than one piece; with what is undecided */
    enum { HO_MLLP_OUTSIDE, HO_MLLP_INSIDE, HO_MLLP_SKIPPING } state;
    char undecided[4];    /* the last bytes taken: 0x1C (F2), or 0x0B and up to two letters (F3) */
    size_t undecided_len;
    char carried[2];      /* the letters behind the 0x0B where the sender began again */
    bool carry;           /* they belong to the new frame, once what was handed out is done with */
    bool clear_held;      /* held was handed out and is dropped at the next call */
};

void ho_mllp_init(struct ho_mllp *mllp, size_t frame_bytes_max);
void ho_mllp_release(struct ho_mllp *mllp);

/* Takes bytes from the front of *in until one event. *ret_bytes is the frame, or its part; it borrows from *in or from
 * mllp and is good until the next call. Call again until HO_MLLP_MORE. */
enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes);
/* The peer pauses: a frame whose 0x1C came without CR is complete. Else HO_MLLP_MORE. */
enum ho_mllp_event ho_mllp_quiet(struct ho_mllp *mllp, struct ho_slice *ret_bytes);
/* The connection ended: as ho_mllp_quiet, and an unfinished frame is dropped and counted (F5). */
enum ho_mllp_event ho_mllp_close(struct ho_mllp *mllp, struct ho_slice *ret_bytes);
/* True when a frame has begun and not ended. */
bool ho_mllp_unfinished(const struct ho_mllp *mllp);

/* Appends message as a frame. */
void ho_mllp_frame(struct ho_buf *out, struct ho_slice message);

#endif
