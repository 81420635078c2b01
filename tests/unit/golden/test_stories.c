/*
 * Golden stories, tests/golden/stories/<name>.story: a few messages, and after each what it makes the system tell.
 *
 *   # why              one sentence: what would go wrong
 *   > EVENT CLASS VISIT TIME key=value ...     a message; VISIT - is none; TIME is EVN-6 and EVN-2 unless said otherwise
 *   > hl7 SEGMENT \ SEGMENT ...                a message as it is
 *   > timer                                    the next timer of every member that has one
 *   care ...           what encounters told by it, in order; written by HO_UPDATE=1, read by a person
 *   alert ...          what notify told by those, likewise (alerts.h)
 *   > risk [DATE]      what risk says by then, at the story's time or at that date
 *   risk ...           that, likewise (risks.h)
 *
 * Keys: rec (EVN-2) at (PV1-44) end (PV1-45) evn6 (- leaves it out) dx (CODE.TYPE,...) dispo to unit from src type att
 * acct mrn feed fac prior (MRG-5) flag (PD1-12) dead=Y exp (PV2-8, 9, 47) mode (MSH-11) member; move=MEMBER with
 * mrn, acct or visit makes identity's record that takes facts away.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/calendar.h"
#include "care_event.h"
#include "encounters/encounters_shell.h"
#include "encounters_move.h"
#include "alerts.h"
#include "identity/adt.h"
#include "risks.h"
#include "unit/decide.h"

#define MEMBERS_MAX 4
#define NAMES_MAX 64

struct world {
    struct encounters_env env;
    struct ho_feeds feeds;
    struct ho_zone zone;
    struct ho_arena arena;
    struct decider members[MEMBERS_MAX], told[MEMBERS_MAX];
    char member_ids[MEMBERS_MAX][16];
    size_t member_count;
    struct ho_slice encounters[NAMES_MAX]; /* e1, e2 ... in the order in which they are told */
    size_t encounter_count;
    int64_t now_ms;
    int serial;
    struct risks risks[MEMBERS_MAX];
    struct ho_buf *out;
};

static struct decider *member(struct world *w, const char *id)
{
    for (size_t i = 0; i < w->member_count; i++)
        if (strcmp(w->member_ids[i], id) == 0)
            return &w->members[i];
    cr_assert_lt(w->member_count, (size_t)MEMBERS_MAX);
    snprintf(w->member_ids[w->member_count], sizeof w->member_ids[0], "%s", id);
    decider_init(&w->members[w->member_count], encounters_decide, &w->env, &encounters_state_record);
    alerts_begin(&w->told[w->member_count], id, &w->arena);
    risks_begin(&w->risks[w->member_count], id, &w->arena);
    return &w->members[w->member_count++];
}

static const char *name_of(struct world *w, struct ho_slice encounter_id, char out[16])
{
    size_t at = 0;
    while (at < w->encounter_count && !ho_slice_equal(w->encounters[at], encounter_id))
        at++;
    if (at == w->encounter_count)
        w->encounters[w->encounter_count++] = ho_arena_slice(&w->arena, encounter_id);
    snprintf(out, 16, "e%zu", at + 1);
    return out;
}

static void print_time(struct ho_buf *out, const char *lead, bool has, const struct care_event_hl7_time *time)
{
    char utc[HO_UTC_SIZE];
    if (!has)
        return;
    int64_t local = time->utc_ms + (time->has_offset_min ? time->offset_min * INT64_C(60000) : 0);
    ho_buf_printf(out, "%s%.16s", lead, ho_utc_format(local, utc));
}

static void print_text(struct ho_buf *out, const char *key, struct ho_slice value)
{
    if (value.len)
        ho_buf_printf(out, " %s=%.*s", key, HO_SLICE_ARG(value));
}

