#include <criterion/criterion.h>
#include <stdio.h>

#include "processor/internal.h"

static struct ho_slice key_of(char out[32], int state)
{
    return (struct ho_slice){out, (size_t)snprintf(out, 32, "s%d", state)};
}

static struct ho_slice token_of(char out[32], int token)
{
    return (struct ho_slice){out, (size_t)snprintf(out, 32, "token/%d", token)};
}

static struct ho_slice lines_of(char out[64], int a, int b)
{
    return (struct ho_slice){out, (size_t)snprintf(out, 64, "token/%d\ntoken/%d\n", a, b)};
}

/* What was woken, taken out of the queue as the processor takes it. */
static size_t collect(struct ho_processor *proc, bool seen[])
{
    size_t woken = 0;
    for (;;) {
        proc->item_count = 0;
        ho_wake_collect(proc);
        if (proc->item_count == 0)
            return woken;
        for (size_t i = 0; i < proc->item_count; i++) {
            int64_t number = -1;
            struct ho_slice key = proc->items[i].event.key;
            cr_assert(ho_slice_to_int64((struct ho_slice){key.ptr + 1, key.len - 1}, &number));
            cr_assert_eq(proc->items[i].event.input, HO_EVENT_WAKE);
            cr_assert_not(seen[number], "state %lld was woken twice", (long long)number);
            seen[number] = true;
            woken++;
        }
    }
}

static struct ho_processor *processor_new(void)
{
    struct ho_processor *proc = ho_calloc(1, sizeof *proc);
    proc->waiting = ho_waiting_new();
    proc->part_count = 4;
    proc->parts = ho_calloc(4, sizeof *proc->parts);
    proc->item_cap = HO_WAKES_MAX;
    proc->items = ho_calloc(proc->item_cap, sizeof *proc->items);
    proc->assigned = true;
    return proc;
}

static void processor_free(struct ho_processor *proc)
{
    ho_waiting_free(proc->waiting);
    ho_arena_release(&proc->arena);
    ho_free(proc->parts);
    ho_free(proc->items);
    ho_free(proc);
}

/* Against a plain table: states wait for random pairs of tokens, change their minds and go; a token wakes exactly those
 * that wait for it at that moment. */
Test(waiting, a_token_wakes_those_who_wait_for_it)
{
    enum { STATES = 2000, TOKENS = 50 };
    static int waits[STATES][2];
    struct ho_processor *proc = processor_new();
    unsigned random = 20260101;
    char key[32], tokens[64], token[32];
    for (int step = 0; step < 20000; step++) {
        random = random * 1103515245u + 12345u;
        int state = (int)(random >> 8) % STATES, a = (int)(random >> 4) % TOKENS + 1, b = (int)(random >> 13) % TOKENS + 1;
        bool gone = step % 5 == 0;
        waits[state][0] = gone ? 0 : a;
        waits[state][1] = gone ? 0 : b;
        struct ho_slice lines = gone ? HO_SLICE("") : lines_of(tokens, a, b);
        ho_waiting_set(proc->waiting, state % 4, key_of(key, state), lines);
        if (step % 100)
            continue;
        bool seen[STATES] = {false};
        size_t expected = 0;
        ho_waiting_wake(proc->waiting, token_of(token, a));
        ho_waiting_wake(proc->waiting, token_of(token, a));
        size_t woken = collect(proc, seen);
        for (int i = 0; i < STATES; i++) {
            bool should = waits[i][0] == a || waits[i][1] == a;
            expected += should;
            cr_assert_eq(seen[i], should, "step %d: state %d", step, i);
        }
        cr_assert_eq(woken, expected);
    }
    ho_waiting_clear(proc->waiting);
    cr_assert_eq(ho_waiting_count(proc->waiting), 0);
    processor_free(proc);
}

Test(waiting, a_state_that_goes_is_not_woken_any_more)
{
    struct ho_processor *proc = processor_new();
    bool seen[8] = {false};
    ho_waiting_set(proc->waiting, 1, HO_SLICE("s1"), HO_SLICE("x\n"));
    ho_waiting_set(proc->waiting, 1, HO_SLICE("s2"), HO_SLICE("x\n"));
    ho_waiting_wake(proc->waiting, HO_SLICE("x"));
    ho_waiting_set(proc->waiting, 1, HO_SLICE("s1"), HO_SLICE(""));
    cr_assert_eq(collect(proc, seen), 1);
    cr_assert(seen[2] && !seen[1]);
    processor_free(proc);
}
