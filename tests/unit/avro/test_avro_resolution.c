/* Schema resolution, a row each: what a writer of another time wrote, read into today's AdtUnmatched. */
#include <criterion/criterion.h>

#include "adt_unmatched.h"
#include "avro/avro.h"

#define HEAD "{\"type\":\"record\",\"name\":\"AdtUnmatched\",\"namespace\":\"handoff\",\"fields\":["
#define TEXTS "{\"name\":\"message_id\",\"type\":\"string\"},{\"name\":\"feed\",\"type\":\"string\"},{\"name\":\"reason\",\"type\":\"string\"}"

static const struct {
    const char *name, *fields, *body;
    size_t len;
    bool good;
    int32_t candidates;
    int64_t offset;
} rows[] = {
    {"fields added since: defaults", TEXTS, "\x02m\x02" "f\x02r", 6, true, 0, 0},
    {"promoted int to long", TEXTS ",{\"name\":\"source_offset\",\"type\":\"int\"}", "\x02m\x02" "f\x02r\x0e", 7, true, 0, 7},
    {"removed since: skipped",
     TEXTS ",{\"name\":\"old\",\"type\":{\"type\":\"map\",\"values\":\"long\"}},{\"name\":\"candidates\",\"type\":\"int\"}",
     "\x02m\x02" "f\x02r\x02\x02k\x04\x00\x06", 12, true, 3, 0},
    {"reordered",
     "{\"name\":\"candidates\",\"type\":\"int\"}," TEXTS, "\x08\x02m\x02" "f\x02r", 7, true, 4, 0},
    {"bytes to string",
     "{\"name\":\"message_id\",\"type\":\"bytes\"},{\"name\":\"feed\",\"type\":\"string\"},{\"name\":\"reason\",\"type\":\"string\"}",
     "\x02m\x02" "f\x02r", 6, true, 0, 0},
    {"a writer's union, its value", TEXTS ",{\"name\":\"candidates\",\"type\":[\"null\",\"int\"]}",
     "\x02m\x02" "f\x02r\x02\x0a", 8, true, 5, 0},
    {"a writer's union, null where the reader has none", TEXTS ",{\"name\":\"candidates\",\"type\":[\"null\",\"int\"]}",
     "\x02m\x02" "f\x02r\x00", 7, false, 0, 0},
    {"bytes behind the end", TEXTS, "\x02m\x02" "f\x02r\x00", 7, false, 0, 0},
};

Test(resolution, each_row)
{
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_arena arena = {0};
        struct ho_error err = {HO_OK, ""};
        struct ho_avro_plan *plan = NULL;
        struct adt_unmatched value;
        struct ho_slice json = ho_arena_printf(&arena, HEAD "%s]}", rows[i].fields);
        cr_assert_eq(ho_avro_plan_new(&adt_unmatched_record, json, &plan, &err), HO_OK, "%s: %s", rows[i].name, err.text);
        enum ho_status status =
            ho_avro_plan_run(plan, (struct ho_slice){rows[i].body, rows[i].len}, &arena, &value, &err);
        cr_assert_eq(status == HO_OK, rows[i].good, "%s: %s", rows[i].name, err.text);
        if (rows[i].good) {
            cr_assert(ho_slice_is(value.message_id, "m") && ho_slice_is(value.reason, "r"), "%s", rows[i].name);
            cr_assert_eq(value.candidates, rows[i].candidates, "%s", rows[i].name);
            cr_assert_eq(value.source_offset, rows[i].offset, "%s", rows[i].name);
        }
        ho_avro_plan_free(plan);
        ho_arena_release(&arena);
    }
}

static const struct {
    const char *name, *fields, *why;
} refused[] = {{"a field without default is missing", "{\"name\":\"feed\",\"type\":\"string\"}", "message_id"},
               {"a type that does not turn into ours",
                "{\"name\":\"message_id\",\"type\":\"long\"},{\"name\":\"feed\",\"type\":\"string\"},{\"name\":\"reason\",\"type\":\"string\"}",
                "message_id"},
               {"a long does not shrink to int", TEXTS ",{\"name\":\"candidates\",\"type\":\"long\"}", "candidates"}};

Test(resolution, what_cannot_be_resolved_is_refused_by_name)
{
    for (size_t i = 0; i < HO_LENGTH(refused); i++) {
        struct ho_arena arena = {0};
        struct ho_error err = {HO_OK, ""};
        struct ho_avro_plan *plan = NULL;
        struct ho_slice json = ho_arena_printf(&arena, HEAD "%s]}", refused[i].fields);
        cr_assert_eq(ho_avro_plan_new(&adt_unmatched_record, json, &plan, &err), HO_INVALID, "%s", refused[i].name);
        cr_assert(strstr(err.text, refused[i].why), "%s: %s", refused[i].name, err.text);
        ho_arena_release(&arena);
    }
}
