#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#define CAP_MIN 256

void ho_buf_init(struct ho_buf *buf, size_t max)
{
    *buf = (struct ho_buf){.max = max};
}

void ho_buf_release(struct ho_buf *buf)
{
    ho_free(buf->data);
    *buf = (struct ho_buf){.max = buf->max};
}

void ho_buf_clear(struct ho_buf *buf)
{
    buf->len = 0;
    buf->full = false;
}

/* Room for len more bytes; false, and full, when the maximum would be passed. */
static bool reserve(struct ho_buf *buf, size_t len)
{
    if (buf->full || len > buf->max - buf->len) {
        buf->full = true;
        return false;
    }
    if (buf->cap - buf->len >= len)
        return true;
    size_t cap = buf->cap ? buf->cap : CAP_MIN;
    while (cap < buf->len + len)
        cap *= 2;
    if (cap > buf->max)
        cap = buf->max;
    buf->data = ho_realloc(buf->data, cap);
    buf->cap = cap;
    return true;
}

void ho_buf_append(struct ho_buf *buf, const void *data, size_t len)
{
    if (!len || !reserve(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
}

void ho_buf_append_byte(struct ho_buf *buf, char byte)
{
    ho_buf_append(buf, &byte, 1);
}

void ho_buf_append_slice(struct ho_buf *buf, struct ho_slice s)
{
    ho_buf_append(buf, s.ptr, s.len);
}

void ho_buf_printf(struct ho_buf *buf, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    HO_ASSERT(len >= 0); /* Only a broken format or a text of 2 GB fails. */
    if ((size_t)len < sizeof text) {
        ho_buf_append(buf, text, (size_t)len);
        return;
    }
    char *large = ho_malloc((size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(large, (size_t)len + 1, fmt, args);
    va_end(args);
    ho_buf_append(buf, large, (size_t)len);
    ho_free(large);
}
