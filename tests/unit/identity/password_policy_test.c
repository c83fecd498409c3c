/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/password_policy.h"

#include "tests/unit/identity/identity_testing.h"

static const struct password_owner nobody = { 0 };

static struct house *house_of(void **state)
{
    return *state;
}

/* The sentence with which it is refused, or NULL if it is good. */
static const char *fault_for(struct ctx *c, const char *password, struct password_owner owner)
{
    fault_clear(c);
    if (password_policy_check(c, "new_password", password, owner).code == ERR_OK)
        return NULL;
    assert_int_equal(c->fault.code, ERR_WEAK_PASSWORD);
    assert_string_equal(c->fault.field, "new_password");
    const char *say = c->fault.say;
    fault_clear(c);
    return say;
}

static bool is_good(struct ctx *c, const char *password)
{
    return fault_for(c, password, nobody) == NULL;
}

static void good_passwords_pass(void **state)
{
    struct ctx *c = house_of(state)->c;
    static const char *const good[] = { PASSWORD, OTHER_PASSWORD, "Changed-horse-9-tack",
                                        "Xk2vQz9w", "M\u00fcnchner Kn\u00f6del 4tw" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(is_good(c, good[i]));
}

/* Decision 1: 8 to 128 characters, counted in code points of NFC */
static void its_length_is_bounded(void **state)
{
    struct ctx *c = house_of(state)->c;
    char long_one[131] = "Aa1";
    memset(long_one + 3, 'x', 125);
    assert_true(is_good(c, long_one));
    long_one[128] = 'x';
    assert_non_null(strstr(fault_for(c, long_one, nobody), "at most 128"));
    assert_non_null(strstr(fault_for(c, "Xk2vQz9", nobody), "at least 8"));
    assert_non_null(strstr(fault_for(c, "", nobody), "at least 8"));
    /* Eight code points as typed, seven in NFC. */
    assert_false(is_good(c, "Xk2vQe\u0301w"));
    assert_true(is_good(c, "Xk2vQe\u0301wz"));
}

static void the_settings_of_length_count(void **state)
{
    struct house *h = house_of(state);
    h->config->password_min_length = 12;
    h->config->password_max_length = 64;
    assert_non_null(strstr(fault_for(h->c, "Xk2vQz9wB4d", nobody), "at least 12"));
    assert_true(is_good(h->c, "Xk2vQz9wB4dM"));
    char long_one[66] = "Aa1";
    memset(long_one + 3, 'x', 62);
    assert_non_null(strstr(fault_for(h->c, long_one, nobody), "at most 64"));
}

/* SU-05: each setting of composition is one that works, on and off */
static void each_kind_of_character_is_a_setting(void **state)
{
    struct house *h = house_of(state);
    struct config *config = h->config;
    struct {
        bool *setting;
        const char *without, *with, *says;
    } const kinds[] = {
        { &config->password_require_uppercase, "xk2vqz9w", "xk2vQz9w", "upper-case" },
        { &config->password_require_lowercase, "XK2VQZ9W", "XK2vQZ9W", "lower-case" },
        { &config->password_require_digit, "XkvvQzkw", "Xk2vQzkw", "digit" },
        { &config->password_require_special, "Xk2vQz9w", "Xk2vQz9w#", "neither" },
    };
    for (size_t i = 0; i < 4; i++) {
        *kinds[i].setting = true;
        assert_non_null(strstr(fault_for(h->c, kinds[i].without, nobody), kinds[i].says));
        assert_true(is_good(h->c, kinds[i].with));
        *kinds[i].setting = false;
        assert_true(is_good(h->c, kinds[i].without));
        *kinds[i].setting = i < 3;
    }
}

static void letters_of_other_scripts_have_a_case_too(void **state)
{
    struct ctx *c = house_of(state)->c;
    assert_true(is_good(c, "\u00c4\u00f6\u0151\u0171\u00fc\u00e1 7q"));
    assert_non_null(
        strstr(fault_for(c, "\u00e4\u00f6\u0151\u0171\u00fc\u00e1 7q", nobody), "upper-case"));
}

static void common_passwords_are_refused_in_every_form(void **state)
{
    struct ctx *c = house_of(state)->c;
    static const char *const forms[] = {
        "password",   "PassWord",    "Password1",    "P4ssw0rd",     "P@$$w0rd",   "Passw0rd2024!",
        "Dragon123!", "Monkey2024!", "1L0veyou",     "12345678",     "qwertyuiop", "Qwertyuiop1!",
        "Letmein99!", "Princess_01", "Sunsh1ne2023", "iloveyou!!!!",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!password_is_common(c->arena, forms[i]))
            fail_msg("%s", forms[i]);
    }
    assert_non_null(strstr(fault_for(c, "P4ssw0rd2024!", nobody), "tried first"));
}

