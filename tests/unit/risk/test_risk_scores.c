/* Rows per rule of lace.h, charlson.h, hospital.h, hra.h and the windows' months. */
#include "unit/risk/world.h"

TestSuite(risk_scores, .init = world_setup, .fini = world_teardown);

static const struct charlson *list(void)
{
    return &env.policies[0].charlson;
}

static uint32_t groups_of(const char *codes)
{
    uint32_t groups = 0;
    while (*codes) {
        size_t len = strcspn(codes, " ");
        groups |= charlson_groups_of(list(), (struct ho_slice){codes, len});
        codes += len + (codes[len] == ' ');
    }
    return groups;
}

static const struct {
    const char *name;
    int days;
    bool acute;
    int comorbidity, er, length, c, e, total;
} lace_rows[] = {
    {"1 same day", 0, false, 0, 0, 0, 0, 0, 0},   {"1 one day", 1, false, 0, 0, 1, 0, 0, 1},
    {"1 two days", 2, false, 0, 0, 2, 0, 0, 2},   {"1 three days", 3, false, 0, 0, 3, 0, 0, 3},
    {"1 four days", 4, false, 0, 0, 4, 0, 0, 4},  {"1 six days", 6, false, 0, 0, 4, 0, 0, 4},
    {"1 seven days", 7, false, 0, 0, 5, 0, 0, 5}, {"1 thirteen days", 13, false, 0, 0, 5, 0, 0, 5},
    {"1 fourteen", 14, false, 0, 0, 7, 0, 0, 7},  {"1 a hundred", 100, false, 0, 0, 7, 0, 0, 7},
    {"2 acute", 0, true, 0, 0, 0, 0, 0, 3},       {"3 three", 0, false, 3, 0, 0, 3, 0, 3},
    {"3 four are five", 0, false, 4, 0, 0, 5, 0, 5}, {"3 many", 0, false, 21, 0, 0, 5, 0, 5},
    {"4 three", 0, false, 0, 3, 0, 0, 3, 3},      {"4 four", 0, false, 0, 4, 0, 0, 4, 4},
    {"4 nine", 0, false, 0, 9, 0, 0, 4, 4},       {"all", 20, true, 9, 9, 7, 5, 4, 19},
};

Test(risk_scores, lace_by_its_rules)
{
    for (size_t i = 0; i < HO_LENGTH(lace_rows); i++) {
        struct lace out = lace_score(lace_rows[i].days, lace_rows[i].acute, lace_rows[i].comorbidity, lace_rows[i].er);
        cr_expect_eq(out.length, lace_rows[i].length, "%s", lace_rows[i].name);
        cr_expect_eq(out.acute, lace_rows[i].acute ? 3 : 0, "%s", lace_rows[i].name);
        cr_expect_eq(out.comorbidity, lace_rows[i].c, "%s", lace_rows[i].name);
        cr_expect_eq(out.er, lace_rows[i].e, "%s", lace_rows[i].name);
        cr_expect_eq(out.total, lace_rows[i].total, "%s", lace_rows[i].name);
    }
}

Test(risk_scores, lace_bands_and_probability)
{
    double odds = 0.020408577516666016; /* e^-3.8918; a point more multiplies by e^0.19150 */
    for (int total = 0; total <= 19; total++, odds *= 1.2110648331399927) { /* lace.5 and lace.6 */
        enum risk_tier band = total <= 4 ? RISK_TIER_LOW : total <= 9 ? RISK_TIER_MODERATE : RISK_TIER_HIGH;
        cr_expect_eq(lace_band(total), band, "%d", total);
        cr_expect_eq(lace_probability_permille(total), (int)(1000 * odds / (1 + odds) + 0.5), "%d", total);
    }
}

Test(risk_scores, every_length_and_comorbidity_that_cannot_be_never_is)
{
    for (int n = 0; n < 100; n++) {
        cr_expect_neq(lace_score(n, false, 0, 0).length, 6);
        cr_expect_neq(lace_score(0, false, n, 0).comorbidity, 4);
    }
}

