/* SPDX-License-Identifier: Apache-2.0 */
#include "token/audit_key.h"

#include "base/json_writer.h"
#include "crypto/jwt.h"
#include "crypto/seal.h"
#include "identity/audit.h"
#include "token/claims.h"

static const char purpose[] = "audit head key";

static const char *jwk_of(struct ctx *c, const struct key *key)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    return json_written(&w);
}

/* ---- opening and making ---- */

static RESULT open_key(struct ctx *c, const struct audit_signer *signer, const struct key **out)
{
    struct bytes der;
    const struct key *key = NULL;
    err opened = seal_open(c, purpose, signer->kid, signer->sealed_private, &der);
    if (opened.code == ERR_INTERNAL) {
        fault_clear(c);
        return fail(c, UNAVAILABLE,
                    "the key of the audit %s cannot be opened with the master key that is here",
                    signer->kid);
    }
    TRY(opened);
    TRY(key_from_private(c, c->arena, der, ALG_EDDSA, &key));
    if (!text_equal(key->kid, signer->kid))
        return fail(c, INTERNAL, "the key of the audit %s is another key", signer->kid);
    *out = key;
    return ok();
}

/* A new key as the row after `before` (NULL: the first one). */
static RESULT make_row(struct ctx *c, const struct audit_signer *before, struct audit_signer *out)
{
    const struct key *key = NULL;
    struct bytes der;
    TRY(key_generate(c, c->arena, ALG_EDDSA, 0, &key));
    *out = (struct audit_signer){ .number = before == NULL ? 1 : before->number + 1,
                                  .kid = key->kid,
                                  .public_jwk = jwk_of(c, key) };
    TRY(key_to_private(c, key, &der));
    return seal_bytes(c, purpose, out->kid, der, &out->sealed_private);
}

/* The newest row; where there is none, whoever is first makes it. */
static RESULT current(struct ctx *c, const struct audit_signer **out)
{
    struct audit_signers signers;
    TRY(audit_signers_list(c, &signers));
    if (signers.n == 0) {
        struct audit_signer row;
        bool added = false;
        TRY(make_row(c, NULL, &row));
        TRY(audit_signer_add(c, &row, &added));
        TRY(audit_signers_list(c, &signers));
    }
    if (signers.n == 0 || signers.at[signers.n - 1].sealed_private == NULL)
        return fail(c, INTERNAL, "the audit has no key that signs");
    *out = signers.at + signers.n - 1;
    return ok();
}

RESULT audit_key_sign(struct ctx *c, const char *typ, const char *payload, const char **token)
{
    const struct audit_signer *signer = NULL;
    const struct key *key = NULL;
    TRY(current(c, &signer));
    TRY(open_key(c, signer, &key));
    return jwt_sign(c, key, typ, payload, token);
}

/* ---- changing it ---- */

static RESULT endorse(struct ctx *c, const struct audit_signer *before, struct audit_signer *next)
{
    const struct key *key = NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(c));
    json_number(&w, "at", c->now);
    json_raw(&w, "key", next->public_jwk);
    json_object_end(&w);
    TRY(open_key(c, before, &key));
    return jwt_sign(c, key, AUDIT_KEY_TYP, json_written(&w), &next->endorsement);
}

static RESULT rotate_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct audit_signer *next = arg;
    bool added = false;
    TRY(audit_signer_add(c, next, &added));
    if (!added)
        return fail_say(c, CONFLICT, "The key was replaced by somebody else just now.",
                        "another key of the audit was made at the same moment");
    return audit_add(c, &(struct audit){ .event = AUDIT_AUDIT_KEY_ROTATED,
                                         .details = { { "kid", next->kid } } });
}

RESULT audit_key_rotate(struct ctx *c, const char **kid)
{
    const struct audit_signer *before = NULL;
    struct audit_signer next;
    TRY(current(c, &before));
    TRY(make_row(c, before, &next));
    TRY(endorse(c, before, &next));
    TRY(db_atomically(c, rotate_in, &next));
    *kid = next.kid;
    return ok();
}

RESULT audit_keys_jwks(struct ctx *c, const char **json)
{
    struct audit_signers signers;
    const struct audit_signer *first = NULL;
    struct json_writer w = json_writer(c->arena);
    TRY(current(c, &first));
    TRY(audit_signers_list(c, &signers));
    json_object(&w, NULL);
    json_array(&w, "keys");
    for (size_t i = 0; i < signers.n; i++)
        json_raw(&w, NULL, signers.at[i].public_jwk);
    json_array_end(&w);
    json_object_end(&w);
    *json = json_written(&w);
    return ok();
}
