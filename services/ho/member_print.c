/*
 * The page in words, to be read during a call. Times of what happened are the hospital's clock; those of this system, and
 * where that clock is not known, are UTC and end in Z. Dates are those where the member lives.
 */
#include "member_page.h"

#include <inttypes.h>
#include <stdio.h>

static const char *or_hidden(const json_t *value, const char *path)
{
    const json_t *found = member_at(value, path);
    return json_is_string(found) ? json_string_value(found) : "(hidden)";
}

static bool flag(const json_t *value, const char *path)
{
    return json_is_true(member_at(value, path));
}

/* "2026-11-02 11:30" of an ISO text, with its Z. */
static const char *minute(const json_t *value, const char *path, char out[20])
{
    const char *text = member_text(value, path);
    if (!*text)
        return "time not sent";
    snprintf(out, 20, "%.10s %.5s%s", text, strlen(text) > 11 ? text + 11 : "", text[strlen(text) - 1] == 'Z' ? "Z" : "");
    return out;
}

/* "2026-11-02" of 20261102; ret of at least 16 bytes. */
static const char *day(int64_t date, char out[16])
{
    if (date == 0)
        return "open";
    snprintf(out, 16, "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
    return out;
}

static const char *span(int64_t ms, char out[32])
{
    const char *sign = ms < 0 ? "-" : "+";
    int64_t s = (ms < 0 ? -ms : ms) / 1000;
    if (s < 120)
        snprintf(out, 32, "%s%" PRId64 " s", sign, s);
    else if (s < 7200)
        snprintf(out, 32, "%s%" PRId64 " min", sign, s / 60);
    else if (s < 172800)
        snprintf(out, 32, "%s%" PRId64 " h", sign, s / 3600);
    else
        snprintf(out, 32, "%s%" PRId64 " days", sign, s / 86400);
    return out;
}

static void print_cover(const json_t *header)
{
    char from[16], to[16], date[16];
    const json_t *cover = member_at(header, "coverage"), *pcp = member_at(header, "pcp"), *contact = member_at(header, "contact");
    day(member_number(header, "date"), date);
    if (member_number(header, "deceased_date"))
        printf("  DECEASED on %s\n", day(member_number(header, "deceased_date"), from));
    if (json_is_object(cover))
        printf("  covered %s to %s%s%s%s\n", day(member_number(cover, "from"), from), day(member_number(cover, "to"), to),
               *member_text(cover, "plan") ? ", plan " : "", member_text(cover, "plan"), flag(cover, "hospice") ? ", IN HOSPICE" : "");
    else
        printf("  NOT COVERED on %s\n", date);
    if (json_is_object(pcp))
        printf("  PCP %s %s%s%s %s, %s to %s%s\n", member_text(pcp, "provider_id"), member_text(pcp, "family"),
               *member_text(pcp, "given") ? ", " : "", member_text(pcp, "given"), member_text(pcp, "phone"),
               day(member_number(pcp, "from"), from), day(member_number(pcp, "to"), to),
               flag(pcp, "known") ? "" : "; no row of providers names him");
    else
        printf("  NO PCP on %s\n", date);
    if (json_is_object(contact))
        printf("  contact at the plan: %s %s\n", member_text(contact, "name"), member_text(contact, "phone"));
    else
        printf("  no contact at the plan on %s\n", date);
}

static void print_header(const json_t *page)
{
    const json_t *header = member_at(page, "header");
    bool hidden = json_array_size(member_at(page, "hidden")) != 0;
    char age[24];
    printf("member %s", member_text(page, "member_id"));
    if (!json_is_object(header))
        printf("  (no row of members has come)\n");
    else if (hidden)
        printf("  (name and birth date are hidden; --phi shows them)\n");
    else
        printf("  %s  born %s\n", member_text(header, "name"), member_text(header, "birth_date"));
    printf("  as of %s UTC: what was known %s, by Kafka timestamps\n", member_text(page, "as_of"), flag(page, "past") ? "then" : "now");
    if (!json_is_object(header))
        return;
    if (flag(header, "row_is_later"))
        printf("  the row of members of that time is gone: name, language and spans are as a later row has them\n");
    snprintf(age, sizeof age, "%" PRId64, member_number(header, "age"));
    printf("  age %s, sex %s; language %s; %s; opt-outs: %s\n", json_is_integer(member_at(header, "age")) ? age : "hidden or not known",
           member_text(header, "sex"), *member_text(header, "language") ? member_text(header, "language") : "not known",
           flag(header, "interpreter") ? "NEEDS AN INTERPRETER" : "no interpreter needed",
           json_is_null(member_at(header, "opt_outs")) ? "the record of members has no field for them" : "see --json");
    if (json_is_string(member_at(header, "phone")))
        printf("  phone %s", member_text(header, "phone"));
    if (json_is_string(member_at(header, "caregiver")))
        printf("  caregiver %s %s", member_text(header, "caregiver"), member_text(header, "caregiver_phone"));
    if (json_is_string(member_at(header, "phone")) || json_is_string(member_at(header, "caregiver")))
        printf("\n");
    print_cover(header);
}

static void print_stay(const json_t *stay)
{
    char begin[20], end[20];
    printf("  %s since %s at %s%s%s", member_text(stay, "what"), minute(stay, "began", begin), or_hidden(stay, "facility"),
           flag(stay, "by_er") ? ", by the ER" : "", flag(stay, "on_leave") ? ", ON LEAVE: the bed is kept" : "");
    if (*member_text(stay, "visit"))
        printf(", visit %s, unit %s, attending %s", member_text(stay, "visit"), member_text(stay, "unit"), member_text(stay, "attending"));
    if (*member_text(stay, "expected_discharge"))
        printf(", discharge expected %s", minute(stay, "expected_discharge", end));
    if (*member_text(stay, "ended") || *member_text(stay, "disposition"))
        printf("; ended %s, %s%s%s", minute(stay, "ended", end), member_text(stay, "disposition"),
               flag(stay, "presumed_end") ? ", presumed: no message said it" : "", flag(stay, "died") ? ", DIED" : "");
    printf("\n");
}

static void print_stays(const json_t *page)
{
    const json_t *current = member_at(page, "current"), *last = member_at(page, "last");
    printf("\nnow\n");
    for (size_t i = 0; i < json_array_size(current); i++)
        print_stay(json_array_get(current, i));
    if (json_array_size(current) == 0)
        printf("  in no hospital, as far as messages tell%s\n", json_is_object(last) ? "; the last one:" : "");
    if (json_array_size(current) == 0 && json_is_object(last))
        print_stay(last);
}

static void print_counts(const json_t *risk)
{
    const json_t *lace = member_at(risk, "lace"), *gaps = member_at(risk, "gaps");
    if (json_is_object(lace))
        printf("  LACE %" PRId64 "%s\n", member_number(lace, "total"), flag(lace, "provisional") ? ", to date" : "");
    printf("  ER visits %" PRId64 " in 30 days, %" PRId64 " in 12 months; admissions %" PRId64 " and %" PRId64 "\n",
           member_number(risk, "er_visits.days_30"), member_number(risk, "er_visits.months_12"),
           member_number(risk, "admissions.days_30"), member_number(risk, "admissions.months_12"));
    for (size_t i = 0; i < json_array_size(gaps); i++)
        printf("%s%s", i ? ", " : "  not known: ", json_string_value(json_array_get(gaps, i)));
    printf("%s  It directs care; no decision about coverage may rest on it.\n", json_array_size(gaps) ? "\n" : "");
}

static void print_risk(const json_t *page)
{
    char since[16], as_of[16], until[16];
    const json_t *risk = member_at(page, "risk"), *reasons = member_at(risk, "reasons"), *override = member_at(risk, "override");
    printf("\nrisk\n");
    if (!json_is_object(risk)) {
        printf("  nothing was told of it\n");
        return;
    }
    printf("  %s", member_text(risk, "tier"));
    if (member_number(risk, "changed_at"))
        printf(" since %s, before %s", day(member_number(risk, "changed_at"), since), member_text(risk, "previous_tier"));
    if (member_number(risk, "held_until"))
        printf(", held until %s above %s", day(member_number(risk, "held_until"), until), member_text(risk, "computed_tier"));
    printf("; %" PRId64 " points; as of %s by %s\n", member_number(risk, "points"), day(member_number(risk, "as_of"), as_of),
           member_text(risk, "policy"));
    if (json_is_object(override))
        printf("  set to %s by %s: %s\n", member_text(override, "tier"), member_text(override, "by"), or_hidden(override, "reason"));
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *reason = json_array_get(reasons, i);
        printf("  %-9s %-8s %2" PRId64 "  %s\n", member_text(reason, "rule"), member_text(reason, "tier"), member_number(reason, "points"),
               member_text(reason, "words"));
    }
    print_counts(risk);
}

