#include "identity/roster.h"

#include "base/calendar.h"
#include "base/id.h"
#include "identity/fold.h"

#define CAP_MIN 4096
#define ID_MAX 64 /* what the loader accepts */

void roster_init(struct roster *roster)
{
    *roster = (struct roster){.cap = CAP_MIN};
    roster->rows = ho_calloc(CAP_MIN + 1, sizeof(struct roster_row *));
    for (size_t i = 0; i < ROSTER_INDEXES; i++)
        roster->heads[i] = ho_calloc(CAP_MIN, sizeof(uint32_t));
}

void roster_release(struct roster *roster)
{
    for (size_t i = 1; i <= roster->count; i++)
        ho_free(roster->rows[i]);
    ho_free(roster->rows);
    for (size_t i = 0; i < ROSTER_INDEXES; i++)
        ho_free(roster->heads[i]);
    *roster = (struct roster){.cap = 0};
}

const char *roster_text(const struct roster_row *row, enum roster_text which)
{
    return (const char *)(row->spans + row->span_count) + row->text[which];
}

uint64_t roster_id_key(struct ho_slice id)
{
    return ho_hash64(id.ptr, id.len);
}

uint64_t roster_block_key(enum roster_index index, const char *name, int32_t birth_date)
{
    char key[FOLD_SIZE + 8];
    size_t n = 0;
    for (const char *p = name; *p && !(index == ROSTER_BY_GIVEN && *p == ' '); p++)
        if (*p != ' ')
            key[n++] = *p;
    key[n++] = '/';
    key[n++] = (char)('0' + index);
    memcpy(key + n, &birth_date, sizeof birth_date);
    return ho_hash64(key, n + sizeof birth_date);
}

static uint64_t key_of(const struct roster_row *row, enum roster_index index)
{
    return index == ROSTER_BY_ID
               ? roster_id_key(ho_slice_of(roster_text(row, ROSTER_ID)))
               : roster_block_key(index, roster_text(row, index == ROSTER_BY_FAMILY ? ROSTER_FAMILY : ROSTER_GIVEN),
                                  row->birth_date);
}

static void link_row(struct roster *roster, enum roster_index index, uint32_t number)
{
    struct roster_row *row = roster->rows[number];
    uint32_t *head = &roster->heads[index][key_of(row, index) & (roster->cap - 1)];
    row->next[index] = *head;
    *head = number;
}

static void unlink_row(struct roster *roster, enum roster_index index, uint32_t number)
{
    const struct roster_row *row = roster->rows[number];
    uint32_t *at = &roster->heads[index][key_of(row, index) & (roster->cap - 1)];
    while (*at != number)
        at = &roster->rows[*at]->next[index];
    *at = row->next[index];
}

static void grow(struct roster *roster)
{
    roster->cap *= 2;
    roster->rows = ho_realloc(roster->rows, (roster->cap + 1) * sizeof(struct roster_row *));
    for (size_t i = 0; i < ROSTER_INDEXES; i++) {
        ho_free(roster->heads[i]);
        roster->heads[i] = ho_calloc(roster->cap, sizeof(uint32_t));
        for (uint32_t number = 1; number <= roster->count; number++)
            link_row(roster, (enum roster_index)i, number);
    }
}

/* Spans in order of time; one that begins the day after another ends, or within it, becomes one with it. */
static size_t join_spans(const struct member *member, struct roster_span out[ROSTER_SPANS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < member->coverage.count; i++) {
        struct roster_span span = {member->coverage.items[i].from, member->coverage.items[i].to};
        size_t at = count;
        while (at > 0 && out[at - 1].from > span.from)
            at--;
        if (count == ROSTER_SPANS_MAX) { /* the oldest goes */
            if (at == 0)
                continue;
            memmove(out, out + 1, --at * sizeof *out);
        } else {
            memmove(out + at + 1, out + at, (count++ - at) * sizeof *out);
        }
        out[at] = span;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct roster_span *last = kept ? &out[kept - 1] : NULL;
        if (last && (!last->to || roster_date_beside(last->to, 1) >= out[i].from))
            last->to = !last->to || !out[i].to ? 0 : last->to > out[i].to ? last->to : out[i].to;
        else
            out[kept++] = out[i];
    }
    return kept;
}

static struct roster_row *make_row(struct ho_slice id, const struct member *member, size_t *ret_bytes)
{
    struct roster_span spans[ROSTER_SPANS_MAX];
    char texts[ROSTER_TEXTS][ID_MAX + 1] = {{0}};
    size_t span_count = join_spans(member, spans), text_bytes = 0;
    ho_slice_copy(id, texts[ROSTER_ID], ID_MAX + 1);
    fold_family(member->family, texts[ROSTER_FAMILY]);
    fold_name(member->given, texts[ROSTER_GIVEN]);
    fold_phone(member->phone, texts[ROSTER_PHONE]);
    fold_zip(member->zip, texts[ROSTER_ZIP]);
    ho_slice_copy(member->replaced_by, texts[ROSTER_REPLACED_BY], ID_MAX + 1);
    for (size_t i = 0; i < ROSTER_TEXTS; i++)
        text_bytes += strlen(texts[i]) + 1;
    _Static_assert(2 * (ID_MAX + 1) + 2 * FOLD_SIZE + FOLD_PHONE_SIZE + FOLD_ZIP_SIZE <= UINT8_MAX, "offsets fit a byte");
    *ret_bytes = sizeof(struct roster_row) + span_count * sizeof *spans + text_bytes;
    struct roster_row *row = ho_calloc(1, *ret_bytes);
    row->birth_date = member->birth_date;
    row->sex = (uint8_t)member->sex;
    row->span_count = (uint8_t)span_count;
    row->present = true;
    memcpy(row->spans, spans, span_count * sizeof *spans);
    char *base = (char *)(row->spans + span_count), *at = base;
    for (size_t i = 0; i < ROSTER_TEXTS; i++) {
        row->text[i] = (uint8_t)(at - base);
        memcpy(at, texts[i], strlen(texts[i]) + 1);
        at += strlen(texts[i]) + 1;
    }
    return row;
}

