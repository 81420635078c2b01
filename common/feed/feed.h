/*
 * feed: one hospital interface, as declared in feeds/<id>.ini; read by the gateway (who may send, on which port or with
 * which certificate, how to answer) and by identity (which facility, which zone, what its codes mean). A feed is one
 * partition's total order.
 *
 *   [feed]                            who it is
 *   facility = GENERAL                id in topic `facilities`; empty: MSH-4 as sent
 *   zone = America/New_York           IANA name of times without offset
 *   processing_ids = PTD              accepted MSH-11.1; an empty MSH-11 is accepted
 *   versions = 2.3 2.5.1              accepted MSH-12.1; none given: any. An empty MSH-12 is accepted
 *   types = ADT^A01 ADT^A03 SIU       accepted MSH-9.1, or MSH-9.1^MSH-9.2; none given: any
 *   [mllp]                            how it is spoken to
 *   port = 2576                       of its own; without one, the gateway's default port is the feed `default` only
 *   ack = auto                        original (AA AE AR), enhanced (CA CE CR), auto: as MSH-15 asks
 *   release = 1                       2: MLLP release 2, with commit blocks
 *   on_content_error = park           AA, and identity parks it; refuse: AE, and it is stored all the same
 *   when_away = refuse                Kafka away: AR or CE at once; hold: no answer until it is back
 *   [tls]
 *   name = adt.general.example        a client certificate's CN or SAN that is this feed; may be given several times.
 *                                     Such a feed is spoken to by TLS alone, on its own port or on the common one
 *   [class]                           PV1-2 code = E I O OBS P R B N U C; without a row, HL7 table 0004
 *   [disposition]                     PV1-36 code = UB-04 FL17, two digits
 *   [class 2027-01-01]                what changes on that date; an empty value ends a row. So for [disposition DATE]
 */
#ifndef HO_FEED_H
#define HO_FEED_H

#include "base/base.h"

#define HO_FEED_MAPS_MAX 128

struct ho_feed_map {
    char from[64], to[32]; /* a code of the feed, compared without case, and ours; to empty: no longer mapped */
    int32_t from_date;     /* yyyymmdd, the first day it holds; 0: always */
};

enum ho_feed_ack { HO_FEED_ACK_AUTO, HO_FEED_ACK_ORIGINAL, HO_FEED_ACK_ENHANCED };

struct ho_feed {
    char id[64];             /* the file's name without .ini; lower case letters, digits, '-' */
    int64_t port;            /* 0: none of its own */
    char facility[64];
    char zone[64];
    char processing_ids[16]; /* a set of letters */
    char versions[128];      /* words, separated by blanks or commas; empty: any */
    char types[192];
    char tls_names[512];     /* one a line; empty: no TLS */
    enum ho_feed_ack ack;
    bool release2;
    bool error_ack;          /* on_content_error = refuse */
    bool hold;               /* when_away = hold */
    struct ho_feed_map classes[HO_FEED_MAPS_MAX];
    size_t class_count;
    struct ho_feed_map dispositions[HO_FEED_MAPS_MAX];
    size_t disposition_count;
};

struct ho_feeds {
    struct ho_feed *items; /* items[0] is always the feed `default` */
    size_t count;
};

/* Reads every *.ini of dir (empty or missing dir: only `default`). HO_INVALID names file, line and key. A port or a
 * certificate's name that two feeds claim is refused. */
enum ho_status ho_feeds_load(struct ho_feeds *feeds, const char *dir, struct ho_error *err) HO_MUST_CHECK;
void ho_feeds_release(struct ho_feeds *feeds);
const struct ho_feed *ho_feeds_find(const struct ho_feeds *feeds, struct ho_slice id); /* NULL when unknown */
/* The feed that claims a certificate's name (without case), or NULL. */
const struct ho_feed *ho_feeds_by_name(const struct ho_feeds *feeds, struct ho_slice name);

/* Whether a word stands in a list of words; an empty list has none. */
bool ho_feed_lists(const char *list, struct ho_slice word);

/* The code as it was mapped on that day (yyyymmdd), or an absent slice when the feed has no row for it then. */
struct ho_slice ho_feed_class_on(const struct ho_feed *feed, struct ho_slice code, int32_t date);
struct ho_slice ho_feed_disposition_on(const struct ho_feed *feed, struct ho_slice code, int32_t date);
/* The same by the newest rows. */
struct ho_slice ho_feed_class(const struct ho_feed *feed, struct ho_slice code);
struct ho_slice ho_feed_disposition(const struct ho_feed *feed, struct ho_slice code);

#endif
