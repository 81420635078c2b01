/*
 * NAME      ho-generate - C structs and descriptions from Avro schemas and the topic catalogue, at build time
 * SYNOPSIS  ho-generate OUTPUT-FOLDER topics.json SCHEMA.avsc ...
 *
 * Makes <schema>.h and <schema>.c of each schema, records.{h,c} that lists them, and topics.{h,c}. common/avro/avro.h says
 * how types map to C. Refuses what that mapping does not know, a field without doc, and a default that does not fit.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "avro/tree.h"

#define TEXT_MAX ((size_t)16 << 20)

struct generator {
    struct ho_avro_schema schema;
    char stem[96], json[1 << 18];
    struct ho_buf header, source;
};

static _Noreturn void die(const char *file, const char *what, const char *name)
{
    fprintf(stderr, "%s: %s%s%s\n", file, what, name ? ": " : "", name ? name : "");
    exit(1);
}

static const char *short_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* "HoCareEvent" to "ho_care_event". */
static void snake(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 2 < size; name++) {
        if (isupper((unsigned char)*name) && n)
            out[n++] = '_';
        out[n++] = (char)tolower((unsigned char)*name);
    }
    out[n] = '\0';
}

/* C name of a named type: the root is the stem, all others stand behind it. */
static const char *c_name(const struct generator *gen, const struct ho_avro_node *node, char out[192])
{
    char text[96];
    snake(short_name(node->name), text, sizeof text);
    if (node == gen->schema.root)
        snprintf(out, 192, "%s", gen->stem);
    else
        snprintf(out, 192, "%s_%s", gen->stem, text);
    return out;
}

static const char *upper(const char *text, char out[192])
{
    size_t n = 0;
    for (; text[n] && n < 191; n++)
        out[n] = (char)toupper((unsigned char)text[n]);
    out[n] = '\0';
    return out;
}

static const char *c_field(const char *name, char out[96])
{
    static const char *const reserved[] = {"default", "register", "switch", "case",   "int",  "long",  "short",
                                           "float",   "double",   "char",   "signed", "void", "const", "static"};
    bool clash = false;
    for (size_t i = 0; i < HO_LENGTH(reserved); i++)
        clash |= strcmp(name, reserved[i]) == 0;
    snprintf(out, 96, "%s%s", name, clash ? "_" : "");
    return out;
}

/* The value type of a field: itself, or the branch beside null. */
static const struct ho_avro_node *value_type(const struct generator *gen, const struct ho_avro_node_field *field,
                                             bool *ret_nullable, bool *ret_null_first)
{
    const struct ho_avro_node *type = field->type;
    *ret_nullable = *ret_null_first = false;
    if (type->kind != HO_AVRO_UNION)
        return type;
    if (type->count != 2 || (type->branches[0]->kind == HO_AVRO_NULL) == (type->branches[1]->kind == HO_AVRO_NULL))
        die(gen->stem, "a union that is not of null and one type", field->name);
    *ret_nullable = true;
    *ret_null_first = type->branches[0]->kind == HO_AVRO_NULL;
    return type->branches[*ret_null_first ? 1 : 0];
}

/* The C type of a value; arrays are the caller's. */
static const char *c_type(const struct generator *gen, const struct ho_avro_node *type, char out[224])
{
    static const char *const plain[] = {NULL, "bool", "int32_t", "int64_t", "float", "double",
                                        "struct ho_slice", "struct ho_slice"};
    char name[192];
    if (type->kind >= HO_AVRO_BOOLEAN && type->kind <= HO_AVRO_STRING)
        snprintf(out, 224, "%s", plain[type->kind]);
    else if (type->kind == HO_AVRO_ENUM || type->kind == HO_AVRO_RECORD)
        snprintf(out, 224, "%s %s", type->kind == HO_AVRO_ENUM ? "enum" : "struct", c_name(gen, type, name));
    else
        die(gen->stem, "a type that has no C type", ho_avro_kind_name(type->kind));
    return out;
}

static const char *list_name(const struct generator *gen, const struct ho_avro_node *item, char out[224])
{
    char name[192];
    if (item->name)
        snprintf(out, 224, "%s_list", c_name(gen, item, name));
    else
        snprintf(out, 224, "%s_%s_list", gen->stem, ho_avro_kind_name(item->kind));
    return out;
}

