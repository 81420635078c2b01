/*
 * ho feed check FILE...: what would become of a hospital's messages, before it goes live. Nothing is written, and neither
 * Kafka nor Redis is asked. Every verdict is of the same code that the daemons run: identity's reading (adt.h), the rules of
 * encounters (encounters_read), the feed's own file.
 *
 *  feed.1  It can be read: MSH, separators, MSH-9.
 *  feed.2  The feed's file accepts it: type, version, processing id.
 *  feed.3  Its event says something: else it is stored and counted as ignored, with the reason.
 *  feed.4  PV1-2 is mapped; a blank or unknown one is no class, so no stay.
 *  feed.5  PV1-36 of a discharge is there, and mapped. Blank is accepted: the disposition may come by A08.
 *  feed.6  PV1-19 is there: without it, messages of one visit are held together by account or time alone.
 *  feed.7  EVN-1 and MSH-9.2 are the same event; EVN-2, when it was recorded, is not more than a minute after MSH-7, when it was sent.
 *  feed.8  Every time that was sent can be read, and there is one for the event.
 *  feed.9  PID has what a match can rest on: an identifier, or name and birth date.
 *  feed.10 A control id is used once; used again for other bytes it hides that a message is new. A visit number is of one
 *          patient.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/calendar.h"
#include "base/id.h"
#include "clock/clock.h"
#include "encounters/message.h"
#include "feed/feed.h"
#include "ho.h"
#include "hl7/batch.h"
#include "identity/adt.h"

#define FILE_BYTES_MAX ((size_t)256 << 20)
#define CODES_MAX 64
#define MINUTE_MS 60000 /* EVN-2 and MSH-7 may be written to the minute and to the second */

enum finding {
    UNREADABLE, NOT_ACCEPTED, IGNORED, CLASS_BLANK, CLASS_UNMAPPED, DISPOSITION_BLANK, DISPOSITION_UNMAPPED, VISIT_MISSING,
    EVENT_DIFFERS, RECORDED_LATER, TIME_UNREADABLE, TIME_MISSING, NO_PATIENT, CONTROL_REUSED, VISIT_REUSED, FINDING_COUNT
};

/* grave: the message has no effect as it is, or a wrong one. */
static const struct {
    const char *rule, *code, *words;
    bool grave;
} kinds[FINDING_COUNT] = {
    [UNREADABLE] = {"feed.1", "unreadable", "cannot be read", true},
    [NOT_ACCEPTED] = {"feed.2", "not_accepted", "is not accepted by the feed's file", true},
    [IGNORED] = {"feed.3", "ignored", "is stored and ignored", false},
    [CLASS_BLANK] = {"feed.4", "class_blank", "has no class in PV1-2", false},
    [CLASS_UNMAPPED] = {"feed.4", "class_unmapped", "has a class in PV1-2 that is not mapped", true},
    [DISPOSITION_BLANK] = {"feed.5", "disposition_blank", "is a discharge without PV1-36", false},
    [DISPOSITION_UNMAPPED] = {"feed.5", "disposition_unmapped", "has a disposition in PV1-36 that is not mapped", false},
    [VISIT_MISSING] = {"feed.6", "visit_missing", "has no visit number in PV1-19", false},
    [EVENT_DIFFERS] = {"feed.7", "event_differs", "has another event in EVN-1 than in MSH-9", false},
    [RECORDED_LATER] = {"feed.7", "recorded_later", "was recorded (EVN-2) after it was sent (MSH-7)", false},
    [TIME_UNREADABLE] = {"feed.8", "time_unreadable", "has times that cannot be read", true},
    [TIME_MISSING] = {"feed.8", "time_missing", "says nowhere when it happened", true},
    [NO_PATIENT] = {"feed.9", "no_patient", "has no identifier, and no name with birth date", true},
    [CONTROL_REUSED] = {"feed.10", "control_reused", "uses a control id again, for other bytes", true},
    [VISIT_REUSED] = {"feed.10", "visit_reused", "uses the visit number of another patient", true},
};

/* What was seen before, a control id's bytes or a visit's patient, by hashes: open addressing, at most half full. */
struct seen {
    struct {
        uint64_t key, value; /* key 0: free */
    } *rows;
    size_t count, cap; /* cap is a power of two */
};

struct code {
    char field[8], text[40];
    size_t count;
};

struct checking {
    const struct ho_stack *stack;
    const struct ho_feed *feed;
    struct ho_zone zone;
    struct ho_arena arena; /* of one message */
    struct ho_hl7 msg;
    struct adt_matched adt;
    bool found[FINDING_COUNT];
    char detail[512]; /* of UNREADABLE, NOT_ACCEPTED or IGNORED */
    size_t messages, clean, grave, counts[FINDING_COUNT];
    struct seen controls, visits;
    struct code codes[CODES_MAX];
    size_t code_count;
};