/* Quan 2005: number of prefixes of each group; the last is the plan's own. */
Test(risk_scores, the_code_list_is_whole)
{
    static const int sizes[] = {3, 14, 13, 13, 7, 21, 9, 4, 19, 25, 25, 12, 22, 83, 11, 4, 4, 10};
    cr_assert_eq(list()->group_count, HO_LENGTH(sizes));
    for (size_t g = 0; g < HO_LENGTH(sizes); g++) {
        int count = 0;
        for (size_t i = 0; i < list()->prefix_count; i++)
            count += list()->prefixes[i].groups >> g & 1;
        cr_expect_eq(count, sizes[g], "%s has %d prefixes", list()->groups[g].key, count);
    }
}

static const struct {
    const char *name, *codes;
    int points; /* LACE's sum */
} charlson_rows[] = {
    {"1 no code of the list", "Z0000 R07", 0},
    {"1 shorter than a prefix", "I2", 0},
    {"1 dots and small letters", "i50.32", 2},
    {"1 a longer prefix alone", "I252", 1},
    {"1 its shorter code is in no group", "I25", 0},
    {"1 and 3 once for a group", "I21 I22 I214", 1},
    {"4 stroke", "I639", 1},
    {"4 peripheral vascular", "I739", 1},
    {"4 diabetes", "E119", 1},
    {"4 hyperglycaemia is no complication", "E1165", 1},
    {"4 lungs", "J449", 2},
    {"4 dementia", "G309", 3},
    {"4 connective tissue", "M069", 3},
    {"4 HIV", "B20", 4},
    {"4 ulcer and hemiplegia give nothing", "K259 G819", 0},
    {"2 complications alone", "E119 E1142", 2},
    {"2 metastasis alone", "C189 C787", 6},
    {"2 severe liver alone", "K760 K767", 4},
    {"3 mild liver", "K760", 2},
    {"3 mild renal", "N183", 2},
    {"3 mild liver or renal is one item", "K760 N183", 2},
    {"2 severe renal switches off renal", "N185", 4},
    {"3 severe liver or renal is one item", "N186 K767", 4},
    {"2 severe renal, and the liver is mild", "N185 K760", 6},
    {"a sum", "I5032 J441 E1142", 6},
};

Test(risk_scores, charlson_by_its_rules)
{
    for (size_t i = 0; i < HO_LENGTH(charlson_rows); i++)
        cr_expect_eq(charlson_points(list(), groups_of(charlson_rows[i].codes)), charlson_rows[i].points, "%s: %d",
                     charlson_rows[i].name, charlson_points(list(), groups_of(charlson_rows[i].codes)));
}

static const struct {
    const char *name;
    struct hospital_input input;
    bool known;
    int total;
} hospital_rows[] = {
    {"1 no lab", {.has_sodium = true, .sodium_low = true}, false, 0},
    {"1 the other", {.has_hemoglobin = true}, false, 0},
    {"nothing", {.has_hemoglobin = true, .has_sodium = true}, true, 0},
    {"2 both low", {.has_hemoglobin = true, .has_sodium = true, .hemoglobin_low = true, .sodium_low = true}, true, 2},
    {"3 oncology", {.has_hemoglobin = true, .has_sodium = true, .oncology = true}, true, 2},
    {"4 procedure", {.has_hemoglobin = true, .has_sodium = true, .procedure = true}, true, 1},
    {"4 urgent", {.has_hemoglobin = true, .has_sodium = true, .urgent = true}, true, 1},
    {"4 four days", {.has_hemoglobin = true, .has_sodium = true, .stay_days = 4}, true, 0},
    {"4 five days", {.has_hemoglobin = true, .has_sodium = true, .stay_days = 5}, true, 2},
    {"5 some", {.has_hemoglobin = true, .has_sodium = true, .admissions_some = true}, true, 2},
    {"5 many", {.has_hemoglobin = true, .has_sodium = true, .admissions_some = true, .admissions_many = true}, true, 5},
    {"all", {true, true, true, true, true, true, true, true, true, 9}, true, 13},
};

Test(risk_scores, hospital_by_its_rules)
{
    for (size_t i = 0; i < HO_LENGTH(hospital_rows); i++) {
        struct hospital out = hospital_score(&hospital_rows[i].input);
        cr_expect_eq(out.known, hospital_rows[i].known, "%s", hospital_rows[i].name);
        cr_expect_eq(out.total, hospital_rows[i].total, "%s: %d", hospital_rows[i].name, out.total);
    }
    cr_expect_eq(hospital_band(4), RISK_TIER_LOW); /* hospital.6 */
    cr_expect_eq(hospital_band(5), RISK_TIER_MODERATE);
    cr_expect_eq(hospital_band(6), RISK_TIER_MODERATE);
    cr_expect_eq(hospital_band(7), RISK_TIER_HIGH);
}

