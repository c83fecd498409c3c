/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/seal.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "vectors.h"

#define EMPTY ((struct bytes){ NULL, 0 })

enum { SALT_BYTES = 32, TAG_BYTES = 16 };

static struct bytes master(struct ctx *c, uint8_t first)
{
    uint8_t *key = arena_alloc(c->arena, SEAL_MASTER_BYTES);
    for (size_t i = 0; i < SEAL_MASTER_BYTES; i++)
        key[i] = (uint8_t)(first + i * 7);
    return (struct bytes){ key, SEAL_MASTER_BYTES };
}

/* The sealing keys made from the masters that begin with `firsts`. */
static struct seal *seal_of(struct ctx *c, const char *firsts)
{
    struct bytes masters[SEAL_MASTERS_MAX];
    size_t n = strlen(firsts);
    for (size_t i = 0; i < n; i++)
        masters[i] = master(c, (uint8_t)firsts[i]);
    struct seal *seal = NULL;
    assert_int_equal(seal_new(c, c->arena, masters, n, &seal).code, ERR_OK);
    return seal;
}

static const char *sealed(struct ctx *c, const char *purpose, const char *row, const char *plain)
{
    const char *out = NULL;
    assert_int_equal(seal_bytes(c, purpose, row, bytes_of(plain), &out).code, ERR_OK);
    return out;
}

static bool opens(struct ctx *c, const char *purpose, const char *row, const char *text)
{
    struct bytes plain = { 0 };
    err e = seal_open(c, purpose, row, text, &plain);
    fault_clear(c);
    return e.code == ERR_OK;
}

/* Salt, ciphertext and tag of a sealed text, behind "v1.", 8 digits and ".". */
static struct bytes inside(struct ctx *c, const char *text)
{
    struct bytes all = { NULL, 0 };
    assert_true(base64url_decode(c->arena, bytes_of(text + 12), &all));
    return all;
}

static void what_was_sealed_opens_to_the_same(void **state)
{
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    for (size_t n = 0; n < 300; n += n < 40 ? 1 : 37) {
        uint8_t *in = arena_alloc(c->arena, n);
        random_fill(c->random, in, n);
        const char *text = NULL;
        struct bytes out = { 0 };
        assert_int_equal(seal_bytes(c, "p", "row", (struct bytes){ in, n }, &text).code, ERR_OK);
        assert_int_equal(seal_open(c, "p", "row", text, &out).code, ERR_OK);
        assert_true(ct_equal(out, (struct bytes){ in, n }));
    }
    const char *text = NULL;
    struct bytes out = { 0 };
    assert_int_equal(seal_bytes(c, "p", "row", EMPTY, &text).code, ERR_OK);
    assert_int_equal(seal_open(c, "p", "row", text, &out).code, ERR_OK);
    assert_int_equal(out.n, 0);
}

/* CR-10, SS-12: a sealed value does not open in another row, column or user */
static void a_moved_value_does_not_open(void **state)
{
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    const char *text = sealed(c, "totp secret", "user 1", "secret");
    assert_true(opens(c, "totp secret", "user 1", text));
    assert_false(opens(c, "totp secret", "user 2", text));
    assert_false(opens(c, "signing key", "user 1", text));
    assert_false(opens(c, "totp secret", "", text));
    /* IN-12: the border between purpose and row counts */
    assert_false(opens(c, "totp secretu", "ser 1", text));
    assert_false(opens(c, "totp ", "secretuser 1", text));
}

static void a_changed_value_does_not_open(void **state)
{
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    const char *text = sealed(c, "p", "row", "secret");
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        char *changed = arena_copy(c->arena, text, n + 1);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(opens(c, "p", "row", changed));
        changed[i] = '\0';
        assert_false(opens(c, "p", "row", changed));
    }
    assert_false(opens(c, "p", "row", text_printf(c->arena, "%sA", text)));
    assert_false(opens(c, "p", "row", text_printf(c->arena, "%s=", text)));
    assert_false(opens(c, "p", "row", ""));
    assert_false(opens(c, "p", "row", "v1."));
    assert_false(opens(c, "p", "row", "v1.."));
    assert_false(opens(c, "p", "row", "v2.00000000.AAAA"));
}

