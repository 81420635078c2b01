#include "notify/fill.h"

#include "base/calendar.h"
#include "base/id.h"
#include "notify/alert_text.h"
#include "notify/due.h"
#include "notify/who.h"
#include "provider.h"

_Static_assert(sizeof(struct alert_hl7_time) == sizeof(struct notify_state_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct alert_diagnosis_list) == sizeof(struct notify_state_diagnosis_list), "one Diagnosis");
_Static_assert((int)ALERT_ALERT_EVENT_KIND_COUNT == (int)NOTIFY_STATE_ALERT_EVENT_KIND_COUNT, "one AlertEventKind");

void notify_look(struct notify_telling *t, struct notify_state_fact *fact)
{
    t->fact = fact;
    t->date = notify_event_date(&fact->news, fact->at_ms);
    t->policy = notify_policy_on(&t->env->policies, t->date);
    t->list = notify_list_on(&t->env->policies, t->date);
    notify_filter(t->policy, t->list, &fact->news, ho_directory_get(&t->env->facilities, fact->news.facility),
                  &t->filter);
}

struct ho_slice notify_alert_id(const struct notify_telling *t, struct ho_slice encounter_id,
                                enum notify_state_alert_event_kind kind, const char *role)
{
    char id[HO_ID_SIZE];
    const struct ho_slice parts[] = {t->event->key, encounter_id,
                                     ho_slice_of(notify_state_alert_event_kind_names[kind]),
                                     ho_slice_of(notify_rule_of(kind)), ho_slice_of(role)};
    /* Transfers and leaves come several times in a stay: their event's id says which. */
    const struct ho_slice many[] = {parts[0], parts[1], parts[2], parts[3], parts[4], t->fact->event_id};
    bool once = strcmp(notify_rule_of(kind), "notify.7") != 0;
    return ho_arena_slice(t->effects->arena, ho_id_make(id, "alt", once ? parts : many, once ? 5 : 6));
}

/* The first encounter of the story: a stay's is that of the ER visit or observation that became it. */
static struct ho_slice root_of(const struct notify_telling *t, struct ho_slice encounter_id)
{
    const struct notify_state *state = t->state;
    for (size_t i = 0; i < state->facts.count; i++) {
        const struct notify_state_fact *fact = &state->facts.items[i];
        if (fact->voided || !ho_slice_equal(fact->encounter_id, encounter_id) || !fact->has_news)
            continue;
        if (fact->news.er_encounter_id.len)
            return fact->news.er_encounter_id;
        if (fact->news.observation_encounter_id.len)
            return fact->news.observation_encounter_id;
    }
    return encounter_id;
}

static void fill_identity(const struct notify_telling *t, struct alert_alert_identity *out)
{
    char id[HO_ID_SIZE];
    const struct notify_state_fact *fact = t->fact;
    const struct notify_kind *kind = &t->policy->kinds[fact->kind];
    const struct ho_slice parts[] = {t->event->key, root_of(t, fact->encounter_id)};
    const struct ho_slice er = fact->news.er_encounter_id;
    out->root_id = ho_arena_slice(t->effects->arena, ho_id_make(id, "thr", parts, 2));
    if (er.len && fact->kind == NOTIFY_STATE_ALERT_EVENT_KIND_ADMITTED)
        out->refers_to = notify_alert_id(t, er, NOTIFY_STATE_ALERT_EVENT_KIND_ER_ARRIVED, "pcp");
    out->mode = fact->mode.len ? fact->mode : HO_SLICE("live");
    out->due_at_ms = notify_end_of_day(&fact->news, t->date, kind->days);
    out->due_basis = ho_slice_of(kind->basis);
    out->expires_at_ms = notify_expires(t->policy, &fact->news, fact->at_ms);
    if (out->expires_at_ms < t->event->now_ms) /* waited longer than that: still worth telling */
        out->expires_at_ms = t->event->now_ms + t->policy->expires_days * HO_DAY_MS;
    bool late = fact->at_ms > out->due_at_ms;
    bool left = fact->news.disposition_class == NOTIFY_STATE_DISPOSITION_CLASS_AMA;
    out->priority = late || left || fact->death ? ALERT_PRIORITY_HIGH : ALERT_PRIORITY_NORMAL;
}

static void fill_why(const struct notify_telling *t, struct alert_alert_why *out)
{
    const struct notify_state_fact *fact = t->fact;
    bool place = t->filter.level < NOTIFY_PLACE && !t->filter.place_unknown;
    *out = (struct alert_alert_why){.event_kind = (enum alert_alert_event_kind)fact->kind,
                                    .event_id = fact->event_id,
                                    .event_revision = fact->event_revision,
                                    .rule = ho_slice_of(notify_rule_of(fact->kind)),
                                    .policy = ho_slice_of(t->policy->version),
                                    .reason = HO_SLICE("The PCP of that date is told of it."),
                                    .message_id = fact->news.message_id,
                                    .source_topic = fact->news.source_topic,
                                    .source_partition = fact->news.source_partition,
                                    .source_offset = fact->news.source_offset};
    if (place) {
        out->feed = fact->news.feed;
        out->control_id = fact->news.control_id;
    }
}

