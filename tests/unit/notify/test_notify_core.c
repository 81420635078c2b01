/* A row per rule of what is told to whom, and a test per rule of the thread: corrections, retractions, late rows. */
#include "world.h"

#include "care_risk.h"

TestSuite(notify, .init = world_setup, .fini = world_teardown);

static struct care_event disposed(struct care_event event, const char *code, enum care_event_disposition_class class)
{
    event.disposition = ho_slice_of(code);
    event.disposition_class = class;
    return event;
}

enum shape { PLAIN, AT_ELM, TO_SNF, AMA, DIED, BECAME, PRESUMED, TRAINING, NO_TIME };

static struct care_event shaped(enum care_event_care_event_kind kind, int32_t date, enum shape shape)
{
    struct care_event event = on_date(news(kind, "enc_1", 1), date);
    switch (shape) {
    case PLAIN:
        return event;
    case AT_ELM:
        event.facility = HO_SLICE("ELM");
        return event;
    case TO_SNF:
        return disposed(event, "03", CARE_EVENT_DISPOSITION_CLASS_SNF);
    case AMA:
        return disposed(event, "07", CARE_EVENT_DISPOSITION_CLASS_AMA);
    case DIED:
        event.death = true;
        return disposed(event, "20", CARE_EVENT_DISPOSITION_CLASS_DIED);
    case BECAME:
        event.became = HO_SLICE("enc_2");
        return event;
    case PRESUMED:
        event.presumed = true;
        return event;
    case TRAINING:
        event.processing_id = CARE_EVENT_PROCESSING_TRAINING;
        return event;
    case NO_TIME:
        event.has_occurred = false;
        break;
    }
    return event;
}

static const struct {
    const char *name;
    enum care_event_care_event_kind kind;
    int32_t date;
    enum shape shape;
    const char *recipient; /* NULL: nobody is told */
    const char *says, *asks;
    int64_t due_ms; /* 0: not compared */
} rows[] = {
    {"1 admission, A+2", ADMITTED, 20261015, PLAIN, "P1", "was admitted (General Hospital) on 2026-10-15 at 12:00",
     "File this notice", 1792296000000 - 1},
    {"2 discharge, D+2", DISCHARGED, 20261015, PLAIN, "P1", "was discharged", "reconcile the medication by 2026-11-14",
     1792296000000 - 1},
    {"2 against advice", DISCHARGED, 20261015, AMA, "P1", "was discharged against medical advice", "1 business day", 0},
    {"3 ER visit, same day", ER_ARRIVED, 20261015, PLAIN, "P1", "arrived in an emergency room", "Follow up by 2026-10-22",
     1792123200000 - 1},
    {"3 ER departure is not told", ER_DEPARTED, 20261015, PLAIN, NULL, NULL, NULL, 0},
    {"3 death in the ER is told", ER_DEPARTED, 20261015, DIED, "P1", "died in an emergency room", "No follow-up is asked", 0},
    {"4 observation", OBSERVED, 20261015, PLAIN, "P1", "was placed under observation", "File", 0},
    {"5 admission to a nursing facility", ADMITTED, 20261015, AT_ELM, "P1", "was admitted to a nursing facility (Elm House)",
     "File", 1792296000000 - 1},
    {"5 discharge to a nursing facility", DISCHARGED, 20261015, TO_SNF, "P1", "was discharged to a nursing facility",
     "Care goes on in a facility", 0},
    {"6 death", DISCHARGED, 20261015, DIED, "P1", "died in the hospital", "No follow-up is asked", 0},
    {"7 observation that became a stay", CARE_EVENT_CARE_EVENT_KIND_OBSERVATION_ENDED, 20261015, BECAME, NULL, NULL, NULL, 0},
    {"7 transfer to another unit", CARE_EVENT_CARE_EVENT_KIND_TRANSFERRED, 20261015, PLAIN, NULL, NULL, NULL, 0},
    {"7 a plan is no admission", CARE_EVENT_CARE_EVENT_KIND_PREADMITTED, 20261015, PLAIN, NULL, NULL, NULL, 0},
    {"8 training", ADMITTED, 20261015, TRAINING, NULL, NULL, NULL, 0},
    {"8 presumed", DISCHARGED, 20261015, PRESUMED, NULL, NULL, NULL, 0},
    {"9 last day of the span", ADMITTED, 20261031, PLAIN, "P1", "was admitted", "File", 0},
    {"9 first day of the next", ADMITTED, 20261101, PLAIN, "P2", "was admitted", "File", 0},
    {"9 no time was sent: the day the plan knew", ADMITTED, 20261015, NO_TIME, "P1", "at a time that was not sent", "File", 0},
    {"11 before any span", ADMITTED, 20251231, PLAIN, NULL, NULL, NULL, 0},
};

