/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/login.h"

#include "base/codec.h"
#include "base/config.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "db/kv.h"
#include "identity/audit.h"
#include "identity/device.h"
#include "identity/email.h"
#include "identity/sign_in.h"
#include "identity/throttle.h"
#include "store/credentials.h"
#include "store/devices.h"

#include <string.h>

enum { MINUTE = 60, TENANT_ID_MAX = 64 };

RESULT sign_in_find(struct ctx *c, struct sign_in *s, const char *cookie)
{
    const struct device_row *device = NULL;
    const char *hash = NULL;
    TRY(login_find(c, s->who, &s->row));
    if (cookie == NULL || !device_read(c, cookie, s->who, &hash))
        return ok();
    TRY(device_find(c, s->row == NULL ? "" : s->row->user.id, hash, &device));
    if (device != NULL) {
        s->device = cookie;
        s->device_id = device->id;
    }
    return ok();
}

/* AU-07: one event a minute tells of a flood; the flood writes nothing. */
static void tell_limited(struct ctx *c, const struct sign_in *s)
{
    struct kv_taken taken = { .allowed = false };
    struct audit audit = { .event = AUDIT_LOGIN_LIMITED,
                           .refused = true,
                           .user_id = s->row == NULL ? NULL : s->row->user.id,
                           .identifier = s->row == NULL ? s->who : NULL };
    err told = kv_take(c, KV_KEY(c, KV_THROTTLE, "limited event", s->who),
                       (struct kv_rate){ .limit = 1, .window = MINUTE }, 1, &taken);
    if (told.code == ERR_OK && taken.allowed)
        told = audit_add(c, &audit);
    if (told.code != ERR_OK)
        fault_clear(c); /* it is refused in any case */
}

RESULT sign_in_throttle(struct ctx *c, const struct sign_in *s)
{
    err taken = throttle_take(c, THROTTLE_LOGIN, s->who, s->device_id);
    if (taken.code != ERR_RATE_LIMITED)
        return taken;
    struct fault why = c->fault;
    fault_clear(c);
    tell_limited(c, s);
    c->fault = why;
    return taken;
}

/* ---- the password ---- */

static bool must_be_verified(const struct ctx *c, const struct login_row *row)
{
    return c->config->require_verified_email && row->user.email_verified_at == 0;
}

/* The hash that a password is checked against, or NULL.  An address that is not verified has the
 * password of its newest registration, unless the first one works already. */
static const char *stored_of(const struct login_row *row)
{
    if (row == NULL)
        return NULL;
    return row->password_hash != NULL ? row->password_hash : row->pending_hash;
}

/*
 * EN-01: where there is nothing to check against, the check costs what it would cost some account,
 * always the same for the same address; which one, nobody can compute or arrange.
 */
static RESULT stand_in(struct ctx *c, const char *who, const char **stored)
{
    const char *mac = seal_mac(c, "stand-in password", bytes_of(who)), *like = NULL;
    struct bytes raw;
    must(base64url_decode(c->arena, bytes_of(mac), &raw) && raw.n >= PASSWORD_POINT_BYTES);
    raw.n = PASSWORD_POINT_BYTES;
    TRY(password_like(c, hex_encode(c->arena, raw), &like));
    *stored = password_dummy(c, like);
    return ok();
}

static const char *why_not(const struct ctx *c, const struct sign_in *s, bool matches)
{
    if (s->row == NULL)
        return "unknown";
    if (s->row->user.status != USER_ACTIVE)
        return "status";
    if (stored_of(s->row) == NULL)
        return "no password";
    if (!matches)
        return "password";
    return must_be_verified(c, s->row) ? "unverified" : NULL;
}

/* Checks it: one Argon2id hash, whoever it is. */
static RESULT check_password(struct ctx *c, struct sign_in *s, const char *password)
{
    const char *dummy = NULL, *rehash = NULL;
    bool matches = false;
    TRY(stand_in(c, s->who, &dummy));
    s->checked = stored_of(s->row) == NULL ? dummy : stored_of(s->row);
    err done = password_verify(c, s->checked, password, &matches, &rehash);
    if (done.code == ERR_UNAVAILABLE) /* nothing was looked at */
        throttle_give_back(c, THROTTLE_LOGIN, s->who, s->device_id);
    TRY(done);
    s->why = why_not(c, s, matches);
    /* A pending registration keeps its hash until it is verified. */
    s->rehash = s->why == NULL && s->row->password_hash != NULL ? rehash : NULL;
    return ok();
}

/* Whether the link goes out again; counted per account, so that nobody's mailbox is flooded. */
static RESULT decide_resend(struct ctx *c, struct sign_in *s)
{
    if (!text_equal(s->why, "unverified"))
        return ok();
    err taken = throttle_take(c, THROTTLE_MAIL, s->who, NULL);
    s->resend = taken.code == ERR_OK;
    if (taken.code == ERR_RATE_LIMITED)
        fault_clear(c);
    return taken.code == ERR_RATE_LIMITED ? ok() : taken;
}

/* ---- the door ---- */

/* Whatever costs nothing to refuse, before anything is counted. */
static RESULT check_bounds(struct ctx *c, const struct login *attempt)
{
    if (attempt->mfa_code != NULL && strnlen(attempt->mfa_code, MFA_CODE_MAX + 1) > MFA_CODE_MAX)
        return fail_field(c, INVALID_FIELD, "mfa_code", "The code is too long.");
    if (attempt->mfa_token != NULL)
        return ok();
    if (attempt->email == NULL || strnlen(attempt->email, EMAIL_MAX + 1) > EMAIL_MAX)
        return fail_field(c, INVALID_FIELD, "email", "The address is missing or too long.");
    if (attempt->password == NULL ||
        strnlen(attempt->password, PASSWORD_BYTES_MAX + 1) > PASSWORD_BYTES_MAX ||
        !text_is_utf8(bytes_of(attempt->password)))
        return fail_field(c, INVALID_FIELD, "password", "The password is missing or too long.");
    if (attempt->tenant_id != NULL &&
        strnlen(attempt->tenant_id, TENANT_ID_MAX + 1) > TENANT_ID_MAX)
        return fail_field(c, INVALID_FIELD, "tenant_id", "This is no id of a tenant.");
    return ok();
}

/* Spellings of one address are one account (MF-05, RL-10); what is no address is nobody's. */
static const char *who_of(struct ctx *c, const char *email)
{
    const char *canonical = NULL;
    return email_canonical(c->arena, email, &canonical) ? canonical : text_lower(c->arena, email);
}

static RESULT login_first(struct ctx *c, const struct login *attempt, struct login_done *out)
{
    struct sign_in s = { .who = who_of(c, attempt->email),
                         .mode = attempt->mode,
                         .tenant_id = attempt->tenant_id,
                         .scope = attempt->scope,
                         .has_code = attempt->mfa_code != NULL };
    if (s.scope != NULL)
        TRY(scopes_read(c, s.scope, &s.scopes));
    TRY(sign_in_find(c, &s, attempt->device));
    TRY(sign_in_throttle(c, &s));
    TRY(check_password(c, &s, attempt->password));
    if (s.has_code)
        TRY(mfa_code_prepare(c, s.row == NULL ? NULL : s.row->user.id, attempt->mfa_code, &s.code));
    TRY(decide_resend(c, &s));
    return sign_in_conclude(c, &s, out);
}

RESULT login(struct ctx *c, const struct login *attempt, struct login_done *out)
{
    TRY(check_bounds(c, attempt));
    return attempt->mfa_token == NULL ? login_first(c, attempt, out)
                                      : login_second(c, attempt, out);
}
