/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no tenant may be called: by the form of an id, and by the name of another tenant's issuer.
 */
#include "admin_story.h"
#include "page_story.h"

#include "identity/tenancy.h"
#include "issuer_story.h"
#include "store/issuer_slugs.h"
#include "store/tenant_removal.h"

static struct client operator_of(struct world *w)
{
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    return admin_client_of(w, BOB);
}

static const char *at(struct world *w, const struct admin_tenant *t, const char *rest)
{
    return text_printf(w->arena, "/admin/tenants/%s%s", t->id, rest);
}

static struct answer renamed(struct client *c, const struct admin_tenant *t, const char *slug)
{
    return admin_change(c, HTTP_PUT, at(c->w, t, ""),
                        story_json(c->w, "{'slug':'%s','name':'Tenant'}", slug));
}

static struct answer set_by(struct client *c, const struct admin_tenant *t, const char *settings)
{
    return admin_change(c, HTTP_PATCH, admin_settings_path(c->w, t),
                        story_json(c->w, "%s", settings));
}

static const char *slug_of(struct world *w, const char *id)
{
    const struct tenant_row *row = NULL;
    story_does(w, tenant_find(world_ctx(w), id, &row));
    return row->slug;
}

/* As a version before this one took it. */
static void slug_was(struct world *w, const char *id, const char *slug)
{
    static const char sql[] = "UPDATE tenants SET slug = $2 WHERE id = $1";
    story_does(w, DB_RUN(world_ctx(w), sql, NULL, P_TEXT(id), P_TEXT(slug)));
}

/* ---- ids ---- */

/* TN-01: a command that names a tenant by its id means that one, whatever another is called. */
static void no_slug_looks_like_an_id(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client op = operator_of(w);
    struct client c = admin_client_of(w, other->admin_email);
    static const char *const ids[] = { "01890a5d-ac96-774b-bcce-b302099a8057", TENANT_DEFAULT_ID,
                                       "ffffffff-ffff-ffff-ffff-ffffffffffff" };
    assert_problem(renamed(&c, other, acme->id), 400, "invalid-field");
    assert_problem(renamed(&op, other, acme->id), 400, "invalid-field");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_problem(renamed(&c, other, ids[i]), 400, "invalid-field");
        assert_problem(story_post(&op, "/admin/tenants", "{'slug':'%s','name':'Tenant'}", ids[i]),
                       400, "invalid-field");
        assert_problem(story_post(&op, "/admin/apply", "{'tenants':[{'slug':'%s'}]}", ids[i]), 400,
                       "invalid-field");
    }
    assert_string_equal(slug_of(w, other->id), "other");
    /* What merely has the letters of one is a name. */
    assert_status(renamed(&c, other, "01890a5dac96774bbcceb302099a80570000"), 200);
    assert_status(renamed(&c, other, "01890a5d-ac96-774b-bcce-b302099a805g"), 200);
}

/* TN-01: a slug from before that is another's id stands in the way of nothing. */
static void an_id_that_is_a_slug_elsewhere_is_removed(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client op = operator_of(w);
    struct client c = admin_client_of(w, other->admin_email);
    slug_was(w, other->id, acme->id);
    /* It goes on, and may take a better one. */
    assert_status(renamed(&c, other, acme->id), 200);
    assert_status(client_post(&op, at(w, acme, "/disable"), NULL), 204);
    assert_status(client_delete(&op, at(w, acme, "")), 204);
    assert_string_equal(slug_of(w, other->id), acme->id);
    for (bool more = true; more;)
        story_does(w, tenant_removal_step(world_ctx(w), &more));
    assert_status(renamed(&c, other, "other"), 200);
}

/* ---- issuers ---- */

static void remove_tenant(struct client *op, const struct admin_tenant *t)
{
    struct world *w = op->w;
    assert_status(client_post(op, at(w, t, "/disable"), NULL), 204);
    assert_status(client_delete(op, at(w, t, "")), 204);
    for (bool more = true; more;)
        story_does(w, tenant_removal_step(world_ctx(w), &more));
}

/* The slug is not for the tenant, whoever of it asks, and nothing was changed. */
static void is_kept_from(struct client *c, const struct admin_tenant *t, const char *slug)
{
    struct answer a = renamed(c, t, slug);
    assert_problem(a, 409, "conflict");
    assert_non_null(strstr(a.body, "only an operator"));
    assert_string_not_equal(slug_of(c->w, t->id), slug);
}

