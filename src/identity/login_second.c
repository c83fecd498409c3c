/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "base/shape.h"
#include "crypto/digest.h"
#include "identity/audit.h"
#include "identity/sign_in.h"
#include "identity/throttle.h"
#include "store/one_time_tokens.h"

#include <string.h>

enum { TOKEN_CHARACTERS = 43, SCOPE_MAX = 65536 };

/* What the first step established, as it is kept with the handle. */
struct mfa_handle {
    int64_t epoch; /* of the user then */
    int64_t mode;
    const char *tenant_id, *scope; /* as asked for, or NULL */
    const char *device_id;         /* the known device that began, or NULL */
    const char *provider;          /* that proved the first step; NULL: a password did */
    int64_t auth_time;             /* when the provider did; else 0 */
    /* As struct upstream_session; `issuer` NULL: a password did. */
    const char *issuer, *subject, *upstream_sid, *sealed;
    int64_t check_at;
};
LOCAL_SHAPE(mfa_handle, FIELD(mfa_handle, epoch, REQUIRED, 0, INT64_MAX, "The user's epoch"),
            FIELD(mfa_handle, mode, REQUIRED, SESSION_COOKIE, SESSION_SPA, "The session's mode"),
            FIELD(mfa_handle, tenant_id, OPTIONAL, 0, 64, "The tenant asked for"),
            FIELD(mfa_handle, scope, OPTIONAL, 0, SCOPE_MAX, "The scope asked for"),
            FIELD(mfa_handle, device_id, OPTIONAL, 0, 64, "The device that began"),
            FIELD(mfa_handle, provider, OPTIONAL, 0, 64, "The provider that proved the first step"),
            FIELD(mfa_handle, auth_time, OPTIONAL, 0, INT64_MAX, "When it did"),
            FIELD(mfa_handle, issuer, OPTIONAL, 0, INT64_MAX, "Whose session it is there"),
            FIELD(mfa_handle, subject, OPTIONAL, 0, INT64_MAX, "Of whom"),
            FIELD(mfa_handle, upstream_sid, OPTIONAL, 0, INT64_MAX, "Its name there"),
            FIELD(mfa_handle, sealed, OPTIONAL, 0, INT64_MAX, "What is needed to ask again"),
            FIELD(mfa_handle, check_at, OPTIONAL, 0, INT64_MAX, "When"));

static void put_upstream(const struct upstream_session *upstream, struct mfa_handle *handle)
{
    if (upstream == NULL)
        return;
    handle->issuer = upstream->issuer;
    handle->subject = upstream->subject;
    handle->upstream_sid = upstream->sid;
    handle->sealed = upstream->sealed;
    handle->check_at = upstream->check_at;
}

static const struct upstream_session *upstream_of(struct ctx *c, const struct mfa_handle *handle)
{
    if (handle->issuer == NULL)
        return NULL;
    struct upstream_session *upstream = ARENA_NEW(c->arena, struct upstream_session);
    *upstream = (struct upstream_session){ .provider = handle->provider,
                                           .issuer = handle->issuer,
                                           .subject = handle->subject,
                                           .sid = handle->upstream_sid,
                                           .sealed = handle->sealed,
                                           .check_at = handle->check_at };
    return upstream;
}

RESULT mfa_handle_add(struct ctx *c, const struct sign_in *s, const char **mfa_token)
{
    struct mfa_handle handle = { .epoch = s->row->user.epoch,
                                 .mode = s->mode,
                                 .tenant_id = s->tenant_id,
                                 .scope = s->scope,
                                 .device_id = s->device_id,
                                 .provider = s->provider,
                                 .auth_time = s->auth_time };
    put_upstream(s->upstream, &handle);
    struct json_writer payload = json_writer(c->arena);
    const char *token = random_token(c);
    shape_write(&payload, NULL, &mfa_handle_shape, &handle);
    struct one_time_new new = { .kind = ONE_TIME_MFA,
                                .hash = token_hash(c->arena, token),
                                .user_id = s->row->user.id,
                                .payload = json_written(&payload),
                                .expires_at = c->now + MFA_TOKEN_SECONDS };
    TRY(one_time_add(c, &new));
    *mfa_token = token;
    return ok();
}

