/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends it that somebody acts as a user, at the very next call, and what is told of it.
 */
#include "impersonation_story.h"

#include "identity/impersonation.h"
#include "identity/people.h"
#include "identity/tenancy.h"
#include "store/sessions.h"
#include "store/tenant_removal.h"

#define OPERATOR "op@example.com"
#define SUPPORT  "support@acme.example"

/* A member of acme who may act as others, and nothing else. */
static const char *supporter(struct world *w, const struct admin_tenant *t)
{
    admin_role_add(w, t->id, "support", "users:list users:impersonate");
    return admin_person(w, t->id, SUPPORT, "support");
}

static struct client admin_of(struct world *w, const struct admin_tenant *t)
{
    return admin_client_of(w, t->admin_email);
}

/* ---- what ends it ---- */

struct scene {
    const struct admin_tenant *t;
    const char *support;
    struct client own; /* of who acts, by token */
    const char *sid;   /* in which they act */
};

static void signs_out(struct world *w, struct scene *s)
{
    (void)w;
    assert_status(story_post(&s->own, "/auth/logout?all=true", "{}"), 204);
}

static void is_disabled(struct world *w, struct scene *s)
{
    story_does(w, people_set_status(world_ctx(w), s->support, USER_DISABLED, NULL));
}

static void is_erased(struct world *w, struct scene *s)
{
    story_does(w, people_erase(world_ctx(w), s->support, NULL));
}

static void loses_the_role(struct world *w, struct scene *s)
{
    struct client c = admin_of(w, s->t);
    assert_status(
        client_delete(&c, text_printf(w->arena, "/admin/users/%s/roles/support", s->support)), 200);
}

static void the_role_loses_the_right(struct world *w, struct scene *s)
{
    struct client c = admin_of(w, s->t);
    assert_status(admin_change(&c, HTTP_PUT, "/admin/roles/support",
                               story_json(w, "{'permissions':['users:list']}")),
                  200);
}

static void leaves_the_tenant(struct world *w, struct scene *s)
{
    struct client c = admin_of(w, s->t);
    assert_status(client_delete(&c, text_printf(w->arena, "/admin/tenants/%s/members/%s", s->t->id,
                                                s->support)),
                  204);
}

static void the_user_may_more(struct world *w, struct scene *s)
{
    struct client c = admin_of(w, s->t);
    assert_status(
        client_put(&c, text_printf(w->arena, "/admin/users/%s/roles/admin", s->t->member), NULL),
        200);
}

static void the_user_is_disabled(struct world *w, struct scene *s)
{
    story_does(w, people_set_status(world_ctx(w), s->t->member, USER_DISABLED, NULL));
}

static void the_user_ends_it(struct world *w, struct scene *s)
{
    struct client c = admin_client_of(w, s->t->member_email);
    struct answer list = client_get(&c, "/auth/me/sessions");
    assert_true(answer_holds(&list, s->support));
    assert_status(client_delete(&c, text_printf(w->arena, "/auth/me/sessions/%s", s->sid)), 204);
}

static void the_tenant_refuses_it(struct world *w, struct scene *s)
{
    assert_status(admin_settings(w, s->t, "{'impersonation':'refused'}"), 200);
}

static void it_is_turned_off(struct world *w, struct scene *s)
{
    (void)s;
    static const char *const off[] = { "AUTH_IMPERSONATION=off", "AUTH_RATE_LIMIT=off",
                                       "AUTH_CHALLENGE=off", "AUTH_JWT_ALGORITHM=ES256", NULL };
    struct app *next = NULL;
    w->input.environment = off;
    story_does(w, app_load(world_ctx(w), w->node, &w->input, &next));
    app_release(w->app);
    w->app = next;
}

static void its_time_is_over(struct world *w, struct scene *s)
{
    (void)s;
    world_pass(w, IMPERSONATION_SECONDS);
}

