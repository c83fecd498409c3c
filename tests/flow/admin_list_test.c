/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists under /admin: whose they are, how they are searched, and where they go on.
 */
#include "admin_story.h"

#define ACME_ADMIN "admin@acme.example"

static void a_list_goes_page_by_page_and_is_searched(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    struct client c = admin_client_of(w, ACME_ADMIN);
    for (int i = 0; i < 5; i++) {
        world_pass(w, 1);
        (void)admin_person(w, t->id, text_printf(w->arena, "p%d@acme.example", i), NULL);
    }
    size_t seen = 0;
    const char *target = "/admin/users?limit=3";
    for (const char *next = NULL; target != NULL; seen++) {
        struct answer a = client_get(&c, target);
        assert_status(a, 200);
        assert_null(strstr(a.body, "other.example"));
        next = answer_text(&a, "next");
        target = next == NULL ? NULL : text_printf(w->arena, "/admin/users?limit=3&after=%s", next);
    }
    assert_int_equal(seen, 3);
    struct answer found = client_get(&c, "/admin/users?email=p3");
    assert_true(answer_holds(&found, "p3@acme.example"));
    assert_false(answer_holds(&found, "p2@acme.example"));
    found = client_get(&c, "/admin/users?email=P&limit=2");
    assert_true(answer_holds(&found, "p1@acme.example"));
    assert_false(answer_holds(&found, "p2@acme.example"));
    found = client_get(&c, text_printf(w->arena, "/admin/users?email=P&limit=2&after=%s",
                                       answer_text(&found, "next")));
    assert_true(answer_holds(&found, "p3@acme.example"));
    found = client_get(&c, "/admin/users?status=disabled");
    assert_non_null(strstr(found.body, "\"users\":[]"));
    assert_problem(client_get(&c, "/admin/users?status=deleted"), 400, "invalid-field");
    found = client_get(&c, "/admin/users?email=admin@other");
    assert_non_null(strstr(found.body, "\"users\":[]"));
}

/* AZ-10: a cursor is good for the list, the filters and the tenant that it was given out for. */
static void a_cursor_is_good_for_its_list_only(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    struct client c = admin_client_of(w, ACME_ADMIN);
    struct client o = admin_client_of(w, "admin@other.example");
    struct answer a = client_get(&c, "/admin/users?limit=1");
    const char *next = answer_text(&a, "next");
    assert_non_null(next);
    assert_status(client_get(&c, text_printf(w->arena, "/admin/users?after=%s", next)), 200);
    static const char *const others[] = { "/admin/users?email=a&after=%s",
                                          "/admin/users?status=active&after=%s",
                                          "/admin/audit?after=%s", "/admin/clients?after=%s" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct texts parts = text_split(w->arena, others[i], '%');
        const char *target = text_printf(w->arena, "%s%s", parts.at[0], next);
        assert_problem(client_get(&c, target), 400, "invalid-field");
    }
    assert_problem(client_get(&o, text_printf(w->arena, "/admin/users?after=%s", next)), 400,
                   "invalid-field");
    size_t n = strlen(next);
    for (size_t i = 0; i < n; i += 7) {
        char *bent = arena_copy(w->arena, next, n + 1);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        assert_problem(client_get(&c, text_printf(w->arena, "/admin/users?after=%s", bent)), 400,
                       "invalid-field");
    }
}

/* AZ-09: nor is it sorted, or shown, by what a caller names. */
static void a_list_takes_no_order_from_outside(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    static const char *const lists[] = { "/admin/users", "/admin/audit", "/admin/clients" };
    static const char *const queries[] = { "sort=password_hash", "filter=hash",
                                           "fields=hash",        "limit=0",
                                           "limit=201",          "offset=1" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (size_t k = 0; k < sizeof queries / sizeof *queries; k++)
            assert_problem(client_get(&c, text_printf(w->arena, "%s?%s", lists[i], queries[k])),
                           400, "invalid-field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_list_goes_page_by_page_and_is_searched),
        STORY(a_cursor_is_good_for_its_list_only),
        STORY(a_list_takes_no_order_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
