/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status lists: what has been revoked is seen by whoever holds a list, without asking.
 */
#include "exchange_story.h"

#include "base/codec.h"
#include "oauth/client_change.h"
#include "store/generation.h"
#include "store/status_lists.h"
#include "store/users.h"

#include <zlib.h>

enum { TTL = 60, LIST_BYTES = 1 << 17 };

struct listed {
    const char *path;
    int64_t idx;
};

/* The place that `token` names. */
static struct listed listed(struct world *w, const char *token)
{
    static const char origin[] = "http://localhost:8080";
    struct answer claims = story_claims(w, token);
    const char *uri = answer_text(&claims, "status.status_list.uri");
    struct listed out = { 0 };
    assert_non_null(uri);
    assert_true(text_starts(uri, origin));
    assert_true(text_int(answer_text(&claims, "status.status_list.idx"), 0, INT64_MAX, &out.idx));
    out.path = uri + strlen(origin);
    return out;
}

static struct answer list_of(struct world *w, const struct listed *at)
{
    struct client c = client_new(w);
    struct answer a = client_get(&c, at->path);
    assert_status(a, 200);
    return a;
}

/* What the list says now: 0 is VALID, 1 is INVALID. */
static int status_of(struct world *w, const struct listed *at)
{
    struct answer list = list_of(w, at);
    struct answer claims = story_claims(w, list.body);
    struct bytes packed;
    uint8_t *bits = arena_alloc(w->arena, LIST_BYTES);
    uLongf size = LIST_BYTES;
    const char *lst = answer_text(&claims, "status_list.lst");
    assert_true(base64url_decode(w->arena, bytes_of(lst), &packed));
    assert_int_equal(uncompress(bits, &size, packed.at, (uLong)packed.n), Z_OK);
    assert_int_equal(size, LIST_BYTES);
    return bits[at->idx / 8] >> at->idx % 8 & 1;
}

/* What anybody sees who follows ttl. */
static int status_later(struct world *w, const struct listed *at)
{
    world_pass(w, TTL / 2);
    return status_of(w, at);
}

static struct listed app_token(struct world *w, struct answer *tokens)
{
    *tokens = oauth_tokens(w, "");
    return listed(w, answer_text(tokens, "access_token"));
}

/* Draft 21, 5.1, 8.2: what a list says of itself. */
static void a_list_says_what_the_draft_asks_for(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    struct answer list = list_of(w, &at);
    struct answer header = story_header(w, list.body);
    struct answer claims = story_claims(w, list.body);
    assert_string_equal(answer_header(&list, "content-type"), "application/statuslist+jwt");
    assert_string_equal(answer_header(&list, "cache-control"), "public, max-age=30");
    assert_string_equal(answer_header(&list, "access-control-allow-origin"), "*");
    assert_string_equal(answer_text(&header, "typ"), "statuslist+jwt");
    assert_string_equal(answer_text(&claims, "sub"),
                        text_printf(w->arena, "http://localhost:8080%s", at.path));
    assert_string_equal(answer_text(&claims, "ttl"), "30");
    assert_string_equal(answer_text(&claims, "iat"),
                        text_printf(w->arena, "%lld", (long long)w->now));
    assert_string_equal(answer_text(&claims, "exp"),
                        text_printf(w->arena, "%lld", (long long)w->now + TTL));
    assert_string_equal(answer_text(&claims, "status_list.bits"), "1");
    assert_int_equal(status_of(w, &at), 0);
}

/* Signed once: the same bytes until half of the time is over, and 304 to who has them. */
static void a_list_is_signed_once_for_its_time(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    struct client c = client_new(w);
    struct answer first = list_of(w, &at);
    world_pass(w, TTL / 2 - 1);
    struct answer second = list_of(w, &at);
    assert_string_equal(first.body, second.body);
    assert_string_equal(answer_header(&second, "cache-control"), "public, max-age=1");
    struct sent sent = { .method = HTTP_GET,
                         .target = at.path,
                         .headers = { { "if-none-match", answer_header(&first, "etag") } } };
    assert_status(client_send(&c, &sent), 304);
    world_pass(w, 1);
    assert_string_not_equal(list_of(w, &at).body, first.body);
    assert_status(client_send(&c, &sent), 200);
}

/* AT-01: signing out, a refresh token that is given up or comes twice, a user and a client that are
 * disabled. */
static void whatever_ends_tokens_shows_in_the_list(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    assert_int_equal(status_of(w, &at), 0);
    const char *form =
        text_printf(w->arena, "client_id=" APP "&token=%s", answer_text(&t, "refresh_token"));
    assert_status(oauth_post(w, "/oauth2/revoke", APP, NULL, form), 200);
    assert_int_equal(status_later(w, &at), 1);
}

