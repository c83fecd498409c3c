/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that ask for tokens, and the person who types their code (RFC 8628).
 */
#include "proof_story.h"

#include "oauth/client_change.h"
#include "store/tenants.h"

#define TV     "tv"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

static void device_client(struct world *w, const char *id)
{
    (void)oauth_client(w, id,
                       "{'token_endpoint_auth_method':'none','client_name':'Television',"
                       "'grant_types':['urn:ietf:params:oauth:grant-type:device_code',"
                       "'refresh_token']}");
}

static struct answer begun(struct world *w, const char *more)
{
    struct answer a =
        oauth_post(w, "/oauth2/device_authorization", TV, NULL,
                   text_printf(w->arena, "client_id=" TV "&scope=openid+email%s", more));
    assert_status(a, 200);
    return a;
}

static const char *poll_form(struct world *w, const struct answer *begun, const char *client)
{
    return text_printf(w->arena, "grant_type=" DEVICE "&client_id=%s&device_code=%s", client,
                       answer_text(begun, "device_code"));
}

static struct answer polled(struct world *w, const struct answer *begun)
{
    return oauth_post(w, "/oauth2/token", TV, NULL, poll_form(w, begun, TV));
}

/* A form of the page, with its CSRF token. */
static struct answer posted(struct client *b, const char *path, const char *code, const char *more)
{
    const struct sent sent = { .method = HTTP_POST,
                               .target = path,
                               .form = text_printf(b->w->arena, "csrf_token=%s&user_code=%s%s",
                                                   b->csrf, code, more) };
    return client_send(b, &sent);
}

static struct answer answered(struct client *b, const struct answer *begun, const char *answer)
{
    return posted(b, "/device/answer", answer_text(begun, "user_code"),
                  text_printf(b->w->arena, "&answer=%s", answer));
}

/* ---- what is given ---- */

static void a_device_gets_tokens_once_its_user_allows_it(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    assert_string_equal(answer_text(&d, "expires_in"), "600");
    assert_string_equal(answer_text(&d, "interval"), "5");
    assert_string_equal(answer_text(&d, "verification_uri"), "http://localhost:8080/device");
    assert_int_equal(strlen(answer_text(&d, "user_code")), 9);
    assert_oauth_error(polled(w, &d), 400, "authorization_pending");
    world_pass(w, 5);
    assert_status(answered(&b, &d, "allow"), 200);
    struct answer t = polled(w, &d);
    assert_status(t, 200);
    assert_non_null(answer_text(&t, "refresh_token"));
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&id, "aud"), TV);
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
    /* The code is used up. */
    world_pass(w, 5);
    assert_oauth_error(polled(w, &d), 400, "invalid_grant");
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
}

/* DV-01, AU-10: the person is told what they allowed, and takes it back as they would from any
 * application. */
static void whoever_allows_a_device_gets_a_letter(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "+offline_access");
    struct answer refused = begun(w, "");
    size_t mails = world_mails(w);
    assert_status(answered(&b, &refused, "refuse"), 200);
    assert_int_equal(world_mails(w), mails);
    assert_status(answered(&b, &d, "allow"), 200);
    const struct story_mail *mail = world_mail(w, ADA);
    assert_int_equal(world_mails(w), mails + 1);
    assert_string_equal(mail->subject, "You have connected a device to your account");
    assert_non_null(
        strstr(mail->text, text_printf(w->arena, "    Television (%s)\n", client_new(w).address)));
    struct answer t = polled(w, &d);
    assert_status(t, 200);
    struct answer list = client_get(&b, "/auth/me/consents");
    assert_true(answer_holds(&list, TV) && answer_holds(&list, "email"));
    assert_status(client_delete(&b, "/auth/me/consents/" TV), 204);
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
}

static void a_device_that_is_refused_is_told(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    assert_status(answered(&b, &d, "refuse"), 200);
    assert_oauth_error(polled(w, &d), 400, "access_denied");
    /* The answer stands. */
    assert_status(answered(&b, &d, "allow"), 422);
    world_pass(w, 5);
    assert_oauth_error(polled(w, &d), 400, "access_denied");
}

static void a_code_that_nobody_answers_expires(void **state)
{
    struct world *w = *state;
    device_client(w, TV);
    struct answer d = begun(w, "");
    world_pass(w, 600);
    assert_oauth_error(polled(w, &d), 400, "expired_token");
    struct client b = oauth_ada(w);
    assert_status(answered(&b, &d, "allow"), 422);
}

/* DV-07: who asks too often has to wait longer, and learns nothing sooner. */
static void asking_too_often_costs_time(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    assert_oauth_error(polled(w, &d), 400, "authorization_pending");
    assert_status(answered(&b, &d, "allow"), 200);
    world_pass(w, 4);
    assert_oauth_error(polled(w, &d), 400, "slow_down");
    world_pass(w, 9);
    assert_oauth_error(polled(w, &d), 400, "slow_down");
    world_pass(w, 15);
    assert_status(polled(w, &d), 200);
}

/* DV-04: another client's code is unknown, whatever was answered. */
static void a_device_code_is_its_clients(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    device_client(w, "other");
    struct answer d = begun(w, "");
    assert_status(answered(&b, &d, "allow"), 200);
    assert_oauth_error(oauth_post(w, "/oauth2/token", "other", NULL, poll_form(w, &d, "other")),
                       400, "invalid_grant");
    assert_status(polled(w, &d), 200);
}

/* DV-01: the grant is off unless the client is registered for it. */
static void a_client_that_is_not_registered_for_it_gets_no_code(void **state)
{
    struct world *w = *state;
    oauth_app(w);
    assert_oauth_error(oauth_post(w, "/oauth2/device_authorization", APP, NULL, "client_id=" APP),
                       400, "unauthorized_client");
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL,
                                  "grant_type=" DEVICE "&client_id=" APP "&device_code=x"),
                       400, "unauthorized_client");
}

