/*
 * NAME      ho-tally - the probe: a daemon of the tests, which asks for everything that the processor can do
 * CONSUMES  probe.moves, probe.cancels (urgent), probe.amounts (bulk), probe.profiles (table), probe.rates (lookup)
 * PRODUCES  probe.told, probe.done (3 partitions), probe.reminders (1 partition)
 * STATE     tally.changelog; views totals and open
 * DECIDES   tally_core.h, rules tally.1 to tally.7
 * CONFIG    --help
 */
#include "probe_amount.h"
#include "probe_done.h"
#include "probe_move.h"
#include "probe_profile.h"
#include "probe_rate.h"
#include "probe_reminder.h"
#include "probe_told.h"
#include "tally_core.h"

static struct tally_rates rates;

static void on_row(void *env, struct ho_slice key, const void *row, struct ho_tokens *wake)
{
    struct tally_rates *all = env;
    const struct probe_rate *rate = row;
    int index = tally_rate(key);
    if (index < 0)
        return;
    all->known[index] = rate != NULL;
    all->factors[index] = rate ? rate->factor : 0;
    ho_tokens_add(wake, ho_arena_printf(wake->arena, "rates/%.*s", HO_SLICE_ARG(key)));
}

static const struct ho_input inputs[] = {[TALLY_MOVES] = {"probe.moves", &probe_move_record, HO_INPUT_URGENT},
                                         [TALLY_CANCELS] = {"probe.cancels", &probe_move_record, HO_INPUT_URGENT},
                                         [TALLY_AMOUNTS] = {"probe.amounts", &probe_amount_record, HO_INPUT_BULK},
                                         [TALLY_PROFILES] = {"probe.profiles", &probe_profile_record, HO_INPUT_TABLE},
                                         {NULL, NULL, 0}};
static const struct ho_output outputs[] = {[TALLY_TOLD] = {"probe.told", &probe_told_record},
                                           [TALLY_DONE] = {"probe.done", &probe_done_record},
                                           [TALLY_REMINDERS] = {"probe.reminders", &probe_reminder_record},
                                           {NULL, NULL}};
static const struct ho_lookup lookups[] = {{"probe.rates", &probe_rate_record, on_row}, {NULL, NULL, NULL}};

static const char *const loose[] = {"revision", NULL};

static const struct ho_processor_spec spec = {.name = "tally",
                                              .manual = "ho-tally - the probe: a daemon of the tests",
                                              .inputs = inputs,
                                              .outputs = outputs,
                                              .lookups = lookups,
                                              .state = &tally_state_record,
                                              .state_keys = tally_state_keys,
                                              .decide = tally_decide,
                                              .next_due = tally_next_due,
                                              .waits = tally_waits,
                                              .view = tally_view,
                                              .loose = loose,
                                              .env = &rates};

int main(int argc, char **argv)
{
    return ho_processor_main(argc, argv, &spec);
}
