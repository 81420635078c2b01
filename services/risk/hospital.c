#include "risk/hospital.h"

struct hospital hospital_score(const struct hospital_input *input)
{
    struct hospital out = {.known = input->has_hemoglobin && input->has_sodium};
    if (!out.known)
        return out;
    out.hemoglobin = input->hemoglobin_low;
    out.oncology = input->oncology ? 2 : 0;
    out.sodium = input->sodium_low;
    out.procedure = input->procedure;
    out.index_type = input->urgent;
    out.admissions = input->admissions_many ? 5 : input->admissions_some ? 2 : 0;
    out.length = input->stay_days >= 5 ? 2 : 0;
    out.total = out.hemoglobin + out.oncology + out.sodium + out.procedure + out.index_type + out.admissions + out.length;
    return out;
}

enum risk_tier hospital_band(int total)
{
    return total >= 7 ? RISK_TIER_HIGH : total >= 5 ? RISK_TIER_MODERATE : RISK_TIER_LOW;
}
