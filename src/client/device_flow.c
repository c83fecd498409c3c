/* SPDX-License-Identifier: Apache-2.0 */
#include "client/device_flow.h"

#include "base/shape.h"
#include "net/url.h"

enum { CODE_MAX = 8192, USER_CODE_MAX = 64 };

struct device_answer {
    const char *device_code, *user_code, *verification_uri, *verification_uri_complete;
    int64_t expires_in, interval;
};
LOCAL_SHAPE_OPEN(device_answer,
                 FIELD(device_answer, device_code, REQUIRED | SECRET, 1, CODE_MAX,
                       "What is asked with"),
                 FIELD(device_answer, user_code, REQUIRED, 1, USER_CODE_MAX, "What is typed"),
                 FIELD(device_answer, verification_uri, REQUIRED, 1, URL_MAX, "Where it is typed"),
                 FIELD(device_answer, verification_uri_complete, OPTIONAL, 0, URL_MAX,
                       "With the code"),
                 FIELD(device_answer, expires_in, REQUIRED, 1, INT32_MAX, "How long"),
                 FIELD(device_answer, interval, OPTIONAL, 0, INT32_MAX, "How often"));

/* Somebody is going to type or open it.  Plain http is for servers on this host. */
static bool may_be_opened(struct ctx *c, const char *text)
{
    struct url url;
    return url_parse(c->arena, bytes_of(text), &url) &&
           (text_equal(url.scheme, "https") ||
            (text_equal(url.scheme, "http") && url_is_loopback(&url)));
}

static int64_t at_most(int64_t n, int64_t max)
{
    return n > max ? max : n;
}

RESULT device_begun_read(struct ctx *c, const char *url, struct bytes body,
                         struct device_begun *out)
{
    struct device_answer in;
    const char *why = NULL;
    if (shape_read_json(c, &device_answer_shape, body, &in).code != ERR_OK)
        why = "no proper answer";
    else if (text_has_control(in.user_code) || text_has_control(in.device_code))
        why = "a code that cannot be shown";
    else if (!may_be_opened(c, in.verification_uri))
        why = "no place to type the code that can be opened";
    if (why != NULL) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s gave %s", url, why);
    }
    const char *complete = in.verification_uri_complete;
    if (complete != NULL && !may_be_opened(c, complete))
        complete = NULL;
    *out = (struct device_begun){
        .device_code = in.device_code,
        .user_code = in.user_code,
        .verification_uri = in.verification_uri,
        .verification_uri_complete = complete,
        .interval = in.interval == 0 ? DEVICE_INTERVAL : at_most(in.interval, DEVICE_INTERVAL_MAX),
        .expires_at = c->now + at_most(in.expires_in, DEVICE_EXPIRES_MAX),
    };
    return ok();
}

RESULT device_begin(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct oauth_wanted *wanted,
                    struct device_begun *out, struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    *answer = (struct oauth_answer){ 0 };
    TRY(oauth_wanted_add(c, &form, wanted));
    /* RFC 8628 3.1 asks for it also of those who authenticate with a header. */
    if (client->auth == OAUTH_AUTH_BASIC)
        oauth_form_add(&form, "client_id", client->client_id);
    TRY(oauth_call_post(c, client, endpoint, &form, answer));
    TRY(oauth_answer_check(c, endpoint->url, answer));
    return device_begun_read(c, endpoint->url, answer->body, out);
}

RESULT device_ask(struct ctx *c, const struct oauth_client *client,
                  const struct oauth_endpoint *endpoint, const char *device_code,
                  struct oauth_tokens *out, struct oauth_answer *answer)
{
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    oauth_form_add(&form, "device_code", device_code);
    return oauth_grant(c, client, endpoint, &form, out, answer);
}

/* Whether to go on asking after a failure, and how long to wait before (3.5). */
static bool goes_on(enum err_code code, int64_t retry_after, int64_t *interval)
{
    int64_t wait = *interval;
    if (code == ERR_AUTHORIZATION_PENDING)
        return true;
    if (code == ERR_SLOW_DOWN)
        wait += DEVICE_INTERVAL;
    else if (code == ERR_UNAVAILABLE)
        wait = retry_after > 2 * wait ? retry_after : 2 * wait;
    else
        return false;
    *interval = at_most(wait, DEVICE_INTERVAL_MAX);
    return true;
}

/* A connection that failed is tried again; an answer that is no proper one is not. */
static enum err_code judged(enum err_code code, const struct oauth_answer *answer)
{
    return code == ERR_UPSTREAM && answer->status == 0 ? ERR_UNAVAILABLE : code;
}

RESULT device_await(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct device_begun *begun,
                    const struct device_clock *clock, struct oauth_tokens *out)
{
    int64_t interval = begun->interval;
    for (;;) {
        struct oauth_answer answer;
        if (!clock->wait(c, clock->arg, interval))
            return fail(c, ACCESS_DENIED, "it was given up");
        if (c->now >= begun->expires_at)
            return fail(c, EXPIRED_TOKEN, "the device code has expired");
        struct arena_mark mark = arena_mark(c->arena);
        err asked = device_ask(c, client, endpoint, begun->device_code, out, &answer);
        int64_t retry_after = c->fault.retry_after;
        if (asked.code == ERR_OK || !goes_on(judged(asked.code, &answer), retry_after, &interval))
            return asked;
        fault_clear(c);
        arena_rewind(c->arena, mark);
    }
}
