/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/text.h"
#include "crypto/key.h"
#include "crypto/key_jwk.h"
#include "crypto/key_made.h"
#include "crypto/key_sound.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* clang-format off */
#define MEMBER(name) { #name, offsetof(struct jwk, name) }
static const struct {
    const char *name;
    size_t offset;
} members[] = {
    MEMBER(kty), MEMBER(crv), MEMBER(x),  MEMBER(y),  MEMBER(n),   MEMBER(e),   MEMBER(d), MEMBER(p),
    MEMBER(q),   MEMBER(dp),  MEMBER(dq), MEMBER(qi), MEMBER(alg), MEMBER(use), MEMBER(kid),
};
/* clang-format on */

/* The member of `out` called `name`, or NULL if it has no meaning here or is not a text. */
static const char **member_of(struct jwk *out, const char *name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name))
            return (const char **)(void *)((char *)out + members[i].offset);
    return NULL;
}

/* Whether the operation is one of those that encryption consists of. */
static bool is_encryption(const char *operation)
{
    static const char *const operations[] = { "encrypt",   "decrypt",   "wrapKey",
                                              "unwrapKey", "deriveKey", "deriveBits" };
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (text_equal(operation, operations[i]))
            return true;
    return false;
}

/* RFC 7517 4.3: the operations the key is for. */
static const char *scan_ops(struct json *j, const struct json_value *list, struct jwk *out)
{
    if (list->kind != JSON_ARRAY)
        return "key_ops is not a list";
    out->has_ops = true;
    for (struct json_value item; json_item(j, &item);) {
        if (item.kind != JSON_TEXT)
            return "key_ops has something in it that is not a text";
        out->ops_sign |= text_equal(item.text, "sign");
        out->ops_verify |= text_equal(item.text, "verify");
        out->ops_encrypt |= is_encryption(item.text);
    }
    return NULL;
}

static const char *scan_member(struct json *j, const char *name, struct json_value *v,
                               struct jwk *out)
{
    const char **member = member_of(out, name);
    if (text_equal(name, "key_ops"))
        return scan_ops(j, v, out);
    out->has_k |= text_equal(name, "k");
    out->has_oth |= text_equal(name, "oth");
    if (member != NULL && v->kind != JSON_TEXT)
        return "one of its members is not a text";
    if (member != NULL)
        *member = v->text;
    (void)json_skip(j, v); /* an error of the reader shows in json_done */
    return NULL;
}

const char *jwk_scan(struct arena *a, struct bytes json, struct jwk *out)
{
    *out = (struct jwk){ 0 };
    struct json j = json_open(a, json);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return "it is not a JSON object";
    const char *why = NULL;
    for (const char *name; why == NULL && json_member(&j, &name, &v);)
        why = scan_member(&j, name, &v, out);
    if (why != NULL)
        return why;
    return json_done(&j) ? NULL : j.why;
}

bool jwk_is_secret(const struct jwk *jwk)
{
    return jwk->has_k || text_equal(jwk->kty, "oct") || jwk->d != NULL || jwk->p != NULL ||
           jwk->q != NULL || jwk->dp != NULL || jwk->dq != NULL || jwk->qi != NULL || jwk->has_oth;
}

/* What keeps the key from being used for signatures, by what it says about itself, or NULL. */
static const char *purpose_flaw(const struct jwk *jwk)
{
    if (jwk->has_k || text_equal(jwk->kty, "oct"))
        return "it is symmetric";
    if (jwk->use != NULL && !text_equal(jwk->use, "sig"))
        return "its use is not sig";
    if (jwk->has_ops && !jwk->ops_verify && !jwk->ops_sign)
        return "its key_ops are not for signatures";
    if (jwk->kid != NULL && (*jwk->kid == '\0' || strlen(jwk->kid) > KID_MAX))
        return "its kid does not have 1 to 64 bytes";
    if (jwk->alg != NULL && alg_from_name(jwk->alg) == 0)
        return "its alg is not supported";
    return NULL;
}

/*
 * Describes in `plan` the key that `jwk` is, its pkey owned by `a`.  Returns what is wrong, or
 * NULL.
 */
static const char *plan_from(struct ctx *c, struct arena *a, const struct jwk *jwk,
                             struct key *plan)
{
    const char *why = purpose_flaw(jwk);
    EVP_PKEY *pkey = NULL;
    if (why == NULL)
        why = jwk_import(c->arena, jwk, &pkey);
    ERR_clear_error();
    if (why != NULL)
        return why;
    ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, pkey);
    why = key_flaw(pkey);
    if (why != NULL)
        return why;
    unsigned algs = key_algs_of(pkey);
    /* RFC 8725 3.1: with an alg, the key is for that one only. */
    if (jwk->alg != NULL)
        algs &= alg_from_name(jwk->alg);
    if (algs == 0)
        return "its alg does not go with its type or curve";
    *plan =
        (struct key){ .kid = jwk->kid, .algs = algs, .is_private = jwk->d != NULL, .pkey = pkey };
    return NULL;
}

RESULT key_read_jwk(struct ctx *c, struct arena *a, struct bytes json, bool private_allowed,
                    const struct key **out)
{
    struct jwk jwk;
    struct key plan;
    const char *why = json.n > JWK_BYTES_MAX ? "it is too long" : jwk_scan(c->arena, json, &jwk);
    if (why == NULL && !private_allowed && jwk_is_secret(&jwk))
        why = "it is a secret where a public key belongs";
    if (why == NULL)
        why = plan_from(c, a, &jwk, &plan);
    if (why != NULL)
        return fail(c, INVALID_REQUEST, "a JWK is refused: %s", why);
    return key_make(c, a, &plan, out);
}

/* Whether a key with this kid and one of its algorithms is there already (FAPI 2.0 5.4.3). */
static bool is_taken(const struct key *const *keys, size_t n, const struct key *key)
{
    for (size_t i = 0; i < n; i++)
        if ((keys[i]->algs & key->algs) != 0 && text_equal(keys[i]->kid, key->kid))
            return true;
    return false;
}

/* One key of a set: `out` stays NULL if it is one to leave out. */
static RESULT read_one(struct ctx *c, struct arena *a, struct bytes json, const struct key **out)
{
    struct jwk jwk;
    struct key plan;
    *out = NULL;
    /* RFC 7517 5: what is not understood is ignored. */
    if (jwk_scan(c->arena, json, &jwk) != NULL)
        return ok();
    if (jwk_is_secret(&jwk))
        return fail(c, INVALID_REQUEST, "a JWK Set has a secret in it where all read it");
    return plan_from(c, a, &jwk, &plan) == NULL ? key_make(c, a, &plan, out) : ok();
}

RESULT key_set_read(struct ctx *c, struct arena *a, struct bytes json, struct key_set *out)
{
    struct jwk_list items;
    TRY(jwk_set_split(c, json, &items));
    struct key_set set = { 0 };
    const struct key **keys = ARENA_NEWS(a, const struct key *, KEYS_MAX);
    set.at = keys;
    for (size_t i = 0; i < items.n; i++) {
        const struct key *key = NULL;
        TRY(read_one(c, a, items.at[i], &key));
        if (key == NULL) {
            set.left_out++;
            continue;
        }
        if (set.n == KEYS_MAX || is_taken(keys, set.n, key))
            return fail(c, INVALID_REQUEST, "a JWK Set has too many keys, or two of the kid %s",
                        key->kid);
        keys[set.n++] = key;
    }
    *out = set;
    return ok();
}
