/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of access tokens, proofs and sessions, and of what their holders may do. */
#include "plants.h"

#include "crypto/jwt.h"
#include "identity/login.h"
#include "identity/people.h"
#include "store/tenants.h"
#include "tests/unit/crypto/jose_testing.h"

static struct answer call(struct world *w, const char *authorization)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_GET, .target = "/auth/me" };
    if (authorization != NULL)
        sent.headers[0] = (struct http_header){ "authorization", authorization };
    return client_send(&c, &sent);
}

static struct client ada_bearer(struct world *w)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    return c;
}

static struct answer scheme(struct world *w, const char *fault)
{
    struct client c = ada_bearer(w);
    return call(w, fault == NULL ? NULL : text_printf(w->arena, "%s%s", fault, c.token));
}

static struct answer token(struct world *w, const char *fault)
{
    return call(w, text_printf(w->arena, "Bearer %s", fault));
}

static struct answer expired(struct world *w, const char *fault)
{
    struct client c = ada_bearer(w);
    world_pass(w, HOURS);
    return client_get(&c, fault);
}

static struct answer signed_out(struct world *w, const char *fault)
{
    struct client c = ada_bearer(w);
    assert_status(story_post(&c, "/auth/logout", "{}"), 204);
    return client_get(&c, fault);
}

/* An ID token is for the application. */
static struct answer id_token(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, fault);
    return call(w, text_printf(w->arena, "Bearer %s", answer_text(&t, "id_token")));
}

static struct answer token_of_application(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, fault);
    return call(w, text_printf(w->arena, "Bearer %s", answer_text(&t, "access_token")));
}

/* A service whose tokens are of another audience than the one that is asked. */
static struct answer changed_setting(struct world *w, const char *fault)
{
    struct client c = ada_bearer(w);
    if (text_equal(fault, "audience"))
        w->config->jwt_audience = "https://api.test";
    if (text_equal(fault, "issuer"))
        w->config->jwt_issuer = "https://id.test";
    return client_get(&c, "/auth/me");
}

static struct answer own_key(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    const char *made = NULL;
    (void)fault;
    story_does(w, jwt_sign(world_ctx(w), holder.key, "at+jwt", "{}", &made));
    return call(w, text_printf(w->arena, "Bearer %s", made));
}

/* ---- proofs ---- */

struct bound {
    struct holder holder;
    const char *token;
};

static struct bound bound_token(struct world *w)
{
    struct bound b = { .holder = holder_new(w) };
    /* What was proven before the service began might have been seen. */
    world_pass(w, 10 * MINUTES);
    struct client browser = oauth_ada(w);
    oauth_app(w);
    struct answer t = holder_token(&b.holder, exchange_form(w, oauth_code(&browser, "")));
    assert_status(t, 200);
    b.token = answer_text(&t, "access_token");
    return b;
}

#define USERINFO "/oauth2/userinfo"

static struct answer by_proof(struct world *w, const char *method, const char *path,
                              const char *scheme)
{
    struct bound b = bound_token(w);
    const char *proof = method == NULL ? NULL : holder_proof(&b.holder, method, path, b.token);
    return token_get(w, USERINFO, scheme, b.token, proof);
}

static struct answer proof_method(struct world *w, const char *fault)
{
    return by_proof(w, fault, USERINFO, "DPoP");
}

static struct answer proof_url(struct world *w, const char *fault)
{
    return by_proof(w, "GET", fault, "DPoP");
}

static struct answer proof_scheme(struct world *w, const char *fault)
{
    return by_proof(w, "GET", USERINFO, fault);
}

static struct answer proof_key(struct world *w, const char *fault)
{
    struct bound b = bound_token(w);
    struct holder other = holder_new(w);
    return token_get(w, fault, "DPoP", b.token, holder_proof(&other, "GET", fault, b.token));
}

static struct answer proof_token(struct world *w, const char *fault)
{
    struct bound b = bound_token(w);
    return token_get(w, USERINFO, "DPoP", b.token, holder_proof(&b.holder, "GET", USERINFO, fault));
}

static struct answer proof_twice(struct world *w, const char *fault)
{
    struct bound b = bound_token(w);
    world_pass(w, 10 * MINUTES);
    const char *proof = holder_proof(&b.holder, "GET", fault, b.token);
    assert_status(token_get(w, fault, "DPoP", b.token, proof), 200);
    return token_get(w, fault, "DPoP", b.token, proof);
}

static struct answer proof_old(struct world *w, const char *fault)
{
    struct bound b = bound_token(w);
    const char *proof = holder_proof(&b.holder, "GET", fault, b.token);
    world_pass(w, 10 * MINUTES);
    return token_get(w, fault, "DPoP", b.token, proof);
}

static struct answer proof_beside_plain(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    struct holder holder = holder_new(w);
    const char *token = answer_text(&t, "access_token");
    return token_get(w, USERINFO, fault, token, holder_proof(&holder, "GET", USERINFO, token));
}

static struct answer proof_without_nonce(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    holder.nonce = fault;
    return holder_token(&holder, exchange_form(w, oauth_code(&b, "")));
}

/* ---- for what it is ---- */

/* Ada lets APP have these scopes, and it asks who she is. */
static struct answer userinfo(struct world *w, const char *scope)
{
    struct answer t = oauth_tokens(w, text_printf(w->arena, "scope=%s", scope));
    return token_get(w, USERINFO, "Bearer", answer_text(&t, "access_token"), NULL);
}

static struct answer opaque(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'access_token_format':'opaque','redirect_uris':['" APP_CALLBACK "']}");
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    const char *token = answer_text(&t, "access_token");
    return token_get(w, USERINFO, "Bearer", text_printf(w->arena, "%s%s", token, fault), NULL);
}

