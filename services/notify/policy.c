#include "notify/policy.h"

const char *const notify_class_names[NOTIFY_CLASSES] = {"normal", "restricted", "repro", "abuse", "hiv", "bh", "sud", "part2"};
const char *const notify_found_names[NOTIFY_FOUND_COUNT] = {"diagnosis", "disposition", "flag", "kind", "place", "service", "unit"};

enum notify_class notify_class_of(struct ho_slice word)
{
    for (int i = 0; i < NOTIFY_CLASSES; i++)
        if (ho_slice_is(word, notify_class_names[i]))
            return (enum notify_class)i;
    return NOTIFY_RESTRICTED;
}

const struct notify_policy *notify_policy_on(const struct notify_policies *policies, int32_t date)
{
    size_t at = 0;
    for (size_t i = 0; i < policies->count; i++)
        if (policies->items[i].from <= date)
            at = i;
    return &policies->items[at];
}

const struct notify_list *notify_list_on(const struct notify_policies *policies, int32_t date)
{
    size_t at = 0;
    for (size_t i = 0; i < policies->list_count; i++)
        if (policies->lists[i].from <= date)
            at = i;
    return &policies->lists[at];
}