static void print_identifiers(const json_t *page)
{
    char first[20], last[20];
    const json_t *list = member_at(page, "identifiers"), *merges = member_at(page, "merges");
    printf("\nidentifiers\n");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        printf("  feed %s number %s: %" PRId64 " messages, %s to %s, by %s (%s)\n", or_hidden(one, "feed"), or_hidden(one, "number"),
               member_number(one, "messages"), minute(one, "first", first), minute(one, "last", last), member_text(one, "rule"),
               member_text(one, "policy"));
    }
    for (size_t i = 0; i < json_array_size(merges); i++) {
        const json_t *one = json_array_get(merges, i);
        printf("  %s facts moved %s member %s, feed %s, %s %s, by %s\n", minute(one, "at", first),
               strcmp(member_text(one, "direction"), "away") == 0 ? "away to" : "here from",
               flag(one, "other_known") ? or_hidden(one, "other") : "nobody known", or_hidden(one, "feed"), member_text(one, "event"),
               member_text(one, "control_id"), member_text(one, "rule"));
    }
    if (*member_text(page, "header.replaced_by"))
        printf("  this id is replaced by %s\n", member_text(page, "header.replaced_by"));
    if (json_array_size(list) + json_array_size(merges) == 0)
        printf("  no message has come\n");
}

