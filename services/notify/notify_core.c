#include "notify/notify_core.h"

#include "alert.h"
#include "base/calendar.h"
#include "base/id.h"
#include "care_event.h"
#include "facility.h"
#include "member.h"
#include "notify/alert_text.h"
#include "notify_state.h"
#include "provider.h"

_Static_assert(sizeof(struct alert_hl7_time) == sizeof(struct care_event_hl7_time), "one Hl7Time");
_Static_assert(ALERT_CARE_EVENT_KIND_COUNT == CARE_EVENT_CARE_EVENT_KIND_COUNT, "one CareEventKind");

/* One call's worth of context, so that the rules below take few parameters. */
struct telling {
    const struct notify_env *env;
    const struct ho_event *event; /* that runs now */
    struct notify_state *state;
    struct ho_effects *effects;
};

struct rule {
    const char *name, *basis;
    int days;
};

/* Rules 1 to 3; name NULL for kinds that nobody is told of. */
static struct rule rule_of(const struct notify_policy *policy, enum care_event_care_event_kind kind)
{
    switch (kind) {
    case CARE_EVENT_CARE_EVENT_KIND_ADMITTED:
        return (struct rule){"notify.1", "HEDIS TRC notice of admission, A+2", policy->admitted_days};
    case CARE_EVENT_CARE_EVENT_KIND_DISCHARGED:
        return (struct rule){"notify.2", "HEDIS TRC receipt of discharge information, D+2", policy->discharged_days};
    case CARE_EVENT_CARE_EVENT_KIND_ER_ARRIVED:
        return (struct rule){"notify.3", "plan's rule, same day", policy->er_days};
    case CARE_EVENT_CARE_EVENT_KIND_UNKNOWN:
    case CARE_EVENT_CARE_EVENT_KIND_ER_DEPARTED:
    case CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_STARTED:
    case CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_ENDED:
    case CARE_EVENT_CARE_EVENT_KIND_TRANSFERRED:
    case CARE_EVENT_CARE_EVENT_KIND_PREADMITTED:
    case CARE_EVENT_CARE_EVENT_KIND_LEAVE_STARTED:
    case CARE_EVENT_CARE_EVENT_KIND_LEAVE_ENDED:
    case CARE_EVENT_CARE_EVENT_KIND_UPDATED:
        break;
    }
    return (struct rule){NULL, NULL, 0};
}

/* Date at the facility; without any time, the date on which the plan knew. */
static int32_t event_date(const struct care_event *news, int64_t now_ms)
{
    return news->has_occurred ? news->occurred.local_date : ho_date_of_days(now_ms / HO_DAY_MS);
}

/* Rule 4. */
static const struct notify_state_pcp_span *pcp_on(const struct notify_state *state, int32_t date)
{
    for (size_t i = 0; i < state->pcp.count; i++) {
        const struct notify_state_pcp_span *span = &state->pcp.items[i];
        if (span->from <= date && (span->to == 0 || date <= span->to))
            return span;
    }
    return NULL;
}

static struct notify_state_told *find_told(struct notify_state *state, struct ho_slice event_id)
{
    for (size_t i = 0; i < state->told.count; i++)
        if (ho_slice_equal(state->told.items[i].event_id, event_id))
            return &state->told.items[i];
    return NULL;
}

/* End of the last day on which the deadline allows telling, at the facility. */
static int64_t end_of_day(const struct care_event *news, int32_t date, int days)
{
    int32_t offset_min = news->has_occurred && news->occurred.has_offset_min ? news->occurred.offset_min : 0;
    return (ho_days_of_date(date) + days + 1) * HO_DAY_MS - offset_min * INT64_C(60000) - 1;
}

static void fill_member(const struct notify_state *state, struct alert_alert_member *out)
{
    *out = (struct alert_alert_member){.member_id = state->member_id,
                                       .family = state->family,
                                       .given = state->given,
                                       .birth_date = state->birth_date,
                                       .sex = state->sex,
                                       .phone = state->phone,
                                       .caregiver_name = state->caregiver_name,
                                       .caregiver_phone = state->caregiver_phone,
                                       .language = state->language,
                                       .interpreter = state->interpreter};
}

/* Rule 9. */
static void fill_recipient(const struct notify_env *env, const struct notify_state_told *told,
                           struct alert_alert_recipient *out)
{
    const struct provider *row = ho_directory_get(&env->providers, told->provider_id);
    *out = (struct alert_alert_recipient){.role = HO_SLICE("pcp"),
                                          .provider_id = told->provider_id,
                                          .span_from = told->span_from,
                                          .span_to = told->span_to,
                                          .fallback = row == NULL};
    if (!row)
        return;
    out->npi = row->npi;
    out->family = row->family;
    out->given = row->given;
    out->group_id = row->group_id;
    out->group_name = row->group_name;
    out->channel = ho_slice_of(provider_channel_names[row->channel]);
    out->address = row->address;
}

