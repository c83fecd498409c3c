/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "base/text.h"
#include "crypto/key_made.h"
#include "crypto/key_sound.h"
#include "crypto/signature.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

/* clang-format off */
static const struct alg_row rows[] = {
    /* alg        name     kty    crv        group         digest    type               half  pss */
    { ALG_RS256, "RS256", "RSA", NULL,      NULL,         "SHA256", EVP_PKEY_RSA,       0,   false },
    { ALG_PS256, "PS256", "RSA", NULL,      NULL,         "SHA256", EVP_PKEY_RSA,       0,   true  },
    { ALG_ES256, "ES256", "EC",  "P-256",   "prime256v1", "SHA256", EVP_PKEY_EC,       32,   false },
    { ALG_ES384, "ES384", "EC",  "P-384",   "secp384r1",  "SHA384", EVP_PKEY_EC,       48,   false },
    { ALG_EDDSA, "EdDSA", "OKP", "Ed25519", NULL,         NULL,     EVP_PKEY_ED25519,   0,   false },
    { ALG_HS256, "HS256", "oct", NULL,      NULL,         "SHA256", 0,                  0,   false },
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof rows[0] };

const struct alg_row *alg_row(enum jws_alg alg)
{
    const struct alg_row *row = rows;
    while (row < rows + ROWS && row->alg != alg)
        row++;
    must(row < rows + ROWS);
    return row;
}

static const char other_name_of_eddsa[] = "Ed25519";

enum jws_alg alg_from_name(const char *name)
{
    if (text_equal(name, other_name_of_eddsa))
        return ALG_EDDSA;
    for (size_t i = 0; i < ROWS; i++)
        if (text_equal(rows[i].name, name))
            return rows[i].alg;
    return 0;
}

const char *alg_name(enum jws_alg alg)
{
    return alg_row(alg)->name;
}

struct texts alg_names(struct arena *a, unsigned algs)
{
    static const enum jws_alg all[] = { ALG_RS256, ALG_PS256, ALG_ES256,
                                        ALG_ES384, ALG_EDDSA, ALG_HS256 };
    struct texts out = { ARENA_NEWS(a, const char *, sizeof all / sizeof all[0]), 0 };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if ((algs & all[i]) != 0)
            out.at[out.n++] = alg_name(all[i]);
    return out;
}

struct texts alg_names_taken(struct arena *a, unsigned algs)
{
    struct texts names = alg_names(a, algs);
    struct texts out = { ARENA_NEWS(a, const char *, names.n + 1), 0 };
    for (size_t i = 0; i < names.n; i++)
        out.at[out.n++] = names.at[i];
    if ((algs & ALG_EDDSA) != 0)
        out.at[out.n++] = other_name_of_eddsa;
    return out;
}

/* Whether the key is of the type, and on the curve, that the row asks for. */
static bool goes_with(const struct alg_row *row, const EVP_PKEY *pkey)
{
    if (row->type == 0 || EVP_PKEY_get_base_id(pkey) != row->type)
        return false;
    char group[32] = "";
    return row->group == NULL || (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
                                                                 group, sizeof group, NULL) == 1 &&
                                  text_equal(group, row->group));
}

unsigned key_algs_of(const EVP_PKEY *pkey)
{
    unsigned fitting = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (goes_with(&rows[i], pkey))
            fitting |= rows[i].alg;
    return fitting == 0 || key_flaw(pkey) != NULL ? 0 : fitting;
}

bool key_context(const EVP_PKEY *pkey, enum jws_alg alg, bool sign, EVP_MD_CTX *into)
{
    const struct alg_row *row = alg_row(alg);
    EVP_PKEY_CTX *x = NULL;
    EVP_PKEY *key = (EVP_PKEY *)(uintptr_t)pkey; /* counted, not changed */
    int done = sign ? EVP_DigestSignInit_ex(into, &x, row->digest, NULL, NULL, key, NULL)
                    : EVP_DigestVerifyInit_ex(into, &x, row->digest, NULL, NULL, key, NULL);
    if (done != 1 || !row->pss)
        return done == 1;
    /* RFC 7518 3.5: the salt is as long as the hash; MGF1 uses the same hash. */
    return EVP_PKEY_CTX_set_rsa_padding(x, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(x, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* A context that is ready to be copied, owned by the arena; NULL on failure. */
static EVP_MD_CTX *prepare(struct arena *a, const EVP_PKEY *pkey, enum jws_alg alg, bool sign)
{
    EVP_MD_CTX *x = EVP_MD_CTX_new();
    if (x == NULL || !key_context(pkey, alg, sign, x)) {
        EVP_MD_CTX_free(x);
        return NULL;
    }
    ARENA_OWN(a, EVP_MD_CTX, EVP_MD_CTX_free, x);
    return x;
}

/* RFC 8725 3.3: the halves of a pair belong together. */
static RESULT try_pair(struct ctx *c, const struct key *key)
{
    struct bytes trial = bytes_of("uauth key trial"), signature;
    TRY(signature_make(c, key, key->alg, trial, &signature));
    if (!signature_holds(key, key->alg, trial, signature))
        return fail(c, INVALID_REQUEST, "the private half of a key is not of its public half");
    return ok();
}

RESULT key_make(struct ctx *c, struct arena *a, const struct key *plan, const struct key **out)
{
    must(plan->algs != 0);
    struct key *key = ARENA_NEW(a, struct key);
    *key = *plan;
    key->kid = plan->kid == NULL ? key_thumbprint(a, plan->pkey)
                                 : text_copy(a, plan->kid, strlen(plan->kid));
    key->alg = (enum jws_alg)(plan->algs & (~plan->algs + 1));
    key->verify = prepare(a, plan->pkey, key->alg, false);
    key->sign = plan->is_private ? prepare(a, plan->pkey, key->alg, true) : NULL;
    if (key->verify == NULL || (plan->is_private && key->sign == NULL))
        return fail(c, UNAVAILABLE, "a key could not be prepared for %s", alg_name(key->alg));
    if (plan->is_private)
        TRY(try_pair(c, key));
    *out = key;
    return ok();
}

RESULT key_generate(struct ctx *c, struct arena *a, enum jws_alg alg, unsigned rsa_bits,
                    const struct key **out)
{
    const struct alg_row *row = alg_row(alg);
    must(row->type != 0);
    must(row->type != EVP_PKEY_RSA || (rsa_bits >= RSA_BITS_MIN && rsa_bits <= RSA_BITS_MAX));
    EVP_PKEY *pkey = row->type == EVP_PKEY_RSA  ? EVP_RSA_gen(rsa_bits)
                     : row->type == EVP_PKEY_EC ? EVP_EC_gen(row->group)
                                                : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (pkey == NULL)
        return fail(c, UNAVAILABLE, "a key for %s could not be made", row->name);
    ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, pkey);
    struct key plan = { .algs = alg, .is_private = true, .pkey = pkey };
    return key_make(c, a, &plan, out);
}

const struct key *key_find(const struct key_set *set, const char *kid, enum jws_alg alg)
{
    const struct key *found = NULL;
    for (size_t i = 0; i < set->n; i++) {
        const struct key *key = set->at[i];
        if ((key->algs & alg) == 0 || (kid != NULL && !text_equal(key->kid, kid)))
            continue;
        if (found != NULL)
            return NULL;
        found = key;
    }
    return found;
}
