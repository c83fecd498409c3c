/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mails on their way out of the house: to the folder, to a server that is away, to one that
 * refuses.
 */
#include "world.h"

#include "app/deliver.h"
#include "net/resolver.h"
#include "store/outbox.h"

#include <dirent.h>
#include <sys/stat.h>

static const char folder[] = "/tmp/uauth-story-outbox";

static void empty_folder(void)
{
    DIR *open = opendir(folder);
    for (struct dirent *at = open == NULL ? NULL : readdir(open); at != NULL; at = readdir(open))
        if (at->d_name[0] != '.')
            (void)unlinkat(dirfd(open), at->d_name, 0);
    if (open != NULL)
        (void)closedir(open);
    (void)rmdir(folder);
}

/* A mail waits: somebody has registered. */
static void post_one(struct world *w)
{
    struct client c = client_new(w);
    assert_status(client_post(&c, "/auth/register",
                              "{\"email\":\"ada@example.com\",\"password\":\"" STORY_PASSWORD
                              "\",\"full_name\":\"Ada\"}"),
                  201);
}

static bool deliver(struct world *w)
{
    bool dealt = false;
    struct ctx *c = world_ctx(w);
    if (deliver_one(c, w->app, &dealt).code != ERR_OK)
        fail_msg("%s", c->fault.text);
    return dealt;
}

static int64_t waiting(struct world *w)
{
    int64_t n = 0;
    int64_t oldest = 0;
    assert_int_equal(outbox_waiting(world_ctx(w), &n, &oldest).code, ERR_OK);
    return n;
}

/* The only file of the folder, or NULL. */
static const char *only_file(struct world *w)
{
    const char *name = NULL;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (struct dirent *at = readdir(open); at != NULL; at = readdir(open)) {
        if (at->d_name[0] == '.')
            continue;
        assert_null(name);
        name = text_printf(w->arena, "%s/%s", folder, at->d_name);
    }
    (void)closedir(open);
    return name;
}

/* Decision 16: without a mail server a mail is a file that its reader alone can read. */
static void without_a_server_a_mail_is_a_file_of_ours(void **state)
{
    struct world *w = *state;
    struct stat st;
    char text[4096] = "";
    empty_folder();
    w->app->mailer.folder = folder;
    assert_false(deliver(w));
    post_one(w);
    assert_int_equal(waiting(w), 1);
    assert_true(deliver(w));
    assert_int_equal(waiting(w), 0);
    const char *path = only_file(w);
    assert_non_null(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    (void)fclose(file);
    assert_non_null(strstr(text, "To: <ada@example.com>"));
    assert_non_null(strstr(text, "http://localhost:8080/"));
    assert_non_null(strstr(text, "token="));
    assert_false(deliver(w));
    empty_folder();
}

/* what cannot be sent waits, ever longer, and is given up at last; nothing is lost before. */
static void a_server_that_is_away_is_tried_ever_more_rarely(void **state)
{
    struct world *w = *state;
    w->app->mailer.resolver = resolver_new(1);
    w->app->mailer.smtp_url = "smtp://127.0.0.1:1";
    assert_non_null(w->app->mailer.resolver);
    post_one(w);
    int64_t before = 0;
    for (int i = 1; i <= DELIVER_TRIES_MAX; i++) {
        int64_t waited = 0;
        assert_int_equal(waiting(w), 1);
        while (!deliver(w)) {
            world_pass(w, 5);
            waited += 5;
        }
        if (i > 2 && i < 8)
            assert_true(waited > before);
        assert_true(waited <= DELIVER_WAIT_MAX * 5 / 4 + 5);
        before = waited;
    }
    assert_int_equal(waiting(w), 0);
    world_pass(w, 100 * DELIVER_WAIT_MAX);
    assert_false(deliver(w));
    resolver_free(w->app->mailer.resolver);
}

/* A node that dies while it delivers keeps nobody from it for longer than the lease. */
static void what_a_dead_node_took_is_delivered_by_another(void **state)
{
    struct world *w = *state;
    struct outbox_rows rows;
    empty_folder();
    w->app->mailer.folder = folder;
    post_one(w);
    assert_int_equal(outbox_claim(world_ctx(w), 1, DELIVER_LEASE, &rows).code, ERR_OK);
    assert_int_equal(rows.n, 1);
    assert_false(deliver(w));
    world_pass(w, DELIVER_LEASE + 1);
    assert_true(deliver(w));
    assert_non_null(only_file(w));
    empty_folder();
}

static void a_mail_that_does_not_open_is_given_up_at_once(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    const struct outbox_row row = { .id = "01900000-0000-7000-8000-000000000001",
                                    .kind = OUTBOX_MAIL,
                                    .recipient = "ada@example.com",
                                    .subject = "A subject",
                                    .sealed = "v1.00000000.AAAA" };
    assert_int_equal(outbox_add(c, &row).code, ERR_OK);
    assert_true(deliver(w));
    assert_int_equal(waiting(w), 0);
}

static void waits_double_and_differ(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    int64_t wait = DELIVER_FIRST_WAIT;
    bool differs = false;
    for (int64_t attempt = 1; attempt < 40; attempt++) {
        for (int i = 0; i < 50; i++) {
            int64_t got = deliver_wait(c, attempt);
            assert_in_range(got, wait - wait / 4, wait + wait / 4);
            differs = differs || got != wait;
        }
        wait = wait * 2 < DELIVER_WAIT_MAX ? wait * 2 : DELIVER_WAIT_MAX;
    }
    assert_true(differs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(without_a_server_a_mail_is_a_file_of_ours),
        STORY(a_server_that_is_away_is_tried_ever_more_rarely),
        STORY(what_a_dead_node_took_is_delivered_by_another),
        STORY(a_mail_that_does_not_open_is_given_up_at_once),
        STORY(waits_double_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
