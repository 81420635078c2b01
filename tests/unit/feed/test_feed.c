/* What a feed's file may say, what is refused by file:line, and which code is mapped to what on which day. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "feed/feed.h"

#define TEN "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static char dir[] = "/tmp/handoff-feed-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

static void take(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

static void open_dir(void)
{
    cr_assert(mkdtemp(dir));
}

static void close_dir(void)
{
    rmdir(dir);
}

TestSuite(feed, .init = open_dir, .fini = close_dir);

static const struct {
    const char *name, *text, *error; /* error: words of the refusal; NULL: it is taken */
} files[] = {
    {"empty", "", NULL},
    {"everything",
     "[feed]\nfacility = G\nzone = America/Chicago\nprocessing_ids = PT\nversions = 2.3, 2.5.1\ntypes = ADT^A01 ORU\n"
     "[mllp]\nport = 2577\nack = enhanced\nrelease = 2\non_content_error = refuse\nwhen_away = hold\n"
     "[tls]\nname = a.example\nname = Big Hospital\n[class]\nINPT = I\n[class 2027-01-01]\nINPT =\n[disposition]\nH = 01\n",
     NULL},
    {"unknown key", "[feed]\nfacilty = G\n", "b.ini:2: [feed] facilty: there is no such key"},
    {"unknown section", "[fed]\nfacility = G\n", "b.ini:2: [fed] facility: there is no such key"},
    {"unknown key of mllp", "[mllp]\nports = 1\n", "b.ini:2: [mllp] ports: there is no such key"},
    {"unknown key of tls", "[tls]\n\nca = x\n", "b.ini:3: [tls] ca: there is no such key"},
    {"no port", "[mllp]\nport = many\n", "b.ini:2: [mllp] port: a value"},
    {"port too high", "[mllp]\nport = 65536\n", "b.ini:2: [mllp] port: a value"},
    {"port of another", "\n[mllp]\nport = 2575\n", "b.ini:3: [mllp] port: 2575 is feed a's already"},
    {"ack", "[mllp]\nack = both\n", "b.ini:2: [mllp] ack: a value"},
    {"release", "[mllp]\nrelease = 3\n", "b.ini:2: [mllp] release: a value"},
    {"away", "[mllp]\nwhen_away = wait\n", "b.ini:2: [mllp] when_away: a value"},
    {"content", "[mllp]\non_content_error = AE\n", "b.ini:2: [mllp] on_content_error: a value"},
    {"no processing ids", "[feed]\nprocessing_ids =\n", "b.ini:2: [feed] processing_ids: a value"},
    {"name of another", "[tls]\nname = TAKEN.example\n", "b.ini:2: [tls] name: another feed has that name"},
    {"name twice", "[tls]\nname = x\nname = X\n", "b.ini:3: [tls] name: another feed has that name, or this one has it twice"},
    {"no class", "[class]\nINPT = inpatient\n", "b.ini:2: [class] INPT: a class is E I O"},
    {"no disposition", "[disposition]\nH = home\n", "b.ini:2: [disposition] H: a disposition has two digits"},
    {"no date", "[class 2027-13-01]\nINPT = I\n", "b.ini:2: [class 2027-13-01] INPT: its section's date"},
    {"neither", "[feed]\nfacility\n", "b.ini:2: neither [section] nor key = value"},
    {"the first of two", "[feed]\nx = 1\ny = 2\n", "b.ini:2: [feed] x"},
    {"too long", "[feed]\nfacility = " LONG "\n", "b.ini:2: line is longer than"},
    {"indented", "[feed]\n   facility = G\n", NULL}};

Test(feed, a_mistake_is_told_by_file_and_line)
{
    put("a.ini", "[mllp]\nport = 2575\n[tls]\nname = taken.example\n");
    for (size_t i = 0; i < HO_LENGTH(files); i++) {
        struct ho_feeds feeds;
        struct ho_error err = {HO_OK, ""};
        put("b.ini", files[i].text);
        enum ho_status status = ho_feeds_load(&feeds, dir, &err);
        cr_assert_eq(status, files[i].error ? HO_INVALID : HO_OK, "%s: %s", files[i].name, err.text);
        cr_assert(!files[i].error || strstr(err.text, files[i].error), "%s: %s", files[i].name, err.text);
        ho_feeds_release(&feeds);
    }
    take("b.ini");
    put("B.ini", "");
    struct ho_feeds feeds;
    struct ho_error err;
    cr_assert_eq(ho_feeds_load(&feeds, dir, &err), HO_INVALID);
    cr_assert(strstr(err.text, "B.ini: a feed's id has"), "%s", err.text);
    ho_feeds_release(&feeds);
    take("B.ini");
    take("a.ini");
}

