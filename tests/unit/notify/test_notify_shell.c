/* Policy and code list: what is shipped is read, and what is wrong is refused by file, line and key. */
#include "world.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/handoff-notify-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static char *read_file(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void make_folder(void)
{
    char path[256];
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/notify", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/sensitivity", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    write_file("notify/2026-01-01.json", read_file(HO_SOURCE_DIR "/deploy/policy/notify/2026-01-01.json"));
    write_file("sensitivity/2026-01-01.tsv", "diagnosis\tF10\tsud\n");
}

static void drop_folder(void)
{
    static const char *const names[] = {"notify/2026-01-01.json",     "notify/2027-01-01.json", "sensitivity/2026-01-01.tsv",
                                        "sensitivity/2027-01-01.tsv", "notify",                 "sensitivity", ""};
    char path[256];
    for (size_t i = 0; i < HO_LENGTH(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
    ho_arena_release(&arena);
}

TestSuite(notify_shell, .init = make_folder, .fini = drop_folder);

Test(notify_shell, the_version_of_the_events_date_holds)
{
    struct notify_policies policies;
    write_file("notify/2027-01-01.json", read_file(HO_SOURCE_DIR "/deploy/policy/notify/2026-01-01.json"));
    write_file("sensitivity/2027-01-01.tsv", "# a comment\n\nflag\tPD1-12:Y\tnormal\n");
    cr_assert_eq(notify_policies_load(&policies, folder, NULL), HO_OK);
    cr_assert_str_eq(notify_policy_on(&policies, 20261231)->version, "notify@2026-01-01");
    cr_assert_str_eq(notify_policy_on(&policies, 20270101)->version, "notify@2027-01-01");
    cr_assert_str_eq(notify_policy_on(&policies, 20200101)->version, "notify@2026-01-01");
    cr_assert_str_eq(notify_list_on(&policies, 20270101)->version, "sensitivity@2027-01-01");
    cr_assert_eq(notify_list_on(&policies, 20270101)->count, 1);
    notify_policies_release(&policies);
}

static const struct {
    const char *name, *file, *text, *says;
} wrong[] = {
    {"no JSON", "notify/2026-01-01.json", "{", "line 1"},
    {"a kind that is missing", "notify/2026-01-01.json",
     "{\"expires_days\":1,\"late_hours\":1,\"queue_hours\":1,\"levels\":{\"restricted\":\"details\",\"repro\":\"details\",\"abuse\":"
     "\"details\",\"hiv\":\"details\",\"bh\":\"details\",\"sud\":\"details\",\"part2\":\"place\"},\"kinds\":{}}",
     "kinds.ADMITTED needs tell"},
    {"a level that is none", "notify/2026-01-01.json", "{\"expires_days\":1,\"late_hours\":1,\"queue_hours\":1,\"levels\":{\"restricted\":\"some\"}}",
     "levels.restricted must be"},
    {"no number", "notify/2026-01-01.json", "{\"expires_days\":-1}", "expires_days must be"},
    {"a way that is none", "sensitivity/2026-01-01.tsv", "# x\nguess\tF10\tsud\n", "line 2: guess is no way"},
    {"a class that is none", "sensitivity/2026-01-01.tsv", "diagnosis\tF10\tsecret\n", "line 1: secret is no class"},
    {"two columns", "sensitivity/2026-01-01.tsv", "diagnosis\tF10\n", "line 1: three columns"},
};

Test(notify_shell, what_is_wrong_is_refused_by_file_and_place)
{
    for (size_t i = 0; i < HO_LENGTH(wrong); i++) {
        struct notify_policies policies;
        struct ho_error err = {HO_OK, ""};
        write_file("notify/2026-01-01.json", read_file(HO_SOURCE_DIR "/deploy/policy/notify/2026-01-01.json"));
        write_file("sensitivity/2026-01-01.tsv", "diagnosis\tF10\tsud\n");
        write_file(wrong[i].file, wrong[i].text);
        cr_assert_neq(notify_policies_load(&policies, folder, &err), HO_OK, "%s", wrong[i].name);
        cr_assert(strstr(err.text, wrong[i].says) && strstr(err.text, wrong[i].file), "%s: %s", wrong[i].name, err.text);
        notify_policies_release(&policies);
    }
}
