/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a realm file may say, and where its secrets are.
 */
#include "realm_story.h"

#define SECRET       "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

/* Whether the file is refused as INVALID_FIELD at `field`. */
static void refuses(struct world *w, const char *json, const char *field)
{
    const struct realm *realm = NULL;
    struct ctx *c = world_ctx(w);
    err done = realm_read(c, bytes_of(story_json(w, "%s", json)), &realm);
    assert_int_equal(done.code, ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, field);
}

/* ---- secrets ---- */

static const char with_secret[] =
    "{'clients':[{'client_id':'worker','secret':{'env':'REALM_TEST_SECRET'},"
    "'metadata':{'grant_types':['client_credentials'],'scope':'jobs:run'}}]}";

static void a_secret_is_referred_to(void **state)
{
    struct world *w = *state;
    (void)unsetenv("REALM_TEST_SECRET");
    refuses(w, with_secret, "clients[0].secret.env");
    (void)setenv("REALM_TEST_SECRET", SECRET, 1);
    struct realm_outcome out = realm_story_apply(w, with_secret);
    assert_int_equal(out.changes_n, 1);
    assert_null(out.changes[0].secret);
    assert_true(realm_story_works(w, SECRET));
    assert_int_equal(realm_story_apply(w, with_secret).changes_n, 0);
    /* The one before works for a day more. */
    (void)setenv("REALM_TEST_SECRET", OTHER_SECRET, 1);
    out = realm_story_apply(w, with_secret);
    assert_int_equal(out.changes_n, 1);
    assert_string_equal(out.changes[0].differences[0].name, "secret");
    assert_true(realm_story_works(w, OTHER_SECRET));
    assert_true(realm_story_works(w, SECRET));
    world_pass(w, DAYS + 1);
    assert_false(realm_story_works(w, SECRET));
    assert_int_equal(realm_story_apply(w, with_secret).changes_n, 0);
    assert_null(strstr(realm_story_export(w, false), OTHER_SECRET));
}

/* Only a hash is kept of it, which is no place for what can be guessed. */
static void a_short_secret_is_refused(void **state)
{
    struct world *w = *state;
    struct realm_outcome out;
    (void)setenv("REALM_TEST_SECRET", "hunter2", 1);
    assert_int_equal(realm_story_order(w, with_secret, (struct realm_order){ 0 }, &out).code,
                     ERR_INVALID_FIELD);
    assert_false(realm_story_has_client(w, "worker"));
}

static void the_secret_of_a_provider_is_compared(void **state)
{
    struct world *w = *state;
    static const char file[] =
        "{'providers':[{'id':'work','kind':'openid','secret':{'env':'REALM_TEST_SECRET'},"
        "'metadata':{'issuer':'https://idp.example.com','client_id':'us'}}]}";
    (void)setenv("REALM_TEST_SECRET", SECRET, 1);
    assert_int_equal(realm_story_apply(w, file).changes_n, 1);
    assert_int_equal(realm_story_apply(w, file).changes_n, 0);
    (void)setenv("REALM_TEST_SECRET", OTHER_SECRET, 1);
    assert_int_equal(realm_story_apply(w, file).changes_n, 1);
    assert_int_equal(realm_story_apply(w, file).changes_n, 0);
}

/* ---- who has named URLs ---- */

#define WORK(members)                                                                              \
    "{'providers':[{'id':'work','kind':'openid'," members                                          \
    "'metadata':{'client_id':'us','token_endpoint_auth_method':'none','issuer':"
#define INSIDE "'http://127.0.0.1:9000'}}]}"
#define PUBLIC "'https://idp.example'}}]}"

static bool exports(struct world *w, const char *member)
{
    return strstr(realm_story_export(w, false), member) != NULL;
}

#define MACHINE "\"urls_named_by\": \"machine\""
#define API     "\"urls_named_by\": \"api\""

/* SR-02, C14: what a file says of it is true where it is applied on the machine. */
static void an_export_says_who_has_named_urls(void **state)
{
    struct world *w = *state;
    struct realm_outcome out;
    (void)realm_story_apply(w, WORK("") INSIDE);
    assert_true(exports(w, MACHINE));
    assert_int_equal(realm_story_apply(w, WORK("") INSIDE).changes_n, 0);
    err done = realm_story_order(w, WORK("'urls_named_by':'api',") INSIDE,
                                 (struct realm_order){ 0 }, &out);
    assert_int_equal(done.code, ERR_INVALID_FIELD);
    out = realm_story_apply(w, WORK("'urls_named_by':'api',") PUBLIC);
    assert_int_equal(out.changes_n, 1);
    assert_true(exports(w, API));
    /* A file that does not say it vouches for nothing; one that says it does. */
    (void)realm_story_apply(w, WORK("") "'https://other.example'}}]}");
    assert_true(exports(w, API));
    const char *file = realm_story_export(w, false);
    (void)realm_story_apply(w, WORK("'urls_named_by':'machine',") INSIDE);
    assert_true(exports(w, MACHINE));
    (void)realm_story_apply(w, file);
    assert_string_equal(realm_story_export(w, false), file);
    refuses(w, WORK("'urls_named_by':'me',") PUBLIC, "providers[0].urls_named_by");
}

