/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applications of a tenant that asks for a second factor: it is asked for by whichever way one
 * comes (TN-10), also where the session was begun in another tenant.
 */
#include "oauth_story.h"

#include "oauth/client_change.h"
#include "store/tenants.h"

#define TV     "tv"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

/* The client `id` of a tenant of Ada's, and the tenant. */
static struct tenant_row tenant_client(struct world *w, const struct client *ada, const char *id,
                                       const char *metadata)
{
    struct ctx *c = world_ctx(w);
    struct client_new new = { .id = id };
    struct client_made made;
    struct client whose = *ada;
    struct answer me = client_get(&whose, "/auth/me");
    const struct tenant_row *tenant = NULL;
    bool added = false;
    story_does(w, tenant_add(c, "acme", "Acme", &new.tenant_id));
    story_does(w, membership_add(c, new.tenant_id, answer_text(&me, "id"), &added));
    assert_true(added);
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &new.metadata));
    story_does(w, client_create(c, &new, &made));
    story_does(w, tenant_find(c, new.tenant_id, &tenant));
    return *tenant;
}

static void is_changed(struct world *w, struct tenant_row tenant)
{
    enum tenant_outcome how;
    story_does(w, tenant_update(world_ctx(w), &tenant, &how));
    assert_int_equal(how, TENANT_CHANGED);
}

static void asks_for_mfa(struct world *w, struct tenant_row tenant)
{
    tenant.require_mfa = true;
    is_changed(w, tenant);
}

static void refuses_devices(struct world *w, struct tenant_row tenant, bool refuses)
{
    tenant.refuse_device_grant = refuses;
    is_changed(w, tenant);
}

static void no_code_without_a_second_factor(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct tenant_row tenant =
        tenant_client(w, &b, APP,
                      "{'token_endpoint_auth_method':'none','first_party':true,"
                      "'redirect_uris':['" APP_CALLBACK "'],'scope':'openid profile email'}");
    struct answer t = oauth_exchange(w, oauth_code(&b, ""), "");
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), tenant.id);
    asks_for_mfa(w, tenant);
    /* Who has none enrols one first; where nobody may be asked it is an error. */
    struct answer asked = oauth_authorize(&b, "");
    (void)oauth_waits_for(&asked, "/account/factor");
    assert_redirected_error(oauth_authorize(&b, "prompt=none"), APP_CALLBACK,
                            "unmet_authentication_requirements");
}

static struct answer begun(struct world *w)
{
    return oauth_post(w, "/oauth2/device_authorization", TV, NULL, "client_id=" TV);
}

static struct answer answers_to(struct client *b, const struct answer *d)
{
    const struct sent sent = {
        .method = HTTP_POST,
        .target = "/device/answer",
        .form = text_printf(b->w->arena, "csrf_token=%s&user_code=%s&answer=allow", b->csrf,
                            answer_text(d, "user_code")),
    };
    return client_send(b, &sent);
}

static struct answer answers(struct client *b)
{
    struct answer d = begun(b->w);
    return answers_to(b, &d);
}

static struct answer polled(struct world *w, const struct answer *d)
{
    return oauth_post(w, "/oauth2/token", TV, NULL,
                      text_printf(w->arena, "grant_type=" DEVICE "&client_id=" TV "&device_code=%s",
                                  answer_text(d, "device_code")));
}

static void no_device_without_a_second_factor(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    struct tenant_row tenant = tenant_client(
        w, &b, TV, "{'token_endpoint_auth_method':'none','grant_types':['" DEVICE "']}");
    assert_status(answers(&b), 200);
    asks_for_mfa(w, tenant);
    assert_status(answers(&b), 403);
}

#define TV_METADATA "{'token_endpoint_auth_method':'none','grant_types':['" DEVICE "']}"

/* DV-01: at each step, whenever the tenant turns it off. */
static void no_device_where_the_clients_tenant_refuses_them(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    struct tenant_row tenant = tenant_client(w, &b, TV, TV_METADATA);
    struct answer waits = begun(w);
    struct answer allowed = begun(w);
    assert_status(answers_to(&b, &allowed), 200);
    refuses_devices(w, tenant, true);
    assert_oauth_error(begun(w), 400, "unauthorized_client");
    struct answer page = answers_to(&b, &waits);
    assert_status(page, 403);
    assert_non_null(strstr(page.body, "Your organization lets no device use its accounts."));
    assert_oauth_error(polled(w, &waits), 400, "authorization_pending");
    assert_oauth_error(polled(w, &allowed), 400, "access_denied");
    refuses_devices(w, tenant, false);
    assert_status(answers(&b), 200);
    assert_status(polled(w, &allowed), 200);
}

/* DV-01: the members of a tenant, at home in it, whoever's the application is. */
static void no_device_where_the_home_of_its_user_refuses_them(void **state)
{
    struct world *w = *state;
    w->counts = true;
    const struct tenant_row *home = NULL;
    struct client b = oauth_ada(w);
    (void)tenant_client(w, &b, TV, TV_METADATA);
    assert_status(answers(&b), 200);
    story_does(w, tenant_find(world_ctx(w), TENANT_DEFAULT_ID, &home));
    struct tenant_row before = *home;
    struct answer allowed = begun(w);
    assert_status(answers_to(&b, &allowed), 200);
    refuses_devices(w, before, true);
    assert_status(answers(&b), 403);
    assert_oauth_error(polled(w, &allowed), 400, "access_denied");
    /* Whoever refuses a device may always do so. */
    struct answer d = begun(w);
    const struct sent refused = { .method = HTTP_POST,
                                  .target = "/device/answer",
                                  .form = text_printf(w->arena, "csrf_token=%s&user_code=%s",
                                                      b.csrf, answer_text(&d, "user_code")) };
    assert_status(client_send(&b, &refused), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(no_code_without_a_second_factor),
        STORY(no_device_without_a_second_factor),
        STORY(no_device_where_the_clients_tenant_refuses_them),
        STORY(no_device_where_the_home_of_its_user_refuses_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
