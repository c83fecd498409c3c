/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of clients that say who they are, and of their assertions and proofs. */
#include "certificate_story.h"
#include "plants.h"

#include "base/codec.h"
#include "crypto/jwt.h"

#define GRANT          "grant_type=client_credentials"
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static struct answer ask(struct world *w, const char *authorization, const char *form)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST, .target = "/oauth2/token", .form = form };
    if (authorization != NULL)
        sent.headers[0] = (struct http_header){ "authorization", authorization };
    return client_send(&c, &sent);
}

static const char *basic(struct world *w, const char *pair)
{
    return text_printf(w->arena, "Basic %s", base64_encode(w->arena, bytes_of(pair), true));
}

static const char *job(struct world *w, const char *more)
{
    return oauth_client(
        w, "job",
        text_printf(w->arena, "{'grant_types':['client_credentials'],'scope':'a openid'%s}", more));
}

static const char *own(struct world *w, const char *secret)
{
    return basic(w, text_printf(w->arena, "job:%s", secret));
}

/* The form has a fault. */
static struct answer form(struct world *w, const char *fault)
{
    const char *secret = job(w, "");
    return ask(w, own(w, secret), oauth_form(w, GRANT "&scope=a", fault));
}

static struct answer method(struct world *w, const char *fault)
{
    const char *secret = job(w, fault);
    return ask(w, own(w, secret), GRANT "&scope=a");
}

/* The field Authorization has a fault. */
static struct answer field(struct world *w, const char *fault)
{
    (void)job(w, "");
    return ask(w, fault, GRANT);
}

static struct answer pair(struct world *w, const char *fault)
{
    (void)job(w, "");
    return ask(w, basic(w, fault), GRANT);
}

static struct answer public_asks_about_a_token(struct world *w, const char *fault)
{
    oauth_app(w);
    return oauth_post(w, "/oauth2/introspect", APP, NULL,
                      text_printf(w->arena, "client_id=" APP "&token=x%s", fault));
}

static struct answer too_often(struct world *w, const char *fault)
{
    struct answer a = { 0 };
    (void)job(w, "");
    for (int i = 0; i < 40; i++)
        a = ask(w, basic(w, fault), GRANT);
    return a;
}

static struct answer no_certificate(struct world *w, const char *fault)
{
    (void)job(w, ",'token_endpoint_auth_method':'tls_client_auth',"
                 "'tls_client_auth_san_dns':'job.test'");
    return ask(w, NULL, text_printf(w->arena, GRANT "&client_id=job%s", fault));
}

/* ---- assertions ---- */

static const char *client_with_key(struct world *w, const struct key *key, const char *more)
{
    const struct key_set set = { .at = &key, .n = 1 };
    return job(w,
               text_printf(w->arena, ",'token_endpoint_auth_method':'private_key_jwt','jwks':%s%s",
                           key_set_write(w->arena, &set), more));
}

/* An assertion of job; in `changes` members stand in place of those of the same name. */
static const char *assertion(struct world *w, const struct key *key, const char *typ,
                             const char *changes)
{
    const char *token = NULL;
    struct text_buffer b = text_buffer(w->arena);
    const struct {
        const char *name, *value;
    } members[] = {
        { "iss", "'job'" },
        { "sub", "'job'" },
        { "aud", "'http://localhost:8080'" },
        { "jti", "'1'" },
        { "exp", text_printf(w->arena, "%lld", (long long)w->now + 60) },
    };
    text_add(&b, "{");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (strstr(changes, text_printf(w->arena, "'%s'", members[i].name)) == NULL)
            text_addf(&b, "'%s':%s,", members[i].name, members[i].value);
    text_addf(&b, "%s}", changes[0] == '\0' ? "'x':1" : changes);
    story_does(w, jwt_sign(world_ctx(w), key, typ, story_json(w, "%s", text_of(&b)), &token));
    return token;
}

static struct answer assert_by(struct world *w, const char *token)
{
    return ask(w, NULL,
               text_printf(w->arena,
                           GRANT "&client_assertion_type=" ASSERTION_TYPE "&client_assertion=%s",
                           token));
}

static struct answer claims(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    return assert_by(w, assertion(w, holder.key, "JWT", fault));
}

static struct answer typ(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    return assert_by(w, assertion(w, holder.key, fault, ""));
}

static struct answer registered_alg(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, fault);
    return assert_by(w, assertion(w, holder.key, "JWT", ""));
}

static struct answer key_of_another(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w), other = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    return assert_by(w, assertion(w, other.key, "JWT", fault));
}

static struct answer twice(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    const char *token = assertion(w, holder.key, "JWT", fault);
    assert_status(assert_by(w, token), 200);
    return assert_by(w, token);
}

