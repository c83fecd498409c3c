/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of people who sign in and register.  Whoever signs in reads the same in all of them. */
#include "plants.h"

#include "identity/people.h"
#include "page_story.h"

static struct answer login_as(struct world *w, const char *email, const char *password)
{
    struct client c = client_new(w);
    return story_post(&c, "/auth/login", "{'email':'%s','password':'%s'}", email, password);
}

static struct answer password(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    return login_as(w, ADA, fault);
}

static struct answer address(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    return login_as(w, fault, STORY_PASSWORD);
}

static struct answer disabled(struct world *w, const char *fault)
{
    const char *id = story_person(w, ADA);
    story_does(w, people_set_status(world_ctx(w), id, USER_DISABLED, NULL));
    return login_as(w, fault, STORY_PASSWORD);
}

static struct answer unverified(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    assert_status(story_post(&c, "/auth/register",
                             "{'email':'%s','password':'" STORY_PASSWORD "','full_name':'A'}",
                             fault),
                  201);
    return login_as(w, fault, STORY_PASSWORD);
}

/* As an account that came from another provider has none. */
static struct answer no_password(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    story_does(w, db_run(world_ctx(w), "DELETE FROM credentials", NULL, 0, NULL));
    return login_as(w, fault, STORY_PASSWORD);
}

static struct answer on_the_page(struct world *w, const char *fault)
{
    struct client b = browser_new(w);
    (void)story_person(w, ADA);
    return page_send(&b, "/sign-in", "/sign-in",
                     text_printf(w->arena, "email=" ADA "&password=%s", fault));
}

static struct answer tenant(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    return story_post(&c, "/auth/login",
                      "{'email':'" ADA "','password':'" STORY_PASSWORD "','tenant_id':'%s'}",
                      fault);
}

/* ---- second factors ---- */

static struct answer factor(struct world *w, const char *fault)
{
    (void)story_person(w, ADA);
    struct client b = story_browser(w, ADA, "session");
    const char *secret = story_enrol(&b, NULL);
    struct client c = client_new(w);
    world_pass(w, 30);
    if (fault == NULL)
        return login_as(w, ADA, STORY_PASSWORD);
    const char *code = fault[0] == '\0' ? story_code(w, secret) : fault;
    return story_post(&c, "/auth/login",
                      "{'email':'" ADA "','password':'" STORY_PASSWORD "','mfa_code':'%s'}", code);
}

static struct answer second_step(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    return story_post(&c, "/auth/login", "{'mfa_token':'%s','mfa_code':'123456'}", fault);
}

/* ---- registering, links ---- */

static struct answer registers(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return story_post(&c, "/auth/register", "{'email':'" ADA "','password':'%s','full_name':'A'}",
                      fault);
}

static struct answer link_of_mail(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return story_post(&c, "/auth/verify-email", "{'token':'%s'}", fault);
}

static struct answer reset(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return story_post(&c, "/auth/reset-password", "{'token':'%s','password':'Another-Password-9'}",
                      fault);
}

/* clang-format off */
static const char *const closed[]  = { "AUTH_REGISTRATION=closed", NULL };
static const char *const invited[] = { "AUTH_REGISTRATION=invite", NULL };
static const struct plant rows[] = {
    { RULE_NONE,                password,     STORY_PASSWORD },
    { RULE_PASSWORD,            password,     "Wrong-Password-1" },
    { RULE_ACCOUNT_UNKNOWN,     address,      "eda@example.com" },
    { RULE_ACCOUNT_DISABLED,    disabled,     ADA },
    { RULE_ACCOUNT_UNVERIFIED,  unverified,   ADA },
    { RULE_ACCOUNT_NO_PASSWORD, no_password,  ADA },
    { RULE_NONE,                on_the_page,  STORY_PASSWORD },
    { RULE_PASSWORD,            on_the_page,  "Wrong-Password-1" },
    { RULE_TENANT,              tenant,       "00000000-0000-7000-8000-000000000002" },
    { RULE_NONE,                factor,       "" },
    { RULE_FACTOR_DUE,          factor,       NULL },
    { RULE_FACTOR_CODE,         factor,       "000000" },
    { RULE_SIGN_IN_OVER,        second_step,  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
    { RULE_NONE,                registers,    STORY_PASSWORD },
    { RULE_PASSWORD_POLICY,     registers,    "short" },
    { RULE_REGISTRATION,        registers,    STORY_PASSWORD, closed },
    { RULE_REGISTRATION,        registers,    STORY_PASSWORD, invited },
    { RULE_LINK,                link_of_mail, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
    { RULE_LINK,                reset,        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" },
};
/* clang-format on */

struct plants plants_sign_in(void)
{
    return PLANTS(rows);
}
