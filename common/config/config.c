/*
 * Each source is written over the weaker one: defaults, file, environment, arguments. Texts live in one list that the
 * configuration owns, so that a table's char pointers stay valid until ho_config_free.
 */
#include "config/config.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

struct text {
    struct text *next;
    char data[];
};

struct passthrough {
    struct passthrough *next;
    const char *section, *key, *value;
};

struct ho_config {
    const struct ho_option_table *tables;
    size_t count;
    struct text *texts;
    struct passthrough *first, **last;
    const char *file;
    struct ho_error *err; /* while reading the file: inih's handler has one pointer */
};

static const char *keep(struct ho_config *config, const char *value)
{
    size_t size = strlen(value) + 1;
    struct text *text = ho_malloc(sizeof *text + size);
    memcpy(text->data, value, size);
    text->next = config->texts;
    config->texts = text;
    return text->data;
}

static const struct ho_option *find(const struct ho_config *config, const char *section, const char *key,
                                    void **ret_target)
{
    for (size_t t = 0; t < config->count; t++)
        for (const struct ho_option *option = config->tables[t].options; option->section; option++)
            if (strcmp(option->section, section) == 0 && strcmp(option->key, key) == 0) {
                *ret_target = config->tables[t].target;
                return option;
            }
    return NULL;
}

static enum ho_status set_int(const struct ho_option *option, void *field, const char *value, const char *where,
                              struct ho_error *err)
{
    int64_t number = 0;
    if (!ho_slice_to_int64(ho_slice_of(value), &number))
        return ho_fail(err, HO_INVALID, "%s: %s.%s is \"%s\", not a whole number", where, option->section, option->key,
                       option->secret ? "(secret)" : value);
    if (number < option->min || number > option->max)
        return ho_fail(err, HO_INVALID, "%s: %s.%s is %lld, outside %lld to %lld", where, option->section, option->key,
                       (long long)number, (long long)option->min, (long long)option->max);
    memcpy(field, &number, sizeof number);
    return HO_OK;
}

static enum ho_status set_bool(const struct ho_option *option, void *field, const char *value, const char *where,
                               struct ho_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (size_t i = 0; i < HO_LENGTH(words); i++) {
        bool truth = i % 2;
        if (strcmp(value, words[i]) == 0) {
            memcpy(field, &truth, sizeof truth);
            return HO_OK;
        }
    }
    return ho_fail(err, HO_INVALID, "%s: %s.%s is \"%s\", not yes or no", where, option->section, option->key, value);
}

static enum ho_status set(struct ho_config *config, const struct ho_option *option, void *target, const char *value,
                          const char *where, struct ho_error *err)
{
    void *field = (char *)target + option->offset;
    const char *text;
    switch (option->type) {
    case HO_OPTION_INT:
        return set_int(option, field, value, where, err);
    case HO_OPTION_BOOL:
        return set_bool(option, field, value, where, err);
    case HO_OPTION_TEXT:
        text = keep(config, value);
        memcpy(field, &text, sizeof text);
        return HO_OK;
    }
    HO_ASSERT(!"an option's type");
    return HO_FAILED;
}

static enum ho_status set_named(struct ho_config *config, const char *section, const char *key, const char *value,
                                const char *where, struct ho_error *err)
{
    void *target = NULL;
    const struct ho_option *option = find(config, section, key, &target);
    if (option)
        return set(config, option, target, value, where, err);
    if (strncmp(section, "kafka.", 6) != 0)
        return ho_fail(err, HO_INVALID, "%s: there is no option %s.%s; --help lists them", where, section, key);
    struct passthrough *pass = ho_calloc(1, sizeof *pass);
    *pass = (struct passthrough){NULL, keep(config, section + 6), keep(config, key), keep(config, value)};
    *config->last = pass;
    config->last = &pass->next;
    return HO_OK;
}

