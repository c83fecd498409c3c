/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tenants know of addresses that are not theirs alone.
 */
#include "admin_story.h"
#include "page_story.h"

#include "identity/throttle.h"

#define GUEST  "guest@other.example"
#define HELPER "helper@acme.example"

static const char *under(struct world *w, const char *tenant, const char *rest)
{
    return text_printf(w->arena, "/admin/tenants/%s%s", tenant, rest);
}

/* ---- of who is erased ---- */

/* The audit of the tenant, of invitations that are gone. */
static struct answer gone_of(struct client *admin)
{
    struct answer a = client_get(admin, "/admin/audit?name=invitation.withdrawn");
    assert_status(a, 200);
    return a;
}

/* AU-02: what another tenant loses by an erasure its audit tells, but not by whom or from where,
 * which is neither theirs to know nor sealed under a key that is gone. */
static void who_invited_an_erased_address_is_told(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *other = admin_tenant(w, "other");
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct client o = admin_client_of(w, other->admin_email);
    const char *invitations = under(w, t->id, "/invitations");
    const char *guest = admin_person(w, other->id, GUEST, NULL);
    (void)admin_person(w, other->id, EVE, NULL);
    struct answer to_guest = story_post(&c, invitations, "{'email':'" GUEST "'}");
    struct answer to_eve = story_post(&c, invitations, "{'email':'" EVE "'}");
    assert_status(client_delete(&o, text_printf(w->arena, "/admin/users/%s", guest)), 204);
    struct answer told = gone_of(&c);
    assert_true(answer_holds(&told, answer_text(&to_guest, "id")));
    assert_false(answer_holds(&told, answer_text(&to_eve, "id")));
    struct client eve = admin_client_of(w, EVE);
    struct sent erasing = { .method = HTTP_DELETE,
                            .target = "/auth/me",
                            .json = story_json(w, "{'password':'" STORY_PASSWORD "'}") };
    assert_status(client_send(&eve, &erasing), 204);
    told = gone_of(&c);
    assert_true(answer_holds(&told, answer_text(&to_eve, "id")));
    static const char *const not_told[] = { "\"actor_id\":\"", "\"user_id\":\"", "\"address\":\"",
                                            "\"user_agent\":\"" };
    for (size_t i = 0; i < sizeof not_told / sizeof *not_told; i++)
        assert_false(answer_holds(&told, not_told[i]));
    told = gone_of(&o);
    assert_non_null(strstr(told.body, "\"events\":[]"));
    told = client_get(&c, invitations);
    assert_non_null(strstr(told.body, "\"invitations\":[]"));
}

/* ---- of who is made ---- */

static const char *made_by(struct client *admin, const char *email, const char *more)
{
    struct answer a =
        story_post(admin, "/admin/users", "{'email':'%s','full_name':'Somebody'%s}", email, more);
    assert_status(a, 201);
    return answer_text(&a, "email_verified");
}

#define VICTIM "victim@corp.example"
#define KNOWN  ",'password':'" STORY_PASSWORD "'"

/* AT-04, TN-07: a tenant's administrator says of no address that it is its owner's, whatever the
 * domains are that the tenant calls its own; who operates the service does. */
static void a_tenant_vouches_for_no_address(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct client victim = client_new(w);
    const char *target = under(w, t->id, "");
    assert_status(
        admin_change(
            &c, HTTP_PUT, target,
            story_json(w, "{'slug':'acme','name':'A','allowed_domains':['corp.example']}")),
        200);
    assert_string_equal(made_by(&c, VICTIM, KNOWN), "false");
    assert_problem(story_login(&victim, VICTIM, ""), 401, "invalid-credentials");
    world_pass(w, 1);
    /* Its owner registers as if nobody had been there, and the password of before is nobody's. */
    assert_status(story_post(&victim, "/auth/register",
                             "{'email':'" VICTIM "','full_name':'V','password':'Another-horse-8'}"),
                  201);
    assert_status(
        story_post(&victim, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, VICTIM)),
        204);
    assert_problem(story_login(&victim, VICTIM, ""), 401, "invalid-credentials");
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client op = admin_client_of(w, "op@example.com");
    assert_string_equal(made_by(&op, "colleague@corp.example", KNOWN), "true");
    assert_string_equal(made_by(&op, "other@corp.example", ",'unverified':true"), "false");
}

/* ---- of who is invited ---- */

/* Who is invited by two tenants registers by one invitation, and joins the other with the account
 * that they have then, by the link that they got. */
