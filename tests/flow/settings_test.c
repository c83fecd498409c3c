/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator may choose, and what of it a caller meets.
 */
#include "story.h"

#include "identity/invitation.h"
#include "store/tenants.h"

static struct answer registers(struct client *c, const char *email, const char *more)
{
    return story_post(c, "/auth/register",
                      "{'email':'%s','password':'" STORY_PASSWORD "','full_name':'Ada'%s}", email,
                      story_json(c->w, "%s", more));
}

static void who_has_no_invitation_stays_out(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_problem(registers(&c, ADA, ""), 403, "registration-closed");
    assert_problem(registers(&c, ADA,
                             ",'invitation':"
                             "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"),
                   400, "invalid-token-link");
    assert_int_equal(world_mails(w), 0);
}

static const char *invite(struct world *w, const char *email)
{
    const struct invitation_row *made = NULL;
    story_does(w, invitation_make(
                      world_ctx(w),
                      &(struct invitation_new){ .tenant_id = TENANT_DEFAULT_ID, .email = email },
                      &made));
    return text_printf(w->arena, ",'invitation':'%s'", world_link_token(w, email));
}

/* AT-12: an invitation is for one address, once, and for a week; it came by mail, so it verifies.
 */
static void an_invitation_opens_the_door_once(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *invitation = invite(w, ADA);
    assert_problem(registers(&c, EVE, invitation), 400, "invalid-token-link");
    struct answer a = registers(&c, ADA, invitation);
    assert_status(a, 201);
    assert_string_equal(answer_text(&a, "email_verified"), "true");
    assert_status(story_login(&c, ADA, ""), 200);
    assert_problem(registers(&c, ADA, invitation), 400, "invalid-token-link");
    invitation = invite(w, BOB);
    world_pass(w, INVITATION_SECONDS);
    assert_problem(registers(&c, BOB, invitation), 400, "invalid-token-link");
}

/* Decision 15: closed is closed, with an invitation too. */
static void closed_is_closed(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_problem(registers(&c, ADA, ""), 403, "registration-closed");
    assert_problem(registers(&c, ADA, invite(w, ADA)), 403, "registration-closed");
}

static void the_password_form_can_be_switched_off(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    struct sent form = { .method = HTTP_POST,
                         .target = "/auth/token",
                         .form = "username=ada%40example.com&password=" STORY_PASSWORD };
    struct answer a = client_send(&c, &form);
    assert_status(a, 400);
    assert_string_equal(answer_text(&a, "error"), "unsupported_grant_type");
    assert_status(story_login(&c, ADA, ""), 200);
}

/* RFC 6749 5.1, 5.2, in FastAPI's form: what it answers, and what it does not take. */
static void the_password_form_is_of_oauth(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    struct sent form = {
        .method = HTTP_POST,
        .target = "/auth/token",
        .form = "grant_type=password&username=ada%40example.com&password=" STORY_PASSWORD
                "&scope=users%3Aread"
    };
    struct answer a = client_send(&c, &form);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "token_type"), "Bearer");
    assert_string_equal(answer_text(&a, "scope"), "users:read");
    assert_string_equal(answer_header(&a, "cache-control"), "no-store");
    form.form = "grant_type=client_credentials&username=a&password=b";
    a = client_send(&c, &form);
    assert_string_equal(answer_text(&a, "error"), "unsupported_grant_type");
    form.form = "username=ada%40example.com&password=Wrong-horse-9";
    a = client_send(&c, &form);
    assert_status(a, 400);
    assert_string_equal(answer_text(&a, "error"), "invalid_grant");
    form.form = "username=ada%40example.com";
    a = client_send(&c, &form);
    assert_status(a, 400);
    assert_string_equal(answer_text(&a, "error"), "invalid_request");
    form.form = "username=ada%40example.com&password=" STORY_PASSWORD "&client_id=another";
    a = client_send(&c, &form);
    assert_status(a, 401);
    assert_string_equal(answer_text(&a, "error"), "invalid_client");
}

/* Decision 15: off, whoever registers signs in, and the link still verifies. */
static void verification_can_be_left_for_later(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = registers(&c, ADA, "");
    assert_status(a, 201);
    (void)story_sign_in(&c, ADA);
    a = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&a, "email_verified"), "false");
    struct client anybody = client_new(w);
    assert_status(
        story_post(&anybody, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, ADA)),
        204);
    /* AT-04: whoever was in before the owner proved themselves is out. */
    assert_problem(client_get(&c, "/auth/me"), 401, "invalid-token");
    (void)story_sign_in(&c, ADA);
    a = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&a, "email_verified"), "true");
}

