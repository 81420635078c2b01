#include "notify/notify_core.h"

#include "base/id.h"
#include "care_event.h"
#include "care_risk.h"
#include "notify/due.h"
#include "notify/send.h"
#include "notify/who.h"
#include "provider.h"

#define EFFECTS_OF_A_FACT (2 * (NOTIFY_FORMER_MAX + 4)) /* all who were told, a new PCP, the care team; an audit record each */
_Static_assert(EFFECTS_OF_A_FACT <= HO_EFFECTS_MAX, "a fact fits");

/* Counters, the way there, and risk, which comes when it comes; texts and lists of fields follow from those. */
const char *const notify_loose[] = {"revision", "own_revision", "supersedes", "idempotency_key", "kind",    "correction", "reason",
                                    "risk",     "decided_ms",   "told_ms",    "former",          "subject", "body",       "disclosed",
                                    NULL};

_Static_assert(sizeof(struct notify_state_hl7_time) == sizeof(struct care_event_hl7_time), "one Hl7Time");
_Static_assert(sizeof(struct notify_state_diagnosis_list) == sizeof(struct care_event_diagnosis_list), "one Diagnosis");
_Static_assert(sizeof(struct notify_state_diagnosis) == sizeof(struct care_event_diagnosis), "one Diagnosis");
_Static_assert(sizeof(struct notify_state_restriction_list) == sizeof(struct care_event_restriction_list), "one Restriction");

/* ---- an event becomes a fact */

static void take_news(const struct care_event *event, struct notify_state_news *out)
{
    *out = (struct notify_state_news){.encounter_class = (enum notify_state_patient_class)event->encounter_class,
                                      .facility = event->facility,
                                      .facility_kind = (enum notify_state_facility_kind)event->facility_kind,
                                      .feed = event->feed,
                                      .visit = event->visit,
                                      .has_occurred = event->has_occurred,
                                      .has_admitted = event->has_admitted,
                                      .has_discharged = event->has_discharged,
                                      .attending_name = event->attending_name,
                                      .hospital_service = event->hospital_service,
                                      .point_of_care = event->point_of_care,
                                      .er_encounter_id = event->er_encounter_id,
                                      .observation_encounter_id = event->observation_encounter_id,
                                      .transferred_from = event->transferred_from,
                                      .disposition = event->disposition,
                                      .disposition_class = (enum notify_state_disposition_class)event->disposition_class,
                                      .presumed = event->presumed,
                                      .moved_to = event->moved_to,
                                      .message_id = event->message_id,
                                      .control_id = event->control_id,
                                      .received_ms = event->received_ms,
                                      .source_topic = event->source_topic,
                                      .source_partition = event->source_partition,
                                      .source_offset = event->source_offset};
    memcpy(&out->occurred, &event->occurred, sizeof out->occurred);
    memcpy(&out->admitted, &event->admitted, sizeof out->admitted);
    memcpy(&out->discharged, &event->discharged, sizeof out->discharged);
    memcpy(&out->diagnoses, &event->diagnoses, sizeof out->diagnoses);
    memcpy(&out->restrictions, &event->restrictions, sizeof out->restrictions);
}

/* Rule 15; NULL for a duplicate. */
static struct notify_state_fact *take_event(const struct notify_telling *t, const struct care_event *event)
{
    struct notify_state_fact *fact = notify_find(t->state, event->event_id);
    if (fact && fact->event_revision >= event->revision)
        return NULL;
    if (!fact)
        fact = notify_add(t->state, t->effects->arena);
    fact->event_id = event->event_id;
    fact->event_revision = event->revision;
    fact->kind = (enum notify_state_alert_event_kind)event->kind;
    fact->voided = event->change == CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    fact->encounter_id = event->encounter_id;
    fact->became = event->became;
    fact->death = event->death;
    fact->at_ms = t->event->now_ms;
    fact->mode = t->event->mode.len ? t->event->mode : HO_SLICE("live");
    fact->has_news = true;
    take_news(event, &fact->news);
    fact->expires_at_ms = notify_expires(
        notify_policy_on(&t->env->policies, notify_event_date(&fact->news, fact->at_ms)), &fact->news, fact->at_ms);
    return fact;
}

/* ---- what is told at all */

static bool is_of_a_visit(enum notify_state_alert_event_kind kind)
{
    return kind >= NOTIFY_STATE_ALERT_EVENT_KIND_ADMITTED && kind <= NOTIFY_STATE_ALERT_EVENT_KIND_OBSERVATION_ENDED;
}

