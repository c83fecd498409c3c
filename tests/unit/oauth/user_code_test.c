/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/user_code.h"

#include "base/random.h"
#include "tests/unit/base/tally.h"
#include "tests/unit/oauth/oauth_testing.h"

enum { CODES = 20000, PLACES = 9, HYPHEN = 4 };

static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";

/* CR-16: 8 letters of 20 in two halves, each as likely as the others. */
static void the_letters_of_user_codes_are_equally_likely(void **state)
{
    struct ctx *c = *state;
    struct tally places[PLACES];
    for (size_t i = 0; i < PLACES; i++)
        places[i] = (struct tally){ .alphabet = i == HYPHEN ? "-" : letters };
    c->random = random_seeded(c->arena, 16);
    for (int made = 0; made < CODES; made++) {
        struct arena_mark mark = arena_mark(c->arena);
        tally_count(places, user_code_new(c));
        arena_rewind(c->arena, mark);
    }
    for (size_t i = 0; i < PLACES; i++) {
        assert_int_equal(places[i].n, CODES);
        tally_is_even(&places[i]);
    }
}

static void it_is_read_however_it_was_typed(void **state)
{
    struct ctx *c = *state;
    static const char *const typed[] = { "WDJB-MJHT", "wdjbmjht", " wdjb mjht ",
                                         "W.D_J-B-m j h t" };
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++)
        assert_string_equal(user_code_read(c->arena, typed[i]), "WDJB-MJHT");
    static const char *const none[] = { NULL,        "",          "WDJB-MJH",  "WDJB-MJHTT",
                                        "WDJB-MJHA", "WDJB-MJH1", "WDJB/MJHT", "WDJB-MJH\xc3\x89" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_null(user_code_read(c->arena, none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_letters_of_user_codes_are_equally_likely),
        TEST(it_is_read_however_it_was_typed),
    };
    return cmocka_run_group_tests_name("oauth/user_code", tests, NULL, NULL);
}
