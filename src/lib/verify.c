/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/token.h"
#include "lib/verifier.h"

#include <uauth/uauth.h>

static RESULT read_request(struct ctx *c, const struct uauth_request *request,
                           struct verifier_request *out)
{
    struct uauth_request r;
    struct arena *a = c->arena;
    TRY(options_read(c, request, &r, sizeof r));
    if (r.authorization != NULL && r.token != NULL)
        return fail(c, INVALID_REQUEST, "a request has authorization or token, not both");
    if (r.max_age < 0)
        return fail(c, INVALID_REQUEST, "max_age is negative");
    *out = (struct verifier_request){
        .authorization = r.authorization,
        .token = r.token,
        .dpop = r.dpop,
        .method = r.method,
        .url = r.url,
        .certificate = { r.certificate, r.certificate == NULL ? 0 : r.certificate_n },
        .nonce = r.nonce,
        .scopes = lib_words(a, r.scopes),
        .any_scope = lib_words(a, r.any_scope),
        .permissions = lib_words(a, r.permissions),
        .any_role = lib_words(a, r.any_role),
        .tenant = r.tenant,
        .acr_values = lib_words(a, r.acr_values),
        .max_age = r.max_age,
    };
    return ok();
}

/* RFC 9449 7.1: at a resource a proof that is not good is 401, with a challenge. */
static void tell(struct call *k, const struct verifier *v, const struct verifier_request *rq,
                 enum err_code code, bool shown)
{
    k->told.challenge = verifier_challenge(&k->c, v, rq, code, shown);
    if (code == ERR_INVALID_DPOP_PROOF || code == ERR_USE_DPOP_NONCE)
        k->told.status = 401;
    if (code == ERR_USE_DPOP_NONCE || (v->nonce == VERIFIER_NONCE_ALWAYS && rq->dpop != NULL))
        k->told.nonce = verifier_nonce_new(&k->c, v);
    if (code == ERR_INVALID_TOKEN && !shown)
        k->told.result = UAUTH_NO_TOKEN;
}

static RESULT verify(struct call *k, const struct verifier *v, const struct uauth_request *request,
                     struct uauth_token *made)
{
    struct verifier_request rq;
    bool shown = false;
    TRY(read_request(&k->c, request, &rq));
    err result = verifier_check(&k->c, v, &rq, &shown, &made->verified);
    if (result.code != ERR_OK)
        tell(k, v, &rq, result.code, shown);
    else if (v->nonce == VERIFIER_NONCE_ALWAYS && rq.dpop != NULL)
        made->nonce = verifier_nonce_new(&k->c, v);
    return result;
}

enum uauth_result uauth_verify(const struct uauth_verifier *verifier,
                               const struct uauth_request *request, struct uauth_token **out,
                               struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, verifier->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_token *made = token_new(&k, &verifier->verifier);
    err result = verify(&k, &verifier->verifier, request, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

enum uauth_result uauth_verify_token(const struct uauth_verifier *verifier, const char *token,
                                     struct uauth_token **out, struct uauth_error **error)
{
    const struct uauth_request request = { .size = sizeof request, .token = token };
    return uauth_verify(verifier, &request, out, error);
}
