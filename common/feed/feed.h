/*
 * feed: one hospital interface, as declared in feeds/<id>.ini; read by the gateway (who may send, on which port, how to
 * answer) and by identity (which facility, which zone, what its codes mean). A feed is one partition's total order.
 */
#ifndef HO_FEED_H
#define HO_FEED_H

#include "base/base.h"

#define HO_FEED_MAPS_MAX 64

struct ho_feed_map {
    char from[64], to[32]; /* a code of the feed, and ours; compared without case */
};

struct ho_feed {
    char id[64];              /* the file's name without .ini; lower case letters, digits, '-' */
    int64_t port;             /* [mllp] port; 0: the gateway's default port */
    char facility[64];        /* [feed] facility: id in topic `facilities`; empty: MSH-4 as sent */
    char zone[64];            /* [feed] zone: IANA name, default America/New_York */
    char processing_ids[16];  /* [feed] processing_ids: accepted MSH-11.1, default "PTD"; empty MSH-11 is accepted */
    bool error_ack;           /* [mllp] on_content_error: park (AA, default) or refuse (AE) */
    struct ho_feed_map classes[HO_FEED_MAPS_MAX]; /* [class] O.OBS = ... ; PV1-2 code -> E I O OBS P R N U */
    size_t class_count;
    struct ho_feed_map dispositions[HO_FEED_MAPS_MAX]; /* [disposition] code -> UB-04 FL17 two digits */
    size_t disposition_count;
};

struct ho_feeds {
    struct ho_feed *items; /* items[0] is always the feed `default` */
    size_t count;
};

/* Reads every *.ini of dir (empty or missing dir: only `default`). HO_INVALID names file, line and key. */
enum ho_status ho_feeds_load(struct ho_feeds *feeds, const char *dir, struct ho_error *err) HO_MUST_CHECK;
void ho_feeds_release(struct ho_feeds *feeds);
const struct ho_feed *ho_feeds_find(const struct ho_feeds *feeds, struct ho_slice id); /* NULL when unknown */
/* The mapped code, or an absent slice when the feed has no row for it. */
struct ho_slice ho_feed_class(const struct ho_feed *feed, struct ho_slice code);
struct ho_slice ho_feed_disposition(const struct ho_feed *feed, struct ho_slice code);

#endif
