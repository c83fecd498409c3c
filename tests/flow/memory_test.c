/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every piece of memory that a request asks for is refused once: the first, the second and so on
 * until it asks for no more; and some again with all that follow refused, too.  The request is
 * answered as always or with "not now", never with a yes it has not earned or a no that is not
 * true; nothing is written by halves; and the next one is served as if nothing had been.
 */
#include "memory.h"
#include "story.h"

struct walk {
    struct world *w;
    struct client client;
    const char *email; /* of this round */
    const char *refresh;
    int status;         /* of the answer when memory is there */
    const char *target; /* of what only reads */
    size_t round;
};

struct request {
    void (*prepare)(struct walk *walk); /* a round; or NULL */
    struct answer (*send)(struct walk *walk);
    void (*look)(struct walk *walk, bool answered); /* afterwards, with memory */
};

static void assert_not_now(struct answer a, size_t n)
{
    if (a.status != 500 && a.status != 503)
        fail_msg("allocation %zu: %d %s", n, a.status, a.body);
    if (answer_text(&a, "error") != NULL)
        assert_string_equal(answer_text(&a, "error"),
                            a.status == 503 ? "temporarily_unavailable" : "server_error");
    else
        assert_problem(a, a.status, a.status == 503 ? "unavailable" : "internal");
    if (a.status == 503)
        assert_non_null(answer_header(&a, "retry-after"));
}

/* Whether allocation `n` was there to fail. */
static bool round_of(struct walk *walk, const struct request *request, size_t n, bool all_later)
{
    walk->round++;
    if (request->prepare != NULL)
        request->prepare(walk);
    memory_fails(n, all_later);
    struct answer a = request->send(walk);
    bool failed = memory_works() >= n;
    bool answered = a.status == walk->status;
    if (!answered)
        assert_not_now(a, n);
    assert_true(failed || answered);
    request->look(walk, answered);
    return failed;
}

/* The world forgets what a round handed out, or thousands of rounds would fill it. */
static size_t walk_rounds(struct walk *walk, const struct request *request, bool all_later,
                          size_t stride)
{
    size_t n = 1;
    for (bool goes_on = true; goes_on; n += stride) {
        struct arena_mark before = arena_mark(walk->w->arena);
        goes_on = round_of(walk, request, n, all_later);
        arena_rewind(walk->w->arena, before);
    }
    return n - stride;
}

/* Each alone; and, since what follows the first failure is much the same, some with all later ones.
 */
static void walk_all(struct walk *walk, const struct request *request)
{
    enum { STRIDE = 7 };
    size_t n = walk_rounds(walk, request, false, 1);
    assert_true(n > 1);
    print_message("%zu allocations, each refused\n", n - 1);
    (void)walk_rounds(walk, request, true, STRIDE);
}

static struct walk begin(void **state, int status)
{
    struct world *w = *state;
    struct walk walk = { .w = w, .client = client_new(w), .email = ADA, .status = status };
    w->app->log.fd = -1; /* it would be told of thousands of failures */
    w->counts = true;
    (void)story_person(w, ADA);
    walk.refresh = story_sign_in(&walk.client, ADA);
    return walk;
}

/* ---- reading ---- */

static struct answer reads(struct walk *walk)
{
    return client_get(&walk->client, walk->target);
}

static void is_served(struct walk *walk, bool answered)
{
    (void)answered;
    struct answer a = client_get(&walk->client, "/auth/me");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "email"), ADA);
}

/* ME-11, ME-12, R-03: a good token is never called bad */
static void what_is_one_s_own_is_read_or_not_now(void **state)
{
    static const char *const targets[] = { "/auth/me", "/auth/me/sessions", "/auth/verify" };
    struct walk walk = begin(state, 200);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        walk.target = targets[i];
        struct answer usual = reads(&walk);
        walk.status = usual.status;
        assert_in_range(usual.status, 200, 204);
        walk_all(&walk, &(struct request){ .send = reads, .look = is_served });
    }
}

/* ---- changing ---- */

static struct answer renames(struct walk *walk)
{
    return client_put(&walk->client, "/auth/me",
                      story_json(walk->w, "{'full_name':'Ada %zu'}", walk->round));
}

/* The new name if it was acknowledged; else the one before or, unconfirmed, the new one. */
static void has_a_name(struct walk *walk, bool answered)
{
    struct answer a = client_get(&walk->client, "/auth/me");
    assert_status(a, 200);
    if (answered)
        assert_string_equal(answer_text(&a, "full_name"),
                            text_printf(walk->w->arena, "Ada %zu", walk->round));
}

