/* decide: runs a core's decide as the processor does, state encoded and decoded around every event. */
#ifndef TEST_DECIDE_H
#define TEST_DECIDE_H

#include <criterion/criterion.h>

#include "processor/processor.h"

typedef void decide_function(const void *env, const struct ho_event *event, void *const states[],
                             struct ho_effects *effects);

struct decider {
    decide_function *decide;
    const void *env;
    const struct ho_avro_record *record;
    struct ho_avro_reader *reader;
    struct ho_arena arena; /* of effects: kept until decider_release */
    struct ho_buf state;
    struct ho_effects effects; /* of the last event */
};

static inline void decider_init(struct decider *d, decide_function *decide, const void *env,
                                const struct ho_avro_record *record)
{
    memset(d, 0, sizeof *d);
    d->decide = decide;
    d->env = env;
    d->record = record;
    d->reader = ho_avro_reader_new(record);
    ho_buf_init(&d->state, 1 << 24);
}

static inline void decider_release(struct decider *d)
{
    ho_avro_reader_free(d->reader);
    ho_buf_release(&d->state);
    ho_arena_release(&d->arena);
}

static inline const struct ho_effects *decider_run(struct decider *d, const struct ho_event *event)
{
    void *state = ho_arena_alloc(&d->arena, ho_avro_size(d->record));
    struct ho_slice before = ho_arena_slice(&d->arena, ho_buf_slice(&d->state));
    enum ho_status status = before.len ? ho_avro_decode(d->reader, before, &d->arena, state, NULL)
                                       : ho_avro_from_json(d->record, HO_SLICE("{}"), &d->arena, state, NULL);
    cr_assert_eq(status, HO_OK);
    d->effects.count = 0;
    d->effects.outcome = HO_APPLIED;
    d->effects.reason = NULL;
    d->effects.arena = &d->arena;
    d->decide(d->env, event, &state, &d->effects);
    if (d->effects.outcome == HO_APPLIED) {
        ho_buf_clear(&d->state);
        ho_avro_encode(d->record, state, &d->state);
    }
    return &d->effects;
}

#endif
