/* SPDX-License-Identifier: Apache-2.0 */
#include "token/act.h"

void act_write(struct json_writer *w, struct texts actors)
{
    for (size_t i = 0; i < actors.n; i++) {
        json_object(w, "act");
        json_text(w, "sub", actors.at[i]);
    }
    for (size_t i = 0; i < actors.n; i++)
        json_object_end(w);
}

void may_act_write(struct json_writer *w, const char *sub)
{
    if (sub == NULL)
        return;
    json_object(w, "may_act");
    json_text(w, "sub", sub);
    json_object_end(w);
}

/* The party that the object `raw` names, and the `act` inside it, if there is one. */
static bool read_party(struct arena *a, struct bytes raw, const char **sub, struct bytes *within)
{
    struct json j = json_open(a, raw);
    struct json_value v;
    const char *name = NULL;
    bool good = json_value(&j, &v) && v.kind == JSON_OBJECT;
    *sub = NULL;
    *within = (struct bytes){ 0 };
    while (good && json_member(&j, &name, &v)) {
        bool is_sub = text_equal(name, "sub") && v.kind == JSON_TEXT && *v.text != '\0';
        bool is_act = text_equal(name, "act") && v.kind == JSON_OBJECT && json_skip(&j, &v);
        if (is_sub)
            *sub = v.text;
        if (is_act)
            *within = v.raw;
        good = is_sub || is_act;
    }
    return good && json_done(&j) && *sub != NULL;
}

RESULT act_read(struct ctx *c, const struct jwt *jwt, struct texts *actors)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "act");
    struct texts read = { ARENA_NEWS(c->arena, const char *, ACTORS_MAX), 0 };
    struct bytes raw = { 0 };
    if (claim != NULL)
        raw = claim->value.raw;
    bool good = claim == NULL || claim->value.kind == JSON_OBJECT;
    while (good && raw.n > 0) {
        struct bytes within = { 0 };
        good = read.n < ACTORS_MAX && read_party(c->arena, raw, &read.at[read.n], &within);
        read.n++;
        raw = within;
    }
    if (!good)
        return fail(c, INVALID_TOKEN, "the act of an access token is none of ours");
    *actors = read;
    return ok();
}

RESULT may_act_read(struct ctx *c, const struct jwt *jwt, const char **sub)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "may_act");
    const char *read = NULL;
    struct bytes within = { 0 };
    if (claim == NULL)
        return ok();
    if (claim->value.kind != JSON_OBJECT ||
        !read_party(c->arena, claim->value.raw, &read, &within) || within.n > 0)
        return fail(c, INVALID_TOKEN, "the may_act of an access token is none of ours");
    *sub = read;
    return ok();
}
