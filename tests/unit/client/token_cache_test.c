/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of tokens in the schema of MSAL: what is found, what takes the place of what, what
 * comes back as it was (entra.md 3.1, 3.2; 6.1 test_token_cache, 6.2 CacheManager, 6.3 storage).
 */
#include "client/token_cache.h"

#include "client/token_entry.h"
#include "tests/unit/base/testing.h"

#include <pthread.h>

#define HOME  "aaaa.1111"
#define HOST  "login.microsoftonline.com"
#define ALIAS "login.windows.net"

static struct texts list(struct ctx *c, const char *words)
{
    return text_split(c->arena, words, ' ');
}

static struct token_entry access_token(const struct ctx *c, const char *target, const char *secret)
{
    return (struct token_entry){ .kind = TOKEN_ACCESS,
                                 .home_account_id = HOME,
                                 .environment = HOST,
                                 .client_id = "client",
                                 .realm = "1111",
                                 .target = target,
                                 .secret = secret,
                                 .token_type = "Bearer",
                                 .cached_at = c->now,
                                 .expires_on = c->now + 3600 };
}

static struct token_query asks(struct ctx *c, const char *scopes)
{
    return (struct token_query){ .kind = TOKEN_ACCESS,
                                 .home_account_id = HOME,
                                 .environments = list(c, ALIAS " " HOST),
                                 .client_id = "client",
                                 .realm = "1111",
                                 .token_type = "Bearer",
                                 .user_assertion_hash = "",
                                 .scopes = list(c, scopes) };
}

static void put(struct ctx *c, struct token_cache *cache, const struct token_entry *entry)
{
    const struct token_change change = { .put = entry };
    assert_int_equal(token_cache_change(c, cache, &change, 1).code, ERR_OK);
}

static const char *hit(struct ctx *c, struct token_cache *cache, const struct token_query *query)
{
    struct token_entry found = { 0 };
    return token_cache_hit(c, cache, query, 300, &found) ? found.secret : NULL;
}

static size_t count(struct ctx *c, struct token_cache *cache, enum token_kind kind)
{
    const struct token_query all = { .kind = kind };
    return token_cache_find(c, cache, &all).n;
}

/* 9.2 "subset scopes": case does not matter, OIDC scopes only if nothing else is asked for. */
static void a_token_is_found_by_a_subset_of_its_scopes(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *target, *asked;
        bool good;
    } rows[] = {
        { "User.Read Mail.Read openid profile", "user.read", true },
        { "User.Read Mail.Read openid profile", "MAIL.READ User.Read", true },
        { "User.Read Mail.Read", "User.Read openid profile offline_access email", true },
        { "User.Read openid profile", "Mail.Read", false },
        { "User.Read", "User.Read Mail.Read", false },
        { "User.ReadWrite", "User.Read", false },
        { "User.Read", "User.ReadWrite", false },
        { "openid profile email", "openid email", true },
        { "User.Read", "openid", false },
        { "https://vault.azure.net/.default", "https://vault.azure.net/.default", true },
        { "", "User.Read", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token_cache *cache = token_cache_new();
        const struct token_entry entry = access_token(c, rows[i].target, "at");
        put(c, cache, &entry);
        const struct token_query query = asks(c, rows[i].asked);
        assert_int_equal(hit(c, cache, &query) != NULL, rows[i].good);
        token_cache_free(cache);
    }
}

static void a_token_is_of_one_account_realm_client_and_cloud(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    const struct token_entry entry = access_token(c, "User.Read", "at");
    put(c, cache, &entry);
    const struct token_query good = asks(c, "User.Read");
    struct token_query others[7];
    for (size_t i = 0; i < 7; i++)
        others[i] = good;
    others[0].home_account_id = "bbbb.1111";
    others[1].home_account_id = "";
    others[2].realm = "2222";
    others[3].client_id = "other";
    others[4].environments = list(c, "login.microsoftonline.us");
    others[5].token_type = "pop";
    others[6].user_assertion_hash = "hash";
    assert_string_equal(hit(c, cache, &good), "at");
    for (size_t i = 0; i < 7; i++)
        assert_null(hit(c, cache, &others[i]));
    token_cache_free(cache);
}