/* An ER visit became this observation; and no admission that was withdrawn for it, which the PCP may have been told. */
static bool follows_er(const struct notify_telling *t)
{
    bool follows = false;
    for (size_t i = 0; i < t->state->facts.count; i++) {
        const struct notify_state_fact *one = &t->state->facts.items[i];
        bool arrived = one->kind == NOTIFY_STATE_ALERT_EVENT_KIND_ER_ARRIVED &&
                       ho_slice_equal(one->encounter_id, t->fact->encounter_id);
        bool became = one->kind == NOTIFY_STATE_ALERT_EVENT_KIND_ER_DEPARTED &&
                      ho_slice_equal(one->became, t->fact->encounter_id);
        if (one->voided && one->kind == NOTIFY_STATE_ALERT_EVENT_KIND_ADMITTED &&
            ho_slice_equal(one->encounter_id, t->fact->encounter_id))
            return false;
        follows |= !one->voided && (arrived || became);
    }
    return follows;
}

/* Rules 1 to 8; the reason why not, or NULL. */
static const char *not_told(const struct notify_telling *t)
{
    const struct notify_state_fact *fact = t->fact;
    bool dead = fact->kind == NOTIFY_STATE_ALERT_EVENT_KIND_ER_DEPARTED && fact->death;
    if (fact->became.len)
        return "notify.7 went on as another";
    if (fact->news.presumed)
        return "notify.8 presumed";
    if (!t->policy->kinds[fact->kind].tell && !dead)
        return "notify.7 kind not told";
    if (fact->kind == NOTIFY_STATE_ALERT_EVENT_KIND_OBSERVATION_STARTED && follows_er(t))
        return "notify.7 part of an ER visit's story";
    return NULL;
}

/* ---- telling */

static struct notify_state_pcp_span own_span(const struct notify_state_fact *fact)
{
    return (struct notify_state_pcp_span){fact->span_from, fact->span_to, fact->provider_id};
}

static void keep_recipient(struct notify_state_fact *fact, const struct notify_telling *t,
                           const struct notify_state_pcp_span *span)
{
    fact->provider_id = span->provider_id;
    fact->span_from = span->from;
    fact->span_to = span->to;
    fact->fallback = ho_directory_get(&t->env->providers, span->provider_id) == NULL;
}

/* To all who were told and are not the recipient any more. */
static void send_former(const struct notify_telling *t, struct notify_sending sending)
{
    for (size_t i = 0; i < t->fact->former.count; i++) {
        struct notify_state_former *one = &t->fact->former.items[i];
        struct notify_state_pcp_span span = {one->span_from, one->span_to, one->provider_id};
        sending.supersedes = one->own_revision;
        notify_send_pcp(t, &sending, &span);
        one->own_revision = t->fact->revision;
    }
}

static void send_own(const struct notify_telling *t, struct notify_sending sending)
{
    struct notify_state_pcp_span span = own_span(t->fact);
    sending.supersedes = t->fact->own_revision;
    notify_send_pcp(t, &sending, &span);
    t->fact->own_revision = t->fact->revision;
}

/* Rule 12: what waited for somebody waits no more. */
static void close_queue(const struct notify_telling *t, const struct alert *base, const char *reason)
{
    struct notify_state_fact *fact = t->fact;
    struct notify_changes none = {.count = 0};
    fact->queue_due_ms = HO_NEVER;
    if (!fact->queue_revision || fact->queue_closed)
        return;
    notify_send_careteam(t, &(struct notify_sending){base, ALERT_ALERT_KIND_RETRACTION, reason, &none, fact->queue_revision});
    fact->queue_closed = true;
}

/* Rule 12: nobody's work is the deceased, and who was not covered. */
static bool is_nobodys(const struct notify_telling *t)
{
    const struct notify_state *state = t->state;
    bool dead = t->fact->death || (state->deceased_date && state->deceased_date <= t->date) ||
                t->fact->kind == NOTIFY_STATE_ALERT_EVENT_KIND_MEMBER_DECEASED;
    return dead || (state->member_id.len && !notify_covered_on(state, t->date));
}

