/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/encryption_key.h"

#include "base/text.h"
#include "crypto/key_jwk.h"
#include "crypto/key_made.h"
#include "crypto/key_sound.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

/* What goes together (RFC 7518 4.1). */
struct row {
    enum jwe_alg alg;
    const char *name;
    int type; /* of EVP_PKEY */
};
static const struct row rows[] = { { JWE_RSA_OAEP_256, "RSA-OAEP-256", EVP_PKEY_RSA },
                                   { JWE_ECDH_ES, "ECDH-ES", EVP_PKEY_EC },
                                   { JWE_ECDH_ES_A256KW, "ECDH-ES+A256KW", EVP_PKEY_EC } };
enum { ROWS = sizeof rows / sizeof rows[0] };

enum jwe_alg jwe_alg_from_name(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (text_equal(rows[i].name, name))
            return rows[i].alg;
    return 0;
}

const char *jwe_alg_name(enum jwe_alg alg)
{
    const struct row *row = rows;
    while (row < rows + ROWS && row->alg != alg)
        row++;
    must(row < rows + ROWS);
    return row->name;
}

static unsigned algs_of(const EVP_PKEY *pkey)
{
    unsigned algs = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (EVP_PKEY_get_base_id(pkey) == rows[i].type)
            algs |= rows[i].alg;
    return algs;
}

/* Whether the halves of the pair belong together. */
static bool is_pair(const EVP_PKEY *pkey)
{
    EVP_PKEY *key = (EVP_PKEY *)(uintptr_t)pkey; /* counted, not changed */
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool holds = x != NULL && EVP_PKEY_pairwise_check(x) == 1;
    EVP_PKEY_CTX_free(x);
    ERR_clear_error();
    return holds;
}

static const struct encryption_key *make(struct arena *a, const struct encryption_key *plan)
{
    struct encryption_key *key = ARENA_NEW(a, struct encryption_key);
    *key = *plan;
    key->kid = plan->kid == NULL ? key_thumbprint(a, plan->pkey)
                                 : text_copy(a, plan->kid, strlen(plan->kid));
    return key;
}

RESULT encryption_key_generate(struct ctx *c, struct arena *a, enum jwe_alg alg,
                               const struct encryption_key **out)
{
    EVP_PKEY *pkey = alg == JWE_RSA_OAEP_256 ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("prime256v1");
    if (pkey == NULL)
        return fail(c, UNAVAILABLE, "a key for %s could not be made", jwe_alg_name(alg));
    ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, pkey);
    struct encryption_key plan = { .algs = alg, .is_private = true, .pkey = pkey };
    *out = make(a, &plan);
    return ok();
}

/* What keeps the key from being used for encryption, by what it says about itself, or NULL. */
static const char *purpose_flaw(const struct jwk *jwk)
{
    if (jwk->has_k || text_equal(jwk->kty, "oct"))
        return "it is symmetric";
    if (jwk->use != NULL && !text_equal(jwk->use, "enc"))
        return "its use is not enc";
    if (jwk->has_ops && !jwk->ops_encrypt)
        return "its key_ops are not for encryption";
    if (jwk->kid != NULL && (*jwk->kid == '\0' || strlen(jwk->kid) > KID_MAX))
        return "its kid does not have 1 to 64 bytes";
    if (jwk->alg != NULL && jwe_alg_from_name(jwk->alg) == 0)
        return "its alg is not supported";
    return NULL;
}

/* Describes in `plan` the key that `jwk` is, its pkey owned by `a`.  Returns what is wrong, or
 * NULL. */
static const char *plan_from(struct ctx *c, struct arena *a, const struct jwk *jwk,
                             struct encryption_key *plan)
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
    unsigned algs = algs_of(pkey);
    if (jwk->alg != NULL)
        algs &= jwe_alg_from_name(jwk->alg);
    if (algs == 0)
        return "its alg does not go with its type or curve";
    bool is_private = jwk->d != NULL;
    if (is_private && !is_pair(pkey))
        return "its private half is not of its public half";
    *plan = (struct encryption_key){ jwk->kid, algs, is_private, pkey };
    return NULL;
}

