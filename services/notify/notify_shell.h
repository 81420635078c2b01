/* notify_shell: policies and code lists from their files, providers and facilities from their topics. */
#ifndef NOTIFY_SHELL_H
#define NOTIFY_SHELL_H

#include "notify/notify_core.h"

struct notify_config {
    const char *policy_dir;
};

enum ho_status notify_setup(void *env, const void *config, struct ho_error *err);
/* Every version under folder/notify and folder/sensitivity. */
enum ho_status notify_policies_load(struct notify_policies *policies, const char *folder, struct ho_error *err);
void notify_policies_release(struct notify_policies *policies);
void notify_on_provider(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);
void notify_on_facility(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);

#endif
