#include "risk/hra.h"

static int need_index(const char *question)
{
    for (int i = 0; i < RISK_NEEDS; i++) {
        const char *name = risk_feature_names[RISK_LTSS + i];
        if (strcmp(question, name) == 0)
            return i;
    }
    return -1;
}

/* The best row of one question and domain; NULL when the policy has none that the value reaches. */
static const struct risk_score *best(const struct risk_policy *policy, const struct assessment_answer *answer,
                                     enum risk_domain domain, bool *ret_named)
{
    const struct risk_score *found = NULL;
    *ret_named = false;
    for (size_t i = 0; i < policy->score_count; i++) {
        const struct risk_score *row = &policy->scores[i];
        if (row->domain != domain || !ho_slice_is(answer->question, row->question))
            continue;
        *ret_named = true;
        if (answer->value >= row->at_least && (!found || row->at_least > found->at_least))
            found = row;
    }
    return found;
}

static void add_answer(const struct risk_policy *policy, const struct assessment_answer *answer, struct hra_points *out)
{
    bool named;
    const struct risk_score *row = best(policy, answer, RISK_MEDICAL, &named);
    out->medical += row ? row->points : 0;
    row = best(policy, answer, RISK_PSYCHOSOCIAL, &named);
    out->psychosocial += row ? row->points : 0;
    row = best(policy, answer, RISK_NEED, &named);
    if (named) {
        char question[32];
        int index = need_index(ho_slice_copy(answer->question, question, sizeof question));
        if (index >= 0)
            out->needs |= (row ? RISK_NEED_YES : RISK_NEED_NO) << 2 * index;
    }
    if (best(policy, answer, RISK_GRADE, &named))
        out->symptom = answer->value;
}

/* The first answer to a question is the one that counts. */
static bool answered_before(const struct assessment *assessment, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ho_slice_equal(assessment->answers.items[i].question, assessment->answers.items[index].question))
            return true;
    return false;
}

struct hra_points hra_score(const struct risk_policy *policy, const struct assessment *assessment)
{
    struct hra_points out = {.symptom = -1};
    for (size_t i = 0; i < assessment->answers.count; i++)
        if (!answered_before(assessment, i))
            add_answer(policy, &assessment->answers.items[i], &out);
    return out;
}
