#include "notify/send.h"

#include "audit.h"
#include "base/id.h"
#include "notify/alert_text.h"

#define FIELDS_MAX 40

static void say(struct audit_string_list *list, const char *name, bool there)
{
    HO_ASSERT(list->count < FIELDS_MAX);
    if (there)
        list->items[list->count++] = ho_slice_of(name);
}

/* Names of fields that said something of a person or a stay; those of the alert itself are not personal. */
static void list_disclosed(const struct alert *alert, struct ho_arena *arena, struct audit_string_list *out)
{
    const struct alert_alert_member *who = &alert->member;
    const struct alert_alert_encounter *stay = &alert->encounter;
    out->items = HO_ARENA_ARRAY(arena, struct ho_slice, FIELDS_MAX);
    out->count = 0;
    say(out, "why.event_kind", true);
    say(out, "why.feed", alert->why.feed.len);
    say(out, "why.control_id", alert->why.control_id.len);
    say(out, "times.occurred", alert->times.has_occurred);
    say(out, "member.member_id", who->member_id.len);
    say(out, "member.name", who->family.len || who->given.len);
    say(out, "member.birth_date", who->birth_date);
    say(out, "member.sex", who->sex.len);
    say(out, "member.phone", who->phone.len);
    say(out, "member.caregiver", who->caregiver_name.len || who->caregiver_phone.len);
    say(out, "member.language", who->language.len || who->interpreter);
    say(out, "member.zone", who->zone.len);
    say(out, "encounter.class", stay->class);
    say(out, "encounter.visit", stay->visit.len);
    say(out, "encounter.facility", stay->facility_id.len);
    say(out, "encounter.admitted", stay->has_admitted);
    say(out, "encounter.discharged", stay->has_discharged);
    say(out, "encounter.attending_name", stay->attending_name.len);
    say(out, "encounter.disposition", stay->disposition_words.len);
    say(out, "encounter.diagnoses", stay->diagnoses.count);
    say(out, "encounter.death", stay->death);
    say(out, "action.contact", alert->action.contact_name.len);
    say(out, "correction", alert->has_correction);
    say(out, "risk", alert->has_risk);
}

static const char *kept_back(enum notify_level level)
{
    switch (level) {
    case NOTIFY_ALL:
        return "";
    case NOTIFY_DETAILS:
        return "attending, diagnoses, telling disposition";
    case NOTIFY_PLACE:
        return "attending, diagnoses, telling disposition, facility, feed, control id";
    case NOTIFY_NOTHING:
        break;
    }
    return "all";
}

static void list_withheld(const struct notify_telling *t, struct ho_arena *arena, struct audit_audit_withheld_list *out)
{
    const struct notify_filter *filter = &t->filter;
    out->items = HO_ARENA_ARRAY(arena, struct audit_audit_withheld, filter->count + 1);
    out->count = 0;
    for (size_t i = 0; i < filter->count; i++)
        out->items[out->count++] = (struct audit_audit_withheld){
            ho_slice_of(kept_back(filter->level)), ho_slice_of(notify_class_names[filter->hits[i].class]),
            ho_slice_of(filter->hits[i].found)};
    if (filter->place_unknown)
        out->items[out->count++] = (struct audit_audit_withheld){
            HO_SLICE("facility, feed, control id"), HO_SLICE("unknown_place"), HO_SLICE("facility")};
}

static void add_audit(const struct notify_telling *t, const struct alert *alert)
{
    char id[HO_ID_SIZE];
    struct ho_arena *arena = t->effects->arena;
    struct audit *out = HO_ARENA_NEW(arena, struct audit);
    bool sent = alert->identity.revision > 0;
    const struct ho_slice parts[] = {alert->identity.alert_id, sent ? HO_SLICE("disclosed") : HO_SLICE("withheld")};
    int32_t revision = sent ? alert->identity.revision : t->fact->event_revision;
    *out = (struct audit){.audit_id = ho_arena_slice(arena, ho_id_make(id, "aud", parts, 2)),
                          .act = sent ? AUDIT_AUDIT_ACT_DISCLOSED : AUDIT_AUDIT_ACT_WITHHELD,
                          .actor = HO_SLICE("notify"),
                          .member_id = t->event->key,
                          .alert_id = alert->identity.alert_id,
                          .revision = alert->identity.revision,
                          .kind = ho_slice_of(alert_alert_kind_names[alert->identity.kind]),
                          .event_id = t->fact->event_id,
                          .event_revision = t->fact->event_revision,
                          .role = alert->recipient.role,
                          .provider_id = alert->recipient.provider_id,
                          .purpose = alert->filtering.purpose,
                          .basis = alert->recipient.basis,
                          .rule = alert->why.rule,
                          .policy = ho_slice_of(t->policy->version),
                          .list = ho_slice_of(t->list->version),
                          .decided_ms = t->event->now_ms};
    if (sent)
        list_disclosed(alert, arena, &out->disclosed);
    list_withheld(t, arena, &out->withheld);
    ho_effects_add(t->effects, NOTIFY_AUDIT, t->event->key, out,
                   ho_arena_printf(arena, "%.*s.%d", HO_SLICE_ARG(out->audit_id), revision));
}

