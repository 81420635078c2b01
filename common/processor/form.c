/*
 * Forms of a value on the wire. Inside, everything is Avro in single-object encoding: states, changelogs, what cores are
 * given. Only where records meet other systems may they have another form, told apart by the first byte of the value:
 *
 *   C3   single-object encoding: the default
 *   7B   `{`: one line of JSON, of alerts.* alone, where [output] json asks for it; content-type application/json
 *   00   Confluent's wire format, where [registry] url is set: the schema's id, 4 bytes big-endian, and the body. Newer
 *        writers put 00 and the id into the header __value_schema_id, and the body alone is the value.
 *
 * What comes in by a schema of the registry is written anew by ours, so that no state holds what only the registry could read.
 */
#include "processor/form.h"

#include "avro/describe.h"
#include "clock/clock.h"
#include "processor/internal.h"
#include "registry/registry.h"

#define WAIT_US 60000000
#define ID_BYTES 5

/* How a record of ours is read from a schema of the registry. Once made it holds for ever. */
struct resolved {
    const struct ho_avro_record *record;
    int32_t id;
    struct ho_avro_plan *plan;
};

struct ho_forms {
    struct ho_registry *registry;
    struct resolved *items;
    size_t count, cap;
};

struct ho_forms *ho_forms_new(struct ho_registry *registry)
{
    struct ho_forms *forms = ho_calloc(1, sizeof *forms);
    forms->registry = registry;
    return forms;
}

void ho_forms_free(struct ho_forms *forms)
{
    if (!forms)
        return;
    for (size_t i = 0; i < forms->count; i++)
        ho_avro_plan_free(forms->items[i].plan);
    ho_registry_free(forms->registry);
    ho_free(forms->items);
    ho_free(forms);
}

static bool is_alerts(const char *topic)
{
    return strncmp(topic, "alerts.", 7) == 0;
}

/* ---- reading */

static int32_t id_at(struct ho_slice bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    if (bytes.len < ID_BYTES || at[0] != 0)
        return -1;
    return (int32_t)((uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4]);
}

int32_t ho_form_id(const struct ho_formed *formed)
{
    return id_at(formed->schema_id.ptr ? formed->schema_id : formed->value);
}

static enum ho_status plan_of(struct ho_forms *forms, const struct ho_formed *formed, const struct ho_avro_plan **ret_plan,
                              struct ho_error *err)
{
    int32_t id = ho_form_id(formed);
    struct ho_slice schema;
    struct resolved made = {formed->record, id, NULL};
    for (size_t i = 0; i < forms->count; i++)
        if (forms->items[i].id == id && forms->items[i].record == formed->record) {
            *ret_plan = forms->items[i].plan;
            return HO_OK;
        }
    enum ho_status status = ho_registry_schema(forms->registry, id, &schema, err);
    if (status == HO_OK)
        status = ho_avro_plan_new(formed->record, schema, &made.plan, err);
    if (status != HO_OK)
        return status;
    if (forms->count == forms->cap) {
        forms->cap = forms->cap ? 2 * forms->cap : 16;
        forms->items = ho_realloc(forms->items, forms->cap * sizeof *forms->items);
    }
    forms->items[forms->count++] = made;
    *ret_plan = made.plan;
    return HO_OK;
}

static enum ho_status encode(struct ho_formed *formed, const void *record, struct ho_arena *arena, struct ho_error *err)
{
    struct ho_buf bytes;
    enum ho_status status = HO_OK;
    ho_buf_init(&bytes, HO_RECORD_BYTES_MAX);
    ho_avro_encode(formed->record, record, &bytes);
    if (bytes.full)
        status = ho_fail(err, HO_INVALID, "a record that is too large in single-object encoding");
    else
        formed->value = ho_arena_slice(arena, ho_buf_slice(&bytes));
    ho_buf_release(&bytes);
    return status;
}

static enum ho_status from_registry(struct ho_forms *forms, struct ho_formed *formed, struct ho_arena *arena, struct ho_error *err)
{
    const struct ho_avro_plan *plan = NULL;
    size_t skip = formed->schema_id.ptr ? 0 : ID_BYTES;
    if (ho_form_id(formed) < 0)
        return ho_fail(err, HO_INVALID, "neither single-object encoding nor 00 and a schema's id");
    void *record = ho_arena_alloc(arena, ho_avro_size(formed->record));
    enum ho_status status = plan_of(forms, formed, &plan, err);
    struct ho_slice body = {formed->value.ptr + skip, formed->value.len - skip};
    if (status == HO_OK)
        status = ho_avro_plan_run(plan, body, arena, record, err);
    return status == HO_OK ? encode(formed, record, arena, err) : status;
}

enum ho_status ho_form_normal(struct ho_forms *forms, struct ho_formed *formed, struct ho_arena *arena, struct ho_error *err)
{
    bool registry = forms && forms->registry;
    if (registry && (formed->schema_id.ptr || (formed->value.len && formed->value.ptr[0] == 0)))
        return from_registry(forms, formed, arena, err);
    if (formed->value.len == 0 || formed->value.ptr[0] != '{' || !is_alerts(formed->topic))
        return HO_OK;
    void *record = ho_arena_alloc(arena, ho_avro_size(formed->record));
    enum ho_status status = ho_avro_from_json(formed->record, formed->value, arena, record, err);
    return status == HO_OK ? encode(formed, record, arena, err) : status;
}

/* Sleeps as the loop does where it waits: with its heart beating. */
static void pause_loop(struct ho_processor *proc)
{
    ho_processor_turns(proc);
    rd_kafka_message_t *none = rd_kafka_consumer_poll(proc->ends, 200);
    if (none)
        rd_kafka_message_destroy(none);
}

