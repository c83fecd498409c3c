/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_ADMIN_STORY_H
#define UAUTH_TESTS_FLOW_ADMIN_STORY_H

/* Two tenants with people of every kind, for stories about administration. */

#include "story.h"

#include "store/tenants.h"

/* A tenant with an administrator at home in it, and a member who is nothing else. */
struct admin_tenant {
    const char *id;
    const char *admin, *member;             /* ids of users */
    const char *admin_email, *member_email; /* they sign in with STORY_PASSWORD */
};

const struct admin_tenant *admin_tenant(struct world *w, const char *slug);

/* A user at home in `tenant`, with the roles user and `role` (NULL: no more). */
const char *admin_person(struct world *w, const char *tenant, const char *email, const char *role);

/* A role of `tenant` that holds `permissions`, separated by spaces; made by a command. */
void admin_role_add(struct world *w, const char *tenant, const char *name, const char *permissions);

/* An API key of a member of `tenant`, with `permissions` of theirs, separated by spaces; it ends in
 * a month.  *id: of its row. */
const char *admin_api_key(struct world *w, const char *tenant, const char *user,
                          const char *permissions, const char **id);

/* Somebody signed in by token to their default tenant. */
struct client admin_client_of(struct world *w, const char *email);

/* A request with one further header. */
struct answer admin_send(struct client *client, enum http_method method, const char *target,
                         const char *json, const char *name, const char *value);

/* PATCH or PUT of what was just read: with its ETag. */
struct answer admin_change(struct client *client, enum http_method method, const char *target,
                           const char *json);

/* Where the settings of the tenant are, and a change of them by its administrator, signed in anew.
 */
const char *admin_settings_path(struct world *w, const struct admin_tenant *t)
    __attribute__((returns_nonnull));
struct answer admin_settings(struct world *w, const struct admin_tenant *t, const char *settings);

#endif