/* DV-06: nothing that the client may not ask for, here or when it polls. */
static void a_device_asks_for_no_more_than_its_client_may(void **state)
{
    struct world *w = *state;
    device_client(w, TV);
    assert_oauth_error(
        oauth_post(w, "/oauth2/device_authorization", TV, NULL, "client_id=" TV "&scope=admin"),
        400, "invalid_scope");
    assert_oauth_error(oauth_post(w, "/oauth2/device_authorization", TV, NULL,
                                  "client_id=" TV "&resource=https%3A%2F%2Fnone.test"),
                       400, "invalid_target");
}

/* DV-05: who has no access to the client by its other doors has none by this one. */
static void who_is_no_member_of_the_clients_tenant_cannot_allow_it(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    struct client_new tv = { .id = TV };
    struct client_made made;
    const char *metadata = "{'token_endpoint_auth_method':'none','grant_types':["
                           "'urn:ietf:params:oauth:grant-type:device_code']}";
    struct ctx *c = world_ctx(w);
    story_does(w, tenant_add(c, "acme", "Acme", &tv.tenant_id));
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &tv.metadata));
    story_does(w, client_create(c, &tv, &made));
    struct answer d = begun(w, "");
    assert_status(answered(&b, &d, "allow"), 403);
    assert_oauth_error(polled(w, &d), 400, "authorization_pending");
}

static void who_has_signed_out_gives_a_device_nothing(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    assert_status(answered(&b, &d, "allow"), 200);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_oauth_error(polled(w, &d), 400, "access_denied");
}

/* RFC 9449 5: a device may bind its tokens, too. */
static void a_device_may_bind_its_tokens(void **state)
{
    struct world *w = *state;
    struct holder h = holder_new(w), thief = holder_new(w);
    struct client b = oauth_ada(w);
    device_client(w, TV);
    world_pass(w, 100);
    struct answer d = begun(w, "");
    assert_status(answered(&b, &d, "allow"), 200);
    struct answer t = holder_token(&h, poll_form(w, &d, TV));
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "token_type"), "DPoP");
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" TV "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    assert_oauth_error(holder_token(&thief, form), 400, "invalid_grant");
    assert_status(holder_token(&h, form), 200);
}

/* ---- the page ---- */

/* DV-01: the link fills the field; the person sees whose device it is, and presses a button. */
static void the_page_shows_who_asks_and_allows_nothing_by_itself(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    const char *code = answer_text(&d, "user_code");
    struct answer page = client_get(&b, text_printf(w->arena, "/device?user_code=%s", code));
    assert_status(page, 200);
    assert_non_null(strstr(page.body, code));
    page = posted(&b, "/device", code, "");
    assert_status(page, 200);
    assert_non_null(strstr(page.body, "Television"));
    assert_non_null(strstr(page.body, ADA));
    assert_non_null(strstr(page.body, client_new(w).address));
    assert_oauth_error(polled(w, &d), 400, "authorization_pending");
    /* In any case, with anything between the letters. */
    struct text_buffer lower = text_buffer(w->arena);
    for (const char *at = code; *at != '\0'; at++)
        text_addf(&lower, "%c+", *at == '-' ? '.' : *at - 'A' + 'a');
    assert_status(posted(&b, "/device", text_of(&lower), ""), 200);
}

/* DV-01: a sign-in of long ago is confirmed first; nobody answers without signing in, or for
 * somebody else's browser. */
static void only_who_signed_in_lately_answers(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    struct client stranger = browser_new(w);
    struct answer a = client_get(&stranger, "/device");
    assert_status(a, 303);
    assert_string_equal(answer_header(&a, "location"), "/sign-in?then=device");
    const char *csrf = b.csrf;
    b.csrf = "wrong";
    assert_status(answered(&b, &d, "allow"), 403);
    b.csrf = csrf;
    world_pass(w, 301);
    a = answered(&b, &d, "allow");
    assert_status(a, 303);
    assert_string_equal(answer_header(&a, "location"), "/account/confirm?then=device");
    assert_oauth_error(polled(w, &d), 400, "authorization_pending");
}

/* DV-02: five wrong codes, and the next has to wait, be it right. */
static void guesses_are_counted(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    device_client(w, TV);
    struct answer d = begun(w, "");
    for (int i = 0; i < 5; i++)
        assert_status(posted(&b, "/device", i % 2 == 0 ? "BBBB-BBBB" : "x", ""), 422);
    assert_status(posted(&b, "/device", answer_text(&d, "user_code"), ""), 429);
    assert_status(answered(&b, &d, "allow"), 429);
    world_pass(w, 181);
    assert_status(posted(&b, "/device", answer_text(&d, "user_code"), ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_device_gets_tokens_once_its_user_allows_it),
        STORY(whoever_allows_a_device_gets_a_letter),
        STORY(a_device_that_is_refused_is_told),
        STORY(a_code_that_nobody_answers_expires),
        STORY(asking_too_often_costs_time),
        STORY(a_device_code_is_its_clients),
        STORY(a_client_that_is_not_registered_for_it_gets_no_code),
        STORY(a_device_asks_for_no_more_than_its_client_may),
        STORY(who_is_no_member_of_the_clients_tenant_cannot_allow_it),
        STORY(who_has_signed_out_gives_a_device_nothing),
        STORY(a_device_may_bind_its_tokens),
        STORY(the_page_shows_who_asks_and_allows_nothing_by_itself),
        STORY(only_who_signed_in_lately_answers),
        STORY(guesses_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
