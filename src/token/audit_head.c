/* SPDX-License-Identifier: Apache-2.0 */
#include "token/audit_head.h"

#include "base/codec.h"
#include "base/json_writer.h"
#include "token/audit_key.h"
#include "token/claims.h"

#include <string.h>

const char *audit_hash_text(struct arena *a, const struct merkle_hash *hash)
{
    return base64url_encode(a, (struct bytes){ hash->at, MERKLE_BYTES });
}

bool audit_hash_read(struct arena *a, const char *text, struct merkle_hash *out)
{
    struct bytes bytes;
    if (text == NULL || !base64url_decode(a, bytes_of(text), &bytes) || bytes.n != MERKLE_BYTES)
        return false;
    memcpy(out->at, bytes.at, MERKLE_BYTES);
    return true;
}

/* ---- signing ---- */

static const char *payload_of(struct ctx *c, const struct audit_log *log, const char *root)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(c));
    json_text(&w, "log", log->log);
    json_number(&w, "generation", log->generation);
    json_number(&w, "size", log->range.n);
    json_text(&w, "root", root);
    json_number(&w, "at", c->now);
    if (log->previous_log != NULL) {
        json_text(&w, "previous_log", log->previous_log);
        json_number(&w, "previous_size", log->previous_size);
        json_text(&w, "previous_root", log->previous_root);
    }
    json_object_end(&w);
    return json_written(&w);
}

RESULT audit_head_sign(struct ctx *c)
{
    const struct audit_log *log = NULL;
    const struct audit_head_row *newest = NULL;
    struct merkle_hash root;
    TRY(audit_log_current(c, &log));
    TRY(audit_head_newest(c, &newest));
    if (log == NULL ||
        (newest != NULL && newest->number == log->number && newest->size == log->range.n))
        return ok();
    merkle_root(&log->range, &root);
    struct audit_head_row row = { .number = log->number,
                                  .size = log->range.n,
                                  .at = c->now,
                                  .root = audit_hash_text(c->arena, &root) };
    TRY(audit_key_sign(c, AUDIT_HEAD_TYP, payload_of(c, log, row.root), &row.token));
    return audit_head_add(c, &row);
}

/* ---- reading ---- */

static RESULT verify(struct ctx *c, const char *token, const char *typ, const struct key_set *keys,
                     struct jwt *out)
{
    const struct jwt_policy policy = {
        .signature = { .algs = ALG_EDDSA, .keys = keys },
        .typ = typ,
        /* Who signed is known by the key, and what was true then stays so. */
        .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY,
    };
    return jwt_verify(c, token, &policy, out);
}

static RESULT read_tree(struct ctx *c, const struct jwt *jwt, const char *size, const char *root,
                        struct merkle_head *out)
{
    const char *text = NULL;
    const struct jwt_claim *claim = jwt_claim(jwt, size);
    TRY(jwt_text(c, jwt, root, &text));
    TRY(jwt_int(c, jwt, size, &out->size));
    if (claim == NULL || out->size < 0 || !audit_hash_read(c->arena, text, &out->root))
        return fail(c, INVALID_TOKEN, "a head of the audit has no proper size and root");
    return ok();
}

RESULT audit_head_read(struct ctx *c, const char *token, const struct key_set *keys,
                       struct audit_head *out)
{
    struct jwt jwt;
    struct audit_head head = { 0 };
    TRY(verify(c, token, AUDIT_HEAD_TYP, keys, &jwt));
    head.iss = jwt.iss;
    TRY(jwt_text(c, &jwt, "log", &head.log));
    TRY(jwt_int(c, &jwt, "generation", &head.generation));
    TRY(jwt_int(c, &jwt, "at", &head.at));
    TRY(jwt_text(c, &jwt, "previous_log", &head.previous_log));
    TRY(read_tree(c, &jwt, "size", "root", &head.tree));
    if (head.previous_log != NULL)
        TRY(read_tree(c, &jwt, "previous_size", "previous_root", &head.previous));
    if (head.log == NULL)
        return fail(c, INVALID_TOKEN, "a head of the audit names no log");
    *out = head;
    return ok();
}

RESULT audit_key_endorsed(struct ctx *c, const char *json, const char *endorsement,
                          const struct key_set *keys, const struct key **key)
{
    struct jwt jwt;
    const struct key *endorsed = NULL;
    TRY(verify(c, endorsement, AUDIT_KEY_TYP, keys, &jwt));
    TRY(key_read_jwk(c, c->arena, bytes_of(json), false, key));
    const struct jwt_claim *claim = jwt_claim(&jwt, "key");
    if (claim == NULL || claim->value.kind != JSON_OBJECT)
        return fail(c, INVALID_TOKEN, "an endorsement names no key");
    TRY(key_read_jwk(c, c->arena, claim->value.raw, false, &endorsed));
    if (!text_equal(key_thumbprint(c->arena, endorsed->pkey),
                    key_thumbprint(c->arena, (*key)->pkey)))
        return fail(c, INVALID_TOKEN, "an endorsement is of another key");
    return ok();
}
