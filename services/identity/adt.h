/*
 * adt: one parsed HL7 message into our record. Pure. Times follow one chain (HL7 v2: EVN-6 when it happened, on a cancel
 * when what it cancels happened; PV1-44 and PV1-45 where they differ from the event's time; EVN-2 when it was recorded;
 * MSH-7 when the message was built); a time that cannot be read is passed over and counted, never an error. A local time
 * without offset is of the feed's zone. PV1-45 says when, never that the discharge happened: the event says that.
 *
 * Identifiers are text and stay apart by kind: the feed's patient number, account (PID-18), visit (PV1-19), and the same
 * three of MRG. Codes come raw, and mapped by the feed as its maps were on the day of the event; a code without a row maps
 * to UNKNOWN or empty, never to a guess.
 */
#ifndef IDENTITY_ADT_H
#define IDENTITY_ADT_H

#include "adt_matched.h"
#include "clock/zone.h"
#include "feed/feed.h"
#include "hl7/hl7.h"

#define ADT_DIAGNOSES_MAX 32
#define ADT_RESTRICTIONS_MAX 8

/* Whose message it is. */
struct adt_source {
    const struct ho_feed *feed;
    const struct ho_zone *zone; /* of the feed; NULL: times without offset stay so */
    int32_t received_date;      /* yyyymmdd: the day of a message that tells no time of its own */
};

/* Fills everything but message_id, member_id, match_rule, move and the source coordinates. */
void adt_read(const struct ho_hl7 *msg, const struct adt_source *source, struct ho_arena *arena, struct adt_matched *out);

/* Group of a UB-04 FL17 code; UNKNOWN for none, OTHER for one without a group. */
enum adt_matched_disposition_class adt_disposition_class(struct ho_slice code);

#endif
