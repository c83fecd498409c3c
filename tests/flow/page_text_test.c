/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What anybody may send to a page comes back as text or not at all.
 */
#include "admin_story.h"
#include "oauth_story.h"
#include "page_story.h"

#include "app/routes.h"
#include "base/codec.h"
#include "identity/invitation.h"
#include "identity/tenancy.h"
#include "store/clients.h"

/* Each with the part that must never stand in a page as it is. */
static const struct {
    const char *text, *never;
} payloads[] = {
    { "<script>alert(1)</script>", "<script" },
    { "\"><script>alert(1)</script>", "<script" },
    { "'><svg/onload=alert(1)>", "<svg/" },
    { "\" autofocus onfocus=alert(1) x=\"", "\" autofocus onfocus" },
    { "' onmouseover='alert(1)", "' onmouseover" },
    { "<img src=x onerror=alert(1)>", "<img src=x" },
    { "</title><script>x</script>", "</title><script" },
    { "</textarea><b>", "</textarea>" },
    { "<a href=javascript:alert(1)>x</a>", "<a href=javascript" },
    { "javascript:alert(1)//", "href=\"javascript:" },
    { "<!--", "<!--" },
    { "]]>", "]]>" },
    { "&lt;script&gt;", "value=\"&lt;script" },
    { "\xC2\xBCscript\xC2\xBE", "<script" },
    { "%3Cscript%3E", "<script" },
    { "\xE2\x80\xAE"
      "evil",
      "\xE2\x80\xAE" },
    { "x<y&z\"q'", "x<y" },
};
enum { PAYLOADS = sizeof payloads / sizeof payloads[0] };

static void assert_harmless(const struct answer *a, const char *where, size_t i)
{
    if (strstr(a->body, payloads[i].never) != NULL)
        fail_msg("%s with %s: %s", where, payloads[i].text, a->body);
    for (size_t k = 0; k < a->headers_n; k++)
        if (strchr(a->headers[k].value, '\n') != NULL || strchr(a->headers[k].value, '<') != NULL)
            fail_msg("%s: %s: %s", where, a->headers[k].name, a->headers[k].value);
}

static const char *const names[] = { "request",
                                     "then",
                                     "done",
                                     "about",
                                     "token",
                                     "code",
                                     "lang",
                                     "ui_locales",
                                     "email",
                                     "error",
                                     "error_description" };

/* WB-10, WB-14: through every parameter, path and header. */
static void what_an_address_says_is_text_or_nothing(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    const struct route *rows = routes(&n);
    struct client b = browser_new(w);
    for (size_t i = 0; i < n * PAYLOADS; i++) {
        const struct route *row = &rows[i / PAYLOADS];
        const char *text = payloads[i % PAYLOADS].text;
        if ((row->flags & HOSTED) == 0 || !text_equal(row->method, "GET"))
            continue;
        struct text_buffer query = text_buffer(w->arena);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            text_addf(&query, "%c%s=%s", k == 0 ? '?' : '&', names[k],
                      percent_encode(w->arena, text));
        struct sent sent = { .target = text_printf(w->arena, "%s%s", row->path, text_of(&query)) };
        sent.headers[0] = (struct http_header){ "accept-language", text };
        sent.headers[1] = (struct http_header){ "referer", text };
        sent.headers[2] = (struct http_header){ "accept", "text/html" };
        struct answer a = client_send(&b, &sent);
        assert_harmless(&a, row->path, i % PAYLOADS);
        assert_true(a.status < 500);
    }
}

/* WB-10: what a form says is kept in its fields, as text. */
static void what_a_form_says_is_text(void **state)
{
    struct world *w = *state;
    struct client b = browser_new(w);
    for (size_t i = 0; i < PAYLOADS; i++) {
        const char *text = percent_encode(w->arena, payloads[i].text);
        const char *form = text_printf(w->arena, "email=%s&password=%s&request=%s&then=%s", text,
                                       text, text, text);
        struct answer a = page_send(&b, "/sign-in", "/sign-in", form);
        assert_harmless(&a, "/sign-in", i);
        form = text_printf(w->arena, "full_name=%s&email=%s&password=%s&token=%s", text, text, text,
                           text);
        a = page_send(&b, "/register", "/register", form);
        assert_harmless(&a, "/register", i);
        form = text_printf(w->arena, "token=%s&password=", text);
        a = page_send(&b, "/reset-password?token=x", "/reset-password", form);
        assert_harmless(&a, "/reset-password", i);
    }
}

/* WB-12: and what is stored is text wherever it is shown. */
static void what_is_stored_is_text(void **state)
{
    struct world *w = *state;
    (void)story_person(w, ADA);
    struct client b = page_browser(w, ADA);
    for (size_t i = 0; i < PAYLOADS; i++) {
        const char *form =
            text_printf(w->arena, "full_name=%s", percent_encode(w->arena, payloads[i].text));
        (void)page_send(&b, "/account", "/account/profile", form);
        struct answer a = client_get(&b, "/account");
        assert_status(a, 200);
        assert_harmless(&a, "/account", i);
    }
    b.agent = "<script>alert(1)</script>";
    assert_leads(page_send(&b, "/sign-in", "/sign-in", "email=" ADA "&password=" STORY_PASSWORD),
                 "/account");
    struct answer a = client_get(&b, "/account");
    assert_harmless(&a, "/account", 0);
    assert_page(a, 200, "&lt;script&gt;alert(1)&lt;/script&gt;");
}

/* A tenant and an application of these names; false: such a name is not taken. */
static bool name_them(struct world *w, const char *tenant_id, const char *name)
{
    struct ctx *c = world_ctx(w);
    const struct tenant_row *out = NULL;
    const struct client_row *client = NULL;
    struct tenant_row tenant = { .id = tenant_id, .slug = "acme", .name = name };
    err named = tenancy_update(c, NULL, &tenant, &out);
    if (named.code == ERR_INVALID_FIELD)
        return false;
    story_does(w, named);
    story_does(w, client_find(c, APP, &client));
    struct client_row changed = *client;
    bool found = false;
    changed.name = name;
    story_does(w, client_update(c, &changed, &found));
    return found;
}

/* WB-10, WB-12, IN-16: names of applications and tenants, on the pages for their people. */
static void what_others_are_called_is_text(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK
                       "'],'scope':'openid profile email'}");
    const struct invitation_row *row = NULL;
    story_does(w,
               invitation_make(world_ctx(w),
                               &(struct invitation_new){ .tenant_id = t->id, .email = BOB }, &row));
    const char *token = world_link_token(w, BOB);
    struct client m = page_browser(w, t->member_email);
    for (size_t i = 0; i < PAYLOADS; i++) {
        if (!name_them(w, t->id, payloads[i].text))
            continue;
        struct answer a = client_get(&m, "/account");
        assert_harmless(&a, "/account", i);
        struct answer way = oauth_authorize(&m, "");
        assert_status(way, 303);
        a = client_get(&m, answer_header(&way, "location"));
        assert_status(a, 200);
        assert_harmless(&a, "/consent", i);
        a = client_get(&m, text_printf(w->arena, "/join?token=%s", token));
        assert_status(a, 200);
        assert_harmless(&a, "/join", i);
        a = client_get(&m, text_printf(w->arena, "/register?token=%s", token));
        assert_harmless(&a, "/register", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_an_address_says_is_text_or_nothing),
        STORY(what_a_form_says_is_text),
        STORY(what_is_stored_is_text),
        STORY(what_others_are_called_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