static void print_effects(const json_t *entry)
{
    char when[20];
    const json_t *effects = member_at(entry, "effects");
    for (size_t i = 0; i < json_array_size(effects); i++) {
        const json_t *effect = json_array_get(effects, i), *changed = member_at(effect, "changed");
        printf("      %s %s.%" PRId64, member_text(effect, "event"), member_text(effect, "change"), member_number(effect, "revision"));
        for (size_t k = 0; k < json_array_size(changed); k++)
            printf("%s%s", k ? "," : " of ", json_string_value(json_array_get(changed, k)));
        printf("  %s%s  %s  %s (%s)\n", minute(effect, "occurred", when), flag(effect, "presumed") ? " presumed" : "",
               member_text(effect, "encounter_id"), member_text(effect, "rule"), member_text(effect, "policy"));
    }
}

static void print_message(const json_t *entry)
{
    char occurred[20], received[20], delay[32];
    printf("  %s  received %s  %s  feed %s  %s  %s %s%s%s%s%s\n", minute(entry, "occurred", occurred), minute(entry, "received", received),
           json_is_integer(member_at(entry, "delay_ms")) ? span(member_number(entry, "delay_ms"), delay) : "delay not known",
           or_hidden(entry, "feed"), *member_text(entry, "control_id") ? member_text(entry, "control_id") : "(no control id)",
           member_text(entry, "message"), member_text(entry, "class"), *member_text(entry, "visit") ? ", visit " : "",
           member_text(entry, "visit"), flag(entry, "moves_away") ? " takes facts away" : "",
           strcmp(member_text(entry, "processing"), "PRODUCTION") == 0 ? "" : ", not of production");
    print_effects(entry);
    if (json_is_string(member_at(entry, "reason")))
        printf("      no effect: %s\n", member_text(entry, "reason"));
    else if (json_is_null(member_at(entry, "reason")))
        printf("      no effect; why is not known\n");
}

