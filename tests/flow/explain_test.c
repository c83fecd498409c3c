/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule of base/rules.def, planted as the one fault of a request that works without it; and
 * what is told of a refusal, and to whom.
 */
#include "plants.h"

#include "identity/people.h"
#include "web/door.h"
#include "web/refusals.h"

static struct plants (*const all[])(void) = {
    plants_admin, plants_authorize, plants_client, plants_registration,
    plants_grant, plants_bearer,    plants_door,   plants_sign_in,
};
enum { ALL = sizeof all / sizeof all[0] };

/* What is kept of the request that `answer` is for; false: nothing. */
static bool kept_of(const struct answer *answer, struct refusal *out)
{
    const char *id = answer_header(answer, "x-request-id");
    assert_non_null(id);
    return refusals_find(answer->w->app->door->refusals, id, out);
}

static const char *name_of(enum rule rule)
{
    return rule == RULE_NONE ? "(none)" : rule_row(rule)->slug;
}

/* Makes one, and says whether the rule that was broken is the one that is named. */
static bool is_named(const struct plant *plant)
{
    void *state = (void *)(uintptr_t)plant->settings;
    (void)world_set_up(&state);
    struct world *w = state;
    struct refusal kept = { 0 };
    struct answer a = plant->make(w, plant->fault);
    bool refused = kept_of(&a, &kept);
    bool right = kept.rule == plant->rule && refused == (plant->rule != RULE_NONE);
    if (plant->rule == RULE_NONE && a.status >= 400)
        right = false;
    if (!right)
        print_error("%s: \"%s\" is explained as %s (%s, expected %s, got %s); %d %s\n",
                    name_of(plant->rule), plant->fault, name_of(kept.rule), kept.why, kept.expected,
                    kept.got, a.status, a.body);
    (void)world_tear_down(&state);
    return right;
}

static void the_cause_that_was_planted_is_the_one_that_is_named(void **state)
{
    (void)state;
    size_t n = 0, wrong = 0;
    for (size_t i = 0; i < ALL; i++) {
        const struct plants plants = all[i]();
        for (size_t k = 0; k < plants.n; k++, n++)
            wrong += !is_named(&plants.at[k]);
    }
    assert_int_equal(wrong, 0);
    assert_true(n >= 60);
}

/* Those of providers, which tests/wire/federation_explain.test.mjs breaks. */
static const enum rule by_wire[] = {
    RULE_PROVIDER_ATTEMPT, RULE_PROVIDER_ANSWER,   RULE_PROVIDER_RECHECK, RULE_PROVIDER_TENANT,
    RULE_PROVIDER_GUEST,   RULE_PROVIDER_UNLINKED, RULE_PROVIDER_EMAIL,   RULE_PROVIDER_LOGOUT,
};

/* A rule that nobody can break is a dead one. */
static void each_rule_is_planted(void **state)
{
    (void)state;
    bool planted[RULE_ROWS] = { false };
    size_t missing = 0;
    for (size_t i = 0; i < sizeof by_wire / sizeof by_wire[0]; i++)
        planted[by_wire[i]] = true;
    for (size_t i = 0; i < ALL; i++) {
        const struct plants plants = all[i]();
        for (size_t k = 0; k < plants.n; k++)
            planted[plants.at[k].rule] = true;
    }
    for (unsigned rule = RULE_NONE + 1; rule < RULE_ROWS; rule++) {
        if (planted[rule])
            continue;
        print_error("%s is planted nowhere\n", rule_row((enum rule)rule)->slug);
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* ---- who is told ---- */

static const char *id_of(struct answer a)
{
    const char *id = answer_header(&a, "x-request-id");
    assert_non_null(id);
    return id;
}

static struct client administrator(struct world *w)
{
    struct client c = client_new(w);
    const char *id = story_person(w, EVE);
    story_does(w, people_give_role(world_ctx(w), id, "admin", NULL));
    (void)story_sign_in(&c, EVE);
    return c;
}

static struct answer explained(struct client *c, const char *id)
{
    return client_get(c, text_printf(c->w->arena, "/admin/explain/%s", id));
}

static void an_administrator_reads_rule_values_and_fix(void **state)
{
    struct world *w = *state;
    struct client admin = administrator(w), b = oauth_ada(w);
    oauth_app(w);
    const char *id =
        id_of(oauth_authorize(&b, "redirect_uri=https%3A%2F%2Fapp.test%2Fcb%2F%3Ftoken%3Dsecret"));
    struct answer a = explained(&admin, id);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "request_id"), id);
    assert_string_equal(answer_text(&a, "rule"), "redirect-uri");
    assert_string_equal(answer_text(&a, "clause"), "RFC 9700 2.1, 4.1.3");
    assert_string_equal(answer_text(&a, "route"), "/oauth2/authorize");
    assert_string_equal(answer_text(&a, "status"), "400");
    assert_string_equal(answer_text(&a, "error"), "invalid-request");
    assert_string_equal(answer_text(&a, "client_id"), APP);
    assert_string_equal(answer_text(&a, "expected"), APP_CALLBACK);
    assert_string_equal(answer_text(&a, "got"), APP_CALLBACK "/?... (the path differs)");
    assert_non_null(strstr(answer_text(&a, "fix"), "uauth client update app --redirect-uri URI"));
    assert_string_equal(answer_text(&a, "config_version"), answer_text(&a, "config_now"));
}

