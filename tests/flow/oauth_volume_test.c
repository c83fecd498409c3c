/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody can leave behind without being anybody: requests that wait, pushed requests, codes
 * that nobody redeems, devices that nobody allows, clients that registered themselves.  Once it has
 * ended it goes, however much it is, and the tables are what they were.
 */
#include "oauth_story.h"

#include "db/db.h"
#include "store/sweep.h"

enum { MANY = SWEEP_MAX + 20, LATER = 45 * DAYS, ROUNDS = 3, SWEEPS_MAX = 40 };

#define TV "tv"

static const char *const settings[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };

/* Tables that they fill, and how many rows each of them leaves. */
static const struct {
    const char *name;
    int64_t rows;
} tables[] = {
    { "authorization_requests", 2 * (int64_t)MANY },
    { "codes", MANY },
    { "authorizations", MANY },
    { "device_codes", MANY },
    { "clients", MANY },
    { "client_registrations", MANY },
    { "client_secrets", MANY },
};
enum { TABLES = sizeof tables / sizeof tables[0] };

static void count(struct world *w, int64_t rows[TABLES])
{
    for (size_t i = 0; i < TABLES; i++) {
        struct ctx *c = world_ctx(w);
        struct table t;
        story_does(w, db_run(c, text_printf(w->arena, "SELECT count(*) FROM %s", tables[i].name),
                             NULL, 0, &t));
        rows[i] = table_int(&t, 0, 0);
    }
}

/* One of each kind. */
static void leave(struct world *w, struct client *ada)
{
    struct client nobody = browser_new(w);
    struct client c = client_new(w);
    assert_status(oauth_authorize(&nobody, ""), 303);
    assert_status(oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, "")), 201);
    (void)oauth_code(ada, "");
    assert_status(oauth_post(w, "/oauth2/device_authorization", TV, NULL, "client_id=" TV), 200);
    assert_status(story_post(&c, "/oauth2/register", "{'redirect_uris':['" APP_CALLBACK "']}"),
                  201);
}

static void sweep_all(struct world *w)
{
    bool more = true;
    for (int i = 0; more; i++) {
        int64_t removed = 0;
        assert_true(i < SWEEPS_MAX);
        story_does(w, sweep(world_ctx(w), &removed, &more));
    }
}

/* DO-09, INV-10 */
static void what_a_crowd_leaves_is_gone_later(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client ada = oauth_ada(w);
    int64_t before[TABLES], full[TABLES], after[TABLES];
    oauth_app(w);
    (void)oauth_client(w, TV,
                       "{'token_endpoint_auth_method':'none',"
                       "'grant_types':['urn:ietf:params:oauth:grant-type:device_code']}");
    count(w, before);
    for (int i = 0; i < MANY; i++)
        leave(w, &ada);
    count(w, full);
    for (int i = 0; i < ROUNDS; i++) {
        world_pass(w, LATER);
        sweep_all(w);
    }
    count(w, after);
    for (size_t i = 0; i < TABLES; i++) {
        if (full[i] != before[i] + tables[i].rows)
            fail_msg("%s: %lld rows", tables[i].name, (long long)full[i]);
        if (after[i] > before[i])
            fail_msg("%s: %lld rows stay", tables[i].name, (long long)(after[i] - before[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(what_a_crowd_leaves_is_gone_later, settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