/* 9.2 "300 s leeway"; 3.2 rules 2 and 3. */
static void a_token_that_ends_soon_or_is_of_the_future_is_no_hit(void **state)
{
    struct ctx *c = *state;
    static const struct {
        int64_t expires, cached;
        bool good;
    } rows[] = { { 301, 0, true },    { 300, 0, false },  { -1, -10, false },
                 { 3600, 61, false }, { 3600, 60, true }, { INT64_MAX / 2, -5, true } };
    const struct token_query query = asks(c, "User.Read");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token_cache *cache = token_cache_new();
        struct token_entry entry = access_token(c, "User.Read", "at");
        entry.expires_on = c->now + rows[i].expires;
        entry.cached_at = c->now + rows[i].cached;
        put(c, cache, &entry);
        assert_int_equal(hit(c, cache, &query) != NULL, rows[i].good);
        token_cache_free(cache);
    }
}

/* test_access_tokens_with_different_key_id, additionalCacheKeyComponents of msal-node 7. */
static void a_token_that_is_bound_is_no_plain_one(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    struct token_entry bound = access_token(c, "User.Read", "bound");
    struct token_entry part = access_token(c, "User.Read", "part");
    const struct token_query query = asks(c, "User.Read");
    bound.key_id = "key";
    part.more = "\"additionalCacheKeyComponents\":{\"fmi_path\":\"a\"}";
    put(c, cache, &bound);
    put(c, cache, &part);
    assert_null(hit(c, cache, &query));
    token_cache_free(cache);
}

/* 3.5, TestOBOPartitioning: never across assertions. */
static void tokens_on_behalf_of_others_are_apart(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    struct token_entry one = access_token(c, "User.Read", "one");
    struct token_entry two = access_token(c, "User.Read", "two");
    one.user_assertion_hash = "hash-1";
    two.user_assertion_hash = "hash-2";
    put(c, cache, &one);
    put(c, cache, &two);
    struct token_query query = asks(c, "User.Read");
    assert_null(hit(c, cache, &query));
    query.user_assertion_hash = "hash-1";
    assert_string_equal(hit(c, cache, &query), "one");
    query.user_assertion_hash = "HASH-1";
    assert_null(hit(c, cache, &query));
    token_cache_free(cache);
}

static void a_token_takes_the_place_of_those_whose_scopes_it_covers(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    const struct token_entry narrow = access_token(c, "User.Read", "narrow");
    const struct token_entry other = access_token(c, "Mail.Read", "other");
    const struct token_entry wide = access_token(c, "mail.send USER.READ", "wide");
    put(c, cache, &narrow);
    put(c, cache, &other);
    put(c, cache, &wide);
    assert_int_equal(count(c, cache, TOKEN_ACCESS), 2);
    const struct token_query query = asks(c, "User.Read");
    assert_string_equal(hit(c, cache, &query), "wide");
    token_cache_free(cache);
}

/* 9.2 "RT replace newest; alias hosts; tenant independent". */
static void the_newest_refresh_token_comes_first_whatever_the_alias(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    struct token_entry entry = { .kind = TOKEN_REFRESH,
                                 .home_account_id = HOME,
                                 .environment = ALIAS,
                                 .client_id = "client",
                                 .target = "User.Read",
                                 .secret = "newer",
                                 .last_modification_time = c->now };
    put(c, cache, &entry);
    entry.environment = HOST;
    entry.secret = "older";
    entry.last_modification_time = c->now - 5;
    put(c, cache, &entry);
    const struct token_query query = { .kind = TOKEN_REFRESH,
                                       .home_account_id = HOME,
                                       .environments = list(c, ALIAS " " HOST),
                                       .client_id = "client" };
    struct token_entries found = token_cache_find(c, cache, &query);
    assert_int_equal(found.n, 2);
    assert_string_equal(found.at[0].secret, "newer");
    entry.secret = "newest";
    entry.target = "Mail.Read";
    put(c, cache, &entry);
    assert_int_equal(count(c, cache, TOKEN_REFRESH), 2);
    const struct token_change gone = { .removed = &query, .secret = "newest" };
    assert_int_equal(token_cache_change(c, cache, &gone, 1).code, ERR_OK);
    found = token_cache_find(c, cache, &query);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.at[0].secret, "newer");
    token_cache_free(cache);
}

