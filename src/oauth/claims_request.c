/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/claims_request.h"

#include "base/json.h"

static RESULT malformed(struct ctx *c)
{
    return because(c, CLAIMS, NULL, NULL,
                   fail_field(c, INVALID_REQUEST, "claims",
                              "This must be a JSON object as in OpenID Connect "
                              "Core 5.5."));
}

/* One text of `value` or `values`. */
static void take_text(struct texts *out, const struct json_value *v)
{
    if (v->kind == JSON_TEXT && out->n < CLAIMS_REQUEST_MAX)
        out->at[out->n++] = v->text;
}

/* What is asked of one claim. */
struct asked {
    bool essential;
    struct texts values;
};

/* {"essential": true, "value": "x", "values": ["x", "y"]}, or null.  Other members are left out
 * (5.5.1). */
static bool read_claim(struct arena *a, struct json *j, struct json_value *v, struct asked *out)
{
    const char *name = NULL;
    *out = (struct asked){ .values = { ARENA_NEWS(a, const char *, CLAIMS_REQUEST_MAX), 0 } };
    if (v->kind == JSON_NULL)
        return true;
    if (v->kind != JSON_OBJECT)
        return false;
    for (struct json_value member; json_member(j, &name, &member);) {
        if (text_equal(name, "essential"))
            out->essential = member.kind == JSON_BOOL && member.truth;
        else if (text_equal(name, "value"))
            take_text(&out->values, &member);
        else if (text_equal(name, "values") && member.kind == JSON_ARRAY)
            for (struct json_value item; json_item(j, &item);) {
                take_text(&out->values, &item);
                (void)json_skip(j, &item);
            }
        (void)json_skip(j, &member);
    }
    return true;
}

static void take_claim(struct claims_request *out, bool for_id_token, const char *name,
                       const struct asked *asked)
{
    struct texts *names = for_id_token ? &out->id_token : &out->userinfo;
    if (names->n < CLAIMS_REQUEST_MAX)
        names->at[names->n++] = name;
    if (for_id_token && text_equal(name, "acr")) {
        out->acr = asked->values;
        out->acr_essential = asked->essential;
    }
    if (text_equal(name, "sub") && asked->values.n > 0)
        out->sub = asked->values.at[0];
}

static bool read_part(struct arena *a, struct json *j, const char *part, struct json_value *v,
                      struct claims_request *out)
{
    bool for_id_token = text_equal(part, "id_token");
    const char *name = NULL;
    struct asked asked;
    if (!for_id_token && !text_equal(part, "userinfo"))
        return true;
    if (v->kind != JSON_OBJECT)
        return v->kind == JSON_NULL;
    for (struct json_value claim; json_member(j, &name, &claim);) {
        if (!read_claim(a, j, &claim, &asked))
            return false;
        take_claim(out, for_id_token, name, &asked);
        (void)json_skip(j, &claim);
    }
    return true;
}

RESULT claims_request_read(struct ctx *c, const char *claims, struct claims_request *out)
{
    struct claims_request read = { .userinfo.at =
                                       ARENA_NEWS(c->arena, const char *, CLAIMS_REQUEST_MAX),
                                   .id_token.at =
                                       ARENA_NEWS(c->arena, const char *, CLAIMS_REQUEST_MAX) };
    struct json j = json_open(c->arena, bytes_of(claims == NULL ? "{}" : claims));
    struct json_value root;
    const char *part = NULL;
    if (!json_value(&j, &root) || root.kind != JSON_OBJECT)
        return malformed(c);
    for (struct json_value v; json_member(&j, &part, &v);) {
        if (!read_part(c->arena, &j, part, &v, &read))
            return malformed(c);
        (void)json_skip(&j, &v);
    }
    if (!json_done(&j))
        return malformed(c);
    *out = read;
    return ok();
}
