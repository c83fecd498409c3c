/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_VERIFY_H
#define UAUTH_VERIFY_H

/*
 * Being a resource server: whether a request may be let in by the access token that it carries.
 */

#include <uauth/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whose tokens are good, and for what.  For all threads and the life of a program. */
struct uauth_verifier;

/* A token that is good. */
struct uauth_token;

struct uauth_verifier_options {
    size_t size;
    const char *issuer;           /* as its tokens name it; its metadata is found there */
    const char *const *audiences; /* one of these is among the token's: what this API is called */
    size_t audiences_n;
    int64_t leeway; /* seconds after its end in which a token is still taken; at most 300 */
};

/* ARGUMENT, MEMORY.  Nobody is called before the first token comes. */
UAUTH_API enum uauth_result uauth_verifier_new(struct uauth *uauth,
                                               const struct uauth_verifier_options *options,
                                               struct uauth_verifier **out,
                                               struct uauth_error **error);

UAUTH_API void uauth_verifier_free(struct uauth_verifier *verifier);

/*
 * Whether `token` is an access token (RFC 9068) of the issuer for one of the audiences, within its
 * time: INVALID_TOKEN.  UPSTREAM: its keys cannot be had.
 */
UAUTH_API enum uauth_result uauth_verify(const struct uauth_verifier *verifier, const char *token,
                                         struct uauth_token **out, struct uauth_error **error);

/* The claim `name`, which is a text; NULL: there is none, or it is not a text. */
UAUTH_API const char *uauth_token_text(const struct uauth_token *token, const char *name);

UAUTH_API void uauth_token_free(struct uauth_token *token);

#ifdef __cplusplus
}
#endif

#endif
