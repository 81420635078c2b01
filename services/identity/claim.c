#include "identity/claim.h"

#include "base/calendar.h"
#include "identity/fold.h"
#include "member.h"

static struct ho_slice trim(struct ho_slice s)
{
    while (s.len && *s.ptr == ' ')
        s = (struct ho_slice){s.ptr + 1, s.len - 1};
    while (s.len && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

static struct ho_slice part(const struct ho_hl7 *msg, struct ho_slice repetition, int component)
{
    struct ho_slice value = trim(ho_hl7_component(msg, repetition, component));
    return value.len && !ho_hl7_is_null(value) ? value : (struct ho_slice){NULL, 0};
}

static struct ho_slice field_of(const struct ho_hl7 *msg, const char *segment, int field)
{
    const struct ho_hl7_segment *found = ho_hl7_segment(msg, segment, 0);
    return found ? ho_hl7_field(msg, found, field) : (struct ho_slice){NULL, 0};
}

/* How good a number is as the feed's own for a patient; 0: it is something else's. Table 0203 of HL7. */
static int local_rank(struct ho_slice type)
{
    static const char *const others[] = {"MB", "MA", "MC", "MCD", "MCR", "SN", "HC", "NI",  "SS", "DL", "PPN", "NPI",
                                         "AN", "ANC", "VN", "EN", "PN", "XX", "EI", "TAX", "SR", "BR", "MI",  "PNT"};
    static const char *const best[] = {"PT", "PI", "MR"};
    for (size_t i = 0; i < HO_LENGTH(best); i++)
        if (ho_slice_is(type, best[i]))
            return (int)i + 2;
    for (size_t i = 0; type.len && i < HO_LENGTH(others); i++)
        if (ho_slice_is(type, others[i]))
            return 0;
    return 1;
}

/* The best patient number of a list of CX that is neither of the two skipped. */
static struct ho_slice best_local(const struct ho_hl7 *msg, struct ho_slice field, struct ho_slice a, struct ho_slice b)
{
    struct ho_slice best = {NULL, 0};
    int best_rank = 0;
    size_t count = field.ptr ? ho_hl7_repetitions(msg, field) : 0;
    for (size_t i = 0; i < count; i++) {
        struct ho_slice cx = ho_hl7_repetition(msg, field, i), id = part(msg, cx, 1);
        int rank = local_rank(part(msg, cx, 5));
        bool skipped = (a.len && ho_slice_equal(id, a)) || (b.len && ho_slice_equal(id, b));
        if (id.len && id.len <= CLAIM_ID_MAX && !skipped && rank > best_rank) {
            best = id;
            best_rank = rank;
        }
    }
    return best;
}

size_t claim_locals(const struct ho_hl7 *msg, struct ho_slice skip, struct ho_slice out[CLAIM_LOCALS_MAX])
{
    struct ho_slice ids = field_of(msg, "PID", 3), none = {NULL, 0};
    size_t count = 0;
    while (count < CLAIM_LOCALS_MAX) {
        struct ho_slice id = best_local(msg, ids, skip, count ? out[0] : none);
        if (!id.len && !count && !part(msg, ho_hl7_repetition(msg, ids, 0), 1).len)
            id = best_local(msg, field_of(msg, "PID", 2), skip, none);
        if (!id.len)
            break;
        out[count++] = id;
    }
    return count;
}

struct ho_slice claim_merged(const struct ho_hl7 *msg)
{
    struct ho_slice none = {NULL, 0};
    return best_local(msg, field_of(msg, "MRG", 1), none, none);
}

static void add_member_id(struct identity_state_parked *out, const struct ho_hl7 *msg, struct ho_slice id,
                          struct ho_arena *arena)
{
    id = trim(id);
    if (!id.len || ho_hl7_is_null(id) || id.len > CLAIM_ID_MAX || out->member_ids.count == CLAIM_MEMBER_IDS_MAX)
        return;
    id = ho_hl7_unescape(msg, id, arena);
    for (size_t i = 0; i < out->member_ids.count; i++)
        if (ho_slice_equal(out->member_ids.items[i], id))
            return;
    out->member_ids.items[out->member_ids.count++] = ho_arena_slice(arena, id);
}

/* Of every such segment: the plan is often the second insurance. */
static void add_of_all(struct identity_state_parked *out, const struct ho_hl7 *msg, const char *segment, int field,
                       struct ho_arena *arena)
{
    const struct ho_hl7_segment *found;
    for (size_t i = 0; (found = ho_hl7_segment(msg, segment, i)); i++)
        add_member_id(out, msg, ho_hl7_component(msg, ho_hl7_repetition(msg, ho_hl7_field(msg, found, field), 0), 1),
                      arena);
}

/* Rule 4. */
static void read_member_ids(const struct ho_hl7 *msg, struct ho_arena *arena, struct identity_state_parked *out)
{
    struct ho_slice ids = field_of(msg, "PID", 3);
    size_t count = ids.ptr ? ho_hl7_repetitions(msg, ids) : 0;
    out->member_ids.items = HO_ARENA_ARRAY(arena, struct ho_slice, CLAIM_MEMBER_IDS_MAX);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            struct ho_slice cx = ho_hl7_repetition(msg, ids, i), type = part(msg, cx, 5);
            if (pass == 0 ? ho_slice_is(type, "MB") : type.len == 0)
                add_member_id(out, msg, ho_hl7_component(msg, cx, 1), arena);
        }
        if (pass == 1)
            return;
        add_of_all(out, msg, "IN1", 49, arena);
        add_of_all(out, msg, "IN1", 36, arena);
        add_of_all(out, msg, "IN2", 61, arena);
    }
}

