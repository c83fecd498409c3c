/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of endpoints: what is served is what is listed, and each row names what there is.
 */
#include "app/routes.h"
#include "base/config.h"
#include "identity/access.h"
#include "identity/audit.h"
#include "tests/unit/base/testing.h"
#include "web/guard.h"
#include "web/router.h"

/* SU-02: nothing is served that is not on this list; a new endpoint is a change that is seen. */
static void the_endpoints_are_these(void **state)
{
    struct ctx *c = *state;
    struct text_buffer out = text_buffer(c->arena);
    size_t n = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++)
        text_addf(&out, "%-6s %-28s %-8s %s%s%s\n", rows[i].method, rows[i].path,
                  rows[i].guard->name, rows[i].limit, rows[i].permission == NULL ? "" : " ",
                  rows[i].permission == NULL ? "" : rows[i].permission);
    assert_golden(c->arena, "routes.txt", text_of(&out));
}

static bool is_event(const char *text)
{
    size_t n = 0;
    const struct audit_row *rows = audit_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].text, text))
            return true;
    return false;
}

static bool is_permission(const char *text)
{
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].text, text))
            return true;
    return false;
}

static void each_row_names_what_there_is(void **state)
{
    struct ctx *c = *state;
    struct router *router = NULL;
    struct limits limits = { .on = true };
    size_t n = 0;
    const struct route *rows = routes(&n);
    limits.at = limit_classes(&limits.n);
    assert_int_equal(router_new(c, c->arena, rows, n, &router).code, ERR_OK);
    for (size_t i = 0; i < n; i++) {
        assert_non_null(limit_find(&limits, rows[i].limit));
        assert_true(rows[i].event == NULL || is_event(rows[i].event));
        assert_true(rows[i].permission == NULL || is_permission(rows[i].permission));
        assert_false(text_ends(rows[i].summary, "."));
    }
}

/* AU-02: what an administrator changes is an event.  What only looks at something elsewhere changes
 * nothing. */
static void what_an_administrator_changes_names_its_event(void **state)
{
    (void)state;
    size_t n = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++) {
        bool looks = text_equal(rows[i].method, "GET") || text_equal(rows[i].path, "/admin/plan") ||
                     text_equal(rows[i].path, "/admin/providers/{id}/test");
        if (text_starts(rows[i].path, "/admin/") && !looks && rows[i].event == NULL)
            fail_msg("%s %s names no event", rows[i].method, rows[i].path);
    }
}

/* What changes something and is open to everybody is bounded per address, by a class of its own. */
static void what_anybody_may_change_has_a_limit_of_its_own(void **state)
{
    (void)state;
    size_t n = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].guard == &guard_open && text_equal(rows[i].method, "POST"))
            assert_false(text_equal(rows[i].limit, "open") || text_equal(rows[i].limit, LIMIT_ALL));
}

static void each_limit_is_of_a_setting_that_counts(void **state)
{
    (void)state;
    size_t n = 0;
    size_t settings_n = 0;
    const struct limit_class *rows = limit_classes(&n);
    const struct config_row *settings = config_rows(&settings_n);
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t k = 0; k < settings_n; k++)
            found = found || (settings[k].offset == rows[i].setting &&
                              settings[k].kind == CONFIG_INT && settings[k].low >= 1);
        assert_true(found);
        assert_true(rows[i].window >= 1 && rows[i].times >= 1);
    }
}

/* DO-15: whoever ends a session, refreshes or asks for the keys does not stand behind those who
 * sign in; what hashes a password stands nowhere else, and what is read alone needs no queue. */
static void ending_and_refreshing_have_a_lane_of_their_own(void **state)
{
    static const struct {
        const char *method, *path;
        enum route_cost cost;
    } lanes[] = {
        { "POST", "/auth/logout", PLAIN },
        { "POST", "/auth/refresh", PLAIN },
        { "DELETE", "/auth/me/sessions/{sid}", PLAIN },
        { "*", "/auth/verify", PLAIN },
        { "POST", "/auth/login", HASH },
        { "POST", "/auth/token", HASH },
        { "POST", "/auth/register", HASH },
        { "POST", "/auth/reset-password", HASH },
        { "POST", "/auth/me/password", HASH },
        { "GET", "/.well-known/jwks.json", INLINE },
        { "GET", "/healthz", INLINE },
    };
    (void)state;
    size_t n = 0, found = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof lanes / sizeof lanes[0]; k++)
            if (text_equal(rows[i].method, lanes[k].method) &&
                text_equal(rows[i].path, lanes[k].path)) {
                assert_int_equal(rows[i].cost, lanes[k].cost);
                found++;
            }
    assert_int_equal(found, sizeof lanes / sizeof lanes[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_endpoints_are_these),
        TEST(each_row_names_what_there_is),
        TEST(what_an_administrator_changes_names_its_event),
        TEST(what_anybody_may_change_has_a_limit_of_its_own),
        TEST(each_limit_is_of_a_setting_that_counts),
        TEST(ending_and_refreshing_have_a_lane_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
