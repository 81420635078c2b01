/* A row per rule of windows.h, tier.h, picture.h and risk_core.h; and the worked examples of stays, to the digit. */
#include "unit/risk/world.h"

TestSuite(risk, .init = world_setup, .fini = world_teardown);

static const struct care_risk *take(struct decider *d, struct care_event *event)
{
    return feed(d, RISK_CARE_EVENTS, event, noon(event->occurred.local_date));
}

static void er_visit(struct decider *d, const char *encounter, int32_t date)
{
    take(d, care(KIND(ER_ARRIVED), encounter, date));
}

static const struct care_risk *stay(struct decider *d, const char *encounter, int32_t from, int32_t to, const char *codes)
{
    struct care_event *out = care(KIND(DISCHARGED), encounter, to);
    take(d, urgent(with_codes(care(KIND(ADMITTED), encounter, from), codes)));
    out->disposition_class = CARE_EVENT_DISPOSITION_CLASS_HOME;
    return take(d, urgent(out));
}

static const struct care_risk *clinical(struct decider *d, const char *id, const char *kind, int32_t date, const char *rest)
{
    return feed(d, RISK_CLINICAL_FACTS,
                record_of(&clinical_fact_record, "{\"member_id\":\"M1\",\"fact_id\":\"%s\",\"kind\":\"%s\",\"date\":%d,%s}", id,
                          kind, date, rest),
                noon(date));
}

static void expect_lace(const struct care_risk *risk, const char *name, const int parts[5])
{
    cr_assert_not_null(risk, "%s", name);
    cr_assert(risk->has_lace, "%s", name);
    cr_expect_eq(risk->lace.length, parts[0], "%s: L %d", name, risk->lace.length);
    cr_expect_eq(risk->lace.acute, parts[1], "%s: A %d", name, risk->lace.acute);
    cr_expect_eq(risk->lace.comorbidity, parts[2], "%s: C %d", name, risk->lace.comorbidity);
    cr_expect_eq(risk->lace.er, parts[3], "%s: E %d", name, risk->lace.er);
    cr_expect_eq(risk->lace.probability_permille, parts[4], "%s: %d", name, risk->lace.probability_permille);
    cr_expect_eq(risk->lace.total, parts[0] + parts[1] + parts[2] + parts[3], "%s", name);
}

/* A medical stay by the ER, with two admissions before it, and labs: LACE 14, HOSPITAL 7. */
Test(risk, w1_a_medical_stay)
{
    struct decider d;
    world_init(&d);
    stay(&d, "before1", 20250601, 20250602, "");
    stay(&d, "before2", 20250701, 20250702, "");
    er_visit(&d, "er1", 20250901);
    er_visit(&d, "er2", 20251110);
    er_visit(&d, "er3", 20260115);
    take(&d, care(KIND(ER_ARRIVED), "w1", 20260302));
    struct care_event *admitted = with_codes(care(KIND(ADMITTED), "w1", 20260302), "I50.32 J44.1 E11.42");
    admitted->arrived_by_er = true;
    const struct care_risk *risk = take(&d, admitted);
    expect_lace(risk, "on the first day", (const int[]){0, 3, 5, 2, 122});
    cr_expect(risk->lace.provisional);
    clinical(&d, "hb", "LAB", 20260306, "\"code\":\"718-7\",\"unit\":\"g/dL\",\"value_milli\":10800");
    clinical(&d, "na", "LAB", 20260306, "\"code\":\"2951-2\",\"unit\":\"mmol/L\",\"value_milli\":133000");
    struct care_event *discharged = care(KIND(DISCHARGED), "w1", 20260307);
    discharged->disposition_class = CARE_EVENT_DISPOSITION_CLASS_HOME;
    discharged->arrived_by_er = true;
    risk = take(&d, discharged);
    expect_lace(risk, "W1", (const int[]){4, 3, 5, 2, 230});
    cr_expect_eq(risk->lace.band, CARE_RISK_RISK_TIER_HIGH);
    cr_expect_not(risk->lace.provisional);
    cr_expect_not(risk->lace.outside_validation);
    cr_assert(risk->has_hospital);
    cr_expect_eq(risk->hospital.total, 7, "%d", risk->hospital.total);
    cr_expect_eq(risk->hospital.band, CARE_RISK_RISK_TIER_HIGH);
    cr_expect_eq(risk->hospital_missing.count, 1); /* hospital.3: nobody sent a service */
    cr_expect_eq(risk->lace.er_visits.count, 2);
    cr_expect(ho_slice_is(risk->lace.er_visits.items[0], "er3"));
    cr_expect_eq(risk->er_visits.months_12, 4);
    cr_expect_eq(risk->er_released_12_months, 3);
    cr_expect(risk->frequent_er);
    cr_expect(risk->not_for_coverage);
    decider_release(&d);
}