static const struct {
    const char *what;
    void (*does)(struct world *w, struct scene *s);
} endings[] = {
    { "who acts signs out", signs_out },
    { "who acts is disabled", is_disabled },
    { "who acts is erased", is_erased },
    { "who acts loses the role", loses_the_role },
    { "the role loses the right", the_role_loses_the_right },
    { "who acts leaves the tenant", leaves_the_tenant },
    { "the user may more", the_user_may_more },
    { "the user is disabled", the_user_is_disabled },
    { "the user ends it", the_user_ends_it },
    { "the tenant refuses it", the_tenant_refuses_it },
    { "its time is over", its_time_is_over },
    { "it is turned off", it_is_turned_off }, /* last: the world stays so */
};

/* SS-09, AZ-07, TX-06: at once, by the token and by the cookie. */
static void what_ends_it(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct admin_tenant *t = admin_tenant(w, text_printf(w->arena, "acme%zu", i));
        const char *email = text_printf(w->arena, "support%zu@acme.example", i);
        struct scene s = { .t = t };
        admin_role_add(w, t->id, "support", "users:list users:impersonate");
        s.support = admin_person(w, t->id, email, "support");
        s.own = admin_client_of(w, email);
        struct client b = story_browser(w, email, "session");
        struct answer begun = story_post(&b, acting_path(w, t->member), BECAUSE);
        assert_status(begun, 201);
        s.sid = answer_text(&begun, "sid");
        struct client by_token = acting(&s.own, t->member);
        assert_status(client_get(&by_token, "/auth/me"), 200);
        assert_status(client_get(&b, "/auth/me"), 200);
        bool one = endings[i].does == the_user_ends_it;
        endings[i].does(w, &s);
        struct answer answers[] = { client_get(&b, "/auth/me"), client_get(&by_token, "/auth/me") };
        if (answers[0].status != 401 || (answers[1].status != 401 && !one))
            fail_msg("%s: %d, %d %s", endings[i].what, answers[0].status, answers[1].status,
                     answers[1].body);
    }
}

/* Nothing renews it, and nothing makes it a recent or a strong sign-in. */
static void nothing_renews_it(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct answer begun;
    struct client b = acting_browser(w, t, &begun);
    static const char confirm[] = "{'password':'" STORY_PASSWORD "'}";
    assert_problem(story_post(&b, "/auth/me/confirm", confirm), 403, "forbidden");
    assert_problem(client_get(&b, "/auth/me/export"), 403, "forbidden");
    for (int i = 0; i < 14; i++) {
        world_pass(w, 60);
        assert_status(client_get(&b, "/auth/me"), 200);
    }
    world_pass(w, 60);
    assert_problem(client_get(&b, "/auth/me"), 401, "invalid-session");
}

/* ---- what is told ---- */

static bool tells(const struct answer *events, const char *member, const char *value)
{
    return strstr(events->body, text_printf(events->w->arena, "\"%s\":\"%s\"", member, value)) !=
           NULL;
}

static int times(const struct answer *answer, const char *text)
{
    int n = 0;
    for (const char *at = strstr(answer->body, text); at != NULL; at = strstr(at + 1, text))
        n++;
    return n;
}

/* AU-02: beginning and end are told once, with both; also of what ends by itself. */
static void the_audit_names_both(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_of(w, t);
    struct client s = acting(&c, t->member);
    struct answer begun = acting_events(w, t, "impersonation.begun");
    assert_true(tells(&begun, "user_id", t->member));
    assert_true(tells(&begun, "actor_id", t->admin));
    assert_true(answer_holds(&begun, "Ticket 4711"));
    story_does(w, impersonations_settle(world_ctx(w)));
    struct answer ended = acting_events(w, t, "impersonation.ended");
    assert_false(answer_holds(&ended, t->member));
    world_pass(w, IMPERSONATION_SECONDS);
    assert_status(client_get(&s, "/auth/me"), 401);
    story_does(w, impersonations_settle(world_ctx(w)));
    story_does(w, impersonations_settle(world_ctx(w)));
    ended = acting_events(w, t, "impersonation.ended");
    assert_true(tells(&ended, "actor_id", t->admin));
    assert_true(answer_holds(&ended, "expired"));
    assert_int_equal(times(&ended, "impersonation.ended"), 1);
    /* What is done meanwhile is the administrator's, too. */
    c = admin_of(w, t);
    s = acting(&c, t->member);
    assert_status(story_post(&s, "/auth/logout", "{}"), 204);
    struct answer out = acting_events(w, t, "logout");
    assert_true(tells(&out, "user_id", t->member));
    assert_true(tells(&out, "actor_id", t->admin));
}

