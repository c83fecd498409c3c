/* SPDX-License-Identifier: Apache-2.0 */
#include "proof_story.h"

#include "tests/unit/crypto/jose_testing.h"

struct holder holder_new(struct world *w)
{
    struct ctx *c = world_ctx(w);
    const struct key *key = new_key(c, ALG_ES256);
    return (struct holder){ .w = w, .key = key, .jkt = key_thumbprint(w->arena, key->pkey) };
}

static const char *header_of(const struct holder *holder)
{
    struct json_writer w = json_writer(holder->w->arena);
    json_object(&w, NULL);
    json_text(&w, "typ", "dpop+jwt");
    json_text(&w, "alg", alg_name(holder->key->alg));
    json_object(&w, "jwk");
    key_write_members(&w, holder->key->pkey, false);
    json_object_end(&w);
    json_object_end(&w);
    return json_written(&w);
}

const char *holder_proof(const struct holder *holder, const char *method, const char *path,
                         const char *access_token)
{
    struct world *world = holder->w;
    struct ctx *c = world_ctx(world);
    struct json_writer w = json_writer(world->arena);
    json_object(&w, NULL);
    json_text(&w, "htm", method);
    json_text(&w, "htu", text_printf(world->arena, "http://localhost:8080%s", path));
    json_number(&w, "iat", c->now);
    json_text(&w, "jti", random_token(c));
    if (access_token != NULL)
        json_text(&w, "ath", token_hash(world->arena, access_token));
    if (holder->nonce != NULL)
        json_text(&w, "nonce", holder->nonce);
    json_object_end(&w);
    return forge(c, holder->key, holder->key->alg, header_of(holder), json_written(&w));
}

struct answer proof_post(struct world *w, const char *path, const char *proof, const char *basic,
                         const char *form)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST, .target = path, .form = form };
    size_t n = 0;
    if (proof != NULL)
        sent.headers[n++] = (struct http_header){ "dpop", proof };
    if (basic != NULL)
        sent.headers[n++] =
            (struct http_header){ "authorization",
                                  text_printf(w->arena, "Basic %s",
                                              base64_encode(w->arena, bytes_of(basic), true)) };
    return client_send(&c, &sent);
}

const char *exchange_form(struct world *w, const char *code)
{
    return text_printf(w->arena,
                       "grant_type=authorization_code&client_id=" APP "&code=%s"
                       "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb"
                       "&code_verifier=" VERIFIER,
                       code);
}

struct answer holder_token(const struct holder *holder, const char *form)
{
    return proof_post(holder->w, "/oauth2/token",
                      holder_proof(holder, "POST", "/oauth2/token", NULL), NULL, form);
}

struct answer token_get(struct world *w, const char *path, const char *scheme, const char *token,
                        const char *proof)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_GET, .target = path };
    size_t n = 0;
    if (token != NULL)
        sent.headers[n++] =
            (struct http_header){ "authorization", text_printf(w->arena, "%s %s", scheme, token) };
    if (proof != NULL)
        sent.headers[n++] = (struct http_header){ "dpop", proof };
    return client_send(&c, &sent);
}

struct answer holder_get(const struct holder *holder, const char *path, const char *token)
{
    return token_get(holder->w, path, "DPoP", token, holder_proof(holder, "GET", path, token));
}
