#include "notify/notify_shell.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "facility.h"
#include "provider.h"

#define DAYS_MAX 3650
#define LIST_ROWS_MAX 4096

void notify_on_provider(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    ho_directory_set(&((struct notify_env *)env)->providers, key, row);
    if (row)
        ho_tokens_add(wake, ho_arena_printf(wake->arena, "providers/%.*s", HO_SLICE_ARG(key)));
}

void notify_on_facility(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    ho_directory_set(&((struct notify_env *)env)->facilities, key, row);
    if (row)
        ho_tokens_add(wake, ho_arena_printf(wake->arena, "facilities/%.*s", HO_SLICE_ARG(key)));
}

/* ---- files by date */

struct files {
    char names[NOTIFY_VERSIONS_MAX][32]; /* "2026-01-01.json" */
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* yyyymmdd of "2026-01-01"; 0 when it is no date. */
static int32_t date_of(const char *name)
{
    char digits[9];
    int64_t date = 0;
    if (strlen(name) < 10 || name[4] != '-' || name[7] != '-')
        return 0;
    snprintf(digits, sizeof digits, "%.4s%.2s%.2s", name, name + 5, name + 8);
    return ho_slice_to_int64(ho_slice_of(digits), &date) ? (int32_t)date : 0;
}

static enum ho_status list_files(const char *folder, const char *end, struct files *files, struct ho_error *err)
{
    DIR *dir = opendir(folder);
    bool many = false;
    files->count = 0;
    if (!dir)
        return ho_fail(err, HO_INVALID, "policy folder %s cannot be read; set policy.dir", folder);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        if (len != 10 + strlen(end) || strcmp(entry->d_name + 10, end) != 0 || !date_of(entry->d_name))
            continue;
        many |= files->count == NOTIFY_VERSIONS_MAX;
        if (!many)
            snprintf(files->names[files->count++], sizeof files->names[0], "%.31s", entry->d_name);
    }
    closedir(dir);
    if (many)
        return ho_fail(err, HO_LIMIT, "policy folder %s holds more than %d versions", folder, NOTIFY_VERSIONS_MAX);
    qsort(files->names, files->count, sizeof files->names[0], by_name);
    return files->count ? HO_OK : ho_fail(err, HO_INVALID, "policy folder %s holds no <date>%s", folder, end);
}

/* ---- notify/<date>.json */

static enum ho_status number(const json_t *root, const char *key, int *ret_number, struct ho_error *err)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > DAYS_MAX)
        return ho_fail(err, HO_INVALID, "%s must be a number, 0 to %d", key, DAYS_MAX);
    *ret_number = (int)json_integer_value(value);
    return HO_OK;
}

static enum ho_status read_kind(const json_t *kinds, int kind, struct notify_kind *out, struct ho_error *err)
{
    const char *name = notify_state_alert_event_kind_names[kind];
    const json_t *row = json_object_get(kinds, name), *tell = json_object_get(row, "tell");
    const char *basis = json_string_value(json_object_get(row, "basis"));
    if (!json_is_boolean(tell) || !basis || strlen(basis) >= sizeof out->basis)
        return ho_fail(err, HO_INVALID, "kinds.%s needs tell (true or false) and basis (a short text)", name);
    out->tell = json_is_true(tell);
    snprintf(out->basis, sizeof out->basis, "%s", basis);
    enum ho_status status = number(row, "days", &out->days, err);
    return status == HO_OK ? number(row, "ask_days", &out->ask_days, err) : status;
}

static enum ho_status read_levels(const json_t *levels, struct notify_policy *policy, struct ho_error *err)
{
    static const char *const words[] = {"nothing", "details", "place", "all"}; /* what is withheld, by enum notify_level */
    for (int class = NOTIFY_NORMAL + 1; class < NOTIFY_CLASSES; class++) {
        const char *word = json_string_value(json_object_get(levels, notify_class_names[class]));
        size_t level = 0;
        while (word && level < HO_LENGTH(words) && strcmp(words[level], word) != 0)
            level++;
        if (!word || level == HO_LENGTH(words))
            return ho_fail(err, HO_INVALID, "levels.%s must be nothing, details, place or all", notify_class_names[class]);
        policy->levels[class] = (enum notify_level)level;
    }
    return HO_OK;
}

static enum ho_status read_policy(const json_t *root, struct notify_policy *policy, struct ho_error *err)
{
    enum ho_status status = number(root, "expires_days", &policy->expires_days, err);
    if (status == HO_OK)
        status = number(root, "late_hours", &policy->late_hours, err);
    if (status == HO_OK)
        status = number(root, "queue_hours", &policy->queue_hours, err);
    if (status == HO_OK)
        status = read_levels(json_object_get(root, "levels"), policy, err);
    for (int kind = NOTIFY_STATE_ALERT_EVENT_KIND_UNKNOWN + 1; kind < NOTIFY_KINDS && status == HO_OK; kind++)
        status = read_kind(json_object_get(root, "kinds"), kind, &policy->kinds[kind], err);
    return status;
}

