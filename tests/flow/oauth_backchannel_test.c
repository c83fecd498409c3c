/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever ends a session leaves word for the applications that were signed in to during it: what
 * stands in the outbox afterwards.  How it is delivered is in
 * tests/wire/oauth_backchannel.test.mjs.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "identity/people.h"
#include "store/outbox.h"

#define OTHER  "Another-horse-8-battery"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

static void told_app(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['" APP_CALLBACK "'],"
                       "'grant_types':['authorization_code','refresh_token','" DEVICE "'],"
                       "'backchannel_logout_uri':'https://app.test/told'}");
}

/* Somebody signs in here and with the application; *subject: sid and sub of its ID token. */
static struct client signs_in(struct world *w, const char *changes, const char **subject)
{
    struct client b = story_browser(w, ADA, "session");
    struct answer t = oauth_exchange(w, oauth_code(&b, changes), "");
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "id_token"));
    *subject =
        text_printf(w->arena, "%s %s", answer_text(&claims, "sid"), answer_text(&claims, "sub"));
    return b;
}

/* How many rows tell APP of `subject`, of all that wait. */
static size_t told(struct world *w, const char *subject)
{
    struct ctx *c = world_ctx(w);
    struct outbox_rows rows;
    size_t n = 0;
    story_does(w, outbox_claim(c, 100, 1, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        if (rows.at[i].kind != OUTBOX_BACKCHANNEL)
            continue;
        assert_string_equal(rows.at[i].recipient, APP);
        assert_null(rows.at[i].user_id);
        n += text_equal(rows.at[i].subject, subject) ? 1 : 0;
    }
    world_pass(w, 2);
    return n;
}

/* SS-02, RT-11: by its owner, one session or all; what outlives the session is no exception. */
static void who_signs_out_is_told_of(void **state)
{
    struct world *w = *state;
    const char *one, *other, *offline;
    (void)story_person(w, ADA);
    told_app(w);
    struct client b = signs_in(w, "", &one);
    struct client again = signs_in(w, "", &other);
    (void)signs_in(w, "scope=openid+offline_access", &offline);
    assert_int_equal(told(w, one), 0);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_int_equal(told(w, one), 1);
    assert_int_equal(told(w, other), 0);
    assert_status(client_post(&again, "/auth/logout?all=true", "{}"), 204);
    assert_int_equal(told(w, one), 1);
    assert_int_equal(told(w, other), 1);
    assert_int_equal(told(w, offline), 1);
}

static void a_session_ended_from_elsewhere_is_told_of(void **state)
{
    struct world *w = *state;
    const char *far, *here;
    (void)story_person(w, ADA);
    told_app(w);
    (void)signs_in(w, "", &far);
    struct client b = signs_in(w, "", &here);
    const char *sid = text_copy(w->arena, far, strcspn(far, " "));
    assert_status(client_delete(&b, text_printf(w->arena, "/auth/me/sessions/%s", sid)), 204);
    assert_int_equal(told(w, far), 1);
    assert_int_equal(told(w, here), 0);
}

/* RT-11: with another password the other sessions end. */
static void another_password_is_told_of(void **state)
{
    struct world *w = *state;
    const char *far, *here;
    (void)story_person(w, ADA);
    told_app(w);
    (void)signs_in(w, "", &far);
    struct client b = signs_in(w, "", &here);
    struct answer a =
        client_post(&b, "/auth/me/password",
                    "{\"current_password\":\"" STORY_PASSWORD "\",\"new_password\":\"" OTHER "\"}");
    assert_true(a.status / 100 == 2);
    assert_int_equal(told(w, far), 1);
    assert_int_equal(told(w, here), 0);
}

/* RT-11: by an administrator; and who is erased is told of, too. */
static void what_administrators_end_is_told_of(void **state)
{
    struct world *w = *state;
    const char *subject;
    const char *id = story_person(w, ADA);
    told_app(w);
    (void)signs_in(w, "", &subject);
    story_does(w, people_set_password(world_ctx(w), id, STORY_PASSWORD, false, NULL));
    assert_int_equal(told(w, subject), 1);
    (void)signs_in(w, "", &subject);
    story_does(w, people_set_status(world_ctx(w), id, USER_DISABLED, NULL));
    assert_int_equal(told(w, subject), 1);
    story_does(w, people_set_status(world_ctx(w), id, USER_ACTIVE, NULL));
    (void)signs_in(w, "", &subject);
    story_does(w, people_erase(world_ctx(w), id, NULL));
    assert_int_equal(told(w, subject), 1);
}

/* A device belongs to the session in which its code was typed. */
static void a_device_is_told_of(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    told_app(w);
    struct answer d =
        oauth_post(w, "/oauth2/device_authorization", APP, NULL, "client_id=" APP "&scope=openid");
    assert_status(d, 200);
    struct sent sent = { .method = HTTP_POST, .target = "/device/answer" };
    sent.form = text_printf(w->arena, "csrf_token=%s&user_code=%s&answer=allow", b.csrf,
                            answer_text(&d, "user_code"));
    assert_status(client_send(&b, &sent), 200);
    struct answer t =
        oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena, "grant_type=" DEVICE "&client_id=" APP "&device_code=%s",
                               answer_text(&d, "device_code")));
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "id_token"));
    const char *subject =
        text_printf(w->arena, "%s %s", answer_text(&claims, "sid"), answer_text(&claims, "sub"));
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_int_equal(told(w, subject), 1);
}

/* Who has not asked for it, and who was never signed in to, is told of nothing. */
static void nobody_else_is_told(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    oauth_app(w);
    const char *subject;
    struct client b = signs_in(w, "", &subject);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_int_equal(told(w, subject), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(who_signs_out_is_told_of),    STORY(a_session_ended_from_elsewhere_is_told_of),
        STORY(another_password_is_told_of), STORY(what_administrators_end_is_told_of),
        STORY(a_device_is_told_of),         STORY(nobody_else_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
