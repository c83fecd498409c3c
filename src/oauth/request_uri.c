/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/request_uri.h"

#include "base/config.h"
#include "client/upstreams.h"
#include "crypto/jws.h"
#include "net/http_client.h"
#include "oauth/client_url.h"
#include "oauth/uri_shown.h"

#include <string.h>

enum { FETCH_MS = 5000 };

RESULT request_uris_check(struct ctx *c, const struct client_metadata *m)
{
    for (size_t i = 0; i < m->request_uris.n; i++) {
        struct url url;
        if (!url_parse(c->arena, bytes_of(m->request_uris.at[i]), &url) ||
            !upstream_is_callable(c->config->internal_hosts, &url))
            return fail_field(
                c, INVALID_CLIENT_METADATA, text_printf(c->arena, "request_uris[%zu]", i),
                "This must be an https URL on port 443 of a host by its public name; for "
                "others the host has to stand in AUTH_INTERNAL_HOSTS.");
    }
    return ok();
}

/* A file may end in a line break. */
static const char *text_of_body(struct arena *a, struct bytes body)
{
    while (body.n > 0 && (body.at[body.n - 1] == '\n' || body.at[body.n - 1] == '\r'))
        body.n--;
    bool is_text = body.n > 0 && memchr(body.at, 0, body.n) == NULL;
    return is_text ? text_copy(a, (const char *)body.at, body.n) : "";
}

static RESULT get(struct ctx *c, struct resolver *resolver, const struct client *client,
                  const char *uri, const char **object)
{
    static const char *const headers[] = { "Accept: application/oauth-authz-req+jwt" };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const struct http_call call = { .method = "GET",
                                    .url = uri,
                                    .origin = client_url_origin(c, &client->metadata, uri),
                                    .headers = headers,
                                    .headers_n = 1,
                                    .answer_max = JWS_BYTES_MAX,
                                    .limit_ms = FETCH_MS };
    TRY(http_call(c, resolver, &call, answer));
    if (answer->status != 200)
        return fail(c, UPSTREAM, "%s answered with status %d", uri, answer->status);
    *object = text_of_body(c->arena, answer->body);
    return ok();
}

RESULT request_uri_fetch(struct ctx *c, const struct client *client, const char *uri,
                         const char **object)
{
    struct upstreams *u = NULL;
    if (!c->config->request_uri_fetch || !texts_hold(client->metadata.request_uris, uri))
        return because(c, REQUEST_URI_FOREIGN, uris_shown(c->arena, client->metadata.request_uris),
                       uri_shown(c->arena, uri),
                       fail(c, REQUEST_URI_NOT_SUPPORTED,
                            "a request_uri that was not given out here, nor registered and "
                            "allowed"));
    TRY(upstreams_of(c, &u));
    if (!upstreams_enter(c, u))
        return fail(c, UNAVAILABLE, "too many wait for servers of clients already");
    err done = get(c, u->resolver, client, uri, object);
    upstreams_leave(u);
    if (done.code != ERR_UPSTREAM && done.code != ERR_FORBIDDEN)
        return done;
    const char *why = c->fault.text;
    fault_clear(c);
    return because(c, REQUEST_URI, NULL, uri_shown(c->arena, uri),
                   fail(c, INVALID_REQUEST_URI, "request_uri: %s", why));
}
