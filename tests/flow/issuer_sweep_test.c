/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever one issuer has made is good there and nowhere else (JOSE-07, TN-02, TX-04): each
 * kind, made at each of three issuers, is brought to each other one, by the client that it was made
 * for and by one of the issuer that it is brought to.
 */
#include "issuer_story.h"

#include "base/codec.h"
#include "crypto/jwt.h"
#include "tests/unit/crypto/jose_testing.h"

#define ASSERTION_TYPE                                                                             \
    "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

static const char *const settings[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };

/* Who brings what was made at `from` to `at`. */
struct brought {
    struct places *s;
    struct world *w;
    const struct place *from, *at, *by;
};

#define PRINTED(b, ...) text_printf((b)->w->arena, __VA_ARGS__)

static bool gives_tokens(const struct brought *b, const char *form)
{
    return issuer_post(b->w, b->at, "/oauth2/token", NULL, form).status == 200;
}

/* ---- codes and refresh tokens ---- */

static const char *make_code(const struct brought *b)
{
    struct answer a = issuer_authorize(b->s, b->from, b->from, "");
    assert_non_null(oauth_param(&a, "code"));
    return oauth_param(&a, "code");
}

static bool use_code(const struct brought *b, const char *code)
{
    return gives_tokens(
        b, oauth_form(b->w, exchange_form(b->w, code), PRINTED(b, "client_id=%s", b->by->app)));
}

static const char *make_refresh(const struct brought *b)
{
    struct answer t = issuer_tokens(b->s, b->from, "");
    return answer_text(&t, "refresh_token");
}

static bool use_refresh(const struct brought *b, const char *token)
{
    return gives_tokens(
        b, PRINTED(b, "grant_type=refresh_token&client_id=%s&refresh_token=%s", b->by->app, token));
}

/* ---- requests ---- */

static const char *make_pushed(const struct brought *b)
{
    const char *form =
        oauth_form(b->w, oauth_request(b->w, ""), PRINTED(b, "client_id=%s", b->from->app));
    struct answer a = issuer_post(b->w, b->from, "/oauth2/par", NULL, form);
    assert_status(a, 201);
    return answer_text(&a, "request_uri");
}

static bool authorizes(const struct brought *b, const char *query)
{
    struct answer a = client_get(
        &b->s->ada, text_printf(b->w->arena, "%s/oauth2/authorize?%s", b->at->path, query));
    return oauth_param(&a, "code") != NULL;
}

static bool use_pushed(const struct brought *b, const char *uri)
{
    return authorizes(
        b, PRINTED(b, "client_id=%s&request_uri=%s", b->by->app, percent_encode(b->w->arena, uri)));
}

/* Signed by whoever brings it, for the issuer `from`. */
static const char *signed_for(const struct brought *b, const char *typ, const char *client_id,
                              const char *more)
{
    struct ctx *c = world_ctx(b->w);
    const char *token = NULL;
    const char *payload =
        text_printf(b->w->arena, "{\"iss\":\"%s\",\"aud\":\"%s\",\"exp\":%lld,\"jti\":\"%s\",%s}",
                    client_id, b->from->iss, (long long)b->w->now + 60, random_token(c), more);
    story_does(b->w, jwt_sign(c, b->by->key, typ, payload, &token));
    return token;
}

static const char *make_object(const struct brought *b)
{
    return signed_for(b, "oauth-authz-req+jwt", b->by->app,
                      PRINTED(b,
                              "\"client_id\":\"%s\",\"response_type\":\"code\","
                              "\"redirect_uri\":\"" APP_CALLBACK "\",\"scope\":\"openid\","
                              "\"state\":\"s\",\"nonce\":\"n\",\"code_challenge\":\"%s\","
                              "\"code_challenge_method\":\"S256\"",
                              b->by->app, CHALLENGE));
}

static bool use_object(const struct brought *b, const char *object)
{
    return authorizes(b, PRINTED(b, "client_id=%s&request=%s", b->by->app, object));
}

