/* Argument before environment before file before default; whatever is not known is refused by name. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

struct target {
    const char *name;
    int64_t count;
    bool on;
};

static struct target target;
static const struct ho_option options[] = {
    {"test", "name", HO_OPTION_TEXT, "default", 0, 0, "a name", false, offsetof(struct target, name)},
    {"test", "count", HO_OPTION_INT, "1", 0, 9, "a count", false, offsetof(struct target, count)},
    {"test", "on", HO_OPTION_BOOL, "no", 0, 0, "a switch", false, offsetof(struct target, on)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static const struct {
    const char *name, *file, *env, *argument;
    const char *expected; /* of test.name */
    const char *error;    /* words of the refusal; NULL: none */
} rows[] = {{"default", "", NULL, NULL, "default", NULL},
            {"file", "[test]\nname = f\n", NULL, NULL, "f", NULL},
            {"environment over file", "[test]\nname = f\n", "e", NULL, "e", NULL},
            {"argument over environment", "[test]\nname = f\n", "e", "--test.name=a", "a", NULL},
            {"unknown key in the file", "[test]\nnam = f\n", NULL, NULL, NULL, "test.nam; --help lists them (line 2)"},
            {"unknown argument", "", NULL, "--test.x=1", NULL, "test.x"},
            {"no argument at all", "", NULL, "name", NULL, "\"name\""},
            {"out of bounds", "[test]\ncount = 10\n", NULL, NULL, NULL, "outside 0 to 9"},
            {"no number", "", NULL, "--test.count=many", NULL, "not a whole number"},
            {"no truth", "", NULL, "--test.on=maybe", NULL, "not yes or no"},
            {"passthrough", "[kafka.producer]\nlinger.ms = 7\n", NULL, NULL, "default", NULL}};

Test(config, each_source_has_its_rank_and_each_mistake_its_name)
{
    char path[] = "/tmp/handoff-config-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        FILE *file = fopen(path, "w");
        fputs(rows[i].file, file);
        fclose(file);
        if (rows[i].env)
            setenv("HO_TEST_NAME", rows[i].env, 1);
        else
            unsetenv("HO_TEST_NAME");
        char program[] = "test", option[] = "--config";
        char *argv[] = {program, option, path, (char *)(uintptr_t)rows[i].argument, NULL};
        struct ho_option_table table = {options, &target};
        struct ho_config *config = NULL;
        struct ho_error err = {HO_OK, ""};
        enum ho_status status = ho_config_load(rows[i].argument ? 4 : 3, argv, &table, 1, &config, &err);
        cr_assert_eq(status, rows[i].error ? HO_INVALID : HO_OK, "%s: %s", rows[i].name, err.text);
        if (rows[i].error)
            cr_assert(strstr(err.text, rows[i].error), "%s: %s", rows[i].name, err.text);
        else
            cr_assert_str_eq(target.name, rows[i].expected, "%s", rows[i].name);
        ho_config_free(config);
    }
    unlink(path);
}
