/* encounters_shell: policy from its file, facilities from their topic. */
#ifndef ENCOUNTERS_SHELL_H
#define ENCOUNTERS_SHELL_H

#include "encounters/encounters_core.h"

struct encounters_config {
    const char *policy_dir;
};

enum ho_status encounters_setup(void *env, const void *config, struct ho_error *err);
void encounters_on_facility(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);
/* Reads folder/encounters/<date>.json, the newest. HO_INVALID names the file and the key. */
enum ho_status encounters_load_policy(struct encounters_policy *policy, const char *folder,
                                      struct ho_error *err) HO_MUST_CHECK;

#endif