static void signing_out_shows(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    struct listed at = listed(w, answer_text(&t, "access_token"));
    struct client c = client_new(w);
    (void)story_sign_in(&c, ADA);
    struct listed own = listed(w, c.token);
    assert_status(client_post(&b, "/auth/logout", "{}"), 204);
    assert_int_equal(status_later(w, &at), 1);
    assert_int_equal(status_of(w, &own), 0);
    assert_status(client_post(&c, "/auth/logout", "{}"), 204);
    assert_int_equal(status_later(w, &own), 1);
}

static struct answer refreshed(struct world *w, const struct answer *t)
{
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(t, "refresh_token"));
    return oauth_post(w, "/oauth2/token", APP, NULL, form);
}

/* Decision 11: a refresh writes no place; a replay shows. */
static void a_refresh_keeps_the_place_and_a_replay_shows(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    struct answer next = refreshed(w, &t);
    struct listed again = listed(w, answer_text(&next, "access_token"));
    assert_int_equal(again.idx, at.idx);
    world_pass(w, 11);
    assert_oauth_error(refreshed(w, &t), 400, "invalid_grant");
    assert_int_equal(status_later(w, &at), 1);
}

/* One token is given up: what is refreshed afterwards is good. */
static void one_revoked_token_takes_those_of_its_place_along(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    const char *form =
        text_printf(w->arena, "client_id=" APP "&token=%s", answer_text(&t, "access_token"));
    assert_status(oauth_post(w, "/oauth2/revoke", APP, NULL, form), 200);
    struct answer next = refreshed(w, &t);
    struct listed again = listed(w, answer_text(&next, "access_token"));
    assert_int_equal(status_later(w, &at), 1);
    assert_int_equal(status_of(w, &again), 0);
}

static void a_disabled_client_and_user_show(void **state)
{
    struct world *w = *state;
    bool found = false;
    struct answer t;
    struct listed at = app_token(w, &t);
    const char *secret =
        oauth_client(w, "job", "{'grant_types':['client_credentials'],'scope':'a'}");
    world_pass(w, 1);
    struct answer got =
        oauth_post(w, "/oauth2/token", "job", secret, "grant_type=client_credentials");
    struct listed job = listed(w, answer_text(&got, "access_token"));
    assert_int_equal(status_of(w, &job), 0);
    story_does(w, client_switch(world_ctx(w), "job", CLIENT_DISABLED, NULL));
    assert_int_equal(status_later(w, &job), 1);
    assert_int_equal(status_of(w, &at), 0);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    story_does(w,
               user_set_status(world_ctx(w), answer_text(&claims, "sub"), USER_DISABLED, &found));
    assert_int_equal(status_later(w, &at), 1);
}

/* SU-13: after an older state was put back, all of before is dead, known to it or not. */
static void lists_of_before_a_restore_say_that_all_is_dead(void **state)
{
    struct world *w = *state;
    int64_t generation = 0;
    struct answer t;
    struct listed at = app_token(w, &t);
    story_does(w, generation_raise(world_ctx(w), 0, &generation));
    assert_int_equal(status_later(w, &at), 1);
    at.idx = (at.idx + 1) % (LIST_BYTES * 8);
    assert_int_equal(status_of(w, &at), 1);
}

