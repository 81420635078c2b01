/*
 * identity: whose message is this? Never a guess; a match is a decision with its evidence, and later evidence does not
 * move it. Pure. The rules, and where each stands:
 *
 *  identity.1  Duplicate: a message id (feed and bytes) seen before in its ring slot is dropped.
 *  identity.2  A value that is not HL7 v2 with MSH-9, or is about more than IDENTITY_PATIENTS_MAX patients, is poison: it goes to
 *              the dead letters; XML is counted apart. In a frame of several a message that cannot be read does not hide the
 *              others: with patients beside it, or of a message longer than we index, the frame counts as `identity.2 in part`.
 *  identity.3  Ignored and counted: messages that are not ADT, and events that carry no patient (A19 A20 A56-A59); beside
 *              another message in the same frame too (`identity.3 in part`).
 *  identity.4  Candidate ids: claim.h.
 *  identity.5 to identity.14, identity.18  Who it is, or why nobody: match.h.
 *  identity.11, identity.18, identity.19  What the feed's own numbers say: links.h.
 *  identity.15, identity.16  Waiting, and leaving the park: park.h.
 *  identity.17, identity.19  Merges, moves and changes of numbers: moves.h.
 *  identity.20 A message about several patients (A17, merges of several pairs, a second ADT in the same frame) is several
 *              messages; those whose states do not fit (HO_STATES_MAX) are told as refused. A message that nothing could ever explain, since
 *              it names nobody, is told and does not wait.
 * Not matched means adt.unmatched, with the rule and without anything of the person.
 */
#ifndef IDENTITY_CORE_H
#define IDENTITY_CORE_H

#include "clock/zone.h"
#include "feed/feed.h"
#include "hl7/charset.h"
#include "identity/match.h"
#include "processor/decide.h"

#define IDENTITY_SLOTS 4096   /* ring slots of seen ids, and of patient numbers, per feed */
#define IDENTITY_PATIENTS_MAX 8 /* of one frame; with more it is poison */
#define IDENTITY_SLOT_IDS 16  /* ids a slot: a window of at least some 30,000 messages a feed */

enum identity_output { IDENTITY_MATCHED, IDENTITY_UNMATCHED };

struct identity_env {
    struct ho_feeds feeds;
    struct ho_zone *zones; /* one a feed, in their order */
    struct roster roster;
    struct identity_policies policies;
    /* The shell's: a message in any character set as UTF-8, and a value of it after its escapes (hl7/charset.h); the same
     * bytes always the same. utf8 NULL: as it is. */
    struct ho_hl7_utf8 (*utf8)(struct ho_hl7_charsets *charsets, struct ho_slice message, struct ho_arena *arena);
    struct ho_slice (*text_utf8)(const struct ho_hl7_charsets *charsets, const struct ho_hl7_utf8 *message,
                                 struct ho_slice value, struct ho_arena *arena);
    struct ho_hl7_charsets *charsets;
    struct ho_avro_reader *matched; /* reads the records that waited, also those of an earlier version */
};

/* How each patient of a message was judged, for `ho match`; texts live in the arena of the effects. */
struct identity_trace {
    struct {
        struct match match;
        struct match_local local;
        const struct identity_state_parked *claim;
    } items[IDENTITY_PATIENTS_MAX];
    size_t count;
};

size_t identity_state_keys(const void *env, const struct ho_event *event, struct ho_arena *arena,
                           struct ho_slice keys[HO_STATES_MAX]);
void identity_decide(const void *env, const struct ho_event *event, void *const states[], struct ho_effects *effects);
/* The same, and says how; trace may be NULL. */
void identity_decide_traced(const void *env, const struct ho_event *event, void *const states[],
                            struct ho_effects *effects, struct identity_trace *trace);
int64_t identity_next_due(const void *state);
void identity_waits(const void *state, struct ho_tokens *tokens);

#endif
