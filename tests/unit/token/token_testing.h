/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_TOKEN_TOKEN_TESTING_H
#define UAUTH_TESTS_UNIT_TOKEN_TOKEN_TESTING_H

/*
 * A database with a keyring, a memory of revocations and people on it; nodes that share the
 * database; tokens, also such as nobody should make.
 */

#include "crypto/seal.h"
#include "identity/access.h"
#include "identity/session.h"
#include "store/keys.h"
#include "store/roles.h"
#include "store/tenants.h"
#include "store/users.h"
#include "tests/unit/store/store_testing.h"
#include "token/claims.h"
#include "token/keyring.h"
#include "token/revoke.h"
#include "token/verify.h"

enum { ALGORITHM_RS256, ALGORITHM_PS256, ALGORITHM_ES256, ALGORITHM_ES384, ALGORITHM_EDDSA };

/* The settings of `c`, to be changed: a copy of its own. */
static inline struct config *settings(struct ctx *c)
{
    struct config *config = arena_copy(c->arena, c->config, sizeof *config);
    c->config = config;
    return config;
}

static inline const struct seal *seal_of(struct ctx *c, const char *hex)
{
    struct bytes master;
    struct seal *seal = NULL;
    OK(seal_master_read(c, bytes_of(hex), &master));
    OK(seal_new(c, c->arena, &master, 1, &seal));
    return seal;
}
#define MASTER  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MASTER2 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

/* A node: what one process has. */
struct node {
    struct ctx *c;
    struct keyring *keys;
};

/* Settings as they come, but ES256, which is quick. */
static inline void node_settle(struct ctx *c, const struct ctx *like)
{
    c->config = like->config;
    c->seal = seal_of(c, MASTER);
}

static inline void node_start(struct node *n)
{
    succeeds(n->c, keyring_open(n->c, n->c->arena, NULL, &n->keys));
    n->c->keys = n->keys;
}

static inline void refresh(struct node *n)
{
    succeeds(n->c, keyring_refresh(n->c, n->keys));
}

/* Another process on the same database, with the settings of `like`; not started. */
static inline struct node node_beside(struct world *w, const struct ctx *like)
{
    struct node n = { .c = worker_begin(w->database) };
    n.c->now = like->now;
    node_settle(n.c, like);
    return n;
}

static inline void node_end(struct node *n)
{
    keyring_close(n->keys);
    revocations_free(n->c->revoked);
    worker_end(n->c);
}

/* ---- a world with one node ---- */

/* The keyring of the world's own node; its context is const towards it. */
static inline struct keyring *open_keys(struct ctx *c)
{
    struct node n = { .c = c };
    node_start(&n);
    return n.keys;
}

static inline int set_up_bare(void **state)
{
    if (set_up_store(state) != 0)
        return -1;
    struct ctx *c = ctx_of(state);
    settings(c)->jwt_algorithm = ALGORITHM_ES256;
    c->seal = seal_of(c, MASTER);
    return 0;
}

static inline int set_up_token(void **state)
{
    if (set_up_bare(state) != 0)
        return -1;
    struct ctx *c = ctx_of(state);
    struct keyring *keys = open_keys(c);
    ARENA_OWN(c->arena, struct keyring, keyring_close, keys);
    c->revoked = revocations_new(c->arena);
    ARENA_OWN(c->arena, struct revocations, revocations_free, c->revoked);
    OK(revocations_read(c, c->revoked));
    return 0;
}

/* Without keys, and with them. */
#define BARE_TEST(name)  cmocka_unit_test_setup_teardown(name, set_up_bare, tear_down_store)
#define TOKEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_token, tear_down_store)

/* What every work of a crowd begins with. */
static inline void node_joined(struct ctx *c, const struct crowd *crowd)
{
    crowd_joined(c, crowd);
    c->seal = crowd->world->c->seal;
    c->keys = crowd->world->c->keys;
    c->revoked = crowd->world->c->revoked;
    c->now = crowd->world->c->now;
}

/* ---- people and tokens ---- */

static inline struct texts words(struct ctx *c, const char *text)
{
    return text_split(c->arena, text, ' ');
}

static inline const char *a_user(struct ctx *c, const char *email)
{
    const char *id = NULL;
    OK(user_add(c,
                &(struct user_new){ .email = email,
                                    .email_entered = email,
                                    .full_name = "A Person",
                                    .verified = true,
                                    .tenant_id = TENANT_DEFAULT_ID },
                &id));
    assert_non_null(id);
    return id;
}