static void other_names_are_nobodys(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    static const char *const names[] = { "0",
                                         "x",
                                         "0-x",
                                         "0-128",
                                         "1-0",
                                         "-0",
                                         "0--1",
                                         "00-0",
                                         "0-00",
                                         "0--0",
                                         "00000000000000000000000000000000000000000000000000-0" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_problem(client_get(&c, text_printf(w->arena, "/oauth2/status-lists/%s", names[i])),
                       404, "not-found");
}

/* What no token names is not made, and displaces no list that one does. */
static void nobody_has_lists_made_in_vain(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct client c = client_new(w);
    assert_problem(client_get(&c, "/oauth2/status-lists/0-0"), 404, "not-found");
    struct listed at = app_token(w, &t);
    struct answer list = list_of(w, &at);
    for (int i = 1; i < STATUS_LISTS_MAX; i++)
        assert_problem(client_get(&c, text_printf(w->arena, "/oauth2/status-lists/0-%d", i)), 404,
                       "not-found");
    assert_string_equal(list_of(w, &at).body, list.body);
}

/* The same for those of earlier generations, which no longer say anything new. */
static void former_lists_displace_none_of_now(void **state)
{
    struct world *w = *state;
    int64_t generation = 0;
    struct answer t;
    struct client c = client_new(w);
    story_does(w, generation_raise(world_ctx(w), 6, &generation));
    struct listed at = app_token(w, &t);
    struct answer list = list_of(w, &at);
    for (int i = 0; i < 6; i++)
        assert_status(client_get(&c, text_printf(w->arena, "/oauth2/status-lists/%d-0", i)), 200);
    assert_string_equal(list_of(w, &at).body, list.body);
}

static struct listed exchanged(struct world *w, const char *secret, const char *token,
                               struct answer *got)
{
    *got = exchanges(w, secret, token, "");
    assert_status(*got, 200);
    return listed(w, answer_text(got, "access_token"));
}

/* RFC 8693: a token that was exchanged is revoked alone, and ends with either client. */
static void an_exchanged_token_has_its_own_place(void **state)
{
    struct world *w = *state;
    struct answer one, two;
    const char *secret = orders(w, FOR_STOCK);
    const char *token = shown(w);
    struct listed at = listed(w, token);
    struct listed first = exchanged(w, secret, token, &one);
    struct listed second = exchanged(w, secret, token, &two);
    const char *form = text_printf(w->arena, "token=%s", answer_text(&one, "access_token"));
    assert_status(oauth_post(w, "/oauth2/revoke", "orders", secret, form), 200);
    assert_int_equal(status_later(w, &first), 1);
    assert_int_equal(status_of(w, &second), 0);
    assert_int_equal(status_of(w, &at), 0);
    story_does(w, client_switch(world_ctx(w), "orders", CLIENT_DISABLED, NULL));
    assert_int_equal(status_later(w, &second), 1);
    assert_int_equal(status_of(w, &at), 0);
}

static void it_shows_that_the_client_of_its_subject_was_disabled(void **state)
{
    struct world *w = *state;
    struct answer got;
    const char *secret = orders(w, FOR_STOCK);
    struct listed at = exchanged(w, secret, shown(w), &got);
    assert_int_equal(status_of(w, &at), 0);
    story_does(w, client_switch(world_ctx(w), APP, CLIENT_DISABLED, NULL));
    assert_int_equal(status_later(w, &at), 1);
}

/* Of a client that acts for itself: what it asks for next is good. */
static void a_token_of_a_client_shows_too(void **state)
{
    struct world *w = *state;
    static const char grant[] = "grant_type=client_credentials";
    const char *secret =
        oauth_client(w, "job", "{'grant_types':['client_credentials'],'scope':'a'}");
    struct answer t = oauth_post(w, "/oauth2/token", "job", secret, grant);
    struct listed at = listed(w, answer_text(&t, "access_token"));
    const char *form = text_printf(w->arena, "token=%s", answer_text(&t, "access_token"));
    assert_status(oauth_post(w, "/oauth2/revoke", "job", secret, form), 200);
    assert_int_equal(status_later(w, &at), 1);
    t = oauth_post(w, "/oauth2/token", "job", secret, grant);
    struct listed next = listed(w, answer_text(&t, "access_token"));
    assert_int_equal(status_of(w, &next), 0);
}

/* Draft 21, 9.3. */
static void the_lists_are_listed(void **state)
{
    struct world *w = *state;
    struct answer t;
    struct listed at = app_token(w, &t);
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_string_equal(answer_text(&a, "status_list_aggregation_endpoint"),
                        "http://localhost:8080/oauth2/status-lists");
    a = client_get(&c, "/oauth2/status-lists");
    assert_status(a, 200);
    assert_true(answer_holds(&a, text_printf(w->arena, "http://localhost:8080%s", at.path)));
}

/* Off: nothing of it is there. */
static void a_setting_turns_it_off(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    struct client c = client_new(w);
    assert_null(answer_text(&claims, "status.status_list.uri"));
    assert_problem(client_get(&c, "/oauth2/status-lists"), 404, "not-found");
    assert_problem(client_get(&c, "/oauth2/status-lists/0-0"), 404, "not-found");
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_null(answer_text(&a, "status_list_aggregation_endpoint"));
}
static const char *const off[] = { "AUTH_STATUS_LIST_SECONDS=0", NULL };

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_list_says_what_the_draft_asks_for),
        STORY(a_list_is_signed_once_for_its_time),
        STORY(whatever_ends_tokens_shows_in_the_list),
        STORY(signing_out_shows),
        STORY(a_refresh_keeps_the_place_and_a_replay_shows),
        STORY(one_revoked_token_takes_those_of_its_place_along),
        STORY(a_disabled_client_and_user_show),
        STORY(lists_of_before_a_restore_say_that_all_is_dead),
        STORY(other_names_are_nobodys),
        STORY(nobody_has_lists_made_in_vain),
        STORY(former_lists_displace_none_of_now),
        STORY(an_exchanged_token_has_its_own_place),
        STORY(it_shows_that_the_client_of_its_subject_was_disabled),
        STORY(a_token_of_a_client_shows_too),
        STORY(the_lists_are_listed),
        STORY_WITH(a_setting_turns_it_off, off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