static void print_links(struct world *w, const struct care_event *e)
{
    char name[16];
    const struct {
        const char *key;
        struct ho_slice id;
    } links[] = {{"er", e->er_encounter_id}, {"obs", e->observation_encounter_id}, {"after", e->transferred_from},
                 {"became", e->became}};
    for (size_t i = 0; i < HO_LENGTH(links); i++)
        if (links[i].id.len)
            ho_buf_printf(w->out, " %s=%s", links[i].key, name_of(w, links[i].id, name));
    if (e->became_class)
        ho_buf_printf(w->out, " as=%s", care_event_patient_class_names[e->became_class]);
    if (e->arrived_by_er)
        ho_buf_printf(w->out, " by-er");
}

static void print_event(struct world *w, const char *who, const struct care_event *e)
{
    char name[16];
    ho_buf_printf(w->out, "care %s %s %s %s.%d", who, care_event_care_event_kind_names[e->kind],
                  name_of(w, e->encounter_id, name), care_event_care_event_change_names[e->change], e->revision);
    for (size_t i = 0; i < e->changed.count; i++)
        ho_buf_printf(w->out, "%s%.*s", i ? "," : " ~", HO_SLICE_ARG(e->changed.items[i]));
    print_time(w->out, " ", e->has_occurred, &e->occurred);
    ho_buf_printf(w->out, " %.*s %.*s", HO_SLICE_ARG(e->facility), HO_SLICE_ARG(e->visit));
    if (e->encounter_class == CARE_EVENT_PATIENT_CLASS_OBSTETRICS)
        ho_buf_printf(w->out, " obstetrics");
    print_time(w->out, " from=", e->kind == CARE_EVENT_CARE_EVENT_KIND_DISCHARGED && e->has_admitted, &e->admitted);
    print_time(w->out, " expected=", e->has_expected, &e->expected);
    print_text(w->out, "disposition", e->disposition);
    if (e->disposition_class)
        ho_buf_printf(w->out, "/%s", care_event_disposition_class_names[e->disposition_class]);
    print_text(w->out, "to", e->discharged_to);
    print_text(w->out, "unit", e->point_of_care);
    print_text(w->out, "was", e->prior_point_of_care);
    print_text(w->out, "attending", e->attending_id);
    for (size_t i = 0; i < e->diagnoses.count; i++)
        ho_buf_printf(w->out, "%s%.*s.%.*s", i ? "," : " dx=", HO_SLICE_ARG(e->diagnoses.items[i].code),
                      HO_SLICE_ARG(e->diagnoses.items[i].type));
    print_links(w, e);
    for (size_t i = 0; i < e->restrictions.count; i++)
        ho_buf_printf(w->out, " flag=%.*s:%.*s", HO_SLICE_ARG(e->restrictions.items[i].source),
                      HO_SLICE_ARG(e->restrictions.items[i].code));
    ho_buf_printf(w->out, "%s%s", e->presumed ? " presumed" : "", e->death ? " died" : "");
    print_text(w->out, "moved-from", e->moved_from);
    print_text(w->out, "moved-to", e->moved_to);
    ho_buf_printf(w->out, " by %.*s\n", HO_SLICE_ARG(e->rule));
}

/* What notify makes of it. */
static void print_alerts(struct world *w, const char *who, const struct care_event *e)
{
    char name[16];
    struct decider *told = &w->told[member(w, who) - w->members];
    struct ho_event event = {.input = NOTIFY_CARE_EVENTS, .key = ho_slice_of(who), .record = e, .now_ms = w->now_ms};
    const struct ho_effects *effects = decider_run(told, &event);
    for (size_t i = 0; i < effects->count; i++)
        if (effects->items[i].output != NOTIFY_AUDIT)
            alerts_print(w->out, who, name_of(w, e->encounter_id, name), effects->items[i].record);
}

/* What risk makes of it, which goes on to notify: a tier that is news tells nobody by itself. */
static void take_risk(struct world *w, const char *who, const struct care_event *e)
{
    ptrdiff_t at = member(w, who) - w->members;
    struct ho_event event = {.input = RISK_CARE_EVENTS, .key = ho_slice_of(who), .record = e, .now_ms = w->now_ms};
    risks_take(&w->risks[at], &event);
    if (!w->risks[at].last)
        return;
    struct ho_event told = {.input = NOTIFY_CARE_RISK, .key = event.key, .record = w->risks[at].last, .now_ms = w->now_ms};
    cr_assert_eq(decider_run(&w->told[at], &told)->count, 0, "care.risk told somebody");
}

