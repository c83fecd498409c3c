/* SPDX-License-Identifier: Apache-2.0 */
#include "client/oauth_client.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/shape.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"

#include <string.h>

enum { ASSERTION_SECONDS = 300, FIELDS_MAX = 12, TOKEN_MAX = 64 * 1024, TOO_MANY = 429 };

static const char *const auth_names[] = {
    [OAUTH_AUTH_NONE] = "none",
    [OAUTH_AUTH_BASIC] = "client_secret_basic",
    [OAUTH_AUTH_POST] = "client_secret_post",
    [OAUTH_AUTH_PRIVATE_KEY] = "private_key_jwt",
    [OAUTH_AUTH_APPLE] = "apple",
};

const char *oauth_auth_name(enum oauth_auth auth)
{
    return auth_names[auth];
}

bool oauth_auth_find(const char *name, enum oauth_auth *out)
{
    for (int i = 0; i < OAUTH_AUTHS; i++) {
        if (!text_equal(auth_names[i], name))
            continue;
        *out = (enum oauth_auth)i;
        return true;
    }
    return false;
}

const char *oauth_challenge(struct arena *a, const char *code_verifier)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(bytes_of(code_verifier), digest);
    return base64url_encode(a, (struct bytes){ digest, sizeof digest });
}

const char *oauth_authorization_url(struct arena *a, const char *endpoint,
                                    const struct form *parameters)
{
    const char *between = strchr(endpoint, '?') == NULL ? "?" : "&";
    return text_printf(a, "%s%s%s", endpoint, between, form_encode(a, parameters));
}

/* ---- showing who we are ---- */

/* A request on its way: its fields and headers. */
struct asking {
    struct form_field fields[FIELDS_MAX];
    size_t n;
    const char *headers[4];
    size_t headers_n;
};

static void ask(struct asking *q, const char *name, const char *value)
{
    if (value == NULL)
        return;
    must(q->n < FIELDS_MAX);
    q->fields[q->n++] = (struct form_field){ name, value };
}

/* RFC 6749 2.3.1: both parts are form-encoded before they are joined. */
static const char *basic(struct arena *a, const struct oauth_client *client)
{
    const char *pair = text_printf(a, "%s:%s", percent_encode(a, client->client_id),
                                   percent_encode(a, client->secret));
    return text_printf(a, "Authorization: Basic %s", base64_encode(a, bytes_of(pair), true));
}

/* RFC 7523 3; Apple's client secret is of the same form. */
static RESULT assertion(struct ctx *c, const struct oauth_client *client, const char *typ,
                        const char **out)
{
    struct json_writer w = json_writer(c->arena);
    bool is_apple = client->auth == OAUTH_AUTH_APPLE;
    json_object(&w, NULL);
    json_text(&w, "iss", is_apple ? client->assertion_iss : client->client_id);
    json_text(&w, "sub", client->client_id);
    json_text(&w, "aud", client->assertion_aud);
    json_number(&w, "iat", c->now);
    json_number(&w, "exp", c->now + ASSERTION_SECONDS);
    if (!is_apple)
        json_text(&w, "jti", random_token(c));
    json_object_end(&w);
    return jwt_sign(c, client->key, typ, json_written(&w), out);
}

