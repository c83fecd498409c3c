/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_WEB_WEB_TESTING_H
#define UAUTH_TESTS_UNIT_WEB_WEB_TESTING_H

/*
 * A front door made of a test's own table, with the default settings and short-lived values in
 * memory, and requests that are written by hand.
 */

#include "base/config.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "db/kv_memory.h"
#include "tests/unit/base/testing.h"
#include "web/door.h"
#include "web/guard.h"
#include "web/req.h"
#include "web/stages.h"

enum { WEB_NOW = 1795529167, WEB_HEADERS_MAX = 32 };

struct web {
    struct ctx *c;
    struct config config;
    struct door door;
    struct http_header headers[WEB_HEADERS_MAX];
    struct http_request http;
    struct http_response reply;
    struct req r;
    struct principal who;     /* whom web_ask finds */
    enum err_code refusal;    /* or how it refuses */
    struct text_buffer trail; /* what of the table has run: "guard handler " */
    struct arena_mark opened; /* after web_open */
};

/* clang-format off */
static const struct limit_class web_limits[] = {
    { LIMIT_ALL, PER_ADDRESS,   offsetof(struct config, address_per_minute), 60, 1, "Requests"     },
    { "login",   PER_ADDRESS,   offsetof(struct config, login_per_minute),   60, 1, "Sign-ins"     },
    { "calls",   PER_PRINCIPAL, offsetof(struct config, calls_per_minute),   60, 1, "Other calls"  },
};
/* clang-format on */

static inline void web_succeeds(struct ctx *c, err done)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s", err_slug(done.code), c->fault.text);
}
#define PASSES(call) web_succeeds(w->c, (call))

static inline void web_refuses(struct ctx *c, err done, enum err_code code)
{
    assert_int_equal(done.code, code);
    assert_int_equal(c->fault.code, code);
    assert_non_null(c->fault.text);
    fault_clear(c);
}
#define REFUSES(call, name) web_refuses(w->c, (call), ERR_##name)

/* Settings as they are when nothing is set. */
static inline struct web *web_new(void)
{
    struct web *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->c = calloc(1, sizeof *w->c);
    assert_non_null(w->c);
    w->c->arena = arena_new(ARENA_REQUEST_CEILING);
    w->c->random = random_seeded(w->c->arena, 7);
    w->c->now = WEB_NOW;
    struct config_sources sources;
    PASSES(config_load(w->c, &(struct config_input){ 0 }, &w->config, &sources));
    PASSES(kv_memory_open(w->c, KV_MEMORY_BYTES, &w->c->kv));
    static const uint8_t master[SEAL_MASTER_BYTES] = { 7 };
    struct seal *seal = NULL;
    PASSES(seal_new(w->c, w->c->arena, &(struct bytes){ master, sizeof master }, 1, &seal));
    w->c->seal = seal;
    w->c->config = &w->config;
    w->door.config = &w->config;
    return w;
}

/* The door of `n` rows at w->config.public_url and with its other settings. */
static inline void web_open(struct web *w, const struct route *rows, size_t n)
{
    struct router *router = NULL;
    struct door *door = &w->door;
    PASSES(hosts_new(w->c, w->config.public_url, w->config.trusted_hosts, &door->hosts));
    PASSES(cors_new(w->c, w->config.public_url, w->config.allowed_origins, &door->cors));
    PASSES(router_new(w->c, w->c->arena, rows, n, &router));
    door->router = router;
    door->limits =
        (struct limits){ web_limits, sizeof web_limits / sizeof *web_limits, w->config.rate_limit };
    door->metrics = metrics_new(w->c->arena, n);
    door->public_url = w->config.public_url;
    door->issuer = door->public_url;
    door->origin = door->cors.own;
    door->secure = door->hosts.https_only;
    memset(door->csrf_key, 1, DOOR_KEY_BYTES);
    memset(door->challenge_key, 2, DOOR_KEY_BYTES);
    w->opened = arena_mark(w->c->arena);
}

static inline void web_free(struct web *w)
{
    kv_close(w->c->kv);
    arena_end(w->c->arena);
    free(w->c);
    free(w);
}

/* Begins a request, from 203.0.113.7 and without headers; nothing of the one before is left. */
static inline struct req *web_request(struct web *w, enum http_method method, const char *path)
{
    fault_clear(w->c);
    w->reply = (struct http_response){ 0 };
    w->http = (struct http_request){ .method = method,
                                     .path = path,
                                     .query = "",
                                     .host = "localhost",
                                     .headers = w->headers,
                                     .peer = "203.0.113.7",
                                     .minor_1 = true };
    w->r = (struct req){
        .c = w->c, .door = &w->door, .http = &w->http, .reply = &w->reply, .path = path
    };
    if (w->door.router != NULL)
        router_find(w->door.router, method, path, &w->r.match);
    w->r.route = w->r.match.route;
    return &w->r;
}

static inline void web_header(struct web *w, const char *name, const char *value)
{
    assert_true(w->http.headers_n < WEB_HEADERS_MAX);
    if (value != NULL)
        w->headers[w->http.headers_n++] = (struct http_header){ name, value };
}

/* The value of a header of the answer, or NULL. */
static inline const char *web_answer(const struct web *w, const char *name)
{
    for (size_t i = 0; i < w->reply.headers_n; i++) {
        if (text_equal_nocase(w->reply.headers[i].name, name))
            return w->reply.headers[i].value;
    }
    return NULL;
}

static inline struct texts web_texts(struct web *w, const char *list)
{
    return text_split(w->c->arena, list, ' ');
}

/* Walks the request that web_request began; how it ended. */
static inline enum err_code web_walk(struct web *w)
{
    fault_clear(w->c);
    w->trail = text_buffer(w->c->arena);
    stages_walk(&w->door, w->c, &w->http, &w->reply);
    return w->c->fault.code;
}

/* Gives back the memory of the requests so far: for loops. */
static inline void web_forget(struct web *w)
{
    w->reply = (struct http_response){ 0 };
    w->trail = (struct text_buffer){ 0 };
    arena_rewind(w->c->arena, w->opened);
}

/* ---- parts of tables ---- */

/* The test's world of a request that it walks. */
static inline struct web *web_of(const struct req *r)
{
    return (struct web *)(void *)((char *)r->reply - offsetof(struct web, reply));
}

static inline err web_let_in(struct req *r)
{
    (void)r;
    return ok();
}

static inline err web_ask(struct req *r)
{
    struct web *w = web_of(r);
    text_add(&w->trail, "guard ");
    if (w->refusal != ERR_OK)
        return fail_at(r->c, w->refusal, __FILE__, __LINE__, "the guard refuses");
    r->who = w->who;
    return ok();
}

static inline err web_done(struct req *r)
{
    text_add(&web_of(r)->trail, "handler ");
    r->reply->status = route_status(r->route);
    return ok();
}

/* What a store that cannot be reached says. */
static inline err web_away(struct ctx *c)
{
    return fail_at(c, ERR_UNAVAILABLE, __FILE__, __LINE__, "the store is away");
}

static const struct guard web_anybody = { "anybody", 0, web_let_in };
static const struct guard web_somebody = { "somebody", ACCEPTS_BEARER | ACCEPTS_COOKIE, web_ask };

static inline int web_set_up(void **state)
{
    *state = web_new();
    return 0;
}

static inline int web_tear_down(void **state)
{
    web_free(*state);
    return 0;
}

#define WEB_TEST(name) cmocka_unit_test_setup_teardown(name, web_set_up, web_tear_down)

#endif