/* " 2026-12-20", or nothing. */
static void print_risks(struct world *w, const char *date)
{
    int64_t time_ms = w->now_ms;
    if (*date)
        cr_assert(ho_utc_parse(ho_slice_of(date + 1), &time_ms), "%s", date);
    for (size_t i = 0; i < w->member_count; i++) {
        risks_until(&w->risks[i], w->member_ids[i], *date ? time_ms + HO_DAY_MS / 2 : time_ms);
        if (w->risks[i].last)
            risks_print(w->out, w->member_ids[i], w->risks[i].last);
        else
            ho_buf_printf(w->out, "risk %s nothing\n", w->member_ids[i]);
    }
}

/* What one event told; visits that move are given to their new member at once. */
static void run(struct world *w, const char *who, const struct ho_event *event)
{
    const struct ho_effects *effects = decider_run(member(w, who), event);
    struct ho_effects *copy = ho_arena_copy(&w->arena, effects, sizeof *effects);
    if (copy->outcome == HO_IGNORED)
        ho_buf_printf(w->out, "care %s nothing: %s\n", who, copy->reason);
    for (size_t i = 0; i < copy->count; i++)
        if (copy->items[i].output == ENCOUNTERS_CARE_EVENTS)
            print_event(w, who, copy->items[i].record);
    for (size_t i = 0; i < copy->count; i++)
        if (copy->items[i].output == ENCOUNTERS_CARE_EVENTS) {
            print_alerts(w, who, copy->items[i].record);
            take_risk(w, who, copy->items[i].record);
        }
    for (size_t i = 0; i < copy->count; i++)
        if (copy->items[i].output == ENCOUNTERS_MOVES) {
            char to[16];
            struct ho_event moved = {.input = ENCOUNTERS_MOVES_IN, .key = copy->items[i].key,
                                     .record = copy->items[i].record, .now_ms = w->now_ms};
            run(w, ho_slice_copy(copy->items[i].key, to, sizeof to), &moved);
        }
}

static int64_t due_of(struct decider *d)
{
    struct encounters_state state;
    if (!d->state.len)
        return HO_NEVER;
    cr_assert_eq(ho_avro_decode(d->reader, ho_buf_slice(&d->state), &d->arena, &state, NULL), HO_OK);
    return encounters_next_due(&state);
}

static void run_timers(struct world *w)
{
    for (size_t i = 0; i < w->member_count; i++) {
        int64_t due = due_of(&w->members[i]);
        struct ho_event event = {.input = HO_EVENT_TIMER, .key = ho_slice_of(w->member_ids[i]), .now_ms = due};
        if (due != HO_NEVER)
            run(w, w->member_ids[i], &event);
    }
}

/* The value of key= among the words of a line, or fallback. "-" is empty. */
static const char *value_of(struct world *w, const char *line, const char *key, const char *fallback)
{
    char pattern[32];
    snprintf(pattern, sizeof pattern, " %s=", key);
    const char *at = strstr(line, pattern);
    if (!at)
        return fallback;
    at += strlen(pattern);
    size_t len = strcspn(at, " \n");
    return len == 1 && *at == '-' ? "" : ho_arena_printf(&w->arena, "%.*s", (int)len, at).ptr;
}

/* "2026-11-02T08:15" as HL7 has it. */
static const char *hl7_time(struct world *w, const char *text)
{
    char *out = ho_arena_alloc(&w->arena, strlen(text) + 1), *end = out;
    for (; *text; text++)
        if (*text >= '0' && *text <= '9')
            *end++ = *text;
    return out;
}