Test(risk, w3_a_same_day_stay)
{
    struct decider d;
    world_init(&d);
    er_visit(&d, "er1", 20260120);
    const struct care_risk *risk = stay(&d, "w3", 20260504, 20260504, "");
    expect_lace(risk, "W3", (const int[]){0, 3, 0, 1, 42});
    cr_expect_eq(risk->lace.band, CARE_RISK_RISK_TIER_LOW);
    cr_expect_not(risk->has_hospital);
    cr_expect_eq(risk->hospital_missing.count, 3);
    decider_release(&d);
}

Test(risk, w6_a_direct_transfer)
{
    struct decider d, late;
    world_init(&d);
    world_init(&late);
    stay(&d, "a", 20260801, 20260805, "I21.4 I73.9 E11.9");
    const struct care_risk *risk = stay(&d, "b", 20260806, 20260812, "");
    expect_lace(risk, "W6", (const int[]){5, 3, 3, 0, 144});
    cr_expect_eq(risk->admissions.months_12, 1);
    cr_expect_not(risk->has_readmission_days);
    stay(&late, "a", 20260801, 20260805, "I21.4 I73.9 E11.9");
    risk = stay(&late, "b", 20260807, 20260812, "");
    cr_expect_eq(risk->admissions.months_12, 2, "two days apart are two stays");
    cr_assert(risk->has_readmission_days);
    cr_expect_eq(risk->readmission_days, 2);
    decider_release(&d);
    decider_release(&late);
}

Test(risk, w7_a_nursing_facility_after_the_hospital)
{
    struct decider d;
    world_init(&d);
    er_visit(&d, "er1", 20260801);
    take(&d, urgent(with_codes(care(KIND(ADMITTED), "h", 20260903), "K76.0")));
    struct care_event *out = urgent(care(KIND(DISCHARGED), "h", 20260910));
    out->disposition_class = CARE_EVENT_DISPOSITION_CLASS_SNF;
    const struct care_risk *risk = take(&d, out);
    expect_lace(risk, "W7", (const int[]){5, 3, 2, 1, 144});
    cr_expect(risk->lace.outside_validation);
    struct care_event *in = care(KIND(ADMITTED), "s", 20260910);
    in->facility_kind = CARE_EVENT_FACILITY_KIND_SNF;
    in->admission_type = HO_SLICE("3");
    cr_expect_null(take(&d, in), "a nursing facility is no stay: nothing to tell");
    out = care(KIND(DISCHARGED), "s", 20260920);
    out->facility_kind = CARE_EVENT_FACILITY_KIND_SNF;
    take(&d, out);
    risk = stay(&d, "h2", 20260915, 20260918, "");
    cr_assert_not_null(risk);
    cr_expect_eq(risk->readmission_days, 5);
    decider_release(&d);
}

/* LACE to date: a day more every midnight, told once a day, and never on from the bound of a stay that nobody ends. */
Test(risk, lace_to_date_grows_by_timer)
{
    struct decider d;
    world_init(&d);
    const struct care_risk *risk = take(&d, urgent(care(KIND(ADMITTED), "e", 20260601)));
    for (int day = 1; day <= 40; day++) {
        int32_t date = ho_date_of_days(ho_days_of_date(20260601) + day);
        risk = until(&d, noon(date), risk);
        int expected = day >= 14 ? 7 : day >= 7 ? 5 : day >= 4 ? 4 : day;
        cr_assert_eq(risk->lace.length, expected, "%d", date);
        cr_assert_eq(risk->lace.stay_days, day < 30 ? day : 30, "%d", date);
        cr_assert_eq(risk->lace.provisional, true);
        cr_assert_eq(risk->revision, 1 + (day < 31 ? day : 31), "%d", date); /* the 31st: no admission of 30 days any more */
    }
    cr_expect_eq(risk->gaps.count, 3);
    cr_expect(ho_slice_is(risk->gaps.items[1], "discharge"));
    decider_release(&d);
}

