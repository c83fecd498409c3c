/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/response.h"

#include "base/time.h"
#include "oauth/client_messages.h"
#include "token/claims.h"
#include "web/req.h"

static const struct response_mode modes[] = {
    { "query", false, false },    { "form_post", true, false },    { "jwt", false, true },
    { "query.jwt", false, true }, { "form_post.jwt", true, true },
};
enum { MODES = sizeof modes / sizeof modes[0] };

const struct response_mode *response_mode_find(const char *name)
{
    if (name == NULL)
        return &modes[0];
    for (size_t i = 0; i < MODES; i++)
        if (text_equal(modes[i].name, name))
            return &modes[i];
    return NULL;
}

struct texts response_mode_names(struct arena *a)
{
    struct texts out = { ARENA_NEWS(a, const char *, MODES), 0 };
    for (size_t i = 0; i < MODES; i++)
        out.at[out.n++] = modes[i].name;
    return out;
}

/* JARM 2.1. */
static RESULT sign(struct req *r, const struct form *fields, const char **response)
{
    struct json_writer w = json_writer(r->c->arena);
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(r->c));
    json_text(&w, "aud", r->redirect_client->id);
    json_number(&w, "exp", time_add(r->c->now, RESPONSE_SECONDS));
    for (size_t i = 0; i < fields->n; i++)
        json_text(&w, fields->at[i].name, fields->at[i].value);
    json_object_end(&w);
    const struct client_message_text text = { "JWT", json_written(&w) };
    return client_message_make(r->c, r->redirect_client, CLIENT_AUTHORIZATION, &text, response);
}

void response_by(struct req *r, const struct client *client, const struct response_mode *mode)
{
    r->redirect_client = client;
    r->redirect_by_form = mode != NULL && mode->by_form;
    r->redirect_sign = mode != NULL && mode->signed_ ? sign : NULL;
}
