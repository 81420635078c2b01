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

#define TEN "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *name, *file, *env, *argument;
    const char *expected; /* of test.name */
    const char *error;    /* words of the refusal; NULL: none */
} rows[] = {{"default", "", NULL, NULL, "default", NULL},
            {"file", "[test]\nname = f\n", NULL, NULL, "f", NULL},
            {"environment over file", "[test]\nname = f\n", "e", NULL, "e", NULL},
            {"argument over environment", "[test]\nname = f\n", "e", "--test.name=a", "a", NULL},
            {"unknown key in the file", "[test]\nnam = f\n", NULL, NULL, NULL, ":2: there is no option test.nam"},
            {"unknown argument", "", NULL, "--test.x=1", NULL, "test.x"},
            {"no argument at all", "", NULL, "name", NULL, "\"name\""},
            {"out of bounds", "[test]\ncount = 10\n", NULL, NULL, NULL, "outside 0 to 9"},
            {"no number", "", NULL, "--test.count=many", NULL, "not a whole number"},
            {"no truth", "", NULL, "--test.on=maybe", NULL, "not yes or no"},
            {"the last argument wins", "", NULL, "--test.name=b", "b", NULL},
            {"the last line wins", "[test]\nname = f\nname = g\n", NULL, NULL, "g", NULL},
            {"an indented line is a line", "[test]\nname = f\n  count = 2\n", NULL, NULL, "f", NULL},
            {"an equals sign in the value", "", NULL, "--test.name=a=b", "a=b", NULL},
            {"empty is a value", "", "", NULL, "", NULL},
            {"mistake in an argument", "", "e", "--test.count=-1", NULL, "argument: test.count is -1"},
            {"first of two mistakes", "[test]\n\nno key\nnam = f\n", NULL, NULL, NULL, ":3: neither"},
            {"mistake before what is no line", "[test]\nnam = f\nno key\n", NULL, NULL, NULL, ":2: there is no"},
            {"a line that would be cut", "[test]\n# " LONG "\n", NULL, NULL, NULL, ":2: line is longer than"},
            {"a secret is not repeated", "", NULL, "--test=hidden", NULL, "\"--test\" is neither"},
            {"a passthrough section misspelled", "[kafka.common]\na = 1\n[kafka.prodcuer]\nlinger.ms = 7\n", NULL, NULL, NULL,
             ":4: there is no section [kafka.prodcuer]; kafka.common,"},
            {"a section misspelled", "[tset]\nname = f\n", NULL, NULL, NULL, ":2: there is no option tset.name"},
            {"a key before any section", "name = f\n", NULL, NULL, NULL, ":1: there is no option .name"},
            {"a passthrough key is a file's matter", "", NULL, "--kafka.producer.linger.ms=7", NULL, "kafka.producer.linger.ms"},
            {"behind a semicolon is a comment", "[test]\nname = f ; g\n", NULL, NULL, "f", NULL},
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
        char program[] = "test", option[] = "--config", weaker[] = "--test.name=weaker";
        char *argument = (char *)(uintptr_t)rows[i].argument;
        char *argv[] = {program, argument ? weaker : option, argument ? option : path, argument ? path : NULL, argument,
                        NULL};
        struct ho_option_table table = {options, &target};
        struct ho_config *config = NULL;
        struct ho_error err = {HO_OK, ""};
        enum ho_status status = ho_config_load(rows[i].argument ? 5 : 3, argv, &table, 1, &config, &err);
        cr_assert_eq(status, rows[i].error ? HO_INVALID : HO_OK, "%s: %s", rows[i].name, err.text);
        if (rows[i].error)
            cr_assert(strstr(err.text, rows[i].error), "%s: %s", rows[i].name, err.text);
        else
            cr_assert_str_eq(target.name, rows[i].expected, "%s", rows[i].name);
        ho_config_free(config);
    }
    unlink(path);
}

static enum ho_status load(int argc, char **argv, struct ho_error *err)
{
    struct ho_option_table table = {options, &target};
    struct ho_config *config = NULL;
    enum ho_status status = ho_config_load(argc, argv, &table, 1, &config, err);
    ho_config_free(config);
    return status;
}

Test(config, a_misspelled_variable_of_our_sections_is_refused_by_name)
{
    char program[] = "test", *argv[] = {program, NULL};
    struct ho_error err = {HO_OK, ""};
    setenv("HO_OTHER_NAME", "x", 1); /* another program's */
    setenv("HO_TESTS", "x", 1);
    cr_assert_eq(load(1, argv, &err), HO_OK, "%s", err.text);
    setenv("HO_TEST_NAEM", "secret", 1);
    cr_assert_eq(load(1, argv, &err), HO_INVALID);
    cr_assert_str_eq(err.text, "environment: there is no option for HO_TEST_NAEM; --help lists them");
}