/* The legal name (L) of PID-5, else the first that is no alias. */
static struct ho_slice name_of(const struct ho_hl7 *msg)
{
    struct ho_slice names = field_of(msg, "PID", 5), best = {NULL, 0};
    size_t count = names.ptr ? ho_hl7_repetitions(msg, names) : 0;
    for (size_t i = 0; i < count; i++) {
        struct ho_slice name = ho_hl7_repetition(msg, names, i), type = part(msg, name, 7);
        bool legal = ho_slice_is(type, "L");
        if (part(msg, name, 1).len && (legal || (!best.len && !ho_slice_is(type, "A"))))
            best = name;
        if (legal && best.len)
            break;
    }
    return best.len ? best : count ? ho_hl7_repetition(msg, names, 0) : best;
}

static void read_names(const struct ho_hl7 *msg, struct ho_arena *arena, struct identity_state_parked *out)
{
    char folded[FOLD_SIZE];
    struct ho_slice name = name_of(msg), family = ho_hl7_subcomponent(msg, part(msg, name, 1), 1);
    family = family.len ? ho_hl7_unescape(msg, family, arena) : HO_SLICE("");
    out->family = ho_arena_slice(arena, ho_slice_of(fold_family(family, folded)));
    struct ho_slice given = part(msg, name, 2);
    given = given.len ? ho_hl7_unescape(msg, given, arena) : HO_SLICE("");
    out->given = ho_arena_slice(arena, ho_slice_of(fold_name(given, folded)));
}

/* The eight digits, never converted: a birth date sent as a time with a zone stays that day. */
static int32_t birth_date(const struct ho_hl7 *msg)
{
    struct ho_slice text = trim(ho_hl7_get(msg, "PID", 7, 1));
    int64_t date = 0;
    if (text.len < 8 || !ho_slice_to_int64((struct ho_slice){text.ptr, 8}, &date))
        return 0;
    return ho_date_valid((int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100)) ? (int32_t)date : 0;
}

static int32_t sex(const struct ho_hl7 *msg)
{
    struct ho_slice text = trim(ho_hl7_get(msg, "PID", 8, 1));
    char letter = text.len ? (char)(*text.ptr & ~0x20) : '\0';
    return letter == 'F' ? MEMBER_SEX_F : letter == 'M' ? MEMBER_SEX_M : letter == 'X' ? MEMBER_SEX_X : MEMBER_SEX_UNKNOWN;
}

/* PID-13 and PID-14; XTN-1, else area and local number (6, 7), else the whole (12). */
static void read_phones(const struct ho_hl7 *msg, struct ho_arena *arena, struct identity_state_parked *out)
{
    out->phones.items = HO_ARENA_ARRAY(arena, struct ho_slice, CLAIM_PHONES_MAX);
    for (int field = 13; field <= 14; field++) {
        struct ho_slice list = field_of(msg, "PID", field);
        size_t count = list.ptr ? ho_hl7_repetitions(msg, list) : 0;
        for (size_t i = 0; i < count && out->phones.count < CLAIM_PHONES_MAX; i++) {
            char digits[FOLD_PHONE_SIZE];
            struct ho_slice xtn = ho_hl7_repetition(msg, list, i), text = part(msg, xtn, 1);
            if (!text.len && part(msg, xtn, 7).len)
                text = ho_arena_printf(arena, "%.*s%.*s", HO_SLICE_ARG(part(msg, xtn, 6)),
                                       HO_SLICE_ARG(part(msg, xtn, 7)));
            text = text.len ? text : part(msg, xtn, 12);
            if (*fold_phone(text, digits))
                out->phones.items[out->phones.count++] = ho_arena_slice(arena, ho_slice_of(digits));
        }
    }
}

void claim_read(const struct ho_hl7 *msg, struct ho_arena *arena, struct identity_state_parked *out)
{
    char zip[FOLD_ZIP_SIZE];
    *out = (struct identity_state_parked){.birth_date = birth_date(msg), .sex = sex(msg), .record = HO_SLICE("")};
    read_member_ids(msg, arena, out);
    read_names(msg, arena, out);
    read_phones(msg, arena, out);
    struct ho_slice code = trim(ho_hl7_get(msg, "PID", 11, 5));
    out->zip = ho_arena_slice(arena, ho_slice_of(fold_zip(code.len ? code : HO_SLICE(""), zip)));
    out->message_id = out->reason = out->local_id = HO_SLICE("");
}
