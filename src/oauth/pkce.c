/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/pkce.h"

#include "base/codec.h"
#include "crypto/digest.h"

#include <string.h>

enum { VERIFIER_MIN = 43, VERIFIER_MAX = 128, CHALLENGE_CHARACTERS = 43 };

bool pkce_is_challenge(const char *challenge)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_";
    return strspn(challenge, alphabet) == CHALLENGE_CHARACTERS &&
           challenge[CHALLENGE_CHARACTERS] == '\0';
}

/* RFC 7636 4.1: 43 to 128 characters of the unreserved set. */
static bool is_verifier(const char *verifier)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    size_t n = strspn(verifier, unreserved);
    return n >= VERIFIER_MIN && n <= VERIFIER_MAX && verifier[n] == '\0';
}

/* Enough to see whether it is the challenge of another sign-in. */
static const char *begin_of(struct ctx *c, const char *challenge)
{
    return text_printf(c->arena, "%.8s... (S256)", challenge);
}

RESULT pkce_check(struct ctx *c, const char *challenge, const char *verifier)
{
    uint8_t digest[DIGEST_SHA256];
    if (challenge == NULL && verifier == NULL)
        return ok();
    if (challenge == NULL)
        return because(
            c, VERIFIER_UNASKED, NULL, NULL,
            fail(c, INVALID_GRANT, "a code_verifier for a request without code_challenge"));
    if (verifier == NULL)
        return because(c, VERIFIER_MISSING, NULL, NULL,
                       fail(c, INVALID_GRANT, "there is no code_verifier"));
    if (!is_verifier(verifier))
        return because(c, VERIFIER_SYNTAX, NULL, NULL,
                       fail(c, INVALID_GRANT, "the code_verifier is not of the form of one"));
    sha256(bytes_of(verifier), digest);
    const char *made = base64url_encode(c->arena, (struct bytes){ digest, sizeof digest });
    if (!ct_equal(bytes_of(made), bytes_of(challenge)))
        return because(
            c, VERIFIER, begin_of(c, challenge), begin_of(c, made),
            fail(c, INVALID_GRANT, "the code_verifier is not that of the code_challenge"));
    return ok();
}
