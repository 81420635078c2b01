/*
 * criterion: as much of Criterion's interface as our unit tests use, for builds in which Criterion does not start (its
 * allocator refuses ThreadSanitizer's memory layout). A test is a child process of a plain main() (../plain.c).
 */
#ifndef HO_PLAIN_CRITERION_H
#define HO_PLAIN_CRITERION_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_extra {
    int line; /* where the test stands */
    int signal, exit_code;
    double timeout; /* seconds; 0: none */
    bool disabled;
    const char *description;
    void (*init)(void), (*fini)(void);
};

struct plain_test {
    const char *suite, *name; /* name NULL: a suite, whose init and fini are those of each of its tests */
    void (*body)(void);
    struct plain_extra extra;
    struct plain_test *next;
};

void plain_register(struct plain_test *test);
/* Says what failed; a fatal failure ends the test. */
void plain_check(bool fatal, bool good, const char *where, const char *text, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#define PLAIN_TEXT_(x) #x
#define PLAIN_TEXT(x) PLAIN_TEXT_(x)
#define PLAIN_WHERE __FILE__ ":" PLAIN_TEXT(__LINE__)

#define PLAIN_REGISTER(label, suite_name, test_name, function, ...)                                                    \
    static struct plain_test label##_entry = {                                                                         \
        .suite = suite_name, .name = test_name, .body = function, .extra = {.line = __LINE__, ##__VA_ARGS__}};         \
    __attribute__((constructor)) static void label##_register(void)                                                    \
    {                                                                                                                  \
        plain_register(&label##_entry);                                                                                \
    }

#define Test(suite, name, ...)                                                                                         \
    static void suite##_##name##_body(void);                                                                           \
    PLAIN_REGISTER(suite##_##name, #suite, #name, suite##_##name##_body, ##__VA_ARGS__)                                \
    static void suite##_##name##_body(void)
#define TestSuite(suite, ...) PLAIN_REGISTER(suite##_suite, #suite, NULL, NULL, ##__VA_ARGS__)

#define PLAIN_IS(fatal, condition, ...) plain_check(fatal, condition, PLAIN_WHERE, #condition, " " __VA_ARGS__)

#define cr_assert(condition, ...) PLAIN_IS(true, (condition), __VA_ARGS__)
#define cr_assert_not(condition, ...) PLAIN_IS(true, !(condition), __VA_ARGS__)
#define cr_assert_eq(a, b, ...) PLAIN_IS(true, (a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...) PLAIN_IS(true, (a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...) PLAIN_IS(true, (a) < (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...) PLAIN_IS(true, (a) <= (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...) PLAIN_IS(true, (a) > (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...) PLAIN_IS(true, (a) >= (b), __VA_ARGS__)
#define cr_assert_null(a, ...) PLAIN_IS(true, (a) == NULL, __VA_ARGS__)
#define cr_assert_not_null(a, ...) PLAIN_IS(true, (a) != NULL, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) PLAIN_IS(true, strcmp(a, b) == 0, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...) PLAIN_IS(true, strcmp(a, b) != 0, __VA_ARGS__)
#define cr_assert_fail(...) PLAIN_IS(true, false, __VA_ARGS__)

#define cr_expect(condition, ...) PLAIN_IS(false, (condition), __VA_ARGS__)
#define cr_expect_not(condition, ...) PLAIN_IS(false, !(condition), __VA_ARGS__)
#define cr_expect_eq(a, b, ...) PLAIN_IS(false, (a) == (b), __VA_ARGS__)
#define cr_expect_neq(a, b, ...) PLAIN_IS(false, (a) != (b), __VA_ARGS__)
#define cr_expect_lt(a, b, ...) PLAIN_IS(false, (a) < (b), __VA_ARGS__)
#define cr_expect_leq(a, b, ...) PLAIN_IS(false, (a) <= (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...) PLAIN_IS(false, (a) > (b), __VA_ARGS__)
#define cr_expect_geq(a, b, ...) PLAIN_IS(false, (a) >= (b), __VA_ARGS__)
#define cr_expect_null(a, ...) PLAIN_IS(false, (a) == NULL, __VA_ARGS__)
#define cr_expect_not_null(a, ...) PLAIN_IS(false, (a) != NULL, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) PLAIN_IS(false, strcmp(a, b) == 0, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...) PLAIN_IS(false, strcmp(a, b) != 0, __VA_ARGS__)
#define cr_expect_fail(...) PLAIN_IS(false, false, __VA_ARGS__)

#endif
