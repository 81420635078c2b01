/*
 * Reading feeds/<id>.ini. Each mistake is told as file:line, which inih does only for lines it does not understand, so we
 * feed it line by line and count ourselves.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "feed/feed.h"

struct loading {
    struct ho_feeds *feeds; /* those before this one */
    struct ho_feed *feed;
    FILE *file;
    const char *path;
    int line, port_line;
    struct ho_error err;
};

static bool refuse(struct loading *loading, const char *section, const char *key, const char *why)
{
    if (loading->err.status == HO_OK)
        ho_fail(&loading->err, HO_INVALID, "%s:%d: [%s] %s: %s", loading->path, loading->line, section, key, why);
    return false;
}

static bool set_text(char *out, size_t size, const char *value)
{
    if (strlen(value) >= size)
        return false;
    snprintf(out, size, "%s", value);
    return true;
}

static bool set_letters(char *out, size_t size, const char *value)
{
    return strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(value) && value[0] && set_text(out, size, value);
}

/* One of two words: the second is true. */
static bool set_choice(bool *out, const char *value, const char *no, const char *yes)
{
    *out = strcmp(value, yes) == 0;
    return *out || strcmp(value, no) == 0;
}

static bool set_ack(enum ho_feed_ack *out, const char *value)
{
    static const char *const words[] = {[HO_FEED_ACK_AUTO] = "auto", [HO_FEED_ACK_ORIGINAL] = "original",
                                        [HO_FEED_ACK_ENHANCED] = "enhanced"};
    for (size_t i = 0; i < HO_LENGTH(words); i++)
        if (strcmp(value, words[i]) == 0) {
            *out = (enum ho_feed_ack)i;
            return true;
        }
    return false;
}

static bool set_port(struct loading *loading, const char *value)
{
    loading->port_line = loading->line;
    return ho_slice_to_int64(ho_slice_of(value), &loading->feed->port) && loading->feed->port > 0 &&
           loading->feed->port < 65536;
}

static bool add_name(struct loading *loading, const char *value)
{
    char *names = loading->feed->tls_names;
    size_t len = strlen(names), size = sizeof loading->feed->tls_names;
    if (ho_feeds_by_name(loading->feeds, ho_slice_of(value)))
        return refuse(loading, "tls", "name", "another feed has that name, or this one has it twice");
    if (!value[0] || len + strlen(value) + 2 > size)
        return false;
    snprintf(names + len, size - len, "%s\n", value);
    return true;
}

static bool set_feed(struct ho_feed *feed, const char *key, const char *value, bool *ret_known)
{
    *ret_known = true;
    if (strcmp(key, "facility") == 0)
        return set_text(feed->facility, sizeof feed->facility, value);
    if (strcmp(key, "zone") == 0)
        return set_text(feed->zone, sizeof feed->zone, value);
    if (strcmp(key, "processing_ids") == 0)
        return set_letters(feed->processing_ids, sizeof feed->processing_ids, value);
    if (strcmp(key, "versions") == 0)
        return set_text(feed->versions, sizeof feed->versions, value);
    if (strcmp(key, "types") == 0)
        return set_text(feed->types, sizeof feed->types, value);
    *ret_known = false;
    return false;
}

static bool set_mllp(struct loading *loading, const char *key, const char *value, bool *ret_known)
{
    struct ho_feed *feed = loading->feed;
    *ret_known = true;
    if (strcmp(key, "port") == 0)
        return set_port(loading, value);
    if (strcmp(key, "ack") == 0)
        return set_ack(&feed->ack, value);
    if (strcmp(key, "release") == 0)
        return set_choice(&feed->release2, value, "1", "2");
    if (strcmp(key, "on_content_error") == 0)
        return set_choice(&feed->error_ack, value, "park", "refuse");
    if (strcmp(key, "when_away") == 0)
        return set_choice(&feed->hold, value, "refuse", "hold");
    *ret_known = false;
    return false;
}

static bool valid_class(const char *value)
{
    return !value[0] || ho_feed_lists("E I O OBS P R B N U C", ho_slice_of(value));
}

static bool valid_disposition(const char *value)
{
    return !value[0] || (strlen(value) == 2 && strspn(value, "0123456789") == 2);
}

/* "class" or "class 2027-01-01": true, with the date, when section is of that map. */
static bool map_section(const char *section, const char *map, int32_t *ret_date, bool *ret_valid)
{
    size_t len = strlen(map);
    int64_t utc_ms = 0;
    if (strncmp(section, map, len) != 0 || (section[len] && section[len] != ' '))
        return false;
    const char *date = section + len + strspn(section + len, " ");
    *ret_valid = !section[len] || (strlen(date) == 10 && ho_utc_parse(ho_slice_of(date), &utc_ms));
    *ret_date = section[len] ? ho_date_of_days(utc_ms / HO_DAY_MS) : 0;
    return true;
}

