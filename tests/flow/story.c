/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include "app/routes.h"
#include "base/codec.h"
#include "crypto/totp.h"

const char *story_json(struct world *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *written = text_vprintf(w->arena, format, args);
    va_end(args);
    size_t n = strlen(written);
    char *text = arena_copy(w->arena, written, n + 1);
    for (size_t i = 0; i < n; i++)
        if (text[i] == '\'')
            text[i] = '"';
    return text;
}

struct answer story_login(struct client *client, const char *email, const char *more)
{
    return story_post(client, "/auth/login", "{'email':'%s','password':'" STORY_PASSWORD "'%s%s}",
                      email, more[0] == '\0' ? "" : ",", more);
}

struct client story_browser(struct world *w, const char *email, const char *mode)
{
    struct client browser = browser_new(w);
    struct answer a = story_login(&browser, email, text_printf(w->arena, "'mode':'%s'", mode));
    assert_status(a, 200);
    browser.csrf = answer_text(&a, "csrf_token");
    assert_non_null(browser.csrf);
    return browser;
}

struct answer story_refresh(struct client *client, const char *refresh_token)
{
    return story_post(client, "/auth/refresh", "{'refresh_token':'%s'}", refresh_token);
}

static struct answer part_of(struct world *w, const char *token, size_t part)
{
    struct texts parts = text_split(w->arena, token, '.');
    struct bytes raw;
    assert_int_equal(parts.n, 3);
    assert_true(base64url_decode(w->arena, bytes_of(parts.at[part]), &raw));
    return (struct answer){ .w = w, .body = text_copy(w->arena, (const char *)raw.at, raw.n) };
}

struct answer story_claims(struct world *w, const char *token)
{
    return part_of(w, token, 1);
}

struct answer story_header(struct world *w, const char *token)
{
    return part_of(w, token, 0);
}

struct client story_bearer(struct world *w, const char *token)
{
    struct client client = client_new(w);
    client.token = token;
    return client;
}

bool answer_holds(const struct answer *answer, const char *text)
{
    return strstr(answer->body, text_printf(answer->w->arena, "\"%s\"", text)) != NULL;
}

const char *story_code(struct world *w, const char *secret)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t *key = arena_alloc(w->arena, strlen(secret) * 5 / 8);
    size_t n = 0;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char *at = secret; *at != '\0'; at++) {
        held = held << 5 | (unsigned)(strchr(letters, *at) - letters);
        bits += 5;
        if (bits < 8)
            continue;
        bits -= 8;
        key[n++] = (uint8_t)(held >> bits);
        held &= (1U << bits) - 1;
    }
    return totp_code(w->arena, TOTP_SHA1, (struct bytes){ key, n }, totp_step(w->now), TOTP_DIGITS);
}

const char *story_enrol(struct client *client, struct answer *codes)
{
    struct answer begun = client_post(client, "/auth/me/mfa/totp", "{}");
    assert_status(begun, 201);
    const char *secret = answer_text(&begun, "secret");
    struct answer done = story_post(client, "/auth/me/mfa/totp/confirm", "{'code':'%s'}",
                                    story_code(client->w, secret));
    assert_status(done, 200);
    if (codes != NULL)
        *codes = done;
    /* Its step is used up. */
    world_pass(client->w, TOTP_PERIOD);
    return secret;
}

const struct route *story_api(struct world *w, size_t *n)
{
    size_t all = 0;
    const struct route *rows = routes(&all);
    struct route *chosen = ARENA_NEWS(w->arena, struct route, all);
    *n = 0;
    for (size_t i = 0; i < all; i++)
        if ((rows[i].flags & HOSTED) == 0)
            chosen[(*n)++] = rows[i];
    return chosen;
}

enum http_method story_method(const char *name)
{
    for (int m = HTTP_GET; m <= HTTP_OPTIONS; m++)
        if (text_equal(http_method_name((enum http_method)m), name))
            return (enum http_method)m;
    assert_string_equal(name, "*");
    return HTTP_GET;
}

static const char *filled(struct world *w, const char *path, const char *name, const char *instead)
{
    const char *at = strstr(path, name);
    if (at == NULL)
        return path;
    return text_printf(w->arena, "%.*s%s%s", (int)(at - path), path, instead, at + strlen(name));
}

const char *story_path(struct world *w, const struct route *row)
{
    static const struct {
        const char *name, *instead;
    } fillings[] = {
        { "{sid}", "01900000-0000-7000-8000-000000000001" },
        { "{id}", "01900000-0000-7000-8000-000000000001" },
        { "{user_id}", "01900000-0000-7000-8000-000000000001" },
        { "{client_id}", "app" },
        { "{invitation_id}", "01900000-0000-7000-8000-000000000001" },
        { "{role}", "moderator" },
        { "{provider}", "nobody" },
        { "{slug}", "invalid-grant" },
        { "{name}", "nothing.css" },
        { "*", "some/where" },
    };
    const char *path = row->path;
    for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++)
        path = filled(w, path, fillings[i].name, fillings[i].instead);
    assert_null(strchr(path, '{'));
    return path;
}

void story_does(struct world *w, err done)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s", err_slug(done.code),
                 w->c.fault.say != NULL ? w->c.fault.say : w->c.fault.text);
}
