/* What a feed is, once its file was read (load.c): lookups. Pure. */
#include "feed/feed.h"

#include <strings.h>

#define NEWEST 99999999

/* HL7 table 0004 and what sites add to it for observation. Anything else is reported, never guessed. */
static const struct ho_feed_map default_classes[] = {{"E", "E", 0}, {"I", "I", 0},     {"O", "O", 0},     {"P", "P", 0},
                                                     {"R", "R", 0}, {"B", "B", 0},     {"N", "N", 0},
                                                     {"OBS", "OBS", 0}, {"OBV", "OBS", 0}, {"V", "OBS", 0}};

void ho_feeds_release(struct ho_feeds *feeds)
{
    ho_free(feeds->items);
    *feeds = (struct ho_feeds){NULL, 0};
}

const struct ho_feed *ho_feeds_find(const struct ho_feeds *feeds, struct ho_slice id)
{
    for (size_t i = 0; i < feeds->count; i++)
        if (ho_slice_is(id, feeds->items[i].id))
            return &feeds->items[i];
    return NULL;
}

/* Takes the next word of a list up to one of the ends; false behind the last. */
static bool next_word(const char **list, const char *ends, struct ho_slice *ret_word)
{
    *list += strspn(*list, ends);
    *ret_word = (struct ho_slice){*list, strcspn(*list, ends)};
    *list += ret_word->len;
    return ret_word->len > 0;
}

static bool equal_folded(struct ho_slice a, struct ho_slice b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

const struct ho_feed *ho_feeds_by_name(const struct ho_feeds *feeds, struct ho_slice name)
{
    struct ho_slice word;
    if (!name.len || memchr(name.ptr, '\0', name.len)) /* a name cut by a zero is a known attack on certificates */
        return NULL;
    for (size_t i = 0; i < feeds->count; i++)
        for (const char *list = feeds->items[i].tls_names; next_word(&list, "\n", &word);)
            if (equal_folded(word, name))
                return &feeds->items[i];
    return NULL;
}

bool ho_feed_lists(const char *list, struct ho_slice word)
{
    struct ho_slice each;
    while (next_word(&list, " ,", &each))
        if (ho_slice_equal(each, word))
            return true;
    return false;
}

/* Of a code's rows that hold on the day, the newest; of two from one day the one that stands later in the file. */
static const struct ho_feed_map *lookup(const struct ho_feed_map *maps, size_t count, struct ho_slice code, int32_t date)
{
    const struct ho_feed_map *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (maps[i].from_date <= date && (!found || maps[i].from_date >= found->from_date) &&
            equal_folded(ho_slice_of(maps[i].from), code))
            found = &maps[i];
    return found;
}

static struct ho_slice mapped(const struct ho_feed_map *row)
{
    return row && row->to[0] ? ho_slice_of(row->to) : (struct ho_slice){NULL, 0};
}

struct ho_slice ho_feed_class_on(const struct ho_feed *feed, struct ho_slice code, int32_t date)
{
    if (code.len == 0)
        return (struct ho_slice){NULL, 0};
    const struct ho_feed_map *row = lookup(feed->classes, feed->class_count, code, date);
    return mapped(row ? row : lookup(default_classes, HO_LENGTH(default_classes), code, date));
}

/* Without a row of the feed, two digits are taken for UB-04 FL17, as US senders should use (HL7 PV1-36). */
struct ho_slice ho_feed_disposition_on(const struct ho_feed *feed, struct ho_slice code, int32_t date)
{
    if (code.len == 0)
        return (struct ho_slice){NULL, 0};
    const struct ho_feed_map *row = lookup(feed->dispositions, feed->disposition_count, code, date);
    bool digits = code.len == 2 && code.ptr[0] >= '0' && code.ptr[0] <= '9' && code.ptr[1] >= '0' && code.ptr[1] <= '9';
    return row ? mapped(row) : digits ? code : (struct ho_slice){NULL, 0};
}

struct ho_slice ho_feed_class(const struct ho_feed *feed, struct ho_slice code)
{
    return ho_feed_class_on(feed, code, NEWEST);
}

struct ho_slice ho_feed_disposition(const struct ho_feed *feed, struct ho_slice code)
{
    return ho_feed_disposition_on(feed, code, NEWEST);
}
