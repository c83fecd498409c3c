/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_url.h"

#include "tests/unit/base/testing.h"

static const char *value(struct ctx *c, const char *url, const char *keyword)
{
    struct postgres_url *u = NULL;
    if (postgres_url_read(c, url, &u).code != ERR_OK)
        fail_msg("%s: %s", url, c->fault.text);
    const char *found = postgres_url_value(u, keyword);
    if (found != NULL)
        found = text_copy(c->arena, found, strlen(found));
    postgres_url_free(u);
    return found;
}

/* SR-09: a server elsewhere has to prove its name. */
static void a_server_elsewhere_is_verified(void **state)
{
    const char *const elsewhere[] = {
        "postgres://db.example.com/uauth",
        "postgres://u@10.0.0.7:5433/uauth",
        "postgresql://[2001:db8::1]/uauth",
        "postgres://localhost,db.example.com/uauth",
        "postgres:///uauth?host=127.example.com",
        "postgres:///uauth?host=db.example.com&hostaddr=192.0.2.1",
        "postgres:///uauth?hostaddr=192.0.2.1",
        "postgres:///uauth?service=somewhere",
        "postgres://localhost.example.com/uauth",
    };
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        assert_string_equal(value(*state, elsewhere[i], "sslmode"), "verify-full");
}

static void a_server_of_this_machine_is_not(void **state)
{
    const char *const here[] = {
        "postgres:///uauth?host=/run/postgresql", "postgres://localhost/uauth",
        "postgres://127.0.0.1:5433/uauth",        "postgres://[::1]/uauth",
        "postgres://localhost,127.0.0.2/uauth",   "postgres:///uauth?host=@abstract",
    };
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        assert_null(value(*state, here[i], "sslmode"));
}

/* SR-10: what surrounds the process may say where the server is, but not that it is near. */
static void the_environment_does_not_switch_it_off(void **state)
{
    static const char *const places[] = { "PGHOST=db.example.com", "PGHOSTADDR=192.0.2.1" };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(places[i], "="), places[i]);
        assert_int_equal(setenv(name, strchr(places[i], '=') + 1, 1), 0);
        const char *sslmode = value(*state, "postgres:///uauth", "sslmode");
        assert_int_equal(unsetenv(name), 0);
        assert_string_equal(sslmode, "verify-full");
    }
    assert_int_equal(setenv("PGSSLMODE", "disable", 1), 0);
    const char *sslmode = value(*state, "postgres://db.example.com/uauth", "sslmode");
    assert_int_equal(unsetenv("PGSSLMODE"), 0);
    assert_string_equal(sslmode, "verify-full");
}

static void what_the_url_says_is_what_counts(void **state)
{
    struct ctx *c = *state;
    const char *url = "postgres://ada:s3cret%25@db.example.com:6432/auth?sslmode=require"
                      "&tcp_user_timeout=9000&options=-csearch_path%3Dauth";
    assert_string_equal(value(c, url, "sslmode"), "require");
    assert_string_equal(value(c, url, "tcp_user_timeout"), "9000");
    assert_string_equal(value(c, url, "user"), "ada");
    assert_string_equal(value(c, url, "password"), "s3cret%");
    assert_string_equal(value(c, url, "port"), "6432");
    assert_string_equal(value(c, url, "dbname"), "auth");
    assert_string_equal(value(c, url, "options"), "-csearch_path=auth");
}

static void what_it_does_not_say_bounds_waiting_and_asks_for_a_server_that_writes(void **state)
{
    struct ctx *c = *state;
    const char *url = "postgres:///uauth?host=/run/postgresql&client_encoding=LATIN1";
    assert_string_equal(value(c, url, "client_encoding"), "UTF8");
    assert_string_equal(value(c, url, "target_session_attrs"), "read-write");
    assert_non_null(value(c, url, "tcp_user_timeout"));
    assert_non_null(value(c, url, "keepalives_idle"));
}

/* A URL that is written wrongly may have its password anywhere. */
static void a_url_that_cannot_be_read_is_not_shown(void **state)
{
    struct ctx *c = *state;
    const char *const wrong[] = {
        "postgres://ada:s3cret%@db/uauth",
        "postgres://ada:s3cret@db/uauth?no_such=s3cret",
        "postgres://ada:s3cret@[::1/uauth",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct postgres_url *u = NULL;
        assert_int_equal(postgres_url_read(c, wrong[i], &u).code, ERR_INVALID_FIELD);
        assert_null(strstr(c->fault.say, "s3cret"));
        assert_true(c->fault.text == NULL || strstr(c->fault.text, "s3cret") == NULL);
        assert_non_null(strstr(c->fault.say, "postgres://user:password@host"));
        fault_clear(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_server_elsewhere_is_verified, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_of_this_machine_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_environment_does_not_switch_it_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_url_says_is_what_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_it_does_not_say_bounds_waiting_and_asks_for_a_server_that_writes, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(a_url_that_cannot_be_read_is_not_shown, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
