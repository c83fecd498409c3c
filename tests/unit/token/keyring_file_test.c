/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a file, another algorithm, another master key. */
#include "token_testing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* A path in the folder of the world, which goes with it. */
static const char *path_of(struct world *w, const char *name)
{
    return text_printf(w->c->arena, "%s/%s", w->folder, name);
}

/* Writes a new private key of `alg`, and its public half beside it; returns its kid. */
static const char *write_key(struct world *w, const char *name, enum jws_alg alg, mode_t mode)
{
    struct ctx *c = w->c;
    const struct key *key = NULL;
    const char *path = path_of(w, name);
    OK(key_generate(c, c->arena, alg, RSA_BITS, &key));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(PEM_write_PrivateKey(file, key->pkey, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    file = fopen(text_printf(c->arena, "%s.pub", path), "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PUBKEY(file, key->pkey), 1);
    assert_int_equal(fclose(file), 0);
    return key->kid;
}

static void use_file(struct world *w, const char *name)
{
    settings(w->c)->jwt_private_key_path = path_of(w, name);
}

static void refuses_to_open(struct ctx *c, enum err_code code, const char *why)
{
    struct keyring *k = NULL;
    err e = keyring_open(c, c->arena, NULL, &k);
    assert_int_equal(e.code, code);
    assert_non_null(strstr(c->fault.text, why));
    fault_clear(c);
    assert_null(k);
}

static void the_key_of_the_file_signs(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *kid = write_key(w, "a.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    settings(c)->jwt_public_key_path = path_of(w, "a.pem.pub");
    struct keyring *k = open_keys(c);
    assert_string_equal(signer_of(c, k), kid);
    assert_string_equal(key_in(c, k, KEY_CURRENT)->kid, kid);
    /* The database does not get the private half. */
    assert_int_equal(counted(c, "SELECT count(*) FROM keys WHERE sealed_private IS NULL"), 1);
    keyring_close(k);
}

/* CR-05: a key file that others can read is no secret. */
static void a_file_that_others_can_read_is_refused(void **state)
{
    struct world *w = world_of(state);
    static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0602 };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        (void)write_key(w, "a.pem", ALG_ES256, modes[i]);
        use_file(w, "a.pem");
        refuses_to_open(w->c, ERR_INVALID_REQUEST, "a.pem");
    }
    assert_int_equal(counted(w->c, "SELECT count(*) FROM keys"), 0);
}

static void a_file_that_is_not_the_key_is_refused(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    use_file(w, "absent.pem");
    refuses_to_open(c, ERR_INVALID_REQUEST, "absent.pem");
    (void)write_key(w, "rsa.pem", ALG_RS256, 0600);
    use_file(w, "rsa.pem");
    refuses_to_open(c, ERR_INVALID_REQUEST, "ES256");
    (void)write_key(w, "a.pem", ALG_ES256, 0600);
    (void)write_key(w, "b.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    settings(c)->jwt_public_key_path = path_of(w, "b.pem.pub");
    refuses_to_open(c, ERR_INVALID_REQUEST, "is not the public half");
    assert_int_equal(counted(c, "SELECT count(*) FROM keys"), 0);
}

/* Decision 14: nothing rotates by itself or on demand. */
static void a_file_does_not_rotate(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *kid = write_key(w, "a.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    struct keyring *k = open_keys(c);
    c->now += 1000 * DAY;
    OK(keyring_refresh(c, k));
    assert_string_equal(signer_of(c, k), kid);
    assert_int_equal(infos_of(c, k).n, 1);
    REFUSED(keyring_rotate(c, k, false), CONFLICT);
    REFUSED(keyring_rotate(c, k, true), CONFLICT);
    keyring_close(k);
}

/* Further algorithms have no file: their keys are in the table, and rotate there. */
static void further_algorithms_rotate_beside_a_file(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *kid = write_key(w, "a.pem", ALG_ES256, 0600), *token = NULL;
    const struct keyring_use use = { .typ = "test", .alg = "EdDSA" };
    use_file(w, "a.pem");
    struct keyring *k = open_keys(c);
    c->now += DAY;
    settings(c)->jwt_more_algorithms = words(c, "EdDSA");
    OK(keyring_reload(c, k));
    REFUSED(keyring_sign_as(c, k, &use, "{}", &token), UNAVAILABLE);
    c->now = key_in(c, k, KEY_NEXT)->activates_at;
    OK(keyring_refresh(c, k));
    OK(keyring_sign_as(c, k, &use, "{}", &token));
    assert_int_equal(keyring_algs(c, k), ALG_ES256 | ALG_EDDSA);
    c->now += 90 * DAY - HOUR;
    OK(keyring_refresh(c, k));
    assert_string_equal(key_in(c, k, KEY_NEXT)->alg, "EdDSA");
    c->now += HOUR;
    OK(keyring_refresh(c, k));
    assert_string_equal(key_in(c, k, KEY_RETIRED)->alg, "EdDSA");
    assert_string_equal(signer_of(c, k), kid);
    keyring_close(k);
}

/* CR-11: the file before stays published until its tokens have expired; a file that changed is
 * taken up when that is asked for, and not before. */
static void a_new_file_is_taken_up_when_asked(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *first = write_key(w, "a.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    struct keyring *k = open_keys(c);
    c->keys = k;
    struct grant_facts facts = some_facts(c);
    const char *old = a_token(c, &facts);
    const char *second = write_key(w, "a.pem", ALG_ES256, 0600);
    OK(keyring_refresh(c, k));
    assert_string_equal(signer_of(c, k), first);
    OK(keyring_reload(c, k));
    assert_string_equal(signer_of(c, k), second);
    assert_true(is_live(c, old));
    const struct key_info *retired = key_in(c, k, KEY_RETIRED);
    assert_string_equal(retired->kid, first);
    assert_int_equal(retired->expires_at, c->now + HOUR + 15 * MINUTE + KEYRING_LINGER_SECONDS);
    assert_int_equal(chmod(path_of(w, "a.pem"), 0644), 0);
    REFUSED(keyring_reload(c, k), INVALID_REQUEST);
    assert_string_equal(signer_of(c, k), second);
    c->now = retired->expires_at;
    OK(keyring_refresh(c, k));
    assert_false(is_published(c, k, first));
    keyring_close(k);
}

/* A node that still has the old file signs with it as long as others take that. */
static void a_node_with_an_old_file_signs_while_it_is_published(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *first = write_key(w, "a.pem", ALG_ES256, 0600), *token = NULL;
    (void)write_key(w, "b.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    struct node b = node_beside(w, c);
    node_start(&b);
    use_file(w, "b.pem");
    struct keyring *k = open_keys(c);
    refresh(&b);
    assert_string_equal(signer_of(b.c, b.keys), first);
    b.c->now = key_in(c, k, KEY_RETIRED)->expires_at;
    refresh(&b);
    refuses(b.c, keyring_sign(b.c, b.keys, "test", "{}", &token), ERR_UNAVAILABLE);
    assert_int_equal(keyring_public(b.c, b.keys)->n, 1);
    node_end(&b);
    keyring_close(k);
}

/* One key, one algorithm (RFC 8725 3.1). */
static void one_key_is_not_used_with_two_algorithms(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    (void)write_key(w, "a.pem", ALG_RS256, 0600);
    use_file(w, "a.pem");
    settings(c)->jwt_algorithm = ALGORITHM_RS256;
    struct keyring *k = open_keys(c);
    keyring_close(k);
    settings(c)->jwt_algorithm = ALGORITHM_PS256;
    refuses_to_open(c, ERR_INVALID_REQUEST, "another algorithm");
}

static void from_a_file_to_keys_of_our_own_and_back(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *kid = write_key(w, "a.pem", ALG_ES256, 0600);
    use_file(w, "a.pem");
    struct keyring *k = open_keys(c);
    settings(c)->jwt_private_key_path = "";
    OK(keyring_reload(c, k));
    assert_string_not_equal(signer_of(c, k), kid);
    assert_true(is_published(c, k, kid));
    use_file(w, "a.pem");
    OK(keyring_reload(c, k));
    assert_string_equal(signer_of(c, k), kid);
    assert_int_equal(infos_of(c, k).n, 2);
    keyring_close(k);
}

/* ---- another algorithm ---- */

/* CR-11: the new algorithm's key is published before it signs too, and the old one's tokens stay
 * good. */
static void another_algorithm_begins_with_a_published_key(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    c->keys = k;
    struct grant_facts facts = some_facts(c);
    const char *old = signer_of(c, k), *token = a_token(c, &facts);
    settings(c)->jwt_algorithm = ALGORITHM_EDDSA;
    OK(keyring_reload(c, k));
    assert_string_equal(signer_of(c, k), old);
    assert_string_equal(key_in(c, k, KEY_NEXT)->alg, "EdDSA");
    c->now += HOUR;
    OK(keyring_refresh(c, k));
    assert_string_not_equal(signer_of(c, k), old);
    assert_true(is_published(c, k, old));
    c->now -= HOUR;
    assert_true(is_live(c, token));
    /* Nobody is configured for it any more: a day after its rotation was due it retires. */
    c->now += 91 * DAY;
    OK(keyring_refresh(c, k));
    assert_true(is_published(c, k, old));
    c->now += HOUR;
    OK(keyring_refresh(c, k));
    assert_false(is_published(c, k, old));
    keyring_close(k);
}

/* Two nodes of two settings do not drive each other round in circles. */
static void nodes_of_two_algorithms_get_along(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    struct node a = node_beside(w, c);
    node_start(&a);
    settings(c)->jwt_algorithm = ALGORITHM_EDDSA;
    struct node b = node_beside(w, c);
    node_start(&b);
    for (int hour = 0; hour < 200 * 24; hour += 6) {
        a.c->now = b.c->now = c->now + (int64_t)hour * HOUR;
        struct arena_mark mark_a = arena_mark(a.c->arena), mark_b = arena_mark(b.c->arena);
        refresh(&a);
        refresh(&b);
        arena_rewind(a.c->arena, mark_a);
        arena_rewind(b.c->arena, mark_b);
        assert_true(counted(c, "SELECT count(*) FROM keys") <= 4);
    }
    assert_int_equal(counted(c, "SELECT count(*) FROM keys WHERE state = 'current'"), 2);
    node_end(&b);
    node_end(&a);
}

/* ---- another master key ---- */

/* CR-17: with another master key nothing starts, and nothing is written. */
static void another_master_key_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    const char *kid = signer_of(c, k);
    keyring_close(k);
    c->seal = seal_of(c, MASTER2);
    refuses_to_open(c, ERR_UNAVAILABLE, "master key");
    assert_int_equal(counted(c, "SELECT count(*) FROM keys"), 1);
    c->seal = seal_of(c, MASTER);
    k = open_keys(c);
    assert_string_equal(signer_of(c, k), kid);
    keyring_close(k);
}

/* CR-10: the sealed half of one key does not open in the row of another. */
static void a_private_half_in_another_row_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct keyring *k = open_keys(c);
    OK(keyring_rotate(c, k, false));
    OK(db_run(c,
              "UPDATE keys\n"
              "SET sealed_private = (SELECT o.sealed_private FROM keys o WHERE o.kid <> keys.kid)\n"
              "WHERE state = 'current'",
              NULL, 0, NULL));
    keyring_close(k);
    refuses_to_open(c, ERR_UNAVAILABLE, "cannot be opened");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(the_key_of_the_file_signs),
        BARE_TEST(a_file_that_others_can_read_is_refused),
        BARE_TEST(a_file_that_is_not_the_key_is_refused),
        BARE_TEST(a_file_does_not_rotate),
        BARE_TEST(further_algorithms_rotate_beside_a_file),
        BARE_TEST(a_new_file_is_taken_up_when_asked),
        BARE_TEST(a_node_with_an_old_file_signs_while_it_is_published),
        BARE_TEST(one_key_is_not_used_with_two_algorithms),
        BARE_TEST(from_a_file_to_keys_of_our_own_and_back),
        BARE_TEST(another_algorithm_begins_with_a_published_key),
        BARE_TEST(nodes_of_two_algorithms_get_along),
        BARE_TEST(another_master_key_is_refused),
        BARE_TEST(a_private_half_in_another_row_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
