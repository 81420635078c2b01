#include "registry/registry.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "clock/clock.h"

#define BODY_BYTES_MAX ((size_t)8 << 20)
#define UNKNOWN_US 2000000 /* registry.2 */
#define AWAY_US 1000000    /* registry.3 */
#define URL_SIZE 1024
#define MEDIA "application/vnd.schemaregistry.v1+json"

struct known {
    int32_t id;
    struct ho_slice schema; /* absent: was not known when it was asked for */
    int64_t asked_us;
};

struct ho_registry {
    char url[URL_SIZE];
    CURL *curl;
    struct curl_slist *headers;
    char words[CURL_ERROR_SIZE];
    struct ho_buf answer;
    struct ho_arena arena; /* of the schemas */
    struct known *known;
    size_t count, cap;
    int64_t away_until_us;
    struct ho_error away;
};

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct ho_buf *answer = arg;
    ho_buf_append(answer, data, size * count);
    return answer->full ? 0 : size * count;
}

enum ho_status ho_registry_new(const char *url, int64_t timeout_ms, struct ho_registry **ret_registry, struct ho_error *err)
{
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || strlen(url) > URL_SIZE / 2)
        return ho_fail(err, HO_INVALID, "registry.url: http://host:port or https://host:port is wanted");
    HO_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    struct ho_registry *registry = ho_calloc(1, sizeof *registry);
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    snprintf(registry->url, sizeof registry->url, "%.*s", (int)len, url);
    ho_buf_init(&registry->answer, BODY_BYTES_MAX);
    registry->curl = curl_easy_init();
    registry->headers = curl_slist_append(NULL, "Content-Type: " MEDIA);
    registry->headers = curl_slist_append(registry->headers, "Accept: " MEDIA);
    HO_ASSERT(registry->curl && registry->headers);
    curl_easy_setopt(registry->curl, CURLOPT_HTTPHEADER, registry->headers);
    curl_easy_setopt(registry->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(registry->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(registry->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(registry->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(registry->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(registry->curl, CURLOPT_WRITEDATA, &registry->answer);
    curl_easy_setopt(registry->curl, CURLOPT_ERRORBUFFER, registry->words);
    *ret_registry = registry;
    return HO_OK;
}

void ho_registry_free(struct ho_registry *registry)
{
    if (!registry)
        return;
    curl_easy_cleanup(registry->curl);
    curl_slist_free_all(registry->headers);
    ho_buf_release(&registry->answer);
    ho_arena_release(&registry->arena);
    ho_free(registry->known);
    ho_free(registry);
}

/* registry.4. The registry's own words are of schemas and subjects, never of a person. */
static enum ho_status refused(long code, const json_t *answer, struct ho_error *err)
{
    const char *words = json_string_value(json_object_get(answer, "message"));
    if (code == 404)
        return ho_fail(err, HO_NOT_FOUND, "the registry knows no such schema");
    bool final = code == 409 || code == 422;
    return ho_fail(err, final ? HO_INVALID : HO_AWAY, "the registry answers %ld: %.200s", code, words ? words : "no reason given");
}

/* One call; *ret_answer is the caller's. body NULL: GET. */
static enum ho_status call(struct ho_registry *registry, const char *path, const char *body, json_t **ret_answer,
                           struct ho_error *err)
{
    char url[2 * URL_SIZE];
    long code = 0;
    if (ho_clock_monotonic_us() < registry->away_until_us)
        return ho_fail(err, HO_AWAY, "%s", registry->away.text);
    snprintf(url, sizeof url, "%s%s", registry->url, path);
    ho_buf_clear(&registry->answer);
    registry->words[0] = '\0';
    curl_easy_setopt(registry->curl, CURLOPT_URL, url);
    curl_easy_setopt(registry->curl, CURLOPT_HTTPGET, 1L);
    if (body)
        curl_easy_setopt(registry->curl, CURLOPT_POSTFIELDS, body);
    CURLcode rc = curl_easy_perform(registry->curl);
    curl_easy_getinfo(registry->curl, CURLINFO_RESPONSE_CODE, &code);
    json_t *answer = rc ? NULL : json_loadb(registry->answer.data ? registry->answer.data : "", registry->answer.len, 0, NULL);
    enum ho_status status = HO_OK;
    if (rc)
        status = ho_fail(err, HO_AWAY, "the registry does not answer: %s", registry->words[0] ? registry->words : curl_easy_strerror(rc));
    else if (code < 200 || code > 299)
        status = refused(code, answer, err);
    else if (!json_is_object(answer))
        status = ho_fail(err, HO_AWAY, "the registry's answer is not JSON");
    if (status == HO_OK)
        *ret_answer = answer;
    else
        json_decref(answer);
    if (status == HO_AWAY) {
        registry->away_until_us = ho_clock_monotonic_us() + AWAY_US;
        snprintf(registry->away.text, sizeof registry->away.text, "%s", err ? err->text : "the registry is away");
    }
    return status;
}

static int append(const char *text, size_t len, void *out)
{
    ho_buf_append(out, text, len);
    return 0;
}

enum ho_status ho_registry_register(struct ho_registry *registry, const char *subject, struct ho_slice schema,
                                    int32_t *ret_id, struct ho_error *err)
{
    char path[URL_SIZE];
    struct ho_buf body;
    json_t *answer = NULL, *question = json_pack("{s:s%}", "schema", schema.ptr, schema.len);
    char *escaped = curl_easy_escape(registry->curl, subject, 0);
    snprintf(path, sizeof path, "/subjects/%s/versions", escaped);
    curl_free(escaped);
    ho_buf_init(&body, BODY_BYTES_MAX);
    json_dump_callback(question, append, &body, JSON_COMPACT);
    ho_buf_append_byte(&body, '\0');
    json_decref(question);
    enum ho_status status = call(registry, path, body.data, &answer, err);
    if (status == HO_NOT_FOUND)
        status = ho_fail(err, HO_AWAY, "the registry does not take schemas: 404 for %s", path);
    ho_buf_release(&body);
    if (status != HO_OK)
        return status;
    *ret_id = (int32_t)json_integer_value(json_object_get(answer, "id"));
    if (!json_is_integer(json_object_get(answer, "id")))
        status = ho_fail(err, HO_AWAY, "the registry's answer has no id");
    json_decref(answer);
    return status;
}

static struct known *row_of(struct ho_registry *registry, int32_t id)
{
    for (size_t i = registry->count; i-- > 0;)
        if (registry->known[i].id == id)
            return &registry->known[i];
    if (registry->count == registry->cap) {
        registry->cap = registry->cap ? 2 * registry->cap : 16;
        registry->known = ho_realloc(registry->known, registry->cap * sizeof *registry->known);
    }
    registry->known[registry->count] = (struct known){.id = id, .asked_us = -UNKNOWN_US};
    return &registry->known[registry->count++];
}

enum ho_status ho_registry_schema(struct ho_registry *registry, int32_t id, struct ho_slice *ret_schema, struct ho_error *err)
{
    char path[64];
    json_t *answer = NULL;
    struct known *known = row_of(registry, id);
    int64_t now_us = ho_clock_monotonic_us();
    if (!known->schema.ptr && now_us - known->asked_us < UNKNOWN_US)
        return ho_fail(err, HO_NOT_FOUND, "the registry knows no schema %d", id);
    if (!known->schema.ptr) {
        snprintf(path, sizeof path, "/schemas/ids/%d", id);
        enum ho_status status = call(registry, path, NULL, &answer, err);
        if (status == HO_NOT_FOUND) {
            known->asked_us = now_us;
            return ho_fail(err, HO_NOT_FOUND, "the registry knows no schema %d", id);
        }
        if (status != HO_OK)
            return status;
        const char *text = json_string_value(json_object_get(answer, "schema"));
        known->schema = text ? ho_arena_slice(&registry->arena, ho_slice_of(text)) : (struct ho_slice){NULL, 0};
        json_decref(answer);
        if (!known->schema.ptr)
            return ho_fail(err, HO_INVALID, "schema %d: the registry's answer has no schema", id);
    }
    *ret_schema = known->schema;
    return HO_OK;
}
