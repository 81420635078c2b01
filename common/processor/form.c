/*
 * Forms of a value on the wire. Inside, everything is Avro in single-object encoding: states, changelogs, what cores are
 * given. Only where records meet other systems may they have another form, told apart by the first byte of the value:
 *
 *   C3   single-object encoding: the default
 *   7B   `{`: one line of JSON, of alerts.* alone, where [output] json asks for it; content-type application/json
 */
#include "processor/internal.h"

#include "avro/describe.h"

static bool is_alerts(struct ho_slice topic)
{
    return topic.len > 7 && memcmp(topic.ptr, "alerts.", 7) == 0;
}

/* The list may name outputs of other processors, so that one setting serves all; a name that no catalogue has is a
 * mistake. */
static enum ho_status take_json_topic(struct ho_processor *proc, struct ho_slice topic, struct ho_error *err)
{
    if (!is_alerts(topic) || !ho_kafka_topic(topic))
        return ho_fail(err, HO_INVALID, "output.json: %.*s is no topic alerts.*, which alone may be JSON",
                       HO_SLICE_ARG(topic));
    for (size_t i = 0; i < proc->output_count; i++)
        if (ho_slice_is(topic, proc->spec->outputs[i].topic))
            proc->output_forms[i] = HO_FORM_JSON;
    return HO_OK;
}

enum ho_status ho_form_open(struct ho_processor *proc, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    ho_buf_init(&proc->form_text, HO_RECORD_BYTES_MAX);
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

/* A value that is too large as JSON stays Avro, and its content-type says so: nothing is lost. */
struct ho_slice ho_form_write(struct ho_processor *proc, int output, struct ho_slice value, const char **ret_type)
{
    const struct ho_avro_record *record = proc->spec->outputs[output].record;
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    struct ho_error ignored;
    ho_buf_clear(&proc->form_text);
    if (ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, &proc->form_text, &ignored) != HO_OK ||
        proc->form_text.full)
        return value;
    *ret_type = "application/json";
    return ho_buf_slice(&proc->form_text);
}

enum ho_status ho_form_normal(const struct ho_input *input, struct ho_arena *arena, struct ho_slice *value,
                              struct ho_error *err)
{
    struct ho_buf bytes;
    void *record = NULL;
    if (value->len == 0 || value->ptr[0] != '{' || !is_alerts(ho_slice_of(input->topic)))
        return HO_OK;
    record = ho_arena_alloc(arena, ho_avro_size(input->record));
    enum ho_status status = ho_avro_from_json(input->record, *value, arena, record, err);
    if (status != HO_OK)
        return status;
    ho_buf_init(&bytes, HO_RECORD_BYTES_MAX);
    ho_avro_encode(input->record, record, &bytes);
    if (bytes.full)
        status = ho_fail(err, HO_INVALID, "JSON that is too large as Avro");
    else
        *value = ho_arena_slice(arena, ho_buf_slice(&bytes));
    ho_buf_release(&bytes);
    return status;
}
