/* SPDX-License-Identifier: Apache-2.0 */
#include "client/issuer.h"

#include "net/url.h"

#include <string.h>

static RESULT check_issuer(struct ctx *c, const char *issuer)
{
    struct url url;
    if (!url_parse(c->arena, bytes_of(issuer), &url) || url.query != NULL || url.fragment != NULL)
        return fail(c, INVALID_REQUEST, "this is no issuer: %.256s", issuer);
    if (!url_is_private(&url))
        return fail(c, INVALID_REQUEST, "an issuer begins with https://: %.256s", issuer);
    return ok();
}

static RESULT find(struct ctx *c, const char *issuer, struct issuer *out)
{
    const struct metadata *m = NULL;
    const char *openid = metadata_url(c->arena, issuer);
    const char *oauth = metadata_oauth_url(c->arena, issuer);
    const struct fault before = c->fault;
    struct upstream_url at = { openid, OUTBOUND_CONFIGURED };
    err found = metadata_read(c, &at, &m);
    const struct fault first = c->fault;
    if (found.code == ERR_UPSTREAM && oauth != NULL) {
        c->fault = before;
        at.url = oauth;
        found = metadata_read(c, &at, &m);
        /* Of two places the first is the one to tell of. */
        c->fault = found.code == ERR_OK ? before : first;
    }
    TRY(found);
    *out = (struct issuer){ .issuer = m->issuer, .at = at, .m = m };
    return ok();
}

RESULT issuer_open(struct ctx *c, const char *issuer, struct issuer *out)
{
    TRY(check_issuer(c, issuer));
    TRY(find(c, issuer, out));
    if (!text_equal(out->m->issuer, issuer))
        return fail(c, UPSTREAM, "the server %s calls itself %.256s", issuer, out->m->issuer);
    return ok();
}

struct place {
    const char *name, *url, *alias;
};

static struct place place_of(const struct metadata *m, enum issuer_endpoint which)
{
    switch (which) {
    case ISSUER_TOKEN:
        return (struct place){ "token endpoint", m->token_endpoint, m->mtls_token_endpoint };
    case ISSUER_PUSHED:
        return (struct place){ "endpoint for pushed authorization requests",
                               m->pushed_authorization_request_endpoint,
                               m->mtls_pushed_authorization_request_endpoint };
    case ISSUER_DEVICE:
        return (struct place){ "endpoint for devices", m->device_authorization_endpoint,
                               m->mtls_device_authorization_endpoint };
    case ISSUER_REVOCATION:
        return (struct place){ "endpoint to revoke tokens", m->revocation_endpoint,
                               m->mtls_revocation_endpoint };
    case ISSUER_INTROSPECTION:
        return (struct place){ "introspection endpoint", m->introspection_endpoint,
                               m->mtls_introspection_endpoint };
    case ISSUER_USERINFO:
        return (struct place){ "userinfo endpoint", m->userinfo_endpoint,
                               m->mtls_userinfo_endpoint };
    }
    must(false);
    return (struct place){ NULL, NULL, NULL };
}

RESULT issuer_endpoint(struct ctx *c, const struct issuer *issuer,
                       const struct oauth_client *client, enum issuer_endpoint which,
                       struct oauth_endpoint *out)
{
    struct place place = place_of(issuer->m, which);
    bool shows = client->certificate != NULL && place.alias != NULL;
    const char *url = shows ? place.alias : place.url;
    if (url == NULL)
        return fail(c, NOT_IMPLEMENTED, "%s has no %s", issuer->issuer, place.name);
    *out = (struct oauth_endpoint){ url, upstream_origin(c, &issuer->at, url), issuer->issuer };
    return ok();
}
