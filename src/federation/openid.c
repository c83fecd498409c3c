/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/openid.h"

#include "base/shape.h"
#include "client/tenant_issuer.h"

#include <string.h>

/* ---- shared ---- */

RESULT openid_place(struct ctx *c, const struct provider *p, const char *url,
                    struct provider_place *out)
{
    const struct metadata *m = NULL;
    const struct upstream_url at = { url, provider_origin(c, p, url) };
    TRY(metadata_get(c, &at, &m));
    *out = (struct provider_place){
        .issuer = m->issuer,
        .authorization_endpoint = m->authorization_endpoint,
        .token = { m->token_endpoint, upstream_origin(c, &at, m->token_endpoint), p->id },
        .metadata_at = at,
        .metadata = m,
    };
    return ok();
}

RESULT openid_token(struct ctx *c, const struct provider *p, const struct brought *b,
                    const char *issuer, struct jwt *out, const struct upstream_keys **keys)
{
    const struct provider_place *place = b->place;
    const struct id_token_due due = { .issuer = issuer,
                                      .client_id = p->m.client_id,
                                      .nonce = b->nonce,
                                      .no_nonce = b->no_nonce,
                                      .algs = place->metadata->algs,
                                      .access_token = b->access_token };
    if (b->id_token == NULL)
        return fail(c, UPSTREAM, "%s gave no ID token", p->id);
    TRY(metadata_keys(c, &place->metadata_at, place->metadata->jwks_uri, b->id_token, keys));
    TRY(id_token_check(c, b->id_token, &(*keys)->set, &due, out));
    /* AT-17: where the issuer is one; of a template the caller knows the tenant first. */
    return issuer == NULL ? ok()
                          : tenant_key_check(c, out, *keys, place->metadata->cloud_instance_name);
}

struct texts openid_joined(struct arena *a, struct texts one, struct texts other)
{
    const char **at = ARENA_NEWS(a, const char *, one.n + other.n);
    for (size_t i = 0; i < one.n; i++)
        at[i] = one.at[i];
    for (size_t i = 0; i < other.n; i++)
        at[one.n + i] = other.at[i];
    return (struct texts){ at, one.n + other.n };
}

/* AT-02: only JSON true is true. */
static bool is_true(const struct jwt *jwt, const char *name)
{
    const struct jwt_claim *claim = jwt_claim(jwt, name);
    return claim != NULL && claim->value.kind == JSON_BOOL && claim->value.truth;
}

/* Some providers give `roles` as they please: what is no list of texts counts for nothing. */
static struct texts texts_of(struct ctx *c, const struct jwt *jwt, const char *name)
{
    struct texts list = { 0 };
    if (jwt_texts(c, jwt, name, &list).code == ERR_OK)
        return list;
    fault_clear(c);
    return (struct texts){ 0 };
}

/* Keycloak has the roles of its realm one level down. */
struct realm_access {
    struct texts roles;
};
LOCAL_SHAPE_OPEN(realm_access, FIELD(realm_access, roles, OPTIONAL, 0, 1000, "Roles of the realm"));

static struct texts realm_roles(struct ctx *c, const struct jwt *jwt)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "realm_access");
    struct realm_access in = { 0 };
    if (claim == NULL || claim->value.kind != JSON_OBJECT)
        return in.roles;
    if (shape_read_json(c, &realm_access_shape, claim->value.raw, &in).code == ERR_OK)
        return in.roles;
    fault_clear(c);
    return (struct texts){ 0 };
}

RESULT openid_person(struct ctx *c, const struct jwt *jwt, struct person *out)
{
    *out = (struct person){ .issuer = jwt->iss, .subject = jwt->sub, .expires_at = jwt->exp };
    TRY(jwt_text(c, jwt, "email", &out->email));
    TRY(jwt_text(c, jwt, "name", &out->name));
    TRY(jwt_int(c, jwt, "auth_time", &out->auth_time));
    TRY(jwt_text(c, jwt, "sid", &out->sid));
    TRY(jwt_text(c, jwt, "login_hint", &out->login_hint));
    out->email_verified = is_true(jwt, "email_verified");
    out->email_doubtful = !out->email_verified && jwt_claim(jwt, "email_verified") != NULL;
    out->groups = openid_joined(c->arena, texts_of(c, jwt, "groups"), texts_of(c, jwt, "roles"));
    out->groups = openid_joined(c->arena, out->groups, realm_roles(c, jwt));
    return ok();
}

