/* The lists of a policy: TSV, `#` begins a comment. */
#include <stdio.h>

#include "risk/risk_shell.h"

#define COLUMNS_MAX 8

struct row {
    const char *path;
    size_t line;
    char *columns[COLUMNS_MAX];
    struct ho_error *err;
};

typedef enum ho_status row_function(struct risk_policy *policy, const struct row *row);

static enum ho_status wrong(const struct row *row, const char *what)
{
    return ho_fail(row->err, HO_INVALID, "policy %s:%zu: %s", row->path, row->line, what);
}

/* Cuts text at its tabs; how many columns. */
static size_t cut(char *text, struct row *row)
{
    size_t count = 0;
    while (text && count < COLUMNS_MAX) {
        char *tab = strchr(text, '\t');
        row->columns[count++] = text;
        if (tab)
            *tab++ = '\0';
        text = tab;
    }
    return text ? COLUMNS_MAX + 1 : count;
}

static enum ho_status read_rows(const char *path, size_t columns, struct risk_policy *policy, row_function *take,
                                struct ho_error *err)
{
    char text[512];
    enum ho_status status = HO_OK;
    struct row row = {.path = path, .err = err};
    FILE *file = fopen(path, "r");
    if (!file)
        return ho_fail(err, HO_INVALID, "policy %s cannot be read", path);
    while (status == HO_OK && fgets(text, sizeof text, file)) {
        row.line++;
        if (!strchr(text, '\n') && !feof(file)) {
            status = wrong(&row, "the line is longer than 510 characters");
            break;
        }
        text[strcspn(text, "\r\n")] = '\0';
        if (text[0] == '\0' || text[0] == '#')
            continue;
        size_t count = cut(text, &row);
        status = count == columns ? take(policy, &row)
                                  : ho_fail(err, HO_INVALID, "policy %s:%zu: %zu columns, not %zu, a tab between two", path,
                                            row.line, count, columns);
    }
    fclose(file);
    return status;
}

static enum ho_status text_to(const struct row *row, size_t column, char *out, size_t size)
{
    size_t len = strlen(row->columns[column]);
    if (len == 0 || len >= size)
        return ho_fail(row->err, HO_INVALID, "policy %s:%zu: column %zu must have 1 to %zu characters", row->path, row->line,
                       column + 1, size - 1);
    memcpy(out, row->columns[column], len + 1);
    return HO_OK;
}

static enum ho_status number_to(const struct row *row, size_t column, int most, int *ret_value)
{
    int64_t value;
    if (!ho_slice_to_int64(ho_slice_of(row->columns[column]), &value) || value < 0 || value > most)
        return ho_fail(row->err, HO_INVALID, "policy %s:%zu: column %zu must be a number, 0 to %d", row->path, row->line,
                       column + 1, most);
    *ret_value = (int)value;
    return HO_OK;
}

/* Index of the column's text in names; -1. */
static int one_of(const struct row *row, size_t column, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(row->columns[column], names[i]) == 0)
            return (int)i;
    return -1;
}

static enum ho_status take_weight(struct risk_policy *policy, const struct row *row)
{
    struct charlson *list = &policy->charlson;
    if (list->group_count == CHARLSON_GROUPS_MAX)
        return wrong(row, "too many groups");
    struct charlson_group *group = &list->groups[list->group_count];
    *group = (struct charlson_group){.item_first = (int)list->group_count};
    enum ho_status status = text_to(row, 0, group->key, sizeof group->key);
    if (status == HO_OK)
        status = number_to(row, 1, 99, &group->points);
    if (status == HO_OK)
        status = text_to(row, 2, group->item, sizeof group->item);
    if (status == HO_OK)
        status = text_to(row, 3, group->off_when, sizeof group->off_when);
    if (status != HO_OK)
        return status;
    for (size_t i = list->group_count; i-- > 0;) {
        if (strcmp(list->groups[i].key, group->key) == 0)
            return wrong(row, "the group was there before");
        if (strcmp(list->groups[i].item, group->item) == 0)
            group->item_first = (int)i;
    }
    list->group_count++;
    return HO_OK;
}

static int group_of(const struct charlson *list, const char *key)
{
    for (size_t i = 0; i < list->group_count; i++)
        if (strcmp(list->groups[i].key, key) == 0)
            return (int)i;
    return -1;
}

enum ho_status risk_read_weights(const char *path, struct risk_policy *policy, struct ho_error *err)
{
    struct charlson *list = &policy->charlson;
    enum ho_status status = read_rows(path, 4, policy, take_weight, err);
    for (size_t i = 0; i < list->group_count && status == HO_OK; i++) {
        int severe = group_of(list, list->groups[i].off_when);
        if (severe >= 0)
            list->groups[i].off_bit = 1U << severe;
        else if (strcmp(list->groups[i].off_when, "-") != 0)
            status = ho_fail(err, HO_INVALID, "policy %s: group %s is off when %s, which is no group; - for never", path,
                             list->groups[i].key, list->groups[i].off_when);
    }
    return status == HO_OK && !list->group_count ? ho_fail(err, HO_INVALID, "policy %s holds no group", path) : status;
}

