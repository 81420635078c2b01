#include "identity/match.h"

#include "identity/fold.h"
#include "member.h"

/* One search: what is asked, and what is found. */
struct search {
    const struct roster *roster;
    const struct identity_policy *policy;
    const struct identity_state_parked *claim;
    char family[FOLD_SIZE], given[FOLD_SIZE], zip[FOLD_ZIP_SIZE];
    struct match *out;
};

const struct identity_policy *identity_policy_of(const struct identity_policies *policies, int32_t date)
{
    size_t at = 0;
    while (at + 1 < policies->count && policies->items[at + 1].effective <= date)
        at++;
    return &policies->items[at];
}

static bool agrees(const struct search *s, const struct roster_row *row)
{
    const char *given = roster_text(row, ROSTER_GIVEN);
    bool given_differs = s->given[0] && *given && fold_compare(s->given, given) == FOLD_DIFFERENT;
    if (s->claim->birth_date && s->claim->birth_date == row->birth_date)
        return true;
    return fold_compare(s->family, roster_text(row, ROSTER_FAMILY)) == FOLD_SAME &&
           !(s->claim->birth_date && given_differs);
}

static bool same_sex(const struct search *s, const struct roster_row *row)
{
    return s->claim->sex != MEMBER_SEX_UNKNOWN && s->claim->sex == row->sex;
}

static bool same_zip(const struct search *s, const struct roster_row *row)
{
    return s->zip[0] && strcmp(s->zip, roster_text(row, ROSTER_ZIP)) == 0;
}

static bool same_phone(const struct search *s, const struct roster_row *row)
{
    char phone[FOLD_PHONE_SIZE];
    for (size_t i = 0; i < s->claim->phones.count; i++)
        if (fold_same_phone(ho_slice_copy(s->claim->phones.items[i], phone, sizeof phone), roster_text(row, ROSTER_PHONE)))
            return true;
    return false;
}

/* Rules 5 to 7, for the ids of rule 4. */
static void find_by_id(struct search *s)
{
    for (size_t i = 0; i < s->claim->member_ids.count; i++) {
        const struct roster_row *row = roster_find(s->roster, s->claim->member_ids.items[i]);
        if (!row)
            continue;
        s->out->ids_known++;
        if (!agrees(s, row))
            continue;
        const struct roster_row *stands = roster_stands(s->roster, row);
        if (!stands)
            s->out->circle = true;
        else if (s->out->by_id && s->out->by_id != stands)
            s->out->conflict = true;
        else
            s->out->by_id = stands;
    }
}

/* Rule 12: the only one; others that cannot be told apart are rivals. */
static void weigh_exact(struct search *s, const struct roster_row *row, const struct roster_row *stands)
{
    bool place_known = *roster_text(row, ROSTER_ZIP) || *roster_text(row, ROSTER_PHONE);
    bool place = same_zip(s, row) || same_phone(s, row);
    if (row->birth_date != s->claim->birth_date || !same_sex(s, row) ||
        fold_compare(s->family, roster_text(row, ROSTER_FAMILY)) != FOLD_SAME ||
        fold_compare(s->given, roster_text(row, ROSTER_GIVEN)) != FOLD_SAME || (place_known && !place))
        return;
    if (!roster_covered(stands, s->claim->date)) {
        s->out->uncovered = s->out->uncovered || place;
        return;
    }
    if (s->out->exact == stands)
        return;
    s->out->rivals++;
    if (place)
        s->out->exact = stands;
}

/* Rule 13; 0 when a guard refuses. */
static int score(const struct search *s, const struct roster_row *row)
{
    const struct identity_policy *policy = s->policy;
    enum fold_likeness family = fold_compare(s->family, roster_text(row, ROSTER_FAMILY));
    enum fold_likeness given = fold_compare(s->given, roster_text(row, ROSTER_GIVEN));
    bool zip = same_zip(s, row), phone = same_phone(s, row), birth = row->birth_date == s->claim->birth_date;
    bool other_sex = s->claim->sex && row->sex && s->claim->sex != row->sex;
    if (family == FOLD_DIFFERENT || (given != FOLD_SAME && given != FOLD_PART) || other_sex || !(zip || phone))
        return 0;
    int points = family == FOLD_SAME ? policy->family_same : family == FOLD_NEAR ? policy->family_near : policy->family_part;
    points += given == FOLD_SAME ? policy->given_same : policy->given_part;
    points += birth ? policy->birth_same : policy->birth_beside;
    points += same_sex(s, row) ? policy->sex_same : 0;
    return points + (zip ? policy->zip_same : 0) + (phone ? policy->phone_same : 0);
}

static void weigh_score(struct search *s, const struct roster_row *row, const struct roster_row *stands)
{
    int points = roster_covered(stands, s->claim->date) ? score(s, row) : 0;
    if (stands == s->out->best) {
        s->out->best_score = points > s->out->best_score ? points : s->out->best_score;
    } else if (points > s->out->best_score) {
        s->out->next_score = s->out->best_score;
        s->out->best_score = points;
        s->out->best = stands;
    } else if (points > s->out->next_score) {
        s->out->next_score = points;
    }
}

