/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others say about themselves: taken as far as a stranger's word goes, kept, and refused when
 * it is hostile.
 */
#include "client/metadata.h"

#include "base/random.h"
#include "crypto/jwt.h"
#include "peer_testing.h"

#define DISCOVERY "/.well-known/openid-configuration"

/* A document whose member `name` has the JSON `value`. */
static const char *document(struct world *w, const char *name, const char *value)
{
    static const char *const names[] = { "issuer", "authorization_endpoint", "token_endpoint",
                                         "jwks_uri" };
    struct text_buffer b = text_buffer(w->arena);
    bool said = false;
    for (size_t i = 0; i < 4; i++) {
        bool this = text_equal(names[i], name);
        said |= this;
        if (this && value == NULL)
            continue;
        text_addf(&b, "%s\"%s\":", b.n == 0 ? "{" : ",", names[i]);
        if (this)
            text_add(&b, value);
        else
            text_addf(&b, "\"%s/%s\"", w->url, i == 0 ? "" : names[i]);
    }
    if (!said && name != NULL)
        text_addf(&b, ",\"%s\":%s", name, value);
    text_add(&b, ",\"unknown\":{\"x\":[1]}}");
    return text_of(&b);
}

static err get(struct world *w, const struct metadata **out)
{
    fault_clear(&w->c);
    const struct upstream_url at = { metadata_url(w->arena, w->url), OUTBOUND_CONFIGURED };
    return metadata_get(&w->c, &at, out);
}

/* A document is asked for anew only after its rest. */
static err get_anew(struct world *w, const char *name, const char *value)
{
    const struct metadata *m = NULL;
    w->c.now += DOCUMENT_FRESH_MAX + DOCUMENT_STALE_MAX + 1;
    peer_says(w, DISCOVERY, FINE, document(w, name, value));
    return get(w, &m);
}

static void what_a_provider_says_is_read(void **state)
{
    struct world *w = *state;
    const struct metadata *m = NULL;
    peer_says(w, DISCOVERY, FINE,
              document(w, "authorization_response_iss_parameter_supported", "true"));
    assert_int_equal(get(w, &m).code, ERR_OK);
    assert_string_equal(m->token_endpoint, text_printf(w->arena, "%s/token_endpoint", w->url));
    assert_true(m->says_iss);
    assert_int_equal(m->algs, ALG_RS256);
    assert_int_equal(get(w, &m).code, ERR_OK);
    assert_int_equal(peer_calls(w, DISCOVERY), 1);
    assert_string_equal(metadata_url(w->arena, "https://a.example/x/"),
                        "https://a.example/x/.well-known/openid-configuration");
}

