/*
 * describe: what the generator says of a record, as static tables. Only generated code and common/avro look inside.
 */
#ifndef HO_AVRO_DESCRIBE_H
#define HO_AVRO_DESCRIBE_H

#include "avro/avro.h"

enum ho_avro_kind {
    HO_AVRO_NULL, HO_AVRO_BOOLEAN, HO_AVRO_INT, HO_AVRO_LONG, HO_AVRO_FLOAT, HO_AVRO_DOUBLE, HO_AVRO_BYTES,
    HO_AVRO_STRING, HO_AVRO_ENUM, HO_AVRO_FIXED, HO_AVRO_ARRAY, HO_AVRO_MAP, HO_AVRO_UNION, HO_AVRO_RECORD
};

struct ho_avro_type {
    enum ho_avro_kind kind;
    size_t size;                         /* bytes of the C value */
    const struct ho_avro_type *item;     /* array */
    const struct ho_avro_record *record; /* record */
    const char *name;                    /* enum, fixed: full name */
    const char *const *aliases;          /* enum, fixed: names of earlier times, ends with NULL */
    const char *const *symbols;          /* enum */
    size_t symbol_count;
    int symbol_default;                  /* enum: index, -1 when there is none */
};

struct ho_avro_field {
    const char *name;
    const struct ho_avro_type *type;
    size_t offset;
    bool nullable, null_first; /* union of null and type; which branch comes first */
    size_t has_offset;         /* nullable and neither string nor bytes: of the bool */
    const char *fallback;      /* default in Avro binary (with its branch when nullable); NULL: none */
    size_t fallback_len;
    const char *const *aliases; /* names of earlier times, ends with NULL */
};

struct ho_avro_record {
    const char *name, *json; /* json of the whole file; "" for nested records */
    uint64_t fingerprint;
    size_t size; /* of the struct */
    const struct ho_avro_field *fields;
    size_t field_count;
    const char *const *aliases; /* names of earlier times, ends with NULL */
};

/* The C array behind every <item>_list. */
struct ho_avro_list {
    void *items;
    size_t count;
};

static inline bool ho_avro_is_slice(const struct ho_avro_type *type)
{
    return type->kind == HO_AVRO_STRING || type->kind == HO_AVRO_BYTES;
}

/* Bounds-checked reading of Avro binary. After an error every read gives zero, and `bad` says what was wrong. */
struct ho_avro_cursor {
    const char *at, *end, *begin;
    const char *bad; /* static text, NULL while good */
    const char *field; /* name of the field being read */
};

int64_t ho_avro_read_long(struct ho_avro_cursor *cursor);
int32_t ho_avro_read_int(struct ho_avro_cursor *cursor);
struct ho_slice ho_avro_read_bytes(struct ho_avro_cursor *cursor);
const char *ho_avro_read_fixed(struct ho_avro_cursor *cursor, size_t size); /* NULL when short */
void ho_avro_bad(struct ho_avro_cursor *cursor, const char *why);
/* Starts a block of an array or map: items in it, 0 at the end. Never more than the rest of the input can hold. */
size_t ho_avro_read_block(struct ho_avro_cursor *cursor);

/* Reads a field that was written with the very schema of its description (defaults). */
void ho_avro_read_own_field(struct ho_avro_cursor *cursor, const struct ho_avro_field *field, struct ho_arena *arena,
                            void *base);
void ho_avro_put_long(struct ho_buf *out, int64_t value);

#endif
