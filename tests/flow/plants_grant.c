/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of codes, refresh tokens and devices, and of asking about tokens. */
#include "plants.h"

#include "crypto/jwt.h"
#include "exchange_story.h"
#include "identity/people.h"
#include "store/tenants.h"

#define OTHER_VERIFIER "cBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define DEVICE         "urn:ietf:params:oauth:grant-type:device_code"

static struct answer exchange(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    return oauth_exchange(w, oauth_code(&b, ""), fault);
}

static struct answer too_late(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *code = oauth_code(&b, fault);
    world_pass(w, 10 * MINUTES);
    return oauth_exchange(w, code, "");
}

static struct answer exchange_twice(struct world *w, const char *first)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *code = oauth_code(&b, "");
    (void)oauth_exchange(w, code, first);
    return oauth_exchange(w, code, "");
}

static struct answer ended_before(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *code = oauth_code(&b, fault);
    assert_status(story_post(&b, "/auth/logout", "{}"), 204);
    return oauth_exchange(w, code, "");
}

static struct answer of_another_client(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    (void)oauth_client(
        w, "other", "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK "']}");
    return oauth_exchange(w, oauth_code(&b, fault), "client_id=other");
}

static struct answer bound_code(struct world *w, const char *fault)
{
    struct holder holder = holder_new(w);
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *code = oauth_code(&b, text_printf(w->arena, "dpop_jkt=%s%s", holder.jkt, fault));
    return oauth_exchange(w, code, "");
}

static struct answer no_challenge(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    const char *secret = oauth_web(w);
    const char *code = oauth_code(&b, "client_id=" WEB "&code_challenge=&code_challenge_method=");
    return oauth_post(w, "/oauth2/token", WEB, secret,
                      text_printf(w->arena,
                                  "grant_type=authorization_code&code=%s&redirect_uri="
                                  "https%%3A%%2F%%2Fapp.test%%2Fcb%s",
                                  code, fault));
}

/* ---- refreshing ---- */

static struct answer refresh_as(struct world *w, const char *client, const char *token,
                                const char *more)
{
    return oauth_post(w, "/oauth2/token", client, NULL,
                      text_printf(w->arena,
                                  "grant_type=refresh_token&client_id=%s&refresh_token=%s%s",
                                  client, token, more));
}

static struct answer refresh(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    return refresh_as(w, APP, answer_text(&t, "refresh_token"), fault);
}

static struct answer unknown_refresh(struct world *w, const char *fault)
{
    (void)oauth_tokens(w, "");
    return refresh_as(w, APP, fault, "");
}

static struct answer refresh_later(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    world_pass(w, 40 * DAYS);
    return refresh_as(w, APP, answer_text(&t, "refresh_token"), fault);
}

static struct answer refresh_again(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    const char *token = answer_text(&t, "refresh_token");
    assert_status(refresh_as(w, APP, token, ""), 200);
    world_pass(w, 5 * MINUTES);
    return refresh_as(w, APP, token, fault);
}

static struct answer refresh_of_another(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    (void)oauth_client(w, "other",
                       "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK
                       "'],'grant_types':['authorization_code','refresh_token']}");
    return refresh_as(w, "other", answer_text(&t, "refresh_token"), fault);
}

static struct answer refresh_after(struct world *w, const char *fault)
{
    struct answer t = oauth_tokens(w, "");
    const struct user_row *ada = NULL;
    int64_t ended = 0;
    story_does(w, people_find(world_ctx(w), ADA, &ada));
    story_does(w, people_end_sessions(world_ctx(w), ada->id, NULL, &ended));
    return refresh_as(w, APP, answer_text(&t, "refresh_token"), fault);
}

/* ---- devices ---- */

static struct answer begin_device(struct world *w)
{
    (void)oauth_client(w, "tv",
                       "{'token_endpoint_auth_method':'none','grant_types':['" DEVICE "']}");
    struct answer a =
        oauth_post(w, "/oauth2/device_authorization", "tv", NULL, "client_id=tv&scope=openid");
    assert_status(a, 200);
    return a;
}

static struct answer poll(struct world *w, const char *device_code)
{
    return oauth_post(
        w, "/oauth2/token", "tv", NULL,
        text_printf(w->arena, "grant_type=" DEVICE "&client_id=tv&device_code=%s", device_code));
}

static struct answer device(struct world *w, const char *fault)
{
    struct answer d = begin_device(w);
    return poll(w, fault == NULL ? answer_text(&d, "device_code") : fault);
}

static struct answer device_in_haste(struct world *w, const char *fault)
{
    struct answer d = begin_device(w);
    (void)poll(w, answer_text(&d, "device_code"));
    (void)fault;
    return poll(w, answer_text(&d, "device_code"));
}

static struct answer device_late(struct world *w, const char *fault)
{
    struct answer d = begin_device(w);
    world_pass(w, HOURS);
    (void)fault;
    return poll(w, answer_text(&d, "device_code"));
}

static struct answer answer_device(struct client *b, const struct answer *d, const char *answer)
{
    const struct sent sent = { .method = HTTP_POST,
                               .target = "/device/answer",
                               .form =
                                   text_printf(b->w->arena, "csrf_token=%s&user_code=%s&answer=%s",
                                               b->csrf, answer_text(d, "user_code"), answer) };
    return client_send(b, &sent);
}

static struct answer device_answered(struct world *w, const char *answer)
{
    struct client b = oauth_ada(w);
    struct answer d = begin_device(w);
    assert_status(answer_device(&b, &d, answer), 200);
    return poll(w, answer_text(&d, "device_code"));
}

/* In the tenant in which everybody is, which refuses devices if there is a fault. */
static struct answer device_in_tenant(struct world *w, const char *fault)
{
    const struct tenant_row *tenant = NULL;
    enum tenant_outcome how;
    struct client b = oauth_ada(w);
    struct answer d = begin_device(w);
    story_does(w, tenant_find(world_ctx(w), TENANT_DEFAULT_ID, &tenant));
    struct tenant_row changed = *tenant;
    changed.refuse_device_grant = fault[0] != '\0';
    story_does(w, tenant_update(world_ctx(w), &changed, &how));
    return answer_device(&b, &d, "allow");
}

/* ---- exchanging, assertions of others ---- */

static struct answer exchange_token(struct world *w, const char *fault)
{
    const char *secret = orders(w, FOR_STOCK);
    return exchanges(w, secret, shown(w), fault);
}

static struct answer exchange_policy(struct world *w, const char *fault)
{
    const char *secret = orders(w, fault);
    return exchanges(w, secret, shown(w), "audience=" STOCK);
}

static struct answer assertion_of(struct world *w, const char *issuer)
{
    struct holder holder = holder_new(w);
    const struct key_set set = { .at = &holder.key, .n = 1 };
    const char *token = NULL;
    const char *secret = oauth_client(
        w, "job",
        text_printf(w->arena,
                    "{'grant_types':['urn:ietf:params:oauth:grant-type:jwt-bearer'],'scope':'a',"
                    "'assertion_issuers':[{'issuer':'https://peer.test','sub_is':'client',"
                    "'subjects':['job-7'],'jwks':%s}]}",
                    key_set_write(w->arena, &set)));
    story_does(w, jwt_sign(world_ctx(w), holder.key, "JWT",
                           story_json(w,
                                      "{'iss':'%s','sub':'job-7','aud':'" ISSUER "','jti':'1',"
                                      "'exp':%lld}",
                                      issuer, (long long)w->now + 60),
                           &token));
    return oauth_post(w, "/oauth2/token", "job", secret,
                      text_printf(w->arena,
                                  "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer"
                                  "&assertion=%s",
                                  token));
}

/* ---- asking about tokens, giving them up ---- */

static struct answer about(struct world *w, const char *path)
{
    struct answer t = oauth_tokens(w, "");
    const char *secret = oauth_web(w);
    return oauth_post(w, path, WEB, secret,
                      text_printf(w->arena, "token=%s", answer_text(&t, "access_token")));
}

static struct answer about_refresh(struct world *w, const char *path)
{
    struct answer t = oauth_tokens(w, "");
    const char *secret = oauth_web(w);
    return oauth_post(w, path, WEB, secret,
                      text_printf(w->arena, "token=%s", answer_text(&t, "refresh_token")));
}

static struct answer about_what_is_no_token(struct world *w, const char *path)
{
    const char *secret = oauth_web(w);
    return oauth_post(w, path, WEB, secret, "token=x");
}

/* clang-format off */
static const char *const pkce_public[] = { "AUTH_REQUIRE_PKCE=public", NULL };
static const struct plant rows[] = {
    { RULE_NONE,              exchange,           "" },
    { RULE_CODE,              exchange,           "code=short" },
    { RULE_CODE,              exchange,           "code=" OTHER_VERIFIER },
    { RULE_FIELD,             exchange,           "code=" },
    { RULE_CODE_REDIRECT_URI, exchange,           "redirect_uri=https%3A%2F%2Fapp.test%2Fother" },
    { RULE_CODE_REDIRECT_URI, exchange,           "redirect_uri=" },
    { RULE_VERIFIER_MISSING,  exchange,           "code_verifier=" },
    { RULE_VERIFIER_SYNTAX,   exchange,           "code_verifier=short" },
    { RULE_VERIFIER,          exchange,           "code_verifier=" OTHER_VERIFIER },
    { RULE_CLIENT_METHOD,     exchange,           "client_secret=x" },
    { RULE_CODE_EXPIRED,      too_late,           "" },
    { RULE_CODE_USED,         exchange_twice,     "" },
    { RULE_CODE_USED,         exchange_twice,     "code_verifier=" OTHER_VERIFIER },
    { RULE_CODE_ENDED,        ended_before,       "" },
    { RULE_CODE,              of_another_client,  "" },
    { RULE_CODE_KEY,          bound_code,         "" },
    { RULE_NONE,              no_challenge,       "", pkce_public },
    { RULE_VERIFIER_UNASKED,  no_challenge,       "&code_verifier=" VERIFIER, pkce_public },
    { RULE_NONE,              refresh,            "" },
    { RULE_REFRESH_SCOPE,     refresh,            "&scope=openid+admin" },
    { RULE_RESOURCE,          refresh,            "&resource=https%3A%2F%2Fapi.test" },
    { RULE_REFRESH,           unknown_refresh,    "short" },
    { RULE_REFRESH,           unknown_refresh,    OTHER_VERIFIER },
    { RULE_REFRESH_EXPIRED,   refresh_later,      "" },
    { RULE_REFRESH_USED,      refresh_again,      "" },
    { RULE_REFRESH_HOLDER,    refresh_of_another, "" },
    { RULE_REFRESH_ENDED,     refresh_after,      "" },
    { RULE_DEVICE_PENDING,    device,             NULL },
    { RULE_DEVICE,            device,             OTHER_VERIFIER },
    { RULE_DEVICE_TOO_SOON,   device_in_haste,    "" },
    { RULE_DEVICE_EXPIRED,    device_late,        "" },
    { RULE_NONE,              device_answered,    "allow" },
    { RULE_DEVICE_REFUSED,    device_answered,    "refuse" },
    { RULE_NONE,              device_in_tenant,   "" },
    { RULE_DEVICE_TENANT,     device_in_tenant,   "refuses" },
    { RULE_NONE,              exchange_token,     "audience=" STOCK },
    { RULE_EXCHANGE,          exchange_token,     "audience=https://other.test" },
    { RULE_EXCHANGE,          exchange_token,     "audience=" STOCK "&scope=stock" },
    { RULE_RESOURCES,         exchange_token,     "audience=" STOCK "&audience=https://other.test" },
    { RULE_EXCHANGE,          exchange_policy,    ",'token_exchange_audiences':['" ORDERS "']" },
    { RULE_NONE,              assertion_of,       "https://peer.test" },
    { RULE_GRANT_ASSERTION,   assertion_of,       "https://other.test" },
    { RULE_TOKEN_OF_ANOTHER,  about,              "/oauth2/introspect" },
    { RULE_TOKEN_OF_ANOTHER,  about,              "/oauth2/revoke" },
    { RULE_TOKEN_OF_ANOTHER,  about_refresh,      "/oauth2/introspect" },
    { RULE_TOKEN_OF_ANOTHER,  about_refresh,      "/oauth2/revoke" },
    { RULE_TOKEN_SYNTAX,      about_what_is_no_token, "/oauth2/introspect" },
    { RULE_TOKEN_SYNTAX,      about_what_is_no_token, "/oauth2/revoke" },
};
/* clang-format on */

struct plants plants_grant(void)
{
    return PLANTS(rows);
}
