/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_CERTIFICATE_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_CERTIFICATE_TESTING_H

/* Certificates made for a test, by authorities of its own. */

#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "tests/unit/base/testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct made_certificate {
    X509 *x509;
    EVP_PKEY *key;
    struct bytes der;
};

struct certificate_plan {
    const char *subject;                   /* RFC 4514 */
    const char *names;                     /* "DNS:a,URI:b", or NULL */
    const char *usage;                     /* "clientAuth", or NULL: any */
    const struct made_certificate *issuer; /* NULL: itself */
    EVP_PKEY *key;                         /* NULL: a new one of P-256 */
    bool authority, sha1;
    int64_t from, to;
};

static inline void certificate_add(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX about;
    X509V3_set_ctx(&about, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &about, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline struct bytes certificate_der(struct arena *a, const X509 *x509)
{
    int n = i2d_X509(x509, NULL);
    unsigned char *to = arena_alloc(a, (size_t)n);
    struct bytes der = { to, (size_t)n };
    assert_int_equal(i2d_X509(x509, &to), n);
    return der;
}

static inline struct made_certificate certificate_make(struct arena *a,
                                                       const struct certificate_plan *plan)
{
    struct made_certificate made = { .x509 = X509_new(), .key = plan->key };
    if (made.key == NULL) {
        made.key = EVP_EC_gen("P-256");
        ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, made.key);
    }
    ARENA_OWN(a, X509, X509_free, made.x509);
    const struct made_certificate *issuer = plan->issuer == NULL ? &made : plan->issuer;
    X509_NAME *subject = distinguished_name_read(a, plan->subject);
    assert_non_null(subject);
    assert_int_equal(X509_set_version(made.x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made.x509), 7), 1);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(made.x509), (time_t)plan->from));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(made.x509), (time_t)plan->to));
    assert_int_equal(X509_set_subject_name(made.x509, subject), 1);
    assert_int_equal(X509_set_issuer_name(made.x509, X509_get_subject_name(issuer->x509)), 1);
    assert_int_equal(X509_set_pubkey(made.x509, made.key), 1);
    if (plan->authority)
        certificate_add(made.x509, issuer->x509, NID_basic_constraints, "critical,CA:TRUE");
    if (plan->names != NULL)
        certificate_add(made.x509, issuer->x509, NID_subject_alt_name, plan->names);
    if (plan->usage != NULL)
        certificate_add(made.x509, issuer->x509, NID_ext_key_usage, plan->usage);
    assert_true(X509_sign(made.x509, issuer->key, plan->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
    made.der = certificate_der(a, made.x509);
    return made;
}

/* A PEM file of certificates. */
static inline void certificates_write(const char *path, const struct made_certificate *at, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(PEM_write_X509(file, at[i].x509), 1);
    (void)fclose(file);
}

#endif
