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

static void asks_for_mfa(struct world *w, struct tenant_row tenant)
{
    enum tenant_outcome how;
    tenant.require_mfa = true;
    story_does(w, tenant_update(world_ctx(w), &tenant, &how));
    assert_int_equal(how, TENANT_CHANGED);
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
    assert_redirected_error(oauth_authorize(&b, ""), APP_CALLBACK,
                            "unmet_authentication_requirements");
}

static struct answer answers(struct client *b)
{
    struct answer d = oauth_post(b->w, "/oauth2/device_authorization", TV, NULL, "client_id=" TV);
    const struct sent sent = {
        .method = HTTP_POST,
        .target = "/device/answer",
        .form = text_printf(b->w->arena, "csrf_token=%s&user_code=%s&answer=allow", b->csrf,
                            answer_text(&d, "user_code")),
    };
    return client_send(b, &sent);
}

static void no_device_without_a_second_factor(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct tenant_row tenant = tenant_client(
        w, &b, TV, "{'token_endpoint_auth_method':'none','grant_types':['" DEVICE "']}");
    assert_status(answers(&b), 200);
    asks_for_mfa(w, tenant);
    assert_status(answers(&b), 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(no_code_without_a_second_factor),
        STORY(no_device_without_a_second_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
