/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include "crypto/distinguished_name.h"
#include "vectors.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* The certificate of RFC 8705 A, good from 2018-10-18 to 2022-05-02. */
#define RFC_8705                                                                                   \
    "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcw" \
    "OVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9Oyl" \
    "MbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD" \
    "/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY="
enum { FROM_2018 = 1539866229, TO_2022 = 1651495029 };

static struct bytes rfc_8705(struct ctx *c)
{
    struct bytes der = { 0 };
    assert_true(base64_decode(c->arena, bytes_of(RFC_8705), true, &der));
    return der;
}

static struct certificate read_one(struct ctx *c, struct bytes der)
{
    struct certificate out = { 0 };
    assert_int_equal(certificate_read(c, c->arena, der, &out).code, ERR_OK);
    return out;
}

static bool accepted(struct ctx *c, struct bytes der)
{
    struct certificate out = { 0 };
    err e = certificate_read(c, c->arena, der, &out);
    assert_true(e.code == ERR_OK || (e.code == ERR_INVALID_REQUEST && out.x509 == NULL));
    fault_clear(c);
    return e.code == ERR_OK;
}

/* A certificate with this subject, these names ("DNS:a,URI:b", or NULL) and this key. */
static struct bytes made_with(struct ctx *c, const char *subject, const char *names, EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    assert_int_equal(X509_set_version(x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
    if (*subject != '\0')
        assert_int_equal(X509_set_subject_name(x509, distinguished_name_read(c->arena, subject)),
                         1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    if (names != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
        assert_non_null(extension);
        assert_int_equal(X509_add_ext(x509, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    uint8_t *at = NULL;
    int n = i2d_X509(x509, &at);
    assert_true(n > 0);
    struct bytes der = { arena_copy(c->arena, at, (size_t)n), (size_t)n };
    OPENSSL_free(at);
    X509_free(x509);
    return der;
}

static struct bytes made(struct ctx *c, const char *subject, const char *names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct bytes der = made_with(c, subject, names, key);
    EVP_PKEY_free(key);
    return der;
}

/* RFC 8705 A */
static void the_thumbprint_of_the_standard_is_found(void **state)
{
    struct ctx *c = *state;
    struct certificate read = read_one(c, rfc_8705(c));
    assert_string_equal(read.thumbprint, "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
    assert_string_equal(certificate_thumbprint(c->arena, rfc_8705(c)), read.thumbprint);
    assert_string_equal(read.subject, "CN=mtls");
}

static void a_certificate_is_one_and_in_der(void **state)
{
    struct ctx *c = *state;
    struct bytes der = rfc_8705(c);
    uint8_t *longer = arena_alloc(c->arena, 2 * der.n);
    memcpy(longer, der.at, der.n);
    memcpy(longer + der.n, der.at, der.n);
    assert_true(accepted(c, der));
    for (size_t n = 0; n < der.n; n++)
        assert_false(accepted(c, (struct bytes){ der.at, n }));
    assert_false(accepted(c, (struct bytes){ longer, der.n + 1 }));
    assert_false(accepted(c, (struct bytes){ longer, 2 * der.n }));
    assert_false(accepted(c, bytes_of("-----BEGIN CERTIFICATE-----\n")));
    assert_false(accepted(c, bytes_of("")));
}

static void a_certificate_has_a_bounded_length(void **state)
{
    struct ctx *c = *state;
    struct text_buffer names = text_buffer(c->arena);
    text_add(&names, "DNS:a.example");
    while (names.n < 15000)
        text_add(&names, ",DNS:0123456789.0123456789.0123456789.example");
    assert_true(accepted(c, made(c, "CN=a", text_of(&names))));
    while (names.n < 18000)
        text_add(&names, ",DNS:0123456789.0123456789.0123456789.example");
    struct bytes der = made(c, "CN=a", text_of(&names));
    assert_true(der.n > CERTIFICATE_BYTES_MAX);
    assert_false(accepted(c, der));
}

static void a_weak_key_is_refused(void **state)
{
    struct ctx *c = *state;
    static const unsigned bits[] = { 1024, 2048 };
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *key = EVP_RSA_gen(bits[i]);
        assert_int_equal(accepted(c, made_with(c, "CN=a", NULL, key)), bits[i] >= 2048);
        EVP_PKEY_free(key);
    }
}

/* RFC 9440 2.2 */
static void the_field_of_a_proxy_is_base64_between_colons(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        "",
        ":",
        "::",
        RFC_8705,
        ":" RFC_8705,
        RFC_8705 ":",
        ": " RFC_8705 ":",
        ":" RFC_8705 ": ",
        " :" RFC_8705 ":",
        ":" RFC_8705 "=:",
        ":" RFC_8705 ":,:" RFC_8705 ":",
        "\"" RFC_8705 "\"",
    };
    struct certificates out = { 0 };
    err e = certificates_read_fields(c, c->arena, ":" RFC_8705 ":", NULL, &out);
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(out.n, 1);
    assert_string_equal(read_one(c, out.at[0]).subject, "CN=mtls");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        e = certificates_read_fields(c, c->arena, wrong[i], NULL, &out);
        assert_int_equal(e.code, ERR_INVALID_REQUEST);
        fault_clear(c);
    }
}

/* RFC 9440 2.3 */
static void the_chain_of_a_proxy_is_a_list_of_the_same(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        ":",
        ":AA==:;:AA==:", ":AA==:, AA==", ":AA==:,:AA==:,:AA==:,:AA==:,:AA==:,:AA==:,:AA==:,:AA==:"
    };
    struct certificates out = { 0 };
    err e = certificates_read_fields(c, c->arena, ":AQ==:", ":Ag==:, :Aw==:,:BA==:", &out);
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(out.n, 4);
    for (size_t i = 0; i < out.n; i++)
        assert_int_equal(out.at[i].at[0], i + 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        e = certificates_read_fields(c, c->arena, ":AQ==:", wrong[i], &out);
        assert_int_equal(e.code, ERR_INVALID_REQUEST);
        fault_clear(c);
    }
}

static void a_certificate_is_valid_from_its_first_second_to_its_last(void **state)
{
    struct ctx *c = *state;
    struct certificate read = read_one(c, rfc_8705(c));
    assert_false(certificate_is_valid_at(&read, 0));
    assert_false(certificate_is_valid_at(&read, FROM_2018 - 1));
    assert_true(certificate_is_valid_at(&read, FROM_2018));
    assert_true(certificate_is_valid_at(&read, TO_2022));
    assert_false(certificate_is_valid_at(&read, TO_2022 + 1));
    assert_false(certificate_is_valid_at(&read, INT64_C(4102444800)));
}

/* What a name is asked for and whether the certificate has it. */
struct asked {
    enum certificate_name kind;
    const char *name;
    bool has;
};

static void check_names(struct ctx *c, const struct certificate *read, const struct asked *asked,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (certificate_has_name(c->arena, read, asked[i].kind, asked[i].name) != asked[i].has)
            fail_msg("kind %u: %s", asked[i].kind, asked[i].name);
}

/* CL-10: RFC 8705 2.1.2 */
static void a_client_is_known_by_its_subject(void **state)
{
    struct ctx *c = *state;
    struct certificate read =
        read_one(c, made(c, "CN=client+OU=payments,O=Example\\, Inc.,C=GB", "DNS:client"));
    static const struct asked asked[] = {
        { CERTIFICATE_SUBJECT_DN, "CN=client+OU=payments,O=Example\\, Inc.,C=GB", true },
        { CERTIFICATE_SUBJECT_DN, "ou=Payments+cn=CLIENT,o=example\\2c inc.,2.5.4.6=gb", true },
        { CERTIFICATE_SUBJECT_DN, "CN=client,OU=payments,O=Example\\, Inc.,C=GB", false },
        { CERTIFICATE_SUBJECT_DN, "C=GB,O=Example\\, Inc.,CN=client+OU=payments", false },
        { CERTIFICATE_SUBJECT_DN, "CN=client", false },
        { CERTIFICATE_SUBJECT_DN, "CN=client+OU=payments,O=Example,C=GB", false },
        { CERTIFICATE_SUBJECT_DN, "CN=client+OU=payments,O=Example\\, Inc.,C=GB,DC=x", false },
        { CERTIFICATE_SUBJECT_DN, "client", false },
        { CERTIFICATE_SUBJECT_DN, "", false },
    };
    check_names(c, &read, asked, sizeof asked / sizeof asked[0]);
    assert_true(certificate_has_name(c->arena, &read, CERTIFICATE_SUBJECT_DN, read.subject));
    read = read_one(c, made(c, "", "DNS:client"));
    assert_string_equal(read.subject, "");
    assert_false(certificate_has_name(c->arena, &read, CERTIFICATE_SUBJECT_DN, ""));
}

/* CL-10: another name, another kind of name, and a wildcard are not it */
static void a_client_is_known_by_one_of_its_other_names(void **state)
{
    struct ctx *c = *state;
    struct certificate read =
        read_one(c, made(c, "CN=cn.example",
                         "DNS:client.example,DNS:*.wild.example,URI:spiffe://example/client,"
                         "IP:192.0.2.7,IP:2001:db8::7,email:Some.One@Example.com"));
    static const struct asked asked[] = {
        { CERTIFICATE_SAN_DNS, "client.example", true },
        { CERTIFICATE_SAN_DNS, "CLIENT.Example", true },
        { CERTIFICATE_SAN_DNS, "client.example.", false },
        { CERTIFICATE_SAN_DNS, "lient.example", false },
        { CERTIFICATE_SAN_DNS, "a.client.example", false },
        { CERTIFICATE_SAN_DNS, "a.wild.example", false },
        { CERTIFICATE_SAN_DNS, "*.wild.example", false },
        { CERTIFICATE_SAN_DNS, "cn.example", false },
        { CERTIFICATE_SAN_DNS, "192.0.2.7", false },
        { CERTIFICATE_SAN_URI, "spiffe://example/client", true },
        { CERTIFICATE_SAN_URI, "spiffe://example/Client", false },
        { CERTIFICATE_SAN_URI, "spiffe://example/client/", false },
        { CERTIFICATE_SAN_URI, "client.example", false },
        { CERTIFICATE_SAN_IP, "192.0.2.7", true },
        { CERTIFICATE_SAN_IP, "2001:db8::7", true },
        { CERTIFICATE_SAN_IP, "2001:DB8:0:0:0:0:0:7", true },
        { CERTIFICATE_SAN_IP, "192.0.2.8", false },
        { CERTIFICATE_SAN_IP, "192.0.2.07", false },
        { CERTIFICATE_SAN_IP, "::ffff:192.0.2.7", false },
        { CERTIFICATE_SAN_IP, "client.example", false },
        { CERTIFICATE_SAN_EMAIL, "Some.One@example.COM", true },
        { CERTIFICATE_SAN_EMAIL, "some.one@example.com", false },
        { CERTIFICATE_SAN_EMAIL, "One@Example.com", false },
        { CERTIFICATE_SAN_EMAIL, "Some.One@Example.com.evil", false },
        { CERTIFICATE_SUBJECT_DN, "CN=client.example", false },
    };
    check_names(c, &read, asked, sizeof asked / sizeof asked[0]);
    read = read_one(c, rfc_8705(c));
    assert_false(certificate_has_name(c->arena, &read, CERTIFICATE_SAN_DNS, "mtls"));
}

/* A certificate for "client.example\0.evil.example" is not one for client.example. */
static void a_name_with_a_nul_inside_is_none(void **state)
{
    struct ctx *c = *state;
    struct bytes der = made(c, "CN=a", "DNS:client.example#.evil.example");
    uint8_t *changed = arena_copy(c->arena, der.at, der.n);
    static const char name[] = "client.example";
    uint8_t *at = memmem(changed, der.n, "client.example#", sizeof name);
    assert_non_null(at);
    at += sizeof name - 1;
    *at = '\0'; /* the signature is TLS's business */
    struct certificate read = read_one(c, (struct bytes){ changed, der.n });
    assert_false(certificate_has_name(c->arena, &read, CERTIFICATE_SAN_DNS, "client.example"));
    *at = 0xff;
    read = read_one(c, (struct bytes){ changed, der.n });
    assert_false(certificate_has_name(c->arena, &read, CERTIFICATE_SAN_DNS, "client.example"));
}

static void a_name_that_no_certificate_can_have_is_not_sound(void **state)
{
    struct ctx *c = *state;
    static const struct asked asked[] = {
        { CERTIFICATE_SUBJECT_DN, "CN=Zo\xc3\xab", true },
        { CERTIFICATE_SUBJECT_DN, "Zoe", false },
        { CERTIFICATE_SUBJECT_DN, "CN=a\n", false },
        { CERTIFICATE_SUBJECT_DN, "", false },
        { CERTIFICATE_SAN_DNS, "a.example", true },
        { CERTIFICATE_SAN_DNS, "*.example", false },
        { CERTIFICATE_SAN_DNS, "\xc3\xab.example", false },
        { CERTIFICATE_SAN_DNS, "", false },
        { CERTIFICATE_SAN_URI, "urn:a", true },
        { CERTIFICATE_SAN_URI, "a", false },
        { CERTIFICATE_SAN_IP, "::1", true },
        { CERTIFICATE_SAN_IP, "127.1", false },
        { CERTIFICATE_SAN_IP, "1.2.3.4/8", false },
        { CERTIFICATE_SAN_IP, "[::1]", false },
        { CERTIFICATE_SAN_EMAIL, "a@b", true },
        { CERTIFICATE_SAN_EMAIL, "a", false },
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_int_equal(certificate_name_is_sound(c->arena, asked[i].kind, asked[i].name),
                         asked[i].has);
    char name[CERTIFICATE_NAME_MAX + 2];
    memset(name, 'a', sizeof name);
    name[CERTIFICATE_NAME_MAX] = '\0';
    assert_true(certificate_name_is_sound(c->arena, CERTIFICATE_SAN_DNS, name));
    name[CERTIFICATE_NAME_MAX] = 'a';
    name[CERTIFICATE_NAME_MAX + 1] = '\0';
    assert_false(certificate_name_is_sound(c->arena, CERTIFICATE_SAN_DNS, name));
}

/* Of a kind that OpenSSL does not know: the last byte of id-ecPublicKey is another. */
static void a_certificate_with_a_key_of_an_unknown_kind_is_refused(void **state)
{
    struct ctx *c = *state;
    static const uint8_t kind[] = { 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };
    struct certificate read;
    struct bytes der = made(c, "CN=mtls", NULL);
    assert_int_equal(certificate_read(c, c->arena, der, &read).code, ERR_OK);
    uint8_t *changed = arena_copy(c->arena, der.at, der.n);
    size_t at = 0;
    while (memcmp(changed + at, kind, sizeof kind) != 0)
        assert_true(++at + sizeof kind < der.n);
    changed[at + sizeof kind - 1] = 0x7F;
    assert_int_equal(certificate_read(c, c->arena, (struct bytes){ changed, der.n }, &read).code,
                     ERR_INVALID_REQUEST);
}

static bool registered_in(struct ctx *c, const struct certificate *read, const char *jwks)
{
    bool registered = false;
    assert_int_equal(certificate_is_registered(c, read, bytes_of(jwks), &registered).code, ERR_OK);
    return registered;
}

/* RFC 8705 2.2.2 */
static void a_certificate_is_registered_in_a_set_of_keys(void **state)
{
    struct ctx *c = *state;
    struct certificate read = read_one(c, rfc_8705(c)),
                       other = read_one(c, made(c, "CN=mtls", NULL));
    const char *mine = base64_encode(c->arena, read.der, true);
    const char *set =
        text_printf(c->arena,
                    "{\"keys\":[7,{\"kty\":\"EC\"},{\"x5c\":[]},{\"x5c\":\"%s\"},"
                    "{\"x5c\":[7]},{\"kty\":\"EC\",\"x5c\":[\"%s\",\"AAAA\"],\"x\":[{}]}]}",
                    mine, mine);
    assert_true(registered_in(c, &read, set));
    assert_false(registered_in(c, &other, set));
    assert_false(registered_in(c, &read, "{\"keys\":[]}"));
    assert_false(registered_in(
        c, &read, text_printf(c->arena, "{\"keys\":[{\"x5c\":[\"AAAA\",\"%s\"]}]}", mine)));
    assert_false(
        registered_in(c, &read, text_printf(c->arena, "{\"keys\":[{\"x5c\":[\"%s=\"]}]}", mine)));
    /* What is registered has to be the key that stands beside it. */
    size_t n = 0;
    const char *odd = text_printf(c->arena,
                                  "{\"keys\":[{\"kty\":\"EC\"},{\"kty\":\"EC\","
                                  "\"crv\":\"P-256\",\"x5c\":[\"%s\"]}]}",
                                  mine);
    assert_int_equal(certificates_registered(c, bytes_of(odd), &n).code, ERR_INVALID_REQUEST);
    assert_int_equal(certificates_registered(c, bytes_of("{\"keys\":[{\"kty\":\"EC\"}]}"), &n).code,
                     ERR_OK);
    assert_int_equal(n, 0);
    bool registered = false;
    assert_int_equal(certificate_is_registered(c, &read, bytes_of("[]"), &registered).code,
                     ERR_INVALID_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(the_thumbprint_of_the_standard_is_found),
        CRYPTO_TEST(a_certificate_is_one_and_in_der),
        CRYPTO_TEST(a_certificate_has_a_bounded_length),
        CRYPTO_TEST(a_weak_key_is_refused),
        CRYPTO_TEST(the_field_of_a_proxy_is_base64_between_colons),
        CRYPTO_TEST(the_chain_of_a_proxy_is_a_list_of_the_same),
        CRYPTO_TEST(a_certificate_is_valid_from_its_first_second_to_its_last),
        CRYPTO_TEST(a_client_is_known_by_its_subject),
        CRYPTO_TEST(a_client_is_known_by_one_of_its_other_names),
        CRYPTO_TEST(a_name_with_a_nul_inside_is_none),
        CRYPTO_TEST(a_name_that_no_certificate_can_have_is_not_sound),
        CRYPTO_TEST(a_certificate_with_a_key_of_an_unknown_kind_is_refused),
        CRYPTO_TEST(a_certificate_is_registered_in_a_set_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
