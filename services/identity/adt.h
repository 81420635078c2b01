/*
 * adt: one parsed HL7 message into our record. Pure. Times follow one chain (HL7 v2: EVN-6 when it happened, PV1-44 and
 * PV1-45 where they differ from the event's time, EVN-2 when it was recorded, MSH-7 when the message was built); a time
 * that cannot be read is passed over, never an error. A local time without offset is of the feed's zone.
 */
#ifndef IDENTITY_ADT_H
#define IDENTITY_ADT_H

#include "adt_matched.h"
#include "clock/zone.h"
#include "feed/feed.h"
#include "hl7/hl7.h"

#define ADT_DIAGNOSES_MAX 32

/* Fills everything but member_id, match_rule and the source coordinates. */
void adt_read(const struct ho_hl7 *msg, const struct ho_feed *feed, const struct ho_zone *zone, struct ho_arena *arena,
              struct adt_matched *out);

#endif
