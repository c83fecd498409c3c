/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).
 */
#include "oauth_story.h"
#include "page_story.h"

#include "crypto/digest.h"
#include "oauth/client_change.h"
#include "store/client_registrations.h"
#include "store/sweep.h"

#define REGISTER "/oauth2/register"
#define URIS     "'redirect_uris':['https://app.test/cb']"

static const char *const everybody[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };
static const char *const by_token[] = { "AUTH_CLIENT_REGISTRATION=token", NULL };
static const char *const limited[] = { "AUTH_CLIENT_REGISTRATION=open", "AUTH_RATE_LIMIT=on",
                                       "AUTH_CLIENT_REGISTRATIONS_PER_HOUR=2", NULL };

/* Registers `metadata`, in which ' stands for ", with `token` or NULL. */
static struct answer registers(struct world *w, const char *token, const char *metadata)
{
    struct client c = story_bearer(w, token);
    return client_post(&c, REGISTER, story_json(w, "%s", metadata));
}

static struct answer registered(struct world *w, const char *token, const char *metadata)
{
    struct answer a = registers(w, token, metadata);
    assert_status(a, 201);
    return a;
}

/* An initial access token that is good for `uses` clients, an hour long. */
static void initial_token(struct world *w, const char *token, int64_t uses)
{
    const struct registration_token_row row = {
        .hash = token_hash(w->arena, token), .label = "", .uses = uses, .expires_at = w->now + HOURS
    };
    story_does(w, registration_token_add(world_ctx(w), &row));
}

/* A call of a client about itself, with its token. */
static struct answer about(struct world *w, enum http_method method, const struct answer *whose,
                           const char *token, const char *metadata)
{
    struct client c = story_bearer(w, token);
    const char *id = answer_text(whose, "client_id");
    return client_send(
        &c, &(struct sent){ .method = method,
                            .target = text_printf(w->arena, REGISTER "/%s", id),
                            .json = metadata == NULL ? NULL : story_json(w, "%s", metadata) });
}

static const char *token_of(const struct answer *a)
{
    const char *token = answer_text(a, "registration_access_token");
    assert_non_null(token);
    return token;
}

/* ---- who may ---- */

/* CL-11: nobody, unless the operator says so. */
static void it_is_off(void **state)
{
    struct world *w = *state;
    initial_token(w, "initial", 5);
    assert_oauth_error(registers(w, NULL, "{" URIS "}"), 401, "invalid_token");
    assert_oauth_error(registers(w, "initial", "{" URIS "}"), 401, "invalid_token");
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_null(answer_text(&a, "registration_endpoint"));
}

/* CL-11: an initial access token is counted, expires, and is used up by clients only. */
static void a_token_is_counted(void **state)
{
    struct world *w = *state;
    initial_token(w, "initial", 2);
    assert_oauth_error(registers(w, NULL, "{" URIS "}"), 401, "invalid_token");
    assert_oauth_error(registers(w, "another", "{" URIS "}"), 401, "invalid_token");
    (void)registered(w, "initial", "{" URIS "}");
    assert_oauth_error(registers(w, "initial", "{}"), 400, "invalid_redirect_uri");
    (void)registered(w, "initial", "{" URIS "}");
    assert_oauth_error(registers(w, "initial", "{" URIS "}"), 401, "invalid_token");
    initial_token(w, "later", 1);
    world_pass(w, HOURS);
    assert_oauth_error(registers(w, "later", "{" URIS "}"), 401, "invalid_token");
}

/* CL-11: a client made with a token may act for itself; one made without may not. */
static void a_token_gives_more(void **state)
{
    struct world *w = *state;
    const char *job = "{'grant_types':['client_credentials'],'scope':'openid'}";
    initial_token(w, "initial", 5);
    assert_oauth_error(registers(w, NULL, job), 400, "invalid_client_metadata");
    struct answer a = registered(w, "initial", job);
    struct answer t = oauth_post(w, "/oauth2/token", answer_text(&a, "client_id"),
                                 answer_text(&a, "client_secret"), "grant_type=client_credentials");
    assert_status(t, 200);
}

static void one_address_registers_so_many(void **state)
{
    struct world *w = *state;
    (void)registered(w, NULL, "{" URIS "}");
    (void)registered(w, NULL, "{" URIS "}");
    assert_status(registers(w, NULL, "{" URIS "}"), 429);
}

/* ---- what comes out of it ---- */

