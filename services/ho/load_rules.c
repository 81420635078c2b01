#include "load_rules.h"

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

bool ho_csv_header(struct ho_csv *csv, struct ho_slice line, struct ho_arena *arena, char *ret_why)
{
    struct ho_buf field;
    size_t at = 0;
    bool bad = false;
    ho_buf_init(&field, 4096);
    for (csv->count = 0; next_field(line, &at, &field, &bad) && csv->count < HO_CSV_COLUMNS_MAX; ho_buf_clear(&field))
        csv->names[csv->count++] = ho_arena_slice(arena, ho_buf_slice(&field));
    ho_buf_release(&field);
    snprintf(ret_why, WHY_SIZE, "the header cannot be read");
    return csv->count > 0 && !bad;
}

bool ho_csv_row(const struct ho_csv *csv, struct ho_slice line, struct ho_buf *json, char *ret_why)
{
    struct ho_buf field;
    size_t at = 0, column = 0;
    bool bad = false;
    const char *comma = "";
    ho_buf_init(&field, 65536);
    ho_buf_append_byte(json, '{');
    for (; next_field(line, &at, &field, &bad); column++, ho_buf_clear(&field)) {
        if (column < csv->count && field.len) {
            ho_buf_printf(json, "%s\"%.*s\":\"%.*s\"", comma, HO_SLICE_ARG(csv->names[column]),
                          HO_SLICE_ARG(ho_buf_slice(&field)));
            comma = ",";
        }
    }
    ho_buf_append_byte(json, '}');
    ho_buf_release(&field);
    snprintf(ret_why, WHY_SIZE, bad ? "a quote is not closed" : "%zu columns, not %zu", column, csv->count);
    if (!bad && column == csv->count)
        return true;
    ho_buf_clear(json);
    return false;
}
