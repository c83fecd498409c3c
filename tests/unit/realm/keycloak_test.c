/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/keycloak.h"

#include "realm/kind.h"
#include "tests/unit/identity/identity_testing.h"

static struct ctx *ctx_of(void **state)
{
    const struct house *h = *state;
    return h->c;
}

/* ---- names ---- */

static void names_become_names_of_roles(void **state)
{
    struct arena *a = ctx_of(state)->arena;
    assert_string_equal(keycloak_role_name(a, NULL, "Support"), "support");
    assert_string_equal(keycloak_role_name(a, "shop", "Orders"), "shop-orders");
    assert_null(keycloak_role_name(a, NULL, "Team Lead"));
    assert_null(keycloak_role_name(a, NULL, "1st"));
    assert_null(keycloak_role_name(a, NULL, ""));
    assert_null(keycloak_role_name(a, NULL, "\xc3\xa4rzte"));
    assert_true(keycloak_is_own_role("default-roles-acme"));
    assert_false(keycloak_is_own_role("default"));
}

/* ---- hashes ---- */

#define SALT    "{\"value\":\"AAECAwQFBgcICQoLDA0ODw==\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\"}"
#define ENCODED "AAECAwQFBgcICQoLDA0ODw"

static const char *hash_of(struct ctx *c, const char *how)
{
    const char *hash = NULL;
    err done = keycloak_hash(c, SALT, how, &hash);
    if (done.code != ERR_OK) {
        assert_string_equal(c->fault.field, "credentials");
        fault_clear(c);
        return NULL;
    }
    OK(password_import_check(c, hash));
    return hash;
}

static void hashes_become_ours(void **state)
{
    struct ctx *c = ctx_of(state);
    assert_string_equal(hash_of(c, "{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\","
                                   "\"additionalParameters\":{}}"),
                        "$pbkdf2-sha256$i=27500$" ENCODED "$" ENCODED);
    assert_string_equal(hash_of(c, "{\"hashIterations\":20000,\"algorithm\":\"pbkdf2\"}"),
                        "$pbkdf2-sha1$i=20000$" ENCODED "$" ENCODED);
    assert_string_equal(
        hash_of(c, "{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{"
                   "\"hashLength\":[\"16\"],\"memory\":[\"7168\"],\"type\":[\"id\"],"
                   "\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"),
        "$argon2id$v=19$m=7168,t=5,p=1$" ENCODED "$" ENCODED);
}

static void what_is_not_known_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *hash = NULL;
    assert_null(hash_of(c, "{\"algorithm\":\"md5\"}"));
    assert_null(hash_of(c, "{\"hashIterations\":5,\"algorithm\":\"argon2\"}"));
    assert_null(hash_of(c, "{\"hashIterations\":5,\"algorithm\":\"argon2\","
                           "\"additionalParameters\":{\"memory\":[\"7168\"],\"type\":[\"i\"],"
                           "\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"));
    assert_int_equal(keycloak_hash(c, NULL, "{}", &hash).code, ERR_INVALID_FIELD);
    fault_clear(c);
    assert_int_equal(
        keycloak_hash(c, "{\"value\":\"?\",\"salt\":\"AA==\"}", "{\"algorithm\":\"pbkdf2\"}", &hash)
            .code,
        ERR_INVALID_FIELD);
    fault_clear(c);
    assert_int_equal(keycloak_hash(c, "no json", "{}", &hash).code, ERR_INVALID_JSON);
}

/* ---- clients ---- */

#define CLIENT(more)                                                                               \
    "{\"clientId\":\"shop\",\"enabled\":true,\"protocol\":\"openid-connect\"," more "}"

static const struct client_metadata *client_of_json(struct ctx *c, const char *json,
                                                    struct realm_client *client,
                                                    struct import_notes *notes)
{
    const char *id = NULL;
    *notes = (struct import_notes){ .arena = c->arena };
    OK(keycloak_client_read(c, bytes_of(json), client, notes, &id));
    assert_string_equal(id, "shop");
    return client->metadata;
}

static void a_client_keeps_what_it_may(void **state)
{
    struct ctx *c = ctx_of(state);
    struct realm_client client;
    struct import_notes notes;
    const struct client_metadata *m = client_of_json(
        c,
        CLIENT("\"standardFlowEnabled\":true,\"serviceAccountsEnabled\":true,"
               "\"secret\":\"0123456789abcdef0123456789abcdef\",\"rootUrl\":\"https://a.example\","
               "\"redirectUris\":[\"/cb\",\"https://b.example/cb\"],\"webOrigins\":[\"+\"],"
               "\"defaultClientScopes\":[\"profile\",\"roles\"],\"optionalClientScopes\":[\"x:y\"],"
               "\"attributes\":{\"post.logout.redirect.uris\":\"+##https://a.example/bye\"}"),
        &client, &notes);
    assert_int_equal(notes.n, 0);
    assert_string_equal(text_join(c->arena, m->redirect_uris, " "),
                        "https://a.example/cb https://b.example/cb");
    assert_string_equal(text_join(c->arena, m->post_logout_redirect_uris, " "),
                        "https://a.example/cb https://b.example/cb https://a.example/bye");
    assert_string_equal(text_join(c->arena, m->grant_types, " "),
                        "authorization_code refresh_token client_credentials");
    assert_string_equal(m->scope, "openid profile x:y");
    assert_string_equal(client.value, "0123456789abcdef0123456789abcdef");
    assert_true(m->first_party);
}

/* RFC 9700 2.1: what stands for many addresses is none. */
static void what_is_weaker_is_left_out_and_told(void **state)
{
    struct ctx *c = ctx_of(state);
    struct realm_client client;
    struct import_notes notes;
    const struct client_metadata *m = client_of_json(
        c,
        CLIENT("\"standardFlowEnabled\":true,\"implicitFlowEnabled\":true,"
               "\"directAccessGrantsEnabled\":true,\"secret\":\"short\","
               "\"redirectUris\":[\"https://a.example/*\",\"https://a.example/cb\",\"/rel\"]"),
        &client, &notes);
    assert_string_equal(text_join(c->arena, m->redirect_uris, " "), "https://a.example/cb");
    assert_string_equal(text_join(c->arena, m->grant_types, " "),
                        "authorization_code refresh_token");
    assert_null(client.value);
    assert_int_equal(notes.n, 5);
}

static void some_clients_cannot_be_taken_over(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char *const bad[] = {
        CLIENT("\"bearerOnly\":true"),
        CLIENT("\"standardFlowEnabled\":true,\"redirectUris\":[\"*\"]"),
        CLIENT("\"serviceAccountsEnabled\":true,\"clientAuthenticatorType\":\"client-x509\""),
        "{\"clientId\":\"shop\",\"protocol\":\"saml\"}",
        "{\"protocol\":\"saml\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct realm_client client;
        struct import_notes notes = { .arena = c->arena };
        const char *id = NULL;
        assert_int_not_equal(keycloak_client_read(c, bytes_of(bad[i]), &client, &notes, &id).code,
                             ERR_OK);
        assert_true(c->fault.say != NULL);
        fault_clear(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(names_become_names_of_roles),
        HOUSE_TEST(hashes_become_ours),
        HOUSE_TEST(what_is_not_known_is_refused),
        HOUSE_TEST(a_client_keeps_what_it_may),
        HOUSE_TEST(what_is_weaker_is_left_out_and_told),
        HOUSE_TEST(some_clients_cannot_be_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
