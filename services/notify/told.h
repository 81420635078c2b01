/* told: the ledger of one member: events seen, what was shown of them, to whom. Pure. Rules 15, 16 and 26 of notify_core.h. */
#ifndef NOTIFY_TOLD_H
#define NOTIFY_TOLD_H

#include "alert.h"
#include "notify/fill.h"

/* What of an alert a correction is for, in the order of notify_state_fact.shown. */
enum notify_shown {
    NOTIFY_SHOWN_WHEN,
    NOTIFY_SHOWN_PLACE,
    NOTIFY_SHOWN_CLASS,
    NOTIFY_SHOWN_ATTENDING,
    NOTIFY_SHOWN_DISPOSITION,
    NOTIFY_SHOWN_DIAGNOSES,
    NOTIFY_SHOWN_DEATH,
    NOTIFY_SHOWN_PATIENT,
    NOTIFY_SHOWN_ASKED,
    NOTIFY_SHOWN_COUNT
};
#define NOTIFY_CHANGES_MAX (NOTIFY_SHOWN_COUNT + 1) /* and the recipient */

struct notify_changes {
    struct alert_alert_change items[NOTIFY_CHANGES_MAX];
    size_t count;
};

struct notify_state_fact *notify_find(struct notify_state *state, struct ho_slice event_id);
/* A new event, at its bound in the place of another. Pointers to other facts are void after it. */
struct notify_state_fact *notify_add(struct notify_state *state, struct ho_arena *arena);
void notify_remove(struct notify_state *state, size_t index);
/* What the alert shows. */
void notify_show(const struct alert *alert, struct ho_arena *arena, struct ho_slice ret_shown[NOTIFY_SHOWN_COUNT]);
/* Adds what differs from what was shown last. What is withheld now is no change: it takes nothing back. */
void notify_compare(const struct notify_telling *t, const struct ho_slice shown[NOTIFY_SHOWN_COUNT],
                    struct notify_changes *changes);
/* Everything that was shown, and nothing instead: for a retraction. */
void notify_all_back(const struct notify_state_fact *fact, struct notify_changes *changes);
/* What was shown and is withheld now stays in the ledger: it was said. */
void notify_keep_shown(const struct notify_telling *t, const struct ho_slice shown[NOTIFY_SHOWN_COUNT]);
/* The recipient becomes one who was told before. */
void notify_make_former(struct notify_state_fact *fact, struct ho_arena *arena);
/* Takes a provider out of those; the last revision that he got, 0 when he was none of them. */
int32_t notify_back_again(struct notify_state_fact *fact, struct ho_slice provider_id, int64_t *ret_told_ms);

#endif
