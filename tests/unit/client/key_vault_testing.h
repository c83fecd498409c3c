/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_KEY_VAULT_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_KEY_VAULT_TESTING_H

/* A key vault whose requests are scripted, and a managed identity beside it. */

#include "azure_testing.h"

#include "client/key_vault.h"

#define TENANT_ID   "11111111-2222-3333-4444-555555555555"
#define OLD_VERSION "00000000000000000000000000000001"
#define NEW_VERSION "00000000000000000000000000000002"
#define TOKEN_ASKED                                                                                \
    "GET "                                                                                         \
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=http%3A%2F%2Flocalhost%3A"
#define TOKEN_GIVEN "{\"access_token\":\"at-1\",\"expires_in\":\"86399\"}"
#define FIRST_TOKEN                                                                                \
    {                                                                                              \
        TOKEN_ASKED, NULL, FINE, TOKEN_GIVEN                                                       \
    }
#define SHOWN "Authorization: Bearer at-1\r\n"

struct vault_world {
    struct azure_place p;
    struct key_vault *vault;
    const char *url;       /* "http://kv1.localhost:PORT" */
    const char *resource;  /* "http://localhost:PORT" */
    const char *challenge; /* the head of a 401 */
};

/* The head of a 401 with this challenge. */
static inline const char *challenge_head(struct world *w, const char *challenge)
{
    return text_printf(w->arena, "401 x\r\nWWW-Authenticate: %s\r\n", challenge);
}

static inline struct vault_world *vault_world(void **state, const struct key_vault_plan *more)
{
    struct world *w = *state;
    struct vault_world *v = ARENA_NEW(w->arena, struct vault_world);
    v->p = azure_place(state);
    const char *port = strrchr(w->url, ':');
    struct key_vault_plan plan = *more;
    v->url = text_printf(w->arena, "http://kv1.localhost%s", port);
    v->resource = text_printf(w->arena, "http://localhost%s", port);
    v->challenge = challenge_head(
        w, text_printf(w->arena,
                       "Bearer authorization=\"https://login.microsoftonline.com/" TENANT_ID
                       "\", resource=\"%s\"",
                       v->resource));
    assert_int_equal(azure_open(&v->p, &managed_only), ERR_OK);
    plan.url = plan.url == NULL ? v->url : plan.url;
    plan.credential = v->p.credential;
    assert_int_equal(key_vault_new(&w->c, &plan, &v->vault).code, ERR_OK);
    return v;
}

static inline void vault_done(struct vault_world *v)
{
    peer_script_done(v->p.w);
    key_vault_free(v->vault);
    azure_credential_free(v->p.credential);
}

static inline const char *secret_body(struct vault_world *v, const char *value, const char *version)
{
    return text_printf(v->p.w->arena,
                       "{\"value\":\"%s\",\"id\":\"%s/secrets/db/%s\",\"attributes\":{\"enabled\":"
                       "true,\"created\":1700000000,\"exp\":1800000000,\"recoveryLevel\":\"x\"},"
                       "\"tags\":{}}",
                       value, v->url, version);
}

#define API "?api-version=7.4 "

#endif
