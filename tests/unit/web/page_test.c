/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "base/json.h"
#include "tests/unit/web/web_testing.h"
#include "web/embedded.h"
#include "web/problems.h"
#include "web/reply.h"

/* clang-format off */
static const struct route rows[] = {
    { "GET", "/assets/{name}",   &web_anybody, NULL, "login", PROBLEM, NULL, NULL, get_asset,    "Asset",    .status = 200 },
    { "GET", "/problems",        &web_anybody, NULL, "login", PAGE,    NULL, NULL, get_problems, "Problems", .status = 200 },
    { "GET", "/problems/{slug}", &web_anybody, NULL, "login", PAGE,    NULL, NULL, get_problem,  "Problem",  .status = 200 },
};
/* clang-format on */

static int open_web(void **state)
{
    struct web *w = web_new();
    web_open(w, rows, sizeof rows / sizeof rows[0]);
    w->door.issuer = "https://id.example";
    *state = w;
    return 0;
}

static int close_web(void **state)
{
    web_free(*state);
    return 0;
}

static const char *get(struct web *w, const char *path, const char *accept)
{
    struct req *r = web_request(w, HTTP_GET, path);
    web_header(w, "accept", accept);
    PASSES(r->route->handler(r));
    assert_int_equal(w->reply.status, 200);
    return text_copy(w->c->arena, (const char *)w->reply.body.at, w->reply.body.n);
}

static void assert_json(struct web *w, const char *text)
{
    struct json j = json_open(w->c->arena, bytes_of(text));
    struct json_value root;
    assert_string_equal(web_answer(w, "Content-Type"), "application/json");
    assert_true(json_value(&j, &root));
    assert_true(json_skip(&j, &root));
    assert_true(json_done(&j));
}

static void a_page_stands_in_the_frame_with_its_style_sheet(void **state)
{
    struct web *w = *state;
    const struct page_value values[] = { { .name = "status", .value = "<404>" } };
    const struct html_page page = { "failure", "A & B", values, 1 };
    const char *html = page_render(web_request(w, HTTP_GET, "/problems"), &page);
    assert_true(text_starts(html, "<!doctype html>\n<html lang=\"en\">"));
    assert_non_null(strstr(html, "<title>A &amp; B · uauth</title>"));
    assert_non_null(strstr(html, "&lt;404&gt;"));
    assert_non_null(strstr(html, embedded_asset_path(w->c->arena, "style.css")));
    assert_null(strstr(html, "{{"));
    assert_string_equal(page_escape(w->c->arena, "<a href='x'>"), "&lt;a href=&#39;x&#39;&gt;");
}

/* Decision 21: browsers apply form-action to every redirect that follows. */
static void pages_that_redirect_leave_form_action_out(void **state)
{
    struct web *w = *state;
    const struct html_page page = { "failure", "x", NULL, 0 };
    PASSES(reply_page(web_request(w, HTTP_GET, "/problems"), 200, &page, true));
    assert_null(strstr(web_answer(w, "Content-Security-Policy"), "form-action"));
    PASSES(reply_page(web_request(w, HTTP_GET, "/problems"), 200, &page, false));
    assert_non_null(strstr(web_answer(w, "Content-Security-Policy"), "; form-action 'self'"));
}

/* WB-12: pages load our own style sheet and images, and run nothing. */
static void no_page_has_script_or_inline_style(void **state)
{
    (void)state;
    size_t n;
    const struct embedded *files = embedded_files(&n);
    static const char *const banned[] = { "<script>", "<script t", "style=",     "<style",
                                          " on",      "http:",     "javascript:" };
    for (size_t i = 0; i < n; i++) {
        if (!text_ends(files[i].name, ".html"))
            continue;
        for (const char *tag = strchr(files[i].text, '<'); tag != NULL;
             tag = strchr(tag + 1, '<')) {
            char part[256] = { 0 };
            memcpy(part, tag, strcspn(tag, ">") < 255 ? strcspn(tag, ">") : 255);
            for (size_t k = 0; k < sizeof banned / sizeof banned[0]; k++)
                assert_null(strstr(part, banned[k]));
        }
    }
}

