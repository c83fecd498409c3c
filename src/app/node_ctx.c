/* SPDX-License-Identifier: Apache-2.0 */
/* Each request begins with it, and so it stands apart from what runs once (meson.build). */
#include "app/node.h"

struct ctx node_ctx(const struct node *node, struct arena *arena, const struct config *config,
                    struct db *db)
{
    return (struct ctx){ .arena = arena,
                         .config = config,
                         .db = db,
                         .kv = node->kv,
                         .keys = node->keys,
                         .keyrings = node->keyrings,
                         .seal = node->seal,
                         .hashes = node->hashes,
                         .revoked = node->revoked,
                         .status_lists = node->status_lists,
                         .discovery = node->discovery,
                         .upstreams = node->upstreams,
                         .log = &node->log,
                         .random = node->random,
                         .erasure_log = node->erasure_log,
                         .now = node->clock(node->clock_arg) };
}
