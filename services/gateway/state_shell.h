/* What the files of the gateway's shell share. One thread owns all of it, but for what is _Atomic. */
#ifndef GATEWAY_STATE_SHELL_H
#define GATEWAY_STATE_SHELL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>

#include "gateway/gateway_core.h"
#include "gateway/gateway_shell.h"
#include "gateway/stream_shell.h"
#include "gateway/window.h"
#include "metrics/metrics.h"
#include "mllp/mllp.h"

#define READ_BYTES 65536 /* one piece: by so much a connection may pass its bounds */
#define BUCKETS 4096     /* of frames on their way, by message id */

/* One message. Lives until its report has come and it has left its connection's queue. */
struct frame {
    struct frame *next;            /* in its connection's queue */
    struct frame *next_waiting;    /* in its feed's list behind what is at Kafka (rule 14); or among followers */
    struct frame *chained;         /* in the bucket of its id */
    struct frame *followers;       /* the same message again: they get its answer */
    struct connection *connection; /* NULL: the peer has gone */
    struct feed *feed;
    struct gateway_header header;  /* borrows from bytes */
    enum gateway_verdict verdict;
    uint64_t control;
    int64_t begin_us;
    bool on_its_way, answered;     /* to Kafka, or behind one that is; then answer holds what to send in turn */
    char *answer;
    size_t answer_len, len;
    char id[HO_ID_SIZE];
    char bytes[];
};

/* A feed as it runs. */
struct feed {
    struct gateway *gateway;
    const struct ho_feed *is;
    int32_t partition;
    enum gateway_producer producer, wanted; /* they differ while it waits until nothing of it is at Kafka */
    size_t at_kafka;
    struct frame *waiting, **last_waiting;
    struct window window;
    struct connection *paused, **last_paused;
    struct connection *elected; /* may pass the bounds in bytes, so that one frame gets whole (rule 13) */
    _Atomic int64_t connections, received, stored, refused, resent, reused, in_flight, bytes, paused_count, last_ms;
    struct ho_metric *m_connections, *m_codes[GATEWAY_CODES], *m_resent, *m_reused, *m_bytes, *m_paused, *m_last;
};

struct listener {
    struct gateway *gateway;
    struct feed *feed; /* NULL: the client's certificate says */
    struct evconnlistener *socket;
    bool tls, resting, failing; /* resting: it could not accept, and is not asked until the next tick */
};

struct connection {
    struct gateway *gateway;
    struct listener *listener;
    struct feed *feed; /* NULL until the certificate is known */
    struct connection *next, *previous; /* all */
    struct connection *next_paused, *next_dead;
    struct event readable, writable;
    struct stream stream;
    struct ho_mllp mllp;
    struct ho_buf unsent;
    struct frame *first, **last; /* not yet answered in turn */
    size_t bytes, framing, held; /* of its frames; of the frame that has begun; of that and of unsent, as counted */
    struct gateway_wait wait;
    bool dead; /* goes at the end of this event */
};

struct producer {
    struct gateway *gateway;
    struct rd_kafka_s *kafka; /* NULL: not used */
    struct rd_kafka_topic_s *topic;
    struct event wake;
    int fd;
    size_t in_flight;
    bool away; /* its last report was an error */
};

struct gateway_metrics {
    struct ho_metric *ack, *reasons[GATEWAY_TOO_LONG + 1], *ends[GATEWAY_FRAME_ENDS + 1];
    struct ho_metric *limit, *certificate, *cut, *broken, *junk, *connections, *bytes, *in_flight, *away, *changes, *failed;
};

struct gateway {
    const struct gateway_config *config;
    struct event_base *base;
    struct ho_feeds declared;
    struct feed *feeds; /* one a declared feed, in their order */
    struct listener *listeners;
    size_t listener_count;
    struct stream_tls *tls;       /* NULL: none */
    struct producer producers[3]; /* by enum gateway_producer */
    struct connection *connections, *dead;
    struct frame *buckets[BUCKETS];
    struct ho_buf scratch;
    char piece[READ_BYTES];
    size_t paused;
    int64_t started_s, answers, stop_ms, when_s;
    char when[24]; /* when_s as HL7 writes it */
    _Atomic int64_t connection_count, received, in_flight, bytes;
    _Atomic bool stopping;
    struct gateway_metrics metrics;
};

#endif
