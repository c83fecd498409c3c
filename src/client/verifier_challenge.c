/* SPDX-License-Identifier: Apache-2.0 */
#include "client/challenge.h"
#include "client/dpop.h"
#include "client/resource_document.h"
#include "client/verifier.h"

#include <string.h>
#include <strings.h>

static const char *algs(struct ctx *c)
{
    return text_join(c->arena, alg_names_taken(c->arena, DPOP_ALGS), " ");
}

/* RFC 9728 5.1. */
static const char *resource_metadata(struct ctx *c, const struct verifier *v)
{
    return v->resource == NULL ? NULL : resource_document_url(c->arena, v->resource);
}

/* A scheme with what all challenges of it say; *first as challenge_parameter has it, for the next.
 */
static void begin(struct ctx *c, const struct verifier *v, struct text_buffer *b,
                  const char *scheme, bool *first)
{
    const char *metadata = resource_metadata(c, v);
    challenge_scheme(b, scheme);
    challenge_parameter(b, true, "realm", v->realm);
    *first = v->realm == NULL;
    challenge_parameter(b, *first, "resource_metadata", metadata);
    *first = *first && metadata == NULL;
}

static void add_dpop(struct ctx *c, const struct verifier *v, struct text_buffer *b)
{
    bool first = true;
    begin(c, v, b, "DPoP", &first);
    challenge_parameter(b, first, "algs", algs(c));
}

/* RFC 6750 3: to who has brought nothing, no error is told. */
static const char *without_error(struct ctx *c, const struct verifier *v)
{
    struct text_buffer b = text_buffer(c->arena);
    bool first = true;
    if (!v->bound_only)
        begin(c, v, &b, "Bearer", &first);
    add_dpop(c, v, &b);
    return text_of(&b);
}

/* What would do, as far as it can be said in scopes. */
static const char *wanted_scope(struct ctx *c, const struct verifier_request *rq)
{
    const struct texts *wanted = rq->scopes.n > 0 ? &rq->scopes : &rq->any_scope;
    return wanted->n == 0 ? NULL : text_join(c->arena, *wanted, " ");
}

static void add_demands(struct ctx *c, struct text_buffer *b, const struct verifier_request *rq,
                        enum err_code code)
{
    if (code == ERR_INSUFFICIENT_SCOPE)
        challenge_parameter(b, false, "scope", wanted_scope(c, rq));
    if (code == ERR_STEP_UP_REQUIRED && rq->acr_values.n > 0)
        challenge_parameter(b, false, "acr_values", text_join(c->arena, rq->acr_values, " "));
    if (code == ERR_STEP_UP_REQUIRED && rq->max_age > 0)
        challenge_parameter(b, false, "max_age",
                            text_printf(c->arena, "%lld", (long long)rq->max_age));
}

static const char *with_error(struct ctx *c, const struct verifier *v,
                              const struct verifier_request *rq, enum err_code code)
{
    struct text_buffer b = text_buffer(c->arena);
    const char *field = rq->authorization;
    bool by_dpop = v->bound_only || (field != NULL && strncasecmp(field, "DPoP ", 5) == 0);
    bool first = true;
    begin(c, v, &b, by_dpop ? "DPoP" : "Bearer", &first);
    challenge_parameter(&b, first, "error", err_row(code)->oauth);
    /* The text is for the log. */
    challenge_parameter(&b, false, "error_description",
                        c->fault.say != NULL ? c->fault.say : err_row(code)->title);
    add_demands(c, &b, rq, code);
    if (by_dpop)
        challenge_parameter(&b, false, "algs", algs(c));
    else if (code == ERR_INVALID_TOKEN)
        add_dpop(c, v, &b);
    return text_of(&b);
}

const char *verifier_challenge(struct ctx *c, const struct verifier *v,
                               const struct verifier_request *rq, enum err_code code, bool shown)
{
    bool of_token = code == ERR_INVALID_TOKEN || code == ERR_INSUFFICIENT_SCOPE ||
                    code == ERR_STEP_UP_REQUIRED || code == ERR_INVALID_DPOP_PROOF ||
                    code == ERR_USE_DPOP_NONCE;
    if (!of_token)
        return NULL;
    return shown ? with_error(c, v, rq, code) : without_error(c, v);
}
