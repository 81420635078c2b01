#include "base/id.h"

#include <stdio.h>
#define XXH_STATIC_LINKING_ONLY /* the state by value, so that an id allocates nothing */
#include <xxhash.h>

#define KIND_LEN_MAX 16

uint64_t ho_hash64(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

/* RFC 4648 base32 in lower case of 16 bytes: 26 characters, the last holding 3 bits. */
static void base32(const unsigned char bytes[16], char out[27])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < 16; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 5; held -= 5)
            out[n++] = alphabet[bits >> (held - 5) & 31];
    }
    out[n++] = alphabet[bits << (5 - held) & 31];
    out[n] = '\0';
}

struct ho_slice ho_id_make(char out[HO_ID_SIZE], const char *kind, const struct ho_slice *parts, size_t count)
{
    XXH3_state_t state;
    XXH128_canonical_t canonical;
    char text[27];
    HO_ASSERT(strlen(kind) <= KIND_LEN_MAX);
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    for (size_t i = 0; i < count; i++) {
        unsigned char len[8];
        for (size_t b = 0; b < sizeof len; b++)
            len[b] = (unsigned char)((uint64_t)parts[i].len >> 8 * b);
        XXH3_128bits_update(&state, len, sizeof len);
        if (parts[i].len)
            XXH3_128bits_update(&state, parts[i].ptr, parts[i].len);
    }
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    base32(canonical.digest, text);
    int len = snprintf(out, HO_ID_SIZE, "%s_%s", kind, text);
    return (struct ho_slice){out, (size_t)len};
}
