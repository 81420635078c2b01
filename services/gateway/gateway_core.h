/*
 * gateway: which answer a frame gets, and what may be read meanwhile. Pure: the same bytes, feed and outcome give the same
 * answer but for the answer's own time and control id, which the caller gives.
 *
 *  gateway.1  A positive answer (AA, CA) only once Kafka has the message (acks=all, with the offset at which it lies).
 *  gateway.2  MSH cannot be read (no MSH, no separators): refused as 100, MSA-2 empty; there is no message to store.
 *  gateway.3  Refused (AR, CR) is what the feed does not accept: MSH-9.1 as 200, MSH-9.2 as 201, MSH-11.1 as 202, MSH-12.1
 *             as 203. MSH-9 must be there; an empty MSH-11 or MSH-12 is accepted, as they are in many real messages.
 *  gateway.4  Content that identity will not understand is stored all the same. It is answered positively, since many
 *             senders stop their queue on AE and parking is identity's matter; or AE (CE), where the feed asks for it.
 *  gateway.5  Kafka does not take the message now: AR (CE) as 207; the sender should send again.
 *  gateway.6  Mode. A feed says original or enhanced, or leaves it to the message: MSH-15 valued and not NE is enhanced.
 *             Enhanced answers CA CE CR as MSH-15 asks (AL NE ER SU; empty: always), original AA AE AR always; but MSH-15
 *             empty or NE with MSH-16 AL ER SU wants an application answer alone, and gets AA AE AR as MSH-16 asks,
 *             since this connection is the only way to the sender. Nothing is answered to NE with NE or empty.
 *  gateway.7  The answer has the sender's separators and version, MSH-3/4 and MSH-5/6 swapped, MSH-11 as sent, and MSA-2
 *             is MSH-10 byte for byte.
 *  gateway.8  ERR is ERR-1 (segment, sequence, field, code) up to version 2.4, ERR-2, ERR-3, ERR-4 and ERR-8 from 2.5 on.
 *  gateway.9  A frame over the limit: AE (CE) as 104, since sending it again would not help. Its rest is skipped.
 *  gateway.10 The same bytes with the same control id, of the same feed, get the stored answer again, and no second record:
 *             from the window, or, when the first is still on its way, together with it. window.h.
 *  gateway.11 The same control id (with MSH-3 and MSH-4) on other bytes is stored and counted. Empty control ids match
 *             nothing.
 *  gateway.12 MLLP release 2: 0x06 and then the answer for what is stored; for what is not, 0x15 alone: an answer behind it
 *             would be taken for that of the next message.
 *  gateway.13 A connection is not read while its peer does not take its answers, it has its bounds in frames or bytes
 *             unanswered, its feed the feed's, or all feeds theirs. Below its reserve a feed is read whatever the others hold.
 *  gateway.14 A feed is given to the producer that lingers when many messages are on their way in all, and given back when
 *             few are; between, it stays where it is. It changes only with nothing of its own on the way, so its order holds.
 *             Without lingering, what comes while something is on the way goes in one go behind it.
 *  gateway.15 A connection ends: handshake too slow; a frame begun and not ended in time; of its answers nothing taken in time; idle;
 *             its peer has closed its side and the answers are not there in time. The time in which we did not read does
 *             not count. 0x1C and then silence ends a frame, not the connection.
 */
#ifndef GATEWAY_CORE_H
#define GATEWAY_CORE_H

#include "base/buf.h"
#include "feed/feed.h"
#include "hl7/hl7.h"

enum gateway_verdict {
    GATEWAY_STORE,
    GATEWAY_CONTENT, /* stored too, and answered AE */
    GATEWAY_UNREADABLE,
    GATEWAY_NO_TYPE,
    GATEWAY_TYPE,
    GATEWAY_EVENT,
    GATEWAY_PROCESSING_ID,
    GATEWAY_VERSION,
    GATEWAY_AWAY,
    GATEWAY_TOO_LONG
};

enum gateway_code { GATEWAY_AA, GATEWAY_AE, GATEWAY_AR, GATEWAY_CA, GATEWAY_CE, GATEWAY_CR, GATEWAY_SILENT, GATEWAY_CODES };

/* What the answer needs of the message; slices borrow from it. */
struct gateway_header {
    char field, component, subcomponent; /* subcomponent 0: none */
    struct ho_slice encoding, sender, sender_facility, receiver, receiver_facility, type, event, control_id, processing_id,
        version, accept_ack, application_ack; /* MSH-2 to MSH-6, 9.1, 9.2, 10, 11, 12, 15, 16 */
    char mode; /* MSH-11.1: P, T, D, or 0 when empty */
};

/* Reads MSH and decides whether the message is to be stored (rules 2 to 4). */
enum gateway_verdict gateway_read(struct ho_slice bytes, const struct ho_feed *feed, struct gateway_header *ret_header);
/* The code of a verdict's answer, or GATEWAY_SILENT when none is wanted (rule 6). */
enum gateway_code gateway_code(const struct gateway_header *header, const struct ho_feed *feed, enum gateway_verdict verdict);
const char *gateway_code_text(enum gateway_code code);
/* Word for a metric of refusals; "" for GATEWAY_STORE. */
const char *gateway_reason(enum gateway_verdict verdict);
/* Appends the framed answer and, in release 2, the commit block (rule 12). when is YYYYMMDDHHMMSS+ZZZZ, id MSH-10. */
enum gateway_code gateway_answer(const struct gateway_header *header, const struct ho_feed *feed,
                                 enum gateway_verdict verdict, const char *const when_and_id[2], struct ho_buf *out);
/* A key of sender and control id; 0 for an empty control id (rule 11). */
uint64_t gateway_control(const struct gateway_header *header);

/* Bytes are those of frames unanswered, of frames that have begun, and of answers that wait for their peer (rule 13). */
struct gateway_load {
    size_t frames, bytes, feed_bytes, total_bytes;
    bool unsent;
};
bool gateway_may_read(const struct gateway_load *load, const struct gateway_load *max, size_t reserve);

enum gateway_producer { GATEWAY_QUICK, GATEWAY_BULK, GATEWAY_PATIENT }; /* linger 0; a little; never gives up (hold) */
#define GATEWAY_MANY 64 /* messages on their way from which lingering pays */
#define GATEWAY_FEW 16
enum gateway_producer gateway_producer(const struct ho_feed *feed, enum gateway_producer now, size_t total_in_flight);

enum gateway_end { GATEWAY_GOES_ON, GATEWAY_END_HANDSHAKE, GATEWAY_END_FRAME, GATEWAY_END_ANSWERS, GATEWAY_END_IDLE,
                   GATEWAY_FRAME_ENDS };
/* Of one connection; times in ms, all of one clock. */
struct gateway_wait {
    bool handshake, inside, at_end, paused; /* at_end: the frame may have been ended by its last byte */
    bool unsent, closing; /* answers that the peer does not take; it said its last, and goes with its last answer */
    size_t frames;        /* unanswered */
    int64_t opened, read, frame_began, written;
};
struct gateway_patience {
    int64_t handshake_ms, frame_ms, idle_ms, end_ms; /* idle 0: for ever */
};
enum gateway_end gateway_end(const struct gateway_wait *wait, const struct gateway_patience *patience, int64_t now);

#endif