static const char *diagnoses(struct world *w, const char *list)
{
    struct ho_slice out = HO_SLICE("");
    while (*list) {
        size_t len = strcspn(list, ",");
        const char *dot = memchr(list, '.', len);
        int code = dot ? (int)(dot - list) : (int)len, type = dot ? (int)len - code - 1 : 0;
        out = ho_arena_printf(&w->arena, "%.*sDG1|1||%.*s^^I10|||%.*s\r", HO_SLICE_ARG(out), code, list, type,
                              dot ? dot + 1 : "");
        list += len + (list[len] == ',');
    }
    return out.ptr;
}

static const char *pipes(int count)
{
    static const char all[] = "||||||||||||||||||||||||||||||||||||||||||||||||||";
    return all + sizeof all - 1 - count;
}

static const char *pv1_of(struct world *w, const char *line, const char *class, const char *visit)
{
    return ho_arena_printf(
               &w->arena, "PV1|1|%s|%s|%s|%s|%s%s%s^DOC^A%s%s%s%s%s%s%s%s%s%s%s%s\r", class, value_of(w, line, "unit", ""),
               value_of(w, line, "type", ""), "", value_of(w, line, "from", ""), "|", value_of(w, line, "att", ""),
               pipes(7), value_of(w, line, "src", ""), pipes(5), strcmp(visit, "-") == 0 ? "" : visit, pipes(17),
               value_of(w, line, "dispo", ""), "|", value_of(w, line, "to", ""), pipes(7),
               hl7_time(w, value_of(w, line, "at", "")), "|", hl7_time(w, value_of(w, line, "end", "")))
        .ptr;
}

/* A short line as the message that it stands for. */
static const char *hl7_of(struct world *w, const char *line)
{
    char event[8], class[16], visit[32], when[32];
    cr_assert_eq(sscanf(line, "%7s %15s %31s %31s", event, class, visit, when), 4, "%s", line);
    const char *recorded = hl7_time(w, value_of(w, line, "rec", when));
    const char *expected = hl7_time(w, value_of(w, line, "exp", ""));
    class[strcspn(class, "-")] = '\0';
    const char *prior = value_of(w, line, "prior", "");
    return ho_arena_printf(&w->arena,
                           "MSH|^~\\&|EHR|%s|PLAN|H|%s||ADT^%s|C%d|%s|2.5.1\rEVN||%s||||%s\r"
                           "PID|1||%s^^^F^MR|||||||||||||||%s%s%s\rPD1%s%s\r%sPV2%s%s|%s%s%s\r%s%s%s%s",
                           value_of(w, line, "fac", "GENERAL"), recorded, event, w->serial,
                           value_of(w, line, "mode", "P"), recorded, hl7_time(w, value_of(w, line, "evn6", when)),
                           value_of(w, line, "mrn", "77"), value_of(w, line, "acct", ""), pipes(12),
                           value_of(w, line, "dead", ""), pipes(12), value_of(w, line, "flag", ""),
                           pv1_of(w, line, class, visit), pipes(8), expected, expected, pipes(38), expected,
                           diagnoses(w, value_of(w, line, "dx", "")), *prior ? "MRG|9||||" : "", prior, *prior ? "\r" : "")
        .ptr;
}

static const char *unfolded(struct world *w, const char *line)
{
    char *out = ho_arena_alloc(&w->arena, strlen(line) + 2), *end = out;
    for (; *line; line++)
        if (strncmp(line, " \\ ", 3) == 0) {
            *end++ = '\r';
            line += 2;
        } else
            *end++ = *line;
    *end = '\r';
    return out;
}