static void every_failure_has_its_page_and_its_document(void **state)
{
    struct web *w = *state;
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++) {
        struct arena_mark mark = arena_mark(w->c->arena);
        const struct problem *problem = problem_of((enum err_code)code);
        const struct err_row *row = err_row((enum err_code)code);
        const char *path = text_printf(w->c->arena, "/problems/%s", err_slug((enum err_code)code));
        assert_true(strlen(problem->meaning) > 20 && strlen(problem->developer) > 20);
        assert_true(strlen(problem->person) > 10);
        const char *html = get(w, path, "text/html");
        assert_non_null(strstr(html, row->title));
        assert_non_null(strstr(html, page_escape(w->c->arena, problem->person)));
        assert_null(strstr(html, "/sign-out")); /* it knows nobody */
        assert_null(strchr(strstr(html, "<main"), '`'));
        const char *json = get(w, path, "application/json");
        assert_json(w, json);
        assert_non_null(
            strstr(json, text_printf(w->c->arena, "\"type\":\"https://id.example%s\"", path)));
        assert_non_null(strstr(json, text_printf(w->c->arena, "\"status\":%d", row->status)));
        arena_rewind(w->c->arena, mark);
    }
}

static void the_list_names_them_all(void **state)
{
    struct web *w = *state;
    const char *html = get(w, "/problems", "text/html,*/*;q=0.8");
    assert_string_equal(web_answer(w, "Vary"), "Accept");
    for (unsigned code = ERR_OK + 1; code < ERR_CODES; code++)
        assert_non_null(strstr(html, text_printf(w->c->arena, "href=\"/problems/%s\"",
                                                 err_slug((enum err_code)code))));
    assert_json(w, get(w, "/problems", "application/json"));
    assert_true(text_starts(get(w, "/problems", "*/*"), "<!doctype html>"));
    assert_true(text_starts(get(w, "/problems", NULL), "<!doctype html>"));
}

static void code_in_the_words_is_marked_as_code(void **state)
{
    struct web *w = *state;
    const char *html = get(w, "/problems/expectation-failed", NULL);
    assert_non_null(strstr(html, "The <code>Expect</code> field"));
    assert_non_null(strstr(html, "Only <code>100-continue</code> is."));
}

/* IN-10: a name is looked for in a table, and is never a path. */
static void only_what_is_in_the_binary_is_served(void **state)
{
    struct web *w = *state;
    static const char *const paths[] = {
        "/assets/style.css", "/assets/style.0000000000000000.css",
        "/assets/..",        "/assets/frame.html",
        "/problems/nothing", "/problems/INVALID_GRANT",
        "/problems/..",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct req *r = web_request(w, HTTP_GET, paths[i]);
        assert_non_null(r->route);
        REFUSES(r->route->handler(r), NOT_FOUND);
    }
}

static void an_asset_is_immutable_under_its_name(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    const char *css = get(w, embedded_asset_path(a, "style.css"), "*/*");
    assert_string_equal(css, embedded_find("assets/style.css")->text);
    assert_string_equal(web_answer(w, "Content-Type"), "text/css; charset=utf-8");
    assert_string_equal(web_answer(w, "Cache-Control"), "public, max-age=31536000, immutable");
    const char *tag = web_answer(w, "ETag");
    (void)get(w, embedded_asset_path(a, "icon.svg"), "*/*");
    assert_string_equal(web_answer(w, "Content-Type"), "image/svg+xml; charset=utf-8");
    struct req *r = web_request(w, HTTP_GET, embedded_asset_path(a, "style.css"));
    web_header(w, "if-none-match", tag);
    PASSES(r->route->handler(r));
    assert_int_equal(w->reply.status, 304);
}

#define WEB(name) cmocka_unit_test_setup_teardown(name, open_web, close_web)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB(a_page_stands_in_the_frame_with_its_style_sheet),
        WEB(pages_that_redirect_leave_form_action_out),
        WEB(no_page_has_script_or_inline_style),
        WEB(every_failure_has_its_page_and_its_document),
        WEB(the_list_names_them_all),
        WEB(code_in_the_words_is_marked_as_code),
        WEB(only_what_is_in_the_binary_is_served),
        WEB(an_asset_is_immutable_under_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
