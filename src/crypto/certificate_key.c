/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate_key.h"

#include "base/codec.h"
#include "crypto/secret_file.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

/* What was found in the file; all of it is the arena's. */
struct found {
    EVP_PKEY *pkey;
    X509 *at[CERTIFICATES_MAX];
    size_t n;
    bool too_many;
};

static void take_certificate(struct arena *a, struct found *f, X509 *x509)
{
    ARENA_OWN(a, X509, X509_free, x509);
    if (f->n == CERTIFICATES_MAX)
        f->too_many = true;
    else
        f->at[f->n++] = x509;
}

static int give_passphrase(char *to, int size, int writing, void *arg)
{
    (void)writing;
    size_t n = arg == NULL ? 0 : strlen(arg);
    if (n == 0 || n > (size_t)size)
        return 0;
    memcpy(to, arg, n);
    return (int)n;
}

static void read_pem(struct arena *a, struct bytes in, const char *passphrase, struct found *f)
{
    BIO *keys = BIO_new_mem_buf(in.at, (int)in.n);
    BIO *certificates = BIO_new_mem_buf(in.at, (int)in.n);
    char *own = passphrase == NULL ? NULL : arena_copy(a, passphrase, strlen(passphrase) + 1);
    if (keys != NULL && certificates != NULL) {
        f->pkey = PEM_read_bio_PrivateKey(keys, NULL, give_passphrase, own);
        X509 *x509 = NULL;
        while (!f->too_many &&
               (x509 = PEM_read_bio_X509(certificates, NULL, give_passphrase, own)) != NULL)
            take_certificate(a, f, x509);
    }
    (void)BIO_free(keys);
    (void)BIO_free(certificates);
}

static void read_pkcs12(struct arena *a, struct bytes in, const char *passphrase, struct found *f)
{
    const uint8_t *at = in.at;
    PKCS12 *file = d2i_PKCS12(NULL, &at, (long)in.n);
    X509 *own = NULL;
    STACK_OF(X509) *rest = NULL;
    if (file != NULL && PKCS12_parse(file, passphrase, &f->pkey, &own, &rest) == 1) {
        if (own != NULL)
            take_certificate(a, f, own);
        while (sk_X509_num(rest) > 0)
            take_certificate(a, f, sk_X509_shift(rest));
    }
    sk_X509_pop_free(rest, X509_free);
    PKCS12_free(file);
}

/* The certificate of the key comes first, whatever the order in the file. */
static bool put_own_first(struct found *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (EVP_PKEY_eq(X509_get0_pubkey(f->at[i]), f->pkey) != 1)
            continue;
        X509 *own = f->at[i];
        memmove(&f->at[1], &f->at[0], i * sizeof f->at[0]);
        f->at[0] = own;
        return true;
    }
    return false;
}

static RESULT encode(struct ctx *c, struct arena *a, const struct found *f, struct texts *x5c)
{
    x5c->at = ARENA_NEWS(a, const char *, f->n);
    for (size_t i = 0; i < f->n; i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(f->at[i], &der);
        if (n <= 0)
            return fail(c, UNAVAILABLE, "a certificate could not be written");
        x5c->at[x5c->n++] = base64_encode(a, (struct bytes){ der, (size_t)n }, true);
        OPENSSL_free(der);
    }
    return ok();
}

/* The key as one of ours, through the one door for private keys from outside. */
static RESULT adopt_key(struct ctx *c, struct arena *a, EVP_PKEY *pkey, enum jws_alg alg,
                        const struct key **out)
{
    uint8_t *der = NULL;
    int n = i2d_PrivateKey(pkey, &der);
    if (n <= 0)
        return fail(c, UNAVAILABLE, "a private key could not be written");
    err e = key_from_private(c, a, (struct bytes){ der, (size_t)n }, alg, out);
    OPENSSL_clear_free(der, (size_t)n);
    return e;
}

RESULT certificate_key_parse(struct ctx *c, struct arena *a, struct bytes in,
                             const char *passphrase, enum jws_alg alg, struct certificate_key *out)
{
    struct found f = { 0 };
    struct certificate_key made = { 0 };
    if (in.n > 0 && in.at[0] == 0x30)
        read_pkcs12(a, in, passphrase, &f);
    else
        read_pem(a, in, passphrase, &f);
    ERR_clear_error();
    if (f.pkey != NULL)
        ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, f.pkey);
    if (f.too_many)
        return fail(c, INVALID_REQUEST, "there are more than %d certificates", CERTIFICATES_MAX);
    if (f.pkey == NULL)
        return fail(c, INVALID_REQUEST,
                    "there is no private key in PEM or PKCS#12, or its "
                    "passphrase is another one");
    if (!put_own_first(&f))
        return fail(c, INVALID_REQUEST, "there is no certificate of the private key beside it");
    TRY(adopt_key(c, a, f.pkey, alg, &made.key));
    TRY(encode(c, a, &f, &made.x5c));
    struct bytes der;
    must(base64_decode(a, bytes_of(made.x5c.at[0]), true, &der));
    TRY(certificate_read(c, a, der, &made.own));
    *out = made;
    return ok();
}

RESULT certificate_key_read(struct ctx *c, struct arena *a, const char *path,
                            const char *passphrase, enum jws_alg alg, struct certificate_key *out)
{
    struct bytes in;
    TRY(secret_file_read(c, path, CERTIFICATE_KEY_BYTES_MAX, &in));
    err e = certificate_key_parse(c, a, in, passphrase, alg, out);
    if (e.code == ERR_INVALID_REQUEST) {
        const char *why = c->fault.text;
        fault_clear(c);
        return fail(c, INVALID_REQUEST, "%s: %s", path, why);
    }
    return e;
}
