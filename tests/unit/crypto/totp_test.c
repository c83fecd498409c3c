/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/totp.h"

#include "vectors.h"

static const struct bytes seed = { (const uint8_t *)"12345678901234567890", 20 };

static void codes_are_those_of_rfc_4226(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "rfc/rfc4226_appendix_d.json");
    if (file == NULL)
        skip();
    struct bytes secret = bytes_of(vector_text(file, "secret_ascii"));
    const struct vector *values = vector_get(file, "values");
    assert_int_equal(vector_n(values), 10);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(totp_code(c->arena, TOTP_SHA1, secret, (int64_t)i, 6),
                            vector_text_at(values, i));
    vectors_close(file);
}

static void codes_are_those_of_rfc_6238(void **state)
{
    struct ctx *c = *state;
    struct vector *file = vectors_open(c, "rfc/rfc6238_appendix_b.json");
    if (file == NULL)
        skip();
    static const struct {
        const char *name;
        enum totp_hash hash;
    } hashes[] = { { "SHA1", TOTP_SHA1 }, { "SHA256", TOTP_SHA256 }, { "SHA512", TOTP_SHA512 } };
    const struct vector *times = vector_get(file, "times");
    assert_int_equal(vector_n(times), 6);
    for (size_t h = 0; h < 3; h++) {
        const struct vector *values = vector_get(vector_get(file, "values"), hashes[h].name);
        struct bytes secret =
            bytes_of(vector_text(vector_get(file, "secrets_ascii"), hashes[h].name));
        for (size_t i = 0; i < 6; i++) {
            int64_t step = totp_step(vector_int_at(times, i));
            assert_string_equal(totp_code(c->arena, hashes[h].hash, secret, step, 8),
                                vector_text_at(values, i));
        }
    }
    vectors_close(file);
}

/* MF-11: the steps -1, 0 and +1 of our own clock, and no other */
static void the_window_is_one_step_either_way(void **state)
{
    struct ctx *c = *state;
    int64_t present = totp_step(c->now);
    for (int64_t off = -4; off <= 4; off++) {
        int64_t step = -1;
        const char *code = totp_code(c->arena, TOTP_SHA1, seed, present + off, 6);
        bool accepted = totp_accepts(c, seed, code, 0, &step);
        assert_int_equal(accepted, off >= -1 && off <= 1);
        assert_int_equal(step, accepted ? present + off : -1);
    }
}

/* MF-11: a clock that jumps back does not bring a used step back */
static void a_clock_that_jumps_back_revives_nothing(void **state)
{
    struct ctx *c = *state;
    int64_t present = totp_step(c->now), step = 0;
    const char *code = totp_code(c->arena, TOTP_SHA1, seed, present, 6);
    assert_true(totp_accepts(c, seed, code, 0, &step));
    int64_t then = c->now;
    for (int64_t jump = 0; jump <= 3600; jump += 30) {
        c->now = then - jump;
        const char *old = totp_code(c->arena, TOTP_SHA1, seed, totp_step(c->now), 6);
        int64_t again = 0;
        assert_false(totp_accepts(c, seed, old, present, &again));
    }
    /* At the very beginning of time there is no step before. */
    c->now = 30;
    assert_true(totp_accepts(c, seed, totp_code(c->arena, TOTP_SHA1, seed, 1, 6), 0, &step));
    c->now = 0;
    assert_false(totp_accepts(c, seed, totp_code(c->arena, TOTP_SHA1, seed, -1, 6), 0, &step));
}

/* MF-02: the same code again, and the code of a step before the last accepted one */
static void a_step_is_accepted_once_and_in_order(void **state)
{
    struct ctx *c = *state;
    int64_t present = totp_step(c->now), step = 0;
    const char *before = totp_code(c->arena, TOTP_SHA1, seed, present - 1, 6);
    const char *code = totp_code(c->arena, TOTP_SHA1, seed, present, 6);
    const char *after = totp_code(c->arena, TOTP_SHA1, seed, present + 1, 6);
    assert_true(totp_accepts(c, seed, code, present - 1, &step));
    assert_int_equal(step, present);
    assert_false(totp_accepts(c, seed, code, present, &step));
    assert_false(totp_accepts(c, seed, before, present, &step));
    assert_true(totp_accepts(c, seed, after, present, &step));
    assert_int_equal(step, present + 1);
    assert_false(totp_accepts(c, seed, after, present + 1, &step));
}

