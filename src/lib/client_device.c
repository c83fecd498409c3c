/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "client/device_flow.h"
#include "client/sign_in.h"
#include "lib/client.h"

#include <poll.h>

struct uauth_device {
    struct held held;
    const struct uauth_client *client;
    struct device_begun begun;
};

static RESULT begin(struct call *k, const struct uauth_client *client,
                    const struct uauth_wanted *wanted, struct device_begun *out)
{
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    struct oauth_wanted asked;
    struct oauth_answer answer = { 0 };
    TRY(client_wanted(&k->c, wanted, &asked));
    TRY(client_place(k, client, ISSUER_DEVICE, &issuer, &endpoint));
    err begun = device_begin(&k->c, &client->client, &endpoint, &asked, out, &answer);
    return client_told(k, begun, &answer);
}

enum uauth_result uauth_device_begin(const struct uauth_client *client,
                                     const struct uauth_wanted *wanted, struct uauth_device **out,
                                     struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!client_call_open(&k, client, error))
        return UAUTH_MEMORY;
    struct uauth_device *made = ARENA_NEW(k.c.arena, struct uauth_device);
    made->client = client;
    err result = begin(&k, client, wanted, &made->begun);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_device_uri(const struct uauth_device *device)
{
    return device->begun.verification_uri;
}

const char *uauth_device_user_code(const struct uauth_device *device)
{
    return device->begun.user_code;
}

const char *uauth_device_uri_complete(const struct uauth_device *device)
{
    return device->begun.verification_uri_complete;
}

int64_t uauth_device_expires_at(const struct uauth_device *device)
{
    return device->begun.expires_at;
}

void uauth_device_free(struct uauth_device *device)
{
    if (device != NULL)
        held_free(&device->held);
}

/* ---- waiting ---- */

struct waiting {
    bool (*go_on)(void *arg);
    void *arg;
};

enum { LOOK_MS = 200 };

static bool wait_a_while(struct ctx *c, void *arg, int64_t seconds)
{
    const struct waiting *w = arg;
    int64_t until = time_monotonic_ms() + seconds * 1000;
    for (int64_t left = seconds * 1000; left > 0; left = until - time_monotonic_ms()) {
        if (w->go_on != NULL && !w->go_on(w->arg))
            return false;
        (void)poll(NULL, 0, left < LOOK_MS ? (int)left : LOOK_MS);
    }
    c->now = time_now();
    return true;
}

struct device_done {
    struct oauth_tokens tokens;
    struct jwt id;
    bool has_id;
};

static RESULT await(struct call *k, const struct uauth_device *device, struct waiting *waiting,
                    struct device_done *out)
{
    const struct uauth_client *client = device->client;
    const struct device_clock clock = { wait_a_while, waiting };
    struct issuer issuer;
    struct oauth_endpoint endpoint;
    TRY(client_place(k, client, ISSUER_TOKEN, &issuer, &endpoint));
    TRY(device_await(&k->c, &client->client, &endpoint, &device->begun, &clock, &out->tokens));
    if (out->tokens.id_token == NULL)
        return ok();
    TRY(sign_in_check(&k->c, &issuer, &client->client, &out->tokens, NULL, &out->id));
    out->has_id = true;
    return ok();
}

enum uauth_result uauth_device_wait(const struct uauth_device *device, bool (*go_on)(void *arg),
                                    void *arg, struct uauth_tokens **out,
                                    struct uauth_error **error)
{
    struct call k;
    struct waiting waiting = { go_on, arg };
    struct device_done done = { .has_id = false };
    *out = NULL;
    if (!client_call_open(&k, device->client, error))
        return UAUTH_MEMORY;
    err result = await(&k, device, &waiting, &done);
    const struct client_given given = { &done.tokens, done.has_id ? &done.id : NULL };
    return client_close(&k, result, &given, out, error);
}
