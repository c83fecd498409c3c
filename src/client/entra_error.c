/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_error.h"

#include "base/json.h"

#include <string.h>

enum { DESCRIPTION_SHOWN = 300 };

static const struct aadsts rows[] = {
#define AADSTS(code, meaning, hint) { code, meaning, hint },
#include "client/entra_errors.def"
#undef AADSTS
};

const struct aadsts *aadsts_find(int64_t code)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const struct aadsts *entra_error_known(const struct entra_error *e)
{
    const struct aadsts *row = NULL;
    for (size_t i = 0; row == NULL && i < e->codes_n; i++)
        row = aadsts_find(e->codes[i]);
    return row;
}

/* ---- reading ---- */

static void read_codes(struct json *j, struct entra_error *e)
{
    struct json_value v;
    while (json_item(j, &v)) {
        int64_t code = 0;
        if (json_int(&v, 0, INT32_MAX, &code) && e->codes_n < ENTRA_CODES_MAX)
            e->codes[e->codes_n++] = code;
        if (!json_skip(j, &v))
            return;
    }
}

static void take_text(struct entra_error *e, const char *name, const char *text)
{
    struct {
        const char *name;
        const char **to;
    } const members[] = {
        { "error", &e->error },         { "error_description", &e->description },
        { "suberror", &e->suberror },   { "claims", &e->claims },
        { "trace_id", &e->trace_id },   { "correlation_id", &e->correlation_id },
        { "timestamp", &e->timestamp },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name))
            *members[i].to = text;
}

void entra_error_read(struct ctx *c, int status, struct bytes body, struct entra_error *out)
{
    struct entra_error e = { .status = status };
    struct json j = json_open(c->arena, body);
    struct json_value v;
    *out = e;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return;
    for (const char *name; json_member(&j, &name, &v);) {
        if (v.kind == JSON_TEXT)
            take_text(&e, name, v.text);
        else if (v.kind == JSON_ARRAY && text_equal(name, "error_codes"))
            read_codes(&j, &e);
        if (!json_skip(&j, &v))
            return;
    }
    if (json_done(&j))
        *out = e;
}

/* ---- what it is ---- */

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_equal(text, list[i]))
            return true;
    return false;
}

#define IS_ONE_OF(text, ...)                                                                       \
    is_one_of((text), (const char *const[]){ __VA_ARGS__ },                                        \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static bool needs_person(const struct entra_error *e)
{
    return IS_ONE_OF(e->error, "interaction_required", "consent_required", "login_required") ||
           IS_ONE_OF(e->suberror, "message_only", "additional_action", "basic_action",
                     "user_password_expired", "consent_required", "bad_token", "ui_not_allowed",
                     "interrupted_user");
}

static enum err_code code_of(const struct entra_error *e)
{
    static const struct {
        const char *error;
        enum err_code code;
    } known[] = {
        { "invalid_grant", ERR_INVALID_GRANT },
        { "invalid_client", ERR_INVALID_CLIENT },
        { "unauthorized_client", ERR_UNAUTHORIZED_CLIENT },
        { "invalid_scope", ERR_INVALID_SCOPE },
        { "invalid_resource", ERR_INVALID_TARGET },
        { "unsupported_grant_type", ERR_UNSUPPORTED_GRANT_TYPE },
        { "access_denied", ERR_ACCESS_DENIED },
        { "authorization_declined", ERR_ACCESS_DENIED },
        { "authorization_pending", ERR_AUTHORIZATION_PENDING },
        { "slow_down", ERR_SLOW_DOWN },
        { "expired_token", ERR_EXPIRED_TOKEN },
        { "code_expired", ERR_EXPIRED_TOKEN },
        { "bad_verification_code", ERR_INVALID_GRANT },
        { "temporarily_unavailable", ERR_UNAVAILABLE },
    };
    if (needs_person(e))
        return ERR_INTERACTION_REQUIRED;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (text_equal(known[i].error, e->error))
            return known[i].code;
    return ERR_UPSTREAM;
}

const char *entra_error_classification(const struct entra_error *e)
{
    return e->suberror == NULL || IS_ONE_OF(e->suberror, "bad_token", "token_expired",
                                            "protection_policy_required", "client_mismatch",
                                            "device_authentication_failed")
               ? ""
               : e->suberror;
}

/* The beginning of the description, in one line, without what drives a terminal. */
static const char *shown(struct arena *a, const char *description)
{
    size_t n = strcspn(description, "\r\n");
    char *out = arena_copy(a, description, (n > DESCRIPTION_SHOWN ? DESCRIPTION_SHOWN : n) + 1);
    out[n > DESCRIPTION_SHOWN ? DESCRIPTION_SHOWN : n] = '\0';
    return text_has_control(out) ? "(not shown)" : out;
}

RESULT entra_error_fail(struct ctx *c, const struct entra_error *e)
{
    struct text_buffer b = text_buffer(c->arena);
    const struct aadsts *known = entra_error_known(e);
    text_addf(&b, "Entra ID refused with status %d", e->status);
    if (e->error != NULL)
        text_addf(&b, ": %s", shown(c->arena, e->error));
    if (e->suberror != NULL)
        text_addf(&b, " (%s)", shown(c->arena, e->suberror));
    if (known != NULL)
        text_addf(&b, ": AADSTS%lld: %s; %s", (long long)known->code, known->meaning, known->hint);
    else if (e->description != NULL)
        text_addf(&b, ": %s", shown(c->arena, e->description));
    if (e->trace_id != NULL)
        text_addf(&b, " (trace id %s)", shown(c->arena, e->trace_id));
    err refused = fail_at(c, code_of(e), __FILE__, __LINE__, "%s", text_of(&b));
    c->fault.retry_after = e->retry_after;
    return refused;
}
