/*
 * directory: rows of a table read whole, by id. Filled by the shell, const to the core. Rows are kept as encoded bytes
 * with their decoded struct, both owned.
 */
#ifndef NOTIFY_DIRECTORY_H
#define NOTIFY_DIRECTORY_H

#include "avro/avro.h"

struct ho_directory_row;
struct ho_directory {
    const struct ho_avro_record *record;
    struct ho_avro_reader *reader;
    struct ho_directory_row **slots;
    size_t cap, count;
};

void ho_directory_init(struct ho_directory *directory, const struct ho_avro_record *record);
void ho_directory_release(struct ho_directory *directory);
/* Keeps a copy of row; NULL removes. */
void ho_directory_set(struct ho_directory *directory, struct ho_slice id, const void *row);
/* The row's struct, or NULL. Valid until that id is set again. */
const void *ho_directory_get(const struct ho_directory *directory, struct ho_slice id);

#endif
