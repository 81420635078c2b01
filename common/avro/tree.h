/*
 * tree: an Avro schema as a tree, made from its JSON text (Avro 1.11 "Schema Declaration"). Internal to common/avro
 * and the generator. Recursive types are refused: our records are trees, and a bound on depth needs no other rule.
 */
#ifndef HO_AVRO_TREE_H
#define HO_AVRO_TREE_H

#include <jansson.h>

#include "avro/describe.h"

#define HO_AVRO_DEPTH_MAX 16

struct ho_avro_node;
struct ho_avro_node_field {
    const char *name;
    struct ho_avro_node *type;
    const json_t *json; /* the field's own object: doc, default */
};

struct ho_avro_node {
    enum ho_avro_kind kind;
    const char *name;                  /* full name of record, enum, fixed */
    const json_t *aliases;             /* of those, as written */
    struct ho_avro_node_field *fields; /* record */
    struct ho_avro_node **branches;    /* union */
    struct ho_avro_node *item;         /* array, map */
    const char **symbols;              /* enum */
    const char *symbol_default;
    size_t count;                      /* of fields, branches or symbols */
    size_t size;                       /* fixed */
};

struct ho_avro_schema {
    json_t *json;
    struct ho_arena arena;
    struct ho_avro_node *root;
    struct ho_avro_node **named; /* every named type, in order of definition */
    size_t named_count;
};

/* HO_INVALID says where. Release in every case. */
enum ho_status ho_avro_schema_parse(struct ho_avro_schema *schema, struct ho_slice json,
                                    struct ho_error *err) HO_MUST_CHECK;
void ho_avro_schema_release(struct ho_avro_schema *schema);
/* The parsing canonical form. */
void ho_avro_schema_canonical(const struct ho_avro_schema *schema, struct ho_buf *out);
uint64_t ho_avro_crc64(const void *data, size_t len);
const char *ho_avro_kind_name(enum ho_avro_kind kind);

#endif
