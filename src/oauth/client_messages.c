/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_messages.h"

#include "crypto/key.h"
#include "token/keyring.h"

/* A member that names an algorithm. */
struct named {
    const char *name, *value;
};

static RESULT check_signing(struct ctx *c, const struct named *member)
{
    if (member->value == NULL)
        return ok();
    unsigned configured = keyring_algs_configured(c->config);
    if ((alg_from_name(member->value) & configured) != 0)
        return ok();
    /* JOSE-01: "none" is no algorithm. */
    const char *say = text_printf(
        c->arena, "This is not offered here. The algorithms are: %s (AUTH_JWT_MORE_ALGORITHMS).",
        text_join(c->arena, alg_names(c->arena, configured), ", "));
    return fail_field(c, INVALID_CLIENT_METADATA, member->name, say);
}

/* RFC 9101 10.5, 9.2: signed by a key that is known, never with none. */
static RESULT check_request_objects(struct ctx *c, const struct client_metadata *m)
{
    const char *alg = m->request_object_signing_alg;
    if (alg != NULL && (alg_from_name(alg) & ALGS_ASYMMETRIC) == 0)
        return fail_field(c, INVALID_CLIENT_METADATA, "request_object_signing_alg",
                          "The algorithms are RS256, PS256, ES256, ES384 and EdDSA.");
    if (m->require_signed_request_object && m->jwks.n == 0)
        return fail_field(c, INVALID_CLIENT_METADATA, "jwks",
                          "require_signed_request_object needs the public keys of the client.");
    return ok();
}

RESULT client_messages_check(struct ctx *c, const struct client_metadata *m)
{
    const struct named signing[] = {
        { "id_token_signed_response_alg", m->id_token_signed_response_alg },
        { "access_token_signed_response_alg", m->access_token_signed_response_alg },
    };
    for (size_t i = 0; i < sizeof signing / sizeof signing[0]; i++)
        TRY(check_signing(c, &signing[i]));
    return check_request_objects(c, m);
}

static RESULT check_signs(struct ctx *c, const char *alg)
{
    if (alg == NULL || (alg_from_name(alg) & keyring_algs(c, c->keys)) != 0)
        return ok();
    return fail(c, UNAVAILABLE,
                "a client has registered %s, and no key signs with it: it is not in "
                "AUTH_JWT_MORE_ALGORITHMS, or its first key has not been published long enough",
                alg);
}

RESULT client_messages_ready(struct ctx *c, const struct client *client)
{
    TRY(check_signs(c, client->metadata.access_token_signed_response_alg));
    return check_signs(c, client->metadata.id_token_signed_response_alg);
}
