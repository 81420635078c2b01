/*
 * NAME      ho-asyncapi - the AsyncAPI 3 document of all topics, at build time
 * SYNOPSIS  ho-asyncapi OUTPUT.yaml HEAD.yaml topics.json SCHEMA.avsc ...
 *
 * HEAD.yaml is what people write: its last key is components.messages, to which the records are added here; then follow
 * components.schemas (JSON Schemas of what may be written as JSON), channels and operations. Changelogs and the clock are
 * the daemons' own and left out. Avro payloads are references to the schemas beside the document.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "avro/tree.h"

#define TEXT_MAX ((size_t)16 << 20)
#define RECORDS_MAX 64
#define MEMBER_PARTITIONS 12

struct record {
    struct ho_avro_schema schema;
    char file[96];
};

static struct record records[RECORDS_MAX];
static size_t record_count;

static _Noreturn void die(const char *file, const char *what)
{
    fprintf(stderr, "%s: %s\n", file, what);
    exit(1);
}

static void read_whole(const char *path, struct ho_buf *out)
{
    char piece[4096];
    size_t len;
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path, "cannot be read");
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        ho_buf_append(out, piece, len);
    fclose(file);
}

static const char *short_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* ---- a JSON tree as YAML. Texts are JSON's, which YAML reads as they are. */

static int append(const char *text, size_t len, void *out)
{
    ho_buf_append(out, text, len);
    return 0;
}

static void put_json(struct ho_buf *out, const json_t *value)
{
    if (json_dump_callback(value, append, out, JSON_ENCODE_ANY))
        die("asyncapi", "a text that is not UTF-8");
}

static void put_text(struct ho_buf *out, const char *text)
{
    json_t *value = json_string(text);
    put_json(out, value);
    json_decref(value);
}

static void put_tree(struct ho_buf *out, const json_t *tree, int indent);

/* What stands behind "key:" or "-". Lists of scalars stay on the line. */
static void put_value(struct ho_buf *out, const json_t *value, int indent)
{
    bool flat = json_is_array(value) && !json_is_object(json_array_get(value, 0));
    if (!json_is_object(value) && (flat || !json_is_array(value))) {
        ho_buf_append_byte(out, ' ');
        put_json(out, value);
        ho_buf_append_byte(out, '\n');
        return;
    }
    ho_buf_append_byte(out, '\n');
    put_tree(out, value, indent);
}

static void put_tree(struct ho_buf *out, const json_t *tree, int indent)
{
    for (void *at = json_object_iter((json_t *)(uintptr_t)tree); at;
         at = json_object_iter_next((json_t *)(uintptr_t)tree, at)) {
        ho_buf_printf(out, "%*s", indent, "");
        put_text(out, json_object_iter_key(at));
        ho_buf_append_byte(out, ':');
        put_value(out, json_object_iter_value(at), indent + 2);
    }
    for (size_t i = 0; i < json_array_size(tree); i++) {
        ho_buf_printf(out, "%*s-", indent, "");
        put_value(out, json_array_get(tree, i), indent + 2);
    }
}

/* ---- JSON Schema of an Avro type, as ho_avro_to_json writes it. Depth is bounded by the parser. */

static json_t *schema_of(const struct ho_avro_node *node);

static json_t *record_schema(const struct ho_avro_node *node)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < node->count; i++) {
        json_t *field = schema_of(node->fields[i].type);
        json_object_set_new(field, "description", json_string(text_of(node->fields[i].json, "doc")));
        json_object_set_new(properties, node->fields[i].name, field);
        json_array_append_new(required, json_string(node->fields[i].name));
    }
    return json_pack("{s:s, s:o, s:o}", "type", "object", "required", required, "properties", properties);
}

static json_t *enum_schema(const struct ho_avro_node *node)
{
    json_t *symbols = json_array();
    for (size_t i = 0; i < node->count; i++)
        json_array_append_new(symbols, json_string(node->symbols[i]));
    return json_pack("{s:s, s:o}", "type", "string", "enum", symbols);
}

static json_t *union_schema(const struct ho_avro_node *node)
{
    json_t *branches = json_array();
    for (size_t i = 0; i < node->count; i++)
        json_array_append_new(branches, schema_of(node->branches[i]));
    return json_pack("{s:o}", "oneOf", branches);
}

