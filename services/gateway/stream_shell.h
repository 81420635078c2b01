/*
 * stream: the bytes of one connection, plain or TLS 1.2 and 1.3, never blocking. One call of stream_write is one write (or
 * one TLS record) as long as the peer takes it.
 */
#ifndef GATEWAY_STREAM_SHELL_H
#define GATEWAY_STREAM_SHELL_H

#include "base/base.h"

struct ssl_st;
struct ssl_ctx_st;

struct stream_tls {
    struct ssl_ctx_st *context;
};

struct stream {
    int fd;
    struct ssl_st *ssl; /* NULL: plain */
};

enum stream_result { STREAM_DONE, STREAM_WANTS_READ, STREAM_WANTS_WRITE, STREAM_CLOSED };

/* The gateway's own certificate chain and key, and the authorities of clients' certificates, all PEM. A client without a
 * certificate of theirs does not pass. HO_INVALID names the file. */
enum ho_status stream_tls_open(struct stream_tls **ret_tls, const char *certificate, const char *key, const char *ca,
                               struct ho_error *err) HO_MUST_CHECK;
void stream_tls_close(struct stream_tls *tls);

/* Takes fd, which is non-blocking. tls NULL: plain, and no handshake is needed. */
void stream_open(struct stream *stream, int fd, struct stream_tls *tls);
void stream_close(struct stream *stream);
/* Until DONE; CLOSED: it failed. */
enum stream_result stream_handshake(struct stream *stream);
/* Calls each for the names of the peer's certificate, the common name first, then DNS and URI names, until it is true. */
bool stream_peer_names(const struct stream *stream, bool (*each)(void *arg, struct ho_slice name), void *arg);

enum stream_result stream_read(struct stream *stream, char *data, size_t size, size_t *ret_len);
/* True when bytes lie here that no event of the socket will tell of. */
bool stream_pending(const struct stream *stream);
enum stream_result stream_write(struct stream *stream, struct ho_slice data, size_t *ret_len);

#endif