static void find(struct checking *c, enum finding finding)
{
    c->found[finding] = true;
}

static void count_code(struct checking *c, const char *field, struct ho_slice text)
{
    struct code code = {.count = 1};
    snprintf(code.field, sizeof code.field, "%s", field);
    ho_slice_copy(text, code.text, sizeof code.text);
    for (size_t i = 0; i < c->code_count; i++)
        if (strcmp(c->codes[i].field, code.field) == 0 && strcmp(c->codes[i].text, code.text) == 0) {
            c->codes[i].count++;
            return;
        }
    if (c->code_count < CODES_MAX)
        c->codes[c->code_count++] = code;
}

/* ---- rules */

static struct ho_slice get(const struct checking *c, const char *segment, int field, int component)
{
    struct ho_slice value = ho_hl7_get(&c->msg, segment, field, component);
    return !value.ptr || ho_hl7_is_null(value) ? HO_SLICE("") : value;
}

/* feed.2 */
static void check_accepted(struct checking *c)
{
    const struct ho_feed *feed = c->feed;
    char type[64];
    struct ho_slice kind = get(c, "MSH", 9, 1), event = get(c, "MSH", 9, 2), version = get(c, "MSH", 12, 1);
    struct ho_slice mode = get(c, "MSH", 11, 1);
    snprintf(type, sizeof type, "%.*s^%.*s", HO_SLICE_ARG(kind), HO_SLICE_ARG(event));
    const char *what = NULL;
    if (feed->types[0] && !ho_feed_lists(feed->types, kind) && !ho_feed_lists(feed->types, ho_slice_of(type)))
        what = "type";
    else if (feed->versions[0] && version.len && !ho_feed_lists(feed->versions, version))
        what = "version";
    else if (mode.len && !memchr(feed->processing_ids, mode.ptr[0], strlen(feed->processing_ids)))
        what = "processing id";
    if (!what)
        return;
    find(c, NOT_ACCEPTED);
    snprintf(c->detail, sizeof c->detail, "%s", what);
}

/* feed.3 */
static void check_event(struct checking *c)
{
    static struct encounters_reading reading; /* large */
    const char *why = NULL;
    memset(&reading, 0, sizeof reading);
    if (!ho_slice_is(get(c, "MSH", 9, 1), "ADT"))
        why = "not ADT";
    else if (c->adt.processing_id != ADT_MATCHED_PROCESSING_PRODUCTION)
        why = "not production: stored, and never told";
    else if (!c->adt.has_move) {
        encounters_read(&c->adt, &reading);
        why = reading.ignored;
    }
    if (!why)
        return;
    find(c, IGNORED);
    if (!c->found[NOT_ACCEPTED])
        snprintf(c->detail, sizeof c->detail, "%s", why);
}

/* feed.4, feed.5, feed.6: only where the message is of a visit. */
static void check_visit(struct checking *c)
{
    struct ho_slice class = c->adt.class_raw, disposition = c->adt.disposition_raw;
    bool ends = ho_slice_is(c->adt.event, "A03");
    if (!ho_hl7_segment(&c->msg, "PV1", 0) || c->adt.has_move)
        return;
    if (!class.len)
        find(c, CLASS_BLANK);
    else if (c->adt.class == ADT_MATCHED_PATIENT_CLASS_UNKNOWN) {
        find(c, CLASS_UNMAPPED);
        count_code(c, "PV1-2", class);
    }
    if (ends && !disposition.len)
        find(c, DISPOSITION_BLANK);
    if (disposition.len && !c->adt.disposition.len) {
        find(c, DISPOSITION_UNMAPPED);
        count_code(c, "PV1-36", disposition);
    }
    if (!c->adt.visit.len)
        find(c, VISIT_MISSING);
}

/* feed.7, feed.8 */
static void check_times(struct checking *c)
{
    struct ho_slice event = get(c, "EVN", 1, 1);
    if (event.len && !ho_slice_equal(event, get(c, "MSH", 9, 2)))
        find(c, EVENT_DIFFERS);
    if (c->adt.has_recorded && c->adt.has_message_time && c->adt.recorded.utc_ms > c->adt.message_time.utc_ms + MINUTE_MS)
        find(c, RECORDED_LATER);
    if (c->adt.bad_times)
        find(c, TIME_UNREADABLE);
    if (!c->adt.has_occurred)
        find(c, TIME_MISSING);
}

static size_t slot_of(const struct seen *seen, uint64_t key)
{
    size_t at = key & (seen->cap - 1);
    while (seen->rows[at].key && seen->rows[at].key != key)
        at = (at + 1) & (seen->cap - 1);
    return at;
}