static enum ho_status load_policy(const char *folder, const char *name, struct notify_policy *policy, struct ho_error *err)
{
    char path[1024];
    json_error_t where;
    struct ho_error why = {HO_OK, ""};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return ho_fail(err, HO_INVALID, "policy %s: line %d: %s", path, where.line, where.text);
    *policy = (struct notify_policy){.from = date_of(name)};
    snprintf(policy->version, sizeof policy->version, "notify@%.10s", name);
    enum ho_status status = read_policy(root, policy, &why);
    json_decref(root);
    return status == HO_OK ? HO_OK : ho_fail(err, status, "policy %s: %.300s", path, why.text);
}

/* ---- sensitivity/<date>.tsv */

static enum ho_status read_row(char *line, struct notify_row *row, struct ho_error *err)
{
    char *save = NULL, *by = strtok_r(line, "\t", &save), *value = strtok_r(NULL, "\t", &save);
    const char *class = strtok_r(NULL, "\t\r\n", &save);
    int found = 0;
    if (!by || !value || !class || strlen(value) >= sizeof row->value)
        return ho_fail(err, HO_INVALID, "three columns, found by, value and class, the value at most %zu bytes",
                       sizeof row->value - 1);
    while (found < NOTIFY_FOUND_COUNT && strcmp(notify_found_names[found], by) != 0)
        found++;
    if (found == NOTIFY_FOUND_COUNT)
        return ho_fail(err, HO_INVALID, "%.40s is no way of finding", by);
    row->by = (enum notify_found)found;
    row->class = notify_class_of(ho_slice_of(class));
    if (strcmp(notify_class_names[row->class], class) != 0)
        return ho_fail(err, HO_INVALID, "%.40s is no class", class);
    snprintf(row->value, sizeof row->value, "%s", value);
    return HO_OK;
}

static enum ho_status load_list(const char *folder, const char *name, struct notify_list *list, struct ho_error *err)
{
    char path[1024], line[256];
    struct ho_error why = {HO_OK, ""};
    enum ho_status status = HO_OK;
    int number_of_line = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return ho_fail(err, HO_INVALID, "code list %s cannot be read", path);
    *list = (struct notify_list){.from = date_of(name), .rows = ho_calloc(LIST_ROWS_MAX, sizeof(struct notify_row))};
    snprintf(list->version, sizeof list->version, "sensitivity@%.10s", name);
    while (status == HO_OK && fgets(line, sizeof line, file)) {
        number_of_line++;
        if (line[0] == '#' || line[0] == '\n')
            continue;
        status = list->count == LIST_ROWS_MAX ? ho_fail(&why, HO_LIMIT, "more than %d rows", LIST_ROWS_MAX)
                                              : read_row(line, &list->rows[list->count], &why);
        list->count++;
    }
    fclose(file);
    return status == HO_OK ? HO_OK : ho_fail(err, status, "code list %s: line %d: %.300s", path, number_of_line, why.text);
}

enum ho_status notify_policies_load(struct notify_policies *policies, const char *folder, struct ho_error *err)
{
    char path[900];
    struct files files;
    *policies = (struct notify_policies){.count = 0};
    snprintf(path, sizeof path, "%s/notify", folder);
    enum ho_status status = list_files(path, ".json", &files, err);
    for (; status == HO_OK && policies->count < files.count; policies->count++)
        status = load_policy(path, files.names[policies->count], &policies->items[policies->count], err);
    if (status != HO_OK)
        return status;
    snprintf(path, sizeof path, "%s/sensitivity", folder);
    status = list_files(path, ".tsv", &files, err);
    for (; status == HO_OK && policies->list_count < files.count; policies->list_count++)
        status = load_list(path, files.names[policies->list_count], &policies->lists[policies->list_count], err);
    return status;
}

void notify_policies_release(struct notify_policies *policies)
{
    for (size_t i = 0; i < policies->list_count; i++)
        ho_free(policies->lists[i].rows);
    *policies = (struct notify_policies){.count = 0};
}

enum ho_status notify_setup(void *env_, const void *config, struct ho_error *err)
{
    struct notify_env *env = env_;
    ho_directory_init(&env->providers, &provider_record);
    ho_directory_init(&env->facilities, &facility_record);
    return notify_policies_load(&env->policies, ((const struct notify_config *)config)->policy_dir, err);
}
