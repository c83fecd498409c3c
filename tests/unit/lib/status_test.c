/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token is good still (Token Status List, draft 21). */
#include "base/codec.h"
#include "verify_testing.h"

#include <zlib.h>

/* "eJw..." of these bytes. */
static const char *packed(struct issuer *i, const void *bytes, size_t n)
{
    uLongf size = compressBound((uLong)n);
    uint8_t *out = arena_alloc(i->w->arena, size);
    assert_int_equal(compress2(out, &size, bytes, (uLong)n, 9), Z_OK);
    return base64url_encode(i->w->arena, (struct bytes){ out, size });
}

/* The list at /list, as a token of `typ` about `sub`, with `more` members. */
static void publish(struct issuer *i, const char *typ, const char *sub, const char *list,
                    const char *more)
{
    struct arena *a = i->w->arena;
    const char *payload = text_printf(a, "{\"sub\":\"%s\",\"iat\":%lld,\"status_list\":%s%s}", sub,
                                      (long long)i->w->c.now, list, more);
    peer_says(i->w, "/list", "200 OK\r\nContent-Type: application/statuslist+jwt\r\n",
              issuer_signs(i, typ, payload));
}

static const char *list_url(struct issuer *i)
{
    return text_printf(i->w->arena, "%s/list", i->w->url);
}

static const char *listed(struct issuer *i, unsigned bits, const char *lst)
{
    return text_printf(i->w->arena, "{\"bits\":%u,\"lst\":\"%s\"}", bits, lst);
}

static const char *token_at(struct issuer *i, long long idx)
{
    return issuer_token(i, "at+jwt", AUDIENCE,
                        text_printf(i->w->arena,
                                    ",\"status\":{\"status_list\":{\"idx\":%lld,\"uri\":\"%s\"}}",
                                    idx, list_url(i)));
}

/* 4.1: appendix, with one bit for each. */
static void a_token_that_was_revoked_is_refused(void **state)
{
    struct issuer *i = *state;
    static const uint8_t bytes[] = { 0xb9, 0xa3 };
    static const bool revoked[] = { 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1 };
    publish(i, "statuslist+jwt", list_url(i), listed(i, 1, packed(i, bytes, 2)), "");
    for (int n = 0; n < 16; n++)
        assert_int_equal(verdict(i, token_at(i, n)), revoked[n] ? UAUTH_INVALID_TOKEN : UAUTH_OK);
    assert_int_equal(verdict(i, token_at(i, 16)), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict(i, token_at(i, 2147483647)), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict(i, token_at(i, -1)), UAUTH_INVALID_TOKEN);
    assert_int_equal(peer_calls(i->w, "/list"), 1);
}

/* 4.1: appendix, with two bits. */
static void a_status_may_have_more_bits(void **state)
{
    struct issuer *i = *state;
    static const uint8_t bytes[] = { 0xc9, 0x44, 0xf9 };
    static const int values[] = { 1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3 };
    publish(i, "statuslist+jwt", list_url(i), listed(i, 2, packed(i, bytes, 3)), "");
    for (int n = 0; n < 12; n++)
        assert_int_equal(verdict(i, token_at(i, n)),
                         values[n] != 0 ? UAUTH_INVALID_TOKEN : UAUTH_OK);
}

/* A million tokens, about half of them revoked: as uauth makes them, at its largest. */
static void a_list_may_be_large(void **state)
{
    struct issuer *i = *state;
    enum { BYTES = 1 << 17 };
    uint8_t *noise = arena_alloc(i->w->arena, BYTES);
    random_fill(i->w->c.random, noise, BYTES);
    noise[BYTES - 1] = 0x7f;
    publish(i, "statuslist+jwt", list_url(i), listed(i, 1, packed(i, noise, BYTES)), "");
    assert_int_equal(verdict(i, token_at(i, 8 * BYTES - 1)), UAUTH_OK);
    assert_int_equal(verdict(i, token_at(i, 8 * BYTES - 2)), UAUTH_INVALID_TOKEN);
    assert_int_equal(peer_calls(i->w, "/list"), 1);
}

