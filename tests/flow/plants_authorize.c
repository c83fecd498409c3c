/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of authorization requests, of what stands between them and their code, and of signing out.
 */
#include "plants.h"

#include "crypto/jwt.h"
#include "page_story.h"

static struct answer parameter(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    return oauth_authorize(&b, fault);
}

/* The client has registered something else than what the request needs. */
static struct answer registration(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'first_party':true,'token_endpoint_auth_method':'none',"
                                   "'redirect_uris':['" APP_CALLBACK "']%s}",
                                   fault));
    return oauth_authorize(&b, "");
}

static struct answer nobody_signed_in(struct world *w, const char *fault)
{
    struct client b = browser_new(w);
    oauth_app(w);
    return oauth_authorize(&b, fault);
}

/* ---- pushed requests ---- */

static struct answer push(struct world *w, const char *changes)
{
    return oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, changes));
}

static struct answer push_with(struct world *w, const char *fault)
{
    oauth_app(w);
    return push(w, fault);
}

static struct answer bring(struct client *b, const struct answer *pushed, const char *fault)
{
    const char *uri = answer_text(pushed, "request_uri");
    return client_get(b, text_printf(b->w->arena,
                                     "/oauth2/authorize?client_id=" APP "&request_uri=%s%s", uri,
                                     fault));
}

static struct answer pushed_and(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer pushed = push(w, "");
    assert_status(pushed, 201);
    return bring(&b, &pushed, fault);
}

static struct answer pushed_long_ago(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer pushed = push(w, "");
    world_pass(w, 100);
    return bring(&b, &pushed, fault);
}

/* ---- request objects ---- */

static const char *object_of(struct world *w, const struct key *key, const char *more)
{
    const char *token = NULL;
    story_does(w, jwt_sign(world_ctx(w), key, "oauth-authz-req+jwt",
                           story_json(w,
                                      "{'iss':'" APP "','aud':'http://localhost:8080','exp':%lld,"
                                      "'jti':'1','response_type':'code',"
                                      "'redirect_uri':'" APP_CALLBACK "','scope':'openid',"
                                      "'code_challenge':'" CHALLENGE "',"
                                      "'code_challenge_method':'S256'%s}",
                                      (long long)w->now + 60, more),
                           &token));
    return token;
}

static struct answer object_twice(struct world *w, const char *more, int times)
{
    struct client b = oauth_ada(w);
    struct holder holder = holder_new(w);
    const struct key_set set = { .at = &holder.key, .n = 1 };
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'first_party':true,'token_endpoint_auth_method':'none',"
                                   "'jwks':%s,'redirect_uris':['" APP_CALLBACK "']}",
                                   key_set_write(w->arena, &set)));
    const char *target = text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request=%s",
                                     object_of(w, holder.key, more));
    struct answer a = client_get(&b, target);
    while (--times > 0)
        a = client_get(&b, target);
    return a;
}

static struct answer object(struct world *w, const char *fault)
{
    return object_twice(w, fault, 1);
}

static struct answer object_again(struct world *w, const char *fault)
{
    return object_twice(w, fault, 2);
}

/* ---- the user ---- */

static struct answer consent(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK
                       "'],'grant_types':['authorization_code','refresh_token']}");
    struct answer asked = oauth_authorize(&b, "");
    struct answer page = client_get(&b, answer_header(&asked, "location"));
    return page_post(
        &b, "/consent", page_hidden(&page, "csrf_token"),
        text_printf(w->arena, "request=%s&answer=%s", page_hidden(&page, "request"), fault));
}

static struct answer consent_given(struct world *w, const char *fault)
{
    (void)fault;
    return consent(w, "allow");
}

static struct answer other_browser(struct world *w, const char *fault)
{
    struct client b = browser_new(w), other = browser_new(w);
    oauth_app(w);
    struct answer asked = oauth_authorize(&b, "");
    assert_status(asked, 303);
    return client_get(&other, text_printf(w->arena, "/oauth2/authorize/continue?request=%s%s",
                                          oauth_param(&asked, "request"), fault));
}

/* A hint about Ada, and a wish for somebody else. */
static struct answer hint_of_another(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    return oauth_authorize(&b, text_printf(w->arena, "id_token_hint=%s&claims=%s",
                                           answer_text(&t, "id_token"), fault));
}

/* ---- signing out ---- */

static struct answer sign_out(struct world *w, const char *fault)
{
    struct client b = browser_new(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK "'],"
                       "'post_logout_redirect_uris':['https://app.test/out']}");
    const char *query = oauth_form(
        w, "client_id=" APP "&post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fout", fault);
    return client_get(&b, text_printf(w->arena, "/oauth2/logout?%s", query));
}

#define ESSENTIAL                                                                                  \
    "claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22values%22%3A%5B%22"  \
    "gold%22%5D%7D%7D%7D"
#define SOMEBODY_ELSE "%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22eve%22%7D%7D%7D"

