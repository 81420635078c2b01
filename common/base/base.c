#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ho_assert_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "level=error msg=\"assertion failed\" cond=\"%s\" file=%s line=%d\n", cond, file, line);
    abort();
}

static _Noreturn void no_memory(size_t size)
{
    fprintf(stderr, "level=error msg=\"no memory\" bytes=%zu\n", size);
    abort();
}

static void *checked(void *ptr, size_t size)
{
    if (!ptr && size)
        no_memory(size);
    return ptr;
}

void *ho_malloc(size_t size)
{
    return checked(malloc(size), size);
}

void *ho_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        no_memory(SIZE_MAX);
    return checked(calloc(count, size), bytes);
}

void *ho_realloc(void *ptr, size_t size)
{
    return checked(realloc(ptr, size), size);
}

char *ho_strdup(const char *text)
{
    return checked(strdup(text), 1);
}

void ho_free(void *ptr)
{
    free(ptr);
}

enum ho_status ho_fail(struct ho_error *err, enum ho_status status, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        char text[sizeof err->text]; /* an argument may be err->text itself */
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        memcpy(err->text, text, sizeof text);
        err->status = status;
    }
    return status;
}

int ho_slice_compare(struct ho_slice a, struct ho_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    if (order)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

char *ho_slice_copy(struct ho_slice s, char *dst, size_t size)
{
    HO_ASSERT(size > 0);
    size_t len = s.len < size ? s.len : size - 1;
    if (len)
        memcpy(dst, s.ptr, len);
    dst[len] = '\0';
    return dst;
}

bool ho_slice_to_int64(struct ho_slice s, int64_t *ret_value)
{
    char text[24], *end = NULL;
    if (s.len == 0 || s.len >= sizeof text || (!(s.ptr[0] >= '0' && s.ptr[0] <= '9') && s.ptr[0] != '-'))
        return false;
    ho_slice_copy(s, text, sizeof text);
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || end == text || end != text + s.len)
        return false;
    *ret_value = value;
    return true;
}
