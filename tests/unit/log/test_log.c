/* One line per event, whatever is in it. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "log/log.h"

static char line[8192];

/* What was written to stderr since begin; the time stamp, checked for its form, is cut off. */
static int saved, ends[2];

static void begin(void)
{
    saved = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
}

static const char *end(void)
{
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t len = read(ends[0], line, sizeof line - 1);
    line[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    if (!line[0])
        return line;
    static const char form[] = "ts=0000-00-00T00:00:00.000Z ";
    for (size_t i = 0; i < sizeof form - 1; i++)
        cr_assert(form[i] == '0' ? line[i] >= '0' && line[i] <= '9' : line[i] == form[i], "%s", line);
    return line + sizeof form - 1;
}

Test(log, a_line_is_logfmt)
{
    ho_log_open("identity", HO_LOG_INFO);
    begin();
    ho_log(HO_LOG_INFO, "assigned", "partition=%d lag=%d", 3, 0);
    cr_assert_str_eq(end(), "level=info daemon=identity msg=\"assigned\" partition=3 lag=0\n");
}

Test(log, no_text_breaks_its_line)
{
    ho_log_open("identity", HO_LOG_DEBUG);
    begin();
    ho_log(HO_LOG_DEBUG, "a \"quote\" and \\", "error=\"%s\"", "two\nlines\tand\r\n");
    cr_assert_str_eq(end(), "level=debug daemon=identity msg=\"a \\\"quote\\\" and \\\\\" error=\"two lines and  \"\n");
    begin();
    ho_log(HO_LOG_ERROR, "alone", "%s", "");
    cr_assert_str_eq(end(), "level=error daemon=identity msg=\"alone\"\n");
}

Test(log, what_is_below_the_level_is_not_written)
{
    ho_log_open("identity", HO_LOG_WARN);
    begin();
    ho_log(HO_LOG_INFO, "assigned", "partition=%d", 3);
    cr_assert_str_eq(end(), "");
}

Test(log, what_is_too_long_is_cut_and_still_ends)
{
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ho_log_open(text, HO_LOG_INFO);
    begin();
    ho_log(HO_LOG_INFO, text, "%s", text);
    const char *got = end();
    cr_assert_eq(strlen(line), 2048);
    cr_assert(strchr(got, '\n') == line + 2047);
}
