/* How current what the daemons say of the member is: their own pages, for the member's partition and for tables read whole. */
#include "member_page.h"

#include <stdio.h>

#include "base/buf.h"

#define PAGE_BYTES_MAX ((size_t)16 << 20)

static json_t *page_of(const json_t *daemon)
{
    struct ho_buf body;
    ho_buf_init(&body, PAGE_BYTES_MAX);
    int code = ho_http_get(ho_text_of(daemon, "http"), "/status", &body);
    json_t *page = code == 200 ? json_loadb(body.data, body.len, 0, NULL) : NULL;
    ho_buf_release(&body);
    return page;
}

/* Identity is keyed by feed: any of its partitions may hold a message of the member. */
static bool concerns(const struct member_page *m, const char *daemon, const json_t *row)
{
    const char *topic = ho_text_of(row, "topic");
    return strcmp(daemon, "identity") == 0 || strcmp(topic, "providers") == 0 || strcmp(topic, "facilities") == 0 ||
           member_number(row, "partition") == m->partition;
}

/* Records left to read; -1: a log's end is not known. */
static int64_t lag_of(const struct member_page *m, const char *daemon, const json_t *rows, json_t *ret_positions)
{
    int64_t lag = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        if (!concerns(m, daemon, row))
            continue;
        int64_t one = member_number(row, "lag");
        lag = one < 0 || lag < 0 ? -1 : lag + one;
        json_array_append(ret_positions, row);
    }
    return lag;
}

static const json_t *applied_of(const struct member_page *m, const json_t *page)
{
    const json_t *rows = json_object_get(page, "applied");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (member_number(json_array_get(rows, i), "partition") == m->partition)
            return json_array_get(rows, i);
    return NULL;
}

/* What is wrong with a daemon's state, in words; "" when nothing is. */
static void verdict(char out[160], const json_t *page, const json_t *applied, int64_t lag)
{
    out[0] = '\0';
    if (!page)
        snprintf(out, 160, "is not running");
    else if (strcmp(ho_text_of(page, "state"), "running") != 0)
        snprintf(out, 160, "is %.60s: %.80s", ho_text_of(page, "state"), ho_text_of(page, "reason"));
    else if (lag < 0)
        snprintf(out, 160, "does not know the end of its topics");
    else if (lag > 0)
        snprintf(out, 160, "has %lld records to read", (long long)lag);
    else if (json_object_get(page, "applied") && !applied)
        snprintf(out, 160, "does not hold the member's partition");
}

static void add_daemon(struct member_page *m, const json_t *daemon, json_t *list, json_t *stale)
{
    char wrong[160];
    const char *name = ho_text_of(daemon, "name");
    json_t *page = page_of(daemon), *positions = json_array();
    const json_t *applied = applied_of(m, page);
    int64_t lag = lag_of(m, name, json_object_get(page, "partitions"), positions);
    verdict(wrong, page, applied, lag + member_number(page, "in_flight"));
    json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:O,s:o,s:o,s:b,s:o}", "name", name, "state", page ? ho_text_of(page, "state") : "",
                                          "lag", (json_int_t)lag, "applied",
                                          applied ? json_object_get(applied, "applied") : json_null(), "time",
                                          member_time(member_number(applied, "time_ms")), "positions", positions, "has_state",
                                          json_object_get(m->states, name) != NULL, "wrong", *wrong ? json_string(wrong) : json_null()));
    if (*wrong)
        json_array_append_new(stale, json_string(name));
    json_decref(page);
}

void member_daemons(struct member_page *m)
{
    const json_t *daemons = json_object_get(m->stack->json, "daemons");
    json_t *list = json_array(), *stale = json_array();
    for (size_t i = 0; i < json_array_size(daemons); i++)
        add_daemon(m, json_array_get(daemons, i), list, stale);
    json_object_set_new(m->page, "daemons", list);
    json_object_set_new(m->page, "stale", stale);
}
