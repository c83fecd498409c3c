/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/provider_metadata.h"

#include "base/config.h"
#include "federation/credential.h"
#include "identity/email.h"

#include <string.h>

RESULT provider_metadata_load(struct ctx *c, const char *json, struct provider_metadata *out)
{
    return shape_read_json(c, &provider_metadata_shape, bytes_of(json), out);
}

const char *provider_metadata_write(struct arena *a, const struct provider_metadata *metadata)
{
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &provider_metadata_shape, metadata);
    return json_written(&w);
}

static RESULT check_url(struct ctx *c, const char *field, const char *text)
{
    struct url url;
    if (text == NULL)
        return ok();
    if (!url_parse(c->arena, bytes_of(text), &url) || url.fragment != NULL)
        return fail_field(c, INVALID_FIELD, field, "This is no URL that can be called.");
    if (!url_is_private(&url))
        return fail_field(c, INVALID_FIELD, field, "This begins with https://.");
    return ok();
}

static RESULT check_urls(struct ctx *c, const struct provider_metadata *m)
{
    TRY(check_url(c, "issuer", m->issuer));
    TRY(check_url(c, "graph", m->graph));
    TRY(check_url(c, "authority", m->authority));
    TRY(check_url(c, "authorization_endpoint", m->authorization_endpoint));
    TRY(check_url(c, "token_endpoint", m->token_endpoint));
    TRY(check_url(c, "userinfo_endpoint", m->userinfo_endpoint));
    return check_url(c, "emails_endpoint", m->emails_endpoint);
}

static RESULT check_domains(struct ctx *c, const char *field, struct texts domains)
{
    for (size_t i = 0; i < domains.n; i++) {
        const char *domain = domains.at[i];
        const char *canonical = NULL;
        if (strchr(domain, '@') != NULL || strchr(domain, '.') == NULL ||
            !email_canonical(c->arena, text_printf(c->arena, "x@%s", domain), &canonical))
            return fail_field(c, INVALID_FIELD, field, "A domain is written as example.com.");
    }
    return ok();
}

static RESULT check_lists(struct ctx *c, const struct provider_metadata *m)
{
    for (size_t i = 0; i < m->roles.n; i++) {
        const char *equals = strrchr(m->roles.at[i], '=');
        if (equals == NULL || equals == m->roles.at[i] || equals[1] == '\0')
            return fail_field(c, INVALID_FIELD, "roles",
                              "A role is written as THEIRS=OURS, a group or role of the provider "
                              "and a role here.");
    }
    TRY(check_domains(c, "email_domains", m->email_domains));
    TRY(check_domains(c, "login_domains", m->login_domains));
    for (size_t i = 0; i < m->scopes.n; i++)
        if (strpbrk(m->scopes.at[i], " \t") != NULL)
            return fail_field(c, INVALID_FIELD, "scopes", "A scope has no space in it.");
    return ok();
}

RESULT provider_metadata_check(struct ctx *c, const struct provider_metadata *m)
{
    enum credential_secret secret;
    if (m->response_mode != NULL && !text_equal(m->response_mode, "query") &&
        !text_equal(m->response_mode, "form_post"))
        return fail_field(c, INVALID_FIELD, "response_mode", "This is query or form_post.");
    if (m->token_endpoint_auth_method != NULL &&
        !credential_find(m->token_endpoint_auth_method, &secret))
        return fail_field(c, INVALID_FIELD, "token_endpoint_auth_method",
                          "This is none, client_secret_basic, client_secret_post, "
                          "private_key_jwt, apple, certificate, federated_file, managed_identity "
                          "or own_key.");
    TRY(check_urls(c, m));
    return check_lists(c, m);
}