/* Each list struct is declared once, before its first use. */
static void declare_list(struct generator *gen, const struct ho_avro_node *item)
{
    char list[224], type[224], guard[256];
    list_name(gen, item, list);
    snprintf(guard, sizeof guard, "\nstruct %s {", list);
    ho_buf_append_byte(&gen->header, '\0');
    bool there = strstr(gen->header.data, guard) != NULL;
    gen->header.len--;
    if (!there)
        ho_buf_printf(&gen->header, "\nstruct %s {\n    %s *items;\n    size_t count;\n};\n", list,
                      c_type(gen, item, type));
}

static void write_enum(struct generator *gen, const struct ho_avro_node *node)
{
    char name[192], big[192];
    c_name(gen, node, name);
    upper(name, big);
    ho_buf_printf(&gen->header, "\nenum %s {\n", name);
    for (size_t i = 0; i < node->count; i++)
        ho_buf_printf(&gen->header, "    %s_%s = %zu,\n", big, node->symbols[i], i);
    ho_buf_printf(&gen->header, "};\n#define %s_COUNT %zu\nextern const char *const %s_names[%zu];\n", big, node->count,
                  name, node->count);
    ho_buf_printf(&gen->source, "\nconst char *const %s_names[%zu] = {", name, node->count);
    for (size_t i = 0; i < node->count; i++)
        ho_buf_printf(&gen->source, "%s\"%s\"", i ? ", " : "", node->symbols[i]);
    ho_buf_printf(&gen->source, "};\n");
}

static void check_field(const struct generator *gen, const struct ho_avro_node_field *field)
{
    const char *doc = json_string_value(json_object_get(field->json, "doc"));
    if (!doc || !*doc)
        die(gen->stem, "a field without doc", field->name);
}

static void write_struct(struct generator *gen, const struct ho_avro_node *node)
{
    char name[192], type[224], field_name[96];
    bool nullable, null_first;
    for (size_t i = 0; i < node->count; i++) {
        const struct ho_avro_node *value = value_type(gen, &node->fields[i], &nullable, &null_first);
        if (value->kind == HO_AVRO_ARRAY)
            declare_list(gen, value->item);
    }
    ho_buf_printf(&gen->header, "\nstruct %s {\n", c_name(gen, node, name));
    for (size_t i = 0; i < node->count; i++) {
        const struct ho_avro_node_field *field = &node->fields[i];
        const struct ho_avro_node *value = value_type(gen, field, &nullable, &null_first);
        check_field(gen, field);
        c_field(field->name, field_name);
        if (nullable && value->kind != HO_AVRO_STRING && value->kind != HO_AVRO_BYTES)
            ho_buf_printf(&gen->header, "    bool has_%s;\n", field->name);
        if (value->kind == HO_AVRO_ARRAY)
            ho_buf_printf(&gen->header, "    struct %s %s;\n", list_name(gen, value->item, type), field_name);
        else if (value->kind == HO_AVRO_FIXED)
            ho_buf_printf(&gen->header, "    uint8_t %s[%zu];\n", field_name, value->size);
        else
            ho_buf_printf(&gen->header, "    %s %s;\n", c_type(gen, value, type), field_name);
    }
    ho_buf_printf(&gen->header, "};\n");
}

static bool default_fits(const struct ho_avro_node *type, const json_t *value)
{
    switch (type->kind) {
    case HO_AVRO_NULL:
        return json_is_null(value);
    case HO_AVRO_BOOLEAN:
        return json_is_boolean(value);
    case HO_AVRO_INT:
        return json_is_integer(value) && (int32_t)json_integer_value(value) == json_integer_value(value);
    case HO_AVRO_LONG:
        return json_is_integer(value);
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
        return json_is_number(value);
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
    case HO_AVRO_ENUM:
    case HO_AVRO_FIXED:
        return json_is_string(value);
    case HO_AVRO_ARRAY:
        return json_is_array(value);
    case HO_AVRO_RECORD:
    case HO_AVRO_MAP:
        return json_is_object(value);
    case HO_AVRO_UNION: /* its first branch is asked next */
        return true;
    }
    return false;
}