/* tier.2 and 3: up at once; down on the 31st day below. */
Test(risk, the_tier_rises_at_once_and_falls_slowly)
{
    struct decider d;
    world_init(&d);
    er_visit(&d, "a", 20260101);
    const struct care_risk *risk = take(&d, care(KIND(ER_ARRIVED), "b", 20260105));
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_MODERATE);
    cr_expect_eq(risk->previous_tier, CARE_RISK_RISK_TIER_LOW);
    cr_expect_eq(risk->changed_at, 20260105);
    cr_expect_eq(risk->held_until, 0);
    risk = until(&d, noon(20260131), risk);
    cr_expect_eq(risk->computed_tier, CARE_RISK_RISK_TIER_MODERATE, "the 30th day after the first visit");
    risk = until(&d, noon(20260201), risk);
    cr_expect_eq(risk->computed_tier, CARE_RISK_RISK_TIER_LOW);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_MODERATE);
    cr_expect_eq(risk->held_until, 20260302);
    risk = until(&d, noon(20260302), risk);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_MODERATE);
    risk = until(&d, noon(20260303), risk);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_LOW);
    cr_expect_eq(risk->previous_tier, CARE_RISK_RISK_TIER_MODERATE);
    cr_expect_eq(risk->changed_at, 20260303);
    cr_expect_eq(risk->held_until, 0);
    decider_release(&d);
}

static void act(struct decider *d, const char *id, const char *kind, const char *tier, const int32_t dates[2])
{
    feed(d, RISK_CARE_ACTIONS,
         record_of(&care_action_record, "{\"member_id\":\"M1\",\"action_id\":\"%s\",\"kind\":\"%s\",\"tier\":\"%s\",\"at_ms\":%lld,"
                   "\"date\":%d,\"until\":%d,\"by\":\"rn1\",\"reason\":\"seen at home\"}",
                   id, kind, tier, (long long)noon(dates[0]), dates[0], dates[1]),
         noon(dates[0]));
}

static const struct {
    const char *name;
    const char *first, *second; /* tier set on 02-10, and what comes on 02-15: a tier, END, or nothing */
    int32_t until, at;          /* of the first; the day looked at */
    bool admitted;              /* an admission on 02-20 */
    enum care_risk_risk_tier tier;
} override_rows[] = {
    {"4 up", "HIGH", NULL, 0, 20260212, false, CARE_RISK_RISK_TIER_HIGH},
    {"4 down, no hold", "LOW", NULL, 0, 20260210, false, CARE_RISK_RISK_TIER_LOW},
    {"4 its last day", "HIGH", NULL, 20260213, 20260213, false, CARE_RISK_RISK_TIER_HIGH},
    {"4 the day after", "HIGH", NULL, 20260213, 20260214, false, CARE_RISK_RISK_TIER_MODERATE},
    {"4 ended", "HIGH", "END", 0, 20260216, false, CARE_RISK_RISK_TIER_MODERATE},
    {"4 not yet ended", "HIGH", "END", 0, 20260214, false, CARE_RISK_RISK_TIER_HIGH},
    {"6 replaced", "HIGH", "LOW", 0, 20260216, false, CARE_RISK_RISK_TIER_LOW},
    {"5 down, and the computed one rises", "LOW", NULL, 0, 20260221, true, CARE_RISK_RISK_TIER_HIGH},
    {"5 up stays", "HIGH", NULL, 0, 20260221, true, CARE_RISK_RISK_TIER_HIGH},
};

Test(risk, a_person_sets_the_tier)
{
    for (size_t i = 0; i < HO_LENGTH(override_rows); i++) {
        struct decider d;
        world_init(&d);
        er_visit(&d, "a", 20260201);
        er_visit(&d, "b", 20260205); /* MODERATE from now on */
        act(&d, "x1", "TIER_OVERRIDE", override_rows[i].first, (const int32_t[]){20260210, override_rows[i].until});
        if (override_rows[i].second && override_rows[i].at >= 20260215) {
            bool end = strcmp(override_rows[i].second, "END") == 0;
            act(&d, "x2", end ? "TIER_OVERRIDE_ENDED" : "TIER_OVERRIDE", end ? "UNKNOWN" : override_rows[i].second,
                (const int32_t[]){20260215, 0});
        }
        if (override_rows[i].admitted)
            take(&d, urgent(with_codes(care(KIND(ADMITTED), "c", 20260220), "C787")));
        until(&d, noon(override_rows[i].at), NULL);
        cr_expect_eq(state_of(&d)->tier, (int)override_rows[i].tier, "%s: %d", override_rows[i].name, state_of(&d)->tier);
        decider_release(&d);
    }
}

