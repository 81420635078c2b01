#include "risk/tier.h"

typedef struct risk_state_override over; /* file-local short name */

#define DAY_MAX 47846 /* 2100-12-31 */
#define VALUE_MAX ((1 << 24) - 1)

enum change { CHANGE_SET, CHANGE_ADD, CHANGE_TAKE };

/* day 17 bits, sequence 11, change 2, feature 5, value 24: of SET the value, else features as bits */
static int32_t earlier(int32_t a, int32_t b)
{
    return !a ? b : !b ? a : a < b ? a : b;
}

static void put(struct risk_changes *changes, int32_t day, enum change change, unsigned feature, uint32_t value)
{
    HO_ASSERT(changes->count < RISK_CHANGES_MAX && value <= VALUE_MAX);
    uint64_t at = day < 0 ? 0 : day > DAY_MAX ? DAY_MAX : (uint64_t)day;
    if ((int32_t)at > changes->until) {
        changes->next_day = earlier(changes->next_day, (int32_t)at);
        return;
    }
    changes->items[changes->count] = at << 42 | (uint64_t)changes->count << 31 | (uint64_t)change << 29 |
                                     (uint64_t)feature << 24 | value;
    changes->count++;
}

void risk_changes_add(struct risk_changes *changes, int32_t day, uint32_t features)
{
    put(changes, day, CHANGE_ADD, 0, features);
}

void risk_changes_take(struct risk_changes *changes, int32_t day, uint32_t features)
{
    put(changes, day, CHANGE_TAKE, 0, features);
}

void risk_changes_set(struct risk_changes *changes, int32_t day, enum risk_feature feature, int value)
{
    put(changes, day, CHANGE_SET, (unsigned)feature, (uint32_t)value);
}

void risk_changes_mark(struct risk_changes *changes, int32_t day)
{
    put(changes, day, CHANGE_ADD, 0, 0);
}

/* Shell sort: few items mostly, and nearly in order. */
void risk_changes_sort(struct risk_changes *changes)
{
    static const size_t gaps[] = {132, 29, 6, 1};
    uint64_t *items = changes->items;
    for (size_t g = 0; g < HO_LENGTH(gaps); g++) {
        for (size_t i = gaps[g]; i < changes->count; i++) {
            uint64_t item = items[i];
            size_t at = i;
            for (; at >= gaps[g] && items[at - gaps[g]] > item; at -= gaps[g])
                items[at] = items[at - gaps[g]];
            items[at] = item;
        }
    }
}

static int32_t day_of(uint64_t item)
{
    return (int32_t)(item >> 42);
}

static void apply(uint64_t item, int32_t features[RISK_FEATURES])
{
    unsigned change = item >> 29 & 3;
    uint32_t value = (uint32_t)item & VALUE_MAX;
    if (change == CHANGE_SET)
        features[item >> 24 & 31] = (int32_t)value;
    else
        for (; value; value &= value - 1)
            features[__builtin_ctz(value)] += change == CHANGE_ADD ? 1 : -1;
}

/* Rule 1. */
static enum risk_tier compute(const struct risk_policy *policy, const int32_t features[RISK_FEATURES],
                              uint32_t *ret_reasons)
{
    enum risk_tier tier = RISK_TIER_LOW;
    uint32_t reasons = 0, seen = 0;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct risk_rule *rule = &policy->rules[i];
        if (features[rule->feature] < rule->at_least || seen & 1U << rule->feature)
            continue;
        seen |= 1U << rule->feature;
        reasons |= 1U << i;
        if (rule->tier > tier)
            tier = rule->tier;
    }
    *ret_reasons = reasons;
    return tier;
}

/* The computed tier in spans: each counts from its day to the next one's. Before the first it is LOW. */
struct spans {
    int32_t from[RISK_CHANGES_MAX];
    enum risk_tier tier[RISK_CHANGES_MAX];
    size_t count;
};

static void sweep(const struct risk_env *env, const struct risk_changes *changes, struct spans *spans,
                  struct risk_tiers *out)
{
    size_t i = 0;
    spans->count = 0;
    while (i < changes->count) {
        int32_t at = day_of(changes->items[i]);
        for (; i < changes->count && day_of(changes->items[i]) == at; i++)
            apply(changes->items[i], out->features);
        enum risk_tier tier = compute(risk_policy_on(env, at), out->features, &out->reasons);
        out->last_day = at;
        if (tier == (spans->count ? spans->tier[spans->count - 1] : RISK_TIER_LOW))
            continue;
        spans->from[spans->count] = at;
        spans->tier[spans->count++] = tier;
    }
    out->next_day = changes->next_day;
    out->computed = spans->count ? spans->tier[spans->count - 1] : RISK_TIER_LOW;
}

