/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_PROVIDERS_H
#define UAUTH_API_ADMIN_PROVIDERS_H

/*
 * With whom people may sign in: for operators.  Whoever says where a provider is has power over
 * everybody who signs in with it, so that takes admin:*, beside the permission of the row (AZ-04).
 * A secret goes in and never comes out.  The provider of the settings (AUTH_AZURE_*) is not among
 * them.
 */

#include "api/admin.h"
#include "federation/provider_change.h"

struct admin_provider {
    const char *id, *kind, *name, *status, *callback;
    const char *urls_named_by;
    bool has_secret;
    int64_t created_at, updated_at;
    const void *metadata;
};
SHAPE(admin_provider,
      FIELD(admin_provider, id, REQUIRED, 1, PROVIDER_ID_MAX, "Stands in addresses"),
      FIELD(admin_provider, kind, REQUIRED, 1, 16,
            "openid, entra, b2c, ciam, google, apple or oauth2"),
      FIELD(admin_provider, name, REQUIRED, 1, PROVIDER_NAME_MAX * 4, "That people see"),
      FIELD(admin_provider, status, REQUIRED, 6, 8, "active or disabled"),
      FIELD(admin_provider, callback, REQUIRED, 1, URL_MAX, "The redirect URI to register there"),
      FIELD(admin_provider, urls_named_by, REQUIRED, 3, 7,
            "machine: its URLs may be anywhere; api: public, or hosts of AUTH_INTERNAL_HOSTS"),
      FIELD(admin_provider, has_secret, REQUIRED, 0, 0, "Whether a secret or key is kept"),
      FIELD(admin_provider, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was made"),
      FIELD(admin_provider, updated_at, REQUIRED | TIME, 0, INT64_MAX, "When it was last changed"),
      FIELD_OF(admin_provider, metadata, REQUIRED, 0, 0, &provider_metadata_shape,
               "Where it is, and what it is allowed to say"));
struct admin_provider_list {
    struct items providers;
    const char *next;
};
SHAPE(admin_provider_list,
      FIELD_OF(admin_provider_list, providers, REQUIRED, 0, PAGE_MAX, &admin_provider_shape,
               "The providers"),
      FIELD(admin_provider_list, next, OPTIONAL, 1, CURSOR_MAX, "There are more, after this"));
RESULT get_admin_providers(struct req *r);
RESULT get_admin_provider(struct req *r);

struct admin_provider_new {
    const char *id, *kind, *name, *client_secret;
    bool disabled;
    const void *metadata;
};
SHAPE(admin_provider_new,
      FIELD(admin_provider_new, id, REQUIRED, 1, PROVIDER_ID_MAX,
            "Stands in addresses: a-z, 0-9, -"),
      FIELD(admin_provider_new, kind, REQUIRED, 1, 16,
            "openid, entra, b2c, ciam, google, apple or oauth2"),
      FIELD(admin_provider_new, name, OPTIONAL, 1, PROVIDER_NAME_MAX * 4, "That people see"),
      FIELD(admin_provider_new, client_secret, SECRET, 1, 16384,
            "Our secret there, or a private key as a JWK"),
      FIELD(admin_provider_new, disabled, OPTIONAL, 0, 0, "Nobody can use it yet"),
      FIELD_OF(admin_provider_new, metadata, REQUIRED, 0, 0, &provider_metadata_shape,
               "Where it is, and what it is allowed to say"));
RESULT post_admin_provider(struct req *r);

struct admin_provider_put {
    const char *name, *client_secret;
    bool disabled;
    const void *metadata;
};
SHAPE(admin_provider_put,
      FIELD(admin_provider_put, name, OPTIONAL, 1, PROVIDER_NAME_MAX * 4, "That people see"),
      FIELD(admin_provider_put, client_secret, SECRET, 1, 16384,
            "Another secret or key; without it the one before stays"),
      FIELD(admin_provider_put, disabled, OPTIONAL, 0, 0, "Nobody can use it"),
      FIELD_OF(admin_provider_put, metadata, REQUIRED, 0, 0, &provider_metadata_shape,
               "Where it is, and what it is allowed to say"));
RESULT put_admin_provider(struct req *r);
RESULT delete_admin_provider(struct req *r);

struct admin_provider_check {
    const char *name, *outcome, *text;
};
SHAPE(admin_provider_check,
      FIELD(admin_provider_check, name, REQUIRED, 1, 32, "metadata, keys or credential"),
      FIELD(admin_provider_check, outcome, REQUIRED, 1, 16, "ok, failed or unknown"),
      FIELD(admin_provider_check, text, OPTIONAL, 0, 1024, "What was found"));
struct admin_provider_checks {
    struct items checks;
};
SHAPE(admin_provider_checks, FIELD_OF(admin_provider_checks, checks, REQUIRED, 0, 8,
                                      &admin_provider_check_shape, "What was looked at"));
/* Whether it can be reached, has keys, and takes us for who we are. */
RESULT post_admin_provider_test(struct req *r);

#endif
