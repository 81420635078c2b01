#include "processor/step.h"

#include "log/log.h"

void ho_effects_add(struct ho_effects *effects, int output, struct ho_slice key, const void *record,
                    struct ho_slice id)
{
    HO_ASSERT(effects->count < HO_EFFECTS_MAX);
    effects->items[effects->count++] = (struct ho_effect){.output = output, .key = key, .record = record, .id = id};
}

void ho_tokens_add(struct ho_tokens *tokens, struct ho_slice token)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (ho_slice_equal(tokens->items[i], token))
            return;
    HO_ASSERT(tokens->count < HO_TOKENS_MAX);
    tokens->items[tokens->count++] = token;
}

void ho_views_add(struct ho_views *views, struct ho_view_entry entry)
{
    HO_ASSERT(views->count < HO_VIEWS_MAX);
    views->items[views->count++] = entry;
}

void ho_step_init(struct ho_step *step, const struct ho_processor_spec *spec, struct ho_arena *arena)
{
    struct ho_error err;
    *step = (struct ho_step){.spec = spec, .arena = arena, .state_reader = ho_avro_reader_new(spec->state)};
    ho_buf_init(&step->scratch, (size_t)HO_RECORD_BYTES_MAX * (HO_EFFECTS_MAX + HO_STATES_MAX));
    step->fresh = ho_arena_alloc(&step->permanent, ho_avro_size(spec->state));
    if (ho_avro_from_json(spec->state, HO_SLICE("{}"), &step->permanent, step->fresh, &err) != HO_OK) {
        ho_log(HO_LOG_ERROR, "every field of a state needs a default", "error=\"%s\"", err.text);
        HO_ASSERT(!"state schema with defaults");
    }
    ho_avro_encode(spec->state, step->fresh, &step->scratch);
    step->fresh_bytes = ho_arena_slice(&step->permanent, ho_buf_slice(&step->scratch));
}

void ho_step_release(struct ho_step *step)
{
    ho_avro_reader_free(step->state_reader);
    ho_arena_release(&step->permanent);
    ho_buf_release(&step->scratch);
}

static enum ho_status read_state(const struct ho_step *step, struct ho_slice value, void **ret_state,
                                 struct ho_error *err)
{
    void *state = ho_arena_alloc(step->arena, ho_avro_size(step->spec->state));
    *ret_state = state;
    if (value.len == 0) {
        memcpy(state, step->fresh, ho_avro_size(step->spec->state));
        return HO_OK;
    }
    if (ho_avro_decode(step->state_reader, value, step->arena, state, err) == HO_OK)
        return HO_OK;
    return ho_fail(err, HO_FAILED, "a state of %s cannot be read; was the daemon downgraded?", step->spec->name);
}

/* Appends one encoded record to scratch; where it begins and ends, since scratch may move. */
struct range {
    size_t begin, len;
};

static bool append(struct ho_step *step, const struct ho_avro_record *record, const void *value, struct range *ret_range)
{
    ret_range->begin = step->scratch.len;
    ho_avro_encode(record, value, &step->scratch);
    ret_range->len = step->scratch.len - ret_range->begin;
    return !step->scratch.full && ret_range->len <= HO_RECORD_BYTES_MAX;
}

static struct ho_slice slice_of(const struct ho_step *step, struct range range)
{
    return (struct ho_slice){step->scratch.data + range.begin, range.len};
}

/* Everything is encoded before anything is used: one record that is too large takes the whole event with it. */
static bool encode_all(struct ho_step *step, void *const states[], const struct ho_states *before,
                       struct ho_step_result *result)
{
    const struct ho_effects *effects = &step->effects;
    struct range of_states[HO_STATES_MAX], of_effects[HO_EFFECTS_MAX];
    bool good = true;
    ho_buf_clear(&step->scratch);
    for (size_t i = 0; i < before->count && good; i++)
        good = append(step, step->spec->state, states[i], &of_states[i]);
    for (size_t i = 0; i < effects->count && good; i++)
        good = append(step, step->spec->outputs[effects->items[i].output].record, effects->items[i].record,
                      &of_effects[i]);
    if (!good)
        return false;
    for (size_t i = 0; i < before->count; i++) {
        result->states[i] = slice_of(step, of_states[i]);
        if (ho_slice_equal(result->states[i], step->fresh_bytes)) /* back to what a new key has: no state */
            result->states[i].len = 0;
        result->changed[i] = !ho_slice_equal(result->states[i], before->items[i]);
        result->due_ms[i] = step->spec->next_due ? step->spec->next_due(states[i]) : HO_NEVER;
    }
    for (size_t i = 0; i < effects->count; i++)
        result->values[i] = slice_of(step, of_effects[i]);
    result->effects = effects->items;
    result->effect_count = effects->count;
    return true;
}

enum ho_status ho_step_run(struct ho_step *step, const struct ho_event *event, const struct ho_states *states,
                           struct ho_step_result *ret_result, struct ho_error *err)
{
    void *decoded[HO_STATES_MAX];
    struct ho_effects *effects = &step->effects;
    HO_ASSERT(states->count > 0 && states->count <= HO_STATES_MAX);
    for (size_t i = 0; i < states->count; i++) {
        enum ho_status status = read_state(step, states->items[i], &decoded[i], err);
        if (status != HO_OK)
            return status;
    }
    effects->count = 0;
    effects->outcome = HO_APPLIED;
    effects->reason = NULL;
    effects->arena = step->arena;
    step->spec->decide(step->spec->env, event, decoded, effects);
    ret_result->outcome = effects->outcome;
    ret_result->reason = effects->reason;
    ret_result->effect_count = 0;
    memset(ret_result->changed, 0, sizeof ret_result->changed);
    if (effects->outcome == HO_APPLIED && !encode_all(step, decoded, states, ret_result)) {
        ret_result->outcome = HO_POISON;
        ret_result->reason = "processor.too_large";
    }
    if (ret_result->outcome == HO_POISON && !ret_result->reason)
        ret_result->reason = "poison";
    return HO_OK;
}

enum ho_status ho_step_look(struct ho_step *step, struct ho_slice key, struct ho_slice state,
                            struct ho_step_look *ret_look, struct ho_error *err)
{
    const struct ho_processor_spec *spec = step->spec;
    void *decoded = NULL;
    ret_look->due_ms = HO_NEVER;
    ret_look->tokens.count = ret_look->views.count = 0;
    ret_look->tokens.arena = ret_look->views.arena = step->arena;
    if (state.len == 0) /* a key without state waits for nothing and shows nothing */
        return HO_OK;
    enum ho_status status = read_state(step, state, &decoded, err);
    if (status != HO_OK)
        return status;
    if (spec->next_due)
        ret_look->due_ms = spec->next_due(decoded);
    if (spec->waits)
        spec->waits(decoded, &ret_look->tokens);
    if (spec->view)
        spec->view(key, decoded, &ret_look->views);
    return HO_OK;
}