static void who_is_invited_twice_follows_both_links(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client o = admin_client_of(w, other->admin_email);
    struct client b = browser_new(w);
    assert_status(story_post(&c, under(w, t->id, "/invitations"), "{'email':'" GUEST "'}"), 201);
    const char *first = world_link_token(w, GUEST);
    world_pass(w, 1);
    assert_status(story_post(&o, under(w, other->id, "/invitations"), "{'email':'" GUEST "'}"),
                  201);
    const char *second = world_link_token(w, GUEST);
    static const char filled[] =
        "token=%s&full_name=G&email=guest%%40other.example&password=" STORY_PASSWORD;
    const char *page = text_printf(w->arena, "/register?token=%s", first);
    assert_leads(page_send(&b, page, "/register", text_printf(w->arena, filled, first)),
                 "/sign-in?done=registered");
    page = text_printf(w->arena, "/register?token=%s", second);
    const char *join = text_printf(w->arena, "/join?token=%s", second);
    assert_leads(page_send(&b, page, "/register", text_printf(w->arena, filled, second)), join);
    assert_leads(page_send(&b, join, "/join", text_printf(w->arena, "token=%s", second)),
                 "/sign-in?done=joined");
    struct answer a = client_get(&o, "/admin/users");
    assert_true(answer_holds(&a, GUEST));
}

/* PR-10: mails that an administrator causes are counted with those that anybody can cause. */
static void a_tenant_floods_nobody(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *invitations = under(w, t->id, "/invitations");
    for (int i = 0; i < 5; i++)
        assert_status(story_post(&c, invitations, "{'email':'" GUEST "'}"), 201);
    assert_problem(story_post(&c, invitations, "{'email':'" GUEST "'}"), 429, "rate-limited");
    assert_problem(story_post(&c, "/admin/users", "{'email':'" GUEST "','full_name':'Somebody'}"),
                   429, "rate-limited");
    const char *reset = text_printf(w->arena, "/admin/users/%s/send-reset", t->member);
    for (int i = 0; i < 5; i++)
        assert_status(client_post(&c, reset, NULL), 202);
    assert_problem(client_post(&c, reset, NULL), 429, "rate-limited");
    assert_status(story_post(&c, invitations, "{'email':'" EVE "'}"), 201);
}

/* What may be refused, once more often than mails may go to an address in an hour. */
enum { MAILS = 5 };

static void refused_each_time(struct client *c, const char *target, const char *json, int status)
{
    for (int i = 0; i <= MAILS; i++)
        assert_status(json == NULL ? client_post(c, target, NULL)
                                   : story_post(c, target, "%s", json),
                      status);
}

static const char *resetting(struct world *w, const char *user)
{
    return text_printf(w->arena, "/admin/users/%s/send-reset", user);
}

static void assert_allowance_is_whole(struct world *w, const char *email)
{
    for (int i = 0; i < MAILS; i++)
        story_does(w, throttle_take(world_ctx(w), THROTTLE_MAIL, email, NULL));
    err none_left = throttle_take(world_ctx(w), THROTTLE_MAIL, email, NULL);
    assert_int_equal(none_left.code, ERR_RATE_LIMITED);
}

/* PR-10, TN-01: the right comes first, so that nobody is kept from mails by who has none over them,
 * nor told by how much of their allowance is left that they are there. */
static void who_may_not_uses_up_nobodys_allowance(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *other = admin_tenant(w, "other");
    const struct admin_tenant *t = admin_tenant(w, "acme");
    admin_role_add(w, t->id, "helper", "users:write users:list");
    (void)admin_person(w, t->id, HELPER, "helper");
    const char *off = admin_person(w, t->id, EVE, NULL);
    struct client c = admin_client_of(w, t->admin_email);
    struct client helper = admin_client_of(w, HELPER);
    const char *invitations = under(w, t->id, "/invitations");
    /* Of another tenant, of who may more, of who is disabled. */
    refused_each_time(&c, resetting(w, other->member), NULL, 404);
    refused_each_time(&helper, resetting(w, t->admin), NULL, 403);
    assert_status(client_post(&c, text_printf(w->arena, "/admin/users/%s/disable", off), NULL),
                  204);
    refused_each_time(&c, resetting(w, off), NULL, 409);
    /* Whose address has an account; with a role that there is not; who is a member. */
    refused_each_time(
        &c, "/admin/users",
        text_printf(w->arena, "{'email':'%s','full_name':'Somebody'}", other->admin_email), 409);
    refused_each_time(&c, "/admin/users",
                      "{'email':'" GUEST "','full_name':'Somebody','roles':['nonsense']}", 404);
    refused_each_time(&c, invitations, "{'email':'" GUEST "','roles':['nonsense']}", 404);
    refused_each_time(&c, invitations, text_printf(w->arena, "{'email':'%s'}", t->member_email),
                      409);
    assert_allowance_is_whole(w, other->member_email);
    assert_allowance_is_whole(w, t->admin_email);
    assert_allowance_is_whole(w, EVE);
    assert_allowance_is_whole(w, other->admin_email);
    assert_allowance_is_whole(w, GUEST);
    assert_allowance_is_whole(w, t->member_email);
}

int main(void)
{
    static const char *const limited[] = { "AUTH_RATE_LIMIT=on", NULL };
    const struct CMUnitTest tests[] = {
        STORY(who_invited_an_erased_address_is_told),
        STORY(a_tenant_vouches_for_no_address),
        STORY(who_is_invited_twice_follows_both_links),
        STORY_WITH(a_tenant_floods_nobody, limited),
        STORY_WITH(who_may_not_uses_up_nobodys_allowance, limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
