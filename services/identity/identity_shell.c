#include "identity/identity_shell.h"

void identity_on_member(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    (void)wake;
    roster_set(&((struct identity_env *)env)->roster, key, row);
}

enum ho_status identity_setup(void *env_, const void *config, struct ho_error *err)
{
    struct identity_env *env = env_;
    roster_init(&env->roster);
    enum ho_status status = ho_feeds_load(&env->feeds, ((const struct identity_config *)config)->feeds_dir, err);
    if (status != HO_OK)
        return status;
    env->zones = ho_calloc(env->feeds.count, sizeof *env->zones);
    for (size_t i = 0; i < env->feeds.count && status == HO_OK; i++)
        status = ho_zone_load(&env->zones[i], env->feeds.items[i].zone, err);
    return status;
}
