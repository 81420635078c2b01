/* The plans of one record type, by the fingerprint of the writer. A handful: a list is searched from the newest. */
#include "avro/describe.h"

struct known {
    uint64_t fingerprint;
    struct ho_avro_plan *plan;
};

struct ho_avro_reader {
    const struct ho_avro_record *record;
    struct known *known;
    size_t count;
};

struct ho_avro_reader *ho_avro_reader_new(const struct ho_avro_record *record)
{
    struct ho_error err;
    struct ho_avro_reader *reader = ho_calloc(1, sizeof *reader);
    reader->record = record;
    enum ho_status status = ho_avro_reader_learn(reader, ho_slice_of(record->json), &err);
    HO_ASSERT(status == HO_OK);
    return reader;
}

void ho_avro_reader_free(struct ho_avro_reader *reader)
{
    if (!reader)
        return;
    for (size_t i = 0; i < reader->count; i++)
        ho_avro_plan_free(reader->known[i].plan);
    ho_free(reader->known);
    ho_free(reader);
}

static const struct ho_avro_plan *find(const struct ho_avro_reader *reader, uint64_t fingerprint)
{
    for (size_t i = reader->count; i-- > 0;)
        if (reader->known[i].fingerprint == fingerprint)
            return reader->known[i].plan;
    return NULL;
}

enum ho_status ho_avro_reader_learn(struct ho_avro_reader *reader, struct ho_slice writer_json, struct ho_error *err)
{
    uint64_t fingerprint = 0;
    struct ho_avro_plan *plan = NULL;
    enum ho_status status = ho_avro_fingerprint_json(writer_json, &fingerprint, err);
    if (status != HO_OK || find(reader, fingerprint))
        return status;
    status = ho_avro_plan_new(reader->record, writer_json, &plan, err);
    if (status != HO_OK)
        return status;
    reader->known = ho_realloc(reader->known, (reader->count + 1) * sizeof *reader->known);
    reader->known[reader->count++] = (struct known){fingerprint, plan};
    return HO_OK;
}

enum ho_status ho_avro_decode(const struct ho_avro_reader *reader, struct ho_slice value, struct ho_arena *arena,
                              void *ret_value, struct ho_error *err)
{
    uint64_t fingerprint = 0;
    if (value.len < HO_AVRO_HEADER || (unsigned char)value.ptr[0] != 0xc3 || value.ptr[1] != 0x01)
        return ho_fail(err, HO_INVALID, "avro: not in single-object encoding (C3 01 and a fingerprint)");
    for (size_t i = 0; i < 8; i++)
        fingerprint |= (uint64_t)(unsigned char)value.ptr[2 + i] << 8 * i;
    const struct ho_avro_plan *plan = find(reader, fingerprint);
    if (!plan)
        return ho_fail(err, HO_NOT_FOUND, "the writer's schema %016llx of %s is not in the topic schemas",
                       (unsigned long long)fingerprint, reader->record->name);
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    return ho_avro_plan_run(plan, body, arena, ret_value, err);
}
