/* Chained hash table; a removed row stays as an empty one, ids being few and coming back. */
#include "notify/directory.h"

#include "base/id.h"

#define CAP 4096

struct ho_directory_row {
    struct ho_directory_row *next;
    struct ho_slice id;
    struct ho_buf bytes;
    struct ho_arena arena; /* of the struct's lists */
    void *value;           /* NULL: removed */
};

void ho_directory_init(struct ho_directory *directory, const struct ho_avro_record *record)
{
    *directory = (struct ho_directory){.record = record, .reader = ho_avro_reader_new(record), .cap = CAP};
    directory->slots = ho_calloc(CAP, sizeof(struct ho_directory_row *));
}

static void row_clear(struct ho_directory_row *row)
{
    ho_arena_release(&row->arena);
    ho_buf_release(&row->bytes);
    row->value = NULL;
}

void ho_directory_release(struct ho_directory *directory)
{
    for (size_t i = 0; i < directory->cap; i++)
        while (directory->slots[i]) {
            struct ho_directory_row *row = directory->slots[i];
            directory->slots[i] = row->next;
            row_clear(row);
            ho_free((void *)(uintptr_t)row->id.ptr);
            ho_free(row);
        }
    ho_free(directory->slots);
    ho_avro_reader_free(directory->reader);
    *directory = (struct ho_directory){NULL, NULL, NULL, 0, 0};
}

static struct ho_directory_row *find(const struct ho_directory *directory, struct ho_slice id)
{
    struct ho_directory_row *row = directory->slots[ho_hash64(id.ptr, id.len) & (directory->cap - 1)];
    while (row && !ho_slice_equal(row->id, id))
        row = row->next;
    return row;
}

void ho_directory_set(struct ho_directory *directory, struct ho_slice id, const void *value)
{
    struct ho_directory_row *row = find(directory, id);
    if (!row) {
        size_t slot = ho_hash64(id.ptr, id.len) & (directory->cap - 1);
        char *copy = ho_malloc(id.len + 1);
        if (id.len)
            memcpy(copy, id.ptr, id.len);
        row = ho_calloc(1, sizeof *row);
        row->id = (struct ho_slice){copy, id.len};
        row->next = directory->slots[slot];
        directory->slots[slot] = row;
        directory->count++;
    }
    row_clear(row);
    if (!value)
        return;
    ho_buf_init(&row->bytes, (size_t)16 << 20);
    ho_avro_encode(directory->record, value, &row->bytes);
    row->value = ho_arena_alloc(&row->arena, ho_avro_size(directory->record));
    enum ho_status status =
        ho_avro_decode(directory->reader, ho_buf_slice(&row->bytes), &row->arena, row->value, NULL);
    HO_ASSERT(status == HO_OK);
}

const void *ho_directory_get(const struct ho_directory *directory, struct ho_slice id)
{
    const struct ho_directory_row *row = id.len ? find(directory, id) : NULL;
    return row ? row->value : NULL;
}
