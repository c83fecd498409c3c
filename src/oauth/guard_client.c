/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/guard_client.h"

#include "base/codec.h"
#include "crypto/jwt.h"
#include "db/kv.h"
#include "oauth/client_document.h"
#include "web/client_certificate.h"
#include "web/door.h"

#include <string.h>

enum { FAILURES = 30, FAILURES_WINDOW = 60 };

static const char assertion_type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/* ---- what is shown ---- */

/* RFC 6749 2.3.1: each half is form-encoded. */
static bool decode_half(struct arena *a, struct bytes half, const char **out)
{
    char *text = arena_copy(a, half.at, half.n);
    for (size_t i = 0; i < half.n; i++)
        if (text[i] == '+')
            text[i] = ' ';
    return percent_decode(a, (struct bytes){ (const uint8_t *)text, half.n }, out);
}

static RESULT read_basic(struct ctx *c, const char *authorization, struct client_shown *out)
{
    static const char scheme[] = "Basic ";
    const size_t begin = sizeof scheme - 1;
    struct bytes pair;
    if (strncasecmp(authorization, scheme, begin) != 0)
        return because(c, CLIENT_BASIC, NULL, NULL,
                       fail(c, INVALID_CLIENT, "Authorization is not of the scheme Basic"));
    if (!base64_decode(c->arena, bytes_of(authorization + begin), true, &pair))
        return because(c, CLIENT_BASIC, NULL, NULL,
                       fail(c, INVALID_CLIENT, "Authorization: Basic is not base64"));
    const uint8_t *colon = pair.n == 0 ? NULL : memchr(pair.at, ':', pair.n);
    if (colon == NULL)
        return because(c, CLIENT_BASIC, NULL, NULL,
                       fail(c, INVALID_CLIENT, "Authorization: Basic has no colon"));
    size_t n = (size_t)(colon - pair.at);
    out->way = CLIENT_BY_BASIC;
    if (!decode_half(c->arena, (struct bytes){ pair.at, n }, &out->client_id) ||
        !decode_half(c->arena, (struct bytes){ colon + 1, pair.n - n - 1 }, &out->secret) ||
        *out->client_id == '\0')
        return because(c, CLIENT_BASIC, NULL, NULL,
                       fail(c, INVALID_CLIENT, "Authorization: Basic is not form-encoded"));
    return ok();
}

/* What the body says of the client. */
struct in_body {
    const char *client_id, *client_secret, *client_assertion, *client_assertion_type;
};

static RESULT read_body(struct ctx *c, struct bytes body, struct in_body *out)
{
    struct form form;
    if (!form_decode(c->arena, body, &form))
        return because(
            c, BODY_SYNTAX, "a form", NULL,
            fail_say(c, INVALID_REQUEST, "The form is not well formed.", "a malformed form"));
    const struct {
        const char *name;
        const char **at;
    } fields[] = {
        { "client_id", &out->client_id },
        { "client_secret", &out->client_secret },
        { "client_assertion", &out->client_assertion },
        { "client_assertion_type", &out->client_assertion_type },
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        /* RFC 6749 3.1: no parameter twice; one without a value is as good as left out. */
        if (!form_get(&form, fields[i].name, fields[i].at))
            return fail_field(c, INVALID_REQUEST, fields[i].name, "This is given more than once.");
        if (*fields[i].at != NULL && **fields[i].at == '\0')
            *fields[i].at = NULL;
    }
    return ok();
}

/* RFC 7523 3: who the assertion is said to be of; what it says is proven later. */
static RESULT read_assertion(struct ctx *c, const struct in_body *in, struct client_shown *out)
{
    if (!text_equal(in->client_assertion_type, assertion_type))
        return because(c, ASSERTION, assertion_type, in->client_assertion_type,
                       fail(c, INVALID_CLIENT, "client_assertion_type is not that of a JWT"));
    if (in->client_assertion == NULL)
        return because(c, ASSERTION, "client_assertion", NULL,
                       fail(c, INVALID_CLIENT, "there is no client_assertion"));
    out->way = CLIENT_BY_ASSERTION;
    out->assertion = in->client_assertion;
    out->client_id = jwt_unverified_text(c, in->client_assertion, "sub");
    if (out->client_id == NULL)
        return because(c, ASSERTION_SUBJECT, NULL, NULL,
                       fail(c, INVALID_CLIENT, "the client_assertion has no sub"));
    return ok();
}

