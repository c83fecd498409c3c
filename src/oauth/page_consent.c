/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/page_consent.h"

#include "base/json.h"
#include "identity/account.h"
#include "oauth/client_document.h"
#include "oauth/consent.h"
#include "oauth/uri_shown.h"
#include "store/resources.h"
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

/* What stands in a detail, for people: as many rows as its JSON can have members. */
struct shown_members {
    struct arena *a;
    struct page_values *rows;
    size_t n;
};

static void show_member(struct shown_members *to, const char *name, const char *value)
{
    const struct page_value cells[] = { { .name = "member", .value = name },
                                        { .name = "value", .value = value } };
    to->rows[to->n++] = (struct page_values){ arena_copy(to->a, cells, sizeof cells), 2 };
}

/* A text as it is, anything else as it came. */
static const char *plain(struct json *j, struct json_value *v)
{
    (void)json_skip(j, v);
    return v->kind == JSON_TEXT ? v->text : text_copy(j->arena, (const char *)v->raw.at, v->raw.n);
}

/* The items of a list one after the other. */
static const char *listed(struct json *j)
{
    struct text_buffer out = text_buffer(j->arena);
    struct json_value item;
    while (json_item(j, &item))
        text_addf(&out, "%s%s", out.n == 0 ? "" : ", ", plain(j, &item));
    return text_of(&out);
}

/* One member, or, of an object, one row for each of its own. */
static void show_value(struct shown_members *to, struct json *j, const char *name,
                       struct json_value *v)
{
    struct json_value inner;
    size_t before = to->n;
    if (v->kind == JSON_OBJECT)
        for (const char *inside; json_member(j, &inside, &inner);)
            show_member(to, text_printf(to->a, "%s.%s", name, inside), plain(j, &inner));
    else
        show_member(to, name, v->kind == JSON_ARRAY ? listed(j) : plain(j, v));
    if (to->n == before)
        show_member(to, name, "{}");
}

/* What stands in it beside its type. */
static struct page_value members_of(struct arena *a, const struct detail *detail)
{
    /* The shortest member is "":1, and has a comma behind it. */
    size_t most = strlen(detail->json) / 5 + 1;
    struct shown_members to = { a, ARENA_NEWS(a, struct page_values, most), 0 };
    struct json j = json_open(a, bytes_of(detail->json));
    struct json_value v;
    if (json_value(&j, &v))
        for (const char *name; json_member(&j, &name, &v);)
            if (!text_equal(name, "type"))
                show_value(&to, &j, name, &v);
    return (struct page_value){ .name = "members", .rows = to.rows, .rows_n = to.n };
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
        const struct page_value cells[] = {
            { .name = "title", .value = title_of(&types, details->at[i].type) },
            members_of(a, &details->at[i]),
        };
        rows[i] = (struct page_values){ arena_copy(a, cells, sizeof cells), 2 };
    }
    sheet_put_rows(s, "details", rows, details->n);
    return ok();
}

/* RFC 8707 3: the APIs that tokens are asked for, by the names that the operator gave them. */
static RESULT put_resources(struct sheet *s, struct texts uris)
{
    struct arena *a = s->r->c->arena;
    const char **names = ARENA_NEWS(a, const char *, uris.n);
    for (size_t i = 0; i < uris.n; i++) {
        const struct resource_row *row = NULL;
        TRY(resource_find(s->r->c, uris.at[i], &row));
        names[i] = row == NULL || *row->name == '\0' ? uri_place(a, uris.at[i]) : row->name;
    }
    if (uris.n > 0)
        sheet_put(s, "resources", text_join(a, (struct texts){ names, uris.n }, ", "));
    return ok();
}

static RESULT show_consent(struct sheet *s, const struct interaction *i)
{
    TRY(put_person(s));
    sheet_put_scopes(s, i->of.shown);
    TRY(put_details(s, &i->of.details));
    TRY(put_resources(s, i->of.resources));
    put_link(s, "policy_uri", i->of.client->metadata.policy_uri);
    put_link(s, "tos_uri", i->of.client->metadata.tos_uri);
    sheet_put(s, "host", uri_place(s->r->c->arena, i->of.in->redirect_uri));
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
