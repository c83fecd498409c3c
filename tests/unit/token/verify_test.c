/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: what stands in them, and which are taken. */
#include "token_testing.h"

#include "base/codec.h"
#include "base/readings.h"

#define ISSUER "http://localhost:8080"

static const char *signed_as(struct ctx *c, const char *typ, const char *payload)
{
    const char *token = NULL;
    OK(keyring_sign(c, c->keys, typ, payload, &token));
    return token;
}

/* The payload of a good token. */
static const char *payload_of(struct ctx *c, const char *token)
{
    const char *from = strchr(token, '.') + 1;
    struct bytes payload;
    assert_true(base64url_decode(
        c->arena, (struct bytes){ (const uint8_t *)from, (size_t)(strchr(from, '.') - from) },
        &payload));
    return text_copy(c->arena, (const char *)payload.at, payload.n);
}

/* `text` with the first `from` replaced, which is there. */
static const char *with(struct ctx *c, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return text_printf(c->arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void every_claim_is_there_and_comes_back(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct tokens tokens = { 0 };
    struct access access = { 0 };
    OK(issue_access(c, &facts, &tokens));
    assert_int_equal(tokens.expires_in, 900);
    assert_null(tokens.refresh_token);
    assert_string_equal(tokens.scope, "users:read users:write");
    OK(verify_access(c, tokens.access_token, NULL, &access));
    assert_string_equal(access.jti, tokens.jti);
    assert_int_equal(access.issued_at, c->now);
    assert_int_equal(access.expires_at, c->now + 900);
    assert_string_equal(access.facts.audience, ISSUER);
    assert_string_equal(access.facts.authorization_id, facts.authorization_id);
    const char *expected = text_printf(
        c->arena,
        "{\"iss\":\"" ISSUER "\",\"sub\":\"user-1\",\"aud\":\"" ISSUER "\","
        "\"exp\":%lld,\"iat\":%lld,\"nbf\":%lld,\"jti\":\"%s\",\"client_id\":\"first-party\","
        "\"type\":\"access\",\"auth_time\":%lld,\"acr\":\"urn:uauth:acr:mfa\","
        "\"amr\":[\"pwd\",\"otp\"],\"sid\":\"session-1\",\"grant_id\":\"authorization-1\","
        "\"scope\":\"users:read users:write\",\"scopes\":[\"users:read\",\"users:write\"],"
        "\"tenant_id\":\"tenant-1\",\"roles\":[\"moderator\",\"user\"],"
        "\"permissions\":[\"users:read\",\"users:write\"]}",
        (long long)c->now + 900, (long long)c->now, (long long)c->now, tokens.jti,
        (long long)c->now - 10);
    assert_string_equal(payload_of(c, tokens.access_token), expected);
    /* What was read is what was written. */
    assert_string_equal(access_write(c, &access), expected);
}

static void a_token_of_a_client_has_no_sign_in(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = { .user_id = "service", .client_id = "service" };
    struct access access = { 0 };
    const char *token = a_token(c, &facts);
    OK(verify_access(c, token, NULL, &access));
    assert_null(access.facts.sid);
    assert_null(access.facts.tenant_id);
    assert_null(access.facts.authorization_id);
    assert_int_equal(access.facts.scopes.n, 0);
    static const char *const absent[] = { "\"scope\"", "auth_time", "acr",      "amr",
                                          "sid",       "grant_id",  "tenant_id" };
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_null(strstr(payload_of(c, token), absent[i]));
}

static void each_token_has_an_id_of_its_own(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct tokens one = { 0 }, two = { 0 };
    OK(issue_access(c, &facts, &one));
    OK(issue_access(c, &facts, &two));
    assert_string_not_equal(one.jti, two.jti);
}

static void no_token_outlives_its_authorization(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct tokens tokens = { 0 };
    facts.not_after = c->now + 100;
    OK(issue_access(c, &facts, &tokens));
    assert_int_equal(tokens.expires_in, 100);
    facts.not_after = c->now;
    REFUSED(issue_access(c, &facts, &tokens), INVALID_GRANT);
}

static void a_token_that_nobody_could_read_is_not_made(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct text_buffer many = text_buffer(c->arena);
    struct tokens tokens = { 0 };
    for (int i = 0; i < 400; i++)
        text_addf(&many, "resource-%d:action ", i);
    facts.permissions = words(c, text_of(&many));
    REFUSED(issue_access(c, &facts, &tokens), INVALID_SCOPE);
}

static void issuer_and_audience_are_those_of_the_settings(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct access access = { 0 };
    struct config *config = settings(c);
    config->jwt_issuer = "https://id.example";
    config->jwt_audience = "https://api.example";
    const char *token = a_token(c, &facts);
    OK(verify_access(c, token, NULL, &access));
    OK(verify_access(c, token, "https://api.example", &access));
    assert_non_null(strstr(payload_of(c, token), "\"iss\":\"https://id.example\""));
    REFUSED(verify_access(c, token, "https://id.example", &access), INVALID_TOKEN);
}

/* JOSE-26: the audience is asked for, always. */
static void a_token_is_good_for_its_audience_only(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    struct access access = { 0 };
    facts.audience = "https://other.example";
    const char *token = a_token(c, &facts);
    REFUSED(verify_access(c, token, NULL, &access), INVALID_TOKEN);
    OK(verify_access(c, token, "https://other.example", &access));
    assert_string_equal(access.facts.audience, "https://other.example");
}

/* JOSE-27: and iat, exp as they must be. */
static void a_token_lives_its_time(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    const char *token = a_token(c, &facts);
    int64_t start = c->now;
    c->now = start + 899;
    assert_true(is_live(c, token));
    c->now = start + 900;
    assert_false(is_live(c, token));
    c->now = start - 61;
    assert_false(is_live(c, token));
}

struct forgery {
    const char *from, *to;
};

/* JOSE-24, JOSE-26, JOSE-27, JOSE-37, SD-04, SD-05: our own key, another payload. */
static void a_payload_that_is_not_an_access_tokens_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    const char *good = payload_of(c, a_token(c, &facts));
    const char *exp = text_printf(c->arena, "\"exp\":%lld,", (long long)c->now + 900);
    const char *iat = text_printf(c->arena, "\"iat\":%lld,", (long long)c->now);
    const struct forgery forgeries[] = {
        { "\"iss\":\"" ISSUER "\",", "" },
        { "\"iss\":\"" ISSUER "\"", "\"iss\":\"" ISSUER "/\"" },
        { "\"iss\":\"" ISSUER "\"", "\"iss\":[\"" ISSUER "\"]" },
        { "\"aud\":\"" ISSUER "\",", "" },
        { "\"aud\":\"" ISSUER "\"", "\"aud\":[\"" ISSUER "\",\"https://b.example\"]" },
        { "\"aud\":\"" ISSUER "\"", "\"aud\":[]" },
        { "\"sub\":\"user-1\",", "" },
        { "\"sub\":\"user-1\"", "\"sub\":\"\"" },
        { "\"jti\":", "\"jtj\":" },
        { exp, "" },
        { exp, "\"exp\":1e300," },
        { exp, text_printf(c->arena, "\"exp\":%lld,", (long long)c->now + 900 + 61) },
        { exp, text_printf(c->arena, "\"exp\":\"%lld\",", (long long)c->now + 900) },
        { iat, "" },
        { iat, text_printf(c->arena, "\"iat\":%lld,", (long long)c->now + 61) },
        { "\"type\":\"access\",", "" },
        { "\"type\":\"access\"", "\"type\":\"refresh\"" },
        { "\"type\":\"access\"", "\"type\":true" },
        { "\"client_id\":\"first-party\",", "" },
        { "\"client_id\":\"first-party\"", "\"client_id\":7" },
        { "\"scopes\":[\"users:read\"", "\"scopes\":[1" },
        { "\"roles\":[\"moderator\",\"user\"]", "\"roles\":\"admin\"" },
        { "\"permissions\":[", "\"sub\":\"admin\",\"permissions\":[" },
        { "\"sid\":\"session-1\"", "\"sid\":{}" },
        { "\"grant_id\":\"authorization-1\"", "\"grant_id\":[]" },
        { "\"permissions\":[", "\"authorization_details\":{},\"permissions\":[" },
    };
    assert_true(is_live(c, signed_as(c, "at+jwt", good)));
    assert_true(is_live(c, signed_as(c, "application/at+jwt", good)));
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++)
        assert_false(
            is_live(c, signed_as(c, "at+jwt", with(c, good, forgeries[i].from, forgeries[i].to))));
}

