/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was there before the owner of an address has proven it (AT-04): made by a tenant that does
 * not own it, or by somebody who registered first.
 */
#include "impersonation_story.h"

#include "identity/people.h"

#define VICTIM "victim@corp.example"
#define OWN    "Another-horse-8"

static const char *in_admin(struct world *w, const char *user, const char *rest)
{
    return text_printf(w->arena, "/admin/users/%s%s", user, rest);
}

/* An account for the victim, with a password that the tenant's administrator knows; its id. */
static const char *made_by_tenant(struct client *admin)
{
    struct answer a =
        story_post(admin, "/admin/users",
                   "{'email':'" VICTIM "','full_name':'Victim','password':'%s'}", STORY_PASSWORD);
    assert_status(a, 201);
    world_pass(admin->w, 1); /* mails of one second are sent in any order */
    return answer_text(&a, "id");
}

static struct answer signs_in_with(struct client *c, const char *password)
{
    return story_post(c, "/auth/login", "{'email':'" VICTIM "','password':'%s'}", password);
}

/* What they see of their account. */
static struct answer sees(struct client *victim)
{
    struct answer a = signs_in_with(victim, OWN);
    assert_status(a, 200);
    victim->token = answer_text(&a, "access_token");
    a = client_get(victim, "/auth/me");
    assert_status(a, 200);
    return a;
}

static void registers(struct client *victim, const char *more)
{
    assert_status(story_post(victim, "/auth/register",
                             "{'email':'" VICTIM "','full_name':'V','password':'" OWN "'%s}", more),
                  201);
}

static void chooses(struct client *victim)
{
    const char *token = world_link_token(victim->w, VICTIM);
    assert_status(
        story_post(victim, "/auth/reset-password", "{'token':'%s','password':'" OWN "'}", token),
        204);
}

/* The link in the mail is one to choose a password, says whose account it is, and no other door
 * opens with it: whoever made the account knows the password of before. */
static void who_is_made_by_a_tenant_chooses_a_password(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct client victim = client_new(w);
    (void)made_by_tenant(&c);
    const struct story_mail *mail = world_mail(w, VICTIM);
    assert_non_null(strstr(mail->text, "/reset-password?token="));
    assert_non_null(strstr(mail->text, "acme"));
    assert_null(strstr(mail->text, "Victim"));
    assert_problem(
        story_post(&victim, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, VICTIM)),
        400, "invalid-token-link");
    chooses(&victim);
    assert_problem(signs_in_with(&victim, STORY_PASSWORD), 401, "invalid-credentials");
    struct answer a = sees(&victim);
    assert_string_equal(answer_text(&a, "email_verified"), "true");
    assert_string_equal(answer_text(&a, "tenant_id"), t->id);
}

static void the_link_that_is_sent_again_is_the_same(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct client victim = client_new(w);
    const char *id = made_by_tenant(&c);
    assert_status(story_post(&victim, "/auth/verify-email/resend", "{'email':'" VICTIM "'}"), 202);
    assert_non_null(strstr(world_mail(w, VICTIM)->text, "/reset-password?token="));
    world_pass(w, 1);
    assert_status(client_post(&c, in_admin(w, id, "/send-reset"), NULL), 202);
    assert_non_null(strstr(world_mail(w, VICTIM)->text, "acme"));
    world_pass(w, 24 * HOURS - 1);
    chooses(&victim);
    assert_status(signs_in_with(&victim, OWN), 200);
}

/* Who registers an address is at home where they do, whoever had made an account of it: a tenant
 * that the owner has never seen has no power over theirs. */
static void a_tenant_keeps_nobody_who_registers(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct client victim = client_new(w);
    const char *id = made_by_tenant(&c);
    registers(&victim, "");
    assert_status(
        story_post(&victim, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, VICTIM)),
        204);
    assert_problem(signs_in_with(&victim, STORY_PASSWORD), 401, "invalid-credentials");
    struct answer a = sees(&victim);
    assert_string_equal(answer_text(&a, "id"), id);
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
    assert_problem(client_get(&c, in_admin(w, id, "")), 404, "not-found");
    assert_problem(client_post(&c, in_admin(w, id, "/disable"), NULL), 404, "not-found");
    assert_problem(story_post(&c, acting_path(w, id), BECAUSE), 404, "not-found");
    struct answer told = client_get(&c, "/admin/audit?name=member.removed");
    assert_true(answer_holds(&told, id));
}

/* The same for who is invited into another tenant. */
static void an_invitation_is_the_home_of_who_was_unproven(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client o = admin_client_of(w, other->admin_email);
    struct client victim = client_new(w);
    const char *id = made_by_tenant(&c);
    assert_status(story_post(&o, text_printf(w->arena, "/admin/tenants/%s/invitations", other->id),
                             "{'email':'" VICTIM "'}"),
                  201);
    registers(&victim, text_printf(w->arena, ",'invitation':'%s'", world_link_token(w, VICTIM)));
    struct answer a = sees(&victim);
    assert_string_equal(answer_text(&a, "tenant_id"), other->id);
    assert_problem(client_get(&c, in_admin(w, id, "")), 404, "not-found");
    assert_status(client_get(&o, in_admin(w, id, "")), 200);
}

/* Where nobody has to verify: what who came first has left ends with the link that an operator
 * sends the owner, the second factor, too, which no other reset ends. */
static void what_came_before_the_proof_is_gone(void **state)
{
    struct world *w = *state;
    struct client thief = client_new(w);
    struct client victim = client_new(w);
    struct answer a =
        story_post(&thief, "/auth/register",
                   "{'email':'" VICTIM "','full_name':'V','password':'" STORY_PASSWORD "'}");
    assert_status(a, 201);
    const char *id = answer_text(&a, "id");
    const char *refresh = story_sign_in(&thief, VICTIM);
    (void)story_enrol(&thief, NULL);
    world_pass(w, 1);
    story_does(w, people_send_link(world_ctx(w), id, NULL));
    chooses(&victim);
    assert_problem(client_get(&thief, "/auth/me"), 401, "invalid-token");
    assert_problem(story_refresh(&thief, refresh), 400, "invalid-grant");
    assert_status(signs_in_with(&victim, OWN), 200);
}

int main(void)
{
    static const char *const later[] = { "AUTH_REQUIRE_VERIFIED_EMAIL=off", NULL };
    const struct CMUnitTest tests[] = {
        STORY(who_is_made_by_a_tenant_chooses_a_password),
        STORY(the_link_that_is_sent_again_is_the_same),
        STORY_WITH(a_tenant_keeps_nobody_who_registers, on),
        STORY(an_invitation_is_the_home_of_who_was_unproven),
        STORY_WITH(what_came_before_the_proof_is_gone, later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