static bool is_told_of(struct world *w, const struct answer *begun)
{
    struct client op = admin_client_of(w, OPERATOR);
    struct answer ended = client_get(&op, "/admin/audit?name=impersonation.ended");
    assert_status(ended, 200);
    return tells(&ended, "session_id", answer_text(begun, "sid"));
}

/* AU-02: also where the sessions are removed before the job has seen them. */
static void what_is_removed_has_ended(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    const char *guest = admin_person(w, t->id, "guest@acme.example", NULL);
    struct client c = admin_of(w, t);
    struct client o = admin_of(w, other);
    (void)admin_person(w, TENANT_DEFAULT_ID, OPERATOR, "admin");
    struct answer as_guest = story_post(&c, acting_path(w, guest), BECAUSE);
    struct answer as_member = story_post(&c, acting_path(w, t->member), BECAUSE);
    struct answer elsewhere = story_post(&o, acting_path(w, other->member), BECAUSE);
    story_does(w, people_erase(world_ctx(w), guest, NULL));
    assert_true(is_told_of(w, &as_guest));
    assert_false(is_told_of(w, &as_member));
    story_does(w, tenancy_set_status(world_ctx(w), NULL, t->id, TENANT_DISABLED));
    story_does(w, tenancy_delete(world_ctx(w), NULL, t->id));
    assert_true(is_told_of(w, &as_member));
    bool more = true;
    while (more)
        story_does(w, tenant_removal_step(world_ctx(w), &more));
    story_does(w, impersonations_settle(world_ctx(w)));
    assert_true(is_told_of(w, &as_member));
    assert_false(is_told_of(w, &elsewhere));
}

/* Who lost the right has ended for everybody else, too: by the job, that all may read of it. */
static void who_lost_the_right_is_revoked(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct scene s = { .t = t, .support = supporter(w, t) };
    enum session_state now = SESSION_UNKNOWN;
    const struct session_row *row = NULL;
    s.own = admin_client_of(w, SUPPORT);
    struct answer begun = story_post(&s.own, acting_path(w, t->member), BECAUSE);
    loses_the_role(w, &s);
    story_does(w, impersonations_settle(world_ctx(w)));
    story_does(w, session_find_id(world_ctx(w), answer_text(&begun, "sid"), &now, &row));
    assert_int_equal(now, SESSION_ENDED);
    struct answer ended = acting_events(w, t, "impersonation.ended");
    assert_true(answer_holds(&ended, "not_allowed"));
}

/* AU-10: the user is told who, unless the operator wants it otherwise. */
static void the_user_is_told(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_of(w, t);
    (void)acting(&c, t->member);
    const struct story_mail *mail = world_mail(w, t->member_email);
    assert_non_null(mail);
    assert_string_equal(mail->subject, "An administrator is acting as you");
}

static const char *const silent[] = { "AUTH_IMPERSONATION=on", "AUTH_IMPERSONATION_NOTICE=off",
                                      NULL };

static void the_user_is_not_told(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_of(w, t);
    (void)acting(&c, t->member);
    assert_null(world_mail(w, t->member_email));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(what_ends_it, on),
        STORY_WITH(nothing_renews_it, on),
        STORY_WITH(the_audit_names_both, on),
        STORY_WITH(who_lost_the_right_is_revoked, on),
        STORY_WITH(the_user_is_told, on),
        STORY_WITH(the_user_is_not_told, silent),
        STORY_WITH(what_is_removed_has_ended, on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
