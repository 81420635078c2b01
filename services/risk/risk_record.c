#include "risk/risk_record.h"

#include "base/id.h"

typedef struct risk_picture pic; /* file-local short name */

#define ENCOUNTERS_SHOWN_MAX 32
#define ER_SHOWN_MAX 16

static int32_t date_of(int32_t day)
{
    return day > 0 ? risk_date(day) : 0;
}

static size_t bits(uint32_t set)
{
    return (size_t)__builtin_popcount(set);
}

/* ---- digest: numbers in a fixed order; a text counts by its hash */

struct numbers {
    int64_t items[128 + 2 * ENCOUNTERS_SHOWN_MAX * 2 + ER_SHOWN_MAX];
    size_t count;
};

static void add(struct numbers *n, int64_t value)
{
    HO_ASSERT(n->count < HO_LENGTH(n->items));
    n->items[n->count++] = value;
}

static void add_text(struct numbers *n, struct ho_slice text)
{
    add(n, text.len ? (int64_t)ho_hash64(text.ptr, text.len) : 0);
}

/* The newest visits or stays of 12 months. */
struct shown {
    struct ho_slice ids[ENCOUNTERS_SHOWN_MAX];
    int32_t days[ENCOUNTERS_SHOWN_MAX];
    size_t count;
};

static void show(struct shown *shown, const pic *picture, int32_t day, struct ho_slice id)
{
    if (day > picture->day || shown->count == ENCOUNTERS_SHOWN_MAX)
        return;
    shown->ids[shown->count] = id;
    shown->days[shown->count++] = day;
}

static struct shown visits_shown(const pic *picture)
{
    struct shown out;
    out.count = 0;
    for (size_t i = picture->history.visit_count; i-- > 0 && picture->history.visits[i].day >= picture->year_before;)
        show(&out, picture, picture->history.visits[i].day, picture->history.visits[i].encounter_id);
    return out;
}

static struct shown stays_shown(const pic *picture)
{
    struct shown out;
    out.count = 0;
    for (size_t i = picture->history.stay_count; i-- > 0 && picture->history.stays[i].start >= picture->year_before;)
        show(&out, picture, picture->history.stays[i].start, picture->history.stays[i].encounter_id);
    return out;
}

static struct shown lace_er_shown(const pic *picture)
{
    struct shown out;
    out.count = 0;
    if (picture->stay < 0)
        return out;
    for (size_t i = picture->history.visit_count; i-- > 0 && out.count < ER_SHOWN_MAX;)
        if (risk_counts_for_er(picture, &picture->history.visits[i]))
            show(&out, picture, picture->history.visits[i].day, picture->history.visits[i].encounter_id);
    return out;
}

static void add_shown(struct numbers *n, const struct shown *shown)
{
    add(n, (int64_t)shown->count);
    for (size_t i = 0; i < shown->count; i++) {
        add_text(n, shown->ids[i]);
        add(n, shown->days[i]);
    }
}

static void add_lace(struct numbers *n, const pic *picture)
{
    const struct hospital_input *input = &picture->hospital_input;
    const struct hospital *hospital = &picture->hospital;
    add(n, picture->stay >= 0);
    if (picture->stay < 0)
        return;
    const struct risk_stay *stay = &picture->history.stays[picture->stay];
    struct shown er = lace_er_shown(picture);
    add_text(n, stay->encounter_id);
    add(n, stay->start);
    add(n, stay->end);
    add(n, stay->flags & RISK_OUTSIDE);
    add(n, (int64_t)picture->lace.length << 24 | (int64_t)picture->lace.acute << 16 |
               (int64_t)picture->lace.comorbidity << 8 | picture->lace.er);
    add(n, (int64_t)picture->stay_days << 32 | picture->comorbidity_points);
    add(n, picture->readmission_days);
    add(n, picture->provisional | hospital->known << 1 | input->has_hemoglobin << 2 | input->has_sodium << 3 |
               picture->service_known << 4);
    add(n, (int64_t)hospital->hemoglobin << 40 | (int64_t)hospital->oncology << 32 | (int64_t)hospital->sodium << 24 |
               (int64_t)hospital->procedure << 20 | (int64_t)hospital->index_type << 16 |
               (int64_t)hospital->admissions << 8 | hospital->length);
    for (size_t i = 0; i < er.count; i++)
        add_text(n, er.ids[i]);
}

