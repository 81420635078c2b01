/* The forms of a value: which are taken to single-object encoding, which stay, which are refused. */
#include <criterion/criterion.h>

#include "alert.h"
#include "base/arena.h"
#include "processor/form.h"
#include "registry/registry.h"

static const char alert_json[] = "{\"identity\":{\"alert_id\":\"alt_1\",\"revision\":2,\"kind\":\"CORRECTION\",\"supersedes\":1,\"mode\":\"live\","
                                 "\"due_at_ms\":1,\"due_basis\":\"b\",\"expires_at_ms\":2}}";

static struct ho_formed formed_of(const char *topic, struct ho_slice value)
{
    return (struct ho_formed){topic, &alert_record, value, {NULL, 0}};
}

/* An alert with every other field at what an empty one has. */
static struct ho_slice an_alert(struct ho_arena *arena)
{
    struct ho_buf bytes;
    struct alert alert;
    memset(&alert, 0, sizeof alert);
    alert.identity.alert_id = HO_SLICE("alt_1");
    alert.identity.revision = 2;
    ho_buf_init(&bytes, 1 << 20);
    ho_avro_encode(&alert_record, &alert, &bytes);
    struct ho_slice value = ho_arena_slice(arena, ho_buf_slice(&bytes));
    ho_buf_release(&bytes);
    return value;
}

Test(form, what_is_single_object_encoding_stays_as_it_is)
{
    struct ho_arena arena = {0};
    struct ho_slice value = an_alert(&arena);
    struct ho_formed formed = formed_of("alerts.pcp", value);
    cr_assert_eq(ho_form_normal(NULL, &formed, &arena, NULL), HO_OK);
    cr_assert_eq(formed.value.ptr, value.ptr, "it was copied");
    ho_arena_release(&arena);
}

Test(form, json_of_alerts_becomes_what_it_was)
{
    struct ho_arena arena = {0};
    struct ho_buf text;
    struct ho_slice value = an_alert(&arena);
    struct ho_error err;
    ho_buf_init(&text, 1 << 20);
    struct ho_slice body = {value.ptr + HO_AVRO_HEADER, value.len - HO_AVRO_HEADER};
    cr_assert_eq(ho_avro_to_json(ho_slice_of(ho_avro_json(&alert_record)), body, &text, &err), HO_OK);
    struct ho_formed formed = formed_of("alerts.pcp", ho_buf_slice(&text));
    cr_assert_eq(ho_form_normal(NULL, &formed, &arena, &err), HO_OK, "%s", err.text);
    cr_assert(ho_slice_equal(formed.value, value), "JSON and back gives other bytes");
    ho_buf_release(&text);
    ho_arena_release(&arena);
}

/* `stays`: left alone, for the decoder to refuse; else the status wanted. */
static const struct row {
    const char *name, *topic;
    struct ho_slice value;
    bool registry, stays;
    enum ho_status status;
} rows[] = {
    {"JSON on another topic", "care.events", {"{}", 2}, false, true, HO_OK},
    {"JSON without its fields", "alerts.pcp", {"{}", 2}, false, false, HO_INVALID},
    {"JSON with half of them", "alerts.pcp", {alert_json, sizeof alert_json - 1}, false, false, HO_INVALID},
    {"JSON that is none", "alerts.pcp", {"{", 1}, false, false, HO_INVALID},
    {"an empty value", "alerts.pcp", {"", 0}, true, true, HO_OK},
    {"neither form", "alerts.pcp", {"\x07", 1}, true, true, HO_OK},
    {"Confluent's form without a registry", "alerts.pcp", {"\0\0\0\0\x01x", 6}, false, true, HO_OK},
    {"an id cut off", "alerts.pcp", {"\0\0\0", 3}, true, false, HO_INVALID},
    {"an id beyond int32", "alerts.pcp", {"\0\xff\0\0\0x", 6}, true, false, HO_INVALID},
    {"a registry that does not answer", "alerts.pcp", {"\0\0\0\0\x01x", 6}, true, false, HO_AWAY},
};

Test(form, told_apart_by_the_first_byte)
{
    struct ho_error err = {HO_OK, ""};
    struct ho_registry *registry = NULL;
    cr_assert_eq(ho_registry_new("http://127.0.0.1:1", 500, &registry, &err), HO_OK);
    struct ho_forms *forms = ho_forms_new(registry);
    for (size_t i = 0; i < HO_LENGTH(rows); i++) {
        struct ho_arena arena = {0};
        struct ho_formed formed = formed_of(rows[i].topic, rows[i].value);
        enum ho_status status = ho_form_normal(rows[i].registry ? forms : NULL, &formed, &arena, &err);
        cr_expect_eq(status, rows[i].status, "%s: status %d, %s", rows[i].name, status, err.text);
        cr_expect(!rows[i].stays || formed.value.ptr == rows[i].value.ptr, "%s: it did not stay", rows[i].name);
        ho_arena_release(&arena);
    }
    ho_forms_free(forms);
}

Test(form, an_url_that_is_none_is_refused)
{
    struct ho_error err;
    struct ho_registry *registry = NULL;
    cr_expect_eq(ho_registry_new("registry:8081", 500, &registry, &err), HO_INVALID);
    cr_expect_eq(ho_registry_new("file:///etc/passwd", 500, &registry, &err), HO_INVALID);
    cr_expect_null(registry);
}
