/* For people and files: a record of any schema as JSON, and JSON into a record's struct. */
#include <math.h>
#include <stdio.h>

#include "avro/tree.h"

/* Bytes of the UTF-8 character at text (RFC 3629: no overlong form, no surrogate, at most U+10FFFF); 0: none. */
static size_t utf8_size(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char low, high, next_low, next_high;
        size_t size;
    } forms[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                 {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    size_t form = 0;
    while (form < HO_LENGTH(forms) && (text[0] < forms[form].low || text[0] > forms[form].high))
        form++;
    if (form == HO_LENGTH(forms) || forms[form].size > left)
        return 0;
    for (size_t i = 1; i < forms[form].size; i++)
        if (i == 1 ? text[1] < forms[form].next_low || text[1] > forms[form].next_high : (text[i] & 0xc0) != 0x80)
            return 0;
    return forms[form].size;
}

/* A byte of bytes, and one of a text that is no UTF-8 (hospitals send other sets), becomes the character of its number, so
 * that the line is JSON whatever it holds. */
static void render_text(struct ho_buf *out, struct ho_slice text, bool is_text)
{
    ho_buf_append_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t size = c < 0x80 || is_text ? utf8_size((const unsigned char *)text.ptr + i, text.len - i) : 0;
        if (c == '"' || c == '\\')
            ho_buf_append_byte(out, '\\');
        if (c < 0x20 || size == 0)
            ho_buf_printf(out, "\\u%04x", c);
        else
            ho_buf_append(out, text.ptr + i, size);
        i += size ? size : 1;
    }
    ho_buf_append_byte(out, '"');
}

static void render_node(struct ho_avro_cursor *cursor, const struct ho_avro_node *node, struct ho_buf *out);

static void render_record(struct ho_avro_cursor *cursor, const struct ho_avro_node *node, struct ho_buf *out)
{
    ho_buf_append_byte(out, '{');
    for (size_t i = 0; i < node->count && !cursor->bad; i++) {
        cursor->field = node->fields[i].name;
        ho_buf_printf(out, "%s\"%s\":", i ? "," : "", node->fields[i].name);
        render_node(cursor, node->fields[i].type, out);
    }
    ho_buf_append_byte(out, '}');
}

static void render_items(struct ho_avro_cursor *cursor, const struct ho_avro_node *node, struct ho_buf *out)
{
    bool map = node->kind == HO_AVRO_MAP, first = true;
    ho_buf_append_byte(out, map ? '{' : '[');
    for (size_t count = ho_avro_read_block(cursor); count && !cursor->bad; count = ho_avro_read_block(cursor))
        for (size_t i = 0; i < count && !cursor->bad; i++, first = false) {
            if (!first)
                ho_buf_append_byte(out, ',');
            if (map) {
                render_text(out, ho_avro_read_bytes(cursor), true);
                ho_buf_append_byte(out, ':');
            }
            render_node(cursor, node->item, out);
        }
    ho_buf_append_byte(out, map ? '}' : ']');
}

static void render_real(struct ho_avro_cursor *cursor, size_t size, struct ho_buf *out)
{
    float single = 0;
    double real = 0;
    const char *raw = ho_avro_read_fixed(cursor, size);
    if (raw && size == sizeof single)
        memcpy(&single, raw, size);
    else if (raw)
        memcpy(&real, raw, size);
    real = size == sizeof single ? (double)single : real;
    if (isfinite(real))
        ho_buf_printf(out, "%.17g", real);
    else
        ho_buf_printf(out, "null");
}

/* index of a symbol or branch, checked. */
static size_t render_index(struct ho_avro_cursor *cursor, const struct ho_avro_node *node)
{
    int64_t index = ho_avro_read_long(cursor);
    if (index >= 0 && (size_t)index < node->count)
        return (size_t)index;
    ho_avro_bad(cursor, "an index beyond the symbols or types");
    return 0;
}

