/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client.h"

#include "oauth_testing.h"

static struct client client_with(struct ctx *c, bool confidential, const char *uris)
{
    return (struct client){ .id = "app",
                            .confidential = confidential,
                            .metadata = { .redirect_uris = text_split(c->arena, uris, ' '),
                                          .grant_types =
                                              text_split(c->arena, "authorization_code", ' ') } };
}

/* URI-01, URI-05, URI-20: the same text and nothing that only means the same. */
static void a_redirect_uri_is_compared_as_text(void **state)
{
    struct ctx *c = *state;
    struct client app = client_with(c, false, "https://app.test/cb com.example.app:/cb");
    static const char *const others[] = {
        "https://app.test/cb/",  "https://app.test:443/cb", "https://APP.test/cb",
        "https://app.test/%63b", "https://app.test/cb?",    "com.example.app:/cb/",
        "https://app.test/c",    "http://app.test/cb",      "",
    };
    assert_true(client_redirects_to(c->arena, &app, "https://app.test/cb"));
    assert_true(client_redirects_to(c->arena, &app, "com.example.app:/cb"));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(client_redirects_to(c->arena, &app, others[i]));
}

/* URI-04: a client without one redirects nowhere. */
static void who_registered_nothing_redirects_nowhere(void **state)
{
    struct ctx *c = *state;
    struct client app = client_with(c, false, "");
    assert_false(client_redirects_to(c->arena, &app, "https://app.test/cb"));
    assert_false(client_redirects_to(c->arena, &app, "http://127.0.0.1:1/cb"));
}

/* URI-06: of loopback addresses of public clients the port is free. */
static void only_the_port_of_a_public_loopback_is_free(void **state)
{
    struct ctx *c = *state;
    const char *uris = "http://127.0.0.1/cb http://[::1]:80/cb?a=1 http://localhost/cb";
    struct client native = client_with(c, false, uris);
    struct client server = client_with(c, true, uris);
    static const struct {
        const char *uri;
        bool good;
    } rows[] = {
        { "http://127.0.0.1:5000/cb", true },   { "http://[::1]:5000/cb?a=1", true },
        { "http://127.0.0.1:5000/cb?", false }, { "http://[::1]:5000/cb", false },
        { "http://localhost:5000/cb", false },  { "http://127.0.0.2:5000/cb", false },
        { "http://127.0.0.1:5000/CB", false },  { "HTTP://127.0.0.1:5000/cb", false },
        { "https://127.0.0.1:5000/cb", false }, { "http://127.0.0.1:5000/cb#x", false },
        { "http://127.0.0.1:99999/cb", false }, { "http://u@127.0.0.1:5000/cb", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (client_redirects_to(c->arena, &native, rows[i].uri) != rows[i].good)
            fail_msg("%s", rows[i].uri);
        assert_false(client_redirects_to(c->arena, &server, rows[i].uri));
    }
    assert_true(client_redirects_to(c->arena, &server, "http://localhost/cb"));
}

static void its_origins_are_those_of_its_pages(void **state)
{
    struct ctx *c = *state;
    struct client app =
        client_with(c, false, "https://app.test/cb http://127.0.0.1:3000/cb com.example.app:/cb");
    app.metadata.allowed_origins = text_split(c->arena, "https://other.test", ' ');
    struct texts origins = client_origins(c->arena, &app);
    assert_string_equal(text_join(c->arena, origins, " "),
                        "https://app.test http://127.0.0.1:3000 https://other.test");
}

static void it_may_what_it_registered(void **state)
{
    struct ctx *c = *state;
    struct client app = client_with(c, false, "https://app.test/cb");
    assert_true(client_may(&app, "authorization_code"));
    assert_false(client_may(&app, "refresh_token"));
    assert_false(client_may(&app, "Authorization_code"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_redirect_uri_is_compared_as_text),
        TEST(who_registered_nothing_redirects_nowhere),
        TEST(only_the_port_of_a_public_loopback_is_free),
        TEST(its_origins_are_those_of_its_pages),
        TEST(it_may_what_it_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