/* The default of bytes is text whose characters 0 to 255 are the bytes (Avro 1.11 "Complex Types"). */
static void put_default_bytes(const struct generator *gen, const char *name, const struct ho_avro_node *type,
                              const json_t *value, struct ho_buf *out)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value), count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    if (type->kind == HO_AVRO_BYTES)
        ho_avro_put_long(out, (int64_t)count);
    else if (count != type->size)
        die(gen->stem, "a default of another length than the fixed one", name);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c > 0xc3)
            die(gen->stem, "a default of bytes with a character beyond 255", name);
        if (c >= 0xc2) /* the two bytes of 128 to 255 */
            ho_buf_append_byte(out, (char)(c << 6 | ((unsigned char)text[++i] & 0x3f)));
        else
            ho_buf_append_byte(out, (char)c);
    }
}

/* Defaults in Avro binary, so that a plan reads them as it reads anything. */
static void put_default(const struct generator *gen, const char *name, const struct ho_avro_node *type,
                        const json_t *value, struct ho_buf *out)
{
    double real = json_number_value(value);
    float single = (float)real;
    size_t i = 0;
    if (!default_fits(type, value))
        die(gen->stem, "a default that does not fit the type", name);
    switch (type->kind) {
    case HO_AVRO_NULL:
        return;
    case HO_AVRO_BOOLEAN:
        ho_buf_append_byte(out, json_is_true(value));
        return;
    case HO_AVRO_INT:
    case HO_AVRO_LONG:
        ho_avro_put_long(out, json_integer_value(value));
        return;
    case HO_AVRO_FLOAT:
        ho_buf_append(out, &single, sizeof single);
        return;
    case HO_AVRO_DOUBLE:
        ho_buf_append(out, &real, sizeof real);
        return;
    case HO_AVRO_BYTES:
    case HO_AVRO_FIXED:
        put_default_bytes(gen, name, type, value, out);
        return;
    case HO_AVRO_STRING:
        ho_avro_put_long(out, (int64_t)json_string_length(value));
        ho_buf_append(out, json_string_value(value), json_string_length(value));
        return;
    case HO_AVRO_ENUM:
        while (i < type->count && strcmp(type->symbols[i], json_string_value(value)) != 0)
            i++;
        if (i == type->count)
            die(gen->stem, "a default that is none of the symbols", name);
        ho_avro_put_long(out, (int64_t)i);
        return;
    case HO_AVRO_ARRAY:
        if (json_array_size(value))
            die(gen->stem, "a default of an array that is not empty", name);
        ho_avro_put_long(out, 0);
        return;
    case HO_AVRO_UNION: /* a default is of the first branch */
        ho_avro_put_long(out, 0);
        put_default(gen, name, type->branches[0], value, out);
        return;
    case HO_AVRO_RECORD:
        for (i = 0; i < type->count; i++) {
            const json_t *inner = json_object_get(value, type->fields[i].name);
            inner = inner ? inner : json_object_get(type->fields[i].json, "default");
            if (!inner)
                die(gen->stem, "a default of a record that lacks a field", type->fields[i].name);
            put_default(gen, name, type->fields[i].type, inner, out);
        }
        return;
    case HO_AVRO_MAP:
        die(gen->stem, "a default of a type that takes none", name);
    }
}

static void write_default(struct generator *gen, const struct ho_avro_node_field *field)
{
    const json_t *value = json_object_get(field->json, "default");
    struct ho_buf bytes;
    if (!value) {
        ho_buf_printf(&gen->source, "NULL, 0");
        return;
    }
    ho_buf_init(&bytes, TEXT_MAX);
    put_default(gen, field->name, field->type, value, &bytes);
    ho_buf_append_byte(&gen->source, '"');
    for (size_t i = 0; i < bytes.len; i++)
        ho_buf_printf(&gen->source, "\\%03o", (unsigned char)bytes.data[i]);
    ho_buf_printf(&gen->source, "\", %zu", bytes.len);
    ho_buf_release(&bytes);
}

static const char *const kind_macros[] = {"NULL", "BOOLEAN", "INT",   "LONG",  "FLOAT", "DOUBLE", "BYTES",
                                          "STRING", "ENUM",  "FIXED", "ARRAY", "MAP",   "UNION",  "RECORD"};

