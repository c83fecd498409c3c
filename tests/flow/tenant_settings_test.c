/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tenant asks for beyond the service, and what its members meet then.
 */
#include "admin_story.h"

#include "identity/tenancy.h"

#include "base/config.h"

#define OLGA "olga@acme.example"

static const char *of(struct world *w, const struct admin_tenant *t, const char *rest)
{
    return text_printf(w->arena, "/admin/tenants/%s%s", t->id, rest);
}

/* Domains of the tenant, which an operator's command sets. */
static void set_domain(struct world *w, const struct admin_tenant *t, const char *domain)
{
    struct ctx *c = world_ctx(w);
    const struct tenant_row *now = NULL;
    enum tenant_outcome how = TENANT_UNKNOWN;
    story_does(w, tenant_find(c, t->id, &now));
    struct tenant_row row = *now;
    row.allowed_domains = text_split(w->arena, domain, ' ');
    story_does(w, tenant_update(c, &row, &how));
    assert_int_equal(how, TENANT_CHANGED);
}

/* ---- the settings ---- */

static void settings_are_changed_one_by_one(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct answer a = admin_settings(w, t, "{'session_idle_minutes':5,'registration':'closed'}");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "settings.session_idle_minutes"), "5");
    assert_string_equal(answer_text(&a, "settings.registration"), "closed");
    assert_null(answer_text(&a, "settings.access_token_minutes"));
    assert_string_equal(answer_text(&a, "effective.session_idle_minutes"), "5");
    assert_string_equal(answer_text(&a, "effective.access_token_minutes"), "15");
    a = admin_settings(w, t, "{'access_token_minutes':3,'registration':null}");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "settings.session_idle_minutes"), "5");
    assert_string_equal(answer_text(&a, "settings.access_token_minutes"), "3");
    assert_null(answer_text(&a, "settings.registration"));
    a = admin_settings(w, t, "{'session_idle_minutes':null}");
    assert_null(answer_text(&a, "settings.session_idle_minutes"));
    assert_string_equal(answer_text(&a, "effective.session_idle_minutes"), "60");
    /* What else is changed leaves them. */
    struct client c = admin_client_of(w, t->admin_email);
    assert_status(
        admin_change(&c, HTTP_PUT, of(w, t, ""), story_json(w, "{'slug':'acme','name':'New'}")),
        200);
    a = client_get(&c, of(w, t, "/settings"));
    assert_string_equal(answer_text(&a, "settings.access_token_minutes"), "3");
}

/* TN-02: also nobody of another tenant, and nobody who has not read what they change. */
static void settings_are_changed_by_who_may(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client o = admin_client_of(w, other->admin_email);
    struct client m = admin_client_of(w, t->member_email);
    const char *path = of(w, t, "/settings");
    const char *json = "{\"session_idle_minutes\":5}";
    struct answer seen = client_get(&c, path);
    const char *etag = answer_header(&seen, "etag");
    assert_problem(admin_send(&c, HTTP_PATCH, path, json, "x-none", "-"), 428,
                   "precondition-required");
    assert_problem(client_get(&o, path), 404, "not-found");
    assert_problem(admin_send(&o, HTTP_PATCH, path, json, "if-match", etag), 404, "not-found");
    assert_problem(client_get(&m, path), 403, "insufficient-scope");
    assert_problem(admin_send(&m, HTTP_PATCH, path, json, "if-match", etag), 403,
                   "insufficient-scope");
    assert_status(admin_send(&c, HTTP_PATCH, path, json, "if-match", etag), 200);
    assert_problem(admin_send(&c, HTTP_PATCH, path, json, "if-match", etag), 412,
                   "precondition-failed");
}

struct refused {
    const char *settings, *field, *words;
};

