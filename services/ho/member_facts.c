/* Who the member is on that date, by which identifiers hospitals know them, and what risk says. */
#include "member_page.h"

#include <stdio.h>

#include "base/calendar.h"
#include "clock/zone.h"

/* The newest row that was known; else the oldest that is left, whose spans are dated. */
static const json_t *row_of(const struct member_page *m, bool *ret_later)
{
    const json_t *rows = member_records(m, "members");
    size_t at = 0;
    while (at + 1 < json_array_size(rows) && member_number(json_array_get(rows, at + 1), "at_ms") <= m->at_ms)
        at++;
    const json_t *record = json_array_get(rows, at);
    *ret_later = member_number(record, "at_ms") > m->at_ms;
    return json_object_get(record, "value");
}

/* yyyymmdd of at_ms where the member lives; UTC where the row names no zone. */
static int32_t date_of(const struct member_page *m, const char *zone_name)
{
    struct ho_zone zone;
    int64_t local_ms = m->at_ms;
    if (*zone_name && ho_zone_load(&zone, zone_name, NULL) == HO_OK) {
        local_ms += ho_zone_offset_min(&zone, m->at_ms) * INT64_C(60000);
        ho_zone_release(&zone);
    }
    return ho_date_of_days(local_ms / HO_DAY_MS);
}

/* The last span of the list that holds the date; of the role, when one is given. */
static const json_t *span_of(const json_t *list, int32_t date, const char *role)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *span = json_array_get(list, i);
        int64_t to = member_number(span, "to");
        if (member_number(span, "from") <= date && (to == 0 || date <= to) && (!role || strcmp(member_text(span, "role"), role) == 0))
            found = span;
    }
    return found;
}

static json_t *copy_of(const json_t *value)
{
    json_t *copy = value ? json_deep_copy(value) : NULL;
    return copy ? copy : json_null();
}

static json_t *pcp_of(const struct member_page *m, const json_t *span)
{
    const json_t *rows = member_records(m, "providers"), *found = NULL;
    if (!span)
        return json_null();
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(member_text(json_array_get(rows, i), "key"), member_text(span, "provider_id")) == 0)
            found = json_object_get(json_array_get(rows, i), "value");
    return json_pack("{s:s,s:I,s:I,s:b,s:s,s:s,s:s}", "provider_id", member_text(span, "provider_id"), "from",
                     (json_int_t)member_number(span, "from"), "to", (json_int_t)member_number(span, "to"), "known", json_is_object(found),
                     "family", member_text(found, "family"), "given", member_text(found, "given"), "phone", member_text(found, "phone"));
}

/* Ages from 90 on identify a person (45 CFR 164.514(b)(2)(i)(C)). */
static json_t *age_of(struct member_page *m, int32_t birth, int32_t date)
{
    int age = birth ? (date - birth) / 10000 : -1;
    if (age < 0)
        return json_null();
    return age >= 90 && !m->phi ? member_private(m, "an age of 90 or over", "90") : json_integer(age);
}

static void add_person(struct member_page *m, json_t *out, const json_t *row)
{
    char name[512];
    snprintf(name, sizeof name, "%s, %s", member_text(row, "family"), member_text(row, "given"));
    json_object_set_new(out, "name", member_private(m, "name", name));
    snprintf(name, sizeof name, "%lld", (long long)member_number(row, "birth_date"));
    json_object_set_new(out, "birth_date", member_private(m, "birth date", name));
    json_object_set_new(out, "phone", member_private(m, "phones", member_text(row, "phone")));
    json_object_set_new(out, "caregiver", member_private(m, "caregiver", member_text(row, "caregiver_name")));
    json_object_set_new(out, "caregiver_phone", member_private(m, "phones", member_text(row, "caregiver_phone")));
    json_object_set_new(out, "replaced_by", member_private(m, "ids of other members", member_text(row, "replaced_by")));
}

void member_header(struct member_page *m)
{
    bool later = false;
    const json_t *row = row_of(m, &later);
    json_t *out = json_object();
    json_object_set_new(m->page, "header", json_is_object(row) ? out : json_null());
    if (!json_is_object(row)) {
        json_decref(out);
        return;
    }
    int32_t date = date_of(m, member_text(row, "zone"));
    json_object_set_new(out, "date", json_integer(date));
    json_object_set_new(out, "zone", json_string(*member_text(row, "zone") ? member_text(row, "zone") : "UTC"));
    json_object_set_new(out, "row_is_later", json_boolean(later));
    add_person(m, out, row);
    json_object_set_new(out, "age", age_of(m, (int32_t)member_number(row, "birth_date"), date));
    json_object_set_new(out, "sex", json_string(member_text(row, "sex")));
    json_object_set_new(out, "language", json_string(member_text(row, "language")));
    json_object_set_new(out, "interpreter", json_boolean(json_is_true(json_object_get(row, "interpreter"))));
    json_object_set_new(out, "deceased_date", json_integer(member_number(row, "deceased_date")));
    json_object_set_new(out, "coverage", copy_of(span_of(json_object_get(row, "coverage"), date, NULL)));
    json_object_set_new(out, "pcp", pcp_of(m, span_of(json_object_get(row, "pcp"), date, NULL)));
    json_object_set_new(out, "contact", copy_of(span_of(json_object_get(row, "care_team"), date, "contact")));
    json_object_set_new(out, "opt_outs", copy_of(json_object_get(row, "opt_outs"))); /* null: the record has none */
}

