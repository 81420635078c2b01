/* Where the member is: what care.events tells of stays that began and have not ended, and the last one that has. */
#include "member_page.h"

struct pair {
    const char *begins, *ends, *words;
};
static const struct pair pairs[] = {{"ADMITTED", "DISCHARGED", "inpatient stay"},
                                    {"OBSERVATION_STARTED", "OBSERVATION_ENDED", "observation"},
                                    {"ER_ARRIVED", "ER_DEPARTED", "ER visit"}};

/* The last revision of every event, by event id, unless it is void. */
static json_t *standing(const struct member_page *m)
{
    const json_t *rows = member_records(m, "care.events");
    json_t *out = json_object();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *event = json_object_get(json_array_get(rows, i), "value");
        const json_t *known = json_object_get(out, member_text(event, "event_id"));
        if (member_number(event, "revision") > member_number(known, "revision"))
            json_object_set(out, member_text(event, "event_id"), event);
    }
    return out;
}

/* The event of that kind of an encounter, NULL where there is none or it is void. */
static json_t *event_of(json_t *events, const char *encounter, const char *kind)
{
    const char *id;
    json_t *event;
    json_object_foreach(events, id, event)
        if (strcmp(member_text(event, "encounter_id"), encounter) == 0 && strcmp(member_text(event, "kind"), kind) == 0 &&
            strcmp(member_text(event, "change"), "VOIDED") != 0)
            return event;
    return NULL;
}

/* A leave that began after the last one ended, if any. */
static bool on_leave(json_t *events, const char *encounter)
{
    const char *id;
    json_t *event;
    int64_t away = 0, back = 0;
    json_object_foreach(events, id, event) {
        int64_t at = member_number(event, "occurred.utc_ms");
        if (strcmp(member_text(event, "encounter_id"), encounter) != 0 || strcmp(member_text(event, "change"), "VOIDED") == 0)
            continue;
        if (strcmp(member_text(event, "kind"), "LEAVE_STARTED") == 0)
            away = at > away ? at : away;
        if (strcmp(member_text(event, "kind"), "LEAVE_ENDED") == 0)
            back = at > back ? at : back;
    }
    return away > back;
}

static json_t *stay_of(struct member_page *m, json_t *events, const json_t *begin, const json_t *end, const char *words)
{
    const char *encounter = member_text(begin, "encounter_id");
    const json_t *latest = event_of(events, encounter, "UPDATED");
    latest = latest ? latest : begin;
    json_t *out = json_pack("{s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:s,s:b,s:b,s:o}", "what", words, "encounter_id", encounter,
                            "began", member_clock(begin, "occurred"), "feed",
                            member_place(m, member_text(begin, "feed")), "facility", member_place(m, member_text(begin, "facility")),
                            "class", member_text(begin, "encounter_class"), "visit",
                            member_private(m, "hospital's numbers", member_text(begin, "visit")), "unit",
                            member_private(m, "units", member_text(latest, "point_of_care")), "attending",
                            member_private(m, "attending", member_text(latest, "attending_name")), "expected_discharge",
                            member_clock(latest, "expected"), "admission_type", member_text(latest, "admission_type"),
                            "by_er", json_is_true(json_object_get(begin, "arrived_by_er")), "on_leave", on_leave(events, encounter),
                            "ended", member_clock(end, "occurred"));
    json_object_set_new(out, "disposition", json_string(member_text(end, "disposition_class")));
    json_object_set_new(out, "presumed_end", json_boolean(json_is_true(json_object_get(end, "presumed"))));
    json_object_set_new(out, "died", json_boolean(json_is_true(json_object_get(end, "death"))));
    return out;
}

void member_stays(struct member_page *m)
{
    json_t *events = standing(m), *current = json_array(), *event, *last_begin = NULL, *last_end = NULL;
    const char *id, *last_words = "";
    json_object_foreach(events, id, event)
        for (size_t i = 0; i < HO_LENGTH(pairs); i++) {
            if (strcmp(member_text(event, "kind"), pairs[i].begins) != 0 || strcmp(member_text(event, "change"), "VOIDED") == 0)
                continue;
            json_t *end = event_of(events, member_text(event, "encounter_id"), pairs[i].ends);
            if (!end)
                json_array_append_new(current, stay_of(m, events, event, NULL, pairs[i].words));
            else if (!last_begin || member_number(event, "occurred.utc_ms") > member_number(last_begin, "occurred.utc_ms")) {
                last_begin = event;
                last_end = end;
                last_words = pairs[i].words;
            }
        }
    json_object_set_new(m->page, "current", current);
    json_object_set_new(m->page, "last", last_begin ? stay_of(m, events, last_begin, last_end, last_words) : json_null());
    json_decref(events);
}