static void render_node(struct ho_avro_cursor *cursor, const struct ho_avro_node *node, struct ho_buf *out)
{
    const char *raw;
    switch (node->kind) {
    case HO_AVRO_NULL:
        ho_buf_printf(out, "null");
        return;
    case HO_AVRO_BOOLEAN:
        raw = ho_avro_read_fixed(cursor, 1);
        ho_buf_printf(out, raw && *raw ? "true" : "false");
        return;
    case HO_AVRO_INT:
    case HO_AVRO_LONG:
        ho_buf_printf(out, "%lld", (long long)ho_avro_read_long(cursor));
        return;
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
        render_real(cursor, node->kind == HO_AVRO_FLOAT ? 4 : 8, out);
        return;
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
        render_text(out, ho_avro_read_bytes(cursor), node->kind == HO_AVRO_STRING);
        return;
    case HO_AVRO_FIXED:
        raw = ho_avro_read_fixed(cursor, node->size);
        render_text(out, (struct ho_slice){raw ? raw : "", raw ? node->size : 0}, false);
        return;
    case HO_AVRO_ENUM:
        ho_buf_printf(out, "\"%s\"", node->symbols[render_index(cursor, node)]);
        return;
    case HO_AVRO_UNION:
        render_node(cursor, node->branches[render_index(cursor, node)], out);
        return;
    case HO_AVRO_ARRAY:
    case HO_AVRO_MAP:
        render_items(cursor, node, out);
        return;
    case HO_AVRO_RECORD:
        render_record(cursor, node, out);
        return;
    }
}

enum ho_status ho_avro_to_json(struct ho_slice schema_json, struct ho_slice body, struct ho_buf *out,
                               struct ho_error *err)
{
    struct ho_avro_schema schema;
    struct ho_avro_cursor cursor = {.at = body.ptr, .begin = body.ptr, .end = body.ptr + body.len};
    enum ho_status status = ho_avro_schema_parse(&schema, schema_json, err);
    if (status == HO_OK) {
        render_node(&cursor, schema.root, out);
        if (cursor.bad)
            status = ho_fail(err, HO_INVALID, "avro: %s, at byte %zu", cursor.bad, (size_t)(cursor.at - cursor.begin));
    }
    ho_avro_schema_release(&schema);
    return status;
}

struct from {
    struct ho_arena *arena;
    struct ho_error *err;
    enum ho_status status;
};

static void wrong(struct from *from, const char *field, const char *why)
{
    if (from->status == HO_OK)
        from->status = ho_fail(from->err, HO_INVALID, "field %s: %s", field, why);
}

static void from_record(struct from *from, const struct ho_avro_record *record, const json_t *json, char *base);
static void from_value(struct from *from, const char *name, const struct ho_avro_type *type, const json_t *json,
                       char *at);

static void from_number(struct from *from, const char *name, const struct ho_avro_type *type, const json_t *json,
                        char *at)
{
    int64_t large = json_integer_value(json);
    int32_t small = (int32_t)large;
    float single = (float)json_number_value(json);
    double real = json_number_value(json);
    bool whole = type->kind == HO_AVRO_INT || type->kind == HO_AVRO_LONG;
    if (whole ? !json_is_integer(json) : !json_is_number(json))
        wrong(from, name, whole ? "a whole number is wanted" : "a number is wanted");
    else if (type->kind == HO_AVRO_INT && small != large)
        wrong(from, name, "a number beyond 32 bits");
    else if (type->kind == HO_AVRO_INT)
        memcpy(at, &small, sizeof small);
    else if (type->kind == HO_AVRO_LONG)
        memcpy(at, &large, sizeof large);
    else if (type->kind == HO_AVRO_FLOAT)
        memcpy(at, &single, sizeof single);
    else
        memcpy(at, &real, sizeof real);
}

static void from_symbol(struct from *from, const char *name, const struct ho_avro_type *type, const json_t *json,
                        char *at)
{
    const char *text = json_string_value(json);
    for (size_t i = 0; text && i < type->symbol_count; i++)
        if (strcmp(text, type->symbols[i]) == 0) {
            int32_t index = (int32_t)i;
            memcpy(at, &index, sizeof index);
            return;
        }
    wrong(from, name, "not one of the allowed symbols");
}

static void from_array(struct from *from, const char *name, const struct ho_avro_type *type, const json_t *json,
                       char *at)
{
    struct ho_avro_list list = {NULL, json_array_size(json)};
    if (!json_is_array(json)) {
        wrong(from, name, "a list is wanted");
        return;
    }
    list.items = ho_arena_alloc(from->arena, list.count * type->item->size);
    for (size_t i = 0; i < list.count; i++)
        from_value(from, name, type->item, json_array_get(json, i), (char *)list.items + i * type->item->size);
    memcpy(at, &list, sizeof list);
}