/* Rule 10. Returns the class of what was withheld, or "normal". */
static struct ho_slice fill_encounter(const struct notify_env *env, const struct care_event *news,
                                      struct alert_alert_encounter *out)
{
    const struct facility *row = ho_directory_get(&env->facilities, news->facility);
    bool withheld = row && row->sensitivity.len;
    *out = (struct alert_alert_encounter){.encounter_id = news->encounter_id,
                                          .class = (enum alert_patient_class)news->encounter_class,
                                          .visit = news->visit,
                                          .has_admitted = news->has_admitted,
                                          .has_discharged = news->has_discharged,
                                          .disposition = news->disposition,
                                          .death = news->death};
    memcpy(&out->admitted, &news->admitted, sizeof out->admitted);
    memcpy(&out->discharged, &news->discharged, sizeof out->discharged);
    if (withheld)
        return row->sensitivity;
    out->feed = news->feed;
    out->facility_id = news->facility;
    out->attending_name = news->attending_name;
    if (row) {
        out->facility_name = row->name;
        out->facility_phone = row->phone;
    }
    return HO_SLICE("normal");
}

static void fill_why(const struct care_event *news, const struct rule *rule, const struct notify_policy *policy,
                     struct alert_alert_why *out)
{
    *out = (struct alert_alert_why){.event_kind = (enum alert_care_event_kind)news->kind,
                                    .event_id = news->event_id,
                                    .event_revision = news->revision,
                                    .rule = ho_slice_of(rule->name),
                                    .policy = ho_slice_of(policy->version),
                                    .reason = HO_SLICE("the member's PCP on the date of the event"),
                                    .feed = news->feed,
                                    .control_id = news->control_id,
                                    .message_id = news->message_id,
                                    .source_topic = news->source_topic,
                                    .source_partition = news->source_partition,
                                    .source_offset = news->source_offset};
}

static void send_alert(const struct telling *t, const struct care_event *news, const struct notify_state_told *told,
                       enum alert_alert_kind kind, int64_t decided_ms)
{
    const struct notify_policy *policy = &t->env->policy;
    struct rule rule = rule_of(policy, news->kind);
    struct ho_arena *arena = t->effects->arena;
    struct alert *out = HO_ARENA_NEW(arena, struct alert);
    int32_t date = event_date(news, decided_ms);
    out->identity = (struct alert_alert_identity){.alert_id = told->alert_id,
                                                  .revision = told->revision,
                                                  .kind = kind,
                                                  .supersedes = told->revision - 1,
                                                  .mode = t->event->mode.ptr ? t->event->mode : HO_SLICE("live"),
                                                  .due_at_ms = end_of_day(news, date, rule.days),
                                                  .due_basis = ho_slice_of(rule.basis),
                                                  .expires_at_ms = end_of_day(news, date, policy->expires_days)};
    fill_why(news, &rule, policy, &out->why);
    out->times = (struct alert_alert_times){
        .has_occurred = news->has_occurred, .received_ms = news->received_ms, .decided_ms = decided_ms};
    memcpy(&out->times.occurred, &news->occurred, sizeof out->times.occurred);
    fill_member(t->state, &out->member);
    fill_recipient(t->env, told, &out->recipient);
    out->sensitivity = fill_encounter(t->env, news, &out->encounter);
    if (!ho_slice_is(out->sensitivity, "normal")) /* the feed's name may reveal it too */
        out->why.feed = HO_SLICE("");
    notify_alert_text(out, arena);
    ho_effects_add(t->effects, NOTIFY_ALERTS_PCP, t->state->member_id, out,
                   ho_arena_printf(arena, "%.*s.%d", HO_SLICE_ARG(told->alert_id), told->revision));
}

static struct notify_state_told *add_told(struct notify_state *state, struct ho_arena *arena)
{
    size_t keep = state->told.count, skip = 0;
    if (keep == NOTIFY_TOLD_MAX) {
        keep--;
        skip = 1;
    }
    struct notify_state_told *items = HO_ARENA_ARRAY(arena, struct notify_state_told, keep + 1);
    if (keep)
        memcpy(items, state->told.items + skip, keep * sizeof *items);
    state->told.items = items;
    state->told.count = keep + 1;
    return &items[keep];
}

/* Rules 1 to 4: false when there is nobody to tell yet. */
static bool tell_first(const struct telling *t, const struct care_event *news, int64_t at_ms)
{
    struct ho_arena *arena = t->effects->arena;
    const struct notify_state_pcp_span *span = pcp_on(t->state, event_date(news, at_ms));
    if (!t->state->member_id.len || !span)
        return false;
    char id[HO_ID_SIZE];
    struct ho_slice kind = ho_slice_of(care_event_care_event_kind_names[news->kind]);
    struct rule rule = rule_of(&t->env->policy, news->kind);
    const struct ho_slice parts[] = {news->member_id, news->encounter_id, kind, ho_slice_of(rule.name),
                                     HO_SLICE("pcp")};
    struct notify_state_told *told = add_told(t->state, arena);
    *told = (struct notify_state_told){.alert_id = ho_arena_slice(arena, ho_id_make(id, "alt", parts, 5)),
                                       .revision = 1,
                                       .event_id = news->event_id,
                                       .event_revision = news->revision,
                                       .kind = (enum notify_state_care_event_kind)news->kind,
                                       .provider_id = span->provider_id,
                                       .span_from = span->from,
                                       .span_to = span->to,
                                       .decided_ms = at_ms};
    send_alert(t, news, told, ALERT_ALERT_KIND_ALERT, at_ms);
    return true;
}