/* RFC 7591 3.2.1: what was registered is said. */
static void what_was_registered_is_said(void **state)
{
    struct world *w = *state;
    struct answer a =
        registered(w, NULL,
                   "{" URIS ",'client_name':'<b>App</b>','unknown':{'x':1},'client_id':'mine',"
                   "'client_secret':'mine','scope':'openid email admin:all',"
                   "'contacts':['ada@example.com']}");
    assert_string_equal(answer_header(&a, "cache-control"), "no-store");
    assert_string_equal(answer_header(&a, "access-control-allow-origin"), "*");
    assert_string_not_equal(answer_text(&a, "client_id"), "mine");
    assert_string_not_equal(answer_text(&a, "client_secret"), "mine");
    assert_string_equal(answer_text(&a, "client_secret_expires_at"), "0");
    assert_string_equal(answer_text(&a, "client_id_issued_at"),
                        text_printf(w->arena, "%lld", (long long)w->now));
    assert_string_equal(answer_text(&a, "client_name"), "<b>App</b>");
    assert_string_equal(answer_text(&a, "token_endpoint_auth_method"), "client_secret_basic");
    assert_string_equal(answer_text(&a, "scope"), "openid email");
    assert_string_equal(answer_text(&a, "registration_client_uri"),
                        text_printf(w->arena, "http://localhost:8080" REGISTER "/%s",
                                    answer_text(&a, "client_id")));
    assert_true(answer_holds(&a, "authorization_code"));
    assert_true(answer_holds(&a, "ada@example.com"));
    assert_null(strstr(a.body, "unknown"));
    /* It has no secret that it does not need. */
    a = registered(w, NULL, "{" URIS ",'token_endpoint_auth_method':'none'}");
    assert_null(answer_text(&a, "client_secret"));
    assert_null(answer_text(&a, "client_secret_expires_at"));
}

/* CL-11: power over others is given by the operator alone. */
static void nobody_gives_themselves_power(void **state)
{
    struct world *w = *state;
    initial_token(w, "initial", 1);
    struct answer a =
        registered(w, "initial",
                   "{" URIS ",'first_party':true,'audiences':['https://api.test'],"
                   "'legacy_assertion_aud':true,'allowed_origins':['https://evil.test'],"
                   "'token_exchange_subjects':['x'],'token_exchange_audiences':['x'],"
                   "'token_exchange_providers':['x'],"
                   "'token_exchange_impersonation':true,'may_act':'x',"
                   "'reuse_refresh_tokens':true}");
    assert_string_equal(answer_text(&a, "first_party"), "false");
    assert_string_equal(answer_text(&a, "legacy_assertion_aud"), "false");
    assert_string_equal(answer_text(&a, "token_exchange_impersonation"), "false");
    assert_string_equal(answer_text(&a, "reuse_refresh_tokens"), "false");
    assert_null(strstr(a.body, "api.test"));
    assert_null(strstr(a.body, "evil.test"));
    assert_null(strstr(a.body, "\"x\""));
    assert_null(answer_text(&a, "may_act"));
}

/* URI-07, URI-11, CL-15: the same checks as of an operator's, with the errors of RFC 7591 3.2.2. */
static void what_is_wrong_is_refused(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *json, *error;
    } bad[] = {
        { "{}", "invalid_redirect_uri" },
        { "{'redirect_uris':[]}", "invalid_redirect_uri" },
        { "{'redirect_uris':['javascript://app.test/%0aalert(1)']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['data:text/html,x']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['vbscript:x']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['file:///etc/passwd']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['about:blank']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['blob:https://app.test/']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['https://app.test/#x']}", "invalid_redirect_uri" },
        { "{'redirect_uris':['http://app.test/']}", "invalid_redirect_uri" },
        { "{'redirect_uris':'https://app.test/'}", "invalid_client_metadata" },
        { "{" URIS ",'grant_types':['implicit']}", "invalid_client_metadata" },
        { "{" URIS ",'grant_types':['urn:ietf:params:oauth:grant-type:device_code']}",
          "invalid_client_metadata" },
        { "{" URIS ",'response_types':['token']}", "invalid_client_metadata" },
        { "{" URIS ",'token_endpoint_auth_method':'magic'}", "invalid_client_metadata" },
        { "{" URIS ",'client_name':'a\\u202eb'}", "invalid_client_metadata" },
        { "{" URIS ",'backchannel_logout_uri':'https://127.0.0.1/'}", "invalid_client_metadata" },
        { "{" URIS ",'backchannel_logout_uri':'http://10.0.0.1/'}", "invalid_client_metadata" },
        { "{" URIS ",'jwks':{'keys':[{'kty':'oct','k':'AAAA'}]}}", "invalid_client_metadata" },
        { "[]", "invalid_request" },
        { "{", "invalid_request" },
        { "{" URIS ",'software_statement':'x'}", "unapproved_software_statement" },
        { "{" URIS ",'software_statement':1}", "invalid_software_statement" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct answer a = registers(w, NULL, bad[i].json);
        if (a.status != 400 || !text_equal(answer_text(&a, "error"), bad[i].error))
            fail_msg("%s: %d %s", bad[i].json, a.status, a.body);
    }
    /* CL-15: a name of a megabyte is not even read. */
    char *name = arena_alloc(w->arena, 1024 * 1024);
    memset(name, 'a', 1024 * 1024);
    const char *json = text_printf(w->arena, "{'client_name':'%.*s'}", 1024 * 1024 - 64, name);
    assert_status(registers(w, NULL, json), 413);
}