static void add_people(struct numbers *n, const pic *picture)
{
    const struct risk_state_override *set = picture->tiers.override;
    add(n, set != NULL);
    if (set) {
        add_text(n, set->action_id);
        add(n, set->tier);
        add_text(n, set->by);
        add_text(n, set->reason);
        add(n, (int64_t)set->day << 32 | set->until_day);
    }
    add(n, picture->hra != NULL);
    if (picture->hra) {
        add_text(n, picture->hra->assessment_id);
        add(n, (int64_t)picture->hra->day << 32 | picture->hra->needs);
        add(n, (int64_t)picture->hra->medical << 32 | picture->hra->psychosocial);
    }
}

int64_t risk_digest(const pic *picture)
{
    struct numbers n;
    struct shown visits = visits_shown(picture), stays = stays_shown(picture);
    n.count = 0;
    add(&n, (int64_t)picture->as_of << 32 | (int64_t)picture->standing);
    add(&n, (int64_t)picture->tiers.tier << 16 | (int64_t)picture->tiers.computed << 8 | picture->tiers.previous);
    add(&n, (int64_t)picture->tiers.changed_day << 32 | picture->tiers.held_day);
    add(&n, (int64_t)picture->tiers.reasons << 32 | picture->gaps);
    for (size_t i = 0; i < RISK_FEATURES; i++)
        add(&n, picture->tiers.features[i]);
    add(&n, (int64_t)picture->groups << 32 | picture->charlson_points);
    add(&n, (int64_t)picture->hra_due << 32 | (int64_t)picture->trend);
    add(&n, picture->policy->from_day);
    add_shown(&n, &visits);
    add_shown(&n, &stays);
    add_lace(&n, picture);
    add_people(&n, picture);
    int64_t digest = (int64_t)ho_hash64(n.items, n.count * sizeof n.items[0]);
    return digest ? digest : 1;
}

/* ---- record */

static void fill_window(const struct shown *shown, const int32_t counts[3], struct ho_arena *arena,
                        struct care_risk_window_counts *out)
{
    struct care_risk_window_encounter *items = HO_ARENA_ARRAY(arena, struct care_risk_window_encounter, shown->count);
    for (size_t i = 0; i < shown->count; i++)
        items[i] = (struct care_risk_window_encounter){shown->ids[i], date_of(shown->days[i])};
    out->days_30 = counts[0];
    out->months_6 = counts[1];
    out->months_12 = counts[2];
    out->encounters.items = items;
    out->encounters.count = shown->count;
}

static struct ho_slice *ids_of(const struct shown *shown, struct ho_arena *arena)
{
    struct ho_slice *ids = HO_ARENA_ARRAY(arena, struct ho_slice, shown->count);
    for (size_t i = 0; i < shown->count; i++)
        ids[i] = shown->ids[i];
    return ids;
}

static void fill_lace(const pic *picture, struct ho_arena *arena, struct care_risk *out)
{
    out->has_lace = picture->stay >= 0;
    if (!out->has_lace)
        return;
    const struct risk_stay *stay = &picture->history.stays[picture->stay];
    const struct lace *lace = &picture->lace;
    struct shown er = lace_er_shown(picture);
    out->lace = (struct care_risk_lace){.encounter_id = stay->encounter_id,
                                        .admitted = date_of(stay->start),
                                        .discharged = picture->provisional ? 0 : date_of(stay->end),
                                        .length = lace->length,
                                        .acute = lace->acute,
                                        .comorbidity = lace->comorbidity,
                                        .er = lace->er,
                                        .total = lace->total,
                                        .band = (enum care_risk_risk_tier)lace_band(lace->total),
                                        .stay_days = picture->stay_days,
                                        .comorbidity_points = picture->comorbidity_points,
                                        .provisional = picture->provisional,
                                        .outside_validation = (stay->flags & RISK_OUTSIDE) != 0,
                                        .probability_permille = lace_probability_permille(lace->total)};
    out->lace.er_visits.items = ids_of(&er, arena);
    out->lace.er_visits.count = er.count;
    out->has_readmission_days = picture->readmission_days >= 0;
    out->readmission_days = picture->readmission_days;
}