/* What --phi alone shows of an identifier is its number; feed, rule and count are the evidence. */
static void add_identifier(struct member_page *m, json_t *seen, const json_t *record)
{
    char key[512];
    const json_t *adt = json_object_get(record, "value");
    snprintf(key, sizeof key, "%s/%s/%s", member_text(adt, "feed"), member_text(adt, "patient"), member_text(adt, "match_rule"));
    json_t *one = json_object_get(seen, key);
    if (!one) {
        one = json_pack("{s:o,s:o,s:s,s:s,s:I,s:o}", "feed", member_place(m, member_text(adt, "feed")), "number",
                        member_private(m, "hospital's numbers", member_text(adt, "patient")), "rule", member_text(adt, "match_rule"),
                        "policy", member_text(adt, "match_policy"), "messages", (json_int_t)0, "first",
                        member_time(member_number(record, "at_ms")));
        json_object_set_new(seen, key, one);
    }
    json_object_set_new(one, "messages", json_integer(member_number(one, "messages") + 1));
    json_object_set_new(one, "last", member_time(member_number(record, "at_ms")));
}

static json_t *merge_of(struct member_page *m, const json_t *record)
{
    const json_t *adt = json_object_get(record, "value");
    bool away = strcmp(member_text(adt, "move.from"), m->id) == 0;
    const char *other = member_text(adt, away ? "move.to" : "move.from");
    return json_pack("{s:o,s:s,s:o,s:b,s:o,s:s,s:s,s:s}", "at", member_time(member_number(record, "at_ms")), "direction",
                     away ? "away" : "here", "other", member_private(m, "ids of other members", other), "other_known", *other != '\0',
                     "feed", member_place(m, member_text(adt, "feed")), "event", member_text(adt, "event"), "control_id",
                     member_text(adt, "control_id"), "rule", member_text(adt, "match_rule"));
}

static void add_moves_here(struct member_page *m, json_t *merges)
{
    const json_t *rows = member_records(m, "encounters.moves");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *record = json_array_get(rows, i), *move = json_object_get(record, "value");
        json_array_append_new(merges, json_pack("{s:o,s:s,s:o,s:b,s:o,s:s,s:s,s:s}", "at", member_time(member_number(record, "at_ms")),
                                                "direction", "here", "other",
                                                member_private(m, "ids of other members", member_text(move, "from")), "other_known", 1,
                                                "feed", member_place(m, member_text(move, "visit.feed")), "event", "", "control_id", "",
                                                "rule", member_text(move, "rule")));
    }
}

void member_identifiers(struct member_page *m)
{
    const json_t *rows = member_records(m, "adt.matched");
    json_t *seen = json_object(), *list = json_array(), *merges = json_array(), *one;
    const char *key;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *record = json_array_get(rows, i);
        if (json_is_object(member_at(record, "value.move")))
            json_array_append_new(merges, merge_of(m, record));
        else
            add_identifier(m, seen, record);
    }
    json_object_foreach(seen, key, one)
        json_array_append(list, one);
    json_decref(seen);
    add_moves_here(m, merges);
    json_object_set_new(m->page, "identifiers", list);
    json_object_set_new(m->page, "merges", merges);
}

void member_risk(struct member_page *m)
{
    const json_t *rows = member_records(m, "care.risk");
    const json_t *record = json_array_get(rows, json_array_size(rows) - 1);
    json_t *risk = json_array_size(rows) ? copy_of(json_object_get(record, "value")) : json_null();
    if (json_is_object(risk)) {
        json_object_del(risk, "member_id");
        json_object_set_new(risk, "told", member_time(member_number(record, "at_ms")));
        if (json_is_object(json_object_get(risk, "override")))
            json_object_set_new(json_object_get(risk, "override"), "reason",
                                member_private(m, "free texts", member_text(risk, "override.reason")));
    }
    json_object_set_new(m->page, "risk", risk);
}
