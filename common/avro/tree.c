#include "avro/tree.h"

#include <stdio.h>

#define NAMED_MAX 256

struct parser {
    struct ho_avro_schema *schema;
    struct ho_error *err;
    enum ho_status status;
    int depth;
};

static const char *const kind_names[] = {"null", "boolean", "int",   "long",  "float", "double", "bytes",
                                         "string", "enum",  "fixed", "array", "map",   "union",  "record"};

const char *ho_avro_kind_name(enum ho_avro_kind kind)
{
    return kind_names[kind];
}

static struct ho_avro_node *bad(struct parser *parser, const char *what, const char *name)
{
    if (parser->status == HO_OK)
        parser->status = ho_fail(parser->err, HO_INVALID, "schema: %s%s%s", what, name ? ": " : "", name ? name : "");
    return NULL;
}

static struct ho_avro_node *node_new(struct parser *parser, enum ho_avro_kind kind)
{
    struct ho_avro_node *node = HO_ARENA_NEW(&parser->schema->arena, struct ho_avro_node);
    node->kind = kind;
    return node;
}

static struct ho_avro_node *parse(struct parser *parser, const json_t *json, const char *space);

static const char *full_name(struct parser *parser, const char *name, const char *space)
{
    if (strchr(name, '.') || !space || !*space)
        return name;
    return ho_arena_printf(&parser->schema->arena, "%s.%s", space, name).ptr;
}

/* Names inside a named type are looked for in the namespace of its full name. */
static const char *space_of(struct parser *parser, const char *full)
{
    const char *dot = strrchr(full, '.');
    if (!dot)
        return NULL;
    return ho_arena_slice(&parser->schema->arena, (struct ho_slice){full, (size_t)(dot - full)}).ptr;
}

static struct ho_avro_node *parse_name(struct parser *parser, const char *name, const char *space)
{
    for (int kind = HO_AVRO_NULL; kind <= HO_AVRO_STRING; kind++)
        if (strcmp(name, kind_names[kind]) == 0)
            return node_new(parser, (enum ho_avro_kind)kind);
    const char *full = full_name(parser, name, space);
    for (size_t i = 0; i < parser->schema->named_count; i++)
        if (strcmp(parser->schema->named[i]->name, full) == 0)
            return parser->schema->named[i];
    return bad(parser, "a type that is not known here (or is recursive)", full);
}

static struct ho_avro_node *parse_union(struct parser *parser, const json_t *json, const char *space)
{
    struct ho_avro_node *node = node_new(parser, HO_AVRO_UNION);
    node->count = json_array_size(json);
    node->branches = HO_ARENA_ARRAY(&parser->schema->arena, struct ho_avro_node *, node->count);
    for (size_t i = 0; i < node->count; i++) {
        node->branches[i] = parse(parser, json_array_get(json, i), space);
        if (!node->branches[i])
            return NULL;
        if (node->branches[i]->kind == HO_AVRO_UNION)
            return bad(parser, "a union directly in a union", NULL);
    }
    return node;
}

static bool parse_fields(struct parser *parser, struct ho_avro_node *node, const json_t *json, const char *space)
{
    const json_t *fields = json_object_get(json, "fields");
    if (!json_is_array(fields))
        return bad(parser, "a record without fields", node->name) != NULL;
    size_t count = json_array_size(fields);
    node->fields = HO_ARENA_ARRAY(&parser->schema->arena, struct ho_avro_node_field, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        if (!name)
            return bad(parser, "a field without name in", node->name) != NULL;
        for (size_t k = 0; k < i; k++)
            if (strcmp(node->fields[k].name, name) == 0)
                return bad(parser, "a field twice", name) != NULL;
        node->fields[i] = (struct ho_avro_node_field){name, parse(parser, json_object_get(field, "type"), space), field};
        if (!node->fields[i].type)
            return false;
    }
    node->count = count;
    return true;
}