static void no_setting_is_weaker_than_the_service(void **state)
{
    static const struct refused all[] = {
        { "{'session_idle_minutes':61}", "session_idle_minutes", "The service has 60" },
        { "{'session_absolute_hours':25}", "session_absolute_hours", "The service has 24" },
        { "{'access_token_minutes':16}", "access_token_minutes", "The service has 15" },
        { "{'id_token_minutes':16}", "id_token_minutes", "The service has 15" },
        { "{'refresh_token_days':8}", "refresh_token_days", "The service has 7" },
        { "{'refresh_absolute_days':31}", "refresh_absolute_days", "The service has 30" },
        { "{'password_min_length':11}", "password_min_length", "The service has 12" },
        { "{'password_min_length':101}", "password_min_length", "at most 100" },
        { "{'session_idle_minutes':0}", "session_idle_minutes", "1 to 43200" },
        { "{'registration':'open'}", "registration", "invite, domains or closed" },
        { "{'registration':'domains'}", "registration", "allowed_domains" },
        { "{'jwt_access_expire_minutes':1}", "jwt_access_expire_minutes", "not known" },
    };
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct answer a = admin_settings(w, t, all[i].settings);
        assert_problem(a, 400, "invalid-field");
        assert_non_null(strstr(a.body, all[i].field));
        assert_non_null(strstr(a.body, all[i].words));
    }
    struct client c = admin_client_of(w, t->admin_email);
    struct answer a = client_get(&c, of(w, t, "/settings"));
    assert_null(strstr(a.body, "\"settings\":{\"password_min_length\":1"));
}

/* The service is made stricter after the tenant was. */
static void the_stricter_of_both_holds(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    assert_status(admin_settings(w, t, "{'access_token_minutes':10,'password_min_length':20}"),
                  200);
    w->config->jwt_access_expire_minutes = 4;
    w->config->password_min_length = 22;
    struct client c = client_new(w);
    struct answer a = story_login(&c, t->member_email, "");
    assert_string_equal(answer_text(&a, "expires_in"), "240");
    c = admin_client_of(w, t->admin_email);
    a = client_get(&c, of(w, t, "/settings"));
    assert_string_equal(answer_text(&a, "settings.access_token_minutes"), "10");
    assert_string_equal(answer_text(&a, "effective.access_token_minutes"), "4");
    assert_string_equal(answer_text(&a, "effective.password_min_length"), "22");
}

/* AU-02 */
static void the_audit_tells_what_was_before_and_after(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    assert_status(admin_settings(w, t, "{'password_min_length':20}"), 200);
    assert_status(admin_settings(w, t, "{'password_min_length':21}"), 200);
    struct client c = admin_client_of(w, t->admin_email);
    struct answer a = client_get(&c, "/admin/audit?name=tenant.updated&limit=1");
    assert_status(a, 200);
    assert_non_null(strstr(a.body,
                           "\"changed\":{\"settings\":{\"before\":{\"password_min_length\":20},"
                           "\"after\":{\"password_min_length\":21}}}"));
}

/* ---- passwords ---- */

#define LONG "Correct-horse-7-battery-and-a-staple"

static struct answer changes_password(struct client *c, const char *from, const char *to)
{
    return story_post(c, "/auth/me/password", "{'current_password':'%s','new_password':'%s'}", from,
                      to);
}

/* PR-15: by whichever way one is set; who is at home elsewhere is not asked for it. */
static void a_password_has_the_length_of_its_home(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    bool added = false;
    assert_status(admin_settings(w, t, "{'password_min_length':30}"), 200);
    struct client c = admin_client_of(w, t->member_email);
    struct answer a = changes_password(&c, STORY_PASSWORD, "Another-horse-8-battery");
    assert_problem(a, 400, "weak-password");
    assert_non_null(strstr(a.body, "at least 30 characters"));
    assert_status(changes_password(&c, STORY_PASSWORD, LONG), 204);
    story_does(w, membership_add(world_ctx(w), t->id, other->member, &added));
    struct client guest = admin_client_of(w, other->member_email);
    assert_status(changes_password(&guest, STORY_PASSWORD, "Another-horse-8-battery"), 204);
    struct client nobody = client_new(w);
    world_pass(w, 1); /* mails of one second are sent in any order */
    assert_status(story_post(&nobody, "/auth/forgot-password", "{'email':'%s'}", t->member_email),
                  202);
    const char *token = world_link_token(w, t->member_email);
    assert_problem(story_post(&nobody, "/auth/reset-password", "{'token':'%s','password':'%s'}",
                              token, "Another-horse-8-battery"),
                   400, "weak-password");
    assert_status(story_post(&nobody, "/auth/reset-password", "{'token':'%s','password':'%s'}",
                             token, "Another-" LONG),
                  204);
}

