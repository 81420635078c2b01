#include "processor/memory.h"

#include "processor/form.h"

void ho_memory_init(struct ho_memory *memory, const struct ho_processor_spec *spec)
{
    *memory = (struct ho_memory){.spec = spec};
    memory->last = &memory->first;
    ho_step_init(&memory->step, spec, &memory->arena);
    ho_cache_init(&memory->states, SIZE_MAX);
    while (spec->inputs[memory->input_count].topic)
        memory->input_count++;
    while (spec->lookups && spec->lookups[memory->lookup_count].topic)
        memory->lookup_count++;
    memory->readers = ho_calloc(memory->input_count + 1, sizeof(struct ho_avro_reader *));
    memory->lookup_readers = ho_calloc(memory->lookup_count + 1, sizeof(struct ho_avro_reader *));
    for (size_t i = 0; i < memory->input_count; i++)
        memory->readers[i] = spec->inputs[i].record ? ho_avro_reader_new(spec->inputs[i].record) : NULL;
    for (size_t i = 0; i < memory->lookup_count; i++)
        memory->lookup_readers[i] = ho_avro_reader_new(spec->lookups[i].record);
}

void ho_memory_release(struct ho_memory *memory)
{
    for (size_t i = 0; i < memory->input_count; i++)
        ho_avro_reader_free(memory->readers[i]);
    for (size_t i = 0; i < memory->lookup_count; i++)
        ho_avro_reader_free(memory->lookup_readers[i]);
    ho_free(memory->readers);
    ho_free(memory->lookup_readers);
    ho_cache_release(&memory->states);
    ho_step_release(&memory->step);
    ho_arena_release(&memory->arena);
    ho_arena_release(&memory->kept);
}

/* A schema of another record does not resolve against a reader: each takes its own. */
void ho_memory_learn(struct ho_memory *memory, struct ho_slice schema_json)
{
    bool known = ho_avro_reader_learn(memory->step.state_reader, schema_json, NULL) == HO_OK;
    for (size_t i = 0; i < memory->input_count; i++)
        if (memory->readers[i])
            known |= ho_avro_reader_learn(memory->readers[i], schema_json, NULL) == HO_OK;
    for (size_t i = 0; i < memory->lookup_count; i++)
        known |= ho_avro_reader_learn(memory->lookup_readers[i], schema_json, NULL) == HO_OK;
    (void)known;
}

enum ho_status ho_memory_row(struct ho_memory *memory, size_t lookup, struct ho_slice key, struct ho_slice value,
                             struct ho_error *err)
{
    const struct ho_lookup *spec = &memory->spec->lookups[lookup];
    struct ho_tokens wake = {.arena = &memory->arena};
    void *row = NULL;
    if (value.ptr) {
        row = ho_arena_alloc(&memory->arena, ho_avro_size(spec->record));
        struct ho_formed formed = {spec->topic, spec->record, value, memory->schema_id};
        enum ho_status status = ho_form_normal(memory->forms, &formed, &memory->arena, err);
        if (status == HO_OK)
            status = ho_avro_decode(memory->lookup_readers[lookup], formed.value, &memory->arena, row, err);
        if (status != HO_OK)
            return status;
    }
    spec->on_row(memory->spec->env, key, row, &wake);
    ho_arena_reset(&memory->arena);
    return HO_OK;
}

static void keep_output(struct ho_memory *memory, const struct ho_effect *effect, struct ho_slice value, int64_t time_ms)
{
    struct ho_memory_output *out = HO_ARENA_NEW(&memory->kept, struct ho_memory_output);
    *out = (struct ho_memory_output){.output = effect->output,
                                     .key = ho_arena_slice(&memory->kept, effect->key),
                                     .value = ho_arena_slice(&memory->kept, value),
                                     .id = ho_arena_slice(&memory->kept, effect->id),
                                     .time_ms = time_ms};
    *memory->last = out;
    memory->last = &out->next;
}

