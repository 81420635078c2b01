/*
 * hl7_fields FILE... - what our reader makes of each message of each file: a line of the file's number, the message's
 * number in it and the fields of hl7_oracle.py, first repetition and first component, raw, with 0x1F between. A message
 * that is refused gives a line of two.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hl7/batch.h"
#include "hl7/charset.h"
#include "hl7/types.h"

static const struct {
    const char *segment;
    int field, component;
} fields[] = {{"MSH", 9, 2}, {"MSH", 10, 1}, {"PID", 3, 1}, {"PID", 5, 1},
              {"PV1", 2, 1}, {"PV1", 36, 1}, {"PV1", 44, 1}};

static void print_message(struct ho_slice utf8, int file, unsigned number)
{
    static struct ho_hl7 msg;
    printf("%d\x1f%u", file, number);
    if (ho_hl7_parse(&msg, utf8, NULL) == HO_OK)
        for (size_t i = 0; i < HO_LENGTH(fields); i++) {
            struct ho_slice value = ho_hl7_get(&msg, fields[i].segment, fields[i].field, fields[i].component);
            printf("\x1f%.*s", HO_SLICE_ARG(value));
        }
    printf("\n");
}

static bool print_file(const char *path, int file, struct ho_hl7_charsets *charsets)
{
    static char bytes[1 << 24];
    struct ho_arena arena = {0};
    struct ho_hl7_batch batch;
    struct ho_slice message;
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    ho_hl7_batch_init(&batch, (struct ho_slice){bytes, fread(bytes, 1, sizeof bytes, in)});
    fclose(in);
    while (ho_hl7_batch_next(&batch, &message))
        print_message(ho_hl7_to_utf8(charsets, message, &arena).bytes, file, batch.messages);
    ho_arena_release(&arena);
    return true;
}

int main(int argc, char **argv)
{
    struct ho_hl7_charsets *charsets = ho_hl7_charsets_new();
    bool read = true;
    for (int i = 1; i < argc; i++)
        if (!print_file(argv[i], i, charsets)) {
            fprintf(stderr, "hl7_fields: %s cannot be read\n", argv[i]);
            read = false;
        }
    ho_hl7_charsets_free(charsets);
    return read ? 0 : 1;
}
