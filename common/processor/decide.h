/*
 * decide: what a daemon's core sees of the processor: the event that comes, the effects and the states that leave. Pure:
 * no Kafka, no Redis, no clock. `now` of an event is its Kafka timestamp, of a timer its due time.
 */
#ifndef HO_DECIDE_H
#define HO_DECIDE_H

#include "avro/avro.h"
#include "base/arena.h"
#include "base/base.h"

#define HO_EFFECTS_MAX 64
#define HO_STATES_MAX 4 /* states of one event */

#define HO_NEVER INT64_MAX /* no due time */

/* ho_event.input of what is no record: both come with the state's key alone, and now_ms as said. */
enum ho_event_kind {
    HO_EVENT_TIMER = -1, /* the state said this due time (next_due); now_ms is that time */
    HO_EVENT_WAKE = -2   /* a row that the state waits for (waits) came, or may have come before a restart; now_ms is the
                            timestamp of the newest row read */
};

/* What one record brings to decide. All pointers are borrowed for the time of the batch. */
struct ho_event {
    int input;              /* index into spec->inputs, or an ho_event_kind */
    struct ho_slice key;    /* Kafka key; of a timer or a wake the state's key */
    const void *record;     /* the decoded struct; NULL for a tombstone and for raw inputs */
    struct ho_slice value;  /* the bytes as they came */
    int64_t now_ms;         /* Kafka timestamp of the record: this event's now */
    struct ho_slice topic;  /* without namespace */
    int32_t partition;
    int64_t offset;
    struct ho_slice feed;        /* header ho-feed, or absent */
    struct ho_slice message_id;  /* header ho-message-id, or absent */
    struct ho_slice mode;        /* header ho-mode: live, replay, backfill */
    int64_t received_ms;         /* header ho-received-ms, 0 when absent */
};

struct ho_effect {
    int output;          /* index into spec->outputs */
    struct ho_slice key;
    const void *record;  /* the output's generated struct */
    struct ho_slice id;  /* ce_id: the record's id, or id.revision */
    bool hide_feed;      /* ho-feed is not passed on: the feed's name tells too much; set on the item after adding it */
};

enum ho_outcome {
    HO_APPLIED, /* effects and state stand, also when both are empty */
    HO_IGNORED, /* on purpose: counted by reason */
    HO_POISON   /* cannot be understood: the record goes to dlq.<daemon> with the reason */
};

/* Filled by decide. Records, keys and ids that it points to live in arena. */
struct ho_effects {
    struct ho_effect items[HO_EFFECTS_MAX];
    size_t count;
    enum ho_outcome outcome;
    const char *reason; /* static text, a code: "encounters.duplicate"; counted in metrics */
    struct ho_arena *arena;
};

/* Appends an effect. Aborts past HO_EFFECTS_MAX: a core bounds its effects. */
void ho_effects_add(struct ho_effects *effects, int output, struct ho_slice key, const void *record,
                    struct ho_slice id);

/* Texts that name what a state waits for, "providers/P1"; the same texts are told by the lookup whose row comes. */
#define HO_TOKENS_MAX 32
struct ho_tokens {
    struct ho_slice items[HO_TOKENS_MAX];
    size_t count;
    struct ho_arena *arena; /* for texts made on the way */
};
/* Appends, unless it is there. Past the maximum it aborts: a core bounds what it waits for. */
void ho_tokens_add(struct ho_tokens *tokens, struct ho_slice token);

/* What readers see of a state in Redis, beside the state itself: entries of hashes and of sorted sets named
 * {<ns>:<processor>:<p>}:v:<view>. An entry that a state does not give any more is removed. */
struct ho_view_entry {
    struct ho_slice view;  /* "tier", "work/nurse-7" */
    struct ho_slice field; /* of the hash; member of the sorted set */
    struct ho_slice value; /* of the hash; absent: a sorted set, by score */
    int64_t score;
};
#define HO_VIEWS_MAX 64
struct ho_views {
    struct ho_view_entry items[HO_VIEWS_MAX];
    size_t count;
    struct ho_arena *arena;
};
void ho_views_add(struct ho_views *views, struct ho_view_entry entry);

#endif
