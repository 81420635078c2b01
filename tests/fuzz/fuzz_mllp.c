/* The framer on any bytes in pieces of a size that the first byte says: it always ends, and hands out what it got. */
#include "mllp/mllp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ho_mllp mllp;
    struct ho_slice bytes;
    size_t step = size ? 1 + data[0] % 64 : 1;
    ho_mllp_init(&mllp, 256);
    for (size_t at = 1; at < size; at += step) {
        struct ho_slice in = {(const char *)data + at, size - at < step ? size - at : step};
        while (ho_mllp_next(&mllp, &in, &bytes) != HO_MLLP_MORE)
            HO_ASSERT(bytes.len <= 512);
    }
    while (ho_mllp_quiet(&mllp, &bytes) != HO_MLLP_MORE)
        HO_ASSERT(bytes.len <= 512);
    ho_mllp_release(&mllp);
    return 0;
}
