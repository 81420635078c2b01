/*
 * id: names made from facts. An id is `<kind>_` and base32 (lower case, RFC 4648 alphabet, no padding) of XXH3-128 over
 * the parts, each behind its length as 8 bytes little-endian, so ("ab","c") and ("a","bc") differ.
 */
#ifndef HO_ID_H
#define HO_ID_H

#include "base/base.h"

#define HO_ID_SIZE 48 /* kind of at most 16 bytes, '_', 26 characters, zero */

/* Writes the terminated id to out and returns it as a slice of out. */
struct ho_slice ho_id_make(char out[HO_ID_SIZE], const char *kind, const struct ho_slice *parts, size_t count);
uint64_t ho_hash64(const void *data, size_t len);

#endif
