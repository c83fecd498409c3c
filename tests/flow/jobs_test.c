/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service does by itself: jobs run at their turns, under the settings of now, and one that
 * fails or waits holds up no other.
 */
#include "world.h"

#include "app/jobs.h"
#include "base/random.h"
#include "base/time.h"
#include "net/resolver.h"
#include "store/outbox.h"
#include "store/seen.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdatomic.h>
#include <sys/socket.h>

static const char folder[] = "/tmp/uauth-story-jobs";

static size_t files(bool remove)
{
    size_t n = 0;
    DIR *open = opendir(folder);
    for (struct dirent *at = open == NULL ? NULL : readdir(open); at != NULL; at = readdir(open)) {
        if (at->d_name[0] == '.')
            continue;
        n++;
        if (remove)
            (void)unlinkat(dirfd(open), at->d_name, 0);
    }
    if (open != NULL)
        (void)closedir(open);
    return n;
}

static int jobs_set_up(void **state)
{
    int done = world_set_up(state);
    struct world *w = *state;
    w->node->random = random_system(w->node->arena);
    w->app->mailer.folder = folder;
    (void)files(true);
    return done;
}

static int jobs_tear_down(void **state)
{
    (void)files(true);
    (void)rmdir(folder);
    return world_tear_down(state);
}

#define JOBS_STORY(name) cmocka_unit_test_setup_teardown(name, jobs_set_up, jobs_tear_down)

static struct job_runner *run_jobs(struct world *w)
{
    struct job_runner *runner = NULL;
    assert_int_equal(jobs_start(world_ctx(w), w->app, &runner).code, ERR_OK);
    return runner;
}

static void register_one(struct world *w, const char *email)
{
    struct client c = client_new(w);
    assert_status(client_post(&c, "/auth/register",
                              text_printf(w->arena,
                                          "{\"email\":\"%s\",\"password\":\"" STORY_PASSWORD
                                          "\",\"full_name\":\"Ada\"}",
                                          email)),
                  201);
}

static bool comes_true(bool (*holds)(struct world *w), struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        if (holds(w))
            return true;
        (void)usleep(10000);
    }
    return false;
}

static bool three_files(struct world *w)
{
    (void)w;
    return files(false) == 3;
}

static void mails_go_out_by_themselves(void **state)
{
    struct world *w = *state;
    struct job_runner *runner = run_jobs(w);
    register_one(w, "ada@example.com");
    register_one(w, "eve@example.com");
    register_one(w, "bob@example.com");
    assert_true(comes_true(three_files, w));
    jobs_stop(runner);
}

/* What has expired counts as gone before it is: so the rows themselves are counted. */
static bool nothing_seen(struct world *w)
{
    static const char sql_count[] = "SELECT count(*) FROM seen";
    struct table t;
    assert_int_equal(db_run(world_ctx(w), sql_count, NULL, 0, &t).code, ERR_OK);
    return table_int(&t, 0, 0) == 0;
}

static void what_has_expired_is_swept(void **state)
{
    struct world *w = *state;
    static const struct seen_key key = { "story", "issuer", "id" };
    bool first = false;
    assert_int_equal(seen_add(world_ctx(w), &key, STORY_NOW - 100, &first).code, ERR_OK);
    assert_true(first);
    assert_false(nothing_seen(w));
    struct job_runner *runner = run_jobs(w);
    assert_true(comes_true(nothing_seen, w));
    jobs_stop(runner);
}

/* A server that takes a connection and says nothing. */
static int silent_server(unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* while a mail server hangs, everything else goes on, requests too. */
static void a_mail_server_that_hangs_holds_up_nothing_else(void **state)
{
    struct world *w = *state;
    unsigned port = 0;
    static const struct seen_key key = { "story", "issuer", "id" };
    bool first = false;
    int server = silent_server(&port);
    w->app->mailer.resolver = resolver_new(1);
    w->app->mailer.smtp_url = text_printf(w->arena, "smtp://127.0.0.1:%u", port);
    register_one(w, "ada@example.com");
    assert_int_equal(seen_add(world_ctx(w), &key, STORY_NOW - 100, &first).code, ERR_OK);
    struct job_runner *runner = run_jobs(w);
    int taken = accept(server, NULL, NULL);
    assert_true(taken >= 0);
    int64_t began = time_monotonic_ms();
    register_one(w, "eve@example.com");
    assert_true(time_monotonic_ms() - began < 5000);
    assert_true(comes_true(nothing_seen, w));
    (void)close(taken);
    (void)close(server);
    jobs_stop(runner);
    resolver_free(w->app->mailer.resolver);
}

static void each_job_has_a_name_a_turn_and_a_word(void **state)
{
    (void)state;
    size_t n = 0;
    const struct job *rows = jobs(&n);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(rows[i].period_ms, 100, 60000);
        assert_true(rows[i].summary[0] != '\0');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[i].name, rows[k].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOBS_STORY(mails_go_out_by_themselves),
        JOBS_STORY(what_has_expired_is_swept),
        JOBS_STORY(a_mail_server_that_hangs_holds_up_nothing_else),
        JOBS_STORY(each_job_has_a_name_a_turn_and_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