/* Highest computed tier of [first, last]. */
static enum risk_tier highest(const struct spans *spans, int32_t first, int32_t last)
{
    enum risk_tier tier = RISK_TIER_LOW;
    for (size_t i = spans->count; i-- > 0;) {
        if (spans->from[i] <= last && spans->tier[i] > tier)
            tier = spans->tier[i];
        if (spans->from[i] <= first)
            break;
    }
    return tier;
}

/* Rule 6. */
static bool later(const over *a, const over *b)
{
    if (a->day != b->day)
        return a->day > b->day;
    return a->at_ms != b->at_ms ? a->at_ms > b->at_ms : ho_slice_compare(a->action_id, b->action_id) > 0;
}

/* Rules 4 to 6: the override that counts on that day. */
static const over *override_on(const struct risk_state *state, const struct spans *spans, int32_t day)
{
    const over *found = NULL;
    for (size_t i = 0; i < state->overrides.count; i++) {
        const over *item = &state->overrides.items[i];
        if (!item->voided && item->day <= day && (!found || later(item, found)))
            found = item;
    }
    if (!found || !found->tier || (found->until_day && day > found->until_day))
        return NULL;
    enum risk_tier before = highest(spans, found->day, found->day), since = highest(spans, found->day, day);
    return since > before && since > (enum risk_tier)found->tier ? NULL : found;
}

static enum risk_tier tier_on(const struct risk_env *env, const struct risk_state *state, const struct spans *spans,
                              int32_t day)
{
    const over *set = override_on(state, spans, day);
    return set ? (enum risk_tier)set->tier : highest(spans, day - risk_policy_on(env, day)->hold_days, day);
}

/* The days on which the tier can change: a span begins, a hold ends, an override begins or ends. */
struct candidates {
    int32_t *days;
    size_t count;
};

static void candidate(struct candidates *list, int32_t day, int32_t last)
{
    if (day > last)
        return;
    size_t at = list->count++;
    for (; at > 0 && list->days[at - 1] > day; at--)
        list->days[at] = list->days[at - 1];
    list->days[at] = day;
}

static void find_change(const struct risk_env *env, const struct risk_state *state, const struct spans *spans,
                        int32_t day, struct risk_tiers *out)
{
    int32_t days[2 * RISK_CHANGES_MAX + 2 * RISK_OVERRIDES_MAX + RISK_POLICIES_MAX];
    struct candidates list = {days, 0};
    for (size_t i = 0; i < spans->count; i++) {
        candidate(&list, spans->from[i], day);
        candidate(&list, spans->from[i] + risk_policy_on(env, spans->from[i])->hold_days, day);
    }
    for (size_t i = 0; i < state->overrides.count; i++) {
        candidate(&list, state->overrides.items[i].day, day);
        if (state->overrides.items[i].until_day)
            candidate(&list, state->overrides.items[i].until_day + 1, day);
    }
    for (size_t i = 1; i < env->policy_count && list.count; i++)
        candidate(&list, env->policies[i].from_day, day);
    out->previous = RISK_TIER_UNKNOWN;
    out->changed_day = 0;
    for (size_t i = list.count; i-- > 0;) {
        enum risk_tier before = tier_on(env, state, spans, list.days[i] - 1);
        if (before == out->tier)
            continue;
        out->previous = before;
        out->changed_day = list.days[i];
        return;
    }
}

/* Rule 3: the last day on which the tier stands above the computed one, when no more happens. */
static int32_t held_until(const struct spans *spans, const struct risk_tiers *out, int hold_days)
{
    for (size_t i = spans->count - 1; i-- > 0;)
        if (spans->tier[i] >= out->tier)
            return spans->from[i + 1] - 1 + hold_days;
    return 0;
}

void risk_tiers_of(const struct risk_env *env, const struct risk_state *state, const struct risk_changes *changes,
                   int32_t day, struct risk_tiers *ret_tiers)
{
    struct spans spans;
    const struct risk_policy *policy = risk_policy_on(env, day);
    *ret_tiers = (struct risk_tiers){.tier = RISK_TIER_LOW};
    sweep(env, changes, &spans, ret_tiers);
    for (size_t i = 0; i < policy->rule_count; i++)
        ret_tiers->points += ret_tiers->reasons & 1U << i ? policy->rules[i].points : 0;
    ret_tiers->override = override_on(state, &spans, day);
    ret_tiers->tier = tier_on(env, state, &spans, day);
    if (!ret_tiers->override && ret_tiers->tier > ret_tiers->computed) {
        ret_tiers->held_day = held_until(&spans, ret_tiers, policy->hold_days);
        ret_tiers->next_day = earlier(ret_tiers->next_day, ret_tiers->held_day + 1);
    }
    find_change(env, state, &spans, day, ret_tiers);
    if (ret_tiers->changed_day > ret_tiers->last_day)
        ret_tiers->last_day = ret_tiers->changed_day;
}
