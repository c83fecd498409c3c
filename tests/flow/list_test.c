/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: where they go on, what they can be asked for, and whose they are.
 */
#include "story.h"

static struct answer list_after(struct client *c, const char *after)
{
    return client_get(c, text_printf(c->w->arena, "/auth/me/sessions?limit=2&after=%s", after));
}

/* AZ-10: where a list goes on is a place in it and nothing more; what is none is refused. */
static void a_list_goes_on_where_it_ended_and_nowhere_else(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w), eve = client_new(w);
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    for (int i = 0; i < 3; i++)
        (void)story_sign_in(&c, ADA);
    world_pass(w, 1); /* ids follow the clock */
    (void)story_sign_in(&eve, EVE);
    struct answer first = client_get(&c, "/auth/me/sessions?limit=2");
    const char *next = answer_text(&first, "next");
    assert_non_null(next);
    struct answer second = list_after(&c, next);
    assert_status(second, 200);
    assert_null(answer_text(&second, "next"));
    assert_false(answer_holds(&second, next));
    /* Hers shows her own, whoever's place she names. */
    struct answer hers = list_after(&eve, next);
    assert_status(hers, 200);
    assert_null(strstr(hers.body, next));
    struct answer claims = story_claims(w, eve.token);
    assert_true(answer_holds(&hers, answer_text(&claims, "sid")));
    static const char *const forged[] = {
        "x",
        "0",
        "-1",
        "%27%20OR%201=1--",
        "01900000-0000-7000-8000-00000000000g",
        "01900000-0000-7000-8000-0000000000000",
        "01900000-0000-7000-8000-00000000000",
        "01900000%2D0000-7000-8000-0000000000%00",
        "%2F",
        "01900000x0000-7000-8000-000000000001",
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++)
        assert_status(list_after(&c, forged[i]), 400);
    assert_problem(list_after(&c, "01900000-0000-7000-8000-00000000000g"), 400, "invalid-field");
}

/* AZ-09: a list is neither sorted nor searched by what a caller names, nor shows other fields. */
static void a_list_takes_no_order_from_outside(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    static const char *const queries[] = {
        "sort=secret_hash", "order=desc", "filter=address",  "fields=secret_hash",   "user_id=x",
        "limit=0",          "limit=201",  "limit=1&limit=2", "limit=1;DROP%20TABLE", "include=user",
        "offset=1",
    };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        assert_problem(client_get(&c, text_printf(w->arena, "/auth/me/sessions?%s", queries[i])),
                       400, "invalid-field");
}

/* AU-06: of what is written down about people, one sees what is about oneself. */
static void one_reads_the_events_about_oneself_only(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w), eve = client_new(w);
    const char *ada_id = story_person(w, ADA);
    const char *eve_id = story_person(w, EVE);
    (void)story_sign_in(&c, ADA);
    (void)story_sign_in(&eve, EVE);
    assert_status(story_post(&eve, "/auth/login", "{'email':'" ADA "','password':'wrong'}"), 401);
    struct answer hers = client_get(&eve, "/auth/me/export");
    assert_status(hers, 200);
    assert_true(answer_holds(&hers, "login.succeeded"));
    assert_true(answer_holds(&hers, eve_id));
    assert_null(strstr(hers.body, ada_id));
    assert_null(strstr(hers.body, ADA));
    assert_false(answer_holds(&hers, "login.failed"));
    struct answer his = client_get(&c, "/auth/me/export");
    assert_true(answer_holds(&his, "login.failed"));
    assert_null(strstr(his.body, eve_id));
    assert_null(strstr(his.body, EVE));
    /* There is no other way to them. */
    static const char *const doors[] = { "/auth/events", "/auth/me/events", "/admin/events",
                                         "/auth/audit" };
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++)
        assert_problem(client_get(&c, doors[i]), 404, "not-found");
    assert_problem(client_get(&c, "/admin/audit"), 403, "insufficient-scope");
    his = client_get(&c, text_printf(w->arena, "/auth/me/export?user_id=%s", eve_id));
    assert_null(strstr(his.body, eve_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_list_goes_on_where_it_ended_and_nowhere_else),
        STORY(a_list_takes_no_order_from_outside),
        STORY(one_reads_the_events_about_oneself_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
