#include "risk/risk_shell.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

#include "base/calendar.h"

/* One policy's file while it is read. */
struct file {
    char path[1024];
    const char *folder;
    json_t *root;
    struct ho_error *err;
};

/* JSON tells no lines once it is read: the line on which the key stands, 0 when it does not. */
static size_t line_of(const char *path, const char *key)
{
    char text[512], wanted[64];
    size_t line = 0;
    FILE *file = fopen(path, "r");
    snprintf(wanted, sizeof wanted, "\"%s\"", key);
    while (file && fgets(text, sizeof text, file)) {
        line++;
        const char *found = strstr(text, wanted);
        if (found && found[strlen(wanted) + strspn(found + strlen(wanted), " ")] == ':') {
            fclose(file);
            return line;
        }
    }
    if (file)
        fclose(file);
    return 0;
}

static enum ho_status wrong(const struct file *file, const char *key, const char *wanted)
{
    size_t line = line_of(file->path, key);
    if (!line)
        return ho_fail(file->err, HO_INVALID, "policy %s: %s is missing; %s", file->path, key, wanted);
    return ho_fail(file->err, HO_INVALID, "policy %s:%zu: %s: %s", file->path, line, key, wanted);
}

static enum ho_status number(const struct file *file, const char *key, int most, int *ret_value)
{
    char wanted[64];
    const json_t *value = json_object_get(file->root, key);
    snprintf(wanted, sizeof wanted, "a number is wanted, 0 to %d", most);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > most)
        return wrong(file, key, wanted);
    *ret_value = (int)json_integer_value(value);
    return HO_OK;
}

static enum ho_status text(const struct file *file, const char *key, const char **ret_text)
{
    *ret_text = json_string_value(json_object_get(file->root, key));
    return *ret_text ? HO_OK : wrong(file, key, "a text is wanted");
}

static enum ho_status numbers(const struct file *file, struct risk_policy *policy)
{
    const struct {
        const char *key;
        int most, *value;
    } rows[] = {{"hold_days", 366, &policy->hold_days},
                {"lace_counts_days", 366, &policy->lace_counts_days},
                {"lace_er_months", 24, &policy->lace_er_months},
                {"charlson_months", 120, &policy->charlson_months},
                {"readmission_days", 366, &policy->readmission_days},
                {"open_stay_days", 366, &policy->open_stay_days},
                {"frequent_er_visits", 1000, &policy->frequent_er_visits},
                {"hra_first_days", 3660, &policy->hra_first_days},
                {"hra_again_days", 3660, &policy->hra_again_days},
                {"hospital_hemoglobin_below_milli", 1000000, &policy->hemoglobin_below_milli},
                {"hospital_sodium_below_milli", 1000000, &policy->sodium_below_milli},
                {"hospital_admissions_some", 1000, &policy->admissions_some},
                {"hospital_admissions_many", 1000, &policy->admissions_many}};
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < HO_LENGTH(rows) && status == HO_OK; i++)
        status = number(file, rows[i].key, rows[i].most, rows[i].value);
    return status;
}

static enum ho_status lists(const struct file *file, struct risk_policy *policy)
{
    static const struct {
        const char *key;
        enum ho_status (*read)(const char *path, struct risk_policy *policy, struct ho_error *err);
    } rows[] = {{"weights", risk_read_weights},
                {"charlson", risk_read_charlson},
                {"rules", risk_read_rules},
                {"hra", risk_read_hra},
                {"labs", risk_read_labs}};
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < HO_LENGTH(rows) && status == HO_OK; i++) {
        const char *name;
        char path[1024];
        status = text(file, rows[i].key, &name);
        if (status != HO_OK)
            break;
        if (strchr(name, '/'))
            return wrong(file, rows[i].key, "the name of a file beside this one is wanted");
        snprintf(path, sizeof path, "%s/%s", file->folder, name);
        status = rows[i].read(path, policy, file->err);
    }
    return status;
}

static enum ho_status add_zone(const struct file *file, struct risk_env *env, const char *key, const char *name)
{
    for (size_t i = 0; i < env->zone_count; i++)
        if (strcmp(env->zones[i].name, name) == 0)
            return HO_OK;
    if (env->zone_count == RISK_ZONES_MAX)
        return wrong(file, key, "there are too many zones");
    enum ho_status status = ho_zone_load(&env->zones[env->zone_count], name, file->err);
    if (status != HO_OK)
        return wrong(file, key, "an IANA time zone is wanted, with a space between two");
    env->zone_count++;
    return HO_OK;
}

/* The newest policy's zones come first, so that its `zone` is the plan's. */
static enum ho_status zones(const struct file *file, struct risk_env *env)
{
    const char *own = NULL, *others = NULL;
    char name[64];
    enum ho_status status = text(file, "zone", &own);
    if (status == HO_OK)
        status = text(file, "zones", &others);
    if (status == HO_OK)
        status = add_zone(file, env, "zone", own);
    while (status == HO_OK && *others) {
        size_t len = strcspn(others, " ");
        if (len > 0)
            status = add_zone(file, env, "zones", ho_slice_copy((struct ho_slice){others, len}, name, sizeof name));
        others += len + (others[len] == ' ');
    }
    return status;
}

