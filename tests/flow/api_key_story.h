/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_API_KEY_STORY_H
#define UAUTH_TESTS_FLOW_API_KEY_STORY_H

/* An administrator of acme who makes keys by the API, and services that have them. */

#include "admin_story.h"

#define ACME_ADMIN        "admin@acme.example"
#define IN_A_MONTH        "'expires_at':'2026-12-24T00:00:00Z'"
#define PERMISSIONS(list) "'name':'Directory sync','permissions':[" list "]," IN_A_MONTH

static const char api_keys[] = "/admin/api-keys";

static inline struct answer makes(struct client *c, const char *members)
{
    return story_post(c, api_keys, "{%s}", members);
}

static inline const char *path_of(const struct answer *made)
{
    return text_printf(made->w->arena, "%s/%s", api_keys, answer_text(made, "id"));
}

/* A service with the key that was made. */
static inline struct client service(const struct answer *made)
{
    assert_status(*made, 201);
    return story_bearer(made->w, answer_text(made, "key"));
}

/* A service with a key of the administrator of acme. */
static inline struct client service_of(struct world *w, const struct admin_tenant *t,
                                       const char *permissions)
{
    const char *id = NULL;
    return story_bearer(w, admin_api_key(w, t->id, t->admin, permissions, &id));
}

#endif
