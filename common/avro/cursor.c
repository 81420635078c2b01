/* Bounds-checked reading, and reading by a description alone. Nothing is read past the end, no length is believed. */
#include "avro/describe.h"

void ho_avro_bad(struct ho_avro_cursor *cursor, const char *why)
{
    if (!cursor->bad)
        cursor->bad = why;
}

int64_t ho_avro_read_long(struct ho_avro_cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; !cursor->bad && shift < 64; shift += 7) {
        if (cursor->at == cursor->end) {
            ho_avro_bad(cursor, "the record ends inside a number");
            return 0;
        }
        unsigned char byte = (unsigned char)*cursor->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
    }
    ho_avro_bad(cursor, "a number longer than 64 bits");
    return 0;
}

int32_t ho_avro_read_int(struct ho_avro_cursor *cursor)
{
    int64_t value = ho_avro_read_long(cursor);
    if (value < INT32_MIN || value > INT32_MAX) {
        ho_avro_bad(cursor, "an int longer than 32 bits");
        return 0;
    }
    return (int32_t)value;
}

const char *ho_avro_read_fixed(struct ho_avro_cursor *cursor, size_t size)
{
    if (cursor->bad || (size_t)(cursor->end - cursor->at) < size) {
        ho_avro_bad(cursor, "the record ends inside a value");
        return NULL;
    }
    const char *at = cursor->at;
    cursor->at += size;
    return at;
}

struct ho_slice ho_avro_read_bytes(struct ho_avro_cursor *cursor)
{
    int64_t len = ho_avro_read_long(cursor);
    if (cursor->bad || len < 0 || len > cursor->end - cursor->at) {
        ho_avro_bad(cursor, "a length beyond the end of the record");
        return (struct ho_slice){"", 0};
    }
    struct ho_slice value = {cursor->at, (size_t)len};
    cursor->at += len;
    return value;
}

/* Every item takes at least one byte (the generator and the plan refuse items that take none). */
size_t ho_avro_read_block(struct ho_avro_cursor *cursor)
{
    int64_t count = ho_avro_read_long(cursor);
    if (count < 0) {
        count = count == INT64_MIN ? INT64_MAX : -count;
        (void)ho_avro_read_long(cursor); /* bytes of the block */
    }
    if (cursor->bad || count > cursor->end - cursor->at) {
        ho_avro_bad(cursor, "a block of more items than the record can hold");
        return 0;
    }
    return (size_t)count;
}

static void read_value(struct ho_avro_cursor *cursor, const struct ho_avro_type *type, struct ho_arena *arena, char *at)
{
    struct ho_slice slice;
    int64_t large;
    int32_t number;
    const char *raw;
    switch (type->kind) {
    case HO_AVRO_BOOLEAN:
        raw = ho_avro_read_fixed(cursor, 1);
        *(bool *)(void *)at = raw && *raw;
        break;
    case HO_AVRO_INT:
    case HO_AVRO_ENUM:
        number = ho_avro_read_int(cursor);
        memcpy(at, &number, sizeof number);
        break;
    case HO_AVRO_LONG:
        large = ho_avro_read_long(cursor);
        memcpy(at, &large, sizeof large);
        break;
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
    case HO_AVRO_FIXED:
        raw = ho_avro_read_fixed(cursor, type->size);
        if (raw)
            memcpy(at, raw, type->size);
        break;
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
        slice = ho_avro_read_bytes(cursor);
        memcpy(at, &slice, sizeof slice);
        break;
    case HO_AVRO_ARRAY: /* a default of an array is always empty, as the generator demands */
        (void)ho_avro_read_block(cursor);
        memset(at, 0, type->size);
        break;
    case HO_AVRO_RECORD:
        for (size_t i = 0; i < type->record->field_count; i++)
            ho_avro_read_own_field(cursor, &type->record->fields[i], arena, at);
        break;
    case HO_AVRO_NULL:
    case HO_AVRO_MAP:
    case HO_AVRO_UNION:
        HO_ASSERT(!"a kind that the generator makes");
    }
}

void ho_avro_read_own_field(struct ho_avro_cursor *cursor, const struct ho_avro_field *field, struct ho_arena *arena,
                            void *base)
{
    char *at = (char *)base + field->offset;
    if (field->nullable) {
        bool null = (ho_avro_read_long(cursor) == 0) == field->null_first;
        if (!ho_avro_is_slice(field->type))
            *(bool *)(void *)((char *)base + field->has_offset) = !null;
        if (null) {
            memset(at, 0, field->type->size);
            return;
        }
    }
    read_value(cursor, field->type, arena, at);
}