static void play_message(struct world *w, const char *line)
{
    struct ho_hl7 *msg = HO_ARENA_NEW(&w->arena, struct ho_hl7);
    struct adt_matched *adt = HO_ARENA_NEW(&w->arena, struct adt_matched);
    struct ho_error err;
    const char *who = value_of(w, line, "member", "M1"), *to = value_of(w, line, "move", NULL);
    w->serial++;
    const char *bytes = strncmp(line, "hl7 ", 4) == 0 ? unfolded(w, line + 4) : hl7_of(w, line);
    cr_assert_eq(ho_hl7_parse(msg, ho_slice_of(bytes), &err), HO_OK, "%s: %s", line, err.text);
    struct ho_feed *feed = HO_ARENA_NEW(&w->arena, struct ho_feed);
    *feed = w->feeds.items[0];
    snprintf(feed->id, sizeof feed->id, "%s", value_of(w, line, "feed", "general"));
    adt_read(msg, &(struct adt_source){feed, &w->zone, 20260101}, &w->arena, adt);
    adt->message_id = ho_arena_printf(&w->arena, "msg_%03d", w->serial);
    adt->member_id = ho_slice_of(who);
    if (to) {
        adt->has_move = true;
        adt->move = (struct adt_matched_move){adt->member_id, ho_slice_of(to), adt->feed,
                                              ho_slice_of(value_of(w, line, "mrn", "")), adt->account, adt->visit};
    }
    if (adt->has_recorded && adt->recorded.utc_ms > w->now_ms)
        w->now_ms = adt->recorded.utc_ms;
    struct ho_event event = {.key = adt->member_id, .record = adt, .now_ms = w->now_ms};
    run(w, who, &event);
}

/* The story as it is told now: all lines, with the care, alert and risk lines made anew. */
static void tell(const char *text, struct ho_buf *out)
{
    struct world w = {.out = out};
    struct ho_error err;
    alerts_open(&w.arena);
    risks_open();
    cr_assert_eq(ho_feeds_load(&w.feeds, "/nonexistent", &err), HO_OK);
    cr_assert_eq(ho_zone_load(&w.zone, "America/New_York", &err), HO_OK);
    w.env.policy = (struct encounters_policy){"encounters@2026-01-01", 48 * 3600000LL, 120 * 3600000LL, 720 * 3600000LL,
                                              12 * 3600000LL, 4 * 3600000LL, 24 * 3600000LL};
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        const char *copy = ho_arena_printf(&w.arena, "%.*s", (int)len, line).ptr;
        if (strncmp(copy, "care ", 5) != 0 && strncmp(copy, "alert ", 6) != 0 && strncmp(copy, "risk ", 5) != 0)
            ho_buf_printf(out, "%s\n", copy);
        if (strcmp(copy, "> timer") == 0)
            run_timers(&w);
        else if (strncmp(copy, "> risk", 6) == 0)
            print_risks(&w, copy + 6);
        else if (strncmp(copy, "> ", 2) == 0)
            play_message(&w, copy + 2);
        line += len + (line[len] == '\n');
    }
    for (size_t i = 0; i < w.member_count; i++) {
        decider_release(&w.members[i]);
        decider_release(&w.told[i]);
        decider_release(&w.risks[i].decider);
    }
    ho_feeds_release(&w.feeds);
    ho_zone_release(&w.zone);
    alerts_close();
    risk_env_release(&risks_env);
    ho_arena_release(&w.arena);
}

static void check_story(const char *path)
{
    static char text[1 << 16];
    struct ho_buf out;
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ho_buf_init(&out, 1 << 20);
    tell(text, &out);
    if (getenv("HO_UPDATE")) {
        file = fopen(path, "wb");
        cr_assert(file && fwrite(out.data, 1, out.len, file) == out.len && fclose(file) == 0, "%s", path);
    } else if (strlen(text) != out.len || memcmp(text, out.data, out.len) != 0)
        cr_expect_fail("%s: told otherwise:\n%.*s", path, (int)out.len, out.data);
    ho_buf_release(&out);
}

static int is_story(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 6 && strcmp(entry->d_name + len - 6, ".story") == 0;
}

Test(stories, each_is_told_as_written)
{
    struct dirent **names = NULL;
    int count = scandir(HO_SOURCE_DIR "/tests/golden/stories", &names, is_story, alphasort);
    cr_assert_gt(count, 0);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, HO_SOURCE_DIR "/tests/golden/stories/%s", names[i]->d_name);
        check_story(path);
        free(names[i]);
    }
    free(names);
}
