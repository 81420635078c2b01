/*
 * load_rules: what a loader accepts. Pure.
 *
 *  load.1  A member id is the plan's own number. Refused: nine digits with or without dashes (social security number) and
 *          the eleven characters of a Medicare number (CMS: digit, letter, letter or digit, digit, ... no S L O I B Z).
 *  load.2  CSV as RFC 4180: quotes around a field, "" inside. The header names fields of the schema, each once; what it
 *          does not name, and what is empty, has the schema's default. Numbers and true or false are written as such.
 */
#ifndef HO_LOAD_RULES_H
#define HO_LOAD_RULES_H

#include "base/arena.h"
#include "base/buf.h"

#define HO_CSV_COLUMNS_MAX 64

struct ho_csv {
    struct ho_slice names[HO_CSV_COLUMNS_MAX];
    bool plain[HO_CSV_COLUMNS_MAX]; /* a number or a boolean: stands in JSON without quotes */
    size_t count;
};

/* Why the id is refused, or NULL. */
const char *ho_member_id_refusal(struct ho_slice id);
/* Both give false and say why (256 bytes). A row becomes a JSON object; empty values are left out. schema is the Avro schema
 * that has the fields. */
bool ho_csv_header(struct ho_csv *csv, struct ho_slice line, const char *schema, struct ho_arena *arena, char *ret_why);
bool ho_csv_row(const struct ho_csv *csv, struct ho_slice line, struct ho_buf *json, char *ret_why);

#endif
