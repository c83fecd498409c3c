/* SPDX-License-Identifier: Apache-2.0 */
#include "client/verifier.h"

#include "client/id_token.h"

/* RFC 8414 3.3: who answers under the issuer's name is the issuer. */
static RESULT find_keys(struct ctx *c, const struct verifier *v, const char *token,
                        const struct upstream_keys **out)
{
    const char *url = metadata_url(c->arena, v->issuer);
    const struct metadata *m = NULL;
    TRY(metadata_get(c, url, &m));
    if (!text_equal(m->issuer, v->issuer))
        return fail(c, UPSTREAM, "%s is the metadata of %s", url, m->issuer);
    return metadata_keys(c, url, m->jwks_uri, token, out);
}

RESULT verifier_check(struct ctx *c, const struct verifier *v, const char *token, struct jwt *out)
{
    const struct upstream_keys *keys = NULL;
    TRY(find_keys(c, v, token, &keys));
    const struct jwt_policy policy = {
        .signature = { .algs = ALGS_ASYMMETRIC,
                       .keys = &keys->set,
                       .bytes_max = ID_TOKEN_BYTES_MAX },
        .typ = "at+jwt",
        .iss = v->issuer,
        .aud = v->audiences,
        .required = JWT_SUB,
        .leeway = v->leeway,
    };
    return jwt_verify(c, token, &policy, out);
}