/* SD-22: origins that are named may call with cookies, no other. */
static void named_origins_may_call(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_OPTIONS,
                         .target = "/auth/login",
                         .headers = { { "origin", "https://app.example.com" },
                                      { "access-control-request-method", "POST" },
                                      { "access-control-request-headers", "content-type" } } };
    struct answer a = client_send(&c, &sent);
    assert_status(a, 204);
    assert_string_equal(answer_header(&a, "access-control-allow-origin"),
                        "https://app.example.com");
    assert_string_equal(answer_header(&a, "access-control-allow-credentials"), "true");
    static const char *const others[] = { "https://evil.example.com", "null",
                                          "https://app.example.com.evil.com",
                                          "http://app.example.com" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        sent.headers[0].value = others[i];
        a = client_send(&c, &sent);
        assert_null(answer_header(&a, "access-control-allow-origin"));
        assert_null(answer_header(&a, "access-control-allow-credentials"));
    }
    struct sent login = { .method = HTTP_POST,
                          .target = "/auth/login",
                          .json = "{}",
                          .headers = { { "origin", "https://app.example.com" },
                                       { "sec-fetch-site", "same-site" } } };
    assert_problem(client_send(&c, &login), 400, "invalid-field");
}

static void issuer_audience_and_algorithm_are_the_operators(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    struct answer claims = story_claims(w, c.token);
    struct answer header = story_header(w, c.token);
    assert_string_equal(answer_text(&claims, "iss"), "https://issuer.example.com");
    assert_string_equal(answer_text(&claims, "aud"), "https://api.example.com");
    assert_string_equal(answer_text(&header, "alg"), "EdDSA");
    assert_string_equal(answer_text(&header, "typ"), "at+jwt");
    assert_status(client_get(&c, "/auth/me"), 200);
}

static void password_rules_are_the_operators(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    assert_problem(story_post(&c, "/auth/register",
                              "{'email':'" ADA "','password':'onlyletters','full_name':'Ada'}"),
                   400, "weak-password");
    assert_problem(story_post(&c, "/auth/register",
                              "{'email':'" ADA "','password':'winter-acme-coat','full_name':'A'}"),
                   400, "weak-password");
    assert_status(story_post(&c, "/auth/register",
                             "{'email':'" ADA "','password':'winter-green-coat','full_name':'A'}"),
                  201);
}

int main(void)
{
    static const char *const by_invitation[] = { "AUTH_REGISTRATION=invite", NULL };
    static const char *const closed[] = { "AUTH_REGISTRATION=closed", NULL };
    static const char *const no_form[] = { "AUTH_PASSWORD_GRANT=off", NULL };
    static const char *const later[] = { "AUTH_REQUIRE_VERIFIED_EMAIL=off", NULL };
    static const char *const origins[] = { "AUTH_ALLOWED_ORIGINS=https://app.example.com", NULL };
    static const char *const names[] = { "AUTH_JWT_ISSUER=https://issuer.example.com",
                                         "AUTH_JWT_AUDIENCE=https://api.example.com",
                                         "AUTH_JWT_ALGORITHM=EdDSA", NULL };
    static const char *const rules[] = { "AUTH_PASSWORD_REQUIRE_UPPERCASE=off",
                                         "AUTH_PASSWORD_REQUIRE_DIGIT=off",
                                         "AUTH_PASSWORD_REQUIRE_SPECIAL=on",
                                         "AUTH_PASSWORD_CONTEXT_WORDS=acme", NULL };
    const struct CMUnitTest tests[] = {
        STORY_WITH(who_has_no_invitation_stays_out, by_invitation),
        STORY_WITH(an_invitation_opens_the_door_once, by_invitation),
        STORY_WITH(closed_is_closed, closed),
        STORY_WITH(the_password_form_can_be_switched_off, no_form),
        STORY(the_password_form_is_of_oauth),
        STORY_WITH(verification_can_be_left_for_later, later),
        STORY_WITH(named_origins_may_call, origins),
        STORY_WITH(issuer_audience_and_algorithm_are_the_operators, names),
        STORY_WITH(password_rules_are_the_operators, rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