/* A voided admission takes everything back at once: there is no hold of what never was. */
Test(risk, a_voided_event_takes_its_points_back)
{
    struct decider d;
    world_init(&d);
    struct care_event *event = urgent(with_codes(care(KIND(ADMITTED), "e", 20260601), "C787"));
    const struct care_risk *risk = take(&d, event);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_MODERATE);
    cr_expect_gt(risk->points, 0);
    event->revision = 2;
    event->change = CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    risk = take(&d, event);
    cr_assert_not_null(risk);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_LOW);
    cr_expect_eq(risk->previous_tier, CARE_RISK_RISK_TIER_UNKNOWN);
    cr_expect_eq(risk->points, 0);
    cr_expect_eq(risk->charlson_groups.count, 0);
    cr_expect_eq(risk->admissions.months_12, 0);
    cr_expect_not(risk->has_lace);
    event->revision = 3; /* told again */
    event->change = CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED;
    risk = take(&d, event);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_MODERATE);
    cr_expect_eq(risk->revision, 3);
    decider_release(&d);
}

Test(risk, a_corrected_date_moves_everything)
{
    struct decider d;
    world_init(&d);
    struct care_event *event = urgent(care(KIND(ADMITTED), "e", 20260601));
    take(&d, event);
    event->revision = 2;
    event->change = CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED;
    event->occurred.local_date = 20260525;
    const struct care_risk *risk = feed(&d, RISK_CARE_EVENTS, event, noon(20260602));
    cr_expect_eq(risk->lace.stay_days, 8);
    cr_expect_eq(risk->lace.admitted, 20260525);
    cr_expect_eq(risk->admissions.encounters.items[0].date, 20260525);
    decider_release(&d);
}

static const struct {
    const char *name, *reason;
    enum care_event_care_event_kind kind;
    enum care_event_processing processing;
    int times;
} ignored_rows[] = {
    {"1 training", "risk.1 not production", KIND(ADMITTED), CARE_EVENT_PROCESSING_TRAINING, 1},
    {"1 debugging", "risk.1 not production", KIND(ER_ARRIVED), CARE_EVENT_PROCESSING_DEBUGGING, 1},
    {"1 transfer", "risk.1 kind without points", KIND(TRANSFERRED), CARE_EVENT_PROCESSING_PRODUCTION, 1},
    {"1 preadmission", "risk.1 kind without points", KIND(PREADMITTED), CARE_EVENT_PROCESSING_PRODUCTION, 1},
    {"1 leave", "risk.1 kind without points", KIND(LEAVE_STARTED), CARE_EVENT_PROCESSING_PRODUCTION, 1},
    {"2 duplicate", "risk.2 duplicate", KIND(ADMITTED), CARE_EVENT_PROCESSING_PRODUCTION, 2},
};

Test(risk, what_does_not_count_is_ignored_with_its_reason)
{
    for (size_t i = 0; i < HO_LENGTH(ignored_rows); i++) {
        struct decider d;
        world_init(&d);
        struct care_event *news = care(ignored_rows[i].kind, "e", 20260601);
        news->processing_id = ignored_rows[i].processing;
        for (int n = 0; n < ignored_rows[i].times; n++)
            take(&d, news);
        cr_expect_eq(d.effects.outcome, HO_IGNORED, "%s", ignored_rows[i].name);
        cr_expect_str_eq(d.effects.reason, ignored_rows[i].reason, "%s", ignored_rows[i].name);
        cr_expect_eq(state_of(&d)->revision, ignored_rows[i].times - 1, "%s", ignored_rows[i].name);
        decider_release(&d);
    }
}

/* A later revision that is of training takes back what production said. */
Test(risk, training_takes_production_back)
{
    struct decider d;
    world_init(&d);
    struct care_event *event = care(KIND(ER_ARRIVED), "e", 20260601);
    take(&d, event);
    event->revision = 2;
    event->processing_id = CARE_EVENT_PROCESSING_TRAINING;
    cr_expect_eq(take(&d, event)->er_visits.months_12, 0);
    decider_release(&d);
}

