/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys with their certificates: which files are taken, and what a signer says of itself. */
#include "crypto/certificate_key.h"

#include "base/codec.h"
#include "certificate_testing.h"
#include "crypto/jws.h"
#include "crypto/jws_parts.h"

#include <openssl/pkcs12.h>
#include <sys/stat.h>

static struct made_certificate make(struct ctx *c, const char *subject,
                                    const struct made_certificate *issuer)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    ARENA_OWN(c->arena, EVP_PKEY, EVP_PKEY_free, key);
    const struct certificate_plan plan = {
        .subject = subject, .issuer = issuer, .key = key, .from = c->now - 10, .to = c->now + 1000
    };
    return certificate_make(c->arena, &plan);
}

static struct bytes taken(struct ctx *c, BIO *out)
{
    char *at = NULL;
    long n = BIO_get_mem_data(out, &at);
    struct bytes in = { arena_copy(c->arena, at, (size_t)n), (size_t)n };
    (void)BIO_free(out);
    return in;
}

/* The authority's certificate stands before the own one, and the key last. */
static struct bytes pem(struct ctx *c, const struct made_certificate *own,
                        const struct made_certificate *above, const char *passphrase)
{
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(out, above->x509), 1);
    if (own->x509 != above->x509)
        assert_int_equal(PEM_write_bio_X509(out, own->x509), 1);
    assert_int_equal(
        PEM_write_bio_PrivateKey(out, own->key, passphrase == NULL ? NULL : EVP_aes_256_cbc(),
                                 (const unsigned char *)passphrase,
                                 passphrase == NULL ? 0 : (int)strlen(passphrase), NULL, NULL),
        1);
    return taken(c, out);
}

static struct bytes pkcs12(struct ctx *c, const struct made_certificate *own,
                           const char *passphrase)
{
    PKCS12 *file = PKCS12_create(passphrase, "us", own->key, own->x509, NULL, 0, 0, 0, 0, 0);
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS12_bio(out, file), 1);
    PKCS12_free(file);
    return taken(c, out);
}

static enum err_code parse(struct ctx *c, struct bytes in, const char *passphrase,
                           struct certificate_key *out)
{
    fault_clear(c);
    return certificate_key_parse(c, c->arena, in, passphrase, ALG_PS256, out).code;
}

static void the_certificate_of_the_key_comes_first(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct made_certificate above = make(c, "CN=above", NULL);
    struct made_certificate own = make(c, "CN=us", &above);
    assert_int_equal(parse(c, pem(c, &own, &above, NULL), NULL, &got), ERR_OK);
    assert_int_equal(got.x5c.n, 2);
    assert_string_equal(got.own.subject, "CN=us");
    assert_string_equal(got.own.thumbprint, certificate_thumbprint(c->arena, own.der));
    assert_string_equal(got.x5c.at[0], base64_encode(c->arena, own.der, true));
    assert_string_equal(got.x5c.at[1], base64_encode(c->arena, above.der, true));
}

/* 6.1 "cert parsing", 6.4 test_certificate_credential: as other programs write it.  What stands
 * outside of the tags is no part of it; without tags there is nothing to tell a key by. */
static void pem_is_read_as_others_write_it(void **state)
{
    static const char attributes[] = "Bag Attributes\n    localKeyID: 01 02\n    friendlyName: us\n"
                                     "subject=CN = us\nissuer=CN = above\n";
    struct ctx *c = *state;
    struct arena *a = c->arena;
    struct made_certificate above = make(c, "CN=above", NULL);
    struct made_certificate own = make(c, "CN=us", &above);
    struct bytes plain = pem(c, &own, &above, NULL);
    const char *text = text_copy(a, (const char *)plain.at, plain.n);
    struct text_buffer lines = text_buffer(a);
    struct text_buffer bags = text_buffer(a);
    struct text_buffer bare = text_buffer(a);
    struct texts each = text_split(a, text, '\n');
    for (size_t i = 0; i < each.n; i++) {
        bool tag = text_starts(each.at[i], "-----");
        text_addf(&lines, "%s\r\n", each.at[i]);
        text_addf(&bags, "%s%s\n", text_starts(each.at[i], "-----BEGIN") ? attributes : "",
                  each.at[i]);
        text_addf(&bare, "%s%s", tag ? "" : each.at[i], tag ? "" : "\n");
    }
    const char *const good[] = { text, text_of(&lines), text_of(&bags),
                                 text_printf(a, "\n\n# ours\n%s\n\n", text) };
    struct certificate_key got = { 0 };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        got = (struct certificate_key){ 0 };
        assert_int_equal(parse(c, bytes_of(good[i]), NULL, &got), ERR_OK);
        assert_int_equal(got.x5c.n, 2);
        assert_string_equal(got.x5c.at[0], base64_encode(a, own.der, true));
        assert_null(strpbrk(got.x5c.at[0], "\r\n"));
    }
    assert_int_equal(parse(c, bytes_of(text_of(&bare)), NULL, &got), ERR_INVALID_REQUEST);
    assert_non_null(strstr(c->fault.text, "no private key in PEM"));
}