static void keys_are_those_of_msal_for_python(void **state)
{
    struct ctx *c = *state;
    struct token_entry e = access_token(c, "User.Read openid", "x");
    assert_string_equal(token_key(c->arena, &e),
                        HOME "-" HOST "-accesstoken-client-1111-user.read openid");
    e.home_account_id = NULL;
    assert_string_equal(token_key(c->arena, &e),
                        "-" HOST "-accesstoken-client-1111-user.read openid");
    e.home_account_id = HOME;
    e.kind = TOKEN_REFRESH;
    assert_string_equal(token_key(c->arena, &e),
                        HOME "-" HOST "-refreshtoken-client--user.read openid");
    e.kind = TOKEN_ID;
    assert_string_equal(token_key(c->arena, &e), HOME "-" HOST "-idtoken-client-1111-");
    e.kind = TOKEN_ACCOUNT;
    assert_string_equal(token_key(c->arena, &e), HOME "-" HOST "-1111");
    e.kind = TOKEN_APP;
    assert_string_equal(token_key(c->arena, &e), "appmetadata-" HOST "-client");
}

/* TestAccessTokenUnmarshal: members and sections that are not known; test_old_rt_data_with_wrong_
 * key: the key says nothing. */
static void what_is_not_known_comes_back_as_it_was(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    static const char in[] =
        "{\"AccessToken\":{\"any key\":{\"secret\":\"s\",\"home_account_id\":\"" HOME
        "\",\"environment\":\"" HOST
        "\",\"client_id\":\"client\",\"realm\":\"1111\",\"target\":\"User.Read\",\"cached_at\":"
        "1795529000,\"expires_on\":\"1795532767\",\"refresh_on\":1795529200.5,\"token_type\":"
        "\"Bearer\",\"x\":{\"y\":[1,2.50,\"\\u00e9\"]},\"key_id\":null}},"
        "\"Unknown\":{\"a\":[true]},\"version\":7}";
    assert_int_equal(token_cache_read(c, cache, bytes_of(in)).code, ERR_OK);
    const struct token_query query = asks(c, "User.Read");
    struct token_entry found = { 0 };
    assert_true(token_cache_hit(c, cache, &query, 300, &found));
    assert_int_equal(found.expires_on, 1795532767);
    assert_int_equal(found.cached_at, 1795529000);
    assert_int_equal(found.refresh_on, 1795529200);
    const char *out = token_cache_write(c, cache);
    assert_non_null(strstr(out, "\"any key\":{\"credential_type\":\"AccessToken\""));
    assert_non_null(strstr(out, "\"expires_on\":\"1795532767\""));
    assert_non_null(strstr(out, "\"x\":{\"y\":[1,2.50,\"\\u00e9\"]}"));
    assert_non_null(strstr(out, "\"Unknown\":{\"a\":[true]},\"version\":7}"));
    /* And once more, with nothing changed. */
    assert_int_equal(token_cache_read(c, cache, bytes_of(out)).code, ERR_OK);
    assert_string_equal(token_cache_write(c, cache), out);
    token_cache_free(cache);
}

static void what_is_no_cache_changes_nothing(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    const struct token_entry entry = access_token(c, "User.Read", "at");
    static const char *const bad[] = { "",
                                       "[]",
                                       "{",
                                       "{\"AccessToken\":{\"k\":1}}",
                                       "{\"AccessToken\":{\"k\":{}}",
                                       "{\"AccessToken\":{\"k\":{\"a\":1,\"a\":2}}}",
                                       "{\"AccessToken\":1}",
                                       "{}x" };
    put(c, cache, &entry);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fault_clear(c);
        assert_int_equal(token_cache_read(c, cache, bytes_of(bad[i])).code, ERR_INVALID_JSON);
        assert_int_equal(count(c, cache, TOKEN_ACCESS), 1);
    }
    token_cache_free(cache);
}