/* windows.6: the windows of ER visits and admissions, day by day around their ends. */
static const struct {
    int32_t at;
    int days_30, months_6, months_12;
} window_rows[] = {{20260110, 1, 1, 1}, {20260209, 1, 1, 1}, {20260210, 0, 1, 1}, {20260710, 0, 1, 1},
                   {20260711, 0, 0, 1}, {20270110, 0, 0, 1}, {20270111, 0, 0, 0}};

Test(risk, windows_end_when_they_end)
{
    for (size_t i = 0; i < HO_LENGTH(window_rows); i++) {
        struct decider d;
        world_init(&d);
        const struct care_risk *risk = take(&d, care(KIND(ER_ARRIVED), "e", 20260110));
        risk = until(&d, noon(window_rows[i].at), risk);
        cr_expect_eq(risk->er_visits.days_30, window_rows[i].days_30, "%d", window_rows[i].at);
        cr_expect_eq(risk->er_visits.months_6, window_rows[i].months_6, "%d", window_rows[i].at);
        cr_expect_eq(risk->er_visits.months_12, window_rows[i].months_12, "%d", window_rows[i].at);
        cr_expect_eq(risk->er_visits.encounters.count, (size_t)window_rows[i].months_12, "%d", window_rows[i].at);
        decider_release(&d);
    }
}

/* windows.4: ER visits that led to a stay, by each of the links. */
Test(risk, an_er_visit_knows_its_stay)
{
    static const char *const links[] = {"same encounter", "the stay names it", "it names the stay", "none"};
    for (int i = 0; i < 4; i++) {
        struct decider d;
        world_init(&d);
        const char *encounter = i == 0 ? "stay" : "er";
        take(&d, care(KIND(ER_ARRIVED), encounter, 20260601));
        struct care_event *left = care(KIND(ER_DEPARTED), encounter, 20260601);
        if (i == 2)
            left->became = HO_SLICE("stay");
        take(&d, left);
        struct care_event *admitted = urgent(care(KIND(ADMITTED), "stay", 20260601));
        if (i == 1)
            admitted->er_encounter_id = HO_SLICE("er");
        const struct care_risk *risk = take(&d, admitted);
        cr_expect_eq(risk->lace.er, i == 3, "%s", links[i]);
        cr_expect_eq(risk->er_released_12_months, i == 3, "%s", links[i]);
        cr_expect_eq(risk->er_visits.months_12, 1, "%s", links[i]);
        decider_release(&d);
    }
}

/* windows.1: observation counts apart, until it becomes inpatient. */
Test(risk, observation_is_no_admission)
{
    struct decider d;
    world_init(&d);
    const struct care_risk *risk = take(&d, care(KIND(OBSERVATION_STARTED), "o", 20260601));
    cr_expect_eq(risk->observations_12_months, 1);
    cr_expect_eq(risk->admissions.months_12, 0);
    cr_expect_not(risk->has_lace);
    risk = take(&d, care(KIND(ADMITTED), "o", 20260602));
    cr_expect_eq(risk->observations_12_months, 0);
    cr_expect_eq(risk->admissions.months_12, 1);
    decider_release(&d);
}

/* windows.1 and 3, picture.8: what is missing is told as a gap. */
Test(risk, gaps_say_what_is_not_known)
{
    struct decider d;
    world_init(&d);
    const struct care_risk *risk = take(&d, care(KIND(DISCHARGED), "e", 20260610));
    cr_expect_eq(risk->lace.stay_days, 0);
    cr_expect_eq(risk->gaps.count, 4);
    static const char *const wanted[] = {"member", "admission_type", "admit_date", "hra_missing"};
    for (size_t i = 0; i < 4; i++)
        cr_expect(ho_slice_is(risk->gaps.items[i], wanted[i]), "%.*s", HO_SLICE_ARG(risk->gaps.items[i]));
    risk = feed(&d, RISK_MEMBERS, record_of(&member_record, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,"
                "\"zone\":\"Mars/Olympus\",\"coverage\":[{\"from\":20260101}]}"), noon(20260610));
    cr_expect_eq(risk->gaps.count, 5);
    cr_expect(ho_slice_is(risk->gaps.items[0], "zone"));
    cr_expect(ho_slice_is(risk->gaps.items[4], "hra_overdue"));
    cr_expect_eq(risk->hra_next_due, 20260401);
    cr_expect_eq(risk->standing, CARE_RISK_STANDING_COVERED);
    decider_release(&d);
}

