/* What a recipient may not be shown: a row per way of finding, and no word of it anywhere in the alert. */
#include "world.h"

#include "base/buf.h"

TestSuite(filter, .init = world_setup, .fini = world_teardown);

enum what { CODE, FLAG, PLACE, UNIT, SERVICE, DISPOSITION };

static const struct {
    const char *name, *class, *found;
    enum what what;
    const char *value, *code;
    bool details, place; /* shown? */
} rows[] = {
    {"nothing sensitive", NULL, NULL, CODE, "I5032", NULL, true, true},
    {"nicotine is not substance use treatment", NULL, NULL, CODE, "F17210", NULL, true, true},
    {"substance use", "sud", "diagnosis", CODE, "F1120", NULL, false, true},
    {"psychiatry", "bh", "diagnosis", CODE, "F329", NULL, false, true},
    {"self-harm", "bh", "diagnosis", CODE, "T1491", NULL, false, true},
    {"HIV", "hiv", "diagnosis", CODE, "B20", NULL, false, true},
    {"reproduction", "repro", "diagnosis", CODE, "O039", NULL, false, true},
    {"abuse", "abuse", "diagnosis", CODE, "T7411XA", NULL, false, true},
    {"the patient's wish", "restricted", "flag", FLAG, "PD1-12", "Y", false, true},
    {"the visit's flag", "restricted", "flag", FLAG, "PV2-22", "Y", false, true},
    {"a diagnosis' flag", "restricted", "flag", FLAG, "DG1-18", "Y", false, true},
    {"access restriction", "sud", "flag", FLAG, "ARV-3", "DRG", false, true},
    {"a code that nobody knows restricts", "restricted", "flag", FLAG, "ARV-7", "QQ", false, true},
    {"a VIP's PCP is his PCP", NULL, NULL, FLAG, "PV1-16", "V", true, true},
    {"42 CFR Part 2 program", "part2", "facility", PLACE, "NEWPATH", NULL, false, false},
    {"psychiatric hospital", "bh", "kind", PLACE, "MIND", NULL, false, false},
    {"a unit's name", "bh", "unit", UNIT, "4-psych", NULL, false, true},
    {"a service", "bh", "service", SERVICE, "PSY", NULL, false, true},
    {"where to", "bh", "disposition", DISPOSITION, "65", NULL, false, true},
};

static struct care_event sensitive(enum what what, const char *value, const char *code)
{
    struct care_event event = news(DISCHARGED, "enc_1", 1);
    switch (what) {
    case CODE:
        return with_code(event, value);
    case FLAG:
        return with_flag(with_code(event, "I5032"), value, code);
    case PLACE:
        event.facility = event.feed = event.control_id = ho_slice_of(value);
        break;
    case UNIT:
        event.point_of_care = ho_slice_of(value);
        break;
    case SERVICE:
        event.hospital_service = ho_slice_of(value);
        break;
    case DISPOSITION:
        event.disposition = ho_slice_of(value);
        event.disposition_class = CARE_EVENT_DISPOSITION_CLASS_PSYCHIATRIC;
        break;
    }
    return with_code(event, "I5032");
}

/* The whole record as text, lower case. */
static char *text_of(const struct ho_avro_record *record, const void *value)
{
    struct ho_buf bytes, json;
    struct ho_error err;
    ho_buf_init(&bytes, 1 << 20);
    ho_buf_init(&json, 1 << 20);
    ho_avro_encode(record, value, &bytes);
    struct ho_slice body = {bytes.data + HO_AVRO_HEADER, bytes.len - HO_AVRO_HEADER};
    cr_assert_eq(ho_avro_to_json(ho_slice_of(ho_avro_json(record)), body, &json, &err), HO_OK, "%s", err.text);
    char *text = ho_arena_alloc(&arena, json.len + 1);
    for (size_t i = 0; i < json.len; i++)
        text[i] = (char)(json.data[i] >= 'A' && json.data[i] <= 'Z' ? json.data[i] + 32 : json.data[i]);
    ho_buf_release(&bytes);
    ho_buf_release(&json);
    return text;
}

Test(filter, each_way_of_finding_withholds_what_its_level_says)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct decider d;
        begin(&d, MEMBER(P1_OCTOBER));
        const struct ho_effects *effects = run_news(&d, sensitive(rows[i].what, rows[i].value, rows[i].code));
        const struct alert *out = alert_at(effects, 0);
        const struct audit *audit = nth(effects, NOTIFY_AUDIT, 0);
        cr_assert_eq(out->encounter.diagnoses.count > 0, rows[i].details, "%s", rows[i].name);
        cr_assert_eq(out->encounter.attending_name.len > 0, rows[i].details, "%s", rows[i].name);
        cr_assert_eq(out->encounter.facility_id.len > 0, rows[i].place, "%s", rows[i].name);
        cr_assert_eq(effects->items[0].hide_feed, !rows[i].place, "%s", rows[i].name);
        cr_assert_eq(audit->withheld.count, rows[i].class ? 1 : 0, "%s", rows[i].name);
        if (rows[i].class) {
            cr_assert(ho_slice_is(audit->withheld.items[0].class, rows[i].class), "%s", rows[i].name);
            cr_assert(ho_slice_is(audit->withheld.items[0].found, rows[i].found), "%s", rows[i].name);
            cr_assert(ho_slice_is(out->filtering.sensitivity, "restricted"), "%s", rows[i].name);
        }
        decider_release(&d);
    }
}