/* Everybody who was told, earliest first. */
static void list_told(const struct notify_telling *t, struct alert_alert_told_list *out)
{
    const struct notify_state_fact *fact = t->fact;
    out->items = HO_ARENA_ARRAY(t->effects->arena, struct alert_alert_told, fact->former.count + 2);
    out->count = 0;
    for (size_t i = 0; i < fact->former.count; i++)
        out->items[out->count++] =
            (struct alert_alert_told){HO_SLICE("pcp"), fact->former.items[i].provider_id, fact->former.items[i].told_ms};
    if (fact->revision)
        out->items[out->count++] = (struct alert_alert_told){HO_SLICE("pcp"), fact->provider_id, fact->told_ms};
    if (fact->queue_revision)
        out->items[out->count++] =
            (struct alert_alert_told){HO_SLICE("careteam"), HO_SLICE(""), fact->queue_told_ms};
}

/* Fills what depends on recipient and revision, and adds alert and audit record. */
static void send(const struct notify_telling *t, const struct notify_sending *sending, struct alert *out, int output)
{
    struct ho_arena *arena = t->effects->arena;
    struct alert_alert_identity *id = &out->identity;
    id->kind = sending->kind;
    id->supersedes = sending->supersedes;
    id->idempotency_key = ho_arena_printf(arena, "%.*s.%d", HO_SLICE_ARG(id->alert_id), id->revision);
    if (sending->changes) {
        out->has_correction = true;
        out->correction.reason = ho_slice_of(sending->reason);
        out->correction.changes.items =
            ho_arena_copy(arena, sending->changes->items, sending->changes->count * sizeof *sending->changes->items);
        out->correction.changes.count = sending->changes->count;
        list_told(t, &out->correction.told);
    }
    if (sending->reason)
        out->why.reason = ho_slice_of(sending->reason);
    notify_alert_text(out, t->policy->late_hours, arena);
    ho_effects_add(t->effects, output, t->event->key, out, id->idempotency_key);
    t->effects->items[t->effects->count - 1].hide_feed = out->why.feed.len == 0;
    add_audit(t, out);
}

void notify_send_pcp(const struct notify_telling *t, const struct notify_sending *sending,
                     const struct notify_state_pcp_span *span)
{
    struct alert *out = ho_arena_copy(t->effects->arena, sending->base, sizeof *sending->base);
    notify_fill_pcp(t, span, &out->recipient);
    out->identity.alert_id = t->fact->alert_id;
    out->identity.revision = ++t->fact->revision;
    out->times.decided_ms = sending->kind == ALERT_ALERT_KIND_ALERT ? t->fact->at_ms : t->event->now_ms;
    t->fact->decided_ms = out->times.decided_ms;
    send(t, sending, out, NOTIFY_ALERTS_PCP);
}

void notify_send_careteam(const struct notify_telling *t, const struct notify_sending *sending)
{
    struct alert *out = ho_arena_copy(t->effects->arena, sending->base, sizeof *sending->base);
    out->recipient = (struct alert_alert_recipient){
        .role = HO_SLICE("careteam"), .channel = HO_SLICE("WORKLIST"), .basis = HO_SLICE("care coordination, 45 CFR 164.501")};
    out->filtering.purpose = HO_SLICE("operations");
    out->encounter.attending_name = HO_SLICE(""); /* the least that is needed to find somebody */
    out->encounter.diagnoses.count = 0;
    out->action.asked = HO_SLICE("Nobody could be told: name a primary care provider for that date, or reach one.");
    out->action.until = 0;
    out->identity.alert_id = notify_alert_id(t, t->fact->encounter_id, t->fact->kind, "careteam");
    out->identity.refers_to = HO_SLICE("");
    out->why.rule = HO_SLICE("notify.12");
    out->identity.revision = ++t->fact->queue_revision;
    out->times.decided_ms = t->event->now_ms;
    send(t, sending, out, NOTIFY_ALERTS_CARETEAM);
}

void notify_audit_withheld(const struct notify_telling *t)
{
    struct alert none = {.has_correction = false};
    none.identity.alert_id = notify_alert_id(t, t->fact->encounter_id, t->fact->kind, "pcp");
    none.recipient.role = HO_SLICE("pcp");
    none.filtering.purpose = HO_SLICE("treatment");
    none.why.rule = HO_SLICE("notify.22");
    add_audit(t, &none);
}
