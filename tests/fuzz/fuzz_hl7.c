/* The index over any bytes: every field, repetition, component, type, time and escape of every segment is touched. Each
 * slice lies within the message, and what is cut and put together again is the segment. */
#include "hl7/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ho_hl7 msg;
static struct ho_arena arena;

static void inside(struct ho_slice s, struct ho_slice whole)
{
    HO_ASSERT(!s.ptr || (s.ptr >= whole.ptr && s.ptr + s.len <= whole.ptr + whole.len));
}

static void read_types(struct ho_slice repetition)
{
    struct ho_hl7_cx cx = ho_hl7_cx(&msg, repetition);
    struct ho_hl7_xpn xpn = ho_hl7_xpn(&msg, repetition);
    struct ho_hl7_xad xad = ho_hl7_xad(&msg, repetition);
    struct ho_hl7_xtn xtn = ho_hl7_xtn(&msg, repetition);
    struct ho_hl7_xcn xcn = ho_hl7_xcn(&msg, repetition);
    struct ho_hl7_pl pl = ho_hl7_pl(&msg, repetition);
    struct ho_hl7_cwe cwe = ho_hl7_cwe(&msg, repetition);
    struct ho_hl7_hd hd = ho_hl7_hd(&msg, repetition);
    const struct ho_slice all[] = {
        cx.id,         cx.authority.universal_type, cx.facility.name, cx.expires,     xpn.own_family,    xpn.type,
        xad.street,    xad.county,                  xtn.formatted,    xtn.unformatted, xcn.family,       xcn.id_type,
        xcn.facility.name, pl.facility.name,        pl.description,   cwe.code,       cwe.original,      hd.universal_type};
    HO_ASSERT(cx.presence == ho_hl7_presence(repetition));
    for (size_t i = 0; i < HO_LENGTH(all); i++)
        inside(all[i], repetition);
}

static void read_time(struct ho_slice repetition)
{
    struct ho_hl7_time time;
    if (ho_hl7_ts(repetition, msg.component, &time) != HO_HL7_TIME_READ)
        return;
    HO_ASSERT(time.precision >= HO_HL7_YEAR && time.precision <= HO_HL7_MILLISECOND);
    HO_ASSERT(time.local_date >= 18000101 && time.local_date <= 100000101);
    HO_ASSERT(time.offset_min >= -899 && time.offset_min <= 899 && (time.has_offset || !time.offset_min));
}

static void read_field(struct ho_slice field)
{
    struct ho_slice repetition, component;
    struct ho_hl7_walk walk = ho_hl7_walk(field, msg.repetition);
    for (size_t r = 0; r < 8 && ho_hl7_next(&walk, &repetition); r++) {
        struct ho_hl7_walk parts = ho_hl7_walk(repetition, msg.component);
        read_types(repetition);
        read_time(repetition);
        for (size_t c = 0; c < 8 && ho_hl7_next(&parts, &component); c++) {
            struct ho_slice plain = ho_hl7_unescape(&msg, component, &arena);
            HO_ASSERT(plain.len <= component.len);
            inside(ho_hl7_subcomponent(&msg, component, 2), component);
        }
    }
}

/* Returns the fields of a segment; together with their separators they are its text. */
static void read_segment(const struct ho_hl7_segment *segment)
{
    bool header = memcmp(segment->name, "MSH", 4) == 0;
    const char *begin = memchr(segment->text.ptr, msg.field, segment->text.len);
    const char *at = begin ? begin : segment->text.ptr + segment->text.len;
    inside(ho_hl7_raw(&msg, segment, 1), segment->text);
    for (int f = header ? 2 : 1;; f++) {
        struct ho_slice field = ho_hl7_raw(&msg, segment, f);
        if (!field.ptr)
            break;
        HO_ASSERT(field.ptr == at + 1 && *at == msg.field);
        at = field.ptr + field.len;
        if (f < 60 && !(header && f == 2))
            read_field(field);
    }
    HO_ASSERT(at == segment->text.ptr + segment->text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ho_slice bytes = {(const char *)data, size};
    size_t messages = 0;
    while (bytes.len && messages < 4 && ho_hl7_parse(&msg, bytes, NULL) == HO_OK) {
        HO_ASSERT(msg.bytes.len + msg.rest.len == bytes.len && msg.count >= 1);
        for (size_t s = 0; s < msg.count; s++) {
            inside(msg.segments[s].text, msg.bytes);
            read_segment(&msg.segments[s]);
        }
        ho_arena_reset(&arena);
        bytes = msg.rest;
        messages++;
    }
    return 0;
}
