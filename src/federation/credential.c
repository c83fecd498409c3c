/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/credential.h"

#include "base/config.h"
#include "base/random.h"
#include "client/assertion_file.h"
#include "client/azure_credential.h"
#include "crypto/certificate_key.h"
#include "token/claims.h"
#include "token/issuer.h"
#include "token/keyring.h"

#include <unistd.h>

enum { ASSERTION_SECONDS = 300 };

/* Who assertions for Entra are for (entra.md 2.8). */
static const char exchange_audience[] = "api://AzureADTokenExchange";

typedef RESULT fill_function(struct ctx *c, const struct provider *p,
                             const struct provider_place *place, const char *secret,
                             struct oauth_client *out);

/* ---- a secret or a key ---- */

static RESULT fill_secret(struct ctx *c, const struct provider *p,
                          const struct provider_place *place, const char *secret,
                          struct oauth_client *out)
{
    (void)place;
    if (secret == NULL || *secret == '\0')
        return fail(c, UNAVAILABLE, "the provider %s has no secret", p->id);
    out->secret = secret;
    return ok();
}

static const char *audience_of(const struct provider_place *place)
{
    return place->issuer == NULL ? place->token.url : place->issuer;
}

static RESULT fill_jwk(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       const char *secret, struct oauth_client *out)
{
    if (secret == NULL || *secret == '\0')
        return fail(c, UNAVAILABLE, "the provider %s has no key", p->id);
    out->assertion_iss = p->m.team_id;
    out->assertion_aud = audience_of(place);
    return key_read_jwk(c, c->arena, bytes_of(secret), true, &out->key);
}

/* entra.md 1.14: PS256, known by x5t#S256, for the token endpoint. */
static RESULT fill_certificate(struct ctx *c, const struct provider *p,
                               const struct provider_place *place, const char *secret,
                               struct oauth_client *out)
{
    struct certificate_key pair;
    if (p->certificate_path != NULL)
        TRY(certificate_key_read(c, c->arena, p->certificate_path, NULL, ALG_PS256, &pair));
    else if (secret != NULL)
        TRY(certificate_key_parse(c, c->arena, bytes_of(secret), NULL, ALG_PS256, &pair));
    else
        return fail(c, UNAVAILABLE, "the provider %s has no certificate", p->id);
    struct jws_head *head = ARENA_NEW(c->arena, struct jws_head);
    *head = (struct jws_head){ .typ = "JWT", .x5t_s256 = pair.own.thumbprint, .x5c = pair.x5c };
    out->key = pair.key;
    out->known_as = head;
    out->assertion_aud = place->token.url;
    return ok();
}

/* ---- assertions of others ---- */

static RESULT fill_file(struct ctx *c, const struct provider *p, const struct provider_place *place,
                        const char *secret, struct oauth_client *out)
{
    (void)place;
    (void)secret;
    if (p->m.assertion_file == NULL)
        return fail(c, UNAVAILABLE, "the provider %s has no file of an assertion", p->id);
    return assertion_file_read(c, p->m.assertion_file, &out->assertion);
}

static RESULT fill_managed(struct ctx *c, const struct provider *p,
                           const struct provider_place *place, const char *secret,
                           struct oauth_client *out)
{
    (void)place;
    (void)secret;
    const struct azure_platform platform = azure_platform((const char *const *)environ);
    const struct azure_options options = { .credential = "managed-identity",
                                           .client_id = p->m.managed_identity };
    const struct azure_asked asked = { .scope = text_printf(c->arena, "%s/.default",
                                                            exchange_audience) };
    struct azure_credential *credential = NULL;
    struct azure_token token;
    TRY(azure_credential_new(c, &platform, &options, &credential));
    err got = azure_credential_get(c, credential, &asked, &token);
    azure_credential_free(credential);
    if (got.code == ERR_NOT_FOUND) {
        const char *why = c->fault.text;
        fault_clear(c);
        return fail(c, UNAVAILABLE, "there is no managed identity here: %s", why);
    }
    TRY(got);
    out->assertion = token.token;
    return ok();
}

/* The registration trusts our issuer and, as subject, the provider: Entra finds our keys by our
 * discovery document. */
static RESULT fill_own(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       const char *secret, struct oauth_client *out)
{
    (void)place;
    (void)secret;
    struct json_writer w = json_writer(c->arena);
    /* Whoever it is for: this is the service that speaks. */
    const struct ctx own = issuer_own(c);
    const struct keyring_use use = { .typ = "JWT", .alg = "RS256" };
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(&own));
    json_text(&w, "sub", text_printf(c->arena, "provider:%s", p->id));
    json_text(&w, "aud", exchange_audience);
    json_text(&w, "jti", random_token(c));
    json_number(&w, "iat", c->now);
    json_number(&w, "nbf", c->now);
    json_number(&w, "exp", c->now + ASSERTION_SECONDS);
    json_object_end(&w);
    return keyring_sign_as(c, own.keys, &use, json_written(&w), &out->assertion);
}

static RESULT fill_nothing(struct ctx *c, const struct provider *p,
                           const struct provider_place *place, const char *secret,
                           struct oauth_client *out)
{
    (void)c;
    (void)p;
    (void)place;
    (void)secret;
    (void)out;
    return ok();
}

/* ---- the table ---- */

struct method {
    const char *name;
    enum oauth_auth auth;
    enum credential_secret secret;
    fill_function *fill;
};

/* clang-format off */
static const struct method methods[] = {
    { "client_secret_basic", OAUTH_AUTH_BASIC,       CREDENTIAL_TEXT,        fill_secret },
    { "client_secret_post",  OAUTH_AUTH_POST,        CREDENTIAL_TEXT,        fill_secret },
    { "private_key_jwt",     OAUTH_AUTH_PRIVATE_KEY, CREDENTIAL_JWK,         fill_jwk },
    { "apple",               OAUTH_AUTH_APPLE,       CREDENTIAL_JWK,         fill_jwk },
    { "none",                OAUTH_AUTH_NONE,        CREDENTIAL_NONE,        fill_nothing },
    { "certificate",         OAUTH_AUTH_PRIVATE_KEY, CREDENTIAL_CERTIFICATE, fill_certificate },
    { "federated_file",      OAUTH_AUTH_PRIVATE_KEY, CREDENTIAL_NONE,        fill_file },
    { "managed_identity",    OAUTH_AUTH_PRIVATE_KEY, CREDENTIAL_NONE,        fill_managed },
    { "own_key",             OAUTH_AUTH_PRIVATE_KEY, CREDENTIAL_NONE,        fill_own },
};
/* clang-format on */

static const struct method *find(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (text_equal(methods[i].name, name))
            return &methods[i];
    return name == NULL ? &methods[0] : NULL;
}

bool credential_find(const char *method, enum credential_secret *out)
{
    const struct method *found = find(method);
    if (found == NULL)
        return false;
    *out = found->secret;
    return true;
}

RESULT credential_fill(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       const char *secret, struct oauth_client *out)
{
    const struct method *method = find(p->m.token_endpoint_auth_method);
    must(method != NULL);
    *out = (struct oauth_client){ .client_id = p->m.client_id, .auth = method->auth };
    return method->fill(c, p, place, secret, out);
}
