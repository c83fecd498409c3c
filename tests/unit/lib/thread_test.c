/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads share one context, one verifier and one token, while the issuer changes its keys.
 */
#include "verify_testing.h"

enum { THREADS = 8, ROUNDS = 60 };

struct shared {
    const struct uauth_verifier *verifier;
    const struct uauth_token *token;
    const char *good, *revoked, *foreign;
    atomic_uint wrong;
};

static bool ends(const struct shared *s, const char *token, enum uauth_result due)
{
    struct uauth_token *good = NULL;
    struct uauth_error *error = NULL;
    const struct uauth_request request = { .size = sizeof request, .token = token, .scopes = "a" };
    enum uauth_result result = uauth_verify(s->verifier, &request, &good, &error);
    bool right = result == due && uauth_error_result(error) == result;
    if (good != NULL)
        right = right && uauth_token_has_scope(good, "b") && uauth_token_count(good, "roles") == 2;
    uauth_token_free(good);
    uauth_error_free(error);
    return right;
}

static bool reads(const struct shared *s)
{
    return uauth_token_has_role(s->token, "r2") && !uauth_token_has_role(s->token, "r3") &&
           text_equal(uauth_token_item(s->token, "roles", 1), "r2") &&
           text_equal(uauth_token_text(s->token, "/roles/0"), "r1") &&
           uauth_token_json(s->token, "roles") != NULL && uauth_token_payload(s->token) != NULL;
}

static void *work(void *arg)
{
    struct shared *s = arg;
    for (int n = 0; n < ROUNDS; n++) {
        bool right = ends(s, s->good, UAUTH_OK) && ends(s, s->revoked, UAUTH_INVALID_TOKEN) &&
                     ends(s, s->foreign, UAUTH_INVALID_TOKEN) && reads(s);
        if (!right)
            (void)atomic_fetch_add(&s->wrong, 1);
    }
    return NULL;
}

static const char *with_status(struct issuer *i, int idx)
{
    return issuer_token(i, "at+jwt", AUDIENCE,
                        text_printf(i->w->arena,
                                    ",\"scope\":\"a b\",\"roles\":[\"r1\",\"r2\"],\"status\":{"
                                    "\"status_list\":{\"idx\":%d,\"uri\":\"%s/list\"}}",
                                    idx, i->w->url));
}

static void eight_threads_share_one_verifier(void **state)
{
    struct issuer *i = *state;
    const struct key *own = i->key;
    struct shared s = { 0 };
    pthread_t threads[THREADS];
    struct uauth_verifier *verifier = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct uauth_token *token = NULL;
    s.verifier = verifier;
    s.good = with_status(i, 1);
    s.revoked = with_status(i, 0);
    /* 0xb9 0xa3: the first is revoked, the second is not. */
    peer_says(i->w, "/list", FINE,
              issuer_signs(i, "statuslist+jwt",
                           text_printf(i->w->arena,
                                       "{\"sub\":\"%s/list\",\"iat\":%lld,\"status_list\":{"
                                       "\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQ\"}}",
                                       i->w->url, (long long)i->w->c.now)));
    i->key = issuer_makes_key(i, ALG_ES256);
    s.foreign = with_status(i, 1);
    i->key = own;
    assert_int_equal(uauth_verify_token(verifier, s.good, &token, NULL), UAUTH_OK);
    s.token = token;
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, work, &s), 0);
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_join(threads[n], NULL), 0);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
    assert_int_equal(peer_calls(i->w, "/list"), 1);
    uauth_token_free(token);
    uauth_verifier_free(verifier);
}

/* Whoever comes first has the documents fetched; the others wait for them. */
static void a_crowd_has_the_keys_fetched_once(void **state)
{
    struct issuer *i = *state;
    struct shared s = { .verifier = issuer_verifier(i, (struct uauth_verifier_options){ 0 }) };
    pthread_t threads[THREADS];
    s.good = issuer_token(i, "at+jwt", AUDIENCE, ",\"scope\":\"a b\",\"roles\":[\"r1\",\"r2\"]");
    s.revoked = s.foreign = "x";
    struct uauth_token *token = NULL;
    struct uauth *other = NULL;
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth *own = i->uauth;
    assert_int_equal(uauth_new(&options, &other, NULL), UAUTH_OK);
    i->uauth = other;
    struct uauth_verifier *second = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    i->uauth = own;
    assert_int_equal(uauth_verify_token(second, s.good, &token, NULL), UAUTH_OK);
    unsigned before = peer_calls(i->w, "/keys");
    s.token = token;
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, work, &s), 0);
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_join(threads[n], NULL), 0);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(peer_calls(i->w, "/keys") - before, 1);
    uauth_token_free(token);
    uauth_verifier_free(second);
    uauth_free(other);
    uauth_verifier_free((struct uauth_verifier *)(uintptr_t)s.verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(eight_threads_share_one_verifier),
        ISSUER_TEST(a_crowd_has_the_keys_fetched_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
