/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_KEYCLOAK_H
#define UAUTH_REALM_KEYCLOAK_H

/*
 * An export of a realm of Keycloak ("kc.sh export", version 17 and later; also the files of users
 * that a folder of exports has).  Its users, roles and clients are taken over into one tenant; the
 * roles are names without permissions, which an operator gives them.
 */

#include "realm/import.h"
#include "realm/realm.h"
#include "realm/skim.h"

enum { KEYCLOAK_LIST_MAX = 256 };

/* For reading users: the roles that may be given, and those that a dry run has not made; in the
 * order of their bytes. */
struct keycloak_roles {
    struct texts known, pretended;
};

/*
 * What a role is called here: letters in lower case, one of a client with the client's name before
 * it.  NULL if that is no name of a role.
 */
const char *keycloak_role_name(struct arena *a, const char *client, const char *role);

/* Whether Keycloak makes and keeps this by itself. */
bool keycloak_is_own_role(const char *role);
bool keycloak_is_own_client(const char *client_id);

/*
 * The hash of a credential, from its members secretData and credentialData, in the form of
 * crypto/password.h.  INVALID_FIELD (`credentials`) for what it does not know.
 */
RESULT keycloak_hash(struct ctx *c, const char *secret, const char *how, const char **hash);

/* A client, as it can be taken over. */
struct realm_client;
RESULT keycloak_client_read(struct ctx *c, struct bytes json, struct realm_client *out,
                            struct import_notes *notes, const char **client_id);

/* Whether the member of a client is looked at. */
bool keycloak_client_reads(struct bytes name);

/* What was left out of roles and clients. */
struct keycloak_left {
    const char *where, *what, *why;
};
struct keycloak_outcome {
    struct realm_outcome applied;
    const struct keycloak_left *left;
    size_t left_n;
    struct keycloak_roles roles; /* for the users */
};

struct keycloak_order {
    struct bytes bytes;
    const char *tenant; /* slug */
    const struct router *router;
    bool dry_run;
};

/*
 * Takes over roles and clients, those that are not here yet, in one transaction.
 * INVALID_REQUEST if it is no export.
 */
RESULT keycloak_apply(struct ctx *c, const struct keycloak_order *order,
                      struct keycloak_outcome *out);

/* The part of an export that keycloak_apply reads, as JSON.  INVALID_REQUEST if it is no export. */
RESULT keycloak_configuration(struct ctx *c, struct bytes file, struct bytes *json);

/* INVALID_REQUEST if what was skimmed of an export is not whole. */
RESULT keycloak_whole(struct ctx *c, const struct skim *part);

#endif
