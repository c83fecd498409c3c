/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a request that comes again under its Idempotency-Key is no answer: one that is too long
 * to be kept, and none, because whoever was at it is gone.
 */
#include "admin_story.h"

#include "db/db.h"
#include "web/idempotency.h"
#include "web/reply.h"

#include <string.h>

#define ACME_ADMIN "admin@acme.example"

/* A handler whose answer is so long, of what, and how often it was called. */
static size_t bytes;
static char letter;
static int calls;

static RESULT answer_at_length(struct req *r)
{
    char *body = arena_alloc(r->c->arena, bytes + 1);
    memset(body, letter, bytes);
    body[bytes] = '\0';
    calls++;
    return reply_text(r, 200, "application/json", body);
}

/* Whether the commit of the handler that fails may have come about. */
static bool unsure;

static RESULT lose_the_connection(struct req *r)
{
    calls++;
    err lost = fail_at(r->c, ERR_UNAVAILABLE, __FILE__, __LINE__, "the connection was lost");
    r->c->fault.unsure = unsure;
    return lost;
}

static const struct route at_length = { .method = "POST",
                                        .path = "/x",
                                        .handler = answer_at_length };
static const struct route failing = { .method = "POST",
                                      .path = "/x",
                                      .handler = lose_the_connection };

/* One request under the key `name`; its status, or that of its failure. */
static int asks_for(struct world *w, const struct route *row, const char *user_id, const char *name,
                    struct http_response *reply)
{
    struct ctx *c = world_ctx(w);
    struct http_header key = { "idempotency-key", name };
    struct http_request http = {
        .method = HTTP_POST, .path = "/x", .query = "", .headers = &key, .headers_n = 1
    };
    struct req r = { .c = c, .route = row, .http = &http, .reply = reply };
    r.who.user_id = user_id;
    *reply = (struct http_response){ 0 };
    fault_clear(c);
    err done = idempotency_run(&r);
    if (done.code == ERR_OK)
        return reply->status;
    if (row == &at_length)
        assert_non_null(strstr(c->fault.say, "has been carried out"));
    return err_row(done.code)->status;
}

static int asks(struct world *w, const char *user_id, const char *name, struct http_response *reply)
{
    return asks_for(w, &at_length, user_id, name, reply);
}

static void is_kept_without_its_body(struct world *w, const char *user_id, const char *name)
{
    struct http_response reply;
    int before = calls;
    assert_int_equal(asks(w, user_id, name, &reply), 200);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(asks(w, user_id, name, &reply), 409);
        world_pass(w, 61);
    }
    assert_int_equal(calls, before + 1);
}

/* What is longer than is kept has been carried out all the same, and is not carried out again. */
static void an_answer_that_is_too_long_is_not_given_again(void **state)
{
    struct world *w = *state;
    const char *user_id = admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct http_response reply;
    bytes = IDEMPOTENCY_BODY_MAX;
    letter = 'a';
    calls = 0;
    assert_int_equal(asks(w, user_id, "fits", &reply), 200);
    assert_int_equal(asks(w, user_id, "fits", &reply), 200);
    assert_int_equal(reply.body.n, IDEMPOTENCY_BODY_MAX);
    assert_int_equal(calls, 1);
    bytes++;
    is_kept_without_its_body(w, user_id, "long");
    /* Nor is one that is longer as it is kept than a row of the database is. */
    bytes--;
    letter = '"';
    is_kept_without_its_body(w, user_id, "quotes");
}

/* A failure is forgotten and may be asked for again, but where the change may have happened. */
static void what_may_have_happened_is_not_done_again(void **state)
{
    struct world *w = *state;
    const char *user_id = admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct http_response reply;
    calls = 0;
    unsure = false;
    assert_int_equal(asks_for(w, &failing, user_id, "sure", &reply), 503);
    assert_int_equal(asks_for(w, &failing, user_id, "sure", &reply), 503);
    assert_int_equal(calls, 2);
    unsure = true;
    assert_int_equal(asks_for(w, &failing, user_id, "unsure", &reply), 503);
    world_pass(w, 61);
    assert_int_equal(asks_for(w, &failing, user_id, "unsure", &reply), 409);
    assert_int_equal(calls, 3);
}

static const char sql_cut_off[] = "UPDATE kept_replies SET sealed = NULL";

/* As a crash leaves it that comes between the change and the keeping of its answer. */
static void what_was_cut_off_is_not_done_again(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client c = admin_client_of(w, ACME_ADMIN);
    const char *body = story_json(w, "{'name':'desk','permissions':['users:list']}");
    assert_status(admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k"), 201);
    story_does(w, DB_RUN(world_ctx(w), sql_cut_off, NULL));
    struct answer running = admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k");
    assert_problem(running, 409, "conflict");
    assert_non_null(strstr(running.body, "is running"));
    assert_status(client_delete(&c, "/admin/roles/desk"), 204);
    world_pass(w, 61);
    struct answer lost = admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "k");
    assert_problem(lost, 409, "conflict");
    assert_non_null(strstr(lost.body, "may have been carried out"));
    assert_status(client_get(&c, "/admin/roles/desk"), 404);
    assert_status(admin_send(&c, HTTP_POST, "/admin/roles", body, "idempotency-key", "l"), 201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_answer_that_is_too_long_is_not_given_again),
        STORY(what_may_have_happened_is_not_done_again),
        STORY(what_was_cut_off_is_not_done_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
