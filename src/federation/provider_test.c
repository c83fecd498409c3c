/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/provider_test.h"

#include "base/random.h"

/* Notes what `done` came to; the failure is told and forgotten. */
static bool note(struct ctx *c, struct provider_checks *out, const char *name, err done)
{
    const char *text = done.code == ERR_OK ? NULL : c->fault.text;
    out->at[out->n++] =
        (struct provider_check){ name, done.code == ERR_OK ? "ok" : "failed", text };
    fault_clear(c);
    return done.code == ERR_OK;
}

RESULT provider_look_for_keys(struct ctx *c, const struct provider_place *place)
{
    const char *uri = place->metadata->jwks_uri;
    struct upstreams *u = NULL;
    const void *parsed = NULL;
    TRY(upstreams_of(c, &u));
    const struct document_wanted wanted = { &upstream_keys_kind, uri,
                                            upstream_origin(c, &place->metadata_at, uri) };
    TRY(documents_get(c, u->documents, &wanted, &parsed));
    const struct upstream_keys *keys = parsed;
    return keys->set.n > 0 ? ok() : fail(c, UPSTREAM, "the key set is empty");
}

/* RFC 6749 5.2: invalid_grant is said to a client that was let in, invalid_client to one that was
 * not; what else there is proves neither. */
static void check_credential(struct ctx *c, const struct provider *p,
                             const struct provider_place *place, const char *redirect_uri,
                             struct provider_checks *out)
{
    struct oauth_client client;
    struct oauth_tokens tokens;
    const struct code_exchange exchange = { .code = random_token(c),
                                            .redirect_uri = redirect_uri,
                                            .code_verifier = random_token(c) };
    err done = provider_client(c, p, place, &client);
    if (done.code == ERR_OK)
        done = oauth_exchange_code(c, &client, &place->token, &exchange, &tokens);
    if (done.code == ERR_INVALID_GRANT) {
        fault_clear(c);
        done = ok();
    }
    (void)note(c, out, "credential", done);
}

RESULT provider_test(struct ctx *c, const char *id, const char *redirect_uri,
                     struct provider_checks *out)
{
    const struct provider *p = NULL;
    struct provider_place place;
    *out = (struct provider_checks){ 0 };
    TRY(provider_any(c, id, &p));
    if (!note(c, out, "metadata", p->kind->open(c, p, &place)))
        return ok();
    if (place.metadata != NULL)
        (void)note(c, out, "keys", provider_look_for_keys(c, &place));
    check_credential(c, p, &place, redirect_uri, out);
    return ok();
}
