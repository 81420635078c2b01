#include "identity/roster.h"

#include "base/id.h"

#define CAP_MIN 4096

/* U+00C0 to U+00FF without accents; '.' where there is no letter. */
static const char latin1[65] = "AAAAAAACEEEEIIIIDNOOOOO.OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO.OUUUUYTY";

char *roster_fold_name(struct ho_slice name, char out[ROSTER_NAME_SIZE])
{
    size_t n = 0;
    for (size_t i = 0; i < name.len && n + 1 < ROSTER_NAME_SIZE; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        char letter = c >= 'a' && c <= 'z' ? (char)(c - 32) : (char)c;
        if (c == 0xc3 && i + 1 < name.len && (unsigned char)name.ptr[i + 1] >= 0x80 &&
            (unsigned char)name.ptr[i + 1] <= 0xbf)
            letter = latin1[(unsigned char)name.ptr[++i] - 0x80];
        if (letter >= 'A' && letter <= 'Z')
            out[n++] = letter;
    }
    out[n] = '\0';
    return out;
}

void roster_init(struct roster *roster)
{
    *roster = (struct roster){.cap = CAP_MIN};
    roster->slots = ho_calloc(CAP_MIN, sizeof(struct roster_row *));
}

void roster_release(struct roster *roster)
{
    for (size_t i = 0; i < roster->cap; i++)
        while (roster->slots[i]) {
            struct roster_row *row = roster->slots[i];
            roster->slots[i] = row->next;
            ho_free(row->id);
            ho_free(row->replaced_by);
            ho_free(row);
        }
    ho_free(roster->slots);
    *roster = (struct roster){NULL, 0, 0};
}

static struct roster_row *find(const struct roster *roster, struct ho_slice id)
{
    struct roster_row *row = roster->slots[ho_hash64(id.ptr, id.len) & (roster->cap - 1)];
    while (row && !ho_slice_is(id, row->id))
        row = row->next;
    return row;
}

static void link_row(struct roster *roster, struct roster_row *row)
{
    size_t slot = ho_hash64(row->id, strlen(row->id)) & (roster->cap - 1);
    row->next = roster->slots[slot];
    roster->slots[slot] = row;
}

static void grow(struct roster *roster)
{
    struct roster_row **old = roster->slots;
    size_t old_cap = roster->cap;
    roster->cap *= 2;
    roster->slots = ho_calloc(roster->cap, sizeof(struct roster_row *));
    for (size_t i = 0; i < old_cap; i++)
        for (struct roster_row *row = old[i], *next; row; row = next) {
            next = row->next;
            link_row(roster, row);
        }
    ho_free(old);
}

static char *copy_text(struct ho_slice text)
{
    return text.len ? ho_slice_copy(text, ho_malloc(text.len + 1), text.len + 1) : NULL;
}

void roster_set(struct roster *roster, struct ho_slice id, const struct member *member)
{
    struct roster_row *row = find(roster, id);
    if (!row) {
        if (roster->count >= roster->cap)
            grow(roster);
        row = ho_calloc(1, sizeof *row);
        row->id = ho_slice_copy(id, ho_malloc(id.len + 1), id.len + 1);
        link_row(roster, row);
        roster->count++;
    }
    row->present = member != NULL;
    if (!member)
        return;
    ho_free(row->replaced_by);
    row->replaced_by = copy_text(member->replaced_by);
    roster_fold_name(member->family, row->family);
    row->birth_date = member->birth_date;
    row->spans = 0;
    for (size_t i = 0; i < member->coverage.count && row->spans < ROSTER_SPANS_MAX; i++, row->spans++) {
        row->from[row->spans] = member->coverage.items[i].from;
        row->to[row->spans] = member->coverage.items[i].to;
    }
}

const struct roster_row *roster_find(const struct roster *roster, struct ho_slice id)
{
    const struct roster_row *row = id.len ? find(roster, id) : NULL;
    return row && row->present ? row : NULL;
}

bool roster_covered(const struct roster_row *row, int32_t date)
{
    for (size_t i = 0; i < row->spans; i++)
        if (row->from[i] <= date && (row->to[i] == 0 || date <= row->to[i]))
            return true;
    return false;
}
