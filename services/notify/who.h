/* who: what a member's row says of whom to tell. Pure. Rules 9 to 11 and 13 of notify_core.h. */
#ifndef NOTIFY_WHO_H
#define NOTIFY_WHO_H

#include "base/arena.h"
#include "member.h"
#include "notify_state.h"

/* Rule 13: the row takes the place of what was known. NULL: it was made in error, and nothing is known. */
void notify_take_member(struct notify_state *state, const struct member *row, struct ho_arena *arena);
/* Rule 9; NULL: nobody. */
const struct notify_state_pcp_span *notify_pcp_on(const struct notify_state *state, int32_t date);
/* Rule 10. Where the row holds no span at all, coverage is not known, and nobody is left out. */
bool notify_covered_on(const struct notify_state *state, int32_t date);
bool notify_hospice_on(const struct notify_state *state, int32_t date);
const struct notify_state_contact_span *notify_contact_on(const struct notify_state *state, int32_t date);

#endif
