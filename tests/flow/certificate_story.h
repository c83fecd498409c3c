/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_CERTIFICATE_STORY_H
#define UAUTH_TESTS_FLOW_CERTIFICATE_STORY_H

/*
 * Clients with certificates (RFC 8705), and the authority that a story believes.
 */

#include "oauth_story.h"
#include "tests/unit/crypto/certificate_testing.h"

#include <stdlib.h>
#include <unistd.h>

#define JOB "job"

/* The authority of this program: made before its stories by authority_begin, in a file that their
 * settings name. */
static struct {
    char setting[64];               /* AUTH_TLS_CLIENT_CA=... */
    char own_cert[64], own_key[64]; /* AUTH_TLS_CERT=..., AUTH_TLS_KEY=...: our own is the same */
    struct arena *arena;
    struct made_certificate root;
} authority;

static inline FILE *authority_file(char setting[static 64], const char *name)
{
    char path[] = "/tmp/uauth-authority-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)snprintf(setting, 64, "%s=%s", name, path);
    return fdopen(fd, "wb");
}

static inline int authority_begin(void **state)
{
    (void)state;
    authority.arena = arena_new(1 << 20);
    authority.root =
        certificate_make(authority.arena, &(struct certificate_plan){ .subject = "CN=root",
                                                                      .authority = true,
                                                                      .from = STORY_NOW - 86400,
                                                                      .to = STORY_NOW + 86400 });
    FILE *files[] = { authority_file(authority.setting, "AUTH_TLS_CLIENT_CA"),
                      authority_file(authority.own_cert, "AUTH_TLS_CERT"),
                      authority_file(authority.own_key, "AUTH_TLS_KEY") };
    assert_int_equal(PEM_write_X509(files[0], authority.root.x509), 1);
    assert_int_equal(PEM_write_X509(files[1], authority.root.x509), 1);
    assert_int_equal(PEM_write_PrivateKey(files[2], authority.root.key, NULL, NULL, 0, NULL, NULL),
                     1);
    for (size_t i = 0; i < 3; i++)
        (void)fclose(files[i]);
    return 0;
}

static inline int authority_end(void **state)
{
    (void)state;
    const char *settings[] = { authority.setting, authority.own_cert, authority.own_key };
    for (size_t i = 0; i < 3; i++)
        (void)unlink(strchr(settings[i], '=') + 1);
    arena_end(authority.arena);
    return 0;
}

/* Somebody with a certificate. */
static inline struct certificates story_certificate(struct world *w, struct certificate_plan plan)
{
    if (plan.from == 0)
        plan.from = STORY_NOW - 3600;
    if (plan.to == 0)
        plan.to = STORY_NOW + 3600;
    struct bytes *at = ARENA_NEW(w->arena, struct bytes);
    at[0] = certificate_make(w->arena, &plan).der;
    return (struct certificates){ at, 1 };
}

/* As a proxy writes it (RFC 9440 2.2). */
static inline const char *story_field(struct world *w, struct certificates shown)
{
    return text_printf(w->arena, ":%s:", base64_encode(w->arena, shown.at[0], true));
}

/* POST of a form with the certificate in TLS. */
static inline struct answer shown_post(struct world *w, const char *path, struct certificates shown,
                                       const char *form)
{
    struct client c = client_new(w);
    return client_send(
        &c, &(struct sent){
                .method = HTTP_POST, .target = path, .form = form, .tls = true, .shown = shown });
}

/* GET with a bearer token and a certificate in TLS. */
static inline struct answer shown_get(struct world *w, const char *path, struct certificates shown,
                                      const char *token)
{
    struct client c = client_new(w);
    c.token = token;
    return client_send(
        &c, &(struct sent){ .method = HTTP_GET, .target = path, .tls = true, .shown = shown });
}

#endif
