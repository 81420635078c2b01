/*
 * NAME      resolve - decodes what other schemas wrote, for resolution.py, which compares it with fastavro
 * SYNOPSIS  resolve < LINES
 *
 * A line: full name of one of our records, the writer's schema, bodies in hex; tabs between. The answer, a line with tabs:
 * the schema's fingerprint, then of each body what was read, written anew with our own schema (in hex), or "bad: why".
 */
#include <stdio.h>
#include <stdlib.h>

#include "avro/avro.h"
#include "interop/everything.h"
#include "records.h"

#define BODY_BYTES_MAX ((size_t)4 << 20)

static const struct ho_avro_record *record_of(const char *name)
{
    for (size_t i = 0; i < ho_records_count; i++)
        if (strcmp(ho_avro_name(ho_records[i]), name) == 0)
            return ho_records[i];
    return strcmp(ho_avro_name(&everything_record), name) == 0 ? &everything_record : NULL;
}

/* In memory of its own size, so that the sanitizer sees a byte read too many. */
static struct ho_slice from_hex(const char *hex)
{
    size_t len = strlen(hex) / 2;
    char *bytes = ho_malloc(len ? len : 1);
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    return (struct ho_slice){bytes, len};
}

static void answer(const struct ho_avro_record *record, const struct ho_avro_plan *plan, const char *hex)
{
    struct ho_arena arena = {0};
    struct ho_error err = {HO_OK, ""};
    struct ho_buf out;
    struct ho_slice body = from_hex(hex);
    void *value = ho_arena_alloc(&arena, ho_avro_size(record));
    ho_buf_init(&out, BODY_BYTES_MAX);
    if (ho_avro_plan_run(plan, body, &arena, value, &err) != HO_OK) {
        printf("\tbad: %s", err.text);
    } else {
        ho_avro_encode(record, value, &out);
        printf("\t");
        for (size_t i = HO_AVRO_HEADER; i < out.len; i++)
            printf("%02x", (unsigned char)out.data[i]);
    }
    ho_buf_release(&out);
    ho_arena_release(&arena);
    ho_free((void *)(uintptr_t)body.ptr);
}

static void one_line(char *line)
{
    char *rest = line, *name = strsep(&rest, "\t"), *schema = strsep(&rest, "\t");
    const struct ho_avro_record *record = record_of(name);
    struct ho_avro_plan *plan = NULL;
    struct ho_error err = {HO_OK, ""};
    uint64_t fingerprint = 0;
    enum ho_status status = record && schema ? ho_avro_fingerprint_json(ho_slice_of(schema), &fingerprint, &err)
                                             : ho_fail(&err, HO_INVALID, "no record of that name, or no schema");
    printf("%016llx", (unsigned long long)fingerprint);
    if (status == HO_OK)
        status = ho_avro_plan_new(record, ho_slice_of(schema), &plan, &err);
    for (char *hex = strsep(&rest, "\t"); hex; hex = strsep(&rest, "\t")) {
        if (status == HO_OK)
            answer(record, plan, hex);
        else
            printf("\tbad: %s", err.text);
    }
    printf("\n");
    ho_avro_plan_free(plan);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    for (ssize_t len = getline(&line, &size, stdin); len > 0; len = getline(&line, &size, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        one_line(line);
    }
    free(line);
    return 0;
}
