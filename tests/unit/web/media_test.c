/* SPDX-License-Identifier: Apache-2.0 */
#include "web/media.h"

#include "tests/unit/base/testing.h"

struct wanted {
    const char *accept;
    unsigned html, json;
};

static void a_type_weighs_what_its_closest_range_says(void **state)
{
    (void)state;
    static const struct wanted all[] = {
        { NULL, 1000, 1000 },
        { "*/*", 1000, 1000 },
        { "text/html", 1000, 0 },
        { "TEXT/HTML", 1000, 0 },
        { "text/*;q=0.5, application/json", 500, 1000 },
        { "text/html;q=0.1, text/*;q=0.9, */*;q=0.3", 100, 300 },
        { "application/json ; charset=utf-8 ; q=0.25", 0, 250 },
        { "text/html;q=0", 0, 0 },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 1000, 800 },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_int_equal(media_weight(all[i].accept, "text/html"), all[i].html);
        assert_int_equal(media_weight(all[i].accept, "application/json"), all[i].json);
    }
}

static void what_is_malformed_is_passed_over(void **state)
{
    (void)state;
    static const struct wanted all[] = {
        { "", 0, 0 },
        { ",,;q=1,", 0, 0 },
        { "text", 0, 0 },
        { "text/", 0, 0 },
        { "/html", 0, 0 },
        { "text/html;q=x", 0, 0 },
        { "text/html;q", 1000, 0 },
        { "text/html;q=9", 1000, 0 },
        { "text/html;q=0x9", 0, 0 },
        { "text/htmlx", 0, 0 },
        { "text/*x", 0, 0 },
        { ";;;text/html", 0, 0 },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_int_equal(media_weight(all[i].accept, "text/html"), all[i].html);
        assert_int_equal(media_weight(all[i].accept, "application/json"), all[i].json);
    }
}

static void a_browser_prefers_pages_and_a_program_does_not(void **state)
{
    (void)state;
    assert_true(media_prefers("text/html,*/*;q=0.8", "text/html", "application/json"));
    assert_false(media_prefers("*/*", "text/html", "application/json"));
    assert_false(media_prefers(NULL, "text/html", "application/json"));
    assert_true(media_prefers("application/json", "application/json", "text/html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_weighs_what_its_closest_range_says),
        TEST(what_is_malformed_is_passed_over),
        TEST(a_browser_prefers_pages_and_a_program_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
