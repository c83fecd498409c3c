/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_facts.h"

#include "base/text.h"

#include <string.h>

/* The value of the line "name:value", or "". */
static const char *value_of(struct ctx *c, const char *info, const char *name)
{
    size_t name_n = strlen(name);
    for (const char *line = info; *line != '\0'; line += strspn(line, "\r\n")) {
        size_t n = strcspn(line, "\r\n");
        if (n > name_n && line[name_n] == ':' && strncmp(line, name, name_n) == 0)
            return text_copy(c->arena, line + name_n + 1, n - name_n - 1);
        line += n;
    }
    return "";
}

static bool is_one(struct ctx *c, const char *info, const char *name)
{
    return text_equal(value_of(c, info, name), "1");
}

void redis_facts_read(struct ctx *c, const char *info, struct redis_facts *out)
{
    const char *room = value_of(c, info, "maxmemory");
    *out = (struct redis_facts){
        .version = value_of(c, info, "redis_version"),
        .mode = value_of(c, info, "redis_mode"),
        .is_cluster = is_one(c, info, "cluster_enabled"),
        .is_replica = text_equal(value_of(c, info, "role"), "slave"),
        .is_loading = is_one(c, info, "loading"),
        .evicts_what = value_of(c, info, "maxmemory_policy"),
    };
    out->may_evict =
        room[0] != '\0' && !text_equal(room, "0") && !text_equal(out->evicts_what, "noeviction");
}

static RESULT refuse(struct ctx *c, const char *say)
{
    return fail_field(c, INVALID_FIELD, "redis_url", say);
}

/* The first number of "7.0.15"; 0: there is none. */
static int64_t major_of(struct ctx *c, const char *version)
{
    int64_t major = 0;
    const char *text = text_copy(c->arena, version, strcspn(version, "."));
    return text_int(text, 1, 1000, &major) ? major : 0;
}

RESULT redis_facts_check(struct ctx *c, const struct redis_facts *facts)
{
    if (text_equal(facts->mode, "sentinel"))
        return refuse(c, "leads to a Sentinel, which is not spoken: name the primary, or a proxy "
                         "that follows it");
    if (facts->is_cluster || text_equal(facts->mode, "cluster"))
        return refuse(c,
                      "leads to a part of a Redis Cluster, which is not spoken: one server (with "
                      "a replica to stand in for it) is all that uauth needs");
    if (major_of(c, facts->version) < REDIS_VERSION_MIN)
        return refuse(c, text_printf(c->arena,
                                     "leads to a server of version \"%.32s\": Redis %d "
                                     "or newer is needed",
                                     facts->version, REDIS_VERSION_MIN));
    if (facts->is_replica)
        return fail(c, UNAVAILABLE, "the server is a replica, which cannot be written to");
    return facts->is_loading ? fail(c, UNAVAILABLE, "the server is reading its data") : ok();
}
