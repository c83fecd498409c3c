/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the administrator of a tenant may make of an application: nothing that has power over users
 * who were not asked, or over what is inside.
 */
#include "admin_story.h"

#include "oauth/client_change.h"

static const char *const inside[] = { "AUTH_INTERNAL_HOSTS=vault.inside", NULL };

#define URIS "'redirect_uris':['https://a.example/cb']"
#define JWKS                                                                                       \
    "{'keys':[{'kty':'OKP','crv':'Ed25519','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}"

static const char *const powers[] = {
    "'first_party':true",
    "'audiences':['https://api.test']",
    "'legacy_assertion_aud':true",
    "'token_exchange_subjects':['x']",
    "'token_exchange_providers':['entra']",
    "'token_exchange_audiences':['https://api.test']",
    "'token_exchange_impersonation':true",
    "'assertion_issuers':[{'issuer':'https://me.example','jwks':" JWKS
    ",'sub_is':'user_id','subjects':['*']}]",
};

static struct answer makes(struct client *c, const char *members)
{
    return story_post(c, "/admin/clients", "{'metadata':{" URIS ",%s}}", members);
}

static const char *path_of(struct world *w, const struct answer *made)
{
    return text_printf(w->arena, "/admin/clients/%s", answer_text(made, "client_id"));
}

/* Who names a method that there is not is told those that there are. */
static void a_method_that_there_is_not_is_refused_with_those_that_there_are(void **state)
{
    struct world *w = *state;
    struct client c = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    struct answer a = makes(&c, "'token_endpoint_auth_method':'magic'");
    assert_problem(a, 400, "invalid-client-metadata");
    assert_non_null(strstr(a.body, "none, client_secret_basic, client_secret_post, "
                                   "client_secret_jwt, private_key_jwt, tls_client_auth and "
                                   "self_signed_tls_client_auth."));
}

/* TX-01, AZ-04: by such a client one could act as everybody of the tenant. */
static void power_over_others_is_the_operators(void **state)
{
    struct world *w = *state;
    struct client c = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client op = admin_client_of(w, "op@example.com");
    struct answer plain = makes(&c, "'client_name':'Mine'");
    assert_status(plain, 201);
    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        assert_status(makes(&op, powers[i]), 201);
        assert_problem(makes(&c, powers[i]), 403, "forbidden");
        const char *put = story_json(w, "{" URIS ",%s}", powers[i]);
        assert_problem(admin_change(&c, HTTP_PUT, path_of(w, &plain), put), 403, "forbidden");
    }
}

/* Nor does one get it with the secret of a client that an operator has made powerful. */
static void nor_is_its_secret_theirs(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = admin_client_of(w, t->admin_email);
    struct answer made = makes(&c, "'client_name':'Mine'");
    const char *rotate = text_printf(w->arena, "%s/rotate-secret", path_of(w, &made));
    assert_status(story_post(&c, rotate, "{}"), 200);
    struct client_made client;
    story_does(w, client_read(world_ctx(w), answer_text(&made, "client_id"), &client));
    client.metadata.token_exchange_impersonation = true;
    story_does(w, client_change(world_ctx(w), client.row->id, &client.metadata, NULL, &client));
    assert_problem(story_post(&c, rotate, "{}"), 403, "forbidden");
}

/* SR-02 */
static void what_is_inside_is_the_operators(void **state)
{
    struct world *w = *state;
    static const char back[] = "'backchannel_logout_uri':'https://vault.inside:8200/'";
    struct client c = admin_client_of(w, admin_tenant(w, "acme")->admin_email);
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    struct client op = admin_client_of(w, "op@example.com");
    assert_status(makes(&op, back), 201);
    assert_problem(makes(&c, back), 400, "invalid-client-metadata");
    assert_problem(makes(&c, "'sector_identifier_uri':'https://vault.inside/'"), 400,
                   "invalid-client-metadata");
    struct answer plain = makes(&c, "'client_name':'Mine'");
    assert_problem(
        admin_change(&c, HTTP_PUT, path_of(w, &plain), story_json(w, "{" URIS ",%s}", back)), 400,
        "invalid-client-metadata");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_method_that_there_is_not_is_refused_with_those_that_there_are),
        STORY(power_over_others_is_the_operators),
        STORY(nor_is_its_secret_theirs),
        STORY_WITH(what_is_inside_is_the_operators, inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