static const struct {
    const char *name, *answers;
    int medical, psychosocial;
    const char *needs; /* long-term services, housing, food, transport: ? unknown, n, y */
    int symptom;
} hra_rows[] = {
    {"none", "", 0, 0, "????", -1},
    {"1 below", "{\"question\":\"falls_12m\",\"value\":0}", 0, 0, "????", -1},
    {"1 reached", "{\"question\":\"falls_12m\",\"value\":1}", 2, 0, "????", -1},
    {"1 the greatest counts, once", "{\"question\":\"falls_12m\",\"value\":7}", 3, 0, "????", -1},
    {"1 domains apart", "{\"question\":\"oxygen\",\"value\":1},{\"question\":\"phq2\",\"value\":3}", 2, 3, "????", -1},
    {"1 asked twice", "{\"question\":\"oxygen\",\"value\":1},{\"question\":\"oxygen\",\"value\":1}", 2, 0, "????", -1},
    {"2 no", "{\"question\":\"food\",\"value\":0}", 0, 0, "??n?", -1},
    {"2 yes, and its points", "{\"question\":\"housing\",\"value\":1}", 0, 2, "?y??", -1},
    {"2 services", "{\"question\":\"long_term_services\",\"value\":1},{\"question\":\"transport\",\"value\":0}", 0, 0, "y??n", -1},
    {"3 grade", "{\"question\":\"symptom_grade\",\"value\":0}", 0, 0, "????", 0},
    {"4 not in the policy", "{\"question\":\"shoe_size\",\"value\":44}", 0, 0, "????", -1},
};

Test(risk_scores, hra_by_its_rules)
{
    for (size_t i = 0; i < HO_LENGTH(hra_rows); i++) {
        const struct assessment *assessment =
            record_of(&assessment_record, "{\"member_id\":\"M1\",\"assessment_id\":\"a\",\"kind\":\"HRA_INITIAL\",\"date\":20260301,\"answers\":[%s]}",
                      hra_rows[i].answers);
        struct hra_points out = hra_score(&env.policies[0], assessment);
        char needs[5] = "????";
        for (int n = 0; n < RISK_NEEDS; n++)
            needs[n] = "?ny"[RISK_NEED_OF(out.needs, n)];
        cr_expect_eq(out.medical, hra_rows[i].medical, "%s", hra_rows[i].name);
        cr_expect_eq(out.psychosocial, hra_rows[i].psychosocial, "%s", hra_rows[i].name);
        cr_expect_str_eq(needs, hra_rows[i].needs, "%s", hra_rows[i].name);
        cr_expect_eq(out.symptom, hra_rows[i].symptom, "%s", hra_rows[i].name);
    }
}

static const struct {
    int32_t date;
    int months;
    int32_t before; /* windows.6: n months before, and the first day that no longer holds date */
    int32_t end;
} month_rows[] = {
    {20260302, 6, 20250902, 20260903}, {20260831, 6, 20260228, 20270301}, {20240831, 6, 20240229, 20250301},
    {20260131, 12, 20250131, 20270201}, {20240229, 12, 20230228, 20250301}, {20260101, 1, 20251201, 20260202},
};

Test(risk_scores, months_are_calendar_months)
{
    for (size_t i = 0; i < HO_LENGTH(month_rows); i++) {
        int32_t day = (int32_t)ho_days_of_date(month_rows[i].date);
        cr_expect_eq(ho_date_of_days(risk_months_before(day, month_rows[i].months)), month_rows[i].before, "%d before: %d",
                     month_rows[i].date, ho_date_of_days(risk_months_before(day, month_rows[i].months)));
        cr_expect_eq(ho_date_of_days(risk_months_end(day, month_rows[i].months)), month_rows[i].end, "%d end: %d",
                     month_rows[i].date, ho_date_of_days(risk_months_end(day, month_rows[i].months)));
    }
}