/* windows.3: an end that nobody told is an end, and a gap. */
Test(risk, a_presumed_end_is_a_gap)
{
    struct decider d;
    world_init(&d);
    take(&d, urgent(care(KIND(ADMITTED), "e", 20260601)));
    struct care_event *out = care(KIND(DISCHARGED), "e", 20260605);
    out->presumed = true;
    const struct care_risk *risk = take(&d, out);
    cr_expect_not(risk->lace.provisional);
    cr_assert_eq(risk->gaps.count, 3);
    cr_expect(ho_slice_is(risk->gaps.items[1], "discharge"));
    decider_release(&d);
}

static const struct {
    const char *name, *member;
    enum care_risk_standing standing;
} standing_rows[] = {
    {"covered", "\"coverage\":[{\"from\":20260101}]", CARE_RISK_STANDING_COVERED},
    {"ended", "\"coverage\":[{\"from\":20250101,\"to\":20260531}]", CARE_RISK_STANDING_NOT_COVERED},
    {"not begun", "\"coverage\":[{\"from\":20260701}]", CARE_RISK_STANDING_NOT_COVERED},
    {"hospice", "\"coverage\":[{\"from\":20260101},{\"from\":20260501,\"hospice\":true}]", CARE_RISK_STANDING_HOSPICE},
    {"deceased", "\"deceased_date\":20260520,\"coverage\":[{\"from\":20260101}]", CARE_RISK_STANDING_DECEASED},
};

Test(risk, standing_follows_the_row_of_members)
{
    for (size_t i = 0; i < HO_LENGTH(standing_rows); i++) {
        struct decider d;
        world_init(&d);
        er_visit(&d, "e", 20260501);
        const struct care_risk *risk =
            feed(&d, RISK_MEMBERS, record_of(&member_record, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,%s}",
                                             standing_rows[i].member), noon(20260610));
        cr_expect_eq(risk->standing, standing_rows[i].standing, "%s: %d", standing_rows[i].name, (int)risk->standing);
        if (risk->standing == CARE_RISK_STANDING_DECEASED)
            cr_expect_eq(risk_next_due(state_of(&d)), HO_NEVER, "nothing more happens to the dead");
        decider_release(&d);
    }
}

Test(risk, a_row_of_members_alone_tells_nothing)
{
    struct decider d;
    world_init(&d);
    cr_expect_null(feed(&d, RISK_MEMBERS, record_of(&member_record, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,"
                                                    "\"coverage\":[{\"from\":20260101}]}"), noon(20260610)));
    cr_expect_eq(risk_next_due(state_of(&d)), HO_NEVER);
    decider_release(&d);
}

/* picture.1: midnight is that of the member's zone, and a visit of tomorrow by its facility's clock counts today. */
Test(risk, days_are_those_of_the_members_zone)
{
    struct decider d;
    world_init(&d);
    feed(&d, RISK_MEMBERS, record_of(&member_record, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,"
                                     "\"zone\":\"America/Los_Angeles\",\"coverage\":[{\"from\":20260101}]}"), noon(20260101));
    take(&d, care(KIND(ADMITTED), "e", 20260601));
    cr_expect_eq(risk_next_due(state_of(&d)), noon(20260602) - 5 * INT64_C(3600000), "07:00 UTC is midnight in summer");
    const struct care_risk *risk = feed(&d, RISK_CARE_EVENTS, care(KIND(ER_ARRIVED), "f", 20260604),
                                        noon(20260604) - 6 * INT64_C(3600000)); /* 23:00 of the 3rd there */
    cr_assert_not_null(risk);
    cr_expect_eq(risk->er_visits.days_30, 1);
    cr_expect_eq(risk->as_of, 20260604);
    decider_release(&d);
}

/* picture.5 and facts.4: diagnoses of claims make C and the groups, and grow too old. */
Test(risk, diagnoses_of_claims_count_for_their_months)
{
    struct decider d;
    world_init(&d);
    clinical(&d, "c1", "DIAGNOSIS", 20240510, "\"code\":\"I500\"");
    clinical(&d, "c2", "DIAGNOSIS", 20250101, "\"code\":\"J449\"");
    const struct care_risk *risk = stay(&d, "e", 20260510, 20260511, "");
    cr_expect_eq(risk->lace.comorbidity_points, 4, "both are 24 months old or less on the day of admission");
    risk = stay(&d, "f", 20260611, 20260612, "");
    cr_expect_eq(risk->lace.comorbidity_points, 2);
    cr_expect_eq(risk->charlson_groups.count, 1);
    cr_expect(ho_slice_is(risk->charlson_groups.items[0], "cpd"));
    cr_expect_null(clinical(&d, "c3", "DIAGNOSIS", 20260101, "\"code\":\"Z000\""));
    cr_expect_str_eq(d.effects.reason, "risk.1 kind without points");
    decider_release(&d);
}

