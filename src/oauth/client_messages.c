/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_messages.h"

#include "crypto/jwe.h"
#include "oauth/client_keys.h"
#include "oauth/request_uri.h"
#include "token/keyring.h"

struct client_message_plan client_message_plan(const struct client_metadata *m,
                                               enum client_message which)
{
    switch (which) {
    case CLIENT_ID_TOKEN:
        return (struct client_message_plan){ "id_token", m->id_token_signed_response_alg,
                                             m->id_token_encrypted_response_alg,
                                             m->id_token_encrypted_response_enc };
    case CLIENT_ACCESS_TOKEN:
        return (struct client_message_plan){ "access_token", m->access_token_signed_response_alg,
                                             NULL, NULL };
    case CLIENT_USERINFO:
        return (struct client_message_plan){ "userinfo", m->userinfo_signed_response_alg,
                                             m->userinfo_encrypted_response_alg,
                                             m->userinfo_encrypted_response_enc };
    case CLIENT_INTROSPECTION:
        return (struct client_message_plan){ "introspection", m->introspection_signed_response_alg,
                                             m->introspection_encrypted_response_alg,
                                             m->introspection_encrypted_response_enc };
    case CLIENT_AUTHORIZATION:
        return (struct client_message_plan){ "authorization", m->authorization_signed_response_alg,
                                             m->authorization_encrypted_response_alg,
                                             m->authorization_encrypted_response_enc };
    }
    must(false);
    return (struct client_message_plan){ 0 };
}

/* ---- what may be registered ---- */

static RESULT refuse(struct ctx *c, const struct client_message_plan *plan, const char *member,
                     const char *say)
{
    return fail_field(c, INVALID_CLIENT_METADATA,
                      text_printf(c->arena, "%s_%s", plan->name, member), say);
}

/* JOSE-01: "none" is no algorithm. */
static RESULT check_signed(struct ctx *c, const struct client_message_plan *plan)
{
    if (plan->signed_alg == NULL)
        return ok();
    unsigned configured = keyring_algs_configured(c->config);
    /* By the name that stands in what we sign. */
    if (texts_hold(alg_names(c->arena, configured), plan->signed_alg))
        return ok();
    return refuse(c, plan, "signed_response_alg",
                  text_printf(c->arena,
                              "This is not offered here. The algorithms are: %s "
                              "(AUTH_JWT_MORE_ALGORITHMS).",
                              text_join(c->arena, alg_names(c->arena, configured), ", ")));
}

static RESULT check_encrypted(struct ctx *c, const struct client_metadata *m,
                              const struct client_message_plan *plan)
{
    bool has_key = false;
    if (plan->encrypted_enc != NULL && plan->encrypted_alg == NULL)
        return refuse(c, plan, "encrypted_response_enc",
                      "This goes with an algorithm for the key.");
    if (plan->encrypted_alg == NULL)
        return ok();
    enum jwe_alg alg = jwe_alg_from_name(plan->encrypted_alg);
    if (alg == 0)
        return refuse(c, plan, "encrypted_response_alg",
                      "The algorithms are RSA-OAEP-256, ECDH-ES and ECDH-ES+A256KW.");
    if (plan->encrypted_enc != NULL && jwe_enc_from_name(plan->encrypted_enc) == 0)
        return refuse(c, plan, "encrypted_response_enc",
                      "The algorithms are A256GCM and A128CBC-HS256.");
    TRY(client_may_have_encryption_key(c, m, alg, &has_key));
    return has_key ? ok()
                   : refuse(c, plan, "encrypted_response_alg",
                            "None of the registered keys can be used for this.");
}

/* RFC 9101 10.5, 9.2: signed by a key that is known, never with none. */
static RESULT check_request_objects(struct ctx *c, const struct client_metadata *m)
{
    const char *alg = m->request_object_signing_alg;
    if (alg != NULL && (alg_from_name(alg) & ALGS_ASYMMETRIC) == 0)
        return fail_field(c, INVALID_CLIENT_METADATA, "request_object_signing_alg",
                          "The algorithms are RS256, PS256, ES256, ES384 and EdDSA.");
    if (m->require_signed_request_object && m->jwks.n == 0 && m->jwks_uri == NULL)
        return fail_field(c, INVALID_CLIENT_METADATA, "jwks",
                          "require_signed_request_object needs the public keys of the client.");
    return request_uris_check(c, m);
}

RESULT client_messages_check(struct ctx *c, const struct client_metadata *m)
{
    /* OpenID Connect Registration 2 would have it encrypted and not signed. */
    if (m->userinfo_encrypted_response_alg != NULL && m->userinfo_signed_response_alg == NULL)
        return fail_field(c, INVALID_CLIENT_METADATA, "userinfo_signed_response_alg",
                          "What is encrypted is signed first: this is required.");
    for (int i = CLIENT_ID_TOKEN; i <= CLIENT_AUTHORIZATION; i++) {
        struct client_message_plan plan = client_message_plan(m, (enum client_message)i);
        TRY(check_signed(c, &plan));
        TRY(check_encrypted(c, m, &plan));
    }
    return check_request_objects(c, m);
}

/* ---- making it ---- */

RESULT client_message_ready(struct ctx *c, const struct client *client, enum client_message which)
{
    const struct client_message_plan plan = client_message_plan(&client->metadata, which);
    const struct encryption_key *key = NULL;
    if (plan.signed_alg != NULL && (alg_from_name(plan.signed_alg) & keyring_algs(c, c->keys)) == 0)
        return fail(c, UNAVAILABLE,
                    "client %s has registered %s for its %s, and no key signs with it: it is not "
                    "in AUTH_JWT_MORE_ALGORITHMS, or its first key has not been published long "
                    "enough",
                    client->id, plan.signed_alg, plan.name);
    return plan.encrypted_alg == NULL
               ? ok()
               : client_encryption_key(c, client, jwe_alg_from_name(plan.encrypted_alg), &key);
}

RESULT client_message_encrypt(struct ctx *c, const struct client *client, enum client_message which,
                              const char *jwt, const char **token)
{
    const struct client_message_plan plan = client_message_plan(&client->metadata, which);
    *token = jwt;
    if (plan.encrypted_alg == NULL)
        return ok();
    /* OpenID Connect Registration 2: without one, this. */
    const char *enc = plan.encrypted_enc == NULL ? "A128CBC-HS256" : plan.encrypted_enc;
    struct jwe_plan how = { .alg = jwe_alg_from_name(plan.encrypted_alg),
                            .enc = jwe_enc_from_name(enc) };
    TRY(client_encryption_key(c, client, how.alg, &how.key));
    return jwe_encrypt_jwt(c, &how, jwt, token);
}

RESULT client_message_make(struct ctx *c, const struct client *client, enum client_message which,
                           const struct client_message_text *text, const char **token)
{
    const struct client_message_plan plan = client_message_plan(&client->metadata, which);
    const struct keyring_use use = { .typ = text->typ, .alg = plan.signed_alg };
    const char *jwt = NULL;
    TRY(keyring_sign_as(c, c->keys, &use, text->payload, &jwt));
    return client_message_encrypt(c, client, which, jwt, token);
}
