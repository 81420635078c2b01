/* What is in a segment: fields from the index, the rest by cutting at separators when asked for. */
#include "hl7/types.h"

static const struct ho_slice absent = {NULL, 0};

static struct ho_slice skip(struct ho_slice s, size_t count)
{
    return (struct ho_slice){s.ptr + count, s.len - count};
}

/* I6: the plain functions do not tell empty from absent. */
static struct ho_slice present(struct ho_slice s)
{
    return s.len ? s : absent;
}

struct ho_hl7_walk ho_hl7_walk(struct ho_slice s, char separator)
{
    return (struct ho_hl7_walk){.rest = s, .separator = separator, .done = !s.ptr};
}

bool ho_hl7_next(struct ho_hl7_walk *walk, struct ho_slice *ret_part)
{
    if (walk->done)
        return false;
    struct ho_slice s = walk->rest;
    const char *end = walk->separator && s.len ? memchr(s.ptr, walk->separator, s.len) : NULL;
    *ret_part = (struct ho_slice){s.ptr, end ? (size_t)(end - s.ptr) : s.len};
    walk->done = !end;
    walk->rest = end ? skip(s, ret_part->len + 1) : absent;
    return true;
}

struct ho_slice ho_hl7_part(struct ho_slice s, char separator, size_t nth)
{
    struct ho_hl7_walk walk = ho_hl7_walk(s, separator);
    struct ho_slice part;
    while (ho_hl7_next(&walk, &part))
        if (nth-- == 0)
            return part;
    return absent;
}

/* The nth part of a segment's text: 0 is its name. */
static struct ho_slice segment_part(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, size_t nth)
{
    if (segment->separators == HO_HL7_UNINDEXED)
        return ho_hl7_part(segment->text, msg->field, nth);
    if (nth > segment->separators)
        return absent;
    const uint32_t *marks = msg->fields + segment->first;
    const char *begin = nth ? msg->bytes.ptr + marks[nth - 1] + 1 : segment->text.ptr;
    const char *end = nth < segment->separators ? msg->bytes.ptr + marks[nth] : segment->text.ptr + segment->text.len;
    return (struct ho_slice){begin, (size_t)(end - begin)};
}

struct ho_slice ho_hl7_raw(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field)
{
    if (!segment || field < 1)
        return absent;
    bool header = memcmp(segment->name, "MSH", 4) == 0;
    if (header && field == 1) /* a bare "MSH" at the end of a message that was cut off has none */
        return segment->text.len > 3 ? (struct ho_slice){segment->text.ptr + 3, 1} : absent;
    return segment_part(msg, segment, (size_t)(header ? field - 1 : field));
}

struct ho_slice ho_hl7_field(const struct ho_hl7 *msg, const struct ho_hl7_segment *segment, int field)
{
    return present(ho_hl7_raw(msg, segment, field));
}

size_t ho_hl7_repetitions(const struct ho_hl7 *msg, struct ho_slice field)
{
    struct ho_hl7_walk walk = ho_hl7_walk(present(field), msg->repetition);
    struct ho_slice part;
    size_t count = 0;
    while (count < HO_HL7_REPETITIONS_MAX && ho_hl7_next(&walk, &part))
        count++;
    return count;
}

struct ho_slice ho_hl7_repetition(const struct ho_hl7 *msg, struct ho_slice field, size_t nth)
{
    return present(ho_hl7_part(field, msg->repetition, nth));
}

struct ho_slice ho_hl7_component(const struct ho_hl7 *msg, struct ho_slice repetition, int component)
{
    return component < 1 ? absent : present(ho_hl7_part(repetition, msg->component, (size_t)component - 1));
}

struct ho_slice ho_hl7_subcomponent(const struct ho_hl7 *msg, struct ho_slice component, int subcomponent)
{
    return subcomponent < 1 ? absent : present(ho_hl7_part(component, msg->subcomponent, (size_t)subcomponent - 1));
}

struct ho_slice ho_hl7_get(const struct ho_hl7 *msg, const char *segment, int field, int component)
{
    struct ho_slice value = ho_hl7_field(msg, ho_hl7_segment(msg, segment, 0), field);
    if (field <= 2 && strcmp(segment, "MSH") == 0)
        return component == 1 ? value : absent;
    return ho_hl7_component(msg, ho_hl7_repetition(msg, value, 0), component);
}

bool ho_hl7_is_null(struct ho_slice value)
{
    return value.len == 2 && memcmp(value.ptr, "\"\"", 2) == 0;
}

enum ho_hl7_presence ho_hl7_presence(struct ho_slice value)
{
    if (!value.ptr)
        return HO_HL7_ABSENT;
    if (!value.len)
        return HO_HL7_EMPTY;
    return ho_hl7_is_null(value) ? HO_HL7_NULL : HO_HL7_VALUE;
}

struct ho_hl7_walk ho_hl7_each(const struct ho_hl7 *msg, const char *segment, int field)
{
    struct ho_slice value = ho_hl7_field(msg, ho_hl7_segment(msg, segment, 0), field);
    bool encoding = field <= 2 && strcmp(segment, "MSH") == 0; /* its separators separate nothing */
    return ho_hl7_walk(value, encoding ? 0 : msg->repetition);
}