/* CL-11: whoever registered is no first party: their users are asked, and see what they are asked
 * for. */
static void its_users_are_asked(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct answer a = registered(w, NULL,
                                 "{" URIS ",'client_name':'<i>Shop</i>','first_party':true,"
                                 "'token_endpoint_auth_method':'none'}");
    const char *as = text_printf(w->arena, "client_id=%s", answer_text(&a, "client_id"));
    struct answer asked = oauth_authorize(&b, as);
    assert_status(asked, 303);
    const char *next = answer_header(&asked, "location");
    assert_true(text_starts(next, "/consent?"));
    assert_page(client_get(&b, next), 200, "&lt;i&gt;Shop&lt;/i&gt;");
}

/* ---- RFC 7592 ---- */

static void a_client_manages_itself(void **state)
{
    struct world *w = *state;
    struct answer a = registered(w, NULL, "{" URIS ",'client_name':'One'}");
    const char *id = answer_text(&a, "client_id");
    const char *secret = answer_text(&a, "client_secret");
    struct answer read = about(w, HTTP_GET, &a, token_of(&a), NULL);
    assert_status(read, 200);
    assert_string_equal(answer_text(&read, "client_name"), "One");
    assert_string_equal(token_of(&read), token_of(&a));
    /* The secret is stored as a hash. */
    assert_null(answer_text(&read, "client_secret"));
    const char *update = text_printf(w->arena,
                                     "{'client_id':'%s','client_secret':'%s',"
                                     "'redirect_uris':['https://app.test/two'],"
                                     "'client_name':'Two'}",
                                     id, secret);
    struct answer put = about(w, HTTP_PUT, &a, token_of(&a), update);
    assert_status(put, 200);
    assert_string_equal(answer_text(&put, "client_name"), "Two");
    assert_true(answer_holds(&put, "https://app.test/two"));
    assert_false(answer_holds(&put, "https://app.test/cb"));
    assert_string_equal(answer_text(&put, "client_id"), id);
    /* The token before is dead, the one in the answer is not. */
    assert_string_not_equal(token_of(&put), token_of(&a));
    assert_oauth_error(about(w, HTTP_GET, &a, token_of(&a), NULL), 401, "invalid_token");
    assert_oauth_error(about(w, HTTP_PUT, &a, token_of(&a), update), 401, "invalid_token");
    assert_status(about(w, HTTP_GET, &a, token_of(&put), NULL), 200);
    assert_status(about(w, HTTP_DELETE, &a, token_of(&put), NULL), 204);
    assert_oauth_error(about(w, HTTP_GET, &a, token_of(&put), NULL), 401, "invalid_token");
    assert_oauth_error(oauth_post(w, "/oauth2/introspect", id, secret, "token=x"), 401,
                       "invalid_client");
}

/* CL-12: A's token opens nothing of B. */
static void another_clients_token_opens_nothing(void **state)
{
    struct world *w = *state;
    struct answer one = registered(w, NULL, "{" URIS "}");
    struct answer two = registered(w, NULL, "{" URIS "}");
    const char *update =
        text_printf(w->arena, "{'client_id':'%s'," URIS "}", answer_text(&two, "client_id"));
    assert_oauth_error(about(w, HTTP_GET, &two, token_of(&one), NULL), 401, "invalid_token");
    assert_oauth_error(about(w, HTTP_PUT, &two, token_of(&one), update), 401, "invalid_token");
    assert_oauth_error(about(w, HTTP_DELETE, &two, token_of(&one), NULL), 401, "invalid_token");
    assert_oauth_error(about(w, HTTP_GET, &two, NULL, NULL), 401, "invalid_token");
    initial_token(w, "initial", 5);
    assert_oauth_error(about(w, HTTP_GET, &two, "initial", NULL), 401, "invalid_token");
    assert_oauth_error(registers(w, token_of(&one), "{" URIS "}"), 401, "invalid_token");
    assert_status(about(w, HTTP_GET, &two, token_of(&two), NULL), 200);
}

