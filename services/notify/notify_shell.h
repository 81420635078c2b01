/* notify_shell: policy from its file, providers and facilities from their topics. */
#ifndef NOTIFY_SHELL_H
#define NOTIFY_SHELL_H

#include "notify/notify_core.h"

struct notify_config {
    const char *policy_dir;
};

enum ho_status notify_setup(void *env, const void *config, struct ho_error *err);
void notify_on_provider(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);
void notify_on_facility(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);

#endif
