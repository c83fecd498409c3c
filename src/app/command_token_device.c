/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth token device: somebody signs in with another machine's browser (RFC 8628).
 */
#include "app/commands.h"
#include "app/token_client.h"
#include "base/time.h"
#include "client/device_flow.h"
#include "crypto/totp.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static bool wait_a_while(struct ctx *c, void *arg, int64_t seconds)
{
    (void)arg;
    int64_t until = time_monotonic_ms() + seconds * 1000;
    for (int64_t left = seconds * 1000; left > 0; left = until - time_monotonic_ms())
        (void)poll(NULL, 0, (int)left);
    c->now = time_now();
    return true;
}

/* To standard error: standard output is for the token. */
static RESULT tell(struct ctx *c, const struct command_line *line, const struct device_begun *begun)
{
    const char *whole = begun->verification_uri_complete;
    const char *qr = NULL;
    if (line->json) {
        struct json_writer w = json_writer(c->arena);
        json_object(&w, NULL);
        json_text(&w, "verification_uri", begun->verification_uri);
        json_text_if(&w, "verification_uri_complete", whole);
        json_text(&w, "user_code", begun->user_code);
        json_text(&w, "expires_at", time_rfc3339(c->arena, begun->expires_at));
        json_object_end(&w);
        return fprintf(stderr, "%s\n", json_written(&w)) < 0
                   ? fail(c, UNAVAILABLE, "standard error cannot be written to")
                   : ok();
    }
    if (isatty(STDERR_FILENO) != 0) {
        TRY(totp_qr_terminal(c, whole == NULL ? begun->verification_uri : whole, &qr));
        (void)fputs(qr, stderr);
    }
    (void)fprintf(stderr, "Open %s and type %s.\n", begun->verification_uri, begun->user_code);
    if (whole != NULL)
        (void)fprintf(stderr, "Or open %s.\n", whole);
    return ok();
}

static RESULT sign_in(struct ctx *c, const struct command_line *line, const struct token_client *t)
{
    const struct device_clock clock = { wait_a_while, NULL };
    struct oauth_endpoint device;
    struct oauth_endpoint token;
    struct device_begun begun;
    struct oauth_answer answer;
    struct oauth_tokens tokens;
    TRY(issuer_endpoint(c, &t->issuer, &t->client, ISSUER_DEVICE, &device));
    TRY(issuer_endpoint(c, &t->issuer, &t->client, ISSUER_TOKEN, &token));
    err asked = device_begin(c, &t->client, &device, &t->wanted, &begun, &answer);
    TRY(token_client_told(c, asked, &answer));
    TRY(tell(c, line, &begun));
    TRY(device_await(c, &t->client, &token, &begun, &clock, &tokens));
    token_client_show(c, line, &tokens);
    return ok();
}

static RESULT run_device(struct ctx *c, const struct command_line *line)
{
    return token_client_run(c, line, sign_in);
}

static const struct command_option options[] = { TOKEN_CLIENT_OPTIONS };

const struct command command_token_device = {
    .name = "token device",
    .summary = "Sign somebody in with another machine's browser (RFC 8628), at any server",
    .details =
        "Where to go and what to type stands on standard error, with a QR code if that is a\n"
        "terminal.  The command waits until it is done, refused or too late.  The access token "
        "alone\n"
        "is printed; with --json all that came with it.",
    COMMAND_OPTIONS(options),
    .as_written = true,
    .here = "it is a client; --issuer names the service",
    .run = run_device,
};
