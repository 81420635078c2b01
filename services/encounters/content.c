#include "encounters/facts.h"

const char *const encounters_part_names[FACT_PARTS] = {"time", "class", "place", "outcome", "details", "links", "flags"};

/* A 64-bit hash that grows by one value after another: the lengths go in, so ("ab","c") and ("a","bc") differ. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 33);
}

static uint64_t mix_slice(uint64_t hash, struct ho_slice s)
{
    size_t at = 0;
    hash = mix(hash, s.len);
    for (; at + 8 <= s.len; at += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + at, sizeof word);
        hash = mix(hash, word);
    }
    uint64_t rest = 0;
    for (; at < s.len; at++)
        rest = rest << 8 | (uint8_t)s.ptr[at];
    return s.len % 8 ? mix(hash, rest) : hash;
}

static uint64_t mix_time(uint64_t hash, bool has, const struct care_event_hl7_time *time)
{
    hash = mix(hash, has);
    if (!has)
        return hash;
    hash = mix(hash, (uint64_t)time->utc_ms);
    hash = mix(hash, time->has_offset_min ? (uint64_t)(int64_t)time->offset_min : UINT64_MAX);
    return mix(hash, (uint64_t)time->precision);
}

static uint64_t details(const struct care_event *e)
{
    uint64_t hash = mix_slice(1, e->attending_name);
    hash = mix_slice(mix_slice(hash, e->attending_id), e->admission_type);
    hash = mix_slice(mix_slice(hash, e->admit_source), e->hospital_service);
    for (size_t i = 0; i < e->diagnoses.count; i++) {
        const struct care_event_diagnosis *d = &e->diagnoses.items[i];
        hash = mix_slice(mix_slice(mix_slice(hash, d->code), d->text), d->type);
        hash = mix(mix_slice(hash, d->system), (uint64_t)d->priority << 1 | d->confidential);
    }
    return hash;
}

static uint64_t flags(const struct care_event *e)
{
    uint64_t hash = 2;
    for (size_t i = 0; i < e->restrictions.count; i++)
        hash = mix_slice(mix_slice(hash, e->restrictions.items[i].source), e->restrictions.items[i].code);
    return hash;
}

static uint64_t links(const struct care_event *e)
{
    uint64_t hash = mix_slice(mix_slice(3, e->er_encounter_id), e->observation_encounter_id);
    hash = mix_slice(mix_slice(hash, e->transferred_from), e->became);
    return mix(mix_slice(hash, e->moved_from), e->arrived_by_er);
}

uint64_t encounters_content(const struct care_event *e, int32_t parts[FACT_PARTS])
{
    uint64_t hashes[FACT_PARTS], all = 5;
    uint64_t time = mix_time(7, e->has_occurred, &e->occurred);
    time = mix_time(mix_time(time, e->has_admitted, &e->admitted), e->has_discharged, &e->discharged);
    hashes[FACT_TIME] = mix_time(time, e->has_expected, &e->expected);
    hashes[FACT_CLASS] = mix(mix(mix(11, e->encounter_class), e->became_class), e->presumed);
    hashes[FACT_PLACE] = mix_slice(mix_slice(mix(mix_slice(13, e->facility), e->facility_kind), e->point_of_care),
                                   e->prior_point_of_care);
    hashes[FACT_OUTCOME] = mix(mix_slice(mix_slice(17, e->disposition), e->discharged_to), e->death);
    hashes[FACT_DETAILS] = details(e);
    hashes[FACT_LINKS] = links(e);
    hashes[FACT_FLAGS] = flags(e);
    for (int i = 0; i < FACT_PARTS; i++) {
        all = mix(all, hashes[i]);
        parts[i] = (int32_t)(hashes[i] ^ hashes[i] >> 32);
    }
    return all;
}