/* Declares the list of aliases before what uses it, and gives its name, or NULL's. */
static const char *write_aliases(struct generator *gen, const char *label, const json_t *aliases, char out[384])
{
    snprintf(out, 384, "NULL");
    if (!json_array_size(aliases))
        return out;
    snprintf(out, 384, "%s_aliases", label);
    ho_buf_printf(&gen->source, "static const char *const %s[] = {", out);
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        const char *alias = json_string_value(json_array_get(aliases, i));
        if (!alias)
            die(gen->stem, "an alias that is no text", label);
        ho_buf_printf(&gen->source, "\"%s\", ", alias);
    }
    ho_buf_printf(&gen->source, "NULL};\n");
    return out;
}

static int symbol_default(const struct generator *gen, const struct ho_avro_node *type)
{
    for (size_t i = 0; i < type->count; i++)
        if (type->symbol_default && strcmp(type->symbols[i], type->symbol_default) == 0)
            return (int)i;
    if (type->symbol_default)
        die(gen->stem, "an enum's default that is none of its symbols", type->name);
    return -1;
}

/* `label` names the static description of the type at this place. */
static void write_type(struct generator *gen, const char *label, const struct ho_avro_node *type)
{
    char name[192], text[224], item[320], aliases[384];
    bool named = type->kind == HO_AVRO_ENUM || type->kind == HO_AVRO_FIXED;
    if (named)
        write_aliases(gen, label, type->aliases, aliases);
    if (type->kind == HO_AVRO_ARRAY) {
        snprintf(item, sizeof item, "%s_item", label);
        if (type->item->kind == HO_AVRO_ARRAY || type->item->kind == HO_AVRO_FIXED || type->item->kind == HO_AVRO_UNION ||
            (type->item->kind == HO_AVRO_RECORD && type->item->count == 0))
            die(gen->stem, "an array of what C has no list for", label);
        write_type(gen, item, type->item);
    }
    ho_buf_printf(&gen->source, "static const struct ho_avro_type %s = {.kind = HO_AVRO_%s, ", label,
                  kind_macros[type->kind]);
    if (type->kind == HO_AVRO_ARRAY)
        ho_buf_printf(&gen->source, ".size = sizeof(struct ho_avro_list), .item = &%s", item);
    else if (type->kind == HO_AVRO_FIXED)
        ho_buf_printf(&gen->source, ".size = %zu", type->size);
    else
        ho_buf_printf(&gen->source, ".size = sizeof(%s)", c_type(gen, type, text));
    if (type->kind == HO_AVRO_RECORD)
        ho_buf_printf(&gen->source, ", .record = &%s_record", c_name(gen, type, name));
    if (named)
        ho_buf_printf(&gen->source, ", .name = \"%s\", .aliases = %s", type->name, aliases);
    if (type->kind == HO_AVRO_ENUM)
        ho_buf_printf(&gen->source, ", .symbols = %s_names, .symbol_count = %zu, .symbol_default = %d",
                      c_name(gen, type, name), type->count, symbol_default(gen, type));
    ho_buf_printf(&gen->source, "};\n");
}

static void write_fields(struct generator *gen, const struct ho_avro_node *node, const char *name)
{
    char label[320], field_name[96], aliases[384];
    bool nullable, null_first;
    for (size_t i = 0; i < node->count; i++) {
        snprintf(label, sizeof label, "%s_%s_type", name, node->fields[i].name);
        write_type(gen, label, value_type(gen, &node->fields[i], &nullable, &null_first));
        snprintf(label, sizeof label, "%s_%s", name, node->fields[i].name);
        write_aliases(gen, label, json_object_get(node->fields[i].json, "aliases"), aliases);
    }
    ho_buf_printf(&gen->source, "static const struct ho_avro_field %s_fields[] = {\n", name);
    for (size_t i = 0; i < node->count; i++) {
        const struct ho_avro_node_field *field = &node->fields[i];
        const struct ho_avro_node *value = value_type(gen, field, &nullable, &null_first);
        bool has = nullable && value->kind != HO_AVRO_STRING && value->kind != HO_AVRO_BYTES;
        ho_buf_printf(&gen->source, "    {\"%s\", &%s_%s_type, offsetof(struct %s, %s), %s, %s, ", field->name, name,
                      field->name, name, c_field(field->name, field_name), nullable ? "true" : "false",
                      null_first ? "true" : "false");
        if (has)
            ho_buf_printf(&gen->source, "offsetof(struct %s, has_%s), ", name, field->name);
        else
            ho_buf_printf(&gen->source, "0, ");
        write_default(gen, field);
        snprintf(aliases, sizeof aliases, "%s_%s_aliases", name, field->name);
        ho_buf_printf(&gen->source, ", %s},\n", json_array_size(json_object_get(field->json, "aliases")) ? aliases : "NULL");
    }
    ho_buf_printf(&gen->source, "};\n");
}

