/*
 * avro_decode - decoding of the records that events travel in, beside avro-c 1.11.1 reading the same bytes into a value
 * that it is given again each time. Rounds of the two in turn; best of ROUNDS; the ratio is what can be compared. Wanted: 5.
 */
#include <avro.h>
#include <stdio.h>
#include <stdlib.h>

#include "adt_matched.h"
#include "alert.h"
#include "avro/describe.h"
#include "care_event.h"
#include "clock/clock.h"
#include "member.h"

#define ROUNDS 20
#define TIMES 20000

static void fill(const struct ho_avro_record *record, char *base, struct ho_arena *arena);

static void fill_value(const struct ho_avro_type *type, char *at, struct ho_arena *arena)
{
    struct ho_slice text = HO_SLICE("a text of a value");
    struct ho_avro_list list = {NULL, 2};
    int64_t number = INT64_C(1793800000000);
    int32_t small = type->kind == HO_AVRO_ENUM ? (int32_t)type->symbol_count - 1 : 20261104;
    if (ho_avro_is_slice(type)) {
        memcpy(at, &text, sizeof text);
    } else if (type->kind == HO_AVRO_LONG) {
        memcpy(at, &number, sizeof number);
    } else if (type->kind == HO_AVRO_INT || type->kind == HO_AVRO_ENUM) {
        memcpy(at, &small, sizeof small);
    } else if (type->kind == HO_AVRO_BOOLEAN) {
        *(bool *)(void *)at = true;
    } else if (type->kind == HO_AVRO_RECORD) {
        fill(type->record, at, arena);
    } else if (type->kind == HO_AVRO_ARRAY) {
        list.items = ho_arena_alloc(arena, list.count * type->item->size);
        for (size_t i = 0; i < list.count; i++)
            fill_value(type->item, (char *)list.items + i * type->item->size, arena);
        memcpy(at, &list, sizeof list);
    }
}

static void fill(const struct ho_avro_record *record, char *base, struct ho_arena *arena)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct ho_avro_field *field = &record->fields[i];
        if (field->nullable && !ho_avro_is_slice(field->type))
            *(bool *)(void *)(base + field->has_offset) = true;
        fill_value(field->type, base + field->offset, arena);
    }
}

static int64_t ours(const struct ho_avro_reader *reader, struct ho_slice value, struct ho_arena *arena, void *record)
{
    int64_t begin_us = ho_clock_monotonic_us();
    for (int i = 0; i < TIMES; i++) {
        HO_ASSERT(ho_avro_decode(reader, value, arena, record, NULL) == HO_OK);
        ho_arena_reset(arena);
    }
    return ho_clock_monotonic_us() - begin_us;
}

static int64_t theirs(struct ho_slice value, avro_value_t *into)
{
    avro_reader_t reader = avro_reader_memory(value.ptr + HO_AVRO_HEADER, (int64_t)(value.len - HO_AVRO_HEADER));
    int64_t begin_us = ho_clock_monotonic_us();
    for (int i = 0; i < TIMES; i++) {
        avro_reader_memory_set_source(reader, value.ptr + HO_AVRO_HEADER, (int64_t)(value.len - HO_AVRO_HEADER));
        HO_ASSERT(avro_value_read(reader, into) == 0);
        avro_value_reset(into);
    }
    int64_t us = ho_clock_monotonic_us() - begin_us;
    avro_reader_free(reader);
    return us;
}

static void compare(const struct ho_avro_record *record)
{
    struct ho_arena arena = {0}, values = {0};
    struct ho_buf bytes;
    avro_schema_t schema;
    avro_value_t into;
    const char *json = ho_avro_json(record);
    ho_buf_init(&bytes, 1 << 20);
    void *value = ho_arena_alloc(&values, ho_avro_size(record));
    fill(record, value, &values);
    ho_avro_encode(record, value, &bytes);
    HO_ASSERT(avro_schema_from_json_length(json, strlen(json), &schema) == 0);
    avro_value_iface_t *class = avro_generic_class_from_schema(schema);
    HO_ASSERT(avro_generic_value_new(class, &into) == 0);
    struct ho_avro_reader *reader = ho_avro_reader_new(record);
    int64_t best_ours = INT64_MAX, best_theirs = INT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t a = ours(reader, ho_buf_slice(&bytes), &arena, value), b = theirs(ho_buf_slice(&bytes), &into);
        best_ours = a < best_ours ? a : best_ours;
        best_theirs = b < best_theirs ? b : best_theirs;
    }
    printf("%-20s %5zu bytes  ours %6.0f ns  avro-c %6.0f ns  ratio %4.1f\n", ho_avro_name(record), bytes.len,
           1e3 * (double)best_ours / TIMES, 1e3 * (double)best_theirs / TIMES, (double)best_theirs / (double)best_ours);
    ho_avro_reader_free(reader);
    avro_value_decref(&into);
    avro_value_iface_decref(class);
    avro_schema_decref(schema);
    ho_arena_release(&arena);
    ho_arena_release(&values);
    ho_buf_release(&bytes);
}

int main(void)
{
    compare(&care_event_record);
    compare(&adt_matched_record);
    compare(&alert_record);
    compare(&member_record);
    return 0;
}
