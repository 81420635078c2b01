/* ho member: one member's story on a page, for a nurse during a call and for an auditor. */
#include "member_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "clock/clock.h"

#define EXIT_STALE 3

const json_t *member_at(const json_t *value, const char *path)
{
    char name[64];
    while (value && *path) {
        size_t len = strcspn(path, ".");
        value = json_object_get(value, ho_slice_copy((struct ho_slice){path, len}, name, sizeof name));
        path += len + (path[len] == '.');
    }
    return value;
}

const char *member_text(const json_t *value, const char *path)
{
    const char *text = json_string_value(member_at(value, path));
    return text ? text : "";
}

int64_t member_number(const json_t *value, const char *path)
{
    return json_integer_value(member_at(value, path));
}

json_t *member_time(int64_t utc_ms)
{
    char text[HO_UTC_SIZE];
    return utc_ms ? json_string(ho_utc_format(utc_ms, text)) : json_null();
}

json_t *member_clock(const json_t *value, const char *path)
{
    char text[HO_UTC_SIZE], path_of[64];
    snprintf(path_of, sizeof path_of, "%s.utc_ms", path);
    int64_t utc_ms = member_number(value, path_of);
    snprintf(path_of, sizeof path_of, "%s.offset_min", path);
    const json_t *offset = member_at(value, path_of);
    int minutes = (int)json_integer_value(offset);
    if (!utc_ms || !json_is_integer(offset))
        return member_time(utc_ms);
    ho_utc_format(utc_ms + minutes * INT64_C(60000), text);
    return json_sprintf("%.19s%c%02d:%02d", text, minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
}

json_t *member_private(struct member_page *m, const char *what, const char *text)
{
    if (*text && !m->phi)
        json_object_set_new(m->hidden, what, json_true());
    return *text && m->phi ? json_string(text) : json_null();
}

json_t *member_place(struct member_page *m, const char *text)
{
    return json_object_get(m->sensitive, text) ? member_private(m, "facilities whose name tells of the treatment", text)
                                               : json_string(text);
}

/* Whether any source but the roster's tables has something of the member. */
static bool is_known(const struct member_page *m)
{
    const char *topic;
    json_t *rows;
    bool known = json_object_size(m->states) != 0;
    json_object_foreach(m->records, topic, rows)
        known |= json_array_size(rows) && strcmp(topic, "providers") != 0 && strcmp(topic, "facilities") != 0;
    return known;
}

static void make_page(struct member_page *m)
{
    const char *name;
    json_t *value, *hidden = json_array();
    m->page = json_pack("{s:s,s:o,s:b}", "member_id", m->id, "as_of", member_time(m->at_ms), "past", m->past);
    member_header(m);
    member_identifiers(m);
    member_stays(m);
    member_risk(m);
    member_line(m);
    member_alerts(m);
    member_dead(m);
    /* careplan is no part of this version: an empty list would say that there is nothing to do. */
    json_object_set_new(m->page, "open_work", json_null());
    member_daemons(m);
    json_object_foreach(m->hidden, name, value)
        json_array_append_new(hidden, json_string(name));
    json_object_set_new(m->page, "hidden", hidden);
}

static void print_page(const struct member_page *m)
{
    char *text = m->stack->as_json ? json_dumps(m->page, JSON_COMPACT) : NULL;
    if (text)
        printf("%s\n", text);
    else
        member_print(m->page);
    ho_free(text);
}

static void release(struct member_page *m)
{
    json_t *all[] = {m->schemas, m->records, m->states, m->hidden, m->sensitive, m->page};
    for (size_t i = 0; i < HO_LENGTH(all); i++)
        json_decref(all[i]);
}

int ho_cmd_member(struct ho_stack *stack, int argc, char **argv)
{
    struct member_page m = {.stack = stack, .phi = ho_take_flag(&argc, argv, "--phi"), .at_ms = ho_clock_now_ms()};
    const char *at = ho_take_option(&argc, argv, "--at", NULL);
    ho_check_words("member", argc, argv, 1, 1);
    if (at && !ho_utc_parse(ho_slice_of(at), &m.at_ms))
        return ho_complain(HO_EXIT_USAGE, "--at wants 2026-01-31 or 2026-01-31T08:00:00Z, not \"%s\"", at);
    m.id = argv[0];
    m.past = at != NULL;
    m.schemas = json_object();
    m.records = json_object();
    m.states = json_object();
    m.hidden = json_object();
    m.sensitive = json_object();
    member_read(&m);
    int code = is_known(&m) ? 0 : ho_complain(HO_EXIT_NOT_FOUND, "no daemon knows member %s", m.id);
    if (code == 0) {
        make_page(&m);
        print_page(&m);
        code = json_array_size(json_object_get(m.page, "stale")) ? EXIT_STALE : 0;
    }
    release(&m);
    return code;
}