static void write_json_literal(struct generator *gen)
{
    ho_buf_printf(&gen->source, "static const char schema_json[] =\n    \"");
    for (const char *c = gen->json; *c; c++) {
        if (*c == '\n')
            ho_buf_printf(&gen->source, "\\n\"\n    \"");
        else if (*c == '"' || *c == '\\')
            ho_buf_printf(&gen->source, "\\%c", *c);
        else
            ho_buf_append_byte(&gen->source, *c);
    }
    ho_buf_printf(&gen->source, "\";\n");
}

static void write_record(struct generator *gen, const struct ho_avro_node *node)
{
    char name[192], label[320], aliases[384];
    bool root = node == gen->schema.root;
    uint64_t fingerprint = 0;
    struct ho_error err;
    c_name(gen, node, name);
    if (root && ho_avro_fingerprint_json(ho_slice_of(gen->json), &fingerprint, &err) != HO_OK)
        die(gen->stem, err.text, NULL);
    ho_buf_printf(&gen->source, "\n");
    write_fields(gen, node, name);
    snprintf(label, sizeof label, "%s_record", name);
    write_aliases(gen, label, node->aliases, aliases);
    ho_buf_printf(&gen->source,
                  "const struct ho_avro_record %s_record = {\"%s\", %s, UINT64_C(0x%016llx), sizeof(struct %s), "
                  "%s_fields, %zu, %s};\n",
                  name, node->name, root ? "schema_json" : "\"\"", (unsigned long long)fingerprint, name, name,
                  node->count, aliases);
    ho_buf_printf(&gen->header, "extern const struct ho_avro_record %s_record;\n", name);
}

static void read_whole(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(out, 1, size - 1, file) : 0;
    if (!file || len == 0 || len == size - 1)
        die(path, "cannot be read, or is empty or too large", NULL);
    fclose(file);
    out[len] = '\0';
}

static void write_whole(const char *folder, const char *name, const char *suffix, const struct ho_buf *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text->data, 1, text->len, file) != text->len || fclose(file))
        die(path, "cannot be written", NULL);
}

