/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that are shown by what is passed to them: the device grant, and signing out for an
 * application.
 */
#include "tests/unit/web/web_testing.h"
#include "web/page_device.h"
#include "web/page_end_session.h"

/* clang-format off */
static const struct route rows[] = {
    { "GET", "/page", &web_anybody, NULL, "login", PAGE, NULL, NULL, web_done, "See" },
};
/* clang-format on */

static int open_web(void **state)
{
    struct web *w = web_new();
    web_open(w, rows, 1);
    *state = w;
    return 0;
}

static int close_web(void **state)
{
    web_free(*state);
    return 0;
}

static const char *body(struct web *w)
{
    const char *text = text_copy(w->c->arena, (const char *)w->reply.body.at, w->reply.body.n);
    assert_null(strstr(text, "{{"));
    assert_null(strstr(text, "<script"));
    return text;
}

static void assert_shown(struct web *w, int status, const char *part)
{
    assert_int_equal(w->reply.status, status);
    if (strstr(body(w), part) == NULL)
        fail_msg("%s is not in %s", part, body(w));
}

static struct req *asks(struct web *w)
{
    return web_request(w, HTTP_GET, "/page");
}

static void a_code_is_typed(void **state)
{
    struct web *w = *state;
    PASSES(page_device_entry(asks(w), &(struct device_entry_page){ .user_code = NULL }));
    assert_shown(w, 200, "name=\"user_code\" type=\"text\"");
    assert_shown(w, 200, "name=\"csrf_token\" value=\"");
    PASSES(page_device_entry(
        asks(w), &(struct device_entry_page){ .user_code = "\"><b>", .unknown = true }));
    assert_shown(w, 422, "id=\"user_code-mistake\">No device waits with this code.");
    assert_shown(w, 422, "value=\"&quot;&gt;&lt;b&gt;\"");
    PASSES(page_device_entry(asks(w), &(struct device_entry_page){ .wait = 30 }));
    assert_shown(w, 429, "Try again in 30 seconds.");
}

/* DV rows, RFC 8628 5.4: what is allowed is told with the code and where it was asked from. */
static void a_device_is_allowed_by_its_code_name_and_address(void **state)
{
    struct web *w = *state;
    const struct device_ask_page page = { .user_code = "WDJB-MJHT",
                                          .client_name = "<Tele>vision",
                                          .address = "192.0.2.7",
                                          .email = "ada@example.com",
                                          .scopes = web_texts(w, "openid tv:watch") };
    PASSES(page_device_ask(asks(w), &page));
    assert_shown(w, 200, "<code>WDJB-MJHT</code>");
    assert_shown(w, 200, "&lt;Tele&gt;vision would like to:");
    assert_shown(w, 200, "It asks from 192.0.2.7.");
    assert_shown(w, 200, "know that it is you");
    assert_shown(w, 200, "<code>tv:watch</code>");
    assert_shown(w, 200, "value=\"refuse\"");
    PASSES(page_device_done(asks(w), true));
    assert_shown(w, 200, "The device is connected");
    PASSES(page_device_done(asks(w), false));
    assert_shown(w, 200, "The device was refused");
}

/* Front-Channel Logout 1.0 3: frames of exactly those origins, and no script. */
static void signing_out_tells_who_was_told(void **state)
{
    struct web *w = *state;
    const struct told told[] = {
        { "Notes", TOLD, NULL, NULL },
        { "Mail", TOLD_SOON, NULL, NULL },
        { "Lost", TOLD_FAILED, NULL, NULL },
        { "Old", TOLD_NOTHING, NULL, NULL },
        { "<b>", TOLD_BY_BROWSER, "https://a.test/out?a=1&sid=\"", "https://a.test" },
        { "Two", TOLD, "https://a.test/2", "https://a.test" },
        { "Three", TOLD, "https://b.test:8443/3", "https://b.test:8443" },
    };
    struct ended_session_page page = { told, 7, "/signed-out?x=1", "https://app.test/?a=1&b=2" };
    PASSES(page_ended_session(asks(w), &page));
    assert_shown(w, 200, "<span class=\"badge good\">Signed out</span>");
    assert_shown(w, 200, "<span class=\"badge\">Is being told</span>");
    assert_shown(w, 200, "Could not be reached");
    assert_shown(w, 200, "Sign out there yourself");
    assert_shown(w, 200,
                 "<iframe src=\"https://a.test/out?a=1&amp;sid=&quot;\" title=\"&lt;b&gt;\"");
    assert_shown(w, 200, "href=\"https://app.test/?a=1&amp;b=2\"");
    assert_shown(w, 200, "href=\"/signed-out?x=1\">Look again");
    assert_string_equal(web_answer(w, "Refresh"), "4; url=https://app.test/?a=1&b=2");
    const char *policy = web_answer(w, "Content-Security-Policy");
    assert_non_null(strstr(policy, "; frame-src https://a.test https://b.test:8443; form-action"));
    assert_null(strstr(policy, "script"));
    page = (struct ended_session_page){ told, 1, "/signed-out", "https://app.test/" };
    PASSES(page_ended_session(asks(w), &page));
    assert_null(strstr(web_answer(w, "Content-Security-Policy"), "frame-src"));
    assert_null(web_answer(w, "Refresh"));
    PASSES(page_ended_session(asks(w), &(struct ended_session_page){ .address = "/signed-out" }));
    assert_shown(w, 200, "You may close this window.");
}

#define WEB(name) cmocka_unit_test_setup_teardown(name, open_web, close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB(a_code_is_typed),
        WEB(a_device_is_allowed_by_its_code_name_and_address),
        WEB(signing_out_tells_who_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