/* CL-12: an update is checked like a registration, and changes neither id nor secret. */
static void an_update_is_checked_anew(void **state)
{
    struct world *w = *state;
    struct answer a = registered(w, NULL, "{" URIS "}");
    const char *id = answer_text(&a, "client_id");
    static const struct {
        const char *members, *error;
    } bad[] = {
        { "'client_id':'other'," URIS, "invalid_client_metadata" },
        { URIS, "invalid_client_metadata" },
        { "'client_id':'ID','client_secret':'chosen-by-myself'," URIS, "invalid_client_metadata" },
        { "'client_id':'ID','registration_access_token':'x'," URIS, "invalid_client_metadata" },
        { "'client_id':'ID','registration_client_uri':'x'," URIS, "invalid_client_metadata" },
        { "'client_id':'ID','client_id_issued_at':1," URIS, "invalid_client_metadata" },
        { "'client_id':'ID','client_secret_expires_at':1," URIS, "invalid_client_metadata" },
        { "'client_id':'ID'", "invalid_redirect_uri" },
        { "'client_id':'ID','redirect_uris':['http://evil.test/']", "invalid_redirect_uri" },
        { "'client_id':'ID','grant_types':['client_credentials']", "invalid_client_metadata" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = strstr(bad[i].members, "'ID'");
        const char *json = at == NULL
                               ? text_printf(w->arena, "{%s}", bad[i].members)
                               : text_printf(w->arena, "{%.*s'%s'%s}", (int)(at - bad[i].members),
                                             bad[i].members, id, at + strlen("'ID'"));
        struct answer b = about(w, HTTP_PUT, &a, token_of(&a), json);
        if (b.status != 400 || !text_equal(answer_text(&b, "error"), bad[i].error))
            fail_msg("%s: %d %s", json, b.status, b.body);
    }
    /* Refused updates leave the token alone. */
    assert_status(about(w, HTTP_GET, &a, token_of(&a), NULL), 200);
}

/* What an operator gave a client stays with it. */
static void what_an_operator_gave_stays(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    struct client_made client;
    struct answer a = registered(w, NULL, "{" URIS "}");
    const char *id = answer_text(&a, "client_id");
    story_does(w, client_read(c, id, &client));
    client.metadata.first_party = true;
    client.metadata.scope = "openid admin:all";
    story_does(w, client_change(c, id, &client.metadata, NULL, &client));
    struct answer put = about(
        w, HTTP_PUT, &a, token_of(&a),
        text_printf(w->arena, "{'client_id':'%s'," URIS ",'scope':'openid admin:all other'}", id));
    assert_status(put, 200);
    assert_string_equal(answer_text(&put, "first_party"), "true");
    assert_string_equal(answer_text(&put, "scope"), "openid admin:all");
    /* CL-09: a disabled client manages nothing. */
    story_does(w, client_switch(c, id, CLIENT_DISABLED, NULL));
    assert_oauth_error(about(w, HTTP_GET, &a, token_of(&put), NULL), 401, "invalid_token");
}

/* CL-11: what nobody uses goes; what somebody has allowed something stays. */
static void unused_clients_go(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    initial_token(w, "initial", 1);
    struct answer used = registered(w, NULL, "{" URIS ",'token_endpoint_auth_method':'none'}");
    struct answer unused = registered(w, NULL, "{" URIS "}");
    struct answer kept = registered(w, "initial", "{" URIS "}");
    const char *as = text_printf(w->arena, "client_id=%s", answer_text(&used, "client_id"));
    struct answer asked = oauth_authorize(&b, as);
    const char *page = answer_header(&asked, "location");
    struct answer shown = client_get(&b, page);
    const char *form =
        text_printf(w->arena, "request=%s&answer=allow", page_hidden(&shown, "request"));
    assert_status(page_send(&b, page, "/consent", form), 303);
    for (int i = 0; i < 3; i++) {
        int64_t removed = 0;
        bool more = true;
        world_pass(w, 30 * DAYS);
        story_does(w, sweep(world_ctx(w), &removed, &more));
    }
    assert_status(about(w, HTTP_GET, &used, token_of(&used), NULL), 200);
    assert_status(about(w, HTTP_GET, &kept, token_of(&kept), NULL), 200);
    assert_oauth_error(about(w, HTTP_GET, &unused, token_of(&unused), NULL), 401, "invalid_token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(it_is_off),
        STORY_WITH(a_token_is_counted, by_token),
        STORY_WITH(a_token_gives_more, everybody),
        STORY_WITH(one_address_registers_so_many, limited),
        STORY_WITH(what_was_registered_is_said, everybody),
        STORY_WITH(nobody_gives_themselves_power, everybody),
        STORY_WITH(what_is_wrong_is_refused, everybody),
        STORY_WITH(its_users_are_asked, everybody),
        STORY_WITH(a_client_manages_itself, everybody),
        STORY_WITH(another_clients_token_opens_nothing, everybody),
        STORY_WITH(an_update_is_checked_anew, everybody),
        STORY_WITH(what_an_operator_gave_stays, everybody),
        STORY_WITH(unused_clients_go, everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