static json_t *schema_of(const struct ho_avro_node *node)
{
    switch (node->kind) {
    case HO_AVRO_NULL:
        return json_pack("{s:s}", "type", "null");
    case HO_AVRO_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case HO_AVRO_INT:
    case HO_AVRO_LONG:
        return json_pack("{s:s}", "type", "integer");
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
        return json_pack("{s:s}", "type", "number");
    case HO_AVRO_BYTES:
    case HO_AVRO_FIXED:
    case HO_AVRO_STRING:
        return json_pack("{s:s}", "type", "string");
    case HO_AVRO_ENUM:
        return enum_schema(node);
    case HO_AVRO_ARRAY:
        return json_pack("{s:s, s:o}", "type", "array", "items", schema_of(node->item));
    case HO_AVRO_MAP:
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", schema_of(node->item));
    case HO_AVRO_UNION:
        return union_schema(node);
    case HO_AVRO_RECORD:
        return record_schema(node);
    }
    die(node->name, "a kind of type that is not known");
}

/* ---- messages */

static bool is_alert(const json_t *row)
{
    return strncmp(text_of(row, "name"), "alerts.", 7) == 0;
}

/* The daemons' own affairs. */
static bool is_internal(const json_t *row)
{
    const char *name = text_of(row, "name"), *end = strrchr(name, '.');
    return strcmp(name, "clock") == 0 || (end && strcmp(end, ".changelog") == 0);
}

/* What the plan's systems say, they write. */
static bool plan_writes(const json_t *row)
{
    return strcmp(text_of(row, "timestamps"), "when the plan's system said it") == 0;
}

static const struct record *record_of(const char *name)
{
    for (size_t i = 0; i < record_count; i++)
        if (strcmp(short_name(records[i].schema.root->name), name) == 0)
            return &records[i];
    die(name, "topics.json names a record that no schema has");
}

/* "CareEvent" to "handoff.care_event.v1". */
static void type_of(const char *name, char out[128])
{
    size_t len = (size_t)snprintf(out, 128, "handoff.");
    for (const char *c = name; *c && len + 8 < 128; c++) {
        if (isupper((unsigned char)*c) && c > name)
            out[len++] = '_';
        out[len++] = (char)tolower((unsigned char)*c);
    }
    snprintf(out + len, 128 - len, ".v1");
}

static void put_message(struct ho_buf *out, const json_t *row, bool as_json)
{
    const char *name = text_of(row, "record");
    const struct record *record = record_of(name);
    char type[128];
    type_of(name, type);
    ho_buf_printf(out, "    %s%s:\n      name: %s\n      title: %s%s\n      contentType: application/%s\n      summary: ", name,
                  as_json ? "Json" : "", type, name, as_json ? ", as JSON" : "", as_json ? "json" : "avro");
    put_text(out, text_of(record->schema.json, "doc"));
    ho_buf_printf(out, "\n      traits:\n        - $ref: \"#/components/messageTraits/%s\"\n",
                  plan_writes(row) ? "planwrites" : "cloudevents");
    if (!plan_writes(row))
        ho_buf_printf(out, "      correlationId:\n        location: \"$message.header#/traceparent\"\n");
    ho_buf_printf(out, "      bindings:\n        kafka:\n          key:\n            type: string\n            description: ");
    put_text(out, text_of(row, "key"));
    ho_buf_printf(out, "\n          bindingVersion: 0.5.0\n      payload:\n");
    if (as_json)
        ho_buf_printf(out, "        $ref: \"#/components/schemas/%s\"\n", name);
    else
        ho_buf_printf(out, "        schemaFormat: application/vnd.apache.avro;version=1.11.0\n        schema:\n          $ref: ./%s\n",
                      record->file);
}

/* A record of several topics is one message. */
static bool seen_before(const json_t *topics, size_t index)
{
    const char *name = text_of(json_array_get(topics, index), "record");
    for (size_t i = 0; i < index; i++)
        if (strcmp(text_of(json_array_get(topics, i), "record"), name) == 0)
            return true;
    return false;
}

static void put_components(struct ho_buf *out, const json_t *topics)
{
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const json_t *row = json_array_get(topics, i);
        if (!*text_of(row, "record") || is_internal(row) || seen_before(topics, i))
            continue;
        put_message(out, row, false);
        if (is_alert(row))
            put_message(out, row, true);
    }
    ho_buf_printf(out, "  schemas:\n");
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const json_t *row = json_array_get(topics, i);
        if (!is_alert(row) || seen_before(topics, i))
            continue;
        json_t *schema = schema_of(record_of(text_of(row, "record"))->schema.root);
        ho_buf_printf(out, "    %s:\n", text_of(row, "record"));
        put_tree(out, schema, 6);
        json_decref(schema);
    }
}

/* ---- channels and operations */

static const char *message_of(const json_t *row)
{
    const char *name = text_of(row, "name");
    if (*text_of(row, "record"))
        return text_of(row, "record");
    return strcmp(name, "adt.raw") == 0 ? "AdtRaw" : strncmp(name, "dlq.", 4) == 0 ? "DeadLetter" : "SchemaRow";
}

