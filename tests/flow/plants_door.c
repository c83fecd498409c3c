/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that the front door sees: hosts, methods, bodies, limits, other sites. */
#include "plants.h"

#define LOGIN "{\"email\":\"" ADA "\",\"password\":\"" STORY_PASSWORD "\"}"

static struct answer sent_by(struct client *c, const struct sent *sent)
{
    return client_send(c, sent);
}

static struct answer host(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return sent_by(&c, &(struct sent){ .target = "/openapi.json", .host = fault });
}

static struct answer path(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return client_get(&c, fault);
}

static struct answer method(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return sent_by(&c, &(struct sent){ .method = HTTP_PUT, .target = fault, .json = "{}" });
}

/* Ada signs in with this body. */
static struct answer login(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    return client_post(&c, "/auth/login", fault);
}

static struct answer media_type(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    return sent_by(&c, &(struct sent){ .method = HTTP_POST,
                                       .target = "/auth/login",
                                       .body = bytes_of(LOGIN),
                                       .type = fault });
}

static struct answer large(struct world *w, const char *fault)
{
    enum { BYTES = 1 << 21 };
    char *body = arena_alloc(w->arena, BYTES + 1);
    memset(body, ' ', BYTES);
    memcpy(body, fault, strlen(fault));
    return login(w, body);
}

static struct answer malformed_form(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    oauth_app(w);
    return sent_by(&c,
                   &(struct sent){ .method = HTTP_POST, .target = "/oauth2/token", .form = fault });
}

static struct answer attempts(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    struct answer a = { 0 };
    for (int i = 0; i < 10; i++)
        a = client_post(&c, "/auth/login", fault);
    return a;
}

/* ---- browsers ---- */

static struct answer cookie(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    const char *mine = client_cookie(&b, "session");
    return sent_by(
        &c, &(struct sent){
                .target = "/auth/me",
                .headers = { { "cookie", text_printf(w->arena, "session=%s%s", mine, fault) } } });
}

/* A change by the session cookie: by the header of fault in place of the browser's. */
static struct answer change(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_PUT,
                         .target = "/auth/me",
                         .json = "{\"full_name\":\"Ada\"}",
                         .headers = { { "cookie", text_printf(w->arena, "session=%s",
                                                              client_cookie(&b, "session")) } } };
    if (!text_equal(fault, "no token"))
        sent.headers[1] =
            (struct http_header){ "x-csrf-token",
                                  text_equal(fault, "another token") ? "another" : b.csrf };
    if (text_starts(fault, "https://"))
        sent.headers[2] = (struct http_header){ "origin", fault };
    if (text_equal(fault, "cross-site"))
        sent.headers[2] = (struct http_header){ "sec-fetch-site", fault };
    return client_send(&c, &sent);
}

static struct answer page_form(struct world *w, const char *fault)
{
    struct client b = browser_new(w);
    (void)story_person(w, ADA);
    (void)client_get(&b, "/sign-in");
    return sent_by(&b, &(struct sent){ .method = HTTP_POST, .target = "/sign-in", .form = fault });
}

static struct answer script(struct world *w, const char *origin)
{
    struct client c = client_new(w);
    return sent_by(&c, &(struct sent){ .method = HTTP_OPTIONS,
                                       .target = "/auth/me",
                                       .headers = { { "origin", origin },
                                                    { "access-control-request-method", "GET" } } });
}

static struct answer script_of_client(struct world *w, const char *origin)
{
    struct client c = client_new(w);
    oauth_app(w);
    return sent_by(&c, &(struct sent){ .method = HTTP_POST,
                                       .target = "/oauth2/revoke",
                                       .form = "client_id=" APP
                                               "&token=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                                       .headers = { { "origin", origin } } });
}

/* ---- registering clients ---- */

/* What the server could not read, as it hands it over. */
static struct answer unread(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return client_unread(&c, &(struct http_refusal){ 400, fault });
}

static struct answer register_client(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return client_post(&c, "/oauth2/register",
                       story_json(w, "{'redirect_uris':['" APP_CALLBACK "']%s}", fault));
}

/* clang-format off */
static const char *const https[]    = { "AUTH_PUBLIC_URL=https://id.test", NULL };
static const char *const limited[]  = { "AUTH_RATE_LIMIT=on", NULL };
static const char *const robots[]   = { "AUTH_CHALLENGE=always", NULL };
static const char *const anybody[]  = { "AUTH_CLIENT_REGISTRATION=open", NULL };
static const struct plant rows[] = {
    { RULE_NONE,         host,             "localhost" },
    { RULE_HOST,         host,             "id.example.com" },
    { RULE_PLAIN_HTTP,   host,             "id.test", https },
    { RULE_PATH,         path,             "/auth/nothing" },
    { RULE_PATH,         path,             "/openapi.json/" },
    { RULE_ISSUER_OF_TENANT, path,          "/t/nobody/.well-known/openid-configuration" },
    { RULE_METHOD,       path,             "/oauth2/token" },
    { RULE_METHOD,       method,           "/auth/login" },
    { RULE_NONE,         login,            LOGIN },
    { RULE_BODY_SYNTAX,  login,            "{" },
    { RULE_BODY_SYNTAX,  login,            "[]" },
    { RULE_FIELD,        login,            "{\"email\":\"" ADA "\"}" },
    { RULE_FIELD,        login,            "{\"email\":\"" ADA "\",\"password\":7}" },
    { RULE_FIELD,        login,            "{\"email\":\"" ADA "\",\"password\":\"x\",\"more\":1}" },
    { RULE_NONE,         media_type,       "application/json" },
    { RULE_CONTENT_TYPE, media_type,       "text/plain" },
    { RULE_HTTP_SYNTAX,  unread,           "two lengths of the body" },
    { RULE_BODY_SIZE,    large,            LOGIN },
    { RULE_BODY_SYNTAX,  malformed_form,   "client_id=%" },
    { RULE_FIELD,        malformed_form,   "client_id=" APP "&client_id=" APP },
    { RULE_LIMIT,        attempts,         LOGIN, limited },
    { RULE_CHALLENGE,    attempts,         LOGIN, robots },
    { RULE_NONE,         cookie,           "" },
    { RULE_COOKIE_TWICE, cookie,           "; session=x" },
    { RULE_NONE,         change,           "" },
    { RULE_CSRF_TOKEN,   change,           "no token" },
    { RULE_CSRF_TOKEN,   change,           "another token" },
    { RULE_CSRF_ORIGIN,  change,           "https://evil.test" },
    { RULE_CSRF_ORIGIN,  change,           "cross-site" },
    { RULE_CSRF_TOKEN,   page_form,        "email=" ADA "&password=x" },
    { RULE_CSRF_TOKEN,   page_form,        "email=" ADA "&password=x&csrf_token=x" },
    { RULE_NONE,         script,           "http://localhost:8080" },
    { RULE_CORS_ORIGIN,  script,           "https://evil.test" },
    { RULE_CORS_ORIGIN,  script_of_client, "https://evil.test" },
    { RULE_NONE,         script_of_client, "https://app.test" },
    { RULE_NONE,         register_client,  "", anybody },
    { RULE_CLIENT_METADATA, register_client, ",'grant_types':['implicit']", anybody },
    { RULE_FAPI,         register_client,  ",'profile':'fapi2'", anybody },
    { RULE_FAPI,         register_client,  ",'profile':'fapi2','token_endpoint_auth_method':'none','dpop_bound_access_tokens':true", anybody },
};
/* clang-format on */

struct plants plants_door(void)
{
    return PLANTS(rows);
}
