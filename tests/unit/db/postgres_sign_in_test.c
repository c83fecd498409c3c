/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db_postgres.h"

#include "postgres_testing.h"

/* A server with a certificate for "localhost" that nobody but itself has signed, and another one
 * that it does not have.  Over TCP it asks for a password, by SCRAM. */
static int set_up_tls(void **state)
{
    if (server_set_up(state) != 0)
        return -1;
    struct server *s = *state;
    server_stop(s, "fast");
    for (int i = 0; i < 2; i++)
        shell(NULL, 0,
              "cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
              " -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2"
              " -keyout %d.key -out %d.crt 2>openssl.log && chmod 600 %d.key &&"
              " chown --reference=data %d.key",
              s->folder, i, i, i, i);
    char settings[256];
    (void)snprintf(settings, sizeof settings, "ssl=on ssl_cert_file=%s/0.crt ssl_key_file=%s/0.key",
                   s->folder, s->folder);
    server_start(s, settings);
    return 0;
}

/* Connects with "USER:PASSWORD@HOST" and libpq's `parameters`; *c is the test's own. */
static err sign_in(struct ctx *c, const struct server *s, const char *who, const char *parameters)
{
    struct database *d = NULL;
    const char *url =
        text_printf(c->arena, "postgres://%s:%d/uauth%s", who, server_port(s), parameters);
    err done = database_open(c, url, DB_SERVER, &d);
    if (done.code == ERR_OK)
        done = db_open(c, d, &c->db);
    static const char sql_is_encrypted[] =
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    struct table t = { 0 };
    if (done.code == ERR_OK)
        done = db_run(c, sql_is_encrypted, NULL, 0, &t);
    if (done.code == ERR_OK)
        assert_int_equal(table_int(&t, 0, 0), strstr(parameters, "sslmode=verify-full") != NULL);
    db_close(c->db);
    c->db = NULL;
    database_close(d);
    return done;
}

/* ... and is refused for a reason that its text tells, without what must not be told. */
static void is_refused(struct ctx *c, err done, const char *why)
{
    assert_int_equal(done.code, ERR_UNAVAILABLE);
    if (strstr(c->fault.text, why) == NULL)
        fail_msg("%s", c->fault.text);
    assert_null(strstr(c->fault.text, "s3cret"));
    assert_null(strstr(c->fault.text, "Secret"));
    fault_clear(c);
}

static const char *verified(struct ctx *c, const struct server *s, int certificate)
{
    return text_printf(c->arena, "?sslmode=verify-full&sslrootcert=%s/%d.crt", s->folder,
                       certificate);
}

static void the_right_password_signs_in(void **state)
{
    struct ctx *c = worker_begin(NULL);
    OK(sign_in(c, *state, "uauth:s3cret%25@127.0.0.1", "?sslmode=disable"));
    worker_end(c);
}

static void a_wrong_password_is_told_and_not_shown(void **state)
{
    struct ctx *c = worker_begin(NULL);
    is_refused(c, sign_in(c, *state, "uauth:WrongSecret@127.0.0.1", ""),
               "password authentication failed");
    is_refused(c, sign_in(c, *state, "uauth@127.0.0.1", ""), "no password");
    is_refused(c, sign_in(c, *state, "nobody:s3cret%25@127.0.0.1", ""),
               "password authentication failed");
    worker_end(c);
}

static void a_server_with_the_certificate_of_its_name_is_taken(void **state)
{
    struct ctx *c = worker_begin(NULL);
    const char *parameters = verified(c, *state, 0);
    OK(sign_in(c, *state, "uauth:s3cret%25@localhost", parameters));
    OK(sign_in(c, *state, "uauth:s3cret%25@localhost",
               text_printf(c->arena, "%s&channel_binding=require", parameters)));
    worker_end(c);
}

/* SR-09 */
static void a_server_that_does_not_prove_its_name_is_refused(void **state)
{
    struct ctx *c = worker_begin(NULL);
    is_refused(c, sign_in(c, *state, "uauth:s3cret%25@127.0.0.1", verified(c, *state, 0)),
               "certificate");
    is_refused(c, sign_in(c, *state, "uauth:s3cret%25@localhost", verified(c, *state, 1)),
               "certificate");
    is_refused(c,
               sign_in(c, *state, "uauth:s3cret%25@localhost",
                       "?sslmode=verify-full&sslrootcert=/none.crt"),
               "root certificate file");
    worker_end(c);
}

/* SR-09: somebody between us and the server cannot talk us out of TLS. */
static void a_server_without_tls_is_refused_where_it_was_asked_for(void **state)
{
    struct server *s = *state;
    struct ctx *c = worker_begin(NULL);
    server_stop(s, "fast");
    server_start(s, "ssl=off");
    is_refused(c, sign_in(c, s, "uauth:s3cret%25@localhost", verified(c, s, 0)),
               "does not support SSL");
    worker_end(c);
}

static void a_database_that_is_not_there_or_not_in_utf8_is_told(void **state)
{
    struct server *s = *state;
    struct ctx *c = worker_begin(NULL);
    struct database *d = NULL;
    char *at = strstr(s->url, "///uauth?");
    const char *rest = at + strlen("///uauth?");
    is_refused(
        c, database_open(c, text_printf(c->arena, "postgres:///nowhere?%s", rest), DB_SERVER, &d),
        "does not exist");
    OK(database_open(c, s->url, DB_SERVER, &d));
    OK(db_open(c, d, &c->db));
    static const char sql_make_latin[] =
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0";
    OK(db_run(c, sql_make_latin, NULL, 0, NULL));
    db_close(c->db);
    database_close(d);
    is_refused(c,
               database_open(c, text_printf(c->arena, "postgres:///latin?%s", rest), DB_SERVER, &d),
               "UTF8");
    c->db = NULL;
    worker_end(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_password_signs_in),
        cmocka_unit_test(a_wrong_password_is_told_and_not_shown),
        cmocka_unit_test(a_server_with_the_certificate_of_its_name_is_taken),
        cmocka_unit_test(a_server_that_does_not_prove_its_name_is_refused),
        cmocka_unit_test(a_server_without_tls_is_refused_where_it_was_asked_for),
        cmocka_unit_test(a_database_that_is_not_there_or_not_in_utf8_is_told),
    };
    return server_is_given() ? cmocka_run_group_tests(tests, set_up_tls, server_tear_down) : 0;
}
