/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization requests that are too long, too deep, or of odd characters: each is refused at
 * once, and what is at its bound comes through unchanged.
 */
#include "oauth_story.h"

#include "app/routes.h"
#include "base/codec.h"
#include "base/time.h"

#include <string.h>

enum { STATE_MAX = 2048, RESOURCES_MAX = 8, DEEP = 1000, SOON_MS = 500 };

static const char *repeated(struct world *w, const char *what, size_t n)
{
    struct text_buffer b = text_buffer(w->arena);
    for (size_t i = 0; i < n; i++)
        text_add(&b, what);
    return text_of(&b);
}

/* By a page, or by an answer to the client; without a code in any case. */
static void assert_refused(struct answer a, const char *what)
{
    bool told = a.status == 303 && text_equal(oauth_param(&a, "error"), "invalid_request");
    if (a.status != 400 && !told)
        fail_msg("%s: %d %s", what, a.status, answer_header(&a, "location"));
}

static const struct shape *request_shape(void)
{
    size_t n = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].path, "/oauth2/par"))
            return rows[i].in;
    return NULL;
}

/* CD-20: what is too long is not cut, and no work is done for it. */
static void each_parameter_has_its_bound(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    size_t tried = 0;
    const struct shape *shape = request_shape();
    oauth_app(w);
    assert_non_null(shape);
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (field->kind != SHAPE_TEXT)
            continue;
        for (int64_t more = 1; more <= 8192; more *= 8192, tried++) {
            const char *value = repeated(w, "a", (size_t)(field->high + more));
            int64_t began = time_monotonic_ms();
            assert_refused(oauth_authorize(&b, text_printf(w->arena, "%s=%s", field->name, value)),
                           field->name);
            assert_true(time_monotonic_ms() - began < SOON_MS);
        }
    }
    assert_true(tried > 30);
}

static void more_resources_than_can_be_asked_for_are_refused(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *all = repeated(w, "&resource=https%3A%2F%2Fa.test", RESOURCES_MAX + 1);
    assert_refused(oauth_authorize(&b, all + 1), "resource");
}

/* CD-20 */
static void deep_json_is_refused(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    static const char *const levels[] = { "[", "{\"a\":" };
    oauth_app(w);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const char *json = repeated(w, levels[i], DEEP / strlen(levels[i]));
        const struct form form = { &(struct form_field){ "claims", json }, 1 };
        assert_refused(oauth_authorize(&b, form_encode(w->arena, &form)), json);
    }
}

/* CD-20, IN-05: no parameter carries a line break, a NUL or what is no text. */
static void controls_are_refused(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    static const char *const names[] = { "state",      "nonce",      "scope",  "login_hint",
                                         "ui_locales", "acr_values", "prompt", "claims" };
    static const char *const values[] = { "a%00b", "a%0D%0AX:+1", "a%1Bb", "a%FFb" };
    oauth_app(w);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            const char *target = text_printf(
                w->arena, "/oauth2/authorize?%s&%s=%s",
                oauth_request(w, text_printf(w->arena, "%s=", names[i])), names[i], values[k]);
            assert_refused(client_get(&b, target), target);
        }
}

/* CD-20, RFC 6749 4.1.2: exactly as it came. */
static void state_comes_back_byte_by_byte(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    static const char odd[] = "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./ %41%20";
    oauth_app(w);
    const char *states[] = { odd, repeated(w, "z", STATE_MAX) };
    for (size_t i = 0; i < 2; i++) {
        const struct form form = { &(struct form_field){ "state", states[i] }, 1 };
        struct answer a = oauth_authorize(&b, form_encode(w->arena, &form));
        assert_non_null(oauth_param(&a, "code"));
        assert_string_equal(oauth_param(&a, "state"), states[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(each_parameter_has_its_bound),
        STORY(more_resources_than_can_be_asked_for_are_refused),
        STORY(deep_json_is_refused),
        STORY(controls_are_refused),
        STORY(state_comes_back_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
