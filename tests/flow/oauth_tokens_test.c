/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients do with tokens: refreshing, userinfo; and tokens of their own.
 */
#include "oauth_story.h"

#include "store/resources.h"

static struct answer refreshed(struct world *w, const char *token, const char *more)
{
    const char *form = text_printf(
        w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s%s", token, more);
    return oauth_post(w, "/oauth2/token", APP, NULL, form);
}

static void resource_made(struct world *w, const char *uri)
{
    story_does(w, resource_set(world_ctx(w), &(struct resource_row){ .uri = uri, .name = uri }));
}

/* ---- refreshing ---- */

static void a_refresh_rotates_and_tells_of_the_same_sign_in(void **state)
{
    struct world *w = *state;
    struct answer first = oauth_tokens(w, "");
    struct answer before = story_claims(w, answer_text(&first, "id_token"));
    world_pass(w, 60);
    struct answer t = refreshed(w, answer_text(&first, "refresh_token"), "");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "scope"), "openid profile email");
    assert_string_not_equal(answer_text(&t, "refresh_token"), answer_text(&first, "refresh_token"));
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&id, "sub"), answer_text(&before, "sub"));
    assert_string_equal(answer_text(&id, "auth_time"), answer_text(&before, "auth_time"));
    assert_string_equal(answer_text(&id, "aud"), APP);
    assert_null(answer_text(&id, "nonce"));
}

/* RT-12: a used token, past its window, ends the family. */
static void a_used_refresh_token_ends_the_family(void **state)
{
    struct world *w = *state;
    struct answer first = oauth_tokens(w, "");
    struct answer second = refreshed(w, answer_text(&first, "refresh_token"), "");
    world_pass(w, 11);
    assert_oauth_error(refreshed(w, answer_text(&first, "refresh_token"), ""), 400,
                       "invalid_grant");
    assert_oauth_error(refreshed(w, answer_text(&second, "refresh_token"), ""), 400,
                       "invalid_grant");
    struct client c = story_bearer(w, answer_text(&second, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
}

/* RT-06, RFC 6749 6: less may be asked for, not more; what is too much uses nothing up. */
static void a_refresh_may_ask_for_less(void **state)
{
    struct world *w = *state;
    struct answer first = oauth_tokens(w, "scope=openid+email");
    const char *token = answer_text(&first, "refresh_token");
    assert_oauth_error(refreshed(w, token, "&scope=openid+profile"), 400, "invalid_scope");
    struct answer t = refreshed(w, token, "&scope=email");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "scope"), "email");
    assert_null(answer_text(&t, "id_token"));
    t = refreshed(w, answer_text(&t, "refresh_token"), "");
    assert_string_equal(answer_text(&t, "scope"), "openid email");
}

/* RT-04: another client, proven or not, gets nothing and spoils nothing. */
static void a_refresh_token_is_its_clients(void **state)
{
    struct world *w = *state;
    struct answer first = oauth_tokens(w, "");
    const char *secret = oauth_web(w);
    const char *form = text_printf(w->arena, "grant_type=refresh_token&refresh_token=%s",
                                   answer_text(&first, "refresh_token"));
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, form), 400, "invalid_grant");
    assert_status(refreshed(w, answer_text(&first, "refresh_token"), ""), 200);
}

/* RT-10, OpenID Connect Core 11: what was granted offline outlives the sign-in, and the rest does
 * not. */
static void only_offline_access_outlives_the_session(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer bound = oauth_exchange(w, oauth_code(&b, ""), "");
    struct answer offline = oauth_exchange(w, oauth_code(&b, "scope=openid+offline_access"), "");
    struct answer id = story_claims(w, answer_text(&offline, "id_token"));
    const char *sid = answer_text(&id, "sid");
    assert_non_null(sid);
    offline = refreshed(w, answer_text(&offline, "refresh_token"), "");
    id = story_claims(w, answer_text(&offline, "id_token"));
    assert_string_equal(answer_text(&id, "sid"), sid);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_oauth_error(refreshed(w, answer_text(&bound, "refresh_token"), ""), 400,
                       "invalid_grant");
    struct answer t = refreshed(w, answer_text(&offline, "refresh_token"), "");
    assert_status(t, 200);
    id = story_claims(w, answer_text(&t, "id_token"));
    assert_null(answer_text(&id, "sid"));
}

/* ---- how long they live ---- */

#define assert_life(answer, seconds)                                                               \
    assert_string_equal(answer_text(&(answer), "expires_in"), (seconds))

static const char *const used_daily[] = { "AUTH_SESSION_IDLE_MINUTES=1440", NULL };