/* ---- openid ---- */

static RESULT check_openid(struct ctx *c, struct provider_metadata *m)
{
    if (m->issuer == NULL)
        return fail_field(c, INVALID_FIELD, "issuer", "An OpenID provider has an issuer.");
    return ok();
}

/* Discovery 4.3: exactly the issuer that the operator has named (AT-19). */
static RESULT open_openid(struct ctx *c, const struct provider *p, struct provider_place *out)
{
    TRY(openid_place(c, p, metadata_url(c->arena, p->m.issuer), out));
    if (!text_equal(out->issuer, p->m.issuer))
        return fail(c, UPSTREAM, "the provider %s calls itself %s", p->id, out->issuer);
    return ok();
}

/* What some say of a person only when asked (Core 5.3). */
struct userinfo {
    const char *sub, *email, *name;
    bool email_verified;
};
LOCAL_SHAPE_OPEN(userinfo, FIELD(userinfo, sub, REQUIRED, 1, 2048, "Who it is"),
                 FIELD(userinfo, email, OPTIONAL, 0, 1024, "Their address"),
                 FIELD(userinfo, name, OPTIONAL, 0, 1024, "What they are called"),
                 FIELD(userinfo, email_verified, OPTIONAL, 0, 0, "Whether it is theirs"));

/* A provider that leaves `email_verified` out says nothing; one that has it there and does not say
 * true has said no. */
static bool says_verified(struct ctx *c, struct bytes json)
{
    struct json j = json_open(c->arena, json);
    struct json_value v;
    const char *name = NULL;
    bool said = false;
    if (!json_value(&j, &v))
        return false;
    while (json_member(&j, &name, &v) && json_skip(&j, &v))
        said |= text_equal(name, "email_verified");
    return said;
}

static RESULT ask_userinfo(struct ctx *c, const struct provider *p, const struct brought *b,
                           struct person *out)
{
    const struct metadata *m = b->place->metadata;
    struct userinfo in;
    struct bytes json;
    if (out->email != NULL || b->access_token == NULL || m->userinfo_endpoint == NULL)
        return ok();
    const struct oauth_endpoint endpoint = {
        m->userinfo_endpoint, upstream_origin(c, &b->place->metadata_at, m->userinfo_endpoint),
        p->id
    };
    TRY(oauth_call(c, &endpoint, b->access_token, NULL, &json));
    if (shape_read_json(c, &userinfo_shape, json, &in).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s did not answer with who it is", p->id);
    }
    /* Core 5.3.2: else somebody else's token would have been put in its place. */
    if (!text_equal(in.sub, out->subject))
        return fail(c, INVALID_TOKEN, "the userinfo of %s is of somebody else", p->id);
    out->email = in.email;
    out->email_verified = in.email_verified;
    out->email_doubtful = !in.email_verified && says_verified(c, json);
    out->name = out->name == NULL ? in.name : out->name;
    return ok();
}

static RESULT identify_openid(struct ctx *c, const struct provider *p, const struct brought *b,
                              struct person *out)
{
    const struct upstream_keys *keys = NULL;
    struct jwt jwt;
    TRY(openid_token(c, p, b, b->place->issuer, &jwt, &keys));
    TRY(openid_person(c, &jwt, out));
    return ask_userinfo(c, p, b, out);
}

const struct provider_kind kind_openid = {
    .name = "openid",
    .summary = "Any OpenID provider: Keycloak, Okta, Auth0, GitLab, ...",
    .scope = "openid profile email",
    .openid = true,
    .says_when = true,
    .offline = "offline_access",
    .check = check_openid,
    .at_issuer = true,
    .open = open_openid,
    .identify = identify_openid,
};

/* ---- google ---- */

static RESULT check_google(struct ctx *c, struct provider_metadata *m)
{
    (void)c;
    if (m->issuer == NULL)
        m->issuer = "https://accounts.google.com";
    return ok();
}