static void stem_of(const char *path, char out[96])
{
    const char *slash = strrchr(path, '/');
    snprintf(out, 96, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(out, '.');
    if (dot)
        *dot = '\0';
}

static void generate(const char *folder, const char *path)
{
    static struct generator gen;
    struct ho_error err;
    char big[192];
    stem_of(path, gen.stem);
    read_whole(path, gen.json, sizeof gen.json);
    if (ho_avro_schema_parse(&gen.schema, ho_slice_of(gen.json), &err) != HO_OK)
        die(path, err.text, NULL);
    if (gen.schema.root->kind != HO_AVRO_RECORD)
        die(path, "a schema that is no record", NULL);
    ho_buf_init(&gen.header, TEXT_MAX);
    ho_buf_init(&gen.source, TEXT_MAX);
    upper(gen.stem, big);
    ho_buf_printf(&gen.header, "/* Generated from %s.avsc: change that. */\n#ifndef HO_RECORD_%s_H\n#define HO_RECORD_%s_H\n"
                               "\n#include \"avro/avro.h\"\n", gen.stem, big, big);
    ho_buf_printf(&gen.source, "#include \"%s.h\"\n\n#include \"avro/describe.h\"\n\n", gen.stem);
    write_json_literal(&gen);
    for (size_t i = 0; i < gen.schema.named_count; i++) {
        if (gen.schema.named[i]->kind == HO_AVRO_ENUM)
            write_enum(&gen, gen.schema.named[i]);
        if (gen.schema.named[i]->kind != HO_AVRO_RECORD)
            continue;
        write_struct(&gen, gen.schema.named[i]);
        write_record(&gen, gen.schema.named[i]);
    }
    ho_buf_printf(&gen.header, "\n#endif\n");
    write_whole(folder, gen.stem, ".h", &gen.header);
    write_whole(folder, gen.stem, ".c", &gen.source);
    ho_buf_release(&gen.header);
    ho_buf_release(&gen.source);
    ho_avro_schema_release(&gen.schema);
}

static void generate_records(const char *folder, char **paths, int count)
{
    struct ho_buf header, source;
    char stem[96];
    ho_buf_init(&header, TEXT_MAX);
    ho_buf_init(&source, TEXT_MAX);
    ho_buf_printf(&header, "/* Generated: every record of schemas/. */\n#ifndef HO_RECORDS_H\n#define HO_RECORDS_H\n\n"
                           "#include \"avro/avro.h\"\n\nextern const struct ho_avro_record *const ho_records[];\n"
                           "extern const size_t ho_records_count;\n\n#endif\n");
    ho_buf_printf(&source, "#include \"records.h\"\n\n");
    for (int i = 0; i < count; i++) {
        stem_of(paths[i], stem);
        ho_buf_printf(&source, "#include \"%s.h\"\n", stem);
    }
    ho_buf_printf(&source, "\nconst struct ho_avro_record *const ho_records[] = {\n");
    for (int i = 0; i < count; i++) {
        stem_of(paths[i], stem);
        ho_buf_printf(&source, "    &%s_record,\n", stem);
    }
    ho_buf_printf(&source, "};\nconst size_t ho_records_count = %d;\n", count);
    write_whole(folder, "records", ".h", &header);
    write_whole(folder, "records", ".c", &source);
    ho_buf_release(&header);
    ho_buf_release(&source);
}

static const char *topic_text(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    if (!text)
        die("topics.json", "a topic without", key);
    return text;
}

static void write_topic(struct ho_buf *source, const json_t *row)
{
    const char *record = json_string_value(json_object_get(row, "record"));
    const char *cleanup = topic_text(row, "cleanup");
    ho_buf_printf(source, "    {\"%s\", \"%s\", ", topic_text(row, "name"), topic_text(row, "key"));
    if (record)
        ho_buf_printf(source, "\"handoff.%s\", ", record);
    else
        ho_buf_printf(source, "NULL, ");
    ho_buf_printf(source, "%lld, %s, INT64_C(%lld), \"%s\"},\n",
                  (long long)json_integer_value(json_object_get(row, "partitions")),
                  strcmp(cleanup, "compact") == 0 ? "true" : "false",
                  (long long)json_integer_value(json_object_get(row, "retention_ms")), topic_text(row, "timestamps"));
}

static void generate_topics(const char *folder, const char *path)
{
    struct ho_buf header, source;
    json_error_t where;
    json_t *root = json_load_file(path, 0, &where);
    const json_t *topics = json_object_get(root, "topics");
    if (!json_is_array(topics))
        die(path, "no list of topics", where.text);
    ho_buf_init(&header, TEXT_MAX);
    ho_buf_init(&source, TEXT_MAX);
    ho_buf_printf(&header,
                  "/* Generated from topics.json. */\n#ifndef HO_TOPICS_H\n#define HO_TOPICS_H\n\n#include <stdbool.h>\n"
                  "#include <stddef.h>\n#include <stdint.h>\n\nstruct ho_topic {\n"
                  "    const char *name, *key; /* without namespace; what the key is */\n"
                  "    const char *record;     /* full name of its Avro record; NULL: other bytes */\n"
                  "    int partitions;         /* 0: the namespace's member count */\n    bool compact;\n"
                  "    int64_t retention_ms;   /* -1: for ever */\n    const char *timestamps;\n};\n\n"
                  "extern const struct ho_topic ho_topics[];\nextern const size_t ho_topics_count;\n\n#endif\n");
    ho_buf_printf(&source, "#include \"topics.h\"\n\nconst struct ho_topic ho_topics[] = {\n");
    for (size_t i = 0; i < json_array_size(topics); i++)
        write_topic(&source, json_array_get(topics, i));
    ho_buf_printf(&source, "};\nconst size_t ho_topics_count = %zu;\n", json_array_size(topics));
    write_whole(folder, "topics", ".h", &header);
    write_whole(folder, "topics", ".c", &source);
    ho_buf_release(&header);
    ho_buf_release(&source);
    json_decref(root);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("ho-generate", "wanted: OUTPUT-FOLDER topics.json SCHEMA.avsc ...", NULL);
    generate_topics(argv[1], argv[2]);
    for (int i = 3; i < argc; i++)
        generate(argv[1], argv[i]);
    generate_records(argv[1], argv + 3, argc - 3);
    return 0;
}
