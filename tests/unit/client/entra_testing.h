/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_ENTRA_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_ENTRA_TESTING_H

/* Entra ID as far as an application meets it, on loopback, with keys of its own. */

#include "azure_testing.h"
#include "base/codec.h"
#include "client/entra_app.h"
#include "crypto/jwt.h"

#define TENANT  "11111111-2222-3333-4444-555555555555"
#define TENANT2 "99999999-2222-3333-4444-555555555555"
#define OID     "aaaaaaaa-0000-0000-0000-00000000000a"
#define HOME    OID "." TENANT
#define CLIENT  "00001111-aaaa-2222-bbbb-3333cccc4444"
#define TOKEN   "POST /" TENANT "/oauth2/v2.0/token "

struct entra_world {
    struct world *w;
    const struct key *key;
    struct entra_app *app;
    struct entra_result result;
    struct entra_error error;
};

static inline void entra_serve(struct entra_world *e, const char *tenant, const char *issuer)
{
    struct arena *a = e->w->arena;
    const char *u = e->w->url;
    peer_says(e->w, text_printf(a, "/%s/v2.0/.well-known/openid-configuration", tenant), FINE,
              text_printf(a,
                          "{\"issuer\":\"%s/%s/v2.0\",\"authorization_endpoint\":\"%s/%s/oauth2/"
                          "v2.0/authorize\",\"token_endpoint\":\"%s/%s/oauth2/v2.0/token\","
                          "\"device_authorization_endpoint\":\"%s/%s/oauth2/v2.0/devicecode\","
                          "\"jwks_uri\":\"%s/keys\",\"id_token_signing_alg_values_supported\":["
                          "\"RS256\"],\"response_types_supported\":[\"code\"],"
                          "\"subject_types_supported\":[\"pairwise\"]}",
                          text_starts(issuer, "http") ? "" : u, issuer, u, tenant, u, tenant, u,
                          tenant, u));
}

static inline struct entra_world entra_world(void **state)
{
    struct entra_world e = { .w = *state };
    struct key_set set = { &e.key, 1, 0 };
    e.w->c.random = random_system(e.w->arena);
    assert_int_equal(key_generate(&e.w->c, e.w->arena, ALG_RS256, RSA_BITS, &e.key).code, ERR_OK);
    peer_says(e.w, "/keys", FINE, key_set_write(e.w->arena, &set));
    entra_serve(&e, TENANT, TENANT);
    return e;
}

/* An application at `tenant` of the peer; `options` are completed. */
static inline enum err_code entra_open(struct entra_world *e, const char *tenant,
                                       const struct entra_options *options)
{
    struct entra_options o = options == NULL ? (struct entra_options){ 0 } : *options;
    const char **known = ARENA_NEW(e->w->arena, const char *);
    *known = strstr(e->w->url, "://") + 3;
    o.client_id = CLIENT;
    o.authority = text_printf(e->w->arena, "%s/%s", e->w->url, tenant);
    if (o.discovery == NULL)
        o.known_authorities = (struct texts){ known, 1 };
    fault_clear(&e->w->c);
    return entra_app_new(&e->w->c, &o, &e->app).code;
}

static inline const char *entra_id_token(struct entra_world *e, const char *tid, const char *nonce)
{
    const char *token = NULL;
    const char *claims = text_printf(
        e->w->arena,
        "{\"iss\":\"%s/%s/v2.0\",\"aud\":\"" CLIENT "\",\"sub\":\"pairwise\",\"oid\":\"" OID
        "\",\"tid\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"ver\":\"2.0\",\"preferred_username\":"
        "\"alice@contoso.example\",\"name\":\"Alice\"%s%s%s}",
        e->w->url, tid, tid, (long long)e->w->c.now, (long long)e->w->c.now + 3600,
        nonce == NULL ? "" : ",\"nonce\":\"", nonce == NULL ? "" : nonce,
        nonce == NULL ? "" : "\"");
    assert_int_equal(jwt_sign(&e->w->c, e->key, "JWT", claims, &token).code, ERR_OK);
    return token;
}

/* An answer of the token endpoint: `more` are further members. */
static inline const char *entra_answer(struct entra_world *e, const char *at, const char *id_token,
                                       const char *more)
{
    const char *info =
        base64url_encode(e->w->arena, bytes_of("{\"uid\":\"" OID "\",\"utid\":\"" TENANT "\"}"));
    return text_printf(e->w->arena,
                       "{\"token_type\":\"Bearer\",\"scope\":\"User.Read openid profile\","
                       "\"access_token\":\"%s\"%s%s%s%s,\"client_info\":\"%s\"}",
                       at, id_token == NULL ? "" : ",\"id_token\":\"",
                       id_token == NULL ? "" : id_token, id_token == NULL ? "" : "\"", more, info);
}

static const char *const user_read[] = { "User.Read" };
static inline struct entra_asked entra_asked(void)
{
    return (struct entra_asked){ .scopes = { (const char **)(uintptr_t)user_read, 1 } };
}

static inline enum err_code entra_quietly(struct entra_world *e, const struct entra_asked *asked)
{
    const struct entra_asked plain = entra_asked();
    fault_clear(&e->w->c);
    return entra_silent(&e->w->c, e->app, HOME, asked == NULL ? &plain : asked, &e->result,
                        &e->error)
        .code;
}

/* Somebody is signed in, with a refresh token and an access token of these further members. */
static inline void entra_signed_in(struct entra_world *e, const char *more)
{
    const struct entra_asked asked = entra_asked();
    const char *body = entra_answer(e, "at-1", entra_id_token(e, TENANT, NULL), more);
    struct peer_step *step = ARENA_NEW(e->w->arena, struct peer_step);
    *step = (struct peer_step){ "POST /", "refresh_token=rt-0", FINE, body };
    peer_script(e->w, step, 1);
    assert_int_equal(
        entra_by_refresh_token(&e->w->c, e->app, "rt-0", &asked, &e->result, &e->error).code,
        ERR_OK);
    peer_script_done(e->w);
}

#define HOUR ",\"expires_in\":3600,\"refresh_token\":\"rt-1\""

#endif
