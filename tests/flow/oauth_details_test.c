/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization details (RFC 9396): what is registered, asked for, shown, granted and told.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "base/codec.h"
#include "oauth/discovery_kept.h"
#include "oauth/resource_change.h"

#define BANK  "https://bank.test"
#define FILES "https://files.test"
#define PAY                                                                                        \
    "{\"type\":\"payment\",\"actions\":[\"initiate\"],\"amount\":{\"currency\":\"EUR\",\"value\":" \
    "\"12.50\"},\"creditor\":\"<b>Bob</b>\"}"
#define READ "{\"type\":\"file\",\"identifier\":\"a.txt\"}"
#define FORM "grant_type=client_credentials&authorization_details="

static void apis(struct world *w)
{
    const struct resource_row bank = {
        .uri = BANK,
        .name = "Bank",
        .metadata = "{\"authorization_details_types\":[{\"type\":\"payment\",\"title\":\"Pay "
                    "somebody\",\"members\":[\"actions\",\"creditor\",\"locations\"],"
                    "\"required\":[\"amount\"]}]}"
    };
    const struct resource_row files = {
        .uri = FILES,
        .name = "Files",
        .metadata = "{\"authorization_details_types\":[{\"type\":\"file\",\"members\":["
                    "\"identifier\"]},{\"type\":\"folder\"}]}"
    };
    story_does(w, resource_register(world_ctx(w), &bank));
    story_does(w, resource_register(world_ctx(w), &files));
}

/* APP, whose users are asked, with both types but not `folder`. */
static void paying_app(struct world *w)
{
    apis(w);
    (void)oauth_client(w, APP,
                       "{'client_name':'Shop','token_endpoint_auth_method':'none',"
                       "'redirect_uris':['" APP_CALLBACK "'],"
                       "'authorization_details_types':['payment','file'],"
                       "'grant_types':['authorization_code','refresh_token']}");
}

static const char *asking(struct world *w, const char *details)
{
    return text_printf(w->arena, "authorization_details=%s", page_field(w, details));
}

/* Brings the request of APP as far as the page for consent; its address. */
static const char *consent_page(struct client *b, const char *changes)
{
    struct answer a = oauth_authorize(b, changes);
    const char *location = answer_header(&a, "location");
    assert_status(a, 303);
    if (location == NULL || !text_starts(location, "/consent?request="))
        fail_msg("it leads to %s", location);
    return location;
}

/* Ada allows it; the code. */
static const char *allowed_code(struct client *b, const char *changes)
{
    struct answer page = client_get(b, consent_page(b, changes));
    const char *fields =
        text_printf(b->w->arena, "request=%s&answer=allow", page_hidden(&page, "request"));
    struct answer a = page_post(b, "/consent", page_hidden(&page, "csrf_token"), fields);
    assert_status(a, 303);
    a = client_get(b, answer_header(&a, "location"));
    const char *code = oauth_param(&a, "code");
    assert_non_null(code);
    return code;
}

/* The value of the member, as JSON, in the answer or token. */
static bool says(const struct answer *a, const char *details)
{
    return strstr(a->body, text_printf(a->w->arena, "\"authorization_details\":%s", details)) !=
           NULL;
}

static void assert_says(struct world *w, const struct answer *t, const char *details)
{
    struct answer claims = story_claims(w, answer_text(t, "access_token"));
    if (!says(t, details) || !says(&claims, details))
        fail_msg("%s\n%s", t->body, claims.body);
}

/* RFC 9396 5.2, 6, 7, 9.1, 9.2, 12. */
static void what_was_asked_for_is_shown_granted_and_told(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    const char *changes = asking(w, "[ " PAY " ]");
    struct answer page = client_get(&b, consent_page(&b, changes));
    assert_page(page, 200, "Pay somebody");
    assert_page(page, 200, "amount.currency:</span> <bdi>EUR</bdi>");
    assert_page(page, 200, "amount.value:</span> <bdi>12.50</bdi>");
    assert_page(page, 200, "actions:</span> <bdi>initiate</bdi>");
    assert_page(page, 200, "&lt;b&gt;Bob&lt;/b&gt;");
    assert_null(strstr(page.body, "<b>Bob"));
    struct answer t = oauth_exchange(w, allowed_code(&b, changes), "");
    assert_status(t, 200);
    assert_says(w, &t, "[" PAY "]");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "aud"), BANK);
    const char *secret =
        oauth_client(w, "bank", "{'grant_types':['client_credentials'],'audiences':['" BANK "']}");
    struct answer told =
        oauth_post(w, "/oauth2/introspect", "bank", secret,
                   text_printf(w->arena, "token=%s", answer_text(&t, "access_token")));
    assert_true(says(&told, "[" PAY "]"));
    t = oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena,
                               "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                               answer_text(&t, "refresh_token")));
    assert_status(t, 200);
    assert_says(w, &t, "[" PAY "]");
}

