/* SPDX-License-Identifier: Apache-2.0 */
#include "web/template.h"

#include "tests/unit/base/testing.h"
#include "web/embedded.h"

static const struct page_value cells_a[] = { { .name = "id", .value = "1" },
                                             { .name = "note", .value = "<first>" } };
static const struct page_value cells_b[] = { { .name = "id", .value = "2" } };
static const struct page_values rows[] = { { cells_a, 2 }, { cells_b, 1 } };

static const struct page_value values[] = {
    { .name = "name", .value = "Ada <b>&\"'" },
    { .name = "empty", .value = "" },
    { .name = "unset", .value = NULL },
    { .name = "note", .value = "of the page" },
    { .name = "rows", .rows = rows, .rows_n = 2 },
};

static const char *filled(struct ctx *c, const char *text, const char *content)
{
    struct text_buffer out = text_buffer(c->arena);
    const struct template t = { text, content, { values, sizeof values / sizeof values[0] } };
    template_fill(&out, &t);
    return text_of(&out);
}

struct example {
    const char *text, *becomes;
};

/* INV-4, WB-10: a value is text, whatever is in it. */
static void values_are_escaped_and_sections_stand_where_a_value_is_set(void **state)
{
    struct ctx *c = *state;
    static const struct example all[] = {
        { "", "" },
        { "plain } { text {", "plain } { text {" },
        { "{{name}}", "Ada &lt;b&gt;&amp;&quot;&#39;" },
        { "[{{empty}}{{unset}}{{unknown}}]", "[]" },
        { "{{#name}}yes{{/name}}{{^name}}no{{/name}}", "yes" },
        { "{{#empty}}yes{{/empty}}{{^empty}}no{{/empty}}", "no" },
        { "{{#unset}}yes{{/unset}}{{^unset}}no{{/unset}}", "no" },
        { "{{#unknown}}yes{{/unknown}}{{^unknown}}no{{/unknown}}", "no" },
        { "{{#name}}{{#note}}{{note}}{{/note}}{{^note}}x{{/note}}{{/name}}", "of the page" },
        { "{{^name}}{{#name}}a{{/name}}{{^name}}b{{/name}}{{/name}}c", "c" },
        { "{{^unset}}{{#name}}a{{/name}}{{^name}}b{{/name}}{{/unset}}c", "ac" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(filled(c, all[i].text, NULL), all[i].becomes);
}

static void a_section_stands_once_for_each_row_and_looks_there_first(void **state)
{
    struct ctx *c = *state;
    static const struct example all[] = {
        { "{{#rows}}<{{id}}:{{note}}>{{/rows}}", "<1:&lt;first&gt;><2:of the page>" },
        { "{{#rows}}{{#unset}}x{{/unset}}{{^unset}}{{id}}{{/unset}},{{/rows}}{{id}}", "1,2," },
        { "{{^rows}}none{{/rows}}{{rows}}", "" },
        { "{{#rows}}{{#rows}}{{id}}{{/rows}};{{/rows}}", "12;12;" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(filled(c, all[i].text, NULL), all[i].becomes);
}

static void the_frame_takes_the_page_in(void **state)
{
    struct ctx *c = *state;
    assert_string_equal(filled(c, "<{{>content}}>{{name}}", "{{note}}{{#rows}}{{id}}{{/rows}}"),
                        "<of the page12>Ada &lt;b&gt;&amp;&quot;&#39;");
    assert_string_equal(filled(c, "{{#name}}<{{>content}}>{{/name}}", "{{^unset}}x{{/unset}}"),
                        "<x>");
    assert_string_equal(filled(c, "{{#unset}}{{>content}}{{/unset}}", "x"), "");
}

static void what_is_no_template_is_said(void **state)
{
    (void)state;
    static const char *const all[] = {
        "{{",           "{{name",
        "{{name}",      "{{}}",
        "{{#}}x{{/}}",  "{{ name }}",
        "{{Name}}",     "{{na-me}}",
        "{{{name}}}",   "{{&name}}",
        "{{>frame}}",   "{{#a}}",
        "{{/a}}",       "{{#a}}{{#b}}{{/a}}{{/b}}",
        "{{^a}}{{/b}}", "{{a_name_that_is_longer_than_any_is_allowed_to_be}}",
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_non_null(template_fault(all[i]));
    assert_non_null(template_fault("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}"
                                   "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}"));
    assert_null(template_fault("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}x"
                               "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}"));
}

static const char *find_word(const void *arg, struct bytes name)
{
    const char *only = arg;
    return name.n == strlen(only) && memcmp(name.at, only, name.n) == 0 ? "{name} & {nothing}{n"
                                                                        : NULL;
}

static const char *with_words(struct ctx *c, const char *text, const char *word)
{
    const struct template t = { .text = text,
                                .values = { values, sizeof values / sizeof values[0] },
                                .words = { find_word, word } };
    struct text_buffer out = text_buffer(c->arena);
    template_fill(&out, &t);
    return text_of(&out);
}

static void a_message_is_escaped_with_the_values_it_names(void **state)
{
    struct ctx *c = *state;
    const char *name = with_words(c, "{{name}}", "word");
    assert_string_equal(with_words(c, "<{{@word}}>", "word"),
                        text_printf(c->arena, "<%s &amp; >", name));
    assert_null(template_fault("{{@word}}"));
    assert_non_null(template_fault("{{@}}"));
}

static void fill_unknown_message(void *argument)
{
    (void)with_words(argument, "{{@other}}", "word");
}

static void fill_without_words(void *argument)
{
    (void)filled(argument, "{{@word}}", NULL);
}

static void fill_broken(void *argument)
{
    (void)filled(argument, "{{#name}}", NULL);
}

static void fill_without_content(void *argument)
{
    (void)filled(argument, "{{>content}}", NULL);
}

static void a_broken_template_is_a_bug(void **state)
{
    assert_true(aborts(fill_broken, *state));
    assert_true(aborts(fill_without_content, *state));
    assert_true(aborts(fill_unknown_message, *state));
    assert_true(aborts(fill_without_words, *state));
}

static const char *escaped(struct ctx *c, const char *text)
{
    struct text_buffer out = text_buffer(c->arena);
    template_escape(&out, text);
    return text_of(&out);
}

/* IN-16: what turns the direction of writing, or rings a bell, is shown as a mark. */
static void control_characters_do_not_come_through(void **state)
{
    struct ctx *c = *state;
    static const struct example all[] = {
        { "a\tb\r\nc", "a\tb\r\nc" },
        { "a\x01"
          "b\x1b[2J\x7f",
          "a\xEF\xBF\xBD"
          "b\xEF\xBF\xBD[2J\xEF\xBF\xBD" },
        { "\xE2\x80\xAE"
          "exe.txt\xE2\x81\xA6",
          "\xEF\xBF\xBD"
          "exe.txt\xEF\xBF\xBD" },
        { "\xC2\x85", "\xEF\xBF\xBD" },
        { "Zo\xC3\xAB \xE6\xBC\xA2 \xF0\x9F\x98\x80", "Zo\xC3\xAB \xE6\xBC\xA2 \xF0\x9F\x98\x80" },
        { "\xC3<\xFF\xE2\x80", "\xEF\xBF\xBD&lt;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(escaped(c, all[i].text), all[i].becomes);
}

static void every_page_in_the_binary_is_a_template(void **state)
{
    (void)state;
    size_t n;
    const struct embedded *files = embedded_files(&n);
    assert_true(n >= 4);
    for (size_t i = 0; i < n; i++)
        if (text_ends(files[i].name, ".html"))
            assert_null(template_fault(files[i].text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_are_escaped_and_sections_stand_where_a_value_is_set),
        TEST(a_section_stands_once_for_each_row_and_looks_there_first),
        TEST(the_frame_takes_the_page_in),
        TEST(a_message_is_escaped_with_the_values_it_names),
        TEST(what_is_no_template_is_said),
        TEST(a_broken_template_is_a_bug),
        TEST(control_characters_do_not_come_through),
        TEST(every_page_in_the_binary_is_a_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
