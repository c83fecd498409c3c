/* SPDX-License-Identifier: Apache-2.0 */
#include "client/challenge.h"
#include "web/door.h"
#include "web/guard.h"
#include "web/proof.h"
#include "web/reply_parts.h"

#include <string.h>

/* The name of the protection space: the same everywhere, as one token opens all of it. */
static const char realm[] = "uauth";

/* The text of the problem member `name`, its texts joined, or NULL. */
static const char *member_text(struct req *r, const char *name)
{
    for (size_t i = 0; i < r->members_n; i++) {
        const struct problem_member *member = &r->members[i];
        if (!text_equal(member->name, name))
            continue;
        return member->text != NULL ? member->text : text_join(r->c->arena, member->texts, " ");
    }
    return NULL;
}

static const char *required_age(struct req *r)
{
    const char *age = member_text(r, "max_age");
    if (age != NULL || r->route == NULL || (r->route->flags & RECENT) == 0)
        return age;
    return text_printf(r->c->arena, "%d", RECENT_SECONDS);
}

/* By which scheme the caller has come. */
static bool came_by_dpop(const struct req *r)
{
    const char *field = http_header(r->http, "authorization");
    return field != NULL && strncasecmp(field, "DPoP ", strlen("DPoP ")) == 0;
}

/* RFC 9449 7.2: whoever may send a bearer token may send a bound one. */
static void add_dpop(struct req *r, struct text_buffer *b)
{
    challenge_scheme(b, "DPoP");
    challenge_parameter(b, true, "realm", realm);
    challenge_parameter(b, false, "algs", proof_algs(r->c->arena));
}

/* RFC 9728 5.1.  What a proxy asks about is another resource than our own API. */
static void add_resource(struct req *r, struct text_buffer *b)
{
    if (r->route == NULL || r->c->issuer != NULL || (r->route->flags & READ_ONLY) != 0 ||
        (r->route->guard->accepts & ACCEPTS_BEARER) == 0)
        return;
    challenge_parameter(
        b, false, "resource_metadata",
        text_printf(r->c->arena, "%s/.well-known/oauth-protected-resource", r->door->public_url));
}

static const char *without_error(struct req *r)
{
    struct text_buffer b = text_buffer(r->c->arena);
    challenge_scheme(&b, "Bearer");
    challenge_parameter(&b, true, "realm", realm);
    add_resource(r, &b);
    add_dpop(r, &b);
    return text_of(&b);
}

static const char *with_error(struct req *r, enum err_code code, const char *description)
{
    struct text_buffer b = text_buffer(r->c->arena);
    bool by_dpop = came_by_dpop(r);
    challenge_scheme(&b, by_dpop ? "DPoP" : "Bearer");
    challenge_parameter(&b, true, "realm", realm);
    challenge_parameter(&b, false, "error", err_row(code)->oauth);
    challenge_parameter(&b, false, "error_description", description);
    if (code == ERR_INSUFFICIENT_SCOPE && r->route != NULL)
        challenge_parameter(&b, false, "scope", r->route->permission);
    if (code == ERR_STEP_UP_REQUIRED) {
        challenge_parameter(&b, false, "max_age", required_age(r));
        challenge_parameter(&b, false, "acr_values", member_text(r, "acr_values"));
    }
    add_resource(r, &b);
    if (by_dpop)
        challenge_parameter(&b, false, "algs", proof_algs(r->c->arena));
    else if (code == ERR_INVALID_TOKEN)
        add_dpop(r, &b);
    return text_of(&b);
}

const char *reply_challenge(struct req *r, enum err_code code, const char *description)
{
    bool brought = http_header(r->http, "authorization") != NULL;
    if (code == ERR_STEP_UP_REQUIRED)
        return with_error(r, code, description);
    if (brought && (code == ERR_INVALID_TOKEN || code == ERR_INSUFFICIENT_SCOPE))
        return with_error(r, code, description);
    if (r->reply->status == 401 && (code == ERR_INVALID_DPOP_PROOF || code == ERR_USE_DPOP_NONCE))
        return with_error(r, code, description);
    if (err_row(code)->status != 401)
        return NULL;
    /* RFC 6749 5.2: a client that could not be authenticated is told how clients are. */
    if (code == ERR_INVALID_CLIENT)
        return "Basic realm=\"uauth\", charset=\"UTF-8\"";
    return without_error(r);
}