static void fill_hospital(const pic *picture, struct ho_arena *arena, struct care_risk *out)
{
    const struct hospital *hospital = &picture->hospital;
    const struct hospital_input *input = &picture->hospital_input;
    struct ho_slice *missing = HO_ARENA_ARRAY(arena, struct ho_slice, 3);
    size_t count = 0;
    if (picture->stay < 0 || picture->provisional)
        return;
    if (!input->has_hemoglobin)
        missing[count++] = HO_SLICE("hemoglobin");
    if (!input->has_sodium)
        missing[count++] = HO_SLICE("sodium");
    if (!picture->service_known)
        missing[count++] = HO_SLICE("service");
    out->hospital_missing.items = missing;
    out->hospital_missing.count = count;
    out->has_hospital = hospital->known;
    out->hospital = (struct care_risk_hospital_score){.hemoglobin = hospital->hemoglobin,
                                                      .oncology = hospital->oncology,
                                                      .sodium = hospital->sodium,
                                                      .procedure = hospital->procedure,
                                                      .index_type = hospital->index_type,
                                                      .admissions = hospital->admissions,
                                                      .length = hospital->length,
                                                      .total = hospital->total,
                                                      .band = (enum care_risk_risk_tier)hospital_band(hospital->total)};
}

/* The rule's words with the value for {n}. */
static struct ho_slice words_of(const struct risk_rule *rule, int32_t value, struct ho_arena *arena)
{
    const char *mark = strstr(rule->words, "{n}");
    if (!mark)
        return ho_slice_of(rule->words);
    return ho_arena_numbered(arena, (struct ho_slice){rule->words, (size_t)(mark - rule->words)}, "", value, mark + 3);
}

static void fill_reasons(const pic *picture, struct ho_arena *arena, struct care_risk *out)
{
    struct care_risk_risk_reason *items = HO_ARENA_ARRAY(arena, struct care_risk_risk_reason, bits(picture->tiers.reasons));
    size_t count = 0;
    for (size_t i = 0; i < picture->policy->rule_count; i++) {
        const struct risk_rule *rule = &picture->policy->rules[i];
        if (picture->tiers.reasons & 1U << i)
            items[count++] = (struct care_risk_risk_reason){
                .rule = ho_slice_of(rule->name),
                .words = words_of(rule, picture->tiers.features[rule->feature], arena),
                .tier = (enum care_risk_risk_tier)rule->tier,
                .points = rule->points,
                .source = ho_slice_of(rule->source)};
    }
    out->reasons.items = items;
    out->reasons.count = count;
    out->points = picture->tiers.points;
}

static void fill_hra(const pic *picture, struct care_risk *out)
{
    const struct risk_state_answers *hra = picture->hra;
    out->hra_next_due = date_of(picture->hra_due);
    out->symptom_trend = (enum care_risk_trend)picture->trend;
    out->has_hra = hra != NULL;
    if (!hra)
        return;
    out->hra = (struct care_risk_hra_score){hra->assessment_id, date_of(hra->day), hra->medical, hra->psychosocial};
    out->long_term_services = (enum care_risk_need)RISK_NEED_OF(hra->needs, 0);
    out->housing = (enum care_risk_need)RISK_NEED_OF(hra->needs, 1);
    out->food = (enum care_risk_need)RISK_NEED_OF(hra->needs, 2);
    out->transport = (enum care_risk_need)RISK_NEED_OF(hra->needs, 3);
}

