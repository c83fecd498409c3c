/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an API to the server whose tokens it takes (RFC 9728): our own, and registered ones.
 */
#include "oauth_story.h"

#include "oauth/protected_resource.h"

#define WELL_KNOWN "/.well-known/oauth-protected-resource"
#define NOTES      "https://api.notes.test/mcp"

static void notes(struct world *w)
{
    static const char *scopes[] = { "notes:read", "notes:write" };
    const struct resource_row row = {
        .uri = NOTES,
        .name = "Notes",
        .scopes = { scopes, 2 },
        .metadata = story_json(w, "{'resource_documentation':'https://notes.test/docs',"
                                  "'dpop_bound_access_tokens_required':true,'unknown':1}"),
    };
    story_does(w, protected_resource_check(world_ctx(w), &row));
    story_does(w, resource_set(world_ctx(w), &row));
}

static struct answer get(struct world *w, const char *host, const char *target)
{
    struct client c = client_new(w);
    return client_send(&c, &(struct sent){ .target = target, .host = host });
}

/* RFC 9728 3.3: `resource` is what was asked about. */
static void assert_is_notes(struct answer a)
{
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "resource"), NOTES);
    assert_string_equal(answer_text(&a, "resource_name"), "Notes");
    assert_string_equal(answer_text(&a, "resource_documentation"), "https://notes.test/docs");
    assert_string_equal(answer_text(&a, "dpop_bound_access_tokens_required"), "true");
    assert_non_null(strstr(a.body, "\"authorization_servers\":[\"http://localhost:8080\"]"));
    assert_non_null(strstr(a.body, "\"scopes_supported\":[\"notes:read\",\"notes:write\"]"));
    assert_null(strstr(a.body, "unknown"));
    assert_string_equal(answer_header(&a, "access-control-allow-origin"), "*");
}

static void a_registered_resource_has_a_document(void **state)
{
    struct world *w = *state;
    notes(w);
    assert_is_notes(get(w, "api.notes.test", WELL_KNOWN "/mcp"));
    assert_is_notes(get(w, "API.notes.test", WELL_KNOWN "/mcp"));
    assert_is_notes(get(w, NULL, WELL_KNOWN "?resource=https%3A%2F%2Fapi.notes.test%2Fmcp"));
}

static void a_name_is_one_line_that_people_can_read(void **state)
{
    struct world *w = *state;
    char longest[RESOURCE_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[RESOURCE_NAME_MAX + 1] = '\0';
    const char *const names[] = { "", "two\nlines", longest, longest + 1 };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct resource_row row = { .uri = NOTES, .name = names[i] };
        err checked = protected_resource_check(world_ctx(w), &row);
        assert_int_equal(checked.code, i < 3 ? ERR_INVALID_FIELD : ERR_OK);
        assert_true(i == 3 || text_equal(w->c.fault.field, "name"));
    }
}

/* Nothing is made of what a request says: there is a row, or there is no document. */
static void what_is_not_registered_has_none(void **state)
{
    struct world *w = *state;
    notes(w);
    assert_status(get(w, "api.notes.test", WELL_KNOWN), 404);
    assert_status(get(w, "api.notes.test", WELL_KNOWN "/mcp/"), 404);
    assert_status(get(w, "api.notes.test", WELL_KNOWN "/MCP"), 404);
    assert_status(get(w, "evil.test", WELL_KNOWN "/mcp"), 404);
    assert_status(get(w, "evil.test", WELL_KNOWN), 404);
    assert_status(get(w, NULL, WELL_KNOWN "?resource=https%3A%2F%2Fevil.test"), 404);
    assert_status(get(w, "api.notes.test:8443", WELL_KNOWN "/mcp"), 404);
    assert_status(get(w, "api.notes.test", "/.well-known/openid-configuration"), 421);
}

/* RFC 9728 5.1: who is refused by our own API finds the way. */
static void our_own_api_tells_who_gives_tokens(void **state)
{
    struct world *w = *state;
    struct answer a = get(w, NULL, WELL_KNOWN);
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "resource"), "http://localhost:8080");
    assert_non_null(strstr(a.body, "\"authorization_servers\":[\"http://localhost:8080\"]"));
    assert_status(get(w, NULL, WELL_KNOWN "?resource=http%3A%2F%2Flocalhost%3A8080"), 200);
    const char *parameter = "resource_metadata=\"http://localhost:8080" WELL_KNOWN "\"";
    static const char *const paths[] = { "/auth/me", "/oauth2/userinfo" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct client stranger = client_new(w);
        struct client bad = story_bearer(w, "not-a-token");
        a = client_get(&stranger, paths[i]);
        assert_status(a, 401);
        assert_non_null(strstr(answer_header(&a, "www-authenticate"), parameter));
        a = client_get(&bad, paths[i]);
        assert_status(a, 401);
        assert_non_null(strstr(answer_header(&a, "www-authenticate"), parameter));
    }
    /* A proxy asks about another resource than our own. */
    struct client stranger = client_new(w);
    a = client_get(&stranger, "/auth/verify");
    assert_null(strstr(answer_header(&a, "www-authenticate"), "resource_metadata"));
}

/* RFC 8707: what the documents name can be asked for. */
static void a_token_is_for_the_resource_of_the_document(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    notes(w);
    oauth_app(w);
    static const char *const resources[] = { "https%3A%2F%2Fapi.notes.test%2Fmcp",
                                             "http%3A%2F%2Flocalhost%3A8080" };
    static const char *const audiences[] = { NOTES, "http://localhost:8080" };
    for (size_t i = 0; i < 2; i++) {
        const char *as = text_printf(w->arena, "resource=%s", resources[i]);
        struct answer t = oauth_exchange(w, oauth_code(&b, as), as);
        assert_status(t, 200);
        struct answer claims = story_claims(w, answer_text(&t, "access_token"));
        assert_string_equal(answer_text(&claims, "aud"), audiences[i]);
    }
}

static void what_cannot_be_a_resource_is_refused(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    static const struct resource_row bad[] = {
        { .uri = "api", .name = "x" },
        { .uri = "https://api.test/#x", .name = "x" },
        { .uri = "https://user@api.test/", .name = "x" },
        { .uri = "https://api.test", .name = "x", .metadata = "[]" },
        { .uri = "https://api.test", .name = "x", .metadata = "{\"jwks_uri\":\"javascript:x\"}" },
        { .uri = "https://api.test", .name = "x", .metadata = "{\"jwks_uri\":1}" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err checked = protected_resource_check(c, &bad[i]);
        assert_int_not_equal(checked.code, ERR_OK);
        fault_clear(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_registered_resource_has_a_document),
        STORY(a_name_is_one_line_that_people_can_read),
        STORY(what_is_not_registered_has_none),
        STORY(our_own_api_tells_who_gives_tokens),
        STORY(a_token_is_for_the_resource_of_the_document),
        STORY(what_cannot_be_a_resource_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
