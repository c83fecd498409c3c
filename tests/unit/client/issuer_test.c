/* SPDX-License-Identifier: Apache-2.0 */
/* An authorization server by its issuer: where its metadata is found, and whose word it is. */
#include "client/issuer.h"

#include "peer_testing.h"

#define OPENID "/.well-known/openid-configuration"
#define OAUTH  "/.well-known/oauth-authorization-server"

static const char *said(struct world *w, const char *issuer, const char *more)
{
    return text_printf(w->arena, "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/token\"%s}", issuer,
                       w->url, more);
}

static err open_issuer(struct world *w, const char *issuer, struct issuer *out)
{
    fault_clear(&w->c);
    w->c.now += DOCUMENT_FRESH_MAX + DOCUMENT_STALE_MAX + 1;
    return issuer_open(&w->c, issuer, out);
}

static void either_place_of_metadata_will_do(void **state)
{
    struct world *w = *state;
    struct issuer issuer;
    peer_says(w, OPENID, "404 Not Found\r\n", "");
    peer_says(w, OAUTH, FINE, said(w, w->url, ""));
    assert_int_equal(open_issuer(w, w->url, &issuer).code, ERR_OK);
    assert_null(w->c.fault.text);
    assert_string_equal(issuer.m->token_endpoint, text_printf(w->arena, "%s/token", w->url));
    assert_null(issuer.m->authorization_endpoint);
    /* RFC 8414 3.1: between the host and the path. */
    assert_string_equal(metadata_oauth_url(w->arena, "https://as.example/a/b/"),
                        "https://as.example/.well-known/oauth-authorization-server/a/b");
    peer_says(w, OAUTH "/t1", FINE, said(w, text_printf(w->arena, "%s/t1", w->url), ""));
    assert_int_equal(open_issuer(w, text_printf(w->arena, "%s/t1", w->url), &issuer).code, ERR_OK);
    peer_says(w, OAUTH, "404 Not Found\r\n", "");
    assert_int_equal(open_issuer(w, w->url, &issuer).code, ERR_UPSTREAM);
    assert_non_null(strstr(w->c.fault.text, OPENID));
}

/* AT-19: who says to be another one is nobody, and no second place makes up for it. */
static void an_issuer_is_who_it_says_it_is(void **state)
{
    struct world *w = *state;
    struct issuer issuer;
    const char *const others[] = { "https://evil.example", text_printf(w->arena, "%s/", w->url),
                                   text_printf(w->arena, "%s/x", w->url) };
    peer_says(w, OAUTH, FINE, said(w, w->url, ""));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        peer_says(w, OPENID, FINE, said(w, others[i], ""));
        assert_int_equal(open_issuer(w, w->url, &issuer).code, ERR_UPSTREAM);
        assert_non_null(strstr(w->c.fault.text, "calls itself"));
    }
    assert_int_equal(peer_calls(w, OAUTH), 0);
}

static void what_is_no_issuer_is_not_asked(void **state)
{
    struct world *w = *state;
    struct issuer issuer;
    static const char *const bad[] = { "",
                                       "x",
                                       "http://op.example",
                                       "ftp://op.example",
                                       "https://op.example?x=y",
                                       "https://op.example#x",
                                       "https://user:secret@op.example",
                                       "https://op.example/../x" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (open_issuer(w, bad[i], &issuer).code != ERR_INVALID_REQUEST)
            fail_msg("%s was taken", bad[i]);
}

/* SR-02, AT-19. */
static void an_endpoint_elsewhere_is_a_strangers(void **state)
{
    struct world *w = *state;
    struct issuer issuer;
    struct oauth_endpoint at;
    struct oauth_client client = { .client_id = "us" };
    peer_says(w, OPENID, FINE,
              said(w, w->url,
                   ",\"revocation_endpoint\":\"https://10.0.0.1/revoke\","
                   "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://tls.example/token\"}"));
    assert_int_equal(open_issuer(w, w->url, &issuer).code, ERR_OK);
    assert_int_equal(issuer_endpoint(&w->c, &issuer, &client, ISSUER_TOKEN, &at).code, ERR_OK);
    assert_int_equal(at.origin, OUTBOUND_CONFIGURED);
    assert_int_equal(issuer_endpoint(&w->c, &issuer, &client, ISSUER_REVOCATION, &at).code, ERR_OK);
    assert_int_equal(at.origin, OUTBOUND_FOREIGN);
    struct oauth_answer answer;
    struct oauth_form form = { .n = 0 };
    assert_int_equal(oauth_call_post(&w->c, &client, &at, &form, &answer).code, ERR_FORBIDDEN);
    fault_clear(&w->c);
    assert_int_equal(issuer_endpoint(&w->c, &issuer, &client, ISSUER_DEVICE, &at).code,
                     ERR_NOT_IMPLEMENTED);
    fault_clear(&w->c);
    /* RFC 8705 5 */
    client.certificate = "PEM";
    assert_int_equal(issuer_endpoint(&w->c, &issuer, &client, ISSUER_TOKEN, &at).code, ERR_OK);
    assert_string_equal(at.url, "https://tls.example/token");
    assert_int_equal(at.origin, OUTBOUND_FOREIGN);
    assert_int_equal(issuer_endpoint(&w->c, &issuer, &client, ISSUER_REVOCATION, &at).code, ERR_OK);
    assert_string_equal(at.url, "https://10.0.0.1/revoke");
    peer_says(w, OPENID, FINE,
              said(w, w->url,
                   ",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"http://10.0.0.1/token\"}"));
    assert_int_equal(open_issuer(w, w->url, &issuer).code, ERR_UPSTREAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(either_place_of_metadata_will_do),
        WORLD_TEST(an_issuer_is_who_it_says_it_is),
        WORLD_TEST(what_is_no_issuer_is_not_asked),
        WORLD_TEST(an_endpoint_elsewhere_is_a_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