/* ME-11, R-03 */
static void a_name_is_changed_or_not_now(void **state)
{
    struct walk walk = begin(state, 200);
    walk_all(&walk, &(struct request){ .send = renames, .look = has_a_name });
}

static struct answer forgets(struct walk *walk)
{
    return story_post(&walk->client, "/auth/forgot-password", "{'email':'" ADA "'}");
}

/* With the answer goes the mail. */
static void has_its_mail(struct walk *walk, bool answered)
{
    size_t mails = world_mails(walk->w);
    if (answered)
        assert_int_equal(mails, 1);
    walk->w->mails_n = 0;
    is_served(walk, answered);
}

/* ME-11, R-03 */
static void a_link_is_sent_or_not_now(void **state)
{
    struct walk walk = begin(state, 202);
    walk.w->mails_n = 0;
    walk_all(&walk, &(struct request){ .send = forgets, .look = has_its_mail });
}

/* ---- signing in ---- */

static struct answer signs_in(struct walk *walk)
{
    return story_login(&walk->client, ADA, "");
}

static void can_sign_in(struct walk *walk, bool answered)
{
    (void)answered;
    assert_status(story_login(&walk->client, ADA, ""), 200);
}

/* ME-11, ME-12, R-03: the right password is never called wrong */
static void one_is_signed_in_or_not_now(void **state)
{
    struct walk walk = begin(state, 200);
    walk_all(&walk, &(struct request){ .send = signs_in, .look = can_sign_in });
}

static struct answer guesses(struct walk *walk)
{
    return story_post(&walk->client, "/auth/login",
                      "{'email':'" ADA "','password':'Wrong-horse-7-battery'}");
}

/* ME-12, R-03: and the wrong one never taken for right */
static void a_wrong_password_opens_nothing_without_memory(void **state)
{
    struct walk walk = begin(state, 401);
    walk_all(&walk, &(struct request){ .send = guesses, .look = can_sign_in });
}

/* ---- refreshing ---- */

static void takes_a_fresh_token(struct walk *walk)
{
    struct client client = client_new(walk->w);
    walk->refresh = story_sign_in(&client, ADA);
}

static struct answer refreshes(struct walk *walk)
{
    return story_refresh(&walk->client, walk->refresh);
}

/* Whether or not the first was answered, a repetition within the window gets the successor. */
static void can_repeat(struct walk *walk, bool answered)
{
    (void)answered;
    assert_status(story_refresh(&walk->client, walk->refresh), 200);
}

/* ME-11, R-03: no family is lost to it */
static void one_refreshes_or_not_now(void **state)
{
    struct walk walk = begin(state, 200);
    walk_all(&walk, &(struct request){
                        .prepare = takes_a_fresh_token, .send = refreshes, .look = can_repeat });
}

/* ---- registering ---- */

static void takes_another_address(struct walk *walk)
{
    walk->email = text_printf(walk->w->arena, "one%zu@example.com", walk->round);
    walk->w->mails_n = 0;
}

static struct answer registers(struct walk *walk)
{
    return story_post(&walk->client, "/auth/register",
                      "{'email':'%s','password':'" STORY_PASSWORD "','full_name':'Ada'}",
                      walk->email);
}

/* All of it or nothing: with the answer comes the mail, and without either one registers anew. */
static void is_there_or_can_be(struct walk *walk, bool answered)
{
    size_t mails = world_mails(walk->w);
    if (answered)
        assert_int_equal(mails, 1);
    walk->w->mails_n = 0;
    assert_status(registers(walk), 201);
    assert_status(story_post(&walk->client, "/auth/verify-email", "{'token':'%s'}",
                             world_link_token(walk->w, walk->email)),
                  204);
    assert_status(story_login(&walk->client, walk->email, ""), 200);
}

/* ME-11, R-03 */
static void one_registers_or_not_now(void **state)
{
    struct walk walk = begin(state, 201);
    walk_all(&walk, &(struct request){ .prepare = takes_another_address,
                                       .send = registers,
                                       .look = is_there_or_can_be });
}

int main(void)
{
    static const char *const rsa[] = { "AUTH_JWT_ALGORITHM=RS256", NULL };
    memory_begin();
    const struct CMUnitTest tests[] = {
        STORY(what_is_one_s_own_is_read_or_not_now),
        STORY_WITH(what_is_one_s_own_is_read_or_not_now, rsa),
        STORY(a_name_is_changed_or_not_now),
        STORY(a_link_is_sent_or_not_now),
        STORY(one_is_signed_in_or_not_now),
        STORY(a_wrong_password_opens_nothing_without_memory),
        STORY(one_refreshes_or_not_now),
        STORY(one_registers_or_not_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
