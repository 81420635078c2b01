/* What a message gives, field by field: times by their chain, identifiers by kind, codes raw and mapped. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "identity/adt.h"

static struct ho_feeds feeds;
static struct ho_zone zone;
static struct ho_arena arena;

static void setup(void)
{
    struct ho_error err;
    cr_assert_eq(ho_feeds_load(&feeds, "/nonexistent", &err), HO_OK);
    cr_assert_eq(ho_zone_load(&zone, "America/New_York", &err), HO_OK);
}

static void teardown(void)
{
    ho_feeds_release(&feeds);
    ho_zone_release(&zone);
    ho_arena_release(&arena);
}

TestSuite(adt, .init = setup, .fini = teardown);

static struct adt_matched *read_bytes(const char *bytes)
{
    struct ho_hl7 *msg = HO_ARENA_NEW(&arena, struct ho_hl7);
    struct adt_matched *out = HO_ARENA_NEW(&arena, struct adt_matched);
    struct ho_error err;
    cr_assert_eq(ho_hl7_parse(msg, ho_slice_of(bytes), &err), HO_OK, "%s: %s", bytes, err.text);
    adt_read(msg, &(struct adt_source){&feeds.items[0], &zone, 20270615}, &arena, out);
    return out;
}

static const struct {
    const char *name, *event, *evn, *pv1; /* from EVN-2 on; PV1-44 and PV1-45 */
    const char *source;                   /* NULL: no time at all */
    int32_t date, bad;
} times[] = {
    {"EVN-6 before all", "A01", "20260102030000||||20260101", "20260103|", "EVN-6", 20260101, 0},
    {"PV1-44 of an arrival", "A01", "20260102030000", "20260103|20260109", "PV1-44", 20260103, 0},
    {"PV1-44 of A04", "A04", "20260102030000", "20260103|", "PV1-44", 20260103, 0},
    {"PV1-44 of A06", "A06", "20260102030000", "20260103|", "PV1-44", 20260103, 0},
    {"PV1-45 of A03", "A03", "20260102030000", "20260103|20260109", "PV1-45", 20260109, 0},
    {"PV1-45 of an A13 is the cancelled discharge's", "A13", "20260102030000", "20260103|20260109", "EVN-2", 20260102, 0},
    {"PV1-45 of an A08 says nothing", "A08", "20260102030000", "|20260109", "EVN-2", 20260102, 0},
    {"EVN-2 when nothing else is there", "A03", "20260102030000", "|", "EVN-2", 20260102, 0},
    {"MSH-7 last", "A03", "", "|", "MSH-7", 20261231, 0},
    {"a bad EVN-6 is passed over and counted", "A01", "20260102030000||||yesterday", "20260103|", "PV1-44", 20260103, 1},
    {"bad times one after another", "A03", "204||||20261399", "|201106131224066", "MSH-7", 20261231, 3},
    {"milliseconds without a dot", "A03", "20110613122406637", "|", "EVN-2", 20110613, 0},
};

Test(adt, the_time_comes_by_its_chain)
{
    for (size_t i = 0; i < HO_LENGTH(times); i++) {
        char bytes[512];
        snprintf(bytes, sizeof bytes,
                 "MSH|^~\\&|E|G|P|H|20261231||ADT^%s|1|P|2.5\rEVN||%s\rPID|1||7^^^G^MR\rPV1|1|I%.*s%s\r", times[i].event,
                 times[i].evn, 42, "||||||||||||||||||||||||||||||||||||||||||||", times[i].pv1);
        const struct adt_matched *out = read_bytes(bytes);
        cr_assert(out->has_occurred, "%s", times[i].name);
        cr_assert(ho_slice_is(out->occurred.source, times[i].source), "%s: %.*s", times[i].name,
                  HO_SLICE_ARG(out->occurred.source));
        cr_assert_eq(out->occurred.local_date, times[i].date, "%s: %d", times[i].name, out->occurred.local_date);
        cr_assert_eq(out->bad_times, times[i].bad, "%s: %d", times[i].name, out->bad_times);
    }
}

Test(adt, no_time_at_all_is_no_error)
{
    const struct adt_matched *out = read_bytes("MSH|^~\\&|E|G|P|H|soon||ADT^A01|1|P|2.5\rEVN||later\rPID|1||7\rPV1|1|I\r");
    cr_assert_not(out->has_occurred);
    cr_assert_eq(out->bad_times, 2);
}