/* PKCS#12 with its chain, and one that lacks a half. */
static void pkcs12_is_read_with_its_chain(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct made_certificate above = make(c, "CN=above", NULL);
    struct made_certificate own = make(c, "CN=us", &above);
    STACK_OF(X509) *chain = sk_X509_new_null();
    assert_int_equal(sk_X509_push(chain, above.x509), 1);
    const struct {
        EVP_PKEY *key;
        X509 *x509;
        enum err_code due;
    } rows[] = { { own.key, own.x509, ERR_OK },
                 { NULL, own.x509, ERR_INVALID_REQUEST },
                 { own.key, NULL, ERR_INVALID_REQUEST } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        PKCS12 *file = PKCS12_create("p", "us", rows[i].key, rows[i].x509, chain, 0, 0, 0, 0, 0);
        BIO *out = BIO_new(BIO_s_mem());
        assert_int_equal(i2d_PKCS12_bio(out, file), 1);
        PKCS12_free(file);
        struct bytes in = taken(c, out);
        assert_int_equal(parse(c, in, "p", &got), rows[i].due);
        in.n -= 20;
        if (rows[i].due == ERR_OK) {
            assert_int_equal(got.x5c.n, 2);
            assert_string_equal(got.own.subject, "CN=us");
            assert_int_equal(parse(c, in, "p", &got), ERR_INVALID_REQUEST);
        }
    }
    sk_X509_free(chain);
}

static void a_passphrase_opens_both_kinds_of_file(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct made_certificate own = make(c, "CN=us", NULL);
    struct bytes files[] = { pem(c, &own, &own, "p-1"), pkcs12(c, &own, "p-1") };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parse(c, files[i], "p-1", &got), ERR_OK);
        assert_string_equal(got.own.subject, "CN=us");
        assert_int_equal(parse(c, files[i], "p-2", &got), ERR_INVALID_REQUEST);
        assert_int_equal(parse(c, files[i], NULL, &got), ERR_INVALID_REQUEST);
    }
}

static void what_is_not_a_pair_is_refused(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct made_certificate own = make(c, "CN=us", NULL);
    struct made_certificate other = make(c, "CN=other", NULL);
    struct made_certificate mixed = { other.x509, own.key, other.der };
    assert_int_equal(parse(c, pem(c, &mixed, &other, NULL), NULL, &got), ERR_INVALID_REQUEST);
    assert_non_null(strstr(c->fault.text, "no certificate of the private key"));
    assert_int_equal(parse(c, bytes_of("no PEM"), NULL, &got), ERR_INVALID_REQUEST);
    assert_int_equal(parse(c, (struct bytes){ 0 }, NULL, &got), ERR_INVALID_REQUEST);
    struct bytes good = pem(c, &own, &own, NULL);
    fault_clear(c);
    assert_int_equal(certificate_key_parse(c, c->arena, good, NULL, ALG_ES256, &got).code,
                     ERR_INVALID_REQUEST);
}

/* Entra ID knows a key by its certificate and by nothing else: no kid. */
static void a_header_names_the_certificate(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct jws_parts parts;
    struct bytes header;
    const char *token = NULL;
    struct made_certificate own = make(c, "CN=us", NULL);
    assert_int_equal(parse(c, pem(c, &own, &own, NULL), NULL, &got), ERR_OK);
    const struct jws_head head = { .typ = "JWT", .x5t_s256 = got.own.thumbprint, .x5c = got.x5c };
    assert_int_equal(jws_sign_head(c, got.key, &head, bytes_of("{}"), &token).code, ERR_OK);
    assert_true(jws_split(token, 1 << 16, &parts));
    assert_true(base64url_decode(c->arena, parts.header, &header));
    const char *due = text_printf(
        c->arena, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"%s\",\"x5c\":[\"%s\"]}",
        got.own.thumbprint, got.x5c.at[0]);
    assert_string_equal(text_copy(c->arena, (const char *)header.at, header.n), due);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    struct ctx *c = *state;
    struct certificate_key got = { 0 };
    struct made_certificate own = make(c, "CN=us", NULL);
    struct bytes in = pem(c, &own, &own, NULL);
    char path[] = "/tmp/uauth-pair-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, in.at, in.n), in.n);
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(certificate_key_read(c, c->arena, path, NULL, ALG_PS256, &got).code,
                     ERR_INVALID_REQUEST);
    assert_non_null(strstr(c->fault.text, "chmod 600"));
    fault_clear(c);
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(certificate_key_read(c, c->arena, path, NULL, ALG_PS256, &got).code, ERR_OK);
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_certificate_of_the_key_comes_first), TEST(a_passphrase_opens_both_kinds_of_file),
        TEST(pem_is_read_as_others_write_it),         TEST(a_passphrase_opens_both_kinds_of_file),
        TEST(pkcs12_is_read_with_its_chain),          TEST(a_passphrase_opens_both_kinds_of_file),
        TEST(what_is_not_a_pair_is_refused),          TEST(a_header_names_the_certificate),
        TEST(a_file_that_others_may_read_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