/* RT-16: a token of another kind is none, whoever signed it; nor is a refresh token. */
static void a_token_of_another_kind_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = sign_in(c, a_user(c, "a@example.com"), "");
    struct tokens tokens = { 0 };
    OK(issue_pair(c, &facts, &tokens));
    const char *good = payload_of(c, tokens.access_token);
    static const char *const kinds[] = { "JWT", "dpop+jwt", "logout+jwt", "at+jwt2", "", NULL };
    assert_true(is_live(c, tokens.access_token));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_false(is_live(c, signed_as(c, kinds[i], good)));
    assert_false(is_live(c, tokens.refresh_token));
    assert_false(is_live(c, ""));
    assert_false(is_live(c, ".."));
}

/* JOSE-29, JOSE-32: one letter less, more or another, in any part. */
static void a_token_that_was_touched_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    const char *token = a_token(c, &facts);
    size_t n = strlen(token);
    for (size_t i = 0; i < n; i += 3) {
        char *changed = arena_copy(c->arena, token, n + 1);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(is_live(c, changed));
    }
    for (size_t cut = 1; cut < 90; cut++)
        assert_false(is_live(c, text_copy(c->arena, token, n - cut)));
    static const char *const tails[] = { "=", "A", " ", "\n", "." };
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
        assert_false(is_live(c, text_printf(c->arena, "%s%s", token, tails[i])));
    assert_true(is_live(c, token));
}