static RESULT authenticate(struct ctx *c, const struct oauth_client *client, struct asking *q)
{
    const char *jwt = NULL;
    switch (client->auth) {
    case OAUTH_AUTH_NONE:
        ask(q, "client_id", client->client_id);
        return ok();
    case OAUTH_AUTH_BASIC:
        q->headers[q->headers_n++] = basic(c->arena, client);
        return ok();
    case OAUTH_AUTH_POST:
        ask(q, "client_id", client->client_id);
        ask(q, "client_secret", client->secret);
        return ok();
    case OAUTH_AUTH_PRIVATE_KEY:
        TRY(assertion(c, client, "JWT", &jwt));
        ask(q, "client_id", client->client_id);
        ask(q, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        ask(q, "client_assertion", jwt);
        return ok();
    case OAUTH_AUTH_APPLE:
        TRY(assertion(c, client, NULL, &jwt));
        ask(q, "client_id", client->client_id);
        ask(q, "client_secret", jwt);
        return ok();
    }
    must(false);
    return ok();
}

/* ---- answers ---- */

int64_t oauth_retry_after(const struct http_answer *answer)
{
    const char *text = http_answer_header(answer, "retry-after");
    int64_t seconds = 0;
    if (text == NULL || !text_int(text, 0, INT32_MAX, &seconds))
        return 0;
    return seconds > BREAKER_SECONDS_MAX ? BREAKER_SECONDS_MAX : seconds;
}

/* A server that cannot, or that wants to be left alone; what it thinks of us is no failure of its.
 */
static bool is_in_trouble(const struct http_answer *answer)
{
    return answer->status == TOO_MANY || answer->status >= 500;
}

static RESULT leave_alone(struct ctx *c, struct upstreams *u, const struct oauth_endpoint *endpoint,
                          const struct http_answer *answer)
{
    int64_t wait = oauth_retry_after(answer);
    breaker_failed(c, u->breakers, endpoint->breaker, wait);
    err refused = fail(c, UNAVAILABLE, "%s answered with status %d", endpoint->url, answer->status);
    c->fault.retry_after = wait;
    return refused;
}

/* Calls, unless that has failed too often, and counts. */
static RESULT call(struct ctx *c, const struct oauth_endpoint *endpoint, struct http_call *request,
                   struct http_answer *answer)
{
    struct upstreams *u = NULL;
    TRY(upstreams_of(c, &u));
    TRY(breaker_check(c, u->breakers, endpoint->breaker));
    request->url = endpoint->url;
    request->origin = endpoint->origin;
    request->answer_max = OAUTH_ANSWER_MAX;
    request->limit_ms = OAUTH_LIMIT_MS;
    err called = http_call(c, u->resolver, request, answer);
    if (called.code != ERR_OK) {
        breaker_failed(c, u->breakers, endpoint->breaker, 0);
        return called;
    }
    if (is_in_trouble(answer))
        return leave_alone(c, u, endpoint, answer);
    breaker_done(c, u->breakers, endpoint->breaker);
    return ok();
}

struct token_answer {
    const char *access_token, *token_type, *id_token, *refresh_token, *scope, *error;
};
SHAPE_OPEN(token_answer, FIELD(token_answer, access_token, SECRET, 0, TOKEN_MAX, "Access token"),
           FIELD(token_answer, token_type, OPTIONAL, 0, 64, "Its type"),
           FIELD(token_answer, id_token, SECRET, 0, TOKEN_MAX, "ID token"),
           FIELD(token_answer, refresh_token, SECRET, 0, TOKEN_MAX, "Refresh token"),
           FIELD(token_answer, scope, OPTIONAL, 0, TOKEN_MAX, "What was granted"),
           FIELD(token_answer, error, OPTIONAL, 0, 256, "What is wrong"));

/* RFC 6749 5.2.  GitHub tells of errors with status 200. */
static RESULT read_answer(struct ctx *c, const char *url, const struct http_answer *answer,
                          struct oauth_tokens *out)
{
    struct token_answer in;
    if (shape_read_json(c, &token_answer_shape, answer->body, &in).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s answered with status %d and no proper JSON", url,
                    answer->status);
    }
    if (text_equal(in.error, "invalid_grant") || text_equal(in.error, "bad_verification_code"))
        return fail(c, INVALID_GRANT, "%s does not take the code", url);
    if (in.error != NULL || answer->status != 200)
        return fail(c, UPSTREAM, "%s refused with status %d: %s", url, answer->status,
                    in.error == NULL ? "(no reason)" : in.error);
    if (in.access_token == NULL || *in.access_token == '\0')
        return fail(c, UPSTREAM, "%s gave no access token", url);
    *out = (struct oauth_tokens){ in.access_token, in.token_type, in.id_token, in.refresh_token,
                                  in.scope };
    return ok();
}

RESULT oauth_exchange_code(struct ctx *c, const struct oauth_client *client,
                           const struct oauth_endpoint *endpoint,
                           const struct code_exchange *exchange, struct oauth_tokens *out)
{
    struct asking q = { .headers = { "Content-Type: application/x-www-form-urlencoded",
                                     "Accept: application/json" },
                        .headers_n = 2 };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    ask(&q, "grant_type", "authorization_code");
    ask(&q, "code", exchange->code);
    ask(&q, "redirect_uri", exchange->redirect_uri);
    ask(&q, "code_verifier", exchange->code_verifier);
    ask(&q, "scope", exchange->scope);
    TRY(authenticate(c, client, &q));
    const struct form form = { q.fields, q.n };
    struct http_call request = { .method = "POST",
                                 .headers = q.headers,
                                 .headers_n = q.headers_n,
                                 .body = bytes_of(form_encode(c->arena, &form)) };
    TRY(call(c, endpoint, &request, answer));
    return read_answer(c, endpoint->url, answer, out);
}

RESULT oauth_call(struct ctx *c, const struct oauth_endpoint *endpoint, const char *access_token,
                  const char *body, struct bytes *json)
{
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    if (text_has_control(access_token))
        return fail(c, UPSTREAM, "an access token for %s has controls in it", endpoint->url);
    const char *headers[] = { text_printf(c->arena, "Authorization: Bearer %s", access_token),
                              "Accept: application/json", "User-Agent: uauth",
                              "Content-Type: application/json" };
    struct http_call request = { .method = body == NULL ? "GET" : "POST",
                                 .headers = headers,
                                 .headers_n = body == NULL ? 3 : 4 };
    if (body != NULL)
        request.body = bytes_of(body);
    TRY(call(c, endpoint, &request, answer));
    if (answer->status != 200)
        return fail(c, UPSTREAM, "%s answered with status %d", endpoint->url, answer->status);
    *json = answer->body;
    return ok();
}