/* AT-19, SR-05: hostile documents. */
static void a_document_that_is_not_usable_is_refused(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        { "issuer", NULL },
        { "token_endpoint", NULL },
        { "jwks_uri", NULL },
        { "issuer", "7" },
        { "issuer", "[\"https://op.example\"]" },
        { "issuer", "\"\"" },
        { "token_endpoint", "\"http://169.254.169.254/token\"" },
        { "token_endpoint", "\"file:///etc/passwd\"" },
        { "token_endpoint", "\"https://user:pass@op.example/token\"" },
        { "token_endpoint", "\"https://op.example/token#x\"" },
        { "authorization_endpoint", "\"javascript:alert(1)\"" },
        { "authorization_endpoint", "\"https://op.example/\\r\\nX: y\"" },
        { "jwks_uri", "\"http://op.example/keys\"" },
        { "jwks_uri", "\"//op.example/keys\"" },
        { "userinfo_endpoint", "\"gopher://op.example/\"" },
        { "id_token_signing_alg_values_supported", "[\"HS256\",\"none\"]" },
        { "unknown\":1,\"unknown", "1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (get_anew(w, cases[i].name, cases[i].value).code != ERR_UPSTREAM)
            fail_msg("%s: %s was taken", cases[i].name, cases[i].value);
    assert_int_equal(get_anew(w, NULL, NULL).code, ERR_OK);
}

/* SR-05, SR-07. */
static void an_answer_that_is_no_document_is_refused(void **state)
{
    struct world *w = *state;
    const struct metadata *m = NULL;
    char *huge = arena_alloc(w->arena, 2 * DOCUMENT_BYTES_MAX);
    memset(huge, ' ', 2 * DOCUMENT_BYTES_MAX - 1);
    const struct {
        const char *head, *body;
    } cases[] = {
        { "302 Found\r\nLocation: /elsewhere\r\n", "" },
        { "500 Broken\r\n", "{}" },
        { FINE, huge },
        { FINE, "<html>" },
        { FINE, "" },
        { FINE, "[]" },
    };
    peer_says(w, "/elsewhere", FINE, document(w, NULL, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        w->c.now += DOCUMENT_RETRY_SECONDS + 1;
        peer_says(w, DISCOVERY, cases[i].head, cases[i].body);
        assert_int_equal(get(w, &m).code, ERR_UPSTREAM);
    }
    assert_int_equal(peer_calls(w, "/elsewhere"), 0);
}

/* Stale-while-revalidate: what was good yesterday is used while its server is broken. */
static void a_provider_that_breaks_is_known_for_a_day(void **state)
{
    struct world *w = *state;
    const struct metadata *m = NULL;
    peer_says(w, DISCOVERY, FINE, document(w, NULL, NULL));
    assert_int_equal(get(w, &m).code, ERR_OK);
    peer_says(w, DISCOVERY, "503 Away\r\n", "");
    w->c.now += DOCUMENT_FRESH_DEFAULT + 1;
    assert_int_equal(get(w, &m).code, ERR_OK);
    assert_int_equal(peer_calls(w, DISCOVERY), 2);
    w->c.now += DOCUMENT_STALE_MAX;
    assert_int_equal(get(w, &m).code, ERR_UPSTREAM);
}

/* ---- keys ---- */

static const struct key *new_key(struct world *w, enum jws_alg alg)
{
    const struct key *key = NULL;
    w->c.random = random_system(w->arena);
    assert_int_equal(key_generate(&w->c, w->arena, alg, RSA_BITS, &key).code, ERR_OK);
    return key;
}

static const char *key_json(struct world *w, const struct key *key, bool whole)
{
    struct json_writer j = json_writer(w->arena);
    json_object(&j, NULL);
    json_array(&j, "keys");
    if (whole)
        key_write_private_jwk(&j, key);
    else
        key_write_jwk(&j, key);
    json_array_end(&j);
    json_object_end(&j);
    return json_written(&j);
}

static const char *token_by(struct world *w, const struct key *key)
{
    const char *token = NULL;
    assert_int_equal(jwt_sign(&w->c, key, "JWT", "{}", &token).code, ERR_OK);
    return token;
}

static err keys_for(struct world *w, const char *token, const struct upstream_keys **out)
{
    fault_clear(&w->c);
    const struct upstream_url at = { w->url, OUTBOUND_CONFIGURED };
    return metadata_keys(&w->c, &at, text_printf(w->arena, "%s/keys", w->url), token, out);
}

/* JOSE-34, and an emergency roll. */
static void an_unknown_kid_is_looked_for_once_in_a_while(void **state)
{
    struct world *w = *state;
    const struct upstream_keys *keys = NULL;
    const struct key *old = new_key(w, ALG_ES256), *new = new_key(w, ALG_ES256);
    peer_says(w, "/keys", FINE, key_json(w, old, false));
    assert_int_equal(keys_for(w, token_by(w, old), &keys).code, ERR_OK);
    assert_non_null(key_find(&keys->set, old->kid, ALG_ES256));
    for (int i = 0; i < 100; i++)
        assert_int_equal(keys_for(w, token_by(w, new), &keys).code, ERR_OK);
    assert_int_equal(peer_calls(w, "/keys"), 1);
    assert_null(key_find(&keys->set, new->kid, ALG_ES256));
    w->c.now += DOCUMENT_RETRY_SECONDS;
    peer_says(w, "/keys", FINE, key_json(w, new, false));
    assert_int_equal(keys_for(w, token_by(w, new), &keys).code, ERR_OK);
    assert_non_null(key_find(&keys->set, new->kid, ALG_ES256));
    /* A key that has left the set is good for nothing. */
    assert_null(key_find(&keys->set, old->kid, ALG_ES256));
    /* What no set could verify makes nobody fetch. */
    w->c.now += DOCUMENT_RETRY_SECONDS;
    assert_int_equal(keys_for(w, "a.b.c", &keys).code, ERR_OK);
    assert_int_equal(keys_for(w, "not a token", &keys).code, ERR_OK);
    assert_int_equal(peer_calls(w, "/keys"), 2);
}

/* of the threads that others need too, a quarter at most waits for servers of others; who
 * comes then is answered by what is at hand. */
static void an_unknown_kid_does_not_take_the_threads_of_others(void **state)
{
    struct world *w = *state;
    const struct upstream_keys *keys = NULL;
    const struct key *old = new_key(w, ALG_ES256), *new = new_key(w, ALG_ES256);
    w->c.needed = true;
    w->config.workers = 8;
    peer_says(w, "/keys", FINE, key_json(w, old, false));
    assert_int_equal(keys_for(w, token_by(w, old), &keys).code, ERR_OK);
    w->c.now += DOCUMENT_RETRY_SECONDS;
    peer_says(w, "/keys", FINE, key_json(w, new, false));
    assert_true(upstreams_enter(&w->c, w->upstreams));
    assert_true(upstreams_enter(&w->c, w->upstreams));
    assert_false(upstreams_enter(&w->c, w->upstreams));
    assert_int_equal(keys_for(w, token_by(w, new), &keys).code, ERR_OK);
    assert_null(key_find(&keys->set, new->kid, ALG_ES256));
    assert_int_equal(peer_calls(w, "/keys"), 1);
    upstreams_leave(w->upstreams);
    assert_int_equal(keys_for(w, token_by(w, new), &keys).code, ERR_OK);
    assert_non_null(key_find(&keys->set, new->kid, ALG_ES256));
    assert_true(upstreams_enter(&w->c, w->upstreams));
    /* Where nothing is at hand, it is for later. */
    w->c.now += DOCUMENT_FRESH_MAX + DOCUMENT_STALE_MAX + 1;
    assert_int_equal(keys_for(w, token_by(w, new), &keys).code, ERR_UNAVAILABLE);
    assert_int_equal(peer_calls(w, "/keys"), 2);
    upstreams_leave(w->upstreams);
    upstreams_leave(w->upstreams);
}

/* The old set stays where the new one is not usable. */
static void a_set_that_is_spoiled_does_not_displace_a_good_one(void **state)
{
    struct world *w = *state;
    const struct upstream_keys *keys = NULL;
    const struct key *key = new_key(w, ALG_ES256), *other = new_key(w, ALG_ES256);
    peer_says(w, "/keys", FINE, key_json(w, key, false));
    assert_int_equal(keys_for(w, token_by(w, key), &keys).code, ERR_OK);
    const char *const spoiled[] = { key_json(w, other, true), "{\"keys\":[]}", "{\"keys\":7}", "",
                                    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}" };
    for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
        w->c.now += DOCUMENT_RETRY_SECONDS;
        peer_says(w, "/keys", FINE, spoiled[i]);
        assert_int_equal(keys_for(w, token_by(w, other), &keys).code, ERR_OK);
        assert_non_null(key_find(&keys->set, key->kid, ALG_ES256));
        assert_null(key_find(&keys->set, other->kid, ALG_ES256));
        assert_int_equal(peer_calls(w, "/keys"), i + 2);
    }
}

static void what_entra_says_of_a_key_is_kept(void **state)
{
    struct world *w = *state;
    const struct upstream_keys *keys = NULL;
    const struct key *key = new_key(w, ALG_RS256);
    const char *json = key_json(w, key, false);
    const char *end = strstr(json, "}]}");
    assert_non_null(end);
    peer_says(w, "/keys", FINE,
              text_printf(w->arena,
                          "%.*s,\"issuer\":\"https://login.example/{tenantid}/v2.0\","
                          "\"cloud_instance_name\":\"cloud\",\"x5t\":\"x\"}]}",
                          (int)(end - json), json));
    assert_int_equal(keys_for(w, token_by(w, key), &keys).code, ERR_OK);
    const struct upstream_key *said = upstream_key(keys, key->kid);
    assert_non_null(said);
    assert_string_equal(said->issuer, "https://login.example/{tenantid}/v2.0");
    assert_string_equal(said->cloud_instance_name, "cloud");
    assert_null(upstream_key(keys, "other"));
    assert_null(upstream_key(keys, NULL));
}

/* SR-02: metadata sends us nowhere that is not public, but back to where it came from. */
static void metadata_does_not_send_us_to_private_addresses(void **state)
{
    struct world *w = *state;
    const struct upstream_keys *keys = NULL;
    static const char *const elsewhere[] = {
        "https://127.0.0.1/keys",      "https://10.0.0.1/keys",        "https://[::1]/keys",
        "https://192.168.1.1/keys",    "https://169.254.169.254/keys", "http://127.0.0.1:1/keys",
        "https://localhost:8443/keys",
    };
    const struct upstream_url at = { w->url, OUTBOUND_CONFIGURED };
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        fault_clear(&w->c);
        assert_int_equal(metadata_keys(&w->c, &at, elsewhere[i], "a.b.c", &keys).code,
                         ERR_FORBIDDEN);
    }
    const struct upstream_url ours = { "https://a.example/x", OUTBOUND_CONFIGURED };
    assert_int_equal(upstream_origin(&w->c, &ours, "https://a.example:443/y"), OUTBOUND_CONFIGURED);
    assert_int_equal(upstream_origin(&w->c, &ours, "https://a.example.evil/y"), OUTBOUND_FOREIGN);
    assert_int_equal(upstream_origin(&w->c, &ours, "http://a.example/"), OUTBOUND_FOREIGN);
}

