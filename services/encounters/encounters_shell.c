#include "encounters/encounters_shell.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

#include "facility.h"

#define HOUR_MS INT64_C(3600000)

_Static_assert(FACILITY_FACILITY_KIND_COUNT == ENCOUNTERS_STATE_FACILITY_KIND_COUNT, "one FacilityKind");

static void remove_place(struct encounters_env *env, size_t at)
{
    env->place_count--;
    memmove(env->places + at, env->places + at + 1, (env->place_count - at) * sizeof *env->places);
}

void encounters_on_facility(void *env_, struct ho_slice key, const void *row_, struct ho_tokens *wake)
{
    struct encounters_env *env = env_;
    const struct facility *row = row_;
    bool there;
    size_t at = encounters_place_at(env, key, &there);
    if (key.len >= sizeof env->places->id)
        return;
    if (!row) {
        if (there)
            remove_place(env, at);
        return;
    }
    if (!there) {
        env->places = ho_realloc(env->places, (env->place_count + 1) * sizeof *env->places);
        memmove(env->places + at + 1, env->places + at, (env->place_count - at) * sizeof *env->places);
        env->place_count++;
        ho_slice_copy(key, env->places[at].id, sizeof env->places[at].id);
    }
    env->places[at].kind = (enum encounters_state_facility_kind)row->kind;
    ho_tokens_add(wake, ho_arena_printf(wake->arena, "facilities/%.*s", HO_SLICE_ARG(key)));
}

/* The newest <date>.json of a folder, as its file name. */
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

static enum ho_status hours(const json_t *root, const char *key, int64_t *ret_ms, struct ho_error *err)
{
    const json_t *value = json_object_get(root, key);
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 24 * 3650)
        return ho_fail(err, HO_INVALID, "policy encounters: %s must be a number of hours, 1 to 87600", key);
    *ret_ms = json_integer_value(value) * HOUR_MS;
    return HO_OK;
}

enum ho_status encounters_load_policy(struct encounters_policy *policy, const char *folder, struct ho_error *err)
{
    char path[1024], file[32];
    json_error_t where;
    const struct {
        const char *key;
        int64_t *ms;
    } rows[] = {{"er_close_hours", &policy->er_close_ms},
                {"observation_close_hours", &policy->observation_close_ms},
                {"stay_overdue_hours", &policy->stay_overdue_ms},
                {"er_to_stay_hours", &policy->er_to_stay_ms},
                {"same_stay_hours", &policy->same_stay_ms},
                {"reuse_hours", &policy->reuse_ms}};
    snprintf(path, sizeof path, "%s/encounters", folder);
    enum ho_status status = newest(path, file, err);
    if (status != HO_OK)
        return status;
    snprintf(path, sizeof path, "%s/encounters/%s", folder, file);
    json_t *root = json_load_file(path, 0, &where);
    if (!root)
        return ho_fail(err, HO_INVALID, "policy %s: line %d: %s", path, where.line, where.text);
    snprintf(policy->version, sizeof policy->version, "encounters@%.10s", file);
    for (size_t i = 0; i < HO_LENGTH(rows) && status == HO_OK; i++)
        status = hours(root, rows[i].key, rows[i].ms, err);
    json_decref(root);
    return status;
}

enum ho_status encounters_setup(void *env_, const void *config, struct ho_error *err)
{
    struct encounters_env *env = env_;
    return encounters_load_policy(&env->policy, ((const struct encounters_config *)config)->policy_dir, err);
}
