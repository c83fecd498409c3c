/* SPDX-License-Identifier: Apache-2.0 */
#include "web/template.h"

#include "base/result.h"

#include <string.h>

enum tag_kind { TAG_VALUE, TAG_IF, TAG_UNLESS, TAG_END, TAG_CONTENT, TAG_MESSAGE };

/* One "{{...}}". */
struct tag {
    enum tag_kind kind;
    struct bytes name;
    const char *begin, *end; /* in the template */
};

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void template_escape(struct text_buffer *out, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        size_t length = utf8_length((const uint8_t *)text, n);
        char one[5] = { 0 };
        if (length > 0)
            memcpy(one, text, length);
        const char *as =
            length == 0 || text_has_control_but_lines(one) ? "\xEF\xBF\xBD" : reference(one[0]);
        text_add(out, as != NULL ? as : one);
        text += length > 0 ? length : 1;
        n -= length > 0 ? length : 1;
    }
}

static bool is_name(struct bytes name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return name.n > 0 && name.n <= TEMPLATE_NAME_MAX;
}

static enum tag_kind kind_of(char c)
{
    static const char marks[] = { [TAG_IF] = '#',
                                  [TAG_UNLESS] = '^',
                                  [TAG_END] = '/',
                                  [TAG_CONTENT] = '>',
                                  [TAG_MESSAGE] = '@' };
    for (unsigned kind = TAG_IF; kind <= TAG_MESSAGE; kind++)
        if (marks[kind] == c)
            return (enum tag_kind)kind;
    return TAG_VALUE;
}

/* The first tag from `at` on; false if there is none.  A malformed one has no name. */
static bool next_tag(const char *at, struct tag *out)
{
    const char *begin = strstr(at, "{{");
    if (begin == NULL)
        return false;
    const char *end = strstr(begin, "}}");
    *out = (struct tag){ .begin = begin, .end = end == NULL ? begin + 2 : end + 2 };
    if (end == NULL)
        return true;
    out->kind = kind_of(begin[2]);
    const char *name = begin + 2 + (out->kind == TAG_VALUE ? 0 : 1);
    if (end > name)
        out->name = (struct bytes){ (const uint8_t *)name, (size_t)(end - name) };
    return true;
}

