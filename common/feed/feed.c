#include "feed/feed.h"

#include <dirent.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* HL7 table 0004 and what sites add to it for observation. Anything else is reported, never guessed. */
static const struct ho_feed_map default_classes[] = {{"E", "E"}, {"I", "I"}, {"O", "O"},     {"P", "P"},   {"R", "R"},
                                                     {"B", "B"}, {"N", "N"}, {"OBS", "OBS"}, {"OBV", "OBS"}, {"V", "OBS"}};

struct loading {
    struct ho_feed *feed;
    const char *path;
    struct ho_error *err;
    enum ho_status status;
};

static int refuse(struct loading *loading, const char *what, const char *section, const char *key)
{
    if (loading->status == HO_OK)
        loading->status = ho_fail(loading->err, HO_INVALID, "%s: %s: [%s] %s", loading->path, what, section, key);
    return 0;
}

static bool set_text(char *out, size_t size, const char *value)
{
    if (strlen(value) >= size)
        return false;
    snprintf(out, size, "%s", value);
    return true;
}

static int set_map(struct loading *loading, struct ho_feed_map *maps, size_t *count, const char *key, const char *value)
{
    if (*count == HO_FEED_MAPS_MAX || !set_text(maps[*count].from, sizeof maps->from, key) ||
        !set_text(maps[*count].to, sizeof maps->to, value))
        return refuse(loading, "too many codes, or one too long", "map", key);
    (*count)++;
    return 1;
}

static int on_key(void *user, const char *section, const char *key, const char *value)
{
    struct loading *loading = user;
    struct ho_feed *feed = loading->feed;
    bool good = true;
    if (strcmp(section, "class") == 0)
        return set_map(loading, feed->classes, &feed->class_count, key, value);
    if (strcmp(section, "disposition") == 0)
        return set_map(loading, feed->dispositions, &feed->disposition_count, key, value);
    if (strcmp(section, "feed") == 0 && strcmp(key, "facility") == 0)
        good = set_text(feed->facility, sizeof feed->facility, value);
    else if (strcmp(section, "feed") == 0 && strcmp(key, "zone") == 0)
        good = set_text(feed->zone, sizeof feed->zone, value);
    else if (strcmp(section, "feed") == 0 && strcmp(key, "processing_ids") == 0)
        good = set_text(feed->processing_ids, sizeof feed->processing_ids, value);
    else if (strcmp(section, "mllp") == 0 && strcmp(key, "port") == 0)
        good = ho_slice_to_int64(ho_slice_of(value), &feed->port) && feed->port > 0 && feed->port < 65536;
    else if (strcmp(section, "mllp") == 0 && strcmp(key, "on_content_error") == 0) {
        feed->error_ack = strcmp(value, "refuse") == 0;
        good = feed->error_ack || strcmp(value, "park") == 0;
    } else
        return refuse(loading, "there is no such key", section, key);
    return good ? 1 : refuse(loading, "a value that cannot be used", section, key);
}

static struct ho_feed *add(struct ho_feeds *feeds, const char *id)
{
    feeds->items = ho_realloc(feeds->items, (feeds->count + 1) * sizeof *feeds->items);
    struct ho_feed *feed = &feeds->items[feeds->count++];
    *feed = (struct ho_feed){.zone = "America/New_York", .processing_ids = "PTD"};
    snprintf(feed->id, sizeof feed->id, "%s", id);
    return feed;
}

static bool id_valid(const char *id)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len < 64 && id[len] == '\0';
}

static enum ho_status load_file(struct ho_feeds *feeds, const char *dir, const char *name, struct ho_error *err)
{
    char path[1024], id[256];
    ho_slice_copy((struct ho_slice){name, strlen(name) - 4}, id, sizeof id);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (!id_valid(id))
        return ho_fail(err, HO_INVALID, "%s: a feed's id has lower-case letters, digits and '-' only", path);
    struct loading loading = {strcmp(id, "default") == 0 ? &feeds->items[0] : add(feeds, id), path, err, HO_OK};
    int line = ini_parse(path, on_key, &loading);
    if (line && loading.status == HO_OK)
        return ho_fail(err, HO_INVALID, "%s:%d: neither [section] nor key = value", path, line > 0 ? line : 0);
    return loading.status;
}

static int is_ini(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".ini") == 0;
}

enum ho_status ho_feeds_load(struct ho_feeds *feeds, const char *dir, struct ho_error *err)
{
    struct dirent **names = NULL;
    enum ho_status status = HO_OK;
    *feeds = (struct ho_feeds){NULL, 0};
    add(feeds, "default");
    int count = scandir(dir, &names, is_ini, alphasort);
    for (int i = 0; i < count; i++) {
        if (status == HO_OK)
            status = load_file(feeds, dir, names[i]->d_name, err);
        free(names[i]); /* scandir's own allocation */
    }
    free(names);
    return status;
}

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

static struct ho_slice lookup(const struct ho_feed_map *maps, size_t count, struct ho_slice code)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(maps[i].from) == code.len && strncasecmp(maps[i].from, code.ptr, code.len) == 0)
            return ho_slice_of(maps[i].to);
    return (struct ho_slice){NULL, 0};
}

struct ho_slice ho_feed_class(const struct ho_feed *feed, struct ho_slice code)
{
    if (code.len == 0)
        return (struct ho_slice){NULL, 0};
    struct ho_slice mapped = lookup(feed->classes, feed->class_count, code);
    return mapped.ptr ? mapped : lookup(default_classes, HO_LENGTH(default_classes), code);
}

/* Without a row of the feed, two digits are taken for UB-04 FL17, as US senders should use (HL7 PV1-36). */
struct ho_slice ho_feed_disposition(const struct ho_feed *feed, struct ho_slice code)
{
    if (code.len == 0)
        return (struct ho_slice){NULL, 0};
    struct ho_slice mapped = lookup(feed->dispositions, feed->disposition_count, code);
    bool digits = code.len == 2 && code.ptr[0] >= '0' && code.ptr[0] <= '9' && code.ptr[1] >= '0' && code.ptr[1] <= '9';
    return mapped.ptr ? mapped : digits ? code : (struct ho_slice){NULL, 0};
}