/* Rule 8. */
static void tell_again(const struct telling *t, const struct care_event *news, struct notify_state_told *told)
{
    bool voided = news->change == CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    told->revision++;
    told->event_revision = news->revision;
    told->retracted = voided;
    send_alert(t, news, told, voided ? ALERT_ALERT_KIND_RETRACTION : ALERT_ALERT_KIND_CORRECTION, t->event->now_ms);
    t->effects->reason = "notify.8";
}

static void remove_pending(struct notify_state *state, size_t index)
{
    struct notify_state_pending *items = state->pending.items;
    memmove(items + index, items + index + 1, (state->pending.count - index - 1) * sizeof *items);
    state->pending.count--;
}

/* Rule 5: a later revision takes the place of an earlier one. */
static void wait_for_recipient(const struct telling *t, const struct care_event *news)
{
    struct notify_state *state = t->state;
    t->effects->reason = "notify.5 waits for a recipient";
    for (size_t i = 0; i < state->pending.count; i++)
        if (ho_slice_equal(state->pending.items[i].event_id, news->event_id)) {
            if (state->pending.items[i].event_revision >= news->revision)
                return;
            remove_pending(state, i);
            break;
        }
    if (news->change == CARE_EVENT_CARE_EVENT_CHANGE_VOIDED)
        return;
    if (state->pending.count == NOTIFY_PENDING_MAX) {
        remove_pending(state, 0);
        state->dropped++;
    }
    size_t count = state->pending.count;
    struct notify_state_pending *items = HO_ARENA_ARRAY(t->effects->arena, struct notify_state_pending, count + 1);
    if (count)
        memcpy(items, state->pending.items, count * sizeof *items);
    items[count] = (struct notify_state_pending){.event_id = news->event_id,
                                                 .event_revision = news->revision,
                                                 .at_ms = t->event->now_ms,
                                                 .value = t->event->value};
    state->pending.items = items;
    state->pending.count = count + 1;
}

static void on_care_event(const struct telling *t, const struct care_event *news)
{
    struct rule rule = rule_of(&t->env->policy, news->kind);
    struct notify_state_told *told = find_told(t->state, news->event_id);
    t->effects->reason = rule.name;
    if (!rule.name || news->processing_id != CARE_EVENT_PROCESSING_PRODUCTION) { /* rule 11 */
        t->effects->outcome = HO_IGNORED;
        t->effects->reason = rule.name ? "notify.11 not production" : "notify.11 kind not told";
        return;
    }
    if (told && told->event_revision >= news->revision) { /* rule 7 */
        t->effects->outcome = HO_IGNORED;
        t->effects->reason = "notify.7 duplicate";
        return;
    }
    if (told)
        tell_again(t, news, told);
    else if (news->change == CARE_EVENT_CARE_EVENT_CHANGE_VOIDED || !tell_first(t, news, t->event->now_ms))
        wait_for_recipient(t, news);
}

/* Rule 6, first half. */
static void take_member(struct notify_state *state, const struct member *row, struct ho_arena *arena)
{
    struct notify_state_pcp_span *spans = HO_ARENA_ARRAY(arena, struct notify_state_pcp_span, row->pcp.count);
    for (size_t i = 0; i < row->pcp.count; i++)
        spans[i] = (struct notify_state_pcp_span){row->pcp.items[i].from, row->pcp.items[i].to,
                                                  row->pcp.items[i].provider_id};
    state->member_id = row->member_id;
    state->family = row->family;
    state->given = row->given;
    state->birth_date = row->birth_date;
    state->sex = ho_slice_of(member_sex_names[row->sex]);
    state->phone = row->phone;
    state->caregiver_name = row->caregiver_name;
    state->caregiver_phone = row->caregiver_phone;
    state->language = row->language;
    state->interpreter = row->interpreter;
    state->pcp.items = spans;
    state->pcp.count = row->pcp.count;
}

/* Rule 6, second half. An event that cannot be read any more stays: a newer build may read it. */
static void try_pending(const struct telling *t)
{
    for (size_t i = 0; i < t->state->pending.count;) {
        const struct notify_state_pending *waiting = &t->state->pending.items[i];
        struct care_event *news = HO_ARENA_NEW(t->effects->arena, struct care_event);
        bool readable = ho_avro_decode(t->env->events, waiting->value, t->effects->arena, news, NULL) == HO_OK;
        if (readable && tell_first(t, news, waiting->at_ms))
            remove_pending(t->state, i);
        else
            i++;
    }
}

void notify_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    struct telling t = {env, event, states[0], effects};
    if (event->input == NOTIFY_CARE_EVENTS) {
        if (event->record)
            on_care_event(&t, event->record);
        return;
    }
    effects->reason = "notify.6";
    if (!event->record) /* a row made in error and undone: what was told stays told */
        t.state->pcp.count = 0;
    else
        take_member(t.state, event->record, effects->arena);
    try_pending(&t);
}