void ho_memory_refuse(struct ho_memory *memory, const struct ho_event *event, const char *reason)
{
    struct ho_memory_dead *dead = HO_ARENA_NEW(&memory->kept, struct ho_memory_dead);
    *dead = (struct ho_memory_dead){memory->dead, event->input, event->partition, event->offset, reason};
    memory->dead = dead;
}

static enum ho_status run(struct ho_memory *memory, const struct ho_event *event, struct ho_cache_entry **entries,
                          size_t count, struct ho_error *err)
{
    static struct ho_step_result result; /* large; one thread */
    struct ho_states states = {.count = count};
    for (size_t i = 0; i < count; i++)
        states.items[i] = entries[i]->value;
    enum ho_status status = ho_step_run(&memory->step, event, &states, &result, err);
    if (status != HO_OK || result.outcome == HO_IGNORED)
        return status;
    if (result.outcome == HO_POISON) {
        ho_memory_refuse(memory, event, result.reason);
        return HO_OK;
    }
    for (size_t i = 0; i < result.effect_count; i++)
        keep_output(memory, &result.effects[i], result.values[i], event->now_ms);
    for (size_t i = 0; i < count; i++)
        if (result.changed[i]) {
            ho_cache_set(&memory->states, entries[i], result.states[i]);
            entries[i]->due_ms = result.due_ms[i];
        }
    return HO_OK;
}

static enum ho_status fire_due(struct ho_memory *memory, struct ho_cache_entry *entry, int64_t time_ms,
                               struct ho_error *err)
{
    enum ho_status status = HO_OK;
    while (status == HO_OK && entry->due_ms <= time_ms) {
        struct ho_event event = {
            .input = HO_EVENT_TIMER, .key = entry->key, .now_ms = entry->due_ms, .partition = entry->partition};
        status = run(memory, &event, &entry, 1, err);
        if (status == HO_OK && entry->due_ms <= event.now_ms)
            status = ho_fail(err, HO_FAILED, "%s: a timer did not move its due time on", memory->spec->name);
    }
    return status;
}

enum ho_status ho_memory_put(struct ho_memory *memory, struct ho_event *event, int64_t time_ms, struct ho_error *err)
{
    const struct ho_processor_spec *spec = memory->spec;
    const struct ho_avro_record *record = spec->inputs[event->input].record;
    struct ho_cache_entry *entries[HO_STATES_MAX];
    struct ho_slice keys[HO_STATES_MAX] = {event->key};
    ho_arena_reset(&memory->arena);
    if (record && event->value.ptr) {
        void *value = ho_arena_alloc(&memory->arena, ho_avro_size(record));
        struct ho_formed formed = {spec->inputs[event->input].topic, record, event->value, memory->schema_id};
        enum ho_status readable = ho_form_normal(memory->forms, &formed, &memory->arena, err);
        if (readable == HO_AWAY)
            return readable;
        event->value = formed.value;
        if (readable != HO_OK ||
            ho_avro_decode(memory->readers[event->input], event->value, &memory->arena, value, err) != HO_OK) {
            ho_memory_refuse(memory, event, "processor.unreadable");
            return HO_OK;
        }
        event->record = value;
    }
    size_t count = spec->state_keys ? spec->state_keys(spec->env, event, &memory->arena, keys) : 1;
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < count && status == HO_OK; i++) {
        entries[i] = ho_cache_get(&memory->states, event->partition, keys[i]);
        status = fire_due(memory, entries[i], time_ms, err);
    }
    return status == HO_OK ? run(memory, event, entries, count, err) : status;
}

enum ho_status ho_memory_finish(struct ho_memory *memory, int64_t time_ms, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < memory->states.cap && status == HO_OK; i++) {
        ho_arena_reset(&memory->arena);
        if (memory->states.slots[i])
            status = fire_due(memory, memory->states.slots[i], time_ms, err);
    }
    return status;
}
