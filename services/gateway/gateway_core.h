/*
 * gateway: which answer a frame gets. Pure: the same bytes, feed and outcome give the same answer but for the answer's
 * own time and control id, which the caller gives.
 *
 *  gateway.1  A positive answer only once Kafka has the message (acks=all): ACK_STORED.
 *  gateway.2  MSH cannot be read (no MSH, no separators): AR with ERR 100, and MSA-2 empty.
 *  gateway.3  MSH-9 is empty, or MSH-11 is not among the feed's processing ids: AR with ERR 200 or 202. An empty MSH-11 is
 *             taken (hl7: it is empty in a large share of real messages).
 *  gateway.4  Content that identity may not understand is stored all the same and answered positively: parking is its
 *             matter, and many senders stop their queue on AE.
 *  gateway.5  Kafka did not take the message in time: AR with ERR 207; the sender may and should send again.
 *  gateway.6  MSH-15 or MSH-16 is valued (enhanced mode): CA and CR in place of AA and AR.
 *  gateway.7  The answer has the sender's separators and version, MSH-3/4 and MSH-5/6 swapped, MSH-11 as sent, and MSA-2
 *             is MSH-10 byte for byte.
 *  gateway.8  ERR is ERR-1 up to version 2.4, ERR-3, ERR-4 and ERR-7 from 2.5 on (HL7 v2.5 chapter 2.15.5).
 */
#ifndef GATEWAY_CORE_H
#define GATEWAY_CORE_H

#include "base/buf.h"
#include "feed/feed.h"
#include "hl7/hl7.h"

enum gateway_verdict { GATEWAY_STORE, GATEWAY_UNREADABLE, GATEWAY_NO_TYPE, GATEWAY_PROCESSING_ID, GATEWAY_AWAY, GATEWAY_TOO_LONG };

/* What the answer needs of the message; slices borrow from it. */
struct gateway_header {
    bool readable;
    char field, component, repetition, escape, subcomponent;
    struct ho_slice encoding, sender, sender_facility, receiver, receiver_facility, type, event, control_id, processing_id,
        version;
    bool enhanced;
};

/* Reads MSH and decides whether the message is to be stored (rules 2 to 4). */
enum gateway_verdict gateway_read(struct ho_slice bytes, const struct ho_feed *feed, struct gateway_header *ret_header);
/* Appends the answer for a verdict; GATEWAY_STORE is the positive one (rule 1). when is YYYYMMDDHHMMSS+ZZZZ. */
void gateway_answer(const struct gateway_header *header, enum gateway_verdict verdict, const char *when, const char *id,
                    struct ho_buf *out);

#endif
