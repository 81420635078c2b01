#include "unit/risk/history.h"

#include "unit/risk/world.h"

static uint64_t next_random(uint64_t *random) /* xorshift64* */
{
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * UINT64_C(2685821657736338717);
}

int dice(uint64_t *random, int sides)
{
    return (int)(next_random(random) >> 33) % sides;
}

static void tell(struct history *h, enum risk_input stream, const void *value, int32_t date)
{
    cr_assert_lt(h->counts[stream], RECORDS_MAX);
    int64_t late = dice(&h->random, 5) ? dice(&h->random, 600) : dice(&h->random, 10 * 24 * 60); /* minutes */
    h->records[stream][h->counts[stream]++] = (struct record){value, noon(date) + late * 60000};
}

static int32_t plus(int32_t date, int days)
{
    return ho_date_of_days(ho_days_of_date(date) + days);
}

/* The event as it is in the end; sometimes something else was told before. */
static void tell_event(struct history *h, struct care_event *last)
{
    int before = dice(&h->random, 4) ? 0 : 1 + dice(&h->random, 2);
    for (int i = 0; i < before; i++) {
        struct care_event *early = HO_ARENA_NEW(&facts_arena, struct care_event);
        *early = *last;
        early->revision = i + 1;
        early->occurred.local_date = plus(last->occurred.local_date, dice(&h->random, 9) - 4);
        early->change = i ? CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED : CARE_EVENT_CARE_EVENT_CHANGE_NEW;
        if (dice(&h->random, 3) == 0)
            early->change = CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
        tell(h, RISK_CARE_EVENTS, early, last->occurred.local_date);
    }
    last->revision = before + 1;
    last->change = before ? CARE_EVENT_CARE_EVENT_CHANGE_CORRECTED : CARE_EVENT_CARE_EVENT_CHANGE_NEW;
    if (dice(&h->random, 8) == 0)
        last->change = CARE_EVENT_CARE_EVENT_CHANGE_VOIDED;
    else if (dice(&h->random, 20) == 0)
        last->processing_id = CARE_EVENT_PROCESSING_TRAINING;
    tell(h, RISK_CARE_EVENTS, last, last->occurred.local_date);
}

static const char *some_codes(struct history *h)
{
    static const char *const codes[] = {"", "", "I50.9", "J44.1 E11.9", "K76.0 N18.3", "C78.7 C18.9", "Z00.0"};
    return codes[dice(&h->random, (int)HO_LENGTH(codes))];
}

static void tell_labs(struct history *h, const char *id, int32_t date)
{
    tell(h, RISK_CLINICAL_FACTS,
         record_of(&clinical_fact_record, "{\"member_id\":\"M1\",\"fact_id\":\"hb%s\",\"revision\":2,\"kind\":\"LAB\",\"date\":%d,"
                   "\"code\":\"718-7\",\"unit\":\"g/dL\",\"value_milli\":11000}", id, date), date);
    tell(h, RISK_CLINICAL_FACTS,
         record_of(&clinical_fact_record, "{\"member_id\":\"M1\",\"fact_id\":\"na%s\",\"revision\":2,\"kind\":\"LAB\",\"date\":%d,"
                   "\"code\":\"2951-2\",\"unit\":\"mmol/L\",\"value_milli\":131000}", id, date), date);
}

static void tell_stay(struct history *h, const char *id, int32_t date, bool by_er)
{
    int days = dice(&h->random, 12);
    struct care_event *in = with_codes(care(KIND(ADMITTED), id, date), some_codes(h));
    struct care_event *out = with_codes(care(KIND(DISCHARGED), id, plus(date, days)), some_codes(h));
    in->arrived_by_er = out->arrived_by_er = by_er;
    if (!by_er && dice(&h->random, 2))
        in->admission_type = out->admission_type = dice(&h->random, 2) ? HO_SLICE("1") : HO_SLICE("3");
    out->disposition_class = dice(&h->random, 4) ? CARE_EVENT_DISPOSITION_CLASS_HOME : CARE_EVENT_DISPOSITION_CLASS_SNF;
    if (dice(&h->random, 40) == 0)
        out->disposition_class = CARE_EVENT_DISPOSITION_CLASS_DIED;
    if (dice(&h->random, 12) == 0)
        in->facility_kind = out->facility_kind = CARE_EVENT_FACILITY_KIND_SNF;
    tell_event(h, in);
    if (dice(&h->random, 8))
        tell_event(h, out);
    if (dice(&h->random, 3) == 0)
        tell_labs(h, id, plus(date, days / 2));
}