/* Rules 12 and 13 over one block; a member is in it once. */
static void weigh_block(struct search *s, enum roster_index index, int days)
{
    const char *name = index == ROSTER_BY_FAMILY ? s->family : s->given;
    size_t read = 0;
    if (!name[0] || !s->claim->birth_date)
        return;
    uint64_t key = roster_block_key(index, name, roster_date_beside(s->claim->birth_date, days));
    for (const struct roster_row *row = roster_first(s->roster, index, key); row;
         row = roster_next(s->roster, index, key, row)) {
        const struct roster_row *stands = roster_stands(s->roster, row);
        if (++read > MATCH_CANDIDATES_MAX) {
            s->out->full = s->out->full || index == ROSTER_BY_GIVEN;
            return;
        }
        bool in_family_block = days == 0 && fold_compare(s->family, roster_text(row, ROSTER_FAMILY)) == FOLD_SAME;
        s->out->near += index == ROSTER_BY_FAMILY || !in_family_block;
        if (!stands || index == ROSTER_BY_FAMILY)
            continue;
        weigh_exact(s, row, stands);
        weigh_score(s, row, stands);
    }
}

/* Rule 6, its second part: exact demographics name somebody whose given name is the message's, and row's is not. */
static bool somebody_else(const struct search *s, const struct roster_row *row)
{
    return s->out->exact && s->out->exact != row && fold_compare(s->given, roster_text(row, ROSTER_GIVEN)) != FOLD_SAME;
}

/* What the local number says, as far as it stands. */
static const struct roster_row *by_local(const struct search *s, struct ho_slice member_id)
{
    const struct roster_row *row = member_id.len ? roster_find(s->roster, member_id) : NULL;
    return row ? roster_stands(s->roster, row) : NULL;
}

static struct match end(struct match *m, const struct roster_row *row, const char *rule, int32_t date)
{
    m->rule = row && !roster_covered(row, date) ? "identity.10" : rule;
    m->row = row && roster_covered(row, date) ? row : NULL;
    m->uncovered = m->uncovered || (row && !m->row);
    return *m;
}

static struct match judge(struct search *s, const struct match_local *local)
{
    struct match *m = s->out;
    int32_t date = s->claim->date;
    bool good = m->best_score >= s->policy->threshold;
    const struct roster_row *alias = by_local(s, local->alias), *link = by_local(s, local->link);
    link = link && agrees(s, link) ? link : NULL;
    m->by_local = alias ? alias : link;
    if (alias)
        return end(m, alias, "identity.18", date);
    if (m->conflict || (m->by_id && somebody_else(s, m->by_id)) || (!m->by_id && link && somebody_else(s, link)))
        return end(m, NULL, "identity.6", date);
    if (m->by_id)
        return end(m, m->by_id, "identity.5", date);
    if (m->circle)
        return end(m, NULL, "identity.7", date);
    if (link)
        return end(m, link, "identity.11", date);
    if (m->full || m->rivals > 1)
        return end(m, NULL, "identity.14", date);
    if (m->exact)
        return end(m, m->exact, "identity.12", date);
    if (good && m->best_score - m->next_score < s->policy->margin)
        return end(m, NULL, "identity.14", date);
    if (good)
        return end(m, m->best, "identity.13", date);
    m->best = NULL;
    return end(m, NULL, m->uncovered ? "identity.10" : m->ids_known || m->near ? "identity.8" : "identity.9", date);
}

struct match match_find(const struct matcher *matcher, const struct identity_state_parked *claim,
                        const struct match_local *local)
{
    struct match out = {.row = NULL};
    struct search s = {.roster = matcher->roster, .claim = claim, .out = &out};
    s.policy = identity_policy_of(matcher->policies, claim->date);
    ho_slice_copy(claim->family, s.family, sizeof s.family);
    ho_slice_copy(claim->given, s.given, sizeof s.given);
    ho_slice_copy(claim->zip, s.zip, sizeof s.zip);
    find_by_id(&s);
    for (int days = -1; days <= 1; days++)
        weigh_block(&s, ROSTER_BY_GIVEN, days);
    weigh_block(&s, ROSTER_BY_FAMILY, 0);
    out.near += (int32_t)out.ids_known;
    return judge(&s, local);
}

static void wait_for(int64_t key, int64_t out[MATCH_WAITS_MAX], size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (out[i] == key)
            return;
    if (*count < MATCH_WAITS_MAX)
        out[(*count)++] = key;
}

/* Rule 7: the end of a chain may come after its other rows. */
static void wait_for_chain(const struct roster *roster, struct ho_slice id, int64_t out[MATCH_WAITS_MAX], size_t *count)
{
    for (int steps = 0; id.len && steps <= ROSTER_STEPS_MAX; steps++) {
        const struct roster_row *row = roster_find(roster, id);
        wait_for((int64_t)roster_id_key(id), out, count);
        id = row ? ho_slice_of(roster_text(row, ROSTER_REPLACED_BY)) : HO_SLICE("");
    }
}

size_t match_waits(const struct matcher *matcher, const struct identity_state_parked *claim, const struct match *match,
                   int64_t out[MATCH_WAITS_MAX])
{
    const struct roster_row *found[] = {match->by_id, match->by_local, match->exact, match->best};
    char family[FOLD_SIZE], given[FOLD_SIZE];
    size_t count = 0;
    ho_slice_copy(claim->family, family, sizeof family);
    ho_slice_copy(claim->given, given, sizeof given);
    if (family[0] && claim->birth_date)
        wait_for((int64_t)roster_block_key(ROSTER_BY_FAMILY, family, claim->birth_date), out, &count);
    if (given[0] && claim->birth_date)
        wait_for((int64_t)roster_block_key(ROSTER_BY_GIVEN, given, claim->birth_date), out, &count);
    for (size_t i = 0; i < HO_LENGTH(found); i++)
        if (found[i])
            wait_for((int64_t)roster_id_key(ho_slice_of(roster_text(found[i], ROSTER_ID))), out, &count);
    for (size_t i = 0; i < claim->member_ids.count; i++)
        wait_for_chain(matcher->roster, claim->member_ids.items[i], out, &count);
    return count;
}
