/*
 * buf: a growing byte buffer born with a maximum. Past the maximum it keeps what it had and `full` stays true, so a
 * writer checks once, at the end.
 */
#ifndef HO_BUF_H
#define HO_BUF_H

#include "base/base.h"

struct ho_buf {
    char *data;
    size_t len, cap, max; /* bytes */
    bool full;
};

void ho_buf_init(struct ho_buf *buf, size_t max);
void ho_buf_release(struct ho_buf *buf);
void ho_buf_clear(struct ho_buf *buf);
void ho_buf_append(struct ho_buf *buf, const void *data, size_t len);
void ho_buf_append_byte(struct ho_buf *buf, char byte);
void ho_buf_append_slice(struct ho_buf *buf, struct ho_slice s);
void ho_buf_printf(struct ho_buf *buf, const char *fmt, ...) HO_PRINTF(2, 3);
static inline struct ho_slice ho_buf_slice(const struct ho_buf *buf)
{
    return (struct ho_slice){buf->data ? buf->data : "", buf->len};
}

#endif
