/*
 * Why a message had no effect: encounters counts its reasons and keeps none, so its own core judges the member's messages
 * once more, in memory, in the order of their Kafka timestamps. Nothing is written.
 */
#include "member_page.h"

#include <stdio.h>

#include "adt_matched.h"
#include "encounters/encounters_shell.h"
#include "encounters_move.h"

struct replay {
    struct member_page *m;
    struct encounters_env env;
    struct ho_arena arena;
    void *state;
    json_t *reasons;
};

/* The record as encounters reads it, by way of JSON, in which any writer's version is at hand. */
static void *struct_of(struct replay *r, const struct ho_avro_record *record, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    void *out = ho_arena_alloc(&r->arena, ho_avro_size(record));
    struct ho_slice json = text ? ho_arena_slice(&r->arena, ho_slice_of(text)) : HO_SLICE("{}");
    ho_free(text);
    return ho_avro_from_json(record, json, &r->arena, out, NULL) == HO_OK ? out : NULL;
}

static void judge(struct replay *r, const json_t *record, int input)
{
    struct ho_effects *effects = HO_ARENA_NEW(&r->arena, struct ho_effects);
    const json_t *value = json_object_get(record, "value");
    struct ho_event event = {.input = input, .key = ho_slice_of(r->m->id), .now_ms = member_number(record, "at_ms"),
                             .partition = r->m->partition, .offset = member_number(record, "offset")};
    event.record = struct_of(r, input == ENCOUNTERS_ADT_MATCHED ? &adt_matched_record : &encounters_move_record, value);
    if (!event.record)
        return; /* not readable to the present core: no reason rather than a guess */
    effects->arena = &r->arena;
    encounters_decide(&r->env, &event, &r->state, effects);
    if (input == ENCOUNTERS_ADT_MATCHED && effects->reason)
        json_object_set_new(r->reasons, member_text(value, "message_id"),
                            json_string(effects->reason));
}

/* Both logs by time; at one time messages first. */
static void judge_all(struct replay *r)
{
    const json_t *messages = member_records(r->m, "adt.matched"), *moves = member_records(r->m, "encounters.moves");
    size_t i = 0, k = 0, count = json_array_size(messages), move_count = json_array_size(moves);
    while (i < count || k < move_count) {
        const json_t *message = json_array_get(messages, i), *move = json_array_get(moves, k);
        bool first = message && (!move || member_number(message, "at_ms") <= member_number(move, "at_ms"));
        judge(r, first ? message : move, first ? ENCOUNTERS_ADT_MATCHED : ENCOUNTERS_MOVES_IN);
        *(first ? &i : &k) += 1;
    }
}

/* The folder of policies in the configuration that the stack gave to encounters. */
static bool read_policy(struct replay *r)
{
    char path[512], line[512], folder[512] = "";
    bool within = false;
    snprintf(path, sizeof path, "%s/etc/encounters.ini", r->m->stack->dir);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (line[0] == '[')
            within = strncmp(line, "[policy]", 8) == 0;
        else if (within && strncmp(line, "dir = ", 6) == 0)
            snprintf(folder, sizeof folder, "%.*s", (int)strcspn(line + 6, "\r\n"), line + 6);
    }
    if (file)
        fclose(file);
    return *folder && encounters_load_policy(&r->env.policy, folder, NULL) == HO_OK;
}

json_t *member_reasons(struct member_page *m)
{
    struct replay r = {.m = m, .reasons = json_object()};
    r.state = ho_arena_alloc(&r.arena, ho_avro_size(&encounters_state_record));
    if (read_policy(&r) && ho_avro_from_json(&encounters_state_record, HO_SLICE("{}"), &r.arena, r.state, NULL) == HO_OK)
        judge_all(&r);
    ho_arena_release(&r.arena);
    return r.reasons;
}