/* ---- sessions ---- */

static struct answer session_page(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_GET, .target = "/account" };
    const char *secret = fault[0] == '\0' ? client_cookie(&b, "session") : fault;
    if (!text_equal(fault, "none"))
        sent.headers[0] =
            (struct http_header){ "cookie", text_printf(w->arena, "session=%s", secret) };
    return client_send(&c, &sent);
}

static struct answer left_alone(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    world_pass(w, 100 * DAYS);
    return client_get(&b, fault);
}

/* ---- rights ---- */

static struct answer admin_page_by_session(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    return client_get(&b, fault);
}

static struct answer get_as_ada(struct world *w, const char *target)
{
    struct client c = ada_bearer(w);
    return client_get(&c, target);
}

static struct answer in_tenant(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    const struct sent sent = { .method = HTTP_GET,
                               .target = "/auth/me",
                               .headers = { { "x-tenant-id", fault } } };
    return client_send(&b, &sent);
}

static struct answer password_by_admin(struct world *w, const char *fault)
{
    const char *id = story_person(w, ADA);
    struct client c = client_new(w);
    story_does(w, people_set_password(world_ctx(w), id, STORY_PASSWORD "-2", true, NULL));
    struct answer a =
        story_post(&c, "/auth/login", "{'email':'" ADA "','password':'" STORY_PASSWORD "-2'}");
    assert_status(a, 200);
    c.token = answer_text(&a, "access_token");
    return client_get(&c, fault);
}

static struct answer old_sign_in(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    world_pass(w, 10 * MINUTES);
    return client_get(&b, fault);
}

/* clang-format off */
static const char *const nonce_on[] = { "AUTH_DPOP_NONCE=required", NULL };
static const struct plant rows[] = {
    { RULE_NONE,                 userinfo,           "openid+email" },
    { RULE_OPENID_SCOPE,         userinfo,           "email" },
    { RULE_NONE,                 opaque,             "" },
    { RULE_TOKEN_OPAQUE,         opaque,             "x" },
    { RULE_NONE,                 scheme,             "Bearer " },
    { RULE_TOKEN_MISSING,        scheme,             NULL },
    { RULE_TOKEN_SCHEME,         scheme,             "Token " },
    { RULE_TOKEN_SCHEME,         scheme,             "Bearer  " },
    { RULE_TOKEN_NOT_BOUND,      scheme,             "DPoP " },
    { RULE_TOKEN_SYNTAX,         token,              "opaque" },
    { RULE_TOKEN_SYNTAX,         token,              "e.e.e" },
    { RULE_TOKEN_EXPIRED,        expired,            "/auth/me" },
    { RULE_TOKEN_REVOKED,        signed_out,         "/auth/me" },
    { RULE_TOKEN_TYPE,           id_token,           "" },
    { RULE_TOKEN_OF_APPLICATION, token_of_application, "" },
    { RULE_NONE,                 changed_setting,    "" },
    { RULE_TOKEN_AUDIENCE,       changed_setting,    "audience" },
    { RULE_TOKEN_ISSUER,         changed_setting,    "issuer" },
    { RULE_TOKEN_KEY,            own_key,            "" },
    { RULE_NONE,                 proof_method,       "GET" },
    { RULE_DPOP_METHOD,          proof_method,       "POST" },
    { RULE_DPOP_MISSING,         proof_method,       NULL },
    { RULE_DPOP_URL,             proof_url,          "/oauth2/token" },
    { RULE_TOKEN_BOUND,          proof_scheme,       "Bearer" },
    { RULE_DPOP_KEY,             proof_key,          USERINFO },
    { RULE_DPOP_CLAIM,           proof_token,        NULL },
    { RULE_DPOP_TOKEN,           proof_token,        "another" },
    { RULE_DPOP_REPLAY,          proof_twice,        USERINFO },
    { RULE_TOKEN_TOO_OLD,        proof_old,          USERINFO },
    { RULE_TOKEN_NOT_BOUND,      proof_beside_plain, "Bearer" },
    { RULE_DPOP_NONCE,           proof_without_nonce, NULL, nonce_on },
    { RULE_DPOP_NONCE,           proof_without_nonce, "old", nonce_on },
    { RULE_NONE,                 session_page,       "" },
    { RULE_SESSION_MISSING,      session_page,       "none" },
    { RULE_SESSION_ENDED,        session_page,       "short" },
    { RULE_SESSION_ENDED,        session_page,       "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
    { RULE_SESSION_ENDED,        left_alone,         "/account" },
    { RULE_PERMISSION,           admin_page_by_session, "/admin/explain/x" },
    { RULE_PERMISSION_OF_TOKEN,  get_as_ada,         "/admin/explain/x" },
    { RULE_NONE,                 get_as_ada,         "/auth/verify?scope=users%3Aread" },
    { RULE_SCOPE_OF_TOKEN,       get_as_ada,         "/auth/verify?scope=users%3Adelete" },
    { RULE_PERMISSION,           get_as_ada,         "/auth/verify?permission=users%3Adelete" },
    { RULE_SIGN_IN_CLASS,        get_as_ada,         "/auth/verify?acr=" LOGIN_ACR_MFA },
    { RULE_SIGN_IN_AGE,          old_sign_in,        "/auth/verify?max_age=60" },
    { RULE_SIGN_IN_AGE,          old_sign_in,        "/auth/me/export" },
    { RULE_NONE,                 in_tenant,          TENANT_DEFAULT_ID },
    { RULE_TENANT,               in_tenant,          "00000000-0000-7000-8000-000000000002" },
    { RULE_PASSWORD_CHANGE,      password_by_admin,  "/auth/me/sessions" },
};
/* clang-format on */

struct plants plants_bearer(void)
{
    return PLANTS(rows);
}
