/* A policy that is wrong refuses to start, and says which file, which line and what is wanted. */
#include <stdlib.h>
#include <unistd.h>

#include "unit/risk/world.h"

static char folder[] = "/tmp/risk-policy-XXXXXX";

static void run(const char *command)
{
    FILE *shell = popen(command, "w");
    cr_assert_not_null(shell);
    cr_assert_eq(pclose(shell), 0, "%s", command);
}

static void setup(void)
{
    char command[512];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(command, sizeof command, "cp -r %s/deploy/policy/risk %s", HO_SOURCE_DIR, folder);
    run(command);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    run(command);
    risk_env_release(&env);
}

TestSuite(risk_policy, .init = setup, .fini = teardown);

static enum ho_status load(struct ho_error *err)
{
    struct risk_config config = {folder};
    risk_env_release(&env);
    return risk_setup(&env, &config, err);
}

static const struct {
    const char *edit; /* of sed, and the file */
    const char *told; /* in the error */
} rows[] = {
    {"-i '11s/30/\"thirty\"/' 2026-01-01.json", "2026-01-01.json:11: lace_counts_days: a number is wanted, 0 to 366"},
    {"-i '10s/30/999/' 2026-01-01.json", "2026-01-01.json:10: hold_days: a number is wanted, 0 to 366"},
    {"-i '10d' 2026-01-01.json", "2026-01-01.json: hold_days is missing; a number is wanted"},
    {"-i '5s/,$//' 2026-01-01.json", "2026-01-01.json:6: "},
    {"-i 's/America.New_York/America\\/Gotham/' 2026-01-01.json", ": zone: an IANA time zone is wanted"},
    {"-i 's/rules-2026.tsv/none.tsv/' 2026-01-01.json", "none.tsv cannot be read"},
    {"-i 's/\"rules-2026.tsv\"/\"..\\/rules.tsv\"/' 2026-01-01.json", ": rules: the name of a file beside this one"},
    {"-i '6s/lace/lice/' rules-2026.tsv", "rules-2026.tsv:6: there is no feature lice"},
    {"-i '6s/HIGH/DENIED/' rules-2026.tsv", "rules-2026.tsv:6: the tier is LOW, MODERATE or HIGH"},
    {"-i '6s/\\t10\\tHIGH/\\t0\\tHIGH/' rules-2026.tsv", "rules-2026.tsv:6: at least must be 1 or more"},
    {"-i '7s/risk.t2/risk.t1/' rules-2026.tsv", "rules-2026.tsv:7: the rule's number was there before"},
    {"-i '6s/\\t/ /' rules-2026.tsv", "rules-2026.tsv:6: 6 columns, not 7"},
    {"-i '4s/I21/I2/' charlson-quan-2005.tsv", "charlson-quan-2005.tsv:4: a prefix has three or four characters"},
    {"-i '4s/mi/my/' charlson-quan-2005.tsv", "charlson-quan-2005.tsv:4: the group is not in the weights file"},
    {"-i '5s/I22/I21/' charlson-quan-2005.tsv", "charlson-quan-2005.tsv:5: the prefix was there before"},
    {"-i '4s/\\t1\\t/\\tone\\t/' lace-weights-2010.tsv", "lace-weights-2010.tsv:4: column 2 must be a number"},
    {"-i 's/\\tmsld$/\\tsevere/' lace-weights-2010.tsv", "group mld is off when severe, which is no group"},
    {"-i '4s/medical/magical/' hra-2026.tsv", "hra-2026.tsv:4: the domain is medical, psychosocial, need or grade"},
    {"-i 's/^food\\tneed/thirst\\tneed/' hra-2026.tsv", ": needs are long_term_services, housing, food and transport"},
    {"-i '4s/hemoglobin/iron/' labs-2026.tsv", "labs-2026.tsv:4: the item is hemoglobin or sodium"},
    {"-i '5s/10$/0/' labs-2026.tsv", "labs-2026.tsv:5: a factor of 0"},
};