static enum ho_status read_policy(const char *folder, const char *name, struct risk_env *env, struct ho_error *err)
{
    struct file file = {.folder = folder, .err = err};
    struct risk_policy *policy = &env->policies[env->policy_count];
    const char *services = NULL;
    json_error_t where;
    int64_t from_ms;
    snprintf(file.path, sizeof file.path, "%s/%s", folder, name);
    if (!ho_utc_parse((struct ho_slice){name, 10}, &from_ms))
        return ho_fail(err, HO_INVALID, "policy %s: its name must be the date from which it counts, <yyyy-mm-dd>.json",
                       file.path);
    policy->from_day = (int32_t)(from_ms / HO_DAY_MS);
    snprintf(policy->version, sizeof policy->version, "risk@%.10s", name);
    file.root = json_load_file(file.path, JSON_REJECT_DUPLICATES, &where);
    if (!file.root)
        return ho_fail(err, HO_INVALID, "policy %s:%d: %s", file.path, where.line, where.text);
    enum ho_status status = numbers(&file, policy);
    if (status == HO_OK)
        status = lists(&file, policy);
    if (status == HO_OK)
        status = zones(&file, env);
    if (status == HO_OK)
        status = text(&file, "hospital_oncology_services", &services);
    if (status == HO_OK && strlen(services) >= sizeof policy->oncology_services)
        status = wrong(&file, "hospital_oncology_services", "127 characters at most");
    if (status == HO_OK)
        snprintf(policy->oncology_services, sizeof policy->oncology_services, "%s", services);
    json_decref(file.root);
    env->policy_count += status == HO_OK;
    return status;
}

/* Names of the folder's <date>.json, the newest first. */
static size_t names_of(DIR *dir, char names[RISK_POLICIES_MAX][16])
{
    size_t count = 0;
    for (struct dirent *entry = readdir(dir); entry && count < RISK_POLICIES_MAX; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name), at = count;
        if (len != 15 || strcmp(entry->d_name + 10, ".json") != 0)
            continue;
        for (; at > 0 && strcmp(names[at - 1], entry->d_name) < 0; at--)
            memcpy(names[at], names[at - 1], 16);
        memcpy(names[at], entry->d_name, 16);
        count++;
    }
    return count;
}

static void oldest_first(struct risk_env *env)
{
    for (size_t i = 0; i < env->policy_count / 2; i++) {
        struct risk_policy *a = &env->policies[i], *b = &env->policies[env->policy_count - 1 - i];
        struct risk_policy *swap = ho_malloc(sizeof *swap);
        *swap = *a;
        *a = *b;
        *b = *swap;
        ho_free(swap);
    }
}

/* States keep groups as bits, so a group has the same place in every policy; new ones come at the end. */
static enum ho_status same_groups(const struct risk_env *env, const char *folder, struct ho_error *err)
{
    for (size_t i = 1; i < env->policy_count; i++) {
        const struct charlson *a = &env->policies[i - 1].charlson, *b = &env->policies[i].charlson;
        for (size_t g = 0; g < a->group_count; g++)
            if (g >= b->group_count || strcmp(a->groups[g].key, b->groups[g].key) != 0)
                return ho_fail(err, HO_INVALID, "policy %s: group %zu of %s is %s, and must be that of %s too", folder, g + 1,
                               env->policies[i - 1].version, a->groups[g].key, env->policies[i].version);
    }
    return HO_OK;
}

enum ho_status risk_setup(void *env_, const void *config, struct ho_error *err)
{
    struct risk_env *env = env_;
    char folder[900], names[RISK_POLICIES_MAX][16];
    snprintf(folder, sizeof folder, "%s/risk", ((const struct risk_config *)config)->policy_dir);
    DIR *dir = opendir(folder);
    if (!dir)
        return ho_fail(err, HO_INVALID, "policy folder %s cannot be read; set policy.dir", folder);
    size_t count = names_of(dir, names);
    closedir(dir);
    if (!count)
        return ho_fail(err, HO_INVALID, "policy folder %s holds no <date>.json", folder);
    env->policies = ho_calloc(count, sizeof *env->policies);
    enum ho_status status = HO_OK;
    for (size_t i = 0; i < count && status == HO_OK; i++)
        status = read_policy(folder, names[i], env, err);
    oldest_first(env);
    return status == HO_OK ? same_groups(env, folder, err) : status;
}

void risk_env_release(struct risk_env *env)
{
    for (size_t i = 0; i < env->zone_count; i++)
        ho_zone_release(&env->zones[i]);
    ho_free(env->policies);
    *env = (struct risk_env){.policies = NULL};
}
