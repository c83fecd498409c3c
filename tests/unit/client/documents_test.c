/* SPDX-License-Identifier: Apache-2.0 */
#include "client/documents.h"

#include "base/config.h"
#include "base/time.h"
#include "net/resolver.h"
#include "tests/unit/base/testing.h"
#include "tests/unit/client/upstream_testing.h"

enum { NOW = 1795529167, CROWD = 16, PROMPT_MS = 1000 };

struct world {
    struct config config;
    struct resolver *resolver;
    struct documents *documents;
    struct upstream upstream;
    struct arena *arena;
    struct ctx c;
};

/* A context of one more thread of the world; without kv, which no limit here may need. */
static struct ctx another(const struct world *w)
{
    return (struct ctx){ .arena = arena_new(ARENA_REQUEST_CEILING),
                         .config = &w->config,
                         .now = w->c.now };
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->config.outbound_ca = "";
    w->c.now = NOW;
    w->c = another(w);
    w->arena = w->c.arena;
    w->resolver = resolver_new(1);
    w->documents = documents_new(w->resolver);
    upstream_start(&w->upstream);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    atomic_store(&w->upstream.held, false);
    arena_end(w->arena);
    documents_free(w->documents);
    resolver_free(w->resolver);
    upstream_end(&w->upstream);
    free(w);
    return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

/* ---- documents ---- */

static RESULT read_text(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    (void)url;
    *parsed = text_copy(c->arena, (const char *)body.at, body.n);
    return ok();
}

static RESULT read_loudly(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    (void)url;
    *parsed = text_printf(c->arena, "%.*s!", (int)body.n, (const char *)body.at);
    return ok();
}

static const struct document_kind plain = { "text", "text/plain", read_text };
static const struct document_kind loud = { "loud text", "text/plain", read_loudly };

static struct document_wanted at(struct world *w, const char *path)
{
    return (struct document_wanted){
        &plain, text_printf(w->arena, "http://127.0.0.1:%u%s", w->upstream.port, path),
        OUTBOUND_CONFIGURED
    };
}

/* The text of the document; NULL if it cannot be had. */
static const char *got(struct world *w, const struct document_wanted *wanted)
{
    const void *text = NULL;
    err e = documents_get(&w->c, w->documents, wanted, &text);
    assert_true(e.code == ERR_OK || e.code == ERR_UPSTREAM || e.code == ERR_FORBIDDEN);
    return e.code == ERR_OK ? text : NULL;
}

static const char *renewed(struct world *w, const struct document_wanted *wanted, const void *seen)
{
    const void *text = NULL;
    err e = documents_renew(&w->c, w->documents, wanted, seen, &text);
    assert_true(e.code == ERR_OK || e.code == ERR_UPSTREAM);
    fault_clear(&w->c);
    return e.code == ERR_OK ? text : NULL;
}

/* `times` requests one after the other, each with a key id that the document does not have. */
static void miss(struct world *w, const struct document_wanted *wanted, int times)
{
    for (int i = 0; i < times; i++) {
        struct arena_mark mark = arena_mark(w->arena);
        const char *text = got(w, wanted);
        if (text != NULL)
            (void)renewed(w, wanted, text);
        fault_clear(&w->c);
        arena_rewind(w->arena, mark);
    }
}

/* ---- how often it is fetched ---- */

/* JOSE-34: ten thousand unknown key ids make one fetch in each interval. */
static void unknown_keys_fetch_once_in_an_interval(void **state)
{
    struct world *w = *state;
    struct document_wanted keys = at(w, "/keys");
    for (unsigned fetches = 1; fetches <= 3; fetches++) {
        miss(w, &keys, 10000);
        assert_int_equal(w->upstream.calls, fetches);
        w->c.now += DOCUMENT_RETRY_SECONDS - 1;
        miss(w, &keys, 100);
        assert_int_equal(w->upstream.calls, fetches);
        w->c.now++;
    }
    /* A clock that goes back makes nobody wait for longer than that. */
    w->c.now -= 1000;
    miss(w, &keys, 100);
    assert_int_equal(w->upstream.calls, 4);
}

/* JOSE-34: nor is a server that does not answer asked more often; without a document there is none.
 */
static void a_broken_server_is_asked_once_in_an_interval(void **state)
{
    struct world *w = *state;
    struct document_wanted keys = at(w, "/keys");
    w->upstream.broken = true;
    for (unsigned fetches = 1; fetches <= 3; fetches++) {
        miss(w, &keys, 1000);
        assert_null(got(w, &keys));
        assert_int_equal(w->c.fault.code, ERR_UPSTREAM);
        fault_clear(&w->c);
        assert_int_equal(w->upstream.calls, fetches);
        w->c.now += DOCUMENT_RETRY_SECONDS;
    }
}

static void an_old_document_is_used_for_a_day_while_there_is_no_newer(void **state)
{
    struct world *w = *state;
    struct document_wanted keys = at(w, "/keys");
    assert_string_equal(got(w, &keys), "/keys #1");
    w->c.now += 3600;
    assert_string_equal(got(w, &keys), "/keys #1");
    w->upstream.broken = true;
    w->c.now++;
    assert_string_equal(got(w, &keys), "/keys #1");
    assert_int_equal(w->upstream.calls, 2);
    w->c.now += DOCUMENT_STALE_MAX - 1;
    assert_string_equal(got(w, &keys), "/keys #1");
    w->c.now++;
    assert_null(got(w, &keys));
    fault_clear(&w->c);
    w->upstream.broken = false;
    w->c.now += DOCUMENT_RETRY_SECONDS;
    assert_string_equal(got(w, &keys), "/keys #4");
}

/* ---- threads ---- */

struct asking {
    struct world *w;
    struct document_wanted wanted;
    const void *seen; /* or NULL */
    struct ctx c;     /* of its thread */
    pthread_t thread;
    char text[64]; /* what came, or "" */
};

static void *ask(void *arg)
{
    struct asking *a = arg;
    const void *text = NULL;
    if (documents_renew(&a->c, a->w->documents, &a->wanted, a->seen, &text).code == ERR_OK)
        (void)snprintf(a->text, sizeof a->text, "%s", (const char *)text);
    arena_end(a->c.arena);
    return NULL;
}

static void ask_beside(struct asking *a)
{
    a->c = another(a->w);
    assert_int_equal(pthread_create(&a->thread, NULL, ask, a), 0);
}

/* DO-16: a crowd that wants a document which is not there waits for one fetch. */
static void a_crowd_fetches_a_document_once(void **state)
{
    struct world *w = *state;
    struct asking crowd[CROWD];
    w->upstream.held = true;
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = (struct asking){ .w = w, .wanted = at(w, "/keys") };
        ask_beside(&crowd[i]);
    }
    upstream_await(&w->upstream, 1);
    w->upstream.held = false;
    for (size_t i = 0; i < CROWD; i++) {
        (void)pthread_join(crowd[i].thread, NULL);
        assert_string_equal(crowd[i].text, "/keys #1");
    }
    assert_int_equal(w->upstream.calls, 1);
}

