/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/par.h"

#include "base/random.h"
#include "base/time.h"
#include "client/dpop.h"
#include "crypto/digest.h"
#include "oauth/fapi.h"
#include "oauth/request_object.h"
#include "web/proof.h"
#include "web/reply.h"

#include <string.h>

static const char prefix[] = "urn:ietf:params:oauth:request_uri:";

/* RFC 9449 10.1: a proof here stands for dpop_jkt. */
static RESULT take_proof(struct req *r, struct authorize_request *in)
{
    const char *jkt = NULL;
    const struct proof_due due = { .jkt = in->dpop_jkt,
                                   .algs = fapi_algs(&client_of(r)->metadata, DPOP_ALGS) };
    TRY(proof_check(r, &due, &jkt));
    if (jkt != NULL)
        in->dpop_jkt = jkt;
    return ok();
}

RESULT post_par(struct req *r)
{
    const struct authorize_request *came = REQ_IN(r, authorize_request);
    const struct client *client = client_of(r);
    struct request_object object = { .in = *came };
    struct authorize_request *in = &object.in;
    struct authorization checked = { 0 };
    const char *handle = random_token(r->c);
    /* RFC 9126 3: what stands in the object is the request. */
    if (came->request != NULL)
        TRY(request_object_read(r->c, client, came->request, &object));
    in->client_id = client->id;
    TRY(take_proof(r, in));
    TRY(authorize_check_redirect(r->c, client, in));
    TRY(authorize_check(r->c, client, in, came->request == NULL ? BY_PUSH : BY_PUSH | BY_OBJECT,
                        &checked));
    TRY(request_object_use(r->c, client, &object));
    const struct authorization_request_row row = {
        .hash = token_hash(r->c->arena, handle),
        .client_id = client->id,
        .params = authorize_request_write(r->c->arena, in),
        .expires_at = time_add(r->c->now, PAR_SECONDS),
    };
    TRY(authorization_request_add(r->c, REQUEST_PUSHED, &row));
    const struct par_response out = { text_printf(r->c->arena, "%s%s", prefix, handle),
                                      PAR_SECONDS };
    return reply(r, &out);
}

bool par_is_reference(const char *request_uri)
{
    return text_starts(request_uri, prefix);
}

RESULT par_find(struct ctx *c, const struct client *client, const char *request_uri,
                const struct authorize_request **out, const char **hash)
{
    const struct authorization_request_row *row = NULL;
    must(par_is_reference(request_uri));
    const char *handle = request_uri + strlen(prefix);
    if (strnlen(handle, RANDOM_TOKEN_CHARS + 1) != RANDOM_TOKEN_CHARS)
        return because(
            c, REQUEST_URI, NULL, NULL,
            fail(c, INVALID_REQUEST_URI, "this does not have the length of a request_uri"));
    *hash = token_hash(c->arena, handle);
    TRY(authorization_request_find(c, REQUEST_PUSHED, *hash, &row));
    /* The row may be kept for a user who has opened it; it is not opened again after its time. */
    if (row == NULL || time_add(row->created_at, PAR_SECONDS) <= c->now)
        return because(c, REQUEST_URI, "one of the last 90 seconds, not used", NULL,
                       fail(c, INVALID_REQUEST_URI, "the request_uri is unknown, expired or used"));
    if (!text_equal(row->client_id, client->id))
        return because(c, REQUEST_URI, row->client_id, client->id,
                       fail(c, INVALID_REQUEST_URI, "client %s brings a request of %s", client->id,
                            row->client_id));
    return authorize_request_load(c, row->params, out);
}