/* TN-02, JOSE-07: who trusts the issuer of a tenant that is gone does not come to trust another's
 * tokens, unless an operator says so: first to the slug, then to the issuer. */
static void the_issuer_of_a_removed_tenant_is_nobodys(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    const struct admin_tenant *third = admin_tenant(w, "third");
    struct client op = operator_of(w);
    struct client c = admin_client_of(w, other->admin_email);
    struct client d = admin_client_of(w, third->admin_email);
    assert_status(admin_settings(w, acme, "{'issuer':'own'}"), 200);
    remove_tenant(&op, acme);
    is_kept_from(&c, other, "acme");
    assert_status(renamed(&op, other, "acme"), 200);
    assert_status(renamed(&c, other, "acme"), 200);
    assert_problem(set_by(&c, other, "{'issuer':'own'}"), 409, "conflict");
    struct client nobody = client_new(w);
    assert_status(client_get(&nobody, "/t/acme/.well-known/openid-configuration"), 404);
    assert_status(set_by(&op, other, "{'issuer':'own'}"), 200);
    assert_status(client_get(&nobody, "/t/acme/.well-known/openid-configuration"), 200);
    /* From then on it is this one's. */
    assert_status(set_by(&c, other, "{'issuer':null}"), 200);
    assert_status(renamed(&c, other, "other"), 200);
    is_kept_from(&d, third, "acme");
    assert_status(renamed(&c, other, "acme"), 200);
    assert_status(set_by(&c, other, "{'issuer':'own'}"), 200);
}

/* TN-02: the same where the tenant is there and has given its issuer up. */
static void the_issuer_of_a_renamed_tenant_stays_its_own(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *acme = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client op = operator_of(w);
    struct client a = admin_client_of(w, acme->admin_email);
    struct client c = admin_client_of(w, other->admin_email);
    assert_status(set_by(&a, acme, "{'issuer':'own'}"), 200);
    assert_status(set_by(&a, acme, "{'issuer':null}"), 200);
    assert_status(renamed(&a, acme, "acme-2"), 200);
    is_kept_from(&c, other, "acme");
    /* What never was an issuer is for everybody, and one's own goes on. */
    assert_status(renamed(&a, acme, "acme-3"), 200);
    assert_status(renamed(&c, other, "acme-2"), 200);
    assert_status(set_by(&c, other, "{'issuer':'own'}"), 200);
    assert_status(set_by(&c, other, "{'session_idle_minutes':10}"), 200);
    assert_status(renamed(&a, acme, "acme"), 200);
    assert_status(set_by(&a, acme, "{'issuer':'own'}"), 200);
    /* A tenant that an operator makes has the slug, not yet the issuer. */
    remove_tenant(&op, acme);
    struct answer made = story_post(&op, "/admin/tenants", "{'slug':'acme','name':'Acme'}");
    assert_status(made, 201);
    const char *holder = NULL;
    story_does(w, issuer_slug_find(world_ctx(w), "acme", &holder));
    assert_string_equal(holder, acme->id);
    /* A command on the machine is an operator's. */
    issuer_turn(w, answer_text(&made, "id"), true);
    story_does(w, issuer_slug_find(world_ctx(w), "acme", &holder));
    assert_string_equal(holder, answer_text(&made, "id"));
}

/* A node of a version before, which goes on while others are renewed, remembers nothing. */
static void what_was_not_remembered_is_remembered_at_the_end(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *gone = admin_tenant(w, "gone");
    const struct admin_tenant *off = admin_tenant(w, "off");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client op = operator_of(w);
    struct client c = admin_client_of(w, other->admin_email);
    assert_status(admin_settings(w, gone, "{'issuer':'own'}"), 200);
    assert_status(admin_settings(w, off, "{'issuer':'own'}"), 200);
    story_does(w, db_run(world_ctx(w), "DELETE FROM issuer_slugs", NULL, 0, NULL));
    struct client o = admin_client_of(w, off->admin_email);
    assert_status(set_by(&o, off, "{'issuer':null}"), 200);
    assert_status(renamed(&o, off, "off-2"), 200);
    remove_tenant(&op, gone);
    is_kept_from(&c, other, "off");
    is_kept_from(&c, other, "gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(no_slug_looks_like_an_id),
        STORY(an_id_that_is_a_slug_elsewhere_is_removed),
        STORY(the_issuer_of_a_removed_tenant_is_nobodys),
        STORY(the_issuer_of_a_renamed_tenant_stays_its_own),
        STORY(what_was_not_remembered_is_remembered_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
