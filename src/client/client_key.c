/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_key.h"

#include "crypto/secret_file.h"

static RESULT read_pem(struct ctx *c, const char *path, unsigned taken, const struct key **out)
{
    const enum jws_alg rsa = (taken & ALG_PS256) != 0 ? ALG_PS256 : ALG_RS256;
    const enum jws_alg algs[] = { ALG_ES256, ALG_EDDSA, ALG_ES384, rsa };
    size_t n = sizeof algs / sizeof algs[0];
    for (size_t i = 0; i + 1 < n; i++) {
        if (key_read_pem(c, c->arena, path, algs[i], out).code == ERR_OK)
            return ok();
        fault_clear(c);
    }
    return key_read_pem(c, c->arena, path, algs[n - 1], out);
}

RESULT client_key_read(struct ctx *c, const char *path, unsigned algs, const struct key **out)
{
    struct bytes text;
    TRY(secret_file_read(c, path, JWK_BYTES_MAX, &text));
    if (text.at[0] == '{')
        return key_read_jwk(c, c->arena, text, true, out);
    return read_pem(c, path, algs, out);
}

RESULT client_key_named(struct ctx *c, const struct key *key, const char *kid,
                        const struct key **out)
{
    struct key *copy = ARENA_NEW(c->arena, struct key);
    if (!key->is_private)
        return fail(c, INVALID_REQUEST, "this is the public half of a key only");
    *copy = *key;
    copy->kid = kid == NULL ? key->kid : kid;
    *out = copy;
    return ok();
}