RESULT encryption_key_read_jwk(struct ctx *c, struct arena *a, struct bytes json,
                               bool private_allowed, const struct encryption_key **out)
{
    struct jwk jwk;
    struct encryption_key plan;
    const char *why = json.n > JWK_BYTES_MAX ? "it is too long" : jwk_scan(c->arena, json, &jwk);
    if (why == NULL && !private_allowed && jwk_is_secret(&jwk))
        why = "it is a secret where a public key belongs";
    if (why == NULL)
        why = plan_from(c, a, &jwk, &plan);
    if (why != NULL)
        return fail(c, INVALID_REQUEST, "a JWK for encryption is refused: %s", why);
    *out = make(a, &plan);
    return ok();
}

/* One key of a set: `out` stays NULL if it is one to leave out (RFC 7517 5). */
static RESULT read_one(struct ctx *c, struct arena *a, struct bytes json,
                       const struct encryption_key **out)
{
    struct jwk jwk;
    struct encryption_key plan;
    if (jwk_scan(c->arena, json, &jwk) != NULL)
        return ok();
    if (jwk_is_secret(&jwk))
        return fail(c, INVALID_REQUEST, "a JWK Set has a secret in it where all read it");
    if (plan_from(c, a, &jwk, &plan) == NULL)
        *out = make(a, &plan);
    return ok();
}

/* Whether a key with this kid and one of its algorithms is there already. */
static bool is_taken(const struct encryption_keys *keys, const struct encryption_key *key)
{
    for (size_t i = 0; i < keys->n; i++)
        if ((keys->at[i]->algs & key->algs) != 0 && text_equal(keys->at[i]->kid, key->kid))
            return true;
    return false;
}

RESULT encryption_keys_read(struct ctx *c, struct arena *a, struct bytes json,
                            struct encryption_keys *out)
{
    struct jwk_list items;
    TRY(jwk_set_split(c, json, &items));
    const struct encryption_key **at = ARENA_NEWS(a, const struct encryption_key *, KEYS_MAX);
    struct encryption_keys keys = { .at = at };
    for (size_t i = 0; i < items.n; i++) {
        const struct encryption_key *key = NULL;
        TRY(read_one(c, a, items.at[i], &key));
        if (key == NULL) {
            keys.left_out++;
            continue;
        }
        if (keys.n == KEYS_MAX || is_taken(&keys, key))
            return fail(c, INVALID_REQUEST, "a JWK Set has too many keys, or two of the kid %s",
                        key->kid);
        at[keys.n++] = key;
    }
    *out = keys;
    return ok();
}

const struct encryption_key *encryption_key_find(const struct encryption_keys *keys,
                                                 const char *kid, enum jwe_alg alg)
{
    const struct encryption_key *found = NULL;
    for (size_t i = 0; i < keys->n; i++) {
        const struct encryption_key *key = keys->at[i];
        if ((key->algs & alg) == 0 || (kid != NULL && !text_equal(key->kid, kid)))
            continue;
        if (found != NULL)
            return NULL;
        found = key;
    }
    return found;
}

const struct encryption_key *encryption_key_choose(const struct encryption_keys *keys,
                                                   enum jwe_alg alg)
{
    const struct encryption_key *first = NULL;
    for (size_t i = 0; i < keys->n; i++) {
        if (keys->at[i]->algs == (unsigned)alg)
            return keys->at[i];
        if (first == NULL && (keys->at[i]->algs & alg) != 0)
            first = keys->at[i];
    }
    return first;
}

static void write_key(struct json_writer *w, const struct encryption_key *key, bool with_private)
{
    json_object(w, NULL);
    json_text(w, "kid", key->kid);
    json_text(w, "use", "enc");
    if ((key->algs & (key->algs - 1)) == 0)
        json_text(w, "alg", jwe_alg_name((enum jwe_alg)key->algs));
    key_write_members(w, key->pkey, with_private);
    json_object_end(w);
}

void encryption_key_write_jwk(struct json_writer *w, const struct encryption_key *key)
{
    write_key(w, key, false);
}

void encryption_key_write_private_jwk(struct json_writer *w, const struct encryption_key *key)
{
    must(key->is_private);
    write_key(w, key, true);
}
