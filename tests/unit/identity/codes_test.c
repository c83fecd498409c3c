/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that people read off and type: each of their letters is as likely as the others. */
#include "identity/first_admin.h"
#include "identity/mfa.h"
#include "identity/recovery_codes.h"

#include "tests/unit/base/tally.h"
#include "tests/unit/identity/identity_testing.h"

enum { CODES = 4000, SETUP_CODES = 2000 };

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* CR-16 */
static void the_letters_of_recovery_codes_are_equally_likely(void **state)
{
    enum { PLACES = 16 };
    struct house *h = *state;
    struct ctx *c = h->c;
    struct tally places[PLACES];
    for (size_t i = 0; i < PLACES; i++)
        places[i] = (struct tally){ .alphabet = base32 };
    c->random = random_seeded(h->arena, 16);
    for (int made = 0; made < CODES; made += RECOVERY_CODES) {
        struct arena_mark mark = arena_mark(c->arena);
        struct texts codes;
        struct recovery_set set;
        const char *plain = NULL;
        OK(recovery_codes_make(c, &codes, &set));
        for (size_t i = 0; i < codes.n; i++) {
            assert_true(recovery_code_read(c->arena, codes.at[i], &plain));
            assert_int_equal(strlen(plain), PLACES);
            tally_count(places, plain);
        }
        arena_rewind(c->arena, mark);
    }
    for (size_t i = 0; i < PLACES; i++)
        tally_is_even(&places[i]);
}

/* CR-16: 128 bits are 21 letters of 6 and one of 2 */
static void the_letters_of_setup_codes_are_equally_likely(void **state)
{
    enum { PLACES = 22 };
    struct house *h = *state;
    struct ctx *c = h->c;
    struct tally places[PLACES];
    for (size_t i = 0; i < PLACES; i++)
        places[i] = (struct tally){ .alphabet = i < PLACES - 1 ? base64 : "AQgw" };
    c->random = random_seeded(h->arena, 16);
    for (int made = 0; made < SETUP_CODES; made++) {
        struct arena_mark mark = arena_mark(c->arena);
        const char *code = NULL;
        OK(first_admin_code(c, &code));
        assert_int_equal(strlen(code), PLACES);
        tally_count(places, code);
        arena_rewind(c->arena, mark);
    }
    for (size_t i = 0; i < PLACES; i++)
        tally_is_even(&places[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(the_letters_of_recovery_codes_are_equally_likely),
        HOUSE_TEST(the_letters_of_setup_codes_are_equally_likely),
    };
    return cmocka_run_group_tests_name("identity/codes", tests, NULL, NULL);
}
