/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate_trust.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { SECURITY_112_BITS = 2 /* SSL_CTX_set_security_level(3) */ };

RESULT certificate_authorities_read(struct ctx *c, struct arena *a, const char *path,
                                    X509_STORE **out)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        return fail(c, UNAVAILABLE, "no memory for authorities");
    ARENA_OWN(a, X509_STORE, X509_STORE_free, store);
    ERR_clear_error();
    bool read = X509_STORE_load_file(store, path) == 1;
    const char *why = read ? NULL : ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    if (!read)
        return fail(c, INVALID_FIELD, "the authorities of clients %s cannot be read: %s", path,
                    why == NULL ? "it is no PEM file of certificates" : why);
    *out = store;
    return ok();
}

/* What may stand between the certificate and its authority; one that is none is left out. */
static STACK_OF(X509) * read_others(struct arena *a, const struct certificates *shown)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    if (others == NULL)
        return NULL;
    arena_own(a, (void (*)(void *))(void (*)(void))OPENSSL_sk_free, others);
    for (size_t i = 1; i < shown->n; i++) {
        const uint8_t *at = shown->at[i].at;
        X509 *x509 = shown->at[i].n > CERTIFICATE_BYTES_MAX
                         ? NULL
                         : d2i_X509(NULL, &at, (long)shown->at[i].n);
        if (x509 == NULL)
            continue;
        ARENA_OWN(a, X509, X509_free, x509);
        (void)sk_X509_push(others, x509);
    }
    return others;
}

static const char *verify(X509_STORE_CTX *walk, int64_t now)
{
    X509_VERIFY_PARAM *how = X509_STORE_CTX_get0_param(walk);
    X509_VERIFY_PARAM_set_time(how, (time_t)now);
    X509_VERIFY_PARAM_set_depth(how, CERTIFICATE_DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(how, SECURITY_112_BITS);
    if (X509_STORE_CTX_set_purpose(walk, X509_PURPOSE_SSL_CLIENT) == 1 &&
        X509_verify_cert(walk) == 1)
        return NULL;
    return X509_verify_cert_error_string(X509_STORE_CTX_get_error(walk));
}

const char *certificate_distrust(struct arena *a, const struct certificate *certificate,
                                 const struct certificates *shown, X509_STORE *authorities,
                                 int64_t now)
{
    STACK_OF(X509) *others = read_others(a, shown);
    X509_STORE_CTX *walk = X509_STORE_CTX_new();
    const char *why = "no memory to look at it";
    if (others != NULL && walk != NULL &&
        X509_STORE_CTX_init(walk, authorities, certificate->x509, others) == 1)
        why = verify(walk, now);
    X509_STORE_CTX_free(walk);
    ERR_clear_error();
    return why;
}