/* Rules 11 and 12. */
static void wait(const struct notify_telling *t)
{
    struct notify_state_fact *fact = t->fact;
    if (is_nobodys(t)) {
        fact->queue_due_ms = HO_NEVER;
        t->effects->reason = "notify.10 waits, not covered or deceased";
        return;
    }
    bool again = fact->queue_revision && (t->event->input == NOTIFY_CARE_EVENTS || fact->queue_closed);
    t->effects->reason = "notify.11 waits for a recipient";
    if (!fact->queue_revision && fact->queue_due_ms == HO_NEVER)
        fact->queue_due_ms = fact->at_ms + t->policy->queue_hours * INT64_C(3600000);
    if (!again && fact->queue_due_ms > t->event->now_ms)
        return;
    struct alert base;
    notify_fill(t, &base);
    fact->queue_due_ms = HO_NEVER;
    fact->queue_told_ms = t->event->now_ms;
    fact->queue_closed = false;
    t->effects->reason = "notify.12 the care team is told";
    notify_send_careteam(t, &(struct notify_sending){&base, ALERT_ALERT_KIND_ESCALATION, "The member has no primary care provider on that date.",
                                                     NULL, fact->queue_revision});
}

static void tell_first(const struct notify_telling *t, const struct alert *base, const struct notify_state_pcp_span *span)
{
    struct notify_state_fact *fact = t->fact;
    fact->alert_id = notify_alert_id(t, fact->encounter_id, fact->kind, "pcp");
    fact->told_ms = t->event->now_ms;
    keep_recipient(fact, t, span);
    send_own(t, (struct notify_sending){.base = base, .kind = ALERT_ALERT_KIND_ALERT});
    close_queue(t, base, "The primary care provider was told after all.");
}

/* Rule 19: who was told before learns it; the new one is told, or told again. */
static void tell_another(const struct notify_telling *t, const struct alert *base, const struct notify_state_pcp_span *span,
                         struct notify_changes *changes)
{
    struct notify_state_fact *fact = t->fact;
    int64_t told_ms = t->event->now_ms;
    static const char reason[] = "Another primary care provider is attributed on that date.";
    changes->items[changes->count++] =
        (struct alert_alert_change){HO_SLICE("recipient"), fact->provider_id, span->provider_id};
    int32_t before = notify_back_again(fact, span->provider_id, &told_ms);
    notify_make_former(fact, t->effects->arena);
    send_former(t, (struct notify_sending){base, ALERT_ALERT_KIND_CORRECTION, reason, changes, 0});
    keep_recipient(fact, t, span);
    fact->own_revision = before;
    fact->told_ms = told_ms;
    send_own(t, (struct notify_sending){base, before ? ALERT_ALERT_KIND_CORRECTION : ALERT_ALERT_KIND_ALERT,
                                        before ? reason : NULL, before ? changes : NULL, 0});
}

static const char *reason_of(const struct notify_telling *t, bool again, bool row)
{
    if (again)
        return "The notice that was withdrawn stands.";
    if (row)
        return "The plan's records of provider or place came later.";
    if (t->event->input == NOTIFY_CARE_EVENTS)
        return "The sender gave other facts.";
    return "The plan's records of the member changed.";
}

/* Rules 16, 18 to 21. */
static void tell_again(const struct notify_telling *t, const struct alert *base, const struct ho_slice *shown,
                       const struct notify_state_pcp_span *span)
{
    struct notify_state_fact *fact = t->fact;
    struct notify_changes changes = {.count = 0};
    bool again = fact->retracted, row = t->event->input == HO_EVENT_WAKE;
    bool moved = span && !ho_slice_equal(span->provider_id, fact->provider_id);
    notify_compare(t, shown, &changes);
    fact->retracted = false;
    if (moved) {
        t->effects->reason = "notify.19";
        tell_another(t, base, span, &changes);
        return;
    }
    bool others = changes.count || again; /* a provider's own row concerns nobody else */
    const struct provider *known = ho_directory_get(&t->env->providers, fact->provider_id);
    if (fact->fallback && known) { /* rule 20 */
        struct ho_slice name = ho_arena_printf(t->effects->arena, "%.*s, %.*s", HO_SLICE_ARG(known->family),
                                               HO_SLICE_ARG(known->given));
        changes.items[changes.count++] = (struct alert_alert_change){HO_SLICE("recipient"), fact->provider_id, name};
        fact->fallback = false;
    }
    if (!changes.count && !again)
        return;
    struct notify_sending sending = {base, ALERT_ALERT_KIND_CORRECTION, reason_of(t, again, row), &changes, 0};
    if (others)
        send_former(t, sending);
    send_own(t, sending);
    t->effects->reason = again ? "notify.18" : "notify.16";
}

