#include "gateway/stream_shell.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

static const char *openssl_says(void)
{
    const char *reason = ERR_reason_error_string(ERR_get_error());
    ERR_clear_error();
    return reason ? reason : "it cannot be used";
}

static enum ho_status load(SSL_CTX *context, const char *certificate, const char *key, const char *ca, struct ho_error *err)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return ho_fail(err, HO_INVALID, "tls.certificate %s: %s", certificate, openssl_says());
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
        return ho_fail(err, HO_INVALID, "tls.key %s: %s", key, openssl_says());
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca);
    if (!names || SSL_CTX_load_verify_locations(context, ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return ho_fail(err, HO_INVALID, "tls.ca %s: %s", ca, openssl_says());
    }
    SSL_CTX_set_client_CA_list(context, names); /* takes them */
    return HO_OK;
}

enum ho_status stream_tls_open(struct stream_tls **ret_tls, const char *certificate, const char *key, const char *ca,
                               struct ho_error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    HO_ASSERT(context);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* A peer that closes without saying so is closed; what it said before is whole or it is no frame. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"ho-gateway", 10);
    enum ho_status status = load(context, certificate, key, ca, err);
    if (status != HO_OK) {
        SSL_CTX_free(context);
        return status;
    }
    *ret_tls = ho_calloc(1, sizeof **ret_tls);
    (*ret_tls)->context = context;
    return HO_OK;
}

void stream_tls_close(struct stream_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    ho_free(tls);
}

void stream_open(struct stream *stream, int fd, struct stream_tls *tls)
{
    *stream = (struct stream){fd, NULL};
    if (!tls)
        return;
    stream->ssl = SSL_new(tls->context);
    HO_ASSERT(stream->ssl && SSL_set_fd(stream->ssl, fd) == 1);
    SSL_set_accept_state(stream->ssl);
}

void stream_close(struct stream *stream)
{
    if (stream->ssl) {
        if (SSL_is_init_finished(stream->ssl))
            (void)SSL_shutdown(stream->ssl);
        ERR_clear_error();
        SSL_free(stream->ssl);
    }
    close(stream->fd);
    *stream = (struct stream){-1, NULL};
}

static enum stream_result result_of(const struct stream *stream, int rc)
{
    int error = SSL_get_error(stream->ssl, rc);
    ERR_clear_error(); /* else the next connection's error would be this one's */
    if (rc > 0)
        return STREAM_DONE;
    return error == SSL_ERROR_WANT_READ ? STREAM_WANTS_READ : error == SSL_ERROR_WANT_WRITE ? STREAM_WANTS_WRITE : STREAM_CLOSED;
}

enum stream_result stream_handshake(struct stream *stream)
{
    return stream->ssl ? result_of(stream, SSL_do_handshake(stream->ssl)) : STREAM_DONE;
}

static bool common_names(const X509 *certificate, bool (*each)(void *arg, struct ho_slice name), void *arg)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
        unsigned char *text = NULL;
        int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        bool found = len > 0 && each(arg, (struct ho_slice){(const char *)text, (size_t)len});
        OPENSSL_free(text);
        if (found)
            return true;
    }
    return false;
}

static bool other_names(const X509 *certificate, bool (*each)(void *arg, struct ho_slice name), void *arg)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS && name->type != GEN_URI)
            continue;
        const ASN1_IA5STRING *text = name->d.ia5;
        found = each(arg, (struct ho_slice){(const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)});
    }
    GENERAL_NAMES_free(names);
    return found;
}

bool stream_peer_names(const struct stream *stream, bool (*each)(void *arg, struct ho_slice name), void *arg)
{
    X509 *certificate = stream->ssl ? SSL_get1_peer_certificate(stream->ssl) : NULL;
    if (!certificate)
        return false;
    bool found = common_names(certificate, each, arg) || other_names(certificate, each, arg);
    X509_free(certificate);
    return found;
}

static enum stream_result plain_result(ssize_t n, enum stream_result wants, size_t *ret_len)
{
    *ret_len = n > 0 ? (size_t)n : 0;
    if (n > 0)
        return STREAM_DONE;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? wants : STREAM_CLOSED;
}

enum stream_result stream_read(struct stream *stream, char *data, size_t size, size_t *ret_len)
{
    if (!stream->ssl)
        return plain_result(read(stream->fd, data, size), STREAM_WANTS_READ, ret_len);
    *ret_len = 0;
    return result_of(stream, SSL_read_ex(stream->ssl, data, size, ret_len));
}

bool stream_pending(const struct stream *stream)
{
    return stream->ssl && SSL_pending(stream->ssl) > 0;
}

enum stream_result stream_write(struct stream *stream, struct ho_slice data, size_t *ret_len)
{
    if (!stream->ssl)
        return plain_result(write(stream->fd, data.ptr, data.len), STREAM_WANTS_WRITE, ret_len);
    *ret_len = 0;
    return result_of(stream, SSL_write_ex(stream->ssl, data.ptr, data.len, ret_len));
}
