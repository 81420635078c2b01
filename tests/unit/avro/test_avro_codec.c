/* Round trips, hostile input and avro-c as the oracle, on random values of every schema. */
#include <avro.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#include "adt_matched.h"
#include "avro/avro.h"
#include "avro/describe.h"
#include "records.h"

static uint64_t seed = 20261124;

static uint32_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33);
}

static void fill(const struct ho_avro_record *record, char *base, struct ho_arena *arena);

static void fill_value(const struct ho_avro_type *type, char *at, struct ho_arena *arena)
{
    struct ho_slice text = ho_arena_printf(arena, "t%u", next_random() % 100000);
    int32_t number = (int32_t)(next_random() << 1 ^ next_random());
    int64_t large = (int64_t)next_random() * number;
    struct ho_avro_list list = {NULL, next_random() % 4};
    switch (type->kind) {
    case HO_AVRO_BOOLEAN:
        *(bool *)(void *)at = next_random() % 2;
        break;
    case HO_AVRO_INT:
        memcpy(at, &number, sizeof number);
        break;
    case HO_AVRO_ENUM:
        number = (int32_t)(next_random() % type->symbol_count);
        memcpy(at, &number, sizeof number);
        break;
    case HO_AVRO_LONG:
        memcpy(at, &large, sizeof large);
        break;
    case HO_AVRO_STRING:
    case HO_AVRO_BYTES:
        memcpy(at, &text, sizeof text);
        break;
    case HO_AVRO_ARRAY:
        list.items = ho_arena_alloc(arena, list.count * type->item->size);
        for (size_t i = 0; i < list.count; i++)
            fill_value(type->item, (char *)list.items + i * type->item->size, arena);
        memcpy(at, &list, sizeof list);
        break;
    case HO_AVRO_RECORD:
        fill(type->record, at, arena);
        break;
    case HO_AVRO_NULL:
    case HO_AVRO_FLOAT:
    case HO_AVRO_DOUBLE:
    case HO_AVRO_FIXED:
    case HO_AVRO_MAP:
    case HO_AVRO_UNION:
        cr_assert(false, "a kind that no schema of ours has yet: fill it here");
    }
}

static void fill(const struct ho_avro_record *record, char *base, struct ho_arena *arena)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const struct ho_avro_field *field = &record->fields[i];
        bool there = !field->nullable || next_random() % 2;
        if (field->nullable && !ho_avro_is_slice(field->type))
            *(bool *)(void *)(base + field->has_offset) = there;
        if (there)
            fill_value(field->type, base + field->offset, arena);
    }
}

/* A random value of a record, encoded. */
static struct ho_slice random_bytes(const struct ho_avro_record *record, struct ho_arena *arena)
{
    struct ho_buf out;
    char *value = ho_arena_alloc(arena, ho_avro_size(record));
    fill(record, value, arena);
    ho_buf_init(&out, 1 << 20);
    ho_avro_encode(record, value, &out);
    struct ho_slice bytes = ho_arena_slice(arena, ho_buf_slice(&out));
    ho_buf_release(&out);
    return bytes;
}

Test(avro, every_record_survives_a_round_trip)
{
    struct ho_arena arena = {0};
    for (size_t r = 0; r < ho_records_count; r++) {
        struct ho_avro_reader *reader = ho_avro_reader_new(ho_records[r]);
        for (int round = 0; round < 200; round++) {
            struct ho_error err = {HO_OK, ""};
            struct ho_buf again;
            struct ho_slice bytes = random_bytes(ho_records[r], &arena);
            void *value = ho_arena_alloc(&arena, ho_avro_size(ho_records[r]));
            cr_assert_eq(ho_avro_decode(reader, bytes, &arena, value, &err), HO_OK, "%s: %s", ho_avro_name(ho_records[r]),
                         err.text);
            ho_buf_init(&again, 1 << 20);
            ho_avro_encode(ho_records[r], value, &again);
            cr_assert(ho_slice_equal(bytes, ho_buf_slice(&again)), "%s", ho_avro_name(ho_records[r]));
            ho_buf_release(&again);
            ho_arena_reset(&arena);
        }
        ho_avro_reader_free(reader);
    }
    ho_arena_release(&arena);
}

