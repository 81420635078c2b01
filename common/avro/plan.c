/*
 * A plan is the writer's schema with, at each place, what becomes of the value there: which field of the reader takes
 * it, how it is promoted, or that it is skipped. Compiled once per writer schema; run for every record.
 */
#include "avro/tree.h"

struct plan_node {
    enum ho_avro_kind writer;
    const struct ho_avro_type *reader; /* NULL: skip */
    struct plan_node *children;        /* record: fields; union: branches; array and map: the item */
    size_t count;
    const struct ho_avro_field *field; /* in a record: the reader's field, NULL: skip */
    const char *name;                  /* of the writer's field */
    const int *symbols;                /* enum: reader's index by writer's, -1: none */
    const struct ho_avro_field **missing; /* record: reader's fields that the writer lacks */
    size_t missing_count;
    size_t size;                       /* fixed */
};

struct ho_avro_plan {
    struct plan_node root;
    struct ho_arena arena;
};

struct compiler {
    struct ho_avro_plan *plan;
    struct ho_error *err;
    enum ho_status status;
};

static void refuse(struct compiler *compiler, const char *field, const char *why)
{
    if (compiler->status == HO_OK)
        compiler->status = ho_fail(compiler->err, HO_INVALID, "schema cannot be resolved: field %s: %s", field, why);
}

static void compile(struct compiler *compiler, const struct ho_avro_node *writer, const struct ho_avro_type *reader,
                    struct plan_node *out);

static const char *short_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* Avro 1.11: int to long, float, double; long to float, double; float to double; string and bytes both ways. */
static bool promotes(enum ho_avro_kind writer, enum ho_avro_kind reader)
{
    if (writer == reader)
        return true;
    bool slices = (writer == HO_AVRO_STRING && reader == HO_AVRO_BYTES) ||
                  (writer == HO_AVRO_BYTES && reader == HO_AVRO_STRING);
    return slices || (writer >= HO_AVRO_INT && writer < reader && reader <= HO_AVRO_DOUBLE);
}

static const struct ho_avro_field *find_field(const struct ho_avro_record *record, const char *name)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

static bool among(const char *const *aliases, const char *name)
{
    for (; aliases && *aliases; aliases++)
        if (strcmp(*aliases, name) == 0)
            return true;
    return false;
}

static bool writer_has(const struct ho_avro_node *writer, const char *name)
{
    for (size_t i = 0; i < writer->count; i++)
        if (strcmp(writer->fields[i].name, name) == 0)
            return true;
    return false;
}

static bool taken(const struct plan_node *record, size_t fields, const struct ho_avro_field *field)
{
    for (size_t i = 0; i < fields; i++)
        if (record->children[i].field == field)
            return true;
    return false;
}

/* Which of the reader's fields takes the writer's field i: the one of its name; else one that knows the name as an alias,
 * unless the writer has that one's own name too, or an earlier field took it. */
static const struct ho_avro_field *reader_field(const struct ho_avro_record *reader, const struct ho_avro_node *writer,
                                                const struct plan_node *out, size_t i)
{
    const char *name = writer->fields[i].name;
    const struct ho_avro_field *own = find_field(reader, name);
    for (size_t k = 0; !own && k < reader->field_count; k++) {
        const struct ho_avro_field *field = &reader->fields[k];
        if (among(field->aliases, name) && !writer_has(writer, field->name) && !taken(out, i, field))
            return field;
    }
    return own;
}

static void compile_record(struct compiler *compiler, const struct ho_avro_node *writer,
                           const struct ho_avro_record *reader, struct plan_node *out)
{
    struct ho_arena *arena = &compiler->plan->arena;
    out->count = writer->count;
    out->children = HO_ARENA_ARRAY(arena, struct plan_node, writer->count);
    for (size_t i = 0; i < writer->count; i++) {
        const struct ho_avro_field *field = reader ? reader_field(reader, writer, out, i) : NULL;
        out->children[i].field = field;
        out->children[i].name = writer->fields[i].name;
        out->children[i].writer = writer->fields[i].type->kind;
        if (field && field->nullable && out->children[i].writer == HO_AVRO_NULL)
            continue; /* always null */
        compile(compiler, writer->fields[i].type, field ? field->type : NULL, &out->children[i]);
    }
    if (!reader)
        return;
    out->missing = HO_ARENA_ARRAY(arena, const struct ho_avro_field *, reader->field_count);
    for (size_t i = 0; i < reader->field_count; i++) {
        const struct ho_avro_field *field = &reader->fields[i];
        if (taken(out, writer->count, field))
            continue;
        if (!field->fallback)
            refuse(compiler, field->name, "the writer does not have it and it has no default");
        out->missing[out->missing_count++] = field;
    }
}