/* inih: 0 stops, and ini_parse returns the line. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
    struct ho_config *config = user;
    if (config->err->status != HO_OK)
        return 0;
    return set_named(config, section, key, value, config->file, config->err) == HO_OK;
}

static enum ho_status read_file(struct ho_config *config, const char *path, struct ho_error *err)
{
    struct ho_error inner = {HO_OK, ""};
    config->file = path;
    config->err = &inner;
    int line = ini_parse(path, on_line, config);
    if (line < 0)
        return ho_fail(err, HO_INVALID, "configuration file %s cannot be read", path);
    if (line > 0 && inner.status == HO_OK)
        return ho_fail(err, HO_INVALID, "%s:%d: neither [section] nor key = value", path, line);
    if (line > 0)
        return ho_fail(err, HO_INVALID, "%s (line %d)", inner.text, line);
    return HO_OK;
}

static enum ho_status read_environment(struct ho_config *config, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t t = 0; t < config->count; t++)
        for (const struct ho_option *option = config->tables[t].options; option->section; option++) {
            char name[128];
            snprintf(name, sizeof name, "HO_%s_%s", option->section, option->key);
            for (char *c = name; *c; c++)
                *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
            const char *value = getenv(name);
            if (value && status == HO_OK)
                status = set(config, option, config->tables[t].target, value, name, err);
        }
    return status;
}

/* --section.key=value; the section may itself hold dots (kafka.producer.linger.ms stays a file's matter). */
static enum ho_status read_argument(struct ho_config *config, const char *argument, struct ho_error *err)
{
    char section[64], key[64];
    const char *dot = strchr(argument, '.'), *equals = strchr(argument, '=');
    if (strncmp(argument, "--", 2) != 0 || !dot || !equals || dot > equals)
        return ho_fail(err, HO_INVALID, "argument \"%s\" is neither --config FILE nor --section.key=value", argument);
    ho_slice_copy((struct ho_slice){argument + 2, (size_t)(dot - argument - 2)}, section, sizeof section);
    ho_slice_copy((struct ho_slice){dot + 1, (size_t)(equals - dot - 1)}, key, sizeof key);
    return set_named(config, section, key, equals + 1, "argument", err);
}

static enum ho_status read_defaults(struct ho_config *config, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (size_t t = 0; t < config->count; t++)
        for (const struct ho_option *option = config->tables[t].options; option->section; option++)
            if (option->fallback && status == HO_OK)
                status = set(config, option, config->tables[t].target, option->fallback, "default", err);
    return status;
}

/* A text without default must have come from somewhere. */
static enum ho_status check_given(const struct ho_config *config, struct ho_error *err)
{
    for (size_t t = 0; t < config->count; t++)
        for (const struct ho_option *option = config->tables[t].options; option->section; option++) {
            const char *text = NULL;
            if (option->fallback || option->type != HO_OPTION_TEXT)
                continue;
            memcpy(&text, (const char *)config->tables[t].target + option->offset, sizeof text);
            if (!text)
                return ho_fail(err, HO_INVALID, "option %s.%s must be given: %s", option->section, option->key,
                               option->help);
        }
    return HO_OK;
}

static enum ho_status read_arguments(struct ho_config *config, int argc, char **argv, struct ho_error *err)
{
    enum ho_status status = HO_OK;
    for (int i = 1; i < argc && status == HO_OK; i++) {
        if (strcmp(argv[i], "--config") == 0)
            i++;
        else
            status = read_argument(config, argv[i], err);
    }
    return status;
}

enum ho_status ho_config_load(int argc, char **argv, const struct ho_option_table *tables, size_t count,
                              struct ho_config **ret_config, struct ho_error *err)
{
    const char *file = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return HO_NOT_FOUND;
        if (strcmp(argv[i], "--config") == 0 && i + 1 == argc)
            return ho_fail(err, HO_INVALID, "--config needs a file");
        if (strcmp(argv[i], "--config") == 0)
            file = argv[++i];
    }
    struct ho_config *config = ho_calloc(1, sizeof *config);
    config->tables = tables;
    config->count = count;
    config->last = &config->first;
    enum ho_status status = read_defaults(config, err);
    if (status == HO_OK && file)
        status = read_file(config, file, err);
    if (status == HO_OK)
        status = read_environment(config, err);
    if (status == HO_OK)
        status = read_arguments(config, argc, argv, err);
    if (status == HO_OK)
        status = check_given(config, err);
    config->tables = NULL; /* the caller's, perhaps gone */
    config->count = 0;
    if (status == HO_OK)
        *ret_config = config;
    else
        ho_config_free(config);
    return status;
}

void ho_config_free(struct ho_config *config)
{
    if (!config)
        return;
    while (config->texts) {
        struct text *next = config->texts->next;
        ho_free(config->texts);
        config->texts = next;
    }
    while (config->first) {
        struct passthrough *next = config->first->next;
        ho_free(config->first);
        config->first = next;
    }
    ho_free(config);
}

void ho_config_each_passthrough(const struct ho_config *config, const char *section,
                                void (*each)(void *arg, const char *key, const char *value), void *arg)
{
    for (const struct passthrough *pass = config->first; pass; pass = pass->next)
        if (strcmp(pass->section, section) == 0)
            each(arg, pass->key, pass->value);
}

void ho_config_print_help(const char *manual, const struct ho_option_table *tables, size_t count)
{
    printf("%s\nOptions: --config FILE, then per option --section.key=value, HO_SECTION_KEY or the file's key.\n\n",
           manual);
    for (size_t t = 0; t < count; t++)
        for (const struct ho_option *option = tables[t].options; option->section; option++)
            printf("  %s.%-28s %s (%s%s)\n", option->section, option->key, option->help,
                   option->fallback ? "default " : "must be given", option->fallback ? option->fallback : "");
}
