#include "notify/notify_shell.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

#include "care_event.h"
#include "facility.h"
#include "provider.h"

void notify_on_provider(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    (void)wake;
    ho_directory_set(&((struct notify_env *)env)->providers, key, row);
}

void notify_on_facility(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    (void)wake;
    ho_directory_set(&((struct notify_env *)env)->facilities, key, row);
}

/* The newest <effective-date>.json of the folder. */
static enum ho_status newest(const char *folder, char out[32], struct ho_error *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return ho_fail(err, HO_INVALID, "policy folder %s cannot be read; set policy.dir", folder);
    out[0] = '\0';
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        if (len == 15 && strcmp(entry->d_name + 10, ".json") == 0 && strcmp(entry->d_name, out) > 0)
            snprintf(out, 32, "%.15s", entry->d_name);
    }
    closedir(dir);
    return out[0] ? HO_OK : ho_fail(err, HO_INVALID, "policy folder %s holds no <date>.json", folder);
}

static enum ho_status days(const json_t *root, const char *key, int *ret_days, struct ho_error *err)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 3650)
        return ho_fail(err, HO_INVALID, "policy notify: %s must be a number of days, 0 to 3650", key);
    *ret_days = (int)json_integer_value(value);
    return HO_OK;
}

static enum ho_status load_policy(struct notify_policy *policy, const char *folder, struct ho_error *err)
{
    char path[1024], file[32];
    json_error_t where;
    snprintf(path, sizeof path, "%s/notify", folder);
    enum ho_status status = newest(path, file, err);
    if (status != HO_OK)
        return status;
    snprintf(path, sizeof path, "%s/notify/%s", folder, file);
    json_t *root = json_load_file(path, 0, &where);
    if (!root)
        return ho_fail(err, HO_INVALID, "policy %s: line %d: %s", path, where.line, where.text);
    snprintf(policy->version, sizeof policy->version, "notify@%.10s", file);
    status = days(root, "admitted_days", &policy->admitted_days, err);
    if (status == HO_OK)
        status = days(root, "discharged_days", &policy->discharged_days, err);
    if (status == HO_OK)
        status = days(root, "er_days", &policy->er_days, err);
    if (status == HO_OK)
        status = days(root, "expires_days", &policy->expires_days, err);
    json_decref(root);
    return status;
}

enum ho_status notify_setup(void *env_, const void *config, struct ho_error *err)
{
    struct notify_env *env = env_;
    ho_directory_init(&env->providers, &provider_record);
    ho_directory_init(&env->facilities, &facility_record);
    env->events = ho_avro_reader_new(&care_event_record);
    return load_policy(&env->policy, ((const struct notify_config *)config)->policy_dir, err);
}