Test(notify, each_event_goes_to_whom_its_rule_says)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct decider d;
        struct care_event event = shaped(rows[i].kind, rows[i].date, rows[i].shape);
        begin(&d, MEMBER(P1_OCTOBER "," P2_NOVEMBER));
        const struct ho_effects *effects = run_news(&d, event);
        cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), rows[i].recipient ? 1 : 0, "%s", rows[i].name);
        if (rows[i].recipient) {
            const struct alert *out = alert_at(effects, 0);
            cr_assert(ho_slice_is(out->recipient.provider_id, rows[i].recipient), "%s", rows[i].name);
            cr_assert(says(out->text.body, rows[i].says), "%s: %s", rows[i].name, out->text.body.ptr);
            cr_assert(says(out->text.body, rows[i].asks), "%s: %s", rows[i].name, out->text.body.ptr);
            cr_assert(!says(out->text.push, "Doe") && !says(out->text.push, "admitted"), "%s", rows[i].name);
            cr_assert_eq(count_of(effects, NOTIFY_AUDIT), 1, "23 %s", rows[i].name);
            if (rows[i].due_ms)
                cr_assert_eq(out->identity.due_at_ms, rows[i].due_ms, "%s: %lld", rows[i].name, (long long)out->identity.due_at_ms);
            cr_assert_eq(run_news(&d, event)->outcome, HO_IGNORED, "15 %s", rows[i].name);
        }
        decider_release(&d);
    }
}

Test(notify, one_story_is_one_thread_without_an_er_discharge)
{
    struct decider d;
    struct care_event er = news(ER_ARRIVED, "enc_er", 1), left = news(ER_DEPARTED, "enc_er", 1);
    struct care_event in = news(ADMITTED, "enc_in", 1), out = news(DISCHARGED, "enc_in", 1);
    left.became = HO_SLICE("enc_in");
    in.er_encounter_id = HO_SLICE("enc_er");
    begin(&d, MEMBER(P1_OCTOBER));
    const struct alert *first = alert_at(run_news(&d, er), 0);
    cr_assert_eq(run_news(&d, left)->count, 0);
    const struct alert *second = alert_at(run_news(&d, in), 0);
    const struct alert *third = alert_at(run_news(&d, out), 0);
    cr_assert(ho_slice_equal(first->identity.root_id, second->identity.root_id));
    cr_assert(ho_slice_equal(first->identity.root_id, third->identity.root_id));
    cr_assert(ho_slice_equal(second->identity.refers_to, first->identity.alert_id));
    cr_assert(!ho_slice_equal(second->identity.alert_id, first->identity.alert_id));
    decider_release(&d);
}

Test(notify, rule_7_an_observation_after_an_er_visit_is_its_story)
{
    struct decider d;
    struct care_event left = news(ER_DEPARTED, "enc_er", 1);
    left.became = HO_SLICE("enc_obs");
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, news(ER_ARRIVED, "enc_er", 1));
    run_news(&d, left);
    cr_assert_eq(run_news(&d, news(OBSERVED, "enc_obs", 1))->count, 0);
    cr_assert_eq(run_news(&d, news(OBSERVED, "enc_other", 1))->count, 2);
    decider_release(&d);
}

Test(notify, rule_10_nobody_is_told_of_who_is_not_covered)
{
    struct decider d;
    begin(&d, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,\"pcp\":[" P1_OCTOBER "],\"coverage\":[{\"from\":20260101,\"to\":20260930}]}");
    cr_assert_eq(run_news(&d, news(ADMITTED, "enc_1", 1))->count, 0);
    cr_assert_eq(state_of(&d).facts.items[0].queue_due_ms, HO_NEVER); /* 12: the care team neither */
    cr_assert_eq(run_member(&d, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,\"pcp\":[" P1_OCTOBER "],\"coverage\":[{\"from\":20260101}]}")->count, 2);
    decider_release(&d);
}

