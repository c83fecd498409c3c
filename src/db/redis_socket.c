/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_socket.h"

#include "base/text.h"
#include "base/time.h"
#include "crypto/key.h"
#include "net/address.h"
#include "net/host.h"
#include "net/resolver.h"

#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { KEEPALIVE_IDLE = 30, KEEPALIVE_INTERVAL = 5, KEEPALIVE_COUNT = 3 };

struct redis_socket {
    int fd;
    SSL *tls; /* NULL: without */
};

/* ---- waiting ---- */

static RESULT wait_for(struct ctx *c, int fd, short events, int64_t deadline_ms)
{
    struct pollfd at = { .fd = fd, .events = events };
    for (;;) {
        int64_t left = deadline_ms - time_monotonic_ms();
        int ready = left <= 0 ? 0 : poll(&at, 1, (int)(left < INT_MAX ? left : INT_MAX));
        if (ready > 0)
            return ok();
        if (left <= 0)
            return fail(c, UNAVAILABLE, "no answer in time");
        must(ready == 0 || errno == EINTR);
    }
}

static RESULT fail_system(struct ctx *c, const char *what)
{
    char said[128];
    return fail(c, UNAVAILABLE, "%s: %s", what, strerror_r(errno, said, sizeof said));
}

bool redis_socket_is_quiet(const struct redis_socket *s)
{
    struct pollfd at = { .fd = s->fd, .events = POLLIN };
    return poll(&at, 1, 0) == 0 && (s->tls == NULL || SSL_pending(s->tls) == 0);
}

/* ---- TLS ---- */

/* OpenSSL's reason for the last failure; its queue is empty afterwards. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return text == NULL ? "the connection ended" : text;
}

static RESULT set_rules(struct ctx *c, SSL_CTX *tls)
{
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1)
        return ok();
    return fail(c, INTERNAL, "OpenSSL does not take the rules for TLS: %s", reason());
}

static RESULT refuse_file(struct ctx *c, const char *setting, const char *path, const char *how)
{
    return fail_field(c, INVALID_FIELD, setting,
                      text_printf(c->arena, "%s cannot be used%s: %s", path, how, reason()));
}

static RESULT read_files(struct ctx *c, SSL_CTX *tls, const struct redis_tls *files)
{
    int trusted = files->authorities[0] == '\0' ? SSL_CTX_set_default_verify_paths(tls)
                                                : SSL_CTX_load_verify_file(tls, files->authorities);
    if (trusted != 1)
        return refuse_file(c, "outbound_ca", files->authorities, "");
    if (files->cert[0] == '\0')
        return ok();
    SSL_CTX_set_default_passwd_cb(tls, key_no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(tls, files->cert) != 1)
        return refuse_file(c, "redis_cert", files->cert, "");
    if (SSL_CTX_use_PrivateKey_file(tls, files->key, SSL_FILETYPE_PEM) != 1)
        return refuse_file(c, "redis_key", files->key, " without a passphrase");
    return ok();
}

RESULT redis_tls_new(struct ctx *c, const struct redis_tls *files, SSL_CTX **out)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL)
        return fail(c, UNAVAILABLE, "no memory for TLS");
    ERR_clear_error();
    err made = set_rules(c, tls);
    if (made.code == ERR_OK)
        made = read_files(c, tls, files);
    if (made.code != ERR_OK)
        SSL_CTX_free(tls);
    else
        *out = tls;
    return made;
}

/* The name or address that the certificate has to be for. */
static bool expect(SSL *tls, const char *host)
{
    struct address address;
    if (address_parse(bytes_of(host), &address))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1;
    char name[HOST_MAX + 1]; /* of which OpenSSL takes a copy */
    must(strlen(host) < sizeof name);
    memcpy(name, host, strlen(host) + 1);
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(tls, name) == 1 && SSL_set_tlsext_host_name(tls, name) == 1;
}

/* What to wait for before the call that returned `result` is made again; 0: it has failed. */
static short wanted(const SSL *tls, int result)
{
    int why = SSL_get_error(tls, result);
    return why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

static RESULT fail_handshake(struct ctx *c, const SSL *tls, const char *host)
{
    long verified = SSL_get_verify_result(tls);
    const char *why = reason();
    if (verified == X509_V_OK)
        return fail(c, UNAVAILABLE, "no TLS with %s: %s", host, why);
    return fail_field(c, INVALID_FIELD, "redis_url",
                      text_printf(c->arena, "the certificate of %s is not accepted: %s", host,
                                  X509_verify_cert_error_string(verified)));
}

static RESULT shake_hands(struct ctx *c, struct redis_socket *s, const struct redis_place *place,
                          int64_t deadline_ms)
{
    s->tls = SSL_new(place->tls);
    if (s->tls == NULL || SSL_set_fd(s->tls, s->fd) != 1 || !expect(s->tls, place->url.host))
        return fail(c, UNAVAILABLE, "no memory for TLS");
    for (;;) {
        ERR_clear_error();
        int done = SSL_connect(s->tls);
        if (done == 1)
            return ok();
        short events = wanted(s->tls, done);
        if (events == 0)
            return fail_handshake(c, s->tls, place->url.host);
        TRY(wait_for(c, s->fd, events, deadline_ms));
    }
}

/* ---- connecting ---- */

static RESULT connect_to(struct ctx *c, int fd, const struct sockaddr *to, socklen_t n,
                         int64_t deadline_ms)
{
    int failed = 0;
    socklen_t failed_n = sizeof failed;
    if (connect(fd, to, n) == 0)
        return ok();
    if (errno != EINPROGRESS)
        return fail_system(c, "no connection");
    TRY(wait_for(c, fd, POLLOUT, deadline_ms));
    must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &failed_n) == 0);
    errno = failed;
    return failed == 0 ? ok() : fail_system(c, "no connection");
}