static bool add_row(struct ho_feed_map *maps, size_t *count, const struct ho_feed_map *row)
{
    if (*count == HO_FEED_MAPS_MAX)
        return false;
    maps[(*count)++] = *row;
    return true;
}

static bool set_map(struct loading *loading, const char *section, const char *key, const char *value)
{
    struct ho_feed *feed = loading->feed;
    struct ho_feed_map row = {.from_date = 0};
    bool dated = true;
    bool class = map_section(section, "class", &row.from_date, &dated);
    if (!class && !map_section(section, "disposition", &row.from_date, &dated))
        return refuse(loading, section, key, "there is no such key");
    if (!dated)
        return refuse(loading, section, key, "its section's date is not YYYY-MM-DD");
    if (!key[0] || !set_text(row.from, sizeof row.from, key) || !set_text(row.to, sizeof row.to, value))
        return refuse(loading, section, key, "a code that is empty or too long");
    if (class ? !valid_class(value) : !valid_disposition(value))
        return refuse(loading, section, key, class ? "a class is E I O OBS P R B N U or C" : "a disposition has two digits");
    if (class ? !add_row(feed->classes, &feed->class_count, &row)
              : !add_row(feed->dispositions, &feed->disposition_count, &row))
        return refuse(loading, section, key, "too many codes");
    return true;
}

/* inih: 0 is an error; next_line ends the reading then. */
static int on_key(void *user, const char *section, const char *key, const char *value)
{
    struct loading *loading = user;
    bool known = false, good = false;
    if (strcmp(section, "feed") == 0)
        good = set_feed(loading->feed, key, value, &known);
    else if (strcmp(section, "mllp") == 0)
        good = set_mllp(loading, key, value, &known);
    else if (strcmp(section, "tls") == 0) {
        known = strcmp(key, "name") == 0;
        good = known && add_name(loading, value);
    } else
        return set_map(loading, section, key, value);
    return good || refuse(loading, section, key, known ? "a value that cannot be used" : "there is no such key");
}

/* Space in front goes, since inih would take an indented line for more of the value above it; a line that its buffer
 * would cut in two is refused, since the rest would be read as a line of its own. */
static char *next_line(char *line, int size, void *stream)
{
    struct loading *loading = stream;
    if (loading->err.status != HO_OK || !fgets(line, size, loading->file))
        return NULL;
    loading->line++;
    size_t len = strlen(line);
    if (len + 1 == (size_t)size && line[len - 1] != '\n' && !feof(loading->file)) {
        ho_fail(&loading->err, HO_INVALID, "%s:%d: line is longer than %d bytes", loading->path, loading->line, size - 2);
        return NULL;
    }
    size_t space = strspn(line, " \t");
    memmove(line, line + space, len - space + 1);
    return line;
}

static enum ho_status check_port(const struct loading *loading, struct ho_error *err)
{
    const struct ho_feeds *feeds = loading->feeds;
    for (size_t i = 0; i < feeds->count; i++)
        if (&feeds->items[i] != loading->feed && loading->feed->port && feeds->items[i].port == loading->feed->port)
            return ho_fail(err, HO_INVALID, "%s:%d: [mllp] port: %lld is feed %s's already", loading->path,
                           loading->port_line, (long long)loading->feed->port, feeds->items[i].id);
    return HO_OK;
}

static enum ho_status read_file(struct loading *loading, struct ho_error *err)
{
    loading->file = fopen(loading->path, "r");
    if (!loading->file)
        return ho_fail(err, HO_INVALID, "%s cannot be read: %s", loading->path, strerror(errno));
    int line = ini_parse_stream(next_line, loading, on_key, loading);
    bool broken = ferror(loading->file);
    fclose(loading->file);
    if (broken)
        return ho_fail(err, HO_INVALID, "%s cannot be read", loading->path);
    if (line != 0 && (loading->err.status == HO_OK || line < loading->line))
        return ho_fail(err, HO_INVALID, "%s:%d: neither [section] nor key = value", loading->path, line);
    if (loading->err.status != HO_OK)
        return ho_fail(err, loading->err.status, "%s", loading->err.text);
    return check_port(loading, err);
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
    struct ho_feed *feed = strcmp(id, "default") == 0 ? &feeds->items[0] : add(feeds, id);
    struct loading loading = {feeds, feed, NULL, path, 0, 0, {HO_OK, ""}};
    return read_file(&loading, err);
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
