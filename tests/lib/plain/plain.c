/* Runs every registered test in a child process of its own; the closing line is Criterion's. */
#include "criterion/criterion.h"

#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

static struct plain_test *first, **last = &first;
static int failures; /* of this child's test */

void plain_register(struct plain_test *test)
{
    *last = test;
    last = &test->next;
}

void plain_check(bool fatal, bool good, const char *where, const char *text, const char *fmt, ...)
{
    va_list args;
    if (good)
        return;
    failures++;
    fprintf(stderr, "%s: Assertion Failed: %s:", where, text);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");
    if (fatal)
        exit(1);
}

static void run_suites(const struct plain_test *test, bool before)
{
    for (const struct plain_test *suite = first; suite; suite = suite->next) {
        void (*step)(void) = before ? suite->extra.init : suite->extra.fini;
        if (!suite->name && strcmp(suite->suite, test->suite) == 0 && step)
            step();
    }
}

static _Noreturn void be_child(const struct plain_test *test)
{
    alarm((unsigned)test->extra.timeout);
    run_suites(test, true);
    if (test->extra.init)
        test->extra.init();
    test->body();
    if (test->extra.fini)
        test->extra.fini();
    run_suites(test, false);
    exit(failures ? 1 : test->extra.exit_code);
}

static bool run_one(const struct plain_test *test)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        be_child(test);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    bool good = test->extra.signal ? WIFSIGNALED(status) && WTERMSIG(status) == test->extra.signal
                                   : WIFEXITED(status) && WEXITSTATUS(status) == test->extra.exit_code;
    if (!good)
        fprintf(stderr, "[FAIL] %s::%s, status %#x\n", test->suite, test->name, (unsigned)status);
    return good;
}

int main(void)
{
    int tested = 0, passing = 0;
    for (const struct plain_test *test = first; test; test = test->next) {
        if (!test->name || test->extra.disabled)
            continue;
        tested++;
        passing += run_one(test);
    }
    fprintf(stderr, "Synthesis: Tested: %d | Passing: %d | Failing: %d\n", tested, passing, tested - passing);
    return tested == passing && tested ? 0 : 1;
}