/* SR-02, C14: what is sent makes nothing the machine's that is not. */
static void a_file_that_is_sent_makes_no_url_the_machines(void **state)
{
    struct world *w = *state;
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client op = admin_client_of(w, "op@example.com");
    struct answer a = story_post(&op, "/admin/apply", WORK("'urls_named_by':'machine',") PUBLIC);
    assert_status(a, 400);
    assert_non_null(strstr(a.body, "provider work: urls_named_by"));
    assert_status(story_post(&op, "/admin/apply", WORK("") PUBLIC), 200);
    assert_true(exports(w, API));
    assert_status(story_post(&op, "/admin/apply", WORK("'urls_named_by':'machine',") PUBLIC), 400);
    (void)realm_story_apply(w, WORK("'urls_named_by':'machine',") PUBLIC);
    /* What is so may be said, as long as the URLs are those. */
    assert_status(
        story_post(&op, "/admin/apply", WORK("'urls_named_by':'machine','name':'Work',") PUBLIC),
        200);
    assert_true(exports(w, MACHINE));
    a = story_post(&op, "/admin/apply",
                   WORK("'urls_named_by':'machine',") "'https://evil.example'}}]}");
    assert_status(a, 400);
    assert_status(story_post(&op, "/admin/apply", WORK("'urls_named_by':'api',") PUBLIC), 200);
    assert_true(exports(w, API));
}

/* ---- a file that is wrong ---- */

static void mistakes_are_named_by_their_place(void **state)
{
    struct world *w = *state;
    refuses(w, "{'tennants':[]}", "tennants");
    refuses(w, "{'tenants':{}}", "tenants");
    refuses(w, "{'tenants':[{'name':'x'}]}", "tenants[0].slug");
    refuses(w, "{'tenants':[{'slug':'a'},{'slug':'b','colour':'red'}]}", "tenants[1].colour");
    refuses(w, "{'tenants':[{'slug':'a','status':'asleep'}]}", "tenants[0].status");
    refuses(w, "{'roles':[{'name':'a'},{'name':'b'},{'name':'a'}]}", "roles[2]");
    refuses(w, "{'clients':[{'client_id':'a','metadata':{'redirect_uri':'https://x.example'}}]}",
            "clients[0].metadata.redirect_uri");
    refuses(w,
            "{'clients':[{'client_id':'a','secret':{},'metadata':{'grant_types':["
            "'client_credentials']}}]}",
            "clients[0].secret");
    refuses(w, "{'scenarios':[{'expect':200}]}", "scenarios[0].route");
    /* IN-05: what a plan prints moves no cursor. */
    refuses(w, "{'scenarios':[{'name':'\\u001b[2J','expect':200,'route':'/'}]}",
            "scenarios[0].name");
    refuses(w, "{'tenants':[{'slug':'a','name':'\\u202egnp'}]}", "tenants[0].name");
    refuses(w, "{'scenarios':[{'expect':7,'route':'/'}]}", "scenarios[0].expect");
}

/* IN-17: not what another parser makes of it. */
static void what_is_not_json_is_refused(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = { "",
                                       "[]",
                                       "{",
                                       "{'roles':[]",
                                       "{'roles':[],'roles':[]}",
                                       "{'roles':[]} x",
                                       "{'roles':[{'name':'a','name':'b'}]}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct realm *realm = NULL;
        const char *json = story_json(w, "%s", bad[i]);
        assert_int_equal(realm_read(world_ctx(w), bytes_of(json), &realm).code, ERR_INVALID_JSON);
    }
}

static void many_things_fit_into_a_file(void **state)
{
    struct world *w = *state;
    enum { MANY = 600 };
    struct text_buffer file = text_buffer(w->arena);
    text_add(&file, "{'roles':[");
    for (int i = 0; i < MANY; i++)
        text_addf(&file, "%s{'name':'r%d','permissions':['a:b','a:c','a:d','a:e']}",
                  i == 0 ? "" : ",", i);
    text_add(&file, "]}");
    const struct realm *realm = realm_story_read(w, text_of(&file));
    assert_non_null(realm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_secret_is_referred_to),
        STORY(a_short_secret_is_refused),
        STORY(the_secret_of_a_provider_is_compared),
        STORY(an_export_says_who_has_named_urls),
        STORY(a_file_that_is_sent_makes_no_url_the_machines),
        STORY(mistakes_are_named_by_their_place),
        STORY(what_is_not_json_is_refused),
        STORY(many_things_fit_into_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