static inline void gets_role(struct ctx *c, const char *user_id, const char *role)
{
    enum role_outcome how = ROLE_UNKNOWN;
    OK(role_give(c, TENANT_DEFAULT_ID, user_id, role, &how));
    assert_true(how == ROLE_GIVEN || how == ROLE_HAD);
}

/* A sign-in that asks for `scopes` ("": everything), as identity/login.c makes one. */
static inline struct grant_facts sign_in(struct ctx *c, const char *user_id, const char *scopes)
{
    struct session_begun begun = { 0 };
    struct rights rights = { 0 };
    OK(rights_of(c, user_id, TENANT_DEFAULT_ID, &rights));
    struct texts granted = scopes_granted(c->arena, words(c, scopes), rights.permissions);
    struct session_begin begin = { .user_id = user_id,
                                   .tenant_id = TENANT_DEFAULT_ID,
                                   .mode = SESSION_TOKEN,
                                   .amr = words(c, "pwd"),
                                   .acr = "urn:uauth:acr:pwd",
                                   .scopes = granted };
    OK(session_begin(c, &begin, &begun));
    return (struct grant_facts){ .user_id = user_id,
                                 .client_id = "first-party",
                                 .tenant_id = TENANT_DEFAULT_ID,
                                 .sid = begun.sid,
                                 .authorization_id = begun.authorization_id,
                                 .scopes = granted,
                                 .roles = rights.roles,
                                 .permissions =
                                     permissions_within(c->arena, rights.permissions, granted),
                                 .amr = begin.amr,
                                 .acr = begin.acr,
                                 .auth_time = c->now };
}

/* Facts of nobody in particular, in no table. */
static inline struct grant_facts some_facts(struct ctx *c)
{
    return (struct grant_facts){ .user_id = "user-1",
                                 .client_id = "first-party",
                                 .tenant_id = "tenant-1",
                                 .sid = "session-1",
                                 .authorization_id = "authorization-1",
                                 .scopes = words(c, "users:read users:write"),
                                 .roles = words(c, "moderator user"),
                                 .permissions = words(c, "users:read users:write"),
                                 .amr = words(c, "pwd otp"),
                                 .acr = "urn:uauth:acr:mfa",
                                 .auth_time = c->now - 10 };
}

static inline const char *a_token(struct ctx *c, const struct grant_facts *facts)
{
    struct tokens tokens = { 0 };
    OK(issue_access(c, facts, &tokens));
    return tokens.access_token;
}

/* Whether verify_access takes it; a refusal is INVALID_TOKEN. */
static inline bool is_live(struct ctx *c, const char *token)
{
    struct access access = { 0 };
    struct arena_mark mark = arena_mark(c->arena);
    err e = verify_access(c, token, NULL, &access);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_TOKEN);
    assert_int_equal(e.code, c->fault.code);
    fault_clear(c);
    arena_rewind(c->arena, mark);
    return e.code == ERR_OK;
}

/* ---- keys ---- */

static inline struct key_infos infos_of(struct ctx *c, const struct keyring *k)
{
    struct key_infos infos = { 0 };
    OK(keyring_list(c, k, &infos));
    return infos;
}

/* The key in `state`, of which there is at most one; NULL: none. */
static inline const struct key_info *key_in(struct ctx *c, const struct keyring *k,
                                            enum key_state state)
{
    struct key_infos infos = infos_of(c, k);
    const struct key_info *found = NULL;
    for (size_t i = 0; i < infos.n; i++) {
        if (infos.at[i].state != state)
            continue;
        assert_null(found);
        found = &infos.at[i];
    }
    return found;
}

static inline bool is_published(struct ctx *c, const struct keyring *k, const char *kid)
{
    const struct key_set *set = keyring_public(c, k);
    for (size_t i = 0; i < set->n; i++)
        if (text_equal(set->at[i]->kid, kid))
            return true;
    return false;
}

/* The kid of the key that signs now. */
static inline const char *signer_of(struct ctx *c, const struct keyring *k)
{
    const char *token = NULL;
    struct jws jws = { 0 };
    OK(keyring_sign(c, k, "test", "{}", &token));
    const struct jws_policy policy = { .algs = ALGS_ASYMMETRIC, .keys = keyring_public(c, k) };
    OK(jws_verify(c, token, &policy, &jws));
    return jws.kid;
}

#endif