/* SS-12: two values that have changed places, as two cookies might, open in neither */
static void two_values_cannot_be_swapped(void **state)
{
    static const char *const places[][2] = { { "session cookie", "__Host-session" },
                                             { "device cookie", "__Host-session" },
                                             { "session cookie", "__Host-device" },
                                             { "", "session cookie__Host-session" } };
    enum { PLACES = sizeof places / sizeof places[0] };
    struct ctx *c = *state;
    const char *texts[PLACES];
    c->seal = seal_of(c, "A");
    for (size_t i = 0; i < PLACES; i++)
        texts[i] = sealed(c, places[i][0], places[i][1], "the same secret");
    for (size_t i = 0; i < PLACES; i++)
        for (size_t k = 0; k < PLACES; k++)
            assert_int_equal(opens(c, places[i][0], places[i][1], texts[k]), i == k);
}

static int by_salt(const void *a, const void *b)
{
    return memcmp(a, b, SALT_BYTES);
}

/* CR-02, SS-12: the nonce is fixed, so what must not come twice is the salt of the key */
static void no_salt_comes_twice(void **state)
{
    enum { N = 20000 };
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    c->random = random_buffered(c->arena);
    uint8_t(*salts)[SALT_BYTES] = malloc(N * sizeof *salts);
    assert_non_null(salts);
    for (size_t i = 0; i < N; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        memcpy(salts[i], inside(c, sealed(c, "p", "row", "secret")).at, SALT_BYTES);
        arena_rewind(c->arena, mark);
    }
    qsort(salts, N, sizeof *salts, by_salt);
    for (size_t i = 1; i < N; i++)
        assert_memory_not_equal(salts[i - 1], salts[i], SALT_BYTES);
    free(salts);
}

/* JOSE-16: a tag that is shorter or longer than 16 bytes, as if a byte were guessed more easily */
static void a_tag_of_another_length_is_refused(void **state)
{
    static const size_t lengths[] = { 0, 1, 4, 8, 12, 15, 17, 32 };
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    const char *text = sealed(c, "p", "row", "");
    struct bytes all = inside(c, text);
    assert_int_equal(all.n, SALT_BYTES + TAG_BYTES);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t *other = arena_alloc(c->arena, SALT_BYTES + lengths[i]);
        memcpy(other, all.at, SALT_BYTES + (lengths[i] < TAG_BYTES ? lengths[i] : TAG_BYTES));
        const char *encoded =
            base64url_encode(c->arena, (struct bytes){ other, SALT_BYTES + lengths[i] });
        assert_false(opens(c, "p", "row", text_printf(c->arena, "%.12s%s", text, encoded)));
    }
    assert_true(opens(c, "p", "row", text));
}

static void values_of_an_older_master_key_still_open(void **state)
{
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    const char *old = sealed(c, "p", "row", "secret");
    c->seal = seal_of(c, "BA");
    assert_true(opens(c, "p", "row", old));
    const char *new = sealed(c, "p", "row", "secret");
    c->seal = seal_of(c, "B");
    assert_true(opens(c, "p", "row", new));
    assert_false(opens(c, "p", "row", old));
}

static void a_master_key_of_another_size_or_number_is_refused(void **state)
{
    struct ctx *c = *state;
    struct seal *seal = NULL;
    struct bytes masters[SEAL_MASTERS_MAX + 1];
    for (size_t i = 0; i <= SEAL_MASTERS_MAX; i++)
        masters[i] = master(c, (uint8_t)i);
    assert_int_equal(seal_new(c, c->arena, masters, 0, &seal).code, ERR_INTERNAL);
    assert_int_equal(seal_new(c, c->arena, masters, SEAL_MASTERS_MAX + 1, &seal).code,
                     ERR_INTERNAL);
    masters[0].n = SEAL_MASTER_BYTES - 1;
    assert_int_equal(seal_new(c, c->arena, masters, 1, &seal).code, ERR_INTERNAL);
    assert_null(seal);
}

/* CR-17: a wrong master key is noticed before anything is written */
static void the_check_value_knows_its_master_key(void **state)
{
    struct ctx *c = *state;
    struct seal *a = seal_of(c, "A"), *b = seal_of(c, "B"), *both = seal_of(c, "BA");
    const char *stored = seal_check_value(c, a);
    assert_true(seal_check(c, a, stored));
    assert_true(seal_check(c, both, stored));
    assert_false(seal_check(c, b, stored));
    assert_false(seal_check(c, a, ""));
    assert_string_not_equal(stored, seal_check_value(c, b));
    assert_string_equal(stored, seal_check_value(c, seal_of(c, "A")));
}

