/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client.h"

#include "base/json_writer.h"

/* ---- for its calls ---- */

bool client_call_open(struct call *k, const struct uauth_client *client, struct uauth_error **error)
{
    if (!call_open(k, client->held.uauth, error))
        return false;
    if (client->seal != NULL)
        k->c.seal = client->seal;
    return true;
}

RESULT client_place(struct call *k, const struct uauth_client *client, enum issuer_endpoint which,
                    struct issuer *issuer, struct oauth_endpoint *out)
{
    TRY(issuer_open(&k->c, client->issuer, issuer));
    return issuer_endpoint(&k->c, issuer, &client->client, which, out);
}

RESULT client_told(struct call *k, err result, const struct oauth_answer *answer)
{
    if (result.code == ERR_OK)
        return result;
    k->told.code = answer->error;
    k->told.description = answer->description;
    k->told.uri = answer->uri;
    k->told.status = answer->status;
    if (answer->error != NULL && result.code == ERR_UPSTREAM)
        k->told.result = UAUTH_REFUSED;
    return result;
}

RESULT client_wanted(struct ctx *c, const struct uauth_wanted *from, struct oauth_wanted *out)
{
    struct uauth_wanted o;
    TRY(options_read(c, from, &o, sizeof o));
    *out = (struct oauth_wanted){ .scope = text_keep(c->arena, o.scope),
                                  .resources = lib_words(c->arena, o.resources),
                                  .audiences = lib_words(c->arena, o.audiences) };
    return ok();
}

/* ---- the client ---- */

enum uauth_result uauth_client_new(struct uauth *u, const struct uauth_client_options *options,
                                   struct uauth_client **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_client *made = ARENA_NEW(k.c.arena, struct uauth_client);
    err result = client_read_options(&k, options, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_client_free(struct uauth_client *client)
{
    if (client != NULL)
        held_free(&client->held);
}

/* ---- keys ---- */

static RESULT need_dpop(struct ctx *c, const struct uauth_client *client)
{
    return client->client.dpop != NULL
               ? ok()
               : fail(c, INVALID_REQUEST, "the tokens of this client are bound to no key");
}

static RESULT write_key(struct ctx *c, const struct uauth_client *client, const char **out)
{
    struct json_writer w = json_writer(c->arena);
    TRY(need_dpop(c, client));
    key_write_private_jwk(&w, dpop_key_of(client->client.dpop));
    *out = json_written(&w);
    return ok();
}

enum uauth_result uauth_client_dpop_key(const struct uauth_client *client, struct uauth_text **out,
                                        struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    err result = write_key(&k.c, client, &made->text);
    return CALL_CLOSE(&k, result, made, out, error);
}

static RESULT prove(struct ctx *c, const struct uauth_client *client,
                    const struct uauth_dpop_request *request, const char **out)
{
    struct uauth_dpop_request o;
    TRY(options_read(c, request, &o, sizeof o));
    TRY(need_dpop(c, client));
    if (o.method == NULL || o.url == NULL)
        return fail(c, INVALID_REQUEST, "a proof is for a method and a URL");
    return dpop_prove(c, client->client.dpop, o.method, o.url, o.access_token, out);
}

enum uauth_result uauth_dpop_prove(const struct uauth_client *client,
                                   const struct uauth_dpop_request *request,
                                   struct uauth_text **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    err result = prove(&k.c, client, request, &made->text);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_dpop_heard(const struct uauth_client *client, const char *url, const char *nonce)
{
    struct call k;
    if (client->client.dpop == NULL || !client_call_open(&k, client, NULL))
        return;
    dpop_heard(&k.c, client->client.dpop, url, nonce);
    (void)call_close(&k, ok(), NULL, NULL);
}