/* picture.5: one that is dated ahead comes on its day, by timer; UPDATED tells diagnoses and nothing else. */
Test(risk, a_diagnosis_comes_on_its_day)
{
    struct decider d;
    world_init(&d);
    struct care_event *event = with_codes(care(KIND(UPDATED), "e", 20260610), "I50.9");
    feed(&d, RISK_CARE_EVENTS, event, noon(20260601));
    const struct care_risk *risk = until(&d, noon(20260609), NULL);
    cr_expect_null(risk);
    risk = until(&d, noon(20260610), risk);
    cr_assert_not_null(risk);
    cr_expect_eq(risk->charlson_points, 2);
    cr_expect_eq(risk->as_of, 20260610);
    cr_expect_eq(risk->admissions.months_12, 0);
    decider_release(&d);
}

static const struct {
    const char *name, *lab;
    bool known;
    int hemoglobin;
} lab_rows[] = {
    {"in our unit", "\"code\":\"718-7\",\"unit\":\"g/dL\",\"value_milli\":11900", true, 1},
    {"at the limit", "\"code\":\"718-7\",\"unit\":\"g/dL\",\"value_milli\":12000", true, 0},
    {"in another unit", "\"code\":\"718-7\",\"unit\":\"g/L\",\"value_milli\":119000", true, 1},
    {"in a unit that nobody knows", "\"code\":\"718-7\",\"unit\":\"stone\",\"value_milli\":119000", false, 0},
    {"another lab", "\"code\":\"4544-3\",\"unit\":\"g/dL\",\"value_milli\":11900", false, 0},
    {"without a number", "\"code\":\"718-7\",\"unit\":\"g/dL\"", false, 0},
};

Test(risk, labs_are_read_in_known_units_alone)
{
    for (size_t i = 0; i < HO_LENGTH(lab_rows); i++) {
        struct decider d;
        world_init(&d);
        clinical(&d, "na", "LAB", 20260604, "\"code\":\"2951-2\",\"unit\":\"mmol/L\",\"value_milli\":140000");
        clinical(&d, "hb", "LAB", 20260604, lab_rows[i].lab);
        const struct care_risk *risk = stay(&d, "e", 20260601, 20260604, "");
        cr_expect_eq(risk->has_hospital, lab_rows[i].known, "%s", lab_rows[i].name);
        cr_expect_eq(risk->hospital.hemoglobin, lab_rows[i].hemoglobin, "%s", lab_rows[i].name);
        decider_release(&d);
    }
}

/* picture.6: the HRA by date, its needs and the trend of symptoms. */
Test(risk, the_latest_assessment_counts)
{
    struct decider d;
    world_init(&d);
    static const struct {
        const char *id, *kind, *answers;
        int32_t date;
    } rows[] = {
        {"b", "HRA_ANNUAL", "{\"question\":\"falls_12m\",\"value\":2},{\"question\":\"food\",\"value\":1},{\"question\":\"symptom_grade\",\"value\":3}", 20260301},
        {"a", "HRA_INITIAL", "{\"question\":\"oxygen\",\"value\":1},{\"question\":\"symptom_grade\",\"value\":1}", 20250301},
        {"c", "SYMPTOM_CHECK", "{\"question\":\"symptom_grade\",\"value\":2},{\"question\":\"oxygen\",\"value\":1}", 20260401}};
    const struct care_risk *risk = NULL, *last = NULL;
    for (size_t i = 0; i < 3; i++) {
        risk = feed(&d, RISK_ASSESSMENTS, record_of(&assessment_record, "{\"member_id\":\"M1\",\"assessment_id\":\"%s\",\"kind\":\"%s\","
                    "\"date\":%d,\"answers\":[%s]}", rows[i].id, rows[i].kind, rows[i].date, rows[i].answers), noon(20260401));
        last = risk ? risk : last;
    }
    cr_assert(last->has_hra);
    cr_expect(ho_slice_is(last->hra.assessment_id, "b"));
    cr_expect_eq(last->hra.medical, 3);
    cr_expect_eq(last->hra.psychosocial, 2);
    cr_expect_eq(last->hra_next_due, 20270301);
    cr_expect_eq(last->food, CARE_RISK_NEED_YES);
    cr_expect_eq(last->housing, CARE_RISK_NEED_UNKNOWN);
    cr_expect_eq(last->symptom_trend, CARE_RISK_TREND_BETTER);
    decider_release(&d);
}