/* CR-14, SD-21: MACs and keys of equal data differ by purpose */
static void macs_and_keys_differ_by_purpose(void **state)
{
    struct ctx *c = *state;
    c->seal = seal_of(c, "A");
    const char *one = seal_mac(c, "csrf", bytes_of("data"));
    assert_string_equal(one, seal_mac(c, "csrf", bytes_of("data")));
    assert_string_not_equal(one, seal_mac(c, "cookie", bytes_of("data")));
    assert_string_not_equal(one, seal_mac(c, "csrf", bytes_of("datb")));
    uint8_t a[32], b[32];
    seal_derive(c->seal, "csrf", a);
    seal_derive(c->seal, "cookie", b);
    assert_memory_not_equal(a, b, sizeof a);
    c->seal = seal_of(c, "B");
    assert_string_not_equal(one, seal_mac(c, "csrf", bytes_of("data")));
}

static void only_the_holder_of_the_token_opens_what_is_sealed_under_it(void **state)
{
    struct ctx *c = *state;
    c->random = random_system(c->arena);
    const char *token = random_token(c), *other = random_token(c), *text = NULL;
    struct bytes plain = { 0 };
    assert_int_equal(seal_under_token(c, token, "successor", bytes_of("next"), &text).code, ERR_OK);
    assert_int_equal(seal_open_with_token(c, token, "successor", text, &plain).code, ERR_OK);
    assert_true(ct_equal(plain, bytes_of("next")));
    assert_int_equal(seal_open_with_token(c, other, "successor", text, &plain).code, ERR_INTERNAL);
    assert_int_equal(seal_open_with_token(c, token, "other", text, &plain).code, ERR_INTERNAL);
    /* What is stored of the token does not open it, nor does a master key. */
    assert_int_equal(
        seal_open_with_token(c, token_hash(c->arena, token), "successor", text, &plain).code,
        ERR_INTERNAL);
    c->seal = seal_of(c, "A");
    assert_false(opens(c, "successor", "", text));
    assert_int_equal(
        seal_open_with_token(c, token, "successor", sealed(c, "successor", "", "x"), &plain).code,
        ERR_INTERNAL);
}

static bool is_master(struct ctx *c, const char *text)
{
    struct bytes out = { 0 };
    err e = seal_master_read(c, bytes_of(text), &out);
    assert_true(e.code == ERR_OK || e.code == ERR_INVALID_REQUEST);
    fault_clear(c);
    return e.code == ERR_OK && out.n == SEAL_MASTER_BYTES;
}

/* CR-15: a master key that is not exactly one is refused, never mended */
static void a_malformed_master_key_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char good[] = "8f1c0e5ab3d947762a91c4e86d3f0b52e7a4196c5d8802f3bb6e1f947ac0d35e";
    assert_true(is_master(c, good));
    assert_true(is_master(c, text_printf(c->arena, "%s\n", good)));
    assert_false(is_master(c, ""));
    assert_false(is_master(c, "\n"));
    assert_false(is_master(c, text_copy(c->arena, good, 63)));
    assert_false(is_master(c, text_copy(c->arena, good, 62)));
    assert_false(is_master(c, text_printf(c->arena, "%sa", good)));
    assert_false(is_master(c, text_printf(c->arena, "%s\r\n", good)));
    assert_false(is_master(c, text_printf(c->arena, "%s\n\n", good)));
    assert_false(is_master(c, text_printf(c->arena, " %s", good)));
    assert_false(is_master(c, text_printf(c->arena, "%s ", good)));
    assert_false(is_master(c, text_printf(c->arena, "\xEF\xBB\xBF%s", good)));
    assert_false(is_master(c, text_printf(c->arena, "0x%s", good + 2)));
    assert_false(is_master(c, text_printf(c->arena, "%.63sg", good)));
    assert_false(is_master(c, "changeme"));
    assert_false(is_master(c, "0000000000000000000000000000000000000000000000000000000000000000"));
    assert_false(is_master(c, "6162636461626364616263646162636461626364616263646162636461626364"));
    assert_true(is_master(c, seal_master_new(c)));
    assert_string_not_equal(seal_master_new(c), seal_master_new(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(what_was_sealed_opens_to_the_same),
        CRYPTO_TEST(a_moved_value_does_not_open),
        CRYPTO_TEST(a_changed_value_does_not_open),
        CRYPTO_TEST(two_values_cannot_be_swapped),
        CRYPTO_TEST(no_salt_comes_twice),
        CRYPTO_TEST(a_tag_of_another_length_is_refused),
        CRYPTO_TEST(values_of_an_older_master_key_still_open),
        CRYPTO_TEST(a_master_key_of_another_size_or_number_is_refused),
        CRYPTO_TEST(the_check_value_knows_its_master_key),
        CRYPTO_TEST(macs_and_keys_differ_by_purpose),
        CRYPTO_TEST(only_the_holder_of_the_token_opens_what_is_sealed_under_it),
        CRYPTO_TEST(a_malformed_master_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
