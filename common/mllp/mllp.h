/*
 * mllp: MLLP release 1 framing without I/O: bytes in, frames out. A frame is 0x0B, the message, 0x1C, CR.
 *
 * The result depends on the bytes alone, never on how reads split them. Where real peers leave the standard:
 *   - Bytes outside a frame (NUL, CR, LF, keep-alive junk) are skipped; other than NUL, CR, LF they are counted in `junk`.
 *   - 0x1C ends a frame when CR, LF, NUL or 0x0B follows; before any other byte it is data. When nothing follows, only
 *     ho_mllp_quiet can tell: the caller calls it when the peer pauses, or closes, with `at_end` true.
 *   - 0x0B inside a frame is data (a vertical tab in a note), unless MSH, FHS or BHS follows it: then the sender began
 *     again, what came before is reported as HO_MLLP_BROKEN and is never a message.
 *   - A frame over the limit is reported once as HO_MLLP_TOO_LONG with its beginning, then skipped to its end.
 *   - A frame cut off by the end of the connection is no frame.
 */
#ifndef HO_MLLP_H
#define HO_MLLP_H

#include "base/base.h"
#include "base/buf.h"

#define HO_MLLP_FRAME_BYTES_MAX 1048576 /* default limit */

enum ho_mllp_event {
    HO_MLLP_MORE,     /* all bytes were taken; no frame is complete */
    HO_MLLP_FRAME,    /* a message, unframed */
    HO_MLLP_TOO_LONG, /* the beginning of a frame over the limit */
    HO_MLLP_BROKEN    /* the beginning of a frame that never ended; answer nothing */
};

/* Private but for junk and at_end. */
struct ho_mllp {
    struct ho_buf held;     /* the frame so far, when it came in more than one piece */
    struct ho_slice ready;  /* the rest of a completed frame that began again */
    uint64_t junk;          /* bytes skipped outside frames, without NUL, CR, LF */
    bool inside, skipping;  /* in a frame; in a frame over the limit */
    bool at_end;            /* the last byte taken was 0x1C in a frame */
    bool clear_held;        /* held was handed out and is dropped at the next call */
};

void ho_mllp_init(struct ho_mllp *mllp, size_t frame_bytes_max);
void ho_mllp_release(struct ho_mllp *mllp);

/* Takes bytes from the front of *in until one event. *ret_bytes is the frame, or its part; it borrows from *in or from
 * mllp and is good until the next call. Call again until HO_MLLP_MORE. */
enum ho_mllp_event ho_mllp_next(struct ho_mllp *mllp, struct ho_slice *in, struct ho_slice *ret_bytes);
/* The peer pauses or closed: a frame whose 0x1C came without CR is complete. Else HO_MLLP_MORE. Call until that. */
enum ho_mllp_event ho_mllp_quiet(struct ho_mllp *mllp, struct ho_slice *ret_bytes);
/* True when a frame has begun and not ended. */
bool ho_mllp_unfinished(const struct ho_mllp *mllp);

/* Appends message as a frame. */
void ho_mllp_frame(struct ho_buf *out, struct ho_slice message);

#endif
