/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "client/client_key.h"
#include "crypto/seal.h"
#include "lib/client.h"

#include <string.h>

/* ---- keys ---- */

static RESULT read_key(struct ctx *c, const struct uauth_client_options *o, struct oauth_client *to)
{
    const struct key *key = NULL;
    if (o->key == NULL && o->key_file == NULL)
        return ok();
    if (o->key != NULL && o->key_file != NULL)
        return fail(c, INVALID_REQUEST, "a client has a key or a file with one, not both");
    if (o->key != NULL)
        TRY(key_read_jwk(c, c->arena, bytes_of(o->key), true, &key));
    else
        TRY(client_key_read(c, o->key_file, 0, &key));
    return client_key_named(c, key, text_keep(c->arena, o->key_id), &to->key);
}

static void release_dpop(void *dpop)
{
    dpop_key_free(dpop);
}

static RESULT read_dpop(struct ctx *c, const struct uauth_client_options *o,
                        struct oauth_client *to)
{
    const struct key *key = NULL;
    if (!o->dpop && o->dpop_key == NULL)
        return ok();
    if (o->dpop_key == NULL)
        TRY(key_generate(c, c->arena, ALG_ES256, 0, &key));
    else
        TRY(key_read_jwk(c, c->arena, bytes_of(o->dpop_key), true, &key));
    TRY(client_key_named(c, key, NULL, &key));
    to->dpop = dpop_key_new(key);
    if (to->dpop == NULL)
        return fail(c, OUT_OF_MEMORY, "there is no memory for a key");
    arena_own(c->arena, release_dpop, to->dpop);
    return ok();
}

static RESULT read_seal(struct ctx *c, const char *text, const struct seal **out)
{
    struct bytes master;
    struct seal *made = NULL;
    if (text == NULL)
        return ok();
    TRY(seal_master_read(c, bytes_of(text), &master));
    TRY(seal_new(c, c->arena, &master, 1, &made));
    *out = made;
    return ok();
}

/* ---- who it is ---- */

static RESULT choose_auth(struct ctx *c, const struct uauth_client_options *o,
                          struct oauth_client *to)
{
    bool certificate = o->certificate != NULL;
    int ways =
        (o->client_secret != NULL) + (to->key != NULL) + (certificate && !o->certificate_binds);
    if (certificate != (o->certificate_key != NULL))
        return fail(c, INVALID_REQUEST, "a certificate goes with its key");
    if (ways > 1)
        return fail(c, INVALID_REQUEST, "a client shows who it is in one way");
    to->auth = o->client_secret != NULL               ? OAUTH_AUTH_BASIC
               : to->key != NULL                      ? OAUTH_AUTH_PRIVATE_KEY
               : certificate && !o->certificate_binds ? OAUTH_AUTH_TLS
                                                      : OAUTH_AUTH_NONE;
    if (to->auth == OAUTH_AUTH_BASIC && o->secret_in_body)
        to->auth = OAUTH_AUTH_POST;
    return ok();
}

static void release_own(void *own)
{
    own_tokens_free(own);
}

static void release_used(void *used)
{
    replays_free(used);
}

static RESULT make_memory(struct ctx *c, struct uauth_client *out)
{
    out->own = own_tokens_new();
    out->used = replays_new(0, c->now);
    if (out->own != NULL)
        arena_own(c->arena, release_own, out->own);
    if (out->used != NULL)
        arena_own(c->arena, release_used, out->used);
    return out->own != NULL && out->used != NULL
               ? ok()
               : fail(c, OUT_OF_MEMORY, "there is no memory for a client");
}

RESULT client_read_options(struct call *k, const struct uauth_client_options *options,
                           struct uauth_client *out)
{
    struct ctx *c = &k->c;
    struct uauth_client_options o;
    TRY(options_read(c, options, &o, sizeof o));
    if (o.issuer == NULL || o.client_id == NULL || o.client_id[0] == '\0')
        return fail(c, INVALID_REQUEST, "a client has an issuer and a client_id");
    out->issuer = text_keep(c->arena, o.issuer);
    out->client = (struct oauth_client){
        .client_id = text_keep(c->arena, o.client_id),
        .secret = text_keep(c->arena, o.client_secret),
        .assertion_aud = out->issuer,
        .certificate = text_keep(c->arena, o.certificate),
        .certificate_key = text_keep(c->arena, o.certificate_key),
    };
    TRY(read_key(c, &o, &out->client));
    TRY(choose_auth(c, &o, &out->client));
    TRY(read_dpop(c, &o, &out->client));
    TRY(read_seal(c, o.seal_key, &out->seal));
    return make_memory(c, out);
}