static void print_line(const json_t *page)
{
    char when[20];
    const json_t *line = member_at(page, "time_line");
    printf("\ntime line: occurred (the hospital's clock), received (UTC), delay, feed, control id\n");
    for (size_t i = 0; i < json_array_size(line); i++) {
        const json_t *entry = json_array_get(line, i);
        const char *what = member_text(entry, "what");
        if (strcmp(what, "message") == 0)
            print_message(entry);
        else if (strcmp(what, "event") == 0) {
            printf("  %s  by a timer, or a row that came late; it rests on %s\n", minute(entry, "received", when),
                   *member_text(entry, "control_id") ? member_text(entry, "control_id") : member_text(entry, "message_id"));
            print_effects(entry);
        } else if (strcmp(what, "tier") == 0)
            printf("  %s  tier %s%s%s (revision %" PRId64 ", %s)\n", minute(entry, "received", when), member_text(entry, "tier"),
                   *member_text(entry, "before") ? ", before " : "", member_text(entry, "before"), member_number(entry, "revision"),
                   member_text(entry, "policy"));
        else
            printf("  %s  %s by %s, %s (%s)\n", minute(entry, "received", when), member_text(entry, "kind"),
                   *member_text(entry, "by") ? member_text(entry, "by") : "nobody named", member_text(entry, "outcome"),
                   member_text(entry, "change"));
    }
}

static void print_alerts(const json_t *page)
{
    char decided[20], due[20];
    const json_t *list = member_at(page, "alerts");
    printf("\nalerts (%zu; whether they were delivered and read is not told to this system)\n", json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        printf("  %s  %s of %s to %s %s %s, due %s (%s)\n      %s.%" PRId64 " for %s of feed %s, by %s (%s)\n",
               minute(one, "decided", decided), member_text(one, "kind"), member_text(one, "event"), member_text(one, "to"),
               member_text(one, "provider_id"), member_text(one, "provider"), minute(one, "due", due), member_text(one, "due_basis"),
               member_text(one, "alert_id"), member_number(one, "revision"), member_text(one, "control_id"), or_hidden(one, "feed"),
               member_text(one, "rule"), member_text(one, "policy"));
    }
    if (member_number(page, "waiting_for_a_recipient"))
        printf("  %" PRId64 " events wait for somebody who can be told\n", member_number(page, "waiting_for_a_recipient"));
    printf("\nopen work\n  not known: careplan, which opens and chases reviews, is not there\n");
}

static void print_dead(const json_t *page)
{
    const json_t *list = member_at(page, "dead_letters");
    if (json_array_size(list))
        printf("\ndead letters: records of the member that could not be understood\n");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        printf("  %s  %s [%" PRId64 "] %" PRId64 ", from %s: %s\n", member_text(one, "at"), member_text(one, "topic"),
               member_number(one, "partition"), member_number(one, "offset"), member_text(one, "from"), member_text(one, "reason"));
    }
}

static void print_daemons(const json_t *page)
{
    const json_t *list = member_at(page, "daemons");
    printf("\ndaemons\n");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        bool stale = json_is_string(member_at(one, "wrong"));
        printf("  %-12s %s%s", member_text(one, "name"), stale ? "STALE: it " : "current", member_text(one, "wrong"));
        if (json_is_integer(member_at(one, "applied")))
            printf("; view at %" PRId64 "%s%s", member_number(one, "applied"), *member_text(one, "time") ? ", time " : "", member_text(one, "time"));
        printf("%s\n", flag(one, "has_state") ? "; holds the member" : "");
    }
}

void member_print(const json_t *page)
{
    const json_t *hidden = member_at(page, "hidden");
    print_header(page);
    print_stays(page);
    print_risk(page);
    print_identifiers(page);
    print_line(page);
    print_alerts(page);
    print_dead(page);
    print_daemons(page);
    for (size_t i = 0; i < json_array_size(hidden); i++)
        printf("%s%s", i ? ", " : "\nhidden; --phi shows them: ", json_string_value(json_array_get(hidden, i)));
    printf("%s", json_array_size(hidden) ? "\n" : "");
}
