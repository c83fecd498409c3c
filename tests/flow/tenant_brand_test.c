/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a tenant presents itself: colour and picture are set, refused, served, and stand on the pages
 * of its applications, its members and who is invited; on no others.
 */
#include "admin_story.h"
#include "oauth_story.h"
#include "page_story.h"

#include "db/db.h"
#include "oauth/client_change.h"

#define PNG                                                                                        \
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg" \
    "gg=="
/* "<svg xmlns=...>", "GIF89a...", and a PNG that says it is 4096 pixels wide */
#define SVG  "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxzY3JpcHQvPjwvc3ZnPg=="
#define GIF  "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#define WIDE "iVBORw0KGgoAAAANSUhEUgAAEAAAAAABCAYAAAAAAAAA"

static const char *of(struct world *w, const struct admin_tenant *t, const char *rest)
{
    return text_printf(w->arena, "/admin/tenants/%s%s", t->id, rest);
}

static struct answer put_logo(struct client *c, const struct admin_tenant *t, const char *picture)
{
    return client_put(c, of(c->w, t, "/logo"), story_json(c->w, "{'picture':'%s'}", picture));
}

static struct answer put_accent(struct client *c, const struct admin_tenant *t, const char *accent)
{
    return admin_change(
        c, HTTP_PUT, of(c->w, t, ""),
        story_json(c->w, "{'slug':'acme','name':'Acme & Sons','accent':'%s'}", accent));
}

/* The client APP of the tenant. */
static void tenant_app(struct world *w, const struct admin_tenant *t)
{
    struct ctx *c = world_ctx(w);
    struct client_new new = { .id = APP, .tenant_id = t->id };
    struct client_made made;
    const char *metadata = "{'token_endpoint_auth_method':'none',"
                           "'redirect_uris':['" APP_CALLBACK "'],'scope':'openid profile email'}";
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &new.metadata));
    story_does(w, client_create(c, &new, &made));
}

static const char *branded(struct client *c, const struct admin_tenant *t)
{
    assert_status(put_accent(c, t, "#0B5D3B"), 200);
    struct answer a = put_logo(c, t, PNG);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "accent"), "#0B5D3B");
    return answer_text(&a, "logo");
}

#define SHEET "<link rel=\"stylesheet\" href=\"/assets/accent-0b5d3b.css\">"

/* WB-12: what somebody put here comes back as the picture that it is, and can be nothing else. */
static void a_tenant_has_its_colour_and_its_picture(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *logo = branded(&c, t);
    struct client anybody = browser_new(w);
    struct answer a = client_get(&anybody, logo);
    assert_status(a, 200);
    assert_string_equal(answer_header(&a, "content-type"), "image/png");
    assert_string_equal(answer_header(&a, "x-content-type-options"), "nosniff");
    assert_true(text_starts(answer_header(&a, "content-security-policy"), "default-src 'none'"));
    assert_non_null(strstr(answer_header(&a, "cache-control"), "immutable"));
    a = client_get(&anybody, "/assets/accent-0b5d3b.css");
    assert_status(a, 200);
    assert_true(text_starts(a.body, ":root{--accent:#0b5d3b;"));
    /* The entity-tag is that of all of it. */
    assert_status(client_delete(&c, of(w, t, "/logo")), 204);
    a = client_get(&c, of(w, t, ""));
    assert_null(strstr(a.body, "tenant-logos"));
    assert_status(client_get(&anybody, logo), 404);
}

/* WB-12 */
static void only_pictures_that_can_do_no_harm_are_taken(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    static const char *const pictures[] = { SVG, GIF, WIDE, "no base64", "QUJD" };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        assert_problem(put_logo(&c, t, pictures[i]), 400, "invalid-field");
    static const char *const accents[] = { "3046c5f", "#12345g", "#12;45{" };
    for (size_t i = 0; i < sizeof accents / sizeof *accents; i++)
        assert_problem(put_accent(&c, t, accents[i]), 400, "invalid-field");
}

/* TN-01: nobody paints the pages of another tenant. */
static void another_tenant_is_not_there(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client eve = admin_client_of(w, other->admin_email);
    struct client member = admin_client_of(w, t->member_email);
    assert_problem(put_logo(&eve, t, PNG), 404, "not-found");
    assert_problem(client_delete(&eve, of(w, t, "/logo")), 404, "not-found");
    assert_problem(put_logo(&member, t, PNG), 403, "insufficient-scope");
}

static void pages_of_its_applications_and_members_have_them(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    const char *logo = branded(&c, t);
    const char *picture = text_printf(w->arena, "<img src=\"%s\" alt=\"\"", logo);
    tenant_app(w, t);
    struct client b = browser_new(w);
    struct answer a = oauth_authorize(&b, "");
    assert_status(a, 303);
    const char *page = answer_header(&a, "location");
    assert_page(client_get(&b, page), 200, picture);
    assert_page(client_get(&b, page), 200, SHEET);
    assert_page(client_get(&b, page), 200, "<span>Acme &amp; Sons</span>");
    /* Nobody's request: the service's own. */
    assert_page(client_get(&b, "/sign-in"), 200, "<span>uauth</span>");
    struct client m = page_browser(w, t->member_email);
    assert_page(client_get(&m, "/account"), 200, picture);
    assert_page(client_get(&m, "/account/password"), 200, SHEET);
}

static void who_is_invited_sees_by_whom(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    (void)branded(&c, t);
    assert_status(story_post(&c, of(w, t, "/invitations"), "{'email':'" BOB "'}"), 201);
    struct client b = browser_new(w);
    const char *token = world_link_token(w, BOB);
    const char *page = text_printf(w->arena, "/register?token=%s", token);
    assert_page(client_get(&b, page), 200, "Acme &amp; Sons invites you to make an account.");
    assert_page(client_get(&b, page), 200, SHEET);
    page = text_printf(w->arena, "/join?token=%s&lang=de", token);
    assert_page(client_get(&b, page), 200, "Acme &amp; Sons lädt Sie ein, mit Ihrem Konto");
    assert_page(client_get(&b, "/join?token=unknown&lang=en"), 200, "accept the invitation");
    world_pass(w, 8 * DAYS);
    assert_page(client_get(&b, page), 200, "<span>uauth</span>");
}

/* What tells of a failure must not fail itself: it asks the database for nothing. */
static void a_failure_is_told_without_them(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client m = page_browser(w, t->member_email);
    const char *token = page_token(&m, "/account");
    story_does(w, db_run(world_ctx(w), "DROP TABLE tenant_logos", NULL, 0, NULL));
    assert_page(page_post(&m, "/account/sessions/end", token, "sid=unknown"), 404,
                "There is nothing here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_tenant_has_its_colour_and_its_picture),
        STORY(only_pictures_that_can_do_no_harm_are_taken),
        STORY(another_tenant_is_not_there),
        STORY(pages_of_its_applications_and_members_have_them),
        STORY(who_is_invited_sees_by_whom),
        STORY(a_failure_is_told_without_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