static void compile_enum(struct compiler *compiler, const struct ho_avro_node *writer,
                         const struct ho_avro_type *reader, struct plan_node *out)
{
    int *symbols = HO_ARENA_ARRAY(&compiler->plan->arena, int, writer->count);
    for (size_t i = 0; i < writer->count; i++) {
        symbols[i] = reader ? reader->symbol_default : 0;
        for (size_t k = 0; reader && k < reader->symbol_count; k++)
            if (strcmp(writer->symbols[i], reader->symbols[k]) == 0)
                symbols[i] = (int)k;
    }
    out->symbols = symbols;
    out->count = writer->count;
}

/* A branch of the writer's union that the reader cannot take is an error only when a record uses it. */
static void compile_union(struct compiler *compiler, const struct ho_avro_node *writer,
                          const struct ho_avro_type *reader, struct plan_node *out)
{
    out->count = writer->count;
    out->children = HO_ARENA_ARRAY(&compiler->plan->arena, struct plan_node, writer->count);
    for (size_t i = 0; i < writer->count; i++) {
        struct compiler branch = {compiler->plan, NULL, HO_OK};
        out->children[i].field = out->field;
        out->children[i].name = out->name;
        if (writer->branches[i]->kind == HO_AVRO_NULL) {
            out->children[i].writer = HO_AVRO_NULL;
            continue;
        }
        compile(&branch, writer->branches[i], reader, &out->children[i]);
        if (branch.status == HO_OK)
            continue;
        out->children[i] = (struct plan_node){.writer = HO_AVRO_UNION, .name = out->name};
    }
}

static bool takes_no_bytes(const struct ho_avro_node *node)
{
    bool none = node->kind == HO_AVRO_NULL || (node->kind == HO_AVRO_FIXED && node->size == 0);
    if (node->kind != HO_AVRO_RECORD)
        return none;
    for (size_t i = 0; i < node->count; i++)
        if (!takes_no_bytes(node->fields[i].type))
            return false;
    return true;
}

/* Names match without their namespace; an alias written with a namespace matches with it. */
static bool same_name(const char *writer, const char *reader, const char *const *aliases)
{
    return strcmp(short_name(writer), short_name(reader)) == 0 || among(aliases, writer) ||
           among(aliases, short_name(writer));
}

static bool same_shape(const struct ho_avro_node *writer, const struct ho_avro_type *reader)
{
    if (writer->kind != reader->kind)
        return promotes(writer->kind, reader->kind);
    if (writer->kind == HO_AVRO_FIXED)
        return writer->size == reader->size && same_name(writer->name, reader->name, reader->aliases);
    if (writer->kind == HO_AVRO_ENUM)
        return same_name(writer->name, reader->name, reader->aliases);
    if (writer->kind == HO_AVRO_RECORD)
        return same_name(writer->name, reader->record->name, reader->record->aliases);
    return true;
}

/* Recursion follows the writer's schema, whose depth is bounded by HO_AVRO_DEPTH_MAX. */
static void compile(struct compiler *compiler, const struct ho_avro_node *writer, const struct ho_avro_type *reader,
                    struct plan_node *out)
{
    const char *name = out->name ? out->name : "(root)";
    out->writer = writer->kind;
    out->reader = reader;
    out->size = writer->size;
    if (writer->kind == HO_AVRO_UNION) {
        compile_union(compiler, writer, reader, out);
        return;
    }
    if (reader && !same_shape(writer, reader)) {
        refuse(compiler, name, "the writer's type does not turn into the reader's");
        return;
    }
    if (writer->kind == HO_AVRO_RECORD) {
        compile_record(compiler, writer, reader ? reader->record : NULL, out);
    } else if (writer->kind == HO_AVRO_ENUM) {
        compile_enum(compiler, writer, reader, out);
    } else if (writer->kind == HO_AVRO_ARRAY || writer->kind == HO_AVRO_MAP) {
        if (writer->kind == HO_AVRO_ARRAY && takes_no_bytes(writer->item))
            refuse(compiler, name, "an array of items that take no bytes");
        out->children = HO_ARENA_NEW(&compiler->plan->arena, struct plan_node);
        out->children->name = out->name;
        compile(compiler, writer->item, reader ? reader->item : NULL, out->children);
    }
}