/* MF-02: another spelling of the right code is not the code */
static void a_code_is_six_ascii_digits(void **state)
{
    struct ctx *c = *state;
    int64_t step = 0;
    const char *code = totp_code(c->arena, TOTP_SHA1, seed, totp_step(c->now), 6);
    assert_true(totp_accepts(c, seed, code, 0, &step));
    const char *const spellings[] = {
        text_printf(c->arena, " %s", code),
        text_printf(c->arena, "%s ", code),
        text_printf(c->arena, "%s\n", code),
        text_printf(c->arena, "%.3s %s", code, code + 3),
        text_printf(c->arena, "%.3s-%s", code, code + 3),
        text_printf(c->arena, "%.3s\xE2\x80\x8B%s", code, code + 3), /* zero width space */
        text_printf(c->arena, "\xEF\xBC%c%s", 0x90 + code[0] - '0', code + 1), /* full width */
        text_printf(c->arena, "\xD9%c%s", 0xA0 + code[0] - '0', code + 1),     /* Arabic-Indic */
        text_printf(c->arena, "0%s", code),
        text_printf(c->arena, "+%s", code + 1),
        text_printf(c->arena, "%.5s", code),
        "",
        "abcdef",
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        assert_false(totp_accepts(c, seed, spellings[i], 0, &step));
}

static void a_code_of_another_secret_is_refused(void **state)
{
    struct ctx *c = *state;
    int64_t step = 0;
    struct bytes one = totp_secret(c), two = totp_secret(c);
    assert_int_equal(one.n, 20);
    assert_memory_not_equal(one.at, two.at, 20);
    const char *code = totp_code(c->arena, TOTP_SHA1, one, totp_step(c->now), 6);
    assert_true(totp_accepts(c, one, code, 0, &step));
    assert_false(totp_accepts(c, two, code, 0, &step));
}

static void the_uri_is_what_authenticator_apps_read(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(totp_uri(c->arena, "Example", "a@b.c", seed),
                        "otpauth://totp/Example:a%40b.c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        "&issuer=Example&algorithm=SHA1&digits=6&period=30");
}

/* IN-15: a name with the marks of a URI in it adds nothing to the URI */
static void names_add_no_parameters_to_the_uri(void **state)
{
    struct ctx *c = *state;
    const char *uri =
        totp_uri(c->arena, "Evil?secret=AAAA&issuer=x:y#f", "a&b?secret=BBBB:c /%41\xC3\xA9", seed);
    assert_string_equal(
        uri, "otpauth://totp/Evil%3Fsecret%3DAAAA%26issuer%3Dx%3Ay%23f:"
             "a%26b%3Fsecret%3DBBBB%3Ac%20%2F%2541%C3%A9"
             "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
             "&issuer=Evil%3Fsecret%3DAAAA%26issuer%3Dx%3Ay%23f&algorithm=SHA1&digits=6&period=30");
}

static void the_picture_is_one_path_in_a_frame(void **state)
{
    struct ctx *c = *state;
    const char *svg = NULL;
    assert_int_equal(totp_qr_svg(c, totp_uri(c->arena, "Example", "a@b.c", seed), &svg).code,
                     ERR_OK);
    assert_true(text_starts(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
    assert_true(text_ends(svg, "\"/></svg>"));
    /* The upper left finder pattern: its first row is seven dark modules. */
    assert_non_null(strstr(svg, "M4 4h7v1h-7z"));
    assert_null(strstr(svg, "script"));
    assert_null(strstr(svg, "style"));
}

static void a_text_that_no_code_holds_is_refused(void **state)
{
    struct ctx *c = *state;
    const char *svg = NULL;
    char long_text[1026];
    memset(long_text, 'a', sizeof long_text);
    long_text[1025] = '\0';
    assert_int_equal(totp_qr_svg(c, long_text, &svg).code, ERR_INVALID_REQUEST);
    assert_int_equal(totp_qr_svg(c, "", &svg).code, ERR_INVALID_REQUEST);
    long_text[1024] = '\0';
    assert_int_equal(totp_qr_svg(c, long_text, &svg).code, ERR_OK);
}

/* The same modules as in the picture, two rows a line. */
static void a_terminal_shows_the_same_code(void **state)
{
    struct ctx *c = *state;
    const char *text = NULL;
    struct totp_qr qr;
    size_t dark = 0, shown = 0, lines = 0;
    assert_int_equal(totp_qr(c, "https://op.example/device?user_code=AB-CD", &qr).code, ERR_OK);
    for (const char *at = strchr(qr.path, 'h'); at != NULL; at = strchr(at + 1, 'h'))
        dark += at[1] == '-' ? 0 : strtoul(at + 1, NULL, 10);
    assert_int_equal(totp_qr_terminal(c, "https://op.example/device?user_code=AB-CD", &text).code,
                     ERR_OK);
    for (const char *at = text; *at != '\0'; at++) {
        shown += strncmp(at, "\u2588", 3) == 0 ? 2 : 0;
        shown += strncmp(at, "\u2580", 3) == 0 || strncmp(at, "\u2584", 3) == 0 ? 1 : 0;
        lines += *at == '\n';
    }
    assert_int_equal(shown, dark);
    assert_int_equal(lines, (qr.side + 1) / 2);
    assert_int_equal(totp_qr_terminal(c, "", &text).code, ERR_INVALID_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(codes_are_those_of_rfc_4226),
        CRYPTO_TEST(codes_are_those_of_rfc_6238),
        CRYPTO_TEST(the_window_is_one_step_either_way),
        CRYPTO_TEST(a_clock_that_jumps_back_revives_nothing),
        CRYPTO_TEST(a_step_is_accepted_once_and_in_order),
        CRYPTO_TEST(a_code_is_six_ascii_digits),
        CRYPTO_TEST(a_code_of_another_secret_is_refused),
        CRYPTO_TEST(the_uri_is_what_authenticator_apps_read),
        CRYPTO_TEST(names_add_no_parameters_to_the_uri),
        CRYPTO_TEST(the_picture_is_one_path_in_a_frame),
        CRYPTO_TEST(a_text_that_no_code_holds_is_refused),
        CRYPTO_TEST(a_terminal_shows_the_same_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