/* DESIGN.md, "How long a token lives": nothing that is bound to a session outlives its absolute
 * end, however it is refreshed. */
static void a_token_ends_with_its_session_at_the_latest(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    world_pass(w, 24 * HOURS - 10 * MINUTES);
    struct answer offline = oauth_exchange(w, oauth_code(&b, "scope=openid+offline_access"), "");
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    assert_life(t, "600");
    assert_life(offline, "900");
    world_pass(w, 5 * MINUTES);
    t = refreshed(w, answer_text(&t, "refresh_token"), "");
    assert_life(t, "300");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "exp"),
                        text_printf(w->arena, "%lld", (long long)(w->now + 5 * MINUTES)));
    world_pass(w, 5 * MINUTES);
    assert_oauth_error(refreshed(w, answer_text(&t, "refresh_token"), ""), 400, "invalid_grant");
    offline = refreshed(w, answer_text(&offline, "refresh_token"), "");
    assert_life(offline, "900");
}

/* The end of a session without use is not known when a token is made: a refresh sees it. */
static void a_token_may_outlive_a_session_that_nobody_uses(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    world_pass(w, 59 * MINUTES);
    t = refreshed(w, answer_text(&t, "refresh_token"), "");
    assert_life(t, "900");
    world_pass(w, 2 * MINUTES);
    struct client app = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&app, "/oauth2/userinfo"), 200);
    assert_oauth_error(refreshed(w, answer_text(&t, "refresh_token"), ""), 400, "invalid_grant");
}

static void who_may_not_refresh_gets_no_refresh_token(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    (void)oauth_client(w, "short",
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['https://app.test/cb']}");
    const char *code = oauth_code(&b, "client_id=short&scope=openid+offline_access");
    struct answer t = oauth_exchange(w, code, "client_id=short");
    assert_status(t, 200);
    assert_null(answer_text(&t, "refresh_token"));
    assert_string_equal(answer_text(&t, "scope"), "openid");
}

/* ---- resources ---- */

/* RT-06, CL-16: a token is for one API, which was granted. */
static void a_token_is_for_one_granted_resource(void **state)
{
    struct world *w = *state;
    resource_made(w, "https://a.test");
    resource_made(w, "https://b.test");
    resource_made(w, "https://c.test");
    struct answer t =
        oauth_tokens(w, "resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "aud"), "https://a.test");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    const char *token = answer_text(&t, "refresh_token");
    assert_oauth_error(refreshed(w, token, "&resource=https%3A%2F%2Fc.test"), 400,
                       "invalid_target");
    assert_oauth_error(
        refreshed(w, token, "&resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test"), 400,
        "invalid_target");
    t = refreshed(w, token, "&resource=https%3A%2F%2Fb.test");
    assert_status(t, 200);
    claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "aud"), "https://b.test");
}

/* ---- client credentials ---- */

static void a_client_gets_a_token_of_its_own(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_client(
        w, "job", "{'grant_types':['client_credentials'],'scope':'reports:read reports:write'}");
    struct answer t = oauth_post(w, "/oauth2/token", "job", secret,
                                 "grant_type=client_credentials&scope=reports:read");
    assert_status(t, 200);
    assert_null(answer_text(&t, "refresh_token"));
    assert_null(answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&t, "scope"), "reports:read");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), "job");
    assert_string_equal(answer_text(&claims, "client_id"), "job");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 403);
    static const char *const refused[] = { "openid", "admin:*", "reports:read openid" };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_oauth_error(
            oauth_post(w, "/oauth2/token", "job", secret,
                       text_printf(w->arena, "grant_type=client_credentials&scope=%s", refused[i])),
            400, "invalid_scope");
}

static void a_grant_is_for_clients_that_registered_it(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_web(w);
    static const struct {
        const char *form, *error;
    } refused[] = {
        { "grant_type=client_credentials", "unauthorized_client" },
        { "grant_type=password&username=a&password=b", "unsupported_grant_type" },
        { "grant_type=authorization_code", "invalid_request" },
        { "grant_type=refresh_token", "invalid_request" },
        { "grant_type=", "invalid_request" },
        { "scope=x", "invalid_request" },
        { "grant_type=refresh_token&grant_type=refresh_token&refresh_token=x", "invalid_request" },
        { "grant_type=refresh_token&refresh_token=x&refresh_token=y", "invalid_request" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, refused[i].form), 400,
                           refused[i].error);
}

