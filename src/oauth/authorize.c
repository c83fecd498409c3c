/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/authorize.h"

#include "crypto/digest.h"
#include "oauth/client_document.h"
#include "oauth/code.h"
#include "oauth/par.h"
#include "oauth/request_object.h"
#include "oauth/request_uri.h"
#include "web/browser.h"
#include "web/reply_client.h"

/* ---- the request ---- */

static RESULT find_client(struct req *r, const char *client_id, const struct client **out)
{
    if (client_id == NULL)
        return because(r->c, CLIENT_NAMELESS, NULL, NULL,
                       fail_field(r->c, INVALID_REQUEST, "client_id", "This field is required."));
    r->claims_client = client_id;
    TRY(client_document_renew(r->c, client_id));
    TRY(client_load(r->c, client_id, out));
    if (*out == NULL)
        return because(
            r->c, CLIENT_UNKNOWN, NULL, client_id,
            fail_field(r->c, INVALID_REQUEST, "client_id", "There is no such application here."));
    return ok();
}

/* RFC 9101 5, RFC 9126 4: beside a reference there is nothing but the client's name. */
static bool is_bare(const struct authorize_request *in)
{
    const char *const texts[] = {
        in->redirect_uri,
        in->scope,
        in->state,
        in->nonce,
        in->response_mode,
        in->prompt,
        in->max_age,
        in->code_challenge,
        in->code_challenge_method,
        in->login_hint,
        in->id_token_hint,
        in->ui_locales,
        in->acr_values,
        in->claims,
        in->request,
        in->dpop_jkt,
        in->authorization_details,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i] != NULL)
            return false;
    return in->resource.n == 0;
}

/* From now on the client is told. */
static RESULT prove_redirect(struct req *r, const struct client *client,
                             const struct authorize_request *in)
{
    TRY(authorize_check_redirect(r->c, client, in));
    r->redirect_uri = in->redirect_uri;
    r->redirect_state = in->state;
    return ok();
}

static RESULT check(struct req *r, const struct client *client, const struct authorize_request *in,
                    unsigned way, struct authorization *out)
{
    err checked = authorize_check(r->c, client, in, way, out);
    response_by(r, client, out->mode);
    return checked;
}

static RESULT read_plain(struct req *r, const struct client *client,
                         const struct authorize_request *in, struct authorization *out)
{
    TRY(prove_redirect(r, client, in));
    return check(r, client, in, BY_BROWSER, out);
}

static RESULT read_pushed(struct req *r, const struct client *client,
                          const struct authorize_request *in, struct authorization *out)
{
    const struct authorize_request *pushed = NULL;
    TRY(par_find(r->c, client, in->request_uri, &pushed, &out->pushed_hash));
    TRY(prove_redirect(r, client, pushed));
    if (!is_bare(in))
        return because(r->c, REQUEST_URI_ALONE, "client_id, request_uri", "more",
                       fail_field(r->c, INVALID_REQUEST, "request_uri",
                                  "Beside this only client_id may stand."));
    return check(r, client, pushed, PUSHED, out);
}

/* The object by value, or by reference (RFC 9101 5: one of the two). */
static RESULT find_object(struct req *r, const struct client *client,
                          const struct authorize_request *in, const char **text)
{
    *text = in->request;
    if (in->request_uri == NULL)
        return ok();
    if (in->request != NULL)
        return fail_field(r->c, INVALID_REQUEST, "request",
                          "Beside request_uri this cannot stand.");
    return request_uri_fetch(r->c, client, in->request_uri, text);
}

/* RFC 9101 6.3: what stands beside the object counts for nothing, but that a client whose address
 * is there, and registered, is told why its object was not taken. */
static RESULT read_object(struct req *r, const struct client *client,
                          const struct authorize_request *in, struct authorization *out)
{
    struct request_object *object = ARENA_NEW(r->c->arena, struct request_object);
    const char *text = NULL;
    if (in->redirect_uri != NULL && client_redirects_to(r->c->arena, client, in->redirect_uri))
        TRY(prove_redirect(r, client, in));
    TRY(find_object(r, client, in, &text));
    TRY(request_object_read(r->c, client, text, object));
    r->redirect_uri = NULL;
    r->redirect_state = NULL;
    TRY(prove_redirect(r, client, &object->in));
    TRY(check(r, client, &object->in, BY_BROWSER | BY_OBJECT, out));
    return request_object_use(r->c, client, object);
}

static RESULT read_request(struct req *r, const struct authorize_request *in,
                           struct authorization *out)
{
    const struct client *client = NULL;
    TRY(find_client(r, in->client_id, &client));
    if (in->request_uri != NULL && par_is_reference(in->request_uri))
        return read_pushed(r, client, in, out);
    if (in->request_uri != NULL || in->request != NULL)
        return read_object(r, client, in, out);
    return read_plain(r, client, in, out);
}

/* ---- the answer ---- */

static RESULT answer(struct req *r, const struct authorization *a,
                     const struct session_row *session)
{
    const char *code = NULL;
    TRY(code_issue(r->c, a, session, &code));
    const struct form_field fields[] = { { "code", code } };
    return reply_to_client(r, fields, 1);
}

/* A code if nothing is left to do, else the page that is next. */
static RESULT go_on(struct req *r, const struct authorization *a, const char *handle,
                    const struct session_row *session)
{
    enum need need = NEED_NOTHING;
    TRY(decide(r->c, a, session, &need));
    if (need == NEED_NOTHING)
        return answer(r, a, session);
    /* Only the user signs in, chooses and consents. */
    if (session != NULL && session->actor_id != NULL)
        return because(r->c, IMPERSONATED, "nothing left to ask", NULL,
                       fail(r->c, ACCESS_DENIED, "user %s acts as user %s, who would be asked",
                            session->actor_id, session->user_id));
    const char *page = interaction_page(need);
    if (page == NULL || (a->prompts & PROMPT_NONE) != 0)
        return decide_refuse(r->c, need);
    return interaction_begin(r, a, handle, page);
}

RESULT get_authorize(struct req *r)
{
    struct authorization a = { 0 };
    const struct session_row *session = NULL;
    TRY(read_request(r, REQ_IN(r, authorize_request), &a));
    TRY(browser_session(r, &session));
    return go_on(r, &a, NULL, session);
}

RESULT post_authorize(struct req *r)
{
    struct authorization a = { 0 };
    TRY(read_request(r, REQ_IN(r, authorize_request), &a));
    /* A browser does not send its cookies with a form of another site; it does with what follows.
     */
    return interaction_begin(r, &a, NULL, NULL);
}

RESULT get_authorize_continue(struct req *r)
{
    struct interaction i;
    TRY(interaction_open(r, REQ_IN(r, continue_query)->request, &i));
    return go_on(r, &i.of, i.handle, i.session);
}
