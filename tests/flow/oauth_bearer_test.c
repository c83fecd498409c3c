/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JWT bearer grant (RFC 7523 2.1): an issuer that a client trusts says for whom it gets a
 * token.
 */
#include "oauth_story.h"

#include "crypto/jwt.h"
#include "oauth/client_change.h"
#include "store/tenants.h"
#include "store/users.h"

#define BEARER "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer"
#define ISSUER "http://localhost:8080"
#define PEER   "https://peer.test"

/* A client that trusts PEER, whose key is `key`, to speak of `subjects` (a list in JSON). */
struct trusting {
    struct world *w;
    const struct key *key;
    const char *secret;
};

static const struct key *key_made(struct world *w)
{
    const struct key *key = NULL;
    story_does(w, key_generate(world_ctx(w), w->arena, ALG_ES256, 0, &key));
    return key;
}

static const char *registration(struct world *w, const struct key *key, const char *sub_is,
                                const char *subjects)
{
    const struct key_set set = { .at = &key, .n = 1 };
    return text_printf(w->arena,
                       "{'grant_types':['urn:ietf:params:oauth:grant-type:jwt-bearer'],"
                       "'scope':'openid email stock','assertion_issuers':[{'issuer':'" PEER
                       "','sub_is':'%s','subjects':%s,'jwks':%s}]}",
                       sub_is, subjects, key_set_write(w->arena, &set));
}

static struct trusting trusts(struct world *w, const char *sub_is, const char *subjects)
{
    const struct key *key = key_made(w);
    const char *secret = oauth_client(w, "job", registration(w, key, sub_is, subjects));
    return (struct trusting){ w, key, secret };
}

/* What an assertion says, unless it is changed. */
struct claims {
    const char *iss, *sub, *aud, *jti;
    int64_t exp;
    const char *amr; /* a JSON list, or NULL */
};

static struct claims good(struct world *w, const char *sub)
{
    return (struct claims){ PEER, sub, "\"" ISSUER "\"", "1", w->now + 60, NULL };
}

static const char *signed_as(const struct trusting *t, const char *typ, struct claims claims)
{
    struct text_buffer b = text_buffer(t->w->arena);
    const char *token = NULL;
    text_addf(&b, "{\"iss\":\"%s\",\"aud\":%s", claims.iss, claims.aud);
    if (claims.sub != NULL)
        text_addf(&b, ",\"sub\":\"%s\"", claims.sub);
    if (claims.jti != NULL)
        text_addf(&b, ",\"jti\":\"%s\"", claims.jti);
    if (claims.exp != 0)
        text_addf(&b, ",\"exp\":%lld", (long long)claims.exp);
    if (claims.amr != NULL)
        text_addf(&b, ",\"amr\":%s", claims.amr);
    text_add(&b, "}");
    story_does(t->w, jwt_sign(world_ctx(t->w), t->key, typ, text_of(&b), &token));
    return token;
}

static struct answer sends(const struct trusting *t, const char *assertion, const char *changes)
{
    const char *form = text_printf(t->w->arena, BEARER "&assertion=%s", assertion);
    return oauth_post(t->w, "/oauth2/token", "job", t->secret, oauth_form(t->w, form, changes));
}

static struct answer brings(const struct trusting *t, struct claims claims)
{
    return sends(t, signed_as(t, "JWT", claims), "");
}

#define assert_no_grant(answer) assert_oauth_error((answer), 400, "invalid_grant")

static void an_issuer_speaks_for_a_user(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    struct trusting t = trusts(w, "user_id", text_printf(w->arena, "['%s']", ada));
    struct answer got = brings(&t, good(w, ada));
    assert_status(got, 200);
    assert_string_equal(answer_text(&got, "scope"), "email stock");
    assert_null(answer_text(&got, "refresh_token"));
    struct answer claims = story_claims(w, answer_text(&got, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), ada);
    assert_string_equal(answer_text(&claims, "client_id"), "job");
    assert_null(answer_text(&claims, "auth_time"));
    assert_non_null(answer_text(&claims, "grant_id"));
}