static const char *make_id_token(const struct brought *b)
{
    struct answer t = issuer_tokens(b->s, b->from, "");
    return answer_text(&t, "id_token");
}

static bool use_hint(const struct brought *b, const char *id_token)
{
    struct answer a =
        issuer_authorize(b->s, b->at, b->by, PRINTED(b, "prompt=none&id_token_hint=%s", id_token));
    return oauth_param(&a, "code") != NULL;
}

/* ---- devices ---- */

static const char *make_device_code(const struct brought *b)
{
    struct client *ada = &b->s->ada;
    struct answer d = issuer_post(b->w, b->from, "/oauth2/device_authorization", NULL,
                                  PRINTED(b, "client_id=%s&scope=openid", b->from->app));
    assert_status(d, 200);
    const struct sent sent = { .method = HTTP_POST,
                               .target = "/device/answer",
                               .form = text_printf(b->w->arena,
                                                   "csrf_token=%s&user_code=%s&answer=allow",
                                                   ada->csrf, answer_text(&d, "user_code")) };
    assert_status(client_send(ada, &sent), 200);
    return answer_text(&d, "device_code");
}

static bool use_device_code(const struct brought *b, const char *code)
{
    return gives_tokens(
        b, PRINTED(b, "grant_type=" DEVICE "&client_id=%s&device_code=%s", b->by->app, code));
}

/* ---- proofs of clients ---- */

static const char *make_assertion(const struct brought *b)
{
    return signed_for(b, "JWT", b->by->job, PRINTED(b, "\"sub\":\"%s\"", b->by->job));
}

static bool use_assertion(const struct brought *b, const char *assertion)
{
    return gives_tokens(
        b, PRINTED(b, "grant_type=client_credentials&" ASSERTION_TYPE "&client_assertion=%s",
                   assertion));
}

static const char *make_proof(const struct brought *b)
{
    const struct holder holder = holder_new(b->w);
    return holder_proof(&holder, "POST", PRINTED(b, "%s/oauth2/token", b->from->path), NULL);
}

static bool use_proof(const struct brought *b, const char *proof)
{
    return proof_post(b->w, PRINTED(b, "%s/oauth2/token", b->at->path), proof,
                      issuer_basic(b->w, b->by), "grant_type=client_credentials&scope=stock")
               .status == 200;
}

/* ---- access tokens ---- */

static const char *make_access(const struct brought *b)
{
    struct answer t = issuer_tokens(b->s, b->from, "");
    return answer_text(&t, "access_token");
}

static bool use_at_userinfo(const struct brought *b, const char *token)
{
    struct client c = story_bearer(b->w, token);
    return client_get(&c, PRINTED(b, "%s/oauth2/userinfo", b->at->path)).status == 200;
}

static const char *make_opaque(const struct brought *b)
{
    struct answer t = issuer_web_tokens(b->w, b->from);
    assert_true(text_starts(answer_text(&t, "access_token"), "uat_") ||
                strchr(answer_text(&t, "access_token"), '.') == NULL);
    return answer_text(&t, "access_token");
}

static bool is_active(struct world *w, const struct place *at, const struct place *by,
                      const char *token)
{
    struct answer a = issuer_post(w, at, "/oauth2/introspect", issuer_basic(w, by),
                                  text_printf(w->arena, "token=%s", token));
    return a.status == 200 && text_equal(answer_text(&a, "active"), "true");
}

static bool use_at_introspection(const struct brought *b, const char *token)
{
    return is_active(b->w, b->at, b->by, token);
}

static const char *make_for_orders(const struct brought *b)
{
    struct answer t = issuer_tokens(b->s, b->from, "resource=" ORDERS);
    return answer_text(&t, "access_token");
}

/* Whether it is revoked there: seen by whom it is of. */
static bool use_at_revocation(const struct brought *b, const char *token)
{
    (void)issuer_post(b->w, b->at, "/oauth2/revoke", issuer_basic(b->w, b->by),
                      PRINTED(b, "token=%s", token));
    return !is_active(b->w, b->from, b->from, token);
}

