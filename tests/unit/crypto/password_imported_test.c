/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"

#include "base/log.h"
#include "base/text.h"
#include "password_testing.h"

/* Hashes of PASSWORD, made with Python's crypt and hashlib. */
static const char *const imported[] = {
    "$2a$05$abcdefghijklmnopqrstuuivmuSulvel/tZ4Y7jVJhh4lx4ewpBl.",
    "$2b$04$CCCCCCCCCCCCCCCCCCCCC.hOFKJtYJXFB8c4540DBFlrD1mRP0YPi",
    "$2y$05$XXXXXXXXXXXXXXXXXXXXXOElDIdgbiNsl2wc4ZRLLBN1YQk1Zg3g6",
    "$5$saltstring$kqJOZWLzZasZ.iegujSVNgJvA.jKFMbTF32qyNYO3Z4",
    "$5$rounds=1400$anotherlongsalt$xIwOFn0ComAmq7NcbhCY3Ir7mPjjmuE7DyhO8jO4Fe9",
    "$6$rounds=2000$salt$"
    "Hkb.rSKOEWCSmVz4pRgrx6vhV6rsRekq/yUvXWlVSa8RFhxHr.Ns9ny9Nm4JcLb6vd7fFTAMGFdGkg9x/3tDP.",
    "$6$saltstring12345$"
    "VXQZpW/mqxRkUVqJ7aEzOmUwQmK68SzJTjE4772KF8Rz2fkS1Xr/PSwoR.pzIV2vU8ziTFl9Fr7xtRXzNaeQd.",
    "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$7Togq5OXQlUWSEAykUYACMCUWj154AzyPRh0IVcpP1U",
    "$pbkdf2-sha1$i=1000$yMnKy8zNzs/Q0dLT1NXW1w$WNRKGa0+jLJcEUSd5dbnsVyx2zU",
    "$pbkdf2-sha1$1000$yMnKy8zNzs/Q0dLT1NXW1w$WNRKGa0.jLJcEUSd5dbnsVyx2zU",
    "$pbkdf2-sha256$i=1000$yMnKy8zNzs/Q0dLT1NXW1w$Nz/UQ8SxfwQiUKWX8iOKanuxJsXoPmpRy3TUEQvr2No",
    "$pbkdf2-sha512$i=1000$yMnKy8zNzs/Q0dLT1NXW1w$"
    "leyHkhLG7hhva58WTMVg6Ke09Fa3Gn1Cs2l2C8vAUcUGYAtOSvpH+ppti5xZ5aV7oaEWbhzGRCFpQZL92kKApA",
    "$pbkdf2-sha512$1000$yMnKy8zNzs/Q0dLT1NXW1w$"
    "leyHkhLG7hhva58WTMVg6Ke09Fa3Gn1Cs2l2C8vAUcUGYAtOSvpH.ppti5xZ5aV7oaEWbhzGRCFpQZL92kKApA",
    "pbkdf2_sha1$1000$djangosalt22$BDw8pl/jBt7yH2zA+SE4qEfmnAI=",
    "pbkdf2_sha256$1000$djangosalt22$KnOclYBocp0diU+rPW0V5FKtDWap6VRpjrhOjEFIM68=",
    "pbkdf2_sha512$1000$djangosalt22$"
    "XA0YtSUryF18SeluGC5FMDXkpzgllhycgfeOfcH6xvEoIEBswN3GPzvn89dPonmAg/oBAVUMd2SL5ZLpwLFsVg==",
};
enum { IMPORTED = sizeof imported / sizeof imported[0] };

static void an_imported_hash_matches_and_is_hashed_again(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < IMPORTED; i++) {
        const char *rehash = NULL;
        assert_int_equal(password_import_check(c, imported[i]).code, ERR_OK);
        if (!matches(c, imported[i], PASSWORD, &rehash))
            fail_msg("%s does not match", imported[i]);
        assert_non_null(rehash);
        assert_true(text_starts(rehash, "$argon2id$v=19$m=64,t=2,p=2$"));
        assert_true(matches(c, rehash, PASSWORD, NULL));
    }
}

static void another_password_matches_no_imported_hash(void **state)
{
    struct ctx *c = *state;
    static const char *const others[] = { "Correct horse 8", "correct horse 7", "Correct horse",
                                          "" };
    for (size_t i = 0; i < IMPORTED; i++) {
        for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
            const char *rehash = "?";
            assert_false(matches(c, imported[i], others[k], &rehash));
            assert_null(rehash);
        }
    }
}

/* Each byte of a stored hash counts: a changed one is refused, or no longer matches. */
static void a_changed_hash_does_not_match(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < IMPORTED; i++) {
        size_t n = strlen(imported[i]);
        for (size_t at = n - 12; at + 2 < n; at += 3) {
            char *changed = arena_copy(c->arena, imported[i], n + 1);
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            if (matches(c, changed, PASSWORD, NULL))
                fail_msg("%s matches", changed);
        }
    }
}