/* Every rule of the shipped policy that a stay can fire says so in words, with its number, points and source. */
Test(risk, reasons_are_in_words)
{
    struct decider d;
    world_init(&d);
    const struct care_risk *risk = stay(&d, "e", 20260601, 20260608, "C787");
    cr_assert_eq(risk->reasons.count, 2);
    cr_expect(ho_slice_is(risk->reasons.items[0].rule, "risk.t1"));
    cr_expect(ho_slice_is(risk->reasons.items[0].words, "LACE 13: high risk of readmission within 30 days of discharge"));
    cr_expect_eq(risk->reasons.items[0].points, 10);
    cr_expect_gt(risk->reasons.items[0].source.len, 0);
    cr_expect(ho_slice_is(risk->reasons.items[1].rule, "risk.t9"));
    cr_expect_eq(risk->points, 12);
    cr_expect(ho_slice_is(risk->policy, "risk@2026-01-01"));
    decider_release(&d);
}

Test(risk, the_view_holds_codes_and_dates)
{
    struct decider d;
    struct ho_views views = {.arena = &facts_arena};
    world_init(&d);
    risk_view(HO_SLICE("M1"), state_of(&d), &views);
    cr_expect_eq(views.count, 0, "nothing was told");
    stay(&d, "e", 20260601, 20260608, "C787");
    risk_view(HO_SLICE("M1"), state_of(&d), &views);
    cr_assert_eq(views.count, 1);
    cr_expect(ho_slice_is(views.items[0].view, "risk"));
    cr_expect(ho_slice_is(views.items[0].field, "M1"));
    cr_expect(ho_slice_is(views.items[0].value,
                          "{\"revision\":2,\"as_of\":20260608,\"standing\":\"UNKNOWN\",\"tier\":\"HIGH\",\"previous_tier\":\"MODERATE\","
                          "\"changed_at\":20260603,\"held_until\":0,\"override\":false,\"points\":12,\"lace\":13,\"lace_provisional\":false,"
                          "\"er_12_months\":0,\"admissions_12_months\":1,\"frequent_er\":false,\"readmission\":false,"
                          "\"reasons\":[\"risk.t1\",\"risk.t9\"],\"policy\":\"risk@2026-01-01\",\"not_for_coverage\":true}"),
              "%.*s", HO_SLICE_ARG(views.items[0].value));
    decider_release(&d);
}

/* No schema has a value with which a denial could be said. */
Test(risk, no_schema_has_a_value_for_a_denial)
{
    const struct ho_avro_record *const records[] = {&care_risk_record, &care_action_record, &assessment_record,
                                                    &clinical_fact_record, &risk_state_record};
    static const char *const words[] = {"DENI", "DENY", "REJECT", "DISAPPROV", "NOT_APPROVED", "APPROVED"};
    for (size_t i = 0; i < HO_LENGTH(records); i++)
        for (size_t w = 0; w < HO_LENGTH(words); w++)
            cr_expect_null(strstr(ho_avro_json(records[i]), words[w]), "%s: %s", ho_avro_name(records[i]), words[w]);
}

/* facts.5: more facts than fit: the oldest go, and that is told. */
Test(risk, bounds_keep_the_newest)
{
    struct decider d;
    char id[16];
    world_init(&d);
    for (int i = 0; i < RISK_EVENTS_MAX + 20; i++) {
        snprintf(id, sizeof id, "e%03d", (i * 41) % (RISK_EVENTS_MAX + 20));
        struct care_event *event = care(KIND(ER_ARRIVED), ho_arena_printf(&facts_arena, "%s", id).ptr, 20260601);
        event->occurred.local_date = ho_date_of_days(ho_days_of_date(20260101) + (i * 41) % (RISK_EVENTS_MAX + 20));
        feed(&d, RISK_CARE_EVENTS, event, noon(20260701));
    }
    const struct risk_state *state = state_of(&d);
    cr_assert_eq(state->events.count, RISK_EVENTS_MAX);
    cr_expect(state->cut);
    for (size_t i = 0; i < state->events.count; i++)
        cr_expect_geq(state->events.items[i].day, ho_days_of_date(20260101) + 20);
    decider_release(&d);
}