/* JOSE-34: while one waits for a newer document, all others go on with the one that is there. */
static void only_one_waits_for_a_newer_document(void **state)
{
    struct world *w = *state;
    struct document_wanted keys = at(w, "/keys");
    const char *seen = got(w, &keys);
    struct asking first = { .w = w, .wanted = keys, .seen = seen };
    w->c.now += DOCUMENT_RETRY_SECONDS;
    w->upstream.held = true;
    ask_beside(&first);
    upstream_await(&w->upstream, 2);
    int64_t began = time_monotonic_ms();
    miss(w, &keys, 1000);
    assert_ptr_equal(renewed(w, &keys, seen), seen);
    w->c.now += 3600;
    assert_string_equal(got(w, &keys), "/keys #1");
    assert_true(time_monotonic_ms() - began < PROMPT_MS);
    w->upstream.held = false;
    (void)pthread_join(first.thread, NULL);
    assert_string_equal(first.text, "/keys #2");
    assert_int_equal(w->upstream.calls, 2);
}

/* ---- whose it is ---- */

/* DO-16: what differs in any part of its key is another document, also at the same moment. */
static void nobody_gets_the_document_of_another_key(void **state)
{
    static const char *const paths[] = { "/keys",      "/keys/", "/keys?x=1", "/keys?x=2",
                                         "/keys?x=1&", "/Keys",  "/key",      "/" };
    enum { PATHS = sizeof paths / sizeof paths[0] };
    struct world *w = *state;
    struct asking askings[PATHS + 1];
    for (size_t i = 0; i <= PATHS; i++) {
        askings[i] = (struct asking){ .w = w, .wanted = at(w, paths[i % PATHS]) };
        askings[i].wanted.kind = i < PATHS ? &plain : &loud;
        ask_beside(&askings[i]);
    }
    for (size_t i = 0; i <= PATHS; i++) {
        (void)pthread_join(askings[i].thread, NULL);
        const char *asked = text_printf(w->arena, "%s #", paths[i % PATHS]);
        assert_true(text_starts(askings[i].text, asked));
        assert_int_equal(strchr(askings[i].text, '!') != NULL, i == PATHS);
    }
    assert_int_equal(w->upstream.calls, PATHS + 1);
    /* SR-02: nor may others name what only the operator may, because it is there already. */
    struct document_wanted foreign = at(w, "/keys");
    foreign.origin = OUTBOUND_FOREIGN;
    assert_null(got(w, &foreign));
    assert_int_equal(w->c.fault.code, ERR_FORBIDDEN);
    assert_int_equal(w->upstream.calls, PATHS + 1);
}