/* A schema that is not known waits 60 s for its writer, then is given up; a registry that is away is waited for as long,
 * then the process ends: its restart waits on. */
static enum ho_status wait_for_schema(struct ho_processor *proc, struct ho_formed *formed, struct ho_error *err)
{
    enum ho_status status = err->status;
    for (int64_t begin_us = ho_clock_monotonic_us(); ho_clock_monotonic_us() - begin_us < WAIT_US;) {
        if (ho_processor_stopping())
            return ho_fail(err, HO_AWAY, "stopped while a schema was waited for");
        ho_processor_say(proc, "waiting", "topic %s: %s", formed->topic, err->text);
        pause_loop(proc);
        status = ho_form_normal(proc->forms, formed, &proc->arena, err);
        if (status == HO_NOT_FOUND || status == HO_AWAY)
            continue;
        ho_processor_say(proc, "running", "the schema has come");
        return status;
    }
    if (status == HO_NOT_FOUND) {
        proc->unknown_id = ho_form_id(formed);
        ho_processor_say(proc, "running", "a schema never came: its records go to the dead letters");
    }
    return status;
}

enum ho_status ho_form_read(struct ho_processor *proc, struct ho_formed *formed, struct ho_error *err)
{
    enum ho_status status = ho_form_normal(proc->forms, formed, &proc->arena, err);
    if (status == HO_AWAY || (status == HO_NOT_FOUND && ho_form_id(formed) != proc->unknown_id))
        status = wait_for_schema(proc, formed, err);
    return status;
}

/* ---- writing */

/* The list may name outputs of other processors, so that one setting serves all; a name that no catalogue has is a
 * mistake. */
static enum ho_status take_json_topic(struct ho_processor *proc, struct ho_slice topic, struct ho_error *err)
{
    char name[64];
    if (!ho_kafka_topic(topic) || !is_alerts(ho_slice_copy(topic, name, sizeof name)))
        return ho_fail(err, HO_INVALID, "output.json: %.*s is no topic alerts.*, which alone may be JSON",
                       HO_SLICE_ARG(topic));
    for (size_t i = 0; i < proc->output_count; i++)
        if (ho_slice_is(topic, proc->spec->outputs[i].topic))
            proc->output_forms[i] = HO_FORM_JSON;
    return HO_OK;
}

static enum ho_status open_registry(struct ho_processor *proc, struct ho_error *err)
{
    struct ho_registry *registry = NULL;
    enum ho_status status = HO_OK;
    if (proc->common.registry[0])
        status = ho_registry_new(proc->common.registry, proc->common.registry_timeout_ms, &registry, err);
    for (size_t i = 0; registry && i < proc->output_count; i++)
        proc->output_forms[i] = HO_FORM_REGISTRY;
    proc->forms = ho_forms_new(registry);
    return status;
}

enum ho_status ho_form_open(struct ho_processor *proc, struct ho_error *err)
{
    proc->unknown_id = -1;
    ho_buf_init(&proc->form_text, HO_RECORD_BYTES_MAX);
    enum ho_status status = open_registry(proc, err);
    for (const char *at = proc->common.json; *at && status == HO_OK; at += *at == ',') {
        size_t len = strcspn(at, ",");
        struct ho_slice topic = {at, len};
        at += len;
        while (topic.len && topic.ptr[0] == ' ')
            topic = (struct ho_slice){topic.ptr + 1, topic.len - 1};
        while (topic.len && topic.ptr[topic.len - 1] == ' ')
            topic.len--;
        status = take_json_topic(proc, topic, err);
    }
    return status;
}

enum ho_status ho_form_register(struct ho_processor *proc, struct ho_error *err)
{
    char subject[HO_KAFKA_NAME_SIZE + 8];
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < proc->output_count && status == HO_OK; i++) {
        const struct ho_output *output = &proc->spec->outputs[i];
        if (proc->output_forms[i] != HO_FORM_REGISTRY)
            continue;
        snprintf(subject, sizeof subject, "%s.%s-value", proc->common.ns, output->topic);
        while ((status = ho_registry_register(proc->forms->registry, subject, ho_slice_of(ho_avro_json(output->record)),
                                              &proc->output_ids[i], err)) == HO_AWAY && !ho_processor_stopping()) {
            ho_processor_say(proc, "waiting", "%s: %s", subject, err->text);
            pause_loop(proc);
        }
    }
    return status;
}

static struct ho_slice write_json(struct ho_processor *proc, int output, struct ho_slice value, const char **ret_type)
{
    const struct ho_avro_record *record = proc->spec->outputs[output].record;
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    struct ho_error ignored;
    if (ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, &proc->form_text, &ignored) != HO_OK ||
        proc->form_text.full)
        return value;
    *ret_type = "application/json";
    return ho_buf_slice(&proc->form_text);
}

/* A value that is too large as JSON stays Avro, and its content-type says so: nothing is lost. */
struct ho_slice ho_form_write(struct ho_processor *proc, int output, struct ho_slice value, const char **ret_type)
{
    uint32_t id = (uint32_t)proc->output_ids[output];
    const char head[ID_BYTES] = {0, (char)(id >> 24), (char)(id >> 16), (char)(id >> 8), (char)id};
    ho_buf_clear(&proc->form_text);
    if (proc->output_forms[output] == HO_FORM_JSON)
        return write_json(proc, output, value, ret_type);
    ho_buf_append(&proc->form_text, head, ID_BYTES);
    ho_buf_append(&proc->form_text, value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER);
    return ho_buf_slice(&proc->form_text);
}
