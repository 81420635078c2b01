/* identity_shell: feeds and their zones and the policies from files, the roster from its topic, character sets by ICU. */
#ifndef IDENTITY_SHELL_H
#define IDENTITY_SHELL_H

#include "identity/identity_core.h"

struct identity_config {
    const char *feeds_dir, *policy_dir;
};

/* Fills env; released by nobody, it lives as long as the process. HO_INVALID names the file and the key. */
enum ho_status identity_setup(void *env, const void *config, struct ho_error *err);
void identity_on_schema(void *env, struct ho_slice json);
void identity_on_member(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake);

#endif