enum ho_status ho_avro_plan_new(const struct ho_avro_record *reader, struct ho_slice writer_json,
                                struct ho_avro_plan **ret_plan, struct ho_error *err)
{
    struct ho_avro_schema schema;
    struct ho_avro_plan *plan = ho_calloc(1, sizeof *plan);
    struct compiler compiler = {plan, err, HO_OK};
    struct ho_avro_type *type = HO_ARENA_NEW(&plan->arena, struct ho_avro_type);
    *type = (struct ho_avro_type){.kind = HO_AVRO_RECORD, .size = reader->size, .record = reader};
    compiler.status = ho_avro_schema_parse(&schema, writer_json, err);
    if (compiler.status == HO_OK && schema.root->kind != HO_AVRO_RECORD)
        compiler.status = ho_fail(err, HO_INVALID, "schema cannot be resolved: the writer's is no record");
    if (compiler.status == HO_OK)
        compile(&compiler, schema.root, type, &plan->root);
    ho_avro_schema_release(&schema); /* names used at run time live in the reader's description, or are kept below */
    if (compiler.status == HO_OK)
        *ret_plan = plan;
    else
        ho_avro_plan_free(plan);
    return compiler.status;
}

void ho_avro_plan_free(struct ho_avro_plan *plan)
{
    if (!plan)
        return;
    ho_arena_release(&plan->arena);
    ho_free(plan);
}

struct run {
    struct ho_avro_cursor cursor;
    struct ho_arena *arena;
};

static void run_node(struct run *run, const struct plan_node *node, char *at);

static void set_number(const struct ho_avro_type *reader, char *at, int64_t value)
{
    int32_t small = (int32_t)value;
    float single = (float)value;
    double real = (double)value;
    if (reader->kind == HO_AVRO_INT)
        memcpy(at, &small, sizeof small);
    else if (reader->kind == HO_AVRO_LONG)
        memcpy(at, &value, sizeof value);
    else if (reader->kind == HO_AVRO_FLOAT)
        memcpy(at, &single, sizeof single);
    else
        memcpy(at, &real, sizeof real);
}

static void run_float(struct run *run, const struct plan_node *node, char *at)
{
    float single;
    const char *raw = ho_avro_read_fixed(&run->cursor, sizeof single);
    if (!raw || !node->reader)
        return;
    memcpy(&single, raw, sizeof single);
    double real = (double)single;
    if (node->reader->kind == HO_AVRO_DOUBLE)
        memcpy(at, &real, sizeof real);
    else
        memcpy(at, &single, sizeof single);
}

static void run_enum(struct run *run, const struct plan_node *node, char *at)
{
    int32_t index = ho_avro_read_int(&run->cursor);
    if (index < 0 || (size_t)index >= node->count) {
        ho_avro_bad(&run->cursor, "an enum's index beyond its symbols");
        return;
    }
    if (!node->reader)
        return;
    int32_t value = node->symbols[index];
    if (value < 0)
        ho_avro_bad(&run->cursor, "an enum's symbol that the reader does not have");
    else
        memcpy(at, &value, sizeof value);
}

static void run_array(struct run *run, const struct plan_node *node, char *at)
{
    struct ho_avro_list list = {NULL, 0};
    size_t size = node->reader ? node->reader->item->size : 0;
    size_t count = ho_avro_read_block(&run->cursor), cap = 0;
    for (; count && !run->cursor.bad; count = ho_avro_read_block(&run->cursor)) {
        if (node->reader && list.count + count > cap) {
            cap = list.count + count > 2 * cap ? list.count + count : 2 * cap;
            char *grown = ho_arena_alloc(run->arena, cap * size);
            if (list.count)
                memcpy(grown, list.items, list.count * size);
            list.items = grown;
        }
        for (size_t i = 0; i < count && !run->cursor.bad; i++, list.count++)
            run_node(run, node->children, node->reader ? (char *)list.items + list.count * size : NULL);
    }
    if (node->reader)
        memcpy(at, &list, sizeof list);
}

static void run_map(struct run *run, const struct plan_node *node)
{
    for (size_t count = ho_avro_read_block(&run->cursor); count && !run->cursor.bad;
         count = ho_avro_read_block(&run->cursor))
        for (size_t i = 0; i < count && !run->cursor.bad; i++) {
            (void)ho_avro_read_bytes(&run->cursor);
            run_node(run, node->children, NULL);
        }
}

/* The branch that a union's value is of; NULL, with the cursor bad, when there is none that can be read. */
static const struct plan_node *run_branch(struct run *run, const struct plan_node *node)
{
    int64_t branch = ho_avro_read_long(&run->cursor);
    bool known = branch >= 0 && (size_t)branch < node->count;
    if (known && node->children[branch].writer != HO_AVRO_UNION)
        return &node->children[branch];
    ho_avro_bad(&run->cursor,
                known ? "a union's branch that the reader cannot take" : "a union's branch beyond its types");
    return NULL;
}

