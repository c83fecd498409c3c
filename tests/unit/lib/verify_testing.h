/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_LIB_VERIFY_TESTING_H
#define UAUTH_TESTS_UNIT_LIB_VERIFY_TESTING_H

/* Asking a verifier about tokens and requests. */

#include "issuer_testing.h"

/* What becomes of a token by itself. */
static inline enum uauth_result verdict(struct issuer *i, const char *token)
{
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct uauth_token *good = NULL;
    struct uauth_error *error = NULL;
    enum uauth_result result = uauth_verify_token(v, token, &good, &error);
    assert_true((result == UAUTH_OK) == (good != NULL && error == NULL));
    if (good != NULL)
        assert_string_equal(uauth_token_text(good, "sub"), "u1");
    else
        assert_int_equal(uauth_error_result(error), result);
    uauth_token_free(good);
    uauth_error_free(error);
    uauth_verifier_free(v);
    return result;
}

/* What becomes of a request, with the challenge of its answer in the arena of the world. */
struct answered {
    enum uauth_result result;
    int status;
    const char *code, *challenge, *nonce;
};

static inline const char *kept(struct issuer *i, const char *text)
{
    return text == NULL ? NULL : text_printf(i->w->arena, "%s", text);
}

static inline struct answered ask(struct issuer *i, const struct uauth_verifier *v,
                                  struct uauth_request request)
{
    struct uauth_token *good = NULL;
    struct uauth_error *error = NULL;
    request.size = sizeof request;
    enum uauth_result result = uauth_verify(v, &request, &good, &error);
    assert_true((result == UAUTH_OK) == (good != NULL && error == NULL));
    struct answered answered = { .result = result,
                                 .status = uauth_error_status(error),
                                 .code = kept(i, uauth_error_code(error)),
                                 .challenge = kept(i, uauth_error_challenge(error)),
                                 .nonce = kept(i, good != NULL ? uauth_token_nonce(good)
                                                               : uauth_error_nonce(error)) };
    uauth_token_free(good);
    uauth_error_free(error);
    return answered;
}

#endif
