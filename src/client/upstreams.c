/* SPDX-License-Identifier: Apache-2.0 */
#include "client/upstreams.h"

#include "base/config.h"

enum { PORT_OF_HTTPS = 443, ONE_WORKER_IN = 4 };

struct upstreams *upstreams_new(struct arena *a, struct resolver *resolver)
{
    struct documents *documents = documents_new(resolver);
    if (documents == NULL)
        return NULL;
    struct upstreams *u = ARENA_NEW(a, struct upstreams);
    u->resolver = resolver;
    u->documents = documents;
    u->breakers = breakers_new(a);
    return u;
}

void upstreams_free(struct upstreams *u)
{
    if (u == NULL)
        return;
    documents_free(u->documents);
    breakers_free(u->breakers);
}

RESULT upstreams_of(struct ctx *c, struct upstreams **out)
{
    if (c->upstreams == NULL)
        return fail(c, UNAVAILABLE, "nobody is called from here");
    *out = c->upstreams;
    return ok();
}

bool upstreams_enter(const struct ctx *c, struct upstreams *u)
{
    if (++u->guests <= config_workers_share(c->config, ONE_WORKER_IN))
        return true;
    u->guests--;
    return false;
}

void upstreams_leave(struct upstreams *u)
{
    u->guests--;
}

RESULT upstreams_renew(struct ctx *c, const struct document_wanted *wanted, const void *seen,
                       const void **parsed)
{
    struct upstreams *u = NULL;
    TRY(upstreams_of(c, &u));
    if (!c->needed)
        return documents_renew(c, u->documents, wanted, seen, parsed);
    if (!upstreams_enter(c, u)) {
        if (seen == NULL)
            return fail(c, UNAVAILABLE, "too many wait for others to get %s", wanted->url);
        *parsed = seen;
        return ok();
    }
    err done = documents_renew(c, u->documents, wanted, seen, parsed);
    upstreams_leave(u);
    return done;
}

RESULT upstreams_get(struct ctx *c, const struct document_wanted *wanted, const void **parsed)
{
    struct upstreams *u = NULL;
    const void *kept = NULL;
    TRY(upstreams_of(c, &u));
    if (!documents_kept(c, u->documents, wanted, &kept))
        return upstreams_renew(c, wanted, kept, parsed);
    *parsed = kept;
    return ok();
}

enum outbound_origin upstream_origin(struct ctx *c, const struct upstream_url *named,
                                     const char *url)
{
    struct url ours;
    struct url theirs;
    bool same = url_parse(c->arena, bytes_of(named->url), &ours) &&
                url_parse(c->arena, bytes_of(url), &theirs) &&
                text_equal(url_origin(c->arena, &ours), url_origin(c->arena, &theirs));
    return same ? named->origin : OUTBOUND_FOREIGN;
}

bool upstream_is_callable(struct texts inside, const struct url *url)
{
    if (url->host != NULL && texts_hold(inside, url->host))
        return url_is_private(url);
    return text_equal(url->scheme, "https") && url->host_is == URL_HOST_NAME &&
           url_port(url) == PORT_OF_HTTPS && !url_is_loopback(url);
}

bool upstream_is_internal(struct ctx *c, const char *url)
{
    struct url parsed;
    return url_parse(c->arena, bytes_of(url), &parsed) && parsed.host != NULL &&
           texts_hold(c->config->internal_hosts, parsed.host);
}