static void put_channel(struct ho_buf *out, const json_t *row)
{
    const char *name = text_of(row, "name"), *message = message_of(row);
    long long retention = json_integer_value(json_object_get(row, "retention_ms"));
    long long partitions = json_integer_value(json_object_get(row, "partitions"));
    ho_buf_printf(out, "  %s:\n    address: \"{namespace}.%s\"\n    description: ", name, name);
    ho_buf_printf(out, "\"Key: %s. Kafka timestamp: %s. %s", text_of(row, "key"), text_of(row, "timestamps"),
                  retention < 0 ? "Kept for ever" : "Kept ");
    if (retention >= 0)
        ho_buf_printf(out, "%lld days", retention / 86400000);
    ho_buf_printf(out, "%s%s.\"\n", strcmp(text_of(row, "cleanup"), "compact") == 0 ? "; compacted: the last record of a key" : "",
                  partitions ? "" : "; as many partitions as every member topic (12 unless the operator chose otherwise)");
    ho_buf_printf(out, "    parameters:\n      namespace:\n        $ref: \"#/components/parameters/namespace\"\n    messages:\n");
    ho_buf_printf(out, "      %s:\n        $ref: \"#/components/messages/%s\"\n", message, message);
    if (is_alert(row))
        ho_buf_printf(out, "      %sJson:\n        $ref: \"#/components/messages/%sJson\"\n", message, message);
    ho_buf_printf(out, "    bindings:\n      kafka:\n        partitions: %lld\n        topicConfiguration:\n"
                       "          cleanup.policy: [%s]\n          retention.ms: %lld\n        bindingVersion: 0.5.0\n",
                  partitions ? partitions : MEMBER_PARTITIONS, text_of(row, "cleanup"), retention);
}

/* From Handoff's side: it sends, or receives what the plan's systems write. */
static void put_operation(struct ho_buf *out, const json_t *row)
{
    const char *name = text_of(row, "name");
    bool receives = plan_writes(row);
    ho_buf_printf(out, "  %s.%s:\n    action: %s\n    channel:\n      $ref: \"#/channels/%s\"\n    summary: %s\n",
                  receives ? "receive" : "send", name, receives ? "receive" : "send", name,
                  receives ? "Handoff reads; the plan's systems, or `ho`, write." : "Handoff writes; read with isolation.level=read_committed.");
}

static void put_topics(struct ho_buf *out, const json_t *topics)
{
    ho_buf_printf(out, "channels:\n");
    for (size_t i = 0; i < json_array_size(topics); i++)
        if (!is_internal(json_array_get(topics, i)))
            put_channel(out, json_array_get(topics, i));
    ho_buf_printf(out, "operations:\n");
    for (size_t i = 0; i < json_array_size(topics); i++)
        if (!is_internal(json_array_get(topics, i)))
            put_operation(out, json_array_get(topics, i));
}

static void take_record(const char *path)
{
    struct ho_buf text;
    struct ho_error err;
    const char *slash = strrchr(path, '/');
    if (record_count == RECORDS_MAX)
        die(path, "more schemas than RECORDS_MAX");
    struct record *record = &records[record_count++];
    ho_buf_init(&text, TEXT_MAX);
    read_whole(path, &text);
    if (ho_avro_schema_parse(&record->schema, (struct ho_slice){text.data, text.len}, &err) != HO_OK)
        die(path, err.text);
    snprintf(record->file, sizeof record->file, "%s", slash ? slash + 1 : path);
    ho_buf_release(&text);
}

int main(int argc, char **argv)
{
    struct ho_buf out;
    json_error_t where;
    if (argc < 5)
        die("ho-asyncapi", "wanted: OUTPUT.yaml HEAD.yaml topics.json SCHEMA.avsc ...");
    json_t *root = json_load_file(argv[3], 0, &where);
    const json_t *topics = json_object_get(root, "topics");
    if (!json_is_array(topics))
        die(argv[3], "no list of topics");
    for (int i = 4; i < argc; i++)
        take_record(argv[i]);
    ho_buf_init(&out, TEXT_MAX);
    read_whole(argv[2], &out);
    put_components(&out, topics);
    put_topics(&out, topics);
    FILE *file = fopen(argv[1], "wb");
    if (out.full || !file || fwrite(out.data, 1, out.len, file) != out.len || fclose(file))
        die(argv[1], "cannot be written");
    ho_buf_release(&out);
    for (size_t i = 0; i < record_count; i++)
        ho_avro_schema_release(&records[i].schema);
    json_decref(root);
    return 0;
}
