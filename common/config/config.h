/*
 * config: one static table per daemon. Argument before environment before file before default:
 *   --kafka.bootstrap=host:port    HO_KAFKA_BOOTSTRAP    [kafka] bootstrap = host:port    the table's default
 * An unknown key, a variable HO_<one of our sections>_* that is no option, a value that does not parse or lies outside its
 * bounds refuses to start and says which and why. [kafka.common], [kafka.consumer] and [kafka.producer] of the file pass
 * through: ho_config_each_passthrough. The last of several occurrences wins. An indented line is a line like any other; one
 * that libinih's buffer would cut (200 bytes) refuses. What stands behind " ;" in a line is a comment, also in a secret.
 */
#ifndef HO_CONFIG_H
#define HO_CONFIG_H

#include "base/base.h"

enum ho_option_type {
    HO_OPTION_TEXT, /* char * owned by the config */
    HO_OPTION_INT,  /* int64_t, with min and max */
    HO_OPTION_BOOL  /* bool: yes no true false 1 0 */
};

struct ho_option {
    const char *section, *key;
    enum ho_option_type type;
    const char *fallback; /* default as text; NULL: must be given */
    int64_t min, max;     /* for HO_OPTION_INT */
    const char *help;     /* one line, with the unit */
    bool secret;          /* never printed */
    size_t offset;        /* of the field in the struct */
};

/* A table and the struct it fills. Several tables can be loaded at once; a key may be in one only. */
struct ho_option_table {
    const struct ho_option *options; /* ends with section NULL */
    void *target;
};

struct ho_config; /* keeps the texts and the passthrough keys */

/* Reads --config FILE (when given), the environment and argv. *ret_config is freed with ho_config_free, texts with it.
 * HO_INVALID names file and line, variable or argument. HO_NOT_FOUND: --help was asked for; the caller prints it. */
enum ho_status ho_config_load(int argc, char **argv, const struct ho_option_table *tables, size_t count,
                              struct ho_config **ret_config, struct ho_error *err) HO_MUST_CHECK;
void ho_config_free(struct ho_config *config);
/* Calls each for every key of section `kafka.<name>` in file order. */
void ho_config_each_passthrough(const struct ho_config *config, const char *section,
                                void (*each)(void *arg, const char *key, const char *value), void *arg);
/* The options of all tables, as --help shows them, to stdout. */
void ho_config_print_help(const char *manual, const struct ho_option_table *tables, size_t count);

#endif
