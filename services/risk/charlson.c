#include "risk/charlson.h"

uint32_t charlson_pack(struct ho_slice code, size_t len)
{
    uint32_t packed = 0;
    size_t taken = 0;
    for (size_t i = 0; i < code.len && taken < len; i++) {
        char c = code.ptr[i];
        if (c == '.')
            continue;
        packed = packed << 8 | (unsigned char)(c >= 'a' && c <= 'z' ? c - 32 : c);
        taken++;
    }
    return taken == len ? packed << 8 * (4 - len) : 0;
}

static uint32_t find(const struct charlson *list, uint32_t code)
{
    size_t low = 0, high = list->prefix_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->prefixes[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return code && low < list->prefix_count && list->prefixes[low].code == code ? list->prefixes[low].groups : 0;
}

uint32_t charlson_groups_of(const struct charlson *list, struct ho_slice code)
{
    return find(list, charlson_pack(code, 3)) | find(list, charlson_pack(code, 4));
}

uint32_t charlson_effective(const struct charlson *list, uint32_t groups)
{
    uint32_t left = groups;
    for (size_t i = 0; i < list->group_count; i++)
        if (groups & list->groups[i].off_bit)
            left &= ~(1U << i);
    return left;
}

int charlson_points(const struct charlson *list, uint32_t groups)
{
    uint32_t left = charlson_effective(list, groups), items = 0;
    int sum = 0;
    for (size_t i = 0; i < list->group_count && left; i++) {
        const struct charlson_group *group = &list->groups[i];
        if (!(left & 1U << i) || items & 1U << group->item_first)
            continue;
        items |= 1U << group->item_first;
        sum += group->points;
    }
    return sum;
}