static void run_union_item(struct run *run, const struct plan_node *node, char *at)
{
    const struct plan_node *value = run_branch(run, node);
    if (value && value->writer == HO_AVRO_NULL && node->reader)
        ho_avro_bad(&run->cursor, "null where the reader has no null");
    else if (value)
        run_node(run, value, at);
}

/* A field that is there: a nullable one is told so; a union's null is absence. */
static void run_field(struct run *run, const struct plan_node *node, char *base)
{
    const struct ho_avro_field *field = node->field;
    const struct plan_node *value = node->writer == HO_AVRO_UNION ? run_branch(run, node) : node;
    if (!value)
        return;
    if (!field) {
        run_node(run, value, NULL);
        return;
    }
    bool null = value->writer == HO_AVRO_NULL;
    if (null && !field->nullable) {
        ho_avro_bad(&run->cursor, "null where the reader has no null");
        return;
    }
    if (field->nullable && !ho_avro_is_slice(field->type))
        *(bool *)(void *)(base + field->has_offset) = !null;
    if (null)
        memset(base + field->offset, 0, field->type->size);
    else
        run_node(run, value, base + field->offset);
}

static void run_record(struct run *run, const struct plan_node *node, char *base)
{
    for (size_t i = 0; i < node->count && !run->cursor.bad; i++) {
        run->cursor.field = node->children[i].field ? node->children[i].field->name : "of the writer alone";
        run_field(run, &node->children[i], base);
    }
    for (size_t i = 0; i < node->missing_count && !run->cursor.bad; i++) {
        const struct ho_avro_field *field = node->missing[i];
        struct ho_avro_cursor fallback = {.at = field->fallback,
                                          .begin = field->fallback,
                                          .end = field->fallback + field->fallback_len};
        ho_avro_read_own_field(&fallback, field, run->arena, base);
    }
}

/* at is NULL when the value is skipped. Recursion follows the plan, whose depth is bounded. */
static void run_node(struct run *run, const struct plan_node *node, char *at)
{
    struct ho_slice slice;
    const char *raw;
    int64_t number;
    switch (node->writer) {
    case HO_AVRO_NULL:
        return;
    case HO_AVRO_BOOLEAN:
        raw = ho_avro_read_fixed(&run->cursor, 1);
        if (node->reader && raw)
            *(bool *)(void *)at = *raw != 0;
        return;
    case HO_AVRO_INT:
    case HO_AVRO_LONG:
        number = node->writer == HO_AVRO_INT ? ho_avro_read_int(&run->cursor) : ho_avro_read_long(&run->cursor);
        if (node->reader)
            set_number(node->reader, at, number);
        return;
    case HO_AVRO_FLOAT:
        run_float(run, node, at);
        return;
    case HO_AVRO_DOUBLE:
    case HO_AVRO_FIXED:
        number = node->writer == HO_AVRO_DOUBLE ? 8 : (int64_t)node->size;
        raw = ho_avro_read_fixed(&run->cursor, (size_t)number);
        if (node->reader && raw)
            memcpy(at, raw, (size_t)number);
        return;
    case HO_AVRO_BYTES:
    case HO_AVRO_STRING:
        slice = ho_avro_read_bytes(&run->cursor);
        if (node->reader)
            memcpy(at, &slice, sizeof slice);
        return;
    case HO_AVRO_ENUM:
        run_enum(run, node, at);
        return;
    case HO_AVRO_ARRAY:
        run_array(run, node, at);
        return;
    case HO_AVRO_MAP:
        run_map(run, node);
        return;
    case HO_AVRO_UNION: /* an item of an array or map */
        run_union_item(run, node, at);
        return;
    case HO_AVRO_RECORD:
        run_record(run, node, at);
        return;
    }
}

enum ho_status ho_avro_plan_run(const struct ho_avro_plan *plan, struct ho_slice body, struct ho_arena *arena,
                                void *ret_value, struct ho_error *err)
{
    struct run run = {{.at = body.ptr, .end = body.ptr + body.len, .begin = body.ptr}, arena};
    memset(ret_value, 0, plan->root.reader->size);
    run_record(&run, &plan->root, ret_value);
    if (!run.cursor.bad && run.cursor.at != run.cursor.end)
        ho_avro_bad(&run.cursor, "bytes behind the end of the record");
    if (run.cursor.bad)
        return ho_fail(err, HO_INVALID, "avro: %s, at byte %zu, field %s", run.cursor.bad,
                       (size_t)(run.cursor.at - run.cursor.begin), run.cursor.field ? run.cursor.field : "(none)");
    return HO_OK;
}