Test(avro, avro_c_reads_what_we_write_and_writes_what_we_read)
{
    struct ho_arena arena = {0};
    for (size_t r = 0; r < ho_records_count; r++) {
        const char *json = ho_avro_json(ho_records[r]);
        avro_schema_t schema;
        avro_value_t value;
        cr_assert_eq(avro_schema_from_json_length(json, strlen(json), &schema), 0, "%s", avro_strerror());
        avro_value_iface_t *iface = avro_generic_class_from_schema(schema);
        for (int round = 0; round < 50; round++) {
            struct ho_slice bytes = random_bytes(ho_records[r], &arena);
            static char out[1 << 20];
            avro_generic_value_new(iface, &value);
            avro_reader_t in = avro_reader_memory(bytes.ptr + HO_AVRO_HEADER, (int64_t)(bytes.len - HO_AVRO_HEADER));
            cr_assert_eq(avro_value_read(in, &value), 0, "%s: %s", ho_avro_name(ho_records[r]), avro_strerror());
            avro_writer_t writer = avro_writer_memory(out, sizeof out);
            cr_assert_eq(avro_value_write(writer, &value), 0);
            struct ho_slice theirs = {out, (size_t)avro_writer_tell(writer)};
            struct ho_error err = {HO_OK, ""};
            struct ho_avro_plan *plan = NULL;
            void *decoded = ho_arena_alloc(&arena, ho_avro_size(ho_records[r]));
            cr_assert_eq(ho_avro_plan_new(ho_records[r], ho_slice_of(json), &plan, &err), HO_OK, "%s", err.text);
            cr_assert_eq(ho_avro_plan_run(plan, theirs, &arena, decoded, &err), HO_OK, "%s", err.text);
            struct ho_buf again;
            ho_buf_init(&again, 1 << 20);
            ho_avro_encode(ho_records[r], decoded, &again);
            cr_assert(ho_slice_equal(bytes, ho_buf_slice(&again)), "%s", ho_avro_name(ho_records[r]));
            ho_buf_release(&again);
            ho_avro_plan_free(plan);
            avro_reader_free(in);
            avro_writer_free(writer);
            avro_value_decref(&value);
            ho_arena_reset(&arena);
        }
        avro_value_iface_decref(iface);
        avro_schema_decref(schema);
    }
    ho_arena_release(&arena);
}

/* Each cut is copied to memory of its own size, so that the sanitizer sees a byte read too many. */
Test(avro, a_record_cut_anywhere_is_refused)
{
    struct ho_arena arena = {0};
    struct ho_avro_reader *reader = ho_avro_reader_new(&adt_matched_record);
    struct ho_slice bytes = random_bytes(&adt_matched_record, &arena);
    void *value = ho_arena_alloc(&arena, ho_avro_size(&adt_matched_record));
    for (size_t len = 0; len < bytes.len; len++) {
        struct ho_error err = {HO_OK, ""};
        char *cut = ho_malloc(len + 1);
        cut = ho_realloc(cut, len ? len : 1);
        memcpy(cut, bytes.ptr, len);
        cr_assert_eq(ho_avro_decode(reader, (struct ho_slice){cut, len}, &arena, value, &err), HO_INVALID, "len %zu", len);
        cr_assert(err.text[0]);
        ho_free(cut);
    }
    ho_avro_reader_free(reader);
    ho_arena_release(&arena);
}

Test(avro, random_bytes_never_read_past_the_end)
{
    struct ho_arena arena = {0};
    struct ho_avro_reader *reader = ho_avro_reader_new(&adt_matched_record);
    void *value = ho_malloc(ho_avro_size(&adt_matched_record));
    for (int round = 0; round < 20000; round++) {
        struct ho_slice good = random_bytes(&adt_matched_record, &arena);
        char *bad = ho_malloc(good.len);
        memcpy(bad, good.ptr, good.len);
        for (int k = 0; k < 3; k++)
            bad[HO_AVRO_HEADER + next_random() % (good.len - HO_AVRO_HEADER)] = (char)next_random();
        (void)!ho_avro_decode(reader, (struct ho_slice){bad, good.len}, &arena, value, NULL);
        ho_free(bad);
        ho_arena_reset(&arena);
    }
    ho_free(value);
    ho_avro_reader_free(reader);
    ho_arena_release(&arena);
}