static RESULT read_one(struct ctx *c, const char *authorization, const struct in_body *in,
                       struct client_shown *out)
{
    if (authorization != NULL)
        return read_basic(c, authorization, out);
    if (in->client_assertion != NULL || in->client_assertion_type != NULL)
        return read_assertion(c, in, out);
    if (in->client_id == NULL)
        return because(c, CLIENT_NAMELESS, NULL, NULL,
                       fail(c, INVALID_CLIENT, "no client is named"));
    *out =
        (struct client_shown){ .way = in->client_secret != NULL ? CLIENT_BY_SECRET : CLIENT_BY_NAME,
                               .client_id = in->client_id,
                               .secret = in->client_secret };
    return ok();
}

RESULT client_shown_read(struct ctx *c, const char *authorization, struct bytes body,
                         struct client_shown *out)
{
    struct in_body in = { 0 };
    struct client_shown shown = { 0 };
    TRY(read_body(c, body, &in));
    bool asserts = in.client_assertion != NULL || in.client_assertion_type != NULL;
    /* RFC 6749 2.3: not more than one method in a request. */
    if ((authorization != NULL) + (in.client_secret != NULL) + asserts > 1)
        return because(c, CLIENT_TWO_METHODS, NULL, NULL,
                       fail_say(c, INVALID_REQUEST, "Use one method of client authentication.",
                                "a client came with two methods of authentication"));
    TRY(read_one(c, authorization, &in, &shown));
    if (in.client_id != NULL && !text_equal(in.client_id, shown.client_id))
        return because(c, CLIENT_NAMES_DIFFER, shown.client_id, in.client_id,
                       fail_say(c, INVALID_REQUEST, "The client_id is not that of the credentials.",
                                "client_id is another than that of the credentials"));
    *out = shown;
    return ok();
}

/* ---- the guard ---- */

/* CL-07: wrong credentials are counted by client and address, so that nobody slows down a client
 * who is elsewhere. */
static RESULT count_failure(struct req *r, const char *client_id, err failure)
{
    struct kv_taken taken = { 0 };
    struct fault found = r->c->fault;
    fault_clear(r->c);
    err counted = kv_take(r->c, KV_KEY(r->c, KV_THROTTLE, "client", client_id, r->http->peer),
                          (struct kv_rate){ FAILURES, FAILURES_WINDOW }, 1, &taken);
    if (counted.code != ERR_OK || taken.allowed || !r->c->config->rate_limit) {
        r->c->fault = found;
        return failure;
    }
    err refused = because(
        r->c, LIMIT,
        text_printf(r->c->arena, "%d wrong credentials in %d s", FAILURES, FAILURES_WINDOW), "more",
        fail(r->c, RATE_LIMITED, "client %s: too many wrong credentials", client_id));
    r->c->fault.retry_after = taken.retry_after;
    return refused;
}

/* RFC 6749 2.3.1: never in the URI of the request (CL-14). */
static RESULT check_query(struct req *r)
{
    static const char *const names[] = { "client_secret", "client_assertion" };
    struct form query;
    if (!form_decode(r->c->arena, bytes_of(r->http->query), &query))
        return ok();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (form_has(&query, names[i]))
            return because(
                r->c, FIELD, "in the body", names[i],
                fail_field(r->c, INVALID_REQUEST, names[i], "This belongs in the body."));
    return ok();
}

static RESULT let_in(struct req *r, bool begins)
{
    struct client_shown shown;
    const struct client *client = NULL;
    TRY(check_query(r));
    TRY(client_shown_read(r->c, req_header(r, "authorization"), r->http->body, &shown));
    if (begins)
        TRY(client_document_renew(r->c, shown.client_id));
    TRY(client_certificates(r, &shown.certificates));
    shown.authorities = r->door->authorities;
    r->claims_client = shown.client_id;
    err proven = client_authenticate(r->c, &shown, &client);
    if (proven.code == ERR_INVALID_CLIENT)
        return count_failure(r, shown.client_id, proven);
    TRY(proven);
    client_admit(r, client);
    r->who = (struct principal){ .kind = PRINCIPAL_CLIENT, .client_id = client->id };
    return ok();
}

static RESULT check_client(struct req *r)
{
    return let_in(r, false);
}

static RESULT check_client_that_begins(struct req *r)
{
    return let_in(r, true);
}

static RESULT check_client_secret(struct req *r)
{
    TRY(check_client(r));
    if (!client_of(r)->confidential)
        return because(r->c, CLIENT_PUBLIC, NULL, NULL,
                       fail(r->c, INVALID_CLIENT, "client %s is public", r->who.client_id));
    return ok();
}

const struct guard guard_client = { "client", ACCEPTS_CLIENT, check_client };
const struct guard guard_client_begins = { "client", ACCEPTS_CLIENT, check_client_that_begins };
const struct guard guard_client_secret = { "client_secret", ACCEPTS_CLIENT, check_client_secret };