static void grow(struct seen *seen)
{
    struct seen old = *seen;
    seen->cap = old.cap ? 2 * old.cap : 1024;
    seen->rows = ho_calloc(seen->cap, sizeof *seen->rows);
    for (size_t i = 0; i < old.cap; i++)
        if (old.rows[i].key)
            seen->rows[slot_of(seen, old.rows[i].key)] = old.rows[i];
    ho_free(old.rows);
}

/* Whether the key was seen with another value; a new one is kept. */
static bool differs(struct seen *seen, struct ho_slice key, struct ho_slice value)
{
    uint64_t key_hash = ho_hash64(key.ptr, key.len), value_hash = ho_hash64(value.ptr, value.len);
    if (2 * seen->count >= seen->cap)
        grow(seen);
    key_hash = key_hash ? key_hash : 1;
    size_t at = slot_of(seen, key_hash);
    bool known = seen->rows[at].key != 0, same = seen->rows[at].value == value_hash;
    if (known)
        return !same;
    seen->rows[at].key = key_hash;
    seen->rows[at].value = value_hash;
    seen->count++;
    return false;
}

/* feed.9, feed.10. Only hashes are kept of what names a person. */
static void check_identity(struct checking *c, struct ho_slice bytes)
{
    struct ho_slice patient = get(c, "PID", 3, 1), control = get(c, "MSH", 10, 1), visit = c->adt.visit;
    bool named = get(c, "PID", 5, 1).len && get(c, "PID", 7, 1).len;
    if (!patient.len && !get(c, "PID", 2, 1).len && !get(c, "IN1", 36, 1).len && !get(c, "IN1", 49, 1).len && !named)
        find(c, NO_PATIENT);
    if (control.len && differs(&c->controls, control, bytes))
        find(c, CONTROL_REUSED);
    if (visit.len && patient.len && differs(&c->visits, visit, patient))
        find(c, VISIT_REUSED);
}

/* ---- telling */

static const char *verdict_of(const struct checking *c)
{
    bool any = false;
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        if (c->found[i] && kinds[i].grave)
            return "wrong";
        any |= c->found[i];
    }
    return c->found[IGNORED] ? "ignored" : any ? "look" : "good";
}

static void tell(struct checking *c, const char *path, const char *verdict)
{
    struct ho_buf out;
    ho_buf_init(&out, 1 << 16);
    ho_buf_printf(&out, c->stack->as_json ? "{\"message\":%zu,\"control_id\":" : "%zu  ", c->messages);
    if (c->stack->as_json)
        ho_put_text(&out, get(c, "MSH", 10, 1));
    else
        ho_buf_append_slice(&out, get(c, "MSH", 10, 1));
    ho_buf_printf(&out, c->stack->as_json ? ",\"event\":\"%.*s\",\"verdict\":\"%s\",\"findings\":[" : "  %.*s  %s", HO_SLICE_ARG(c->adt.event),
                  verdict);
    bool first = true;
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        bool detailed = i == UNREADABLE || i == NOT_ACCEPTED || (i == IGNORED && !c->found[NOT_ACCEPTED]);
        if (!c->found[i])
            continue;
        if (c->stack->as_json)
            ho_buf_printf(&out, "%s\"%s\"", first ? "" : ",", kinds[i].code);
        else
            ho_buf_printf(&out, "%s%s %s%s%s", first ? ": " : "; ", kinds[i].rule, kinds[i].words, detailed ? ": " : "", detailed ? c->detail : "");
        first = false;
    }
    if (c->stack->as_json) {
        ho_buf_printf(&out, "],\"detail\":");
        ho_put_text(&out, ho_slice_of(c->detail));
        ho_buf_append_byte(&out, '}');
    }
    printf("%s%s%.*s\n", c->stack->as_json ? "" : path, c->stack->as_json ? "" : ": ", (int)out.len, out.data);
    ho_buf_release(&out);
}

static void check_message(struct checking *c, const char *path, struct ho_slice bytes)
{
    struct ho_error err = {HO_OK, ""};
    memset(c->found, 0, sizeof c->found);
    c->detail[0] = '\0';
    c->messages++;
    c->adt = (struct adt_matched){.event = HO_SLICE("")};
    if (ho_hl7_parse(&c->msg, bytes, &err) != HO_OK) {
        find(c, UNREADABLE);
        snprintf(c->detail, sizeof c->detail, "%s", err.text);
    } else if (!get(c, "MSH", 9, 1).len) {
        find(c, UNREADABLE);
        snprintf(c->detail, sizeof c->detail, "no type in MSH-9");
    } else {
        struct adt_source source = {c->feed, &c->zone, ho_date_of_days(ho_clock_wall_ms() / HO_DAY_MS)};
        adt_read(&c->msg, &source, &c->arena, &c->adt);
        check_accepted(c);
        check_event(c);
        check_visit(c);
        check_times(c);
        check_identity(c, bytes);
    }
    const char *verdict = verdict_of(c);
    for (size_t i = 0; i < FINDING_COUNT; i++)
        c->counts[i] += c->found[i];
    c->clean += strcmp(verdict, "good") == 0;
    c->grave += strcmp(verdict, "wrong") == 0;
    tell(c, path, verdict);
    ho_arena_reset(&c->arena);
}

