/* Parsing canonical form and its fingerprint (Avro 1.11 "Transforming into Parsing Canonical Form"). */
#include "avro/tree.h"

#define EMPTY UINT64_C(0xc15d213aa4d7a795)

uint64_t ho_avro_crc64(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint64_t crc = EMPTY;
    for (size_t i = 0; i < len; i++) {
        uint64_t low = (crc ^ bytes[i]) & 0xff;
        for (int bit = 0; bit < 8; bit++)
            low = low >> 1 ^ (EMPTY & -(low & 1));
        crc = crc >> 8 ^ low;
    }
    return crc;
}

/* A named type is written in full where it stands first, by name afterwards. */
struct writer {
    struct ho_buf *out;
    const struct ho_avro_node *seen[256];
    size_t seen_count;
};

static void write_node(struct writer *writer, const struct ho_avro_node *node);

static bool seen(struct writer *writer, const struct ho_avro_node *node)
{
    for (size_t i = 0; i < writer->seen_count; i++)
        if (writer->seen[i] == node)
            return true;
    writer->seen[writer->seen_count++] = node;
    return false;
}

static void write_named(struct writer *writer, const struct ho_avro_node *node)
{
    struct ho_buf *out = writer->out;
    if (seen(writer, node)) {
        ho_buf_printf(out, "\"%s\"", node->name);
        return;
    }
    ho_buf_printf(out, "{\"name\":\"%s\",\"type\":\"%s\"", node->name, ho_avro_kind_name(node->kind));
    if (node->kind == HO_AVRO_FIXED)
        ho_buf_printf(out, ",\"size\":%zu}", node->size);
    if (node->kind == HO_AVRO_ENUM) {
        for (size_t i = 0; i < node->count; i++)
            ho_buf_printf(out, "%s\"%s\"", i ? "," : ",\"symbols\":[", node->symbols[i]);
        ho_buf_printf(out, "]}");
    }
    if (node->kind != HO_AVRO_RECORD)
        return;
    ho_buf_printf(out, ",\"fields\":[");
    for (size_t i = 0; i < node->count; i++) {
        ho_buf_printf(out, "%s{\"name\":\"%s\",\"type\":", i ? "," : "", node->fields[i].name);
        write_node(writer, node->fields[i].type);
        ho_buf_append_byte(out, '}');
    }
    ho_buf_printf(out, "]}");
}

static void write_node(struct writer *writer, const struct ho_avro_node *node)
{
    struct ho_buf *out = writer->out;
    if (node->name) {
        write_named(writer, node);
    } else if (node->kind == HO_AVRO_ARRAY || node->kind == HO_AVRO_MAP) {
        bool array = node->kind == HO_AVRO_ARRAY;
        ho_buf_printf(out, "{\"type\":\"%s\",\"%s\":", ho_avro_kind_name(node->kind), array ? "items" : "values");
        write_node(writer, node->item);
        ho_buf_append_byte(out, '}');
    } else if (node->kind == HO_AVRO_UNION) {
        for (size_t i = 0; i < node->count; i++) {
            ho_buf_append_byte(out, i ? ',' : '[');
            write_node(writer, node->branches[i]);
        }
        ho_buf_append_byte(out, ']');
    } else {
        ho_buf_printf(out, "\"%s\"", ho_avro_kind_name(node->kind));
    }
}

void ho_avro_schema_canonical(const struct ho_avro_schema *schema, struct ho_buf *out)
{
    struct writer writer = {.out = out};
    write_node(&writer, schema->root);
}

enum ho_status ho_avro_fingerprint_json(struct ho_slice json, uint64_t *ret_fingerprint, struct ho_error *err)
{
    struct ho_avro_schema schema;
    struct ho_buf canonical;
    ho_buf_init(&canonical, (size_t)4 << 20);
    enum ho_status status = ho_avro_schema_parse(&schema, json, err);
    if (status == HO_OK) {
        ho_avro_schema_canonical(&schema, &canonical);
        *ret_fingerprint = ho_avro_crc64(canonical.data, canonical.len);
    }
    ho_buf_release(&canonical);
    ho_avro_schema_release(&schema);
    return status;
}