static void tell_encounter(struct history *h, int number, int32_t date)
{
    const char *id = ho_arena_printf(&facts_arena, "enc%02d", number).ptr;
    int kind = dice(&h->random, 6);
    if (kind <= 2)
        tell_event(h, with_codes(care(KIND(ER_ARRIVED), id, date), some_codes(h)));
    if (kind == 2 || kind == 3 || kind == 4)
        tell_stay(h, id, date, kind == 2);
    if (kind == 5)
        tell_event(h, care(KIND(OBSERVATION_STARTED), id, date));
    if (dice(&h->random, 3) == 0)
        tell_event(h, with_codes(care(KIND(UPDATED), id, plus(date, dice(&h->random, 20))), some_codes(h)));
}

static void tell_clinical(struct history *h, int number, int32_t date)
{
    static const char *const facts[] = {
        "\"kind\":\"DIAGNOSIS\",\"code\":\"I509\"", "\"kind\":\"DIAGNOSIS\",\"code\":\"N186\"",
        "\"kind\":\"DIAGNOSIS\",\"code\":\"Z000\"", "\"kind\":\"LAB\",\"code\":\"718-7\",\"unit\":\"g/dL\",\"value_milli\":11000",
        "\"kind\":\"LAB\",\"code\":\"2951-2\",\"unit\":\"mmol/L\",\"value_milli\":131000", "\"kind\":\"PROCEDURE\",\"code\":\"99999\""};
    const char *fact = facts[dice(&h->random, (int)HO_LENGTH(facts))];
    const char *last = dice(&h->random, 5) ? "NEW" : "VOIDED";
    for (int revision = 1; revision <= 2; revision++)
        tell(h, RISK_CLINICAL_FACTS,
             record_of(&clinical_fact_record, "{\"member_id\":\"M1\",\"fact_id\":\"f%d\",\"revision\":%d,\"change\":\"%s\",\"date\":%d,%s}",
                       number, revision, revision == 2 ? last : "NEW", plus(date, revision), fact), date);
}

static void tell_assessment(struct history *h, int number, int32_t date)
{
    bool check = dice(&h->random, 3) == 0;
    tell(h, RISK_ASSESSMENTS,
         record_of(&assessment_record, "{\"member_id\":\"M1\",\"assessment_id\":\"a%d\",\"kind\":\"%s\",\"date\":%d,\"answers\":["
                   "{\"question\":\"falls_12m\",\"value\":%d},{\"question\":\"phq2\",\"value\":%d},"
                   "{\"question\":\"long_term_services\",\"value\":%d},{\"question\":\"symptom_grade\",\"value\":%d}]}",
                   number, check ? "SYMPTOM_CHECK" : "HRA_UPDATE", date, dice(&h->random, 4), dice(&h->random, 5),
                   dice(&h->random, 2), dice(&h->random, 4)), date);
}

static void tell_action(struct history *h, int number, int32_t date)
{
    static const char *const tiers[] = {"LOW", "MODERATE", "HIGH"};
    bool ends = dice(&h->random, 3) == 0;
    tell(h, RISK_CARE_ACTIONS,
         record_of(&care_action_record, "{\"member_id\":\"M1\",\"action_id\":\"x%d\",\"kind\":\"%s\",\"tier\":\"%s\",\"at_ms\":%lld,"
                   "\"date\":%d,\"until\":%d}", number, ends ? "TIER_OVERRIDE_ENDED" : "TIER_OVERRIDE",
                   ends ? "UNKNOWN" : tiers[dice(&h->random, 3)], (long long)noon(date), date,
                   dice(&h->random, 2) ? 0 : plus(date, dice(&h->random, 90))), date);
}

static void tell_member(struct history *h, int32_t date)
{
    static const char *const zones[] = {"", "America/Los_Angeles", "Pacific/Honolulu"};
    tell(h, RISK_MEMBERS,
         record_of(&member_record, "{\"member_id\":\"M1\",\"family\":\"Doe\",\"birth_date\":19500101,\"zone\":\"%s\",\"coverage\":["
                   "{\"from\":20250101,\"to\":%d}]}", zones[dice(&h->random, 3)], dice(&h->random, 3) ? 0 : 20260301), date);
}

void history_make(struct history *h, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    ho_arena_reset(&facts_arena); /* of this file: the last history ends here */
    h->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    int encounters = 1 + dice(&h->random, 10);
    for (int i = 0; i < encounters; i++)
        tell_encounter(h, i, plus(FIRST_DATE, dice(&h->random, 460)));
    for (int i = dice(&h->random, 8); i-- > 0;)
        tell_clinical(h, i, plus(FIRST_DATE, dice(&h->random, 460)));
    for (int i = dice(&h->random, 5); i-- > 0;)
        tell_assessment(h, i, plus(FIRST_DATE, dice(&h->random, 460)));
    for (int i = dice(&h->random, 3); i-- > 0;)
        tell_action(h, i, plus(FIRST_DATE, dice(&h->random, 460)));
    for (int i = dice(&h->random, 3); i-- > 0;)
        tell_member(h, FIRST_DATE);
}

void history_release(void)
{
    ho_arena_release(&facts_arena);
}