/* The tail of a record of the topic clock's kind: one long array of nothing, told to hold 2^40 items. */
Test(avro, a_huge_count_allocates_nothing)
{
    struct ho_arena arena = {0};
    struct ho_error err = {HO_OK, ""};
    static const char writer[] = "{\"type\":\"record\",\"name\":\"AdtMatched\",\"fields\":[{\"name\":\"diagnoses\",\"type\":"
                                 "{\"type\":\"array\",\"items\":\"long\"}}]}";
    struct ho_avro_plan *plan = NULL;
    /* Fields without default are missing, so the plan itself is refused: a clear error, no crash. */
    cr_assert_eq(ho_avro_plan_new(&adt_matched_record, HO_SLICE(writer), &plan, &err), HO_INVALID);
    struct ho_avro_cursor cursor = {.at = "\x80\x80\x80\x80\x80\x40", .begin = "", .end = NULL};
    cursor.end = cursor.at + 6;
    cr_assert_eq(ho_avro_read_block(&cursor), 0);
    cr_assert(cursor.bad);
    ho_arena_release(&arena);
}

/* What the body of one text or bytes looks like to people. */
static const struct {
    const char *name, *schema, *body, *json;
} rendered[] = {{"UTF-8 stays", "\"string\"", "\x08Zo\xc3\xab", "\"Zo\xc3\xab\""},
                {"Latin-1 is made JSON", "\"string\"", "\x06Zo\xeb", "\"Zo\\u00eb\""},
                {"cut within a character", "\"string\"", "\x06Zo\xc3", "\"Zo\\u00c3\""},
                {"an overlong form", "\"string\"", "\x04\xc0\xaf", "\"\\u00c0\\u00af\""},
                {"a surrogate", "\"string\"", "\x06\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""},
                {"quote, backslash, control", "\"string\"", "\x06\"\\\x01", "\"\\\"\\\\\\u0001\""},
                {"bytes by their numbers", "\"bytes\"", "\x06" "a\xc3\xab", "\"a\\u00c3\\u00ab\""}};

Test(avro, a_line_for_people_is_json_whatever_a_text_holds)
{
    for (size_t i = 0; i < HO_LENGTH(rendered); i++) {
        struct ho_buf out;
        struct ho_error err = {HO_OK, ""};
        ho_buf_init(&out, 1 << 10);
        cr_assert_eq(ho_avro_to_json(ho_slice_of(rendered[i].schema), ho_slice_of(rendered[i].body), &out, &err), HO_OK, "%s: %s",
                     rendered[i].name, err.text);
        cr_assert(ho_slice_is(ho_buf_slice(&out), rendered[i].json), "%s: %.*s", rendered[i].name,
                  HO_SLICE_ARG(ho_buf_slice(&out)));
        ho_buf_release(&out);
    }
}

static const struct {
    const char *json;
    uint64_t fingerprint;
} known[] = {{"\"null\"", UINT64_C(0x63dd24e7cc258f8a)},
             {"\"int\"", UINT64_C(0x7275d51a3f395c8f)},
             {"\"string\"", UINT64_C(0x8f014872634503c7)},
             {"{\"type\":\"long\"}", UINT64_C(0xd054e14493f41db7)},
             {" {\"type\": \"fixed\", \"size\": 15, \"name\": \"foo\", \"doc\": \"x\"} ", UINT64_C(0x18602ec3ed31a504)}};

Test(avro, fingerprints_are_those_of_the_specification)
{
    for (size_t i = 0; i < HO_LENGTH(known); i++) {
        uint64_t fingerprint = 0;
        cr_assert_eq(ho_avro_fingerprint_json(ho_slice_of(known[i].json), &fingerprint, NULL), HO_OK);
        cr_assert_eq(fingerprint, known[i].fingerprint, "%s: %016llx", known[i].json, (unsigned long long)fingerprint);
    }
}
