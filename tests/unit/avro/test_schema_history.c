/*
 * Full transitive compatibility: every version of a settled record (schemas/history/<record>/<n>.avsc) reads every other,
 * both ways, and today's schema is the newest version. schemas/README.md says how a record enters.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

#include "avro/tree.h"

#define VERSIONS_MAX 32

static bool resolves(const struct ho_avro_node *writer, const struct ho_avro_node *reader);

static bool record_resolves(const struct ho_avro_node *writer, const struct ho_avro_node *reader)
{
    for (size_t r = 0; r < reader->count; r++) {
        const struct ho_avro_node *found = NULL;
        for (size_t w = 0; w < writer->count; w++)
            if (strcmp(writer->fields[w].name, reader->fields[r].name) == 0)
                found = writer->fields[w].type;
        if (found ? !resolves(found, reader->fields[r].type) : !json_object_get(reader->fields[r].json, "default"))
            return false;
    }
    return strcmp(writer->name, reader->name) == 0;
}

static bool enum_resolves(const struct ho_avro_node *writer, const struct ho_avro_node *reader)
{
    for (size_t w = 0; w < writer->count; w++) {
        bool found = reader->symbol_default != NULL;
        for (size_t r = 0; r < reader->count; r++)
            found |= strcmp(writer->symbols[w], reader->symbols[r]) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* Avro 1.11 "Schema Resolution", schema against schema. */
static bool resolves(const struct ho_avro_node *writer, const struct ho_avro_node *reader)
{
    bool any = false;
    if (writer->kind == HO_AVRO_UNION) {
        for (size_t i = 0; i < writer->count; i++)
            if (!resolves(writer->branches[i], reader))
                return false;
        return true;
    }
    if (reader->kind == HO_AVRO_UNION) {
        for (size_t i = 0; i < reader->count; i++)
            any |= resolves(writer, reader->branches[i]);
        return any;
    }
    if (writer->kind != reader->kind) {
        bool slices = (writer->kind == HO_AVRO_STRING && reader->kind == HO_AVRO_BYTES) ||
                      (writer->kind == HO_AVRO_BYTES && reader->kind == HO_AVRO_STRING);
        return slices || (writer->kind >= HO_AVRO_INT && writer->kind < reader->kind && reader->kind <= HO_AVRO_DOUBLE);
    }
    if (writer->kind == HO_AVRO_RECORD)
        return record_resolves(writer, reader);
    if (writer->kind == HO_AVRO_ENUM)
        return enum_resolves(writer, reader) && strcmp(writer->name, reader->name) == 0;
    if (writer->kind == HO_AVRO_ARRAY || writer->kind == HO_AVRO_MAP)
        return resolves(writer->item, reader->item);
    return writer->kind != HO_AVRO_FIXED || (writer->size == reader->size && strcmp(writer->name, reader->name) == 0);
}

static bool both_ways(const char *one, const char *two)
{
    struct ho_avro_schema a, b;
    struct ho_error err = {HO_OK, ""};
    cr_assert_eq(ho_avro_schema_parse(&a, ho_slice_of(one), &err), HO_OK, "%s", err.text);
    cr_assert_eq(ho_avro_schema_parse(&b, ho_slice_of(two), &err), HO_OK, "%s", err.text);
    bool good = resolves(a.root, b.root) && resolves(b.root, a.root);
    ho_avro_schema_release(&a);
    ho_avro_schema_release(&b);
    return good;
}

static char *read_file(const char *path)
{
    static const size_t size = 1 << 18;
    char *text = ho_calloc(1, size);
    FILE *file = fopen(path, "rb");
    cr_assert(file && fread(text, 1, size - 1, file) > 0, "%s", path);
    fclose(file);
    return text;
}

static json_t *without_doc(const char *text)
{
    json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);
    cr_assert(json);
    json_t *stack[512] = {json};
    for (size_t depth = 1; depth > 0;) {
        json_t *at = stack[--depth], *value;
        const char *key;
        size_t i;
        json_object_del(at, "doc");
        json_object_foreach (at, key, value)
            stack[depth++] = value;
        json_array_foreach (at, i, value)
            stack[depth++] = value;
        cr_assert_lt(depth, HO_LENGTH(stack) - 128);
    }
    return json;
}