/* Rule 17. */
static void take_back(const struct notify_telling *t)
{
    struct notify_state_fact *fact = t->fact;
    struct notify_changes changes = {.count = 0};
    struct alert base;
    const char *reason = fact->news.moved_to.len ? "It belongs to another member number; this one has no such record." : "The sender has withdrawn it.";
    t->effects->reason = "notify.17 void before anybody was told";
    notify_fill(t, &base);
    base.encounter.attending_name = HO_SLICE(""); /* nothing that was not said before */
    base.encounter.diagnoses.count = 0;
    base.has_risk = false;
    close_queue(t, &base, reason);
    if (fact->revision && !fact->retracted) {
        notify_all_back(fact, &changes);
        struct notify_sending sending = {&base, ALERT_ALERT_KIND_RETRACTION, reason, &changes, 0};
        send_former(t, sending);
        send_own(t, sending);
        fact->retracted = true;
        t->effects->reason = "notify.17";
    }
    fact->has_news = false;
}

/* What holds for the fact by all that is known now, told as far as it was not. */
static void reconcile(struct notify_telling *t, struct notify_state_fact *fact)
{
    if (!fact->has_news)
        return;
    if (t->effects->count + EFFECTS_OF_A_FACT > HO_EFFECTS_MAX) {
        t->state->resume_at_ms = t->event->now_ms + 1;
        if (fact->queue_due_ms <= t->event->now_ms)
            fact->queue_due_ms = t->state->resume_at_ms;
        return;
    }
    notify_look(t, fact);
    if (fact->voided) {
        take_back(t);
        return;
    }
    const char *why_not = fact->revision ? NULL : not_told(t);
    if (!why_not && t->filter.level == NOTIFY_NOTHING)
        why_not = "notify.22 withheld";
    if (why_not) {
        t->effects->reason = why_not;
        if (t->filter.level == NOTIFY_NOTHING && t->event->input == NOTIFY_CARE_EVENTS)
            notify_audit_withheld(t);
        return;
    }
    bool known = t->state->member_id.len && notify_covered_on(t->state, t->date);
    const struct notify_state_pcp_span *span = known ? notify_pcp_on(t->state, t->date) : NULL;
    if (!span && !fact->revision) {
        wait(t);
        return;
    }
    struct ho_slice shown[NOTIFY_SHOWN_COUNT];
    struct alert base;
    notify_fill(t, &base);
    notify_show(&base, t->effects->arena, shown);
    if (fact->revision)
        tell_again(t, &base, shown, span);
    else
        tell_first(t, &base, span);
    fact->place_unknown = t->filter.place_unknown;
    notify_keep_shown(t, shown);
}

static void reconcile_all(struct notify_telling *t)
{
    for (size_t i = 0; i < t->state->facts.count; i++)
        reconcile(t, &t->state->facts.items[i]);
}

/* ---- inputs */

static void on_care_event(struct notify_telling *t, const struct care_event *event)
{
    enum notify_state_alert_event_kind kind = (enum notify_state_alert_event_kind)event->kind;
    const struct notify_policy *policy = notify_policy_on(&t->env->policies, event->has_occurred ? event->occurred.local_date : 0);
    t->effects->outcome = HO_IGNORED;
    t->effects->reason = "notify.8 not production";
    if (event->processing_id != CARE_EVENT_PROCESSING_PRODUCTION)
        return;
    t->effects->reason = "notify.7 kind not told";
    if (!is_of_a_visit(kind) && !policy->kinds[kind].tell)
        return;
    t->effects->reason = "notify.15 duplicate";
    struct notify_state_fact *fact = take_event(t, event);
    if (!fact)
        return;
    t->effects->outcome = HO_APPLIED;
    t->effects->reason = notify_rule_of(kind);
    reconcile(t, fact);
    for (size_t i = 0; fact->voided && i < t->state->facts.count; i++) { /* rule 7: the observation instead of an admission */
        struct notify_state_fact *other = &t->state->facts.items[i];
        if (other->kind == NOTIFY_STATE_ALERT_EVENT_KIND_OBSERVATION_STARTED &&
            ho_slice_equal(other->encounter_id, fact->encounter_id))
            reconcile(t, other);
    }
}