/* Only these two go with a handle: the rest was said in the first step. */
static RESULT check_members(struct ctx *c, const struct login *attempt)
{
    if (attempt->mfa_code == NULL)
        return fail_field(c, INVALID_FIELD, "mfa_code", "A code goes with the mfa_token.");
    if (attempt->email != NULL || attempt->password != NULL || attempt->tenant_id != NULL ||
        attempt->scope != NULL)
        return fail_field(c, INVALID_FIELD, "mfa_token",
                          "With an mfa_token there is nothing else to say but mfa_code.");
    return ok();
}

/* The refusal of a handle that is unknown, expired, used, or was tried too often. */
static RESULT refuse_handle(struct ctx *c, const char *user_id, const char *why)
{
    struct audit audit = { .event = AUDIT_LOGIN_FAILED,
                           .refused = true,
                           .user_id = user_id,
                           .details = { { "why", why } } };
    TRY(audit_add(c, &audit));
    return because(c, SIGN_IN_OVER, NULL, why,
                   fail(c, INVALID_CREDENTIALS, "mfa_token refused: %s", why));
}

/* Looks at the handle, which counts, and reads what came with it. */
static RESULT read_handle(struct ctx *c, const char *hash, struct one_time_row *row,
                          struct mfa_handle *handle)
{
    enum one_time_outcome how = ONE_TIME_UNKNOWN;
    TRY(one_time_try(c, ONE_TIME_MFA, hash, MFA_TOKEN_TRIES, &how, row));
    switch (how) {
    case ONE_TIME_DONE:
        return shape_read_json(c, &mfa_handle_shape, bytes_of(row->payload), handle);
    case ONE_TIME_UNKNOWN:
        return refuse_handle(c, NULL, "unknown handle");
    case ONE_TIME_EXPIRED:
        return refuse_handle(c, row->user_id, "handle expired");
    case ONE_TIME_USED:
        return refuse_handle(c, row->user_id, "handle used");
    }
    must(false); /* there is no other outcome */
    return ok();
}

/* Whether all is as it was in the first step: the same user, unchanged, on the same device. */
static bool is_same(const struct sign_in *s, const char *user_id, const struct mfa_handle *handle)
{
    return s->row != NULL && text_equal(s->row->user.id, user_id) &&
           s->row->user.status == USER_ACTIVE && s->row->user.epoch == handle->epoch &&
           s->row->user.totp &&
           (handle->device_id == NULL || text_equal(handle->device_id, s->device_id));
}

static RESULT find_again(struct ctx *c, struct sign_in *s, const char *cookie,
                         const struct one_time_row *row, const struct mfa_handle *handle)
{
    const struct user_row *user = NULL;
    TRY(user_find(c, row->user_id, &user));
    if (user == NULL || user->email == NULL)
        return refuse_handle(c, row->user_id, "changed");
    s->who = user->email;
    TRY(sign_in_find(c, s, cookie));
    return is_same(s, row->user_id, handle) ? ok() : refuse_handle(c, row->user_id, "changed");
}

RESULT login_second(struct ctx *c, const struct login *attempt, struct login_done *out)
{
    struct sign_in s = { .has_code = true };
    struct one_time_row row;
    struct mfa_handle handle;
    TRY(check_members(c, attempt));
    if (strnlen(attempt->mfa_token, TOKEN_CHARACTERS + 1) != TOKEN_CHARACTERS)
        return refuse_handle(c, NULL, "unknown handle");
    s.handle = token_hash(c->arena, attempt->mfa_token);
    TRY(read_handle(c, s.handle, &row, &handle));
    s.mode = (enum session_mode)handle.mode;
    s.tenant_id = handle.tenant_id;
    s.scope = handle.scope;
    s.provider = handle.provider;
    s.auth_time = handle.auth_time;
    s.upstream = upstream_of(c, &handle);
    if (s.scope != NULL)
        TRY(scopes_read(c, s.scope, &s.scopes));
    TRY(find_again(c, &s, attempt->device, &row, &handle));
    TRY(sign_in_throttle(c, &s));
    TRY(mfa_code_prepare(c, s.row->user.id, attempt->mfa_code, &s.code));
    return sign_in_conclude(c, &s, out);
}
