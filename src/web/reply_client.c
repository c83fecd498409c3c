/* SPDX-License-Identifier: Apache-2.0 */
#include "web/reply_client.h"

#include "token/claims.h"
#include "web/door.h"
#include "web/embedded.h"
#include "web/messages.h"
#include "web/page.h"
#include "web/reply.h"
#include "web/reply_parts.h"

#include <string.h>

enum { FIELDS_MAX = 8 };

struct response {
    struct form_field at[FIELDS_MAX];
    size_t n;
};

static void add(struct response *response, const char *name, const char *value)
{
    must(response->n < FIELDS_MAX);
    if (value != NULL)
        response->at[response->n++] = (struct form_field){ name, value };
}

/* RFC 6749 3.1.2: a query that the URI has already stays. */
static RESULT by_query(struct req *r, const struct response *response)
{
    struct form form = { response->at, response->n };
    char before = strchr(r->redirect_uri, '?') == NULL ? '?' : '&';
    return reply_redirect(r, text_printf(r->c->arena, "%s%c%s", r->redirect_uri, before,
                                         form_encode(r->c->arena, &form)));
}

/* Where the form is posted is for the browser to see: a policy for forms would forbid it. */
static RESULT by_form(struct req *r, const struct response *response)
{
    struct page_values rows[FIELDS_MAX];
    struct page_value cells[FIELDS_MAX][2];
    for (size_t i = 0; i < response->n; i++) {
        cells[i][0] = (struct page_value){ .name = "name", .value = response->at[i].name };
        cells[i][1] = (struct page_value){ .name = "value", .value = response->at[i].value };
        rows[i] = (struct page_values){ cells[i], 2 };
    }
    const struct page_value values[] = {
        { .name = "action", .value = r->redirect_uri },
        { .name = "script_path", .value = embedded_asset_path(r->c->arena, "submit.js") },
        { .name = "fields", .rows = rows, .rows_n = response->n },
    };
    enum language language = language_of(r);
    const struct html_page page = { .template = "form_post",
                                    .title = message_text(language, MESSAGE_form_post_title),
                                    .values = values,
                                    .n = sizeof values / sizeof values[0],
                                    .language = language };
    TRY(reply_page(r, 200, &page, true));
    reply_put(r, "Content-Security-Policy",
              "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
              "base-uri 'none'; frame-ancestors 'none'");
    return ok();
}

/* The issuer stands in what is signed. */
static RESULT sign(struct req *r, struct response *response)
{
    const struct form fields = { response->at, response->n };
    const char *text = NULL;
    TRY(r->redirect_sign(r, &fields, &text));
    *response = (struct response){ .at = { { "response", text } }, .n = 1 };
    return ok();
}

RESULT reply_to_client(struct req *r, const struct form_field *fields, size_t n)
{
    struct response response = { 0 };
    must(r->redirect_uri != NULL);
    for (size_t i = 0; i < n; i++)
        add(&response, fields[i].name, fields[i].value);
    add(&response, "state", r->redirect_state);
    if (r->redirect_sign == NULL)
        add(&response, "iss", token_issuer(r->c));
    else
        TRY(sign(r, &response));
    return r->redirect_by_form ? by_form(r, &response) : by_query(r, &response);
}
