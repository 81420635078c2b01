/*
 * tally: the core of the probe, a daemon of the tests alone. It asks for everything that the processor can do, and what
 * it comes to is the same for every interleaving, batch size, restart and partition count, so that a model which knows
 * nothing of batches can say what must have come out. It never looks whether a record came before: one that is
 * processed twice, or not at all, shows in the counts.
 *
 *  tally.1  ADD counts once in its state: count, amount by factor, scrambled id; probe.done tells what became of it.
 *  tally.2  ADD with `other` takes the amount from that second state: both change by one event.
 *  tally.3  ADD whose rate is not known waits in the state (probe.done revision 1 without a value), and counts when the
 *           row comes (HO_EVENT_WAKE; probe.done revision 2).
 *  tally.4  REMIND fires at its due time, once, unless a CANCEL of its id has a timestamp before that time. A CANCEL may
 *           come before its REMIND. One that is stamped later changes nothing, whenever it is read.
 *  tally.5  Every change of a state tells what it has come to, with the next revision.
 *  tally.6  Amounts of the bulk input count for themselves; a profile's bound is the last one, none after a tombstone.
 *  tally.7  NOTHING is ignored. POISON is poison. HUGE asks for an output past the limit of a record: the event goes to
 *           the dead letters and changes nothing. CRASH writes through a null pointer.
 */
#ifndef TALLY_CORE_H
#define TALLY_CORE_H

#include "processor/processor.h"
#include "tally_state.h"

enum tally_input { TALLY_MOVES, TALLY_CANCELS, TALLY_AMOUNTS, TALLY_PROFILES };
enum tally_output { TALLY_TOLD, TALLY_DONE, TALLY_REMINDERS };

#define TALLY_LIST_MAX 16
#define TALLY_RATES_MAX 256
#define TALLY_HUGE 4000000 /* bytes */

/* The lookup: "R000" to "R255". */
struct tally_rates {
    int64_t factors[TALLY_RATES_MAX];
    bool known[TALLY_RATES_MAX];
};

/* Index of a rate's id, or -1. */
int tally_rate(struct ho_slice id);
uint64_t tally_scramble(uint64_t id); /* splitmix64 */

size_t tally_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                        struct ho_slice keys[HO_STATES_MAX]);
void tally_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
int64_t tally_next_due(const void *state);
void tally_waits(const void *state, struct ho_tokens *tokens);
/* totals: a hash, "count sum bulk_count bulk_sum"; open: a sorted set of keys that wait or will be reminded, by how
 * many. */
void tally_view(struct ho_slice key, const void *state, struct ho_views *views);

#endif
