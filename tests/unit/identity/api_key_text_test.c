/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/api_key_text.h"

#include "tests/unit/base/testing.h"

#include "base/text.h"

#define ID "0193a5c0-b2b2-7a3e-8e5d-7c1f00a1b2c3"
#define KEY                                                                                        \
    "uauth_k_0193a5c0b2b27a3e8e5d7c1f00a1b2c3_3f1c2e5a90b7d4e8f61a2b3c4d5e6f7081920a1b9b0ffcd9"

static const uint8_t secret[API_KEY_SECRET_BYTES] = { 0x3f, 0x1c, 0x2e, 0x5a, 0x90, 0xb7, 0xd4,
                                                      0xe8, 0xf6, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e,
                                                      0x6f, 0x70, 0x81, 0x92, 0x0a, 0x1b };

static const char *read_id(struct ctx *c, const char *key)
{
    const char *id = NULL;
    bool good = api_key_read(c->arena, key, &id);
    assert_int_equal(good, id != NULL);
    return id;
}

static void a_key_is_written_and_read(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(api_key_write(c->arena, ID, secret), KEY);
    assert_int_equal(strlen(KEY), API_KEY_CHARACTERS);
    assert_string_equal(read_id(c, KEY), ID);
    assert_true(api_key_is_meant(KEY));
}

/* Any wrong character, wherever, is seen without looking the key up. */
static void a_typing_error_is_seen(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < API_KEY_CHARACTERS; i++) {
        char *key = arena_alloc(c->arena, API_KEY_CHARACTERS + 1);
        memcpy(key, KEY, API_KEY_CHARACTERS + 1);
        key[i] = key[i] == 'a' ? 'b' : 'a';
        assert_null(read_id(c, key));
    }
}

static void what_is_longer_shorter_or_in_capitals_is_none(void **state)
{
    struct ctx *c = *state;
    const char *const others[] = {
        "", "uauth_k_", "uauth_k_0193a5c0", KEY "0", "UAUTH_K_", " " KEY, KEY " ", ID,
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_null(read_id(c, others[i]));
    for (size_t n = 0; n < API_KEY_CHARACTERS; n++)
        assert_null(read_id(c, text_copy(c->arena, KEY, n)));
    assert_false(api_key_is_meant(NULL));
    assert_false(api_key_is_meant("uauth_k"));
    assert_true(api_key_is_meant("uauth_k_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_written_and_read),
        TEST(a_typing_error_is_seen),
        TEST(what_is_longer_shorter_or_in_capitals_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