/* clang-format off */
static const struct plant rows[] = {
    { RULE_NONE,                 parameter,        "" },
    { RULE_CLIENT_NAMELESS,      parameter,        "client_id=" },
    { RULE_CLIENT_UNKNOWN,       parameter,        "client_id=nobody" },
    { RULE_REDIRECT_URI_MISSING, parameter,        "redirect_uri=" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=https%3A%2F%2Fapp.test%2Fcb%2F" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=http%3A%2F%2Fapp.test%2Fcb" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=https%3A%2F%2Fapp.test%3A8443%2Fcb" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=https%3A%2F%2Fapp.test%2FCB" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=https%3A%2F%2Fwww.app.test%2Fcb" },
    { RULE_REDIRECT_URI,         parameter,        "redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fa%3D1" },
    { RULE_RESPONSE_MODE,        parameter,        "response_mode=fragment" },
    { RULE_RESPONSE_TYPE,        parameter,        "response_type=token" },
    { RULE_RESPONSE_TYPE,        parameter,        "response_type=" },
    { RULE_PKCE_MISSING,         parameter,        "code_challenge=&code_challenge_method=" },
    { RULE_PKCE_MISSING,         parameter,        "code_challenge=" },
    { RULE_PKCE_METHOD,          parameter,        "code_challenge_method=plain" },
    { RULE_PKCE_METHOD,          parameter,        "code_challenge_method=" },
    { RULE_PKCE_CHALLENGE,       parameter,        "code_challenge=short" },
    { RULE_DPOP_THUMBPRINT,      parameter,        "dpop_jkt=short" },
    { RULE_SCOPE,                parameter,        "scope=openid+admin" },
    { RULE_SCOPE_SYNTAX,         parameter,        "scope=openid++email" },
    { RULE_SCOPE_SYNTAX,         parameter,        "scope=openid+openid" },
    { RULE_RESOURCE,             parameter,        "resource=https%3A%2F%2Fapi.test" },
    { RULE_DETAILS,              parameter,        "authorization_details=x" },
    { RULE_DETAILS,              parameter,        "authorization_details=%5B%7B%22type%22%3A%22payment%22%7D%5D" },
    { RULE_FIELD,                parameter,        "state=a%0Ab" },
    { RULE_PROMPT,               parameter,        "prompt=maybe" },
    { RULE_PROMPT,               parameter,        "prompt=none+login" },
    { RULE_MAX_AGE,              parameter,        "max_age=soon" },
    { RULE_CLAIMS,               parameter,        "claims=all" },
    { RULE_ACR,                  parameter,        ESSENTIAL },
    { RULE_TOKEN_SYNTAX,         parameter,        "id_token_hint=hint" },
    { RULE_ID_TOKEN_HINT,        hint_of_another,  SOMEBODY_ELSE },
    { RULE_REQUEST_OBJECT,       parameter,        "request=e.e.e" },
    { RULE_REQUEST_URI_FOREIGN,  parameter,        "request_uri=https%3A%2F%2Fapp.test%2Frequest" },
    { RULE_REQUEST_URI,          parameter,        "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax" },
    { RULE_PROMPT_NONE,          nobody_signed_in, "prompt=none" },
    { RULE_NONE,                 registration,     "" },
    { RULE_CLIENT_GRANT,         registration,     ",'grant_types':['urn:ietf:params:oauth:grant-type:device_code']" },
    { RULE_PUSH_REQUIRED,        registration,     ",'require_pushed_authorization_requests':true" },
    { RULE_REQUEST_SIGNED,       registration,     ",'require_signed_request_object':true,'jwks':{'keys':[]}" },
    { RULE_NONE,                 push_with,        "" },
    { RULE_SCOPE,                push_with,        "scope=admin" },
    { RULE_REQUEST_URI_FOREIGN,  push_with,        "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax" },
    { RULE_NONE,                 pushed_and,       "" },
    { RULE_REQUEST_URI_ALONE,    pushed_and,       "&state=mine" },
    { RULE_REQUEST_URI,          pushed_long_ago,  "" },
    { RULE_NONE,                 object,           ",'client_id':'app'" },
    { RULE_REQUEST_OBJECT,       object,           "" },
    { RULE_REQUEST_OBJECT,       object,           ",'client_id':'app','sub':'app'" },
    { RULE_TOKEN_NOT_YET,        object,           ",'client_id':'app','nbf':9999999999" },
    { RULE_REQUEST_OBJECT_REPLAY, object_again,    ",'client_id':'app'" },
    { RULE_NONE,                 consent_given,    "" },
    { RULE_CONSENT_REFUSED,      consent,          "refuse" },
    { RULE_WAITING_OVER,         other_browser,    "" },
    { RULE_NONE,                 sign_out,         "" },
    { RULE_LOGOUT_URI,           sign_out,         "post_logout_redirect_uri=https%3A%2F%2Fapp.test%2Fout%2F" },
    { RULE_LOGOUT_CLIENT,        sign_out,         "client_id=" },
};
/* clang-format on */

struct plants plants_authorize(void)
{
    return PLANTS(rows);
}