static void what_only_holds_a_common_one_is_not_refused(void **state)
{
    struct ctx *c = house_of(state)->c;
    static const char *const other[] = { PASSWORD, "dragon of the east", "password-less life",
                                         "Xk2vQz9w", "Monkey12345678" };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(password_is_common(c->arena, other[i]));
}

static void the_check_of_common_ones_is_a_setting(void **state)
{
    struct house *h = house_of(state);
    const struct password_owner owner = { EMAIL, "Ada Lovelace" };
    h->config->password_check_common = false;
    assert_null(fault_for(h->c, "Password1", owner));
    assert_null(fault_for(h->c, "Lovelace1", owner));
}

static void the_owners_name_and_address_are_not_enough(void **state)
{
    struct ctx *c = house_of(state)->c;
    const struct password_owner owner = { "grace.hopper@example.com", "Grace Brewster Murray" };
    static const char *const bad[] = { "Grace.Hopper@example.com1", "Grace.hopper1", "1Hopper!x",
                                       "9Brewster9x", "1Murray!x" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *says = fault_for(c, bad[i], owner);
        if (says == NULL || strstr(says, "little more") == NULL)
            fail_msg("%s", bad[i]);
        assert_null(fault_for(c, bad[i], nobody));
    }
    /* With enough beside it, a word of theirs does no harm. */
    assert_null(fault_for(c, "Murray went to 4 rivers", owner));
    assert_null(fault_for(c, "Xk2vQz9w", (struct password_owner){ "x@k.example", "V" }));
}

static void words_of_the_context_may_not_stand_in_it(void **state)
{
    struct house *h = house_of(state);
    const char *words[] = { "Acme" };
    h->config->password_context_words = (struct texts){ words, 1 };
    assert_non_null(strstr(fault_for(h->c, "Horses at aCME 4 sale", nobody), "everybody"));
    assert_true(is_good(h->c, "Horses at home 4 sale"));
}

static void what_is_no_text_is_refused_by_its_field(void **state)
{
    struct ctx *c = house_of(state)->c;
    REFUSED(password_policy_check(c, "new_password",
                                  "Xk2v\xff"
                                  "Qz9w",
                                  nobody),
            INVALID_FIELD);
    (void)password_policy_check(c, "new_password", "\xff", nobody).code;
    assert_string_equal(c->fault.field, "new_password");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(good_passwords_pass),
        HOUSE_TEST(its_length_is_bounded),
        HOUSE_TEST(the_settings_of_length_count),
        HOUSE_TEST(each_kind_of_character_is_a_setting),
        HOUSE_TEST(letters_of_other_scripts_have_a_case_too),
        HOUSE_TEST(common_passwords_are_refused_in_every_form),
        HOUSE_TEST(what_only_holds_a_common_one_is_not_refused),
        HOUSE_TEST(the_check_of_common_ones_is_a_setting),
        HOUSE_TEST(the_owners_name_and_address_are_not_enough),
        HOUSE_TEST(words_of_the_context_may_not_stand_in_it),
        HOUSE_TEST(what_is_no_text_is_refused_by_its_field),
    };
    return cmocka_run_group_tests_name("identity/password_policy", tests, NULL, NULL);
}
