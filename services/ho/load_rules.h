/*
 * load_rules: what a loader accepts. Pure.
 *
 *  load.1  A member id is the plan's own number. Refused: nine digits with or without dashes (social security number) and
 *          the eleven characters of a Medicare number (CMS: digit, letter, letter or digit, digit, ... no S L O I B Z).
 *  load.2  CSV as RFC 4180: quotes around a field, "" inside; the header names fields; every value is text.
 */
#ifndef HO_LOAD_RULES_H
#define HO_LOAD_RULES_H

#include "base/arena.h"
#include "base/buf.h"

#define HO_CSV_COLUMNS_MAX 64

struct ho_csv {
    struct ho_slice names[HO_CSV_COLUMNS_MAX];
    size_t count;
};

/* Why the id is refused, or NULL. */
const char *ho_member_id_refusal(struct ho_slice id);
/* Both give false and say why (256 bytes). A row becomes a JSON object of texts; empty values are left out. */
bool ho_csv_header(struct ho_csv *csv, struct ho_slice line, struct ho_arena *arena, char *ret_why);
bool ho_csv_row(const struct ho_csv *csv, struct ho_slice line, struct ho_buf *json, char *ret_why);

#endif
