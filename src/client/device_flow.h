/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_DEVICE_FLOW_H
#define UAUTH_CLIENT_DEVICE_FLOW_H

/* Signing in where there is no browser (RFC 8628): a code is shown, and the server asked until
 * somebody has typed it elsewhere. */

#include "client/oauth_client.h"

enum {
    DEVICE_INTERVAL = 5, /* seconds between two questions; more after each slow_down (3.5) */
    DEVICE_INTERVAL_MAX = 300,
    DEVICE_EXPIRES_MAX = 3600
};

/* What to show (RFC 8628 3.2). */
struct device_begun {
    const char *device_code; /* a secret */
    const char *user_code, *verification_uri;
    const char *verification_uri_complete; /* or NULL */
    int64_t interval;                      /* seconds */
    int64_t expires_at;                    /* at most DEVICE_EXPIRES_MAX ahead */
};

/* UPSTREAM also if what is to be shown or opened is no https URL, or not text for a terminal. */
RESULT device_begin(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct oauth_wanted *wanted,
                    struct device_begun *out, struct oauth_answer *answer);

/* How that is read: for fuzzing. */
RESULT device_begun_read(struct ctx *c, const char *url, struct bytes body,
                         struct device_begun *out);

/* One question at the token endpoint: AUTHORIZATION_PENDING, SLOW_DOWN, EXPIRED_TOKEN,
 * ACCESS_DENIED and what oauth_grant fails with. */
RESULT device_ask(struct ctx *c, const struct oauth_client *client,
                  const struct oauth_endpoint *endpoint, const char *device_code,
                  struct oauth_tokens *out, struct oauth_answer *answer);

/* How time passes: waits `seconds` and brings c->now up to date; false if it was given up. */
struct device_clock {
    bool (*wait)(struct ctx *c, void *arg, int64_t seconds);
    void *arg;
};

/*
 * Asks until there is an answer: tokens, or a failure as above; EXPIRED_TOKEN when the code's time
 * is over, ACCESS_DENIED also when it was given up here.  A server that does not answer is asked
 * less and less often (3.5).
 */
RESULT device_await(struct ctx *c, const struct oauth_client *client,
                    const struct oauth_endpoint *endpoint, const struct device_begun *begun,
                    const struct device_clock *clock, struct oauth_tokens *out);

#endif
