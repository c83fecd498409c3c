/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/page_consent.h"

#include "base/json.h"
#include "identity/account.h"
#include "oauth/client_document.h"
#include "oauth/consent.h"
#include "web/cors.h"
#include "web/sheet.h"

#include <string.h>

/* The request that waits, for the person of the session who asks. */
static RESULT open_for(struct req *r, const char *handle, struct interaction *i)
{
    TRY(interaction_open(r, handle, i));
    must(i->session == NULL || text_equal(i->session->id, r->who.session_id));
    return ok();
}

static RESULT put_person(struct sheet *s)
{
    const struct user_row *user = NULL;
    TRY(account_find(s->r->c, s->r->who.user_id, &user));
    sheet_put(s, "full_name", user->full_name);
    sheet_put(s, "email", user->email_entered);
    size_t n = utf8_length((const uint8_t *)user->full_name, strlen(user->full_name));
    sheet_put(s, "initial", text_copy(s->r->c->arena, user->full_name, n));
    return ok();
}

/* ---- consent ---- */

/* Registered by whoever runs the application, so only as what it looks like: a web page. */
static void put_link(struct sheet *s, const char *name, const char *uri)
{
    if (uri == NULL || !text_starts(uri, "https://"))
        return;
    sheet_put(s, name, uri);
    sheet_put(s, "has_links", "yes");
}

/* IN-16: where the answer goes says more than a name that anybody can choose. */
static const char *host_of(struct arena *a, const char *uri)
{
    const char *origin = cors_origin(a, uri);
    const char *begin = origin == NULL ? NULL : strstr(origin, "://");
    return begin == NULL ? text_copy(a, uri, strcspn(uri, "?#")) : begin + 3;
}

enum { DETAIL_MEMBERS_MAX = DETAILS_MEMBERS_MAX + 1 };

/* What stands in it beside its type, as it came. */
static struct page_values members_of(struct arena *a, const struct detail *detail)
{
    struct page_values *rows = ARENA_NEWS(a, struct page_values, DETAIL_MEMBERS_MAX);
    struct json j = json_open(a, bytes_of(detail->json));
    struct json_value v;
    size_t n = 0;
    (void)json_value(&j, &v);
    for (const char *name; n < DETAIL_MEMBERS_MAX && json_member(&j, &name, &v);) {
        (void)json_skip(&j, &v);
        if (text_equal(name, "type"))
            continue;
        const char *value =
            v.kind == JSON_TEXT ? v.text : text_copy(a, (const char *)v.raw.at, v.raw.n);
        const struct page_value cells[] = { { .name = "member", .value = name },
                                            { .name = "value", .value = value } };
        rows[n++] = (struct page_values){ arena_copy(a, cells, sizeof cells), 2 };
    }
    const struct page_value all[] = { { .name = "members", .rows = rows, .rows_n = n } };
    return (struct page_values){ arena_copy(a, all, sizeof all), 1 };
}

static const char *title_of(const struct details_types *types, const char *type)
{
    for (size_t i = 0; i < types->n; i++)
        if (text_equal(types->at[i].type, type))
            return types->at[i].title != NULL ? types->at[i].title : type;
    return type;
}

/* RFC 9396 12: all of it is shown, since all of it is granted. */
static RESULT put_details(struct sheet *s, const struct details *details)
{
    struct arena *a = s->r->c->arena;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, details->n);
    struct details_types types;
    if (details->n == 0)
        return ok();
    TRY(details_types_all(s->r->c, &types));
    for (size_t i = 0; i < details->n; i++) {
        struct page_values members = members_of(a, &details->at[i]);
        const struct page_value cells[] = {
            { .name = "title", .value = title_of(&types, details->at[i].type) },
            members.at[0],
        };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), 2 };
    }
    sheet_put_rows(s, "details", rows, details->n);
    return ok();
}

static RESULT show_consent(struct sheet *s, const struct interaction *i)
{
    TRY(put_person(s));
    sheet_put_scopes(s, i->of.scopes);
    TRY(put_details(s, &i->of.details));
    put_link(s, "policy_uri", i->of.client->metadata.policy_uri);
    put_link(s, "tos_uri", i->of.client->metadata.tos_uri);
    sheet_put(s, "host", host_of(s->r->c->arena, i->of.in->redirect_uri));
    /* Decision 13: its name is what it says of itself. */
    if (client_document_names(i->of.client->id))
        sheet_put(s, "document_host", client_document_host(s->r->c->arena, i->of.client->id));
    s->redirects = true;
    return sheet_reply(s, "consent", MESSAGE_consent_title);
}

RESULT get_consent(struct req *r)
{
    struct interaction i;
    const char *handle = req_query(r, "request");
    struct sheet *s = sheet_new(r, "/consent");
    TRY(open_for(r, handle, &i));
    TRY(sheet_carry(s, handle, NULL));
    return show_consent(s, &i);
}

RESULT post_consent(struct req *r)
{
    const struct consent_form *in = REQ_IN(r, consent_form);
    struct interaction i;
    TRY(open_for(r, in->request, &i));
    return text_equal(in->answer, "allow") ? consent_give(r, &i) : consent_refuse(r, &i);
}

/* ---- which account ---- */

RESULT get_select_account(struct req *r)
{
    struct interaction i;
    const char *handle = req_query(r, "request");
    struct sheet *s = sheet_new(r, "/select-account");
    TRY(open_for(r, handle, &i));
    TRY(sheet_carry(s, handle, NULL));
    TRY(put_person(s));
    s->redirects = true;
    return sheet_reply(s, "select_account", MESSAGE_select_title);
}

RESULT post_select_account(struct req *r)
{
    struct interaction i;
    TRY(open_for(r, REQ_IN(r, select_form)->request, &i));
    TRY(interaction_answer(r, &i, ANSWERED_SELECT));
    return interaction_continue(r, &i);
}