/* SR-02: who has named the metadata has named what is beside it, and nobody else has. */
static void what_a_stranger_names_is_called_as_a_strangers(void **state)
{
    struct world *w = *state;
    const struct metadata *m = NULL;
    const struct upstream_keys *keys = NULL;
    const struct upstream_url theirs = { metadata_url(w->arena, w->url), OUTBOUND_FOREIGN };
    const struct upstream_url ours = { theirs.url, OUTBOUND_CONFIGURED };
    peer_says(w, DISCOVERY, FINE, document(w, NULL, NULL));
    assert_int_equal(metadata_get(&w->c, &theirs, &m).code, ERR_FORBIDDEN);
    fault_clear(&w->c);
    /* Not because it is there already, either. */
    assert_int_equal(metadata_get(&w->c, &ours, &m).code, ERR_OK);
    w->c.now += DOCUMENT_RETRY_SECONDS;
    assert_int_equal(metadata_get(&w->c, &theirs, &m).code, ERR_FORBIDDEN);
    fault_clear(&w->c);
    assert_int_equal(metadata_keys(&w->c, &theirs, m->jwks_uri, "a.b.c", &keys).code,
                     ERR_FORBIDDEN);
    assert_int_equal(upstream_origin(&w->c, &theirs, m->token_endpoint), OUTBOUND_FOREIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_provider_says_is_read),
        WORLD_TEST(a_document_that_is_not_usable_is_refused),
        WORLD_TEST(an_answer_that_is_no_document_is_refused),
        WORLD_TEST(a_provider_that_breaks_is_known_for_a_day),
        WORLD_TEST(an_unknown_kid_is_looked_for_once_in_a_while),
        WORLD_TEST(an_unknown_kid_does_not_take_the_threads_of_others),
        WORLD_TEST(a_set_that_is_spoiled_does_not_displace_a_good_one),
        WORLD_TEST(what_entra_says_of_a_key_is_kept),
        WORLD_TEST(metadata_does_not_send_us_to_private_addresses),
        WORLD_TEST(what_a_stranger_names_is_called_as_a_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
