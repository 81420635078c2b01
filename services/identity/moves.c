#include "identity/moves.h"

enum moves_scope moves_scope_of(struct ho_slice event)
{
    static const struct {
        const char *event;
        enum moves_scope scope;
    } rows[] = {{"A18", MOVES_PATIENT}, {"A30", MOVES_PATIENT}, {"A34", MOVES_PATIENT}, {"A35", MOVES_ACCOUNT},
                {"A36", MOVES_PATIENT}, {"A39", MOVES_PATIENT}, {"A40", MOVES_PATIENT}, {"A41", MOVES_ACCOUNT},
                {"A42", MOVES_VISIT},   {"A43", MOVES_PATIENT}, {"A44", MOVES_ACCOUNT}, {"A45", MOVES_VISIT},
                {"A46", MOVES_PATIENT}, {"A47", MOVES_PATIENT}, {"A49", MOVES_ACCOUNT}, {"A50", MOVES_VISIT},
                {"A51", MOVES_VISIT}};
    for (size_t i = 0; i < HO_LENGTH(rows); i++)
        if (ho_slice_is(event, rows[i].event))
            return rows[i].scope;
    return MOVES_NONE;
}

static struct ho_slice value_of(const struct ho_hl7 *msg, const char *segment, int field)
{
    struct ho_slice value = ho_hl7_get(msg, segment, field, 1);
    return value.len && !ho_hl7_is_null(value) ? value : HO_SLICE("");
}

/* The source is there, and differs from the target or stands under another patient. */
static bool changes(struct ho_slice source, struct ho_slice target, bool other_patient)
{
    return source.len && (other_patient || !ho_slice_equal(source, target));
}

bool moves_read(const struct ho_hl7 *msg, const struct adt_matched *adt, struct ho_slice losing, struct ho_slice target,
                struct adt_matched_move *ret_move)
{
    enum moves_scope scope = moves_scope_of(adt->event);
    struct ho_slice account = value_of(msg, "MRG", 3), visit = value_of(msg, "MRG", 5);
    struct ho_slice to_account = value_of(msg, "PID", 18), to_visit = value_of(msg, "PV1", 19);
    bool other_patient = losing.len && !ho_slice_equal(losing, target);
    bool alternate = ho_slice_is(adt->event, "A51");
    *ret_move = (struct adt_matched_move){.from = HO_SLICE(""), .to = HO_SLICE(""), .feed = adt->feed};
    ret_move->patient = losing.len ? losing : HO_SLICE("");
    ret_move->account = ret_move->visit = HO_SLICE("");
    if (scope == MOVES_PATIENT)
        return other_patient;
    if (scope == MOVES_ACCOUNT) {
        ret_move->account = account;
        return changes(account, to_account, other_patient);
    }
    if (alternate) {
        visit = value_of(msg, "MRG", 6);
        to_visit = value_of(msg, "PV1", 50);
    }
    bool other_account = account.len && to_account.len && !ho_slice_equal(account, to_account);
    ret_move->account = account;
    ret_move->visit = alternate ? HO_SLICE("") : visit;
    return changes(visit, to_visit, other_patient || (ho_slice_is(adt->event, "A45") && (other_account || !to_visit.len)));
}