static bool exchanges_it(const struct brought *b, const char *more)
{
    return issuer_post(b->w, b->at, "/oauth2/token", issuer_basic(b->w, b->by),
                       PRINTED(b, EXCHANGE "&%s", more))
               .status == 200;
}

/* TX-04 */
static bool use_as_subject(const struct brought *b, const char *token)
{
    return exchanges_it(
        b, PRINTED(b, "subject_token_type=" TYPE "access_token&subject_token=%s", token));
}

/* TX-04: beside a subject that is good there. */
static bool use_as_actor(const struct brought *b, const char *token)
{
    const struct brought there = { b->s, b->w, b->at, b->at, b->at };
    return exchanges_it(b, PRINTED(b,
                                   "subject_token_type=" TYPE "access_token&subject_token=%s"
                                   "&actor_token_type=" TYPE "access_token&actor_token=%s",
                                   make_for_orders(&there), token));
}

/* ---- registrations ---- */

static const char *make_registration(const struct brought *b)
{
    struct client c = client_new(b->w);
    struct answer a = client_post(&c, PRINTED(b, "%s/oauth2/register", b->from->path),
                                  story_json(b->w, "{'redirect_uris':['" APP_CALLBACK "']}"));
    assert_status(a, 201);
    assert_true(text_starts(answer_text(&a, "registration_client_uri"),
                            PRINTED(b, "%s/oauth2/register/", b->from->iss)));
    return PRINTED(b, "%s %s", answer_text(&a, "client_id"),
                   answer_text(&a, "registration_access_token"));
}

static bool use_registration(const struct brought *b, const char *registration)
{
    const char *space = strchr(registration, ' ');
    struct client c = story_bearer(b->w, space + 1);
    return client_get(&c, text_printf(b->w->arena, "%s/oauth2/register/%.*s", b->at->path,
                                      (int)(space - registration), registration))
               .status == 200;
}

/* ---- the sweep ---- */

static const struct {
    const char *name;
    const char *(*make)(const struct brought *b);
    bool (*use)(const struct brought *b, const char *thing);
} kinds[] = {
    { "a code", make_code, use_code },
    { "a refresh token", make_refresh, use_refresh },
    { "a pushed request", make_pushed, use_pushed },
    { "a request object", make_object, use_object },
    { "an ID token as a hint", make_id_token, use_hint },
    { "a device code", make_device_code, use_device_code },
    { "a client assertion", make_assertion, use_assertion },
    { "a DPoP proof", make_proof, use_proof },
    { "an access token at userinfo", make_access, use_at_userinfo },
    { "an opaque token at introspection", make_opaque, use_at_introspection },
    { "a token for an API at introspection", make_for_orders, use_at_introspection },
    { "an opaque token at revocation", make_opaque, use_at_revocation },
    { "a subject", make_for_orders, use_as_subject },
    { "an actor", make_opaque, use_as_actor },
    { "a registration token", make_registration, use_registration },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static size_t wrongs(struct places *s, struct world *w, size_t kind, size_t from, size_t at)
{
    size_t wrong = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct brought b = { s, w, &s->at[from], &s->at[at], &s->at[i == 0 ? from : at] };
        const char *thing = kinds[kind].make(&b);
        bool taken = kinds[kind].use(&b, thing);
        if (taken != (from == at)) {
            print_error("%s of %s is %s at %s, brought by %s\n", kinds[kind].name, b.from->iss,
                        taken ? "taken" : "refused", b.at->iss, b.by->app);
            wrong++;
        }
        world_pass(w, 1);
    }
    return wrong;
}

/* JOSE-07, TN-02, TX-04: each kind, from each issuer, at each other one. */
static void what_an_issuer_has_made_is_good_there_alone(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct places s = issuer_places(w);
    size_t wrong = 0;
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t from = 0; from < PLACES; from++)
            for (size_t at = 0; at < PLACES; at++)
                wrong += wrongs(&s, w, kind, from, at);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(what_an_issuer_has_made_is_good_there_alone, settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