Test(notify, rule_11_a_member_who_comes_late_is_told_of_once_and_the_same)
{
    struct decider early, late;
    struct care_event event = news(ADMITTED, "enc_1", 1);
    begin(&early, MEMBER(P1_OCTOBER));
    begin(&late, NULL);
    const struct alert *told = alert_at(run_news(&early, event), 0);
    cr_assert_eq(run_news(&late, event)->count, 0);
    cr_assert_eq(run_news(&late, event)->count, 0); /* waiting twice is waiting once */
    const struct ho_effects *effects = run_member(&late, MEMBER(P1_OCTOBER));
    const struct alert *told_late = alert_at(effects, 0);
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 1);
    cr_assert(ho_slice_equal(told->identity.alert_id, told_late->identity.alert_id));
    cr_assert(ho_slice_equal(told->text.body, told_late->text.body));
    cr_assert_eq(told->times.decided_ms, told_late->times.decided_ms);
    cr_assert_eq(run_member(&late, MEMBER(P1_OCTOBER))->count, 0);
    decider_release(&early);
    decider_release(&late);
}

Test(notify, rule_12_what_waits_too_long_goes_to_the_care_team_until_the_pcp_is_told)
{
    struct decider d;
    struct care_event event = news(ADMITTED, "enc_1", 1);
    begin(&d, MEMBER(""));
    run_news(&d, event);
    struct notify_state state = state_of(&d);
    int64_t due = notify_next_due(&state);
    cr_assert_eq(due, event.received_ms + 4 * INT64_C(3600000));
    const struct ho_effects *effects = run_kind(&d, HO_EVENT_TIMER, due);
    const struct alert *out = nth(effects, NOTIFY_ALERTS_CARETEAM, 0);
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 0);
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_ESCALATION);
    cr_assert(says(out->text.body, "name a primary care provider"), "%s", out->text.body.ptr);
    cr_assert_eq(out->encounter.attending_name.len, 0);
    state = state_of(&d);
    cr_assert_gt(notify_next_due(&state), due);
    effects = run_member(&d, MEMBER(P1_OCTOBER));
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 1);
    out = nth(effects, NOTIFY_ALERTS_CARETEAM, 0);
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_RETRACTION);
    cr_assert_eq(out->identity.revision, 2);
    decider_release(&d);
}

static struct care_event later(int32_t revision, int32_t date)
{
    return on_date(news(ADMITTED, "enc_1", revision), date);
}

Test(notify, rule_16_a_correction_goes_to_who_was_told_with_what_changed)
{
    struct decider d;
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    const struct ho_effects *effects = run_news(&d, later(2, 20261014));
    const struct alert *out = alert_at(effects, 0);
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 1);
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_CORRECTION);
    cr_assert_eq(out->identity.revision, 2);
    cr_assert_eq(out->identity.supersedes, 1);
    cr_assert_eq(out->correction.changes.count, 1);
    cr_assert(ho_slice_is(out->correction.changes.items[0].before, "2026-10-15 at 12:00"));
    cr_assert(ho_slice_is(out->correction.changes.items[0].after, "2026-10-14 at 12:00"));
    cr_assert(ho_slice_is(out->correction.told.items[0].provider_id, "P1"));
    cr_assert(says(out->text.body, "time was \"2026-10-15 at 12:00\", is \"2026-10-14 at 12:00\""), "%s", out->text.body.ptr);
    decider_release(&d);
}

Test(notify, rule_16_a_correction_of_nothing_that_was_shown_sends_nothing)
{
    struct decider d;
    struct care_event other = later(2, 20261015);
    other.message_id = other.control_id = other.point_of_care = other.account = HO_SLICE("Z");
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    cr_assert_eq(run_news(&d, other)->count, 0);
    cr_assert_eq(alert_at(run_news(&d, later(3, 20261014)), 0)->identity.revision, 2);
    decider_release(&d);
}