/* Google has written its issuer without the scheme, too; both are one. */
static RESULT check_google_issuer(struct ctx *c, const char *issuer, const struct jwt *jwt)
{
    const char *scheme = strstr(issuer, "://");
    const char *bare = scheme == NULL ? issuer : scheme + strlen("://");
    if (!text_equal(jwt->iss, issuer) && !text_equal(jwt->iss, bare))
        return fail(c, INVALID_TOKEN, "an ID token for Google is of %.256s",
                    jwt->iss == NULL ? "(nobody)" : jwt->iss);
    return ok();
}

/* The domain is what the token says; the parameter of the same name is a hint and no more. */
static RESULT identify_google(struct ctx *c, const struct provider *p, const struct brought *b,
                              struct person *out)
{
    const struct upstream_keys *keys = NULL;
    const char *hd = NULL;
    struct jwt jwt;
    TRY(openid_token(c, p, b, NULL, &jwt, &keys));
    TRY(check_google_issuer(c, b->place->issuer, &jwt));
    TRY(jwt_text(c, &jwt, "hd", &hd));
    if (p->m.hosted_domain != NULL && !text_equal(hd, p->m.hosted_domain))
        return because(
            c, PROVIDER_TENANT, p->m.hosted_domain, hd,
            fail(c, FORBIDDEN, "they are of the domain %.253s", hd == NULL ? "(none)" : hd));
    TRY(openid_person(c, &jwt, out));
    out->issuer = b->place->issuer;
    return ok();
}

const struct provider_kind kind_google = {
    .name = "google",
    .summary = "Google, or one domain of Google Workspace",
    .scope = "openid profile email",
    .openid = true,
    .check = check_google,
    .at_issuer = true,
    .open = open_openid,
    .identify = identify_google,
};

/* ---- apple ---- */

static RESULT check_apple(struct ctx *c, struct provider_metadata *m)
{
    if (m->issuer == NULL)
        m->issuer = "https://appleid.apple.com";
    if (m->team_id == NULL)
        return fail_field(c, INVALID_FIELD, "team_id", "Apple's client secret names the team.");
    m->token_endpoint_auth_method = "apple";
    m->response_mode = "form_post"; /* Apple asks for it where name or email are asked for */
    return ok();
}

struct apple_name {
    const char *firstName, *lastName;
};
LOCAL_SHAPE_OPEN(apple_name, FIELD(apple_name, firstName, OPTIONAL, 0, 255, "First name"),
                 FIELD(apple_name, lastName, OPTIONAL, 0, 255, "Last name"));
struct apple_user {
    const void *name;
};
LOCAL_SHAPE_OPEN(apple_user, FIELD_OF(apple_user, name, OPTIONAL, 0, 0, &apple_name_shape,
                                      "What they are called"));

/* It comes once, beside the code, from the browser: a name to begin with, and never an address. */
static const char *name_of(struct ctx *c, const char *user)
{
    struct apple_user in = { 0 };
    if (user == NULL)
        return NULL;
    if (shape_read_json(c, &apple_user_shape, bytes_of(user), &in).code != ERR_OK)
        fault_clear(c);
    const struct apple_name *name = in.name;
    if (name == NULL || (name->firstName == NULL && name->lastName == NULL))
        return NULL;
    if (name->firstName == NULL || name->lastName == NULL)
        return name->firstName == NULL ? name->lastName : name->firstName;
    return text_printf(c->arena, "%s %s", name->firstName, name->lastName);
}

/* Apple writes its booleans as texts, too. */
static RESULT identify_apple(struct ctx *c, const struct provider *p, const struct brought *b,
                             struct person *out)
{
    const struct upstream_keys *keys = NULL;
    struct jwt jwt;
    TRY(openid_token(c, p, b, b->place->issuer, &jwt, &keys));
    TRY(openid_person(c, &jwt, out));
    const struct jwt_claim *verified = jwt_claim(&jwt, "email_verified");
    out->email_verified |= verified != NULL && verified->value.kind == JSON_TEXT &&
                           text_equal(verified->value.text, "true");
    out->email_doubtful = !out->email_verified;
    if (out->name == NULL)
        out->name = name_of(c, b->user);
    return ok();
}

const struct provider_kind kind_apple = {
    .name = "apple",
    .summary = "Apple",
    .scope = "openid name email",
    .openid = true,
    .says_when = true,
    .check = check_apple,
    .at_issuer = true,
    .open = open_openid,
    .identify = identify_apple,
};