static bool alike(const char *one, const char *two)
{
    json_t *a = without_doc(one), *b = without_doc(two);
    bool same = json_equal(a, b);
    json_decref(a);
    json_decref(b);
    return same;
}

/* today may be a record's or a state's schema. */
static char *read_today(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, HO_SOURCE_DIR "/schemas/%s.avsc", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        snprintf(path, sizeof path, HO_SOURCE_DIR "/schemas/state/%s.avsc", name);
    else
        fclose(file);
    return read_file(path);
}

static void check_record(const char *name)
{
    char path[512], *texts[VERSIONS_MAX + 1];
    size_t count = 0;
    for (; count < VERSIONS_MAX; count++) {
        snprintf(path, sizeof path, HO_SOURCE_DIR "/schemas/history/%s/%zu.avsc", name, count + 1);
        FILE *file = fopen(path, "rb");
        if (!file)
            break;
        fclose(file);
        texts[count] = read_file(path);
    }
    cr_assert_gt(count, 0, "%s has no version 1", name);
    char *today = read_today(name);
    cr_assert(alike(today, texts[count - 1]),
              "%s has changed since version %zu: cp its .avsc to schemas/history/%s/%zu.avsc in the same commit", name, count,
              name, count + 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert(both_ways(texts[i], texts[k]), "%s: versions %zu and %zu do not read each other", name, i + 1, k + 1);
    for (size_t i = 0; i < count; i++)
        ho_free(texts[i]);
    ho_free(today);
}

Test(history, every_settled_record_reads_all_its_versions)
{
    int records = 0;
    DIR *dir = opendir(HO_SOURCE_DIR "/schemas/history");
    cr_assert(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        if (entry->d_name[0] != '.') {
            check_record(entry->d_name);
            records++;
        }
    closedir(dir);
    cr_assert_gt(records, 0);
}

#define R(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}" fields "]}"
#define ENUM(rest) ",{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"X\"" rest "}}"

static const struct {
    const char *name, *before, *after;
    bool good;
} rows[] = {
    {"a field with default is added", R(""), R(",{\"name\":\"b\",\"type\":\"int\",\"default\":0}"), true},
    {"a field without default is added", R(""), R(",{\"name\":\"b\",\"type\":\"int\"}"), false},
    {"a symbol is added, both have a default", R(ENUM("],\"default\":\"X\"")), R(ENUM(",\"Y\"],\"default\":\"X\"")), true},
    {"a symbol is added without default", R(ENUM("]")), R(ENUM(",\"Y\"]")), false},
    {"a type is changed", R(",{\"name\":\"b\",\"type\":\"int\"}"), R(",{\"name\":\"b\",\"type\":\"string\"}"), false},
    {"fields are reordered", R(",{\"name\":\"b\",\"type\":\"int\"}"),
     "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"b\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}]}", true},
    {"a field is renamed with an alias: the old reader does not know", R(",{\"name\":\"b\",\"type\":\"int\"}"),
     R(",{\"name\":\"c\",\"type\":\"int\",\"aliases\":[\"b\"]}"), false},
    {"an enum is renamed", R(ENUM("]")), R(",{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"F\",\"symbols\":[\"X\"]}}"), false},
    {"a type becomes nullable: the old reader has no null", R(",{\"name\":\"b\",\"type\":\"int\"}"),
     R(",{\"name\":\"b\",\"type\":[\"int\",\"null\"]}"), false},
    {"a widened type cannot be read back", R(",{\"name\":\"b\",\"type\":\"int\"}"), R(",{\"name\":\"b\",\"type\":\"long\"}"), false},
};

Test(history, the_check_knows_what_breaks)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        cr_assert_eq(both_ways(rows[i].before, rows[i].after), rows[i].good, "%s", rows[i].name);
}