/* ---- who may come in ---- */

static struct answer registers(struct world *w, const char *email, const char *more)
{
    struct client nobody = client_new(w);
    return story_post(&nobody, "/auth/register",
                      "{'email':'%s','full_name':'Olga','password':'" STORY_PASSWORD "'%s%s}",
                      email, more[0] == '\0' ? "" : ",", more);
}

static struct answer invited(struct world *w, const struct admin_tenant *t)
{
    struct client c = admin_client_of(w, t->admin_email);
    return story_post(&c, of(w, t, "/invitations"), "{'email':'" OLGA "'}");
}

static void a_closed_tenant_takes_nobody(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    assert_status(invited(w, t), 201);
    const char *with = text_printf(w->arena, "'invitation':'%s'", world_link_token(w, OLGA));
    assert_status(admin_settings(w, t, "{'registration':'closed'}"), 200);
    assert_problem(invited(w, t), 403, "registration-closed");
    assert_problem(registers(w, OLGA, with), 403, "registration-closed");
    assert_status(admin_settings(w, t, "{'registration':'invite'}"), 200);
    assert_status(registers(w, OLGA, with), 201);
}

/* TN-09: an answer does not tell whether there is such a tenant. */
static void who_has_an_address_of_the_domain_comes_in(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *here = text_printf(w->arena, "'tenant_id':'%s'", t->id);
    set_domain(w, t, "acme.example");
    assert_problem(registers(w, OLGA, here), 403, "registration-closed");
    assert_status(admin_settings(w, t, "{'registration':'domains'}"), 200);
    assert_problem(registers(w, EVE, here), 403, "registration-closed");
    assert_problem(registers(w, "olga@sub.acme.example", here), 403, "registration-closed");
    assert_problem(registers(w, OLGA, "'tenant_id':'00000000-0000-7000-8000-000000000009'"), 403,
                   "registration-closed");
    assert_status(registers(w, OLGA, here), 201);
    struct client c = client_new(w);
    assert_problem(story_login(&c, OLGA, ""), 401, "invalid-credentials");
    assert_status(story_post(&c, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, OLGA)),
                  204);
    (void)story_sign_in(&c, OLGA);
    struct answer me = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), t->id);
    assert_false(answer_holds(&me, "admin"));
    /* Nobody is taken in who names nothing. */
    assert_status(registers(w, "otto@acme.example", ""), 201);
    assert_status(
        client_post(&c, "/auth/verify-email",
                    story_json(w, "{'token':'%s'}", world_link_token(w, "otto@acme.example"))),
        204);
    (void)story_sign_in(&c, "otto@acme.example");
    me = client_get(&c, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), TENANT_DEFAULT_ID);
}

/* TN-07: anybody can write any address; nobody is a tenant's before they have proven theirs. */
static void an_address_is_the_tenants_once_it_is_proven(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *here = text_printf(w->arena, "'tenant_id':'%s'", t->id);
    struct client nobody = client_new(w);
    set_domain(w, t, "acme.example");
    assert_status(admin_settings(w, t, "{'registration':'domains'}"), 200);
    assert_status(registers(w, OLGA, here), 201);
    const char *theirs = world_link_token(w, OLGA);
    struct client c = admin_client_of(w, t->admin_email);
    struct answer a = client_get(&c, "/admin/users");
    assert_false(answer_holds(&a, OLGA));
    assert_null(strstr(client_get(&c, "/admin/audit?name=user.registered").body, "registered"));
    world_pass(w, 1);
    assert_status(registers(w, OLGA, ""), 201);
    const char *own = world_link_token(w, OLGA);
    assert_string_not_equal(own, theirs);
    assert_status(story_post(&nobody, "/auth/verify-email", "{'token':'%s'}", own), 204);
    (void)story_sign_in(&nobody, OLGA);
    a = client_get(&nobody, "/auth/me");
    assert_string_equal(answer_text(&a, "tenant_id"), TENANT_DEFAULT_ID);
    a = client_get(&nobody, "/auth/tenants");
    assert_false(answer_holds(&a, t->id));
    assert_true(answer_holds(&a, "user"));
}