static void fill_lists(const pic *picture, struct ho_arena *arena, struct care_risk *out)
{
    const struct charlson *list = &picture->policy->charlson;
    struct ho_slice *groups = HO_ARENA_ARRAY(arena, struct ho_slice, bits(picture->groups));
    struct ho_slice *gaps = HO_ARENA_ARRAY(arena, struct ho_slice, bits(picture->gaps));
    for (size_t i = 0; i < list->group_count; i++)
        if (picture->groups & 1U << i)
            groups[out->charlson_groups.count++] = ho_slice_of(list->groups[i].key);
    for (size_t i = 0; i < RISK_GAPS; i++)
        if (picture->gaps & 1U << i)
            gaps[out->gaps.count++] = ho_slice_of(risk_gap_names[i]);
    out->charlson_groups.items = groups;
    out->gaps.items = gaps;
    out->charlson_points = picture->charlson_points;
}

static void fill_tier(const pic *picture, struct care_risk *out)
{
    const struct risk_tiers *tiers = &picture->tiers;
    const struct risk_state_override *set = tiers->override;
    out->tier = (enum care_risk_risk_tier)tiers->tier;
    out->computed_tier = (enum care_risk_risk_tier)tiers->computed;
    out->previous_tier = (enum care_risk_risk_tier)tiers->previous;
    out->changed_at = date_of(tiers->changed_day);
    out->held_until = date_of(tiers->held_day);
    out->has_override = set != NULL;
    if (set)
        out->override = (struct care_risk_risk_override){.action_id = set->action_id,
                                                         .tier = (enum care_risk_risk_tier)set->tier,
                                                         .by = set->by,
                                                         .reason = set->reason,
                                                         .from = date_of(set->day),
                                                         .until = date_of(set->until_day)};
}

void risk_record_fill(const pic *picture, struct ho_slice member, struct ho_arena *arena, struct care_risk *ret_record)
{
    char id[HO_ID_SIZE];
    struct care_risk *out = ret_record;
    const int32_t *features = picture->tiers.features;
    struct shown visits = visits_shown(picture), stays = stays_shown(picture);
    *out = (struct care_risk){.member_id = member,
                              .risk_id = ho_arena_slice(arena, ho_id_make(id, "rsk", &member, 1)),
                              .as_of = date_of(picture->as_of),
                              .standing = (enum care_risk_standing)picture->standing,
                              .er_released_12_months = features[RISK_ER_RELEASED_12],
                              .observations_12_months = features[RISK_OBSERVATIONS_12],
                              .frequent_er = features[RISK_ER_12] >= picture->policy->frequent_er_visits,
                              .policy = ho_slice_of(picture->policy->version),
                              .not_for_coverage = true};
    fill_tier(picture, out);
    fill_reasons(picture, arena, out);
    fill_lace(picture, arena, out);
    fill_hospital(picture, arena, out);
    fill_window(&visits, features + RISK_ER_30, arena, &out->er_visits);
    fill_window(&stays, features + RISK_ADMISSIONS_30, arena, &out->admissions);
    fill_hra(picture, out);
    fill_lists(picture, arena, out);
}

void risk_remember(const struct care_risk *record, int64_t digest, struct ho_arena *arena, struct risk_state *state)
{
    struct ho_slice *rules = HO_ARENA_ARRAY(arena, struct ho_slice, record->reasons.count);
    for (size_t i = 0; i < record->reasons.count; i++)
        rules[i] = record->reasons.items[i].rule;
    state->rules.items = rules;
    state->rules.count = record->reasons.count;
    state->revision = record->revision;
    state->digest = digest;
    state->as_of = record->as_of;
    state->standing = (int32_t)record->standing;
    state->tier = (int32_t)record->tier;
    state->previous_tier = (int32_t)record->previous_tier;
    state->changed_at = record->changed_at;
    state->held_until = record->held_until;
    state->overridden = record->has_override;
    state->points = record->points;
    state->lace = record->has_lace ? record->lace.total : -1;
    state->lace_provisional = record->has_lace && record->lace.provisional;
    state->er_12_months = record->er_visits.months_12;
    state->admissions_12_months = record->admissions.months_12;
    state->frequent_er = record->frequent_er;
    state->readmission = record->has_readmission_days;
    state->policy = record->policy;
}
