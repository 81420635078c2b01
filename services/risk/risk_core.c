#include "risk/risk_core.h"

#include "base/calendar.h"
#include "risk/risk_record.h"

/* Rules 1 to 4: the reason why nothing changed, or NULL. */
static const char *take(const struct risk_taking *t, const struct ho_event *event)
{
    if (!event->record && event->input != RISK_MEMBERS)
        return "risk.1 tombstone";
    switch (event->input) {
    case RISK_CARE_EVENTS:
        return risk_take_event(t, event->record);
    case RISK_ASSESSMENTS:
        return risk_take_assessment(t, event->record);
    case RISK_CLINICAL_FACTS:
        return risk_take_clinical(t, event->record);
    case RISK_CARE_ACTIONS:
        return risk_take_action(t, event->record);
    default:
        HO_ASSERT(event->input == RISK_MEMBERS);
        return risk_take_member(t, event->record);
    }
}

static bool anything_known(const struct risk_state *state)
{
    return state->events.count || state->diagnoses.count || state->labs.count || state->procedures.count ||
           state->assessments.count || state->overrides.count;
}

/* Rule 6. */
static void tell(const struct risk_picture *picture, struct risk_state *state, struct ho_slice member,
                 struct ho_effects *effects)
{
    int64_t digest = risk_digest(picture);
    if (digest == state->digest)
        return;
    struct care_risk *record = HO_ARENA_NEW(effects->arena, struct care_risk);
    risk_record_fill(picture, member, effects->arena, record);
    record->revision = state->revision + 1;
    risk_remember(record, digest, effects->arena, state);
    ho_effects_add(effects, RISK_CARE_RISK, member, record,
                   ho_arena_numbered(effects->arena, record->risk_id, ".", record->revision, ""));
}

/* A timer's day stays in the state only as the newest one on which something changed, so that it does not matter which
 * timers there were on the way. */
static void settle(const struct risk_picture *picture, struct risk_state *state)
{
    if (state->fired_day && picture->as_of < state->fired_day)
        state->fired_day = picture->as_of;
    if (state->fired_day <= picture->seen_day)
        state->fired_day = 0;
    state->due_ms = picture->next_day ? ho_zone_to_utc(picture->zone, picture->next_day * HO_DAY_MS) : 0;
}

void risk_decide(const void *env_, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    const struct risk_env *env = env_;
    struct risk_state *state = states[0];
    struct risk_taking taking = {env, state, effects->arena};
    struct risk_picture picture;
    bool timer = event->input == HO_EVENT_TIMER, known;
    const char *reason = timer || event->input == HO_EVENT_WAKE ? NULL : take(&taking, event);
    if (reason) {
        effects->outcome = HO_IGNORED;
        effects->reason = reason;
        return;
    }
    effects->reason = timer ? "risk.5" : event->input == RISK_MEMBERS ? "risk.4" : "risk.3";
    if (timer) {
        int32_t day = risk_local_day(risk_zone(env, state->zone, &known), event->now_ms);
        state->fired_day = day > state->fired_day ? day : state->fired_day;
    } else if (event->now_ms > state->seen_ms) {
        state->seen_ms = event->now_ms;
    }
    if (!anything_known(state) && !state->revision) /* rule 6: nothing to tell, and no time to wait for */
        return;
    risk_picture_of(env, state, &picture);
    settle(&picture, state);
    tell(&picture, state, event->key, effects);
}

int64_t risk_next_due(const void *state)
{
    int64_t due_ms = ((const struct risk_state *)state)->due_ms;
    return due_ms ? due_ms : HO_NEVER;
}
