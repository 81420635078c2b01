#include "hl7/types.h"

#define PARTS_MAX 14

/* The first parts of s; those that are not there are absent. */
struct parts {
    struct ho_slice at[PARTS_MAX + 1]; /* from 1, as HL7 counts */
};

static struct parts split(struct ho_slice s, char separator)
{
    struct parts parts = {0};
    struct ho_hl7_walk walk = ho_hl7_walk(s, separator);
    for (size_t i = 1; i <= PARTS_MAX && ho_hl7_next(&walk, &parts.at[i]); i++)
        ;
    return parts;
}

static struct ho_hl7_hd read_hd(struct ho_slice s, char separator)
{
    struct parts p = split(s, separator);
    return (struct ho_hl7_hd){.name = p.at[1], .universal_id = p.at[2], .universal_type = p.at[3]};
}

/* An HD within another type is a component, so that its parts are subcomponents. */
static struct ho_hl7_hd inner_hd(const struct ho_hl7 *msg, struct ho_slice component)
{
    return read_hd(component, msg->subcomponent);
}

static struct ho_slice first_sub(const struct ho_hl7 *msg, struct ho_slice component)
{
    return ho_hl7_part(component, msg->subcomponent, 0);
}

struct ho_hl7_hd ho_hl7_hd(const struct ho_hl7 *msg, struct ho_slice field)
{
    return read_hd(field, msg->component);
}

struct ho_hl7_cx ho_hl7_cx(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_cx){.presence = ho_hl7_presence(repetition),
                              .id = p.at[1],
                              .check_digit = p.at[2],
                              .scheme = p.at[3],
                              .authority = inner_hd(msg, p.at[4]),
                              .type = p.at[5],
                              .facility = inner_hd(msg, p.at[6]),
                              .effective = p.at[7],
                              .expires = p.at[8]};
}

struct ho_hl7_xpn ho_hl7_xpn(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component), family = split(p.at[1], msg->subcomponent);
    return (struct ho_hl7_xpn){.presence = ho_hl7_presence(repetition),
                               .family = family.at[1],
                               .family_prefix = family.at[2],
                               .own_family = family.at[3],
                               .given = p.at[2],
                               .further = p.at[3],
                               .suffix = p.at[4],
                               .prefix = p.at[5],
                               .degree = p.at[6],
                               .type = p.at[7]};
}

struct ho_hl7_xad ho_hl7_xad(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_xad){.presence = ho_hl7_presence(repetition),
                               .street = first_sub(msg, p.at[1]),
                               .other = p.at[2],
                               .city = p.at[3],
                               .state = p.at[4],
                               .zip = p.at[5],
                               .country = p.at[6],
                               .type = p.at[7],
                               .county = p.at[9]};
}

struct ho_hl7_xtn ho_hl7_xtn(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_xtn){.presence = ho_hl7_presence(repetition),
                               .formatted = p.at[1],
                               .use = p.at[2],
                               .equipment = p.at[3],
                               .email = p.at[4],
                               .country = p.at[5],
                               .area = p.at[6],
                               .local = p.at[7],
                               .extension = p.at[8],
                               .text = p.at[9],
                               .unformatted = p.at[12]};
}

struct ho_hl7_xcn ho_hl7_xcn(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_xcn){.presence = ho_hl7_presence(repetition),
                               .id = p.at[1],
                               .family = first_sub(msg, p.at[2]),
                               .given = p.at[3],
                               .further = p.at[4],
                               .suffix = p.at[5],
                               .prefix = p.at[6],
                               .degree = p.at[7],
                               .authority = inner_hd(msg, p.at[9]),
                               .name_type = p.at[10],
                               .id_type = p.at[13],
                               .facility = inner_hd(msg, p.at[14])};
}

struct ho_hl7_pl ho_hl7_pl(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_pl){.presence = ho_hl7_presence(repetition),
                              .point_of_care = p.at[1],
                              .room = p.at[2],
                              .bed = p.at[3],
                              .facility = inner_hd(msg, p.at[4]),
                              .status = p.at[5],
                              .type = p.at[6],
                              .building = p.at[7],
                              .floor = p.at[8],
                              .description = p.at[9]};
}

struct ho_hl7_cwe ho_hl7_cwe(const struct ho_hl7 *msg, struct ho_slice repetition)
{
    struct parts p = split(repetition, msg->component);
    return (struct ho_hl7_cwe){.presence = ho_hl7_presence(repetition),
                               .code = p.at[1],
                               .text = p.at[2],
                               .system = p.at[3],
                               .other_code = p.at[4],
                               .other_text = p.at[5],
                               .other_system = p.at[6],
                               .version = p.at[7],
                               .other_version = p.at[8],
                               .original = p.at[9]};
}

bool ho_hl7_default_offset(const struct ho_hl7 *msg, int32_t *ret_offset_min)
{
    struct ho_hl7_time built;
    struct ho_slice value = ho_hl7_field(msg, ho_hl7_segment(msg, "MSH", 0), 7);
    if (ho_hl7_ts(value, msg->component, &built) != HO_HL7_TIME_READ || !built.has_offset)
        return false;
    *ret_offset_min = built.offset_min;
    return true;
}