static bool parse_symbols(struct parser *parser, struct ho_avro_node *node, const json_t *json)
{
    const json_t *symbols = json_object_get(json, "symbols");
    node->count = json_array_size(symbols);
    node->symbols = HO_ARENA_ARRAY(&parser->schema->arena, const char *, node->count);
    node->symbol_default = json_string_value(json_object_get(json, "default"));
    for (size_t i = 0; i < node->count; i++) {
        node->symbols[i] = json_string_value(json_array_get(symbols, i));
        if (!node->symbols[i])
            return bad(parser, "a symbol that is no text in", node->name) != NULL;
    }
    return node->count > 0 || bad(parser, "an enum without symbols", node->name);
}

static struct ho_avro_node *parse_named(struct parser *parser, const json_t *json, const char *type, const char *space)
{
    struct ho_avro_schema *schema = parser->schema;
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *own = json_string_value(json_object_get(json, "namespace"));
    if (!name)
        return bad(parser, "a named type without name", type);
    enum ho_avro_kind kind = strcmp(type, "enum") == 0    ? HO_AVRO_ENUM
                             : strcmp(type, "fixed") == 0 ? HO_AVRO_FIXED
                                                          : HO_AVRO_RECORD;
    struct ho_avro_node *node = node_new(parser, kind);
    node->name = full_name(parser, name, own ? own : space);
    node->aliases = json_object_get(json, "aliases");
    space = space_of(parser, node->name);
    node->size = (size_t)json_integer_value(json_object_get(json, "size"));
    for (size_t i = 0; i < schema->named_count; i++)
        if (strcmp(schema->named[i]->name, node->name) == 0)
            return bad(parser, "a type defined twice", node->name);
    if (kind == HO_AVRO_ENUM && !parse_symbols(parser, node, json))
        return NULL;
    if (kind == HO_AVRO_RECORD && !parse_fields(parser, node, json, space))
        return NULL;
    if (schema->named_count == NAMED_MAX)
        return bad(parser, "too many named types", node->name);
    schema->named[schema->named_count++] = node;
    return node;
}

static struct ho_avro_node *parse_object(struct parser *parser, const json_t *json, const char *space)
{
    const json_t *type = json_object_get(json, "type");
    const char *text = json_string_value(type);
    if (!text)
        return parse(parser, type, space);
    bool array = strcmp(text, "array") == 0, map = strcmp(text, "map") == 0;
    if (array || map) {
        struct ho_avro_node *node = node_new(parser, array ? HO_AVRO_ARRAY : HO_AVRO_MAP);
        node->item = parse(parser, json_object_get(json, array ? "items" : "values"), space);
        return node->item ? node : NULL;
    }
    if (strcmp(text, "record") == 0 || strcmp(text, "enum") == 0 || strcmp(text, "fixed") == 0)
        return parse_named(parser, json, text, space);
    return parse_name(parser, text, space);
}

/* Recursion follows the schema's own depth, which is bounded. */
static struct ho_avro_node *parse(struct parser *parser, const json_t *json, const char *space)
{
    if (parser->depth == HO_AVRO_DEPTH_MAX)
        return bad(parser, "nested too deep", NULL);
    parser->depth++;
    struct ho_avro_node *node = json_is_string(json)   ? parse_name(parser, json_string_value(json), space)
                                : json_is_array(json)  ? parse_union(parser, json, space)
                                : json_is_object(json) ? parse_object(parser, json, space)
                                                       : bad(parser, "a type that is neither name, list nor object", NULL);
    parser->depth--;
    return node;
}

enum ho_status ho_avro_schema_parse(struct ho_avro_schema *schema, struct ho_slice json, struct ho_error *err)
{
    json_error_t where;
    *schema = (struct ho_avro_schema){.json = json_loadb(json.ptr, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where)};
    if (!schema->json)
        return ho_fail(err, HO_INVALID, "schema is not JSON: line %d: %s", where.line, where.text);
    schema->named = HO_ARENA_ARRAY(&schema->arena, struct ho_avro_node *, NAMED_MAX);
    struct parser parser = {schema, err, HO_OK, 0};
    schema->root = parse(&parser, schema->json, NULL);
    return parser.status;
}

void ho_avro_schema_release(struct ho_avro_schema *schema)
{
    json_decref(schema->json);
    ho_arena_release(&schema->arena);
    *schema = (struct ho_avro_schema){0};
}