/* RFC 9396 12: whatever it is, nothing of it is left out. */
static void all_of_it_is_shown(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    struct answer page = client_get(
        &b, consent_page(&b, asking(w, "[{\"type\":\"payment\",\"amount\":{\"\":1,\"a\":{\"b\":"
                                       "[2]}},\"actions\":[true,\"x\",[3],{\"c\":null}],"
                                       "\"creditor\":{}}]")));
    assert_page(page, 200, "amount.:</span> <bdi>1</bdi>");
    assert_page(page, 200, "amount.a:</span> <bdi>{&quot;b&quot;:[2]}</bdi>");
    assert_page(page, 200, "actions:</span> <bdi>true, x, [3], {&quot;c&quot;:null}</bdi>");
    assert_page(page, 200, "creditor:</span> <bdi>{}</bdi>");
}

/* RFC 9396 12: what was allowed once is not allowed again without asking. */
static void each_is_asked_for_anew(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    (void)allowed_code(&b, asking(w, "[" PAY "]"));
    (void)allowed_code(&b, asking(w, "[" PAY "]"));
    struct answer without = oauth_authorize(&b, "");
    assert_non_null(oauth_param(&without, "code"));
}

static void assert_refused(struct client *b, const char *changes)
{
    assert_redirected_error(oauth_authorize(b, changes), APP_CALLBACK,
                            "invalid_authorization_details");
}

/* RFC 9396 5 */
static void what_nobody_has_registered_is_refused(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    const char *many = "[" READ;
    for (int i = 0; i < 16; i++)
        many = text_printf(w->arena, "%s," READ, many);
    many = text_printf(w->arena, "%s]", many);
    const char *large =
        text_printf(w->arena, "[{\"type\":\"file\",\"identifier\":\"%0*d\"}]", 4090, 0);
    const char *wrong[] = {
        "{}",
        "[]",
        "[1]",
        "[{}]",
        "[{\"type\":1}]",
        "x",
        "[" READ,
        "[" READ "]]",
        "[{\"type\":\"unknown\"}]",
        "[{\"type\":\"folder\"}]",
        "[{\"type\":\"file\",\"path\":\"x\"}]",
        "[{\"type\":\"file\",\"type\":\"payment\"}]",
        "[{\"type\":\"payment\"}]",
        "[{\"type\":\"payment\",\"amount\":1,\"locations\":[\"" FILES "\"]}]",
        "[{\"type\":\"payment\",\"amount\":1,\"locations\":\"" BANK "\"}]",
        many,
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(&b, asking(w, wrong[i]));
    assert_error_page(oauth_authorize(&b, asking(w, large)));
    assert_refused(
        &b, text_printf(w->arena, "resource=%s&%s", page_field(w, FILES), asking(w, "[" PAY "]")));
    (void)consent_page(
        &b, asking(w, "[{\"type\":\"payment\",\"amount\":1,\"locations\":[\"" BANK "\"]}]"));
}

/* RFC 9396 2: pushed requests are checked when they are pushed, and beside them nothing stands. */
static void pushed_requests_may_have_them(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    const char *bad = oauth_request(w, asking(w, "[{\"type\":\"unknown\"}]"));
    assert_oauth_error(oauth_post(w, "/oauth2/par", APP, NULL, bad), 400,
                       "invalid_authorization_details");
    struct answer pushed =
        oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, asking(w, "[" PAY "]")));
    assert_status(pushed, 201);
    const char *uri = page_field(w, answer_text(&pushed, "request_uri"));
    struct answer a = client_get(
        &b, text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request_uri=%s", uri));
    assert_page(client_get(&b, answer_header(&a, "location")), 200, "Pay somebody");
    a = client_get(&b,
                   text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request_uri=%s&%s",
                               uri, asking(w, "[" READ "]")));
    assert_redirected_error(a, APP_CALLBACK, "invalid_request");
}

/* RFC 9396 7: an API is told what is for it, and nothing else. */
static void a_token_says_what_is_for_its_api(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    const char *both = asking(w, "[" PAY "," READ "]");
    struct answer t = oauth_exchange(w, allowed_code(&b, both), "resource=" FILES);
    assert_says(w, &t, "[" READ "]");
    assert_null(strstr(t.body, "payment"));
    t = oauth_exchange(w, allowed_code(&b, both), "resource=" BANK);
    assert_says(w, &t, "[" PAY "]");
    const char *refresh =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    t = oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena, "%s&resource=" FILES, refresh));
    assert_says(w, &t, "[" READ "]");
}

