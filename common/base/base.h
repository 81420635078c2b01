/*
 * base: what every file may use. Assertions, memory that cannot fail, borrowed slices, errors that name where and why.
 *
 * Three kinds of failure, three answers:
 *   our own bug        HO_ASSERT: compiled in always, aborts with file and line.
 *   no memory          ho_malloc and friends abort.
 *   the world          enum ho_status, with the text in an optional struct ho_error (last parameter, may be NULL).
 * Bad input is none of these: it is a value (a reason, a verdict) and never stops a daemon.
 */
#ifndef HO_BASE_H
#define HO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HO_MUST_CHECK __attribute__((warn_unused_result))
#define HO_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define HO_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define HO_ASSERT(cond) ((cond) ? (void)0 : ho_assert_failed(#cond, __FILE__, __LINE__))
_Noreturn void ho_assert_failed(const char *cond, const char *file, int line);

/* Memory. Never NULL for size > 0; free with ho_free, which takes NULL. */
void *ho_malloc(size_t size);
void *ho_calloc(size_t count, size_t size);
void *ho_realloc(void *ptr, size_t size);
char *ho_strdup(const char *text);
void ho_free(void *ptr);

enum ho_status {
    HO_OK = 0,
    HO_NOT_FOUND, /* asked for a thing that is not there */
    HO_INVALID,   /* what we were given breaks its format or its rules */
    HO_LIMIT,     /* a bound of ours would be passed */
    HO_AWAY,      /* Kafka, Redis, a file or a peer does not answer: try again */
    HO_FENCED,    /* another instance owns this now: end, and let the restart claim again */
    HO_FAILED     /* anything else of the outside world */
};

/* Text is one line: what failed, where, and what to do where we know. No person's data. */
struct ho_error {
    enum ho_status status;
    char text[512];
};

/* Fills err (when not NULL) and returns status, so that a caller can `return ho_fail(err, HO_INVALID, ...)`. */
enum ho_status ho_fail(struct ho_error *err, enum ho_status status, const char *fmt, ...) HO_PRINTF(3, 4);

/* Bytes that somebody else owns; not terminated. ptr == NULL means absent, len == 0 with ptr means empty. */
struct ho_slice {
    const char *ptr;
    size_t len;
};

#define HO_SLICE(literal) ((struct ho_slice){(literal), sizeof(literal) - 1})
#define HO_SLICE_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : "" /* for "%.*s" */

/* NULL gives an absent slice. */
static inline struct ho_slice ho_slice_of(const char *text)
{
    return (struct ho_slice){text, text ? strlen(text) : 0};
}
static inline bool ho_slice_equal(struct ho_slice a, struct ho_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
static inline bool ho_slice_is(struct ho_slice s, const char *text)
{
    return ho_slice_equal(s, ho_slice_of(text));
}
int ho_slice_compare(struct ho_slice a, struct ho_slice b); /* as memcmp, shorter first on a tie */
/* Copies with a final zero, cutting to size - 1 bytes; returns dst. */
char *ho_slice_copy(struct ho_slice s, char *dst, size_t size);
/* Whole slice as decimal; false when empty, not a number or out of range, *ret_value untouched then. */
bool ho_slice_to_int64(struct ho_slice s, int64_t *ret_value);

#endif
