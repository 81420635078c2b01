#include "notify/who.h"

#define HOLDS(span, date) ((span).from <= (date) && ((span).to == 0 || (date) <= (span).to))

static void take_spans(struct notify_state *state, const struct member *row, struct ho_arena *arena)
{
    state->pcp.items = HO_ARENA_ARRAY(arena, struct notify_state_pcp_span, row->pcp.count);
    state->coverage.items = HO_ARENA_ARRAY(arena, struct notify_state_cover_span, row->coverage.count);
    state->contacts.items = HO_ARENA_ARRAY(arena, struct notify_state_contact_span, row->care_team.count);
    state->pcp.count = row->pcp.count;
    state->coverage.count = row->coverage.count;
    state->contacts.count = 0;
    for (size_t i = 0; i < row->pcp.count; i++)
        state->pcp.items[i] = (struct notify_state_pcp_span){row->pcp.items[i].from, row->pcp.items[i].to,
                                                             row->pcp.items[i].provider_id};
    for (size_t i = 0; i < row->coverage.count; i++)
        state->coverage.items[i] = (struct notify_state_cover_span){
            row->coverage.items[i].from, row->coverage.items[i].to, row->coverage.items[i].hospice};
    for (size_t i = 0; i < row->care_team.count; i++) {
        const struct member_care_team_span *one = &row->care_team.items[i];
        if (ho_slice_is(one->role, "contact"))
            state->contacts.items[state->contacts.count++] =
                (struct notify_state_contact_span){one->from, one->to, one->name, one->phone};
    }
}

void notify_take_member(struct notify_state *state, const struct member *row, struct ho_arena *arena)
{
    if (!row) { /* what was told stays told: the patient's name and birth date do too */
        state->pcp.count = state->coverage.count = state->contacts.count = 0;
        state->deceased_date = 0;
        return;
    }
    state->member_id = row->member_id;
    state->family = row->family;
    state->given = row->given;
    state->birth_date = row->birth_date;
    state->sex = ho_slice_of(member_sex_names[row->sex]);
    state->phone = row->phone;
    state->caregiver_name = row->caregiver_name;
    state->caregiver_phone = row->caregiver_phone;
    state->language = row->language;
    state->interpreter = row->interpreter;
    state->zone = row->zone;
    state->deceased_date = row->deceased_date;
    take_spans(state, row, arena);
}

const struct notify_state_pcp_span *notify_pcp_on(const struct notify_state *state, int32_t date)
{
    for (size_t i = 0; i < state->pcp.count; i++)
        if (HOLDS(state->pcp.items[i], date))
            return &state->pcp.items[i];
    return NULL;
}

bool notify_covered_on(const struct notify_state *state, int32_t date)
{
    for (size_t i = 0; i < state->coverage.count; i++)
        if (HOLDS(state->coverage.items[i], date))
            return true;
    return state->coverage.count == 0;
}

bool notify_hospice_on(const struct notify_state *state, int32_t date)
{
    for (size_t i = 0; i < state->coverage.count; i++)
        if (HOLDS(state->coverage.items[i], date) && state->coverage.items[i].hospice)
            return true;
    return false;
}

const struct notify_state_contact_span *notify_contact_on(const struct notify_state *state, int32_t date)
{
    for (size_t i = 0; i < state->contacts.count; i++)
        if (HOLDS(state->contacts.items[i], date))
            return &state->contacts.items[i];
    return NULL;
}