static void from_slice(struct from *from, const char *name, const json_t *json, char *at)
{
    if (!json_is_string(json)) {
        wrong(from, name, "text is wanted");
        return;
    }
    struct ho_slice slice = {json_string_value(json), json_string_length(json)};
    slice = ho_arena_slice(from->arena, slice);
    memcpy(at, &slice, sizeof slice);
}

static void from_value(struct from *from, const char *name, const struct ho_avro_type *type, const json_t *json,
                       char *at)
{
    switch (type->kind) {
    case HO_AVRO_BOOLEAN:
        if (json_is_boolean(json))
            *(bool *)(void *)at = json_is_true(json);
        else
            wrong(from, name, "true or false is wanted");
        return;
    case HO_AVRO_INT:
    case HO_AVRO_LONG:
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
        from_number(from, name, type, json, at);
        return;
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
        from_slice(from, name, json, at);
        return;
    case HO_AVRO_ENUM:
        from_symbol(from, name, type, json, at);
        return;
    case HO_AVRO_FIXED:
        if (json_string_length(json) == type->size)
            memcpy(at, json_string_value(json), type->size);
        else
            wrong(from, name, "text of another length than the fixed one");
        return;
    case HO_AVRO_ARRAY:
        from_array(from, name, type, json, at);
        return;
    case HO_AVRO_RECORD:
        from_record(from, type->record, json, at);
        return;
    case HO_AVRO_NULL:
    case HO_AVRO_MAP:
    case HO_AVRO_UNION:
        HO_ASSERT(!"a kind that the generator makes");
    }
}

static void from_field(struct from *from, const struct ho_avro_field *field, const json_t *json, char *base)
{
    bool null = field->nullable && json_is_null(json);
    if (field->nullable && !ho_avro_is_slice(field->type))
        *(bool *)(void *)(base + field->has_offset) = !null;
    if (!null)
        from_value(from, field->name, field->type, json, base + field->offset);
}

/* A name that no field has is told before a field that is missing: it is likely that field, misspelled. */
static void check_names(struct from *from, const struct ho_avro_record *record, const json_t *json)
{
    size_t used = 0;
    for (size_t i = 0; i < record->field_count; i++)
        used += json_object_get(json, record->fields[i].name) != NULL;
    if (used == json_object_size(json))
        return;
    for (void *it = json_object_iter((json_t *)(uintptr_t)json); it;
         it = json_object_iter_next((json_t *)(uintptr_t)json, it)) {
        bool known = false;
        for (size_t i = 0; i < record->field_count; i++)
            known |= strcmp(record->fields[i].name, json_object_iter_key(it)) == 0;
        if (!known)
            wrong(from, json_object_iter_key(it), "there is no such field");
    }
}

static void from_record(struct from *from, const struct ho_avro_record *record, const json_t *json, char *base)
{
    if (!json_is_object(json)) {
        wrong(from, record->name, "an object is wanted");
        return;
    }
    check_names(from, record, json);
    for (size_t i = 0; i < record->field_count && from->status == HO_OK; i++) {
        const struct ho_avro_field *field = &record->fields[i];
        const json_t *value = json_object_get(json, field->name);
        struct ho_avro_cursor fallback = {.at = field->fallback,
                                          .begin = field->fallback,
                                          .end = field->fallback + field->fallback_len};
        if (value)
            from_field(from, field, value, base);
        else if (field->fallback)
            ho_avro_read_own_field(&fallback, field, from->arena, base);
        else
            wrong(from, field->name, "missing, and it has no default");
    }
}

enum ho_status ho_avro_from_json(const struct ho_avro_record *record, struct ho_slice json, struct ho_arena *arena,
                                 void *ret_value, struct ho_error *err)
{
    json_error_t where;
    json_t *root = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, &where);
    if (!root)
        return ho_fail(err, HO_INVALID, "not JSON: line %d, column %d: %s", where.line, where.column, where.text);
    struct from from = {arena, err, HO_OK};
    memset(ret_value, 0, record->size);
    from_record(&from, record, root, ret_value);
    json_decref(root);
    return from.status;
}
