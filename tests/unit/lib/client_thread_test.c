/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads share one client: its token, its key, and what it has begun. */
#include "client_testing.h"

#include <pthread.h>

enum { THREADS = 8, ROUNDS = 40 };

struct shared {
    const struct uauth_client *client;
    atomic_uint wrong;
};

static bool gets_a_token(const struct uauth_client *client)
{
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    bool right = uauth_client_credentials(client, NULL, &tokens, &error) == UAUTH_OK &&
                 text_equal(uauth_tokens_access(tokens), "at");
    uauth_tokens_free(tokens);
    uauth_error_free(error);
    return right;
}

static bool proves(const struct uauth_client *client, const char *nonce)
{
    struct uauth_text *proof = NULL;
    const struct uauth_dpop_request request = { .size = sizeof request,
                                                .method = "GET",
                                                .url = "https://api.example/x" };
    uauth_dpop_heard(client, "https://api.example/y", nonce);
    bool right = uauth_dpop_prove(client, &request, &proof, NULL) == UAUTH_OK;
    uauth_text_free(proof);
    return right;
}

/* Begun here and refused here, as its answer is of nobody. */
static bool signs_in(const struct uauth_client *client)
{
    const struct uauth_sign_in_options options = { .size = sizeof options,
                                                   .redirect_uri = "https://us.example/cb" };
    struct uauth_sign_in *begun = NULL;
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    bool right = uauth_sign_in_begin(client, &options, &begun, NULL) == UAUTH_OK &&
                 uauth_sign_in_finish(client, uauth_sign_in_kept(begun), "code=c&state=s", &tokens,
                                      &error) == UAUTH_REFUSED;
    uauth_error_free(error);
    uauth_sign_in_free(begun);
    return right;
}

static void *work(void *arg)
{
    struct shared *s = arg;
    char nonce[32];
    for (int n = 0; n < ROUNDS; n++) {
        (void)snprintf(nonce, sizeof nonce, "nonce-%d", n);
        if (!gets_a_token(s->client) || !proves(s->client, nonce) || !signs_in(s->client))
            (void)atomic_fetch_add(&s->wrong, 1);
    }
    return NULL;
}

static void eight_threads_share_one_client(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client = client_of(i, (struct uauth_client_options){ .dpop = true });
    struct shared s = { .client = client };
    pthread_t threads[THREADS];
    peer_says(i->w, "/t", FINE,
              "{\"access_token\":\"at\",\"token_type\":\"DPoP\",\"expires_in\":3600}");
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, work, &s), 0);
    for (size_t n = 0; n < THREADS; n++)
        assert_int_equal(pthread_join(threads[n], NULL), 0);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(peer_calls(i->w, "/t"), 1);
    uauth_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(eight_threads_share_one_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
