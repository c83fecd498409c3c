/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth_story.h"

#include "base/codec.h"
#include "oauth/client_change.h"

const char *oauth_client(struct world *w, const char *id, const char *metadata)
{
    struct ctx *c = world_ctx(w);
    struct client_new client = { .id = id };
    struct client_made made;
    story_does(w,
               client_metadata_read(c, bytes_of(story_json(w, "%s", metadata)), &client.metadata));
    story_does(w, client_create(c, &client, &made));
    return made.secret;
}

#define REGISTRATION                                                                               \
    "'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"                                     \
    "'grant_types':['authorization_code','refresh_token']"

void oauth_app(struct world *w)
{
    (void)oauth_client(w, APP, "{'token_endpoint_auth_method':'none'," REGISTRATION "}");
}

const char *oauth_web(struct world *w)
{
    return oauth_client(w, WEB, "{" REGISTRATION "}");
}

/* ---- forms ---- */

static struct form form_of(struct world *w, const char *text)
{
    struct form form = { 0 };
    assert_true(form_decode(w->arena, bytes_of(text), &form));
    return form;
}

static bool names(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++)
        if (text_equal(form->at[i].name, name))
            return true;
    return false;
}

const char *oauth_form(struct world *w, const char *base, const char *changes)
{
    struct form before = form_of(w, base);
    struct form after = form_of(w, changes);
    struct form_field *at = ARENA_NEWS(w->arena, struct form_field, before.n + after.n);
    size_t n = 0;
    for (size_t i = 0; i < before.n; i++)
        if (!names(&after, before.at[i].name))
            at[n++] = before.at[i];
    for (size_t i = 0; i < after.n; i++)
        if (after.at[i].value[0] != '\0')
            at[n++] = after.at[i];
    return form_encode(w->arena, &(struct form){ at, n });
}

const char *oauth_request(struct world *w, const char *changes)
{
    return oauth_form(w,
                      "response_type=code&client_id=" APP
                      "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&scope=openid+profile+email"
                      "&state=s&nonce=n&code_challenge=" CHALLENGE "&code_challenge_method=S256",
                      changes);
}

struct answer oauth_authorize(struct client *browser, const char *changes)
{
    struct world *w = browser->w;
    return client_get(browser,
                      text_printf(w->arena, "/oauth2/authorize?%s", oauth_request(w, changes)));
}

const char *oauth_param(const struct answer *answer, const char *name)
{
    const char *location = answer_header(answer, "location");
    const char *query = location == NULL ? NULL : strchr(location, '?');
    const char *value = NULL;
    if (query == NULL)
        return NULL;
    struct form form = form_of(answer->w, query + 1);
    assert_true(form_get(&form, name, &value));
    return value;
}

void assert_redirected_error(struct answer answer, const char *uri, const char *error)
{
    assert_status(answer, 303);
    assert_true(text_starts(answer_header(&answer, "location"), uri));
    assert_string_equal(oauth_param(&answer, "error"), error);
    assert_null(oauth_param(&answer, "code"));
    assert_string_equal(oauth_param(&answer, "iss"), "http://localhost:8080");
}

void assert_error_page(struct answer answer)
{
    assert_status(answer, 400);
    assert_null(answer_header(&answer, "location"));
    assert_true(text_starts(answer_header(&answer, "content-type"), "text/html"));
    assert_string_equal(answer_header(&answer, "cache-control"), "no-store");
}

const char *oauth_code(struct client *browser, const char *changes)
{
    struct answer a = oauth_authorize(browser, changes);
    assert_status(a, 303);
    const char *code = oauth_param(&a, "code");
    if (code == NULL)
        fail_msg("no code: %s", answer_header(&a, "location"));
    return code;
}

/* ---- the calls of the client ---- */

static const char *basic(struct world *w, const char *client_id, const char *secret)
{
    const char *pair = text_printf(w->arena, "%s:%s", client_id, secret);
    return text_printf(w->arena, "Basic %s", base64_encode(w->arena, bytes_of(pair), true));
}

struct answer oauth_post(struct world *w, const char *path, const char *client_id,
                         const char *secret, const char *form)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST, .target = path, .form = form };
    if (secret != NULL)
        sent.headers[0] = (struct http_header){ "authorization", basic(w, client_id, secret) };
    return client_send(&c, &sent);
}

struct answer oauth_exchange(struct world *w, const char *code, const char *changes)
{
    const char *form = text_printf(w->arena,
                                   "grant_type=authorization_code&client_id=" APP "&code=%s"
                                   "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb"
                                   "&code_verifier=" VERIFIER,
                                   code);
    return oauth_post(w, "/oauth2/token", APP, NULL, oauth_form(w, form, changes));
}

void assert_oauth_error_at(struct answer answer, int expected, const char *error, const char *file,
                           int line)
{
    assert_status_at(answer, expected, file, line);
    const char *found = answer_text(&answer, "error");
    if (!text_equal(found, error))
        fail_msg("%s:%d: %s", file, line, answer.body);
    assert_string_equal(answer_header(&answer, "cache-control"), "no-store");
}

struct client oauth_ada(struct world *w)
{
    (void)story_person(w, ADA);
    return story_browser(w, ADA, "session");
}

struct answer oauth_tokens(struct world *w, const char *changes)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_exchange(w, oauth_code(&b, changes), "");
    assert_status(a, 200);
    return a;
}

const char *oauth_waits_for(const struct answer *a, const char *page)
{
    assert_status(*a, 303);
    const char *location = answer_header(a, "location");
    if (!text_starts(location, text_printf(a->w->arena, "%s?request=", page)))
        fail_msg("not %s: %s", page, location);
    return oauth_param(a, "request");
}
