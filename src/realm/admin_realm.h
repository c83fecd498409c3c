/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_ADMIN_REALM_H
#define UAUTH_REALM_ADMIN_REALM_H

/*
 * The file of realm/realm.h through the API: for operators who may everything (admin:*), so that
 * nobody raises their own rights by it.  The body is the file.  It may name no secret: what it
 * names would be read from where the service runs (AZ-04).
 */

#include "api/admin.h"
#include "realm/realm.h"
#include "realm/things.h"

enum {
    ADMIN_REALM_BODY_MAX = 256 * 1024,
    ADMIN_REALM_CEILING = 32 << 20,
    ADMIN_REALM_JSON_MAX = 65536,
    ADMIN_REALM_CHANGES_MAX = 5000
};

/* The body, as it is described; the handler reads it as a file. */
struct admin_realm {
    struct items tenants, roles, resources, providers, clients, members, scenarios;
};
/* clang-format off */
SHAPE_OPEN(admin_realm,
    FIELD_OF(admin_realm, tenants, OPTIONAL, 0, REALM_LIST_MAX, &realm_tenant_shape, "Tenants"),
    FIELD_OF(admin_realm, roles, OPTIONAL, 0, REALM_LIST_MAX, &realm_role_shape, "Roles"),
    FIELD_OF(admin_realm, resources, OPTIONAL, 0, REALM_LIST_MAX, &realm_resource_shape, "APIs that tokens may be for"),
    FIELD_OF(admin_realm, providers, OPTIONAL, 0, REALM_LIST_MAX, &realm_provider_shape, "With whom people may sign in; without secrets"),
    FIELD_OF(admin_realm, clients, OPTIONAL, 0, REALM_LIST_MAX, &realm_client_shape, "Applications; without secrets"),
    FIELD_OF(admin_realm, members, OPTIONAL, 0, REALM_LIST_MAX, &realm_member_shape, "Who has which roles"),
    FIELD_OF(admin_realm, scenarios, OPTIONAL, 0, REALM_SCENARIOS_MAX, &realm_scenario_shape, "What has to be so afterwards"));

struct admin_realm_query {
    bool prune;
    const char *if_version;
};
SHAPE(admin_realm_query,
    FIELD(admin_realm_query, prune, OPTIONAL, 0, 0, "Remove what the lists of the file do not name"),
    FIELD(admin_realm_query, if_version, OPTIONAL, 1, 64, "Only if the configuration is as when it was planned for"));

struct admin_realm_difference {
    const char *name, *before, *after;
};
SHAPE(admin_realm_difference,
    FIELD(admin_realm_difference, name, REQUIRED, 0, 255, "The member that is different"),
    FIELD(admin_realm_difference, before, NULLABLE, 0, ADMIN_REALM_JSON_MAX, "What it is, as JSON; null: nothing"),
    FIELD(admin_realm_difference, after, NULLABLE, 0, ADMIN_REALM_JSON_MAX, "What it will be, as JSON; null: nothing"));

struct admin_realm_change {
    const char *op, *kind, *key, *secret;
    struct items differences;
};
SHAPE(admin_realm_change,
    FIELD(admin_realm_change, op, REQUIRED, 3, 6, "add, change or remove"),
    FIELD(admin_realm_change, kind, REQUIRED, 1, 64, "tenant, role, resource, provider, client or member"),
    FIELD(admin_realm_change, key, REQUIRED, 0, 2048, "Which one"),
    FIELD(admin_realm_change, secret, SECRET, 1, 256, "That was made: shown this once"),
    FIELD_OF(admin_realm_change, differences, REQUIRED, 0, 200, &admin_realm_difference_shape, "What is different"));

struct admin_realm_proof {
    const char *name, *why;
    int64_t expected, got;
    bool held;
};
SHAPE(admin_realm_proof,
    FIELD(admin_realm_proof, name, NULLABLE, 0, 255, "Of the scenario"),
    FIELD(admin_realm_proof, expected, REQUIRED, 0, 999, "The status that it expects"),
    FIELD(admin_realm_proof, got, REQUIRED, 0, 999, "The status that it gets"),
    FIELD(admin_realm_proof, why, NULLABLE, 0, 4096, "Of a refusal"),
    FIELD(admin_realm_proof, held, REQUIRED, 0, 0, "Whether they are the same"));

struct admin_realm_outcome {
    const char *version;
    bool applied, proven;
    struct items changes, scenarios;
};
SHAPE(admin_realm_outcome,
    FIELD(admin_realm_outcome, version, REQUIRED, 1, 64, "Of what was configured before: for if_version"),
    FIELD(admin_realm_outcome, applied, REQUIRED, 0, 0, "Whether anything was done"),
    FIELD(admin_realm_outcome, proven, REQUIRED, 0, 0, "Whether every scenario holds"),
    FIELD_OF(admin_realm_outcome, changes, REQUIRED, 0, ADMIN_REALM_CHANGES_MAX, &admin_realm_change_shape, "What is, or would be, different"),
    FIELD_OF(admin_realm_outcome, scenarios, REQUIRED, 0, REALM_SCENARIOS_MAX, &admin_realm_proof_shape, "What was proven"));
/* clang-format on */

/* What would be done, which is tried and undone; and doing it. */
RESULT post_admin_plan(struct req *r);
RESULT post_admin_apply(struct req *r);

/* What is configured now, as such a file. */
struct admin_realm_wish {
    bool members, secrets_from_env;
};
SHAPE(admin_realm_wish, FIELD(admin_realm_wish, members, OPTIONAL, 0, 0, "And who has which roles"),
      FIELD(admin_realm_wish, secrets_from_env, OPTIONAL, 0, 0,
            "Name a variable of the environment for each secret"));
RESULT get_admin_realm(struct req *r);

/* How an operation is named: "add"; and back, REALM_ADD for what is none. */
const char *admin_realm_op(enum realm_op op) __attribute__((returns_nonnull));
enum realm_op admin_realm_op_of(const char *name);

#endif
