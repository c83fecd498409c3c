/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/user_claims.h"

typedef void write_claim(struct json_writer *w, const char *name, const struct user_claims *of);

static void write_name(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_text(w, name, of->user->full_name);
}

static void write_updated_at(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_number(w, name, of->user->updated_at);
}

/* OpenID Connect Core 5.1: a BCP 47 tag, once it is known. */
static void write_locale(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_text_if(w, name, of->user->locale);
}

static void write_email(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_text(w, name, of->user->email_entered);
}

static void write_verified(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_bool(w, name, of->user->email_verified_at != 0);
}

static void write_roles(struct json_writer *w, const char *name, const struct user_claims *of)
{
    json_texts(w, name, of->rights.roles);
}

static void write_tenant(struct json_writer *w, const char *name, const struct user_claims *of)
{
    if (of->tenant_id != NULL)
        json_text(w, name, of->tenant_id);
}

/* JOSE-37: none of the names is one that a token says of itself. */
static const struct {
    const char *name, *scope;
    write_claim *write;
} claims[] = {
    { "name", "profile", write_name },
    { "locale", "profile", write_locale },
    { "updated_at", "profile", write_updated_at },
    { "email", "email", write_email },
    { "email_verified", "email", write_verified },
    { "roles", "roles", write_roles },
    { "tenant_id", "roles", write_tenant },
};
enum { CLAIMS = sizeof claims / sizeof claims[0] };

RESULT user_claims_find(struct ctx *c, const char *user_id, const char *tenant_id,
                        struct user_claims *out)
{
    struct user_claims found = { .tenant_id = tenant_id };
    TRY(user_find(c, user_id, &found.user));
    if (found.user != NULL && found.user->status != USER_ACTIVE)
        found.user = NULL;
    if (found.user != NULL)
        TRY(rights_of(c, user_id, tenant_id, &found.rights));
    *out = found;
    return ok();
}

void user_claims_write(struct json_writer *w, const void *about)
{
    const struct user_claims *of = about;
    for (size_t i = 0; i < CLAIMS; i++)
        if (texts_hold(of->scopes, claims[i].scope) || texts_hold(of->names, claims[i].name))
            claims[i].write(w, claims[i].name, of);
}

struct texts user_claims_names(struct arena *a)
{
    struct texts out = { ARENA_NEWS(a, const char *, CLAIMS), 0 };
    for (size_t i = 0; i < CLAIMS; i++)
        out.at[out.n++] = claims[i].name;
    return out;
}

struct texts user_claims_scopes_of(struct arena *a, struct texts names)
{
    struct texts out = { ARENA_NEWS(a, const char *, CLAIMS), 0 };
    for (size_t i = 0; i < CLAIMS; i++)
        if (texts_hold(names, claims[i].name) && !texts_hold(out, claims[i].scope))
            out.at[out.n++] = claims[i].scope;
    return out;
}

struct texts user_claims_scopes(struct arena *a)
{
    struct texts out = { ARENA_NEWS(a, const char *, CLAIMS), 0 };
    for (size_t i = 0; i < CLAIMS; i++)
        if (!texts_hold(out, claims[i].scope))
            out.at[out.n++] = claims[i].scope;
    return out;
}
