/* policy: rule values as the shell read them from deploy/policy; plain data, const to the core. */
#ifndef NOTIFY_POLICY_H
#define NOTIFY_POLICY_H

#include "base/base.h"
#include "care_event.h"
#include "notify_state.h"

#define NOTIFY_VERSIONS_MAX 16
#define NOTIFY_KINDS NOTIFY_STATE_ALERT_EVENT_KIND_COUNT

_Static_assert(NOTIFY_STATE_ALERT_EVENT_KIND_MEMBER_DECEASED == (int)CARE_EVENT_CARE_EVENT_KIND_COUNT,
               "kinds of care events, and one more");

/* Classes of domain.md's confidentiality table, and what is flagged without saying why. */
enum notify_class {
    NOTIFY_NORMAL,
    NOTIFY_RESTRICTED,
    NOTIFY_REPRO,
    NOTIFY_ABUSE,
    NOTIFY_HIV,
    NOTIFY_BH,
    NOTIFY_SUD,
    NOTIFY_PART2,
    NOTIFY_CLASSES
};
extern const char *const notify_class_names[NOTIFY_CLASSES];
/* Any other word is RESTRICTED: what nobody understands is not shown. */
enum notify_class notify_class_of(struct ho_slice word);

/* What a recipient gets of an event of a class. */
enum notify_level {
    NOTIFY_ALL,
    NOTIFY_DETAILS, /* no diagnoses, attending, telling disposition */
    NOTIFY_PLACE,   /* and no facility, feed, control id */
    NOTIFY_NOTHING  /* no alert */
};

struct notify_kind {
    bool tell;
    int days;     /* deadline: after the event's date */
    int ask_days; /* what is asked of the recipient: until so many days after it; 0: no date */
    char basis[96];
};

struct notify_policy {
    int32_t from;     /* effective date */
    char version[32]; /* notify@2026-01-01 */
    struct notify_kind kinds[NOTIFY_KINDS];
    enum notify_level levels[NOTIFY_CLASSES];
    int expires_days, late_hours, queue_hours;
};

enum notify_found {
    NOTIFY_BY_DIAGNOSIS,   /* code begins with value */
    NOTIFY_BY_DISPOSITION, /* is value */
    NOTIFY_BY_FLAG,        /* is "source:code" */
    NOTIFY_BY_KIND,        /* of the facility, is value */
    NOTIFY_BY_PLACE,       /* facility's id or name holds value, letters of any case */
    NOTIFY_BY_SERVICE,     /* is value */
    NOTIFY_BY_UNIT,        /* holds value */
    NOTIFY_FOUND_COUNT
};
extern const char *const notify_found_names[NOTIFY_FOUND_COUNT];

struct notify_row {
    enum notify_found by;
    enum notify_class class;
    char value[32];
};

/* deploy/policy/sensitivity/<date>.tsv */
struct notify_list {
    int32_t from;
    char version[32];
    struct notify_row *rows; /* owned by the shell */
    size_t count;
};

struct notify_policies {
    struct notify_policy items[NOTIFY_VERSIONS_MAX]; /* by date */
    size_t count;
    struct notify_list lists[NOTIFY_VERSIONS_MAX];
    size_t list_count;
};

/* That of the date: the newest that was in force; before the first, the first. */
const struct notify_policy *notify_policy_on(const struct notify_policies *policies, int32_t date);
const struct notify_list *notify_list_on(const struct notify_policies *policies, int32_t date);

#endif
