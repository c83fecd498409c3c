/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_keys.h"

#include "client/upstreams.h"
#include "crypto/jose_header.h"
#include "crypto/jws_parts.h"
#include "oauth/client_url.h"

/* A key set, read for both of its uses. */
struct client_jwks {
    struct key_set signing;
    struct encryption_keys encryption;
    struct bytes text; /* for certificates beside its keys */
};

/* ---- at a jwks_uri ---- */

static RESULT parse(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct client_jwks *jwks = ARENA_NEW(c->arena, struct client_jwks);
    (void)url;
    TRY(key_set_read(c, c->arena, body, &jwks->signing));
    TRY(encryption_keys_read(c, c->arena, body, &jwks->encryption));
    jwks->text = (struct bytes){ arena_copy(c->arena, body.at, body.n), body.n };
    *parsed = jwks;
    return ok();
}

static const struct document_kind kind = { "key set", "application/jwk-set+json, application/json",
                                           parse };

/* What is at hand, or, if that was looked at (`seen`), something newer. */
static RESULT fetch(struct ctx *c, const struct document_wanted *wanted, const void *seen,
                    const void **parsed)
{
    err done =
        seen == NULL ? upstreams_get(c, wanted, parsed) : upstreams_renew(c, wanted, seen, parsed);
    if (done.code != ERR_FORBIDDEN && done.code != ERR_UPSTREAM)
        return done;
    const char *why = c->fault.text;
    fault_clear(c);
    return fail_say(c, UPSTREAM, "The keys at the jwks_uri of the client cannot be had.",
                    "jwks_uri: %s", why);
}

/* The keys at its jwks_uri, newer than `seen` (or NULL) if they may be. */
static RESULT keys_at(struct ctx *c, const struct client_metadata *m,
                      const struct client_jwks *seen, const struct client_jwks **out)
{
    const struct document_wanted wanted = { &kind, m->jwks_uri,
                                            client_url_origin(c, m, m->jwks_uri) };
    const void *parsed = NULL;
    TRY(fetch(c, &wanted, seen, &parsed));
    *out = parsed;
    return ok();
}

/* Whether the set has what the header of `token` asks for.  The header only chooses: what it says
 * is proven by the signature or not at all. */
static bool has_key(struct ctx *c, const struct key_set *keys, const char *token)
{
    struct jws_parts parts;
    struct jose_header h;
    if (!jws_split(token, JWS_BYTES_MAX, &parts) ||
        jose_header_read(c->arena, parts.header, &h) != NULL)
        return true; /* no other set would make it better */
    enum jws_alg alg = alg_from_name(h.alg);
    return alg == 0 || key_find(keys, h.kid, alg) != NULL;
}

/* ---- of a client ---- */

bool client_has_keys(const struct client *client)
{
    return client->metadata.jwks.n > 0 || client->metadata.jwks_uri != NULL;
}

/* What it has registered itself. */
static RESULT read_registered(struct ctx *c, const struct client_metadata *m,
                              struct client_jwks *out)
{
    if (m->jwks.n == 0)
        return ok();
    TRY(key_set_read(c, c->arena, m->jwks, &out->signing));
    return encryption_keys_read(c, c->arena, m->jwks, &out->encryption);
}

RESULT client_keys(struct ctx *c, const struct client *client, const char *token,
                   const struct key_set **out)
{
    const char *url = client->metadata.jwks_uri;
    const struct client_jwks *jwks = NULL;
    if (url == NULL) {
        struct client_jwks *own = ARENA_NEW(c->arena, struct client_jwks);
        TRY(read_registered(c, &client->metadata, own));
        *out = &own->signing;
        return ok();
    }
    TRY(keys_at(c, &client->metadata, NULL, &jwks));
    if (!has_key(c, &jwks->signing, token))
        TRY(keys_at(c, &client->metadata, jwks, &jwks));
    *out = &jwks->signing;
    return ok();
}

RESULT client_has_certificate(struct ctx *c, const struct client *client,
                              const struct certificate *certificate, bool *has)
{
    const char *url = client->metadata.jwks_uri;
    const struct client_jwks *jwks = NULL;
    if (url == NULL)
        return certificate_is_registered(c, certificate, client->metadata.jwks, has);
    TRY(keys_at(c, &client->metadata, NULL, &jwks));
    TRY(certificate_is_registered(c, certificate, jwks->text, has));
    if (*has)
        return ok();
    TRY(keys_at(c, &client->metadata, jwks, &jwks));
    return certificate_is_registered(c, certificate, jwks->text, has);
}

/* The key of the present set, or, where that has none, of a newer one. */
static RESULT choose(struct ctx *c, const struct client *client, enum jwe_alg alg,
                     const struct encryption_key **out)
{
    const char *url = client->metadata.jwks_uri;
    struct client_jwks own = { 0 };
    const struct client_jwks *jwks = &own;
    TRY(read_registered(c, &client->metadata, &own));
    if (url != NULL)
        TRY(keys_at(c, &client->metadata, NULL, &jwks));
    *out = encryption_key_choose(&jwks->encryption, alg);
    if (*out != NULL || url == NULL)
        return ok();
    TRY(keys_at(c, &client->metadata, jwks, &jwks));
    *out = encryption_key_choose(&jwks->encryption, alg);
    return ok();
}

RESULT client_encryption_key(struct ctx *c, const struct client *client, enum jwe_alg alg,
                             const struct encryption_key **out)
{
    TRY(choose(c, client, alg, out));
    if (*out != NULL)
        return ok();
    return because(
        c, CLIENT_METADATA, jwe_alg_name(alg), NULL,
        fail_say(c, INVALID_CLIENT_METADATA,
                 text_printf(c->arena, "This client has no public key for %s (use: enc).",
                             jwe_alg_name(alg)),
                 "client %s has no key for %s", client->id, jwe_alg_name(alg)));
}

RESULT client_may_have_encryption_key(struct ctx *c, const struct client_metadata *m,
                                      enum jwe_alg alg, bool *has)
{
    struct client_jwks own = { 0 };
    TRY(read_registered(c, m, &own));
    *has = m->jwks_uri != NULL || encryption_key_choose(&own.encryption, alg) != NULL;
    return ok();
}