static void fill_times(const struct notify_telling *t, struct alert_alert_times *out)
{
    const struct notify_state_news *news = &t->fact->news;
    *out = (struct alert_alert_times){.has_occurred = news->has_occurred, .received_ms = news->received_ms};
    memcpy(&out->occurred, &news->occurred, sizeof out->occurred);
    bool minute = news->has_occurred && news->occurred.has_offset_min &&
                  news->occurred.precision >= NOTIFY_STATE_PRECISION_MINUTE;
    if (minute && news->received_ms > news->occurred.utc_ms) { /* rule 24 */
        out->has_age_min = true;
        out->age_min = (int32_t)((news->received_ms - news->occurred.utc_ms) / 60000);
    }
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
                                       .interpreter = state->interpreter,
                                       .zone = state->zone};
}

void notify_fill_pcp(const struct notify_telling *t, const struct notify_state_pcp_span *span,
                     struct alert_alert_recipient *out)
{
    const struct provider *row = ho_directory_get(&t->env->providers, span->provider_id);
    *out = (struct alert_alert_recipient){.role = HO_SLICE("pcp"),
                                          .provider_id = span->provider_id,
                                          .span_from = span->from,
                                          .span_to = span->to,
                                          .fallback = row == NULL,
                                          .basis = HO_SLICE("attributed PCP, 45 CFR 164.506(c)")};
    if (!row)
        return;
    out->npi = row->npi;
    out->family = row->family;
    out->given = row->given;
    out->group_id = row->group_id;
    out->group_name = row->group_name;
    out->channel = ho_slice_of(provider_channel_names[row->channel]);
    out->address = row->address;
    out->quiet_hours = row->quiet_hours;
}

static void fill_place(const struct notify_telling *t, struct alert_alert_encounter *out)
{
    const struct facility *row = ho_directory_get(&t->env->facilities, t->fact->news.facility);
    if (!row || t->filter.level >= NOTIFY_PLACE) /* rules 21 and 22 */
        return;
    out->feed = t->fact->news.feed;
    out->facility_id = row->facility_id;
    out->facility_name = row->name;
    out->facility_npi = row->npi;
    out->facility_phone = row->phone;
    out->facility_kind = ho_slice_of(facility_facility_kind_names[row->kind]);
}

static bool found_by(const struct notify_filter *filter, const char *found)
{
    for (size_t i = 0; i < filter->count; i++)
        if (strcmp(filter->hits[i].found, found) == 0)
            return true;
    return false;
}

static void fill_encounter(const struct notify_telling *t, struct alert_alert_encounter *out)
{
    const struct notify_state_news *news = &t->fact->news;
    *out = (struct alert_alert_encounter){.encounter_id = t->fact->encounter_id,
                                          .class = (enum alert_patient_class)news->encounter_class,
                                          .visit = news->visit,
                                          .has_admitted = news->has_admitted,
                                          .has_discharged = news->has_discharged,
                                          .death = t->fact->death};
    if (out->class == ALERT_PATIENT_CLASS_OBSTETRICS) /* it would be a diagnosis */
        out->class = ALERT_PATIENT_CLASS_INPATIENT;
    memcpy(&out->admitted, &news->admitted, sizeof out->admitted);
    memcpy(&out->discharged, &news->discharged, sizeof out->discharged);
    fill_place(t, out);
    if (!found_by(&t->filter, "disposition")) {
        out->disposition = news->disposition;
        out->disposition_words = notify_disposition_words(news->disposition_class);
    }
    if (t->filter.level >= NOTIFY_DETAILS)
        return;
    out->attending_name = news->attending_name;
    memcpy(&out->diagnoses, &news->diagnoses, sizeof out->diagnoses);
}

static void fill_risk(const struct notify_state *state, struct alert *out)
{
    const struct notify_state_risk *known = &state->risk;
    out->has_risk = state->has_risk;
    out->risk = (struct alert_alert_risk){.as_of = known->as_of,
                                          .tier = known->tier,
                                          .has_lace = known->has_lace,
                                          .lace = known->lace,
                                          .lace_provisional = known->lace_provisional,
                                          .er_visits_12_months = known->er_visits_12_months,
                                          .has_readmission_days = known->has_readmission_days,
                                          .readmission_days = known->readmission_days};
}

void notify_fill(const struct notify_telling *t, struct alert *out)
{
    *out = (struct alert){.has_correction = false};
    fill_risk(t->state, out);
    fill_identity(t, &out->identity);
    fill_why(t, &out->why);
    fill_times(t, &out->times);
    fill_member(t->state, &out->member);
    fill_encounter(t, &out->encounter);
    out->filtering.sensitivity = t->filter.level > NOTIFY_ALL ? HO_SLICE("restricted") : HO_SLICE("normal");
    out->filtering.purpose = HO_SLICE("treatment");
    if (t->filter.level > NOTIFY_ALL)
        out->filtering.notice = HO_SLICE("Details may be withheld by law or by the patient's wish.");
    const struct notify_state_contact_span *contact = notify_contact_on(t->state, t->date);
    if (contact) {
        out->action.contact_name = contact->name;
        out->action.contact_phone = contact->phone;
    }
    bool dead = t->fact->death || t->fact->kind == NOTIFY_STATE_ALERT_EVENT_KIND_MEMBER_DECEASED ||
                (t->state->deceased_date && t->state->deceased_date <= t->date);
    struct notify_asking asking = {dead, notify_hospice_on(t->state, t->date), t->date,
                                   t->policy->kinds[t->fact->kind].ask_days, t->fact->news.disposition_class};
    notify_ask(&asking, out, t->effects->arena);
}
