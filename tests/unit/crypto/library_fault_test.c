/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call of OpenSSL that an operation makes fails once, the first, the second and so on, with
 * each answer that it has for a failure: the operation fails as it says it does, and hands out
 * nothing.
 */
#include "library_faults.h"
#include "password_testing.h"

#include "base/json_writer.h"
#include "base/random.h"
#include "crypto/jwe.h"
#include "crypto/key.h"
#include "crypto/password_imported.h"
#include "crypto/seal.h"
#include "crypto/signature.h"

#include <openssl/err.h>

enum outcome { WORKED, REFUSED };

struct trial {
    struct ctx *c;
    enum jws_alg alg;
    const struct key *key;
    struct bytes text, signature;
    const char *stored;
    struct jwe_plan plan;
    struct jwe_policy policy;
};
typedef enum outcome operation(struct trial *t);

static enum outcome refused(struct trial *t, err e, bool gave_nothing)
{
    assert_true(gave_nothing);
    assert_int_equal(e.code, t->c->fault.code);
    fault_clear(t->c);
    return REFUSED;
}

/* It works, and with any of its calls failing it does not. */
static void every_failure_is_one(struct trial *t, operation *does)
{
    static const int answers[] = { 0, -1, -2 };
    faults.failing = 0;
    assert_int_equal(does(t), WORKED);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        size_t n = 1;
        for (;; n++) {
            faults = (struct faults){ .failing = n, .answer = answers[i] };
            enum outcome was = does(t);
            if (faults.calls < n)
                break;
            if (was != REFUSED)
                fail_msg("it works although call %zu, %s, answers %d", n, faults.name, answers[i]);
        }
        assert_true(n > 1);
    }
    faults.failing = 0;
    assert_int_equal(does(t), WORKED);
    ERR_clear_error();
}

static const struct key *new_key(struct ctx *c, enum jws_alg alg)
{
    const struct key *key = NULL;
    assert_int_equal(key_generate(c, c->arena, alg, RSA_BITS, &key).code, ERR_OK);
    return key;
}

static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
enum { ALGS = sizeof algs / sizeof algs[0] };

/* ---- sealing ---- */

static enum outcome seals(struct trial *t)
{
    const char *sealed = NULL;
    err e = seal_bytes(t->c, "test", "row", t->text, &sealed);
    if (e.code != ERR_OK)
        return refused(t, e, sealed == NULL);
    t->stored = sealed;
    return WORKED;
}

static enum outcome opens(struct trial *t)
{
    struct bytes plain = { 0 };
    err e = seal_open(t->c, "test", "row", t->stored, &plain);
    if (e.code != ERR_OK)
        return refused(t, e, plain.at == NULL);
    assert_int_equal(plain.n, t->text.n);
    assert_memory_equal(plain.at, t->text.at, plain.n);
    return WORKED;
}

static enum outcome makes_seal(struct trial *t)
{
    struct seal *seal = NULL;
    err e = seal_new(t->c, t->c->arena, &t->text, 1, &seal);
    return e.code == ERR_OK ? WORKED : refused(t, e, seal == NULL);
}

/* ME-02 */
static void what_cannot_be_sealed_or_opened_is_not(void **state)
{
    struct ctx *c = *state;
    uint8_t master[SEAL_MASTER_BYTES];
    struct seal *seal = NULL;
    struct trial t = { .c = c, .text = bytes_of("a secret") };
    random_fill(c->random, master, sizeof master);
    assert_int_equal(seal_new(c, c->arena, &(struct bytes){ master, sizeof master }, 1, &seal).code,
                     ERR_OK);
    c->seal = seal;
    every_failure_is_one(&t, seals);
    every_failure_is_one(&t, opens);
    t.text = (struct bytes){ master, sizeof master };
    every_failure_is_one(&t, makes_seal);
}

/* ---- signatures ---- */

static enum outcome signs(struct trial *t)
{
    struct bytes signature = { 0 };
    err e = signature_make(t->c, t->key, t->alg, t->text, &signature);
    if (e.code != ERR_OK)
        return refused(t, e, signature.at == NULL);
    t->signature = signature;
    return WORKED;
}

static enum outcome accepts(struct trial *t)
{
    return signature_holds(t->key, t->alg, t->text, t->signature) ? WORKED : REFUSED;
}

/* Nothing but that one yes makes a wrong signature right: neither another call's, nor an answer
 * that is none. */
static void assert_never_right(struct trial *t)
{
    t->text = bytes_of("another text");
    for (int answer = -2; answer <= 2; answer++)
        for (size_t n = 1; n < 8; n++) {
            faults = (struct faults){ .failing = n, .answer = answer };
            enum outcome was = accepts(t);
            bool is_yes =
                answer == 1 && faults.name != NULL && text_equal(faults.name, "EVP_DigestVerify");
            assert_int_equal(was, is_yes ? WORKED : REFUSED);
        }
    faults.failing = 0;
}

/* ME-02 */
static void what_cannot_be_signed_or_checked_is_not(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS; i++) {
        struct trial t = {
            .c = c, .alg = algs[i], .key = new_key(c, algs[i]), .text = bytes_of("a text")
        };
        every_failure_is_one(&t, signs);
        every_failure_is_one(&t, accepts);
        assert_never_right(&t);
    }
}

/* ---- keys ---- */

static enum outcome reads_jwk(struct trial *t)
{
    const struct key *key = NULL;
    err e = key_read_jwk(t->c, t->c->arena, bytes_of(t->stored), true, &key);
    return e.code == ERR_OK ? WORKED : refused(t, e, key == NULL);
}