/* A side that has gone without a word is found out even while nobody asks. */
static void set_alive(int fd)
{
    const struct option {
        int level, name, value;
    } options[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE },
        { IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL },
        { IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                         sizeof options[i].value);
}

static RESULT connect_at(struct ctx *c, struct redis_socket *s, const struct sockaddr *to,
                         socklen_t n, int64_t deadline_ms)
{
    s->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return fail_system(c, "no socket");
    if (to->sa_family != AF_UNIX)
        set_alive(s->fd);
    err connected = connect_to(c, s->fd, to, n, deadline_ms);
    if (connected.code != ERR_OK) {
        (void)close(s->fd);
        s->fd = -1;
    }
    return connected;
}

static RESULT connect_path(struct ctx *c, struct redis_socket *s, const char *path,
                           int64_t deadline_ms)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    must(strlen(path) < sizeof to.sun_path);
    memcpy(to.sun_path, path, strlen(path) + 1);
    return connect_at(c, s, (const struct sockaddr *)&to, sizeof to, deadline_ms);
}

/* One address after another; the last one may take all the time that is left. */
static RESULT connect_host(struct ctx *c, struct redis_socket *s, const struct redis_place *place,
                           int64_t deadline_ms)
{
    struct resolved found;
    TRY(resolver_find(c, place->resolver, place->url.host, place->url.port, deadline_ms, &found));
    struct fault before = c->fault;
    err connected = ok();
    for (size_t i = 0; i < found.n; i++) {
        int64_t now = time_monotonic_ms();
        int64_t until = now + (deadline_ms - now) / (int64_t)(found.n - i);
        const struct sockaddr *to = (const struct sockaddr *)(const void *)&found.at[i];
        socklen_t n =
            to->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        c->fault = before;
        connected = connect_at(c, s, to, n, until);
        if (connected.code == ERR_OK)
            return connected;
    }
    return connected;
}

static RESULT open_socket(struct ctx *c, struct redis_socket *s, const struct redis_place *place,
                          int64_t deadline_ms)
{
    TRY(place->url.path != NULL ? connect_path(c, s, place->url.path, deadline_ms)
                                : connect_host(c, s, place, deadline_ms));
    return place->tls == NULL ? ok() : shake_hands(c, s, place, deadline_ms);
}

RESULT redis_socket_open(struct ctx *c, const struct redis_place *place, int64_t deadline_ms,
                         struct redis_socket **out)
{
    struct redis_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return fail(c, UNAVAILABLE, "no memory for a connection");
    s->fd = -1;
    err opened = open_socket(c, s, place, deadline_ms);
    if (opened.code != ERR_OK)
        redis_socket_close(s);
    else
        *out = s;
    return opened;
}

void redis_socket_close(struct redis_socket *s)
{
    if (s == NULL)
        return;
    SSL_free(s->tls);
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s);
}

/* ---- bytes ---- */

static RESULT fail_lost(struct ctx *c, const struct redis_socket *s)
{
    return fail(c, UNAVAILABLE, "the connection was lost%s%s", s->tls == NULL ? "" : ": ",
                s->tls == NULL ? "" : reason());
}

/* How many bytes were written; 0: *events has to be waited for, or, if that is 0, it has failed. */
static size_t write_some(struct redis_socket *s, struct bytes bytes, short *events)
{
    size_t n = 0;
    *events = 0;
    if (s->tls != NULL) {
        ERR_clear_error();
        int done = SSL_write_ex(s->tls, bytes.at, bytes.n, &n);
        *events = done == 1 ? 0 : wanted(s->tls, done);
        return done == 1 ? n : 0;
    }
    ssize_t written = send(s->fd, bytes.at, bytes.n, MSG_NOSIGNAL);
    if (written < 0 && (errno == EAGAIN || errno == EINTR))
        *events = POLLOUT;
    return written > 0 ? (size_t)written : 0;
}

static size_t read_some(struct redis_socket *s, uint8_t *at, size_t room, short *events)
{
    size_t n = 0;
    *events = 0;
    if (s->tls != NULL) {
        ERR_clear_error();
        int done = SSL_read_ex(s->tls, at, room, &n);
        *events = done == 1 ? 0 : wanted(s->tls, done);
        return done == 1 ? n : 0;
    }
    ssize_t got = recv(s->fd, at, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        *events = POLLIN;
    return got > 0 ? (size_t)got : 0;
}

RESULT redis_socket_write(struct ctx *c, struct redis_socket *s, struct bytes bytes,
                          int64_t deadline_ms)
{
    while (bytes.n > 0) {
        short events = 0;
        size_t n = write_some(s, bytes, &events);
        if (n == 0 && events == 0)
            return fail_lost(c, s);
        if (n == 0)
            TRY(wait_for(c, s->fd, events, deadline_ms));
        bytes = (struct bytes){ bytes.at + n, bytes.n - n };
    }
    return ok();
}

RESULT redis_socket_read(struct ctx *c, struct redis_socket *s, uint8_t *at, size_t room, size_t *n,
                         int64_t deadline_ms)
{
    /* An answer is never there yet; TLS may have read it already. */
    if (s->tls == NULL)
        TRY(wait_for(c, s->fd, POLLIN, deadline_ms));
    for (;;) {
        short events = 0;
        *n = read_some(s, at, room, &events);
        if (*n > 0)
            return ok();
        if (events == 0)
            return fail_lost(c, s);
        TRY(wait_for(c, s->fd, events, deadline_ms));
    }
}
