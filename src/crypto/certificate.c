/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/distinguished_name.h"
#include "crypto/key_jwk.h"
#include "crypto/key_sound.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16 };

const char *certificate_thumbprint(struct arena *a, struct bytes der)
{
    uint8_t out[DIGEST_SHA256];
    sha256(der, out);
    return base64url_encode(a, (struct bytes){ out, sizeof out });
}

/* Reads all but the bytes themselves.  Returns what is wrong with the certificate, or NULL. */
static const char *parse(struct arena *a, struct bytes der, struct certificate *out)
{
    const uint8_t *at = der.at;
    X509 *x509 = der.n > CERTIFICATE_BYTES_MAX ? NULL : d2i_X509(NULL, &at, (long)der.n);
    if (x509 == NULL)
        return "it is not one in DER, or too long";
    ARENA_OWN(a, X509, X509_free, x509);
    if (at != der.at + der.n)
        return "there is something behind it";
    const EVP_PKEY *pkey = X509_get0_pubkey(x509);
    if (pkey == NULL)
        return "its key is of a kind that is not known";
    *out =
        (struct certificate){ .x509 = x509,
                              .subject = distinguished_name_write(a, X509_get_subject_name(x509)) };
    return out->subject == NULL ? "its subject is not text" : key_flaw(pkey);
}

RESULT certificate_read(struct ctx *c, struct arena *a, struct bytes der, struct certificate *out)
{
    struct certificate certificate;
    const char *why = parse(a, der, &certificate);
    ERR_clear_error(); /* it would be taken for a later failure of TLS on this thread */
    if (why != NULL)
        return fail(c, INVALID_REQUEST, "a certificate is refused: %s", why);
    certificate.der = (struct bytes){ arena_copy(a, der.at, der.n), der.n };
    certificate.thumbprint = certificate_thumbprint(a, der);
    *out = certificate;
    return ok();
}

/* RFC 8941 3.3.5: a byte sequence. */
static bool read_sequence(struct arena *a, const char *text, struct bytes *der)
{
    size_t n = strlen(text);
    return n > 2 && text[0] == ':' && text[n - 1] == ':' &&
           base64_decode(a, (struct bytes){ (const uint8_t *)text + 1, n - 2 }, true, der);
}

RESULT certificates_read_fields(struct ctx *c, struct arena *a, const char *own, const char *chain,
                                struct certificates *out)
{
    struct bytes *at = ARENA_NEWS(a, struct bytes, CERTIFICATES_MAX);
    struct texts rest = text_split(a, chain == NULL ? "" : chain, ',');
    if (!read_sequence(a, own, &at[0]))
        return fail(c, INVALID_REQUEST, "the field Client-Cert is not base64 between two colons");
    if (rest.n >= CERTIFICATES_MAX)
        return fail(c, INVALID_REQUEST, "the field Client-Cert-Chain has too many certificates");
    for (size_t i = 0; i < rest.n; i++)
        if (!read_sequence(a, text_trim(a, rest.at[i]), &at[i + 1]))
            return fail(c, INVALID_REQUEST,
                        "the field Client-Cert-Chain is not base64 between two colons each");
    *out = (struct certificates){ at, rest.n + 1 };
    return ok();
}

bool certificate_is_valid_at(const struct certificate *certificate, int64_t now)
{
    const ASN1_TIME *begin = X509_get0_notBefore(certificate->x509);
    const ASN1_TIME *end = X509_get0_notAfter(certificate->x509);
    int begun = ASN1_TIME_cmp_time_t(begin, (time_t)now);
    int ended = ASN1_TIME_cmp_time_t(end, (time_t)now);
    /* -2 is a time that cannot be read; the last second is within (RFC 5280 4.1.2.5). */
    return (begun == -1 || begun == 0) && (ended == 0 || ended == 1);
}

/* An IP address as its bytes, 0 of them if it is none. */
static size_t read_ip(const char *text, uint8_t out[static IPV6_BYTES])
{
    return inet_pton(AF_INET, text, out) == 1    ? IPV4_BYTES
           : inet_pton(AF_INET6, text, out) == 1 ? IPV6_BYTES
                                                 : 0;
}

/* Whether it is the text of an IA5String, as those in certificates are. */
static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.at[i] == 0 || text.at[i] > 0x7e)
            return false;
    return true;
}

bool certificate_name_is_sound(struct arena *a, enum certificate_name kind, const char *name)
{
    uint8_t ip[IPV6_BYTES];
    size_t n = strnlen(name, CERTIFICATE_NAME_MAX + 1);
    if (n == 0 || n > CERTIFICATE_NAME_MAX || text_has_control(name))
        return false;
    bool ascii = is_ascii(bytes_of(name));
    switch (kind) {
    case CERTIFICATE_SUBJECT_DN:
        return distinguished_name_read(a, name) != NULL;
    case CERTIFICATE_SAN_DNS:
        return ascii && strchr(name, '*') == NULL;
    case CERTIFICATE_SAN_URI:
        return ascii && strchr(name, ':') != NULL;
    case CERTIFICATE_SAN_EMAIL:
        return ascii && strchr(name, '@') != NULL;
    case CERTIFICATE_SAN_IP:
        break;
    }
    return read_ip(name, ip) > 0;
}

