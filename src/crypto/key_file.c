/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "crypto/key_made.h"
#include "crypto/key_sound.h"
#include "crypto/secret_file.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

int key_no_passphrase(char *to, int size, int writing, void *arg)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)arg;
    return 0;
}

/* A private key from outside becomes one of ours if `alg` goes with it. */
static RESULT adopt(struct ctx *c, struct arena *a, EVP_PKEY *pkey, enum jws_alg alg,
                    const struct key **out)
{
    ERR_clear_error();
    if (pkey == NULL)
        return fail(c, INVALID_REQUEST, "this is not a private key without passphrase");
    ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, pkey);
    const char *why = key_flaw(pkey);
    if (why != NULL)
        return fail(c, INVALID_REQUEST, "%s", why);
    if ((key_algs_of(pkey) & alg) == 0)
        return fail(c, INVALID_REQUEST, "this key is not for %s", alg_name(alg));
    struct key plan = { .algs = alg, .is_private = true, .pkey = pkey };
    return key_make(c, a, &plan, out);
}

RESULT key_read_pem(struct ctx *c, struct arena *a, const char *path, enum jws_alg alg,
                    const struct key **out)
{
    struct bytes pem;
    TRY(secret_file_read(c, path, JWK_BYTES_MAX, &pem));
    BIO *in = BIO_new_mem_buf(pem.at, (int)pem.n);
    EVP_PKEY *pkey = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, key_no_passphrase, NULL);
    (void)BIO_free(in);
    return adopt(c, a, pkey, alg, out);
}

RESULT key_matches_pem(struct ctx *c, const struct key *key, const char *path, bool *matches)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(c, INVALID_REQUEST, "%s cannot be opened: %s", path, strerrordesc_np(errno));
    EVP_PKEY *pkey = PEM_read_PUBKEY(file, NULL, key_no_passphrase, NULL);
    (void)fclose(file);
    if (pkey == NULL)
        return fail(c, INVALID_REQUEST, "%s is not a PEM public key", path);
    *matches = EVP_PKEY_eq(pkey, key->pkey) == 1;
    EVP_PKEY_free(pkey);
    return ok();
}

RESULT key_to_private(struct ctx *c, const struct key *key, struct bytes *der)
{
    must(key->is_private);
    uint8_t *at = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    int n = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (n <= 0)
        return fail(c, UNAVAILABLE, "a private key could not be written");
    *der = (struct bytes){ arena_copy(c->arena, at, (size_t)n), (size_t)n };
    OPENSSL_clear_free(at, (size_t)n);
    return ok();
}

RESULT key_from_private(struct ctx *c, struct arena *a, struct bytes der, enum jws_alg alg,
                        const struct key **out)
{
    const uint8_t *at = der.at;
    EVP_PKEY *pkey = der.n > JWK_BYTES_MAX ? NULL : d2i_AutoPrivateKey(NULL, &at, (long)der.n);
    return adopt(c, a, pkey, alg, out);
}
