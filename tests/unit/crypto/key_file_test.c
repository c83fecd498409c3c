/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret_file.h"

#include "jose_testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

/* A folder of its own with a key file in it. */
struct place {
    const char *folder, *file;
    const struct key *key;
};

static void write_key(const char *path, const struct key *key, bool public_only)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(public_only ? PEM_write_PUBKEY(file, key->pkey)
                                 : PEM_write_PrivateKey(file, key->pkey, NULL, NULL, 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static struct place make_place(struct ctx *c, enum jws_alg alg)
{
    char folder[] = "/tmp/uauth-key-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct place p = { .folder = text_copy(c->arena, folder, strlen(folder)),
                       .file = text_printf(c->arena, "%s/key.pem", folder),
                       .key = new_key(c, alg) };
    write_key(p.file, p.key, false);
    return p;
}

static void remove_place(const struct place *p)
{
    (void)chmod(p->folder, 0700);
    (void)unlink(p->file);
    assert_int_equal(rmdir(p->folder), 0);
}

static bool reads(struct ctx *c, const char *path, enum jws_alg alg)
{
    const struct key *key = NULL;
    err e = key_read_pem(c, c->arena, path, alg, &key);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_REQUEST);
    assert_true(e.code == ERR_OK || c->fault.text != NULL);
    fault_clear(c);
    return e.code == ERR_OK;
}

static void a_key_that_only_its_owner_reads_is_read(void **state)
{
    struct ctx *c = *state;
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        struct place p = make_place(c, algs[i]);
        const struct key *key = NULL;
        assert_int_equal(key_read_pem(c, c->arena, p.file, algs[i], &key).code, ERR_OK);
        assert_string_equal(key->kid, p.key->kid);
        assert_false(reads(c, p.file, algs[i] == ALG_ES256 ? ALG_ES384 : ALG_ES256));
        assert_int_equal(chmod(p.file, 0400), 0);
        assert_true(reads(c, p.file, algs[i]));
        remove_place(&p);
    }
}

/* CR-05: a key file that others may read or write, or exchange, is refused */
static void a_key_that_others_can_reach_is_refused(void **state)
{
    struct ctx *c = *state;
    struct place p = make_place(c, ALG_ES256);
    static const mode_t open_to_others[] = { 0644, 0640, 0620, 0604, 0602, 0660, 0666, 0610 };
    for (size_t i = 0; i < sizeof open_to_others / sizeof open_to_others[0]; i++) {
        assert_int_equal(chmod(p.file, open_to_others[i]), 0);
        assert_false(reads(c, p.file, ALG_ES256));
    }
    assert_int_equal(chmod(p.file, 0600), 0);
    assert_true(reads(c, p.file, ALG_ES256));
    assert_int_equal(chmod(p.folder, 0770), 0);
    assert_false(reads(c, p.file, ALG_ES256));
    assert_int_equal(chmod(p.folder, 0777), 0);
    assert_false(reads(c, p.file, ALG_ES256));
    assert_int_equal(chmod(p.folder, 0750), 0);
    assert_true(reads(c, p.file, ALG_ES256));
    remove_place(&p);
}

/* CR-05: a link, a folder, a pipe or a device is not a key file */
static void a_link_is_not_followed(void **state)
{
    struct ctx *c = *state;
    struct place p = make_place(c, ALG_ES256);
    const char *other = text_printf(c->arena, "%s/other", p.folder);
    assert_int_equal(symlink(p.file, other), 0);
    assert_false(reads(c, other, ALG_ES256));
    assert_int_equal(unlink(other), 0);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_false(reads(c, other, ALG_ES256));
    assert_int_equal(unlink(other), 0);
    assert_false(reads(c, other, ALG_ES256));
    assert_false(reads(c, p.folder, ALG_ES256));
    assert_false(reads(c, "/dev/zero", ALG_ES256));
    assert_false(reads(c, "", ALG_ES256));
    remove_place(&p);
}

/* CR-05: another user's file; only root can make one */
static void a_key_of_another_user_is_refused(void **state)
{
    struct ctx *c = *state;
    if (geteuid() != 0)
        skip();
    struct place p = make_place(c, ALG_ES256);
    assert_int_equal(chown(p.file, 12345, 12345), 0);
    assert_false(reads(c, p.file, ALG_ES256));
    assert_int_equal(chown(p.file, 0, 0), 0);
    assert_true(reads(c, p.file, ALG_ES256));
    assert_int_equal(chown(p.folder, 12345, 12345), 0);
    assert_false(reads(c, p.file, ALG_ES256));
    remove_place(&p);
}

static void write_text(const char *path, const char *text, size_t n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void what_is_not_a_private_key_is_refused(void **state)
{
    struct ctx *c = *state;
    struct place p = make_place(c, ALG_ES256);
    write_key(p.file, p.key, true);
    assert_false(reads(c, p.file, ALG_ES256));
    write_text(p.file, "hello", 5);
    assert_false(reads(c, p.file, ALG_ES256));
    write_text(p.file, "", 0);
    assert_false(reads(c, p.file, ALG_ES256));
    char *zeros = arena_alloc(c->arena, JWK_BYTES_MAX + 1);
    write_text(p.file, zeros, JWK_BYTES_MAX + 1);
    assert_false(reads(c, p.file, ALG_ES256));
    FILE *file = fopen(p.file, "w");
    assert_non_null(file);
    char passphrase[] = "passphrase";
    assert_int_equal(
        PEM_write_PrivateKey(file, p.key->pkey, EVP_aes_256_cbc(), NULL, 0, NULL, passphrase), 1);
    assert_int_equal(fclose(file), 0);
    assert_false(reads(c, p.file, ALG_ES256));
    remove_place(&p);
}

static void the_public_half_in_a_file_is_compared(void **state)
{
    struct ctx *c = *state;
    struct place p = make_place(c, ALG_ES256);
    bool matches = false;
    write_key(p.file, p.key, true);
    assert_int_equal(key_matches_pem(c, p.key, p.file, &matches).code, ERR_OK);
    assert_true(matches);
    assert_int_equal(key_matches_pem(c, new_key(c, ALG_ES256), p.file, &matches).code, ERR_OK);
    assert_false(matches);
    assert_int_equal(key_matches_pem(c, new_key(c, ALG_EDDSA), p.file, &matches).code, ERR_OK);
    assert_false(matches);
    write_text(p.file, "hello", 5);
    assert_int_equal(key_matches_pem(c, p.key, p.file, &matches).code, ERR_INVALID_REQUEST);
    assert_int_equal(key_matches_pem(c, p.key, p.folder, &matches).code, ERR_INVALID_REQUEST);
    remove_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_key_that_only_its_owner_reads_is_read),
        CRYPTO_TEST(a_key_that_others_can_reach_is_refused),
        CRYPTO_TEST(a_link_is_not_followed),
        CRYPTO_TEST(a_key_of_another_user_is_refused),
        CRYPTO_TEST(what_is_not_a_private_key_is_refused),
        CRYPTO_TEST(the_public_half_in_a_file_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
