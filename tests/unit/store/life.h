/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_STORE_LIFE_H
#define UAUTH_TESTS_UNIT_STORE_LIFE_H

/*
 * A user with one of everything that can die, and how much of it is left.
 */

#include "store/api_keys.h"
#include "store/devices.h"
#include "store/factors.h"
#include "store/identities.h"
#include "store/one_time_tokens.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "store_testing.h"

struct life {
    const char *user_id;
    const char *here;  /* the session that may be kept, bound to the default tenant */
    const char *there; /* another, without a tenant */
};

/* What is left of a life.  Authorizations are named after the session that they hang on. */
struct left {
    int64_t here, there;
    int64_t here_authorizations, there_authorizations, free_authorizations;
    int64_t devices, links, factors, identities, api_keys;
};
#define LEFT(...) ((struct left){ __VA_ARGS__ })

static const struct left all_left = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

static inline const char *life_session(struct ctx *c, const char *user_id, const char *tenant_id,
                                       const char *hash)
{
    const char *amr[] = { "pwd" };
    const char *id = NULL;
    OK(session_add(c,
                   &(struct session_new){ .user_id = user_id,
                                          .tenant_id = tenant_id,
                                          .mode = SESSION_COOKIE,
                                          .hash = hash,
                                          .idle = 600,
                                          .absolute = 3600,
                                          .amr = { amr, 1 },
                                          .max = 10 },
                   &id));
    return id;
}

static inline void life_authorization(struct ctx *c, const char *id, const char *user_id,
                                      const char *session_id)
{
    static const char sql[] =
        "INSERT INTO authorizations (id, user_id, client_id, session_id, scopes, auth_time, amr,\n"
        "                            created_at, expires_at)\n"
        "VALUES ($1, $2, 'first-party', $3, '', $4, 'pwd', $4, $5)";
    OK(DB_RUN(c, sql, NULL, P_TEXT(id), P_TEXT(user_id), P_TEXT(session_id), P_INT(c->now),
              P_INT(c->now + 3600)));
}

/* `name` goes into every key, so that several may live. */
static inline struct life life_begin(struct ctx *c, const char *name)
{
    struct arena *a = c->arena;
    struct life l = { .user_id = person(c, text_printf(a, "%s@example.org", name)) };
    l.here = life_session(c, l.user_id, TENANT_DEFAULT_ID, text_printf(a, "%s-here", name));
    l.there = life_session(c, l.user_id, NULL, text_printf(a, "%s-there", name));
    life_authorization(c, text_printf(a, "%s-a-here", name), l.user_id, l.here);
    life_authorization(c, text_printf(a, "%s-a-there", name), l.user_id, l.there);
    life_authorization(c, text_printf(a, "%s-a-free", name), l.user_id, NULL);
    const char *id = NULL;
    bool done = false;
    OK(device_add(c, l.user_id, text_printf(a, "%s-device", name), c->now + 3600, &id));
    OK(one_time_add(c, &(struct one_time_new){ .kind = ONE_TIME_RESET_PASSWORD,
                                               .hash = text_printf(a, "%s-link", name),
                                               .user_id = l.user_id,
                                               .expires_at = c->now + 3600 }));
    OK(totp_enrol(c, l.user_id, "sealed", &id));
    OK(totp_confirm(c, l.user_id, id, 1, &done));
    OK(identity_add(c,
                    &(struct identity_row){ .provider = "entra",
                                            .issuer = "https://issuer.example",
                                            .subject = name,
                                            .user_id = l.user_id },
                    &id));
    OK(api_key_add(c,
                   &(struct api_key_row){ .id = text_printf(a, "%s-key", name),
                                          .tenant_id = TENANT_DEFAULT_ID,
                                          .user_id = l.user_id,
                                          .name = name,
                                          .expires_at = c->now + 3600 },
                   "hash", 1, &done));
    return l;
}

static inline int64_t session_lives(struct ctx *c, const char *id)
{
    enum session_state state;
    const struct session_row *session = NULL;
    OK(session_find_id(c, id, &state, &session));
    return state == SESSION_LIVE;
}

static inline struct left life_left(struct ctx *c, const struct life *l)
{
    const char *of_session = "SELECT count(*) FROM authorizations\n"
                             "WHERE session_id = $1 AND revoked_at IS NULL";
    return (struct left){
        .here = session_lives(c, l->here),
        .there = session_lives(c, l->there),
        .here_authorizations = counted_of(c, of_session, l->here),
        .there_authorizations = counted_of(c, of_session, l->there),
        .free_authorizations =
            counted_of(c,
                       "SELECT count(*) FROM authorizations\n"
                       "WHERE user_id = $1 AND session_id IS NULL AND revoked_at IS NULL",
                       l->user_id),
        .devices = counted_of(c, "SELECT count(*) FROM devices WHERE user_id = $1", l->user_id),
        .links =
            counted_of(c, "SELECT count(*) FROM one_time_tokens WHERE user_id = $1", l->user_id),
        .factors =
            counted_of(c, "SELECT count(*) FROM totp_factors WHERE user_id = $1", l->user_id),
        .identities =
            counted_of(c, "SELECT count(*) FROM identities WHERE user_id = $1", l->user_id),
        .api_keys = counted_of(c, "SELECT count(*) FROM api_keys WHERE user_id = $1", l->user_id),
    };
}

static inline void life_is(struct ctx *c, const struct life *l, struct left expected)
{
    struct left left = life_left(c, l);
    assert_int_equal(left.here, expected.here);
    assert_int_equal(left.there, expected.there);
    assert_int_equal(left.here_authorizations, expected.here_authorizations);
    assert_int_equal(left.there_authorizations, expected.there_authorizations);
    assert_int_equal(left.free_authorizations, expected.free_authorizations);
    assert_int_equal(left.devices, expected.devices);
    assert_int_equal(left.links, expected.links);
    assert_int_equal(left.factors, expected.factors);
    assert_int_equal(left.identities, expected.identities);
    assert_int_equal(left.api_keys, expected.api_keys);
}

#endif
