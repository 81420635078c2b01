/*
 * NAME      ho-plain - the benchmark's daemon: one record in, one out, a state in changelog and Redis, one view entry
 * CONSUMES  bench.in
 * PRODUCES  bench.out
 * STATE     plain.changelog; view totals
 * CONFIG    --help
 */
#include "bench_event.h"
#include "plain_state.h"
#include "processor/processor.h"

struct plain {
    int64_t state_bytes;
};
static struct plain config;

static void decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    const struct bench_event *in = event->record;
    struct plain_state *state = states[0];
    if (!in) {
        effects->outcome = HO_IGNORED;
        return;
    }
    size_t bytes = (size_t)((const struct plain *)env)->state_bytes;
    struct bench_event *out = HO_ARENA_NEW(effects->arena, struct bench_event);
    state->count++;
    state->payload = (struct ho_slice){in->payload.ptr, in->payload.len < bytes ? in->payload.len : bytes};
    *out = (struct bench_event){in->sent_us, state->count, in->payload};
    ho_effects_add(effects, 0, event->key, out,
                   ho_arena_printf(effects->arena, "plain_%.*s.%lld", HO_SLICE_ARG(event->key), (long long)state->count));
}

static void view(struct ho_slice key, const void *state, struct ho_views *views)
{
    const struct plain_state *plain = state;
    ho_views_add(views, (struct ho_view_entry){HO_SLICE("totals"), key,
                                               ho_arena_printf(views->arena, "%lld", (long long)plain->count), 0});
}

static const struct ho_input inputs[] = {{"bench.in", &bench_event_record, HO_INPUT_URGENT}, {NULL, NULL, 0}};
static const struct ho_output outputs[] = {{"bench.out", &bench_event_record}, {NULL, NULL}};
static const struct ho_option options[] = {{"plain", "state_bytes", HO_OPTION_INT, "80", 0, 100000, "payload of a state",
                                            false, offsetof(struct plain, state_bytes)},
                                           {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct ho_processor_spec spec = {.name = "plain",
                                              .manual = "ho-plain - the benchmark's daemon",
                                              .inputs = inputs,
                                              .outputs = outputs,
                                              .state = &plain_state_record,
                                              .decide = decide,
                                              .view = view,
                                              .options = options,
                                              .config = &config,
                                              .env = &config};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
