/* The window against a model of it: the last so many puts, whatever their sizes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/window.h"

#define COUNT 8
#define BYTES 300

static struct window window;
static void *memory;

static void open_window(void)
{
    memory = ho_malloc(window_size(COUNT, BYTES));
    window_init(&window, memory, COUNT, BYTES);
}

static void close_window(void)
{
    ho_free(memory);
}

TestSuite(window, .init = open_window, .fini = close_window);

Test(window, rule_10_the_same_message_gets_the_stored_answer)
{
    struct ho_slice answer = HO_SLICE("untouched");
    cr_assert_eq(window_look(&window, "msg_a", 7, &answer), WINDOW_NEW);
    window_put(&window, "msg_a", 7, HO_SLICE("first"));
    window_put(&window, "msg_a", 7, HO_SLICE("second"));
    cr_assert_eq(window_look(&window, "msg_a", 7, &answer), WINDOW_RESENT);
    cr_assert(ho_slice_is(answer, "first"), "the first one's answer stands: %.*s", HO_SLICE_ARG(answer));
}

Test(window, rule_11_another_message_with_its_control_id_is_a_reuse)
{
    struct ho_slice answer = HO_SLICE("untouched");
    window_put(&window, "msg_a", 7, HO_SLICE("first"));
    cr_assert_eq(window_look(&window, "msg_b", 7, &answer), WINDOW_REUSED);
    cr_assert_eq(window_look(&window, "msg_b", 7 + 16, &answer), WINDOW_NEW, "the same bucket is not the same id");
    cr_assert(ho_slice_is(answer, "untouched"));
}

Test(window, rule_11_empty_control_ids_match_nothing)
{
    struct ho_slice answer;
    window_put(&window, "msg_a", 0, HO_SLICE("first"));
    cr_assert_eq(window_look(&window, "msg_a", 0, &answer), WINDOW_NEW);
}

Test(window, an_answer_that_does_not_fit_is_not_kept)
{
    static const char large[BYTES + 1];
    struct ho_slice answer;
    window_put(&window, "msg_a", 7, HO_SLICE("first"));
    window_put(&window, "msg_b", 8, (struct ho_slice){large, sizeof large});
    cr_assert_eq(window_look(&window, "msg_b", 8, &answer), WINDOW_NEW);
    cr_assert_eq(window_look(&window, "msg_a", 7, &answer), WINDOW_RESENT);
    window_put(&window, "msg_c", 9, HO_SLICE(""));
    cr_assert_eq(window_look(&window, "msg_c", 9, &answer), WINDOW_RESENT);
    cr_assert_eq(answer.len, 0);
}

/* Every message within the last so many that together fit must be found with its own answer; none is ever wrong, and one
 * older than COUNT puts is never there. */
Test(window, holds_the_newest_whatever_their_sizes)
{
    enum { PUTS = 20000 };
    static char answers[PUTS][BYTES / 2 + 1];
    const unsigned seed = 20261125;
    unsigned state = seed;
    for (int i = 0; i < PUTS; i++) {
        char id[HO_ID_SIZE];
        int len = (int)(rand_r(&state) % (BYTES / 2 + 1));
        memset(answers[i], 'a' + i % 26, (size_t)len);
        snprintf(id, sizeof id, "msg_%d", i);
        window_put(&window, id, (uint64_t)(i % 5 + 1), ho_slice_of(answers[i]));
        size_t sum = 0;
        for (int k = i; k >= 0 && k > i - 2 * COUNT; k--) {
            struct ho_slice answer;
            snprintf(id, sizeof id, "msg_%d", k);
            enum window_found found = window_look(&window, id, (uint64_t)(k % 5 + 1), &answer);
            sum += strlen(answers[k]) ? strlen(answers[k]) : 1;
            if (found == WINDOW_RESENT)
                cr_assert(ho_slice_is(answer, answers[k]) && i - k < COUNT, "seed %u: put %d, answer of %d", seed, i, k);
            else /* half of the bytes may be lost at the ring's end, to an answer that is kept in one piece */
                cr_assert(i - k >= COUNT || sum > BYTES / 2, "seed %u: put %d, %d is gone at %zu bytes", seed, i, k, sum);
        }
    }
}