static enum outcome writes_private(struct trial *t)
{
    struct bytes der = { 0 };
    err e = key_to_private(t->c, t->key, &der);
    if (e.code != ERR_OK)
        return refused(t, e, der.at == NULL);
    t->text = der;
    return WORKED;
}

static enum outcome reads_private(struct trial *t)
{
    const struct key *key = NULL;
    err e = key_from_private(t->c, t->c->arena, t->text, t->alg, &key);
    return e.code == ERR_OK ? WORKED : refused(t, e, key == NULL);
}

static enum outcome makes_key(struct trial *t)
{
    const struct key *key = NULL;
    err e = key_generate(t->c, t->c->arena, t->alg, RSA_BITS, &key);
    return e.code == ERR_OK ? WORKED : refused(t, e, key == NULL);
}

/* ME-02 */
static void a_key_that_cannot_be_made_or_read_is_none(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < ALGS; i++) {
        struct trial t = { .c = c, .alg = algs[i], .key = new_key(c, algs[i]) };
        struct json_writer w = json_writer(c->arena);
        key_write_private_jwk(&w, t.key);
        t.stored = json_written(&w);
        every_failure_is_one(&t, reads_jwk);
        every_failure_is_one(&t, writes_private);
        every_failure_is_one(&t, reads_private);
        if (t.alg != ALG_RS256 && t.alg != ALG_PS256) /* each takes a second */
            every_failure_is_one(&t, makes_key);
    }
}

/* ---- encryption ---- */

static enum outcome encrypts(struct trial *t)
{
    const char *token = NULL;
    err e = jwe_encrypt(t->c, &t->plan, t->text, &token);
    if (e.code != ERR_OK)
        return refused(t, e, token == NULL);
    t->stored = token;
    return WORKED;
}

static enum outcome decrypts(struct trial *t)
{
    struct jwe out = { 0 };
    err e = jwe_decrypt(t->c, t->stored, &t->policy, &out);
    if (e.code != ERR_OK)
        return refused(t, e, out.plain.n == 0);
    assert_int_equal(out.plain.n, t->text.n);
    assert_memory_equal(out.plain.at, t->text.at, out.plain.n);
    return WORKED;
}

/* ME-02 */
static void what_cannot_be_encrypted_or_decrypted_is_not(void **state)
{
    struct ctx *c = *state;
    static const enum jwe_alg ways[] = { JWE_RSA_OAEP_256, JWE_ECDH_ES, JWE_ECDH_ES_A256KW };
    static const enum jwe_enc contents[] = { JWE_A256GCM, JWE_A128CBC_HS256 };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct encryption_key *key = NULL;
        assert_int_equal(encryption_key_generate(c, c->arena, ways[i], &key).code, ERR_OK);
        const struct encryption_keys keys = { &key, 1, 0 };
        for (size_t k = 0; k < sizeof contents / sizeof contents[0]; k++) {
            struct trial t = { .c = c,
                               .text = bytes_of("a text"),
                               .plan = { .key = key, .alg = ways[i], .enc = contents[k] },
                               .policy = { .algs = JWE_ALGS, .encs = JWE_ENCS, .keys = &keys } };
            every_failure_is_one(&t, encrypts);
            every_failure_is_one(&t, decrypts);
        }
    }
}

/* ---- passwords of others ---- */

static enum outcome matches_imported(struct trial *t)
{
    struct stored_password stored;
    bool right = false;
    assert_null(stored_password_read(t->c->arena, t->stored, 1024, &stored));
    err e = password_imported_matches(t->c, &stored, PASSWORD, &right);
    if (e.code == ERR_OK)
        return right ? WORKED : REFUSED;
    assert_int_equal(e.code, ERR_UNAVAILABLE);
    return refused(t, e, !right);
}

static enum outcome lets_in(struct trial *t)
{
    bool right = false;
    const char *rehash = NULL;
    err e = password_verify(t->c, t->stored, PASSWORD, &right, &rehash);
    if (e.code == ERR_OK)
        return right ? WORKED : REFUSED;
    assert_int_equal(e.code, ERR_UNAVAILABLE);
    assert_int_equal(hash_gate_look(t->c->hashes).busy, 0);
    return refused(t, e, !right && rehash == NULL);
}

/* ME-02, ME-12 */
static void a_password_that_cannot_be_computed_is_not_right(void **state)
{
    static const char *const stored[] = {
        "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$7Togq5OXQlUWSEAykUYACMCUWj154AzyPRh0IVcpP1U",
        "$pbkdf2-sha256$i=1000$yMnKy8zNzs/Q0dLT1NXW1w$Nz/UQ8SxfwQiUKWX8iOKanuxJsXoPmpRy3TUEQvr2No",
    };
    struct ctx *c = *state;
    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
        struct trial t = { .c = c, .stored = stored[i] };
        every_failure_is_one(&t, matches_imported);
        every_failure_is_one(&t, lets_in);
    }
}

static int set_up_random(void **state)
{
    assert_int_equal(set_up(state), 0);
    struct ctx *c = *state;
    arena_end(c->arena);
    c->arena = arena_new(64 << 20);
    return make_cheap(c);
}
#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_random, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_TEST(what_cannot_be_sealed_or_opened_is_not),
        FAULT_TEST(what_cannot_be_signed_or_checked_is_not),
        FAULT_TEST(a_key_that_cannot_be_made_or_read_is_none),
        FAULT_TEST(what_cannot_be_encrypted_or_decrypted_is_not),
        FAULT_TEST(a_password_that_cannot_be_computed_is_not_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