/* OpenID Connect Core 2: nobody has signed in, so no ID token says so. */
static void no_id_token_comes_of_it(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    struct trusting t = trusts(w, "user_id", "['*']");
    struct answer got = sends(&t, signed_as(&t, NULL, good(w, ada)), "scope=openid+email");
    assert_status(got, 200);
    assert_null(answer_text(&got, "id_token"));
    struct client c = story_bearer(w, answer_text(&got, "access_token"));
    got = client_get(&c, "/oauth2/userinfo");
    assert_string_equal(answer_text(&got, "email"), ADA);
}

static void an_issuer_speaks_for_the_client(void **state)
{
    struct world *w = *state;
    struct trusting t = trusts(w, "client", "['system:serviceaccount:a:b']");
    struct answer got = brings(&t, good(w, "system:serviceaccount:a:b"));
    assert_status(got, 200);
    struct answer claims = story_claims(w, answer_text(&got, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), "job");
    assert_null(answer_text(&claims, "grant_id"));
    assert_no_grant(brings(&t, good(w, "system:serviceaccount:a:c")));
}

/* By address only where it is verified. */
static void an_address_names_who_has_verified_it(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    const char *id = NULL;
    const char *ada = story_person(w, ADA);
    const struct user_new eve = { .email = EVE, .email_entered = EVE, .full_name = "Eve" };
    story_does(w, user_add(c, &eve, &id));
    struct trusting t = trusts(w, "email", "['*']");
    struct answer got = brings(&t, good(w, "ADA@Example.com"));
    assert_status(got, 200);
    struct answer claims = story_claims(w, answer_text(&got, "access_token"));
    assert_string_equal(answer_text(&claims, "sub"), ada);
    struct claims bad = good(w, EVE);
    bad.jti = "2";
    assert_no_grant(brings(&t, bad));
    bad.sub = "nobody";
    assert_no_grant(brings(&t, bad));
    bad.sub = ada;
    assert_no_grant(brings(&t, bad));
}

/* CL-01: each is good once. */
static void an_assertion_is_good_once(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    struct trusting t = trusts(w, "user_id", "['*']");
    struct claims claims = good(w, ada);
    assert_status(brings(&t, claims), 200);
    assert_no_grant(brings(&t, claims));
    claims.exp++;
    assert_no_grant(brings(&t, claims));
    claims.jti = "2";
    assert_status(brings(&t, claims), 200);
}

/* CL-02, JOSE-07, JOSE-26, JOSE-27: to the letter, and nothing of one that fails is used up. */
static void an_assertion_says_what_it_must(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    struct trusting t = trusts(w, "user_id", text_printf(w->arena, "['%s']", ada));
    struct trusting forger = { w, key_made(w), t.secret };
    struct claims bad[12];
    size_t n = 0;
    for (size_t i = 0; i < 12; i++)
        bad[i] = good(w, ada);
    bad[n++].iss = "https://other.test";
    bad[n++].iss = PEER "/";
    bad[n++].sub = NULL;
    bad[n++].sub = "another";
    bad[n++].aud = "\"" ISSUER "/oauth2/token\"";
    bad[n++].aud = "[\"" ISSUER "\"]";
    bad[n++].aud = "\"" ISSUER "/\"";
    bad[n++].jti = NULL;
    bad[n++].exp = 0;
    bad[n++].exp = w->now;
    bad[n++].exp = w->now + 2 * HOURS;
    for (size_t i = 0; i < n; i++)
        assert_no_grant(brings(&t, bad[i]));
    assert_no_grant(sends(&t, signed_as(&t, "at+jwt", good(w, ada)), ""));
    assert_no_grant(brings(&forger, good(w, ada)));
    assert_no_grant(sends(&t, "x.y.z", ""));
    assert_oauth_error(sends(&t, "", ""), 400, "invalid_request");
    assert_oauth_error(sends(&t, signed_as(&t, "JWT", good(w, ada)), "scope=other"), 400,
                       "invalid_scope");
    assert_oauth_error(sends(&t, signed_as(&t, "JWT", good(w, ada)), "resource=https://no.test"),
                       400, "invalid_target");
    assert_status(brings(&t, good(w, ada)), 200);
}