Test(config, a_zero_byte_and_a_second_file_hide_nothing)
{
    char path[] = "/tmp/handoff-config-XXXXXX", program[] = "test", option[] = "--config";
    char *argv[] = {program, option, path, option, path, NULL};
    static const char text[] = "[test]\n\0name = f\n";
    struct ho_error err = {HO_OK, ""};
    FILE *file = fdopen(mkstemp(path), "w");
    fwrite(text, 1, sizeof text - 1, file);
    fclose(file);
    cr_assert_eq(load(3, argv, &err), HO_INVALID);
    cr_assert(strstr(err.text, ":2: a zero byte"), "%s", err.text);
    cr_assert_eq(load(5, argv, &err), HO_INVALID);
    cr_assert(strstr(err.text, "--config is given twice"), "%s", err.text);
    unlink(path);
}

struct strict {
    const char *address;
    int64_t size_bytes;
};

static const struct ho_option strict_options[] = {
    {"far-away", "the-address", HO_OPTION_TEXT, NULL, 0, 0, "where", true, offsetof(struct strict, address)},
    {"far-away", "size", HO_OPTION_INT, NULL, 1, 5, "bytes", false, offsetof(struct strict, size_bytes)},
    {NULL, NULL, HO_OPTION_TEXT, NULL, 0, 0, NULL, false, 0}};

static enum ho_status load_strict(int argc, char **argv, struct strict *strict, struct ho_error *err)
{
    struct ho_option_table table = {strict_options, strict};
    struct ho_config *config = NULL;
    enum ho_status status = ho_config_load(argc, argv, &table, 1, &config, err);
    ho_config_free(config);
    return status;
}

Test(config, what_has_no_default_must_be_given_whatever_its_type)
{
    char program[] = "test", size[] = "--far-away.size=3";
    char *argv[] = {program, size, NULL};
    struct strict strict = {"left from before", 9};
    struct ho_error err = {HO_OK, ""};
    cr_assert_eq(load_strict(1, argv, &strict, &err), HO_INVALID);
    cr_assert_str_eq(err.text, "option far-away.the-address must be given: where");
    setenv("HO_FAR_AWAY_THE_ADDRESS", "there", 1);
    cr_assert_eq(load_strict(1, argv, &strict, &err), HO_INVALID);
    cr_assert_str_eq(err.text, "option far-away.size must be given: bytes");
    setenv("HO_FAR_AWAY_SIZE", "4", 1);
    cr_assert_eq(load_strict(1, argv, &strict, &err), HO_OK, "%s", err.text);
    cr_assert_eq(strict.size_bytes, 4);
    cr_assert_eq(load_strict(2, argv, &strict, &err), HO_OK, "%s", err.text);
    cr_assert_eq(strict.size_bytes, 3);
    setenv("HO_FAR_AWAY_SIZE", "6", 1);
    cr_assert_eq(load_strict(2, argv, &strict, &err), HO_INVALID);
    cr_assert_str_eq(err.text, "HO_FAR_AWAY_SIZE: far-away.size is 6, outside 1 to 5");
}

static void join(void *arg, const char *key, const char *value)
{
    char *text = arg;
    size_t len = strlen(text);
    snprintf(text + len, 128 - len, "%s=%s;", key, value);
}

Test(config, sections_of_kafka_pass_through_in_the_order_of_the_file)
{
    char path[] = "/tmp/handoff-config-XXXXXX", program[] = "test", option[] = "--config", text[128] = "";
    char *argv[] = {program, option, path, NULL};
    struct ho_option_table table = {options, &target};
    struct ho_config *config = NULL;
    struct ho_error err = {HO_OK, ""};
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("[kafka.common]\nb = 1\na = 2\n[kafka.producer]\nc = 3\n[kafka.common]\nb = 4\n", file);
    fclose(file);
    cr_assert_eq(ho_config_load(3, argv, &table, 1, &config, &err), HO_OK, "%s", err.text);
    ho_config_each_passthrough(config, "common", join, text);
    cr_assert_str_eq(text, "b=1;a=2;b=4;");
    ho_config_free(config);
    unlink(path);
    cr_assert_eq(ho_config_load(3, argv, &table, 1, &config, &err), HO_INVALID);
    cr_assert(strstr(err.text, "cannot be read: No such file"), "%s", err.text);
    cr_assert_eq(ho_config_load(2, argv, &table, 1, &config, &err), HO_INVALID);
    cr_assert_str_eq(err.text, "--config needs a file");
}

Test(config, help_is_asked_for_by_a_status)
{
    char program[] = "test", help[] = "--help";
    char *argv[] = {program, help, NULL};
    struct ho_option_table table = {options, &target};
    struct ho_config *config = NULL;
    cr_assert_eq(ho_config_load(2, argv, &table, 1, &config, NULL), HO_NOT_FOUND);
}