static const char *foreign(struct ctx *c, const char *header, const char *payload)
{
    return text_printf(c->arena, "%s.%s.%s", base64url_encode(c->arena, bytes_of(header)),
                       base64url_encode(c->arena, bytes_of(payload)),
                       base64url_encode(c->arena, bytes_of("signature")));
}

/* JOSE-01, JOSE-02: the key says the algorithm. */
static void the_header_does_not_choose_the_algorithm(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    const char *good = payload_of(c, a_token(c, &facts));
    const char *kid = signer_of(c, c->keys);
    static const char *const algs[] = { "none", "None", "HS256", "RS256", "ES384", "" };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++)
        assert_false(is_live(
            c, foreign(c,
                       text_printf(c->arena, "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
                                   algs[i], kid),
                       good)));
    const struct key_set *keys = keyring_public(c, c->keys);
    const struct hmac_secret *secret = NULL;
    const char *token = NULL;
    OK(hmac_secret_new(c, c->arena, bytes_of(key_set_write(c->arena, keys)), &secret));
    OK(jws_sign_secret(c, secret, "at+jwt", bytes_of(good), &token));
    assert_false(is_live(c, token));
}

/* JOSE-07: the key of another service is not ours, whatever it calls itself. */
static void a_token_of_another_key_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct grant_facts facts = some_facts(c);
    const char *good = payload_of(c, a_token(c, &facts)), *token = NULL;
    const struct key *key = NULL;
    OK(key_generate(c, c->arena, ALG_ES256, 0, &key));
    struct key renamed = *key;
    renamed.kid = signer_of(c, c->keys);
    OK(jwt_sign(c, key, "at+jwt", good, &token));
    assert_false(is_live(c, token));
    OK(jwt_sign(c, &renamed, "at+jwt", good, &token));
    assert_false(is_live(c, token));
}

/* What a token says is kept as it was read; what is asked of it is asked each time. */
static void what_is_kept_of_a_token_lets_nobody_in(void **state)
{
    struct ctx *c = ctx_of(state);
    c->readings = readings_new(c->arena);
    struct grant_facts facts = some_facts(c);
    const char *token = a_token(c, &facts);
    const struct texts *scopes = NULL;
    struct access access[4];
    for (size_t i = 0; i < 4; i++) {
        OK(verify_access(c, token, NULL, &access[i]));
        assert_string_equal(access[i].facts.user_id, facts.user_id);
        assert_string_equal(access[i].facts.audience, ISSUER);
        scopes = &access[i].facts.scopes;
        assert_string_equal(text_join(c->arena, *scopes, " "),
                            text_join(c->arena, facts.scopes, " "));
        REFUSED(verify_access(c, token, "https://other.example", &access[i]), INVALID_TOKEN);
        assert_false(is_live(c, text_copy(c->arena, token, strlen(token) - 1)));
    }
    assert_ptr_equal(scopes->at, access[2].facts.scopes.at);
    for (int turn = 0; turn < 3; turn++) {
        a_payload_that_is_not_an_access_tokens_is_refused(state);
        a_token_is_good_for_its_audience_only(state);
    }
    a_token_lives_its_time(state);
    readings_end(c->readings);
    c->readings = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(every_claim_is_there_and_comes_back),
        TOKEN_TEST(a_token_of_a_client_has_no_sign_in),
        TOKEN_TEST(each_token_has_an_id_of_its_own),
        TOKEN_TEST(no_token_outlives_its_authorization),
        TOKEN_TEST(a_token_that_nobody_could_read_is_not_made),
        TOKEN_TEST(issuer_and_audience_are_those_of_the_settings),
        TOKEN_TEST(a_token_is_good_for_its_audience_only),
        TOKEN_TEST(a_token_lives_its_time),
        TOKEN_TEST(a_payload_that_is_not_an_access_tokens_is_refused),
        TOKEN_TEST(a_token_of_another_kind_is_refused),
        TOKEN_TEST(a_token_that_was_touched_is_refused),
        TOKEN_TEST(the_header_does_not_choose_the_algorithm),
        TOKEN_TEST(a_token_of_another_key_is_refused),
        TOKEN_TEST(what_is_kept_of_a_token_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
