/* SPDX-License-Identifier: Apache-2.0 */
#include "web/proof.h"

#include "base/config.h"
#include "client/dpop.h"
#include "db/kv.h"
#include "net/ascii.h"
#include "web/door.h"
#include "web/reply.h"

const char *proof_algs(struct arena *a)
{
    return text_join(a, alg_names_taken(a, DPOP_ALGS), " ");
}

/* One nonce for all endpoints: clients keep one for each origin. */
void proof_give_nonce(struct req *r)
{
    reply_header(r, "DPoP-Nonce", dpop_nonce_new(r->c, r->door->issuer));
}

/* Of the two addresses of our configuration the one that was called. */
static const char *address_of(const struct req *r)
{
    return text_equal(r->http->host, r->door->mtls_host) ? r->door->mtls_url : r->door->public_url;
}

/* The URL of the request without its query.  The path has been decoded. */
static const char *url_of(struct req *r)
{
    struct text_buffer b = text_buffer(r->c->arena);
    text_add(&b, address_of(r));
    for (const char *at = r->http->path; *at != '\0'; at++) {
        if (ascii_in(&ascii_path, (uint8_t)*at))
            text_add_bytes(&b, at, 1);
        else
            text_addf(&b, "%%%02X", (unsigned)(uint8_t)*at);
    }
    return text_of(&b);
}

static bool nonce_is_due(const struct req *r)
{
    enum { OPTIONAL_NONCE, REQUIRED_NONCE };
    return r->c->config->dpop_nonce == REQUIRED_NONCE;
}

/* RFC 9449 11.1. */
static RESULT check_first(struct req *r, const struct dpop *proof)
{
    bool first = false;
    TRY(kv_add(r->c, KV_KEY(r->c, KV_DPOP_JTI, proof->jkt, proof->jti), "",
               proof->expires_at + JWT_SKEW - r->c->now, &first));
    if (!first)
        return because(
            r->c, DPOP_REPLAY, NULL, NULL,
            fail(r->c, INVALID_DPOP_PROOF, "a DPoP proof of the key %s came twice", proof->jkt));
    if (!dpop_is_remembered(proof, kv_born_at(r->c->kv)))
        return because(
            r->c, DPOP_NONCE, NULL, "none, and the memory of proofs is young",
            fail(r->c, USE_DPOP_NONCE, "a DPoP proof may be older than what is remembered"));
    return ok();
}

RESULT proof_check(struct req *r, const struct proof_due *due, const char **jkt)
{
    const char *field = req_header(r, "dpop");
    struct dpop proof;
    *jkt = NULL;
    if (field == NULL)
        return ok();
    const struct dpop_policy policy = {
        .algs = due->algs == 0 ? DPOP_ALGS : due->algs,
        .method = http_method_name(r->http->method),
        .url = url_of(r),
        .access_token = due->access_token,
        .jkt = due->jkt,
        .nonce_for = r->door->issuer,
        .nonce_optional = !nonce_is_due(r),
    };
    TRY(dpop_verify(r->c, field, &policy, &proof));
    TRY(check_first(r, &proof));
    if (nonce_is_due(r))
        proof_give_nonce(r);
    *jkt = proof.jkt;
    return ok();
}