/* Rule 6: the row's date of death is a fact of its own, unless a stay has said it. */
static void take_death(const struct notify_telling *t)
{
    char id[HO_ID_SIZE];
    const struct ho_slice parts[] = {t->event->key, HO_SLICE("deceased")};
    struct ho_slice event_id = ho_arena_slice(t->effects->arena, ho_id_make(id, "evt", parts, 2));
    struct notify_state_fact *fact = notify_find(t->state, event_id);
    int32_t date = t->state->deceased_date;
    bool told = false;
    for (size_t i = 0; i < t->state->facts.count; i++)
        told |= t->state->facts.items[i].death && !t->state->facts.items[i].voided;
    if (!fact && (!date || told))
        return;
    if (fact && (date ? !fact->voided && fact->has_news && fact->news.occurred.local_date == date : fact->voided))
        return;
    if (!fact)
        fact = notify_add(t->state, t->effects->arena);
    fact->event_id = event_id;
    fact->event_revision++;
    fact->kind = NOTIFY_STATE_ALERT_EVENT_KIND_MEMBER_DECEASED;
    fact->voided = date == 0;
    fact->at_ms = t->event->now_ms;
    fact->mode = t->event->mode.len ? t->event->mode : HO_SLICE("live");
    if (date) {
        fact->news = (struct notify_state_news){.has_occurred = true, .received_ms = t->event->now_ms};
        fact->news.occurred = (struct notify_state_hl7_time){.precision = NOTIFY_STATE_PRECISION_DAY, .local_date = date};
    }
    fact->has_news = true;
    fact->expires_at_ms = notify_expires(notify_policy_on(&t->env->policies, date), &fact->news, fact->at_ms);
}

/* Rule 25. */
static void take_risk(const struct notify_telling *t, const struct care_risk *row)
{
    struct notify_state *state = t->state;
    t->effects->reason = "notify.25";
    if (!row || (state->has_risk && state->risk.revision >= row->revision)) {
        t->effects->outcome = HO_IGNORED;
        t->effects->reason = "notify.15 duplicate";
        return;
    }
    state->has_risk = true;
    state->risk = (struct notify_state_risk){.revision = row->revision,
                                             .as_of = row->as_of,
                                             .tier = ho_slice_of(care_risk_risk_tier_names[row->tier]),
                                             .has_lace = row->has_lace,
                                             .lace = row->lace.total,
                                             .lace_provisional = row->has_lace && row->lace.provisional,
                                             .er_visits_12_months = row->er_visits.months_12,
                                             .has_readmission_days = row->has_readmission_days,
                                             .readmission_days = row->readmission_days};
}

/* What is due by then: expired news are let go, and who waited is told of to the care team. */
static void fire(struct notify_telling *t, int64_t by_ms)
{
    for (size_t i = 0; i < t->state->facts.count; i++) {
        struct notify_state_fact *fact = &t->state->facts.items[i];
        if (fact->queue_due_ms <= by_ms)
            reconcile(t, fact);
        if (fact->expires_at_ms > by_ms)
            continue;
        fact->expires_at_ms = HO_NEVER;
        notify_look(t, fact);
        if (fact->revision || not_told(t))
            fact->has_news = false;
    }
}

void notify_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects)
{
    struct notify_telling t = {.env = env, .event = event, .state = states[0], .effects = effects};
    if (event->input == NOTIFY_CARE_EVENTS) {
        if (event->record)
            on_care_event(&t, event->record);
        return;
    }
    if (event->input == NOTIFY_CARE_RISK) {
        take_risk(&t, event->record);
        return;
    }
    if (event->input == HO_EVENT_TIMER) {
        effects->reason = "notify.12";
        fire(&t, event->now_ms);
        if (t.state->resume_at_ms && t.state->resume_at_ms <= event->now_ms) {
            t.state->resume_at_ms = 0;
            reconcile_all(&t);
        }
        return;
    }
    effects->reason = "notify.13";
    if (event->input == NOTIFY_MEMBERS) {
        notify_take_member(t.state, event->record, effects->arena);
        take_death(&t);
    }
    reconcile_all(&t);
}

int64_t notify_next_due(const void *state_)
{
    const struct notify_state *state = state_;
    int64_t due = state->resume_at_ms ? state->resume_at_ms : HO_NEVER;
    for (size_t i = 0; i < state->facts.count; i++) {
        const struct notify_state_fact *fact = &state->facts.items[i];
        if (fact->queue_due_ms < due)
            due = fact->queue_due_ms;
        if (fact->expires_at_ms < due)
            due = fact->expires_at_ms;
    }
    return due;
}

void notify_waits(const void *state_, struct ho_tokens *tokens)
{
    const struct notify_state *state = state_;
    for (size_t i = state->facts.count; i-- > 0 && tokens->count + 2 <= HO_TOKENS_MAX;) { /* the newest first */
        const struct notify_state_fact *fact = &state->facts.items[i];
        if (!fact->has_news || !fact->revision)
            continue;
        if (fact->fallback)
            ho_tokens_add(tokens, ho_arena_printf(tokens->arena, "providers/%.*s", HO_SLICE_ARG(fact->provider_id)));
        if (fact->place_unknown)
            ho_tokens_add(tokens, ho_arena_printf(tokens->arena, "facilities/%.*s", HO_SLICE_ARG(fact->news.facility)));
    }
}