/* The failure of a document that others name, which is never reached. */
static enum err_code foreign_failure(struct world *w, int number)
{
    struct document_wanted wanted = { &plain, text_printf(w->arena, "https://127.0.0.1/%d", number),
                                      OUTBOUND_FOREIGN };
    assert_null(got(w, &wanted));
    enum err_code code = w->c.fault.code;
    fault_clear(&w->c);
    return code;
}

/* JOSE-34: many other names do not make it forgotten when one was fetched, nor the operator's. */
static void a_flood_of_names_fetches_nothing_again(void **state)
{
    struct world *w = *state;
    struct document_wanted keys = at(w, "/keys");
    assert_string_equal(got(w, &keys), "/keys #1");
    for (int i = 0; i < DOCUMENTS_MAX - 1; i++)
        assert_int_equal(foreign_failure(w, i), ERR_FORBIDDEN);
    for (int i = 0; i < 2 * DOCUMENTS_MAX; i++)
        assert_int_equal(foreign_failure(w, i), ERR_UPSTREAM);
    assert_string_equal(got(w, &keys), "/keys #1");
    /* The operator's come in all the same; the others' when the interval is over. */
    struct document_wanted more = at(w, "/more");
    assert_string_equal(got(w, &more), "/more #2");
    w->c.now += DOCUMENT_RETRY_SECONDS;
    assert_int_equal(foreign_failure(w, 2 * DOCUMENTS_MAX), ERR_FORBIDDEN);
    assert_string_equal(got(w, &keys), "/keys #1");
    assert_int_equal(w->upstream.calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(unknown_keys_fetch_once_in_an_interval),
        WORLD_TEST(a_broken_server_is_asked_once_in_an_interval),
        WORLD_TEST(an_old_document_is_used_for_a_day_while_there_is_no_newer),
        WORLD_TEST(a_crowd_fetches_a_document_once),
        WORLD_TEST(only_one_waits_for_a_newer_document),
        WORLD_TEST(nobody_gets_the_document_of_another_key),
        WORLD_TEST(a_flood_of_names_fetches_nothing_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
