/*
 * member_page: what the parts of `ho member` share: what was read of one member, and the page that is made of it. The page is one
 * JSON object; --json prints it, member_print.c makes words of it.
 */
#ifndef HO_MEMBER_PAGE_H
#define HO_MEMBER_PAGE_H

#include "ho.h"

struct ho_redis;

struct member_page {
    struct ho_stack *stack;
    const char *id;
    bool phi, past;         /* past: --at was given */
    int64_t at_ms;          /* what was known then, by Kafka timestamps; now without --at */
    int32_t partitions, partition; /* count of the member topics, and the member's */
    json_t *schemas;        /* fingerprint: text of the schema */
    json_t *records;        /* topic: list of {at_ms, partition, offset, key, headers, value}, by at_ms, then offset */
    json_t *states;         /* processor: its state of the member in Redis; absent: none */
    json_t *hidden;         /* what --phi would show: name: true */
    json_t *sensitive;      /* facilities, and feeds of such, whose very name tells of the treatment: id: true */
    json_t *page;
};

/* member_read.c: everything of the member up to at_ms. Ends the program when Kafka does not answer. */
void member_read(struct member_page *m);
/* Values of states and records are Avro of any writer: as JSON, NULL when the schema is not known or it is no Avro. */
json_t *member_decode(const struct member_page *m, struct ho_slice value);
const json_t *member_records(const struct member_page *m, const char *topic);

/* By a path with dots, "occurred.utc_ms"; "" and 0 where there is none. */
const json_t *member_at(const json_t *value, const char *path);
const char *member_text(const json_t *value, const char *path);
int64_t member_number(const json_t *value, const char *path);
/* ISO text of UTC ms as JSON, null for 0. */
json_t *member_time(int64_t utc_ms);
/* An HL7 time as the hospital's clock had it, with its offset; in UTC where that is not known; null where there is none. */
json_t *member_clock(const json_t *value, const char *path);
/* text, or null, noting in `hidden` that `what` is hidden, unless --phi. */
json_t *member_private(struct member_page *m, const char *what, const char *text);
/* The same of a facility or a feed whose name tells too much. */
json_t *member_place(struct member_page *m, const char *text);

/* Parts of the page, in its order. */
void member_header(struct member_page *m);      /* member_facts.c */
void member_identifiers(struct member_page *m);
void member_stays(struct member_page *m);       /* member_stay.c */
void member_risk(struct member_page *m);        /* member_facts.c */
void member_line(struct member_page *m);        /* member_line.c */
void member_alerts(struct member_page *m);
void member_dead(struct member_page *m);
void member_daemons(struct member_page *m);     /* member_daemons.c; page.stale names those that are not current */

/* member_replay.c: reason codes by message id of messages that encounters ignores. */
json_t *member_reasons(struct member_page *m);

void member_print(const json_t *page); /* member_print.c */

#endif