/* The span ends before the correction comes: P1 was told, P1 is corrected; today's PCP is nobody's business. */
Test(notify, rule_16_and_17_the_told_one_is_corrected_though_the_pcp_changed)
{
    struct decider d;
    struct care_event gone = later(3, 20261014);
    gone.change = VOIDED;
    begin(&d, MEMBER("{\"from\":20260101,\"provider_id\":\"P1\"}"));
    run_news(&d, later(1, 20261015));
    cr_assert_eq(run_member(&d, MEMBER(P1_OCTOBER "," P2_NOVEMBER))->count, 0);
    const struct alert *out = alert_at(run_news(&d, later(2, 20261014)), 0);
    cr_assert(ho_slice_is(out->recipient.provider_id, "P1"));
    const struct ho_effects *effects = run_news(&d, gone);
    out = alert_at(effects, 0);
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 1);
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_RETRACTION);
    cr_assert(ho_slice_is(out->recipient.provider_id, "P1"));
    cr_assert(says(out->text.body, "What was said: Ada Doe (born 1950-01-01) was admitted; time \"2026-10-14 at 12:00\"; place \"General Hospital\""), "%s", out->text.body.ptr);
    cr_assert(says(out->text.body, "Disregard the earlier notice"), "%s", out->text.body.ptr);
    cr_assert_eq(run_news(&d, gone)->outcome, HO_IGNORED);
    decider_release(&d);
}

Test(notify, rule_17_void_before_anybody_was_told_tells_nobody)
{
    struct decider d;
    struct care_event gone = later(2, 20261015);
    gone.change = VOIDED;
    begin(&d, NULL);
    run_news(&d, later(1, 20261015));
    cr_assert_eq(run_news(&d, gone)->count, 0);
    cr_assert_eq(run_member(&d, MEMBER(P1_OCTOBER))->count, 0);
    struct notify_state state = state_of(&d);
    cr_assert_eq(state.facts.items[0].queue_due_ms, HO_NEVER);
    decider_release(&d);
}

Test(notify, rule_17_a_record_of_another_person_does_not_say_whose)
{
    struct decider d;
    struct care_event gone = later(2, 20261015);
    gone.change = VOIDED;
    gone.moved_to = HO_SLICE("M777");
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    const struct alert *out = alert_at(run_news(&d, gone), 0);
    cr_assert(says(out->text.body, "another member number") && !says(out->text.body, "M777"));
    decider_release(&d);
}

Test(notify, rule_18_a_notice_that_was_withdrawn_may_stand_again)
{
    struct decider d;
    struct care_event gone = later(2, 20261015);
    gone.change = VOIDED;
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    run_news(&d, gone);
    const struct alert *out = alert_at(run_news(&d, later(3, 20261015)), 0);
    cr_assert_eq(out->identity.kind, ALERT_ALERT_KIND_CORRECTION);
    cr_assert_eq(out->identity.revision, 3);
    cr_assert(says(out->text.body, "withdrawn stands"), "%s", out->text.body.ptr);
    decider_release(&d);
}

Test(notify, rule_19_another_pcp_for_that_date_is_told_and_the_first_learns_it)
{
    struct decider d;
    struct care_event gone = later(3, 20261014);
    gone.change = VOIDED;
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    const struct ho_effects *effects = run_member(&d, MEMBER(P2_ALWAYS));
    const struct alert *old = alert_at(effects, 0), *new = alert_at(effects, 1);
    cr_assert_eq(count_of(effects, NOTIFY_ALERTS_PCP), 2);
    cr_assert(ho_slice_is(old->recipient.provider_id, "P1") && old->identity.kind == ALERT_ALERT_KIND_CORRECTION);
    cr_assert(ho_slice_is(new->recipient.provider_id, "P2") && new->identity.kind == ALERT_ALERT_KIND_ALERT);
    cr_assert(ho_slice_equal(old->identity.alert_id, new->identity.alert_id));
    cr_assert_eq(new->identity.revision, 3);
    effects = run_news(&d, later(2, 20261014)); /* both were told, both are corrected */
    cr_assert(ho_slice_is(alert_at(effects, 0)->recipient.provider_id, "P1"));
    cr_assert_eq(alert_at(effects, 0)->identity.supersedes, 2);
    cr_assert(ho_slice_is(alert_at(effects, 1)->recipient.provider_id, "P2"));
    cr_assert_eq(alert_at(effects, 1)->identity.supersedes, 3);
    cr_assert_eq(count_of(run_news(&d, gone), NOTIFY_ALERTS_PCP), 2);
    decider_release(&d);
}

Test(notify, rule_19_no_pcp_any_more_leaves_what_was_told)
{
    struct decider d;
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    cr_assert_eq(run_member(&d, NULL)->count, 0);
    cr_assert(ho_slice_is(alert_at(run_news(&d, later(2, 20261014)), 0)->recipient.provider_id, "P1"));
    decider_release(&d);
}