Test(filter, no_word_of_what_is_withheld_stands_in_the_alert)
{
    static const char *const words[] = {"new path", "newpath", "recovery", "mind", "psych", "part2", "part 2", "substance", "hiv",
                                        "f1120",    "f329",    "b20",      "65\"", "\"88\"", "sud",   "\"bh\""};
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct decider d;
        if (!rows[i].class)
            continue;
        begin(&d, MEMBER(P1_OCTOBER));
        const struct ho_effects *effects = run_news(&d, sensitive(rows[i].what, rows[i].value, rows[i].code));
        const char *text = text_of(&alert_record, alert_at(effects, 0));
        for (size_t w = 0; w < HO_LENGTH(words); w++)
            cr_assert_null(strstr(text, words[w]), "%s: %s in %s", rows[i].name, words[w], text);
        decider_release(&d);
    }
}

Test(filter, the_audit_record_names_fields_and_never_what_stood_in_them)
{
    struct decider d;
    begin(&d, MEMBER(P1_OCTOBER));
    const struct ho_effects *effects = run_news(&d, with_code(news(ADMITTED, "enc_1", 1), "F1120"));
    const struct audit *audit = nth(effects, NOTIFY_AUDIT, 0);
    const char *text = text_of(&audit_record, audit);
    static const char *const values[] = {"f1120", "doe", "ada", "general", "doc, ann", "19500101"};
    for (size_t i = 0; i < HO_LENGTH(values); i++)
        cr_assert_null(strstr(text, values[i]), "%s in %s", values[i], text);
    cr_assert(ho_slice_is(audit->list, "sensitivity@2026-01-01") && ho_slice_is(audit->policy, "notify@2026-01-01"));
    cr_assert(ho_slice_equal(audit->alert_id, alert_at(effects, 0)->identity.alert_id));
    cr_assert(strstr(text, "member.birth_date") && !strstr(text, "encounter.diagnoses"), "%s", text);
    decider_release(&d);
}

Test(filter, a_class_found_later_takes_nothing_back_and_shows_nothing_more)
{
    struct decider d;
    struct care_event flagged = with_flag(with_code(news(ADMITTED, "enc_1", 2), "I5032"), "PD1-12", "Y");
    begin(&d, MEMBER(P1_OCTOBER));
    run_news(&d, with_code(news(ADMITTED, "enc_1", 1), "I5032"));
    cr_assert_eq(run_news(&d, flagged)->count, 0);
    flagged.revision = 3;
    const struct alert *out = alert_at(run_news(&d, on_date(flagged, 20261014)), 0);
    cr_assert_eq(out->encounter.diagnoses.count, 0);
    cr_assert_eq(out->correction.changes.count, 1);
    decider_release(&d);
}

Test(filter, where_policy_withholds_all_nobody_is_told_and_the_audit_says_so)
{
    struct decider d;
    env.policies.items[0].levels[NOTIFY_HIV] = NOTIFY_NOTHING;
    begin(&d, MEMBER(P1_OCTOBER));
    const struct ho_effects *effects = run_news(&d, with_code(news(ADMITTED, "enc_1", 1), "B20"));
    const struct audit *audit = nth(effects, NOTIFY_AUDIT, 0);
    cr_assert_eq(effects->count, 1);
    cr_assert_eq(audit->act, AUDIT_AUDIT_ACT_WITHHELD);
    cr_assert_eq(audit->revision, 0);
    cr_assert_eq(run_member(&d, MEMBER(P1_OCTOBER))->count, 0);
    decider_release(&d);
}

Test(filter, the_class_of_a_stay_is_no_diagnosis)
{
    struct decider d;
    struct care_event event = news(ADMITTED, "enc_1", 1);
    event.encounter_class = CARE_EVENT_PATIENT_CLASS_OBSTETRICS;
    begin(&d, MEMBER(P1_OCTOBER));
    cr_assert_null(strstr(text_of(&alert_record, alert_at(run_news(&d, event), 0)), "obstet"));
    decider_release(&d);
}

/* Units are never shown, sensitive or not. */
Test(filter, no_unit_stands_in_an_alert)
{
    struct decider d;
    struct care_event event = news(ADMITTED, "enc_1", 1);
    event.point_of_care = HO_SLICE("4North");
    event.hospital_service = HO_SLICE("CARDIO");
    begin(&d, MEMBER(P1_OCTOBER));
    const char *text = text_of(&alert_record, alert_at(run_news(&d, event), 0));
    cr_assert(!strstr(text, "4north") && !strstr(text, "cardio"), "%s", text);
    decider_release(&d);
}
