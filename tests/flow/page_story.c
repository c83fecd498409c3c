/* SPDX-License-Identifier: Apache-2.0 */
#include "page_story.h"

#include "base/codec.h"

const char *page_hidden(const struct answer *page, const char *name)
{
    struct arena *a = page->w->arena;
    const char *mark = text_printf(a, "name=\"%s\" value=\"", name);
    const char *at = strstr(page->body, mark);
    if (at == NULL)
        return NULL;
    at += strlen(mark);
    return text_copy(a, at, strcspn(at, "\""));
}

const char *page_token(struct client *browser, const char *path)
{
    struct answer page = client_get(browser, path);
    assert_status(page, 200);
    const char *token = page_hidden(&page, "csrf_token");
    assert_non_null(token);
    return token;
}

struct answer page_post(struct client *browser, const char *action, const char *token,
                        const char *fields)
{
    struct sent sent = { .method = HTTP_POST, .target = action, .form = fields };
    if (token != NULL)
        sent.form = text_printf(browser->w->arena, "csrf_token=%s&%s", token, fields);
    return client_send(browser, &sent);
}

struct answer page_send(struct client *browser, const char *from, const char *action,
                        const char *fields)
{
    return page_post(browser, action, page_token(browser, from), fields);
}

struct client page_browser(struct world *w, const char *email)
{
    struct client b = browser_new(w);
    struct answer a = page_send(&b, "/sign-in", "/sign-in",
                                text_printf(w->arena, "email=%s&password=" STORY_PASSWORD, email));
    assert_leads(a, "/account");
    return b;
}

void assert_leads_at(struct answer answer, const char *path, const char *file, int line)
{
    const char *location = answer_header(&answer, "location");
    assert_status_at(answer, 303, file, line);
    if (text_equal(location, path))
        return;
    print_error("it leads to %s instead of %s\n", location == NULL ? "nowhere" : location, path);
    _fail(file, line);
}

void assert_page_at(struct answer answer, int status, const char *text, const char *file, int line)
{
    const char *media = answer_header(&answer, "content-type");
    assert_status_at(answer, status, file, line);
    if (text_equal(media, "text/html; charset=utf-8") && strstr(answer.body, text) != NULL)
        return;
    print_error("\"%s\" is not in %s\n", text, answer.body);
    _fail(file, line);
}

const char *page_field(struct world *w, const char *text)
{
    return percent_encode(w->arena, text);
}
