/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_writer.h"
#include "client/challenge.h"
#include "web/door.h"
#include "web/failure_page.h"
#include "web/guard.h"
#include "web/media.h"
#include "web/problems.h"
#include "web/proof.h"
#include "web/reply.h"
#include "web/reply_client.h"
#include "web/reply_parts.h"

#include <string.h>

/* What is told, whatever the style: never fault.text, which is for the log (claim I7). */
struct failure {
    enum err_code code;
    const struct err_row *row;
    int status;
    const char *type;  /* URL of the page that explains it */
    const char *say;   /* or NULL */
    const char *field; /* or NULL */
    const char *retry_after;
};

/* RFC 9449 7.1, 9: a proof that does not do is no authentication where a token should let its
 * bearer in; at the endpoints of clients it is a bad request (5, 8). */
static int status_of(const struct req *r, enum err_code code)
{
    bool proof = code == ERR_INVALID_DPOP_PROOF || code == ERR_USE_DPOP_NONCE;
    bool tokens = r->route != NULL && (r->route->guard->accepts & ACCEPTS_BEARER) != 0;
    return proof && tokens ? 401 : err_row(code)->status;
}

static struct failure failure_of(struct req *r, err e)
{
    const struct fault *fault = &r->c->fault;
    struct failure f = { .code = e.code, .row = err_row(e.code), .status = status_of(r, e.code) };
    f.type = problem_type(r->c->arena, r->door->issuer, e.code);
    /* What was recorded of another failure, which somebody dealt with, is not about this one. */
    if (fault->code != e.code)
        return f;
    f.say = fault->say;
    f.field = fault->field;
    if (fault->retry_after > 0)
        f.retry_after = text_printf(r->c->arena, "%lld", (long long)fault->retry_after);
    return f;
}

static void write_members(struct req *r, struct json_writer *w)
{
    for (size_t i = 0; i < r->members_n; i++) {
        const struct problem_member *member = &r->members[i];
        if (member->text != NULL)
            json_text(w, member->name, member->text);
        else
            json_texts(w, member->name, member->texts);
    }
}

static void write_errors(struct json_writer *w, const struct failure *f)
{
    json_array(w, "errors");
    json_object(w, NULL);
    json_text(w, "field", f->field);
    json_text(w, "detail", f->say != NULL ? f->say : f->row->title);
    json_object_end(w);
    json_array_end(w);
}

static void write_request_id(struct req *r, struct json_writer *w)
{
    if (r->c->request_id != NULL)
        json_text(w, "request_id", r->c->request_id);
}

/* The page about the failure, and which request it was. */
static const char *instance(const struct req *r, const struct failure *f)
{
    if (r->c->request_id == NULL)
        return f->type;
    return text_printf(r->c->arena, "%s#%s", f->type, r->c->request_id);
}

/* RFC 9457 3.1. */
static void reply_problem(struct req *r, const struct failure *f)
{
    struct json_writer w = json_writer(r->c->arena);
    json_object(&w, NULL);
    json_text(&w, "type", f->type);
    json_text(&w, "title", f->row->title);
    json_number(&w, "status", f->status);
    if (f->say != NULL)
        json_text(&w, "detail", f->say);
    if (r->c->request_id != NULL)
        json_text(&w, "instance", instance(r, f));
    write_request_id(r, &w);
    if (f->field != NULL)
        write_errors(&w, f);
    write_members(r, &w);
    json_object_end(&w);
    reply_body(r, f->status, "application/problem+json", bytes_of(json_written(&w)));
}

/* The title, or what was said; of a field, with its name before it. */
static const char *description(struct arena *a, const struct failure *f)
{
    const char *text = f->say != NULL ? f->say : f->row->title;
    if (f->field != NULL)
        text = text_printf(a, "%s: %s", f->field, text);
    return challenge_plain(a, text);
}

/* RFC 6749 5.2: 400, but where a client could not be authenticated; RFC 6750 3.1: of a token. */
static int oauth_status(const struct failure *f)
{
    bool of_grant = text_equal(f->row->oauth, "invalid_grant") || f->code == ERR_ACCESS_DENIED;
    return of_grant ? 400 : f->status;
}

static void reply_oauth(struct req *r, const struct failure *f)
{
    struct json_writer w = json_writer(r->c->arena);
    json_object(&w, NULL);
    json_text(&w, "error", f->row->oauth);
    json_text(&w, "error_description", description(r->c->arena, f));
    json_text(&w, "error_uri", f->type);
    write_request_id(r, &w);
    write_members(r, &w);
    json_object_end(&w);
    reply_body(r, oauth_status(f), "application/json", bytes_of(json_written(&w)));
}

/* RFC 6749 4.1.2.1: errors of tokens and token endpoints are not among those of an authorization.
 */
static const char *authorization_error(const struct failure *f)
{
    static const char *const elsewhere[] = {
        "invalid_grant",      "invalid_client",         "invalid_token",
        "insufficient_scope", "unsupported_grant_type", "insufficient_user_authentication"
    };
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (text_equal(f->row->oauth, elsewhere[i]))
            return "access_denied";
    return f->row->oauth;
}

/* RFC 6749 4.1.2.1. */
static void reply_to_redirect_uri(struct req *r, const struct failure *f)
{
    /* The id of the request is all that leads the application's people to the reason. */
    const struct form_field fields[] = {
        { "error", authorization_error(f) },
        { "error_description", description(r->c->arena, f) },
        { "error_uri", instance(r, f) },
    };
    /* What is logged is why the request failed, whatever happens to its answer. */
    const struct fault found = r->c->fault;
    err told = reply_to_client(r, fields, sizeof fields / sizeof fields[0]);
    r->c->fault = found;
    /* What was to be signed is not told unsigned. */
    if (told.code != ERR_OK)
        reply_failure_page(r, told.code, NULL, NULL);
}

/* Before a row is found it is a person who reads, if the caller would rather have HTML. */
static enum route_errors style_of(struct req *r)
{
    if (r->route == NULL) {
        const char *accept = http_header(r->http, "accept");
        reply_header(r, "Vary", "Accept");
        return media_prefers(accept, "text/html", "application/json") ? PAGE : PROBLEM;
    }
    if (r->route->errors == REDIRECT && r->redirect_uri == NULL)
        return PAGE;
    return r->route->errors;
}

static void reply_in_style(struct req *r, const struct failure *f)
{
    switch (style_of(r)) {
    case PROBLEM:
        reply_problem(r, f);
        break;
    case OAUTH:
        reply_oauth(r, f);
        break;
    case REDIRECT:
        reply_to_redirect_uri(r, f);
        break;
    case PAGE:
        reply_failure_page(r, f->code, f->say, f->field);
        break;
    }
}

void reply_failure(struct req *r, err e)
{
    const struct failure f = failure_of(r, e);
    reply_start_over(r);
    reply_in_style(r, &f);
    if (f.code == ERR_USE_DPOP_NONCE)
        proof_give_nonce(r);
    /* What goes on to the client is no refusal to the browser: what follows is about this status
     * only. */
    if (r->reply->status < 400)
        return;
    const char *challenge = reply_challenge(r, f.code, description(r->c->arena, &f));
    if (challenge != NULL)
        reply_put(r, "WWW-Authenticate", challenge);
    if (f.retry_after != NULL)
        reply_put(r, "Retry-After", f.retry_after);
    /* RFC 9110 15.5.6: a method that is not offered is answered with those that are. */
    if (f.code == ERR_METHOD_NOT_ALLOWED && r->match.allow != NULL)
        reply_put(r, "Allow", r->match.allow);
}
