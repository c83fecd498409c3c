/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls_pin.h"

#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static int verify(X509_STORE_CTX *chain, void *pin)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const X509 *own = X509_STORE_CTX_get0_cert(chain);
    bool good = own != NULL && X509_digest(own, EVP_sha1(), digest, &n) == 1 &&
                ct_equal((struct bytes){ digest, n }, (struct bytes){ pin, TLS_PIN_BYTES });
    X509_STORE_CTX_set_error(chain, good ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return good;
}

static CURLcode set_verify(CURL *curl, void *ssl_ctx, void *pin)
{
    (void)curl;
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, pin);
    return CURLE_OK;
}

RESULT tls_pin(struct ctx *c, const struct outbound *o, const uint8_t pin[static TLS_PIN_BYTES])
{
    void *own = arena_copy(c->arena, pin, TLS_PIN_BYTES);
    /* The name in it is not compared: it is this certificate, whatever it says. */
    if (o->lib->easy_setopt(o->curl, CURLOPT_SSL_CTX_FUNCTION, set_verify) != CURLE_OK ||
        o->lib->easy_setopt(o->curl, CURLOPT_SSL_CTX_DATA, own) != CURLE_OK ||
        o->lib->easy_setopt(o->curl, CURLOPT_SSL_VERIFYHOST, 0L) != CURLE_OK)
        return fail(c, UNAVAILABLE, "libcurl cannot compare certificates");
    return ok();
}