static bool same_name(struct bytes a, struct bytes b)
{
    return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

const char *template_fault(const char *text)
{
    struct bytes open[TEMPLATE_DEPTH_MAX];
    size_t depth = 0;
    for (struct tag tag; next_tag(text, &tag); text = tag.end) {
        if (!is_name(tag.name))
            return "a tag that does not end, or a bad name";
        if (tag.kind == TAG_CONTENT && !same_name(tag.name, bytes_of("content")))
            return "only {{>content}} is taken in";
        if (tag.kind == TAG_IF || tag.kind == TAG_UNLESS) {
            if (depth == TEMPLATE_DEPTH_MAX)
                return "sections are nested too deep";
            open[depth++] = tag.name;
        }
        if (tag.kind == TAG_END && (depth == 0 || !same_name(open[--depth], tag.name)))
            return "a section is closed that is not open";
    }
    return depth == 0 ? NULL : "a section is not closed";
}

/* A section that stands, on the stack of those around the present place. */
struct section {
    const char *begin;              /* its inside */
    const struct page_value *value; /* of its name; NULL in an {{^unless}} */
    size_t row;
};

struct filling {
    struct text_buffer *out;
    const struct template *t;
    const char *at;
    const char *after_content; /* where to go on after the page's template, or NULL outside of it */
    struct section sections[2 * TEMPLATE_DEPTH_MAX];
    size_t depth;
};

static const struct page_value *find_in(const struct page_values *values, struct bytes name)
{
    for (size_t i = 0; i < values->n; i++)
        if (same_name(bytes_of(values->at[i].name), name))
            return &values->at[i];
    return NULL;
}

/* The value of `name` in the innermost row that has it, else that of the page. */
static const struct page_value *find(const struct filling *f, struct bytes name)
{
    for (size_t i = f->depth; i > 0; i--) {
        const struct section *section = &f->sections[i - 1];
        if (section->value == NULL || section->value->rows_n == 0)
            continue;
        const struct page_value *value = find_in(&section->value->rows[section->row], name);
        if (value != NULL)
            return value;
    }
    return find_in(&f->t->values, name);
}

static bool is_set(const struct page_value *value)
{
    if (value == NULL)
        return false;
    return value->rows_n > 0 || (value->value != NULL && value->value[0] != '\0');
}

/* The end of the section that `tag` opens. */
static const char *end_of(const struct tag *tag)
{
    struct tag next;
    const char *at = tag->end;
    for (size_t depth = 1; depth > 0; at = next.end) {
        bool found = next_tag(at, &next);
        must(found);
        if (next.kind == TAG_END)
            depth--;
        else if (next.kind == TAG_IF || next.kind == TAG_UNLESS)
            depth++;
    }
    return at;
}

static void enter(struct filling *f, const struct tag *tag)
{
    const struct page_value *value = find(f, tag->name);
    if (is_set(value) != (tag->kind == TAG_IF)) {
        f->at = end_of(tag);
        return;
    }
    must(f->depth < sizeof f->sections / sizeof f->sections[0]);
    f->sections[f->depth++] = (struct section){ tag->end, tag->kind == TAG_IF ? value : NULL, 0 };
}

static void leave(struct filling *f)
{
    struct section *section = &f->sections[f->depth - 1];
    if (section->value != NULL && section->row + 1 < section->value->rows_n) {
        section->row++;
        f->at = section->begin;
        return;
    }
    f->depth--;
}

static void take_in(struct filling *f)
{
    must(f->t->content != NULL && f->after_content == NULL);
    f->after_content = f->at;
    f->at = f->t->content;
}

static void fill_value(struct filling *f, struct bytes name)
{
    const struct page_value *value = find(f, name);
    if (is_set(value) && value->value != NULL)
        template_escape(f->out, value->value);
}

/* Up to the next brace as text, then the value that is named in braces. */
static void fill_message(struct filling *f, struct bytes name)
{
    must(f->t->words.find != NULL);
    const char *text = f->t->words.find(f->t->words.arg, name);
    must(text != NULL);
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(text, '{')) {
        size_t n = strcspn(open + 1, "}");
        template_escape(f->out, text_copy(f->out->arena, text, (size_t)(open - text)));
        fill_value(f, (struct bytes){ (const uint8_t *)open + 1, n });
        text = open + 1 + n + (open[1 + n] == '}' ? 1 : 0);
    }
    template_escape(f->out, text);
}

static void fill_tag(struct filling *f, const struct tag *tag)
{
    f->at = tag->end;
    switch (tag->kind) {
    case TAG_VALUE:
        fill_value(f, tag->name);
        break;
    case TAG_MESSAGE:
        fill_message(f, tag->name);
        break;
    case TAG_IF:
    case TAG_UNLESS:
        enter(f, tag);
        break;
    case TAG_END:
        leave(f);
        break;
    case TAG_CONTENT:
        take_in(f);
        break;
    }
}

/* Fills up to the end of the text that f->at is in. */
static void fill_text(struct filling *f)
{
    for (struct tag tag; next_tag(f->at, &tag);) {
        text_add_bytes(f->out, f->at, (size_t)(tag.begin - f->at));
        fill_tag(f, &tag);
    }
    text_add(f->out, f->at);
}

void template_fill(struct text_buffer *out, const struct template *t)
{
    must(template_fault(t->text) == NULL);
    must(t->content == NULL || template_fault(t->content) == NULL);
    struct filling f = { .out = out, .t = t, .at = t->text };
    fill_text(&f);
    if (f.after_content == NULL)
        return;
    f.at = f.after_content;
    fill_text(&f);
}
