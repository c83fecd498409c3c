/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_REALM_STORY_H
#define UAUTH_TESTS_FLOW_REALM_STORY_H

/* Realm files, for stories about what is configured; in them ' stands for ". */

#include "admin_story.h"

#include "realm/realm.h"

/* A file with a thing of each kind but members. */
extern const char realm_whole[];

const struct realm *realm_story_read(struct world *w, const char *json);

/* Applies a file as `order` says; the other members of it are filled in. */
RESULT realm_story_order(struct world *w, const char *json, struct realm_order order,
                         struct realm_outcome *out);

/* Applies it, or plans it, without a failure. */
struct realm_outcome realm_story_apply(struct world *w, const char *json);
struct realm_outcome realm_story_plan(struct world *w, const char *json);

const char *realm_story_export(struct world *w, bool members);

/* What there is. */
bool realm_story_has_role(struct world *w, const char *tenant, const char *name);
bool realm_story_has_client(struct world *w, const char *id);
size_t realm_story_events(struct world *w);

/* Whether it is a live secret of the client `worker`. */
bool realm_story_works(struct world *w, const char *secret);

#endif
