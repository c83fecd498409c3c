/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C5: one policy behind every door.  Each state of an account is met at each door by which a
 * password comes in, and gets the same answer.
 */
#include "story.h"

#include "identity/people.h"

#define WRONG "Wrong-horse-9"

/* ---- doors ---- */

struct door_case {
    const char *what;
    const char *more; /* members of POST /auth/login; NULL: the form of POST /auth/token */
};

static const struct door_case doors[] = {
    { "login by token", "" },
    { "login by session", ",'mode':'session'" },
    { "login by spa", ",'mode':'spa'" },
    { "login without tenant", ",'tenant_id':'none'" },
    { "login with a code", ",'mfa_code':'000000'" },
    { "the password form", NULL },
};
enum { DOORS = sizeof doors / sizeof *doors };

static struct answer knock(struct world *w, const struct door_case *door, const char *password)
{
    struct client c = client_new(w);
    if (door->more != NULL)
        return story_post(&c, "/auth/login", "{'email':'" ADA "','password':'%s'%s}", password,
                          story_json(w, "%s", door->more));
    struct sent form = { .method = HTTP_POST,
                         .target = "/auth/token",
                         .form = text_printf(w->arena, "username=ada%%40example.com&password=%s",
                                             password) };
    return client_send(&c, &form);
}

/* The slug of the refusal, whichever words the door has for it; "" for a success. */
static const char *refusal(struct answer a)
{
    const char *type = answer_text(&a, "type");
    if (a.status == 200)
        return "";
    if (type == NULL)
        type = answer_text(&a, "error_uri");
    assert_non_null(type);
    assert_null(strstr(a.body, "access_token"));
    assert_null(answer_header(&a, "set-cookie"));
    return strrchr(type, '/') + 1;
}

/* Every door answers the password with `slug`. */
static void all_answer(struct world *w, const char *password, const char *slug)
{
    for (size_t i = 0; i < DOORS; i++) {
        struct answer a = knock(w, &doors[i], password);
        if (!text_equal(refusal(a), slug))
            fail_msg("%s answers %d, not \"%s\": %s", doors[i].what, a.status, slug, a.body);
    }
}

/* ---- states ---- */

static void nobody_has_it(struct world *w)
{
    (void)w;
}

static void unverified(struct world *w)
{
    struct client c = client_new(w);
    assert_status(story_post(&c, "/auth/register",
                             "{'email':'" ADA "','password':'" STORY_PASSWORD
                             "','full_name':'Ada'}"),
                  201);
}

static void disabled(struct world *w)
{
    const char *id = story_person(w, ADA);
    story_does(w, people_set_status(world_ctx(w), id, USER_DISABLED, NULL));
}

static void erased(struct world *w)
{
    const char *id = story_person(w, ADA);
    story_does(w, people_erase(world_ctx(w), id, NULL));
}

static void without_a_password(struct world *w)
{
    const struct user_row *user = NULL;
    const struct people_new person = { .email = ADA, .full_name = "Ada" };
    story_does(w, people_add(world_ctx(w), &person, &user));
}

static void with_another_password(struct world *w)
{
    const char *id = story_person(w, ADA);
    story_does(w, people_set_password(world_ctx(w), id, "Another-horse-8", false, NULL));
}

typedef void state_of(struct world *w);
static state_of *const closed_states[] = {
    nobody_has_it, unverified, disabled, erased, without_a_password, with_another_password
};

/* EN-01, RL-05, AT-20: whatever the state that keeps somebody out, all doors say the same. */
static void whoever_may_not_in_is_told_the_same_at_every_door(void **state)
{
    for (size_t i = 0; i < sizeof closed_states / sizeof *closed_states; i++) {
        void *fresh = NULL;
        (void)world_set_up(&fresh);
        struct world *w = fresh;
        closed_states[i](w);
        all_answer(w, STORY_PASSWORD, "invalid-credentials");
        all_answer(w, WRONG, "invalid-credentials");
        (void)world_tear_down(&fresh);
    }
    (void)state;
}

/* ---- what stands around an answer ---- */

static void with_a_factor(struct world *w)
{
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    (void)story_enrol(&c, NULL);
}

/* Status and header fields, but for what differs by request. */
static void add_around(struct text_buffer *out, const struct answer *a)
{
    text_addf(out, "%d\n", a->status);
    for (size_t i = 0; i < a->headers_n; i++)
        if (!text_equal_nocase(a->headers[i].name, "x-request-id"))
            text_addf(out, "%s: %s\n", a->headers[i].name, a->headers[i].value);
}

/* What stands around the answers to everything that names an address, until its allowances are used
 * up; each from another place, whose own allowance is full. */
