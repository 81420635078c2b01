#include "notify/filter.h"

#include <ctype.h>

static bool holds(struct ho_slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; len && i + len <= text.len; i++) {
        size_t same = 0;
        while (same < len && toupper((unsigned char)text.ptr[i + same]) == toupper((unsigned char)word[same]))
            same++;
        if (same == len)
            return true;
    }
    return false;
}

static bool begins(struct ho_slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static void hit(const struct notify_policy *policy, enum notify_class class, const char *found, enum notify_level least,
                struct notify_filter *out)
{
    enum notify_level level = policy->levels[class] > least ? policy->levels[class] : least;
    if (class == NOTIFY_NORMAL)
        return;
    if (level > out->level)
        out->level = level;
    for (size_t i = 0; i < out->count; i++)
        if (out->hits[i].class == class && strcmp(out->hits[i].found, found) == 0)
            return;
    if (out->count < NOTIFY_HITS_MAX)
        out->hits[out->count++] = (struct notify_hit){class, found};
}

static bool diagnosed(const struct notify_state_news *news, const char *prefix)
{
    for (size_t i = 0; i < news->diagnoses.count; i++)
        if (begins(news->diagnoses.items[i].code, prefix))
            return true;
    return false;
}

/* value is "source:code"; a code of * is any. */
static bool is_flag(const struct notify_state_restriction *flag, const char *value)
{
    size_t len = flag->source.len;
    if (strlen(value) <= len || memcmp(value, flag->source.ptr, len) != 0 || value[len] != ':')
        return false;
    return strcmp(value + len + 1, "*") == 0 || ho_slice_is(flag->code, value + len + 1);
}

/* A flag that the list does not know restricts all the same. */
static enum notify_class class_of_flag(const struct notify_list *list, const struct notify_state_restriction *flag)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].by == NOTIFY_BY_FLAG && is_flag(flag, list->rows[i].value))
            return list->rows[i].class;
    return NOTIFY_RESTRICTED;
}

static bool matches(const struct notify_row *row, const struct notify_state_news *news, const struct facility *place)
{
    switch (row->by) {
    case NOTIFY_BY_DIAGNOSIS:
        return diagnosed(news, row->value);
    case NOTIFY_BY_DISPOSITION:
        return ho_slice_is(news->disposition, row->value);
    case NOTIFY_BY_KIND:
        return strcmp(notify_state_facility_kind_names[news->facility_kind], row->value) == 0 ||
               (place && strcmp(facility_facility_kind_names[place->kind], row->value) == 0);
    case NOTIFY_BY_PLACE:
        return holds(news->facility, row->value) || (place && holds(place->name, row->value));
    case NOTIFY_BY_SERVICE:
        return ho_slice_is(news->hospital_service, row->value);
    case NOTIFY_BY_UNIT:
        return holds(news->point_of_care, row->value);
    case NOTIFY_BY_FLAG: /* each by itself, below */
    case NOTIFY_FOUND_COUNT:
        break;
    }
    return false;
}

void notify_filter(const struct notify_policy *policy, const struct notify_list *list, const struct notify_state_news *news,
                   const struct facility *place, struct notify_filter *ret_filter)
{
    *ret_filter = (struct notify_filter){.level = NOTIFY_ALL, .place_unknown = news->facility.len && !place};
    if (place && place->sensitivity.len) /* its very name reveals it */
        hit(policy, notify_class_of(place->sensitivity), "facility", NOTIFY_PLACE, ret_filter);
    for (size_t i = 0; i < list->count; i++) {
        const struct notify_row *row = &list->rows[i];
        bool of_place = row->by == NOTIFY_BY_PLACE || row->by == NOTIFY_BY_KIND;
        if (matches(row, news, place))
            hit(policy, row->class, notify_found_names[row->by], of_place ? NOTIFY_PLACE : NOTIFY_DETAILS, ret_filter);
    }
    for (size_t i = 0; i < news->restrictions.count; i++)
        hit(policy, class_of_flag(list, &news->restrictions.items[i]), "flag", NOTIFY_DETAILS, ret_filter);
    for (size_t i = 0; i < news->diagnoses.count; i++)
        if (news->diagnoses.items[i].confidential) /* DG1-18 */
            hit(policy, NOTIFY_RESTRICTED, "flag", NOTIFY_DETAILS, ret_filter);
}