/* Whoever does not know does not let in. */
static void a_list_that_is_not_one_lets_nobody_in(void **state)
{
    struct issuer *i = *state;
    static const uint8_t none[64] = { 0 };
    const struct key *own = i->key, *foreign = issuer_makes_key(i, ALG_ES256);
    const char *good = listed(i, 1, packed(i, none, sizeof none));
    const char *url = list_url(i);
    const struct {
        const char *typ, *sub, *list, *more;
        bool forged;
    } cases[] = {
        { "statuslist+jwt", url, good, "", true },
        { "at+jwt", url, good, "", false },
        { "JWT", url, good, "", false },
        { "statuslist+jwt", "https://other.example/list", good, "", false },
        { "statuslist+jwt", url, good, ",\"exp\":1795529167", false },
        { "statuslist+jwt", url, "{\"bits\":3,\"lst\":\"eJw\"}", "", false },
        { "statuslist+jwt", url, "{\"bits\":1,\"lst\":\"AAAA\"}", "", false },
        { "statuslist+jwt", url, "{\"bits\":1,\"lst\":\"%%%\"}", "", false },
        { "statuslist+jwt", url, "{\"bits\":1}", "", false },
        { "statuslist+jwt", url, "[]", "", false },
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
        struct uauth *before = i->uauth;
        const char *token = token_at(i, 0);
        i->key = cases[n].forged ? foreign : own;
        publish(i, cases[n].typ, cases[n].sub, cases[n].list, cases[n].more);
        assert_int_equal(uauth_new(&options, &i->uauth, NULL), UAUTH_OK);
        i->key = own;
        assert_int_equal(verdict(i, token), UAUTH_UPSTREAM);
        uauth_free(i->uauth);
        i->uauth = before;
    }
    peer_says(i->w, "/list", "404 Not Found\r\n", "");
    assert_int_equal(verdict(i, token_at(i, 0)), UAUTH_UPSTREAM);
}

/* SR-07: 2 MiB of zeros in 2 KiB. */
static void a_bomb_does_not_go_off(void **state)
{
    struct issuer *i = *state;
    void *zeros = calloc(1, 2 << 20);
    assert_non_null(zeros);
    publish(i, "statuslist+jwt", list_url(i), listed(i, 1, packed(i, zeros, 2 << 20)), "");
    free(zeros);
    assert_int_equal(verdict(i, token_at(i, 0)), UAUTH_UPSTREAM);
}

static void a_status_that_is_not_known_is_refused(void **state)
{
    struct issuer *i = *state;
    static const char *const claims[] = {
        ",\"status\":{}",
        ",\"status\":7",
        ",\"status\":{\"status_list\":{\"idx\":1}}",
        ",\"status\":{\"status_list\":{\"idx\":\"1\",\"uri\":\"https://a.b/c\"}}",
        ",\"status\":{\"other\":{}}",
    };
    for (size_t n = 0; n < sizeof claims / sizeof claims[0]; n++)
        assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, claims[n])),
                         UAUTH_INVALID_TOKEN);
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .ignore_status = true });
    struct uauth_token *token = NULL;
    assert_int_equal(
        uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, claims[0]), &token, NULL),
        UAUTH_OK);
    uauth_token_free(token);
    uauth_verifier_free(v);
}

/* SR-02: the place of a list that the token names is nobody's to choose. */
static void a_list_elsewhere_is_at_a_public_address(void **state)
{
    struct issuer *i = *state;
    static const char *const urls[] = { "http://169.254.169.254/list", "https://127.0.0.1:1/list",
                                        "https://10.0.0.1/list", "file:///etc/passwd",
                                        "https://[::1]/list" };
    for (size_t n = 0; n < sizeof urls / sizeof urls[0]; n++)
        assert_int_equal(
            verdict(i, issuer_token(i, "at+jwt", AUDIENCE,
                                    text_printf(i->w->arena,
                                                ",\"status\":{\"status_list\":{\"idx\":0,\"uri\":"
                                                "\"%s\"}}",
                                                urls[n]))),
            UAUTH_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(a_token_that_was_revoked_is_refused),
        ISSUER_TEST(a_status_may_have_more_bits),
        ISSUER_TEST(a_list_may_be_large),
        ISSUER_TEST(a_list_that_is_not_one_lets_nobody_in),
        ISSUER_TEST(a_bomb_does_not_go_off),
        ISSUER_TEST(a_status_that_is_not_known_is_refused),
        ISSUER_TEST(a_list_elsewhere_is_at_a_public_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
