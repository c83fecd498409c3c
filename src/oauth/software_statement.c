/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/software_statement.h"

#include "base/config.h"
#include "base/json_writer.h"
#include "crypto/jwt.h"
#include "oauth/client_metadata.h"

#include <stdio.h>
#include <string.h>

enum { KEYS_FILE_MAX = 64 * 1024 };

static const char member[] = "software_statement";

/* Claims that are about the statement, and members that no statement may set. */
static bool is_about_itself(const char *name)
{
    static const char *const names[] = { "iss", "sub", "aud", "exp", "nbf", "iat", "jti", member };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(names[i], name))
            return true;
    return false;
}

/* ---- whose statements are believed ---- */

static RESULT read_file(struct ctx *c, const char *path, struct bytes *out)
{
    uint8_t *at = arena_alloc(c->arena, KEYS_FILE_MAX + 1);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(c, INTERNAL, "%s cannot be read", path);
    size_t n = fread(at, 1, KEYS_FILE_MAX + 1, file);
    (void)fclose(file);
    if (n > KEYS_FILE_MAX)
        return fail(c, INTERNAL, "%s is too large", path);
    *out = (struct bytes){ at, n };
    return ok();
}

/* The key set of `iss` in the file; *found is false if it is not there. */
static RESULT find_keys(struct ctx *c, struct bytes file, const char *iss, struct bytes *keys,
                        bool *found)
{
    struct json j = json_open(c->arena, file);
    struct json_value v;
    const char *name = NULL;
    *found = false;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return fail(c, INTERNAL, "AUTH_SOFTWARE_STATEMENT_KEYS is no JSON object");
    while (json_member(&j, &name, &v)) {
        if (!json_skip(&j, &v))
            break;
        if (!text_equal(name, iss))
            continue;
        *keys = v.raw;
        *found = true;
    }
    return json_done(&j) ? ok() : fail(c, INTERNAL, "AUTH_SOFTWARE_STATEMENT_KEYS: %s", j.why);
}

static RESULT keys_of(struct ctx *c, const char *iss, struct key_set *out)
{
    struct bytes file, keys = { 0 };
    bool found = false;
    if (iss == NULL || c->config->software_statement_keys[0] == '\0')
        return fail(c, UNAPPROVED_SOFTWARE_STATEMENT, "no issuer of statements is known");
    TRY(read_file(c, c->config->software_statement_keys, &file));
    TRY(find_keys(c, file, iss, &keys, &found));
    if (!found)
        return fail(c, UNAPPROVED_SOFTWARE_STATEMENT, "the issuer %s is not known", iss);
    return key_set_read(c, c->arena, keys, out);
}

/* ---- the statement ---- */

static RESULT verify(struct ctx *c, const char *token, const char *iss, struct jwt *out)
{
    struct key_set keys = { 0 };
    TRY(keys_of(c, iss, &keys));
    const struct jwt_policy policy = {
        .signature = { .algs = ALGS_ASYMMETRIC,
                       .keys = &keys,
                       .refusal = ERR_INVALID_SOFTWARE_STATEMENT },
        .iss = iss,
        .open = JWT_ANY_AUDIENCE | JWT_NO_EXPIRY,
    };
    TRY(jwt_verify(c, token, &policy, out));
    /* It may be good for ever, but not after the end that it names. */
    if (out->exp != 0 && out->exp <= c->now)
        return fail(c, INVALID_SOFTWARE_STATEMENT, "the statement has expired");
    return ok();
}

static void put(struct json_writer *w, const char *name, const struct json_value *value)
{
    json_raw(w, name, text_copy(w->out.arena, (const char *)value->raw.at, value->raw.n));
}

/* RFC 7591 2.3: what is in the statement takes precedence. */
static RESULT merge(struct ctx *c, struct bytes json, const struct jwt *statement,
                    struct bytes *merged)
{
    struct json_writer w = json_writer(c->arena);
    struct json j = json_open(c->arena, json);
    struct json_value v;
    const char *name = NULL;
    json_object(&w, NULL);
    for (size_t i = 0; i < statement->claims_n; i++)
        if (!is_about_itself(statement->claims[i].name))
            put(&w, statement->claims[i].name, &statement->claims[i].value);
    bool opened = json_value(&j, &v);
    must(opened);
    while (json_member(&j, &name, &v)) {
        bool whole = json_skip(&j, &v);
        must(whole);
        if (is_about_itself(name) ? text_equal(name, member) : jwt_claim(statement, name) == NULL)
            put(&w, name, &v);
    }
    json_object_end(&w);
    *merged = bytes_of(json_written(&w));
    return ok();
}

struct statement_only {
    const char *software_statement;
};
LOCAL_SHAPE_OPEN(statement_only, FIELD(statement_only, software_statement, OPTIONAL, 1,
                                       CLIENT_STATEMENT_MAX, "The statement"));

RESULT software_statement_merge(struct ctx *c, struct bytes json, struct bytes *merged)
{
    struct statement_only in;
    struct jwt statement;
    err read = shape_read_json(c, &statement_only_shape, json, &in);
    if (read.code == ERR_INVALID_FIELD) {
        fault_clear(c);
        return fail(c, INVALID_SOFTWARE_STATEMENT, "the statement is no text, or too long");
    }
    TRY(read);
    if (in.software_statement == NULL) {
        *merged = json;
        return ok();
    }
    const char *iss = jwt_unverified_text(c, in.software_statement, "iss");
    err verified = verify(c, in.software_statement, iss, &statement);
    if (verified.code != ERR_OK)
        return because(c, SOFTWARE_STATEMENT, "a known issuer", iss, verified);
    return merge(c, json, &statement, merged);
}