static size_t tokens_of(struct decider *d, const char *token)
{
    struct notify_state state = state_of(d);
    struct ho_tokens tokens = {.arena = &arena};
    size_t found = 0;
    notify_waits(&state, &tokens);
    for (size_t i = 0; i < tokens.count; i++)
        found += ho_slice_is(tokens.items[i], token);
    return found;
}

Test(notify, rule_20_a_provider_whose_row_comes_late_is_told_at_once_and_once_more)
{
    struct decider d;
    provider_row("P1", NULL);
    begin(&d, MEMBER(P1_OCTOBER));
    const struct alert *out = alert_at(run_news(&d, later(1, 20261015)), 0);
    cr_assert(out->recipient.fallback);
    cr_assert_eq(tokens_of(&d, "providers/P1"), 1);
    cr_assert_eq(run_kind(&d, HO_EVENT_WAKE, T0)->count, 0); /* woken for nothing */
    provider_row("P1", P1_ROW);
    const struct ho_effects *effects = run_kind(&d, HO_EVENT_WAKE, T0 + 200000);
    out = alert_at(effects, 0);
    cr_assert_eq(out->identity.revision, 2);
    cr_assert(!out->recipient.fallback && ho_slice_is(out->recipient.address, "555"));
    cr_assert_eq(tokens_of(&d, "providers/P1"), 0);
    cr_assert_eq(run_kind(&d, HO_EVENT_WAKE, T0 + 200001)->count, 0);
    provider_row("P1", P2_ROW); /* later changes of the row are for the next alert */
    cr_assert_eq(run_kind(&d, HO_EVENT_WAKE, T0 + 200002)->count, 0);
    decider_release(&d);
}

Test(notify, rule_21_a_place_that_is_not_known_is_not_named_until_its_row_comes)
{
    struct decider d;
    place_row("GENERAL", NULL);
    begin(&d, MEMBER(P1_OCTOBER));
    const struct alert *out = alert_at(run_news(&d, later(1, 20261015)), 0);
    cr_assert(!says(out->text.body, "GENERAL") && out->encounter.facility_id.len == 0 && out->why.feed.len == 0);
    cr_assert_eq(tokens_of(&d, "facilities/GENERAL"), 1);
    place_row("GENERAL", GENERAL_ROW);
    out = alert_at(run_kind(&d, HO_EVENT_WAKE, T0 + 200000), 0);
    cr_assert(says(out->text.body, "General Hospital"));
    cr_assert_eq(tokens_of(&d, "facilities/GENERAL"), 0);
    decider_release(&d);
}

Test(notify, rule_24_a_late_fact_is_told_with_its_age_and_lives_as_long)
{
    struct decider d;
    struct care_event event = news(ADMITTED, "enc_1", 1);
    event.received_ms = T0 + 40 * INT64_C(86400000);
    begin(&d, MEMBER(P1_OCTOBER));
    const struct alert *out = alert_at(run_news(&d, event), 0);
    cr_assert_eq(out->times.age_min, 40 * 24 * 60);
    cr_assert(says(out->text.body, "heard of it 40 days later"), "%s", out->text.body.ptr);
    cr_assert_gt(out->identity.expires_at_ms, event.received_ms + 29 * INT64_C(86400000));
    cr_assert_eq(out->identity.priority, ALERT_PRIORITY_HIGH);
    decider_release(&d);
}

Test(notify, rule_6_the_rows_date_of_death_is_told_once_unless_a_stay_told_it)
{
    static const char dead[] = "{\"member_id\":\"M1\",\"family\":\"Doe\",\"given\":\"Ada\",\"birth_date\":19500101,\"deceased_date\":20261016,\"pcp\":[" P1_OCTOBER "]}";
    struct decider d, stay;
    struct care_event died = news(DISCHARGED, "enc_1", 1);
    died.death = true;
    begin(&d, MEMBER(P1_OCTOBER));
    const struct alert *out = alert_at(run_member(&d, dead), 0);
    cr_assert(says(out->text.body, "died, by the plan's records, on 2026-10-16"), "%s", out->text.body.ptr);
    cr_assert_eq(run_member(&d, dead)->count, 0);
    cr_assert_eq(alert_at(run_member(&d, MEMBER(P1_OCTOBER)), 0)->identity.kind, ALERT_ALERT_KIND_RETRACTION);
    begin(&stay, MEMBER(P1_OCTOBER));
    run_news(&stay, died);
    cr_assert_eq(run_member(&stay, dead)->count, 0);
    decider_release(&d);
    decider_release(&stay);
}

