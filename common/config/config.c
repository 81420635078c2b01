/*
 * Each source is written over the weaker one: defaults, file, environment, arguments. Texts live in one list that the
 * configuration owns, so that a table's char pointers stay valid until ho_config_free.
 */
#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
    bool *given; /* per option, in the order of the tables: some source named it */
};

/* While the file is read. inih counts lines only for its own errors, so we feed it line by line and count ourselves. */
struct reading {
    struct ho_config *config;
    FILE *file;
    const char *path;
    int line;
    struct ho_error err;
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

/* An option, the struct it fills, and its number over all tables. */
struct place {
    const struct ho_option *option; /* NULL: none */
    void *target;
    size_t number;
};

/* From {NULL} through all tables; option NULL behind the last. */
static struct place next_place(const struct ho_config *config, struct place place)
{
    size_t first = 0;
    size_t number = place.option ? place.number + 1 : 0;
    for (size_t t = 0; t < config->count; t++) {
        const struct ho_option *option = config->tables[t].options;
        for (size_t i = 0; option[i].section; i++)
            if (first++ == number)
                return (struct place){&option[i], config->tables[t].target, number};
    }
    return (struct place){.option = NULL};
}

static struct place find(const struct ho_config *config, const char *section, const char *key)
{
    struct place place = next_place(config, (struct place){.option = NULL});
    while (place.option && (strcmp(place.option->section, section) != 0 || strcmp(place.option->key, key) != 0))
        place = next_place(config, place);
    return place;
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

static enum ho_status set(struct ho_config *config, struct place place, const char *value, const char *where,
                          struct ho_error *err)
{
    const struct ho_option *option = place.option;
    void *field = (char *)place.target + option->offset;
    const char *text;
    config->given[place.number] = true;
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

static bool is_passthrough(const char *name)
{
    static const char *const names[] = {"common", "consumer", "producer"};
    for (size_t i = 0; i < HO_LENGTH(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum ho_status set_named(struct ho_config *config, const char *section, const char *key, const char *value,
                                const char *where, struct ho_error *err)
{
    struct place place = find(config, section, key);
    if (place.option)
        return set(config, place, value, where, err);
    if (strncmp(section, "kafka.", 6) != 0)
        return ho_fail(err, HO_INVALID, "%s: there is no option %s.%s; --help lists them", where, section, key);
    if (!is_passthrough(section + 6))
        return ho_fail(err, HO_INVALID, "%s: there is no section [%s]; kafka.common, kafka.consumer and kafka.producer pass on",
                       where, section);
    struct passthrough *pass = ho_calloc(1, sizeof *pass);
    *pass = (struct passthrough){NULL, keep(config, section + 6), keep(config, key), keep(config, value)};
    *config->last = pass;
    config->last = &pass->next;
    return HO_OK;
}

/*
 * One line for inih. Space in front goes, since inih would take an indented line for more of the value above it; a line
 * that inih's buffer would cut in two is refused, since its rest would be read as a line of its own, and so is one with a
 * zero byte, whose rest nobody would see.
 */
static char *next_line(char *line, int size, void *stream)
{
    struct reading *reading = stream;
    if (reading->err.status != HO_OK || !fgets(line, size, reading->file))
        return NULL;
    reading->line++;
    size_t len = strlen(line);
    bool whole = (len && line[len - 1] == '\n') || feof(reading->file);
    if (!whole && len + 1 == (size_t)size)
        ho_fail(&reading->err, HO_INVALID, "%s:%d: line is longer than %d bytes", reading->path, reading->line,
                size - 2);
    else if (!whole)
        ho_fail(&reading->err, HO_INVALID, "%s:%d: a zero byte", reading->path, reading->line);
    if (!whole)
        return NULL;
    size_t space = strspn(line, " \t");
    memmove(line, line + space, len - space + 1);
    return line;
}

/* inih: 0 is an error; next_line ends the reading then. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
    struct reading *reading = user;
    char where[320];
    snprintf(where, sizeof where, "%s:%d", reading->path, reading->line);
    return set_named(reading->config, section, key, value, where, &reading->err) == HO_OK;
}

static enum ho_status read_file(struct ho_config *config, const char *path, struct ho_error *err)
{
    struct reading reading = {config, fopen(path, "r"), path, 0, {HO_OK, ""}};
    if (!reading.file)
        return ho_fail(err, HO_INVALID, "configuration file %s cannot be read: %s", path, strerror(errno));
    int line = ini_parse_stream(next_line, &reading, on_line, &reading);
    bool broken = ferror(reading.file);
    fclose(reading.file);
    if (broken)
        return ho_fail(err, HO_INVALID, "configuration file %s cannot be read", path);
    if (line != 0 && (reading.err.status == HO_OK || line < reading.line))
        return ho_fail(err, HO_INVALID, "%s:%d: neither [section] nor key = value", path, line);
    return reading.err.status == HO_OK ? HO_OK : ho_fail(err, reading.err.status, "%s", reading.err.text);
}

/* HO_SECTION_KEY, or HO_SECTION_ when key is empty. */
static void variable_name(char out[128], const char *section, const char *key)
{
    snprintf(out, 128, "HO_%s_%s", section, key);
    for (char *c = out; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
}

/* A variable that begins as those of one of our sections and names none of its keys is a misspelled one. */
static enum ho_status check_variable(const struct ho_config *config, const char *variable, struct ho_error *err)
{
    char name[128];
    size_t len = strcspn(variable, "=");
    bool ours = false;
    struct place place = next_place(config, (struct place){.option = NULL});
    for (; place.option; place = next_place(config, place)) {
        variable_name(name, place.option->section, place.option->key);
        if (strlen(name) == len && strncmp(name, variable, len) == 0)
            return HO_OK;
        variable_name(name, place.option->section, "");
        ours |= strncmp(name, variable, strlen(name)) == 0;
    }
    if (!ours)
        return HO_OK;
    return ho_fail(err, HO_INVALID, "environment: there is no option for %.*s; --help lists them", (int)len, variable);
}

static enum ho_status read_environment(struct ho_config *config, struct ho_error *err)
{
    struct place place = next_place(config, (struct place){.option = NULL});
    enum ho_status status = HO_OK;
    for (; place.option && status == HO_OK; place = next_place(config, place)) {
        char name[128];
        variable_name(name, place.option->section, place.option->key);
        const char *value = getenv(name);
        if (value)
            status = set(config, place, value, name, err);
    }
    for (char **variable = environ; status == HO_OK && variable && *variable; variable++)
        status = check_variable(config, *variable, err);
    return status;
}

/* --section.key=value; the section may itself hold dots (kafka.producer.linger.ms stays a file's matter). */
static enum ho_status read_argument(struct ho_config *config, const char *argument, struct ho_error *err)
{
    char section[64], key[64];
    const char *dot = strchr(argument, '.'), *equals = strchr(argument, '=');
    if (strncmp(argument, "--", 2) != 0 || !dot || !equals || dot > equals)
        return ho_fail(err, HO_INVALID, "argument \"%.*s\" is neither --config FILE nor --section.key=value",
                       (int)strcspn(argument, "="), argument); /* behind = a secret may stand */
    ho_slice_copy((struct ho_slice){argument + 2, (size_t)(dot - argument - 2)}, section, sizeof section);
    ho_slice_copy((struct ho_slice){dot + 1, (size_t)(equals - dot - 1)}, key, sizeof key);
    return set_named(config, section, key, equals + 1, "argument", err);
}

static enum ho_status read_defaults(struct ho_config *config, struct ho_error *err)
{
    struct place place = next_place(config, (struct place){.option = NULL});
    enum ho_status status = HO_OK;
    for (; place.option && status == HO_OK; place = next_place(config, place))
        if (place.option->fallback)
            status = set(config, place, place.option->fallback, "default", err);
    return status;
}

/* What has no default must have come from somewhere. */
static enum ho_status check_given(const struct ho_config *config, struct ho_error *err)
{
    struct place place = next_place(config, (struct place){.option = NULL});
    while (place.option && config->given[place.number])
        place = next_place(config, place);
    if (!place.option)
        return HO_OK;
    return ho_fail(err, HO_INVALID, "option %s.%s must be given: %s", place.option->section, place.option->key,
                   place.option->help);
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

/* All sources, the strongest last. */
static enum ho_status read_all(struct ho_config *config, const char *file, int argc, char **argv, struct ho_error *err)
{
    enum ho_status status = read_defaults(config, err);
    if (status == HO_OK && file)
        status = read_file(config, file, err);
    if (status == HO_OK)
        status = read_environment(config, err);
    if (status == HO_OK)
        status = read_arguments(config, argc, argv, err);
    if (status == HO_OK)
        status = check_given(config, err);
    return status;
}

static size_t count_options(const struct ho_option_table *tables, size_t count)
{
    size_t options = 0;
    for (size_t t = 0; t < count; t++)
        for (const struct ho_option *option = tables[t].options; option->section; option++)
            options++;
    return options;
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
        if (strcmp(argv[i], "--config") == 0 && file)
            return ho_fail(err, HO_INVALID, "--config is given twice: %s and %s", file, argv[i + 1]);
        if (strcmp(argv[i], "--config") == 0)
            file = argv[++i];
    }
    struct ho_config *config = ho_calloc(1, sizeof *config);
    config->tables = tables;
    config->count = count;
    config->last = &config->first;
    config->given = ho_calloc(count_options(tables, count), sizeof *config->given);
    enum ho_status status = read_all(config, file, argc, argv, err);
    ho_free(config->given);
    config->given = NULL;
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

static void print_option(const struct ho_option *option)
{
    printf("  %s.%-*s %s (", option->section, (int)(32 - strlen(option->section)), option->key, option->help);
    if (option->type == HO_OPTION_INT)
        printf("%lld to %lld, ", (long long)option->min, (long long)option->max);
    else if (option->type == HO_OPTION_BOOL)
        printf("yes or no, ");
    if (!option->fallback)
        printf("must be given)\n");
    else if (option->secret)
        printf("secret)\n");
    else
        printf("default %s)\n", option->fallback[0] ? option->fallback : "empty");
}

void ho_config_print_help(const char *manual, const struct ho_option_table *tables, size_t count)
{
    printf("%s\nOptions: --config FILE, then per option --section.key=value, HO_SECTION_KEY or the file's key.\n\n",
           manual);
    for (size_t t = 0; t < count; t++)
        for (const struct ho_option *option = tables[t].options; option->section; option++)
            print_option(option);
}
