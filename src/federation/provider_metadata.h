/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_PROVIDER_METADATA_H
#define UAUTH_FEDERATION_PROVIDER_METADATA_H

/*
 * What an operator says about a provider, as it is stored in `providers.metadata`.  Each kind uses
 * its own members; what is left out is the strict choice.
 */

#include "base/shape.h"
#include "net/url.h"

enum {
    PROVIDER_LIST_MAX = 64,
    PROVIDER_ID_MAX = 32,
    PROVIDER_NAME_MAX = 64,
    PROVIDER_RECHECK_MAX = 43200
};

struct provider_metadata {
    const char *issuer; /* openid, google, apple: exact.  entra: the host of the cloud */
    const char *client_id;
    const char *token_endpoint_auth_method; /* a name of federation/credential.c */
    const char *response_mode;              /* query, or form_post */
    struct texts scopes;                    /* none: what the kind needs */
    bool create_users;
    bool trust_email;           /* what it says is verified is */
    struct texts email_domains; /* whose addresses it may vouch for unless it denies them */
    struct texts login_domains; /* whose owners sign in there (web/home_realm.h) */
    const char *tenant_id;      /* of ours: where its people and their roles are; NULL: default */
    struct texts roles;         /* "theirs=ours" */
    int64_t recheck_minutes;    /* how often it is asked again whether people may come in; 0: not */
    bool sign_out;              /* who signs out here signs out there */
    struct texts redirect_uris; /* of programs that begin with Accept: application/json */

    const char *tenant;   /* entra: a GUID, organizations or common */
    struct texts tenants; /* entra: whose users may sign in */
    bool guests;          /* entra */
    const char *graph;    /* entra: where Microsoft Graph is */

    const char *authority;        /* b2c, ciam: where it is, which is not what it calls itself */
    const char *assertion_file;   /* federated_file: where the platform puts it */
    const char *managed_identity; /* managed_identity: the client id of a user-assigned one */

    const char *hosted_domain; /* google: of Workspace */
    const char *team_id;       /* apple */

    const char *authorization_endpoint, *token_endpoint, *userinfo_endpoint,
        *emails_endpoint; /* oauth2 */
};
SHAPE(provider_metadata, FIELD(provider_metadata, issuer, OPTIONAL, 0, URL_MAX, "Who it is"),
      FIELD(provider_metadata, client_id, REQUIRED, 1, 255, "Who we are there"),
      FIELD(provider_metadata, token_endpoint_auth_method, OPTIONAL, 0, 32, "How we show it"),
      FIELD(provider_metadata, response_mode, OPTIONAL, 0, 16, "query or form_post"),
      FIELD(provider_metadata, scopes, OPTIONAL, 0, PROVIDER_LIST_MAX, "What we ask for"),
      FIELD(provider_metadata, create_users, OPTIONAL, 0, 0, "Make accounts"),
      FIELD(provider_metadata, trust_email, OPTIONAL, 0, 0, "Believe what is verified"),
      FIELD(provider_metadata, email_domains, OPTIONAL, 0, PROVIDER_LIST_MAX, "Its domains"),
      FIELD(provider_metadata, login_domains, OPTIONAL, 0, PROVIDER_LIST_MAX, "Who goes there"),
      FIELD(provider_metadata, tenant_id, OPTIONAL, 0, 64, "The tenant of its people here"),
      FIELD(provider_metadata, roles, OPTIONAL, 0, PROVIDER_LIST_MAX, "theirs=ours"),
      FIELD(provider_metadata, recheck_minutes, OPTIONAL, 0, PROVIDER_RECHECK_MAX,
            "Minutes after which it is asked again"),
      FIELD(provider_metadata, sign_out, OPTIONAL, 0, 0, "Sign out there, too"),
      FIELD(provider_metadata, redirect_uris, OPTIONAL, 0, PROVIDER_LIST_MAX, "Of programs"),
      FIELD(provider_metadata, tenant, OPTIONAL, 0, 64, "Entra: which tenant"),
      FIELD(provider_metadata, tenants, OPTIONAL, 0, PROVIDER_LIST_MAX, "Entra: whose users"),
      FIELD(provider_metadata, guests, OPTIONAL, 0, 0, "Entra: guests, too"),
      FIELD(provider_metadata, graph, OPTIONAL, 0, URL_MAX, "Entra: Microsoft Graph"),
      FIELD(provider_metadata, authority, OPTIONAL, 0, URL_MAX, "b2c, ciam: where it is"),
      FIELD(provider_metadata, assertion_file, OPTIONAL, 0, 1024, "Entra: file of an assertion"),
      FIELD(provider_metadata, managed_identity, OPTIONAL, 0, 64, "Entra: which of the machine"),
      FIELD(provider_metadata, hosted_domain, OPTIONAL, 0, 253, "Google: Workspace domain"),
      FIELD(provider_metadata, team_id, OPTIONAL, 0, 64, "Apple: team"),
      FIELD(provider_metadata, authorization_endpoint, OPTIONAL, 0, URL_MAX, "Where people go"),
      FIELD(provider_metadata, token_endpoint, OPTIONAL, 0, URL_MAX, "Where codes go"),
      FIELD(provider_metadata, userinfo_endpoint, OPTIONAL, 0, URL_MAX, "Who somebody is"),
      FIELD(provider_metadata, emails_endpoint, OPTIONAL, 0, URL_MAX, "Their addresses"));

/* From its JSON; and back. */
RESULT provider_metadata_load(struct ctx *c, const char *json, struct provider_metadata *out);
const char *provider_metadata_write(struct arena *a, const struct provider_metadata *metadata);

/* INVALID_FIELD for what no kind accepts: a response mode, a URL that is not by https (plain http
 * is for loopback), a pair of roles without '=', a domain that is none. */
RESULT provider_metadata_check(struct ctx *c, const struct provider_metadata *metadata);

#endif