Test(feed, what_is_not_said_has_its_default)
{
    struct ho_feeds feeds;
    put("default.ini", "[feed]\nfacility = D\n");
    put("x.ini", "[mllp]\nack = original\n[tls]\nname = One Name\nname = two\n");
    cr_assert_eq(ho_feeds_load(&feeds, dir, NULL), HO_OK);
    cr_assert_eq(feeds.count, 2);
    cr_assert_str_eq(feeds.items[0].facility, "D");
    const struct ho_feed *x = ho_feeds_find(&feeds, HO_SLICE("x"));
    cr_assert(x && x->ack == HO_FEED_ACK_ORIGINAL && !x->release2 && !x->hold && !x->error_ack && !x->port);
    cr_assert_str_eq(x->zone, "America/New_York");
    cr_assert_str_eq(x->processing_ids, "PTD");
    cr_assert(!ho_feeds_find(&feeds, HO_SLICE("y")));
    cr_assert_eq(ho_feeds_by_name(&feeds, HO_SLICE("one name")), x);
    cr_assert_eq(ho_feeds_by_name(&feeds, HO_SLICE("TWO")), x);
    cr_assert_null(ho_feeds_by_name(&feeds, HO_SLICE("two\0.attacker")));
    cr_assert_null(ho_feeds_by_name(&feeds, HO_SLICE("one")));
    cr_assert_null(ho_feeds_by_name(&feeds, HO_SLICE("")));
    ho_feeds_release(&feeds);
    take("default.ini");
    take("x.ini");
    cr_assert_eq(ho_feeds_load(&feeds, "/nonexistent", NULL), HO_OK);
    cr_assert_eq(feeds.count, 1);
    ho_feeds_release(&feeds);
}

static const struct {
    const char *name;
    bool class;
    const char *code;
    int32_t date;
    const char *expected; /* NULL: not mapped */
} codes[] = {{"a row", true, "inpt", 20260101, "I"},
             {"before the change", true, "CLIN", 20261231, "O"},
             {"on its day", true, "CLIN", 20270101, "R"},
             {"the newest, whatever the order of sections", true, "CLIN", 20280101, "OBS"},
             {"newest without a day", true, "CLIN", 0, "OBS"},
             {"from a day on only", true, "NEW", 20261231, NULL},
             {"from that day", true, "NEW", 20270101, "E"},
             {"ended", true, "INPT", 20270101, NULL},
             {"HL7's table", true, "e", 20260101, "E"},
             {"the feed's row before HL7's table", true, "P", 20260101, "O"},
             {"unknown", true, "ZZ", 20260101, NULL},
             {"empty", true, "", 20260101, NULL},
             {"disposition", false, "H", 20260101, "01"},
             {"two digits", false, "03", 20260101, "03"},
             {"two digits that were ended", false, "09", 20270101, NULL},
             {"two digits that were not yet", false, "09", 20261231, "09"},
             {"words", false, "Home", 20260101, NULL}};

Test(feed, a_code_means_what_it_meant_on_that_day)
{
    struct ho_feeds feeds;
    put("m.ini", "[class]\nINPT = I\nCLIN = O\nP = O\n[class 2028-01-01]\nCLIN = OBS\n"
                 "[class 2027-01-01]\nINPT =\nCLIN = R\nNEW = E\n[disposition]\nH = 01\n[disposition 2027-01-01]\n09 =\n");
    cr_assert_eq(ho_feeds_load(&feeds, dir, NULL), HO_OK);
    const struct ho_feed *m = ho_feeds_find(&feeds, HO_SLICE("m"));
    for (size_t i = 0; i < HO_LENGTH(codes); i++) {
        struct ho_slice code = ho_slice_of(codes[i].code), found;
        if (codes[i].class)
            found = codes[i].date ? ho_feed_class_on(m, code, codes[i].date) : ho_feed_class(m, code);
        else
            found = ho_feed_disposition_on(m, code, codes[i].date);
        cr_assert(codes[i].expected ? ho_slice_is(found, codes[i].expected) : !found.ptr, "%s: %.*s", codes[i].name,
                  HO_SLICE_ARG(found));
    }
    cr_assert(!ho_feed_disposition(m, HO_SLICE("09")).ptr);
    ho_feeds_release(&feeds);
    take("m.ini");
}

Test(feed, words_of_a_list)
{
    cr_assert(ho_feed_lists("2.3, 2.5.1", HO_SLICE("2.5.1")));
    cr_assert(!ho_feed_lists("2.3, 2.5.1", HO_SLICE("2.5")));
    cr_assert(!ho_feed_lists("", HO_SLICE("2.5")));
    cr_assert(!ho_feed_lists("2.3", HO_SLICE("")));
}
