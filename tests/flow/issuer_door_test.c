/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a tenant's issuer: what is not there, and how often anybody may ask what is.
 */
#include "issuer_story.h"

#define DOCUMENT "/.well-known/openid-configuration"

/* A path that is not there has no methods either. */
static void what_is_the_services_own_has_no_methods_there(void **state)
{
    struct world *w = *state;
    (void)issuer_places(w);
    struct client c = client_new(w);
    static const char *const paths[] = { "/auth/login", "/admin/users", "/sign-in", "/device" };
    static const enum http_method methods[] = { HTTP_OPTIONS, HTTP_DELETE, HTTP_POST };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++) {
            struct sent sent = { .method = methods[k],
                                 .target = text_printf(w->arena, "/t/acme%s", paths[i]) };
            struct answer a = client_send(&c, &sent);
            assert_status(a, 404);
            assert_null(answer_header(&a, "allow"));
        }
    assert_status(
        client_send(&c, &(struct sent){ .method = HTTP_OPTIONS, .target = "/t/acme/oauth2/token" }),
        204);
}

/* TN-12: the database is asked whose documents they are, so an address asks only so often. */
static void documents_there_have_a_limit(void **state)
{
    struct world *w = *state;
    (void)issuer_places(w);
    struct client c = client_new(w);
    static const char *const paths[] = { "/t/acme" DOCUMENT, "/t/nobody/.well-known/jwks.json" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct answer a = { 0 };
        for (int n = 0; n < 1000 && a.status != 429; n++)
            a = client_get(&c, paths[i]);
        assert_status(a, 429);
        world_pass(w, 3600);
    }
    struct answer own = { 0 };
    for (int n = 0; n < 1000; n++)
        own = client_get(&c, DOCUMENT);
    assert_status(own, 200);
}

static const char *const limited[] = { "AUTH_RATE_LIMIT=on", NULL };

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_is_the_services_own_has_no_methods_there),
        STORY_WITH(documents_there_have_a_limit, limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