static const char *around(struct world *w)
{
    static const char *const asked[][2] = {
        { "/auth/login", "{'email':'" ADA "','password':'" WRONG "'}" },
        { "/auth/login", "{'email':'" ADA "','password':'" WRONG "','mode':'session'}" },
        { "/auth/forgot-password", "{'email':'" ADA "'}" },
        { "/auth/verify-email/resend", "{'email':'" ADA "'}" },
        { "/auth/register", "{'email':'" ADA "','password':'Another-horse-8','full_name':'A'}" },
    };
    enum { ASKED = sizeof asked / sizeof *asked };
    struct text_buffer out = text_buffer(w->arena);
    for (int i = 0; i < 10 * ASKED; i++) {
        struct client c = client_new(w);
        c.address = text_printf(w->arena, "198.51.100.%d", i);
        struct answer a = story_post(&c, asked[i % ASKED][0], "%s", asked[i % ASKED][1]);
        add_around(&out, &a);
    }
    return text_of(&out);
}

/* EN-11: nor do fields of limits, cookies or any others tell one account from another, or from
 * none. */
static void nothing_around_an_answer_tells_an_account(void **state)
{
    static const char *const limited[] = { "AUTH_RATE_LIMIT=on", NULL };
    static state_of *const states[] = { nobody_has_it, unverified,         disabled,
                                        erased,        without_a_password, with_another_password,
                                        with_a_factor };
    char *first = NULL;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        void *fresh = (void *)(uintptr_t)limited;
        (void)world_set_up(&fresh);
        struct world *w = fresh;
        states[i](w);
        world_pass(w, HOURS); /* the allowances are full again */
        const char *all = around(w);
        assert_non_null(strstr(all, "\n429\n"));
        assert_non_null(strcasestr(all, "\nratelimit: \"login\";r=4;"));
        assert_null(strcasestr(all, "\nset-cookie:"));
        if (first == NULL)
            first = strdup(all);
        assert_string_equal(all, first);
        (void)world_tear_down(&fresh);
    }
    free(first);
    (void)state;
}

/* A door that does not ask for a second factor lets in; with a code beside the password too. */
static void whoever_may_is_let_in_at_every_door(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    all_answer(w, STORY_PASSWORD, "");
    all_answer(w, WRONG, "invalid-credentials");
}

/* SS-07: every door asks for the second factor, or finds the code wrong. */
static void every_door_asks_for_the_second_factor(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    (void)story_enrol(&c, NULL);
    for (size_t i = 0; i < DOORS; i++) {
        bool brings_code = doors[i].more != NULL && strstr(doors[i].more, "mfa_code") != NULL;
        struct answer a = knock(w, &doors[i], STORY_PASSWORD);
        assert_string_equal(refusal(a), brings_code ? "invalid-credentials" : "mfa-required");
        assert_string_equal(refusal(knock(w, &doors[i], WRONG)), "invalid-credentials");
    }
}

/* RL-05, RL-06: what one door counted, the others know. */
static void a_used_up_account_is_shut_at_every_door(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    for (int i = 0; i < 5; i++) {
        struct client c = client_new(w);
        c.address = text_printf(w->arena, "198.51.100.%d", i);
        assert_problem(story_post(&c, "/auth/login", "{'email':'" ADA "','password':'" WRONG "'}"),
                       401, "invalid-credentials");
    }
    for (size_t i = 0; i < DOORS; i++)
        assert_string_equal(refusal(knock(w, &doors[i], STORY_PASSWORD)), "rate-limited");
}

/* PR-15: one policy for passwords, wherever one is set. */
static void a_weak_password_is_refused_wherever_it_is_set(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    const char *id = story_person(w, ADA);
    (void)story_sign_in(&c, ADA);
    assert_status(story_post(&c, "/auth/forgot-password", "{'email':'" ADA "'}"), 202);
    const char *link = world_link_token(w, ADA);
    static const char *const weak[] = { "Short-7",       "alllowercase-7", "ALLUPPERCASE-7",
                                        "No-digit-here", "Password123",    "Ada@example.com1" };
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        assert_problem(story_post(&c, "/auth/register",
                                  "{'email':'ada@example.com','password':'%s','full_name':'Ada'}",
                                  weak[i]),
                       400, "weak-password");
        assert_problem(
            story_post(&c, "/auth/reset-password", "{'token':'%s','password':'%s'}", link, weak[i]),
            400, "weak-password");
        assert_problem(story_post(&c, "/auth/me/password",
                                  "{'current_password':'" STORY_PASSWORD "','new_password':'%s'}",
                                  weak[i]),
                       400, "weak-password");
        assert_int_equal(people_set_password(world_ctx(w), id, weak[i], false, NULL).code,
                         ERR_WEAK_PASSWORD);
    }
    assert_status(story_login(&c, ADA, ""), 200);
}

int main(void)
{
    static const char *const limited[] = { "AUTH_RATE_LIMIT=on", "AUTH_LOGIN_PER_MINUTE=5", NULL };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_may_not_in_is_told_the_same_at_every_door),
        cmocka_unit_test(nothing_around_an_answer_tells_an_account),
        STORY(whoever_may_is_let_in_at_every_door),
        STORY(every_door_asks_for_the_second_factor),
        STORY_WITH(a_used_up_account_is_shut_at_every_door, limited),
        STORY(a_weak_password_is_refused_wherever_it_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
