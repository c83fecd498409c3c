/* SPDX-License-Identifier: Apache-2.0 */
#include "client/verifier_keys.h"

#include "client/issuer.h"

#include <stdatomic.h>

bool verifier_keys_kept(struct ctx *c, const struct verifier *v, struct verifier_keys *out)
{
    *out = (struct verifier_keys){ .said = v->keys };
    if (v->keys != NULL)
        return true;
    if (v->jwks_uri != NULL) {
        out->said = metadata_keys_kept(c, v->jwks_uri, OUTBOUND_CONFIGURED);
    } else {
        const char *url = atomic_load(&v->place->metadata_url);
        const struct metadata *m = url == NULL ? NULL : metadata_kept(c, url);
        if (m != NULL && m->jwks_uri != NULL && text_equal(m->issuer, v->issuer)) {
            out->said = metadata_keys_kept(c, m->jwks_uri, m->jwks_origin);
            out->cloud = m->cloud_instance_name;
        }
    }
    return out->said != NULL;
}

/* RFC 8414 3.3, AT-19: who answers under the issuer's name is the issuer. */
static RESULT find_issuer(struct ctx *c, const struct verifier *v, struct issuer *out)
{
    if (v->metadata_url == NULL)
        return issuer_open(c, v->issuer, out);
    const struct upstream_url at = { v->metadata_url, OUTBOUND_CONFIGURED };
    const struct metadata *m = NULL;
    TRY(metadata_read(c, &at, &m));
    if (!text_equal(m->issuer, v->issuer))
        return fail(c, UPSTREAM, "%s is the metadata of %.256s", v->metadata_url, m->issuer);
    *out = (struct issuer){ .issuer = v->issuer, .at = at, .m = m };
    return ok();
}

/* Remembers where it was found, in a text that lives as long as the verifier. */
static void remember(const struct verifier *v, const char *metadata_url)
{
    const char *const known[] = { v->metadata_url, v->place->openid_url, v->place->oauth_url };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] != NULL && text_equal(known[i], metadata_url))
            atomic_store(&v->place->metadata_url, known[i]);
}

static RESULT find_said(struct ctx *c, const struct verifier *v, const char *token,
                        struct verifier_keys *out)
{
    struct issuer found;
    if (v->jwks_uri != NULL) {
        const struct upstream_url own = { v->jwks_uri, OUTBOUND_CONFIGURED };
        return metadata_keys(c, &own, v->jwks_uri, token, &out->said);
    }
    TRY(find_issuer(c, v, &found));
    if (found.m->jwks_uri == NULL)
        return fail(c, UPSTREAM, "%s names no keys", found.at.url);
    remember(v, found.at.url);
    out->cloud = found.m->cloud_instance_name;
    return metadata_keys(c, &found.at, found.m->jwks_uri, token, &out->said);
}

RESULT verifier_keys_find(struct ctx *c, const struct verifier *v, const char *token,
                          struct verifier_keys *out)
{
    *out = (struct verifier_keys){ .said = v->keys };
    return v->keys != NULL ? ok() : find_said(c, v, token, out);
}
