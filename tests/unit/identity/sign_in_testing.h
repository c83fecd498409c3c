/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_IDENTITY_SIGN_IN_TESTING_H
#define UAUTH_TESTS_UNIT_IDENTITY_SIGN_IN_TESTING_H

/*
 * What tests of signing in share: attempts, second factors and their codes, and counts of what was
 * done.
 */

#include "base/codec.h"
#include "crypto/totp.h"
#include "identity/login.h"
#include "identity/mfa.h"
#include "identity/session.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/factors.h"
#include "tests/unit/identity/identity_testing.h"

#define EMAIL_2 "bob@example.com"
#define NOBODY  "nobody@example.com"
#define NO_TOTP "000000x"
#define NO_CODE "aaaa-aaaa-aaaa-aaaa"

static inline struct house *house_of(void **state)
{
    return *state;
}

static inline struct ctx *ctx_of(void **state)
{
    return house_of(state)->c;
}

/* ---- attempts ---- */

static inline enum err_code tries(struct ctx *c, const struct login *attempt,
                                  struct login_done *done)
{
    fault_clear(c);
    *done = (struct login_done){ 0 };
    enum err_code code = login(c, attempt, done).code;
    assert_int_equal(c->fault.code, code);
    fault_clear(c);
    return code;
}

/* The outcome of an address and a password, in mode token. */
static inline enum err_code tries_password(struct ctx *c, const char *email, const char *password)
{
    struct login_done done;
    return tries(c, &(struct login){ .email = email, .password = password, .mode = SESSION_TOKEN },
                 &done);
}

/* The outcome of both factors at once. */
static inline enum err_code tries_both(struct ctx *c, const char *password, const char *code)
{
    struct login attempt = {
        .email = EMAIL, .password = password, .mfa_code = code, .mode = SESSION_TOKEN
    };
    struct login_done done;
    return tries(c, &attempt, &done);
}

/* Signs in with the right password, in this mode. */
static inline struct login_done signed_in(struct ctx *c, enum session_mode mode, const char *device)
{
    struct login attempt = { .email = EMAIL, .password = PASSWORD, .mode = mode, .device = device };
    struct login_done done = { 0 };
    OK(login(c, &attempt, &done));
    assert_non_null(done.sid);
    return done;
}

static inline uint64_t hashes_done(struct ctx *c)
{
    return hash_gate_look(c->hashes).done;
}

static inline size_t events_all(struct ctx *c)
{
    return events_called(c, NULL).n;
}

static inline size_t mails_n(struct ctx *c)
{
    return mails_taken(c).n;
}

static inline bool session_is_live(struct ctx *c, const char *sid)
{
    enum session_state state = SESSION_UNKNOWN;
    const struct session_row *row = NULL;
    OK(session_find_id(c, sid, &state, &row));
    return state == SESSION_LIVE;
}

/* ---- second factors ---- */

struct factor {
    struct bytes secret;
    struct texts recovery;
};

/* The code of the step `steps` after now. */
static inline const char *code_at(struct ctx *c, const struct factor *f, int64_t steps)
{
    return totp_code(c->arena, TOTP_SHA1, f->secret, totp_step(c->now) + steps, TOTP_DIGITS);
}

/* A well-formed code that none of the steps around now has. */
static inline const char *wrong_code(struct ctx *c, const struct factor *f)
{
    for (unsigned i = 0;; i++) {
        const char *code = text_printf(c->arena, "%06u", i);
        bool right = false;
        for (int64_t step = -2; step <= 2; step++)
            right |= text_equal(code, code_at(c, f, step));
        if (!right)
            return code;
    }
}

/* Enrols a factor and lets a minute pass, so that its first code is used up and steps are fresh. */
static inline struct factor enrolled(struct ctx *c, const char *user_id)
{
    struct totp_enrolment begun;
    struct factor f;
    OK(mfa_enrol(c, user_id, &begun));
    assert_true(base32_decode(c->arena, bytes_of(begun.secret), &f.secret));
    OK(mfa_confirm(c, &(struct mfa_confirm){ .user_id = user_id, .code = code_at(c, &f, 0) },
                   &f.recovery));
    assert_int_equal(f.recovery.n, RECOVERY_CODES);
    (void)mails_taken(c);
    c->now += 2 * TOTP_PERIOD;
    return f;
}

/* The handle of a first step that was right. */
static inline const char *mfa_token_of(struct ctx *c, enum session_mode mode, const char *device)
{
    struct login attempt = { .email = EMAIL, .password = PASSWORD, .mode = mode, .device = device };
    struct login_done done;
    assert_int_equal(tries(c, &attempt, &done), ERR_MFA_REQUIRED);
    assert_non_null(done.mfa_token);
    assert_null(done.sid);
    return done.mfa_token;
}

static inline enum err_code tries_second(struct ctx *c, const char *mfa_token, const char *code,
                                         struct login_done *done)
{
    return tries(c, &(struct login){ .mfa_token = mfa_token, .mfa_code = code }, done);
}

#endif