/* CR-08: bcrypt looks at 72 bytes only; what is longer would be cut, so it does not match. */
static void bcrypt_does_not_cut_passwords(void **state)
{
    struct ctx *c = *state;
    const char *stored =
        "$2b$04$CCCCCCCCCCCCCCCCCCCCC.mDyzbhj.9K0apb9O/AGMWwoLXiYAu6u"; /* 72 times a */
    char password[74];
    memset(password, 'a', 73);
    password[73] = '\0';
    assert_false(matches(c, stored, password, NULL));
    password[72] = '\0';
    assert_true(matches(c, stored, password, NULL));
    password[71] = '\0';
    assert_false(matches(c, stored, password, NULL));
}

/* Other systems did not normalise: their hash is of the bytes that were typed. */
static void imported_hashes_are_of_the_bytes_as_typed(void **state)
{
    struct ctx *c = *state;
    const char *of_nfd =
        "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$PnB+TQeFOt32pSWF3GBZYni9Sfro5ugBGy7reWCuMyk";
    const char *nfd = "Cafe\xCC\x81 du monde", *nfc = "Caf\xC3\xA9 du monde", *rehash = NULL;
    assert_false(matches(c, of_nfd, nfc, NULL));
    assert_true(matches(c, of_nfd, nfd, &rehash));
    assert_true(matches(c, rehash, nfc, NULL)); /* ours is of the letters */
}

#define SALT        "MDEyMzQ1Njc4OWFiY2RlZg"
#define HASH        "7Togq5OXQlUWSEAykUYACMCUWj154AzyPRh0IVcpP1U"
#define BCRYPT_REST "CCCCCCCCCCCCCCCCCCCCC.hOFKJtYJXFB8c4540DBFlrD1mRP0YPi"
#define SHA256_REST "kqJOZWLzZasZ.iegujSVNgJvA.jKFMbTF32qyNYO3Z4"

/* CR-09: costs out of bounds, unknown versions and forms, and damage; one row each. */
static const char *const refused[] = {
    "",
    "$",
    PASSWORD,
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    "$y$j9T$salt$Yw8rXFhZLFZiB1n3bHLMWIzdXcl2xkTOYcJAgE0jVE8",
    "$2x$05$" BCRYPT_REST,
    "$argon2i$v=19$m=64,t=2,p=2$" SALT "$" HASH,
    "$argon2d$v=19$m=64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$m=64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=16$m=64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=20$m=64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=4194304,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=131073,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=1000000,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=17,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=0,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=2,p=0$" SALT "$" HASH,
    "$argon2id$v=19$m=256,t=2,p=17$" SALT "$" HASH,
    "$argon2id$v=19$m=15,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=18446744073709551680,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=4294967360,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=-64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=+64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=064,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m= 64,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=,t=2,p=2$" SALT "$" HASH,
    "$argon2id$v=19$t=2,m=64,p=2$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=2,p=2,keyid=AAAA$" SALT "$" HASH,
    "$argon2id$v=19$m=64,t=2,p=2$" SALT,
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$",
    "$argon2id$v=19$m=64,t=2,p=2$$" HASH,
    "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Ng$" HASH,
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$" HASH "$",
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$" HASH "=",
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$" HASH "\n",
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$MDEyMzQ1Njc4OWFiY2Rl",
    "$argon2id$v=19$m=64,t=2,p=2$" SALT "$" HASH HASH HASH,
    "$2b$03$" BCRYPT_REST,
    "$2b$15$" BCRYPT_REST,
    "$2b$31$" BCRYPT_REST,
    "$2b$4$" BCRYPT_REST,
    "$2b$04$" BCRYPT_REST "x",
    "$2b$04$CCCCCCCCCCCCCCCCCCCCC.hOFKJtYJXFB8c4540DBFlrD1mRP0YP",
    "$2b$04$CCCCCCCCCCCCCCCCCCCCC.hOFKJtYJXFB8c4540DBFlrD1mRP0Y!i",
    "$5$rounds=999$saltstring$" SHA256_REST,
    "$5$rounds=1000001$saltstring$" SHA256_REST,
    "$5$rounds=999999999$saltstring$" SHA256_REST,
    "$5$rounds=9999999999$saltstring$" SHA256_REST,
    "$5$rounds=5000saltstring$" SHA256_REST,
    "$5$saltstringsaltstring$" SHA256_REST,
    "$5$salt:string$" SHA256_REST,
    "$5$saltstring$" SHA256_REST "4",
    "$6$saltstring$" SHA256_REST,
    "$scrypt$ln=18,r=8,p=1$" SALT "$" HASH,
    "$scrypt$ln=21,r=1,p=1$" SALT "$" HASH,
    "$scrypt$ln=0,r=8,p=1$" SALT "$" HASH,
    "$scrypt$ln=10,r=0,p=1$" SALT "$" HASH,
    "$scrypt$ln=10,r=8,p=0$" SALT "$" HASH,
    "$scrypt$ln=4,r=33,p=1$" SALT "$" HASH,
    "$scrypt$ln=4,r=1,p=33$" SALT "$" HASH,
    "$scrypt$ln=17,r=8,p=5$" SALT "$" HASH,
    "$scrypt$ln=10,r=8$" SALT "$" HASH,
    "$scrypt$ln=10,r=8,p=1$" SALT,
    "$pbkdf2-sha256$i=0$" SALT "$" HASH,
    "$pbkdf2-sha256$i=2000001$" SALT "$" HASH,
    "$pbkdf2-md5$i=1000$" SALT "$" HASH,
    "$pbkdf2-sha256$i=1000$" SALT,
    "$pbkdf2-sha256$i=1000,l=32$" SALT "$" HASH,
    "pbkdf2_sha256$2000001$salt$" HASH "=",
    "pbkdf2_sha256$1000$salt$" HASH,
    "pbkdf2_sha256$1000$$" HASH "=",
    "pbkdf2_md5$1000$salt$" HASH "=",
    "pbkdf2_sha256",
};
enum { REFUSED = sizeof refused / sizeof refused[0] };