/* The text of a name in a certificate; NULL if there is something in it that is none. */
static const char *text_in(struct arena *a, const ASN1_STRING *string)
{
    size_t n = (size_t)ASN1_STRING_length(string);
    struct bytes text = { ASN1_STRING_get0_data(string), n };
    return is_ascii(text) ? text_copy(a, (const char *)text.at, n) : NULL;
}

static bool same_mailbox(const char *one, const char *two)
{
    const char *at = strrchr(one, '@'), *other = strrchr(two, '@');
    size_t n = at == NULL ? 0 : (size_t)(at - one);
    return at != NULL && other != NULL && (size_t)(other - two) == n && memcmp(one, two, n) == 0 &&
           text_equal_nocase(at, other);
}

static bool same_ip(const ASN1_STRING *bytes, const char *name)
{
    uint8_t ip[IPV6_BYTES];
    size_t n = read_ip(name, ip);
    return n > 0 && (size_t)ASN1_STRING_length(bytes) == n &&
           memcmp(ASN1_STRING_get0_data(bytes), ip, n) == 0;
}

/* Whether `entry` is the name `name` of the kind `kind`. */
static bool is_it(struct arena *a, const GENERAL_NAME *entry, enum certificate_name kind,
                  const char *name)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(entry, &type);
    const char *text =
        type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL ? text_in(a, value) : NULL;
    switch (kind) {
    case CERTIFICATE_SAN_DNS:
        return type == GEN_DNS && text != NULL && text_equal_nocase(text, name);
    case CERTIFICATE_SAN_URI:
        return type == GEN_URI && text_equal(text, name);
    case CERTIFICATE_SAN_EMAIL:
        return type == GEN_EMAIL && text != NULL && same_mailbox(text, name);
    case CERTIFICATE_SAN_IP:
        return type == GEN_IPADD && same_ip(value, name);
    case CERTIFICATE_SUBJECT_DN:
        break;
    }
    return false;
}

static bool has_san(struct arena *a, const X509 *x509, enum certificate_name kind, const char *name)
{
    GENERAL_NAMES *entries = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; entries != NULL && !found && i < sk_GENERAL_NAME_num(entries); i++)
        found = is_it(a, sk_GENERAL_NAME_value(entries, i), kind, name);
    GENERAL_NAMES_free(entries);
    ERR_clear_error();
    return found;
}

bool certificate_has_name(struct arena *a, const struct certificate *certificate,
                          enum certificate_name kind, const char *name)
{
    if (!certificate_name_is_sound(a, kind, name))
        return false;
    if (kind != CERTIFICATE_SUBJECT_DN)
        return has_san(a, certificate->x509, kind, name);
    const X509_NAME *due = distinguished_name_read(a, name);
    return due != NULL && distinguished_name_equal(due, X509_get_subject_name(certificate->x509));
}

/* The first text of the member x5c of `jwk`, or NULL (RFC 7517 4.7: base64 of DER). */
static const char *first_of_x5c(struct arena *a, struct bytes jwk)
{
    struct json j = json_open(a, jwk);
    struct json_value v;
    const char *first = NULL;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return NULL;
    for (const char *name; json_member(&j, &name, &v); (void)json_skip(&j, &v)) {
        struct json_value item;
        if (text_equal(name, "x5c") && v.kind == JSON_ARRAY && json_item(&j, &item) &&
            item.kind == JSON_TEXT)
            first = item.text;
    }
    return json_done(&j) ? first : NULL;
}

/* The certificate of `jwk`; false: it has none, or it is no base64. */
static bool certificate_of(struct arena *a, struct bytes jwk, struct bytes *der)
{
    const char *x5c = first_of_x5c(a, jwk);
    return x5c != NULL && base64_decode(a, bytes_of(x5c), true, der);
}

RESULT certificate_is_registered(struct ctx *c, const struct certificate *certificate,
                                 struct bytes jwks, bool *registered)
{
    struct jwk_list items;
    bool found = false;
    TRY(jwk_set_split(c, jwks, &items));
    for (size_t i = 0; i < items.n; i++) {
        struct bytes der;
        found |= certificate_of(c->arena, items.at[i], &der) && ct_equal(der, certificate->der);
    }
    *registered = found;
    return ok();
}

/* RFC 7517 4.7: both say the same key. */
static RESULT check_one(struct ctx *c, struct bytes jwk, struct bytes der)
{
    struct certificate certificate;
    struct jwk members = { 0 };
    EVP_PKEY *pkey = NULL;
    TRY(certificate_read(c, c->arena, der, &certificate));
    if (jwk_scan(c->arena, jwk, &members) != NULL || jwk_import(c->arena, &members, &pkey) != NULL)
        return fail(c, INVALID_REQUEST, "the key beside a certificate cannot be read");
    bool same = EVP_PKEY_eq(pkey, X509_get0_pubkey(certificate.x509)) == 1;
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return same ? ok() : fail(c, INVALID_REQUEST, "a certificate has another key than its JWK");
}

RESULT certificates_registered(struct ctx *c, struct bytes jwks, size_t *n)
{
    struct jwk_list items;
    size_t found = 0;
    TRY(jwk_set_split(c, jwks, &items));
    for (size_t i = 0; i < items.n; i++) {
        struct bytes der;
        if (!certificate_of(c->arena, items.at[i], &der))
            continue;
        TRY(check_one(c, items.at[i], der));
        found++;
    }
    *n = found;
    return ok();
}
