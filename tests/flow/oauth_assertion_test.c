/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that prove who they are by an assertion (RFC 7523): signed with their key, or with a
 * secret.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "crypto/jwt.h"

#define ASSERTION_TYPE                                                                             \
    "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ISSUER "http://localhost:8080"

/* A registration of a job that authenticates by `method`. */
static const char *job(struct world *w, const char *method, const char *more)
{
    return oauth_client(w, "job",
                        text_printf(w->arena,
                                    "{'grant_types':['client_credentials'],'scope':'a',"
                                    "'token_endpoint_auth_method':'%s'%s}",
                                    method, more));
}

static struct answer asks(struct world *w, const char *authorization, const char *form)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/token",
                         .form = text_printf(w->arena, "grant_type=client_credentials%s", form) };
    if (authorization != NULL)
        sent.headers[0] = (struct http_header){ "authorization", authorization };
    return client_send(&c, &sent);
}

static const char *basic(struct world *w, const char *pair)
{
    return text_printf(w->arena, "Basic %s", base64_encode(w->arena, bytes_of(pair), true));
}

static void assert_refused(struct answer a)
{
    assert_oauth_error(a, 401, "invalid_client");
    assert_true(text_starts(answer_header(&a, "www-authenticate"), "Basic "));
}

/* The key of the client, made once for each test. */
static const struct key *key_made(struct world *w, enum jws_alg alg)
{
    const struct key *key = NULL;
    story_does(w, key_generate(world_ctx(w), w->arena, alg, RSA_BITS, &key));
    return key;
}

static const struct key *key_client(struct world *w, const char *more)
{
    const struct key *key = key_made(w, ALG_ES256);
    const struct key_set set = { .at = &key, .n = 1 };
    (void)job(w, "private_key_jwt",
              text_printf(w->arena, ",'jwks':%s%s", key_set_write(w->arena, &set), more));
    return key;
}

/* What an assertion says, unless it is changed. */
struct claims {
    const char *iss, *sub, *aud, *jti;
    int64_t exp;
};

static struct claims good(struct world *w)
{
    return (struct claims){ "job", "job", "\"" ISSUER "\"", "1", w->now + 60 };
}