static const struct {
    const char *name, *pid, *patient;
} patients[] = {
    {"type MR", "||1^^^P^MB~2^^^G^MR~3^^^G^PI", "2"},
    {"type PI before an unnamed one", "||9~3^^^G^PI", "3"},
    {"an unnamed one before numbers of other things", "||1^^^P^MB~4^^^S^SS~77", "77"},
    {"a null and an empty repetition", "||29^^X^PI~\"\"", "29"},
    {"a null repetition first", "||\"\"~~30^^^G^MR", "30"},
    {"PID-2 when PID-3 is empty", "|55|", "55"},
    {"only the plan's number", "||1^^^P^MB", ""},
    {"text, not a number: zeros, blanks and 20 digits", "||00 18446744073709551617^^^G^MR", "00 18446744073709551617"},
};

Test(adt, the_patients_own_number_is_never_another_kind)
{
    for (size_t i = 0; i < HO_LENGTH(patients); i++) {
        char bytes[512];
        snprintf(bytes, sizeof bytes, "MSH|^~\\&|E|G|P|H|2026||ADT^A01|1|P|2.5\rPID|1%s\rPV1|1|I\r", patients[i].pid);
        const struct adt_matched *out = read_bytes(bytes);
        cr_assert(ho_slice_is(out->patient, patients[i].patient), "%s: %.*s", patients[i].name,
                  HO_SLICE_ARG(out->patient));
    }
}

static const struct {
    const char *code;
    enum adt_matched_disposition_class class;
} dispositions[] = {
    {"", ADT_MATCHED_DISPOSITION_CLASS_UNKNOWN},     {"01", ADT_MATCHED_DISPOSITION_CLASS_HOME},
    {"86", ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH}, {"61", ADT_MATCHED_DISPOSITION_CLASS_SNF},
    {"66", ADT_MATCHED_DISPOSITION_CLASS_ACUTE},     {"62", ADT_MATCHED_DISPOSITION_CLASS_REHAB},
    {"63", ADT_MATCHED_DISPOSITION_CLASS_LTACH},     {"65", ADT_MATCHED_DISPOSITION_CLASS_PSYCHIATRIC},
    {"51", ADT_MATCHED_DISPOSITION_CLASS_HOSPICE},   {"07", ADT_MATCHED_DISPOSITION_CLASS_AMA},
    {"41", ADT_MATCHED_DISPOSITION_CLASS_DIED},      {"30", ADT_MATCHED_DISPOSITION_CLASS_NOT_DISCHARGED},
    {"21", ADT_MATCHED_DISPOSITION_CLASS_OTHER},     {"5", ADT_MATCHED_DISPOSITION_CLASS_OTHER},
    {"1 ", ADT_MATCHED_DISPOSITION_CLASS_OTHER},
};

Test(adt, a_disposition_has_its_group)
{
    for (size_t i = 0; i < HO_LENGTH(dispositions); i++)
        cr_assert_eq(adt_disposition_class(ho_slice_of(dispositions[i].code)), dispositions[i].class, "%s",
                     dispositions[i].code);
}

/* The feed changed its codes on 2027-01-01. */
static const struct {
    const char *name, *evn_2, *class, *disposition;
    enum adt_matched_patient_class mapped;
    const char *to;
    enum adt_matched_disposition_class group;
} dated[] = {
    {"before the change", "20261231235959", "CLIN", "H", ADT_MATCHED_PATIENT_CLASS_OUTPATIENT, "01", ADT_MATCHED_DISPOSITION_CLASS_HOME},
    {"on its day", "20270101000000", "CLIN", "H", ADT_MATCHED_PATIENT_CLASS_OBSERVATION, "06",
     ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH},
    {"the day is the event's own, not UTC's", "20261231235959-0800", "CLIN", "H", ADT_MATCHED_PATIENT_CLASS_OUTPATIENT, "01",
     ADT_MATCHED_DISPOSITION_CLASS_HOME},
    {"long after", "20290101", "CLIN", "H", ADT_MATCHED_PATIENT_CLASS_OBSERVATION, "06", ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH},
    {"no time at all: the day it came", "", "CLIN", "H", ADT_MATCHED_PATIENT_CLASS_OBSERVATION, "06",
     ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH},
    {"a row that ended", "20270101", "INPT", "H", ADT_MATCHED_PATIENT_CLASS_UNKNOWN, "06", ADT_MATCHED_DISPOSITION_CLASS_HOME_HEALTH},
    {"and before it did", "20261231", "INPT", "03", ADT_MATCHED_PATIENT_CLASS_INPATIENT, "03", ADT_MATCHED_DISPOSITION_CLASS_SNF},
    {"a code without a row", "20261231", "ZZ", "Z", ADT_MATCHED_PATIENT_CLASS_UNKNOWN, "", ADT_MATCHED_DISPOSITION_CLASS_UNKNOWN},
};

