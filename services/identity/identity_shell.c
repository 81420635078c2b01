#include "identity/identity_shell.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "adt_matched.h"
#include "hl7/charset.h"

void identity_on_member(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    struct roster *roster = &((struct identity_env *)env)->roster;
    if (wake)
        roster_wake(roster, key, wake);
    roster_set(roster, key, row);
    if (wake)
        roster_wake(roster, key, wake);
}

/* That of another record does not resolve, and is not learned. */
void identity_on_schema(void *env, struct ho_slice json)
{
    struct ho_error ignored;
    enum ho_status status = ho_avro_reader_learn(((struct identity_env *)env)->matched, json, &ignored);
    (void)status;
}

static const struct {
    const char *key;
    size_t offset;
} numbers[] = {
    {"family_same", offsetof(struct identity_policy, family_same)},
    {"family_near", offsetof(struct identity_policy, family_near)},
    {"family_part", offsetof(struct identity_policy, family_part)},
    {"given_same", offsetof(struct identity_policy, given_same)},
    {"given_part", offsetof(struct identity_policy, given_part)},
    {"birth_same", offsetof(struct identity_policy, birth_same)},
    {"birth_beside", offsetof(struct identity_policy, birth_beside)},
    {"sex_same", offsetof(struct identity_policy, sex_same)},
    {"zip_same", offsetof(struct identity_policy, zip_same)},
    {"phone_same", offsetof(struct identity_policy, phone_same)},
    {"threshold", offsetof(struct identity_policy, threshold)},
    {"margin", offsetof(struct identity_policy, margin)},
    {"park_days", offsetof(struct identity_policy, park_days)},
};

static enum ho_status read_numbers(const json_t *root, const char *path, struct identity_policy *policy,
                                   struct ho_error *err)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < HO_LENGTH(numbers); i++) {
        value = json_object_get(root, numbers[i].key);
        if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 1000)
            return ho_fail(err, HO_INVALID, "policy %s: %s must be a number, 1 to 1000", path, numbers[i].key);
        int number = (int)json_integer_value(value);
        memcpy((char *)policy + numbers[i].offset, &number, sizeof number);
    }
    json_object_foreach ((json_t *)(uintptr_t)root, key, value) {
        size_t at = 0;
        while (at < HO_LENGTH(numbers) && strcmp(numbers[at].key, key) != 0)
            at++;
        if (at == HO_LENGTH(numbers) && strcmp(key, "comment") != 0)
            return ho_fail(err, HO_INVALID, "policy %s: there is no key %s", path, key);
    }
    if (policy->family_same + policy->given_same + policy->birth_same + policy->sex_same >= policy->threshold)
        return ho_fail(err, HO_INVALID, "policy %s: a name, a birth date and a sex alone would reach the threshold", path);
    return HO_OK;
}

static enum ho_status load_policy(const char *folder, const char *file, struct identity_policies *to, struct ho_error *err)
{
    char path[1024];
    json_error_t where;
    if (to->count == IDENTITY_POLICIES_MAX)
        return ho_fail(err, HO_LIMIT, "policy folder %s holds more than %d files", folder, IDENTITY_POLICIES_MAX);
    struct identity_policy *policy = &to->items[to->count++];
    snprintf(path, sizeof path, "%s/%.15s", folder, file);
    snprintf(policy->version, sizeof policy->version, "identity@%.10s", file);
    policy->effective = (int32_t)(strtol(file, NULL, 10) * 10000 + strtol(file + 5, NULL, 10) * 100 + strtol(file + 8, NULL, 10));
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return ho_fail(err, HO_INVALID, "policy %s: line %d: %s", path, where.line, where.text);
    enum ho_status status = read_numbers(root, path, policy, err);
    json_decref(root);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Every <date>.json of the folder, in order of date. */
static enum ho_status load_policies(struct identity_policies *to, const char *parent, struct ho_error *err)
{
    char folder[512], names[IDENTITY_POLICIES_MAX + 1][16];
    size_t count = 0;
    snprintf(folder, sizeof folder, "%s/identity", parent);
    DIR *dir = opendir(folder);
    if (!dir)
        return ho_fail(err, HO_INVALID, "policy folder %s cannot be read; set policy.dir", folder);
    for (struct dirent *entry = readdir(dir); entry && count <= IDENTITY_POLICIES_MAX; entry = readdir(dir))
        if (strlen(entry->d_name) == strlen("2026-01-01.json") && strcmp(entry->d_name + 10, ".json") == 0)
            snprintf(names[count++], sizeof names[0], "%.15s", entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof names[0], by_name);
    enum ho_status status = count ? HO_OK : ho_fail(err, HO_INVALID, "policy folder %s holds no <date>.json", folder);
    for (size_t i = 0; i < count && status == HO_OK; i++)
        status = load_policy(folder, names[i], to, err);
    return status;
}

enum ho_status identity_setup(void *env_, const void *config_, struct ho_error *err)
{
    struct identity_env *env = env_;
    const struct identity_config *config = config_;
    roster_init(&env->roster);
    env->charsets = ho_hl7_charsets_new();
    env->utf8 = ho_hl7_to_utf8;
    env->text_utf8 = ho_hl7_text_utf8;
    env->matched = ho_avro_reader_new(&adt_matched_record);
    enum ho_status status = load_policies(&env->policies, config->policy_dir, err);
    if (status == HO_OK)
        status = ho_feeds_load(&env->feeds, config->feeds_dir, err);
    if (status != HO_OK)
        return status;
    env->zones = ho_calloc(env->feeds.count, sizeof *env->zones);
    for (size_t i = 0; i < env->feeds.count && status == HO_OK; i++)
        status = ho_zone_load(&env->zones[i], env->feeds.items[i].zone, err);
    return status;
}
