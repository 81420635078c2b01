#include "load_rules.h"

#include <jansson.h>
#include <stdio.h>

#define WHY_SIZE 256

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* C A AN N A AN N A A N N of the Medicare Beneficiary Identifier: n digit, a letter, x either. */
static bool like_medicare(struct ho_slice id)
{
    static const char pattern[] = "naxnaxnaann";
    if (id.len != sizeof pattern - 1)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i] >= 'a' && id.ptr[i] <= 'z' ? (char)(id.ptr[i] - 32) : id.ptr[i];
        bool letter = c >= 'A' && c <= 'Z' && !strchr("SLOIBZ", c);
        if (pattern[i] == 'n' ? !digit(c) : pattern[i] == 'a' ? !letter : !letter && !digit(c))
            return false;
    }
    return true;
}

const char *ho_member_id_refusal(struct ho_slice id)
{
    size_t digits = 0, others = 0;
    if (id.len == 0 || id.len > 64)
        return "member_id must have 1 to 64 characters";
    for (size_t i = 0; i < id.len; i++) {
        digits += digit(id.ptr[i]);
        others += !digit(id.ptr[i]) && id.ptr[i] != '-';
    }
    if (digits == 9 && others == 0)
        return "member_id looks like a social security number; the plan's own number is wanted";
    if (like_medicare(id))
        return "member_id looks like a Medicare number; the plan's own number is wanted";
    return NULL;
}

/* The next field to out (JSON escaped); false at the end of the line. *bad for a quote that never closes. */
static bool next_field(struct ho_slice line, size_t *at, struct ho_buf *out, bool *bad)
{
    if (*at > line.len)
        return false;
    bool quoted = *at < line.len && line.ptr[*at] == '"';
    for (*at += quoted; *at < line.len; (*at)++) {
        char c = line.ptr[*at];
        if (!quoted && c == ',')
            break;
        if (quoted && c == '"') {
            if (*at + 1 >= line.len || line.ptr[*at + 1] != '"') {
                quoted = false;
                continue;
            }
            (*at)++;
        }
        if (c == '"' || c == '\\')
            ho_buf_append_byte(out, '\\');
        ho_buf_append_byte(out, (unsigned char)c < 0x20 ? ' ' : c);
    }
    *bad = quoted;
    (*at)++;
    return true;
}

/* The type of the schema's field as text ("string", "int", "boolean", or "other"); NULL when there is no such field. */
static const char *field_type(const json_t *schema, struct ho_slice name)
{
    const json_t *fields = json_object_get(schema, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *type = json_string_value(json_object_get(field, "type"));
        if (ho_slice_is(name, json_string_value(json_object_get(field, "name"))))
            return type ? type : "other";
    }
    return NULL;
}

static bool add_column(struct ho_csv *csv, const json_t *schema, struct ho_slice name, char *ret_why)
{
    const char *type = field_type(schema, name);
    const char *why = !type                              ? "there is no such field"
                      : csv->count == HO_CSV_COLUMNS_MAX ? "too many columns"
                                                         : NULL;
    for (size_t i = 0; i < csv->count && !why; i++)
        why = ho_slice_equal(csv->names[i], name) ? "the column stands there twice" : NULL;
    if (why) {
        snprintf(ret_why, WHY_SIZE, "header: %.*s: %s", (int)(name.len < 100 ? name.len : 100), name.ptr, why);
        return false;
    }
    csv->plain[csv->count] = strcmp(type, "int") == 0 || strcmp(type, "long") == 0 || strcmp(type, "boolean") == 0;
    csv->names[csv->count++] = name;
    return true;
}

bool ho_csv_header(struct ho_csv *csv, struct ho_slice line, const char *schema, struct ho_arena *arena, char *ret_why)
{
    struct ho_buf field;
    size_t at = 0;
    bool bad = false, good = true;
    json_t *json = json_loads(schema, JSON_ALLOW_NUL, NULL);
    ho_buf_init(&field, 4096);
    snprintf(ret_why, WHY_SIZE, "header: a quote is not closed");
    for (csv->count = 0; good && next_field(line, &at, &field, &bad); ho_buf_clear(&field))
        good = !bad && add_column(csv, json, ho_arena_slice(arena, ho_buf_slice(&field)), ret_why);
    ho_buf_release(&field);
    json_decref(json);
    csv->count = good ? csv->count : 0;
    return good;
}

/* Whether a value can stand in JSON as it is: digits with a sign, true or false. Anything else is quoted, and the schema
 * refuses it by the field's name. */
static bool is_plain(struct ho_slice value)
{
    int64_t number;
    return ho_slice_is(value, "true") || ho_slice_is(value, "false") ||
           (ho_slice_to_int64(value, &number) && value.ptr[0] != '+' && (value.ptr[0] != '0' || value.len == 1));
}

static void put_cell(const struct ho_csv *csv, size_t column, struct ho_slice value, struct ho_buf *json)
{
    const char *quote = csv->plain[column] && is_plain(value) ? "" : "\"";
    if (json->data[json->len - 1] != '{')
        ho_buf_append_byte(json, ',');
    ho_buf_printf(json, "\"%.*s\":%s", HO_SLICE_ARG(csv->names[column]), quote);
    ho_buf_append_slice(json, value);
    ho_buf_printf(json, "%s", quote);
}

bool ho_csv_row(const struct ho_csv *csv, struct ho_slice line, struct ho_buf *json, char *ret_why)
{
    struct ho_buf field;
    size_t at = 0, column = 0;
    bool bad = false;
    ho_buf_init(&field, (size_t)2 << 20);
    ho_buf_append_byte(json, '{');
    for (; next_field(line, &at, &field, &bad); column++, ho_buf_clear(&field))
        if (column < csv->count && field.len)
            put_cell(csv, column, ho_buf_slice(&field), json);
    ho_buf_append_byte(json, '}');
    ho_buf_release(&field);
    if (bad)
        snprintf(ret_why, WHY_SIZE, "a quote is not closed");
    else
        snprintf(ret_why, WHY_SIZE, "%zu columns, not %zu", column, csv->count);
    if (!bad && column == csv->count)
        return true;
    ho_buf_clear(json);
    return false;
}