Test(adt, a_code_is_mapped_as_on_the_day_of_the_event)
{
    struct ho_feed *feed = &feeds.items[0];
    const struct ho_feed_map classes[] = {{"INPT", "I", 0}, {"CLIN", "O", 0}, {"CLIN", "OBS", 20270101}, {"INPT", "", 20270101}};
    const struct ho_feed_map ways[] = {{"H", "01", 0}, {"H", "06", 20270101}};
    memcpy(feed->classes, classes, sizeof classes);
    memcpy(feed->dispositions, ways, sizeof ways);
    feed->class_count = HO_LENGTH(classes);
    feed->disposition_count = HO_LENGTH(ways);
    for (size_t i = 0; i < HO_LENGTH(dated); i++) {
        char bytes[512];
        snprintf(bytes, sizeof bytes, "MSH|^~\\&|E|G|P|H|||ADT^A08|1|P|2.5\rEVN||%s\rPID|1||7\rPV1|1|%s%.34s%s\r", dated[i].evn_2,
                 dated[i].class, "||||||||||||||||||||||||||||||||||", dated[i].disposition);
        const struct adt_matched *out = read_bytes(bytes);
        cr_expect_eq(out->class, dated[i].mapped, "%s: class %d", dated[i].name, out->class);
        cr_expect(ho_slice_is(out->class_raw, dated[i].class), "%s", dated[i].name);
        cr_expect(ho_slice_is(out->disposition, dated[i].to), "%s: %.*s", dated[i].name, HO_SLICE_ARG(out->disposition));
        cr_expect_eq(out->disposition_class, dated[i].group, "%s: group %d", dated[i].name, out->disposition_class);
    }
}

Test(adt, diagnoses_flags_and_the_old_identifiers_are_read)
{
    const struct adt_matched *out = read_bytes(
        "MSH|^~\\&|E|G|P|H|2026||ADT^A06|1|P|2.6\rEVN||2026||R1|||EVFAC\rPID|1||7^^^G^MR|||||||||||||||A1\r"
        "PD1||||||||||||Y\rPV1|1|I|4N^1||P5|2W^3|1^DOC^DANA|||||||7||VIP|||V2\r"
        "PV2|||^short of breath|||||20260105|20260109|||||||||||||N\r"
        "ARV|1|A|MED^x||||V\rARV|2|A|MED\rDG1|1||I50.32^Heart failure^I10||20260101|A|||||||||1|||Y\r"
        "DG1|2|I9|428.0|Old text||W\rDG1|3||J44.1||||||||||||||||||D\rMRG|8^^^G^MR||A0||V1\r");
    cr_assert_eq(out->diagnoses.count, 2, "a deleted one is left out");
    cr_assert(ho_slice_is(out->diagnoses.items[0].code, "I5032"));
    cr_assert(ho_slice_is(out->diagnoses.items[0].system, "I10"));
    cr_assert(out->diagnoses.items[0].confidential);
    cr_assert_eq(out->diagnoses.items[0].priority, 1);
    cr_assert(ho_slice_is(out->diagnoses.items[1].text, "Old text"));
    cr_assert(ho_slice_is(out->diagnoses.items[1].system, "I9"));
    char flags[256] = "";
    for (size_t i = 0; i < out->restrictions.count; i++)
        snprintf(flags + strlen(flags), sizeof flags - strlen(flags), "%.*s=%.*s ",
                 HO_SLICE_ARG(out->restrictions.items[i].source), HO_SLICE_ARG(out->restrictions.items[i].code));
    cr_assert_str_eq(flags, "PD1-12=Y PV1-16=VIP DG1-18=Y ARV-3=MED ARV-7=V ", "%s", flags);
    cr_assert(out->has_merge);
    cr_assert(ho_slice_is(out->merge.patient, "8") && ho_slice_is(out->merge.account, "A0") &&
              ho_slice_is(out->merge.visit, "V1"));
    cr_assert(ho_slice_is(out->account, "A1") && ho_slice_is(out->visit, "V2") && ho_slice_is(out->preadmit_number, "P5"));
    cr_assert(ho_slice_is(out->point_of_care, "4N") && ho_slice_is(out->prior_point_of_care, "2W"));
    cr_assert(ho_slice_is(out->admit_reason, "short of breath") && ho_slice_is(out->event_reason, "R1"));
    cr_assert(ho_slice_is(out->event_facility, "EVFAC") && ho_slice_is(out->attending_name, "DOC, DANA"));
    cr_assert_eq(out->expected_admit.local_date, 20260105);
    cr_assert_eq(out->expected_discharge.local_date, 20260109);
}

Test(adt, a_message_without_PV1_is_read)
{
    const struct adt_matched *out = read_bytes("MSH|^~\\&|E|G|P|H|2026||ADT^A31|1|P|2.5\rPID|1||7||||||||||||||||||||||||||202601|Y\r");
    cr_assert_eq(out->class, ADT_MATCHED_PATIENT_CLASS_UNKNOWN);
    cr_assert(out->death);
    cr_assert_eq(out->visit.len, 0);
}
