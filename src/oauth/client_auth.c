/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_auth.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "crypto/seal.h"
#include "oauth/client_auth_certificate.h"
#include "oauth/client_keys.h"
#include "oauth/fapi.h"
#include "store/client_secrets.h"
#include "store/seen.h"
#include "token/claims.h"
#include "token/issuer.h"

#include <string.h>

enum { ASSERTION_LIFE_MAX = 3600 };

static const char seal_purpose[] = "client secret";
static const char assertion_typ[] = "client-authentication+jwt";

/* ---- none ---- */

static RESULT check_nothing(struct ctx *c, const struct client *client,
                            const struct client_shown *shown)
{
    (void)c;
    (void)client;
    (void)shown;
    return ok();
}

/* ---- secrets ---- */

/* As many comparisons as there are secrets, one at least. */
RESULT client_has_secret(struct ctx *c, const char *client_id, const char *secret, bool *good)
{
    static const char nobodys[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct client_secret_rows rows;
    struct bytes hash = bytes_of(token_hash(c->arena, secret));
    TRY(client_secrets_of(c, client_id, &rows));
    bool found = rows.n == 0 && ct_equal(hash, bytes_of(nobodys));
    for (size_t i = 0; i < rows.n; i++)
        found = ct_equal(hash, bytes_of(rows.at[i].hash)) || found;
    *good = found && rows.n > 0;
    return ok();
}

static RESULT check_secret(struct ctx *c, const struct client *client,
                           const struct client_shown *shown)
{
    bool good = false;
    TRY(client_has_secret(c, client->id, shown->secret, &good));
    if (!good)
        return because(c, CLIENT_SECRET, NULL, NULL,
                       fail(c, INVALID_CLIENT, "a wrong secret of client %s", client->id));
    return ok();
}

/* ---- assertions (RFC 7523 3) ---- */

/* What the audience of an assertion may be: the issuer (decision 12). */
static struct texts audiences(struct ctx *c, const struct client *client)
{
    const char **at = ARENA_NEWS(c->arena, const char *, 2);
    at[0] = token_issuer(c);
    at[1] = text_printf(c->arena, "%s%s/oauth2/token", c->config->public_url, issuer_path(c));
    bool legacy = client->metadata.legacy_assertion_aud && !fapi_holds(&client->metadata);
    return (struct texts){ at, legacy ? 2 : 1 };
}

static RESULT verify_assertion(struct ctx *c, const struct client *client, const char *assertion,
                               const struct jws_policy *signature)
{
    struct jwt jwt = { 0 };
    bool first = false;
    const struct jwt_policy policy = {
        .signature = *signature,
        .typ = assertion_typ,
        .iss = client->id,
        .aud = audiences(c, client),
        .required = JWT_SUB | JWT_JTI | JWT_TEXT_AUDIENCE,
        .open = JWT_TYP_OPTIONAL,
        .max_life = ASSERTION_LIFE_MAX,
    };
    TRY(jwt_verify(c, assertion, &policy, &jwt));
    if (!text_equal(jwt.sub, client->id))
        return because(
            c, ASSERTION_SUBJECT, client->id, jwt.sub,
            fail(c, INVALID_CLIENT, "the assertion of client %s has another sub", client->id));
    /* RFC 7523 3: each is good once, at whichever endpoint (decision 10). */
    const struct seen_key key = { "assertion", client->id, token_hash(c->arena, jwt.jti) };
    TRY(seen_add(c, &key, jwt.exp + JWT_SKEW, &first));
    if (!first)
        return because(c, ASSERTION_REPLAY, NULL, jwt.jti,
                       fail(c, INVALID_CLIENT, "an assertion of client %s came twice", client->id));
    return ok();
}

/* The algorithms of `method` that the client may use. */
static unsigned algs_for(const struct client *client, unsigned algs)
{
    const char *only = client->metadata.token_endpoint_auth_signing_alg;
    algs = fapi_algs(&client->metadata, algs);
    return only == NULL ? algs : algs & alg_from_name(only);
}

static RESULT check_key_assertion(struct ctx *c, const struct client *client,
                                  const struct client_shown *shown)
{
    const struct key_set *keys = NULL;
    TRY(client_keys(c, client, shown->assertion, &keys));
    const struct jws_policy signature = { .algs = algs_for(client, ALGS_ASYMMETRIC),
                                          .keys = keys,
                                          .refusal = ERR_INVALID_CLIENT };
    return verify_assertion(c, client, shown->assertion, &signature);
}

static RESULT check_secret_assertion(struct ctx *c, const struct client *client,
                                     const struct client_shown *shown)
{
    struct client_secret_rows rows;
    const struct hmac_secret *secrets[CLIENT_SECRETS_MAX] = { NULL };
    size_t n = 0;
    TRY(client_secrets_of(c, client->id, &rows));
    for (size_t i = 0; i < rows.n && n < CLIENT_SECRETS_MAX; i++) {
        struct bytes plain;
        if (rows.at[i].sealed == NULL)
            continue;
        TRY(seal_open(c, seal_purpose, client->id, rows.at[i].sealed, &plain));
        TRY(hmac_secret_new(c, c->arena, plain, &secrets[n++]));
    }
    const struct jws_policy signature = { .algs = algs_for(client, ALG_HS256),
                                          .secrets = secrets,
                                          .secrets_n = n,
                                          .refusal = ERR_INVALID_CLIENT };
    return verify_assertion(c, client, shown->assertion, &signature);
}

/* ---- the table ---- */

/* clang-format off */
static const struct client_auth methods[] = {
    /* name                           way                    secret seals  keys   algs             offered                    check */
    { "none",                         CLIENT_BY_NAME,        false, false, false, 0,               NULL,                      check_nothing                },
    { "client_secret_basic",          CLIENT_BY_BASIC,       true,  false, false, 0,               NULL,                      check_secret                 },
    { "client_secret_post",           CLIENT_BY_SECRET,      true,  false, false, 0,               NULL,                      check_secret                 },
    { "client_secret_jwt",            CLIENT_BY_ASSERTION,   true,  true,  false, ALG_HS256,       NULL,                      check_secret_assertion       },
    { "private_key_jwt",              CLIENT_BY_ASSERTION,   false, false, true,  ALGS_ASYMMETRIC, NULL,                      check_key_assertion          },
    { "tls_client_auth",              CLIENT_BY_CERTIFICATE, false, false, false, 0,               client_auth_has_authorities, client_auth_check_name     },
    { "self_signed_tls_client_auth",  CLIENT_BY_CERTIFICATE, false, false, true,  0,               config_takes_certificates, client_auth_check_registered },
};
/* clang-format on */

const struct client_auth *client_auths(size_t *n)
{
    *n = sizeof methods / sizeof methods[0];
    return methods;
}

const struct client_auth *client_auth_find(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (text_equal(methods[i].name, name))
            return &methods[i];
    return NULL;
}

const char *client_auth_say(struct arena *a)
{
    enum { LAST = sizeof methods / sizeof methods[0] - 1 };
    struct text_buffer say = text_buffer(a);
    for (size_t i = 0; i <= LAST; i++)
        text_addf(&say, "%s%s",
                  i == 0     ? "The methods are "
                  : i < LAST ? ", "
                             : " and ",
                  methods[i].name);
    text_add(&say, ".");
    return text_of(&say);
}

bool client_auth_is_offered(const struct client_auth *method, const struct config *config)
{
    return method->offered == NULL || method->offered(config);
}

/* A certificate comes beside the name, and the name alone is all that else comes with it. */
static bool is_way_of(const struct client_auth *method, const struct client_shown *shown)
{
    return method->way == shown->way ||
           (method->way == CLIENT_BY_CERTIFICATE && shown->way == CLIENT_BY_NAME);
}

/* What looking a secret up costs, for a client that has none. */
static RESULT pretend(struct ctx *c, const struct client_shown *shown)
{
    bool good = false;
    if (shown->secret != NULL)
        TRY(client_has_secret(c, shown->client_id, shown->secret, &good));
    return ok();
}

static const char *const way_names[] = {
    [CLIENT_BY_NAME] = "no credentials",
    [CLIENT_BY_BASIC] = "a secret in Authorization: Basic",
    [CLIENT_BY_SECRET] = "a secret in the form",
    [CLIENT_BY_ASSERTION] = "a client_assertion",
    [CLIENT_BY_CERTIFICATE] = "a certificate",
};

RESULT client_authenticate(struct ctx *c, const struct client_shown *shown,
                           const struct client **out)
{
    const struct client *client = NULL;
    TRY(client_load(c, shown->client_id, &client));
    const struct client_auth *method =
        client == NULL ? NULL : client_auth_find(client->metadata.token_endpoint_auth_method);
    if (method == NULL) {
        TRY(pretend(c, shown));
        return because(
            c, CLIENT_UNKNOWN, NULL, shown->client_id,
            fail(c, INVALID_CLIENT, "client %s is unknown or disabled", shown->client_id));
    }
    if (!is_way_of(method, shown)) {
        TRY(pretend(c, shown));
        return because(
            c, CLIENT_METHOD, method->name, way_names[shown->way],
            fail(c, INVALID_CLIENT, "client %s is registered for %s", client->id, method->name));
    }
    TRY(method->check(c, client, shown));
    *out = client;
    return ok();
}

static RESULT keep_secret(struct ctx *c, const char *client_id, const struct client_auth *method,
                          const char *secret, struct client_secret_row *row)
{
    *row = (struct client_secret_row){ .hash = token_hash(c->arena, secret) };
    return method->seals ? seal_bytes(c, seal_purpose, client_id, bytes_of(secret), &row->sealed)
                         : ok();
}

RESULT client_secret_make(struct ctx *c, const char *client_id, const struct client_auth *method,
                          const char **secret, struct client_secret_row *row)
{
    const char *made = random_token(c);
    TRY(keep_secret(c, client_id, method, made, row));
    *secret = made;
    return ok();
}

RESULT client_secret_take(struct ctx *c, const char *client_id, const struct client_auth *method,
                          const char *secret, struct client_secret_row *row)
{
    size_t n = strlen(secret);
    bool visible = true;
    for (size_t i = 0; i < n; i++)
        visible = visible && secret[i] > ' ' && secret[i] <= '~';
    if (!visible || n < CLIENT_SECRET_MIN || n > CLIENT_SECRET_MAX)
        return fail_field(c, INVALID_FIELD, "secret",
                          "A secret has 32 to 256 visible characters of ASCII.");
    return keep_secret(c, client_id, method, secret, row);
}
