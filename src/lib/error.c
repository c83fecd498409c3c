/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/error.h"

#include <uauth/uauth.h>

static const struct {
    enum err_code code;
    enum uauth_result result;
} results[] = {
    { ERR_INVALID_REQUEST, UAUTH_ARGUMENT },
    { ERR_INVALID_FIELD, UAUTH_ARGUMENT },
    { ERR_OUT_OF_MEMORY, UAUTH_MEMORY },
    { ERR_UPSTREAM, UAUTH_UPSTREAM },
    { ERR_UNAVAILABLE, UAUTH_UNAVAILABLE },
    { ERR_RATE_LIMITED, UAUTH_UNAVAILABLE },
    { ERR_FORBIDDEN, UAUTH_FORBIDDEN },
    { ERR_NOT_FOUND, UAUTH_NOT_FOUND },
    { ERR_NOT_IMPLEMENTED, UAUTH_NOT_FOUND },
    { ERR_INTERACTION_REQUIRED, UAUTH_INTERACTION },
    { ERR_LOGIN_REQUIRED, UAUTH_INTERACTION },
    { ERR_CONSENT_REQUIRED, UAUTH_INTERACTION },
    { ERR_AUTHORIZATION_PENDING, UAUTH_PENDING },
    { ERR_SLOW_DOWN, UAUTH_PENDING },
    { ERR_INVALID_GRANT, UAUTH_REFUSED },
    { ERR_INVALID_CLIENT, UAUTH_REFUSED },
    { ERR_INVALID_SCOPE, UAUTH_REFUSED },
    { ERR_INVALID_TARGET, UAUTH_REFUSED },
    { ERR_UNAUTHORIZED_CLIENT, UAUTH_REFUSED },
    { ERR_UNSUPPORTED_GRANT_TYPE, UAUTH_REFUSED },
    { ERR_ACCESS_DENIED, UAUTH_REFUSED },
    { ERR_EXPIRED_TOKEN, UAUTH_REFUSED },
    { ERR_INVALID_TOKEN, UAUTH_INVALID_TOKEN },
    { ERR_INSUFFICIENT_SCOPE, UAUTH_INSUFFICIENT_SCOPE },
    { ERR_STEP_UP_REQUIRED, UAUTH_STEP_UP },
    { ERR_INVALID_DPOP_PROOF, UAUTH_INVALID_PROOF },
    { ERR_USE_DPOP_NONCE, UAUTH_USE_NONCE },
};

static const char *const names[] = {
    [UAUTH_OK] = "OK",
    [UAUTH_ARGUMENT] = "ARGUMENT",
    [UAUTH_MEMORY] = "MEMORY",
    [UAUTH_INTERNAL] = "INTERNAL",
    [UAUTH_UPSTREAM] = "UPSTREAM",
    [UAUTH_UNAVAILABLE] = "UNAVAILABLE",
    [UAUTH_FORBIDDEN] = "FORBIDDEN",
    [UAUTH_NOT_FOUND] = "NOT_FOUND",
    [UAUTH_IO] = "IO",
    [UAUTH_REFUSED] = "REFUSED",
    [UAUTH_INTERACTION] = "INTERACTION",
    [UAUTH_PENDING] = "PENDING",
    [UAUTH_NO_TOKEN] = "NO_TOKEN",
    [UAUTH_INVALID_TOKEN] = "INVALID_TOKEN",
    [UAUTH_INSUFFICIENT_SCOPE] = "INSUFFICIENT_SCOPE",
    [UAUTH_STEP_UP] = "STEP_UP",
    [UAUTH_INVALID_PROOF] = "INVALID_PROOF",
    [UAUTH_USE_NONCE] = "USE_NONCE",
};

enum uauth_result error_result(enum err_code code)
{
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
        if (results[i].code == code)
            return results[i].result;
    return UAUTH_INTERNAL;
}

struct uauth_error *error_of(struct call *k, enum err_code code)
{
    const struct err_row *row = err_row(code);
    const struct call_told *told = &k->told;
    struct uauth_error *e = ARENA_NEW(k->c.arena, struct uauth_error);
    *e = (struct uauth_error){
        .held = { k->uauth, k->c.arena },
        .result = told->result != UAUTH_OK ? told->result : error_result(code),
        .text = k->c.fault.text != NULL ? k->c.fault.text : row->title,
        .code = told->code != NULL ? told->code : row->oauth,
        .challenge = told->challenge,
        .nonce = told->nonce,
        .description = told->description,
        .uri = told->uri,
        .claims = told->claims,
        .retry_after = k->c.fault.retry_after,
        .status = told->status != 0 ? told->status : row->status,
    };
    /* RFC 6750 3.1: who has shown nothing is told of no error. */
    if (e->result == UAUTH_NO_TOKEN)
        e->code = NULL;
    return e;
}

struct uauth_error *error_no_memory(void)
{
    static const struct uauth_error none = { .result = UAUTH_MEMORY,
                                             .text = "there is no memory",
                                             .code = "temporarily_unavailable",
                                             .status = 503 };
    return (struct uauth_error *)(uintptr_t)&none;
}

void error_part(struct uauth_error **error)
{
    if (error != NULL && *error != NULL && (*error)->held.arena != NULL)
        (*error)->held.uauth = NULL;
}

const char *uauth_result_name(enum uauth_result result)
{
    const char *name = (size_t)result < sizeof names / sizeof names[0] ? names[result] : NULL;
    return name != NULL ? name : "unknown";
}

enum uauth_result uauth_error_result(const struct uauth_error *error)
{
    return error == NULL ? UAUTH_OK : error->result;
}

const char *uauth_error_text(const struct uauth_error *error)
{
    return error == NULL ? "" : error->text;
}

const char *uauth_error_code(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->code;
}

int64_t uauth_error_retry_after(const struct uauth_error *error)
{
    return error == NULL ? 0 : error->retry_after;
}

int uauth_error_status(const struct uauth_error *error)
{
    return error == NULL ? 0 : error->status;
}

const char *uauth_error_challenge(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->challenge;
}

const char *uauth_error_description(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->description;
}

const char *uauth_error_uri(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->uri;
}

const char *uauth_error_nonce(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->nonce;
}

void uauth_error_free(struct uauth_error *error)
{
    if (error != NULL && error->held.arena != NULL)
        held_free(&error->held);
}

const char *uauth_error_claims(const struct uauth_error *error)
{
    return error == NULL ? NULL : error->claims;
}
