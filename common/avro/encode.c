#include "avro/describe.h"

const char *ho_avro_name(const struct ho_avro_record *record)
{
    return record->name;
}

const char *ho_avro_json(const struct ho_avro_record *record)
{
    return record->json;
}

uint64_t ho_avro_fingerprint(const struct ho_avro_record *record)
{
    return record->fingerprint;
}

size_t ho_avro_size(const struct ho_avro_record *record)
{
    return record->size;
}

void ho_avro_put_long(struct ho_buf *out, int64_t value)
{
    char bytes[10];
    size_t len = 0;
    uint64_t zigzag = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    for (; zigzag > 0x7f; zigzag >>= 7)
        bytes[len++] = (char)((zigzag & 0x7f) | 0x80);
    bytes[len++] = (char)zigzag;
    ho_buf_append(out, bytes, len);
}

static void put_record(struct ho_buf *out, const struct ho_avro_record *record, const char *base);

static void put_array(struct ho_buf *out, const struct ho_avro_type *type, const struct ho_avro_list *list);

static void put_value(struct ho_buf *out, const struct ho_avro_type *type, const char *at)
{
    struct ho_slice slice;
    int32_t number;
    int64_t large;
    switch (type->kind) {
    case HO_AVRO_BOOLEAN:
        ho_buf_append_byte(out, *(const bool *)(const void *)at ? 1 : 0);
        break;
    case HO_AVRO_INT:
    case HO_AVRO_ENUM:
        memcpy(&number, at, sizeof number);
        ho_avro_put_long(out, number);
        break;
    case HO_AVRO_LONG:
        memcpy(&large, at, sizeof large);
        ho_avro_put_long(out, large);
        break;
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE: /* IEEE 754 little-endian, as the machines are that we build for */
    case HO_AVRO_FIXED:
        ho_buf_append(out, at, type->size);
        break;
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
        memcpy(&slice, at, sizeof slice);
        ho_avro_put_long(out, (int64_t)slice.len);
        ho_buf_append_slice(out, slice);
        break;
    case HO_AVRO_ARRAY:
        put_array(out, type, (const struct ho_avro_list *)(const void *)at);
        break;
    case HO_AVRO_RECORD:
        put_record(out, type->record, at);
        break;
    case HO_AVRO_NULL:
    case HO_AVRO_MAP:
    case HO_AVRO_UNION:
        HO_ASSERT(!"a kind that the generator makes");
    }
}

static void put_array(struct ho_buf *out, const struct ho_avro_type *type, const struct ho_avro_list *list)
{
    if (list->count) {
        ho_avro_put_long(out, (int64_t)list->count);
        for (size_t i = 0; i < list->count; i++)
            put_value(out, type->item, (const char *)list->items + i * type->item->size);
    }
    ho_avro_put_long(out, 0);
}

static bool is_null(const struct ho_avro_field *field, const char *base)
{
    if (!ho_avro_is_slice(field->type))
        return !*(const bool *)(const void *)(base + field->has_offset);
    struct ho_slice slice;
    memcpy(&slice, base + field->offset, sizeof slice);
    return slice.ptr == NULL;
}

static void put_record(struct ho_buf *out, const struct ho_avro_record *record, const char *base)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct ho_avro_field *field = &record->fields[i];
        if (field->nullable) {
            bool null = is_null(field, base);
            ho_avro_put_long(out, null == field->null_first ? 0 : 1);
            if (null)
                continue;
        }
        put_value(out, field->type, base + field->offset);
    }
}

void ho_avro_encode(const struct ho_avro_record *record, const void *value, struct ho_buf *out)
{
    char header[HO_AVRO_HEADER] = {(char)0xc3, 0x01};
    for (size_t i = 0; i < 8; i++)
        header[2 + i] = (char)(record->fingerprint >> 8 * i);
    ho_buf_append(out, header, sizeof header);
    put_record(out, record, value);
}
