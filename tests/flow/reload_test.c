/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings change while the service runs: swapped under load, refused where they are wrong, and
 * taken up by jobs and requests alike.
 */
#include "world.h"

#include "app/jobs.h"
#include "base/random.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* A context of its own for the thread of the test, beside the server's. */
static struct app *load(struct world *w, err *done)
{
    struct app *app = NULL;
    struct ctx *c = world_ctx(w);
    *done = app_load(c, w->node, &w->input, &app);
    return done->code == ERR_OK ? app : NULL;
}

static void use_settings(struct world *w, const char *const *settings)
{
    w->input.environment = settings;
}

/* ---- without a server ---- */

static void new_settings_hold_for_new_requests(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    err done;
    static const char *const closed[] = { "AUTH_REGISTRATION=closed", "AUTH_LOG_LEVEL=error",
                                          "AUTH_RATE_LIMIT=off", NULL };
    use_settings(w, closed);
    struct app *next = load(w, &done);
    assert_non_null(next);
    app_release(w->app);
    w->app = next;
    assert_problem(client_post(&c, "/auth/register",
                               "{\"email\":\"ada@example.com\",\"password\":\"" STORY_PASSWORD
                               "\",\"full_name\":\"Ada\"}"),
                   403, "registration-closed");
}

/* what is wrong is refused, with its reason, and the old settings serve on. */
static void wrong_settings_are_refused_and_the_old_stay(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    err done;
    static const char *const wrong[] = { "AUTH_WORKERZ=4", NULL };
    static const char *const bad_proxy[] = { "AUTH_TRUSTED_PROXIES=10.0.0.1/8", NULL };
    static const char *const no_cert[] = { "AUTH_TLS_CERT=/nonexistent/cert.pem",
                                           "AUTH_TLS_KEY=/nonexistent/key.pem", NULL };
    const char *const *const all[] = { wrong, bad_proxy, no_cert };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        use_settings(w, all[i]);
        assert_null(load(w, &done));
        assert_int_equal(done.code, ERR_INVALID_FIELD);
        assert_non_null(w->c.fault.text);
    }
    assert_status(client_get(&c, "/readyz"), 200);
}

static void what_only_a_start_can_change_stays(void **state)
{
    struct world *w = *state;
    err done;
    static const char *const other[] = { "AUTH_WORKERS=9", "AUTH_DATA_DIR=elsewhere",
                                         "AUTH_LISTEN=127.0.0.1:9", "AUTH_SESSION_IDLE_MINUTES=7",
                                         NULL };
    w->node->log.level = LOG_ERROR;
    use_settings(w, other);
    struct app *next = load(w, &done);
    assert_non_null(next);
    assert_int_equal(next->config->workers, 0);
    assert_string_equal(next->config->data_dir, w->config->data_dir);
    assert_string_equal(next->config->listen, w->config->listen);
    assert_int_equal(next->config->session_idle_minutes, 7);
    app_release(next);
}

/* ---- with one ---- */

struct load {
    unsigned port;
    _Atomic bool ends;
    _Atomic int answers, failures;
};

static int connect_to(unsigned port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* Asks what runs on the I/O thread and what needs the database, in turn, and looks at each answer.
 */
static void *ask_on_and_on(void *arg)
{
    struct load *load = arg;
    static const char *const asked[] = {
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x.y.z\r\n\r\n",
        "GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    static const char *const expected[] = { "HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 401",
                                            "HTTP/1.1 200" };
    char got[8192];
    int fd = connect_to(load->port);
    for (size_t i = 0; fd >= 0 && !atomic_load(&load->ends); i = (i + 1) % 4) {
        (void)send(fd, asked[i], strlen(asked[i]), MSG_NOSIGNAL);
        ssize_t n = recv(fd, got, sizeof got - 1, 0);
        if (n <= 0 || strncmp(got, expected[i], strlen(expected[i])) != 0) {
            (void)atomic_fetch_add(&load->failures, 1);
            break;
        }
        (void)atomic_fetch_add(&load->answers, 1);
    }
    (void)close(fd);
    return NULL;
}

static struct http_server *serve(struct world *w, unsigned *port)
{
    static const struct http_listener listener = { .address = "127.0.0.1:0" };
    const struct http_plan plan = { .listeners = &listener,
                                    .listeners_n = 1,
                                    .io_threads = 2,
                                    .workers = { 2, 1, 1 },
                                    .application = app_application(app_hold(w->app)),
                                    .threads = app_threads(w->node),
                                    .log = &w->node->log };
    struct http_server *server = NULL;
    /* A seeded source belongs to one thread. */
    w->node->random = random_system(w->node->arena);
    struct ctx *c = world_ctx(w);
    if (http_server_start(c, &plan, &server).code != ERR_OK)
        fail_msg("%s", c->fault.text);
    int64_t number = 0;
    assert_true(text_int(strrchr(http_server_address(server, 0), ':') + 1, 1, 65535, &number));
    *port = (unsigned)number;
    return server;
}

/* Reads the settings anew and swaps them, as SIGHUP does. */
static void reload(struct world *w, struct http_server *server, struct job_runner *runner)
{
    err done;
    struct app *next = load(w, &done);
    assert_non_null(next);
    struct http_application application = app_application(next);
    assert_int_equal(http_server_swap(&w->c, server, &application).code, ERR_OK);
    jobs_swap(runner, next);
}

/* Decision 27: a thousand reloads under load: no connection is dropped, no request fails. */
static void settings_are_swapped_under_load(void **state)
{
    struct world *w = *state;
    enum { RELOADS = 1000, CALLERS = 3 };
    struct load load = { 0 };
    struct job_runner *runner = NULL;
    pthread_t clients[CALLERS];
    struct http_server *server = serve(w, &load.port);
    assert_int_equal(jobs_start(world_ctx(w), w->app, &runner).code, ERR_OK);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, ask_on_and_on, &load), 0);
    struct arena_mark mark = arena_mark(w->arena);
    for (int i = 0; i < RELOADS; i++) {
        reload(w, server, runner);
        arena_rewind(w->arena, mark);
    }
    for (int i = 0; i < 1000 && atomic_load(&load.answers) < 100; i++)
        (void)usleep(10000);
    atomic_store(&load.ends, true);
    for (int i = 0; i < CALLERS; i++)
        (void)pthread_join(clients[i], NULL);
    assert_int_equal(load.failures, 0);
    assert_true(load.answers >= 100);
    http_server_stop(server, 5000);
    jobs_stop(runner);
    /* Only the test's own reference is left. */
    assert_int_equal(atomic_load(&w->app->references), 1);
}

int main(void)
{
    static const char *const quiet[] = { "AUTH_LOG_LEVEL=error", "AUTH_JWT_ALGORITHM=ES256",
                                         "AUTH_RATE_LIMIT=off", "AUTH_CHALLENGE=off", NULL };
    const struct CMUnitTest tests[] = {
        STORY(new_settings_hold_for_new_requests),
        STORY(wrong_settings_are_refused_and_the_old_stay),
        STORY(what_only_a_start_can_change_stays),
        STORY_WITH(settings_are_swapped_under_load, quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
