/*
 * world: identity's core with its states, roster and feeds, as the processor would run it: every state is encoded and
 * decoded around each event, rows of the roster wake the states that wait for them, timers fire when they are due.
 */
#ifndef TEST_IDENTITY_WORLD_H
#define TEST_IDENTITY_WORLD_H

#include "adt_matched.h"
#include "adt_unmatched.h"
#include "identity/identity_core.h"
#include "identity_state.h"
#include "member.h"

#define WORLD_STATES_MAX 512
#define WORLD_OUT_MAX 2048

/* What was written, in short. */
struct world_out {
    bool matched;
    char key[72], member[72], rule[24], message[48], event[8], from[72], to[72], patient[72], account[32], visit[32], id[72];
    bool move;
    enum adt_unmatched_unmatched_state state;
    int32_t candidates;
};

struct world {
    struct identity_env env;
    struct ho_avro_reader *reader;
    struct ho_arena arena;
    char keys[WORLD_STATES_MAX][96];
    struct ho_buf states[WORLD_STATES_MAX];
    size_t state_count;
    struct world_out out[WORLD_OUT_MAX];
    size_t out_count;
    int64_t now_ms, offset;
    const char *reason; /* of the last event */
    enum ho_outcome outcome;
};

void world_init(struct world *w);
void world_release(struct world *w);
/* The state at an index, decoded into the arena. */
struct identity_state *world_decode(struct world *w, size_t at);
/* A message of a feed; the index of the first thing that it wrote. */
size_t world_send(struct world *w, const char *feed, const char *bytes);
/* Wakes the states that wait for one of the tokens; tokens NULL: all that wait, as after a restart. */
void world_wake(struct world *w, const struct ho_tokens *tokens);
/* A row of the roster as JSON, NULL removes it; it takes effect, and with wake those who wait for it are woken. */
void world_member(struct world *w, const char *id, const char *json, bool wake);
/* Everything that is due at now_ms. */
void world_time(struct world *w, int64_t now_ms);
size_t world_parked(struct world *w);

#endif
