/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider says of itself, and its keys: what is taken names no endpoint that is not called
 * by TLS, no algorithm of secrets, and no private key. */
#include "client/metadata.h"

#include "jose_fuzzing.h"

/* A scheme is read in any case (RFC 3986 3.1). */
static void check_endpoint(struct arena *a, const char *url)
{
    must(url == NULL || text_starts(text_lower(a, url), "https://"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "https://op.example/.well-known/openid-configuration";
    struct ctx c = fuzz_context();
    const struct bytes body = { data, size };
    const void *parsed = NULL;
    if (metadata_kind.parse(&c, body, url, &parsed).code == ERR_OK) {
        const struct metadata *m = parsed;
        check_endpoint(c.arena, m->authorization_endpoint);
        check_endpoint(c.arena, m->token_endpoint);
        check_endpoint(c.arena, m->jwks_uri);
        check_endpoint(c.arena, m->pushed_authorization_request_endpoint);
        check_endpoint(c.arena, m->device_authorization_endpoint);
        check_endpoint(c.arena, m->revocation_endpoint);
        check_endpoint(c.arena, m->introspection_endpoint);
        check_endpoint(c.arena, m->mtls_token_endpoint);
        must(m->algs != 0 && (m->algs & (unsigned)ALG_HS256) == 0);
    }
    fault_clear(&c);
    if (upstream_keys_kind.parse(&c, body, url, &parsed).code == ERR_OK) {
        const struct upstream_keys *keys = parsed;
        must(keys->set.n > 0 && keys->n >= keys->set.n);
        for (size_t i = 0; i < keys->set.n; i++)
            must(!keys->set.at[i]->is_private);
    }
    arena_end(c.arena);
    return 0;
}
