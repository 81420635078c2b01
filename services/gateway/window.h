/*
 * window: the answers of a feed's last stored messages, so that a resend gets the same one again (gateway.10), and their
 * control ids (gateway.11). Bounded in number and in bytes; the oldest goes first. Pure: it lives in memory that the
 * caller gives, and allocates nothing.
 */
#ifndef GATEWAY_WINDOW_H
#define GATEWAY_WINDOW_H

#include "base/base.h"
#include "base/id.h"

/* Neighbours in a chain of one hash bucket; numbers of entries, or WINDOW_NONE. */
struct window_link {
    uint32_t next, previous;
};

struct window_entry {
    char id[HO_ID_SIZE]; /* the message's */
    uint64_t control;
    struct window_link by_id, by_control;
    uint32_t offset, len; /* of the answer in bytes */
};

struct window {
    struct window_entry *entries; /* a ring: count from oldest on */
    uint32_t *id_buckets, *control_buckets;
    char *bytes; /* a ring too: an answer is in one piece */
    uint32_t max, bytes_max, bucket_mask;
    uint32_t oldest, count, write;
};

enum window_found { WINDOW_NEW, WINDOW_RESENT, WINDOW_REUSED };

/* Bytes of memory that window_init needs. count from 1 to 65536. */
size_t window_size(uint32_t count, uint32_t bytes);
/* memory: window_size bytes, aligned to 8, owned by the caller, who frees it when the window is no longer used. */
void window_init(struct window *window, void *memory, uint32_t count, uint32_t bytes);
/* RESENT with the answer, good until the next put: that message is here. REUSED: another one with that control id is.
 * control 0 is never found. */
enum window_found window_look(const struct window *window, const char *id, uint64_t control, struct ho_slice *ret_answer);
/* Remembers an answer; one that is longer than all of the window is not kept. Nothing to do for control 0. */
void window_put(struct window *window, const char *id, uint64_t control, struct ho_slice answer);

#endif
