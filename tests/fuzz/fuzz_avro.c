/* The decoder on any bytes: it answers or refuses, reads nothing past the end, and allocates in proportion. */
#include "adt_matched.h"
#include "avro/avro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ho_avro_plan *plan;
    static struct ho_arena arena;
    static struct adt_matched value;
    struct ho_buf json;
    if (!plan && ho_avro_plan_new(&adt_matched_record, ho_slice_of(ho_avro_json(&adt_matched_record)), &plan, NULL))
        return 0;
    struct ho_slice body = {(const char *)data, size};
    (void)!ho_avro_plan_run(plan, body, &arena, &value, NULL);
    ho_arena_reset(&arena);
    ho_buf_init(&json, 1 << 20);
    (void)!ho_avro_to_json(ho_slice_of(ho_avro_json(&adt_matched_record)), body, &json, NULL);
    ho_buf_release(&json);
    return 0;
}
