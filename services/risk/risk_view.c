/* What readers see in Redis: codes, numbers, rule ids and dates, as one line of JSON. Its keys are documented, so they stay. */
#include "care_risk.h"
#include "risk/risk_core.h"

static const char *yes_no(bool yes)
{
    return yes ? "true" : "false";
}

static struct ho_slice rules_of(const struct risk_state *state, struct ho_arena *arena)
{
    struct ho_slice out = HO_SLICE("");
    for (size_t i = 0; i < state->rules.count; i++)
        out = ho_arena_printf(arena, "%.*s%s\"%.*s\"", HO_SLICE_ARG(out), i ? "," : "",
                              HO_SLICE_ARG(state->rules.items[i]));
    return out;
}

void risk_view(struct ho_slice key, const void *state_, struct ho_views *views)
{
    const struct risk_state *state = state_;
    if (!state->revision)
        return;
    struct ho_arena *arena = views->arena;
    struct ho_slice rules = rules_of(state, arena);
    struct ho_slice tier = ho_arena_printf(
        arena, "\"revision\":%d,\"as_of\":%d,\"standing\":\"%s\",\"tier\":\"%s\",\"previous_tier\":\"%s\",\"changed_at\":%d,"
               "\"held_until\":%d,\"override\":%s,\"points\":%d",
        state->revision, state->as_of, care_risk_standing_names[state->standing], care_risk_risk_tier_names[state->tier],
        care_risk_risk_tier_names[state->previous_tier], state->changed_at, state->held_until, yes_no(state->overridden),
        state->points);
    struct ho_slice lace = state->lace < 0 ? HO_SLICE("null") : ho_arena_printf(arena, "%d", state->lace);
    struct ho_slice value = ho_arena_printf(
        arena, "{%.*s,\"lace\":%.*s,\"lace_provisional\":%s,\"er_12_months\":%d,\"admissions_12_months\":%d,"
               "\"frequent_er\":%s,\"readmission\":%s,\"reasons\":[%.*s],\"policy\":\"%.*s\",\"not_for_coverage\":true}",
        HO_SLICE_ARG(tier), HO_SLICE_ARG(lace), yes_no(state->lace_provisional), state->er_12_months,
        state->admissions_12_months, yes_no(state->frequent_er), yes_no(state->readmission), HO_SLICE_ARG(rules),
        HO_SLICE_ARG(state->policy));
    ho_views_add(views, (struct ho_view_entry){.view = HO_SLICE("risk"), .field = key, .value = value});
}