static size_t bytes_of(const struct roster_row *row)
{
    const char *last = roster_text(row, ROSTER_REPLACED_BY);
    return (size_t)(last - (const char *)row) + strlen(last) + 1;
}

static uint32_t number_of(const struct roster *roster, struct ho_slice id)
{
    uint32_t number = roster->heads[ROSTER_BY_ID][roster_id_key(id) & (roster->cap - 1)];
    while (number && !ho_slice_is(id, roster_text(roster->rows[number], ROSTER_ID)))
        number = roster->rows[number]->next[ROSTER_BY_ID];
    return number;
}

void roster_set(struct roster *roster, struct ho_slice id, const struct member *member)
{
    size_t bytes = 0;
    uint32_t number = id.len <= ID_MAX ? number_of(roster, id) : 0;
    if (!member && number)
        roster->rows[number]->present = false;
    if (!member || id.len > ID_MAX)
        return;
    if (number) {
        for (size_t i = 0; i < ROSTER_INDEXES; i++)
            unlink_row(roster, (enum roster_index)i, number);
        roster->bytes -= bytes_of(roster->rows[number]);
        ho_free(roster->rows[number]);
    } else {
        if (roster->count >= roster->cap)
            grow(roster);
        number = (uint32_t)++roster->count;
    }
    roster->rows[number] = make_row(id, member, &bytes);
    roster->bytes += bytes;
    for (size_t i = 0; i < ROSTER_INDEXES; i++)
        link_row(roster, (enum roster_index)i, number);
}

void roster_wake(const struct roster *roster, struct ho_slice id, struct ho_tokens *wake)
{
    const struct roster_row *row = roster_find(roster, id);
    ho_tokens_add(wake, roster_token(roster_id_key(id), wake->arena));
    for (int days = -1; row && days <= 1; days++) {
        int32_t date = roster_date_beside(row->birth_date, days);
        uint64_t family = roster_block_key(ROSTER_BY_FAMILY, roster_text(row, ROSTER_FAMILY), date);
        uint64_t given = roster_block_key(ROSTER_BY_GIVEN, roster_text(row, ROSTER_GIVEN), date);
        ho_tokens_add(wake, roster_token(family, wake->arena));
        ho_tokens_add(wake, roster_token(given, wake->arena));
    }
}

const struct roster_row *roster_find(const struct roster *roster, struct ho_slice id)
{
    uint32_t number = id.len ? number_of(roster, id) : 0;
    return number && roster->rows[number]->present ? roster->rows[number] : NULL;
}

const struct roster_row *roster_stands(const struct roster *roster, const struct roster_row *row)
{
    for (int steps = 0; row && *roster_text(row, ROSTER_REPLACED_BY); steps++) {
        if (steps == ROSTER_STEPS_MAX)
            return NULL;
        row = roster_find(roster, ho_slice_of(roster_text(row, ROSTER_REPLACED_BY)));
    }
    return row;
}

bool roster_covered(const struct roster_row *row, int32_t date)
{
    for (size_t i = 0; i < row->span_count; i++)
        if (row->spans[i].from <= date && (row->spans[i].to == 0 || date <= row->spans[i].to))
            return true;
    return false;
}

static const struct roster_row *from_number(const struct roster *roster, enum roster_index index, uint64_t key,
                                            uint32_t number)
{
    while (number && !(roster->rows[number]->present && key_of(roster->rows[number], index) == key))
        number = roster->rows[number]->next[index];
    return number ? roster->rows[number] : NULL;
}

const struct roster_row *roster_first(const struct roster *roster, enum roster_index index, uint64_t key)
{
    return from_number(roster, index, key, roster->heads[index][key & (roster->cap - 1)]);
}

const struct roster_row *roster_next(const struct roster *roster, enum roster_index index, uint64_t key,
                                     const struct roster_row *row)
{
    return from_number(roster, index, key, row->next[index]);
}

struct ho_slice roster_token(uint64_t key, struct ho_arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *out = ho_arena_alloc(arena, 16);
    for (int i = 15; i >= 0; i--, key >>= 4)
        out[i] = digits[key & 15];
    return (struct ho_slice){out, 16};
}

int32_t roster_date_beside(int32_t date, int days)
{
    return ho_date_valid(date / 10000, date / 100 % 100, date % 100) ? ho_date_of_days(ho_days_of_date(date) + days)
                                                                      : date;
}
