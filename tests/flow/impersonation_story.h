/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_IMPERSONATION_STORY_H
#define UAUTH_TESTS_FLOW_IMPERSONATION_STORY_H

/* An administrator of acme who acts as a member of it, by a token and in a browser. */

#include "admin_story.h"
#include "page_story.h"

#define BECAUSE "{'reason':'Ticket 4711'}"

static const char *const on[] = { "AUTH_IMPERSONATION=on", NULL };

static inline const char *acting_path(struct world *w, const char *user)
{
    return text_printf(w->arena, "/admin/users/%s/impersonate", user);
}

/* Whoever `client` is acts as `user`; with the token of that. */
static inline struct client acting(struct client *client, const char *user)
{
    struct answer a = story_post(client, acting_path(client->w, user), BECAUSE);
    assert_status(a, 201);
    return story_bearer(client->w, answer_text(&a, "access_token"));
}

/* The administrator of `t` in a browser, in which they act as the member; the answer of that is in
 * *begun. */
static inline struct client acting_browser(struct world *w, const struct admin_tenant *t,
                                           struct answer *begun)
{
    struct client b = story_browser(w, t->admin_email, "session");
    *begun = story_post(&b, acting_path(w, t->member), BECAUSE);
    assert_status(*begun, 201);
    b.csrf = answer_text(begun, "csrf_token");
    return b;
}

/* The events called `name` of the audit, as an operator sees them. */
static inline struct answer acting_events(struct world *w, const struct admin_tenant *t,
                                          const char *name)
{
    struct client c = admin_client_of(w, t->admin_email);
    return client_get(&c, text_printf(w->arena, "/admin/audit?name=%s", name));
}

#endif
