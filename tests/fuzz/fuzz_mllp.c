/* The framer on any bytes: in pieces whose sizes the first bytes say, and again all at once. Both give the same events,
 * no more bytes come out than went in, and no more than the limit is held. */
#include "mllp/mllp.h"

#define FRAME_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line of events; a frame's bytes too. */
static void put(struct ho_buf *out, enum ho_mllp_event event, struct ho_slice bytes)
{
    HO_ASSERT(bytes.len <= FRAME_MAX);
    ho_buf_append_byte(out, (char)('0' + event));
    ho_buf_append_slice(out, bytes);
    ho_buf_append_byte(out, '|');
}

static void run(struct ho_slice all, const uint8_t *steps, size_t step_count, struct ho_buf *out)
{
    struct ho_mllp mllp;
    struct ho_slice bytes;
    enum ho_mllp_event event;
    ho_mllp_init(&mllp, FRAME_MAX);
    for (size_t at = 0, n = 0; at < all.len; n++) {
        size_t step = step_count ? 1U + steps[n % step_count] % 24 : all.len;
        struct ho_slice in = {all.ptr + at, step < all.len - at ? step : all.len - at};
        at += in.len;
        while ((event = ho_mllp_next(&mllp, &in, &bytes)) != HO_MLLP_MORE)
            put(out, event, bytes);
        HO_ASSERT(in.len == 0 && mllp.held.len <= FRAME_MAX + 3);
    }
    while ((event = ho_mllp_close(&mllp, &bytes)) != HO_MLLP_MORE)
        put(out, event, bytes);
    HO_ASSERT(!ho_mllp_unfinished(&mllp) && mllp.counts.junk <= all.len);
    ho_mllp_release(&mllp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { STEPS = 4 };
    struct ho_buf whole, pieces;
    if (size < STEPS)
        return 0;
    struct ho_slice all = {(const char *)data + STEPS, size - STEPS};
    ho_buf_init(&whole, 3 * size + 16);
    ho_buf_init(&pieces, 3 * size + 16);
    run(all, data, 0, &whole);
    run(all, data, STEPS, &pieces);
    HO_ASSERT(!whole.full && ho_slice_equal(ho_buf_slice(&whole), ho_buf_slice(&pieces)));
    ho_buf_release(&whole);
    ho_buf_release(&pieces);
    return 0;
}