/* The last character of the signature holds two bits that count. */
static struct answer changed_on_the_way(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    const char *token = assertion(w, holder.key, "JWT", fault);
    char *changed = arena_copy(w->arena, token, strlen(token) + 1);
    char *signature = strrchr(changed, '.') + 1;
    signature[10] = signature[10] == 'A' ? 'B' : 'A';
    return assert_by(w, changed);
}

static struct answer assertion_form(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    (void)client_with_key(w, holder.key, "");
    const char *good =
        text_printf(w->arena, GRANT "&client_assertion_type=" ASSERTION_TYPE "&client_assertion=%s",
                    assertion(w, holder.key, "JWT", ""));
    return ask(w, NULL, oauth_form(w, good, fault));
}

/* clang-format off */
static const char *const certificates[] = { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert,
                                            authority.own_key, authority.setting, NULL };
static const struct plant rows[] = {
    { RULE_NONE,                form,           "" },
    { RULE_CLIENT_NAMES_DIFFER, form,           "client_id=other" },
    { RULE_CLIENT_TWO_METHODS,  form,           "client_secret=x" },
    { RULE_SCOPE_PERSONAL,      form,           "scope=openid" },
    { RULE_SCOPE,               form,           "scope=b" },
    { RULE_GRANT_TYPE,          form,           "grant_type=password" },
    { RULE_CLIENT_GRANT,        form,           "grant_type=authorization_code" },
    { RULE_RESOURCES,           form,           "resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test" },
    { RULE_RESOURCE,            form,           "resource=https%3A%2F%2Fa.test" },
    { RULE_CLIENT_METHOD,       method,         ",'token_endpoint_auth_method':'client_secret_post'" },
    { RULE_DPOP_MISSING,        method,         ",'dpop_bound_access_tokens':true" },
    { RULE_CLIENT_BASIC,        field,          "Basic ?" },
    { RULE_CLIENT_BASIC,        field,          "Bearer abc" },
    { RULE_CLIENT_NAMELESS,     field,          NULL },
    { RULE_CLIENT_BASIC,        pair,           "job" },
    { RULE_CLIENT_SECRET,       pair,           "job:wrong" },
    { RULE_CLIENT_UNKNOWN,      pair,           "nobody:wrong" },
    { RULE_CERTIFICATE,         no_certificate, "", certificates },
    { RULE_CLIENT_PUBLIC,       public_asks_about_a_token, "" },
    { RULE_NONE,                claims,         "" },
    { RULE_TOKEN_ISSUER,        claims,         "'iss':'other'" },
    { RULE_CLIENT_UNKNOWN,      claims,         "'sub':'other'" },
    { RULE_TOKEN_AUDIENCE,      claims,         "'aud':'https://id.test'" },
    { RULE_TOKEN_AUDIENCE,      claims,         "'aud':['http://localhost:8080']" },
    { RULE_TOKEN_CLAIM,         claims,         "'jti':''" },
    { RULE_TOKEN_CLAIM,         claims,         "'exp':'soon'" },
    { RULE_TOKEN_EXPIRED,       claims,         "'exp':1700000000" },
    { RULE_TOKEN_LIFE,          claims,         "'exp':9999999999" },
    { RULE_TOKEN_NOT_YET,       claims,         "'nbf':9999999999" },
    { RULE_TOKEN_NOT_YET,       claims,         "'iat':9999999999" },
    { RULE_NONE,                typ,            "client-authentication+jwt" },
    { RULE_TOKEN_TYPE,          typ,            "at+jwt" },
    { RULE_TOKEN_ALGORITHM,     registered_alg, ",'token_endpoint_auth_signing_alg':'PS256'" },
    { RULE_TOKEN_KEY,           key_of_another, "" },
    { RULE_TOKEN_SIGNATURE,     changed_on_the_way, "" },
    { RULE_ASSERTION_REPLAY,    twice,          "" },
    { RULE_NONE,                assertion_form, "" },
    { RULE_ASSERTION,           assertion_form, "client_assertion=" },
    { RULE_ASSERTION,           assertion_form, "client_assertion_type=saml" },
    { RULE_ASSERTION_SUBJECT,   assertion_form, "client_assertion=x" },
    { RULE_LIMIT,               too_often,      "job:wrong", (const char *const[]){ "AUTH_RATE_LIMIT=on", NULL } },
};
/* clang-format on */

int plants_begin(void **state)
{
    return authority_begin(state);
}

int plants_end(void **state)
{
    return authority_end(state);
}

struct plants plants_client(void)
{
    return PLANTS(rows);
}