/* RFC 9396 6: fewer, never others; and a refusal uses nothing up. */
static void a_token_may_be_asked_for_less(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    paying_app(w);
    static const char other[] = "{\"type\":\"file\",\"identifier\":\"b.txt\"}";
    const char *code = allowed_code(&b, asking(w, text_printf(w->arena, "[" READ ",%s]", other)));
    assert_oauth_error(
        oauth_exchange(w, code, asking(w, "[{\"type\":\"file\",\"identifier\":\"c.txt\"}]")), 400,
        "invalid_authorization_details");
    struct answer t = oauth_exchange(w, code, asking(w, text_printf(w->arena, "[ %s ]", other)));
    assert_status(t, 200);
    assert_says(w, &t, text_printf(w->arena, "[%s]", other));
    const char *refresh =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL,
                                  text_printf(w->arena, "%s&%s", refresh, asking(w, "[" PAY "]"))),
                       400, "invalid_authorization_details");
    t = oauth_post(w, "/oauth2/token", APP, NULL,
                   text_printf(w->arena, "%s&%s", refresh, asking(w, "[" READ "]")));
    assert_says(w, &t, "[" READ "]");
}

static void a_client_on_its_own_behalf_may_have_them(void **state)
{
    struct world *w = *state;
    apis(w);
    const char *secret = oauth_client(w, "job",
                                      "{'grant_types':['client_credentials'],"
                                      "'authorization_details_types':['file','payment']}");
    struct answer t = oauth_post(w, "/oauth2/token", "job", secret,
                                 text_printf(w->arena, FORM "%s", page_field(w, "[" READ "]")));
    assert_status(t, 200);
    assert_says(w, &t, "[" READ "]");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "aud"), FILES);
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", "job", secret,
                   text_printf(w->arena, FORM "%s", page_field(w, "[" READ "," PAY "]"))),
        400, "invalid_target");
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", "job", secret,
                   text_printf(w->arena, FORM "%s", page_field(w, "[{\"type\":\"folder\"}]"))),
        400, "invalid_authorization_details");
}

/* Where nobody would be shown them, they are refused and not left out. */
static void other_grants_have_none(void **state)
{
    struct world *w = *state;
    apis(w);
    const char *secret =
        oauth_client(w, "tv",
                     "{'grant_types':['urn:ietf:params:oauth:grant-type:device_code'],"
                     "'authorization_details_types':['file']}");
    const char *details = asking(w, "[" READ "]");
    assert_oauth_error(oauth_post(w, "/oauth2/device_authorization", "tv", secret, details), 400,
                       "invalid_request");
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", "tv", secret,
                   text_printf(w->arena,
                               "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3A"
                               "device_code&device_code=x&%s",
                               details)),
        400, "invalid_request");
}

/* RFC 9396 10 */
static void discovery_names_the_types(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_null(strstr(a.body, "authorization_details_types_supported"));
    apis(w);
    /* As the job does. */
    story_does(w, discovery_kept_read(world_ctx(w), world_ctx(w)->discovery));
    a = client_get(&c, "/.well-known/openid-configuration");
    assert_non_null(strstr(
        a.body, "\"authorization_details_types_supported\":[\"payment\",\"file\",\"folder\"]"));
    /* The same bytes, from memory. */
    struct answer again = client_get(&c, "/.well-known/oauth-authorization-server");
    assert_string_equal(again.body, a.body);
    assert_string_equal(answer_header(&again, "etag"), answer_header(&a, "etag"));
}

static void what_an_api_registers_is_checked(void **state)
{
    struct world *w = *state;
    apis(w);
    static const struct {
        const char *uri, *name, *metadata, *field;
    } wrong[] = {
        { "bank", "Bank", NULL, "resource" },
        { BANK "#x", "Bank", NULL, "resource" },
        { "https://other.test", "Other", "{\"authorization_details_types\":[{\"type\":\"file\"}]}",
          "authorization_details_types" },
        { BANK, "Bank", "{\"authorization_details_types\":[{\"type\":\"a\"},{\"type\":\"a\"}]}",
          "authorization_details_types" },
        { BANK, "Bank", "{\"authorization_details_types\":[{\"title\":\"a\"}]}",
          "authorization_details_types[0].type" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct resource_row row = { .uri = wrong[i].uri,
                                          .name = wrong[i].name,
                                          .metadata = wrong[i].metadata };
        assert_int_equal(resource_register(world_ctx(w), &row).code, ERR_INVALID_FIELD);
        assert_string_equal(w->c.fault.field, wrong[i].field);
    }
    story_does(w, resource_unregister(world_ctx(w), BANK));
    assert_int_equal(resource_unregister(world_ctx(w), BANK).code, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(what_was_asked_for_is_shown_granted_and_told),
        STORY(all_of_it_is_shown),
        STORY(each_is_asked_for_anew),
        STORY(what_nobody_has_registered_is_refused),
        STORY(pushed_requests_may_have_them),
        STORY(a_token_says_what_is_for_its_api),
        STORY(a_token_may_be_asked_for_less),
        STORY(a_client_on_its_own_behalf_may_have_them),
        STORY(other_grants_have_none),
        STORY(discovery_names_the_types),
        STORY(what_an_api_registers_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