static enum ho_status take_prefix(struct risk_policy *policy, const struct row *row)
{
    struct charlson *list = &policy->charlson;
    size_t len = strlen(row->columns[0]), at = list->prefix_count;
    uint32_t code = len == 3 || len == 4 ? charlson_pack(ho_slice_of(row->columns[0]), len) : 0;
    int group = group_of(list, row->columns[1]);
    if (!code)
        return wrong(row, "a prefix has three or four characters, without a dot");
    if (group < 0)
        return wrong(row, "the group is not in the weights file");
    for (; at > 0 && list->prefixes[at - 1].code > code; at--)
        ;
    if (at > 0 && list->prefixes[at - 1].code == code) {
        if (list->prefixes[at - 1].groups & 1U << group)
            return wrong(row, "the prefix was there before");
        list->prefixes[at - 1].groups |= 1U << group;
        return HO_OK;
    }
    if (list->prefix_count == CHARLSON_PREFIXES_MAX)
        return wrong(row, "too many prefixes");
    memmove(list->prefixes + at + 1, list->prefixes + at, (list->prefix_count - at) * sizeof list->prefixes[0]);
    list->prefixes[at] = (struct charlson_prefix){code, 1U << group};
    list->prefix_count++;
    return HO_OK;
}

enum ho_status risk_read_charlson(const char *path, struct risk_policy *policy, struct ho_error *err)
{
    return read_rows(path, 2, policy, take_prefix, err);
}

static enum ho_status take_rule(struct risk_policy *policy, const struct row *row)
{
    static const char *const tiers[] = {"", "LOW", "MODERATE", "HIGH"};
    if (policy->rule_count == RISK_RULES_MAX)
        return wrong(row, "too many rules");
    struct risk_rule *rule = &policy->rules[policy->rule_count];
    int feature = one_of(row, 1, risk_feature_names, RISK_FEATURES), tier = one_of(row, 3, tiers, HO_LENGTH(tiers));
    if (feature < 0)
        return ho_fail(row->err, HO_INVALID, "policy %s:%zu: there is no feature %s", row->path, row->line, row->columns[1]);
    if (tier < 1)
        return wrong(row, "the tier is LOW, MODERATE or HIGH");
    rule->feature = (enum risk_feature)feature;
    rule->tier = (enum risk_tier)tier;
    enum ho_status status = text_to(row, 0, rule->name, sizeof rule->name);
    if (status == HO_OK)
        status = number_to(row, 2, 1000000, &rule->at_least);
    if (status == HO_OK && rule->at_least == 0)
        status = wrong(row, "at least must be 1 or more: 0 would hold for everybody");
    if (status == HO_OK)
        status = number_to(row, 4, 1000, &rule->points);
    if (status == HO_OK)
        status = text_to(row, 5, rule->words, sizeof rule->words);
    if (status == HO_OK)
        status = text_to(row, 6, rule->source, sizeof rule->source);
    for (size_t i = 0; i < policy->rule_count && status == HO_OK; i++)
        if (strcmp(policy->rules[i].name, rule->name) == 0)
            status = wrong(row, "the rule's number was there before");
    policy->rule_count += status == HO_OK;
    return status;
}

enum ho_status risk_read_rules(const char *path, struct risk_policy *policy, struct ho_error *err)
{
    return read_rows(path, 7, policy, take_rule, err);
}

static enum ho_status take_score(struct risk_policy *policy, const struct row *row)
{
    static const char *const domains[] = {"medical", "psychosocial", "need", "grade"};
    if (policy->score_count == RISK_SCORES_MAX)
        return wrong(row, "too many answers");
    struct risk_score *score = &policy->scores[policy->score_count];
    int domain = one_of(row, 1, domains, HO_LENGTH(domains));
    if (domain < 0)
        return wrong(row, "the domain is medical, psychosocial, need or grade");
    if (domain == RISK_NEED && one_of(row, 0, risk_feature_names + RISK_LTSS, 4) < 0)
        return wrong(row, "needs are long_term_services, housing, food and transport");
    score->domain = (enum risk_domain)domain;
    enum ho_status status = text_to(row, 0, score->question, sizeof score->question);
    if (status == HO_OK)
        status = number_to(row, 2, 1000000, &score->at_least);
    if (status == HO_OK)
        status = number_to(row, 3, 1000, &score->points);
    policy->score_count += status == HO_OK;
    return status;
}

enum ho_status risk_read_hra(const char *path, struct risk_policy *policy, struct ho_error *err)
{
    return read_rows(path, 4, policy, take_score, err);
}

static enum ho_status take_lab(struct risk_policy *policy, const struct row *row)
{
    static const char *const items[] = {"hemoglobin", "sodium"};
    if (policy->lab_count == RISK_LABS_MAX)
        return wrong(row, "too many labs");
    struct risk_lab *lab = &policy->labs[policy->lab_count];
    int item = one_of(row, 0, items, HO_LENGTH(items));
    if (item < 0)
        return wrong(row, "the item is hemoglobin or sodium");
    lab->item = (enum risk_lab_item)item;
    enum ho_status status = text_to(row, 1, lab->loinc, sizeof lab->loinc);
    if (status == HO_OK)
        status = text_to(row, 2, lab->unit, sizeof lab->unit);
    if (status == HO_OK)
        status = number_to(row, 3, 1000, &lab->numerator);
    if (status == HO_OK)
        status = number_to(row, 4, 1000, &lab->denominator);
    if (status == HO_OK && (!lab->numerator || !lab->denominator))
        status = wrong(row, "a factor of 0");
    policy->lab_count += status == HO_OK;
    return status;
}

enum ho_status risk_read_labs(const char *path, struct risk_policy *policy, struct ho_error *err)
{
    return read_rows(path, 5, policy, take_lab, err);
}
