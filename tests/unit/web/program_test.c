/* SPDX-License-Identifier: Apache-2.0 */
#include "web/program.h"

#include "tests/unit/base/testing.h"

static void a_browser_is_told_by_its_own_name(void **state)
{
    (void)state;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    static const struct {
        const char *agent, *name;
    } cases[] = {
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
          "Chrome/140.0.0.0 Safari/537.36",
          "Chrome on Windows" },
        { "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
          "Edge on Windows" },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 "
          "Safari/605.1.15",
          "Safari on macOS" },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
          "CriOS/140.0 Mobile/15E148 Safari/604.1",
          "Chrome on iPhone" },
        { "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
          "Firefox on Android" },
        { "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          "Firefox on Linux" },
        { "Firefox/1", "Firefox" },
        { "curl/8.5.0", "curl/8.5.0" },
        { "python-requests/2.32 something", "python-requests/2.32" },
        { "", "Unknown program" },
        { NULL, "Unknown program" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "Unknown program" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(program_name(a, ENGLISH, cases[i].agent), cases[i].name);
    assert_string_equal(program_name(a, CHINESE, cases[5].agent), "Linux 上的 Firefox");
    arena_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_is_told_by_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
