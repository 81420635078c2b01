/* filter: what of an event a recipient may not be shown, and why. Pure. Rules 21 to 23 of notify_core.h. */
#ifndef NOTIFY_FILTER_H
#define NOTIFY_FILTER_H

#include "notify/policy.h"
#include "facility.h"

#define NOTIFY_HITS_MAX 16

struct notify_hit {
    enum notify_class class;
    const char *found; /* notify_found_names, or "facility" */
};

struct notify_filter {
    enum notify_level level;
    bool place_unknown; /* the facility's row has not come: its name is not shown, since nobody can say what it reveals */
    struct notify_hit hits[NOTIFY_HITS_MAX]; /* each class and way once; those past the maximum count by their level */
    size_t count;
};

/* place: the facility's row, or NULL. */
void notify_filter(const struct notify_policy *policy, const struct notify_list *list, const struct notify_state_news *news,
                   const struct facility *place, struct notify_filter *ret_filter);

#endif