Test(notify, rule_25_an_alert_shows_the_risk_that_is_known_and_none_is_sent_for_it)
{
    struct decider d;
    struct care_risk row = {.member_id = HO_SLICE("M1"), .revision = 3, .as_of = 20261015, .tier = CARE_RISK_RISK_TIER_HIGH,
                            .has_lace = true};
    row.lace.total = 12;
    row.lace.provisional = true;
    row.er_visits.months_12 = 4;
    struct ho_event event = {.input = NOTIFY_CARE_RISK, .key = HO_SLICE("M1"), .record = &row, .now_ms = T0};
    begin(&d, MEMBER(P1_OCTOBER));
    cr_assert(!alert_at(run_news(&d, later(1, 20261015)), 0)->has_risk);
    cr_assert_eq(decider_run(&d, &event)->count, 0);
    cr_assert_eq(decider_run(&d, &event)->outcome, HO_IGNORED);
    const struct alert *out = alert_at(run_news(&d, news(DISCHARGED, "enc_1", 1)), 0);
    cr_assert(out->has_risk && out->risk.has_lace && out->risk.lace == 12 && out->risk.lace_provisional);
    cr_assert_eq(out->risk.er_visits_12_months, 4);
    cr_assert(says(out->text.body, "Risk tier: HIGH"), "%s", out->text.body.ptr);
    decider_release(&d);
}

Test(notify, rule_26_facts_are_bounded_and_what_goes_untold_is_counted)
{
    struct decider d;
    char id[16];
    begin(&d, NULL);
    for (int i = 0; i < NOTIFY_FACTS_MAX + 5; i++) {
        snprintf(id, sizeof id, "enc_%d", i);
        struct care_event event = news(ADMITTED, "", 1);
        event.event_id = event.encounter_id = ho_arena_slice(&arena, ho_slice_of(id));
        run_news(&d, event);
    }
    struct notify_state state = state_of(&d);
    cr_assert_eq(state.facts.count, NOTIFY_FACTS_MAX);
    cr_assert_eq(state.dropped, 5);
    decider_release(&d);
}

/* More than one transaction may hold: the rest follows by a timer, each told once. */
Test(notify, rule_26_a_row_that_brings_a_pcp_for_many_is_done_in_several_goes)
{
    struct decider d;
    char id[16];
    size_t told = 0, goes = 0;
    begin(&d, NULL);
    for (int i = 0; i < 80; i++) {
        snprintf(id, sizeof id, "enc_%d", i);
        run_news(&d, news(ADMITTED, ho_arena_slice(&arena, ho_slice_of(id)).ptr, 1));
    }
    told = count_of(run_member(&d, MEMBER(P1_OCTOBER)), NOTIFY_ALERTS_PCP);
    for (struct notify_state state = state_of(&d); state.resume_at_ms; state = state_of(&d), goes++) {
        int64_t due = notify_next_due(&state);
        told += count_of(run_kind(&d, HO_EVENT_TIMER, due), NOTIFY_ALERTS_PCP);
        state = state_of(&d);
        cr_assert_gt(notify_next_due(&state), due);
    }
    cr_assert_eq(told, 80);
    cr_assert_gt(goes, 0);
    decider_release(&d);
}

Test(notify, news_that_were_told_and_expired_are_let_go)
{
    struct decider d;
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, later(1, 20261015));
    struct notify_state state = state_of(&d);
    cr_assert_eq(run_kind(&d, HO_EVENT_TIMER, notify_next_due(&state))->count, 0);
    state = state_of(&d);
    cr_assert(!state.facts.items[0].has_news);
    cr_assert_eq(notify_next_due(&state), HO_NEVER);
    cr_assert_eq(run_member(&d, MEMBER(P2_ALWAYS))->count, 0); /* a row tells nothing of them any more */
    cr_assert_eq(alert_at(run_news(&d, later(2, 20261014)), 0)->identity.kind, ALERT_ALERT_KIND_CORRECTION);
    decider_release(&d);
}