Test(risk_policy, what_is_wrong_is_named_with_its_line)
{
    char command[512];
    struct ho_error err = {HO_OK, ""};
    cr_assert_eq(load(&err), HO_OK, "%s", err.text);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        snprintf(command, sizeof command, "cp %s/deploy/policy/risk/* %s/risk/ && cd %s/risk && sed %s", HO_SOURCE_DIR, folder,
                 folder, rows[i].edit);
        run(command);
        cr_expect_eq(load(&err), HO_INVALID, "%s", rows[i].edit);
        cr_expect_not_null(strstr(err.text, rows[i].told), "%s: %s", rows[i].edit, err.text);
    }
}

Test(risk_policy, an_empty_or_missing_folder_is_named)
{
    char command[128];
    struct ho_error err = {HO_OK, ""};
    snprintf(command, sizeof command, "rm %s/risk/2026-01-01.json", folder);
    run(command);
    cr_assert_eq(load(&err), HO_INVALID);
    cr_assert_not_null(strstr(err.text, "/risk holds no <date>.json"), "%s", err.text);
    snprintf(command, sizeof command, "rm -r %s/risk", folder);
    run(command);
    cr_assert_eq(load(&err), HO_INVALID);
    cr_assert_not_null(strstr(err.text, "/risk cannot be read; set policy.dir"), "%s", err.text);
}

Test(risk_policy, a_day_has_the_policy_of_its_date)
{
    char command[512];
    struct ho_error err = {HO_OK, ""};
    snprintf(command, sizeof command, "cd %s/risk && sed 's/\"hold_days\": 30/\"hold_days\": 7/' 2026-01-01.json > 2026-07-01.json",
             folder);
    run(command);
    cr_assert_eq(load(&err), HO_OK, "%s", err.text);
    cr_assert_eq(env.policy_count, 2);
    cr_expect_eq(risk_policy_on(&env, risk_day(20250101))->hold_days, 30);
    cr_expect_eq(risk_policy_on(&env, risk_day(20260630))->hold_days, 30);
    cr_expect_eq(risk_policy_on(&env, risk_day(20260701))->hold_days, 7);
    cr_expect_str_eq(risk_policy_on(&env, risk_day(20270101))->version, "risk@2026-07-01");
}

Test(risk_policy, a_group_has_the_same_place_in_every_policy)
{
    char command[512];
    struct ho_error err = {HO_OK, ""};
    snprintf(command, sizeof command,
             "cd %s/risk && sed 's/lace-weights-2010/other/' 2026-01-01.json > 2026-07-01.json && "
             "{ tail -n 1 lace-weights-2010.tsv; head -n -1 lace-weights-2010.tsv; } > other.tsv", folder);
    run(command);
    cr_assert_eq(load(&err), HO_INVALID);
    cr_assert_not_null(strstr(err.text, "group 1 of risk@2026-01-01 is mi, and must be that of risk@2026-07-01 too"), "%s", err.text);
}

/* A new policy in the middle of a hold: the hold is that of the day. */
Test(risk_policy, a_hold_is_as_long_as_the_policy_of_the_day_says)
{
    char command[512];
    struct ho_error err = {HO_OK, ""};
    struct decider d;
    snprintf(command, sizeof command, "cd %s/risk && sed 's/\"hold_days\": 30/\"hold_days\": 7/' 2026-01-01.json > 2026-02-20.json",
             folder);
    run(command);
    cr_assert_eq(load(&err), HO_OK, "%s", err.text);
    world_init(&d);
    feed(&d, RISK_CARE_EVENTS, care(KIND(ER_ARRIVED), "a", 20260101), noon(20260101));
    const struct care_risk *risk = feed(&d, RISK_CARE_EVENTS, care(KIND(ER_ARRIVED), "b", 20260105), noon(20260105));
    risk = until(&d, noon(20260219), risk);
    cr_expect_eq(risk->held_until, 20260302);
    cr_expect(ho_slice_is(risk->policy, "risk@2026-01-01"));
    risk = until(&d, noon(20260220), risk);
    cr_expect_eq(risk->tier, CARE_RISK_RISK_TIER_LOW);
    cr_expect_eq(risk->changed_at, 20260220);
    cr_expect(ho_slice_is(risk->policy, "risk@2026-02-20"));
    decider_release(&d);
    ho_arena_release(&facts_arena);
}