/* A user who may not sign in is not let in by another's word either; and what was given ends. */
static void it_ends_with_its_user(void **state)
{
    struct world *w = *state;
    bool found = false;
    const char *ada = story_person(w, ADA);
    struct trusting t = trusts(w, "user_id", "['*']");
    struct answer got = sends(&t, signed_as(&t, "JWT", good(w, ada)), "scope=openid");
    struct client c = story_bearer(w, answer_text(&got, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
    story_does(w, user_set_status(world_ctx(w), ada, USER_DISABLED, &found));
    world_pass(w, 2);
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    struct claims again = good(w, ada);
    again.jti = "2";
    assert_no_grant(brings(&t, again));
}

/* The same as a client of the tenant "acme". */
static struct trusting trusts_in_a_tenant(struct world *w, const char **tenant)
{
    struct ctx *c = world_ctx(w);
    struct client_made made;
    struct client_new client = { .id = "job" };
    struct trusting t = { .w = w, .key = key_made(w) };
    story_does(w, tenant_add(c, "acme", "Acme", tenant));
    client.tenant_id = *tenant;
    const char *json = story_json(w, "%s", registration(w, t.key, "user_id", "['*']"));
    story_does(w, client_metadata_read(c, bytes_of(json), &client.metadata));
    story_does(w, client_create(c, &client, &made));
    t.secret = made.secret;
    return t;
}

/* TN-01: a client of a tenant gets tokens of its members only. */
static void a_client_of_a_tenant_gets_its_members(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    const char *tenant = NULL;
    bool added = false;
    struct trusting t = trusts_in_a_tenant(w, &tenant);
    assert_no_grant(brings(&t, good(w, ada)));
    story_does(w, membership_add(world_ctx(w), tenant, ada, &added));
    struct answer got = brings(&t, good(w, ada));
    assert_status(got, 200);
    struct answer claims = story_claims(w, answer_text(&got, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), tenant);
}

/* A tenant that asks for a second factor asks the issuer, too. */
static void a_tenant_asks_for_a_second_factor(void **state)
{
    struct world *w = *state;
    const char *ada = story_person(w, ADA);
    const char *id = NULL;
    const struct tenant_row *found = NULL;
    bool added = false;
    enum tenant_outcome how;
    struct trusting t = trusts_in_a_tenant(w, &id);
    struct claims claims = good(w, ada);
    story_does(w, membership_add(world_ctx(w), id, ada, &added));
    story_does(w, tenant_find(world_ctx(w), id, &found));
    struct tenant_row tenant = *found;
    tenant.require_mfa = true;
    story_does(w, tenant_update(world_ctx(w), &tenant, &how));
    assert_no_grant(brings(&t, claims));
    claims.amr = "[\"pwd\"]";
    assert_no_grant(brings(&t, claims));
    claims.amr = "\"mfa\"";
    assert_no_grant(brings(&t, claims));
    claims.amr = "[\"pwd\",\"mfa\"]";
    assert_status(brings(&t, claims), 200);
}

/* Nobody is trusted by default. */
static void a_registration_names_whom_it_trusts(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    struct client_metadata read;
    const struct key *key = key_made(w);
    const char *good_one = registration(w, key, "user_id", "['*']");
    const char *bad[] = {
        "{'grant_types':['urn:ietf:params:oauth:grant-type:jwt-bearer']}",
        registration(w, key, "name", "['*']"),
        registration(w, key, "client", "['*']"),
        registration(w, key, "user_id", "[]"),
        text_printf(w->arena, "{'token_endpoint_auth_method':'none',%s", good_one + 1),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err done = client_metadata_read(c, bytes_of(story_json(w, "%s", bad[i])), &read);
        assert_int_equal(done.code, ERR_INVALID_CLIENT_METADATA);
        fault_clear(c);
    }
    story_does(w, client_metadata_read(c, bytes_of(story_json(w, "%s", good_one)), &read));
    const char *again = client_metadata_write(w->arena, &read);
    story_does(w, client_metadata_load(c, again, &read));
    assert_int_equal(read.assertion_issuers.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_issuer_speaks_for_a_user),
        STORY(no_id_token_comes_of_it),
        STORY(an_issuer_speaks_for_the_client),
        STORY(an_address_names_who_has_verified_it),
        STORY(an_assertion_is_good_once),
        STORY(an_assertion_says_what_it_must),
        STORY(it_ends_with_its_user),
        STORY(a_client_of_a_tenant_gets_its_members),
        STORY(a_tenant_asks_for_a_second_factor),
        STORY(a_registration_names_whom_it_trusts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