/* CR-09: at import, in words, and without the hash in them. */
static void a_hash_out_of_bounds_is_not_imported(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < REFUSED; i++) {
        fault_clear(c);
        if (password_import_check(c, refused[i]).code != ERR_INVALID_FIELD)
            fail_msg("%s is taken", refused[i]);
        assert_string_equal(c->fault.field, "password_hash");
        assert_true(text_ends(c->fault.say, "."));
        assert_true(strlen(refused[i]) < 20 || strstr(c->fault.text, refused[i]) == NULL);
    }
}

/* CR-09, EN-01: one that stands in the database all the same matches nothing, and is not an error.
 */
static void a_hash_out_of_bounds_matches_nothing(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < REFUSED; i++) {
        const char *rehash = "?";
        assert_false(matches(c, refused[i], PASSWORD, &rehash));
        assert_null(rehash);
    }
}

/* CR-09: ... and an operator is told, though not the hash. */
static void a_refused_hash_is_logged(void **state)
{
    struct ctx *c = *state;
    int ends[2];
    char line[LOG_LINE_MAX] = { 0 };
    assert_int_equal(pipe(ends), 0);
    c->log = &(struct log){ .fd = ends[1], .level = LOG_INFO };
    assert_false(matches(c, "$argon2id$v=19$m=4194304,t=2,p=2$" SALT "$" HASH, PASSWORD, NULL));
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    assert_non_null(strstr(line, "out of bounds"));
    assert_non_null(strstr(line, "\"error\""));
    assert_null(strstr(line, HASH));
    c->log = NULL;
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

/* What the settings allow is no stranger, however dear. */
static void memory_that_the_settings_ask_for_is_within_bounds(void **state)
{
    struct ctx *c = *state;
    const char *stored = "$argon2id$v=19$m=131073,t=2,p=2$" SALT "$" HASH;
    assert_int_equal(password_import_check(c, stored).code, ERR_INVALID_FIELD);
    set_costs(c, 2, 131073, 2);
    assert_int_equal(password_import_check(c, stored).code, ERR_OK);
    assert_int_equal(password_import_check(c, "$scrypt$ln=17,r=8,p=1$" SALT "$" HASH).code, ERR_OK);
}

/* EN-01: the stand-in of an imported hash has its form and costs, and matches nothing. */
static void a_dummy_like_an_imported_hash_is_computed_like_it(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < IMPORTED; i++) {
        const char *dummy = password_dummy(c, imported[i]), *rehash = "?";
        assert_int_equal(strlen(dummy), strlen(imported[i]));
        assert_string_not_equal(dummy, imported[i]);
        assert_memory_equal(dummy, imported[i], (size_t)(strrchr(imported[i], '$') - imported[i]));
        assert_int_equal(password_import_check(c, dummy).code, ERR_OK);
        assert_false(matches(c, dummy, PASSWORD, &rehash));
        assert_null(rehash);
    }
}

/* DO-01: the memory of an imported hash is not added to the slot's. */
static void an_imported_hash_gives_the_slot_back_first(void **state)
{
    struct ctx *c = *state;
    set_costs(c, 1, 32768, 1);
    (void)hashed(c, PASSWORD);
    assert_true(hash_gate_look(c->hashes).mapped_bytes >= 32 << 20);
    set_costs(c, 2, 64, 2);
    assert_true(matches(c, imported[7], PASSWORD, NULL));
    assert_true(hash_gate_look(c->hashes).mapped_bytes <= 2 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHEAP_TEST(an_imported_hash_matches_and_is_hashed_again),
        CHEAP_TEST(another_password_matches_no_imported_hash),
        CHEAP_TEST(a_changed_hash_does_not_match),
        CHEAP_TEST(bcrypt_does_not_cut_passwords),
        CHEAP_TEST(imported_hashes_are_of_the_bytes_as_typed),
        CHEAP_TEST(a_hash_out_of_bounds_is_not_imported),
        CHEAP_TEST(a_hash_out_of_bounds_matches_nothing),
        CHEAP_TEST(a_refused_hash_is_logged),
        CHEAP_TEST(memory_that_the_settings_ask_for_is_within_bounds),
        CHEAP_TEST(a_dummy_like_an_imported_hash_is_computed_like_it),
        CHEAP_TEST(an_imported_hash_gives_the_slot_back_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