static void nobody_else_is_told(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client admin = administrator(w), ada = client_new(w), nobody = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&ada, ADA);
    const char *id = id_of(client_get(&nobody, "/auth/nothing"));
    assert_status(explained(&admin, id), 200);
    assert_status(explained(&ada, id), 403);
    assert_status(explained(&nobody, id), 401);
    assert_problem(explained(&admin, "01M86Y1M4RHVYH686TQFYNCD4T"), 404, "not-found");
    /* What was answered well is no refusal. */
    assert_status(explained(&admin, id_of(client_get(&ada, "/auth/me"))), 404);
}

/* EN-01, MF-14: the rules differ, and nothing else does. */
static void a_sign_in_reads_the_same_whatever_the_rule_is(void **state)
{
    struct world *w = *state;
    struct client admin = administrator(w), c = client_new(w);
    (void)story_person(w, ADA);
    struct answer wrong = story_post(&c, "/auth/login", "{'email':'" ADA "','password':'x'}");
    struct answer unknown = story_post(&c, "/auth/login", "{'email':'" BOB "','password':'x'}");
    const char *ids[] = { id_of(wrong), id_of(unknown) };
    struct answer told[] = { explained(&admin, ids[0]), explained(&admin, ids[1]) };
    assert_string_equal(answer_text(&told[0], "rule"), "password");
    assert_string_equal(answer_text(&told[1], "rule"), "account-unknown");
    assert_int_equal(wrong.headers_n, unknown.headers_n);
    assert_int_equal(strlen(wrong.body), strlen(unknown.body));
    assert_null(strstr(told[1].body, BOB));
    assert_null(strstr(told[0].body, ADA));
}

/* INV-2, C14: what came with a refused request is not in what is kept of it. */
static void no_secret_is_kept(void **state)
{
    struct world *w = *state;
    struct refusal kept;
    size_t n = 0;
    static const char canary[] = "canary-dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gF";
    struct client c = client_new(w);
    oauth_app(w);
    const char *forms[] = {
        "grant_type=authorization_code&client_id=" APP "&code=%s",
        "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
        "grant_type=password&client_id=" APP "&password=%s",
        "grant_type=client_credentials&client_id=" APP "&client_secret=%s",
        "grant_type=authorization_code&client_id=" APP "&client_assertion=%s",
    };
    for (; n < sizeof forms / sizeof forms[0]; n++) {
        const char *before = text_copy(w->arena, forms[n], strlen(forms[n]) - 2);
        struct answer a = oauth_post(w, "/oauth2/token", APP, NULL,
                                     text_printf(w->arena, "%s%s", before, canary));
        assert_true(a.status >= 400 && kept_of(&a, &kept));
        assert_null(memmem(&kept, sizeof kept, canary, strlen(canary)));
    }
    c.token = canary;
    struct answer a = client_get(&c, "/auth/me");
    assert_true(kept_of(&a, &kept));
    assert_null(memmem(&kept, sizeof kept, canary, strlen(canary)));
}

/* DO-09: whoever is refused without end pushes out what was refused in their own shard alone. */
static void a_flood_of_one_address_leaves_the_others(void **state)
{
    struct world *w = *state;
    struct client flood = client_new(w), c = client_new(w);
    struct refusal kept;
    const char *ids[32];
    size_t left = 0;
    flood.address = "203.0.113.9";
    for (size_t i = 0; i < 32; i++) {
        c.address = text_printf(w->arena, "198.51.100.%zu", i);
        ids[i] = id_of(client_get(&c, "/auth/nothing"));
    }
    const char *first = id_of(client_get(&flood, "/auth/nothing"));
    for (int i = 0; i < 2000; i++)
        (void)client_get(&flood, "/auth/nothing");
    for (size_t i = 0; i < 32; i++)
        left += refusals_find(w->app->door->refusals, ids[i], &kept);
    assert_true(left >= 24);
    assert_false(refusals_find(w->app->door->refusals, first, &kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_that_was_planted_is_the_one_that_is_named),
        cmocka_unit_test(each_rule_is_planted),
        STORY(an_administrator_reads_rule_values_and_fix),
        STORY(nobody_else_is_told),
        STORY(a_sign_in_reads_the_same_whatever_the_rule_is),
        STORY(no_secret_is_kept),
        STORY(a_flood_of_one_address_leaves_the_others),
    };
    return cmocka_run_group_tests(tests, plants_begin, plants_end);
}
