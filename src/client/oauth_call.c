/* SPDX-License-Identifier: Apache-2.0 */
#include "client/oauth_call.h"

#include "base/random.h"
#include "base/shape.h"
#include "base/time.h"
#include "crypto/jwt.h"

#include <string.h>

enum { ASSERTION_SECONDS = 300, TOO_MANY = 429, HEADERS_MAX = 6, DESCRIPTION_MAX = 4096 };

static const char *const auth_names[] = {
    [OAUTH_AUTH_NONE] = "none",
    [OAUTH_AUTH_BASIC] = "client_secret_basic",
    [OAUTH_AUTH_POST] = "client_secret_post",
    [OAUTH_AUTH_PRIVATE_KEY] = "private_key_jwt",
    [OAUTH_AUTH_APPLE] = "apple",
    [OAUTH_AUTH_TLS] = "tls_client_auth",
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

void oauth_form_add(struct oauth_form *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    must(form->n < OAUTH_FIELDS_MAX);
    form->at[form->n++] = (struct form_field){ name, value };
}

/* ---- showing who we are ---- */

/* A request on its way. */
struct asking {
    struct oauth_form form;
    const char *headers[HEADERS_MAX];
    size_t headers_n;
};

static void head(struct asking *q, const char *header)
{
    must(q->headers_n < HEADERS_MAX);
    q->headers[q->headers_n++] = header;
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
    if (client->assertion != NULL) {
        *out = client->assertion;
        return ok();
    }
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
    if (client->known_as != NULL)
        return jws_sign_head(c, client->key, client->known_as, bytes_of(json_written(&w)), out);
    return jwt_sign(c, client->key, typ, json_written(&w), out);
}

static RESULT authenticate(struct ctx *c, const struct oauth_client *client, struct asking *q)
{
    struct oauth_form *form = &q->form;
    const char *jwt = NULL;
    switch (client->auth) {
    case OAUTH_AUTH_NONE:
    case OAUTH_AUTH_TLS:
        oauth_form_add(form, "client_id", client->client_id);
        return ok();
    case OAUTH_AUTH_BASIC:
        head(q, basic(c->arena, client));
        return ok();
    case OAUTH_AUTH_POST:
        oauth_form_add(form, "client_id", client->client_id);
        oauth_form_add(form, "client_secret", client->secret);
        return ok();
    case OAUTH_AUTH_PRIVATE_KEY:
        TRY(assertion(c, client, "JWT", &jwt));
        oauth_form_add(form, "client_id", client->client_id);
        oauth_form_add(form, "client_assertion_type",
                       "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        oauth_form_add(form, "client_assertion", jwt);
        return ok();
    case OAUTH_AUTH_APPLE:
        TRY(assertion(c, client, NULL, &jwt));
        oauth_form_add(form, "client_id", client->client_id);
        oauth_form_add(form, "client_secret", jwt);
        return ok();
    }
    must(false);
    return ok();
}

/* ---- calling ---- */

int64_t oauth_retry_after(const struct ctx *c, const struct http_answer *answer)
{
    const char *text = http_answer_header(answer, "retry-after");
    int64_t seconds = 0;
    if (text == NULL)
        return 0;
    if (time_parse_http(text, &seconds))
        seconds -= c->now;
    else if (!text_int(text, 0, INT64_MAX, &seconds))
        return 0;
    return seconds < 0 ? 0 : seconds > BREAKER_SECONDS_MAX ? BREAKER_SECONDS_MAX : seconds;
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
    int64_t wait = oauth_retry_after(c, answer);
    if (endpoint->breaker != NULL)
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
    if (endpoint->breaker != NULL)
        TRY(breaker_check(c, u->breakers, endpoint->breaker));
    request->url = endpoint->url;
    request->origin = endpoint->origin;
    request->answer_max = OAUTH_ANSWER_MAX;
    request->limit_ms = OAUTH_LIMIT_MS;
    err called = http_call(c, u->resolver, request, answer);
    bool counts = endpoint->breaker != NULL;
    if (called.code != ERR_OK && counts)
        breaker_failed(c, u->breakers, endpoint->breaker, 0);
    TRY(called);
    if (is_in_trouble(answer))
        return leave_alone(c, u, endpoint, answer);
    if (counts)
        breaker_done(c, u->breakers, endpoint->breaker);
    return ok();
}

/* The headers that bind a request to the key of `client`, if it has one. */
static RESULT prove(struct ctx *c, const struct oauth_client *client, const char *method,
                    const struct oauth_endpoint *endpoint, const char *access_token,
                    const char **header)
{
    const char *proof = NULL;
    *header = NULL;
    if (client == NULL || client->dpop == NULL)
        return ok();
    TRY(dpop_prove(c, client->dpop, method, endpoint->url, access_token, &proof));
    *header = text_printf(c->arena, "DPoP: %s", proof);
    return ok();
}

static void hear(struct ctx *c, const struct oauth_client *client,
                 const struct oauth_endpoint *endpoint, const struct http_answer *answer)
{
    if (client != NULL && client->dpop != NULL)
        dpop_heard(c, client->dpop, endpoint->url, http_answer_header(answer, "dpop-nonce"));
}

/* ---- what was answered ---- */

struct said {
    const char *error, *error_description, *error_uri;
};
LOCAL_SHAPE_OPEN(said, FIELD(said, error, OPTIONAL, 0, OAUTH_ERROR_MAX, "What is wrong"),
                 FIELD(said, error_description, OPTIONAL, 0, DESCRIPTION_MAX, "In words"),
                 FIELD(said, error_uri, OPTIONAL, 0, DESCRIPTION_MAX, "Where more is said"));

struct said_shortly {
    const char *error;
};
LOCAL_SHAPE_OPEN(said_shortly,
                 FIELD(said_shortly, error, OPTIONAL, 0, OAUTH_ERROR_MAX, "What is wrong"));

/* Words that cannot be shown do not take the error with them. */
static void read_error(struct ctx *c, struct bytes body, struct said *out)
{
    struct said_shortly in = { 0 };
    if (shape_read_json(c, &said_shape, body, out).code == ERR_OK)
        return;
    *out = (struct said){ 0 };
    if (shape_read_json(c, &said_shortly_shape, body, &in).code == ERR_OK)
        out->error = in.error;
}

/* GitHub tells of errors with status 200. */
void oauth_answer_read(struct ctx *c, const struct http_answer *answer, struct oauth_answer *out)
{
    struct said in = { 0 };
    /* What was recorded before is told on; what is found here is nobody's failure. */
    const struct fault before = c->fault;
    read_error(c, answer->body, &in);
    c->fault = before;
    *out = (struct oauth_answer){ .status = answer->status,
                                  .error = in.error,
                                  .description = in.error_description,
                                  .uri = in.error_uri,
                                  .retry_after = oauth_retry_after(c, answer),
                                  .body = answer->body };
}

static RESULT post_once(struct ctx *c, const struct oauth_client *client,
                        const struct oauth_endpoint *endpoint, const struct oauth_form *form,
                        struct oauth_answer *out)
{
    struct asking q = { .form = *form };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const char *proof = NULL;
    head(&q, "Content-Type: application/x-www-form-urlencoded");
    head(&q, "Accept: application/json");
    TRY(authenticate(c, client, &q));
    TRY(prove(c, client, "POST", endpoint, NULL, &proof));
    if (proof != NULL)
        head(&q, proof);
    const struct form fields = { q.form.at, q.form.n };
    struct http_call request = { .method = "POST",
                                 .headers = q.headers,
                                 .headers_n = q.headers_n,
                                 .body = bytes_of(form_encode(c->arena, &fields)),
                                 .certificate = client->certificate,
                                 .certificate_key = client->certificate_key };
    err called = call(c, endpoint, &request, answer);
    if (answer->status != 0)
        oauth_answer_read(c, answer, out);
    hear(c, client, endpoint, answer);
    return called;
}

RESULT oauth_call_post(struct ctx *c, const struct oauth_client *client,
                       const struct oauth_endpoint *endpoint, const struct oauth_form *form,
                       struct oauth_answer *out)
{
    *out = (struct oauth_answer){ 0 };
    TRY(post_once(c, client, endpoint, form, out));
    if (client->dpop != NULL && text_equal(out->error, "use_dpop_nonce"))
        TRY(post_once(c, client, endpoint, form, out));
    return ok();
}

/* OpenID Connect Core 3.1.2.6: nothing is given as long as the person is not there themselves. */
static bool wants_its_user(const char *error)
{
    static const char *const errors[] = { "interaction_required", "login_required",
                                          "consent_required", "account_selection_required" };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (text_equal(error, errors[i]))
            return true;
    return false;
}

/* What the person who waits, or the program, can do something about. */
static err refusal(struct ctx *c, const char *url, const char *error, int status)
{
    if (text_equal(error, "invalid_grant") || text_equal(error, "bad_verification_code"))
        return fail(c, INVALID_GRANT, "%s does not take the code or token", url);
    if (text_equal(error, "authorization_pending"))
        return fail(c, AUTHORIZATION_PENDING, "%s: nobody has answered yet", url);
    if (text_equal(error, "slow_down"))
        return fail(c, SLOW_DOWN, "%s is asked too often", url);
    if (text_equal(error, "expired_token"))
        return fail(c, EXPIRED_TOKEN, "%s: the device code has expired", url);
    if (text_equal(error, "access_denied"))
        return fail(c, ACCESS_DENIED, "%s: it was refused", url);
    if (wants_its_user(error))
        return fail(c, ACCESS_DENIED, "%s wants its user to be there: %s", url, error);
    return fail(c, UPSTREAM, "%s refused with status %d: %s", url, status,
                error == NULL ? "(no reason)" : error);
}

RESULT oauth_answer_check(struct ctx *c, const char *url, const struct oauth_answer *answer)
{
    if (answer->error != NULL || answer->status != 200)
        return refusal(c, url, answer->error, answer->status);
    return ok();
}

/* ---- calls with an access token ---- */

static RESULT call_once(struct ctx *c, const struct oauth_client *client,
                        const struct oauth_endpoint *endpoint, const char *access_token,
                        const char *body, struct http_answer *answer)
{
    struct asking q = { .headers_n = 0 };
    const char *method = body == NULL ? "GET" : "POST";
    const char *proof = NULL;
    TRY(prove(c, client, method, endpoint, access_token, &proof));
    head(&q, text_printf(c->arena, "Authorization: %s %s", proof == NULL ? "Bearer" : "DPoP",
                         access_token));
    head(&q, "Accept: application/json");
    head(&q, "User-Agent: uauth");
    if (body != NULL)
        head(&q, "Content-Type: application/json");
    if (proof != NULL)
        head(&q, proof);
    struct http_call request = { .method = method, .headers = q.headers, .headers_n = q.headers_n };
    if (body != NULL)
        request.body = bytes_of(body);
    if (client != NULL) {
        request.certificate = client->certificate;
        request.certificate_key = client->certificate_key;
    }
    TRY(call(c, endpoint, &request, answer));
    hear(c, client, endpoint, answer);
    return ok();
}

/* RFC 9449 9: a resource says so in its challenge. */
static bool wants_nonce(const struct oauth_client *client, const struct http_answer *answer)
{
    const char *challenge = http_answer_header(answer, "www-authenticate");
    return client != NULL && client->dpop != NULL && answer->status == 401 && challenge != NULL &&
           strstr(challenge, "use_dpop_nonce") != NULL;
}

RESULT oauth_call_as(struct ctx *c, const struct oauth_client *client,
                     const struct oauth_endpoint *endpoint, const char *access_token,
                     const char *body, struct bytes *json)
{
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    if (text_has_control(access_token))
        return fail(c, UPSTREAM, "an access token for %s has controls in it", endpoint->url);
    TRY(call_once(c, client, endpoint, access_token, body, answer));
    if (wants_nonce(client, answer))
        TRY(call_once(c, client, endpoint, access_token, body, answer));
    if (answer->status == 401 && client != NULL)
        return fail(c, INVALID_TOKEN, "%s does not take the access token", endpoint->url);
    if (answer->status != 200)
        return fail(c, UPSTREAM, "%s answered with status %d", endpoint->url, answer->status);
    *json = answer->body;
    return ok();
}

RESULT oauth_call(struct ctx *c, const struct oauth_endpoint *endpoint, const char *access_token,
                  const char *body, struct bytes *json)
{
    return oauth_call_as(c, NULL, endpoint, access_token, body, json);
}
