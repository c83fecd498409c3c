/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OAuth 2.0 without OpenID: GitHub, and others that answer as it does.  There is no ID token, so
 * who somebody is comes from the provider's own API, asked with a token that we have got for a code
 * of ours; a token that a client brings is never taken, since it does not say whom it was made for.
 */
#include "base/json.h"
#include "federation/provider.h"

static RESULT check_oauth2(struct ctx *c, struct provider_metadata *m)
{
    (void)c;
    if (m->authorization_endpoint == NULL)
        m->authorization_endpoint = "https://github.com/login/oauth/authorize";
    if (m->token_endpoint == NULL)
        m->token_endpoint = "https://github.com/login/oauth/access_token";
    if (m->userinfo_endpoint == NULL) {
        m->userinfo_endpoint = "https://api.github.com/user";
        if (m->emails_endpoint == NULL)
            m->emails_endpoint = "https://api.github.com/user/emails";
    }
    if (m->token_endpoint_auth_method == NULL)
        m->token_endpoint_auth_method = "client_secret_post";
    return ok();
}

static RESULT open_oauth2(struct ctx *c, const struct provider *p, struct provider_place *out)
{
    *out = (struct provider_place){
        .authorization_endpoint = p->m.authorization_endpoint,
        .token = { p->m.token_endpoint, provider_origin(c, p, p->m.token_endpoint), p->id },
    };
    return ok();
}

/* The number of an account stays; its name can be given up and taken by somebody else. */
static RESULT read_user(struct ctx *c, struct bytes json, struct person *out)
{
    struct json j = json_open(c->arena, json);
    struct json_value v;
    const char *name = NULL;
    int64_t number = 0;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return fail(c, UPSTREAM, "the provider did not answer with a user");
    while (json_member(&j, &name, &v)) {
        if (text_equal(name, "id") && json_int(&v, 1, INT64_MAX, &number))
            out->subject = text_printf(c->arena, "%lld", (long long)number);
        else if (text_equal(name, "name") && v.kind == JSON_TEXT)
            out->name = v.text;
        if (!json_skip(&j, &v))
            break;
    }
    if (!json_done(&j) || out->subject == NULL)
        return fail(c, UPSTREAM, "the provider did not say who it is");
    return ok();
}

struct address {
    const char *email;
    bool primary, verified;
};

static void read_address(struct json *j, struct address *out)
{
    struct json_value v;
    const char *name = NULL;
    while (json_member(j, &name, &v)) {
        if (text_equal(name, "email") && v.kind == JSON_TEXT)
            out->email = v.text;
        else if (text_equal(name, "primary") && v.kind == JSON_BOOL)
            out->primary = v.truth;
        else if (text_equal(name, "verified") && v.kind == JSON_BOOL)
            out->verified = v.truth;
        if (!json_skip(j, &v))
            return;
    }
}

static RESULT read_addresses(struct ctx *c, struct bytes json, struct person *out)
{
    struct json j = json_open(c->arena, json);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_ARRAY)
        return fail(c, UPSTREAM, "the provider did not answer with addresses");
    while (json_item(&j, &v)) {
        struct address address = { 0 };
        if (v.kind == JSON_OBJECT)
            read_address(&j, &address);
        else if (!json_skip(&j, &v))
            break;
        if (address.primary && address.verified) {
            out->email = address.email;
            out->email_verified = address.email != NULL;
        }
    }
    return json_done(&j) ? ok() : fail(c, UPSTREAM, "the provider's addresses are no JSON");
}

static RESULT identify_oauth2(struct ctx *c, const struct provider *p, const struct brought *b,
                              struct person *out)
{
    struct bytes json;
    struct oauth_endpoint endpoint = { p->m.userinfo_endpoint,
                                       provider_origin(c, p, p->m.userinfo_endpoint), p->id };
    if (b->access_token == NULL)
        return fail(c, INVALID_REQUEST, "%s has no ID tokens", p->id);
    *out = (struct person){ .issuer = p->m.token_endpoint };
    TRY(oauth_call(c, &endpoint, b->access_token, NULL, &json));
    TRY(read_user(c, json, out));
    if (p->m.emails_endpoint == NULL)
        return ok();
    endpoint.url = p->m.emails_endpoint;
    endpoint.origin = provider_origin(c, p, p->m.emails_endpoint);
    TRY(oauth_call(c, &endpoint, b->access_token, NULL, &json));
    return read_addresses(c, json, out);
}

const struct provider_kind kind_oauth2 = {
    .name = "oauth2",
    .summary = "GitHub, or another OAuth 2.0 server whose API answers alike",
    .scope = "read:user user:email",
    .check = check_oauth2,
    .open = open_oauth2,
    .identify = identify_oauth2,
};
