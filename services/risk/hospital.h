/*
 * hospital: the HOSPITAL score at discharge (Donze 2013; admissions in the form of 2016). Pure.
 *
 *  hospital.1  Only with both labs of the stay: a score is never made from a lab that nobody sent.
 *  hospital.2  1 for hemoglobin below 12 g/dL, 1 for sodium below 135 mmol/L: the latest of the stay.
 *  hospital.3  2 when discharged from an oncology service; a service that was not sent gives 0 and is told as missing.
 *  hospital.4  1 for a coded procedure in the stay, 1 for an urgent admission, 2 for 5 days and more.
 *  hospital.5  Admissions in the 12 months before: 0-1: 0, 2-5: 2, more: 5 (numbers of the policy).
 *  hospital.6  Bands: 0-4 low, 5-6 intermediate, from 7 high.
 */
#ifndef RISK_HOSPITAL_H
#define RISK_HOSPITAL_H

#include "risk/lace.h"

struct hospital_input {
    bool has_hemoglobin, has_sodium;
    bool hemoglobin_low, sodium_low;
    bool oncology, procedure, urgent;
    bool admissions_some, admissions_many;
    int stay_days;
};

struct hospital {
    bool known; /* rule 1 */
    int hemoglobin, oncology, sodium, procedure, index_type, admissions, length, total;
};

struct hospital hospital_score(const struct hospital_input *input);
enum risk_tier hospital_band(int total);

#endif