/* CL-14: secrets do not go in a query, and nothing is got by GET. */
static void nothing_is_taken_from_the_query(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = client_new(w);
    assert_status(client_get(&c, "/oauth2/token?grant_type=client_credentials"), 405);
    assert_oauth_error(oauth_post(w, "/oauth2/token?client_id=app", APP, NULL,
                                  "grant_type=refresh_token&client_id=app&refresh_token=x"),
                       400, "invalid_request");
    const char *target =
        text_printf(w->arena, "/oauth2/userinfo?access_token=%s", answer_text(&t, "access_token"));
    assert_status(client_get(&c, target), 401);
    const char *const secrets[] = { "client_secret=x", "client_secret", "client_assertion=x&y=z" };
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_oauth_error(oauth_post(w, text_printf(w->arena, "/oauth2/par?%s", secrets[i]), APP,
                                      NULL, "client_id=app"),
                           400, "invalid_request");
}

/* RFC 6749 3.2: what is not known is ignored, as in the body; MSAL marks its requests so. */
static void unknown_marks_in_a_query_are_ignored(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=app&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    assert_status(oauth_post(w, "/oauth2/token?client-request-id=1-2", APP, NULL, form), 200);
}

/* ---- userinfo ---- */

static void userinfo_says_what_the_scopes_allow(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    struct answer me = client_get(&c, "/oauth2/userinfo");
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    assert_status(me, 200);
    assert_string_equal(answer_text(&me, "sub"), answer_text(&id, "sub"));
    assert_string_equal(answer_text(&me, "email"), ADA);
    assert_string_equal(answer_text(&me, "email_verified"), "true");
    assert_non_null(answer_text(&me, "name"));
    assert_null(answer_text(&me, "roles"));
    t = refreshed(w, answer_text(&t, "refresh_token"), "&scope=openid");
    c = story_bearer(w, answer_text(&t, "access_token"));
    me = client_get(&c, "/oauth2/userinfo");
    assert_non_null(answer_text(&me, "sub"));
    assert_null(answer_text(&me, "email"));
    assert_null(answer_text(&me, "name"));
}

/* RFC 6750 2.2: in a form, and one way only. */
static void userinfo_takes_the_token_in_a_form(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/userinfo",
                         .form = text_printf(w->arena, "access_token=%s",
                                             answer_text(&t, "access_token")) };
    assert_status(client_send(&c, &sent), 200);
    c.token = answer_text(&t, "access_token");
    assert_status(client_send(&c, &sent), 400);
    sent.form = "";
    assert_status(client_send(&c, &sent), 200);
    c.token = NULL;
    assert_status(client_send(&c, &sent), 401);
}

static void userinfo_needs_openid(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "scope=email");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    struct answer a = client_get(&c, "/oauth2/userinfo");
    assert_oauth_error(a, 403, "insufficient_scope");
    c = client_new(w);
    a = client_get(&c, "/oauth2/userinfo");
    assert_status(a, 401);
    assert_true(text_starts(answer_header(&a, "www-authenticate"), "Bearer"));
}

/* OpenID Connect Core 5.5: single claims, each where it was asked for. */
static void single_claims_come_where_they_were_asked_for(void **state)
{
    struct world *w = *state;
    struct answer t =
        oauth_tokens(w, "scope=openid&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%2C"
                        "%22id_token%22%3A%7B%22name%22%3A%7B%22essential%22%3Atrue%7D%7D%7D");
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    struct answer me = client_get(&c, "/oauth2/userinfo");
    assert_non_null(answer_text(&id, "name"));
    assert_null(answer_text(&id, "email"));
    assert_string_equal(answer_text(&me, "email"), ADA);
    assert_null(answer_text(&me, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_refresh_rotates_and_tells_of_the_same_sign_in),
        STORY(a_used_refresh_token_ends_the_family),
        STORY(a_refresh_may_ask_for_less),
        STORY(a_refresh_token_is_its_clients),
        STORY(only_offline_access_outlives_the_session),
        STORY_WITH(a_token_ends_with_its_session_at_the_latest, used_daily),
        STORY(a_token_may_outlive_a_session_that_nobody_uses),
        STORY(who_may_not_refresh_gets_no_refresh_token),
        STORY(a_token_is_for_one_granted_resource),
        STORY(a_client_gets_a_token_of_its_own),
        STORY(a_grant_is_for_clients_that_registered_it),
        STORY(nothing_is_taken_from_the_query),
        STORY(unknown_marks_in_a_query_are_ignored),
        STORY(userinfo_says_what_the_scopes_allow),
        STORY(userinfo_takes_the_token_in_a_form),
        STORY(userinfo_needs_openid),
        STORY(single_claims_come_where_they_were_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
