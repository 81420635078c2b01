#include "identity/patients.h"

#include "base/id.h"
#include "identity/moves.h"

struct ho_slice patients_slot(struct ho_slice feed, const char *kind, struct ho_slice text, struct ho_arena *arena)
{
    unsigned slot = (unsigned)(ho_hash64(text.ptr, text.len) % IDENTITY_SLOTS);
    feed.len = feed.len <= 64 ? feed.len : 64;
    return ho_arena_printf(arena, "%.*s/%s/%u", HO_SLICE_ARG(feed), kind, slot);
}

/* The nth PID's message: what stands before the first PID, and from this one to the next. */
static const struct ho_hl7 *cut_out(const struct ho_hl7 *msg, size_t nth, struct ho_arena *arena)
{
    struct ho_hl7 *out = ho_arena_copy(arena, msg, sizeof *msg);
    size_t pids = 0, count = 0;
    for (size_t i = 0; i < msg->count; i++) {
        pids += strcmp(msg->segments[i].name, "PID") == 0;
        if (pids == 0 || pids == nth + 1)
            out->segments[count++] = msg->segments[i];
    }
    out->count = count;
    return out;
}

static void add_key(struct patient *out, struct ho_slice key)
{
    for (size_t i = 0; i < out->key_count; i++)
        if (ho_slice_equal(out->keys[i], key))
            return;
    out->keys[out->key_count++] = key;
}

static void read_one(struct patient *out, struct ho_slice feed, struct ho_arena *arena)
{
    struct ho_slice none = {NULL, 0};
    enum moves_scope scope = moves_scope_of(ho_hl7_get(out->msg, "MSH", 9, 2));
    out->losing = scope == MOVES_NONE ? none : claim_merged(out->msg);
    out->local_count = claim_locals(out->msg, scope == MOVES_PATIENT ? out->losing : none, out->locals);
    struct ho_slice all[CLAIM_LOCALS_MAX];
    out->itself = out->losing.len && !out->local_count && claim_locals(out->msg, none, all) > 0;
    for (size_t i = 0; i < out->local_count; i++)
        add_key(out, patients_slot(feed, "local", out->locals[i], arena));
    if (!out->local_count)
        add_key(out, patients_slot(feed, "local", out->message_id, arena));
    if (out->losing.len)
        add_key(out, patients_slot(feed, "local", out->losing, arena));
}

size_t patients_read(const struct ho_hl7 *msg, struct ho_slice feed, struct ho_slice message_id, struct ho_arena *arena,
                     struct patients to)
{
    size_t pids = 0;
    char id[HO_ID_SIZE];
    while (ho_hl7_segment(msg, "PID", pids))
        pids++;
    for (size_t i = 0; i < (pids ? pids : 1) && to.count <= IDENTITY_PATIENTS_MAX; i++, to.count++) {
        const struct ho_slice parts[] = {message_id, ho_arena_printf(arena, "%zu", to.count)};
        struct ho_slice own =
            to.count ? ho_arena_slice(arena, ho_id_make(id, "msg", parts, HO_LENGTH(parts))) : message_id;
        to.items[to.count] = (struct patient){.msg = pids > 1 ? cut_out(msg, i, arena) : msg, .message_id = own};
        read_one(&to.items[to.count], feed, arena);
    }
    return to.count;
}
