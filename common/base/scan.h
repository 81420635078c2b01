/*
 * scan: the next of a few bytes, 16 at a time. memchr knows one byte only; calling it once a byte reads the same text
 * again and again where one of them is rare, which a hostile sender can make quadratic.
 */
#ifndef HO_SCAN_H
#define HO_SCAN_H

#include "base/base.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define HO_SCAN_BLOCK 16

/* Bit i is set where ptr[i] is a, b or c. */
static inline unsigned ho_scan_block(const char *ptr, char a, char b, char c)
{
#ifdef __SSE2__
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)ptr);
    __m128i any = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(a)), _mm_cmpeq_epi8(block, _mm_set1_epi8(b)));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(any, _mm_cmpeq_epi8(block, _mm_set1_epi8(c))));
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < HO_SCAN_BLOCK; i++)
        bits |= (unsigned)(ptr[i] == a || ptr[i] == b || ptr[i] == c) << i;
    return bits;
#endif
}

/* Index of the first byte of s, from `from` on, that is a or b; s.len when there is none. */
static inline size_t ho_scan_either(struct ho_slice s, size_t from, char a, char b)
{
    size_t i = from;
    for (; i + HO_SCAN_BLOCK <= s.len; i += HO_SCAN_BLOCK) {
        unsigned bits = ho_scan_block(s.ptr + i, a, b, b);
        if (bits)
            return i + (size_t)__builtin_ctz(bits);
    }
    while (i < s.len && s.ptr[i] != a && s.ptr[i] != b)
        i++;
    return i;
}

#endif
