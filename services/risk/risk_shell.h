/*
 * risk_shell: reads deploy/policy/risk. Every <date>.json is a policy; it names its lists, TSV files beside it. An error
 * names the file, the line where there is one, and what is wanted.
 */
#ifndef RISK_SHELL_H
#define RISK_SHELL_H

#include "risk/risk_policy.h"

struct risk_config {
    const char *policy_dir;
};

/* Fills the risk_env from <policy_dir>/risk. */
enum ho_status risk_setup(void *env, const void *config, struct ho_error *err);
void risk_env_release(struct risk_env *env);

/* One list each, into the policy. path is the file. */
enum ho_status risk_read_weights(const char *path, struct risk_policy *policy, struct ho_error *err);
enum ho_status risk_read_charlson(const char *path, struct risk_policy *policy, struct ho_error *err);
enum ho_status risk_read_rules(const char *path, struct risk_policy *policy, struct ho_error *err);
enum ho_status risk_read_hra(const char *path, struct risk_policy *policy, struct ho_error *err);
enum ho_status risk_read_labs(const char *path, struct risk_policy *policy, struct ho_error *err);

#endif
