/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_ADMIN_KEYCLOAK_H
#define UAUTH_REALM_ADMIN_KEYCLOAK_H

/*
 * Roles and clients of an export of Keycloak through the API (realm/keycloak.h): for operators who
 * may everything, as a realm file is.  The body is that part of the export; its users follow by
 * realm/admin_import.h, and have the roles that are answered here.
 */

#include "api/admin.h"
#include "realm/keycloak.h"

enum {
    ADMIN_KEYCLOAK_BODY_MAX = 512 * 1024,
    ADMIN_KEYCLOAK_CEILING = 32 << 20,
    ADMIN_KEYCLOAK_ROLES_MAX = 2 * REALM_LIST_MAX,
    ADMIN_KEYCLOAK_LEFT_MAX = 100000
};

/* The body, as it is described; keycloak_apply reads it. */
struct admin_keycloak_client {
    const char *clientId;
};
struct admin_keycloak {
    struct bytes roles;
    struct items clients;
};
/* clang-format off */
SHAPE_OPEN(admin_keycloak_client,
    FIELD(admin_keycloak_client, clientId, REQUIRED, 1, 255, "Its id; the other members as the export has them, with its secret"));
SHAPE_OPEN(admin_keycloak,
    FIELD(admin_keycloak, roles, OPTIONAL, 0, ADMIN_KEYCLOAK_BODY_MAX, "Roles of the realm and of its clients, as the export has them"),
    FIELD_OF(admin_keycloak, clients, OPTIONAL, 0, REALM_LIST_MAX, &admin_keycloak_client_shape, "Clients, as the export has them"));

struct admin_keycloak_query {
    const char *tenant;
    bool dry_run;
};
SHAPE(admin_keycloak_query,
    FIELD(admin_keycloak_query, tenant, OPTIONAL, 1, TENANT_SLUG_MAX, "Whose they become, by slug; those of the default tenant if it is not given"),
    FIELD(admin_keycloak_query, dry_run, OPTIONAL, 0, 0, "Do it and undo it"));

struct admin_keycloak_made {
    const char *kind, *key, *secret;
};
SHAPE(admin_keycloak_made,
    FIELD(admin_keycloak_made, kind, REQUIRED, 1, 64, "role or client"),
    FIELD(admin_keycloak_made, key, REQUIRED, 0, 2048, "Which one"),
    FIELD(admin_keycloak_made, secret, SECRET, 1, 256, "That was made, as the export has none: shown this once"));

struct admin_keycloak_left {
    const char *where, *what, *why;
};
SHAPE(admin_keycloak_left,
    FIELD(admin_keycloak_left, where, REQUIRED, 0, 2048, "Of which role or client"),
    FIELD(admin_keycloak_left, what, REQUIRED, 1, 64, "What is left out"),
    FIELD(admin_keycloak_left, why, REQUIRED, 0, 4096, "Why"));

/* What was done, or would be. */
struct admin_keycloak_outcome {
    struct items made, left_out;
    struct texts roles, pretended_roles;
};
SHAPE(admin_keycloak_outcome,
    FIELD_OF(admin_keycloak_outcome, made, REQUIRED, 0, ADMIN_KEYCLOAK_ROLES_MAX, &admin_keycloak_made_shape, "What is made, or would be"),
    FIELD_OF(admin_keycloak_outcome, left_out, REQUIRED, 0, ADMIN_KEYCLOAK_LEFT_MAX, &admin_keycloak_left_shape, "What is not taken over"),
    FIELD(admin_keycloak_outcome, roles, REQUIRED, 0, ADMIN_KEYCLOAK_ROLES_MAX, "Roles that its users may be given"),
    FIELD(admin_keycloak_outcome, pretended_roles, REQUIRED, 0, ADMIN_KEYCLOAK_ROLES_MAX, "Those that would be there had this been no dry run"));
/* clang-format on */

RESULT post_admin_import_keycloak(struct req *r);

#endif