/* What was on its way when the tenant closed leads into none. */
static void a_link_leads_into_no_tenant_that_has_closed(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client nobody = client_new(w);
    set_domain(w, t, "acme.example");
    assert_status(admin_settings(w, t, "{'registration':'domains'}"), 200);
    assert_status(registers(w, OLGA, text_printf(w->arena, "'tenant_id':'%s'", t->id)), 201);
    assert_status(admin_settings(w, t, "{'registration':'invite'}"), 200);
    assert_status(
        story_post(&nobody, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, OLGA)),
        204);
    (void)story_sign_in(&nobody, OLGA);
    struct answer me = client_get(&nobody, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), TENANT_DEFAULT_ID);
}

/* So does one to an address of a domain that is the tenant's no longer, or to a tenant that is
 * suspended: its owner is at home in the default one, and not nowhere. */
static void a_link_leads_where_its_address_still_belongs(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *here = text_printf(w->arena, "'tenant_id':'%s'", t->id);
    static const char otto[] = "otto@other.example";
    set_domain(w, t, "acme.example");
    assert_status(admin_settings(w, t, "{'registration':'domains'}"), 200);
    assert_status(registers(w, OLGA, here), 201);
    set_domain(w, t, "other.example");
    assert_status(registers(w, otto, here), 201);
    struct client nobody = client_new(w);
    assert_status(
        story_post(&nobody, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, OLGA)),
        204);
    (void)story_sign_in(&nobody, OLGA);
    struct answer me = client_get(&nobody, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), TENANT_DEFAULT_ID);
    story_does(w, tenancy_set_status(world_ctx(w), NULL, t->id, TENANT_DISABLED));
    nobody = client_new(w);
    assert_status(
        story_post(&nobody, "/auth/verify-email", "{'token':'%s'}", world_link_token(w, otto)),
        204);
    (void)story_sign_in(&nobody, otto);
    me = client_get(&nobody, "/auth/me");
    assert_string_equal(answer_text(&me, "tenant_id"), TENANT_DEFAULT_ID);
}

static void a_tenant_opens_no_closed_service(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *here = text_printf(w->arena, "'tenant_id':'%s'", t->id);
    set_domain(w, t, "acme.example");
    assert_status(admin_settings(w, t, "{'registration':'domains'}"), 200);
    assert_problem(registers(w, OLGA, here), 403, "registration-closed");
}

static const char *const settings_strict[] = { "AUTH_PASSWORD_MIN_LENGTH=12",
                                               "AUTH_PASSWORD_MAX_LENGTH=100", NULL };
static const char *const settings_closed[] = { "AUTH_REGISTRATION=invite", NULL };
static const char *const settings_unverified[] = { "AUTH_REQUIRE_VERIFIED_EMAIL=off", NULL };

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(settings_are_changed_one_by_one),
        STORY(settings_are_changed_by_who_may),
        STORY_WITH(no_setting_is_weaker_than_the_service, settings_strict),
        STORY(the_stricter_of_both_holds),
        STORY(the_audit_tells_what_was_before_and_after),
        STORY(a_password_has_the_length_of_its_home),
        STORY(a_closed_tenant_takes_nobody),
        STORY(who_has_an_address_of_the_domain_comes_in),
        STORY(an_address_is_the_tenants_once_it_is_proven),
        STORY(a_link_leads_into_no_tenant_that_has_closed),
        STORY(a_link_leads_where_its_address_still_belongs),
        STORY_WITH(a_tenant_opens_no_closed_service, settings_closed),
        STORY_WITH(a_tenant_opens_no_closed_service, settings_unverified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
