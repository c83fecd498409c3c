/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/*
 * Where less came than was asked for, the socket was empty then: after a whole request there is no
 * need to ask again before the next edge.  Not so when the end was told already; and a reset that
 * came with the data is only seen by asking, so in the middle of a request we do
 * (http_connection.c).
 */
ssize_t http_stream_read_raw(struct http_connection *k, void *at, size_t n)
{
    ssize_t got = recv(event_get_fd(&k->event), at, n, 0);
    if (got < 0 && errno == EINTR)
        return http_stream_read_raw(k, at, n);
    if (got < 0 && would_wait()) {
        k->readable = false;
        return HTTP_STREAM_WAIT;
    }
    if (got < 0)
        return HTTP_STREAM_BROKEN;
    k->drained = (size_t)got < n && !k->hung_up;
    http_count_alone(&k->io->totals.bytes_in, (uint64_t)got);
    return got;
}

/* What OpenSSL's failure `result` means. */
static ssize_t tls_outcome(struct http_connection *k, int result)
{
    switch (SSL_get_error(k->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        k->readable = false;
        return HTTP_STREAM_WAIT;
    case SSL_ERROR_WANT_WRITE:
        k->writable = false;
        return HTTP_STREAM_WAIT;
    case SSL_ERROR_ZERO_RETURN:
        return HTTP_STREAM_END;
    default:
        return HTTP_STREAM_BROKEN;
    }
}

static int tls_size(size_t n)
{
    return n > INT_MAX ? INT_MAX : (int)n;
}

ssize_t http_stream_read(struct http_connection *k, void *at, size_t n)
{
    if (k->ssl == NULL)
        return http_stream_read_raw(k, at, n);
    ERR_clear_error();
    int got = SSL_read(k->ssl, at, tls_size(n));
    if (got <= 0)
        return tls_outcome(k, got);
    http_count_alone(&k->io->totals.bytes_in, (uint64_t)got);
    return got;
}

static ssize_t put_plain(int fd, const void *at, size_t n)
{
    ssize_t put = send(fd, at, n, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR)
        return put_plain(fd, at, n);
    if (put >= 0)
        return put;
    return would_wait() ? HTTP_STREAM_WAIT : HTTP_STREAM_BROKEN;
}

ssize_t http_stream_put(SSL *ssl, int fd, const void *at, size_t n)
{
    if (ssl == NULL)
        return put_plain(fd, at, n);
    ERR_clear_error();
    int result = SSL_write(ssl, at, tls_size(n));
    if (result > 0)
        return result;
    int error = SSL_get_error(ssl, result);
    bool waits = error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ;
    /* What a client did is not to be taken for why the worker's next signature failed. */
    ERR_clear_error();
    return waits ? HTTP_STREAM_WAIT : HTTP_STREAM_BROKEN;
}

ssize_t http_stream_write(struct http_connection *k, const void *at, size_t n)
{
    ssize_t put = http_stream_put(k->ssl, event_get_fd(&k->event), at, n);
    if (put > 0)
        http_count(&k->io->totals.bytes_out, (uint64_t)put);
    else if (k->ssl != NULL && SSL_want_read(k->ssl))
        k->readable = false;
    else
        k->writable = false;
    return put;
}

ssize_t http_stream_handshake(struct http_connection *k)
{
    ERR_clear_error();
    int result = SSL_do_handshake(k->ssl);
    if (result == 1)
        return 1;
    ssize_t outcome = tls_outcome(k, result);
    return outcome == HTTP_STREAM_END ? HTTP_STREAM_BROKEN : outcome;
}

void http_stream_finish(struct http_connection *k)
{
    if (k->ssl != NULL && !k->awaits_tls) {
        ERR_clear_error();
        (void)SSL_shutdown(k->ssl);
    }
    (void)shutdown(event_get_fd(&k->event), SHUT_WR);
}