/* The report: as many messages, and of each finding how many; which codes have no row. */
static void tell_summary(const struct checking *c)
{
    if (c->stack->as_json) {
        printf("{\"feed\":\"%s\",\"messages\":%zu,\"good\":%zu,\"wrong\":%zu,\"findings\":{", c->feed->id, c->messages, c->clean, c->grave);
        for (size_t i = 0; i < FINDING_COUNT; i++)
            printf("%s\"%s\":%zu", i ? "," : "", kinds[i].code, c->counts[i]);
        printf("},\"unmapped\":[");
        for (size_t i = 0; i < c->code_count; i++) {
            struct ho_buf text;
            ho_buf_init(&text, 4096);
            ho_put_text(&text, ho_slice_of(c->codes[i].text));
            printf("%s{\"field\":\"%s\",\"code\":%.*s,\"messages\":%zu}", i ? "," : "", c->codes[i].field, (int)text.len, text.data,
                   c->codes[i].count);
            ho_buf_release(&text);
        }
        printf("]}\n");
        return;
    }
    printf("\nfeed %s: %zu messages, %zu good, %zu wrong\n", c->feed->id, c->messages, c->clean, c->grave);
    for (size_t i = 0; i < FINDING_COUNT; i++)
        if (c->counts[i])
            printf("  %6zu  %s: each %s\n", c->counts[i], kinds[i].rule, kinds[i].words);
    for (size_t i = 0; i < c->code_count; i++)
        printf("  %6zu  %s \"%s\" has no row in the feed's file\n", c->codes[i].count, c->codes[i].field, c->codes[i].text);
}

static bool check_file(struct checking *c, const char *path)
{
    char piece[65536];
    size_t len;
    struct ho_buf bytes;
    struct ho_hl7_batch batch;
    struct ho_slice message;
    size_t before = c->messages;
    FILE *file = fopen(path, "rb");
    ho_buf_init(&bytes, FILE_BYTES_MAX);
    while (file && (len = fread(piece, 1, sizeof piece, file)) > 0)
        ho_buf_append(&bytes, piece, len);
    bool good = file && !ferror(file) && !bytes.full;
    if (file)
        fclose(file);
    if (good) {
        ho_hl7_batch_init(&batch, ho_buf_slice(&bytes));
        while (ho_hl7_batch_next(&batch, &message))
            check_message(c, path, message);
        if (batch.stray_lines)
            ho_complain(0, "%s: %u lines belong to no message", path, batch.stray_lines);
    }
    ho_buf_release(&bytes);
    if (!good)
        ho_complain(0, "%s cannot be read, or is over 256 MB", path);
    else if (c->messages == before)
        ho_complain(0, "%s: no message begins with MSH", path);
    return c->messages > before;
}

int ho_cmd_feed(struct ho_stack *stack, int argc, char **argv)
{
    static struct checking c; /* large: the index of a message */
    char folder[1024];
    struct ho_feeds feeds = {.count = 0};
    struct ho_error err = {HO_OK, ""};
    const char *id = ho_take_option(&argc, argv, "--feed", "default");
    const char *dir = ho_take_option(&argc, argv, "--feeds", NULL);
    ho_check_words("feed", argc, argv, 2, 1000);
    if (strcmp(argv[0], "check") != 0)
        return ho_complain(HO_EXIT_USAGE, "wanted: ho feed check FILE..., not %s", argv[0]);
    snprintf(folder, sizeof folder, "%s/etc/feeds", stack->dir);
    enum ho_status status = ho_feeds_load(&feeds, dir ? dir : folder, &err);
    c.stack = stack;
    c.feed = status == HO_OK ? ho_feeds_find(&feeds, ho_slice_of(id)) : NULL;
    if (status == HO_OK && !c.feed)
        return ho_complain(HO_EXIT_NOT_FOUND, "there is no feed %s in %s", id, dir ? dir : folder);
    if (status == HO_OK)
        status = ho_zone_load(&c.zone, c.feed->zone, &err);
    if (status != HO_OK)
        return ho_complain(HO_EXIT_FAILED, "%s", err.text);
    bool good = true;
    for (int i = 1; i < argc; i++)
        good &= check_file(&c, argv[i]);
    tell_summary(&c);
    ho_free(c.controls.rows);
    ho_free(c.visits.rows);
    ho_zone_release(&c.zone);
    ho_feeds_release(&feeds);
    return good && !c.grave ? 0 : HO_EXIT_FAILED;
}
