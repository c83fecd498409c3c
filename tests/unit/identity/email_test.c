/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/email.h"

#include "tests/unit/base/testing.h"

static bool reads(struct ctx *c, const char *text)
{
    struct email email;
    bool good = email_read(c, "email", text, &email).code == ERR_OK;
    const char *canonical = NULL;
    assert_int_equal(email_canonical(c->arena, text, &canonical), good);
    if (good) {
        assert_string_equal(email.entered, text);
        assert_string_equal(email.canonical, canonical);
    } else {
        assert_int_equal(c->fault.code, ERR_INVALID_FIELD);
        assert_string_equal(c->fault.field, "email");
        assert_non_null(c->fault.say);
        fault_clear(c);
    }
    return good;
}

static void ordinary_addresses_are_read(void **state)
{
    static const char *const good[] = {
        "ada@example.com", "a@b.co",          "Ada.Lovelace+tag@sub.example.co.uk",
        "o'brien@a-b.ie",  "root@localhost",  "x_1-2@xn--bcher-kva.example",
        "a=b~c#d&e@x.org", "0@0.example",     "a-@x.org",
        "1.2.3@x1.y2",     "UPPER@LOCALHOST",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!reads(*state, good[i]))
            fail_msg("%s", good[i]);
    }
}

/* AT-07: an address that another program could read as another one is refused */
static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const bad[] = {
        "a@evil.com@corp.com",
        "\"a@corp.com\"@evil.com",
        "a@corp.com,b@evil.com",
        "a(corp.com)@evil.com",
        "=?utf-8?q?a?=@evil.com",
        "a%corp.com@evil.com",
        "evil.com!a@corp.com",
        "<a@corp.com>",
        "a@corp.com\r\nBcc: b@evil.com",
        "a@corp.com\n",
        " a@corp.com",
        "a@corp.com ",
        "a b@corp.com",
        "a;b@corp.com",
        "a:b@corp.com",
        "@corp.com:a@evil.com",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a\\@corp.com",
        "a`id`@corp.com",
        "a|b@corp.com",
        "-oQ/tmp@corp.com",
        "a\tb@corp.com",
        "a\x7f@corp.com",
        "a*@corp.com",
        "a/b@corp.com",
        "${a}@corp.com",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (reads(*state, bad[i]))
            fail_msg("%s", bad[i]);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "a",
        "@",
        "a@",
        "@b.co",
        "a@b",
        ".a@b.co",
        "a.@b.co",
        "a..b@b.co",
        "a@.b.co",
        "a@b..co",
        "a@b.co.",
        "a@-b.co",
        "a@b-.co",
        "a@b.-co",
        "a@b_c.co",
        "a@b.co/x",
        "a@b.7",
        "a@localhos",
        "a@localhost.",
        "a@.localhost",
        "a@local host",
        "a@b.co:25",
        "a@b.c%6f",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (reads(*state, bad[i]))
            fail_msg("%s", bad[i]);
    }
}

/* AT-05, AT-06: letters that a case mapping, a normalisation or a collation takes for others are
 * refused, in the local part and in the domain */
static void letters_beyond_ascii_are_refused(void **state)
{
    static const char *const alike[] = {
        "\u0131", "\u0130", "\u017f", "\u212a", "\u00df", "\ufb01", "\uff41", "e\u0301",
        "\u200b", "\u202e", "\u00e9", "\u00e7", "\ufeff", "\u00ad", "\xff",
    };
    struct ctx *c = *state;
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        assert_false(reads(c, text_printf(c->arena, "a%sb@example.com", alike[i])));
        assert_false(reads(c, text_printf(c->arena, "ab@ex%sample.com", alike[i])));
    }
}

static void lengths_are_bounded(void **state)
{
    struct ctx *c = *state;
    char local[66] = { 0 };
    memset(local, 'a', 64);
    assert_true(reads(c, text_printf(c->arena, "%s@b.co", local)));
    assert_false(reads(c, text_printf(c->arena, "%sa@b.co", local)));
    char label[64] = { 0 };
    memset(label, 'b', 63);
    assert_true(reads(c, text_printf(c->arena, "a@%s.co", label)));
    assert_false(reads(c, text_printf(c->arena, "a@%sb.co", label)));
    const char *long_one =
        text_printf(c->arena, "%.60s@%s.%s.%.62s.co", local, label, label, label);
    assert_int_equal(strlen(long_one), EMAIL_MAX);
    assert_true(reads(c, long_one));
    assert_false(reads(c, text_printf(c->arena, "a%s", long_one)));
}

/* AT-16: one canonical form, whatever the case */
static void the_canonical_form_is_in_lower_case(void **state)
{
    struct ctx *c = *state;
    struct email email;
    assert_int_equal(email_read(c, "email", "Ada.LOVELACE@Example.COM", &email).code, ERR_OK);
    assert_string_equal(email.canonical, "ada.lovelace@example.com");
    assert_string_equal(email.entered, "Ada.LOVELACE@Example.COM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ordinary_addresses_are_read),   TEST(what_could_be_read_in_two_ways_is_refused),
        TEST(what_is_no_address_is_refused), TEST(letters_beyond_ascii_are_refused),
        TEST(lengths_are_bounded),           TEST(the_canonical_form_is_in_lower_case),
    };
    return cmocka_run_group_tests_name("identity/email", tests, NULL, NULL);
}