/* test_has_state_changed; tokens that have ended are not written. */
static void it_says_whether_it_has_changed(void **state)
{
    struct ctx *c = *state;
    struct token_cache *cache = token_cache_new();
    struct token_entry entry = access_token(c, "User.Read", "CANARY-ended");
    assert_false(token_cache_has_changed(cache));
    entry.expires_on = c->now;
    put(c, cache, &entry);
    assert_true(token_cache_has_changed(cache));
    assert_null(strstr(token_cache_write(c, cache), "CANARY-ended"));
    assert_false(token_cache_has_changed(cache));
    assert_int_equal(token_cache_read(c, cache, bytes_of("{}")).code, ERR_OK);
    assert_false(token_cache_has_changed(cache));
    assert_string_equal(token_cache_write(c, cache),
                        "{\"AccessToken\":{},\"RefreshToken\":{},\"IdToken\":{},\"Account\":{},"
                        "\"AppMetadata\":{}}");
    token_cache_free(cache);
}

/* More than the reader takes of what strangers send. */
static void a_large_cache_is_read(void **state)
{
    struct ctx *c = *state;
    enum { MANY = 3000 };
    struct token_cache *cache = token_cache_new();
    struct arena *large = arena_new(64 * (size_t)ARENA_REQUEST_CEILING);
    struct arena *before = c->arena;
    c->arena = large;
    struct token_entry entry = access_token(c, "User.Read", "at");
    for (int i = 0; i < MANY; i++) {
        entry.home_account_id = text_printf(c->arena, "user-%d.1111", i);
        put(c, cache, &entry);
    }
    const char *json = token_cache_write(c, cache);
    assert_int_equal(token_cache_read(c, cache, bytes_of(json)).code, ERR_OK);
    assert_int_equal(count(c, cache, TOKEN_ACCESS), MANY);
    struct token_query query = asks(c, "User.Read");
    query.home_account_id = "USER-2999.1111";
    assert_non_null(hit(c, cache, &query));
    c->arena = before;
    arena_end(large);
    token_cache_free(cache);
}

static void *busy(void *arg)
{
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .now = 1795529167 };
    for (int i = 0; i < 200; i++) {
        struct arena_mark mark = arena_mark(c.arena);
        const struct token_entry entry =
            access_token(&c, i % 2 == 0 ? "User.Read" : "User.Read Mail.Read", "at");
        const struct token_query query = asks(&c, "User.Read");
        put(&c, arg, &entry);
        assert_non_null(hit(&c, arg, &query));
        arena_rewind(c.arena, mark);
    }
    arena_end(c.arena);
    return NULL;
}

static void threads_share_one(void **state)
{
    pthread_t threads[8];
    (void)state;
    struct token_cache *cache = token_cache_new();
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, busy, cache), 0);
    for (size_t i = 0; i < 8; i++)
        (void)pthread_join(threads[i], NULL);
    token_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_found_by_a_subset_of_its_scopes),
        TEST(a_token_is_of_one_account_realm_client_and_cloud),
        TEST(a_token_that_ends_soon_or_is_of_the_future_is_no_hit),
        TEST(a_token_that_is_bound_is_no_plain_one),
        TEST(tokens_on_behalf_of_others_are_apart),
        TEST(a_token_takes_the_place_of_those_whose_scopes_it_covers),
        TEST(the_newest_refresh_token_comes_first_whatever_the_alias),
        TEST(keys_are_those_of_msal_for_python),
        TEST(what_is_not_known_comes_back_as_it_was),
        TEST(what_is_no_cache_changes_nothing),
        TEST(it_says_whether_it_has_changed),
        TEST(a_large_cache_is_read),
        TEST(threads_share_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