static const char *payload(struct world *w, struct claims claims)
{
    struct text_buffer b = text_buffer(w->arena);
    text_addf(&b, "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":%s", claims.iss, claims.sub, claims.aud);
    if (claims.jti != NULL)
        text_addf(&b, ",\"jti\":\"%s\"", claims.jti);
    if (claims.exp != 0)
        text_addf(&b, ",\"exp\":%lld", (long long)claims.exp);
    text_add(&b, "}");
    return text_of(&b);
}

static struct answer asserts_as(struct world *w, const struct key *key, const char *typ,
                                struct claims claims)
{
    const char *token = NULL;
    story_does(w, jwt_sign(world_ctx(w), key, typ, payload(w, claims), &token));
    return asks(w, NULL, text_printf(w->arena, "&" ASSERTION_TYPE "&client_assertion=%s", token));
}

static struct answer asserts(struct world *w, const struct key *key, struct claims claims)
{
    return asserts_as(w, key, "JWT", claims);
}

/* CL-01: each assertion is good once, at whichever endpoint. */
static void an_assertion_is_good_once(void **state)
{
    struct world *w = *state;
    const struct key *key = key_client(w, "");
    struct claims claims = good(w);
    const char *token = NULL;
    assert_status(asserts(w, key, claims), 200);
    assert_refused(asserts(w, key, claims));
    claims.jti = "2";
    assert_status(asserts_as(w, key, "client-authentication+jwt", claims), 200);
    claims.jti = "3";
    story_does(w, jwt_sign(world_ctx(w), key, "JWT", payload(w, claims), &token));
    const char *form = text_printf(w->arena, ASSERTION_TYPE "&client_assertion=%s&token=x", token);
    assert_status(oauth_post(w, "/oauth2/introspect", "job", NULL, form), 200);
    assert_refused(asserts(w, key, claims));
}

/* CL-02, JOSE-07, JOSE-26, JOSE-27: what an assertion has to say, to the letter. */
static void an_assertion_says_what_it_must(void **state)
{
    struct world *w = *state;
    const struct key *key = key_client(w, "");
    struct claims bad[10];
    size_t n = 0;
    for (size_t i = 0; i < 10; i++)
        bad[i] = good(w);
    bad[n++].iss = "other";
    bad[n++].sub = "other";
    bad[n++].aud = "\"" ISSUER "/oauth2/token\"";
    bad[n++].aud = "[\"" ISSUER "\"]";
    bad[n++].aud = "\"https://other.test\"";
    bad[n++].aud = "\"" ISSUER "/\"";
    bad[n++].jti = NULL;
    bad[n++].exp = 0;
    bad[n++].exp = w->now - 1;
    bad[n++].exp = w->now + 2 * HOURS;
    for (size_t i = 0; i < n; i++)
        assert_refused(asserts(w, key, bad[i]));
    assert_refused(asserts_as(w, key, "at+jwt", good(w)));
    assert_refused(asserts(w, key_made(w, ALG_ES256), good(w)));
    assert_refused(asks(w, NULL, "&" ASSERTION_TYPE "&client_assertion=x.y.z"));
    assert_refused(asks(w, NULL, "&client_assertion_type=x&client_assertion=x.y.z"));
    assert_status(asserts(w, key, good(w)), 200);
}

/* JOSE-01, JOSE-02: neither unsigned nor under a secret. */
static void an_assertion_is_signed_by_the_clients_key(void **state)
{
    struct world *w = *state;
    const struct key *key = key_client(w, "");
    const struct key_set set = { .at = &key, .n = 1 };
    const struct hmac_secret *secret = NULL;
    const char *token = NULL;
    struct ctx *c = world_ctx(w);
    story_does(w, hmac_secret_new(c, w->arena, bytes_of(key_set_write(w->arena, &set)), &secret));
    struct bytes said = bytes_of(payload(w, good(w)));
    story_does(w, jws_sign_secret(c, secret, "JWT", said, &token));
    assert_refused(
        asks(w, NULL, text_printf(w->arena, "&" ASSERTION_TYPE "&client_assertion=%s", token)));
    token =
        text_printf(w->arena, "%s.%s.", base64url_encode(w->arena, bytes_of("{\"alg\":\"none\"}")),
                    base64url_encode(w->arena, said));
    assert_refused(
        asks(w, NULL, text_printf(w->arena, "&" ASSERTION_TYPE "&client_assertion=%s", token)));
}

/* Decision 12: a client that was set so takes the token endpoint, too. */
static void an_older_client_may_name_the_token_endpoint(void **state)
{
    struct world *w = *state;
    const struct key *key = key_client(w, ",'legacy_assertion_aud':true");
    struct claims claims = good(w);
    claims.aud = "\"" ISSUER "/oauth2/token\"";
    assert_status(asserts(w, key, claims), 200);
    claims.jti = "2";
    claims.aud = "\"" ISSUER "/oauth2/par\"";
    assert_refused(asserts(w, key, claims));
}

static void only_the_registered_algorithm_is_taken(void **state)
{
    struct world *w = *state;
    const struct key *key = key_client(w, ",'token_endpoint_auth_signing_alg':'PS256'");
    assert_refused(asserts(w, key, good(w)));
}

static void a_client_may_sign_with_its_secret(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_jwt", "");
    const struct hmac_secret *key = NULL;
    const char *token = NULL;
    struct ctx *c = world_ctx(w);
    story_does(w, hmac_secret_new(c, w->arena, bytes_of(secret), &key));
    story_does(w, jws_sign_secret(c, key, "JWT", bytes_of(payload(w, good(w))), &token));
    const char *form = text_printf(w->arena, "&" ASSERTION_TYPE "&client_assertion=%s", token);
    assert_status(asks(w, NULL, form), 200);
    assert_refused(asks(w, NULL, form));
    assert_refused(asks(w, basic(w, text_printf(w->arena, "job:%s", secret)), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_assertion_is_good_once),
        STORY(an_assertion_says_what_it_must),
        STORY(an_assertion_is_signed_by_the_clients_key),
        STORY(an_older_client_may_name_the_token_endpoint),
        STORY(only_the_registered_algorithm_is_taken),
        STORY(a_client_may_sign_with_its_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
